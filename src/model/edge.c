#include "model/change.h"

#include "base/codec.h"
#include "base/hash.h"

#include <assert.h>

#define EDGE_FORMAT 1
#define EDGE_FORMAT_RDN 2 /* ... of a member with an RDN of its own */

void edge_write(struct buffer *out, const struct edge *edge)
{
	size_t start = out->len;

	assert(edge->source_count <= EDGE_SOURCES_MAX);
	write_u32(out, 0);
	write_u8(out, edge->member_has_rdn ? EDGE_FORMAT_RDN : EDGE_FORMAT);
	write_u8(out, (uint8_t)edge->container_kind);
	write_u8(out, (uint8_t)edge->member_kind);
	write_u8(out, (uint8_t)edge->source_count);
	buffer_put_span(out, uuid_span(&edge->container_id));
	buffer_put_span(out, uuid_span(&edge->member_id));
	write_u64(out, (uint64_t)edge->since);
	for (size_t i = 0; i < edge->source_count; i++)
		write_u16(out, edge->sources[i]);
	buffer_put_span(out, edge->member_name);
	if (out->failed)
		return;
	struct span body = span_of(out->data + start + 4, out->len - start - 4);
	put_be32(out->data + start, crc32c(0, body));
}

/* Where the fields stand, and the least length; the sources follow, then the name. */
enum {
	AT_FORMAT = 4,
	AT_KINDS = 5,
	AT_COUNT = 7,
	AT_CONTAINER_ID = 8,
	AT_MEMBER_ID = 24,
	AT_SINCE = 40,
	AT_SOURCES = 48
};

static bool is_whole(struct span bytes)
{
	const uint8_t *at = bytes.data;

	if (bytes.len < AT_SOURCES || get_be32(at) != crc32c(0, span_from(bytes, AT_FORMAT)) ||
		(at[AT_FORMAT] != EDGE_FORMAT && at[AT_FORMAT] != EDGE_FORMAT_RDN) ||
		at[AT_COUNT] > EDGE_SOURCES_MAX ||
		bytes.len < AT_SOURCES + 2 * (size_t)at[AT_COUNT] || !kind_row(at[AT_KINDS]) ||
		!kind_row(at[AT_KINDS + 1]))
		return false;
	for (size_t i = 1; i < at[AT_COUNT]; i++)
		if (get_be16(at + AT_SOURCES + 2 * i) <= get_be16(at + AT_SOURCES + 2 * i - 2))
			return false;
	return true;
}

/* At fixed places instead of by the sticky reader, and straight into the result: a group of 10,000
 * is 10,000 of these. */
enum err edge_read(struct span bytes, struct edge *edge, struct why *why)
{
	const uint8_t *at = bytes.data;

	if (!is_whole(bytes))
		return fail(why, ERR_CORRUPT, NULL, "an edge is damaged");
	edge->member_has_rdn = at[AT_FORMAT] == EDGE_FORMAT_RDN;
	edge->container_kind = at[AT_KINDS];
	edge->member_kind = at[AT_KINDS + 1];
	edge->source_count = at[AT_COUNT];
	memcpy(edge->container_id.octets, at + AT_CONTAINER_ID, sizeof edge->container_id);
	memcpy(edge->member_id.octets, at + AT_MEMBER_ID, sizeof edge->member_id);
	edge->since = (int64_t)get_be64(at + AT_SINCE);
	for (size_t i = 0; i < edge->source_count; i++)
		edge->sources[i] = get_be16(at + AT_SOURCES + 2 * i);
	edge->member_name = span_from(bytes, AT_SOURCES + 2 * edge->source_count);
	return OK;
}
