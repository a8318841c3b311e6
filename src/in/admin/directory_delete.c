/* A directory is forgotten: its people stay here, and whoever asks says whether they may sign in
 * and how many they are. */
#include "in/admin/directory_int.h"

#include "base/codec.h"
#include "base/limits.h"
#include "core/job.h"
#include "core/people.h"

struct people {
	struct uuid *ids;
	size_t count, capacity;
};

static bool is_of_source(const struct record *record, uint16_t source)
{
	for (size_t i = record_find(record, ATTR_LINK); i < record->count; i++) {
		struct value link = record_row(record, i);

		if (link.attr != ATTR_LINK)
			break;
		if (link.octets.len > 2 && get_be16(link.octets.data) == source)
			return true;
	}
	return false;
}

static void add_person(struct arena *arena, struct people *people, const struct uuid *id)
{
	if (people->count == people->capacity) {
		size_t capacity = people->capacity ? people->capacity * 2 : 256;
		struct uuid *ids = arena_array(arena, capacity, sizeof *ids);

		if (people->count > 0)
			memcpy(ids, people->ids, people->count * sizeof *ids);
		people->ids = ids;
		people->capacity = capacity;
	}
	people->ids[people->count++] = *id;
}

/* All whom the directory knows, also those whom the administrator who asks does not see. */
static enum err find_people(struct request *r, uint16_t source, struct people *people)
{
	struct search_spec spec = { .tenant = r->tenant.number, .kinds = 1u << KIND_USER };
	unsigned budget = UINT32_MAX;
	struct search *search;
	struct record record;
	struct actor reader;

	actor_system(&reader, r->actor.channel);
	spec.actor = &reader;
	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (search_next(search, &budget, &record) == STEP_FOUND)
		if (is_of_source(&record, source))
			add_person(r->arena, people, &record.id);
	search_close(search);
	return view_error(r->view, r->why);
}

static enum err check_count(struct request *r, size_t count)
{
	const struct json *given = json_member(r->args, "count");

	if ((uint64_t)given->integer == count)
		return OK;
	return fail(r->why, ERR_CONFLICT, "count", "it has %zu people; say so, or nothing is done",
		count);
}

static enum err disable_people(struct request *r, const struct people *people, struct uuid *job)
{
	const struct job_order order = {
		.act = JOB_CREATE,
		.task.type = JOB_DEACTIVATE,
		.ids = people->ids,
		.count = people->count,
	};
	const struct job_order start = { .act = JOB_RUN };

	if (people->count > LIMIT_JOB_ROWS)
		return fail(r->why, ERR_TOO_LARGE, "people",
			"more than %d people; deactivate them in parts first", LIMIT_JOB_ROWS);
	enum err err = request_job(r, NULL, &order, job);
	return err == OK ? request_job(r, job, &start, job) : err;
}

/* A run that was being applied may have brought some after they were counted. */
static enum err disable_late(struct request *r, uint16_t source, size_t counted)
{
	struct people people = { 0 };
	struct uuid job;

	enum err err = request_tenant(r);
	if (err == OK)
		err = find_people(r, source, &people);
	return err == OK && people.count > counted ? disable_people(r, &people, &job) : err;
}

static enum err choose(struct request *r, bool *disable)
{
	struct span people = json_text(r->args, "people");

	*disable = span_equal(people, SPAN("disable"));
	if (*disable || span_equal(people, SPAN("keep")))
		return OK;
	return fail(r->why, ERR_VALUE, "people",
		"keep: they stay as they are; disable: they may not sign in any more");
}

enum err admin_directory_delete(struct request *r)
{
	struct people people = { 0 };
	struct uuid job = { 0 };
	struct outcome outcome;
	struct record record;
	uint64_t source = 0;
	bool disable;

	enum err err = choose(r, &disable);
	if (err == OK)
		err = directory_find(r, &record);
	if (err != OK)
		return err;
	const struct command command = { .type = COMMAND_DELETE,
		.tenant = r->tenant.number,
		.kind = KIND_DIRECTORY,
		.id = record.id };
	span_to_u64(record_first(&record, ATTR_SOURCE_NUMBER), &source);
	err = find_people(r, (uint16_t)source, &people);
	if (err == OK)
		err = check_count(r, people.count);
	if (err == OK && disable && people.count > 0)
		err = disable_people(r, &people, &job);
	if (err == OK)
		err = request_run(r, &command, &outcome);
	if (err == OK && disable)
		err = disable_late(r, (uint16_t)source, people.count);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_integer_member(r->out, "people", (int64_t)people.count);
	if (!uuid_is_nil(&job))
		show_uuid(r, "job", &job);
	json_end_object(r->out);
	return OK;
}
