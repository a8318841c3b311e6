#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "core/audit.h"

#define DAY (86400 * SECOND)
#define OVERLAP_USUAL 24 /* hours that a rotated token still opens */
#define OVERLAP_MAX 720

/* What a client may do when its maker does not say. A SCIM token may not hand out more than it
 * holds itself: roles.assign, not roles.assign_any. An API key may do all that its maker may. */
static const struct {
	const char *type, *codenames;
} usual[] = {
	{ "scim", "users.view users.create users.edit users.deactivate users.delete "
		  "users.set_password roles.view roles.edit roles.assign scopes.view scopes.edit "
		  "scopes.assign groups.view groups.edit" },
	{ "api", NULL },
	{ "service", "users.view groups.view roles.view scopes.view" },
};

static bool find_usual(struct request *r, struct span type, uint64_t *permissions)
{
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (span_equal(span_str(usual[i].type), type)) {
			*permissions = usual[i].codenames
					       ? permission_bits(usual[i].codenames)
					       : permission_grantable(r->tenant.number == 0);
			if (r->actor.type == ACTOR_CLIENT || r->actor.type == ACTOR_USER)
				*permissions &= r->actor.permissions;
			return true;
		}
	return false;
}

/* What a platform's application asks for has no bit: it is granted by its codename alone. */
static enum err put_permissions_given(struct request *r, struct entry *entry)
{
	const struct json *given = json_member(r->args, "permissions");
	enum err err = OK;

	for (size_t i = 0; err == OK && given && i < given->count; i++)
		err = entry_put(r, entry, ATTR_PERMISSION, (uint16_t)i, given->items[i].text);
	return err;
}

static enum err build_client(struct request *r, struct span type, struct entry **entry)
{
	uint64_t permissions;

	if (!find_usual(r, type, &permissions))
		return fail(r->why, ERR_VALUE, "type", "a token is of type scim or api");
	if (json_member(r->args, "permissions"))
		permissions = 0;
	enum err err = client_entry(r->arena, arena_string(r->arena, type),
		json_text(r->args, "name"), permissions, entry, r->why);
	return err == OK ? put_permissions_given(r, *entry) : err;
}

static enum err put_expiry(struct request *r, struct entry *entry)
{
	int64_t days = json_number(r->args, "days", 0);
	char text[TIME_TEXT_MAX];

	if (days == 0)
		return OK;
	if (days > 36500)
		return fail(r->why, ERR_VALUE, "days", "a token lives for 36500 days at most");
	size_t len = time_format_generalized(clock_wall() + days * DAY, text);
	return entry_put(r, entry, ATTR_EXPIRES, 0, arena_copy(r->arena, span_of(text, len)));
}

enum err admin_token_create(struct request *r)
{
	struct span type = json_text(r->args, "type");
	struct entry *entry;
	uint8_t digest[32];

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	if (type.len == 0)
		type = SPAN("scim");
	if (span_equal(type, SPAN("service")))
		return fail(r->why, ERR_VALUE, "type", "a token is of type scim or api");
	err = build_client(r, type, &entry);
	if (err == OK)
		err = put_expiry(r, entry);
	if (err != OK)
		return err;
	struct span token =
		span_str(token_new(r->arena, arena_string(r->arena, type), r->tenant.number));
	token_digest(token, digest);
	err = entry_set(entry, ATTR_TOKEN_DIGEST, SOURCE_LOCAL,
		arena_copy(r->arena, span_of(digest, sizeof digest)), r->why);
	return err == OK ? request_create(r, entry, "name", "token", token) : err;
}

static enum err read_overlap(struct request *r, int64_t *until)
{
	int64_t hours = json_number(r->args, "overlap_hours", OVERLAP_USUAL);

	*until = hours == 0 ? 0 : clock_wall() + hours * 3600 * SECOND;
	if (hours > OVERLAP_MAX)
		return fail(r->why, ERR_VALUE, "overlap_hours",
			"the old token opens for %d hours more at most", OVERLAP_MAX);
	return OK;
}

static enum err find_token(struct request *r, struct record *client)
{
	enum err err = request_tenant(r);

	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "name", client);
	if (err == OK && span_equal(record_first(client, ATTR_CLIENT_TYPE), SPAN("service")))
		err = fail(r->why, ERR_NOT_FOUND, "name", "there is no such token");
	return err;
}

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

	enum err err = read_overlap(r, &until);
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

enum err admin_service_create(struct request *r)
{
	char hash[PASSWORD_HASH_MAX];
	struct span password;
	struct entry *entry;
	bool made;

	enum err err = request_tenant(r);
	if (err == OK)
		err = build_client(r, SPAN("service"), &entry);
	if (err == OK)
		err = request_secret(r, "password", &password, &made);
	if (err == OK)
		err = password_hash(password, hash, r->why);
	if (err == OK)
		err = entry_set(entry, ATTR_PASSWORD, SOURCE_LOCAL,
			arena_copy(r->arena, span_str(hash)), r->why);
	if (err != OK)
		return err;
	return request_create(r, entry, "name", "password", made ? password : SPAN_NONE);
}

static void put_permissions(struct request *r, const struct record *record)
{
	json_name(r->out, "permissions");
	json_begin_array(r->out);
	for (size_t i = record_find(record, ATTR_PERMISSION); i < record->count; i++) {
		struct value row = record_row(record, i);

		if (row.attr != ATTR_PERMISSION)
			break;
		json_put_text(r->out, row.octets);
	}
	json_end_array(r->out);
}

static void put_moment(
	struct request *r, const char *name, const struct record *record, enum attr attr)
{
	int64_t wall;

	if (time_parse_generalized(record_first(record, attr), &wall))
		show_time(r, name, wall);
}

static void list_one(struct request *r, const struct record *record)
{
	int64_t used;

	json_begin_object(r->out);
	json_text_member(r->out, "name", record_first(record, ATTR_COMMON_NAME));
	json_text_member(r->out, "type", record_first(record, ATTR_CLIENT_TYPE));
	json_bool_member(r->out, "active", record_is_true(record, ATTR_ACTIVE));
	put_moment(r, "expires", record, ATTR_EXPIRES);
	put_moment(r, "old_expires", record, ATTR_TOKEN_OLD_EXPIRES);
	if (view_last_login(r->view, record->tenant, record->number, &used))
		show_time(r, "last_used", used);
	put_permissions(r, record);
	show_uuid(r, "id", &record->id);
	json_end_object(r->out);
}

static struct filter *is_service(struct request *r)
{
	return filter_leaf(r->arena, FILTER_EQUAL, ATTR_CLIENT_TYPE, SPAN("service"));
}

enum err admin_token_list(struct request *r)
{
	struct filter **parts = arena_array(r->arena, 1, sizeof *parts);

	parts[0] = is_service(r);
	enum err err = request_tenant(r);
	return err == OK ? request_list(r, KIND_CLIENT,
				   filter_branch(r->arena, FILTER_NOT, parts, 1), list_one)
			 : err;
}

enum err admin_service_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_CLIENT, is_service(r), list_one) : err;
}

enum err admin_token_revoke(struct request *r)
{
	return request_delete(r, KIND_CLIENT, "name");
}

enum err admin_service_delete(struct request *r)
{
	return request_delete(r, KIND_CLIENT, "name");
}
