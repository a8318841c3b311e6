#include "in/admin/audit_int.h"

/* The audit of the whole platform: the journals of the operators and of all tenants, merged by
 * time. A page looks at one row of each and at those that it passes, however many there are.
 *
 * Rows of the same moment stand by the tenants' rising numbers. So a cursor is one row, its time,
 * tenant and sequence, and says for each journal where it goes on. */

struct place {
	int64_t time; /* wall; 0: at the start */
	uint32_t tenant;
	uint64_t sequence;
};

/* A journal and its next row. */
struct head {
	struct audit_search *search;
	struct tenant_info tenant;
	struct audit_entry entry;
	bool wanted; /* the row is asked for */
};

/* A heap: the next row of all is heads[0]'s. */
struct merge {
	bool oldest_first;
	struct head **heads;
	size_t count;
};

/* ---- where it begins ---- */

static enum err read_place(struct request *r, struct place *place)
{
	struct span rest = json_text(r->args, "cursor");
	uint64_t time = 0, tenant = 0;

	*place = (struct place){ 0 };
	if (rest.len == 0)
		return OK;
	struct span first = span_cut(&rest, '.'), second = span_cut(&rest, '.');
	if (!span_to_u64(first, &time) || !span_to_u64(second, &tenant) ||
		!span_to_u64(rest, &place->sequence) || time == 0 || time >= INT64_MAX ||
		tenant > UINT32_MAX || place->sequence == 0)
		return fail(r->why, ERR_VALUE, "cursor", "the cursor is none of this list");
	place->time = (int64_t)time;
	place->tenant = (uint32_t)tenant;
	return OK;
}

static void lead_on(struct request *r, const struct head *last)
{
	r->next_cursor =
		span_str(arena_printf(r->arena, "%lld.%u.%llu", (long long)last->entry.time,
			(unsigned)last->tenant.number, (unsigned long long)last->entry.sequence));
}

/* What is left of one journal behind that place: of a tenant before it nothing of that moment. */
static void begin_behind(struct audit_spec *spec, const struct place *place)
{
	bool passed = spec->tenant < place->tenant;

	if (place->time == 0)
		return;
	spec->after = spec->tenant == place->tenant ? place->sequence : 0;
	if (spec->oldest_first) {
		int64_t from = passed ? place->time + 1 : place->time;
		spec->from = spec->from > from ? spec->from : from;
	} else {
		int64_t to = passed ? place->time - 1 : place->time;
		spec->to = spec->to && spec->to < to ? spec->to : to;
	}
}

/* ---- merging ---- */

static bool goes_before(const struct merge *merge, const struct head *a, const struct head *b)
{
	if (a->entry.time == b->entry.time)
		return a->tenant.number < b->tenant.number;
	return (a->entry.time < b->entry.time) == merge->oldest_first;
}

static void swap(struct merge *merge, size_t a, size_t b)
{
	struct head *kept = merge->heads[a];

	merge->heads[a] = merge->heads[b];
	merge->heads[b] = kept;
}

static void sift_up(struct merge *merge, size_t at)
{
	for (; at > 0; at = (at - 1) / 2) {
		if (!goes_before(merge, merge->heads[at], merge->heads[(at - 1) / 2]))
			return;
		swap(merge, at, (at - 1) / 2);
	}
}

static void sift_down(struct merge *merge, size_t at)
{
	for (size_t child; (child = 2 * at + 1) < merge->count; at = child) {
		if (child + 1 < merge->count &&
			goes_before(merge, merge->heads[child + 1], merge->heads[child]))
			child++;
		if (!goes_before(merge, merge->heads[child], merge->heads[at]))
			return;
		swap(merge, at, child);
	}
}

/* False: nothing is left of it. */
static bool advance(struct head *head)
{
	enum step step = audit_step(head->search, &head->entry);

	head->wanted = step == STEP_FOUND;
	return step != STEP_END;
}

static void advance_first(struct merge *merge)
{
	if (!advance(merge->heads[0]))
		merge->heads[0] = merge->heads[--merge->count];
	sift_down(merge, 0);
}

static enum err add(struct request *r, struct merge *merge, const struct audit_spec *asked,
	const struct place *place, const struct tenant_info *tenant)
{
	struct head *head = arena_zalloc(r->arena, sizeof *head);
	struct audit_spec spec = *asked;

	head->tenant = *tenant;
	spec.tenant = tenant->number;
	begin_behind(&spec, place);
	enum err err = audit_open(r->view, r->arena, &r->actor, &spec, &head->search, r->why);
	if (err != OK || !advance(head))
		return err;
	merge->heads[merge->count++] = head;
	sift_up(merge, merge->count - 1);
	return OK;
}

static enum err open_all(struct request *r, struct merge *merge, const struct audit_spec *asked,
	const struct place *place)
{
	struct tenant_info tenant = { .name = SPAN(ADMIN_REALM) };
	size_t journals = 1;
	enum err err;

	for (uint32_t least = 1; view_next_tenant(r->view, least, &tenant);
		least = tenant.number + 1)
		journals++;
	merge->heads = arena_array(r->arena, journals, sizeof(struct head *));
	tenant = (struct tenant_info){ .name = SPAN(ADMIN_REALM) };
	do
		err = add(r, merge, asked, place, &tenant);
	while (err == OK && view_next_tenant(r->view, tenant.number + 1, &tenant));
	return err;
}

/* Goes on until `each` takes no more of what is asked for, or so many rows were looked at. */
static void walk(struct request *r, struct merge *merge, unsigned budget,
	bool (*each)(struct request *r, const struct head *head, void *arg), void *arg)
{
	struct head last = { 0 };

	for (; merge->count > 0; budget--) {
		const struct head *head = merge->heads[0];
		if (budget == 0 || (head->wanted && !each(r, head, arg))) {
			lead_on(r, &last);
			return;
		}
		last = *head;
		advance_first(merge);
	}
}

static enum err open_asked(struct request *r, struct merge *merge)
{
	struct audit_spec spec;
	struct place place;

	enum err err = request_read(r);
	if (err == OK)
		err = audit_read_asked(r, &spec);
	if (err == OK)
		err = read_place(r, &place);
	if (err != OK)
		return err;
	*merge = (struct merge){ .oldest_first = spec.oldest_first };
	return open_all(r, merge, &spec, &place);
}

static bool show_row(struct request *r, const struct head *head, void *arg)
{
	uint64_t *left = arg;

	if (*left == 0)
		return false;
	--*left;
	audit_put_row(r, &head->entry,
		arena_printf(r->arena, ",\"company\":\"%.*s\"", SPAN_ARGS(head->tenant.name)));
	return true;
}

enum err admin_audit_all(struct request *r)
{
	struct merge merge;
	uint64_t limit;

	enum err err = request_limit(r, &limit);
	if (err == OK)
		err = open_asked(r, &merge);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	walk(r, &merge, EXAMINED_FOR_A_PAGE, show_row, &limit);
	json_end_array(r->out);
	return view_error(r->view, r->why);
}

static bool export_row(struct request *r, const struct head *head, void *arg)
{
	bool own = head->tenant.number == 0;

	return audit_csv_row(r, arg, &head->entry, own ? SPAN_NONE : head->tenant.name);
}

enum err admin_audit_all_csv(struct request *r)
{
	struct merge merge;
	struct audit_csv csv;

	enum err err = open_asked(r, &merge);
	if (err != OK)
		return err;
	audit_csv_begin(&csv, true);
	walk(r, &merge, EXAMINED_FOR_A_FILE, export_row, &csv);
	audit_csv_end(r, &csv);
	return view_error(r->view, r->why);
}
