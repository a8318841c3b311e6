#include "in/ldap/update_int.h"

/* Everything of the own tenant has a kind of its own or stands above people. */
static enum kind kind_at(struct update *update, struct view *view, struct span text)
{
	struct conn *conn = update->conn;
	struct located located;
	struct dn dn;

	if (dn_parse(conn->shard->turn, text, &dn, NULL) != OK)
		return KIND_NONE;
	naming_locate(&conn->shard->door->naming, &dn, &located);
	if (!target_is_own(conn, view, located.tenant))
		return KIND_NONE;
	return located.kind == KIND_NONE ? KIND_USER : located.kind;
}

static int refuse_special(struct update *update, const struct target *target)
{
	if (target->place == PLACE_ENTRY)
		return update_refuse(
			update, RESULT_UNWILLING, NULL, "service accounts are managed elsewhere");
	return update_refuse(update, RESULT_UNWILLING, NULL, "this entry is made by the server");
}

static bool is_written(const struct target *target)
{
	return target->place == PLACE_POINTER ||
	       (target->place == PLACE_ENTRY &&
		       (target->kind == KIND_USER || kind_is_container(target->kind)));
}

int update_find(struct update *update, struct view *view, struct span dn, struct command *wish,
	struct target *target)
{
	int found = target_find(update->conn, view, dn, target, &update->matched), code;
	enum kind kind = kind_at(update, view, dn);

	if (kind == KIND_NONE)
		return found == RESULT_SUCCESS ? refuse_special(update, target) : found;
	if (found == RESULT_SUCCESS && target->place == PLACE_POINTER)
		kind = KIND_POINTER;
	wish->tenant = update->actor.tenant;
	wish->kind = update->kind = kind;
	if (found == RESULT_SUCCESS &&
		(target->place == PLACE_ENTRY || target->place == PLACE_POINTER))
		wish->id = update->entry = target->record.id;
	code = update_permits(update, wish);
	if (code != RESULT_SUCCESS || found != RESULT_SUCCESS)
		return code != RESULT_SUCCESS ? code : found;
	return is_written(target) ? RESULT_SUCCESS : refuse_special(update, target);
}

struct dn update_above(const struct dn *dn)
{
	size_t leaf = dn_leaf(dn).count;

	return (struct dn){ dn->avas + leaf, dn->count - leaf, dn->rdns - 1 };
}

/* Aliases and referrals stand anywhere below the tenant, all others in their container. */
static bool may_hold(const struct update *update, const struct target *target)
{
	return !target->subschema &&
	       (target->place == PLACE_CONTAINER ||
		       (target->place == PLACE_TENANT && update->kind == KIND_POINTER));
}

int update_find_parent(struct update *update, struct view *view, const struct dn *dn)
{
	struct arena *arena = update->conn->shard->turn;
	struct dn above = update_above(dn);
	struct target target;
	int code = target_find(
		update->conn, view, dn_normal(arena, &above), &target, &update->matched);

	if (code != RESULT_SUCCESS)
		return code;
	if (target.place == PLACE_POINTER)
		return update_refuse(update, RESULT_ALIAS_PROBLEM, NULL,
			"nothing stands below an alias or a referral");
	if (!may_hold(update, &target))
		return update_refuse(update, RESULT_NAMING_VIOLATION, NULL,
			"nothing can be added below this entry");
	if (update->kind != KIND_POINTER)
		update->kind = target.kind;
	return RESULT_SUCCESS;
}
