#include "in/admin/admin_int.h"

static const struct {
	const char *argument;
	enum attr attr;
} texts[] = {
	{ "user", ATTR_USER_NAME },
	{ "name", ATTR_DISPLAY_NAME },
	{ "given", ATTR_GIVEN_NAME },
	{ "family", ATTR_FAMILY_NAME },
	{ "emails", ATTR_EMAIL },
};

static enum err put_password(struct request *r, struct entry *entry, struct span *made)
{
	char hash[PASSWORD_HASH_MAX];
	struct span password;
	bool is_made;

	if (json_text(r->args, "password").len == 0 && !json_is_set(r->args, "generate"))
		return OK;
	enum err err = request_secret(r, "password", &password, &is_made);
	if (err == OK)
		err = password_hash(password, hash, r->why);
	if (err != OK)
		return err;
	if (is_made)
		*made = password;
	return entry_set(
		entry, ATTR_PASSWORD, SOURCE_LOCAL, arena_copy(r->arena, span_str(hash)), r->why);
}

static enum err build_user(struct request *r, struct entry *entry, struct span *made)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < sizeof texts / sizeof *texts; i++)
		err = request_put(r, entry, texts[i].attr, texts[i].argument);
	if (err == OK && json_is_set(r->args, "inactive"))
		err = entry_set(entry, ATTR_ACTIVE, SOURCE_LOCAL, SPAN("FALSE"), r->why);
	if (err == OK)
		err = put_password(r, entry, made);
	return err;
}

static enum err find_roles(struct request *r, struct command *command)
{
	const struct json *roles = json_member(r->args, "roles");
	size_t count = roles ? roles->count : 0;
	struct container_delta *deltas = arena_array(r->arena, count + 1, sizeof *deltas);

	for (size_t i = 0; i < count; i++) {
		struct record role;

		if (!view_by_name(r->view, r->arena, r->tenant.number, KIND_ROLE,
			    roles->items[i].text, &role))
			return fail(r->why, ERR_NOT_FOUND, "roles", "there is no such role");
		deltas[i] = (struct container_delta){ .kind = KIND_ROLE, .id = role.id };
	}
	command->containers = deltas;
	command->container_count = count;
	return OK;
}

enum err admin_user_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_USER);
	struct command command = { .type = COMMAND_CREATE, .kind = KIND_USER, .entry = entry };
	struct span made = SPAN_NONE;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = build_user(r, entry, &made);
	if (err == OK)
		err = find_roles(r, &command);
	command.tenant = r->tenant.number;
	if (err == OK)
		err = request_run(r, &command, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	show_created(r, "user", &outcome);
	if (made.len > 0 && !outcome.repeated)
		json_text_member(r->out, "password", made);
	json_end_object(r->out);
	return OK;
}

static void list_one(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	json_text_member(r->out, "user", record_first(record, ATTR_USER_NAME));
	json_text_member(r->out, "name", record_first(record, ATTR_DISPLAY_NAME));
	json_text_member(r->out, "email", record_first(record, ATTR_EMAIL));
	json_bool_member(r->out, "active", record_is_true(record, ATTR_ACTIVE));
	show_uuid(r, "id", &record->id);
	json_end_object(r->out);
}

enum err admin_user_list(struct request *r)
{
	struct span contains = json_text(r->args, "contains");
	struct filter *filter = NULL;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	if (contains.len > 0) {
		filter = filter_substring(
			r->arena, ATTR_USER_NAME, SPAN_NONE, &contains, 1, SPAN_NONE);
	}
	return request_list(r, KIND_USER, filter, list_one);
}

static void put_containers(struct request *r, const char *name, enum kind kind, uint32_t member)
{
	struct container_walk *walk =
		view_containers(r->view, r->arena, r->tenant.number, member, 1u << kind);
	struct record record;
	uint32_t number;

	json_name(r->out, name);
	json_begin_array(r->out);
	while (container_walk_next(walk, &kind, &number))
		if (view_entry(r->view, r->tenant.number, kind, number, &record))
			json_put_text(r->out, record_first(&record, ATTR_COMMON_NAME));
	json_end_array(r->out);
	container_walk_close(walk);
}

enum err admin_user_show(struct request *r)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	show_values(r, &record);
	put_containers(r, "roles", KIND_ROLE, record.number);
	put_containers(r, "scopes", KIND_SCOPE, record.number);
	put_containers(r, "groups", KIND_GROUP, record.number);
	json_end_object(r->out);
	return OK;
}

static enum err set_on_user(struct request *r, enum attr attr, struct span value)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	if (err != OK)
		return err;
	struct uuid id = record.id;
	return request_set(r, r->tenant.number, &id, KIND_USER, attr, value);
}

enum err admin_user_password(struct request *r)
{
	char hash[PASSWORD_HASH_MAX];
	struct span password;
	bool made;

	enum err err = request_secret(r, "password", &password, &made);
	if (err == OK)
		err = password_hash(password, hash, r->why);
	if (err == OK)
		err = set_on_user(r, ATTR_PASSWORD, span_str(hash));
	if (err != OK || !made)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "password", password);
	json_end_object(r->out);
	return OK;
}

enum err admin_user_activate(struct request *r)
{
	return set_on_user(r, ATTR_ACTIVE, SPAN("TRUE"));
}

enum err admin_user_deactivate(struct request *r)
{
	return set_on_user(r, ATTR_ACTIVE, SPAN("FALSE"));
}

enum err admin_user_delete(struct request *r)
{
	return request_delete(r, KIND_USER, "user");
}
