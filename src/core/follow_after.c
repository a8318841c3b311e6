#include "core/core_int.h"
#include "core/follow_int.h"

/* The last word of the deeds on the edge; NULL: they do not touch it. */
static const struct effect *edge_effect(const struct run *run, uint32_t container, uint32_t member)
{
	const struct effect *found = NULL;
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == run->command->tenant; i++) {
			const struct effect *effect = &deed->effects[i];
			if (effect->type == EFFECT_EDGE && effect->number == container &&
				effect->member == member)
				found = effect;
		}
	return found;
}

bool run_edge_after(const struct run *run, uint32_t container, uint32_t member, struct edge *edge)
{
	const struct effect *effect = edge_effect(run, container, member);
	if (!effect)
		return txn_edge(run->txn, run->command->tenant, container, member, edge);
	if (!effect->after.len || edge_read(effect->after, edge, NULL))
		return false;
	edge->container = container;
	edge->member = member;
	return true;
}

struct numbers {
	uint32_t *list;
	size_t count, capacity;
};

static void put_number(struct arena *arena, struct numbers *numbers, uint32_t number)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->list[i] == number)
			return;
	if (numbers->count == numbers->capacity) {
		size_t capacity = numbers->capacity ? 2 * numbers->capacity : 16;
		uint32_t *grown = arena_array(arena, capacity, sizeof *grown);
		if (numbers->count)
			memcpy(grown, numbers->list, numbers->count * sizeof *grown);
		numbers->list = grown;
		numbers->capacity = capacity;
	}
	numbers->list[numbers->count++] = number;
}

static void put_stored(
	const struct run *run, uint32_t member, enum kind kind, struct numbers *numbers)
{
	uint32_t number = 0;
	struct postings *held =
		postings_containers(run->txn, run->arena, run->command->tenant, member, kind);
	while (postings_next(held, number, &number)) {
		const struct effect *effect = edge_effect(run, number, member);
		if (!effect || effect->after.len)
			put_number(run->arena, numbers, number);
		if (++number == 0)
			break;
	}
	postings_close(held);
}

uint32_t *run_containers_after(
	const struct run *run, uint32_t member, enum kind kind, size_t *count)
{
	struct numbers numbers = { 0 };
	struct edge edge;
	put_stored(run, member, kind, &numbers);
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == run->command->tenant; i++) {
			const struct effect *effect = &deed->effects[i];
			if (effect->type == EFFECT_EDGE && effect->kind == kind &&
				effect->member == member && effect->after.len &&
				run_edge_after(run, effect->number, member, &edge))
				put_number(run->arena, &numbers, effect->number);
		}
	*count = numbers.count;
	return numbers.list;
}

bool edge_has_source(const struct edge *edge, uint16_t source)
{
	for (size_t i = 0; i < edge->source_count; i++)
		if (edge->sources[i] == source)
			return true;
	return false;
}

/* ---- one edge ---- */

enum err follow_edge(struct run *run, uint32_t user, enum kind kind, uint32_t container,
	uint16_t source, bool remove)
{
	struct record record, person;
	struct edge before;
	struct span bytes;
	uint32_t tenant = run->command->tenant;
	if (!run_entry_after(run, tenant, KIND_USER, user, &person) ||
		!run_entry_after(run, tenant, kind, container, &record))
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	struct roster m = { .run = run, .container = run_copy_record(run, &record, &bytes) };
	struct member member = member_of(run, &person);
	bool there = run_edge_after(run, container, user, &before);
	if (there)
		before.member_name = arena_copy(run->arena, before.member_name);
	enum err err = membership_follow(&m, &member, there ? &before : NULL, source, remove);
	return err || !m.deed ? err : container_touch(run, m.deed, bytes, m.container);
}
