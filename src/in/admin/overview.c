#include "in/admin/conflict_int.h"
#include "in/admin/directory_int.h"
#include "in/admin/job_int.h"
#include "in/admin/webhook_int.h"

#include "base/clock.h"
#include "core/held.h"
#include "core/notice.h"

/* How a company stands, in one answer: its directories, what waits for an administrator, what goes
 * out, what ends soon. Each part is for who may see it. */

#define ROWS_MAX 200
#define EXAMINED_AT_ONCE 10000

static enum err put_list(struct request *r, const char *name, enum kind kind, struct filter *filter,
	void (*each)(struct request *r, const struct record *record))
{
	struct search_spec spec = request_search(r, kind, filter);
	struct search *search;
	struct record record;
	unsigned left = ROWS_MAX;
	enum step step = STEP_MORE;

	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	json_name(r->out, name);
	json_begin_array(r->out);
	while (step != STEP_END && left > 0) {
		unsigned budget = EXAMINED_AT_ONCE;
		step = search_next(search, &budget, &record);
		if (step != STEP_FOUND)
			continue;
		each(r, &record);
		left--;
	}
	json_end_array(r->out);
	search_close(search);
	return view_error(r->view, r->why);
}

/* The state of a plan or a job is no attribute that a search may ask for. */
static void put_of_state(struct request *r, const char *name, enum kind kind, enum attr attr,
	struct span state, void (*each)(struct request *r, const struct record *record))
{
	struct record record;
	unsigned left = ROWS_MAX;

	json_name(r->out, name);
	json_begin_array(r->out);
	for (uint32_t number = 0;
		left > 0 && view_next_by_value(r->view, r->arena, r->tenant.number, kind, attr,
				    state, number, &record);
		number = record.number + 1) {
		each(r, &record);
		left--;
	}
	json_end_array(r->out);
}

/* ---- the parts ---- */

static enum err put_people(struct request *r)
{
	struct filter *off = filter_leaf(r->arena, FILTER_EQUAL, ATTR_ACTIVE, SPAN("FALSE"));
	struct search_spec spec = request_search(r, KIND_USER, off);
	uint64_t inactive;

	enum err err = search_count(r->view, r->arena, &spec, &inactive, r->why);
	json_name(r->out, "people");
	json_begin_object(r->out);
	json_integer_member(
		r->out, "all", (int64_t)view_count(r->view, r->tenant.number, KIND_USER));
	json_integer_member(r->out, "inactive", (int64_t)inactive);
	json_end_object(r->out);
	return err;
}

static enum err put_directories(struct request *r)
{
	enum err err = put_list(r, "directories", KIND_DIRECTORY, NULL, directory_put_row);

	put_of_state(r, "plans", KIND_PLAN, ATTR_PLAN_STATE, SPAN("held"), plan_put_row);
	return err;
}

static enum err put_waiting(struct request *r)
{
	struct filter *open = filter_leaf(r->arena, FILTER_EQUAL, ATTR_HELD_STATE, HELD_OPEN);
	struct search_spec spec = request_search(r, KIND_HELD, open);
	uint64_t held;

	json_name(r->out, "conflicts");
	enum err err = conflict_put_summary(r);
	if (err == OK)
		err = search_count(r->view, r->arena, &spec, &held, r->why);
	json_integer_member(r->out, "held", err == OK ? (int64_t)held : 0);
	return err;
}

static enum err put_webhooks(struct request *r)
{
	return put_list(r, "webhooks", KIND_WEBHOOK, NULL, webhook_put_row);
}

static enum err put_jobs(struct request *r)
{
	put_of_state(r, "jobs", KIND_JOB, ATTR_JOB_STATE, SPAN("running"), job_put_row);
	return OK;
}

static enum err put_tokens(struct request *r)
{
	struct expiry *list = arena_array(r->arena, EXPIRY_MAX, sizeof *list);
	size_t total = core_expiring(r->admin->core, list, EXPIRY_MAX);

	json_name(r->out, "expiring");
	json_begin_array(r->out);
	for (size_t i = 0; i < total && i < EXPIRY_MAX; i++) {
		if (!span_equal(span_str(list[i].tenant), r->tenant.name))
			continue;
		json_begin_object(r->out);
		json_string_member(r->out, "token", list[i].name);
		show_uuid(r, "id", &list[i].id);
		show_time(r, "expires", list[i].expires);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	return OK;
}

static void put_mail(struct request *r, const struct record *directory)
{
	struct notice notice;
	struct span value;

	if (!view_state(
		    r->view, r->tenant.number, notice_key(r->arena, directory->number), &value) ||
		!notice_read(value, &notice))
		return;
	json_begin_object(r->out);
	json_text_member(r->out, "about", record_first(directory, ATTR_COMMON_NAME));
	json_text_member(r->out, "subject", notice.subject);
	show_time(r, "created", notice.created);
	show_time(r, "next_try", notice.next_try);
	json_integer_member(r->out, "attempts", notice.attempts);
	json_end_object(r->out);
}

static enum err put_mails(struct request *r)
{
	return put_list(r, "mails", KIND_DIRECTORY, NULL, put_mail);
}

static const struct {
	enum permission permission;
	enum err (*put)(struct request *r);
} parts[] = {
	{ PERM_USERS_VIEW, put_people },
	{ PERM_DIRECTORIES_MANAGE, put_directories },
	{ PERM_DIRECTORIES_MANAGE, put_mails },
	{ PERM_INTEGRATIONS_MANAGE, put_waiting },
	{ PERM_WEBHOOKS_MANAGE, put_webhooks },
	{ PERM_USERS_VIEW, put_jobs },
	{ PERM_CLIENTS_MANAGE, put_tokens },
};

enum err admin_overview(struct request *r)
{
	enum err err = request_tenant(r);

	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "tenant", r->tenant.name);
	json_string_member(r->out, "version", r->admin->version);
	show_time(r, "time", clock_wall());
	for (size_t i = 0; err == OK && i < sizeof parts / sizeof *parts; i++)
		if (actor_may(&r->actor, parts[i].permission))
			err = parts[i].put(r);
	json_end_object(r->out);
	return err;
}
