#include "in/admin/import_int.h"
#include "model/value.h"

#include <stdlib.h>

static const struct column *column_of(const struct plan *plan, enum attr attr)
{
	for (size_t i = 0; i < plan->width; i++)
		if (plan->columns[i]->attr == attr)
			return plan->columns[i];
	return NULL;
}

static struct span normal_of(struct plan *plan, const struct import_row *row, enum attr attr)
{
	struct span value = entry_first(row->entry, attr);

	return value.len > 0 ? value_normal(plan->r->arena, attr, value) : SPAN_NONE;
}

static bool is_unique(const struct plan *plan, enum attr attr)
{
	return attr != ATTR_EMAIL ||
	       policy_number(plan->settings, POLICY_EMAIL_UNIQUENESS) == EMAIL_UNIQUE;
}

/* ---- twice in the file ---- */

struct key {
	struct span normal;
	struct import_row *row;
};

static int compare_keys(const void *a, const void *b)
{
	const struct key *one = a, *other = b;
	int order = span_compare(one->normal, other->normal);

	return order != 0 ? order : one->row < other->row ? -1 : 1;
}

static bool same_cells(const struct import_row *a, const struct import_row *b)
{
	for (size_t i = 0; i < a->cell_count; i++)
		if (!span_equal(plan_text(a->cells[i]), plan_text(b->cells[i])))
			return false;
	return true;
}

static void set_duplicate(struct plan *plan, struct import_row *row, const char *text)
{
	(void)plan;
	row->class = IMPORT_DUPLICATE;
	row->text = span_str(text);
}

static void judge_twice(
	struct plan *plan, const struct import_row *first, struct import_row *row, enum attr attr)
{
	const char *line = arena_printf(plan->r->arena, "%u", (unsigned)first->line);

	if (same_cells(first, row))
		set_duplicate(plan, row,
			arena_printf(plan->r->arena, "the same stands in line %s", line));
	else
		plan_refuse(plan, row, "twice_in_file", column_of(plan, attr),
			"the same %s stands in line %s, with other values",
			attr == ATTR_EMAIL ? "address" : "user name", line);
}

static void find_twice(struct plan *plan, enum attr attr)
{
	struct key *keys = arena_array(plan->r->arena, plan->count + 1, sizeof *keys);
	size_t count = 0, first = 0;

	if (!is_unique(plan, attr))
		return;
	for (size_t i = 0; i < plan->count; i++)
		if (plan->rows[i].class == IMPORT_READY) {
			struct span normal = normal_of(plan, &plan->rows[i], attr);
			if (normal.len > 0)
				keys[count++] = (struct key){ normal, &plan->rows[i] };
		}
	qsort(keys, count, sizeof *keys, compare_keys);
	for (size_t i = 1; i < count; i++)
		if (span_equal(keys[i].normal, keys[first].normal))
			judge_twice(plan, keys[first].row, keys[i].row, attr);
		else
			first = i;
}

/* ---- here already ---- */

static bool find_by(
	struct plan *plan, const struct import_row *row, enum attr attr, struct record *person)
{
	struct request *r = plan->r;
	struct span normal = normal_of(plan, row, attr);

	return normal.len > 0 && is_unique(plan, attr) &&
	       view_by_value(r->view, r->tenant.number, KIND_USER, attr, normal, person) &&
	       !view_is_hidden(r->view, r->arena, &r->actor, person);
}

static size_t count_of(struct plan *plan, const struct record *person, enum kind kind)
{
	struct request *r = plan->r;
	enum kind found;
	uint32_t number;
	size_t count = 0;
	struct container_walk *walk =
		view_containers(r->view, r->arena, person->tenant, person->number, 1u << kind);

	while (container_walk_next(walk, &found, &number))
		count++;
	container_walk_close(walk);
	return count;
}

static bool same_containers(struct plan *plan, const struct import_row *row, enum kind kind,
	const struct record *person)
{
	struct request *r = plan->r;
	struct record container;
	struct edge edge;
	size_t count = 0;

	for (size_t i = 0; i < row->container_count; i++) {
		if (row->containers[i].kind != kind)
			continue;
		count++;
		if (!view_by_id(r->view, person->tenant, &row->containers[i].id, &container) ||
			!view_edge(
				r->view, person->tenant, container.number, person->number, &edge))
			return false;
	}
	return count == count_of(plan, person, kind);
}

static bool same_values(const struct import_row *row, enum attr attr, const struct record *person)
{
	size_t at = record_find(person, attr), count = 0;
	size_t given = entry_value_count(row->entry, attr);

	for (size_t i = at; i < person->count && record_row(person, i).attr == attr; i++, count++) {
		bool found = false;
		for (size_t j = 0; !found && j < given; j++)
			found = value_equal(attr, entry_value(row->entry, attr, j)->octets,
				record_row(person, i).octets);
		if (!found)
			return false;
	}
	return count == given;
}

/* Of an address the first is meant: a person here may have more. */
static bool is_same(struct plan *plan, const struct import_row *row, const struct column *column,
	const struct record *person)
{
	struct span said = entry_first(row->entry, column->attr);

	switch (column->form) {
	case COLUMN_YESNO:
		return span_equal(said, SPAN("TRUE")) == record_is_true(person, column->attr);
	case COLUMN_CONTAINERS:
		return same_containers(plan, row, column->kind, person);
	case COLUMN_APPS:
		return same_values(row, column->attr, person);
	default:
		return value_equal(column->attr, said, record_first(person, column->attr));
	}
}

static void keep_values(
	struct entry *kept, const struct import_row *row, const struct column *column)
{
	for (size_t i = 0; i < entry_value_count(row->entry, column->attr); i++) {
		const struct value *value = entry_value(row->entry, column->attr, i);
		entry_add(kept, column->attr, value->instance, SOURCE_LOCAL, value->octets, NULL);
	}
}

/* A blank cell says nothing. What an update would change: values, never roles or scopes. */
static struct entry *compare(struct plan *plan, struct import_row *row, const struct record *person)
{
	struct entry *changed = entry_new(plan->r->arena, KIND_USER);
	const char *differs = "";

	for (size_t i = 0; i < plan->width; i++) {
		const struct column *column = plan->columns[i];
		if (plan_text(row->cells[i]).len == 0 || is_same(plan, row, column, person))
			continue;
		differs = arena_printf(
			plan->r->arena, "%s%s%s", differs, *differs ? " " : "", column->name);
		if (column->form != COLUMN_CONTAINERS)
			keep_values(changed, row, column);
	}
	row->differs = span_str(differs);
	return changed;
}

static void judge_known(struct plan *plan, struct import_row *row, const struct record *person)
{
	struct entry *changed = compare(plan, row, person);

	row->id = person->id;
	if (plan->update && changed->count > 0) {
		row->update = true;
		row->revision = person->revision;
		row->entry = changed;
		row->container_count = 0;
		return;
	}
	set_duplicate(plan, row,
		row->differs.len == 0 ? "this person is here already"
				      : "this person is here already, with other values");
}

static bool has_other_address(const struct import_row *row, const struct record *person)
{
	struct span said = entry_first(row->entry, ATTR_EMAIL);
	struct span held = record_first(person, ATTR_EMAIL);

	return said.len > 0 && held.len > 0 && !value_equal(ATTR_EMAIL, said, held);
}

/* Two people are never taken for one: of address and user name, what the line says of both must
 * belong to the same. */
static void find_known(struct plan *plan, struct import_row *row)
{
	struct record by_address, by_name;
	bool addressed = find_by(plan, row, ATTR_EMAIL, &by_address);
	bool named = find_by(plan, row, ATTR_USER_NAME, &by_name);
	const struct column *column = column_of(plan, ATTR_USER_NAME);
	size_t at = 0;

	while (at < plan->width && plan->columns[at] != column)
		at++;
	bool says_name = column && plan_text(row->cells[at]).len > 0;
	if (addressed && (named ? !uuid_equal(&by_address.id, &by_name.id) : says_name))
		plan_refuse(plan, row, "email_taken", column_of(plan, ATTR_EMAIL),
			"the address is somebody else's already");
	else if (addressed)
		judge_known(plan, row, &by_address);
	else if (named && is_unique(plan, ATTR_EMAIL) && has_other_address(row, &by_name))
		plan_refuse(plan, row, "username_taken", column,
			"the user name is somebody's who has another address");
	else if (named)
		judge_known(plan, row, &by_name);
}

void plan_match(struct plan *plan)
{
	find_twice(plan, ATTR_EMAIL);
	find_twice(plan, ATTR_USER_NAME);
	for (size_t i = 0; i < plan->count; i++)
		if (plan->rows[i].class == IMPORT_READY)
			find_known(plan, &plan->rows[i]);
}
