#include "in/sync/history.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "core/notice.h"
#include "in/sync/sync_int.h"

#include <stdio.h>

#define FORMAT 2
#define FORMAT_WITHOUT_BECAUSE 1
#define COUNTS (sizeof(struct sync_counts) / sizeof(uint32_t))

const char *sync_result_name(enum sync_result result)
{
	static const char *const names[] = {
		[SYNC_RESULT_OK] = "ok",
		[SYNC_RESULT_CONFLICTS] = "ok-with-conflicts",
		[SYNC_RESULT_HELD] = "held",
		[SYNC_RESULT_FAILED] = "failed",
		[SYNC_RESULT_NEEDS_FULL] = "needs-full",
		[SYNC_RESULT_PAUSED] = "paused",
	};

	return names[result];
}

const char *sync_kind_name(enum sync_kind kind)
{
	static const char *const names[] = {
		[SYNC_KIND_FULL] = "full",
		[SYNC_KIND_DELTA] = "delta",
	};

	return names[kind];
}

/* ---- stored ---- */

static struct span key_of(struct arena *arena, uint32_t directory, uint64_t number)
{
	return span_str(arena_printf(
		arena, "sync/%u/past/%u", (unsigned)directory, (unsigned)(number % SYNC_HISTORY)));
}

static void put_text(struct buffer *out, const char *text)
{
	write_span(out, span_str(text));
}

static struct span encode(struct arena *arena, const struct sync_past *past)
{
	uint32_t counts[COUNTS];
	struct buffer out;

	buffer_init(&out, 4 * KIB);
	write_u8(&out, FORMAT);
	write_u64(&out, past->number);
	buffer_put_span(&out, uuid_span(&past->id));
	write_u64(&out, (uint64_t)past->began);
	write_u64(&out, (uint64_t)past->ended);
	write_u8(&out, (uint8_t)past->kind);
	write_u8(&out, (uint8_t)past->result);
	write_u32(&out, past->repeats);
	memcpy(counts, &past->counts, sizeof(counts));
	for (size_t i = 0; i < COUNTS; i++)
		write_u32(&out, counts[i]);
	put_text(&out, past->stage);
	put_text(&out, past->class);
	put_text(&out, past->server);
	put_text(&out, past->text);
	put_text(&out, past->because.line);
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

static void get_text(struct reader *in, char *to, size_t size)
{
	struct span text = read_span(in);
	size_t len = text.len < size ? text.len : size - 1;

	if (len > 0)
		memcpy(to, text.data, len);
	to[len] = '\0';
}

static bool decode(struct span value, struct sync_past *past)
{
	struct reader in = reader_of(value);
	uint32_t counts[COUNTS];

	memset(past, 0, sizeof(*past));
	uint8_t format = read_u8(&in);
	if (format != FORMAT && format != FORMAT_WITHOUT_BECAUSE)
		return false;
	past->number = read_u64(&in);
	past->id = read_uuid(&in);
	past->began = (int64_t)read_u64(&in);
	past->ended = (int64_t)read_u64(&in);
	unsigned kind = read_u8(&in), result = read_u8(&in);
	past->repeats = read_u32(&in);
	for (size_t i = 0; i < COUNTS; i++)
		counts[i] = read_u32(&in);
	memcpy(&past->counts, counts, sizeof(counts));
	get_text(&in, past->stage, sizeof(past->stage));
	get_text(&in, past->class, sizeof(past->class));
	get_text(&in, past->server, sizeof(past->server));
	get_text(&in, past->text, sizeof(past->text));
	if (format == FORMAT)
		get_text(&in, past->because.line, sizeof(past->because.line));
	past->kind = (enum sync_kind)kind;
	past->result = (enum sync_result)result;
	return read_done(&in) && kind < SYNC_KINDS && result < SYNC_RESULTS;
}

static bool read_slot(struct view *view, struct arena *arena, uint32_t tenant, uint32_t directory,
	uint64_t number, struct sync_past *past)
{
	struct span value;

	return view_state(view, tenant, key_of(arena, directory, number), &value) &&
	       decode(value, past);
}

void history_open(struct history *history, struct view *view, uint32_t tenant, uint32_t directory)
{
	struct arena *arena = arena_new();
	struct sync_past past;

	*history = (struct history){ .tenant = tenant, .directory = directory };
	for (uint64_t slot = 0; slot < SYNC_HISTORY; slot++)
		if (read_slot(view, arena, tenant, directory, slot, &past) &&
			past.number > history->newest.number)
			history->newest = past;
	arena_free(arena);
}

size_t sync_history(struct view *view, struct arena *arena, uint32_t tenant, uint32_t directory,
	struct sync_past *rows)
{
	struct sync_past past;
	size_t count = 0;

	for (uint64_t slot = 0; slot < SYNC_HISTORY; slot++) {
		if (!read_slot(view, arena, tenant, directory, slot, &past))
			continue;
		size_t at = count++;
		for (; at > 0 && rows[at - 1].number < past.number; at--)
			rows[at] = rows[at - 1];
		rows[at] = past;
	}
	return count;
}

/* ---- a run ---- */

void history_begin(struct history *history, enum sync_kind kind, struct actor *actor)
{
	struct sync_past *run = &history->run;
	char server[sizeof(run->server)];

	memcpy(server, run->server, sizeof(server));
	*run = (struct sync_past){ .id = uuid_new(), .kind = kind, .began = clock_wall() };
	memcpy(run->server, server, sizeof(server));
	actor->request = run->id;
}

void history_server(struct history *history, struct span server)
{
	status_text(history->run.server, sizeof(history->run.server), server);
}

static bool is_same_failure(const struct sync_past *a, const struct sync_past *b)
{
	return a->result == SYNC_RESULT_FAILED && b->result == a->result &&
	       strcmp(a->stage, b->stage) == 0 && strcmp(a->class, b->class) == 0 &&
	       strcmp(a->text, b->text) == 0;
}

static struct state_row row_of(struct history *history, struct arena *arena)
{
	struct sync_past *run = &history->run;

	run->ended = clock_wall();
	run->number = history->newest.number + 1;
	if (history->newest.number > 0 && is_same_failure(&history->newest, run)) {
		run->number = history->newest.number;
		run->began = history->newest.began;
		run->repeats = history->newest.repeats + 1;
	}
	history->newest = *run;
	return (struct state_row){ key_of(arena, history->directory, run->number),
		encode(arena, run) };
}

struct state_row history_end(struct history *history, struct arena *arena, enum sync_result result,
	const struct sync_counts *counts)
{
	history->run.result = result;
	history->run.counts = *counts;
	return row_of(history, arena);
}

static void write_rows(
	struct core *core, uint32_t tenant, const struct state_row *rows, size_t count)
{
	struct command command = {
		.type = COMMAND_STATE, .tenant = tenant, .states = rows, .state_count = count
	};
	struct outcome outcome;
	struct actor keeper;

	actor_system(&keeper, CHANNEL_SYNC);
	if (core_run(core, &keeper, &command, &outcome) != OK)
		log_event(LOG_LEVEL_WARNING, "sync.history", L_INT("tenant", tenant),
			L_WHY(&outcome.why));
}

static void write_run(struct history *history, struct core *core)
{
	struct arena *arena = arena_new();

	const struct state_row row = row_of(history, arena);
	write_rows(core, history->tenant, &row, 1);
	arena_free(arena);
}

void history_held(struct history *history, struct core *core, const struct because *because)
{
	history->run.result = SYNC_RESULT_HELD;
	history->run.because = *because;
	write_run(history, core);
}

void history_note(struct history *history, struct core *core, enum sync_result result,
	enum stage stage, enum failure failure, const char *text)
{
	struct sync_past *run = &history->run;

	run->result = result;
	if (result == SYNC_RESULT_FAILED || result == SYNC_RESULT_PAUSED) {
		snprintf(run->stage, sizeof(run->stage), "%s", stage_name(stage));
		snprintf(run->class, sizeof(run->class), "%s", failure_name(failure));
	}
	status_text(run->text, sizeof(run->text), span_str(text));
	write_run(history, core);
}

void history_forget(struct core *core, uint32_t tenant, uint32_t directory)
{
	struct arena *arena = arena_new();
	struct state_row rows[SYNC_HISTORY + 7] = { 0 };

	for (uint64_t i = 0; i < SYNC_HISTORY; i++)
		rows[i].key = key_of(arena, directory, i);
	rows[SYNC_HISTORY].key = memory_key(arena, directory);
	rows[SYNC_HISTORY + 1].key = memory_open_key(arena, directory);
	rows[SYNC_HISTORY + 2].key = trouble_key(arena, directory);
	rows[SYNC_HISTORY + 3].key = notice_key(arena, directory);
	rows[SYNC_HISTORY + 4].key = pins_key(arena, directory);
	rows[SYNC_HISTORY + 5].key = recent_key(arena, directory);
	rows[SYNC_HISTORY + 6].key = inside_key(arena, directory);
	write_rows(core, tenant, rows, SYNC_HISTORY + 7);
	arena_free(arena);
}

/* ---- objects ---- */

static enum provision_outcome outcome_of(const struct history_object *object)
{
	const struct outcome *outcome = object->outcome;

	if (!outcome)
		return object->without;
	switch (outcome->err) {
	case OK:
		return outcome->changed ? PROVISION_SUCCEEDED : PROVISION_UNCHANGED;
	case ERR_HELD:
	case ERR_EXISTS:
	case ERR_CONFLICT:
	case ERR_LAST_ADMIN:
	case ERR_OWNED:
		return PROVISION_HELD;
	case ERR_IO:
	case ERR_CORRUPT:
	case ERR_INTERNAL:
	case ERR_FULL:
		return PROVISION_FAILED;
	default:
		return PROVISION_REFUSED;
	}
}

static struct span type_of(enum kind kind)
{
	return kind == KIND_USER ? SPAN("User") : kind == KIND_GROUP ? SPAN("Group") : SPAN("Role");
}

static struct span detail_of(struct arena *arena, const struct history_object *object)
{
	bool refused = object->outcome && object->outcome->err != OK;

	if (!refused)
		return object->rule;
	return span_str(arena_printf(arena, "%.*s%s%s", SPAN_ARGS(object->rule),
		object->rule.len > 0 ? ": " : "", object->outcome->why.text));
}

static struct provision row_of_object(
	struct arena *arena, const struct actor *actor, const struct history_object *object)
{
	char *anchor = arena_alloc(arena, UUID_TEXT + 1);
	struct provision row = { .request = actor->request,
		.method = object->deed,
		.path = object->dn,
		.type = type_of(object->kind),
		.subject = object->id,
		.subject_name = object->name,
		.outcome = outcome_of(object),
		.detail = detail_of(arena, object) };

	uuid_format(&object->anchor, anchor);
	if (!uuid_is_nil(&object->anchor))
		row.external_id = span_of(anchor, UUID_TEXT);
	if (object->outcome) {
		row.journal = object->outcome->changed ? object->outcome->sequence : 0;
		row.audit_first = object->outcome->audit_first;
		row.audit_last = object->outcome->audit_last;
		if (uuid_is_nil(&row.subject))
			row.subject = object->outcome->id;
	}
	return row;
}

/* Each is a row of its own: they stand for no request that they could be read with. */
void history_objects(struct core *core, const struct actor *actor, struct arena *arena,
	const struct history_object *objects, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct provision row = row_of_object(arena, actor, &objects[i]);

		core_provisioned(core, actor, arena, &row, 1);
	}
	core_provision_wait(core, actor->tenant);
}
