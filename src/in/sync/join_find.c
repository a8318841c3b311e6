#include "in/sync/join_int.h"

#include "core/conflict.h"
#include "model/policy.h"
#include "model/value.h"

#define LOOKED_AT 16 /* people with one value */

static bool has_left(struct job *job, const struct record *user, const struct uuid *anchor)
{
	const struct touch *touch = touch_find(&job->run.touches, anchor);

	return link_is_gone(job, user) || (touch && touch->loss != 0);
}

/* What the row of somebody known says decides whether they keep it. */
static bool is_being_changed(struct job *job, const struct uuid *anchor)
{
	const struct touch *touch = touch_find(&job->run.touches, anchor);

	return touch && !touch->dead && touch->loss == 0;
}

static struct match *match_of(struct joining *j, const struct record *user)
{
	for (size_t i = 0; i < j->count; i++)
		if (j->matches[i].user.number == user->number)
			return &j->matches[i];
	if (j->count == CONFLICT_CANDIDATES_MAX)
		return NULL;
	struct match *match = &j->matches[j->count++];
	*match = (struct match){ .user = *user };
	struct uuid anchor;
	match->ours = link_of(user, j->job->settings.source, &anchor);
	match->gone = match->ours && has_left(j->job, user, &anchor);
	return match;
}

/* An address that a leaver of this directory had is free for whoever comes. */
static bool is_released(const struct match *match, enum attr attr)
{
	return match->gone && attr == ATTR_EMAIL;
}

static void add_match(struct joining *j, const struct record *user, enum attr attr, bool proposes)
{
	struct uuid anchor;

	/* Two of this directory who are both there are two. */
	if (link_of(user, j->job->settings.source, &anchor) && !has_left(j->job, user, &anchor) &&
		(proposes || (!j->strict && is_being_changed(j->job, &anchor))))
		return;
	struct match *match = match_of(j, user);
	if (!match)
		return;
	for (size_t i = 0; i < match->count; i++)
		if (match->attrs[i] == attr)
			return;
	if (match->count < JOIN_RULES_MAX + 2)
		match->attrs[match->count++] = attr;
}

static void find_by(struct joining *j, enum attr attr, struct span octets, bool proposes)
{
	struct job *job = j->job;
	struct span normal = value_normal(job->arena, attr, octets);
	struct record user;
	uint32_t number = 0;

	for (unsigned i = 0; i < LOOKED_AT && view_next_by_value(job->view, job->arena, job->tenant,
						      KIND_USER, attr, normal, number, &user);
		i++) {
		add_match(j, &user, attr, proposes);
		number = user.number + 1;
	}
}

static bool is_unique(struct job *job, enum attr attr)
{
	return attr == ATTR_USER_NAME ||
	       (attr == ATTR_EMAIL && view_policy(job->view, job->tenant,
					      POLICY_EMAIL_UNIQUENESS) == EMAIL_UNIQUE);
}

static void note_taken(struct joining *j, enum attr attr, struct span octets, bool by_row)
{
	j->without |= attr == ATTR_EMAIL ? WITHOUT_EMAIL : WITHOUT_NAME;
	if (j->taken != ATTR_NONE)
		return;
	j->taken = attr;
	j->value = octets;
	j->by_row = by_row;
}

static bool is_taken(const struct joining *j, enum attr attr)
{
	for (size_t i = 0; i < j->count; i++)
		for (size_t k = 0; k < j->matches[i].count; k++)
			if (j->matches[i].attrs[k] == attr && !is_released(&j->matches[i], attr))
				return true;
	return false;
}

static void find_taken(struct joining *j)
{
	for (size_t i = 0; i < j->row->value_count; i++) {
		enum attr attr = j->row->values[i].attr;
		struct span octets = j->row->values[i].octets;
		struct uuid by;
		if ((attr != ATTR_EMAIL && attr != ATTR_USER_NAME) || !is_unique(j->job, attr))
			continue;
		find_by(j, attr, octets, false);
		if (is_taken(j, attr)) {
			note_taken(j, attr, octets, false);
		} else if (join_claimed(j->job, j->row, attr,
				   value_normal(j->job->arena, attr, octets), &by)) {
			note_taken(j, attr, octets, true);
			j->claimer = by;
		}
	}
}

static void find_proposed(struct joining *j)
{
	const struct join_settings *settings = &j->job->settings.join;

	for (size_t r = 0; r < settings->rule_count; r++)
		for (size_t i = 0; i < j->row->value_count; i++)
			if (j->row->values[i].attr == settings->rules[r])
				find_by(j, settings->rules[r], j->row->values[i].octets, true);
}

/* Who is only matched by an address that a leaver had is nobody. */
static void drop_released(struct joining *j)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->count; i++) {
		struct match *match = &j->matches[i];
		bool counts = false;
		for (size_t k = 0; k < match->count; k++)
			counts |= !is_released(match, match->attrs[k]);
		if (counts)
			j->matches[kept++] = *match;
	}
	j->count = kept;
}

void join_find(struct joining *j)
{
	find_taken(j);
	find_proposed(j);
	drop_released(j);
}
