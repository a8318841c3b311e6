#include "base/codec.h"
#include "base/hash.h"
#include "in/sync/sync_int.h"
#include "model/value.h"

#include <stdio.h>

/* All begin with the source: two directories of a tenant may well name the same DNs. */
static struct span with_source(struct arena *arena, uint16_t source, struct span octets)
{
	uint8_t *value = arena_alloc(arena, 2 + octets.len);

	put_be16(value, source);
	memcpy(value + 2, octets.data, octets.len);
	return span_of(value, 2 + octets.len);
}

struct span link_value(struct arena *arena, uint16_t source, const struct uuid *anchor)
{
	return with_source(arena, source, uuid_span(anchor));
}

struct span link_dn(struct arena *arena, uint16_t source, struct span dn)
{
	return with_source(arena, source, dn);
}

struct span link_digest_value(struct arena *arena, uint16_t source, const uint8_t digest[32])
{
	return with_source(arena, source, span_of(digest, 32));
}

bool link_has_digest(struct job *job, const struct record *record, const uint8_t digest[32])
{
	struct span stored = record_of_source(record, ATTR_LINK_DIGEST, job->settings.source);

	return span_equal(span_from(stored, 2), span_of(digest, 32));
}

static bool find(struct job *job, enum attr attr, struct span value, struct record *record)
{
	return view_by_value(job->view, job->tenant, KIND_USER, attr, value, record) ||
	       view_by_value(job->view, job->tenant, KIND_GROUP, attr, value, record);
}

bool link_find(struct job *job, const struct uuid *anchor, struct record *record)
{
	uint8_t value[18];

	put_be16(value, job->settings.source);
	memcpy(value + 2, anchor->octets, 16);
	return find(job, ATTR_LINK, span_of(value, sizeof(value)), record);
}

bool link_find_dn(struct job *job, struct span dn, struct record *record)
{
	uint8_t value[2 + LIMIT_DN_OCTETS];

	if (dn.len > LIMIT_DN_OCTETS)
		return false;
	put_be16(value, job->settings.source);
	memcpy(value + 2, dn.data, dn.len);
	return find(job, ATTR_LINK_DN, span_of(value, 2 + dn.len), record);
}

bool link_find_member(struct job *job, const struct row_member *member, struct record *record)
{
	if (!uuid_is_nil(&member->anchor))
		return link_find(job, &member->anchor, record);
	return link_find_dn(job, member->dn, record);
}

bool link_of(const struct record *record, uint16_t source, struct uuid *anchor)
{
	for (size_t i = record_find(record, ATTR_LINK); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != ATTR_LINK)
			return false;
		if (value.octets.len == 18 && get_be16(value.octets.data) == source)
			return uuid_from_octets(span_from(value.octets, 2), anchor);
	}
	return false;
}

bool link_is_kept(const struct record *record, uint16_t source)
{
	char reason[24];
	int len = snprintf(reason, sizeof(reason), "upstream:%u", (unsigned)source);

	for (size_t i = record_find(record, ATTR_INACTIVE_REASON); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != ATTR_INACTIVE_REASON)
			return false;
		if (span_equal(value.octets, span_of(reason, (size_t)len)))
			return true;
	}
	return false;
}

bool link_is_gone(struct job *job, const struct record *record)
{
	return link_is_kept(record, job->settings.source);
}

struct span link_state(struct arena *arena, uint16_t source, enum entry_state state)
{
	return span_str(arena_printf(arena, "%u:%s", (unsigned)source, entry_state_name(state)));
}

void link_digest(const struct row *row, uint8_t digest[32])
{
	struct buffer bytes;

	buffer_init(&bytes, FRAME_MAX);
	write_u8(&bytes, row->state != ENTRY_ACTIVE);
	write_span(&bytes, row->dn);
	for (size_t i = 0; i < row->value_count; i++) {
		write_u16(&bytes, (uint16_t)row->values[i].attr);
		write_u16(&bytes, row->values[i].instance);
		write_span(&bytes, row->values[i].octets);
	}
	hash_blake2b(buffer_span(&bytes), digest);
	buffer_free(&bytes);
}

void link_digest_sum(uint8_t digest[32], const uint8_t hash[32])
{
	unsigned carry = 0;

	for (size_t i = 32; i-- > 0;) {
		carry += (unsigned)digest[i] + hash[i];
		digest[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

void link_digest_add(uint8_t digest[32], const struct row_member *member)
{
	uint8_t hash[32];

	hash_blake2b(member->dn.len > 0 ? member->dn : uuid_span(&member->anchor), hash);
	link_digest_sum(digest, hash);
}
