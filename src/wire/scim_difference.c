#include "wire/scim_edit.h"

struct difference {
	struct arena *arena;
	const struct entry *before, *after;
	uint16_t source;
	struct modification *mods;
	size_t count;
};

static bool holds(const struct entry *entry, const struct value *wanted)
{
	const struct value *value;
	/* The fields of an address are told apart by who says them, since no value leads them. */
	bool field = attr_manner(wanted->attr) == MANNER_FIELD;
	for (size_t n = 0; (value = entry_value(entry, wanted->attr, n)); n++)
		if (value->instance == wanted->instance &&
			(!field || value->source == wanted->source) &&
			span_equal(value->octets, wanted->octets))
			return true;
	return false;
}

static void put(struct difference *d, enum patch_op op, enum attr attr, const struct value *values,
	size_t count)
{
	d->mods[d->count++] = (struct modification){ op, attr, d->source, values, count };
}

/* The values of one attribute that `from` has and `other` has not. */
static void note(struct difference *d, enum patch_op op, enum attr attr, const struct entry *from,
	const struct entry *other)
{
	struct value *values = arena_array(d->arena, entry_value_count(from, attr), sizeof *values);
	const struct value *value;
	size_t count = 0;
	for (size_t n = 0; (value = entry_value(from, attr, n)); n++)
		if (!holds(other, value)) {
			values[count] = *value;
			values[count++].source = d->source;
		}
	if (count > 0)
		put(d, op, attr, values, count);
}

static void note_single(struct difference *d, enum attr attr)
{
	struct span before = entry_first(d->before, attr), after = entry_first(d->after, attr);
	if (span_equal(before, after))
		return;
	struct value *value = arena_array(d->arena, 1, sizeof *value);
	*value = (struct value){ attr, 0, d->source, after };
	put(d, PATCH_REPLACE, attr, value, after.len > 0 ? 1 : 0);
}

static void note_all(struct difference *d, const struct scim_attribute *attribute, enum patch_op op,
	const struct entry *from, const struct entry *other)
{
	/* "value" first: the instances that it is given hold for the parts. */
	if (attribute->attr)
		note(d, op, attribute->attr, from, other);
	for (size_t i = 0; i < attribute->count; i++)
		if (attribute->parts[i].attr != attribute->attr)
			note(d, op, attribute->parts[i].attr, from, other);
}

struct modification *scim_difference(struct arena *arena, const struct scim_type *type,
	const struct entry *before, const struct entry *after, uint16_t source, size_t *count)
{
	struct difference d = { arena, before, after, source, NULL, 0 };
	d.mods = arena_array(arena, 2 * ATTR_LIMIT, sizeof *d.mods);
	for (size_t i = 0; i < type->count; i++) {
		const struct scim_attribute *attribute = &type->attributes[i];
		if (attribute->special || attribute->read_only)
			continue;
		if (attribute->multi) {
			note_all(&d, attribute, PATCH_REMOVE, before, after);
			note_all(&d, attribute, PATCH_ADD, after, before);
			continue;
		}
		if (!attribute->complex)
			note_single(&d, attribute->attr);
		for (size_t j = 0; j < attribute->count; j++)
			note_single(&d, attribute->parts[j].attr);
	}
	*count = d.count;
	return d.mods;
}
