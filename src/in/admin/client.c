#include "in/admin/client_int.h"

#include "base/clock.h"
#include "core/audit.h"
#include "core/permission.h"

/* What a client may do when its maker does not say. A SCIM token may not hand out more than it
 * holds itself: roles.assign, not roles.assign_any. An API key may do all that its maker may, a
 * personal token all that its owner may. */
static const struct {
	const char *type, *codenames;
} usual[] = {
	{ "scim", "users.view users.create users.edit users.deactivate users.delete "
		  "users.set_password roles.view roles.edit roles.assign scopes.view scopes.edit "
		  "scopes.assign groups.view groups.edit" },
	{ "api", NULL },
	{ "personal", "" },
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

/* What a token of --scope may do. Who may write groups need not read people: a member is named by
 * its id. */
static const struct {
	const char *word, *codenames;
} scopes[] = {
	{ "read", "users.view roles.view scopes.view groups.view" },
	{ "users", "users.view users.create users.edit users.deactivate users.delete "
		   "users.set_password" },
	{ "groups", "groups.view groups.edit roles.view roles.edit roles.assign scopes.view "
		    "scopes.edit scopes.assign" },
};
#define SCOPES (sizeof scopes / sizeof *scopes)

static bool add_text(struct span *texts, size_t *count, struct span text)
{
	for (size_t i = 0; i < *count; i++)
		if (span_equal(texts[i], text))
			return true;
	if (*count == LIMIT_VALUES_PER_ENTRY)
		return false;
	texts[(*count)++] = text;
	return true;
}

static enum err add_scope(struct request *r, struct span word, struct span *texts, size_t *count)
{
	for (size_t i = 0; i < SCOPES; i++) {
		struct span rest = span_str(scopes[i].codenames);
		if (!span_equal(span_str(scopes[i].word), word))
			continue;
		while (rest.len > 0)
			add_text(texts, count, span_cut(&rest, ' '));
		return OK;
	}
	return fail(r->why, ERR_VALUE, "scopes", "a token's scope is read, users or groups");
}

enum err client_permissions(
	struct request *r, struct span texts[LIMIT_VALUES_PER_ENTRY], size_t *count)
{
	const struct json *named = json_member(r->args, "permissions");
	const struct json *wanted = json_member(r->args, "scopes");
	enum err err = OK;

	*count = 0;
	if (named && wanted)
		return fail(
			r->why, ERR_VALUE, "scopes", "scopes stand for permissions: say either");
	for (size_t i = 0; named && i < named->count; i++)
		if (!add_text(texts, count, named->items[i].text))
			return fail(r->why, ERR_TOO_MANY, "permissions", "too many permissions");
	for (size_t i = 0; err == OK && wanted && i < wanted->count; i++)
		err = add_scope(r, wanted->items[i].text, texts, count);
	return err;
}

/* What a platform's application asks for has no bit: it is granted by its codename alone. */
static enum err put_permissions_given(struct request *r, struct entry *entry)
{
	struct span texts[LIMIT_VALUES_PER_ENTRY];
	size_t count;

	enum err err = client_permissions(r, texts, &count);
	for (size_t i = 0; err == OK && i < count; i++)
		err = entry_put(r, entry, ATTR_PERMISSION, (uint16_t)i, texts[i]);
	return err;
}

enum err client_build(struct request *r, struct span type, struct entry **entry)
{
	uint64_t permissions;

	if (!find_usual(r, type, &permissions))
		return fail(r->why, ERR_VALUE, "type", "a token is of type scim, api or personal");
	if (json_member(r->args, "permissions") || json_member(r->args, "scopes"))
		permissions = 0;
	enum err err = client_entry(r->arena, arena_string(r->arena, type),
		json_text(r->args, "name"), permissions, entry, r->why);
	return err == OK ? put_permissions_given(r, *entry) : err;
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

static bool holds_all(const struct record *record, const char *codenames)
{
	struct span rest = span_str(codenames);

	while (rest.len > 0)
		if (!record_has_permission(record, span_cut(&rest, ' ')))
			return false;
	return true;
}

void client_show_scopes(struct request *r, const struct record *record)
{
	json_name(r->out, "scopes");
	json_begin_array(r->out);
	for (size_t i = 0; i < SCOPES; i++)
		if (holds_all(record, scopes[i].codenames))
			json_put_string(r->out, scopes[i].word);
	json_end_array(r->out);
}

void client_show_moment(
	struct request *r, const char *name, const struct record *record, enum attr attr)
{
	int64_t wall;

	if (time_parse_generalized(record_first(record, attr), &wall))
		show_time(r, name, wall);
}

void client_show(struct request *r, const struct record *record)
{
	int64_t used;

	json_text_member(r->out, "name", record_first(record, ATTR_COMMON_NAME));
	json_text_member(r->out, "type", record_first(record, ATTR_CLIENT_TYPE));
	if (span_equal(record_first(record, ATTR_CLIENT_TYPE), SPAN("scim")))
		json_string_member(r->out, "profile", profile_row(record_profile(record))->word);
	json_bool_member(r->out, "active", record_is_true(record, ATTR_ACTIVE));
	client_show_moment(r, "expires", record, ATTR_EXPIRES);
	client_show_moment(r, "old_expires", record, ATTR_TOKEN_OLD_EXPIRES);
	if (view_last_login(r->view, record->tenant, record->number, &used))
		show_time(r, "last_used", used);
	put_permissions(r, record);
	show_uuid(r, "id", &record->id);
}

void client_list_one(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	client_show(r, record);
	json_end_object(r->out);
}

struct filter *client_is_service(struct request *r)
{
	return filter_leaf(r->arena, FILTER_EQUAL, ATTR_CLIENT_TYPE, SPAN("service"));
}
