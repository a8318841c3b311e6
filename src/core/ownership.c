#include "core/core_int.h"

#include "model/value.h"

/* ---- the same value elsewhere ---- */

static const struct value *find_equal(const struct entry *entry, const struct value *wanted)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, wanted->attr, i)); i++)
		if (span_equal(value->octets, wanted->octets))
			return value;
	return NULL;
}

bool instance_in(const struct entry *entry, const struct entry *other, enum attr attr,
	uint16_t instance, uint16_t *found)
{
	enum attr lead = attr_family(attr);
	if (attr_manner(lead) == MANNER_FIELD) {
		*found = instance;
		return entry_instance(entry, attr, instance) != NULL;
	}
	const struct value *value = entry_instance(other, lead, instance);
	const struct value *there = value ? find_equal(entry, value) : NULL;
	if (there)
		*found = there->instance;
	return there != NULL;
}

/* What `entry` says in the place of the value, which stands in `other`: the same octets of a set,
 * else whatever the one place holds; NULL: nothing. */
static const struct value *counterpart(
	const struct entry *entry, const struct entry *other, const struct value *value)
{
	uint16_t instance;
	switch (attr_manner(value->attr)) {
	case MANNER_SINGLE:
		return entry_value(entry, value->attr, 0);
	case MANNER_SOURCE:
		return entry_instance(entry, value->attr, value->instance);
	case MANNER_SET:
		return find_equal(entry, value);
	default:
		return instance_in(entry, other, value->attr, value->instance, &instance)
			       ? entry_instance(entry, value->attr, instance)
			       : NULL;
	}
}

/* ---- clashes ---- */

struct claims {
	struct run *run;
	const struct entry *before;
	struct owner self, other; /* other: of the source asked for last */
	uint16_t asked;
	bool known, adopts, decided;
};

static struct claims claims_of(struct run *run, const struct entry *before)
{
	return (struct claims){
		.run = run, .before = before, .self = owner_of_actor(run), .known = false
	};
}

/* Our own housekeeping says nothing of people, and of a built-in role nobody does. */
static bool is_bound(const struct run *run, const struct entry *entry)
{
	return run->actor->type != ACTOR_SYSTEM && !entry_has(entry, ATTR_BUILT_IN) &&
	       (entry->kind == KIND_USER || kind_is_container(entry->kind));
}

static const struct owner *owner_of(struct claims *claims, uint16_t source)
{
	if (!claims->known || claims->asked != source)
		claims->other = owner_of_source(claims->run, source);
	claims->known = true;
	claims->asked = source;
	return &claims->other;
}

static bool adopts(struct claims *claims)
{
	if (!claims->decided)
		claims->adopts = owner_takes_over(claims->run, &claims->self, claims->before);
	claims->decided = true;
	return claims->adopts;
}

/* What it carried along of passwords that are asked of it says nothing: see core/verifier.h. */
static bool passes_through(struct run *run, const struct owner *owner)
{
	struct record record;
	return find_by_source(
		       run->txn, run->command->tenant, KIND_DIRECTORY, owner->source, &record) &&
	       record_is_true(&record, ATTR_PASS_THROUGH);
}

/* Another authority says the value, and may not be overruled. */
static bool is_anothers(struct claims *claims, const struct value *value)
{
	if (value->source == claims->run->actor->source || value->source == SOURCE_DERIVED ||
		!attr_is_owned(value->attr))
		return false;
	const struct owner *owner = owner_of(claims, value->source);
	if (owner->type == OWNER_NOBODY || owner_is_same(owner, &claims->self))
		return false;
	if (value->attr == ATTR_PASSWORD)
		return owner->type == OWNER_DIRECTORY && !passes_through(claims->run, owner);
	/* Their precedence has decided. */
	if (owner->type == OWNER_DIRECTORY && claims->self.type == OWNER_DIRECTORY)
		return !attr_is_shared(value->attr);
	if (owner->type == OWNER_DIRECTORY && claims->self.type == OWNER_LOCAL) {
		enum mastery rule = owner_mastery(owner, value->attr);
		return rule != MASTERY_LOCAL && rule != MASTERY_UNTIL_EDITED;
	}
	return owner->type != OWNER_LOCAL || !adopts(claims);
}

static bool is_led(const struct entry *entry, const struct value *value)
{
	uint16_t instance;
	return attr_manner(value->attr) != MANNER_UNDER ||
	       instance_in(entry, entry, value->attr, value->instance, &instance);
}

/* A part goes with the value that leads it, if that may go. */
static bool still_stands(
	const struct entry *before, const struct entry *after, const struct value *value)
{
	uint16_t instance;
	if (attr_manner(value->attr) == MANNER_UNDER && is_led(before, value) &&
		!instance_in(after, before, value->attr, value->instance, &instance))
		return true;
	const struct value *now = counterpart(after, before, value);
	return now && span_equal(now->octets, value->octets);
}

/* All that others say of the instance stands in that one; `sources`: and is still theirs. */
static bool stands_in(struct claims *claims, const struct entry *after, const struct value *of,
	uint16_t to, bool sources)
{
	const struct entry *before = claims->before;
	for (size_t i = 0; i < before->count; i++) {
		const struct value *value = &before->values[i];
		if (attr_family(value->attr) != attr_family(of->attr) ||
			value->instance != of->instance || !is_anothers(claims, value))
			continue;
		const struct value *now = entry_instance(after, value->attr, to);
		if (!now || !span_equal(now->octets, value->octets) ||
			(sources && now->source != value->source))
			return false;
	}
	return true;
}

/* No value leads an address: its fields may have come to stand in another instance. */
static bool stands_elsewhere(struct claims *claims, const struct entry *after,
	const struct value *value, bool sources, uint16_t *where)
{
	const struct value *now;
	if (attr_manner(value->attr) != MANNER_FIELD)
		return false;
	for (size_t i = 0; (now = entry_value(after, value->attr, i)); i++)
		if (span_equal(now->octets, value->octets) &&
			stands_in(claims, after, value, now->instance, sources)) {
			*where = now->instance;
			return true;
		}
	return false;
}

/* A set has no place: what is new in it is offered for what goes. */
static struct span offered(
	const struct entry *before, const struct entry *after, const struct value *value)
{
	const struct value *now = counterpart(after, before, value);
	for (size_t i = 0; !now && attr_manner(value->attr) == MANNER_SET; i++) {
		const struct value *next = entry_value(after, value->attr, i);
		if (!next)
			break;
		now = find_equal(before, next) ? NULL : next;
	}
	return now ? now->octets : SPAN_NONE;
}

static bool is_kept(struct claims *claims, const struct entry *after, const struct value *value)
{
	uint16_t where;
	if (attr_manner(value->attr) == MANNER_FIELD)
		return !is_anothers(claims, value) ||
		       stands_elsewhere(claims, after, value, true, &where);
	return still_stands(claims->before, after, value) || !is_anothers(claims, value);
}

enum err ownership_check(struct run *run, const struct entry *before, const struct entry *after)
{
	if (!is_bound(run, before))
		return OK;
	struct claims claims = claims_of(run, before);
	for (size_t i = 0; i < before->count; i++) {
		const struct value *value = &before->values[i];
		if (is_kept(&claims, after, value))
			continue;
		const struct owner owner = *owner_of(&claims, value->source);
		run_clash(run, CONFLICT_OWNED, before, value->attr, value->octets,
			offered(before, after, value));
		return fail(run->why, ERR_OWNED, rules_spelling(before->kind, value->attr),
			"owned by %s", owner_phrase(run, &owner));
	}
	return OK;
}

/* ---- what is said again ---- */

/* Another's address that was said again has its fields back, wherever it stands now. */
static void settle_address(struct claims *claims, struct entry *after, const struct value *value)
{
	uint16_t where;
	if (!is_anothers(claims, value) || stands_elsewhere(claims, after, value, true, &where) ||
		!stands_elsewhere(claims, after, value, false, &where))
		return;
	for (size_t i = 0; i < after->count; i++) {
		struct value *now = &after->values[i];
		const struct value *old =
			entry_instance(claims->before, now->attr, value->instance);
		if (attr_family(now->attr) == attr_family(value->attr) && now->instance == where &&
			old && is_anothers(claims, old))
			now->source = old->source;
	}
}

/* A part that was another's, and now stands under a value of the actor's. */
static bool is_taken_along(
	struct claims *claims, const struct entry *after, const struct value *value)
{
	uint16_t instance;
	return attr_manner(value->attr) == MANNER_UNDER && is_anothers(claims, value) &&
	       !instance_in(claims->before, after, value->attr, value->instance, &instance);
}

static void settle_source(struct claims *claims, struct entry *after, struct value *value)
{
	const struct value *old = counterpart(claims->before, after, value);
	if (is_taken_along(claims, after, value)) {
		value->source = claims->run->actor->source;
		return;
	}
	if (!old || old->source == value->source || old->source == SOURCE_DERIVED ||
		attr_manner(value->attr) == MANNER_FIELD || !span_equal(old->octets, value->octets))
		return;
	enum owner_type type = owner_of(claims, old->source)->type;
	if (type != OWNER_NOBODY && (type != OWNER_LOCAL || !adopts(claims)))
		value->source = old->source;
}

void ownership_settle_sources(struct run *run, const struct entry *before, struct entry *after)
{
	struct claims claims = claims_of(run, before);
	for (size_t i = 0; i < before->count; i++)
		if (attr_manner(before->values[i].attr) == MANNER_FIELD)
			settle_address(&claims, after, &before->values[i]);
	for (size_t i = 0; i < after->count; i++)
		settle_source(&claims, after, &after->values[i]);
}

/* ---- what was left out ---- */

static bool has_primary(const struct entry *entry, enum attr attr)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, attr, i)); i++)
		if (span_equal(value->octets, SPAN("TRUE")))
			return true;
	return false;
}

static enum attr family_end(enum attr family)
{
	enum attr last = family;
	while (attr_family((enum attr)(last + 1)) == family)
		last = (enum attr)(last + 1);
	return last;
}

static enum err put_back(
	struct run *run, struct entry *after, const struct value *value, uint16_t instance)
{
	/* RFC 7643 section 2.4: one value at most is primary; that another is now, is a clash. */
	if (attr_row(value->attr)->syntax == SYNTAX_BOOLEAN && attr_is_part(value->attr) &&
		has_primary(after, value->attr))
		return OK;
	return entry_add(after, value->attr, instance, value->source, value->octets, run->why);
}

/* Nothing new has come to stand in the instance. */
static bool is_place_kept(
	const struct entry *before, const struct entry *after, enum attr family, uint16_t instance)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct value *now = &after->values[i];
		if (attr_family(now->attr) != family || now->instance != instance)
			continue;
		const struct value *old = entry_instance(before, now->attr, instance);
		if (!old || !span_equal(old->octets, now->octets))
			return false;
	}
	return true;
}

/* What others say in the instance, all of it, in its place or in one of its own. */
static enum err bring_instance(
	struct claims *claims, struct entry *after, const struct value *value)
{
	enum err err = OK;
	enum attr family = attr_family(value->attr), last = family_end(family);
	uint16_t instance = value->instance;
	bool field = attr_manner(family) == MANNER_FIELD;
	if (!is_place_kept(claims->before, after, family, instance))
		instance = entry_next_instance(after, family, last);
	for (size_t i = 0; !err && i < claims->before->count; i++) {
		const struct value *part = &claims->before->values[i];
		if (attr_family(part->attr) != family || part->instance != value->instance ||
			(field && !is_anothers(claims, part)))
			continue;
		const struct value *there = entry_instance(after, part->attr, part->instance);
		if (there && (instance == part->instance || there->source == part->source))
			entry_remove_instance(after, part->attr, part->instance);
		err = put_back(claims->run, after, part, instance);
	}
	return err;
}

static enum err keep_value(struct claims *claims, struct entry *after, const struct value *value)
{
	const struct entry *before = claims->before;
	uint16_t instance;
	switch (attr_manner(value->attr)) {
	case MANNER_SINGLE:
		return put_back(claims->run, after, value, 0);
	case MANNER_UNDER:
		/* Its instance is back with its lead, or the lead was free to go. */
		if (!instance_in(after, before, value->attr, value->instance, &instance) ||
			entry_instance(after, value->attr, instance))
			return OK;
		return put_back(claims->run, after, value, instance);
	case MANNER_FIELD:
		if (stands_elsewhere(claims, after, value, false, &instance))
			return OK;
		return bring_instance(claims, after, value);
	default:
		if (attr_is_part(value->attr))
			return bring_instance(claims, after, value);
		instance = entry_next_instance(after, value->attr, value->attr);
		return put_back(claims->run, after, value, instance);
	}
}

static enum err keep_attribute(struct claims *claims, struct entry *after, enum attr attr)
{
	const struct value *value;
	enum err err = OK;
	bool field = attr_manner(attr) == MANNER_FIELD;
	for (size_t i = 0; !err && (value = entry_value(claims->before, attr, i)); i++)
		if ((field || !counterpart(after, claims->before, value)) &&
			is_anothers(claims, value))
			err = keep_value(claims, after, value);
	return err;
}

enum err ownership_keep(struct run *run, const struct entry *before, struct entry *after,
	const struct modification *mods, size_t count)
{
	enum err err = OK;
	if (!is_bound(run, before))
		return OK;
	struct claims claims = claims_of(run, before);
	for (size_t i = 0; !err && i < count; i++)
		if (mods[i].own_only)
			err = keep_attribute(&claims, after, mods[i].attr);
	return err;
}

/* ---- the whole entry ---- */

enum err ownership_check_delete(struct run *run, const struct entry *entry)
{
	if (!is_bound(run, entry))
		return OK;
	struct owner self = owner_of_actor(run), owner = owner_of_entry(run, entry);
	if (owner.type == OWNER_NOBODY || owner_is_same(&owner, &self) ||
		(owner.type == OWNER_CONNECTION && !owner_is_machine(&self)) ||
		(owner.type == OWNER_LOCAL && owner_takes_over(run, &self, entry)))
		return OK;
	run_clash(run, CONFLICT_OWNED, entry, kind_row(entry->kind)->naming,
		entry_first(entry, kind_row(entry->kind)->naming), SPAN_NONE);
	return fail(run->why, ERR_OWNED, NULL, "owned by %s", owner_phrase(run, &owner));
}
