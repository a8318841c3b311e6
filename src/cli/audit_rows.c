/* Audit rows for people: when, who, what, to whom, and each change as "path: old -> new". The rest
 * of a row is for machines (--json). */
#include "cli/cli.h"

#include "base/buffer.h"
#include "base/limits.h"

static struct json text_cell(const char *name, struct span text)
{
	return (struct json){ .type = JSON_IS_STRING, .name = span_str(name), .text = text };
}

/* "anna"; the console has no name, what is refused may have none. */
static struct span party_name(const struct json *party)
{
	struct span name = party ? json_text(party, "name") : SPAN_NONE;

	return name.len > 0 || !party ? name : json_text(party, "id");
}

static struct span said(struct arena *arena, const struct json *party, const char *behind)
{
	return span_str(arena_printf(arena, "%.*s%s%.*s", SPAN_ARGS(json_text(party, "type")),
		behind, SPAN_ARGS(party_name(party))));
}

static void put_value(struct buffer *out, const struct json *value)
{
	if (!value || value->type == JSON_IS_NULL)
		buffer_put_octet(out, '-');
	else if (value->type == JSON_IS_ARRAY)
		for (size_t i = 0; i < value->count; i++) {
			buffer_put_span(out, i > 0 ? SPAN(", ") : SPAN_NONE);
			put_value(out, &value->items[i]);
		}
	else
		buffer_put_span(out, value->text);
}

/* What was refused says why, too. */
static struct span changes_of(struct arena *arena, const struct json *row)
{
	const struct json *changes = json_member(row, "changes");
	struct span reason = json_text(row, "reason");
	struct buffer text;

	buffer_init(&text, 4 * MIB);
	for (size_t i = 0; changes && i < changes->count; i++) {
		const struct json *change = &changes->items[i];

		buffer_put_span(&text, i > 0 ? SPAN("; ") : SPAN_NONE);
		buffer_put_span(&text, json_text(change, "path"));
		buffer_put_span(&text, SPAN(": "));
		put_value(&text, json_member(change, "old"));
		buffer_put_span(&text, SPAN(" -> "));
		put_value(&text, json_member(change, "new"));
	}
	buffer_put_span(&text, text.len > 0 && reason.len > 0 ? SPAN("; ") : SPAN_NONE);
	buffer_put_span(&text, reason);
	struct span copy = arena_copy(arena, buffer_span(&text));
	buffer_free(&text);
	return copy;
}

static struct json cells_of(struct arena *arena, const struct json *row)
{
	const struct json *request = json_member(row, "request");
	const struct json *subject = json_member(row, "subject");
	const struct json *actor = json_member(row, "actor");
	struct json *cells = arena_array(arena, 8, sizeof *cells);
	struct span who = party_name(actor);

	if (subject && subject->type == JSON_IS_OBJECT)
		who = span_str(arena_printf(
			arena, "%.*s for %.*s", SPAN_ARGS(who), SPAN_ARGS(party_name(subject))));
	cells[0] = (struct json){
		.type = JSON_IS_INTEGER, .name = SPAN("seq"), .integer = json_number(row, "seq", 0)
	};
	cells[1] = text_cell("time", json_text(row, "time"));
	cells[2] = text_cell("actor", who);
	cells[3] = text_cell("channel", request ? json_text(request, "channel") : SPAN_NONE);
	cells[4] = text_cell("action", json_text(row, "action"));
	cells[5] = text_cell("target", said(arena, json_member(row, "target"), " "));
	cells[6] = text_cell("outcome", json_text(row, "outcome"));
	cells[7] = text_cell("changes", changes_of(arena, row));
	return (struct json){ .type = JSON_IS_OBJECT, .items = cells, .count = 8 };
}

void audit_rows_print(struct arena *arena, const struct json *rows)
{
	struct json shown = { .type = JSON_IS_ARRAY, .count = rows->count };

	shown.items = arena_array(arena, rows->count + 1, sizeof *shown.items);
	for (size_t i = 0; i < rows->count; i++)
		shown.items[i] = cells_of(arena, &rows->items[i]);
	table_print(&shown);
}
