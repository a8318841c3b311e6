#include "model/record.h"

#include "base/hash.h"
#include "base/limits.h"

#define RECORD_FORMAT 1

static enum err damaged(struct why *why, const char *what)
{
	return fail(why, ERR_CORRUPT, NULL, "a record is damaged: %s", what);
}

static const uint8_t *row_at(struct span bytes, size_t i)
{
	return bytes.data + RECORD_HEAD + i * RECORD_ROW;
}

/* Rows rise by attribute and instance, and their ends tile the octets without a gap. */
static const char *rows_fault(struct span bytes, size_t count)
{
	size_t end = RECORD_HEAD + count * RECORD_ROW;
	uint32_t before = 0;

	if (end > bytes.len)
		return "its rows are cut off";
	for (size_t i = 0; i < count; i++) {
		const uint8_t *row = row_at(bytes, i);
		uint32_t place = get_be32(row); /* attribute, instance */
		size_t next = get_be32(row + 8);
		if (place >> 16 == ATTR_NONE || place >> 16 >= ATTR_LIMIT || place < before)
			return "its rows are out of order";
		if (get_be16(row + 6) != 0 || next < end || next > bytes.len)
			return "a value lies outside";
		before = place;
		end = next;
	}
	return end == bytes.len ? NULL : "octets are left over";
}

enum err record_open(struct span bytes, struct record *record, struct why *why)
{
	if (bytes.len < RECORD_HEAD || bytes.len > LIMIT_RECORD_OCTETS)
		return damaged(why, "its length is wrong");
	if (get_be32(bytes.data) != crc32c(0, span_from(bytes, 4)))
		return damaged(why, "its checksum is wrong");
	if (bytes.data[4] != RECORD_FORMAT)
		return damaged(why, "its format is unknown");
	if (kind_row(bytes.data[5]) == NULL)
		return damaged(why, "its kind is unknown");
	const char *fault = rows_fault(bytes, get_be16(bytes.data + 6));
	if (fault != NULL)
		return damaged(why, fault);
	record->bytes = bytes;
	record->kind = bytes.data[5];
	record->count = get_be16(bytes.data + 6);
	record->tenant = get_be32(bytes.data + 8);
	record->number = get_be32(bytes.data + 12);
	memcpy(record->id.octets, bytes.data + 16, sizeof record->id.octets);
	record->revision = get_be64(bytes.data + 32);
	record->created = (int64_t)get_be64(bytes.data + 40);
	record->modified = (int64_t)get_be64(bytes.data + 48);
	return OK;
}

struct value record_row(const struct record *record, size_t i)
{
	const uint8_t *row = row_at(record->bytes, i);
	size_t start = i > 0 ? get_be32(row - RECORD_ROW + 8)
			     : RECORD_HEAD + (size_t)record->count * RECORD_ROW;

	return (struct value){ get_be16(row), get_be16(row + 2), get_be16(row + 4),
		span_of(record->bytes.data + start, get_be32(row + 8) - start) };
}

size_t record_find(const struct record *record, enum attr attr)
{
	size_t low = 0, high = record->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (get_be16(row_at(record->bytes, middle)) < (unsigned)attr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < record->count && get_be16(row_at(record->bytes, low)) != (unsigned)attr)
		return record->count;
	return low;
}

struct span record_first(const struct record *record, enum attr attr)
{
	size_t at = record_find(record, attr);

	return at < record->count ? record_row(record, at).octets : SPAN_NONE;
}

struct span record_of_source(const struct record *record, enum attr attr, uint16_t source)
{
	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		if (value.source == source)
			return value.octets;
	}
	return SPAN_NONE;
}

struct span record_name(const struct record *record)
{
	return record_first(record, kind_row(record->kind)->naming);
}

bool record_has(const struct record *record, enum attr attr)
{
	return record_find(record, attr) < record->count;
}

bool record_is_true(const struct record *record, enum attr attr)
{
	return span_equal(record_first(record, attr), SPAN("TRUE"));
}

static size_t record_length(const struct entry *entry)
{
	size_t len = RECORD_HEAD + entry->count * RECORD_ROW;

	for (size_t i = 0; i < entry->count && len <= LIMIT_RECORD_OCTETS; i++)
		len += entry->values[i].octets.len;
	return len;
}

static void put_head(uint8_t *to, const struct entry *entry)
{
	to[4] = RECORD_FORMAT;
	to[5] = (uint8_t)entry->kind;
	put_be16(to + 6, (uint16_t)entry->count);
	put_be32(to + 8, entry->tenant);
	put_be32(to + 12, entry->number);
	memcpy(to + 16, entry->id.octets, sizeof entry->id.octets);
	put_be64(to + 32, entry->revision);
	put_be64(to + 40, (uint64_t)entry->created);
	put_be64(to + 48, (uint64_t)entry->modified);
}

static void put_values(uint8_t *to, const struct entry *entry)
{
	size_t end = RECORD_HEAD + entry->count * RECORD_ROW;

	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		uint8_t *row = to + RECORD_HEAD + i * RECORD_ROW;
		if (value->octets.len > 0)
			memcpy(to + end, value->octets.data, value->octets.len);
		end += value->octets.len;
		put_be16(row, (uint16_t)value->attr);
		put_be16(row + 2, value->instance);
		put_be16(row + 4, value->source);
		put_be16(row + 6, 0);
		put_be32(row + 8, (uint32_t)end);
	}
}

enum err record_write(struct buffer *out, const struct entry *entry, struct why *why)
{
	size_t len = record_length(entry);
	uint8_t *to = NULL;

	if (entry->count <= LIMIT_VALUES_PER_ENTRY && len <= LIMIT_RECORD_OCTETS)
		to = buffer_reserve(out, len);
	if (to == NULL)
		return fail(why, ERR_TOO_LARGE, NULL, "the entry is larger than %d octets",
			LIMIT_RECORD_OCTETS);
	put_head(to, entry);
	put_values(to, entry);
	put_be32(to, crc32c(0, span_of(to + 4, len - 4)));
	out->len += len;
	return OK;
}

struct entry *record_entry(struct arena *arena, const struct record *record)
{
	struct entry *entry = entry_new(arena, record->kind);

	entry->tenant = record->tenant;
	entry->number = record->number;
	entry->id = record->id;
	entry->revision = record->revision;
	entry->created = record->created;
	entry->modified = record->modified;
	entry->count = entry->capacity = record->count;
	entry->values = arena_array(arena, record->count, sizeof *entry->values);
	for (size_t i = 0; i < record->count; i++)
		entry->values[i] = record_row(record, i);
	return entry;
}
