#include "in/admin/user_int.h"

#include "core/audit.h"
#include "core/people.h"

static enum err put_password(struct request *r, struct entry *entry, struct span *made)
{
	char hash[PASSWORD_STORED_MAX];
	struct span password;
	bool is_made;

	if (json_text(r->args, "password").len == 0 && !json_is_set(r->args, "generate"))
		return OK;
	enum err err = request_secret(r, "password", &password, &is_made);
	if (err == OK)
		err = password_make(
			r->view, r->tenant.number, PASSWORD_CHOSEN, password, hash, NULL, r->why);
	if (err != OK)
		return err;
	if (is_made)
		*made = password;
	return entry_set(
		entry, ATTR_PASSWORD, SOURCE_LOCAL, arena_copy(r->arena, span_str(hash)), r->why);
}

static enum err build_user(struct request *r, struct entry *entry, struct span *made)
{
	enum err err = request_put(r, entry, ATTR_USER_NAME, "user");

	if (err == OK)
		err = user_fields_put(r, entry);
	if (err == OK && json_is_set(r->args, "inactive"))
		err = entry_set(entry, ATTR_ACTIVE, SOURCE_LOCAL, SPAN("FALSE"), r->why);
	if (err == OK)
		err = put_password(r, entry, made);
	return err;
}

static enum err find_containers(
	struct request *r, enum kind kind, const char *argument, struct command *command)
{
	const struct json *names = json_member(r->args, argument);
	size_t count = names ? names->count : 0, held = command->container_count;
	struct container_delta *deltas = arena_array(r->arena, held + count + 1, sizeof *deltas);

	if (held > 0)
		memcpy(deltas, command->containers, held * sizeof *deltas);
	for (size_t i = 0; i < count; i++) {
		struct record container;

		if (!request_find(r, kind, names->items[i].text, &container))
			return fail(r->why, ERR_UNKNOWN, argument, "there is no %s %.*s",
				kind_row(kind)->word, SPAN_ARGS(names->items[i].text));
		deltas[held + i] = (struct container_delta){ .kind = kind, .id = container.id };
	}
	command->containers = deltas;
	command->container_count = held + count;
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
		err = find_containers(r, KIND_ROLE, "roles", &command);
	if (err == OK)
		err = find_containers(r, KIND_SCOPE, "scopes", &command);
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

/* The roles and scopes that are named, and no others; of what is absent all stays as it is. */
enum err admin_user_access(struct request *r)
{
	static const struct {
		enum kind kind;
		const char *argument;
	} parts[] = { { KIND_ROLE, "roles" }, { KIND_SCOPE, "scopes" } };
	struct command command = { .type = COMMAND_ASSIGN, .kind = KIND_USER };
	struct outcome outcome;
	struct record person;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &person);
	for (size_t i = 0; err == OK && i < sizeof parts / sizeof *parts; i++) {
		if (!r->args || !json_member(r->args, parts[i].argument))
			continue;
		command.replace_kinds |= 1u << parts[i].kind;
		err = find_containers(r, parts[i].kind, parts[i].argument, &command);
	}
	if (err != OK)
		return err;
	command.tenant = r->tenant.number;
	command.id = person.id;
	return request_run(r, &command, &outcome);
}

void user_put_containers(struct request *r, const char *name, enum kind kind, uint32_t member)
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

/* What the person is to who asks. */
static void show_identity(struct request *r, const struct record *record)
{
	const struct actor *actor = &r->actor;

	if (actor->kind != KIND_USER || actor->tenant != record->tenant)
		return;
	if (actor->number == record->number)
		json_string_member(r->out, "identity", "you");
	else if (view_is_below(r->view, record, actor->number))
		json_string_member(r->out, "identity", "sub_user");
}

void user_show_standing(struct request *r, const struct record *record)
{
	int64_t login;
	struct record manager;

	json_string_member(r->out, "state", user_state_word(record_user_state(record)));
	show_identity(r, record);
	if (view_manager(r->view, record, &manager))
		json_text_member(r->out, "parent", record_first(&manager, ATTR_USER_NAME));
	if (view_last_login(r->view, record->tenant, record->number, &login))
		show_time(r, "last_login", login);
}

static enum err put_user(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	show_values(r, record);
	user_show_standing(r, record);
	user_put_containers(r, "roles", KIND_ROLE, record->number);
	user_put_containers(r, "scopes", KIND_SCOPE, record->number);
	user_put_containers(r, "groups", KIND_GROUP, record->number);
	struct user_rows *rows;
	enum err err = user_rows_open(r, &rows);
	if (err == OK)
		user_put_more(r, rows, record);
	json_end_object(r->out);
	return err;
}

/* Old work names its author by an id: with "tombstone" of the deleted too. */
enum err admin_user_show(struct request *r)
{
	struct record record;
	struct uuid id;

	enum err err = request_tenant(r);
	if (err == OK && json_is_set(r->args, "tombstone") &&
		uuid_parse(json_text(r->args, "user"), &id) &&
		view_tombstone(r->view, r->tenant.number, &id, &record)) {
		json_begin_object(r->out);
		show_values(r, &record);
		json_end_object(r->out);
		return OK;
	}
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	return err == OK ? put_user(r, &record) : err;
}

enum err admin_user_password(struct request *r)
{
	char hash[PASSWORD_STORED_MAX];
	struct span password;
	bool made;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_secret(r, "password", &password, &made);
	if (err == OK)
		err = password_make(
			r->view, r->tenant.number, PASSWORD_CHOSEN, password, hash, NULL, r->why);
	if (err == OK)
		err = user_set(r, ATTR_PASSWORD, span_str(hash));
	if (err != OK || !made)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "password", password);
	json_end_object(r->out);
	return OK;
}
