#include "in/admin/job_int.h"

#include "base/limits.h"
#include "core/job.h"
#include "core/people.h"

/* What a job did to each of its people, or would do. */

static const char *outcome_word(const struct job_row *row)
{
	if (!row->err[0])
		return "waiting";
	if (strcmp(row->err, err_row(OK)->name) != 0)
		return "refused";
	return row->changed ? "changed" : "unchanged";
}

static void put_person(struct request *r, const struct record *user)
{
	json_text_member(r->out, "user", record_first(user, ATTR_USER_NAME));
	if (record_has(user, ATTR_DISPLAY_NAME))
		json_text_member(r->out, "name", record_first(user, ATTR_DISPLAY_NAME));
}

/* Of a conflict whom it is about, or the entry that nobody here is yet. */
static void put_who(struct request *r, const struct job *job, const struct uuid *id)
{
	struct record record;
	struct uuid subject;

	if (!view_by_id(r->view, job->tenant, id, &record))
		return;
	if (record.kind == KIND_CONFLICT) {
		struct span octets = record_first(&record, ATTR_CONFLICT_SUBJECT);
		struct span dn = record_first(&record, ATTR_CONFLICT_DN);
		if (octets.len != sizeof subject.octets) {
			if (dn.len > 0)
				json_text_member(r->out, "name", dn);
			return;
		}
		memcpy(subject.octets, octets.data, sizeof subject.octets);
		if (!view_by_id(r->view, job->tenant, &subject, &record))
			return;
	}
	if (record.kind == KIND_USER && !view_is_hidden(r->view, r->arena, &r->actor, &record))
		put_person(r, &record);
}

static void put_row(
	struct request *r, const struct job *job, uint32_t number, const struct job_row *row)
{
	const char *word = outcome_word(row);

	json_begin_object(r->out);
	json_integer_member(r->out, "row", number + 1);
	show_uuid(r, "id", &row->id);
	put_who(r, job, &row->id);
	json_string_member(r->out, "outcome", word);
	json_bool_member(r->out, "run", row->through);
	if (strcmp(word, "refused") == 0) {
		json_string_member(r->out, "code", lower_name(r->arena, row->err));
		json_string_member(r->out, "attribute",
			admin_spelling(r->arena, OPERATION_USER_BULK, row->attribute));
		json_text_member(r->out, "detail", row->text);
	}
	json_end_object(r->out);
}

/* What would happen to them, as long as nothing has. */
static enum err foresee(
	struct request *r, const struct job *job, struct job_row *rows, size_t count)
{
	struct actor actor = job->actor;

	if (!span_equal(job->state, SPAN("planned")))
		return OK;
	request_release(r);
	enum err err = job_preview(r->admin->core, r->arena, &actor, job, rows, count, r->why);
	return err == OK ? request_read(r) : err;
}

static void put_rows(struct request *r, const struct job *job, uint32_t from, size_t count,
	const struct job_row *rows, const struct cursor_query *query)
{
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		put_row(r, job, from + (uint32_t)i, &rows[i]);
	json_end_array(r->out);
	if (from + count < job->total)
		request_next(r, query,
			&(struct cursor_place){ KIND_JOB, from + (uint32_t)count, SPAN_NONE });
	r->has_total = json_is_set(r->args, "total");
	r->total = job->total;
}

enum err admin_job_rows(struct request *r)
{
	struct job job;
	struct cursor_query query;
	struct cursor_place place;
	uint64_t limit;

	enum err err = job_find_rows(r, &job);
	if (err == OK)
		err = request_limit(r, &limit);
	if (err != OK)
		return err;
	if (limit > LIMIT_PAGE)
		limit = LIMIT_PAGE;
	request_query(r, &query);
	err = request_cursor(r, &query, &place);
	if (err != OK)
		return err;
	struct job_row *rows = arena_array(r->arena, limit + 1, sizeof *rows);
	size_t count = job_rows(r->view, r->arena, &job, place.number, limit, rows);
	err = foresee(r, &job, rows, count);
	if (err == OK)
		put_rows(r, &job, place.number, count, rows, &query);
	return err;
}

/* ---- all of them in numbers ---- */

#define LOOK_AT 500    /* rows at once: others write in between */
#define FORESEEN 10000 /* of a planned job: more are not asked for beforehand */
#define REFUSED_SHOWN 100

struct summary {
	uint32_t looked_at, waiting, changed, unchanged, refused;
	struct job_row shown[REFUSED_SHOWN];
	uint32_t numbers[REFUSED_SHOWN];
};

static void keep_refused(
	struct request *r, struct summary *summary, uint32_t number, const struct job_row *row)
{
	if (summary->refused < REFUSED_SHOWN) {
		struct job_row *kept = &summary->shown[summary->refused];
		*kept = *row;
		kept->text = arena_copy(r->arena, row->text);
		summary->numbers[summary->refused] = number;
	}
	summary->refused++;
}

static void count_row(
	struct request *r, struct summary *summary, uint32_t number, const struct job_row *row)
{
	const char *word = outcome_word(row);

	if (strcmp(word, "waiting") == 0)
		summary->waiting++;
	else if (strcmp(word, "changed") == 0)
		summary->changed++;
	else if (strcmp(word, "unchanged") == 0)
		summary->unchanged++;
	else
		keep_refused(r, summary, number, row);
}

/* What is borrowed of a job ends with the view that a preview lets go of: it is found anew. */
static enum err summarize(struct request *r, struct job *job, struct summary *summary)
{
	struct job_row *rows = arena_array(r->arena, LOOK_AT, sizeof *rows);
	size_t count = LOOK_AT;
	enum err err = OK;

	while (err == OK && count == LOOK_AT) {
		err = job_find_rows(r, job);
		if (err != OK)
			break;
		bool planned = span_equal(job->state, SPAN("planned"));
		if (planned && summary->looked_at >= FORESEEN)
			break;
		count = job_rows(r->view, r->arena, job, summary->looked_at, LOOK_AT, rows);
		err = foresee(r, job, rows, count);
		for (size_t i = 0; err == OK && i < count; i++)
			count_row(r, summary, summary->looked_at + (uint32_t)i, &rows[i]);
		summary->looked_at += (uint32_t)count;
	}
	return err;
}

static void put_summary(struct request *r, const struct job *job, const struct summary *summary)
{
	uint32_t shown = summary->refused < REFUSED_SHOWN ? summary->refused : REFUSED_SHOWN;

	json_begin_object(r->out);
	json_integer_member(r->out, "total", job->total);
	json_integer_member(r->out, "looked_at", summary->looked_at);
	json_integer_member(r->out, "waiting", summary->waiting);
	json_integer_member(r->out, "changed", summary->changed);
	json_integer_member(r->out, "unchanged", summary->unchanged);
	json_integer_member(r->out, "refused", summary->refused);
	json_name(r->out, "refusals");
	json_begin_array(r->out);
	for (uint32_t i = 0; i < shown; i++)
		put_row(r, job, summary->numbers[i], &summary->shown[i]);
	json_end_array(r->out);
	json_end_object(r->out);
}

enum err admin_job_summary(struct request *r)
{
	struct summary *summary = arena_zalloc(r->arena, sizeof *summary);
	struct job job;

	enum err err = summarize(r, &job, summary);
	if (err != OK)
		return err;
	r->revision = job.revision;
	put_summary(r, &job, summary);
	return OK;
}
