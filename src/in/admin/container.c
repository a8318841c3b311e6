#include "in/admin/source_int.h"

#include "core/people.h"

#define MEMBERS_USUAL 1000

static void show_built_in(struct request *r, const struct record *record)
{
	if (record->kind == KIND_ROLE)
		json_bool_member(r->out, "built_in", record_is_true(record, ATTR_BUILT_IN));
}

static size_t count_values(const struct record *record, enum attr attr)
{
	size_t first = record_find(record, attr), end = first;

	while (end < record->count && record_row(record, end).attr == attr)
		end++;
	return end - first;
}

/* What a list shows of a role besides its name. */
static void show_role(struct request *r, const struct record *record)
{
	uint64_t level;

	if (record->kind != KIND_ROLE)
		return;
	if (span_to_u64(record_first(record, ATTR_LEVEL), &level))
		json_integer_member(r->out, "level", (int64_t)level);
	json_integer_member(r->out, "permissions", (int64_t)count_values(record, ATTR_PERMISSION));
}

static const struct {
	const char *name;
	enum attr attr;
} texts[] = {
	{ "description", ATTR_DESCRIPTION },
	{ "scope_kind", ATTR_SCOPE_KIND },
	{ "external_id", ATTR_EXTERNAL_ID },
};

static void list_one(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	show_head(r, record);
	show_built_in(r, record);
	show_role(r, record);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (record_first(record, texts[i].attr).len > 0)
			json_text_member(
				r->out, texts[i].name, record_first(record, texts[i].attr));
	source_names_put(r, r->rows, record);
	show_time(r, "modified", record->modified);
	json_integer_member(r->out, "members",
		(int64_t)view_member_count(r->view, r->tenant.number, record->number));
	json_end_object(r->out);
}

static enum err list(struct request *r, enum kind kind)
{
	enum err err = request_tenant(r);

	r->rows = source_names_new(r->arena);
	return err == OK ? request_list(r, kind, NULL, list_one) : err;
}

static void put_members(struct request *r, uint32_t container, int64_t limit)
{
	struct member_walk *walk = view_members(r->view, r->arena, r->tenant.number, container, 0);
	const struct sight *sight =
		view_sight(r->view, r->arena, &r->actor, r->tenant.number, false);
	struct edge edge;

	json_integer_member(r->out, "member_count",
		(int64_t)view_member_count(r->view, r->tenant.number, container));
	json_name(r->out, "members");
	json_begin_array(r->out);
	while (limit > 0 && member_walk_next(walk, &edge)) {
		if (!sight_sees_member(sight, &edge))
			continue;
		limit--;
		json_begin_object(r->out);
		json_string_member(r->out, "kind", kind_row(edge.member_kind)->word);
		json_text_member(r->out, "name", edge.member_name);
		show_uuid(r, "id", &edge.member_id);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	member_walk_close(walk);
}

void show_container(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	show_values(r, record);
	if (record_first(record, ATTR_BUILT_IN).len == 0)
		show_built_in(r, record);
	put_members(r, record->number, json_number(r->args, "limit", MEMBERS_USUAL));
	json_end_object(r->out);
}

static enum err show(struct request *r, enum kind kind, const char *argument)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, kind, argument, &record);
	if (err == OK)
		show_container(r, &record);
	return err;
}

static enum err find_members(struct request *r, struct command *command)
{
	const struct json *users = json_member(r->args, "users");
	size_t count = users ? users->count : 0;
	struct member_delta *deltas = arena_array(r->arena, count + 1, sizeof *deltas);
	struct record user;

	for (size_t i = 0; i < count; i++) {
		if (!request_find(r, KIND_USER, users->items[i].text, &user))
			return fail(r->why, ERR_UNKNOWN, "users", "there is no user %.*s",
				(int)(users->items[i].text.len < 64 ? users->items[i].text.len
								    : 64),
				(const char *)users->items[i].text.data);
		deltas[i] = (struct member_delta){ KIND_USER, user.id, false };
	}
	command->members = deltas;
	command->member_count = count;
	return OK;
}

/* Those that are named, and nobody else. */
static enum err replace_members(struct request *r, enum kind kind, const char *argument)
{
	struct record container;
	struct outcome outcome;
	struct command command = { .type = COMMAND_MEMBERS, .kind = kind, .replace_members = true };

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, kind, argument, &container);
	if (err == OK)
		err = find_members(r, &command);
	if (err != OK)
		return err;
	command.tenant = r->tenant.number;
	command.id = container.id;
	return request_run(r, &command, &outcome);
}

static enum err change_member(struct request *r, enum kind kind, const char *argument, bool remove)
{
	struct record container, user;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, kind, argument, &container);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &user);
	if (err != OK)
		return err;
	const struct member_delta delta = { .kind = KIND_USER, .id = user.id, .remove = remove };
	const struct command command = { .type = COMMAND_MEMBERS,
		.tenant = r->tenant.number,
		.kind = kind,
		.id = container.id,
		.members = &delta,
		.member_count = 1 };
	return request_run(r, &command, &outcome);
}

enum err admin_role_list(struct request *r)
{
	return list(r, KIND_ROLE);
}

enum err admin_role_show(struct request *r)
{
	return show(r, KIND_ROLE, "role");
}

enum err admin_role_assign(struct request *r)
{
	return change_member(r, KIND_ROLE, "role", false);
}

enum err admin_role_unassign(struct request *r)
{
	return change_member(r, KIND_ROLE, "role", true);
}

enum err admin_role_members(struct request *r)
{
	return replace_members(r, KIND_ROLE, "role");
}

enum err admin_scope_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_SCOPE);

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_put(r, entry, ATTR_COMMON_NAME, "scope");
	if (err == OK)
		err = request_put(r, entry, ATTR_DESCRIPTION, "description");
	return err ? err : request_create(r, entry, "scope", NULL, SPAN_NONE);
}

enum err admin_scope_list(struct request *r)
{
	return list(r, KIND_SCOPE);
}

enum err admin_scope_show(struct request *r)
{
	return show(r, KIND_SCOPE, "scope");
}

enum err admin_scope_members(struct request *r)
{
	return replace_members(r, KIND_SCOPE, "scope");
}

enum err admin_scope_assign(struct request *r)
{
	return change_member(r, KIND_SCOPE, "scope", false);
}

enum err admin_scope_unassign(struct request *r)
{
	return change_member(r, KIND_SCOPE, "scope", true);
}

enum err admin_group_list(struct request *r)
{
	return list(r, KIND_GROUP);
}

enum err admin_group_show(struct request *r)
{
	return show(r, KIND_GROUP, "group");
}
