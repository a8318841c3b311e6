#include "in/admin/directory_int.h"

/* Plans of a directory's runs: their list, their rows, and what an admin says to one that waits. */

/* ---- plans ---- */

static void put_number(struct request *r, const char *name, struct span text)
{
	uint64_t number = 0;

	span_to_u64(text, &number);
	json_integer_member(r->out, name, (int64_t)number);
}

/* Behind the counts: why it waits; one of an older version says so in words. */
static void put_reason(struct request *r, struct span name, struct span text)
{
	if (span_equal(name, SPAN("because")))
		show_because(r, text);
	else
		json_text_member(r->out, "reason", text);
}

/* "people=200 create=3 because=…": the reason is the rest of the text. */
static void put_counts(struct request *r, struct span text)
{
	struct span name = SPAN_NONE;

	json_name(r->out, "counts");
	json_begin_object(r->out);
	while (text.len > 0) {
		name = span_cut(&text, '=');
		if (span_equal(name, SPAN("because")) || span_equal(name, SPAN("reason")))
			break;
		put_number(r, arena_string(r->arena, name), span_cut(&text, ' '));
	}
	json_end_object(r->out);
	if (text.len > 0)
		put_reason(r, name, text);
}

static void put_directory(struct request *r, const struct record *plan)
{
	struct record directory;

	if (request_reference(r, plan, ATTR_PLAN_DIRECTORY, &directory))
		json_text_member(r->out, "directory", record_first(&directory, ATTR_COMMON_NAME));
}

void plan_put_row(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	show_uuid(r, "id", &record->id);
	put_directory(r, record);
	put_number(r, "run", record_first(record, ATTR_PLAN_RUN));
	json_text_member(r->out, "cause", record_first(record, ATTR_PLAN_CAUSE));
	json_text_member(r->out, "state", record_first(record, ATTR_PLAN_STATE));
	put_number(r, "rows", record_first(record, ATTR_PLAN_ROWS));
	put_counts(r, record_first(record, ATTR_PLAN_COUNTS));
	show_time(r, "created", record->created);
	show_time(r, "modified", record->modified);
	json_end_object(r->out);
}

static bool is_wanted(struct request *r, const struct record *plan)
{
	struct span name = json_text(r->args, "name"), state = json_text(r->args, "state");
	struct record directory;

	if (state.len > 0 && !span_equal(record_first(plan, ATTR_PLAN_STATE), state))
		return false;
	if (name.len == 0)
		return true;
	return request_find(r, KIND_DIRECTORY, name, &directory) &&
	       span_equal(record_first(plan, ATTR_PLAN_DIRECTORY), uuid_span(&directory.id));
}

enum err admin_plan_list(struct request *r)
{
	struct record directory;

	enum err err = json_text(r->args, "name").len > 0 ? directory_find(r, &directory)
							  : request_tenant(r);
	return err == OK ? request_list_some(r, KIND_PLAN, NULL, is_wanted, plan_put_row) : err;
}

/* ---- rows ---- */

static void put_change(struct request *r, const struct plan_change *change)
{
	json_begin_object(r->out);
	json_text_member(r->out, "attribute", change->what);
	if (change->old.len > 0)
		json_text_member(r->out, "old", change->old);
	if (change->new.len > 0)
		json_text_member(r->out, "new", change->new);
	json_end_object(r->out);
}

static void put_changes(struct request *r, const struct plan_row *row)
{
	if (row->change_count == 0)
		return;
	json_name(r->out, "changes");
	json_begin_array(r->out);
	for (size_t i = 0; i < row->change_count; i++)
		put_change(r, &row->changes[i]);
	json_end_array(r->out);
}

static void put_row(void *arg, uint64_t number, const struct plan_row *row)
{
	struct request *r = arg;

	json_begin_object(r->out);
	json_integer_member(r->out, "row", (int64_t)number + 1);
	json_string_member(r->out, "action", plan_action_word(row->action));
	json_string_member(r->out, "kind", kind_row(row->kind)->word);
	json_text_member(r->out, "name", row->name);
	if (row->dn.len > 0)
		json_text_member(r->out, "dn", row->dn);
	if (!uuid_is_nil(&row->anchor))
		show_uuid(r, "anchor", &row->anchor);
	json_text_member(r->out, "rule", row->rule);
	if (row->added + row->removed > 0) {
		json_integer_member(r->out, "added", row->added);
		json_integer_member(r->out, "removed", row->removed);
	}
	put_changes(r, row);
	json_end_object(r->out);
}

static enum err find_plan(struct request *r, struct record *record)
{
	enum err err = request_tenant(r);

	return err == OK ? request_entry(r, KIND_PLAN, "plan", record) : err;
}

enum err admin_plan_show(struct request *r)
{
	struct record plan;

	enum err err = find_plan(r, &plan);
	if (err == OK)
		plan_put_row(r, &plan);
	return err;
}

static enum err read_action(struct request *r, enum plan_action *action)
{
	struct span word = json_text(r->args, "action");

	*action = PLAN_ACTIONS;
	if (word.len == 0)
		return OK;
	*action = plan_action_by_word(word);
	return *action == PLAN_ACTIONS
		       ? fail(r->why, ERR_VALUE, "action", "there is no such action")
		       : OK;
}

enum err admin_plan_rows(struct request *r)
{
	struct plan_page page = { .each = put_row, .arg = r };
	struct cursor_query query;
	struct cursor_place place;
	struct record plan;
	bool more = false;

	enum err err = find_plan(r, &plan);
	if (err == OK)
		err = request_limit(r, &page.limit);
	if (err == OK)
		err = read_action(r, &page.action);
	request_query(r, &query);
	if (err == OK)
		err = request_cursor(r, &query, &place);
	if (err != OK)
		return err;
	page.next = place.number;
	json_begin_array(r->out);
	err = plan_read_rows(r->view, r->arena, r->tenant.number, &plan.id, &page, &more, r->why);
	json_end_array(r->out);
	place = (struct cursor_place){ .kind = KIND_PLAN, .number = (uint32_t)page.next };
	if (err == OK && more)
		request_next(r, &query, &place);
	return err;
}

/* ---- answers ---- */

static enum err answer(struct request *r,
	enum err (*turn)(struct sync *sync, uint32_t tenant, const struct uuid *plan,
		const struct actor *actor, struct why *why))
{
	struct uuid plan;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	if (!uuid_parse(json_text(r->args, "plan"), &plan))
		return fail(r->why, ERR_SYNTAX, "plan",
			"a plan is named by its id; see directory status");
	request_release(r);
	return turn(r->admin->sync, r->tenant.number, &plan, &r->actor, r->why);
}

enum err admin_plan_approve(struct request *r)
{
	return answer(r, sync_approve);
}

enum err admin_plan_reject(struct request *r)
{
	return answer(r, sync_reject);
}
