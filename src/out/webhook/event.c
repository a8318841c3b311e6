#include "out/webhook/webhook_int.h"

#include "model/action.h"

#include <stdio.h>

#define PER_EFFECT 16 /* positions; more than there are types */

static const char *const verbs[] = {
	[EVENT_CREATED] = "created",
	[EVENT_DELETED] = "deleted",
	[EVENT_DEACTIVATED] = "deactivated",
	[EVENT_REACTIVATED] = "reactivated",
	[EVENT_PASSWORD] = "password.changed",
	[EVENT_EMAIL] = "email.changed",
	[EVENT_NAME] = "name.changed",
	[EVENT_APPS] = "apps.changed",
	[EVENT_UPDATED] = "updated",
	[EVENT_ADDED] = "added",
	[EVENT_REMOVED] = "removed",
};

/* Which event tells of a changed attribute of a person; everything else that can be seen is
 * "updated". */
static enum event_type type_of_attr(enum attr attr)
{
	const char *verb = action_verb_of(attr);

	if (attr == ATTR_ACTIVE)
		return EVENT_DEACTIVATED;
	for (enum event_type type = EVENT_CREATED; verb && type < EVENT_COUNT; type++)
		if (strcmp(verbs[type], verb) == 0)
			return type;
	return attr_is_hidden(attr) ? EVENT_NONE : EVENT_UPDATED;
}

/* What the core notes beside ATTR_ACTIVE: it is told with it. */
static bool is_about_activity(enum attr attr)
{
	return attr == ATTR_INACTIVE_REASON || attr == ATTR_STATUS_REASON ||
	       attr == ATTR_DEACTIVATED_AT || attr == ATTR_DEACTIVATED_BY;
}

bool event_covers(enum event_type type, enum attr attr)
{
	if (type == EVENT_CREATED || type == EVENT_DELETED)
		return attr == ATTR_PASSWORD || !attr_is_hidden(attr);
	if (type == EVENT_DEACTIVATED || type == EVENT_REACTIVATED)
		return attr == ATTR_ACTIVE || is_about_activity(attr);
	return type_of_attr(attr) == type;
}

/* The same values, whoever stands behind them. */
static bool values_equal(
	const struct record *a, size_t i, const struct record *b, size_t j, enum attr attr)
{
	for (;; i++, j++) {
		bool more_a = i < a->count && record_row(a, i).attr == attr;
		bool more_b = j < b->count && record_row(b, j).attr == attr;

		if (!more_a || !more_b)
			return more_a == more_b;
		if (!span_equal(record_row(a, i).octets, record_row(b, j).octets))
			return false;
	}
}

bool event_attribute_differs(const struct event *event, enum attr attr)
{
	const struct record *before = &event->before, *after = &event->after;

	return !values_equal(
		before, record_find(before, attr), after, record_find(after, attr), attr);
}

static unsigned types_in(const struct event *event, const struct record *record)
{
	unsigned types = 0;
	enum attr last = ATTR_NONE;

	for (size_t i = 0; i < record->count; i++) {
		enum attr attr = record_row(record, i).attr;

		if (attr != last && event_attribute_differs(event, attr))
			types |= 1u << type_of_attr(attr);
		last = attr;
	}
	return types;
}

static bool activity_is_all(const struct event *event, const struct record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		enum attr attr = record_row(record, i).attr;

		if (!is_about_activity(attr) && type_of_attr(attr) == EVENT_UPDATED &&
			event_attribute_differs(event, attr))
			return false;
	}
	return true;
}

/* Bits of the event types that the entry's effect means. */
static unsigned types_of_entry(const struct event *event)
{
	if (event->before.kind == KIND_NONE)
		return 1u << EVENT_CREATED;
	if (event->after.kind == KIND_NONE)
		return 1u << EVENT_DELETED;
	unsigned types = types_in(event, &event->before) | types_in(event, &event->after);
	types &= ~(1u << EVENT_NONE);
	if (event->after.kind != KIND_USER)
		return types ? 1u << EVENT_UPDATED : 0;
	if (!(types & 1u << EVENT_DEACTIVATED))
		return types;
	if (activity_is_all(event, &event->before) && activity_is_all(event, &event->after))
		types &= ~(1u << EVENT_UPDATED);
	if (record_is_true(&event->after, ATTR_ACTIVE)) {
		types &= ~(1u << EVENT_DEACTIVATED);
		types |= 1u << EVENT_REACTIVATED;
	}
	return types;
}

static bool is_deleted_here(const struct change *change, const struct uuid *id)
{
	for (size_t i = 0; i < change->count; i++)
		if (change->effects[i].type == EFFECT_ENTRY && change->effects[i].after.len == 0 &&
			uuid_equal(&change->effects[i].id, id))
			return true;
	return false;
}

/* A membership that ends with one of its ends is told by that end's deletion. A source that joins
 * or leaves others changes nothing for a receiver. */
static unsigned types_of_edge(const struct change *change, const struct effect *effect)
{
	if (effect->before.len == 0 && effect->after.len > 0)
		return 1u << EVENT_ADDED;
	if (effect->before.len > 0 && effect->after.len == 0 &&
		!is_deleted_here(change, &effect->id) &&
		!is_deleted_here(change, &effect->member_id))
		return 1u << EVENT_REMOVED;
	return 0;
}

static bool open_record(struct span bytes, struct record *record)
{
	*record = (struct record){ .kind = KIND_NONE };
	return bytes.len == 0 || record_open(bytes, record, NULL) == OK;
}

static unsigned types_of_effect(
	const struct change *change, const struct effect *effect, struct event *event)
{
	*event = (struct event){ .effect = effect };
	if (effect->type == EFFECT_EDGE)
		return types_of_edge(change, effect);
	bool told = effect->kind == KIND_USER || kind_is_container(effect->kind) ||
		    effect->kind == KIND_WEBHOOK;
	if (effect->type != EFFECT_ENTRY || !told || !open_record(effect->before, &event->before) ||
		!open_record(effect->after, &event->after))
		return 0;
	unsigned types = types_of_entry(event);
	return effect->kind == KIND_WEBHOOK ? types & 1u << EVENT_CREATED : types;
}

static void name_event(struct event *event)
{
	const struct effect *effect = event->effect;
	const char *word = kind_row(effect->kind)->word;

	if (effect->type == EFFECT_EDGE && effect->kind == KIND_GROUP)
		snprintf(event->name, sizeof event->name, "group.member.%s", verbs[event->type]);
	else if (effect->type == EFFECT_EDGE)
		snprintf(event->name, sizeof event->name, "user.%s.%s", word, verbs[event->type]);
	else
		snprintf(event->name, sizeof event->name, "%s.%s", word, verbs[event->type]);
}

bool event_next(const struct change *change, uint32_t from, struct event *event)
{
	for (size_t i = from / PER_EFFECT; i < change->count; i++) {
		unsigned types = types_of_effect(change, &change->effects[i], event);
		unsigned first = i == from / PER_EFFECT ? from % PER_EFFECT : 0;

		types = types >> first << first;
		if (types == 0)
			continue;
		event->type = (enum event_type)__builtin_ctz(types);
		event->position = (uint32_t)(i * PER_EFFECT) + event->type;
		name_event(event);
		return true;
	}
	return false;
}

struct uuid event_person(const struct event *event)
{
	const struct effect *effect = event->effect;

	if (effect->type == EFFECT_EDGE && effect->member_kind == KIND_USER)
		return effect->member_id;
	return effect->type == EFFECT_ENTRY && effect->kind == KIND_USER ? effect->id
									 : (struct uuid){ { 0 } };
}

bool event_matches(const char *name, struct span pattern)
{
	struct span text = span_str(name);

	if (pattern.len > 0 && pattern.data[pattern.len - 1] == '*')
		return span_starts(text, span_of(pattern.data, pattern.len - 1));
	return span_equal(text, pattern);
}
