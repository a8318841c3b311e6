#include "core/job_int.h"

#include "base/limits.h"

#define HAS(id) ((uint64_t)1 << PERM_##id)
static const struct job_type_row types[] = {
#define JOB(id, word, container, change, permission, help)                                         \
	[JOB_##id] = { word, KIND_##container, JOB_CHANGE_##change, (permission), help },
#include "jobs.def"
#undef JOB
};
#undef HAS

const struct job_type_row *job_type_row(enum job_type type)
{
	return &types[type];
}

bool job_type_by_word(struct span word, enum job_type *type)
{
	for (enum job_type i = 0; i < JOB_TYPE_COUNT; i++)
		if (span_equal(word, span_str(types[i].word))) {
			*type = i;
			return true;
		}
	return false;
}

/* ---- names of the rows ---- */

struct span job_name(struct arena *arena, const struct uuid *id, const char *what)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	return span_str(arena_printf(arena, "job/%s/%s", text, what));
}

struct span job_prefix(struct arena *arena, const struct uuid *id)
{
	return job_name(arena, id, "");
}

struct span job_step_name(
	struct arena *arena, const struct uuid *id, const char *what, uint32_t step)
{
	return job_name(arena, id, arena_printf(arena, "%s/%08x", what, (unsigned)step));
}

/* ---- what they hold ---- */

void progress_write(struct buffer *out, const struct progress *progress)
{
	write_u32(out, progress->next);
	write_u32(out, progress->done);
	write_u32(out, progress->failed);
	write_u64(out, progress->octets);
	write_span(out, progress->reason);
}

bool progress_read(struct txn *txn, struct arena *arena, uint32_t tenant, const struct uuid *id,
	struct progress *progress)
{
	struct span row;
	*progress = (struct progress){ 0 };
	if (!txn_state(txn, tenant, job_name(arena, id, "progress"), &row))
		return true;
	struct reader reader = reader_of(row);
	progress->next = read_u32(&reader);
	progress->done = read_u32(&reader);
	progress->failed = read_u32(&reader);
	progress->octets = read_u64(&reader);
	progress->reason = read_span(&reader);
	return read_done(&reader);
}

void actor_write(struct buffer *out, const struct actor *actor)
{
	write_u8(out, (uint8_t)actor->type);
	write_u32(out, actor->tenant);
	write_u8(out, (uint8_t)actor->kind);
	write_u32(out, actor->number);
	buffer_put_span(out, uuid_span(&actor->id));
	write_u16(out, actor->source);
	write_u8(out, (uint8_t)actor->channel);
	buffer_put_span(out, uuid_span(&actor->request));
	write_span(out, span_str(actor->name));
	write_span(out, span_str(actor->address));
}

static void read_text(struct reader *reader, char *out, size_t room)
{
	struct span text = read_span(reader);
	if (text.len >= room)
		reader->bad = true;
	else if (text.len)
		memcpy(out, text.data, text.len);
}

bool actor_read(struct span octets, struct actor *actor)
{
	struct reader reader = reader_of(octets);
	memset(actor, 0, sizeof *actor);
	actor->type = read_u8(&reader);
	actor->tenant = read_u32(&reader);
	actor->kind = read_u8(&reader);
	actor->number = read_u32(&reader);
	actor->id = read_uuid(&reader);
	actor->source = read_u16(&reader);
	actor->channel = read_u8(&reader);
	actor->request = read_uuid(&reader);
	read_text(&reader, actor->name, sizeof actor->name);
	read_text(&reader, actor->address, sizeof actor->address);
	/* A person's or client's are looked up anew with every command. */
	if (actor_is_unbound(actor))
		actor->permissions = permission_flagged(0);
	return read_done(&reader);
}

#define REPLACES " replace"

struct span job_arguments(struct arena *arena, const struct job_task *task)
{
	char id[UUID_TEXT + 1];
	if (types[task->type].change == JOB_CHANGE_SETTLE)
		return span_str(arena_printf(arena, "%s %d %.*s", resolution_word(task->as),
			task->end_password, SPAN_ARGS(task->reason)));
	if (!types[task->type].container)
		return SPAN_NONE;
	uuid_format(&task->container, id);
	return span_str(arena_printf(arena, "%s%s", id, task->replace ? REPLACES : ""));
}

static bool read_answer(struct span arguments, struct job_task *task)
{
	task->as = resolution_by_word(span_cut(&arguments, ' '));
	task->end_password = span_equal(span_cut(&arguments, ' '), SPAN("1"));
	task->reason = arguments;
	return task->as != RESOLUTION_NONE;
}

bool job_task_read(struct span word, struct span arguments, struct job_task *task)
{
	struct span id = span_of(arguments.data, arguments.len < UUID_TEXT ? 0 : UUID_TEXT);
	*task = (struct job_task){ 0 };
	if (!job_type_by_word(word, &task->type))
		return false;
	if (types[task->type].change == JOB_CHANGE_SETTLE)
		return read_answer(arguments, task);
	task->replace = span_equal(span_from(arguments, UUID_TEXT), SPAN(REPLACES));
	return !types[task->type].container || uuid_parse(id, &task->container);
}

/* ---- rows ---- */

static void set_active(struct arena *arena, struct command *command, struct span active)
{
	struct value *value = arena_zalloc(arena, sizeof *value);
	struct modification *mod = arena_zalloc(arena, sizeof *mod);
	value->attr = ATTR_ACTIVE;
	value->octets = active;
	*mod = (struct modification){
		.op = PATCH_REPLACE, .attr = ATTR_ACTIVE, .values = value, .count = 1
	};
	command->type = COMMAND_MODIFY;
	command->mods = mod;
	command->mod_count = 1;
}

static void set_member(struct arena *arena, struct command *command, enum kind kind,
	const struct uuid *container, bool remove)
{
	struct member_delta *delta = arena_zalloc(arena, sizeof *delta);
	*delta = (struct member_delta){ KIND_USER, command->id, remove };
	command->type = COMMAND_MEMBERS;
	command->kind = kind;
	command->id = *container;
	command->members = delta;
	command->member_count = 1;
}

static void set_only(
	struct arena *arena, struct command *command, enum kind kind, const struct uuid *container)
{
	struct container_delta *delta = arena_zalloc(arena, sizeof *delta);
	*delta = (struct container_delta){ .kind = kind, .id = *container };
	command->type = COMMAND_ASSIGN;
	command->containers = delta;
	command->container_count = 1;
	command->replace_kinds = 1u << kind;
}

static void set_answer(
	struct arena *arena, struct command *command, const struct job_task *task, int64_t created)
{
	struct settlement *said = arena_zalloc(arena, sizeof *said);
	said->as = task->as;
	said->end_password = task->end_password;
	said->since = created;
	command->type = COMMAND_SETTLE;
	command->kind = KIND_CONFLICT;
	command->settlement = said;
	command->reason = task->reason;
}

void job_command(struct arena *arena, uint32_t tenant, const struct job_task *task, int64_t created,
	const struct uuid *target, struct command *command)
{
	const struct job_type_row *row = &types[task->type];
	*command = (struct command){ .tenant = tenant, .kind = KIND_USER, .id = *target };
	switch (row->change) {
	case JOB_CHANGE_FALSE:
		set_active(arena, command, SPAN("FALSE"));
		break;
	case JOB_CHANGE_TRUE:
		set_active(arena, command, SPAN("TRUE"));
		break;
	case JOB_CHANGE_ADD:
		if (task->replace)
			set_only(arena, command, row->container, &task->container);
		else
			set_member(arena, command, row->container, &task->container, false);
		break;
	case JOB_CHANGE_TAKE:
		set_member(arena, command, row->container, &task->container, true);
		break;
	case JOB_CHANGE_SETTLE:
		set_answer(arena, command, task, created);
		break;
	default:
		command->type = COMMAND_DELETE;
	}
}

/* ---- reading ---- */

bool job_read(struct view *view, const struct record *record, struct job *job)
{
	uint64_t total;
	struct span row;
	struct progress progress;
	*job = (struct job){ .tenant = record->tenant,
		.id = record->id,
		.revision = record->revision,
		.state = record_first(record, ATTR_JOB_STATE),
		.created = record->created,
		.modified = record->modified };
	arena_reset(view->scratch);
	if (!job_task_read(record_first(record, ATTR_JOB_TYPE),
		    record_first(record, ATTR_JOB_ARGUMENTS), &job->task) ||
		!span_to_u64(record_first(record, ATTR_JOB_TOTAL), &total) ||
		!progress_read(view->txn, view->scratch, job->tenant, &job->id, &progress) ||
		!txn_state(
			view->txn, job->tenant, job_name(view->scratch, &job->id, "actor"), &row) ||
		!actor_read(row, &job->actor))
		return false;
	job->total = (uint32_t)total;
	job->next = progress.next;
	job->done = progress.done;
	job->failed = progress.failed;
	job->octets = progress.octets;
	job->reason = progress.reason;
	return true;
}

bool job_is_over(const struct job *job)
{
	return !span_equal(job->state, SPAN("planned")) && !span_equal(job->state, SPAN("running"));
}

static const char *err_name(struct span name)
{
	for (enum err err = OK; err < ERR_COUNT; err++)
		if (span_equal(name, span_str(err_row(err)->name)))
			return err_row(err)->name;
	return err_row(ERR_INTERNAL)->name;
}

static void read_outcome(struct reader *reader, struct job_row *row)
{
	struct span name = read_span(reader);
	row->changed = read_u8(reader) != 0;
	read_text(reader, row->attribute, sizeof row->attribute);
	row->text = read_span(reader);
	if (reader->bad)
		return;
	row->through = true;
	row->err = err_name(name);
}

/* The rows of one step, from its row `skip` on. */
static size_t read_step(struct view *view, struct arena *arena, const struct job *job,
	uint32_t step, size_t skip, size_t room, struct job_row *rows)
{
	struct span ids, outcomes = SPAN_NONE;
	size_t count = 0;
	if (!txn_state(view->txn, job->tenant, job_step_name(arena, &job->id, "to", step), &ids))
		return 0;
	txn_state(view->txn, job->tenant, job_step_name(arena, &job->id, "is", step), &outcomes);
	struct reader to = reader_of(ids), is = reader_of(outcomes);
	for (size_t i = 0; i < ids.len / 16 && count < room; i++) {
		struct job_row row = { .err = "" };
		row.id = read_uuid(&to);
		if (is.at < is.end)
			read_outcome(&is, &row);
		if (i >= skip)
			rows[count++] = row;
	}
	return count;
}

size_t job_rows(struct view *view, struct arena *arena, const struct job *job, uint32_t from,
	size_t count, struct job_row *rows)
{
	size_t got = 0;
	while (got < count && from < job->total) {
		size_t n = read_step(view, arena, job, from / JOB_STEP_ROWS, from % JOB_STEP_ROWS,
			count - got, rows + got);
		if (!n)
			break;
		got += n;
		from += (uint32_t)n;
	}
	return got;
}

enum err job_preview(struct core *core, struct arena *arena, const struct actor *actor,
	const struct job *job, struct job_row *rows, size_t count, struct why *why)
{
	struct command *commands = arena_array(arena, count + 1, sizeof *commands);
	struct outcome *outcomes = arena_array(arena, count + 1, sizeof *outcomes);
	enum job_change change = types[job->task.type].change;
	if (!count || change == JOB_CHANGE_EXPORT || change == JOB_CHANGE_IMPORT)
		return OK;
	for (size_t i = 0; i < count; i++)
		job_command(
			arena, job->tenant, &job->task, job->created, &rows[i].id, &commands[i]);
	enum err err = core_preview(core, actor, commands, count, outcomes, why);
	for (size_t i = 0; !err && i < count; i++) {
		rows[i].err = err_row(outcomes[i].err)->name;
		rows[i].changed = outcomes[i].changed;
		rows[i].text = arena_copy(arena, span_str(outcomes[i].why.text));
		memcpy(rows[i].attribute, outcomes[i].why.attribute, sizeof rows[i].attribute);
	}
	return err;
}

/* ---- whom a job is about ---- */

enum err job_targets(struct view *view, struct arena *arena, const struct search_spec *spec,
	const uint64_t *expected, struct uuid **ids, size_t *count, struct why *why)
{
	struct search *search;
	struct record record;
	uint64_t found;
	unsigned budget = UINT32_MAX;
	enum err err = search_count(view, arena, spec, &found, why);
	if (err)
		return err;
	if (expected && found != *expected)
		return fail(why, ERR_CONFLICT, "expected_count", "%llu match now, not %llu",
			(unsigned long long)found, (unsigned long long)*expected);
	if (found > LIMIT_JOB_ROWS)
		return fail(why, ERR_TOO_LARGE, "filter", "a job is about at most %d people",
			LIMIT_JOB_ROWS);
	*ids = arena_array(arena, (size_t)found + 1, sizeof **ids);
	*count = 0;
	err = search_open(view, arena, spec, &search, why);
	if (err)
		return err;
	while (*count < found && search_next(search, &budget, &record) == STEP_FOUND)
		(*ids)[(*count)++] = record.id;
	search_close(search);
	return view_error(view, why);
}
