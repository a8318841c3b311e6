#include "in/admin/audit_int.h"

#include "base/limits.h"
#include "wire/csv.h"

#define CSV_OCTETS (2 * MIB) /* of one export */

static const char *const columns[] = { "Time", "Company", "Action", "Actor", "On behalf of",
	"Target", "Changes", "Outcome", "Channel", "IP", "City", "Country", "Request id" };

#define COLUMNS (sizeof columns / sizeof *columns)
#define COMPANY 1

static void put_record(struct audit_csv *csv, const struct span cells[COLUMNS])
{
	struct csv_writer w;

	csv_start(&w, &csv->out);
	for (size_t i = 0; i < COLUMNS; i++)
		if (i != COMPANY || csv->of_all)
			csv_put(&w, cells[i]);
	csv_end_record(&w);
}

void audit_csv_begin(struct audit_csv *csv, bool of_all)
{
	struct span cells[COLUMNS];

	csv->of_all = of_all;
	buffer_init(&csv->out, 4 * CSV_OCTETS);
	for (size_t i = 0; i < COLUMNS; i++)
		cells[i] = span_str(columns[i]);
	put_record(csv, cells);
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

bool audit_csv_row(struct request *r, struct audit_csv *csv, const struct audit_entry *entry,
	struct span company)
{
	struct json *row;

	if (csv->out.len + entry->json.len > CSV_OCTETS)
		return false;
	if (json_parse(r->arena, entry->json, &row, NULL) != OK)
		return true;
	const struct span cells[] = { json_text(row, "time"), company, json_text(row, "action"),
		name_of(json_member(row, "actor")), name_of(json_member(row, "subject")),
		name_of(json_member(row, "target")), changes_of(r, json_member(row, "changes")),
		json_text(row, "outcome"), inner(row, "request", "channel"),
		inner(row, "request", "ip"), inner(row, "request", "city"),
		inner(row, "request", "country"), inner(row, "request", "id") };
	_Static_assert(sizeof cells / sizeof *cells == COLUMNS, "a cell a column");
	put_record(csv, cells);
	return true;
}

void audit_csv_end(struct request *r, struct audit_csv *csv)
{
	r->octets = arena_copy(r->arena, buffer_span(&csv->out));
	buffer_free(&csv->out);
}
