#include "in/admin/conflict_int.h"

#include "in/sync/sync.h"

/* An administrator's answers to conflicts, and links that need none. */

#define AT_ONCE 1000

static struct command command_of(struct request *r, struct uuid id, const struct settlement *said)
{
	return (struct command){ .type = COMMAND_SETTLE,
		.tenant = r->tenant.number,
		.kind = KIND_CONFLICT,
		.id = id,
		.settlement = said,
		.reason = json_text(r->args, "reason") };
}

/* The view is begun. */
static enum err read_settlement(struct request *r, struct settlement *said)
{
	struct record record;

	*said = (struct settlement){ .as = resolution_by_word(json_text(r->args, "as")),
		.end_password = json_is_set(r->args, "end_password") };
	if (said->as == RESOLUTION_NONE)
		return fail(r->why, ERR_VALUE, "as", "there is no such answer");
	if (json_text(r->args, "to").len == 0)
		return OK;
	enum err err = request_entry(r, KIND_USER, "to", &record);
	said->to = record.id;
	return err;
}

static struct uuid plan_of(const struct record *conflict)
{
	struct uuid plan = { { 0 } };

	uuid_from_octets(record_first(conflict, ATTR_CONFLICT_SUBJECT), &plan);
	return plan;
}

static bool is_about_run(enum conflict_type type)
{
	return type == CONFLICT_MASS_CHANGE || type == CONFLICT_MEMBERSHIP_DROP ||
	       type == CONFLICT_SHRINK || type == CONFLICT_ROLLBACK;
}

/* Whoever holds the plan has the last word, so it is asked first. */
static enum err answer(struct request *r, const struct record *record, struct settlement *said)
{
	struct outcome outcome;
	struct uuid plan = plan_of(record);
	enum conflict_type type = conflict_by_word(record_first(record, ATTR_CONFLICT_TYPE));
	const struct command command = command_of(r, record->id, said);

	request_release(r);
	if (said->as == RESOLUTION_APPROVE_ONCE && is_about_run(type)) {
		enum err err =
			sync_approve(r->admin->sync, r->tenant.number, &plan, &r->actor, r->why);
		if (err)
			return err;
	}
	return request_run(r, &command, &outcome);
}

enum err admin_conflict_settle(struct request *r)
{
	struct record record;
	struct settlement said;

	enum err err = conflict_named(r, &record);
	if (err == OK)
		err = read_settlement(r, &said);
	return err == OK ? answer(r, &record, &said) : err;
}

static enum err settle_as(struct request *r, enum resolution as)
{
	struct record record;
	struct settlement said = { .as = as };

	enum err err = conflict_named(r, &record);
	return err == OK ? answer(r, &record, &said) : err;
}

enum err admin_conflict_ignore(struct request *r)
{
	return settle_as(r, RESOLUTION_IGNORE);
}

enum err admin_conflict_reopen(struct request *r)
{
	return settle_as(r, RESOLUTION_REOPEN);
}

/* ---- many ---- */

struct many {
	struct uuid *ids;
	struct settlement *said; /* of each, with the state that it has now */
	size_t count;
};

static void take(struct request *r, struct many *many, const struct record *record)
{
	many->said[many->count].seen =
		arena_copy(r->arena, record_first(record, ATTR_CONFLICT_STATE));
	many->ids[many->count++] = record->id;
}

static enum err gather_listed(struct request *r, const struct json *list, struct many *many)
{
	struct record record;
	enum err err = OK;

	if (list->count > AT_ONCE)
		return fail(r->why, ERR_TOO_MANY, "conflicts", "at most %d at once", AT_ONCE);
	for (size_t i = 0; err == OK && i < list->count; i++) {
		err = conflict_find(r, list->items[i].text, &record);
		if (err == OK)
			take(r, many, &record);
	}
	return err;
}

/* The number that whoever looked has seen is said again, so that no more are answered. */
static enum err gather_found(struct request *r, struct many *many)
{
	struct filter *filter;
	struct search *search;
	struct record record;
	unsigned budget = UINT32_MAX;

	enum err err = conflict_choice(r, &filter);
	if (err != OK)
		return err;
	struct search_spec spec = request_search(r, KIND_CONFLICT, filter);
	err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (many->count <= AT_ONCE && search_next(search, &budget, &record) == STEP_FOUND)
		take(r, many, &record);
	search_close(search);
	if (many->count > AT_ONCE)
		return fail(
			r->why, ERR_TOO_MANY, "expected_count", "more than %d match now", AT_ONCE);
	if (json_number(r->args, "expected_count", -1) != (int64_t)many->count)
		return fail(r->why, ERR_CONFLICT, "expected_count", "%zu match now", many->count);
	return view_error(r->view, r->why);
}

static void put_results(struct request *r, const struct many *many, const struct outcome *outcomes)
{
	char id[UUID_TEXT + 1];

	json_begin_array(r->out);
	for (size_t i = 0; i < many->count; i++) {
		uuid_format(&many->ids[i], id);
		json_begin_object(r->out);
		json_string_member(r->out, "id", id);
		json_bool_member(r->out, "done", outcomes[i].err == OK);
		if (outcomes[i].err != OK) {
			json_string_member(r->out, "code",
				lower_name(r->arena, err_row(outcomes[i].err)->name));
			json_string_member(r->out, "reason", outcomes[i].why.text);
		}
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

enum err admin_conflict_settle_all(struct request *r)
{
	struct settlement said;
	struct many many = { .count = 0 };
	const struct json *list = json_member(r->args, "conflicts");

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_settlement(r, &said);
	if (err == OK && said.as == RESOLUTION_APPROVE_ONCE)
		err = fail(r->why, ERR_UNWILLING, "as", "approvals are given one by one");
	many.ids = arena_array(r->arena, AT_ONCE + 1, sizeof *many.ids);
	many.said = arena_array(r->arena, AT_ONCE + 1, sizeof *many.said);
	if (err == OK)
		err = list ? gather_listed(r, list, &many) : gather_found(r, &many);
	if (err != OK)
		return err;
	struct command *commands = arena_array(r->arena, AT_ONCE, sizeof *commands);
	struct outcome *outcomes = arena_array(r->arena, AT_ONCE, sizeof *outcomes);
	for (size_t i = 0; i < many.count; i++) {
		const struct span seen = many.said[i].seen;
		many.said[i] = said;
		many.said[i].seen = seen;
		commands[i] = command_of(r, many.ids[i], &many.said[i]);
	}
	request_release(r);
	err = core_run_many(
		r->admin->core, &r->actor, commands, many.count, false, outcomes, r->why);
	if (err == OK)
		put_results(r, &many, outcomes);
	return err;
}

/* ---- links ---- */

static enum err link_user(struct request *r, bool end)
{
	struct record record;
	struct outcome outcome;
	struct connection_link link = { .external_id = json_text(r->args, "external_id"),
		.end = end };

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "connection", &record);
	link.client = err == OK ? record.id : (struct uuid){ { 0 } };
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	if (err != OK)
		return err;
	const struct command command = { .type = COMMAND_LINK,
		.tenant = r->tenant.number,
		.kind = KIND_USER,
		.id = record.id,
		.link = &link };
	return request_run(r, &command, &outcome);
}

enum err admin_user_link(struct request *r)
{
	return link_user(r, false);
}

enum err admin_user_unlink(struct request *r)
{
	return link_user(r, true);
}
