#include "in/admin/import_int.h"

#include "base/limits.h"
#include "in/admin/job_int.h"
#include "wire/csv.h"

#include <stdio.h>

#define WAIT 5         /* seconds after which another import may be over */
#define LOOK_AT 500    /* rows at once */
#define EXAMINED 20000 /* rows for one page of a class */

/* ---- finding ---- */

static bool is_import(const struct record *record)
{
	return span_equal(record_first(record, ATTR_JOB_TYPE), SPAN("import"));
}

static enum err read_import(struct request *r, struct job *job, struct import_head *head)
{
	if (import_read(r->view, job, head))
		return OK;
	enum err err = view_error(r->view, r->why);
	return err != OK ? err : fail(r->why, ERR_NOT_FOUND, "import", "there is no such import");
}

static enum err find_import(struct request *r, struct job *job, struct import_head *head)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_JOB, "import", &record);
	if (err == OK && (!is_import(&record) || !job_read(r->view, &record, job)))
		err = fail(r->why, ERR_NOT_FOUND, "import", "there is no such import");
	return err == OK ? read_import(r, job, head) : err;
}

/* The lines hold what the file says of people, of any site: they are for who brought it. */
static enum err find_own(struct request *r, struct job *job, struct import_head *head)
{
	enum err err = find_import(r, job, head);
	if (err != OK || job_is_own(r, job))
		return err;
	return fail(r->why, ERR_FORBIDDEN, "import",
		"the lines of a file are seen by who brought it alone");
}

/* ---- showing ---- */

static void put_header(struct request *r, struct span header)
{
	json_name(r->out, "header");
	json_begin_array(r->out);
	while (header.len > 0)
		json_put_text(r->out, span_cut(&header, ','));
	json_end_array(r->out);
}

static void put_import(struct request *r, const struct job *job, const struct import_head *head)
{
	json_begin_object(r->out);
	show_uuid(r, "import", &job->id);
	json_text_member(r->out, "state", job->state);
	put_header(r, head->header);
	json_integer_member(r->out, "total", job->total);
	json_integer_member(r->out, "importable", head->classes[IMPORT_READY]);
	json_integer_member(r->out, "updates", head->updates);
	json_integer_member(r->out, "errors", head->classes[IMPORT_ERROR]);
	json_integer_member(r->out, "duplicates", head->classes[IMPORT_DUPLICATE]);
	json_integer_member(r->out, "differing", head->differing);
	json_integer_member(r->out, "through", job->next);
	json_integer_member(r->out, "done", job->done);
	json_integer_member(r->out, "refused", job->failed);
	job_put_origin(r, job);
	json_end_object(r->out);
}

static enum err show_import(struct request *r, const struct uuid *id)
{
	struct record record;
	struct import_head head;
	struct job job;

	enum err err = request_read(r);
	if (err == OK && (!view_by_id(r->view, r->tenant.number, id, &record) ||
				 !job_read(r->view, &record, &job)))
		err = fail(r->why, ERR_NOT_FOUND, "import", "there is no such import");
	if (err == OK)
		err = read_import(r, &job, &head);
	if (err != OK)
		return err;
	r->revision = job.revision;
	put_import(r, &job, &head);
	return OK;
}

enum err admin_import_plan(struct request *r)
{
	struct uuid id;

	enum err err = import_make(r, &id);
	if (err != OK)
		return err;
	r->created = id;
	return show_import(r, &id);
}

enum err admin_import_template(struct request *r)
{
	struct record settings;
	struct plan plan;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	plan_start(&plan, r, &settings);
	r->octets = span_str(arena_printf(r->arena, "%.*s\r\n", SPAN_ARGS(plan_header(&plan))));
	return OK;
}

static bool is_listed(struct request *r, const struct record *record)
{
	(void)r;
	return is_import(record);
}

static void put_listed(struct request *r, const struct record *record)
{
	struct import_head head;
	struct job job;

	if (job_read(r->view, record, &job) && import_read(r->view, &job, &head))
		put_import(r, &job, &head);
}

enum err admin_import_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list_some(r, KIND_JOB, NULL, is_listed, put_listed) : err;
}

enum err admin_import_show(struct request *r)
{
	struct import_head head;
	struct job job;

	enum err err = find_import(r, &job, &head);
	if (err != OK)
		return err;
	r->revision = job.revision;
	put_import(r, &job, &head);
	return OK;
}

/* ---- rows ---- */

static const char *const words[] = {
	[IMPORT_READY] = "importable",
	[IMPORT_ERROR] = "error",
	[IMPORT_DUPLICATE] = "duplicate",
};

struct line {
	struct import_row plan;
	struct job_row run;
};

static bool is_refused(const struct line *line)
{
	return line->plan.class == IMPORT_READY && line->run.through &&
	       strcmp(line->run.err, err_row(OK)->name) != 0;
}

static const char *outcome_of(const struct job *job, const struct line *line)
{
	if (line->plan.class != IMPORT_READY)
		return "skipped";
	if (is_refused(line))
		return "refused";
	if (!line->run.through)
		return job_is_over(job) ? "dropped" : "waiting";
	return line->plan.update ? "updated" : "created";
}

/* Of a line that cannot be, or could not any more when its turn came. */
static void put_reason(struct request *r, const struct line *line)
{
	bool late = is_refused(line);
	struct span text = late ? line->run.text : line->plan.text;

	if (late)
		json_string_member(r->out, "code", lower_name(r->arena, line->run.err));
	else if (line->plan.code.len > 0)
		json_text_member(r->out, "code", line->plan.code);
	if (!late && line->plan.column.len > 0)
		json_text_member(r->out, "column", line->plan.column);
	if (text.len > 0)
		json_text_member(r->out, "detail", text);
}

static void put_list(struct request *r, const char *name, struct span text)
{
	json_name(r->out, name);
	json_begin_array(r->out);
	while (text.len > 0)
		json_put_text(r->out, span_cut(&text, ' '));
	json_end_array(r->out);
}

static void put_line(
	struct request *r, const struct job *job, uint32_t number, const struct line *line)
{
	json_begin_object(r->out);
	json_integer_member(r->out, "row", number + 1);
	json_integer_member(r->out, "line", line->plan.line);
	json_string_member(r->out, "class", words[line->plan.class]);
	json_bool_member(r->out, "update", line->plan.update);
	json_string_member(r->out, "outcome", outcome_of(job, line));
	if (!uuid_is_nil(&line->plan.id))
		show_uuid(r, "id", &line->plan.id);
	put_reason(r, line);
	if (line->plan.differs.len > 0)
		put_list(r, "differs", line->plan.differs);
	json_name(r->out, "cells");
	json_begin_array(r->out);
	for (size_t i = 0; i < line->plan.cell_count; i++)
		json_put_text(r->out, line->plan.cells[i]);
	json_end_array(r->out);
	json_end_object(r->out);
}

static size_t read_lines(
	struct request *r, const struct job *job, uint32_t from, size_t count, struct line *lines)
{
	struct import_row *plans = arena_array(r->arena, count + 1, sizeof *plans);
	struct job_row *runs = arena_array(r->arena, count + 1, sizeof *runs);
	size_t planned = import_rows(r->view, r->arena, job, from, count, plans);
	size_t run = job_rows(r->view, r->arena, job, from, count, runs);

	for (size_t i = 0; i < planned && i < run; i++)
		lines[i] = (struct line){ plans[i], runs[i] };
	return planned < run ? planned : run;
}

static enum err check_class(struct request *r, struct span class)
{
	bool known = class.len == 0 || span_equal(class, SPAN("refused"));

	for (size_t i = 0; !known && i < IMPORT_CLASS_COUNT; i++)
		known = span_equal(class, span_str(words[i]));
	return known ? OK
		     : fail(r->why, ERR_VALUE, "class", "importable, error, duplicate or refused");
}

static bool is_of(const struct line *line, struct span class)
{
	return class.len == 0 || span_equal(class, span_str(words[line->plan.class])) ||
	       (span_equal(class, SPAN("refused")) && is_refused(line));
}

/* From *at on, until the page is full or enough was looked at; *at: where the next one begins. */
static void put_page(struct request *r, const struct job *job, uint32_t *at, uint64_t limit)
{
	struct span class = json_text(r->args, "class");
	struct line *lines = arena_array(r->arena, LOOK_AT, sizeof *lines);
	uint32_t end = *at + EXAMINED;
	size_t count = LOOK_AT;

	while (limit > 0 && count > 0 && *at < end && *at < job->total) {
		count = read_lines(r, job, *at, LOOK_AT, lines);
		for (size_t i = 0; limit > 0 && i < count; i++, ++*at)
			if (is_of(&lines[i], class)) {
				put_line(r, job, *at, &lines[i]);
				limit--;
			}
	}
}

enum err admin_import_rows(struct request *r)
{
	struct job job;
	struct import_head head;
	struct cursor_query query;
	struct cursor_place place;
	uint64_t limit;

	enum err err = find_own(r, &job, &head);
	if (err == OK)
		err = check_class(r, json_text(r->args, "class"));
	if (err == OK)
		err = request_limit(r, &limit);
	if (err != OK)
		return err;
	request_query(r, &query);
	err = request_cursor(r, &query, &place);
	if (err != OK)
		return err;
	uint32_t at = place.number;
	json_begin_array(r->out);
	put_page(r, &job, &at, limit);
	json_end_array(r->out);
	if (at < job.total)
		request_next(r, &query, &(struct cursor_place){ KIND_JOB, at, SPAN_NONE });
	return OK;
}

/* ---- what is to be corrected, as a file ---- */

static void write_line(struct buffer *out, const struct line *line)
{
	struct csv_writer w;
	char number[16];

	csv_start(&w, out);
	for (size_t i = 0; i < line->plan.cell_count; i++)
		csv_put(&w, csv_plain(line->plan.cells[i]));
	snprintf(number, sizeof number, "%u", (unsigned)line->plan.line);
	csv_put(&w, span_str(number));
	csv_put(&w, is_refused(line) ? line->run.text : line->plan.text);
	csv_end_record(&w);
}

static void write_lines(struct request *r, const struct job *job, struct buffer *out)
{
	struct line *lines = arena_array(r->arena, LOOK_AT, sizeof *lines);
	size_t count = LOOK_AT;

	for (uint32_t at = 0; count > 0 && at < job->total; at += (uint32_t)count) {
		count = read_lines(r, job, at, LOOK_AT, lines);
		for (size_t i = 0; i < count; i++)
			if (lines[i].plan.class == IMPORT_ERROR || is_refused(&lines[i]))
				write_line(out, &lines[i]);
	}
}

enum err admin_import_errors(struct request *r)
{
	struct job job;
	struct import_head head;
	struct buffer out;

	enum err err = find_own(r, &job, &head);
	if (err != OK)
		return err;
	buffer_init(&out, 4 * LIMIT_IMPORT_OCTETS);
	buffer_put_span(&out, head.header);
	buffer_put_span(&out, SPAN(",row,reason\r\n"));
	write_lines(r, &job, &out);
	r->octets = arena_copy(r->arena, buffer_span(&out));
	if (out.failed)
		err = fail(r->why, ERR_TOO_MANY, NULL, "the answer is too large");
	buffer_free(&out);
	return err;
}

/* ---- deciding ---- */

static enum err start(struct request *r, struct job *job, struct import_head *head)
{
	const struct job_order order = { .act = JOB_RUN };
	struct uuid id;

	enum err err = find_import(r, job, head);
	bool planned = err == OK && span_equal(job->state, SPAN("planned"));
	if (err == OK)
		err = request_job(r, &job->id, &order, &id);
	if (err == ERR_CONFLICT && planned)
		r->wait = WAIT;
	return err;
}

/* The steps of a short one are run while its creator waits. The jobs' thread knows of it too and
 * may be first with a step, or goes on with it where this one ends. */
static enum err run_steps(struct request *r, const struct uuid *id)
{
	struct record record;
	struct outcome outcome = { 0 };
	struct job job;

	for (;;) {
		enum err err = request_read(r);
		if (err != OK || !view_by_id(r->view, r->tenant.number, id, &record) ||
			!job_read(r->view, &record, &job) || job_is_over(&job))
			return err;
		const struct actor actor = job.actor;
		const struct job_order order = { .act = JOB_STEP, .from = job.next };
		const struct command command = { .type = COMMAND_JOB,
			.tenant = r->tenant.number,
			.kind = KIND_JOB,
			.id = *id,
			.job = &order };
		request_release(r);
		err = core_run(r->admin->core, &actor, &command, &outcome);
		if (err != OK && err != ERR_CONFLICT)
			return OK;
	}
}

enum err admin_import_commit(struct request *r)
{
	struct job job;
	struct import_head head;

	enum err err = start(r, &job, &head);
	struct uuid id = job.id;
	if (err == OK)
		err = request_read(r);
	if (err == OK && job.total <= view_policy(r->view, r->tenant.number, POLICY_IMPORT_ASYNC))
		err = run_steps(r, &id);
	return err == OK ? show_import(r, &id) : err;
}

enum err admin_import_reject(struct request *r)
{
	const struct job_order order = { .act = JOB_CANCEL };
	struct job job;
	struct import_head head;
	struct uuid id;

	enum err err = find_import(r, &job, &head);
	if (err == OK)
		err = request_job(r, &job.id, &order, &id);
	return err == OK ? show_import(r, &id) : err;
}
