#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "core/people.h"
#include "model/value.h"

enum err request_read(struct request *r)
{
	if (r->reading)
		return OK;
	enum err err = view_begin(r->view, r->why);
	r->reading = err == OK;
	return err;
}

void request_release(struct request *r)
{
	if (r->reading)
		view_end(r->view);
	r->reading = false;
}

static bool is_realm(const struct request *r)
{
	return r->has_tenant ? r->tenant.number == 0
			     : span_equal(json_text(r->args, "tenant"), SPAN(ADMIN_REALM));
}

static bool find_tenant(struct request *r)
{
	if (r->has_tenant)
		return view_tenant_number(r->view, r->tenant.number, &r->tenant);
	return view_tenant(r->view, json_text(r->args, "tenant"), &r->tenant);
}

enum err request_tenant(struct request *r)
{
	enum err err = request_read(r);

	if (err != OK)
		return err;
	if (is_realm(r)) {
		r->tenant = (struct tenant_info){ .name = SPAN(ADMIN_REALM), .active = true };
		return OK;
	}
	if (!find_tenant(r)) {
		err = view_error(r->view, r->why);
		return err != OK ? err
				 : fail(r->why, ERR_NOT_FOUND, "tenant", "there is no such tenant");
	}
	r->tenant.name = arena_copy(r->arena, r->tenant.name);
	return OK;
}

static bool is_seen(struct request *r, const struct record *record)
{
	return !view_is_hidden(r->view, r->arena, &r->actor, record);
}

bool request_find(struct request *r, enum kind kind, struct span name, struct record *record)
{
	struct uuid id;

	if (uuid_parse(name, &id)) {
		if (view_by_id(r->view, r->tenant.number, &id, record))
			return record->kind == kind && is_seen(r, record);
		if (view_tombstone(r->view, r->tenant.number, &id, record))
			return false;
	}
	return view_by_name(r->view, r->arena, r->tenant.number, kind, name, record) &&
	       is_seen(r, record);
}

bool request_reference(
	struct request *r, const struct record *record, enum attr attr, struct record *found)
{
	struct uuid id;

	return uuid_from_octets(record_first(record, attr), &id) &&
	       view_by_id(r->view, record->tenant, &id, found);
}

/* Who may act on people and not see them acts by name: only the hidden are not there. */
enum err request_entry(
	struct request *r, enum kind kind, const char *argument, struct record *record)
{
	if (request_find(r, kind, json_text(r->args, argument), record))
		return OK;
	enum err err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_NOT_FOUND, argument, "there is no such %s",
				   kind_row(kind)->word);
}

/* A request may run several commands: each has an idempotency key of its own, and the first one
 * the version that the request asks for. */
static struct span command_key(struct request *r, unsigned number)
{
	return span_str(arena_printf(r->arena, "%.*s/%u", SPAN_ARGS(r->once), number));
}

bool request_repeats(struct request *r, struct outcome *outcome)
{
	return r->once.len > 0 && view_once(r->view, &r->actor, r->tenant.number, command_key(r, 0),
					  span_of(r->once_digest, sizeof r->once_digest), outcome);
}

enum err request_run(struct request *r, const struct command *command, struct outcome *outcome)
{
	struct command conditional = *command;

	request_release(r);
	if (r->commands == 0 && conditional.if_revision == 0)
		conditional.if_revision = r->if_revision;
	if (r->once.len > 0) {
		conditional.once = command_key(r, r->commands);
		conditional.once_digest = span_of(r->once_digest, sizeof r->once_digest);
	}
	r->commands++;
	*outcome = (struct outcome){ 0 };
	enum err err = core_run(r->admin->core, &r->actor, &conditional, outcome);
	r->warnings |= outcome->warnings;
	if (err != OK)
		fail(r->why, err, outcome->why.attribute, "%s", outcome->why.text);
	return err;
}

enum err request_create(struct request *r, const struct entry *entry, const char *name,
	const char *secret_name, struct span secret)
{
	const struct command command = { .type = COMMAND_CREATE,
		.tenant = r->tenant.number,
		.kind = entry->kind,
		.id = entry->id,
		.entry = entry };
	struct outcome outcome;

	enum err err = request_run(r, &command, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	show_created(r, name, &outcome);
	if (secret.len > 0 && !outcome.repeated)
		json_text_member(r->out, secret_name, secret);
	json_end_object(r->out);
	return OK;
}

enum err request_delete(struct request *r, enum kind kind, const char *argument)
{
	struct record record;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, kind, argument, &record);
	if (err != OK)
		return err;
	const struct command command = {
		.type = COMMAND_DELETE, .tenant = r->tenant.number, .kind = kind, .id = record.id
	};
	return request_run(r, &command, &outcome);
}

enum err request_set(struct request *r, uint32_t tenant, const struct uuid *id, enum kind kind,
	enum attr attr, struct span octets)
{
	const struct value value = { .attr = attr, .octets = octets };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = attr, .values = &value, .count = octets.len > 0
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = tenant,
		.kind = kind,
		.id = *id,
		.mods = &mod,
		.mod_count = 1 };
	struct outcome outcome;

	return request_run(r, &command, &outcome);
}

enum err entry_put(
	struct request *r, struct entry *entry, enum attr attr, uint16_t instance, struct span text)
{
	struct span stored;

	enum err err = value_canonical(r->arena, attr, text, &stored, r->why);
	if (err == OK)
		err = entry_add(entry, attr, instance, SOURCE_LOCAL, stored, r->why);
	return err;
}

enum err entry_put_mods(
	struct request *r, struct entry *entry, const struct modification *mods, size_t count)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < count; i++)
		for (size_t j = 0; err == OK && j < mods[i].count; j++) {
			const struct value *value = &mods[i].values[j];
			err = entry_add(entry, value->attr, value->instance, SOURCE_LOCAL,
				value->octets, r->why);
		}
	return err;
}

enum err request_put(struct request *r, struct entry *entry, enum attr attr, const char *argument)
{
	const struct json *given = r->args ? json_member(r->args, argument) : NULL;
	enum err err = OK;

	if (!given || given->type == JSON_IS_FALSE)
		return OK;
	if (given->type == JSON_IS_TRUE)
		return entry_put(r, entry, attr, 0, SPAN("TRUE"));
	if (given->type == JSON_IS_INTEGER)
		return entry_put(r, entry, attr, 0,
			span_str(arena_printf(r->arena, "%lld", (long long)given->integer)));
	if (given->type == JSON_IS_STRING)
		return given->text.len > 0 ? entry_put(r, entry, attr, 0, given->text) : OK;
	for (size_t i = 0; err == OK && i < given->count; i++)
		err = entry_put(r, entry, attr, (uint16_t)i, given->items[i].text);
	return err;
}

enum err request_secret(struct request *r, const char *argument, struct span *secret, bool *made)
{
	struct span given = json_text(r->args, argument);
	uint8_t random[18];

	*made = given.len == 0;
	if (given.len > PASSWORD_MAX)
		return fail(r->why, ERR_VALUE, argument, "the secret is longer than %d octets",
			PASSWORD_MAX);
	if (*made) {
		secret_random(random, sizeof random);
		given = span_str(base64url_format(r->arena, span_of(random, sizeof random)));
	}
	*secret = given;
	return OK;
}

enum err secret_put(struct request *r, struct entry *entry, struct span plain)
{
	struct span sealed;

	if (uuid_is_nil(&entry->id))
		entry->id = uuid_new();
	sealed = core_seal(r->admin->core, r->arena, &entry->id, plain);
	return entry_set(entry, ATTR_SEALED_SECRET, SOURCE_LOCAL, sealed, r->why);
}

enum err request_time(struct request *r, const char *name, int64_t *time)
{
	struct span text = json_text(r->args, name);

	if (text.len == 0 || time_parse_rfc3339(text, time))
		return OK;
	return fail(r->why, ERR_VALUE, name, "a time like 2026-11-22T01:02:03Z");
}
