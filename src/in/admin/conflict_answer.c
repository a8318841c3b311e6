#include "in/admin/conflict_int.h"

#include "core/job.h"
#include "in/admin/job_int.h"
#include "in/sync/sync.h"

/* An administrator's answers to conflicts, and links that need none. */

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

/* 0: a directory's it is not. */
static uint32_t directory_of(struct request *r, const struct record *conflict)
{
	struct uuid id;
	struct record record;

	return uuid_from_octets(record_first(conflict, ATTR_CONFLICT_SOURCE), &id) &&
			       view_by_id(r->view, r->tenant.number, &id, &record) &&
			       record.kind == KIND_DIRECTORY
		       ? record.number
		       : 0;
}

/* A run that is under way, and one of a directory that is switched on again, looks anyway. */
static void look_again(struct request *r, uint32_t directory)
{
	struct why why = { 0 };

	if (directory)
		(void)sync_now(r->admin->sync, r->tenant.number, directory, SYNC_FULL, &why);
}

/* Whoever holds the plan has the last word, so it is asked first. */
static enum err answer(struct request *r, const struct record *record, struct settlement *said)
{
	struct outcome outcome;
	struct uuid plan = plan_of(record);
	enum conflict_type type = conflict_by_word(record_first(record, ATTR_CONFLICT_TYPE));
	const struct command command = command_of(r, record->id, said);
	uint32_t directory = conflict_is_of_run(type) ? directory_of(r, record) : 0;

	request_release(r);
	if (said->as == RESOLUTION_APPROVE_ONCE && conflict_is_of_run(type)) {
		enum err err =
			sync_approve(r->admin->sync, r->tenant.number, &plan, &r->actor, r->why);
		if (err)
			return err;
	}
	enum err err = request_run(r, &command, &outcome);
	if (err == OK && said->as == RESOLUTION_RETRY)
		look_again(r, directory);
	return err;
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

static enum err gather_listed(struct request *r, const struct json *list, struct job_order *order)
{
	struct uuid *ids = arena_array(r->arena, list->count + 1, sizeof *ids);
	struct record record;
	enum err err = OK;

	for (size_t i = 0; err == OK && i < list->count; i++) {
		err = conflict_find(r, list->items[i].text, &record);
		if (err == OK)
			ids[i] = record.id;
	}
	order->ids = ids;
	order->count = list->count;
	return err;
}

/* The number that whoever looked has seen is said again, so that no more are answered. */
static enum err gather_found(struct request *r, struct job_order *order)
{
	uint64_t expected = (uint64_t)json_number(r->args, "expected_count", 0);
	struct filter *filter;
	struct uuid *ids;

	if (!json_member(r->args, "expected_count"))
		return fail(r->why, ERR_MISSING, "expected_count", "say how many are expected");
	enum err err = conflict_choice(r, &filter);
	if (err != OK)
		return err;
	struct search_spec spec = request_search(r, KIND_CONFLICT, filter);
	err = job_targets(r->view, r->arena, &spec, &expected, &ids, &order->count, r->why);
	order->ids = ids;
	return err;
}

/* What is answered from here on stands: only what was looked at is decided. */
enum err admin_conflict_settle_all(struct request *r)
{
	struct job_order order = { .act = JOB_CREATE,
		.task = { .type = JOB_SETTLE,
			.as = resolution_by_word(json_text(r->args, "as")),
			.end_password = json_is_set(r->args, "end_password"),
			.reason = json_text(r->args, "reason") } };
	const struct job_order start = { .act = JOB_RUN };
	const struct json *list = json_member(r->args, "conflicts");
	struct uuid id;

	enum err err = request_tenant(r);
	if (err == OK && order.task.as == RESOLUTION_NONE)
		err = fail(r->why, ERR_VALUE, "as", "there is no such answer");
	if (err == OK)
		err = list ? gather_listed(r, list, &order) : gather_found(r, &order);
	if (err == OK)
		err = request_job(r, NULL, &order, &id);
	if (err == OK)
		err = request_job(r, &id, &start, &id);
	return err == OK ? job_show(r, &id) : err;
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
