/* What an identity does not see must not be found out by asking for it. */
#include "in/ldap/access_int.h"

/* The filter with Undefined in the place of what asks for other attributes; itself when there is
 * nothing of that kind. */
static struct filter *blind(struct arena *arena, const uint64_t *seen, struct filter *filter)
{
	struct filter *copy = filter;

	if (filter->attr != ATTR_NONE && !attr_set_has(seen, filter->attr))
		return filter_new(arena, FILTER_UNDEFINED, ATTR_NONE);
	for (size_t i = 0; i < filter->part_count; i++) {
		struct filter *part = blind(arena, seen, filter->parts[i]);

		if (part == filter->parts[i])
			continue;
		if (copy == filter) {
			copy = arena_alloc(arena, sizeof *copy);
			*copy = *filter;
			copy->parts =
				arena_array(arena, filter->part_count, sizeof(struct filter *));
			memcpy(copy->parts, filter->parts,
				filter->part_count * sizeof(struct filter *));
		}
		copy->parts[i] = part;
	}
	return copy;
}

static struct filter *both(struct arena *arena, struct filter *a, struct filter *b)
{
	struct filter **parts = arena_array(arena, 2, sizeof *parts);

	parts[0] = a;
	parts[1] = b;
	return filter_branch(arena, FILTER_AND, parts, 2);
}

static struct filter *of_kinds(struct arena *arena, uint32_t kinds)
{
	struct filter *filter = filter_new(arena, FILTER_KIND, ATTR_NONE);

	filter->kinds = kinds;
	return filter;
}

static struct filter *own_entry(struct arena *arena, const struct actor *actor)
{
	char id[UUID_TEXT + 1];

	uuid_format(&actor->id, id);
	return filter_leaf(arena, FILTER_EQUAL, ATTR_ID, arena_copy(arena, span_of(id, UUID_TEXT)));
}

/* A person: little of others, all of the own entry and of kinds that a permission opens. */
static struct filter *partly_blind(
	const struct access *access, struct arena *arena, struct filter *filter)
{
	struct filter *blinded = blind(arena, access->little, filter), **parts;

	if (blinded == filter)
		return filter;
	parts = arena_array(arena, 3, sizeof *parts);
	parts[0] = both(arena, of_kinds(arena, access->minimal), blinded);
	parts[1] = both(arena, of_kinds(arena, ~access->minimal), filter);
	parts[2] = both(arena, own_entry(arena, &access->actor), filter);
	return filter_branch(arena, FILTER_OR, parts, 3);
}

/* A search that waits outlives the access that it began with. */
static struct filter *copy_filter(struct arena *arena, const struct filter *filter)
{
	struct filter *copy = arena_alloc(arena, sizeof *copy);

	*copy = *filter;
	copy->value = arena_copy(arena, filter->value);
	copy->final = arena_copy(arena, filter->final);
	copy->any = arena_array(arena, filter->any_count + 1, sizeof *copy->any);
	for (size_t i = 0; i < filter->any_count; i++)
		copy->any[i] = arena_copy(arena, filter->any[i]);
	copy->parts = arena_array(arena, filter->part_count + 1, sizeof(struct filter *));
	for (size_t i = 0; i < filter->part_count; i++)
		copy->parts[i] = copy_filter(arena, filter->parts[i]);
	return copy;
}

struct filter *access_filter(
	const struct identity *identity, struct arena *arena, struct filter *filter)
{
	const struct access *access = identity->access;

	if (!access)
		return filter;
	if (access->has_list)
		filter = blind(arena, access->list, filter);
	else if (access->minimal != 0)
		filter = partly_blind(access, arena, filter);
	return access->filter ? both(arena, copy_filter(arena, access->filter), filter) : filter;
}
