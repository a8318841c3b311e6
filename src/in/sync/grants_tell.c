#include "core/conflict.h"
#include "in/sync/join_int.h"

#include <inttypes.h>

#define OF_A_ROW                                                                                   \
	(1u << CONFLICT_ROLE_MISSING | 1u << CONFLICT_SITE_MISSING | 1u << CONFLICT_GRANT |        \
		1u << CONFLICT_GROUP_GONE)

/* What is said of the rows now; what was said of others is over. */
struct telling {
	struct job *job;
	struct commands *commands;
	const struct sites *sites;
	bool all;    /* sites are of everybody */
	size_t most; /* commands then */
};

static struct span text_of(struct arena *arena, enum kind kind, struct span name)
{
	return span_str(arena_printf(arena, "%s:%.*s", kind_row(kind)->word, SPAN_ARGS(name)));
}

static struct span name_of(struct job *job, const struct uuid *anchor, struct span otherwise)
{
	struct record group;
	struct member who;

	if (link_find(job, anchor, &group))
		return record_first(&group, ATTR_COMMON_NAME);
	if (ahead_find(job, anchor, &who) && (who.number & MEMBER_NEW))
		return ahead_newcomer(&job->run, who.number)->name;
	return otherwise;
}

static void put_facts(
	struct arena *arena, struct conflict_report *report, struct span group, uint32_t people)
{
	struct span *facts = arena_array(arena, 2, sizeof(*facts));

	facts[0] = span_str(arena_printf(arena, "group=%.*s", SPAN_ARGS(group)));
	facts[1] = span_str(arena_printf(arena, "people=%" PRIu32, people));
	report->facts = facts;
	report->fact_count = 2;
}

/* ---- what a row gives is not there ---- */

static bool is_there(struct job *job, const struct target *target)
{
	struct record record;

	return grants_container(job, target, &record);
}

static void tell_missing(const struct telling *t, const struct target *target)
{
	struct job *job = t->job;
	struct arena *arena = t->commands->arena;
	struct conflict_report *report = join_raise(job, t->commands,
		target->kind == KIND_SCOPE ? CONFLICT_SITE_MISSING : CONFLICT_ROLE_MISSING);
	char name[64];

	report->what = text_of(arena, target->kind, target->name);
	report->theirs = arena_copy(arena, target->group);
	status_text(name, sizeof(name), target->name);
	status_note(
		job, "there is no %s %s that a group maps to", kind_row(target->kind)->word, name);
	job->run.counts.held++;
}

/* Once a value, however many people have it. */
static void tell_missing_sites(const struct telling *t)
{
	struct arena *arena = t->commands->arena;
	struct span value;
	enum attr attr;
	char name[64];

	for (size_t at = 0; t->commands->count < t->most && t->sites &&
			    sites_next_missing(t->sites, &at, &value, &attr);) {
		struct conflict_report *report =
			join_raise(t->job, t->commands, CONFLICT_SITE_MISSING);
		report->what = text_of(arena, KIND_SCOPE, value);
		report->theirs = span_str(attr_spelling(attr));
		status_text(name, sizeof(name), value);
		status_note(t->job, "there is no scope %s that people's %s names", name,
			attr_spelling(attr));
		t->job->run.counts.held++;
	}
}

static bool is_missing_still(const struct telling *t, const struct record *conflict)
{
	const struct settings *settings = &t->job->settings;
	struct span what = record_first(conflict, ATTR_CONFLICT_ATTRIBUTE), value;
	struct span name = span_from(what, span_find(what, ':') + 1);
	struct record record;
	enum attr attr;

	for (size_t i = 0; i < settings->target_count; i++)
		if (settings->targets[i].attr == ATTR_NONE &&
			!is_there(t->job, &settings->targets[i]) &&
			span_equal(what, text_of(t->job->arena, settings->targets[i].kind,
						 settings->targets[i].name)))
			return true;
	for (size_t at = 0; t->sites && sites_next_missing(t->sites, &at, &value, &attr);)
		if (span_equal(name, value))
			return true;
	/* Of whom the run does not name, others may have it still. */
	bool by_attribute = false;
	for (size_t i = 0; i < settings->target_count; i++)
		by_attribute |= settings->targets[i].attr != ATTR_NONE;
	return !t->all && by_attribute && span_starts(what, SPAN("scope:")) &&
	       !view_by_name(
		       t->job->view, t->job->arena, t->job->tenant, KIND_SCOPE, name, &record);
}

/* ---- what somebody must approve ---- */

static void tell_waiting(const struct telling *t, size_t i, const struct member *who)
{
	struct job *job = t->job;
	struct arena *arena = t->commands->arena;
	const struct target *target = &job->settings.targets[i];
	struct pin *pin = &job->pins.rows[i];
	struct conflict_report *report;
	struct record role;
	char name[64], group[64];

	if (!grants_container(job, target, &role))
		return;
	struct span called = arena_copy(arena, name_of(job, &pin->anchor, target->group));
	report = join_raise(job, t->commands, CONFLICT_GRANT);
	report->anchor = pin->anchor;
	report->subject = role.id;
	report->what = text_of(arena, KIND_ROLE, target->name);
	report->theirs = called;
	pin->people = roles_people_below(job, who->number);
	put_facts(arena, report, called, pin->people);
	status_text(name, sizeof(name), target->name);
	status_text(group, sizeof(group), called);
	status_note(job, "that the group %s gives the role %s is to be approved", group, name);
	job->run.counts.held++;
}

static bool is_waiting_still(
	const struct telling *t, const struct record *conflict, const struct uuid *anchor)
{
	struct job *job = t->job;
	struct span what = record_first(conflict, ATTR_CONFLICT_ATTRIBUTE);
	struct member who;

	for (size_t i = 0; i < job->settings.target_count; i++)
		if (job->settings.targets[i].kind == KIND_ROLE &&
			uuid_equal(&job->pins.rows[i].anchor, anchor) &&
			grants_state(job, i, &who) == PIN_WAITS &&
			span_equal(what,
				text_of(job->arena, KIND_ROLE, job->settings.targets[i].name)))
			return true;
	return false;
}

/* ---- a group that is gone ---- */

void grants_tell_gone(struct job *job, struct commands *commands, const struct loss *loss)
{
	struct arena *arena = commands->arena;
	struct conflict_report *report = join_raise(job, commands, CONFLICT_GROUP_GONE);
	struct span name = arena_copy(arena, name_of(job, &loss->anchor, SPAN_NONE));
	struct record group;
	char text[64];

	if (link_find(job, &loss->anchor, &group))
		report->subject = group.id;
	report->anchor = loss->anchor;
	report->theirs = name;
	uint32_t people = roles_people_below(job, loss->number);
	put_facts(arena, report, name, people);
	status_text(text, sizeof(text), name);
	status_note(job, "the group %s is gone; what it gives to %" PRIu32 " people stays", text,
		people);
	job->run.counts.held++;
	for (size_t i = 0; i < job->pins.count; i++) {
		struct pin *pin = &job->pins.rows[i];
		if (!uuid_equal(&pin->anchor, &loss->anchor))
			continue;
		job->pins.changed |= !pin->kept || pin->people != people;
		pin->kept = true;
		pin->people = people;
	}
}

/* Who has the name now is another group: that it is meant as well, nobody has said. */
static bool find_other(struct job *job, size_t i, struct uuid *other)
{
	const struct target *target = &job->settings.targets[i];
	struct record record;
	struct member who;

	if (uuid_parse(target->group, other))
		return false;
	if (ahead_find_name(job, KIND_GROUP, target->group, &who))
		*other = ahead_newcomer(&job->run, who.number)->anchor;
	else if (!view_by_name(
			 job->view, job->arena, job->tenant, KIND_GROUP, target->group, &record) ||
		 !link_of(&record, job->settings.source, other))
		return false;
	return !uuid_equal(other, &job->pins.rows[i].anchor);
}

static void tell_reborn(const struct telling *t, size_t i, const struct uuid *other)
{
	struct job *job = t->job;
	struct arena *arena = t->commands->arena;
	struct span group = arena_copy(arena, job->settings.targets[i].group);
	struct conflict_report *report = join_raise(job, t->commands, CONFLICT_GROUP_GONE);
	char id[UUID_TEXT + 1], text[64];

	report->anchor = job->pins.rows[i].anchor;
	report->theirs = group;
	put_facts(arena, report, group, 0);
	uuid_format(other, id);
	((struct span *)report->facts)[1] =
		span_str(arena_printf(arena, "another group of the name=%s", id));
	status_text(text, sizeof(text), group);
	status_note(job, "another group is called %s now; nothing is given to it", text);
	job->run.counts.held++;
}

static bool is_gone_still(struct job *job, const struct uuid *anchor)
{
	struct uuid other;

	for (size_t i = 0; i < job->pins.count; i++)
		if (job->settings.targets[i].group.len > 0 &&
			uuid_equal(&job->pins.rows[i].anchor, anchor) &&
			(job->pins.rows[i].kept || (job->pins.rows[i].state == PIN_GONE &&
							   find_other(job, i, &other))))
			return true;
	return false;
}

/* ---- all of it ---- */

static bool is_back(struct job *job, const struct uuid *anchor, const struct member *who)
{
	const struct touch *touch = touch_find(&job->run.touches, anchor);

	if (touch)
		return !touch->dead && touch->loss == 0;
	return !(who->number & MEMBER_NEW) && bits_has(&job->run.seen, who->number);
}

static void tell_row(const struct telling *t, size_t i)
{
	struct job *job = t->job;
	const struct target *target = &job->settings.targets[i];
	struct pin *pin = &job->pins.rows[i];
	struct member who = { 0 };
	struct uuid other;
	enum pin_state state = grants_state(job, i, &who), shown = state;

	if (state == PIN_UNSEEN && pin->state != PIN_UNSEEN)
		shown = PIN_GONE;
	if (pin->kept && (state == PIN_UNSEEN || is_back(job, &pin->anchor, &who))) {
		pin->kept = false;
		job->pins.changed = true;
	}
	if (pin->kept)
		shown = PIN_GONE;
	job->pins.changed |= pin->state != shown;
	pin->state = shown;
	if (!is_there(job, target))
		tell_missing(t, target);
	if (state == PIN_WAITS)
		tell_waiting(t, i, &who);
	if (shown == PIN_GONE && !pin->kept && find_other(job, i, &other))
		tell_reborn(t, i, &other);
}

static bool stands(const struct telling *t, const struct record *conflict, struct uuid *anchor)
{
	struct span link = record_first(conflict, ATTR_CONFLICT_ANCHOR);

	*anchor = (struct uuid){ { 0 } };
	uuid_from_octets(span_from(link, 2), anchor);
	switch (conflict_by_word(record_first(conflict, ATTR_CONFLICT_TYPE))) {
	case CONFLICT_GRANT:
		return is_waiting_still(t, conflict, anchor);
	case CONFLICT_GROUP_GONE:
		return is_gone_still(t->job, anchor);
	default:
		return is_missing_still(t, conflict);
	}
}

void grants_tell(struct job *job, struct commands *commands, const struct sites *sites, bool all)
{
	const struct telling t = { job, commands, sites, all, commands->count + BATCH_MAX };
	struct record conflict;
	struct uuid anchor;
	uint32_t number = 0;

	for (size_t i = 0; i < job->settings.target_count; i++)
		if (job->settings.targets[i].attr == ATTR_NONE)
			tell_row(&t, i);
	tell_missing_sites(&t);
	while (commands->count < t.most && join_next_open(job, OF_A_ROW, &number, &conflict))
		if (!stands(&t, &conflict, &anchor)) {
			enum conflict_type type =
				conflict_by_word(record_first(&conflict, ATTR_CONFLICT_TYPE));
			join_end(job, commands, &anchor, 1u << type,
				record_first(&conflict, ATTR_CONFLICT_ATTRIBUTE),
				conflict_row(type)->closes);
		}
}
