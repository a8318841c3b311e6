#include "in/admin/directory_int.h"
#include "in/admin/user_int.h"

#include "base/clock.h"

#include <ctype.h>

/* How each kind is called in a list; the naming attribute as it is written. */
void show_head(struct request *r, const struct record *record)
{
	const struct kind_row *kind = kind_row(record->kind);

	json_text_member(r->out, kind->word, record_first(record, kind->naming));
	show_uuid(r, "id", &record->id);
}

void show_uuid(struct request *r, const char *name, const struct uuid *id)
{
	char text[UUID_TEXT + 1];

	uuid_format(id, text);
	json_string_member(r->out, name, text);
}

void show_time(struct request *r, const char *name, int64_t wall)
{
	char text[TIME_TEXT_MAX];

	if (wall != 0)
		json_text_member(r->out, name, span_of(text, time_format_rfc3339(wall, text)));
}

static void put_part(struct request *r, struct because_part *part)
{
	struct because_found found;

	json_begin_object(r->out);
	json_text_member(r->out, "code", part->code);
	json_name(r->out, "values");
	json_begin_object(r->out);
	while (because_next_value(part, &found)) {
		json_put_name(r->out, span_str(found.name));
		if (found.is_number)
			json_put_integer(r->out, found.number);
		else
			json_put_string(r->out, found.text);
	}
	json_end_object(r->out);
	json_end_object(r->out);
}

void show_said(struct request *r, struct span line, const char *text, const char *codes)
{
	struct because_part part;

	if (line.len == 0)
		return;
	json_string_member(r->out, text, because_text(r->arena, line));
	json_name(r->out, codes);
	json_begin_array(r->out);
	while (because_next(&line, &part))
		put_part(r, &part);
	json_end_array(r->out);
}

void show_because(struct request *r, struct span line)
{
	show_said(r, line, "reason", "because");
}

bool attr_is_shown(enum attr attr)
{
	const struct attr_row *row = attr_row(attr);

	return row->syntax != SYNTAX_OCTETS && !(row->flags & ATTR_WRITE_ONLY);
}

static bool put_reference(struct request *r, struct span octets)
{
	char text[UUID_TEXT + 1];
	struct uuid id;

	if (!uuid_from_octets(octets, &id))
		return false;
	uuid_format(&id, text);
	json_put_string(r->out, text);
	return true;
}

static bool put_typed(struct request *r, enum syntax syntax, struct span octets)
{
	char text[TIME_TEXT_MAX];
	uint64_t number;
	int64_t wall;

	switch (syntax) {
	case SYNTAX_REFERENCE:
		return put_reference(r, octets);
	case SYNTAX_BOOLEAN:
		json_put_bool(r->out, span_equal(octets, SPAN("TRUE")));
		return true;
	case SYNTAX_INTEGER:
		if (!span_to_u64(octets, &number) || number > INT64_MAX)
			return false;
		json_put_integer(r->out, (int64_t)number);
		return true;
	case SYNTAX_TIME:
		if (!time_parse_generalized(octets, &wall))
			return false;
		json_put_text(r->out, span_of(text, time_format_rfc3339(wall, text)));
		return true;
	default:
		return false;
	}
}

static void put_value(struct request *r, const struct value *value)
{
	/* Canonical JSON as it stands. */
	if (value->attr == ATTR_PLATFORM) {
		json_put_raw(r->out, value->octets);
		return;
	}
	if (!put_typed(r, attr_row(value->attr)->syntax, value->octets))
		json_put_text(r->out, value->octets);
}

const char *lower_name(struct arena *arena, const char *name)
{
	char *copy = arena_string(arena, span_str(name));

	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

/* People and directories are shown by the words that change them. */
static const char *shown_name(struct request *r, const struct record *record, enum attr attr)
{
	const char *argument = record->kind == KIND_USER        ? user_argument(attr)
			       : record->kind == KIND_DIRECTORY ? directory_argument(attr)
								: NULL;

	return argument ? argument : lower_name(r->arena, attr_row(attr)->name);
}

static size_t put_attribute(struct request *r, const struct record *record, size_t i)
{
	enum attr attr = record_row(record, i).attr;
	size_t end = i;

	while (end < record->count && record_row(record, end).attr == attr)
		end++;
	if (!attr_is_shown(attr) || attr_family(attr) == ATTR_APP)
		return end;
	json_name(r->out, shown_name(r, record, attr));
	bool several = !attr_has(attr, ATTR_SINGLE);
	if (several)
		json_begin_array(r->out);
	for (size_t last = several ? end : i + 1; i < last; i++) {
		struct value value = record_row(record, i);
		put_value(r, &value);
	}
	if (several)
		json_end_array(r->out);
	return end;
}

void show_values(struct request *r, const struct record *record)
{
	r->revision = record->revision;
	show_uuid(r, "id", &record->id);
	json_string_member(r->out, "kind", kind_row(record->kind)->word);
	json_integer_member(r->out, "revision", (int64_t)record->revision);
	show_time(r, "created", record->created);
	show_time(r, "modified", record->modified);
	for (size_t i = 0; i < record->count;)
		i = put_attribute(r, record, i);
	user_apps_show(r, record);
}

void show_created(struct request *r, const char *name, const struct outcome *outcome)
{
	r->created = outcome->id;
	json_text_member(r->out, name, json_text(r->args, name));
	show_uuid(r, "id", &outcome->id);
}
