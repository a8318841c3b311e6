#include "out/webhook/webhook_int.h"

#include "core/conflict.h"

/* A receiver that refuses a message by what it says is asked again like one that fails, and the
 * messages behind it wait; an administrator sees whom it is about. */

bool refusal_is(int status)
{
	/* RFC 9110 section 15.5; the other 4xx are about the address, the sender or the time. */
	return status == 400 || status == 406 || status == 409 || status == 413 || status == 415 ||
	       status == 422;
}

static void run_report(struct core *core, const struct actor *actor, const struct message *m,
	struct conflict_report *report)
{
	struct outcome outcome = { 0 };

	report->source = m->hook->id;
	report->what = m->id;
	const struct command command = { .type = COMMAND_REPORT,
		.tenant = m->hook->tenant,
		.kind = KIND_CONFLICT,
		.report = report };
	core_run(core, actor, &command, &outcome);
	m->hook->refused = !report->end || outcome.err != OK;
}

void refusal_open(struct core *core, const struct actor *actor, const struct message *m)
{
	struct span status = span_str(arena_printf(m->arena, "status %d", m->call.status));
	const struct span facts[] = { span_str(arena_printf(m->arena, "event=%s", m->type)) };
	struct conflict_report report = { .type = CONFLICT_PUSH_REJECTED,
		.subject = m->person,
		.theirs = status,
		.facts = facts,
		.fact_count = 1 };

	run_report(core, actor, m, &report);
}

void refusal_close(struct core *core, const struct actor *actor, const struct message *m)
{
	struct conflict_report report = { .end = true,
		.types = 1u << CONFLICT_PUSH_REJECTED,
		.cause = "the platform has taken what it is told" };

	if (m->hook->refused)
		run_report(core, actor, m, &report);
}

void refusal_read(struct view *view, struct hook *hook)
{
	struct arena *arena = arena_new();
	struct record conflict;

	for (uint32_t number = 0; view_next_by_value(view, arena, hook->tenant, KIND_CONFLICT,
		     ATTR_CONFLICT_SOURCE, uuid_span(&hook->id), number, &conflict);
		number = conflict.number + 1) {
		struct span state = record_first(&conflict, ATTR_CONFLICT_STATE);
		hook->refused |= span_equal(state, SPAN("open"));
		if (conflict.modified <= hook->tried ||
			!span_equal(state, span_str(resolution_state(RESOLUTION_RETRY))))
			continue;
		hook->refused = true;
		hook->next_try = 0;
	}
	arena_free(arena);
}
