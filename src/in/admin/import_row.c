#include "in/admin/import_int.h"
#include "model/value.h"
#include "wire/csv.h"

#define SHOWN(text) (int)((text).len < 64 ? (text).len : 64), (const char *)(text).data

struct span plan_text(struct span cell)
{
	return span_trim(csv_plain(span_trim(cell)));
}

static bool put(struct plan *plan, struct import_row *row, const struct column *column,
	struct entry *entry, uint16_t instance, struct span octets)
{
	struct why why = { 0 };

	if (entry_add(entry, column->attr, instance, SOURCE_LOCAL, octets, &why) == OK)
		return true;
	plan_refuse(plan, row, column->malformed, column, "%s", why.text);
	return false;
}

static bool put_text(struct plan *plan, struct import_row *row, const struct column *column,
	struct entry *entry, uint16_t instance, struct span text)
{
	struct why why = { 0 };
	struct span stored;

	if (value_canonical(plan->r->arena, column->attr, text, &stored, &why) == OK)
		return put(plan, row, column, entry, instance, stored);
	plan_refuse(plan, row, column->malformed, column, "%s", why.text);
	return false;
}

static bool put_yesno(struct plan *plan, struct import_row *row, const struct column *column,
	struct entry *entry, struct span text)
{
	bool yes = span_equal(text, SPAN("1"));

	if (yes || span_equal(text, SPAN("0")))
		return put(plan, row, column, entry, 0, yes ? SPAN("TRUE") : SPAN("FALSE"));
	plan_refuse(plan, row, column->malformed, column, "1 is yes, 0 is no, and nothing else");
	return false;
}

static bool find_person(struct plan *plan, struct span name, struct record *person)
{
	struct request *r = plan->r;

	return request_find(r, KIND_USER, name, person) ||
	       (view_by_value(r->view, r->tenant.number, KIND_USER, ATTR_EMAIL,
			value_normal(r->arena, ATTR_EMAIL, name), person) &&
		       !view_is_hidden(r->view, r->arena, &r->actor, person));
}

static bool put_person(struct plan *plan, struct import_row *row, const struct column *column,
	struct entry *entry, struct span text)
{
	struct record person;

	if (find_person(plan, text, &person))
		return put(plan, row, column, entry, 0,
			arena_copy(plan->r->arena, uuid_span(&person.id)));
	plan_refuse(plan, row, column->unknown, column, "there is no user \"%.*s\"", SHOWN(text));
	return false;
}

static bool is_named(const struct import_row *row, const struct uuid *id)
{
	for (size_t i = 0; i < row->container_count; i++)
		if (uuid_equal(&row->containers[i].id, id))
			return true;
	return false;
}

/* Room is made for as many as were found, whatever the cell says. */
static void add_container(
	struct plan *plan, struct import_row *row, enum kind kind, const struct uuid *id)
{
	size_t count = row->container_count;
	struct container_delta *deltas = (struct container_delta *)row->containers;

	if ((count & (count - 1)) == 0) {
		deltas = arena_array(plan->r->arena, count ? 2 * count : 1, sizeof *deltas);
		if (count > 0)
			memcpy(deltas, row->containers, count * sizeof *deltas);
	}
	deltas[row->container_count++] = (struct container_delta){ .kind = kind, .id = *id };
	row->containers = deltas;
}

static bool put_containers(
	struct plan *plan, struct import_row *row, const struct column *column, struct span text)
{
	struct record found;

	while (text.len > 0) {
		struct span name = plan_text(span_cut(&text, ';'));
		if (name.len == 0)
			continue;
		if (!request_find(plan->r, column->kind, name, &found)) {
			plan_refuse(plan, row, column->unknown, column, "there is no %s \"%.*s\"",
				kind_row(column->kind)->word, SHOWN(name));
			return false;
		}
		if (!is_named(row, &found.id))
			add_container(plan, row, column->kind, &found.id);
	}
	return true;
}

static bool put_apps(struct plan *plan, struct import_row *row, const struct column *column,
	struct entry *entry, struct span text)
{
	uint16_t instance = 0;
	bool good = true;

	while (good && text.len > 0) {
		struct span app = plan_text(span_cut(&text, ';'));
		if (app.len > 0)
			good = put_text(plan, row, column, entry, instance++, app);
	}
	return good;
}

static bool put_cell(struct plan *plan, struct import_row *row, const struct column *column,
	struct entry *entry, struct span text)
{
	switch (column->form) {
	case COLUMN_TEXT:
		return put_text(plan, row, column, entry, 0, text);
	case COLUMN_YESNO:
		return put_yesno(plan, row, column, entry, text);
	case COLUMN_PERSON:
		return put_person(plan, row, column, entry, text);
	case COLUMN_CONTAINERS:
		return put_containers(plan, row, column, text);
	case COLUMN_APPS:
		return put_apps(plan, row, column, entry, text);
	}
	return false;
}

/* Who has no user name signs in by the address. */
static void name_by_address(struct entry *entry)
{
	if (!entry_has(entry, ATTR_USER_NAME))
		entry_set(
			entry, ATTR_USER_NAME, SOURCE_LOCAL, entry_first(entry, ATTR_EMAIL), NULL);
}

void plan_build(struct plan *plan, struct import_row *row)
{
	struct entry *entry = entry_new(plan->r->arena, KIND_USER);
	bool good = row->class == IMPORT_READY;

	for (size_t i = 0; good && i < plan->width; i++) {
		const struct column *column = plan->columns[i];
		struct span text = plan_text(row->cells[i]);
		bool blank = text.len == 0;

		if (blank && column_is_needed(column, plan->settings)) {
			plan_refuse(plan, row, column->blank, column, "the column is blank");
			good = false;
		} else if (!blank)
			good = put_cell(plan, row, column, entry, text);
	}
	name_by_address(entry);
	row->entry = entry;
}
