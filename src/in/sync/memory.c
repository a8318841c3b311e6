#include "in/sync/memory.h"

#include "base/codec.h"

#include <stdlib.h>

#define FORMAT 5
#define OPEN_OCTETS_MAX (256 * KIB)

struct span memory_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "sync/%u/job", (unsigned)directory));
}

struct span memory_open_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "sync/%u/open", (unsigned)directory));
}

#define COUNTS (sizeof(struct sync_counts) / sizeof(uint32_t))

static void put_counts(struct buffer *out, const struct sync_counts *counts)
{
	uint32_t numbers[COUNTS];

	memcpy(numbers, counts, sizeof(numbers));
	for (size_t i = 0; i < COUNTS; i++)
		write_u32(out, numbers[i]);
}

static void get_counts(struct reader *in, struct sync_counts *counts)
{
	uint32_t numbers[COUNTS];

	for (size_t i = 0; i < COUNTS; i++)
		numbers[i] = read_u32(in);
	memcpy(counts, numbers, sizeof(numbers));
}

struct span memory_write(struct arena *arena, const struct memory *memory)
{
	struct buffer out;

	buffer_init(&out, MIB);
	write_u8(&out, FORMAT);
	buffer_put(&out, memory->place, sizeof(memory->place));
	buffer_put(&out, memory->grants, sizeof(memory->grants));
	write_span(&out, span_of(memory->cookie, memory->cookie_len));
	write_span(&out, span_of(memory->identity, memory->identity_len));
	for (size_t i = 0; i < 24; i++) {
		write_u32(&out, memory->came.slots[i].at);
		write_u32(&out, (uint32_t)memory->came.slots[i].net);
	}
	write_u64(&out, (uint64_t)memory->last_contact);
	write_u64(&out, (uint64_t)memory->last_run);
	write_u64(&out, (uint64_t)memory->last_full);
	write_u64(&out, (uint64_t)memory->duration);
	put_counts(&out, &memory->counts);
	write_u64(&out, memory->people);
	write_u64(&out, memory->groups);
	buffer_put_span(&out, uuid_span(&memory->held));
	buffer_put_span(&out, uuid_span(&memory->applying));
	write_u64(&out, memory->run);
	write_u8(&out, memory->confirmed);
	write_u8(&out, memory->held_full);
	write_u8(&out, memory->rolled_back);
	write_u8(&out, memory->full_due);
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

static void get_octets(struct reader *in, uint8_t *to, size_t len)
{
	struct span octets = read_bytes(in, len);

	if (octets.len == len)
		memcpy(to, octets.data, len);
}

void memory_read(struct span value, struct memory *memory)
{
	struct reader in = reader_of(value);

	memset(memory, 0, sizeof(*memory));
	if (read_u8(&in) != FORMAT)
		return;
	get_octets(&in, memory->place, sizeof(memory->place));
	get_octets(&in, memory->grants, sizeof(memory->grants));
	struct span cookie = read_span(&in);
	if (cookie.len <= sizeof(memory->cookie)) {
		memcpy(memory->cookie, cookie.data, cookie.len);
		memory->cookie_len = cookie.len;
	}
	struct span identity = read_span(&in);
	if (identity.len <= sizeof(memory->identity)) {
		memcpy(memory->identity, identity.data, identity.len);
		memory->identity_len = identity.len;
	}
	for (size_t i = 0; i < 24; i++) {
		memory->came.slots[i].at = read_u32(&in);
		memory->came.slots[i].net = (int32_t)read_u32(&in);
	}
	memory->last_contact = (int64_t)read_u64(&in);
	memory->last_run = (int64_t)read_u64(&in);
	memory->last_full = (int64_t)read_u64(&in);
	memory->duration = (int64_t)read_u64(&in);
	get_counts(&in, &memory->counts);
	memory->people = read_u64(&in);
	memory->groups = read_u64(&in);
	get_octets(&in, memory->held.octets, sizeof(memory->held.octets));
	get_octets(&in, memory->applying.octets, sizeof(memory->applying.octets));
	memory->run = read_u64(&in);
	memory->confirmed = read_u8(&in) != 0;
	memory->held_full = read_u8(&in) != 0;
	memory->rolled_back = read_u8(&in) != 0;
	memory->full_due = read_u8(&in) != 0;
	if (!read_done(&in))
		memset(memory, 0, sizeof(*memory));
}

uint64_t memory_grown(const struct memory *memory, int64_t wall)
{
	int64_t net = window_net(&memory->came, wall);

	return net > 0 ? (uint64_t)net : 0;
}

void open_members_init(struct open_members *open)
{
	*open = (struct open_members){ .arena = arena_new() };
	open->rows = heap_zalloc(OPEN_MAX * sizeof(*open->rows));
}

void open_members_free(struct open_members *open)
{
	free(open->rows);
	arena_free(open->arena);
}

static bool add(struct open_members *open, const struct open_member *member)
{
	if (open->count == OPEN_MAX || arena_used(open->arena) > OPEN_OCTETS_MAX)
		return false;
	open->rows[open->count] = *member;
	open->rows[open->count++].dn = arena_copy(open->arena, member->dn);
	open->changed = true;
	return true;
}

bool open_members_add(struct open_members *open, const struct uuid *group, struct span dn)
{
	return add(open, &(struct open_member){ .group = *group, .dn = dn });
}

bool open_members_refuse(
	struct open_members *open, const struct uuid *group, const struct uuid *member)
{
	for (size_t i = 0; i < open->count; i++)
		if (uuid_equal(&open->rows[i].group, group) &&
			uuid_equal(&open->rows[i].refused, member))
			return true;
	return add(open, &(struct open_member){ .group = *group, .refused = *member });
}

void open_members_drop(struct open_members *open, size_t i)
{
	open->rows[i] = open->rows[--open->count];
	open->changed = true;
}

bool open_members_drop_group(struct open_members *open, const struct uuid *group)
{
	bool refused = false;

	for (size_t i = 0; i < open->count;) {
		if (!uuid_equal(&open->rows[i].group, group)) {
			i++;
			continue;
		}
		refused |= !uuid_is_nil(&open->rows[i].refused);
		open_members_drop(open, i);
	}
	return refused;
}

bool open_members_drop_refused(
	struct open_members *open, const struct uuid *group, const struct uuid *member)
{
	for (size_t i = 0; i < open->count; i++)
		if (uuid_equal(&open->rows[i].group, group) &&
			uuid_equal(&open->rows[i].refused, member)) {
			open_members_drop(open, i);
			return true;
		}
	return false;
}

void open_members_drop_dn(struct open_members *open, const struct uuid *group, struct span dn)
{
	for (size_t i = 0; i < open->count;)
		if (uuid_equal(&open->rows[i].group, group) && span_equal(open->rows[i].dn, dn))
			open_members_drop(open, i);
		else
			i++;
}

struct span open_members_write(struct arena *arena, const struct open_members *open)
{
	struct buffer out;

	buffer_init(&out, 2 * OPEN_OCTETS_MAX);
	for (size_t i = 0; i < open->count; i++) {
		buffer_put_span(&out, uuid_span(&open->rows[i].group));
		buffer_put_span(&out, uuid_span(&open->rows[i].refused));
		write_span(&out, open->rows[i].dn);
	}
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

void open_members_read(struct span value, struct open_members *open)
{
	struct reader in = reader_of(value);

	arena_reset(open->arena);
	open->count = 0;
	while (!in.bad && in.at < in.end) {
		struct open_member member = { .dn = SPAN_NONE };
		get_octets(&in, member.group.octets, sizeof(member.group.octets));
		get_octets(&in, member.refused.octets, sizeof(member.refused.octets));
		member.dn = read_span(&in);
		if (in.bad || !add(open, &member))
			break;
	}
	open->changed = false;
}
