#include "core/job_int.h"

#include "base/limits.h"

/* A change takes one more state row as long as it is half empty. */
#define STEP_OCTETS (LIMIT_CHANGE_OCTETS / 2)

/* ---- stored ---- */

static void write_containers(struct buffer *out, const struct import_row *row)
{
	write_u16(out, (uint16_t)row->container_count);
	for (size_t i = 0; i < row->container_count; i++) {
		write_u8(out, (uint8_t)row->containers[i].kind);
		buffer_put_span(out, uuid_span(&row->containers[i].id));
	}
}

static enum err write_row(struct buffer *out, const struct import_row *row, struct why *why)
{
	struct buffer record;
	enum err err = OK;
	buffer_init(&record, LIMIT_RECORD_OCTETS);
	if (row->entry)
		err = record_write(&record, row->entry, why);
	write_u32(out, row->line);
	write_u8(out, (uint8_t)row->class);
	write_u8(out, row->update);
	buffer_put_span(out, uuid_span(&row->id));
	write_u64(out, row->revision);
	write_span(out, row->code);
	write_span(out, row->column);
	write_span(out, row->text);
	write_span(out, row->differs);
	write_u16(out, (uint16_t)row->cell_count);
	for (size_t i = 0; i < row->cell_count; i++)
		write_span(out, row->cells[i]);
	write_span(out, buffer_span(&record));
	write_containers(out, row);
	buffer_free(&record);
	return err;
}

static struct span *read_cells(struct reader *reader, struct arena *arena, size_t *count)
{
	*count = read_u16(reader);
	struct span *cells = arena_array(arena, *count + 1, sizeof *cells);
	for (size_t i = 0; i < *count; i++)
		cells[i] = read_span(reader);
	return cells;
}

static struct container_delta *read_containers(
	struct reader *reader, struct arena *arena, size_t *count)
{
	*count = read_u16(reader);
	struct container_delta *deltas = arena_array(arena, *count + 1, sizeof *deltas);
	for (size_t i = 0; i < *count; i++) {
		deltas[i] = (struct container_delta){ .kind = read_u8(reader) };
		deltas[i].id = read_uuid(reader);
	}
	return deltas;
}

/* The spans are borrowed from what is read. */
static bool read_row(struct reader *reader, struct arena *arena, struct import_row *row)
{
	struct record record;
	*row = (struct import_row){ .line = read_u32(reader) };
	row->class = read_u8(reader);
	row->update = read_u8(reader) != 0;
	row->id = read_uuid(reader);
	row->revision = read_u64(reader);
	row->code = read_span(reader);
	row->column = read_span(reader);
	row->text = read_span(reader);
	row->differs = read_span(reader);
	row->cells = read_cells(reader, arena, &row->cell_count);
	struct span bytes = read_span(reader);
	row->containers = read_containers(reader, arena, &row->container_count);
	if (bytes.len && record_open(bytes, &record, NULL) == OK)
		row->entry = record_entry(arena, &record);
	return !reader->bad && row->class < IMPORT_CLASS_COUNT &&
	       (row->class != IMPORT_READY || row->entry);
}

static void write_head(struct buffer *out, const struct import_head *head)
{
	write_span(out, head->header);
	for (size_t i = 0; i < IMPORT_CLASS_COUNT; i++)
		write_u32(out, head->classes[i]);
	write_u32(out, head->updates);
	write_u32(out, head->differing);
}

bool import_read(struct view *view, const struct job *job, struct import_head *head)
{
	struct span row;
	arena_reset(view->scratch);
	if (!txn_state(view->txn, job->tenant, job_name(view->scratch, &job->id, "import"), &row))
		return false;
	struct reader reader = reader_of(row);
	head->header = read_span(&reader);
	for (size_t i = 0; i < IMPORT_CLASS_COUNT; i++)
		head->classes[i] = read_u32(&reader);
	head->updates = read_u32(&reader);
	head->differing = read_u32(&reader);
	return read_done(&reader);
}

static enum err put_step(struct run *run, const struct job_order *order, const struct uuid *id,
	size_t from, struct buffer *room)
{
	enum err err = OK;
	buffer_reset(room);
	for (size_t i = from; !err && i < order->count && i < from + JOB_STEP_ROWS; i++)
		err = write_row(room, &order->imports[i], run->why);
	if (!err && room->failed)
		err = fail(run->why, ERR_TOO_LARGE, "csv",
			"from line %u on the lines are too long to be kept together: %d of them "
			"have room for %d octets",
			(unsigned)order->imports[from].line, JOB_STEP_ROWS, STEP_OCTETS);
	if (!err)
		run_state(run,
			job_step_name(run->arena, id, "row", (uint32_t)(from / JOB_STEP_ROWS)),
			arena_copy(run->arena, buffer_span(room)));
	return err;
}

enum err import_put(struct run *run, const struct job_order *order, const struct uuid *id)
{
	struct buffer room;
	enum err err = OK;
	buffer_init(&room, STEP_OCTETS);
	write_head(&room, order->head);
	run_state(run, job_name(run->arena, id, "import"),
		arena_copy(run->arena, buffer_span(&room)));
	for (size_t from = 0; !err && from < order->count; from += JOB_STEP_ROWS)
		err = put_step(run, order, id, from, &room);
	buffer_free(&room);
	return err;
}

/* ---- read ---- */

static size_t read_lines(struct view *view, struct arena *arena, const struct job *job,
	uint32_t step, size_t skip, size_t room, struct import_row *rows)
{
	struct span octets;
	struct import_row row;
	size_t count = 0;
	if (!txn_state(
		    view->txn, job->tenant, job_step_name(arena, &job->id, "row", step), &octets))
		return 0;
	struct reader reader = reader_of(octets);
	for (size_t i = 0; reader.at < reader.end && count < room; i++) {
		if (!read_row(&reader, arena, &row))
			return count;
		if (i >= skip)
			rows[count++] = row;
	}
	return count;
}

size_t import_rows(struct view *view, struct arena *arena, const struct job *job, uint32_t from,
	size_t count, struct import_row *rows)
{
	size_t got = 0;
	while (got < count && from < job->total) {
		size_t n = read_lines(view, arena, job, from / JOB_STEP_ROWS, from % JOB_STEP_ROWS,
			count - got, rows + got);
		if (!n)
			break;
		got += n;
		from += (uint32_t)n;
	}
	return got;
}

enum err import_step(struct run *run, uint32_t step, struct import_row *rows, size_t *count)
{
	struct span octets;
	bool whole = txn_state(run->txn, run->command->tenant,
		job_step_name(run->arena, &run->command->id, "row", step), &octets);
	*count = 0;
	octets = arena_copy(run->arena, whole ? octets : SPAN_NONE);
	struct reader reader = reader_of(octets);
	while (whole && reader.at < reader.end && *count < JOB_STEP_ROWS)
		whole = read_row(&reader, run->arena, &rows[(*count)++]);
	return whole ? OK : fail(run->why, ERR_CORRUPT, NULL, "the import cannot be read");
}

/* ---- run ---- */

static void replace_values(
	struct arena *arena, const struct import_row *row, struct command *command)
{
	const struct entry *entry = row->entry;
	struct modification *mods = arena_array(arena, entry->count + 1, sizeof *mods);
	size_t count = 0;
	for (size_t i = 0; i < entry->count; i++) {
		if (!count || mods[count - 1].attr != entry->values[i].attr)
			mods[count++] = (struct modification){ .op = PATCH_REPLACE,
				.attr = entry->values[i].attr,
				.values = &entry->values[i] };
		mods[count - 1].count++;
	}
	command->type = COMMAND_MODIFY;
	command->if_revision = row->revision;
	command->mods = mods;
	command->mod_count = count;
}

void import_command(
	struct arena *arena, uint32_t tenant, const struct import_row *row, struct command *command)
{
	*command = (struct command){ .type = COMMAND_CREATE,
		.tenant = tenant,
		.kind = KIND_USER,
		.id = row->id,
		.entry = row->entry,
		.containers = row->containers,
		.container_count = row->container_count };
	if (row->update)
		replace_values(arena, row, command);
}

void import_outcome(const struct import_row *row, struct outcome *outcome)
{
	*outcome = (struct outcome){ .err = OK };
	if (row->class != IMPORT_ERROR)
		return;
	outcome->err = fail(&outcome->why, ERR_VALUE, NULL, "%.*s", SPAN_ARGS(row->text));
	span_fit(outcome->why.attribute, sizeof outcome->why.attribute, row->column);
}
