#include "core/audit_int.h"
#include "core/core_int.h"

#include "base/codec.h"
#include "base/limits.h"

/* What a directory tells of by itself: see struct conflict_report. */

static enum err find_source(struct run *run, struct uuid *id, uint16_t *number)
{
	const struct conflict_report *report = run->command->report;
	enum kind kind;
	uint32_t entry;
	uint64_t source;
	struct record record;
	if (run->actor->type == ACTOR_DIRECTORY) {
		*id = owner_of_actor(run).id;
		*number = run->actor->source;
		return OK;
	}
	*id = report->source;
	if (!txn_find_id(run->txn, run->command->tenant, id, &kind, &entry) ||
		!txn_entry(run->txn, run->command->tenant, kind, entry, &record))
		return fail(run->why, ERR_UNKNOWN, "source", "there is no such source");
	*number = span_to_u64(record_first(&record, ATTR_SOURCE_NUMBER), &source) ? (uint16_t)source
										  : 0;
	return OK;
}

/* As a LINK: the source's number before it. */
static struct span anchor_octets(struct run *run, uint16_t source, const struct uuid *anchor)
{
	uint8_t *octets = arena_alloc(run->arena, 2 + sizeof anchor->octets);
	if (uuid_is_nil(anchor))
		return SPAN_NONE;
	put_be16(octets, source);
	memcpy(octets + 2, anchor->octets, sizeof anchor->octets);
	return span_of(octets, 2 + sizeof anchor->octets);
}

/* What comes from upstream is text, and not more than is worth a look. */
static struct span shown(struct run *run, struct span text)
{
	return span_is_utf8(text) ? conflict_text(run->arena, ATTR_CONFLICT_FACT, text) : SPAN_NONE;
}

/* A value, or what stands for one. */
static struct span said(struct run *run, struct span text)
{
	enum attr attr = run->command->report->attr;
	return attr == ATTR_NONE ? shown(run, text) : conflict_text(run->arena, attr, text);
}

static void take_rows(struct run *run, struct conflict_note *note)
{
	const struct conflict_report *report = run->command->report;
	struct span *facts = arena_array(run->arena, CONFLICT_FACTS_MAX, sizeof *facts);
	struct span *rows = arena_array(run->arena, CONFLICT_CANDIDATES_MAX, sizeof *rows);
	char id[UUID_TEXT + 1];
	for (size_t i = 0; i < report->fact_count && note->fact_count < CONFLICT_FACTS_MAX; i++) {
		facts[note->fact_count] = shown(run, report->facts[i]);
		note->fact_count += facts[note->fact_count].len > 0;
	}
	for (size_t i = 0; i < report->candidate_count && i < CONFLICT_CANDIDATES_MAX; i++) {
		uuid_format(&report->candidates[i].user, id);
		rows[note->candidate_count++] = span_str(arena_printf(
			run->arena, "%s %.*s", id, SPAN_ARGS(report->candidates[i].why)));
	}
	note->facts = facts;
	note->candidates = rows;
}

static bool is_here(struct run *run, const struct uuid *id)
{
	enum kind kind;
	uint32_t number;
	return txn_find_id(run->txn, run->command->tenant, id, &kind, &number);
}

/* Of a person who is here what the directory said before, and what stands. */
static void take_known(struct run *run, uint16_t source, struct conflict_note *note)
{
	const struct conflict_report *report = run->command->report;
	uint32_t number;
	struct record record;
	if (report->attr == ATTR_NONE || !note->anchor.len ||
		!txn_find_value(
			run->txn, note->tenant, KIND_USER, ATTR_LINK, note->anchor, &number) ||
		!txn_entry(run->txn, note->tenant, KIND_USER, number, &record))
		return;
	if (!note->base.len)
		note->base = conflict_base(run->arena, &record, source, report->attr);
	if (!note->ours.len)
		note->ours = conflict_standing(run->arena, &record, report->attr);
}

static enum err open_one(struct run *run, struct uuid source, uint16_t number, struct span anchor)
{
	const struct conflict_report *report = run->command->report;
	struct conflict_note note = { .tenant = run->command->tenant,
		.type = report->type,
		.subject = report->subject,
		.source = source,
		.anchor = anchor,
		.attribute = shown(run, report->what),
		.ours = said(run, report->ours),
		.theirs = said(run, report->theirs),
		.dn = span_is_utf8(report->dn) ? report->dn : SPAN_NONE,
		.base = shown(run, report->base) };
	if (report->attr != ATTR_NONE)
		note.attribute = span_str(audit_path(KIND_USER, report->attr));
	take_rows(run, &note);
	take_known(run, number, &note);
	if (!is_here(run, &note.subject))
		note.subject = (struct uuid){ { 0 } };
	/* A plan that is held anew is the same conflict. */
	struct uuid subject = note.subject;
	note.subject = (struct uuid){ { 0 } };
	conflict_make_key(&note, report->attr);
	note.subject = subject;
	return conflict_write(run, &note)
		       ? OK
		       : fail(run->why, ERR_TOO_MANY, NULL,
				 "there are too many conflicts: this one is not kept before others "
				 "are settled");
}

/* What is being tried again ends like what nobody has answered. */
static bool is_meant(
	const struct record *conflict, const struct conflict_report *report, struct span anchor)
{
	bool waits = conflict_state_is(conflict, "open") ||
		     conflict_state_is(conflict, resolution_state(RESOLUTION_RETRY));
	return waits && (report->types >> conflict_type_of(conflict) & 1) &&
	       (!report->what.len ||
		       span_equal(report->what, record_first(conflict, ATTR_CONFLICT_ATTRIBUTE))) &&
	       span_equal(anchor, record_first(conflict, ATTR_CONFLICT_ANCHOR));
}

static enum err end_them(struct run *run, struct uuid source, struct span anchor)
{
	const struct conflict_report *report = run->command->report;
	uint32_t number = 0, tenant = run->command->tenant;
	struct record conflict;
	enum err err = OK;
	struct postings *all = postings_equal(run->txn, run->arena, tenant, KIND_CONFLICT,
		anchor.len ? ATTR_CONFLICT_ANCHOR : ATTR_CONFLICT_SOURCE,
		anchor.len ? anchor : uuid_span(&source));
	while (!err && postings_next(all, number, &number)) {
		if (txn_entry(run->txn, tenant, KIND_CONFLICT, number++, &conflict) &&
			is_meant(&conflict, report, anchor))
			err = conflict_close(run, &conflict, report->cause);
	}
	postings_close(all);
	return err;
}

enum err command_report(struct run *run)
{
	const struct conflict_report *report = run->command->report;
	enum actor_type actor = run->actor->type;
	uint16_t number = 0;
	struct uuid source;
	if (actor != ACTOR_DIRECTORY && actor != ACTOR_SYSTEM)
		return fail(run->why, ERR_FORBIDDEN, NULL, "only sources report conflicts");
	enum err err = find_source(run, &source, &number);
	if (err)
		return err;
	struct span anchor = anchor_octets(run, number, &report->anchor);
	if (report->end)
		return end_them(run, source, anchor);
	return open_one(run, source, number, anchor);
}
