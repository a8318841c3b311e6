#include "in/sync/trouble.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/log.h"
#include "core/notice.h"

#include <stdio.h>

#define FORMAT 1
#define DAY (86400 * SECOND)

static int64_t or_usual(int64_t value, int64_t usual)
{
	return value > 0 ? value : usual;
}

enum trouble_step trouble_step(
	const struct trouble *trouble, const struct trouble_limits *limits, int64_t now)
{
	int64_t failing = trouble->since > 0 ? now - trouble->since : 0;

	if (failing >= or_usual(limits->off, 28 * DAY))
		return TROUBLE_OFF;
	return failing >= or_usual(limits->after, DAY) ? TROUBLE_QUARANTINE : TROUBLE_RETRY;
}

int64_t trouble_wait(const struct trouble_limits *limits, uint32_t chance)
{
	int64_t apart = or_usual(limits->apart, DAY);

	return apart - (int64_t)(chance % 1000) * apart / 10000;
}

/* ---- stored ---- */

struct span trouble_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "sync/%u/trouble", (unsigned)directory));
}

static struct span encode(struct arena *arena, const struct trouble *trouble)
{
	struct buffer out;

	buffer_init(&out, KIB);
	write_u8(&out, FORMAT);
	write_u64(&out, (uint64_t)trouble->since);
	write_span(&out, span_str(trouble->told));
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

void trouble_open(struct trouble *trouble, struct view *view, uint32_t tenant, uint32_t directory)
{
	struct arena *arena = arena_new();
	struct span value;

	*trouble = (struct trouble){ .tenant = tenant, .directory = directory };
	if (view_state(view, tenant, trouble_key(arena, directory), &value)) {
		struct reader in = reader_of(value);
		bool known = read_u8(&in) == FORMAT;
		int64_t since = (int64_t)read_u64(&in);
		struct span told = read_span(&in);
		if (known && read_done(&in)) {
			trouble->since = since;
			snprintf(trouble->told, sizeof(trouble->told), "%.*s", SPAN_ARGS(told));
		}
	}
	arena_free(arena);
}

static void write_rows(const struct trouble *trouble, struct core *core,
	const struct state_row *rows, size_t count)
{
	const struct command command = { .type = COMMAND_STATE,
		.tenant = trouble->tenant,
		.states = rows,
		.state_count = count };
	struct outcome outcome;
	struct actor keeper;

	actor_system(&keeper, CHANNEL_SYNC);
	if (core_run(core, &keeper, &command, &outcome) != OK)
		log_event(LOG_LEVEL_WARNING, "sync.trouble", L_INT("tenant", trouble->tenant),
			L_WHY(&outcome.why));
}

void trouble_begin(struct trouble *trouble, struct core *core)
{
	if (trouble->since > 0)
		return;
	struct arena *arena = arena_new();
	trouble->since = clock_wall();
	const struct state_row row = { trouble_key(arena, trouble->directory),
		encode(arena, trouble) };
	write_rows(trouble, core, &row, 1);
	arena_free(arena);
}

void trouble_end(struct trouble *trouble, struct core *core)
{
	if (trouble->since == 0 && !trouble->told[0])
		return;
	struct arena *arena = arena_new();
	trouble->since = 0;
	trouble->told[0] = '\0';
	const struct state_row row = { trouble_key(arena, trouble->directory), SPAN_NONE };
	write_rows(trouble, core, &row, 1);
	arena_free(arena);
}

/* ---- telling ---- */

static const struct {
	const char *what, *subject, *text;
} letters[] = {
	{ "quarantine", "is in quarantine",
		"It has failed for so long that it is tried again once a day only." },
	{ "off", "is switched off",
		"It has failed for so long that it is not tried again. When the cause is gone:\n"
		"muster directory resume" },
	{ "paused", "waits for an administrator",
		"It is not tried again by itself. When the cause is gone:\nmuster directory "
		"resume" },
	{ "held", "waits for approval",
		"A run would change more than its limits allow; nothing is applied until somebody\n"
		"has looked at it: muster directory status" },
};

static struct span make_notice(struct arena *arena, const char *what, enum stage stage,
	enum failure failure, struct span directory, const char *text)
{
	size_t i = 0;

	while (i < sizeof(letters) / sizeof(letters[0]) - 1 && strcmp(letters[i].what, what) != 0)
		i++;
	const struct notice notice = {
		.created = clock_wall(),
		.subject = span_str(arena_printf(arena, "Muster: the directory %.*s %s",
			SPAN_ARGS(directory), letters[i].subject)),
		.text = span_str(
			arena_printf(arena, "The directory %.*s %s.\n\n%s: %s (%s)\n\n%s\n",
				SPAN_ARGS(directory), letters[i].subject, stage_name(stage), text,
				failure_name(failure), letters[i].text)),
	};
	return notice_write(arena, &notice);
}

void trouble_tell(struct trouble *trouble, struct core *core, const char *what, enum stage stage,
	enum failure failure, struct span directory, const char *text)
{
	char now[sizeof(trouble->told)];

	snprintf(now, sizeof(now), "%s %s %s", what, stage_name(stage), failure_name(failure));
	if (strcmp(now, trouble->told) == 0)
		return;
	struct arena *arena = arena_new();
	memcpy(trouble->told, now, sizeof(now));
	const struct state_row rows[] = {
		{ trouble_key(arena, trouble->directory), encode(arena, trouble) },
		{ notice_key(arena, trouble->directory),
			make_notice(arena, what, stage, failure, directory, text) },
	};
	write_rows(trouble, core, rows, 2);
	arena_free(arena);
}
