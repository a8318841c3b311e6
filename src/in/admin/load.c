#include "in/admin/admin_int.h"

/* Many entries in one request. An item is
 *   {"kind": "user", "name": "ann", "attributes": {"email": ["a@x.test"], "email_type": ["work"]},
 *    "rdn": "cn=Ann+uid=ann", "password": "...", "inactive": true}
 * to create an entry, attributes by the table's words, a value's place its instance, with the RDN
 * that it shall have in LDAP, if any; or
 *   {"kind": "group", "name": "staff", "members": ["user:ann", "group:night"]}
 * to add members to a container that is there. A password is clear or a hash that
 * password_verify() knows. The answer counts, and names what was refused. */

#define SERVICE_PERMISSIONS "users.view groups.view roles.view scopes.view"

struct item {
	const struct json *json;
	enum kind kind;
	struct span name;
	struct span made; /* a password that was made, to be told once */
	struct why why;
	struct command *command; /* NULL: refused already */
};

static enum err item_password(struct request *r, struct item *item, struct entry *entry)
{
	struct span password = json_text(item->json, "password");
	char hash[PASSWORD_STORED_MAX];
	uint8_t random[18];

	if (password.len == 0 && item->kind != KIND_CLIENT)
		return OK;
	if (password.len == 0) {
		secret_random(random, sizeof random);
		password = item->made =
			span_str(base64url_format(r->arena, span_of(random, sizeof random)));
	}
	if (!password_is_hash(password)) {
		enum err err = password_make(r->view, r->tenant.number, PASSWORD_CARRIED, password,
			hash, NULL, &item->why);
		if (err != OK)
			return err;
		password = arena_copy(r->arena, span_str(hash));
	}
	return entry_set(entry, ATTR_PASSWORD, SOURCE_LOCAL, password, &item->why);
}

static enum err item_attribute(
	struct request *r, struct item *item, struct entry *entry, const struct json *values)
{
	enum attr attr = attr_by_name(values->name);
	enum err err = OK;

	if (attr == ATTR_NONE || values->type != JSON_IS_ARRAY || attr_is_hidden(attr) ||
		attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED))
		return fail(&item->why, ERR_PATH, NULL, "there is no attribute \"%.*s\" to load",
			(int)(values->name.len < 64 ? values->name.len : 64),
			(const char *)values->name.data);
	for (size_t i = 0; err == OK && i < values->count; i++)
		if (values->items[i].type == JSON_IS_STRING)
			err = entry_put(r, entry, attr, (uint16_t)i, values->items[i].text);
	return err;
}

static enum err item_entry(struct request *r, struct item *item, struct entry **result)
{
	const struct json *attributes = json_member(item->json, "attributes");
	struct span rdn = json_text(item->json, "rdn");
	struct entry *entry;
	enum err err = OK;

	if (item->kind == KIND_CLIENT) {
		err = client_entry(r->arena, "service", item->name,
			permission_bits(SERVICE_PERMISSIONS), &entry, &item->why);
	} else {
		enum attr named =
			item->kind == KIND_POINTER ? ATTR_POINTER_DN : kind_row(item->kind)->naming;
		entry = entry_new(r->arena, item->kind);
		err = entry_put(r, entry, named, 0, item->name);
	}
	for (size_t i = 0; err == OK && attributes && i < attributes->count; i++)
		err = item_attribute(r, item, entry, &attributes->items[i]);
	if (err == OK && rdn.len > 0 && attr_row(ATTR_RDN)->kinds >> item->kind & 1)
		err = entry_put(r, entry, ATTR_RDN, 0, rdn);
	if (err == OK && json_is_set(item->json, "inactive"))
		err = entry_set(entry, ATTR_ACTIVE, SOURCE_LOCAL, SPAN("FALSE"), &item->why);
	if (err == OK)
		err = item_password(r, item, entry);
	if (err == OK)
		*result = entry;
	return err;
}

static enum err item_member(
	struct request *r, struct item *item, struct span text, struct member_delta *delta)
{
	struct span name = text;
	enum kind kind = kind_by_word(span_cut(&name, ':'));
	struct record record;

	if (kind == KIND_NONE ||
		!view_by_name(r->view, r->arena, r->tenant.number, kind, name, &record))
		return fail(&item->why, ERR_NOT_FOUND, "members", "there is no member \"%.*s\"",
			(int)(text.len < 100 ? text.len : 100), (const char *)text.data);
	*delta = (struct member_delta){ .kind = kind, .id = record.id };
	return OK;
}

static enum err item_members(struct request *r, struct item *item, const struct json *members)
{
	struct member_delta *deltas = arena_array(r->arena, members->count, sizeof *deltas);
	struct record record;
	enum err err = OK;

	if (!view_by_name(r->view, r->arena, r->tenant.number, item->kind, item->name, &record))
		return fail(&item->why, ERR_NOT_FOUND, "name", "there is no such %s",
			kind_row(item->kind)->word);
	for (size_t i = 0; err == OK && i < members->count; i++)
		err = item_member(r, item, members->items[i].text, &deltas[i]);
	item->command->type = COMMAND_MEMBERS;
	item->command->id = record.id;
	item->command->members = deltas;
	item->command->member_count = members->count;
	return err;
}

static enum err item_build(struct request *r, struct item *item, struct command *command)
{
	const struct json *members = json_member(item->json, "members");
	struct entry *entry = NULL;

	item->kind = kind_by_word(json_text(item->json, "kind"));
	item->name = json_text(item->json, "name");
	if (item->kind != KIND_USER && item->kind != KIND_CLIENT && item->kind != KIND_POINTER &&
		!kind_is_container(item->kind))
		return fail(&item->why, ERR_VALUE, "kind", "this kind is not loaded");
	*command = (struct command){ .tenant = r->tenant.number, .kind = item->kind };
	item->command = command;
	if (members)
		return item_members(r, item, members);
	command->type = COMMAND_CREATE;
	enum err err = item_entry(r, item, &entry);
	command->entry = entry;
	return err;
}

static void put_failure(struct request *r, const struct item *item, enum err err)
{
	json_begin_object(r->out);
	json_text_member(r->out, "name", item->name);
	json_string_member(r->out, "code", err_row(err)->name);
	json_string_member(r->out, "attribute", item->why.attribute);
	json_string_member(r->out, "text", item->why.text);
	json_end_object(r->out);
}

static void put_results(struct request *r, const struct item *items, size_t count)
{
	int64_t done = 0, existing = 0;

	json_begin_object(r->out);
	json_name(r->out, "refused");
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++) {
		enum err err = items[i].why.err;

		done += err == OK;
		existing += err == ERR_EXISTS;
		if (err != OK && err != ERR_EXISTS)
			put_failure(r, &items[i], err);
	}
	json_end_array(r->out);
	json_integer_member(r->out, "done", done);
	json_integer_member(r->out, "existing", existing);
	json_name(r->out, "passwords");
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		if (items[i].why.err == OK && items[i].made.len > 0) {
			json_begin_object(r->out);
			json_text_member(r->out, "name", items[i].name);
			json_text_member(r->out, "password", items[i].made);
			json_end_object(r->out);
		}
	json_end_array(r->out);
	json_end_object(r->out);
}

static enum err run_items(
	struct request *r, struct item *items, struct command *commands, size_t count)
{
	struct outcome *outcomes = arena_array(r->arena, count, sizeof *outcomes);
	size_t next = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].why.err == OK)
			commands[next++] = *items[i].command;
	if (next == 0)
		return OK;
	request_release(r);
	enum err err =
		core_run_many(r->admin->core, &r->actor, commands, next, false, outcomes, r->why);
	next = 0;
	for (size_t i = 0; err == OK && i < count; i++)
		if (items[i].why.err == OK) {
			items[i].why = outcomes[next].why;
			items[i].why.err = outcomes[next++].err;
		}
	return err;
}

enum err admin_load(struct request *r)
{
	const struct json *entries = json_member(r->args, "entries");

	if (entries->type != JSON_IS_ARRAY)
		return fail(r->why, ERR_SYNTAX, "entries", "entries must be an array");
	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	struct item *items = arena_array(r->arena, entries->count, sizeof *items);
	struct command *commands = arena_array(r->arena, entries->count, sizeof *commands);
	for (size_t i = 0; i < entries->count; i++) {
		items[i].json = &entries->items[i];
		struct why *why = r->why;
		r->why = &items[i].why;
		item_build(r, &items[i], &commands[i]);
		r->why = why;
	}
	err = run_items(r, items, commands, entries->count);
	if (err == OK)
		put_results(r, items, entries->count);
	return err;
}
