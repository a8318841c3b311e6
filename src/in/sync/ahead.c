#include "base/codec.h"
#include "base/hash.h"
#include "in/sync/commands.h"
#include "model/value.h"

#include <stdlib.h>

/* ---- a map of 128-bit keys ---- */

static size_t place_of(const struct slot_map *places, const uint64_t key[2])
{
	size_t i = (size_t)(key[0] * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (places->capacity - 1);

	while (places->rows[i].value &&
		(places->rows[i].key[0] != key[0] || places->rows[i].key[1] != key[1]))
		i = (i + 1) & (places->capacity - 1);
	return i;
}

static void grow(struct slot_map *places)
{
	struct slot_map larger = { .capacity = places->capacity ? places->capacity * 2 : 64,
		.count = places->count };

	larger.rows = heap_zalloc(larger.capacity * sizeof(*larger.rows));
	for (size_t i = 0; i < places->capacity; i++)
		if (places->rows[i].value)
			larger.rows[place_of(&larger, places->rows[i].key)] = places->rows[i];
	free(places->rows);
	*places = larger;
}

/* Values are 1 and more. */
static void places_put(struct slot_map *places, const uint64_t key[2], uint32_t value)
{
	if (places->count * 4 >= places->capacity * 3)
		grow(places);
	struct slot_map_row *place = &places->rows[place_of(places, key)];
	places->count += place->value == 0;
	memcpy(place->key, key, sizeof(place->key));
	place->value = value;
}

static uint32_t places_get(const struct slot_map *places, const uint64_t key[2])
{
	return places->count ? places->rows[place_of(places, key)].value : 0;
}

/* A DN is known by its hash: what a run renames need not be kept as text. */
static void key_of_dn(struct span dn, uint64_t key[2])
{
	uint8_t hash[32];

	hash_blake2b(dn, hash);
	key[0] = get_be64(hash);
	key[1] = get_be64(hash + 8);
}

static void key_of_id(const struct uuid *id, uint64_t key[2])
{
	key[0] = get_be64(id->octets + 8);
	key[1] = get_be64(id->octets);
}

/* ---- who comes and who moves ---- */

void ahead_reset(struct ahead *ahead)
{
	if (!ahead->arena)
		ahead->arena = arena_new();
	arena_reset(ahead->arena);
	free(ahead->dns.rows);
	free(ahead->ids.rows);
	free(ahead->groups.rows);
	ahead->dns = ahead->ids = ahead->groups = (struct slot_map){ 0 };
	bits_clear(&ahead->left);
	bits_clear(&ahead->gone);
	ahead->people_count = ahead->list_count = ahead->number_count = 0;
}

void ahead_free(struct ahead *ahead)
{
	free(ahead->dns.rows);
	free(ahead->ids.rows);
	free(ahead->groups.rows);
	free(ahead->people);
	free(ahead->lists);
	free(ahead->numbers);
	bits_free(&ahead->left);
	bits_free(&ahead->gone);
	if (ahead->arena)
		arena_free(ahead->arena);
}

static uint32_t add_somebody(struct ahead *ahead, const struct somebody *somebody)
{
	if (ahead->people_count == ahead->people_capacity) {
		ahead->people_capacity = ahead->people_capacity ? ahead->people_capacity * 2 : 64;
		ahead->people =
			heap_grow(ahead->people, ahead->people_capacity * sizeof(*ahead->people));
	}
	ahead->people[ahead->people_count++] = *somebody;
	return (uint32_t)ahead->people_count;
}

void ahead_come(struct job *job, const struct uuid *anchor, enum kind kind, const struct uuid *id,
	struct span name, struct span dn)
{
	struct ahead *ahead = &job->run.ahead;
	struct somebody somebody = { .who = { .number = MEMBER_NEW | (uint32_t)ahead->people_count,
					     .kind = kind,
					     .id = *id },
		.anchor = *anchor,
		.name = arena_copy(ahead->arena, name) };
	uint64_t key[2];

	key_of_dn(dn, key);
	uint32_t at = add_somebody(ahead, &somebody);
	places_put(&ahead->dns, key, at);
	key_of_id(id, key);
	places_put(&ahead->ids, key, at);
	touch_add(&job->run.touches, anchor)->somebody = at;
}

void ahead_move(struct job *job, const struct record *record, struct span dn)
{
	struct ahead *ahead = &job->run.ahead;
	struct somebody somebody = {
		.who = { .number = record->number, .kind = record->kind, .id = record->id }
	};
	uint64_t key[2];

	key_of_dn(dn, key);
	bits_set(&ahead->left, record->number);
	places_put(&ahead->dns, key, add_somebody(ahead, &somebody));
}

const struct somebody *ahead_by_id(const struct sync_run *run, const struct uuid *id)
{
	uint64_t key[2];

	key_of_id(id, key);
	uint32_t at = places_get(&run->ahead.ids, key);
	return at ? &run->ahead.people[at - 1] : NULL;
}

void ahead_refused(struct job *job, const struct uuid *id)
{
	uint64_t key[2];

	key_of_id(id, key);
	uint32_t at = places_get(&job->run.ahead.ids, key);
	if (at)
		job->run.ahead.people[at - 1].refused = true;
}

static bool take(const struct ahead *ahead, uint32_t at, struct member *who)
{
	if (at == 0 || ahead->people[at - 1].refused)
		return false;
	*who = ahead->people[at - 1].who;
	return true;
}

static struct member member_of(const struct record *record)
{
	return (struct member){ .number = record->number, .kind = record->kind, .id = record->id };
}

bool ahead_find(struct job *job, const struct uuid *anchor, struct member *who)
{
	struct touch *touch = touch_find(&job->run.touches, anchor);
	struct record record;

	if (touch && touch->somebody)
		return take(&job->run.ahead, touch->somebody, who);
	if (!link_find(job, anchor, &record))
		return false;
	*who = member_of(&record);
	return true;
}

bool ahead_find_dn(struct job *job, struct span dn, struct member *who)
{
	struct record record;
	uint64_t key[2];

	key_of_dn(dn, key);
	uint32_t at = places_get(&job->run.ahead.dns, key);
	if (at)
		return take(&job->run.ahead, at, who);
	/* Who was there and moved in this run is there no more. */
	if (!link_find_dn(job, dn, &record) || bits_has(&job->run.ahead.left, record.number))
		return false;
	*who = member_of(&record);
	return true;
}

bool ahead_find_name(struct job *job, enum kind kind, struct span name, struct member *who)
{
	const struct ahead *ahead = &job->run.ahead;
	enum attr naming = kind_row(kind)->naming;

	for (size_t i = ahead->people_count; i-- > 0;) {
		const struct somebody *somebody = &ahead->people[i];
		if (somebody->who.kind == kind && (somebody->who.number & MEMBER_NEW) &&
			value_equal(naming, somebody->name, name))
			return take(ahead, (uint32_t)i + 1, who);
	}
	return false;
}

bool ahead_find_id(struct job *job, const struct uuid *id, struct member *who)
{
	const struct somebody *somebody = ahead_by_id(&job->run, id);
	struct record record;

	if (somebody) {
		*who = somebody->who;
		return !somebody->refused;
	}
	if (!view_by_id(job->view, job->tenant, id, &record) ||
		bits_has(&job->run.ahead.gone, record.number))
		return false;
	*who = member_of(&record);
	return true;
}

const struct somebody *ahead_newcomer(const struct sync_run *run, uint32_t number)
{
	return number & MEMBER_NEW ? &run->ahead.people[number & ~MEMBER_NEW] : NULL;
}

/* ---- who is in a group then ---- */

static void key_of_group(uint32_t group, uint64_t key[2])
{
	key[0] = group;
	key[1] = 0;
}

static size_t put_numbers(struct ahead *ahead, const struct members *members)
{
	size_t first = ahead->number_count;

	if (first + members->count > ahead->number_capacity) {
		ahead->number_capacity = ahead->number_capacity * 2 + members->count + 256;
		ahead->numbers =
			heap_grow(ahead->numbers, ahead->number_capacity * sizeof(uint32_t));
	}
	for (size_t i = 0; i < members->count; i++)
		ahead->numbers[ahead->number_count++] =
			members->rows[i].number |
			(members->rows[i].kind == KIND_GROUP ? MEMBER_GROUP : 0);
	return first;
}

static const struct number_list *list_of(const struct ahead *ahead, uint32_t group)
{
	uint64_t key[2];

	key_of_group(group, key);
	uint32_t at = places_get(&ahead->groups, key);
	return at ? &ahead->lists[at - 1] : NULL;
}

bool ahead_has_changed(const struct sync_run *run, uint32_t group)
{
	return list_of(&run->ahead, group) != NULL;
}

static size_t add_list(struct ahead *ahead, const struct number_list *list)
{
	if (ahead->list_count == ahead->list_capacity) {
		ahead->list_capacity = ahead->list_capacity ? ahead->list_capacity * 2 : 64;
		ahead->lists =
			heap_grow(ahead->lists, ahead->list_capacity * sizeof(*ahead->lists));
	}
	size_t at = ahead->list_count++;
	ahead->lists[at] = *list;
	ahead->lists[at].next = NO_LIST;
	ahead->lists[at].last = at;
	return at;
}

static void put_list(struct ahead *ahead, uint32_t group, const struct number_list *list)
{
	uint64_t key[2];
	size_t at = add_list(ahead, list);

	key_of_group(group, key);
	places_put(&ahead->groups, key, (uint32_t)at + 1);
}

void ahead_set_members(struct job *job, uint32_t group, const struct members *members)
{
	struct ahead *ahead = &job->run.ahead;
	struct number_list list = { .first = put_numbers(ahead, members), .count = members->count };

	put_list(ahead, group, &list);
}

void ahead_change_members(
	struct job *job, uint32_t group, const struct members *come, const struct members *gone)
{
	struct ahead *ahead = &job->run.ahead;
	const struct number_list *head = list_of(ahead, group);
	struct number_list list = {
		.partly = true, .first = put_numbers(ahead, come), .count = come->count
	};

	list.gone_first = put_numbers(ahead, gone);
	list.gone_count = gone->count;
	if (!head) {
		put_list(ahead, group, &list);
		return;
	}
	size_t first = (size_t)(head - ahead->lists), at = add_list(ahead, &list);
	ahead->lists[ahead->lists[first].last].next = at;
	ahead->lists[first].last = at;
}

static void take_numbers(
	struct crowd *users, struct crowd *groups, const uint32_t *numbers, size_t count, bool away)
{
	for (size_t i = 0; i < count; i++) {
		struct crowd *crowd = numbers[i] & MEMBER_GROUP ? groups : users;
		if (away)
			crowd_unset(crowd, numbers[i] & ~MEMBER_GROUP);
		else
			crowd_set(crowd, numbers[i] & ~MEMBER_GROUP);
	}
}

static void take_stored(struct job *job, uint32_t group, struct crowd *users, struct crowd *groups)
{
	struct edge edge;

	if (group & MEMBER_NEW)
		return;
	struct member_walk *walk = view_members(job->view, job->arena, job->tenant, group, 0);
	while (member_walk_next(walk, &edge))
		if (members_is_ours(job, &edge))
			crowd_set(edge.member_kind == KIND_GROUP ? groups : users, edge.member);
	member_walk_close(walk);
}

void ahead_members(struct job *job, uint32_t group, struct crowd *users, struct crowd *groups)
{
	const struct ahead *ahead = &job->run.ahead;
	const struct number_list *list = list_of(ahead, group);

	if (!list || list->partly)
		take_stored(job, group, users, groups);
	while (list) {
		take_numbers(
			users, groups, ahead->numbers + list->gone_first, list->gone_count, true);
		take_numbers(users, groups, ahead->numbers + list->first, list->count, false);
		list = list->next == NO_LIST ? NULL : &ahead->lists[list->next];
	}
}

/* ---- crowds ---- */

void crowd_set(struct crowd *crowd, uint32_t number)
{
	if (number & MEMBER_NEW)
		bits_set(&crowd->fresh, number & ~MEMBER_NEW);
	else
		bits_set(&crowd->known, number);
}

void crowd_unset(struct crowd *crowd, uint32_t number)
{
	struct bits *bits = number & MEMBER_NEW ? &crowd->fresh : &crowd->known;

	number &= ~MEMBER_NEW;
	if (bits_has(bits, number))
		bits->words[number / 64] &= ~(UINT64_C(1) << number % 64);
}

bool crowd_has(const struct crowd *crowd, uint32_t number)
{
	return number & MEMBER_NEW ? bits_has(&crowd->fresh, number & ~MEMBER_NEW)
				   : bits_has(&crowd->known, number);
}

bool crowd_is_empty(const struct crowd *crowd)
{
	return bits_next(&crowd->known, 0) == UINT32_MAX &&
	       bits_next(&crowd->fresh, 0) == UINT32_MAX;
}

uint32_t crowd_next(const struct crowd *crowd, uint32_t from)
{
	if (!(from & MEMBER_NEW)) {
		uint32_t next = bits_next(&crowd->known, from);
		if (next != UINT32_MAX)
			return next;
		from = MEMBER_NEW;
	}
	uint32_t next = bits_next(&crowd->fresh, from & ~MEMBER_NEW);
	return next == UINT32_MAX ? UINT32_MAX : next | MEMBER_NEW;
}

static void add_bits(struct bits *to, const struct bits *from)
{
	for (uint32_t i = bits_next(from, 0); i != UINT32_MAX; i = bits_next(from, i + 1))
		bits_set(to, i);
}

void crowd_add(struct crowd *to, const struct crowd *from)
{
	add_bits(&to->known, &from->known);
	add_bits(&to->fresh, &from->fresh);
}

void crowd_clear(struct crowd *crowd)
{
	bits_clear(&crowd->known);
	bits_clear(&crowd->fresh);
}

void crowd_free(struct crowd *crowd)
{
	bits_free(&crowd->known);
	bits_free(&crowd->fresh);
}
