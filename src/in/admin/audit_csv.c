#include "in/admin/audit_int.h"

#include "base/limits.h"
#include "wire/csv.h"

static const char *const columns[] = { "Time", "Action", "Actor", "On behalf of", "Target",
	"Changes", "Outcome", "Channel", "IP", "City", "Country", "Request id" };

void audit_csv_head(struct buffer *out)
{
	csv_put_head(out, columns, sizeof columns / sizeof *columns);
}

/* "anna", else the type: the console has an id as little as a refused creation. */
static struct span name_of(const struct json *party)
{
	struct span name = party ? json_text(party, "name") : SPAN_NONE;

	return name.len > 0 || !party ? name : json_text(party, "id");
}

static void put_value(struct buffer *out, const struct json *value)
{
	if (!value || value->type == JSON_IS_NULL)
		buffer_put_span(out, SPAN("-"));
	else if (value->type == JSON_IS_STRING)
		buffer_put_span(out, value->text);
	for (size_t i = 0; value && value->type == JSON_IS_ARRAY && i < value->count; i++) {
		if (i > 0)
			buffer_put_span(out, SPAN(" | "));
		put_value(out, &value->items[i]);
	}
}

/* "displayName: Anna -> Annika; roles: - -> Admin" */
static struct span changes_of(struct request *r, const struct json *changes)
{
	struct buffer text;

	buffer_init(&text, 4 * MIB);
	for (size_t i = 0; changes && i < changes->count; i++) {
		const struct json *change = &changes->items[i];
		if (i > 0)
			buffer_put_span(&text, SPAN("; "));
		buffer_put_span(&text, json_text(change, "path"));
		buffer_put_span(&text, SPAN(": "));
		put_value(&text, json_member(change, "old"));
		buffer_put_span(&text, SPAN(" -> "));
		put_value(&text, json_member(change, "new"));
	}
	struct span copy = arena_copy(r->arena, buffer_span(&text));
	buffer_free(&text);
	return copy;
}

static struct span inner(const struct json *row, const char *object, const char *name)
{
	const struct json *member = json_member(row, object);

	return member ? json_text(member, name) : SPAN_NONE;
}

void audit_csv_row(struct request *r, struct buffer *out, const struct audit_entry *entry)
{
	struct csv_writer w;
	struct json *row;

	if (json_parse(r->arena, entry->json, &row, NULL) != OK)
		return;
	const struct span cells[] = { json_text(row, "time"), json_text(row, "action"),
		name_of(json_member(row, "actor")), name_of(json_member(row, "subject")),
		name_of(json_member(row, "target")), changes_of(r, json_member(row, "changes")),
		json_text(row, "outcome"), inner(row, "request", "channel"),
		inner(row, "request", "ip"), inner(row, "request", "city"),
		inner(row, "request", "country"), inner(row, "request", "id") };
	_Static_assert(sizeof cells / sizeof *cells == sizeof columns / sizeof *columns,
		"a cell a column");
	csv_start(&w, out);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		csv_put(&w, cells[i]);
	csv_end_record(&w);
}
