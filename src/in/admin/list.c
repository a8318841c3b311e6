#include "in/admin/user_int.h"

#include "base/clock.h"
#include "wire/scim_filter.h"

#include <stdio.h>

/* Lists: one page of what a filter finds, in an order, with a cursor for the next. */

#define EXAMINED_AT_ONCE 10000
#define WORDS_MAX 8 /* that are looked for at once */
#define CURSOR_LIFE (24 * 3600 * SECOND)

/* ---- names ---- */

/* By the name that results give it. */
static enum attr attr_by_result(unsigned kind, struct span name)
{
	const struct kind_row *row = kind_row((enum kind)kind);
	enum attr attr = attr_by_name(name);

	if (span_equal(name, span_str(row->word)))
		return row->naming;
	if (row->kind == KIND_USER && span_equal(name, SPAN("last_login")))
		return ATTR_AUTH_TIMESTAMP;
	/* Where SCIM calls it the same, its value paths come with it. */
	enum attr field = row->kind == KIND_USER ? user_attr(name) : ATTR_NONE;
	if (field != ATTR_NONE && field != attr_by_scim(kind, name))
		return field;
	if (attr_row(attr)->kinds >> kind & 1)
		return attr;
	/* "state" of a conflict is "conflict_state". */
	char whole[64];
	int len = snprintf(whole, sizeof whole, "%s_%.*s", row->word, SPAN_ARGS(name));
	attr = len > 0 && (size_t)len < sizeof whole ? attr_by_name(span_str(whole)) : ATTR_NONE;
	return attr_row(attr)->kinds >> kind & 1 ? attr : ATTR_NONE;
}

/* An attribute of the kind by the name that results give it ("given"; "user": the naming one), or
 * by its SCIM path. */
static enum attr admin_attr(unsigned kind, struct span name)
{
	enum attr attr = attr_by_result(kind, name);

	return attr != ATTR_NONE ? attr : attr_by_scim(kind, name);
}

/* "role:Admin", "scope:Site 1", "group:night", or an id. */
static bool resolve(void *arg, struct view *view, struct span text, struct record *record)
{
	const struct request *r = arg;
	struct uuid id;

	if (uuid_parse(text, &id))
		return view_by_id(view, r->tenant.number, &id, record);
	enum kind kind = kind_by_word(span_cut(&text, ':'));
	return (kind_is_container(kind) || kind == KIND_USER) && text.len > 0 &&
	       view_by_name(view, r->arena, r->tenant.number, kind, text, record);
}

enum err request_filter(
	struct request *r, enum kind kind, const char *argument, struct filter **filter)
{
	struct span text = json_text(r->args, argument);
	const struct scim_type *type =
		kind == KIND_USER || kind_is_container(kind) ? scim_type_of(kind) : NULL;
	struct filter *given;

	if (text.len == 0)
		return OK;
	enum err err =
		scim_filter_parse_named(r->arena, type, kind, attr_by_result, text, &given, r->why);
	if (err != OK || !*filter) {
		*filter = err == OK ? given : NULL;
		return err;
	}
	struct filter **parts = arena_array(r->arena, 2, sizeof *parts);
	parts[0] = *filter;
	parts[1] = given;
	*filter = filter_branch(r->arena, FILTER_AND, parts, 2);
	return OK;
}

/* What people know an entry by. */
static const struct {
	enum kind kind;
	enum attr attrs[3];
} known_by[] = {
	{ KIND_USER, { ATTR_DISPLAY_NAME, ATTR_USER_NAME, ATTR_EMAIL } },
	{ KIND_NONE, { ATTR_COMMON_NAME } },
};

static struct filter *contains_word(struct request *r, enum kind kind, struct span word)
{
	size_t row = kind == known_by[0].kind ? 0 : 1, count = 0;
	struct filter **parts = arena_array(r->arena, 3, sizeof *parts);
	struct span *middle = arena_array(r->arena, 1, sizeof *middle);

	*middle = word;
	for (size_t i = 0; i < 3 && known_by[row].attrs[i] != ATTR_NONE; i++)
		parts[count++] = filter_substring(
			r->arena, known_by[row].attrs[i], SPAN_NONE, middle, 1, SPAN_NONE);
	return filter_branch(r->arena, FILTER_OR, parts, count);
}

enum err request_contains(struct request *r, enum kind kind, struct filter **filter)
{
	struct span rest = json_text(r->args, "contains");
	struct filter **parts = arena_array(r->arena, WORDS_MAX + 1, sizeof *parts);
	size_t count = 0;

	if (*filter)
		parts[count++] = *filter;
	for (size_t words = 0; rest.len > 0; words++) {
		struct span word = span_cut(&rest, ' ');
		if (words == WORDS_MAX)
			return fail(
				r->why, ERR_TOO_MANY, "contains", "at most %d words", WORDS_MAX);
		if (word.len > 0)
			parts[count++] = contains_word(r, kind, word);
	}
	if (count > 0)
		*filter = filter_branch(r->arena, FILTER_AND, parts, count);
	return OK;
}

struct search_spec request_search(struct request *r, enum kind kind, struct filter *filter)
{
	return (struct search_spec){ .actor = &r->actor,
		.tenant = kind == KIND_TENANT ? 0 : r->tenant.number,
		.kinds = 1u << kind,
		.filter = filter,
		.resolve = resolve,
		.resolve_arg = r };
}

static enum err read_order(struct request *r, enum kind kind, struct search_spec *spec)
{
	struct span sort = json_text(r->args, "sort"), order = json_text(r->args, "order");

	if (order.len > 0 && !span_equal(order, SPAN("asc")) && !span_equal(order, SPAN("desc")))
		return fail(r->why, ERR_VALUE, "order", "asc or desc");
	spec->descending = span_equal(order, SPAN("desc"));
	if (sort.len == 0 && !spec->descending)
		return OK;
	spec->sort = sort.len > 0 ? admin_attr(kind, sort) : ATTR_CREATED;
	if (spec->sort == ATTR_NONE || attr_is_hidden(spec->sort))
		return fail(r->why, ERR_VALUE, "sort", "nothing is sorted by this");
	return OK;
}

/* ---- cursors ---- */

static void put_argument(struct buffer *out, const struct json *value)
{
	write_u8(out, (uint8_t)value->type);
	write_u64(out, (uint64_t)value->integer);
	write_span(out, value->type == JSON_IS_STRING ? value->text : SPAN_NONE);
	for (size_t i = 0; value->type == JSON_IS_ARRAY && i < value->count; i++)
		put_argument(out, &value->items[i]);
}

/* Paging itself does not change what follows. */
static bool decides(const char *member)
{
	static const char *const paging[] = { "cursor", "limit", "total" };

	for (size_t i = 0; i < sizeof paging / sizeof *paging; i++)
		if (strcmp(member, paging[i]) == 0)
			return false;
	return true;
}

void request_query(struct request *r, struct cursor_query *query)
{
	struct span arguments = span_str(operation_row(r->operation)->arguments);
	struct argument argument;
	struct buffer out;

	buffer_init(&out, 1 << 20);
	buffer_put_span(&out, span_str(operation_row(r->operation)->id));
	while (operation_next_argument(&arguments, &argument)) {
		const struct json *given = r->args ? json_member(r->args, argument.member) : NULL;
		if (!given || !decides(argument.member))
			continue;
		write_span(&out, span_str(argument.member));
		put_argument(&out, given);
	}
	query->tenant = r->tenant.number;
	query->text = arena_copy(r->arena, buffer_span(&out));
	buffer_free(&out);
}

enum err request_cursor(
	struct request *r, const struct cursor_query *query, struct cursor_place *place)
{
	struct span cursor = json_text(r->args, "cursor");

	*place = (struct cursor_place){ .kind = KIND_NONE };
	if (cursor.len == 0)
		return OK;
	return cursor_read(r->arena, core_cursor_key(r->admin->core), query, cursor, place, r->why);
}

void request_next(
	struct request *r, const struct cursor_query *query, const struct cursor_place *place)
{
	r->next_cursor = span_str(cursor_write(r->arena, core_cursor_key(r->admin->core), query,
		place, clock_wall() + CURSOR_LIFE));
}

enum err request_limit(struct request *r, uint64_t *limit)
{
	*limit = (uint64_t)json_number(r->args, "limit", (int64_t)r->list_usual);
	if (*limit == 0 || *limit > r->list_max)
		return fail(r->why, ERR_VALUE, "limit", "a page has 1 to %llu items",
			(unsigned long long)r->list_max);
	return OK;
}

/* ---- a page ---- */

static void list_page(struct request *r, const struct cursor_query *query, struct search *search,
	uint64_t limit, bool (*wanted)(struct request *r, const struct record *record),
	void (*each)(struct request *r, const struct record *record))
{
	unsigned budget = EXAMINED_AT_ONCE, passed = 0;
	struct cursor_place last = { .kind = KIND_NONE };
	struct record record;
	enum step step;

	while ((step = search_next(search, &budget, &record)) != STEP_END) {
		budget = EXAMINED_AT_ONCE;
		if (step != STEP_FOUND)
			continue;
		bool is_on = !wanted || wanted(r, &record);
		if ((is_on && limit-- == 0) || passed == EXAMINED_AT_ONCE) {
			request_next(r, query, &last);
			return;
		}
		if (is_on)
			each(r, &record);
		else
			passed++;
		search_position(search, &last.kind, &last.number);
		last.sort = arena_copy(r->arena, search_sort_key(search));
	}
}

static enum err open_page(struct request *r, enum kind kind, const struct cursor_query *query,
	struct search_spec *spec, struct search **search)
{
	struct cursor_place place;

	enum err err = read_order(r, kind, spec);
	if (err == OK)
		err = request_cursor(r, query, &place);
	if (err != OK)
		return err;
	spec->after_kind = place.kind;
	spec->after_number = place.number;
	spec->after_key = place.sort;
	err = search_open(r->view, r->arena, spec, search, r->why);
	/* Named as it was asked for. */
	if (err == ERR_TOO_MANY)
		snprintf(r->why->attribute, sizeof r->why->attribute, "sort");
	return err;
}

enum err request_list(struct request *r, enum kind kind, struct filter *filter,
	void (*each)(struct request *r, const struct record *record))
{
	return request_list_some(r, kind, filter, NULL, each);
}

enum err request_list_some(struct request *r, enum kind kind, struct filter *filter,
	bool (*wanted)(struct request *r, const struct record *record),
	void (*each)(struct request *r, const struct record *record))
{
	struct cursor_query query;
	struct search *search;
	uint64_t limit;

	enum err err = request_limit(r, &limit);
	if (err == OK)
		err = request_contains(r, kind, &filter);
	if (err == OK)
		err = request_filter(r, kind, "filter", &filter);
	if (err != OK)
		return err;
	struct search_spec spec = request_search(r, kind, filter);
	request_query(r, &query);
	err = open_page(r, kind, &query, &spec, &search);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	list_page(r, &query, search, limit, wanted, each);
	json_end_array(r->out);
	search_close(search);
	r->has_total = json_is_set(r->args, "total");
	spec.after_kind = KIND_NONE;
	return r->has_total ? search_count(r->view, r->arena, &spec, &r->total, r->why) : OK;
}
