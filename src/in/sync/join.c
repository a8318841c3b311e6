#include "in/sync/join_int.h"

#include "core/conflict.h"
#include "model/policy.h"
#include "model/value.h"

#include <stdio.h>

/* ---- settings ---- */

static enum attr attr_of_rule(struct span text)
{
	enum attr attr = attr_by_name(text);

	if (attr == ATTR_NONE)
		attr = attr_by_scim(KIND_USER, text);
	if (attr == ATTR_NONE)
		attr = attr_by_ldap(text);
	const struct attr_row *row = attr_row(attr);
	bool may = attr != ATTR_NONE && (row->kinds >> KIND_USER & 1) && !attr_is_hidden(attr) &&
		   (row->index & INDEX_EQUALITY);
	return may ? attr : ATTR_NONE;
}

enum err join_read(const struct entry *directory, struct join_settings *settings, struct why *why)
{
	const struct value *rule;
	struct span no_email = entry_first(directory, ATTR_NO_EMAIL);

	settings->no_email = span_equal(no_email, SPAN("hold"))     ? NO_EMAIL_HOLD
			     : span_equal(no_email, SPAN("create")) ? NO_EMAIL_CREATE
								    : NO_EMAIL_ANY;
	settings->rule_count = 0;
	for (size_t i = 0; (rule = entry_value(directory, ATTR_JOIN_RULE, i)); i++) {
		enum attr attr = attr_of_rule(span_trim(rule->octets));
		if (settings->rule_count == JOIN_RULES_MAX)
			return fail(why, ERR_TOO_MANY, "join_rules", "at most %d", JOIN_RULES_MAX);
		if (attr == ATTR_NONE)
			return fail(why, ERR_VALUE, "join_rules",
				"people are not found by \"%.*s\": expected user_name, email, "
				"external_id, "
				"employee_number or the like",
				SPAN_ARGS(rule->octets));
		settings->rules[settings->rule_count++] = attr;
	}
	return OK;
}

/* ---- what it is ---- */

static bool is_of_directory(struct job *job, const struct record *user)
{
	struct record owner;
	char digits[8];

	for (size_t i = record_find(user, ATTR_LINK); i < user->count; i++) {
		struct value link = record_row(user, i);
		if (link.attr != ATTR_LINK)
			break;
		int len = snprintf(digits, sizeof(digits), "%u", (unsigned)link.source);
		if (view_by_value(job->view, job->tenant, KIND_DIRECTORY, ATTR_SOURCE_NUMBER,
			    span_of(digits, (size_t)len), &owner))
			return true;
	}
	return false;
}

/* By whose word the person has the address. */
static enum conflict_type type_of_email(
	struct job *job, const struct record *user, struct span octets)
{
	struct record owner;
	char digits[8];

	for (size_t i = record_find(user, ATTR_EMAIL); i < user->count; i++) {
		struct value email = record_row(user, i);
		if (email.attr != ATTR_EMAIL)
			break;
		if (!value_equal(ATTR_EMAIL, email.octets, octets))
			continue;
		if (email.source == job->settings.source)
			return CONFLICT_EMAIL_SAME_SOURCE;
		int len = snprintf(digits, sizeof(digits), "%u", (unsigned)email.source);
		struct span number = span_of(digits, (size_t)len);
		if (view_by_value(job->view, job->tenant, KIND_DIRECTORY, ATTR_SOURCE_NUMBER,
			    number, &owner))
			return CONFLICT_EMAIL_SOURCES;
		if (email.source != SOURCE_LOCAL &&
			view_by_value(job->view, job->tenant, KIND_CLIENT, ATTR_SOURCE_NUMBER,
				number, &owner) &&
			span_equal(record_first(&owner, ATTR_CLIENT_TYPE), SPAN("scim")))
			return CONFLICT_EMAIL_SCIM;
	}
	return CONFLICT_EMAIL_LOCAL;
}

static const struct match *reborn(const struct joining *j)
{
	for (size_t i = 0; i < j->count; i++)
		if (j->matches[i].gone)
			return &j->matches[i];
	return NULL;
}

/* Of one match, or of a value that another row is to have. */
static enum conflict_type type_of_one(const struct joining *j)
{
	if (j->by_row)
		return j->taken == ATTR_EMAIL ? CONFLICT_EMAIL_SAME_SOURCE : CONFLICT_UNIQUENESS;
	const struct record *user = &j->matches[0].user;
	bool is_email = j->taken == ATTR_EMAIL;
	for (size_t i = 0; i < j->matches[0].count; i++)
		is_email |= j->matches[0].attrs[i] == ATTR_EMAIL;
	if (!is_email)
		return j->taken == ATTR_NONE ||
				       (!j->matches[0].ours && is_of_directory(j->job, user))
			       ? CONFLICT_CLAIM
			       : CONFLICT_UNIQUENESS;
	for (size_t i = 0; i < j->row->value_count; i++)
		if (j->row->values[i].attr == ATTR_EMAIL)
			return type_of_email(j->job, user, j->row->values[i].octets);
	return CONFLICT_CLAIM;
}

static enum conflict_type type_of(const struct joining *j)
{
	if (reborn(j))
		return CONFLICT_REBORN;
	return j->count > 1 ? CONFLICT_AMBIGUOUS : type_of_one(j);
}

/* ---- telling ---- */

static void put_candidates(const struct joining *j, struct conflict_report *report)
{
	struct arena *arena = j->commands->arena;
	struct conflict_candidate *rows = arena_array(arena, j->count + 1, sizeof(*rows));

	for (size_t i = 0; i < j->count; i++) {
		const char *why = "";
		for (size_t k = 0; k < j->matches[i].count; k++)
			why = arena_printf(arena, "%s%s%s", why, k ? " " : "",
				attr_spelling(j->matches[i].attrs[k]));
		rows[i] = (struct conflict_candidate){ j->matches[i].user.id, span_str(why) };
	}
	report->candidates = rows;
	report->candidate_count = j->count;
}

static enum attr first_email(const struct joining *j, struct span *octets)
{
	for (size_t i = 0; i < j->row->value_count; i++)
		if (j->row->values[i].attr == ATTR_EMAIL) {
			*octets = j->row->values[i].octets;
			return ATTR_EMAIL;
		}
	return j->taken;
}

static bool is_about_email(enum conflict_type type)
{
	return type == CONFLICT_EMAIL_LOCAL || type == CONFLICT_EMAIL_SCIM ||
	       type == CONFLICT_EMAIL_SOURCES || type == CONFLICT_EMAIL_SAME_SOURCE;
}

/* As it would be stored, so that it is the same when the core says it. */
static struct span stored(const struct joining *j, enum attr attr, struct span octets)
{
	struct span canonical = octets;

	if (attr != ATTR_NONE)
		(void)value_canonical(j->commands->arena, attr, octets, &canonical, NULL);
	return arena_copy(j->commands->arena, canonical.len ? canonical : octets);
}

/* What the answer is about: of an address the address, else the first value that matched. */
static void put_subject(
	const struct joining *j, enum conflict_type type, struct conflict_report *report)
{
	const struct match *match = reborn(j);
	struct span octets = j->value;
	struct record holder;

	report->attr = j->taken;
	if (is_about_email(type))
		report->attr = first_email(j, &octets);
	report->theirs = stored(j, report->attr, octets);
	if (type == CONFLICT_AMBIGUOUS)
		return;
	if (!match && j->count > 0)
		match = &j->matches[0];
	if (match)
		report->subject = match->user.id;
	else if (j->by_row && link_find(j->job, &j->claimer, &holder))
		report->subject = holder.id;
	if (match && report->attr == ATTR_NONE && match->count > 0)
		report->attr = match->attrs[0];
}

static enum join hold(struct joining *j, enum conflict_type type)
{
	struct conflict_report *report = join_report(j->job, j->commands, j->row, type);

	if (type != CONFLICT_NO_EMAIL)
		put_subject(j, type, report);
	put_candidates(j, report);
	entry_note(j->job, j->row, conflict_row(type)->sentence);
	return JOIN_HELD;
}

/* ---- the decision ---- */

#define QUESTIONS                                                                                  \
	(1u << CONFLICT_UNIQUENESS | 1u << CONFLICT_EMAIL_LOCAL | 1u << CONFLICT_EMAIL_SCIM |      \
		1u << CONFLICT_EMAIL_SOURCES | 1u << CONFLICT_EMAIL_SAME_SOURCE |                  \
		1u << CONFLICT_NO_EMAIL | 1u << CONFLICT_CLAIM | 1u << CONFLICT_AMBIGUOUS |        \
		1u << CONFLICT_REBORN)

struct answers {
	bool ignored, create;
	uint32_t open; /* bits 1 << type */
};

static struct answers read_answers(struct job *job, const struct uuid *anchor)
{
	struct answers answers = { 0 };
	struct record conflict;
	uint32_t number = 0;

	while (join_next(job, anchor, &number, &conflict)) {
		struct span state = record_first(&conflict, ATTR_CONFLICT_STATE);
		enum conflict_type type =
			conflict_by_word(record_first(&conflict, ATTR_CONFLICT_TYPE));
		answers.ignored |= span_equal(state, span_str(resolution_state(RESOLUTION_IGNORE)));
		answers.create |= span_equal(state, span_str(resolution_state(RESOLUTION_CREATE)));
		if (span_equal(state, SPAN("open")))
			answers.open |= 1u << type;
	}
	return answers;
}

static bool has_email(const struct row *row)
{
	for (size_t i = 0; i < row->value_count; i++)
		if (row->values[i].attr == ATTR_EMAIL)
			return true;
	return false;
}

/* What was open about the entry and is not what stands in its way now. */
static void close_others(struct joining *j, uint32_t open)
{
	if (open & QUESTIONS)
		join_end(j->job, j->commands, &j->row->anchor, open & QUESTIONS, SPAN_NONE,
			"the directory or somebody here says something else");
}

static enum join decide(struct joining *j, const struct answers *answers, unsigned *without)
{
	enum no_email rule = j->job->settings.join.no_email;
	bool lacks = !has_email(j->row);

	if (answers->create) {
		*without |= j->without;
		return JOIN_NEW;
	}
	if (j->count > 0 || j->by_row) {
		enum conflict_type type = type_of(j);
		close_others(j, answers->open & ~(1u << type));
		return hold(j, type);
	}
	if (lacks && rule == NO_EMAIL_HOLD) {
		close_others(j, answers->open & ~(1u << CONFLICT_NO_EMAIL));
		return hold(j, CONFLICT_NO_EMAIL);
	}
	close_others(j, answers->open);
	if (lacks && rule == NO_EMAIL_CREATE)
		*without |= WITHOUT_PASSWORD;
	return JOIN_NEW;
}

enum join join_decide(
	struct job *job, struct commands *commands, const struct row *row, unsigned *without)
{
	struct joining *j = arena_zalloc(job->arena, sizeof(*j));
	struct answers answers = read_answers(job, &row->anchor);

	j->job = job;
	j->commands = commands;
	j->row = row;
	j->strict = (*without & (WITHOUT_EMAIL | WITHOUT_NAME)) != 0;
	*without &= ~(unsigned)(WITHOUT_EMAIL | WITHOUT_NAME);
	if (answers.ignored)
		return JOIN_NONE;
	if (row->state == ENTRY_OUT_OF_SCOPE) {
		join_gone(job, commands, &row->anchor);
		return JOIN_NONE;
	}
	join_find(j);
	return decide(j, &answers, without);
}

bool join_may_return(struct job *job, struct commands *commands, const struct row *row,
	const struct record *known)
{
	if (job->settings.join.no_email != NO_EMAIL_HOLD || has_email(row) ||
		row->state != ENTRY_ACTIVE || !link_is_gone(job, known))
		return true;
	struct conflict_report *report = join_report(job, commands, row, CONFLICT_NO_EMAIL);
	report->subject = known->id;
	entry_note(job, row, conflict_row(CONFLICT_NO_EMAIL)->sentence);
	return false;
}

/* ---- after a complete refresh ---- */

static bool is_named(struct job *job, const struct uuid *anchor)
{
	struct record record;

	const struct touch *touch = touch_find(&job->run.touches, anchor);
	return (touch && !touch->dead) || link_find(job, anchor, &record);
}

enum err apply_joins(struct job *job, struct commands *commands, struct why *why)
{
	struct uuid anchor;
	struct record conflict;
	enum err err = OK;

	for (uint32_t number = 0;
		!err && job->run.complete &&
		view_next_by_value(job->view, job->arena, job->tenant, KIND_CONFLICT,
			ATTR_CONFLICT_SOURCE, uuid_span(&job->settings.id), number, &conflict);) {
		struct span link = record_first(&conflict, ATTR_CONFLICT_ANCHOR);
		number = conflict.number + 1;
		if (!span_equal(record_first(&conflict, ATTR_CONFLICT_STATE), SPAN("open")) ||
			!uuid_from_octets(span_from(link, 2), &anchor) || is_named(job, &anchor))
			continue;
		join_gone(job, commands, &anchor);
		if (commands_are_many(commands))
			err = commands_finish(job, commands, why);
	}
	return err;
}
