#include "in/admin/webhook_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "in/admin/edit_int.h"
#include "net/address.h"

/* Standard Webhooks: "whsec_" and base64 of 24 to 64 octets. */
static enum err signing_secret(struct request *r, struct span *secret, bool *made)
{
	struct span given = json_text(r->args, "secret"), octets;
	uint8_t random[32];

	*made = given.len == 0;
	if (*made) {
		secret_random(random, sizeof random);
		*secret = span_str(arena_printf(r->arena, "whsec_%s",
			base64_format(r->arena, span_of(random, sizeof random))));
		return OK;
	}
	if (!span_starts(given, SPAN("whsec_")) ||
		!base64_parse(r->arena, span_from(given, 6), &octets) || octets.len < 24 ||
		octets.len > 64)
		return fail(r->why, ERR_VALUE, "secret",
			"a signing secret is whsec_ and the base64 of 24 to 64 octets");
	*secret = given;
	return OK;
}

static enum err check_events(struct request *r)
{
	const struct json *events = json_member(r->args, "events");

	for (size_t i = 0; events && i < events->count; i++) {
		struct span text = events->items[i].text;

		for (size_t c = 0; c < text.len; c++)
			if (!strchr("abcdefghijklmnopqrstuvwxyz_.*", text.data[c]) ||
				(text.data[c] == '*' && c + 1 < text.len))
				return fail(r->why, ERR_VALUE, "events",
					"an event is a type like user.deactivated, or user.*");
		if (text.len == 0 || text.len > 64)
			return fail(r->why, ERR_VALUE, "events", "an event has 1 to 64 letters");
	}
	return OK;
}

static enum err build_webhook(
	struct request *r, struct entry *entry, struct span *secret, bool *made)
{
	enum err err =
		url_check(r->arena, json_text(r->args, "uri"), r->admin->allow_local, r->why);

	if (err == OK)
		err = check_events(r);
	if (err == OK)
		err = signing_secret(r, secret, made);
	if (err == OK)
		err = request_put(r, entry, ATTR_COMMON_NAME, "name");
	if (err == OK)
		err = request_put(r, entry, ATTR_URI, "uri");
	if (err == OK)
		err = request_put(r, entry, ATTR_EVENT_TYPE, "events");
	return err == OK ? secret_put(r, entry, *secret) : err;
}

enum err admin_webhook_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_WEBHOOK);
	struct span secret;
	bool made;

	entry->id = uuid_new();
	enum err err = request_tenant(r);
	if (err == OK)
		err = build_webhook(r, entry, &secret, &made);
	return err ? err : request_create(r, entry, "name", "secret", made ? secret : SPAN_NONE);
}

/* ---- where they stand ---- */

/* What out/webhook keeps, see out/webhook/webhook.h. */
static struct span state_of(struct request *r, const struct record *record)
{
	struct span value = SPAN_NONE;
	char id[UUID_TEXT + 1];

	uuid_format(&record->id, id);
	view_state(r->view, r->tenant.number,
		span_str(arena_printf(r->arena, "webhook/%s/cursor", id)), &value);
	return value;
}

/* Returns what the cursor has behind that. */
static struct reader put_standing(struct request *r, const struct record *record)
{
	uint64_t last = view_journal_last(r->view, r->tenant.number);
	struct reader cursor = reader_of(state_of(r, record));
	uint64_t sequence = read_u64(&cursor);
	(void)read_u32(&cursor); /* messages of the next one */
	int64_t failing_since = (int64_t)read_u64(&cursor);

	json_text_member(r->out, "name", record_first(record, ATTR_COMMON_NAME));
	json_text_member(r->out, "uri", record_first(record, ATTR_URI));
	json_bool_member(r->out, "active", record_is_true(record, ATTR_ACTIVE));
	json_integer_member(r->out, "delivered_to", (int64_t)sequence);
	json_integer_member(r->out, "newest", (int64_t)last);
	json_integer_member(
		r->out, "behind", sequence > 0 && last > sequence ? (int64_t)(last - sequence) : 0);
	show_time(r, "failing_since", failing_since);
	show_uuid(r, "id", &record->id);
	return cursor;
}

void webhook_put_row(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	put_standing(r, record);
	json_end_object(r->out);
}

static void put_history(struct request *r, struct reader *cursor)
{
	show_time(r, "last_delivered", (int64_t)read_u64(cursor));
	show_time(r, "last_failed", (int64_t)read_u64(cursor));
	uint32_t status = read_u32(cursor);
	struct span reason = read_span(cursor);

	if (status != 0)
		json_integer_member(r->out, "last_status", status);
	if (reason.len > 0)
		json_text_member(r->out, "last_error", reason);
}

static void put_events(struct request *r, const struct record *record)
{
	size_t first = record_find(record, ATTR_EVENT_TYPE);

	json_name(r->out, "events");
	json_begin_array(r->out);
	for (size_t i = first; i < record->count && record_row(record, i).attr == ATTR_EVENT_TYPE;
		i++)
		json_put_text(r->out, record_row(record, i).octets);
	json_end_array(r->out);
}

static void put_old(struct request *r, const struct record *record)
{
	int64_t until;

	if (time_parse_generalized(record_first(record, ATTR_OLD_SECRET_EXPIRES), &until) &&
		until > clock_wall())
		show_time(r, "old_expires", until);
}

static enum err find_webhook(struct request *r, struct record *record)
{
	enum err err = request_tenant(r);

	return err == OK ? request_entry(r, KIND_WEBHOOK, "name", record) : err;
}

enum err admin_webhook_show(struct request *r)
{
	struct record record;

	enum err err = find_webhook(r, &record);
	if (err != OK)
		return err;
	r->revision = record.revision;
	json_begin_object(r->out);
	struct reader cursor = put_standing(r, &record);
	put_events(r, &record);
	put_history(r, &cursor);
	put_old(r, &record);
	show_time(r, "created", record.created);
	show_time(r, "modified", record.modified);
	json_end_object(r->out);
	return OK;
}

enum err admin_webhook_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_WEBHOOK, NULL, webhook_put_row) : err;
}

/* ---- changing ---- */

enum err admin_webhook_edit(struct request *r)
{
	struct edit edit = { .r = r };
	struct record record;

	enum err err = find_webhook(r, &record);
	if (err == OK && json_member(r->args, "uri"))
		err = url_check(r->arena, json_text(r->args, "uri"), r->admin->allow_local, r->why);
	if (err == OK)
		err = check_events(r);
	if (err == OK)
		err = edit_take(&edit, "uri", ATTR_URI);
	if (err == OK)
		err = edit_take(&edit, "events", ATTR_EVENT_TYPE);
	return err == OK ? edit_run(&edit, &record) : err;
}

/* The secret that is there, until then; 0: none. */
static enum err put_aside(struct edit *edit, struct span sealed, int64_t until)
{
	char *text = arena_alloc(edit->r->arena, TIME_TEXT_MAX);

	edit_replace(edit, ATTR_OLD_SECRET_EXPIRES, 1);
	enum err err = until == 0 ? OK
				  : edit_add_value(edit,
					    span_of(text, time_format_generalized(until, text)));
	edit_replace(edit, ATTR_OLD_SEALED_SECRET, 1);
	return err || until == 0 ? err : edit_add_value(edit, sealed);
}

static void show_rotated(
	struct request *r, const struct outcome *outcome, struct span secret, int64_t until)
{
	json_begin_object(r->out);
	show_created(r, "name", outcome);
	if (!outcome->repeated && secret.len > 0)
		json_text_member(r->out, "secret", secret);
	show_time(r, "old_expires", until);
	json_end_object(r->out);
}

static enum err rotate(
	struct request *r, struct record *record, struct span secret, bool made, int64_t until)
{
	struct command command = { .type = COMMAND_MODIFY,
		.kind = KIND_WEBHOOK,
		.tenant = r->tenant.number,
		.id = record->id,
		.if_revision = r->if_revision ? r->if_revision : record->revision };
	struct edit edit = { .r = r };
	struct outcome outcome;

	record->bytes = arena_copy(r->arena, record->bytes);
	enum err err = put_aside(&edit, record_first(record, ATTR_SEALED_SECRET), until);
	edit_replace(&edit, ATTR_SEALED_SECRET, 1);
	if (err == OK)
		err = edit_add_value(
			&edit, core_seal(r->admin->core, r->arena, &command.id, secret));
	command.mods = edit.mods;
	command.mod_count = edit.count;
	if (err == OK)
		err = request_run(r, &command, &outcome);
	if (err == OK)
		show_rotated(r, &outcome, made ? secret : SPAN_NONE, until);
	return err;
}

enum err admin_webhook_rotate(struct request *r)
{
	struct record record;
	struct span secret;
	int64_t until;
	bool made;

	enum err err = edit_overlap(r, &until);
	if (err == OK)
		err = find_webhook(r, &record);
	if (err == OK)
		err = signing_secret(r, &secret, &made);
	return err == OK ? rotate(r, &record, secret, made, until) : err;
}

enum err admin_webhook_end_old_secret(struct request *r)
{
	struct edit edit = { .r = r };
	struct record record;

	enum err err = find_webhook(r, &record);
	if (err == OK)
		err = put_aside(&edit, SPAN_NONE, 0);
	return err == OK ? edit_run(&edit, &record) : err;
}

static enum err set_active(struct request *r, struct span active)
{
	struct record record;

	enum err err = find_webhook(r, &record);
	if (err != OK)
		return err;
	struct uuid id = record.id;
	return request_set(r, r->tenant.number, &id, KIND_WEBHOOK, ATTR_ACTIVE, active);
}

enum err admin_webhook_activate(struct request *r)
{
	return set_active(r, SPAN("TRUE"));
}

enum err admin_webhook_deactivate(struct request *r)
{
	return set_active(r, SPAN("FALSE"));
}

enum err admin_webhook_delete(struct request *r)
{
	return request_delete(r, KIND_WEBHOOK, "name");
}
