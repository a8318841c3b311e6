#include "in/admin/admin_int.h"

#include "core/decide.h"
#include "core/people.h"

static enum err read_query(struct request *r, struct query *query)
{
	struct span scope = json_text(r->args, "scope");

	*query = (struct query){ .permission = json_text(r->args, "permission"), .owned = true };
	enum err err = request_tenant(r);
	if (err == OK)
		err = request_past(r, &query->past);
	if (err != OK)
		return err;
	query->tenant = r->tenant.number;
	query->scope = request_scope(r, query->past);
	if (query->scope == NO_SUCH_SCOPE)
		return fail(r->why, ERR_UNKNOWN, "scope", "there is no scope \"%.*s\"",
			(int)(scope.len < 64 ? scope.len : 64), (const char *)scope.data);
	return OK;
}

static enum err read_page(struct request *r, uint32_t *after, uint64_t *limit)
{
	struct span cursor = json_text(r->args, "cursor");
	uint64_t number = 0;

	*limit = (uint64_t)json_number(r->args, "limit", (int64_t)r->list_usual);
	if (*limit == 0 || *limit > r->list_max)
		return fail(r->why, ERR_VALUE, "limit", "a page has 1 to %llu items",
			(unsigned long long)r->list_max);
	if (cursor.len > 0 && (!span_to_u64(cursor, &number) || number > UINT32_MAX))
		return fail(r->why, ERR_VALUE, "cursor", "the cursor is none of this list");
	*after = (uint32_t)number;
	return OK;
}

static enum err find_some(struct request *r, const struct query *query, struct holders *holders)
{
	uint32_t after;
	uint64_t limit;

	enum err err = read_page(r, &after, &limit);
	if (err == OK)
		err = view_holders(r->view, r->arena, query, after, limit, holders, r->why);
	if (err == OK && (holders->missing >> REASON_UNKNOWN_PERMISSION & 1))
		return fail(r->why, ERR_UNKNOWN, "permission",
			"there is no permission \"%.*s\" here",
			(int)(query->permission.len < 64 ? query->permission.len : 64),
			(const char *)query->permission.data);
	return err;
}

static void show_holder(
	struct request *r, const struct query *query, const struct sight *sight, uint32_t number)
{
	struct record record;

	if (!past_entry(r->view, query->past, query->tenant, KIND_USER, number, &record) ||
		!sight_sees(sight, &record))
		return;
	json_begin_object(r->out);
	show_head(r, &record);
	json_text_member(r->out, "name", record_first(&record, ATTR_DISPLAY_NAME));
	json_text_member(r->out, "email", record_first(&record, ATTR_EMAIL));
	json_end_object(r->out);
}

/* What is for owners only is answered for their own things. */
enum err admin_holders(struct request *r)
{
	struct query query;
	struct holders holders;

	enum err err = read_query(r, &query);
	if (err == OK)
		err = find_some(r, &query, &holders);
	if (err != OK)
		return err;
	const struct sight *sight = request_sight(r, query.past);
	json_begin_object(r->out);
	json_name(r->out, "items");
	json_begin_array(r->out);
	for (size_t i = 0; i < holders.count; i++)
		show_holder(r, &query, sight, holders.numbers[i]);
	json_end_array(r->out);
	show_missing(r, holders.missing);
	if (holders.next)
		json_text_member(r->out, "next_cursor",
			span_str(arena_printf(r->arena, "%u", (unsigned)holders.next)));
	json_end_object(r->out);
	return view_error(r->view, r->why);
}
