#include "model/patch.h"

#include "model/value.h"

/* Where the values of a lead attribute went, for those that follow with the same hint. */
struct placement {
	enum attr family;
	uint16_t hint, instance;
};

struct patch {
	struct entry work; /* a copy of the entry's list; the entry changes at the end */
	struct placement *placements;
	size_t placement_count, placement_capacity;
	struct why *why;
};

static bool ends_in(const char *text, const char *end)
{
	size_t len = text ? strlen(text) : 0, tail = strlen(end);

	return len >= tail && memcmp(text + len - tail, end, tail) == 0;
}

/* The first attribute of a family is its "value", or the family has none. */
static bool has_value(enum attr family)
{
	const char *scim = attr_row(family)->scim;

	return scim == NULL || ends_in(scim, ".value");
}

bool attr_is_part(enum attr attr)
{
	return attr_family(attr) != attr || attr_family((enum attr)(attr + 1)) == attr;
}

enum manner attr_manner(enum attr attr)
{
	enum attr family = attr_family(attr);

	if (attr_has(attr, ATTR_PER_SOURCE))
		return MANNER_SOURCE;
	if (attr_has(attr, ATTR_SINGLE))
		return MANNER_SINGLE;
	if (!attr_is_part(attr))
		return MANNER_SET;
	if (!has_value(family))
		return MANNER_FIELD;
	return family == attr ? MANNER_SET : MANNER_UNDER;
}

static enum attr family_last(enum attr family)
{
	enum attr last = family;

	while (attr_family((enum attr)(last + 1)) == family)
		last = (enum attr)(last + 1);
	return last;
}

static const struct value *find_equal(const struct entry *entry, enum attr attr, struct span octets)
{
	const struct value *value;

	for (size_t n = 0; (value = entry_value(entry, attr, n)) != NULL; n++) {
		if (value_equal(attr, value->octets, octets))
			return value;
	}
	return NULL;
}

static const struct value *find_instance(
	const struct entry *entry, enum attr attr, uint16_t instance)
{
	const struct value *value;

	for (size_t n = 0; (value = entry_value(entry, attr, n)) != NULL; n++) {
		if (value->instance == instance)
			return value;
	}
	return NULL;
}

static void remember(struct patch *patch, enum attr attr, uint16_t hint, uint16_t instance)
{
	if (!attr_is_part(attr))
		return;
	if (patch->placement_count == patch->placement_capacity) {
		size_t capacity = patch->placement_capacity * 2 + 8;
		struct placement *grown = arena_array(patch->work.arena, capacity, sizeof *grown);
		if (patch->placement_count > 0)
			memcpy(grown, patch->placements, patch->placement_count * sizeof *grown);
		patch->placements = grown;
		patch->placement_capacity = capacity;
	}
	patch->placements[patch->placement_count++] =
		(struct placement){ attr_family(attr), hint, instance };
}

/* The latest placement counts: a patch may use a hint again for another value. */
static uint16_t placed(const struct patch *patch, enum attr attr, uint16_t hint)
{
	for (size_t i = patch->placement_count; i > 0; i--) {
		const struct placement *placement = &patch->placements[i - 1];
		if (placement->family == attr_family(attr) && placement->hint == hint)
			return placement->instance;
	}
	return hint;
}

static uint16_t free_instance(const struct patch *patch, enum attr attr, uint16_t hint)
{
	enum attr family = attr_family(attr);

	if (find_instance(&patch->work, attr, hint) == NULL)
		return hint;
	return entry_next_instance(&patch->work, family, family_last(family));
}

static enum err put(
	struct patch *patch, const struct modification *mod, uint16_t instance, struct span octets)
{
	return entry_add(&patch->work, mod->attr, instance, mod->source, octets, patch->why);
}

static enum err check_single(struct patch *patch, const struct modification *mod)
{
	for (size_t i = 1; i < mod->count; i++) {
		if (!value_equal(mod->attr, mod->values[0].octets, mod->values[i].octets))
			return fail(patch->why, ERR_VALUE, attr_spelling(mod->attr),
				"the attribute takes one value");
	}
	return OK;
}

static enum err put_single(struct patch *patch, const struct modification *mod)
{
	enum err err = check_single(patch, mod);

	if (err != OK || mod->count == 0)
		return err;
	const struct value *old = entry_value(&patch->work, mod->attr, 0);
	if (mod->op == PATCH_ADD && old != NULL && span_equal(old->octets, mod->values[0].octets))
		return OK;
	return entry_set(&patch->work, mod->attr, mod->source, mod->values[0].octets, patch->why);
}

static enum err add_to_set(
	struct patch *patch, const struct modification *mod, const struct value *value)
{
	const struct value *equal = find_equal(&patch->work, mod->attr, value->octets);
	uint16_t instance =
		equal ? equal->instance : free_instance(patch, mod->attr, value->instance);

	remember(patch, mod->attr, value->instance, instance);
	return equal ? OK : put(patch, mod, instance, value->octets);
}

/* Values that stay keep their instances, and with them their type and the like; then the new ones
 * take the instances that are free. */
static enum err replace_set(struct patch *patch, const struct modification *mod)
{
	const struct entry before = patch->work;
	struct entry old = before;
	enum err err = OK;

	old.values = arena_array(patch->work.arena, before.count, sizeof *old.values);
	if (before.count > 0)
		memcpy(old.values, before.values, before.count * sizeof *old.values);
	entry_remove(&patch->work, mod->attr);
	for (size_t i = 0; i < mod->count && err == OK; i++) {
		const struct value *value = &mod->values[i];
		const struct value *equal = find_equal(&old, mod->attr, value->octets);
		if (equal == NULL || find_instance(&patch->work, mod->attr, equal->instance))
			continue;
		err = put(patch, mod, equal->instance, value->octets);
	}
	for (size_t i = 0; i < mod->count && err == OK; i++)
		err = add_to_set(patch, mod, &mod->values[i]);
	return err;
}

static enum err put_under(
	struct patch *patch, const struct modification *mod, const struct value *value)
{
	uint16_t instance = placed(patch, mod->attr, value->instance);
	const struct value *old = find_instance(&patch->work, mod->attr, instance);

	/* A field of an address is said of a whole: who says it again stands behind it. */
	bool again = attr_manner(mod->attr) == MANNER_FIELD && old && old->source != mod->source;
	if (mod->op == PATCH_ADD && old && !again &&
		value_equal(mod->attr, old->octets, value->octets))
		return OK;
	entry_remove_instance(&patch->work, mod->attr, instance);
	return put(patch, mod, instance, value->octets);
}

/* RFC 7643 section 2.4: "primary" is true for one instance at most. */
static enum err put_primary(
	struct patch *patch, const struct modification *mod, const struct value *value)
{
	const struct value *old;

	if (!span_equal(value->octets, SPAN("TRUE")))
		return OK;
	uint16_t instance = placed(patch, mod->attr, value->instance);
	for (size_t n = 0; (old = entry_value(&patch->work, mod->attr, n)) != NULL;) {
		if (old->instance != instance && span_equal(old->octets, SPAN("TRUE")))
			entry_remove_instance(&patch->work, mod->attr, old->instance);
		else
			n++;
	}
	return OK;
}

/* Neither two values for one instance nor two primaries. */
static enum err check_instances(struct patch *patch, const struct modification *mod)
{
	bool primary = ends_in(attr_row(mod->attr)->scim, ".primary");

	for (size_t i = 1; i < mod->count; i++) {
		const struct value *value = &mod->values[i];
		for (size_t j = 0; j < i; j++) {
			const struct value *other = &mod->values[j];
			bool equal = value_equal(mod->attr, value->octets, other->octets);
			if (value->instance == other->instance && !equal)
				return fail(patch->why, ERR_VALUE, attr_spelling(mod->attr),
					"one instance takes one value");
			if (value->instance != other->instance && primary && equal &&
				span_equal(value->octets, SPAN("TRUE")))
				return fail(patch->why, ERR_VALUE, attr_spelling(mod->attr),
					"only one of the values can be primary");
		}
	}
	return OK;
}

static enum err put_of_source(struct patch *patch, const struct modification *mod)
{
	enum err err = check_single(patch, mod);

	if (err != OK)
		return err;
	if (mod->op == PATCH_REPLACE || mod->count > 0)
		entry_remove_instance(&patch->work, mod->attr, mod->source);
	return mod->count > 0 ? put(patch, mod, mod->source, mod->values[0].octets) : OK;
}

typedef enum err (*put_value)(
	struct patch *patch, const struct modification *mod, const struct value *value);

static enum err put_all(struct patch *patch, const struct modification *mod, put_value put_one)
{
	enum err err = OK;

	for (size_t i = 0; i < mod->count && err == OK; i++)
		err = put_one(patch, mod, &mod->values[i]);
	return err;
}

static enum err put_values(struct patch *patch, const struct modification *mod)
{
	enum manner manner = attr_manner(mod->attr);
	bool replace = mod->op == PATCH_REPLACE;
	enum err err = OK;

	if (manner == MANNER_SOURCE)
		return put_of_source(patch, mod);
	if (manner == MANNER_SET && replace)
		return replace_set(patch, mod);
	if (manner == MANNER_SET)
		return put_all(patch, mod, add_to_set);
	if (manner != MANNER_SINGLE)
		err = check_instances(patch, mod);
	if (replace && (manner != MANNER_SINGLE || mod->count == 0))
		entry_remove(&patch->work, mod->attr);
	if (err == OK && manner == MANNER_SINGLE)
		return put_single(patch, mod);
	if (err == OK)
		err = put_all(patch, mod, put_under);
	if (err == OK && ends_in(attr_row(mod->attr)->scim, ".primary"))
		err = put_all(patch, mod, put_primary);
	return err;
}

static void remove_one(
	struct patch *patch, const struct modification *mod, const struct value *value)
{
	enum manner manner = attr_manner(mod->attr);
	const struct value *there = find_instance(&patch->work, mod->attr, value->instance);

	/* Two e-mails may both be "work": there the instance says which one is meant. */
	bool same = there != NULL && value_equal(mod->attr, there->octets, value->octets);
	if (!same && manner == MANNER_UNDER)
		return;
	if (!same)
		there = find_equal(&patch->work, mod->attr, value->octets);
	if (there != NULL)
		entry_remove_instance(&patch->work, mod->attr, there->instance);
}

static void remove_of_source(struct patch *patch, const struct modification *mod)
{
	const struct value *there = find_instance(&patch->work, mod->attr, mod->source);
	bool meant = there && mod->count == 0;

	for (size_t i = 0; there && i < mod->count; i++)
		meant |= value_equal(mod->attr, there->octets, mod->values[i].octets);
	if (meant)
		entry_remove_instance(&patch->work, mod->attr, mod->source);
}

static enum err remove_values(struct patch *patch, const struct modification *mod)
{
	if (attr_manner(mod->attr) == MANNER_SOURCE) {
		remove_of_source(patch, mod);
		return OK;
	}
	if (mod->count == 0)
		entry_remove(&patch->work, mod->attr);
	for (size_t i = 0; i < mod->count; i++)
		remove_one(patch, mod, &mod->values[i]);
	return OK;
}

static enum err apply_one(struct patch *patch, const struct modification *mod)
{
	const struct attr_row *row = attr_row(mod->attr);

	if (row->attr == ATTR_NONE || (row->kinds & 1u << patch->work.kind) == 0)
		return fail(patch->why, ERR_VALUE, attr_spelling(mod->attr),
			"the entry has no such attribute");
	if ((row->flags & (ATTR_READ_ONLY | ATTR_COMPUTED)) != 0)
		return fail(patch->why, ERR_MUTABILITY, attr_spelling(mod->attr),
			"the attribute cannot be written");
	return mod->op == PATCH_REMOVE ? remove_values(patch, mod) : put_values(patch, mod);
}

/* A type without its e-mail means nothing. */
static void drop_orphans(struct entry *entry)
{
	size_t out = 0;

	for (size_t i = 0; i < entry->count; i++) {
		struct value value = entry->values[i];
		enum attr family = attr_family(value.attr);
		bool kept = attr_manner(value.attr) != MANNER_UNDER;
		/* Sorted by attribute: the family's first stands before, kept already. */
		for (size_t j = 0; j < out && !kept; j++)
			kept = entry->values[j].attr == family &&
			       entry->values[j].instance == value.instance;
		if (kept)
			entry->values[out++] = value;
	}
	entry->count = out;
}

static bool entries_differ(const struct entry *a, const struct entry *b)
{
	if (a->count != b->count)
		return true;
	for (size_t i = 0; i < a->count; i++) {
		const struct value *x = &a->values[i], *y = &b->values[i];
		if (x->attr != y->attr || x->instance != y->instance || x->source != y->source ||
			!span_equal(x->octets, y->octets))
			return true;
	}
	return false;
}

enum err patch_apply(struct entry *entry, const struct modification *mods, size_t count,
	bool *changed, struct why *why)
{
	struct patch patch = { .work = *entry, .why = why };

	patch.work.capacity = entry->count;
	patch.work.values = arena_array(entry->arena, entry->count, sizeof *entry->values);
	if (entry->count > 0)
		memcpy(patch.work.values, entry->values, entry->count * sizeof *entry->values);
	for (size_t i = 0; i < count; i++) {
		enum err err = apply_one(&patch, &mods[i]);
		if (err != OK)
			return err;
	}
	drop_orphans(&patch.work);
	*changed = entries_differ(entry, &patch.work);
	if (*changed)
		*entry = patch.work;
	return OK;
}
