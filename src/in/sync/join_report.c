#include "in/sync/join_int.h"

#include "base/codec.h"
#include "core/conflict.h"
#include "model/value.h"

#define BAD_OCTETS 16 /* shown of a value that is no text */

/* ---- what there is ---- */

bool join_next(struct job *job, const struct uuid *anchor, uint32_t *number, struct record *record)
{
	struct span link = link_value(job->arena, job->settings.source, anchor);

	if (view_count(job->view, job->tenant, KIND_CONFLICT) == 0 ||
		!view_next_by_value(job->view, job->arena, job->tenant, KIND_CONFLICT,
			ATTR_CONFLICT_ANCHOR, link, *number, record))
		return false;
	*number = record->number + 1;
	return true;
}

static bool is_in_state(const struct record *conflict, const char *state)
{
	return span_equal(record_first(conflict, ATTR_CONFLICT_STATE), span_str(state));
}

bool join_next_open(struct job *job, uint32_t types, uint32_t *number, struct record *record)
{
	while (view_next_by_value(job->view, job->arena, job->tenant, KIND_CONFLICT,
		ATTR_CONFLICT_SOURCE, uuid_span(&job->settings.id), *number, record)) {
		enum conflict_type type =
			conflict_by_word(record_first(record, ATTR_CONFLICT_TYPE));
		*number = record->number + 1;
		if (type < CONFLICT_TYPES && is_in_state(record, "open") && (types >> type & 1))
			return true;
	}
	return false;
}

bool join_is_ignored(struct job *job, const struct uuid *anchor)
{
	struct record conflict;
	uint32_t number = 0;

	while (join_next(job, anchor, &number, &conflict))
		if (is_in_state(&conflict, resolution_state(RESOLUTION_IGNORE)))
			return true;
	return false;
}

/* ---- opening ---- */

static bool is_a_fact(enum attr attr)
{
	return attr != ATTR_PASSWORD && !attr_is_hidden(attr) &&
	       attr_row(attr)->syntax != SYNTAX_OCTETS;
}

static void put_facts(struct arena *arena, const struct row *row, struct conflict_report *report)
{
	struct span *facts = arena_array(arena, CONFLICT_FACTS_MAX, sizeof(*facts));

	for (size_t i = 0; i < row->value_count && report->fact_count < CONFLICT_FACTS_MAX; i++) {
		const struct row_value *value = &row->values[i];
		if (is_a_fact(value->attr) && span_is_utf8(value->octets))
			facts[report->fact_count++] = span_str(arena_printf(arena, "%s=%.*s",
				attr_spelling(value->attr), SPAN_ARGS(value->octets)));
	}
	if (row->state != ENTRY_ACTIVE && report->fact_count < CONFLICT_FACTS_MAX)
		facts[report->fact_count++] =
			span_str(arena_printf(arena, "state=%s", entry_state_name(row->state)));
	report->facts = facts;
}

static struct conflict_report *add(struct job *job, struct commands *commands)
{
	struct conflict_report *report = arena_zalloc(commands->arena, sizeof(*report));
	struct command *command = commands_add(job, commands, COMMAND_REPORT, KIND_CONFLICT);

	command->report = report;
	return report;
}

struct conflict_report *join_raise(
	struct job *job, struct commands *commands, enum conflict_type type)
{
	struct conflict_report *report = add(job, commands);

	report->type = type;
	return report;
}

struct conflict_report *join_report(
	struct job *job, struct commands *commands, const struct row *row, enum conflict_type type)
{
	struct conflict_report *report = join_raise(job, commands, type);

	report->anchor = row->anchor;
	report->dn = arena_copy(commands->arena, row->dn);
	put_facts(commands->arena, row, report);
	return report;
}

void join_bad_value(struct job *job, struct commands *commands, const struct row *row,
	enum attr attr, struct span octets)
{
	struct conflict_report *report = join_report(job, commands, row, CONFLICT_BAD_VALUE);
	size_t len = octets.len < BAD_OCTETS ? octets.len : BAD_OCTETS;

	report->attr = attr;
	report->theirs = span_str(hex_format(commands->arena, span_of(octets.data, len)));
}

#define UNREAD "the entry"

void join_unread(struct job *job, struct commands *commands, const struct row *row)
{
	struct conflict_report *report = join_report(job, commands, row, CONFLICT_BAD_VALUE);
	struct record record;

	if (link_find(job, &row->anchor, &record))
		report->subject = record.id;
	report->what = SPAN(UNREAD);
	report->theirs = arena_copy(commands->arena, row->text);
	if (job->run.planning)
		draft_conflict(job, row, conflict_row(CONFLICT_BAD_VALUE)->sentence);
}

bool join_has_unread(struct job *job, const struct uuid *anchor)
{
	struct record conflict;
	uint32_t number = 0;

	while (join_next(job, anchor, &number, &conflict))
		if (is_in_state(&conflict, "open") &&
			span_equal(record_first(&conflict, ATTR_CONFLICT_ATTRIBUTE), SPAN(UNREAD)))
			return true;
	return false;
}

/* ---- closing ---- */

void join_end(struct job *job, struct commands *commands, const struct uuid *anchor, uint32_t types,
	struct span what, const char *cause)
{
	struct conflict_report *report = add(job, commands);

	report->end = true;
	report->types = types;
	report->anchor = anchor ? *anchor : (struct uuid){ { 0 } };
	report->what = arena_copy(commands->arena, what);
	report->cause = cause;
}

/* The value that the conflict is about is one that the row says still. */
static bool still_says(struct job *job, const struct row *row, const struct record *conflict)
{
	struct span theirs = record_first(conflict, ATTR_CONFLICT_THEIRS);
	struct span path = record_first(conflict, ATTR_CONFLICT_ATTRIBUTE);
	enum attr attr = attr_by_scim(KIND_USER, path);
	enum conflict_type type = conflict_by_word(record_first(conflict, ATTR_CONFLICT_TYPE));
	struct span octets = SPAN_NONE;

	for (size_t i = 0; i < row->value_count; i++) {
		if (row->values[i].attr != attr)
			continue;
		bool bad = value_canonical(
				   job->arena, attr, row->values[i].octets, &octets, NULL) != OK;
		if (type == CONFLICT_BAD_VALUE ? bad : value_equal(attr, octets, theirs))
			return true;
	}
	return false;
}

static bool follows_the_row(enum conflict_type type)
{
	switch (type) {
	case CONFLICT_UNIQUENESS:
	case CONFLICT_EMAIL_LOCAL:
	case CONFLICT_EMAIL_SCIM:
	case CONFLICT_EMAIL_SOURCES:
	case CONFLICT_EMAIL_SAME_SOURCE:
	case CONFLICT_BAD_VALUE:
		return true;
	default:
		return false;
	}
}

static bool has_email(const struct row *row)
{
	for (size_t i = 0; i < row->value_count; i++)
		if (row->values[i].attr == ATTR_EMAIL)
			return true;
	return false;
}

void join_close_over(struct job *job, struct commands *commands, const struct row *row)
{
	struct record conflict;
	uint32_t number = 0;

	for (unsigned i = 0;
		i < JOIN_ENDS_MAX && join_next(job, &row->anchor, &number, &conflict);) {
		enum conflict_type type =
			conflict_by_word(record_first(&conflict, ATTR_CONFLICT_TYPE));
		if (!is_in_state(&conflict, "open"))
			continue;
		if (!(type == CONFLICT_NO_EMAIL && has_email(row)) &&
			(!follows_the_row(type) || still_says(job, row, &conflict)))
			continue;
		join_end(job, commands, &row->anchor, 1u << type,
			record_first(&conflict, ATTR_CONFLICT_ATTRIBUTE),
			"the directory says something else");
		i++;
	}
}

void join_gone(struct job *job, struct commands *commands, const struct uuid *anchor)
{
	struct record conflict;
	uint32_t number = 0;

	while (join_next(job, anchor, &number, &conflict))
		if (is_in_state(&conflict, "open")) {
			join_end(job, commands, anchor, UINT32_MAX, SPAN_NONE,
				"the directory does not have the entry any more");
			return;
		}
}
