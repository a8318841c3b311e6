#include "in/admin/user_int.h"

#include "base/clock.h"
#include "base/limits.h"

/* What else a person signs in with: codes of an authenticator app, passwords that were made for one
 * application; and how guessing is slowed down. */

static enum err find_person(struct request *r, struct record *record)
{
	enum err err = request_tenant(r);

	return err == OK ? request_entry(r, KIND_USER, "user", record) : err;
}

/* ---- codes ---- */

enum err admin_totp_set(struct request *r)
{
	struct record record;
	struct outcome outcome;
	const char *secret, *uri;

	enum err err = find_person(r, &record);
	if (err != OK)
		return err;
	const struct value value = { .attr = ATTR_TOTP_SEED,
		.octets = totp_make(
			r->admin->core, r->arena, &record, r->tenant.name, &secret, &uri) };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_TOTP_SEED, .values = &value, .count = 1
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_USER,
		.id = record.id,
		.mods = &mod,
		.mod_count = 1 };
	err = request_run(r, &command, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	if (!outcome.repeated) {
		json_string_member(r->out, "secret", secret);
		json_string_member(r->out, "uri", uri);
	}
	json_end_object(r->out);
	return OK;
}

enum err admin_totp_clear(struct request *r)
{
	return user_set(r, ATTR_TOTP_SEED, SPAN_NONE);
}

/* Uses the code up, like a sign-in. */
enum err admin_totp_verify(struct request *r)
{
	struct record record;

	enum err err = find_person(r, &record);
	if (err != OK)
		return err;
	if (!record_first(&record, ATTR_TOTP_SEED).len)
		return fail(r->why, ERR_CONFLICT, "user", "the person has no authenticator app");
	json_begin_object(r->out);
	json_bool_member(r->out, "valid",
		totp_verify(r->admin->core, r->view, &record, json_text(r->args, "code")));
	json_end_object(r->out);
	return OK;
}

/* ---- passwords for applications ---- */

struct held {
	struct app_password password;
	struct span stored;
};

/* Those of the person; how many. */
static size_t list_passwords(const struct record *record, struct held held[APP_PASSWORDS_MAX])
{
	size_t count = 0;

	for (size_t i = record_find(record, ATTR_APP_PASSWORD);
		i < record->count && count < APP_PASSWORDS_MAX; i++) {
		struct value value = record_row(record, i);

		if (value.attr != ATTR_APP_PASSWORD)
			break;
		held[count].stored = value.octets;
		count += app_password_read(value.octets, &held[count].password);
	}
	return count;
}

static const struct held *find_named(const struct held *held, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal(held[i].password.name, name))
			return &held[i];
	return NULL;
}

static enum err change_password(struct request *r, const struct record *record, enum patch_op op,
	struct span stored, struct outcome *outcome)
{
	const struct value value = { .attr = ATTR_APP_PASSWORD, .octets = stored };
	const struct modification mod = {
		.op = op, .attr = ATTR_APP_PASSWORD, .values = &value, .count = 1
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_USER,
		.id = record->id,
		.if_revision = record->revision,
		.mods = &mod,
		.mod_count = 1 };

	return request_run(r, &command, outcome);
}

static enum err judge_wanted(
	struct request *r, const struct held *held, size_t count, struct app_password *wanted)
{
	struct span service = json_text(r->args, "service");
	struct record client;

	wanted->name = json_text(r->args, "name");
	wanted->created = clock_wall();
	if (!wanted->name.len || wanted->name.len > APP_PASSWORD_NAME_MAX)
		return fail(r->why, ERR_VALUE, "name", "a name has 1 to %d octets",
			APP_PASSWORD_NAME_MAX);
	if (find_named(held, count, wanted->name))
		return fail(r->why, ERR_EXISTS, "name", "the person has one of that name");
	if (count == APP_PASSWORDS_MAX)
		return fail(r->why, ERR_TOO_MANY, "user", "a person has %d of them at most",
			APP_PASSWORDS_MAX);
	if (!service.len)
		return OK;
	if (!request_find(r, KIND_CLIENT, service, &client) ||
		!span_equal(record_first(&client, ATTR_CLIENT_TYPE), SPAN("service")))
		return fail(r->why, ERR_UNKNOWN, "service", "there is no such service account");
	wanted->client = client.id;
	return OK;
}

enum err admin_app_password_create(struct request *r)
{
	struct record record;
	struct held held[APP_PASSWORDS_MAX];
	struct app_password wanted = { .created = 0 };
	struct outcome outcome;
	struct span stored;
	const char *made;

	enum err err = find_person(r, &record);
	if (err == OK && request_repeats(r, &outcome)) {
		json_begin_object(r->out);
		json_end_object(r->out);
		return OK;
	}
	if (err == OK)
		err = judge_wanted(r, held, list_passwords(&record, held), &wanted);
	if (err != OK)
		return err;
	made = app_password_make(r->admin->core, r->arena, &record.id, &wanted, &stored);
	err = change_password(r, &record, PATCH_ADD, stored, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_string_member(r->out, "password", made);
	json_end_object(r->out);
	return OK;
}

enum err admin_app_password_list(struct request *r)
{
	struct record record, client;
	struct held held[APP_PASSWORDS_MAX];

	enum err err = find_person(r, &record);
	if (err != OK)
		return err;
	size_t count = list_passwords(&record, held);
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++) {
		const struct app_password *password = &held[i].password;

		json_begin_object(r->out);
		json_text_member(r->out, "name", password->name);
		if (!uuid_is_nil(&password->client))
			show_uuid(r, "service_id", &password->client);
		if (view_by_id(r->view, r->tenant.number, &password->client, &client))
			json_text_member(
				r->out, "service", record_first(&client, ATTR_COMMON_NAME));
		show_time(r, "created", password->created);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	return OK;
}

enum err admin_app_password_delete(struct request *r)
{
	struct record record;
	struct held held[APP_PASSWORDS_MAX];
	const struct held *one;
	struct outcome outcome;

	enum err err = find_person(r, &record);
	if (err != OK)
		return err;
	one = find_named(held, list_passwords(&record, held), json_text(r->args, "name"));
	if (!one)
		return fail(r->why, ERR_NOT_FOUND, "name", "there is no such password");
	return change_password(
		r, &record, PATCH_REMOVE, arena_copy(r->arena, one->stored), &outcome);
}

/* ---- too many attempts ---- */

#define ROWS_MAX 500

static void put_row(struct request *r, const struct throttle_row *row)
{
	struct record record;

	json_begin_object(r->out);
	json_string_member(r->out, "kind", row->kind ? kind_row(row->kind)->word : "network");
	if (row->number && view_entry(r->view, r->tenant.number, row->kind, row->number, &record))
		json_text_member(
			r->out, "name", record_first(&record, kind_row(record.kind)->naming));
	if (row->network[0])
		json_string_member(r->out, "network", row->network);
	json_integer_member(r->out, "failures", row->failures);
	json_integer_member(r->out, "seconds", (row->wait + SECOND - 1) / SECOND);
	json_end_object(r->out);
}

/* Networks are every tenant's: only an operator sees them. */
enum err admin_login_throttled(struct request *r)
{
	struct throttle_row *rows = arena_array(r->arena, ROWS_MAX, sizeof *rows);
	bool all = r->actor.tenant == 0 && r->actor.type != ACTOR_USER;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	size_t count = login_throttled(r->admin->core, r->tenant.number, rows, ROWS_MAX);
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		if (rows[i].kind || all)
			put_row(r, &rows[i]);
	json_end_array(r->out);
	return OK;
}

enum err admin_user_unlock(struct request *r)
{
	struct record record;

	enum err err = find_person(r, &record);
	if (err == OK)
		login_forgive(r->admin->core, r->tenant.number, KIND_USER, record.number);
	return err;
}
