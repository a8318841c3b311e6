/* Tokens: SCIM connections, keys of the API, and people's own. */
#include "in/admin/client_int.h"

#include "base/clock.h"
#include "model/threshold.h"

#define DAY (86400 * SECOND)
#define DAYS_MAX 36500

/* ---- what a token says of itself ---- */

static const struct setting {
	const char *argument;
	enum attr attr;
} settings[] = {
	{ "profile", ATTR_PROFILE },
	{ "no_target", ATTR_NO_TARGET },
	{ "rate", ATTR_RATE },
	{ "adopts", ATTR_ADOPTS },
	{ "roles_as_groups", ATTR_ROLES_AS_GROUPS },
	{ "approval", ATTR_APPROVAL },
	{ "group_maps", ATTR_GROUP_MAPPING },
	{ "limit_count", ATTR_LIMIT_COUNT },
	{ "limit_percent", ATTR_LIMIT_PERCENT },
};
#define SETTINGS (sizeof settings / sizeof *settings)
_Static_assert(SETTINGS + 2 <= EDIT_MODS, "an edit has room for all of them");

/* Days from now; null and 0: for ever. */
static enum err take_expiry(struct edit *edit)
{
	struct request *r = edit->r;
	const struct json *given = json_member(r->args, "days");
	int64_t days = json_number(r->args, "days", 0);
	char *text = arena_alloc(r->arena, TIME_TEXT_MAX);

	if (!given)
		return OK;
	if (days > DAYS_MAX)
		return fail(
			r->why, ERR_VALUE, "days", "a token lives for %d days at most", DAYS_MAX);
	edit_replace(edit, ATTR_EXPIRES, 1);
	if (days == 0)
		return OK;
	return edit_add_value(
		edit, span_of(text, time_format_generalized(clock_wall() + days * DAY, text)));
}

static enum err take_settings(struct edit *edit)
{
	enum err err = take_expiry(edit);

	for (size_t i = 0; err == OK && i < SETTINGS; i++)
		err = edit_take(edit, settings[i].argument, settings[i].attr);
	return err;
}

/* ---- create ---- */

static enum err put_settings(struct request *r, struct entry *entry)
{
	struct edit edit = { .r = r };

	enum err err = take_settings(&edit);
	return err ? err : entry_put_mods(r, entry, edit.mods, edit.count);
}

static enum err put_owner(struct request *r, struct span type, struct entry *entry)
{
	struct span name = json_text(r->args, "user");
	struct record owner;

	if (!span_equal(type, SPAN("personal")))
		return name.len == 0 ? OK
				     : fail(r->why, ERR_VALUE, "user",
					       "only a token of type personal is a person's");
	if (name.len == 0)
		return fail(r->why, ERR_MISSING, "user", "whose token is it?");
	enum err err = request_entry(r, KIND_USER, "user", &owner);
	return err ? err
		   : entry_set(entry, ATTR_OWNER, SOURCE_LOCAL,
			     arena_copy(r->arena, uuid_span(&owner.id)), r->why);
}

static enum err build_token(struct request *r, struct span type, struct entry **entry)
{
	if (span_equal(type, SPAN("service")))
		return fail(r->why, ERR_VALUE, "type", "a token is of type scim, api or personal");
	enum err err = client_build(r, type, entry);
	if (err == OK)
		err = put_owner(r, type, *entry);
	return err == OK ? put_settings(r, *entry) : err;
}

enum err admin_token_create(struct request *r)
{
	struct span type = json_text(r->args, "type");
	struct entry *entry;
	uint8_t digest[32];

	if (type.len == 0)
		type = SPAN("scim");
	enum err err = request_tenant(r);
	if (err == OK)
		err = build_token(r, type, &entry);
	if (err != OK)
		return err;
	struct span token =
		span_str(token_new(r->arena, arena_string(r->arena, type), r->tenant.number));
	token_digest(token, digest);
	err = entry_set(entry, ATTR_TOKEN_DIGEST, SOURCE_LOCAL,
		arena_copy(r->arena, span_of(digest, sizeof digest)), r->why);
	return err == OK ? request_create(r, entry, "name", "token", token) : err;
}

/* ---- edit ---- */

static enum err find_token(struct request *r, struct record *client)
{
	enum err err = request_tenant(r);

	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "name", client);
	if (err == OK && span_equal(record_first(client, ATTR_CLIENT_TYPE), SPAN("service")))
		err = fail(r->why, ERR_NOT_FOUND, "name", "there is no such token");
	return err;
}

enum err admin_token_edit(struct request *r)
{
	struct edit edit = { .r = r };
	struct record client;

	enum err err = find_token(r, &client);
	if (err == OK)
		err = take_settings(&edit);
	if (err == OK)
		err = client_take_permissions(&edit);
	return err == OK ? edit_run(&edit, &client) : err;
}

/* ---- rotate ---- */

static void show_rotated(
	struct request *r, const struct outcome *outcome, const char *token, int64_t until)
{
	json_begin_object(r->out);
	show_created(r, "name", outcome);
	if (!outcome->repeated)
		json_string_member(r->out, "token", token);
	show_time(r, "old_expires", until);
	json_end_object(r->out);
}

enum err admin_token_rotate(struct request *r)
{
	struct command command = { .type = COMMAND_MODIFY, .kind = KIND_CLIENT };
	struct outcome outcome;
	struct record client;
	int64_t until;

	enum err err = edit_overlap(r, &until);
	if (err == OK)
		err = find_token(r, &client);
	if (err != OK)
		return err;
	const char *token = token_new(r->arena,
		arena_string(r->arena, record_first(&client, ATTR_CLIENT_TYPE)), r->tenant.number);
	command.tenant = r->tenant.number;
	command.id = client.id;
	command.if_revision = r->if_revision ? r->if_revision : client.revision;
	command.mods = client_rotate(r->arena, &client, span_str(token), until, &command.mod_count);
	err = request_run(r, &command, &outcome);
	if (err == OK)
		show_rotated(r, &outcome, token, until);
	return err;
}

/* ---- show ---- */

static void show_owner(struct request *r, const struct record *client)
{
	struct record owner;

	if (request_reference(r, client, ATTR_OWNER, &owner))
		json_text_member(r->out, "user", record_first(&owner, ATTR_USER_NAME));
}

/* As they hold, whether said or following from the profile. */
static void show_connection(struct request *r, const struct record *client)
{
	struct span approval = record_first(client, ATTR_APPROVAL);

	json_string_member(r->out, "no_target", no_target_word(record_no_target(client)));
	json_bool_member(r->out, "adopts", record_is_true(client, ATTR_ADOPTS));
	json_bool_member(r->out, "roles_as_groups", record_is_true(client, ATTR_ROLES_AS_GROUPS));
	json_text_member(r->out, "approval", approval.len > 0 ? approval : SPAN("privileged"));
	client_show_texts(r, "group_maps", client, ATTR_GROUP_MAPPING);
	client_show_number(r, "limit_count", client, ATTR_LIMIT_COUNT, THRESHOLD_COUNT);
	client_show_number(r, "limit_percent", client, ATTR_LIMIT_PERCENT, THRESHOLD_PERCENT);
	client_show_number(r, "source", client, ATTR_SOURCE_NUMBER, 0);
}

enum err admin_token_show(struct request *r)
{
	struct record client;

	enum err err = find_token(r, &client);
	if (err != OK)
		return err;
	r->revision = client.revision;
	json_begin_object(r->out);
	client_show(r, &client);
	client_show_scopes(r, &client);
	json_integer_member(r->out, "rate", record_rate(&client));
	if (span_equal(record_first(&client, ATTR_CLIENT_TYPE), SPAN("scim")))
		show_connection(r, &client);
	show_owner(r, &client);
	show_time(r, "created", client.created);
	show_time(r, "modified", client.modified);
	json_end_object(r->out);
	return OK;
}

enum err admin_token_list(struct request *r)
{
	struct filter **parts = arena_array(r->arena, 1, sizeof *parts);

	parts[0] = client_is_service(r);
	enum err err = request_tenant(r);
	return err == OK ? request_list(r, KIND_CLIENT,
				   filter_branch(r->arena, FILTER_NOT, parts, 1), client_list_one)
			 : err;
}

enum err admin_token_revoke(struct request *r)
{
	return request_delete(r, KIND_CLIENT, "name");
}

enum err admin_profile_list(struct request *r)
{
	json_begin_array(r->out);
	for (unsigned i = 0; i < PROFILE_COUNT; i++) {
		const struct profile_row *row = profile_row((enum profile)i);
		json_begin_object(r->out);
		json_string_member(r->out, "profile", row->word);
		json_string_member(r->out, "no_target", no_target_word(row->no_target));
		json_integer_member(r->out, "rate", row->rate);
		json_string_member(r->out, "label", row->help);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	return OK;
}
