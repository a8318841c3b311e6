#include "in/sync/recent.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"

#include <stdlib.h>

#define FORMAT 1
#define HOURS 24
#define HOUR (3600 * SECOND)
#define OCTETS_MAX (64 * MIB)

static uint32_t hour_of(int64_t wall)
{
	return (uint32_t)(wall / HOUR);
}

/* Of a clock that was set back since, too. */
static bool is_recent(const struct recent_person *person, uint32_t now)
{
	return now - person->hour < HOURS || person->hour - now < HOURS;
}

struct span recent_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "sync/%u/recent", (unsigned)directory));
}

struct recent *recent_new(void)
{
	return heap_zalloc(sizeof(struct recent));
}

void recent_forget(struct recent *recent, enum attr what)
{
	free(recent->sets[what].people);
	recent->sets[what] = (struct recent_set){ 0 };
}

void recent_free(struct recent *recent)
{
	for (enum attr what = 0; what < ATTR_LIMIT; what++)
		recent_forget(recent, what);
	free(recent);
}

static bool read_set(struct reader *in, struct recent *recent)
{
	uint16_t what = read_u16(in);
	uint32_t count = read_u32(in);

	if (in->bad || what >= ATTR_LIMIT || recent->sets[what].count > 0 ||
		count > (size_t)(in->end - in->at) / 8)
		return false;
	struct recent_set *set = &recent->sets[what];
	set->people = heap_zalloc(count * sizeof(*set->people) + 1);
	set->count = count;
	for (uint32_t i = 0; i < count; i++) {
		set->people[i].number = read_u32(in);
		set->people[i].hour = read_u32(in);
	}
	return true;
}

void recent_read(struct span value, struct recent *recent)
{
	struct reader in = reader_of(value);

	if (read_u8(&in) != FORMAT)
		return;
	while (in.at < in.end && read_set(&in, recent))
		;
}

static uint32_t count_recent(const struct recent_set *set, const struct bits *but, uint32_t now)
{
	uint32_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += is_recent(&set->people[i], now) && !bits_has(but, set->people[i].number);
	return count;
}

static void write_set(
	struct buffer *out, enum attr what, const struct recent_set *set, uint32_t now)
{
	uint32_t count = count_recent(set, &(struct bits){ 0 }, now);

	if (count == 0)
		return;
	write_u16(out, (uint16_t)what);
	write_u32(out, count);
	for (size_t i = 0; i < set->count; i++) {
		if (!is_recent(&set->people[i], now))
			continue;
		write_u32(out, set->people[i].number);
		write_u32(out, set->people[i].hour);
	}
}

struct span recent_write(struct arena *arena, const struct recent *recent, int64_t wall)
{
	struct buffer out;

	buffer_init(&out, OCTETS_MAX);
	write_u8(&out, FORMAT);
	for (enum attr what = 0; what < ATTR_LIMIT; what++)
		write_set(&out, what, &recent->sets[what], hour_of(wall));
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

void recent_add(struct recent *recent, enum attr what, const struct bits *people, int64_t wall)
{
	struct recent_set *set = &recent->sets[what];
	size_t most = set->count + bits_count(people), i = 0, count = 0;
	struct recent_person *merged = heap_zalloc(most * sizeof(*merged) + 1);
	uint32_t next = bits_next(people, 0);

	while (i < set->count || next != UINT32_MAX) {
		if (i < set->count && set->people[i].number < next) {
			merged[count++] = set->people[i++];
			continue;
		}
		i += i < set->count && set->people[i].number == next;
		merged[count++] = (struct recent_person){ next, hour_of(wall) };
		next = bits_next(people, next + 1);
	}
	free(set->people);
	*set = (struct recent_set){ merged, count };
}

void recent_drop(struct recent *recent, enum attr what, const struct bits *people)
{
	struct recent_set *set = &recent->sets[what];
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++)
		if (!bits_has(people, set->people[i].number))
			set->people[kept++] = set->people[i];
	set->count = kept;
}

uint64_t recent_count(
	const struct recent *recent, enum attr what, const struct bits *but, int64_t wall)
{
	return count_recent(&recent->sets[what], but, hour_of(wall));
}
