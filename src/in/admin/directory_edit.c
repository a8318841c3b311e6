/* How a directory is set up, at its creation and later. */
#include "in/admin/directory_int.h"
#include "in/admin/edit_int.h"

static const struct {
	const char *argument;
	enum attr attr;
} settings[] = {
	{ "uri", ATTR_URI },
	{ "failover_uris", ATTR_FAILOVER_URI },
	{ "base_dn", ATTR_BASE_DN },
	{ "bind_dn", ATTR_BIND_DN },
	{ "ca_file", ATTR_CA_FILE },
	{ "start_tls", ATTR_START_TLS },
	{ "connector", ATTR_CONNECTOR },
	{ "anchor_attribute", ATTR_ANCHOR_ATTRIBUTE },
	{ "poll_seconds", ATTR_POLL_SECONDS },
	{ "full_seconds", ATTR_FULL_SECONDS },
	{ "user_filter", ATTR_USER_FILTER },
	{ "group_filter", ATTR_GROUP_FILTER },
	{ "scope_rules", ATTR_SCOPE_RULE },
	{ "maps", ATTR_MAPPING },
	{ "authority_rules", ATTR_AUTHORITY },
	{ "join_rules", ATTR_JOIN_RULE },
	{ "precedence", ATTR_PRECEDENCE },
	{ "disabled_preset", ATTR_DISABLED_PRESET },
	{ "disabled_rules", ATTR_DISABLED_RULE },
	{ "no_email", ATTR_NO_EMAIL },
	{ "group_maps", ATTR_GROUP_MAPPING },
	{ "group_depth", ATTR_GROUP_DEPTH },
	{ "group_gone", ATTR_GROUP_GONE },
	{ "limit_count", ATTR_LIMIT_COUNT },
	{ "limit_percent", ATTR_LIMIT_PERCENT },
	{ "run_limits", ATTR_RUN_LIMIT },
	{ "pass_through", ATTR_PASS_THROUGH },
	{ "grace_hours", ATTR_GRACE_HOURS },
	{ "contacts", ATTR_CONTACT },
	{ "active", ATTR_ACTIVE },
	{ "new_name", ATTR_COMMON_NAME },
};
#define SETTINGS (sizeof settings / sizeof *settings)
_Static_assert(SETTINGS + 1 <= EDIT_MODS, "an edit has room for all of them");

const char *directory_argument(enum attr attr)
{
	if (attr == ATTR_COMMON_NAME)
		return "name";
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].attr == attr)
			return settings[i].argument;
	return NULL;
}

static enum err take_settings(struct edit *edit)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < SETTINGS; i++)
		err = edit_take(edit, settings[i].argument, settings[i].attr);
	return err;
}

/* What is saved is what was asked for, unless the servers say that it cannot work. */
static enum err check_servers(struct request *r, const struct entry *directory)
{
	struct sync_check *rows;
	size_t count = 0;

	if (!json_is_set(r->args, "check"))
		return OK;
	request_release(r);
	rows = arena_array(r->arena, SYNC_CHECKS_MAX, sizeof *rows);
	enum err err = sync_preflight(r->admin->sync, directory, rows, &count, r->why);
	for (size_t i = 0; err == OK && i < count; i++)
		if (rows[i].bad)
			err = fail(r->why, ERR_VALUE, "check", "%s: %s: %s%s%s", rows[i].server,
				rows[i].check, because_text(r->arena, span_str(rows[i].found.line)),
				rows[i].advice.line[0] ? "; " : "",
				because_text(r->arena, span_str(rows[i].advice.line)));
	return err;
}

static enum err check_size(struct request *r, struct span secret)
{
	return secret.len <= PASSWORD_MAX
		       ? OK
		       : fail(r->why, ERR_TOO_LARGE, "secret",
				 "the bind password is longer than %d octets", PASSWORD_MAX);
}

/* A new one. */
static enum err build(struct request *r, struct entry *entry)
{
	struct span secret = json_text(r->args, "secret");
	struct edit edit = { .r = r };

	entry->id = uuid_new();
	enum err err = check_size(r, secret);
	if (err == OK)
		err = take_settings(&edit);
	if (err == OK)
		err = entry_put_mods(r, entry, edit.mods, edit.count);
	if (err == OK && secret.len > 0)
		err = secret_put(r, entry, secret);
	return err == OK ? sync_check(r->admin->sync, entry, r->why) : err;
}

enum err admin_directory_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_DIRECTORY);

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_put(r, entry, ATTR_COMMON_NAME, "name");
	if (err == OK)
		err = build(r, entry);
	if (err == OK)
		err = check_servers(r, entry);
	return err ? err : request_create(r, entry, "name", NULL, SPAN_NONE);
}

/* ---- changing ---- */

static bool has_value(const struct entry *entry, enum attr attr, struct span octets)
{
	const struct value *value;

	for (size_t i = 0; (value = entry_value(entry, attr, i)); i++)
		if (span_equal(value->octets, octets))
			return true;
	return false;
}

static bool is_known_place(const struct entry *before, struct span uri)
{
	return has_value(before, ATTR_URI, uri) || has_value(before, ATTR_FAILOVER_URI, uri);
}

static bool has_new_place(const struct entry *before, const struct entry *after)
{
	const struct value *value;

	if (!is_known_place(before, entry_first(after, ATTR_URI)))
		return true;
	for (size_t i = 0; (value = entry_value(after, ATTR_FAILOVER_URI, i)); i++)
		if (!is_known_place(before, value->octets))
			return true;
	return false;
}

static bool has_start_tls(const struct entry *entry)
{
	return span_equal(entry_first(entry, ATTR_START_TLS), SPAN("TRUE"));
}

/* Whoever may change where the password goes, or who vouches for the place, could read it there. */
static enum err check_secret(struct request *r, const struct entry *before,
	const struct entry *after, struct span secret)
{
	if (secret.len > 0 || !entry_has(before, ATTR_SEALED_SECRET) ||
		!entry_has(after, ATTR_SEALED_SECRET))
		return OK;
	if (!has_new_place(before, after) && has_start_tls(before) == has_start_tls(after) &&
		entry_same_values(before, after, ATTR_CA_FILE) &&
		entry_same_values(before, after, ATTR_BIND_DN))
		return OK;
	return fail(r->why, ERR_MISSING, "secret",
		"another place, TLS mode, CA or bind DN needs the bind password anew");
}

/* Who binds as nobody keeps no password either. */
static enum err take_secret(struct edit *edit, const struct uuid *id, struct span secret)
{
	struct request *r = edit->r;
	const struct json *bind_dn = json_member(r->args, "bind_dn");
	bool anonymous = bind_dn && bind_dn->text.len == 0;

	if (secret.len == 0 && !anonymous)
		return OK;
	if (secret.len > 0 && anonymous)
		return fail(r->why, ERR_VALUE, "secret", "without a bind DN there is no password");
	enum err err = check_size(r, secret);
	if (err != OK)
		return err;
	edit_replace(edit, ATTR_SEALED_SECRET, 1);
	return secret.len == 0
		       ? OK
		       : edit_add_value(edit, core_seal(r->admin->core, r->arena, id, secret));
}

static enum err apply_mods(struct request *r, struct entry *entry, const struct edit *edit)
{
	for (size_t i = 0; i < edit->count; i++)
		entry_remove(entry, edit->mods[i].attr);
	return entry_put_mods(r, entry, edit->mods, edit->count);
}

/* The directory as it would be; its octets are copied, for the view may end. */
static enum err change(
	struct request *r, struct record *record, struct edit *edit, struct entry **after)
{
	struct span secret = json_text(r->args, "secret");
	struct uuid id = record->id;

	record->bytes = arena_copy(r->arena, record->bytes);
	const struct entry *before = record_entry(r->arena, record);
	*after = entry_copy(r->arena, before);
	enum err err = take_settings(edit);
	if (err == OK)
		err = take_secret(edit, &id, secret);
	if (err == OK)
		err = apply_mods(r, *after, edit);
	if (err == OK)
		err = check_secret(r, before, *after, secret);
	return err == OK ? sync_check(r->admin->sync, *after, r->why) : err;
}

enum err admin_directory_edit(struct request *r)
{
	struct edit edit = { .r = r };
	struct record record;
	struct entry *after;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	err = change(r, &record, &edit, &after);
	if (err == OK)
		err = check_servers(r, after);
	/* What was judged is what is changed. */
	if (r->if_revision == 0)
		r->if_revision = record.revision;
	return err == OK ? edit_run(&edit, &record) : err;
}

enum err admin_directory_probe(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_DIRECTORY);
	struct edit edit = { .r = r };
	struct record record;

	if (json_text(r->args, "name").len == 0) {
		enum err err = request_tenant(r);
		if (err == OK)
			err = build(r, entry);
		return err == OK ? directory_ask_servers(r, entry) : err;
	}
	enum err err = directory_find(r, &record);
	if (err == OK)
		err = change(r, &record, &edit, &entry);
	return err == OK ? directory_ask_servers(r, entry) : err;
}

enum err admin_directory_preview(struct request *r)
{
	struct edit edit = { .r = r };
	struct record record;
	struct sync_step *rows;
	size_t count = 0;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	uint32_t number = record.number;
	record.bytes = arena_copy(r->arena, record.bytes);
	struct entry *changed = record_entry(r->arena, &record);
	err = take_settings(&edit);
	if (err == OK)
		err = apply_mods(r, changed, &edit);
	if (err == OK)
		err = sync_check(r->admin->sync, changed, r->why);
	if (err != OK)
		return err;
	request_release(r);
	rows = arena_array(r->arena, SYNC_STEPS_MAX, sizeof *rows);
	err = sync_person(r->admin->sync, r->tenant.number, number, json_text(r->args, "person"),
		false, changed, rows, &count, r->why);
	if (err == OK)
		directory_put_steps(r, rows, count);
	return err;
}

enum err admin_directory_secret(struct request *r)
{
	struct span secret = json_text(r->args, "secret");
	struct record record;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	if (secret.len == 0)
		return fail(r->why, ERR_MISSING, "secret", "the new bind password is missing");
	err = check_size(r, secret);
	if (err != OK)
		return err;
	struct uuid id = record.id;
	return request_set(r, r->tenant.number, &id, KIND_DIRECTORY, ATTR_SEALED_SECRET,
		core_seal(r->admin->core, r->arena, &id, secret));
}
