#include "model/entry.h"

#include "base/limits.h"

struct entry *entry_new(struct arena *arena, enum kind kind)
{
	struct entry *entry = arena_zalloc(arena, sizeof *entry);

	entry->arena = arena;
	entry->kind = kind;
	return entry;
}

struct entry *entry_copy(struct arena *arena, const struct entry *entry)
{
	struct entry *copy = arena_alloc(arena, sizeof *copy);

	*copy = *entry;
	copy->arena = arena;
	copy->capacity = entry->count;
	copy->values = arena_array(arena, entry->count, sizeof *copy->values);
	for (size_t i = 0; i < entry->count; i++) {
		copy->values[i] = entry->values[i];
		copy->values[i].octets = arena_copy(arena, entry->values[i].octets);
	}
	return copy;
}

static uint32_t place_of(enum attr attr, uint16_t instance)
{
	return (uint32_t)attr << 16 | instance;
}

/* The first value of the attribute from this instance on, or where it would stand. */
static size_t find_instance(const struct entry *entry, enum attr attr, uint16_t instance)
{
	size_t low = 0, high = entry->count;
	uint32_t place = place_of(attr, instance);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct value *value = &entry->values[middle];
		if (place_of(value->attr, value->instance) < place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find(const struct entry *entry, enum attr attr)
{
	return find_instance(entry, attr, 0);
}

const struct value *entry_instance(const struct entry *entry, enum attr attr, uint16_t instance)
{
	size_t at = find_instance(entry, attr, instance);

	if (at == entry->count || entry->values[at].attr != attr ||
		entry->values[at].instance != instance)
		return NULL;
	return &entry->values[at];
}

const struct value *entry_value(const struct entry *entry, enum attr attr, size_t n)
{
	size_t at = find(entry, attr);

	if (n >= entry->count - at || entry->values[at + n].attr != attr)
		return NULL;
	return &entry->values[at + n];
}

bool entry_has(const struct entry *entry, enum attr attr)
{
	return entry_value(entry, attr, 0) != NULL;
}

size_t entry_value_count(const struct entry *entry, enum attr attr)
{
	size_t first = find(entry, attr), at = first;

	while (at < entry->count && entry->values[at].attr == attr)
		at++;
	return at - first;
}

struct span entry_first(const struct entry *entry, enum attr attr)
{
	const struct value *value = entry_value(entry, attr, 0);

	return value != NULL ? value->octets : SPAN_NONE;
}

static void make_room(struct entry *entry)
{
	if (entry->count < entry->capacity)
		return;
	size_t capacity = entry->capacity < 8 ? 16 : entry->capacity * 2;
	struct value *values = arena_array(entry->arena, capacity, sizeof *values);
	if (entry->count > 0)
		memcpy(values, entry->values, entry->count * sizeof *values);
	entry->values = values;
	entry->capacity = capacity;
}

enum err entry_add(struct entry *entry, enum attr attr, uint16_t instance, uint16_t source,
	struct span octets, struct why *why)
{
	size_t at = find(entry, attr);

	if (entry->count >= LIMIT_VALUES_PER_ENTRY)
		return fail(why, ERR_TOO_LARGE, attr_spelling(attr),
			"an entry holds at most %d values", LIMIT_VALUES_PER_ENTRY);
	while (at < entry->count && entry->values[at].attr == attr &&
		entry->values[at].instance <= instance)
		at++;
	make_room(entry);
	memmove(entry->values + at + 1, entry->values + at,
		(entry->count - at) * sizeof *entry->values);
	entry->values[at] = (struct value){ attr, instance, source, octets };
	entry->count++;
	return OK;
}

enum err entry_set(
	struct entry *entry, enum attr attr, uint16_t source, struct span octets, struct why *why)
{
	entry_remove(entry, attr);
	return octets.len > 0 ? entry_add(entry, attr, 0, source, octets, why) : OK;
}

/* Removes the values of the attribute for which `gone` says so. */
static void remove_where(struct entry *entry, enum attr attr,
	bool (*gone)(const struct value *value, uint16_t number), uint16_t number)
{
	size_t out = find(entry, attr);

	for (size_t i = out; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		if (value->attr != attr || !gone(value, number))
			entry->values[out++] = *value;
	}
	entry->count = out;
}

static bool is_any(const struct value *value, uint16_t number)
{
	(void)value, (void)number;
	return true;
}

static bool is_of_instance(const struct value *value, uint16_t number)
{
	return value->instance == number;
}

static bool is_of_source(const struct value *value, uint16_t number)
{
	return value->source == number;
}

void entry_remove(struct entry *entry, enum attr attr)
{
	remove_where(entry, attr, is_any, 0);
}

void entry_remove_instance(struct entry *entry, enum attr attr, uint16_t instance)
{
	remove_where(entry, attr, is_of_instance, instance);
}

void entry_remove_source(struct entry *entry, enum attr attr, uint16_t source)
{
	remove_where(entry, attr, is_of_source, source);
}

static bool is_of_others(const struct value *value, uint16_t source)
{
	return value->source != source;
}

void entry_keep_source(struct entry *entry, enum attr attr, uint16_t source)
{
	remove_where(entry, attr, is_of_others, source);
}

uint16_t entry_next_instance(const struct entry *entry, enum attr first, enum attr last)
{
	/* Of so many numbers one is free, since there are fewer values. */
	bool used[LIMIT_VALUES_PER_ENTRY + 1] = { false };
	uint16_t instance = 0;

	for (size_t i = find(entry, first); i < entry->count; i++) {
		if (entry->values[i].attr > last)
			break;
		if (entry->values[i].instance <= LIMIT_VALUES_PER_ENTRY)
			used[entry->values[i].instance] = true;
	}
	while (used[instance])
		instance++;
	return instance;
}

bool entry_same_values(const struct entry *a, const struct entry *b, enum attr attr)
{
	size_t count = entry_value_count(a, attr);

	if (count != entry_value_count(b, attr))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!span_equal(entry_value(a, attr, i)->octets, entry_value(b, attr, i)->octets))
			return false;
	return true;
}
