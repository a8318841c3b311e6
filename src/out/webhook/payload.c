#include "out/webhook/webhook_int.h"

#include "base/clock.h"
#include "wire/json.h"

static void put_uuid(struct json_writer *w, const char *name, const struct uuid *id)
{
	char text[UUID_TEXT + 1];

	uuid_format(id, text);
	json_string_member(w, name, text);
}

static void put_value(struct json_writer *w, const struct value *value)
{
	struct uuid id;
	char text[UUID_TEXT + 1];

	switch (attr_row(value->attr)->syntax) {
	case SYNTAX_BOOLEAN:
		json_put_bool(w, span_equal(value->octets, SPAN("TRUE")));
		break;
	case SYNTAX_REFERENCE:
		memset(&id, 0, sizeof id);
		uuid_from_octets(value->octets, &id);
		uuid_format(&id, text);
		json_put_string(w, text);
		break;
	default:
		json_put_text(w, value->octets);
	}
}

/* Null when there is none; a password is never more than "***". */
static void put_values(struct json_writer *w, const struct record *record, enum attr attr)
{
	size_t i = record->count > 0 ? record_find(record, attr) : 0;
	bool several = !attr_has(attr, ATTR_SINGLE);

	if (i >= record->count) {
		json_put_null(w);
		return;
	}
	if (attr == ATTR_PASSWORD) {
		json_put_string(w, "***");
		return;
	}
	if (several)
		json_begin_array(w);
	for (; i < record->count && record_row(record, i).attr == attr; i++) {
		struct value value = record_row(record, i);

		put_value(w, &value);
	}
	if (several)
		json_end_array(w);
}

static void put_change(struct json_writer *w, const struct event *event, enum attr attr)
{
	json_begin_object(w);
	json_string_member(w, "path", attr_spelling(attr));
	json_name(w, "old");
	put_values(w, &event->before, attr);
	json_name(w, "new");
	put_values(w, &event->after, attr);
	json_end_object(w);
}

static bool is_told(const struct event *event, enum attr attr)
{
	/* Keys, anchors and digests are not for receivers. */
	if (attr_row(attr)->syntax == SYNTAX_OCTETS && attr != ATTR_PASSWORD)
		return false;
	return event_covers(event->type, attr) && event_attribute_differs(event, attr);
}

static void put_changes(struct json_writer *w, const struct event *event)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	json_name(w, "changes");
	json_begin_array(w);
	for (size_t i = 0; i < count; i++)
		if (rows[i].attr != ATTR_NONE && is_told(event, rows[i].attr))
			put_change(w, event, rows[i].attr);
	json_end_array(w);
}

static void put_user(struct json_writer *w, const struct record *record)
{
	json_text_member(w, "userName", record_first(record, ATTR_USER_NAME));
	json_text_member(w, "displayName", record_first(record, ATTR_DISPLAY_NAME));
	if (record_first(record, ATTR_EMAIL).len > 0)
		json_text_member(w, "email", record_first(record, ATTR_EMAIL));
	if (record_first(record, ATTR_EXTERNAL_ID).len > 0)
		json_text_member(w, "externalId", record_first(record, ATTR_EXTERNAL_ID));
	json_bool_member(w, "active", record_is_true(record, ATTR_ACTIVE));
}

static void put_entry(struct json_writer *w, const struct event *event)
{
	const struct record *record =
		event->after.kind != KIND_NONE ? &event->after : &event->before;

	put_uuid(w, "id", &event->effect->id);
	if (record->kind == KIND_USER)
		put_user(w, record);
	else
		json_text_member(w, "name", record_first(record, kind_row(record->kind)->naming));
	put_changes(w, event);
}

static void put_end(struct json_writer *w, struct view *view, uint32_t tenant, enum kind kind,
	uint32_t number, const struct uuid *id)
{
	struct record record;

	json_begin_object(w);
	put_uuid(w, "id", id);
	json_string_member(w, "kind", kind_row(kind)->word);
	if (view_entry(view, tenant, kind, number, &record))
		json_text_member(w, "name", record_first(&record, kind_row(kind)->naming));
	json_end_object(w);
}

/* Of a role or scope the person is the subject, of a group the group is. */
static void put_edge(struct json_writer *w, struct view *view, const struct change *change,
	const struct effect *effect)
{
	const char *container = kind_row(effect->kind)->word;
	struct record member;

	if (effect->kind == KIND_GROUP) {
		put_uuid(w, "id", &effect->id);
		json_name(w, "group");
		put_end(w, view, change->tenant, effect->kind, effect->number, &effect->id);
		json_name(w, "member");
		put_end(w, view, change->tenant, effect->member_kind, effect->member,
			&effect->member_id);
		return;
	}
	put_uuid(w, "id", &effect->member_id);
	if (view_entry(view, change->tenant, effect->member_kind, effect->member, &member))
		put_user(w, &member);
	json_name(w, container);
	put_end(w, view, change->tenant, effect->kind, effect->number, &effect->id);
}

static void put_origin(struct json_writer *w, const struct change *change)
{
	json_integer_member(w, "sequence", (int64_t)change->sequence);
	json_string_member(w, "channel", channel_name(change->channel));
	json_name(w, "actor");
	json_begin_object(w);
	json_string_member(w, "type", actor_type_name(change->actor_type));
	json_text_member(w, "name", change->actor_name);
	json_end_object(w);
}

/* Where the entry can be read whole. */
static void put_link(struct json_writer *w, struct arena *arena, const struct tenant_info *tenant,
	const struct effect *effect)
{
	const char *endpoint = kind_row(effect->kind)->endpoint;
	char id[UUID_TEXT + 1];

	uuid_format(&effect->id, id);
	json_string_member(w, "id", id);
	json_bool_member(w, "trimmed", true);
	if (endpoint)
		json_string_member(w, "link",
			arena_printf(arena, "/scim/v2/%.*s/%s/%s", SPAN_ARGS(tenant->name),
				endpoint, id));
}

static void put_body(struct buffer *out, struct view *view, struct arena *arena,
	const struct tenant_info *tenant, const struct change *change, const struct event *event,
	bool trimmed)
{
	char time[TIME_TEXT_MAX];
	struct json_writer w;

	json_start(&w, out);
	json_begin_object(&w);
	json_string_member(&w, "type", event->name);
	json_text_member(&w, "timestamp", span_of(time, time_format_rfc3339(change->time, time)));
	json_name(&w, "data");
	json_begin_object(&w);
	json_text_member(&w, "tenant", tenant->name);
	put_origin(&w, change);
	if (trimmed)
		put_link(&w, arena, tenant, event->effect);
	else if (event->effect->type == EFFECT_EDGE)
		put_edge(&w, view, change, event->effect);
	else
		put_entry(&w, event);
	json_end_object(&w);
	json_end_object(&w);
}

void payload_write(struct buffer *out, struct view *view, struct arena *arena,
	const struct tenant_info *tenant, const struct change *change, const struct event *event)
{
	put_body(out, view, arena, tenant, change, event, false);
	if (!out->failed)
		return;
	buffer_reset(out);
	put_body(out, view, arena, tenant, change, event, true);
}
