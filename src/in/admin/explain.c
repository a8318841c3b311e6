#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "core/decide.h"
#include "core/people.h"

/* ---- what is asked ---- */

enum err request_past(struct request *r, const struct past **past)
{
	struct span text = json_text(r->args, "as_of");
	int64_t time;

	*past = NULL;
	if (text.len == 0)
		return OK;
	if (!time_parse_rfc3339(text, &time))
		return fail(r->why, ERR_VALUE, "as_of", "a time like 2026-11-22T01:02:03Z");
	return view_as_of(r->view, r->arena, r->tenant.number, time, past, r->why);
}

uint32_t request_scope(struct request *r, const struct past *past)
{
	struct span name = json_text(r->args, "scope");
	struct record record;
	struct uuid id;

	if (name.len == 0)
		return 0;
	if (uuid_parse(name, &id) && past_by_id(r->view, past, r->tenant.number, &id, &record))
		return record.kind == KIND_SCOPE ? record.number : NO_SUCH_SCOPE;
	if (past_by_name(r->view, r->arena, past, r->tenant.number, KIND_SCOPE, name, &record))
		return record.number;
	return NO_SUCH_SCOPE;
}

/* A person by user name or id, a client by id: an id is no name, see request_entry. */
static bool find_holder(struct request *r, const struct past *past, struct record *record)
{
	struct span name = json_text(r->args, "user");
	struct uuid id;

	if (uuid_parse(name, &id) && past_by_id(r->view, past, r->tenant.number, &id, record))
		return record->kind == KIND_USER || record->kind == KIND_CLIENT;
	return past_by_name(r->view, r->arena, past, r->tenant.number, KIND_USER, name, record);
}

struct sight *request_sight(struct request *r, const struct past *past)
{
	return view_sight(r->view, r->arena, &r->actor, r->tenant.number, past == NULL);
}

static bool is_seen(struct request *r, const struct past *past, const struct record *holder)
{
	if (r->actor.tenant == holder->tenant && uuid_equal(&r->actor.id, &holder->id))
		return true;
	if (holder->kind == KIND_USER)
		return sight_sees(request_sight(r, past), holder);
	return actor_may(&r->actor, PERM_USERS_VIEW);
}

/* Who may not see people learns of nobody else whether there is such a one. */
static enum err read_holder(struct request *r, const struct past *past, struct record *holder)
{
	bool seen = find_holder(r, past, holder) && is_seen(r, past, holder);
	enum err err = view_error(r->view, r->why);

	if (err != OK || seen)
		return err;
	if (!actor_may(&r->actor, PERM_USERS_VIEW))
		return fail(r->why, ERR_FORBIDDEN, NULL, "the permission %s is missing",
			admin_codename(PERM_USERS_VIEW));
	return fail(r->why, ERR_NOT_FOUND, "user", "there is no such user");
}

/* ---- what is told ---- */

static void show_named(struct request *r, const struct named *named)
{
	json_begin_object(r->out);
	json_text_member(r->out, "name", named->name);
	show_uuid(r, "id", &named->id);
	json_end_object(r->out);
}

static void show_all_named(
	struct request *r, const char *name, const struct named *named, size_t count)
{
	json_name(r->out, name);
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		show_named(r, &named[i]);
	json_end_array(r->out);
}

static void show_origin(struct request *r, const struct origin *origin)
{
	static const char *const words[] = {
		[ORIGIN_LOCAL] = "local",
		[ORIGIN_DIRECTORY] = "directory",
		[ORIGIN_CLIENT] = "client",
		[ORIGIN_GONE] = "gone",
	};

	json_begin_object(r->out);
	json_string_member(r->out, "type", words[origin->type]);
	if (origin->by.name.len > 0) {
		json_text_member(r->out, "name", origin->by.name);
		show_uuid(r, "id", &origin->by.id);
	}
	if (origin->client_type.len > 0)
		json_text_member(r->out, "client_type", origin->client_type);
	if (origin->group_count > 0)
		show_all_named(r, "groups", origin->groups, origin->group_count);
	json_end_object(r->out);
}

/* The names of operators are not for the people of a company. */
static void show_beginning(struct request *r, const struct membership *membership)
{
	bool named = membership->actor_type == ACTOR_USER ||
		     membership->actor_type == ACTOR_CLIENT ||
		     membership->actor_type == ACTOR_DIRECTORY;

	if (membership->sequence == 0)
		return;
	json_name(r->out, "given_by");
	json_begin_object(r->out);
	json_string_member(r->out, "type", actor_type_name(membership->actor_type));
	if (named)
		json_text_member(r->out, "name", membership->actor_name);
	json_string_member(r->out, "channel", channel_name(membership->channel));
	json_integer_member(r->out, "change", (int64_t)membership->sequence);
	json_end_object(r->out);
}

static void show_memberships(
	struct request *r, const char *name, const struct membership *rows, size_t count)
{
	json_name(r->out, name);
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(r->out);
		json_text_member(r->out, "name", rows[i].container.name);
		show_uuid(r, "id", &rows[i].container.id);
		show_time(r, "since", rows[i].since);
		json_name(r->out, "sources");
		json_begin_array(r->out);
		for (size_t j = 0; j < rows[i].origin_count; j++)
			show_origin(r, &rows[i].origins[j]);
		json_end_array(r->out);
		show_beginning(r, &rows[i]);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

void show_missing(struct request *r, uint32_t missing)
{
	json_name(r->out, "missing");
	json_begin_array(r->out);
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		if (!(missing >> i & 1))
			continue;
		json_begin_object(r->out);
		json_string_member(r->out, "reason", reason_row(i)->word);
		json_string_member(r->out, "text", reason_row(i)->sentence);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

static const char *const granted_words[] = {
	[GRANTED_NOT] = "nothing",
	[GRANTED_BY_ROLES] = "roles",
	[GRANTED_BY_LIST] = "own_list",
	[GRANTED_BY_FULL_ACCESS] = "full_access",
};

static const char *const reach_words[] = {
	[REACH_NONE] = "nothing",
	[REACH_UNSCOPED] = "unscoped",
	[REACH_FULL_ACCESS] = "full_access",
	[REACH_EMPTY] = "no_scope_held",
	[REACH_SCOPE] = "scope",
};

static void show_permission(struct request *r, const struct permission_info *permission)
{
	json_text_member(r->out, "permission", permission->codename);
	json_text_member(r->out, "group", permission->group);
	json_text_member(r->out, "label", permission->label);
	json_bool_member(r->out, "scoped", permission->scoped);
	json_bool_member(r->out, "own", permission->own);
}

static void show_policies(struct request *r, const struct explanation *explanation)
{
	json_name(r->out, "policies");
	json_begin_array(r->out);
	for (size_t i = 0; i < explanation->policy_count; i++) {
		const struct said_policy *said = &explanation->policies[i];
		json_begin_object(r->out);
		json_string_member(r->out, "policy", policy_row(said->policy)->codename);
		json_text_member(r->out, "value", said->value);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

static void show_explanation(
	struct request *r, const struct record *holder, const struct explanation *explanation)
{
	json_begin_object(r->out);
	json_bool_member(r->out, "allowed", explanation->decision.allowed);
	show_missing(r, explanation->decision.missing);
	show_head(r, holder);
	if (explanation->permission.codename.len > 0)
		show_permission(r, &explanation->permission);
	else
		json_text_member(r->out, "permission", json_text(r->args, "permission"));
	json_string_member(r->out, "granted_by", granted_words[explanation->granted]);
	show_memberships(r, "roles", explanation->roles, explanation->role_count);
	show_all_named(r, "other_roles", explanation->others, explanation->other_count);
	json_string_member(r->out, "reach", reach_words[explanation->reach]);
	show_memberships(r, "scopes", explanation->scopes, explanation->scope_count);
	show_policies(r, explanation);
	if (explanation->feature.len > 0)
		json_text_member(r->out, "feature_off", explanation->feature);
	json_end_object(r->out);
}

enum err admin_explain(struct request *r)
{
	struct record holder;
	struct explanation explanation;
	struct query query = { .permission = json_text(r->args, "permission"),
		.owned = json_is_set(r->args, "owner") };

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_past(r, &query.past);
	if (err == OK)
		err = read_holder(r, query.past, &holder);
	if (err != OK)
		return err;
	query.tenant = r->tenant.number;
	query.kind = holder.kind;
	query.number = holder.number;
	query.scope = request_scope(r, query.past);
	err = view_explain(r->view, r->arena, &query, &explanation, r->why);
	if (err == OK)
		show_explanation(r, &holder, &explanation);
	return err;
}

enum err admin_user_permissions(struct request *r)
{
	struct record holder;
	struct effective *rows;
	size_t count;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_holder(r, NULL, &holder);
	if (err == OK)
		err = view_effective(r->view, r->arena, &holder, &rows, &count, r->why);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(r->out);
		show_permission(r, &rows[i].permission);
		json_string_member(r->out, "granted_by", granted_words[rows[i].granted]);
		show_all_named(r, "roles", rows[i].roles, rows[i].role_count);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	r->total = count;
	return OK;
}
