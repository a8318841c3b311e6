#include "in/admin/job_int.h"

#include "base/limits.h"
#include "core/job.h"
#include "core/people.h"

/* ---- whom it is about ---- */

static enum err find_person(struct request *r, struct span name, struct uuid *id)
{
	struct record record;

	if (request_find(r, KIND_USER, name, &record)) {
		*id = record.id;
		return OK;
	}
	/* An id that is nobody's is refused when its row is run, like one that went meanwhile. */
	if (uuid_parse(name, id))
		return OK;
	return fail(r->why, ERR_NOT_FOUND, "users", "there is no user \"%.*s\"",
		(int)(name.len < 64 ? name.len : 64), (const char *)name.data);
}

static enum err named(struct request *r, const struct json *users, struct job_order *order)
{
	uint64_t expected = (uint64_t)json_number(r->args, "expected_count", (int64_t)users->count);
	struct uuid *ids = arena_array(r->arena, users->count + 1, sizeof *ids);
	enum err err = OK;

	if (expected != users->count)
		return fail(r->why, ERR_CONFLICT, "expected_count", "%zu are named, not %llu",
			users->count, (unsigned long long)expected);
	for (size_t i = 0; err == OK && i < users->count; i++)
		err = find_person(r, users->items[i].text, &ids[i]);
	order->ids = ids;
	order->count = users->count;
	return err;
}

static enum err found(struct request *r, struct job_order *order)
{
	bool counted = json_member(r->args, "expected_count") != NULL;
	uint64_t expected = (uint64_t)json_number(r->args, "expected_count", 0);
	struct filter *filter = NULL;
	struct uuid *ids;

	/* A plan that is only looked at tells the number. */
	if (!counted && !json_is_set(r->args, "preview"))
		return fail(r->why, ERR_MISSING, "expected_count",
			"say how many the filter is expected to find; a preview counts them");
	enum err err = request_contains(r, KIND_USER, &filter);
	if (err == OK)
		err = request_filter(r, KIND_USER, "filter", &filter);
	if (err != OK)
		return err;
	struct search_spec spec = request_search(r, KIND_USER, filter);
	err = job_targets(
		r->view, r->arena, &spec, counted ? &expected : NULL, &ids, &order->count, r->why);
	order->ids = ids;
	return err;
}

static enum err read_targets(struct request *r, struct job_order *order)
{
	const struct json *users = json_member(r->args, "users");
	bool filtered = json_text(r->args, "filter").len + json_text(r->args, "contains").len > 0;

	if (users && users->count > 0 && filtered)
		return fail(r->why, ERR_VALUE, "filter", "either a filter or names");
	if (users && users->count > 0)
		return named(r, users, order);
	if (!filtered)
		return fail(r->why, ERR_MISSING, "filter", "a filter or names");
	return found(r, order);
}

static enum err read_container(struct request *r, struct job_order *order)
{
	struct record record;
	enum kind kind = job_type_row(order->task.type)->container;

	order->task.replace = json_is_set(r->args, "replace");
	if (kind == KIND_NONE)
		return OK;
	if (json_text(r->args, kind_row(kind)->word).len == 0)
		return fail(r->why, ERR_MISSING, kind_row(kind)->word, "the argument %s is missing",
			kind_row(kind)->word);
	enum err err = request_entry(r, kind, kind_row(kind)->word, &record);
	if (err == OK)
		order->task.container = record.id;
	return err;
}

/* ---- showing ---- */

static void put_container(struct request *r, const struct job *job)
{
	struct record record;
	enum kind kind = job_type_row(job->task.type)->container;

	if (kind != KIND_NONE && view_by_id(r->view, job->tenant, &job->task.container, &record))
		json_text_member(r->out, kind_row(kind)->word,
			record_first(&record, kind_row(kind)->naming));
}

/* Who works for the operator is not named to a tenant. */
void job_put_origin(struct request *r, const struct job *job)
{
	bool foreign = job->actor.tenant != job->tenant || job->actor.type == ACTOR_OPERATOR;

	if (job->reason.len > 0)
		json_text_member(r->out, "reason", job->reason);
	json_string_member(r->out, "created_by", foreign ? "operator" : job->actor.name);
	show_time(r, "created", job->created);
	show_time(r, "modified", job->modified);
}

bool job_is_own(const struct request *r, const struct job *job)
{
	return r->actor.type == ACTOR_OPERATOR || uuid_equal(&r->actor.id, &job->actor.id);
}

/* A file may tell of people who are hidden from others. */
static bool may_fetch(struct request *r, const struct job *job)
{
	return job_is_own(r, job) ||
	       !view_sight(r->view, r->arena, &r->actor, r->tenant.number, false);
}

static const char *file_word(struct request *r, const struct job *job)
{
	if (!job_has_file(r->admin->core, r->arena, job))
		return "gone";
	return may_fetch(r, job) ? "here" : "withheld";
}

static void put_job(struct request *r, const struct job *job)
{
	json_begin_object(r->out);
	show_uuid(r, "job", &job->id);
	json_string_member(r->out, "action", job_type_row(job->task.type)->word);
	put_container(r, job);
	if (job->task.replace)
		json_bool_member(r->out, "replace", true);
	if (job->task.as != RESOLUTION_NONE)
		json_string_member(r->out, "as", resolution_word(job->task.as));
	json_text_member(r->out, "state", job->state);
	json_integer_member(r->out, "total", job->total);
	json_integer_member(r->out, "done", job->done);
	json_integer_member(r->out, "failed", job->failed);
	if (job_makes_file(job))
		json_string_member(r->out, "file", file_word(r, job));
	job_put_origin(r, job);
	json_end_object(r->out);
}

static enum err read_job(struct request *r, const struct record *record, struct job *job)
{
	if (job_read(r->view, record, job))
		return OK;
	enum err err = view_error(r->view, r->why);
	return err != OK ? err : fail(r->why, ERR_CORRUPT, NULL, "the job cannot be read");
}

static enum permission needed(const struct job *job)
{
	return job->task.type == JOB_SETTLE ? PERM_INTEGRATIONS_MANAGE : PERM_USERS_VIEW;
}

enum err job_find(struct request *r, struct job *job)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_JOB, "job", &record);
	if (err == OK)
		err = read_job(r, &record, job);
	if (err == OK && !actor_may(&r->actor, needed(job)))
		err = fail(r->why, ERR_FORBIDDEN, NULL, "the permission %s is missing",
			admin_codename(needed(job)));
	return err;
}

enum err job_find_rows(struct request *r, struct job *job)
{
	enum err err = job_find(r, job);

	if (err == OK && job->task.type == JOB_IMPORT && !job_is_own(r, job))
		err = fail(r->why, ERR_FORBIDDEN, "job",
			"the lines of a file are seen by who brought it alone");
	return err;
}

enum err job_show(struct request *r, const struct uuid *id)
{
	struct record record;
	struct job job;

	enum err err = request_read(r);
	if (err == OK && !view_by_id(r->view, r->tenant.number, id, &record))
		err = fail(r->why, ERR_NOT_FOUND, "job", "there is no such job");
	if (err == OK)
		err = read_job(r, &record, &job);
	if (err != OK)
		return err;
	r->revision = job.revision;
	put_job(r, &job);
	return OK;
}

/* ---- creating ---- */

enum err request_job(
	struct request *r, const struct uuid *id, const struct job_order *order, struct uuid *made)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_JOB, .tenant = r->tenant.number, .kind = KIND_JOB, .job = order
	};

	if (id)
		command.id = *id;
	enum err err = request_run(r, &command, &outcome);
	*made = outcome.id;
	return err;
}

static enum err create_job(struct request *r, struct uuid *id)
{
	struct job_order order = { .act = JOB_CREATE };
	struct outcome outcome;

	/* The first time may have changed how many the filter finds. */
	if (request_repeats(r, &outcome)) {
		order.ids = &outcome.id;
		return request_job(r, NULL, &order, id);
	}
	if (!job_type_by_word(json_text(r->args, "action"), &order.task.type) ||
		order.task.type == JOB_SETTLE)
		return fail(r->why, ERR_VALUE, "action", "there is no such action");
	enum err err = read_container(r, &order);
	if (err == OK)
		err = read_targets(r, &order);
	return err == OK ? request_job(r, NULL, &order, id) : err;
}

enum err admin_user_bulk(struct request *r)
{
	const struct job_order start = { .act = JOB_RUN };
	struct uuid id;

	enum err err = request_tenant(r);
	if (err == OK)
		err = create_job(r, &id);
	if (err == OK && !json_is_set(r->args, "preview"))
		err = request_job(r, &id, &start, &id);
	return err == OK ? job_show(r, &id) : err;
}

/* ---- those that are there ---- */

void job_put_row(struct request *r, const struct record *record)
{
	struct job job;

	if (job_read(r->view, record, &job) && actor_may(&r->actor, needed(&job)))
		put_job(r, &job);
}

/* Those that are for the actor, so that no others are counted either; NULL: all. */
static struct filter *seen(struct request *r)
{
	struct filter **settles = arena_array(r->arena, 1, sizeof *settles);

	settles[0] = filter_leaf(
		r->arena, FILTER_EQUAL, ATTR_JOB_TYPE, span_str(job_type_row(JOB_SETTLE)->word));
	if (!actor_may(&r->actor, PERM_USERS_VIEW))
		return settles[0];
	return actor_may(&r->actor, PERM_INTEGRATIONS_MANAGE)
		       ? NULL
		       : filter_branch(r->arena, FILTER_NOT, settles, 1);
}

enum err admin_job_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_JOB, seen(r), job_put_row) : err;
}

enum err admin_job_show(struct request *r)
{
	struct job job;

	enum err err = job_find(r, &job);
	if (err != OK)
		return err;
	r->revision = job.revision;
	put_job(r, &job);
	return OK;
}

static enum err act(struct request *r, enum job_act what)
{
	const struct job_order order = { .act = what };
	struct job job;
	struct uuid id;

	enum err err = job_find(r, &job);
	if (err == OK)
		err = request_job(r, &job.id, &order, &id);
	return err == OK ? job_show(r, &id) : err;
}

enum err admin_job_run(struct request *r)
{
	return act(r, JOB_RUN);
}

enum err admin_job_cancel(struct request *r)
{
	return act(r, JOB_CANCEL);
}

enum err admin_job_result(struct request *r)
{
	struct job job;

	enum err err = job_find(r, &job);
	if (err == OK && !may_fetch(r, &job))
		err = fail(r->why, ERR_FORBIDDEN, "job", "the file is for who made it");
	if (err == OK)
		err = job_result(r->admin->core, r->arena, &job, &r->octets, r->why);
	return err;
}
