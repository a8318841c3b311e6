#include "model/change.h"

#include "base/codec.h"
#include "base/hash.h"

#include <assert.h>

#define EDGE_FORMAT 1

void edge_write(struct buffer *out, const struct edge *edge)
{
	size_t start = out->len;

	assert(edge->source_count <= EDGE_SOURCES_MAX);
	write_u32(out, 0);
	write_u8(out, EDGE_FORMAT);
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
enum { AT_FORMAT = 4, AT_CONTAINER_ID = 8, AT_MEMBER_ID = 24, AT_SINCE = 40, AT_SOURCES = 48 };

/* Rising, and within the value. */
static bool read_sources(struct span bytes, struct edge *edge)
{
	if (edge->source_count > EDGE_SOURCES_MAX ||
		bytes.len < AT_SOURCES + 2 * edge->source_count)
		return false;
	for (size_t i = 0; i < edge->source_count; i++) {
		edge->sources[i] = get_be16(bytes.data + AT_SOURCES + 2 * i);
		if (i > 0 && edge->sources[i] <= edge->sources[i - 1])
			return false;
	}
	return true;
}

/* At fixed places instead of by the sticky reader: a group of 10,000 is 10,000 of these. */
enum err edge_read(struct span bytes, struct edge *edge, struct why *why)
{
	const uint8_t *at = bytes.data;
	struct edge result = { 0 };

	if (bytes.len < AT_SOURCES || get_be32(at) != crc32c(0, span_from(bytes, AT_FORMAT)) ||
		at[AT_FORMAT] != EDGE_FORMAT)
		return fail(why, ERR_CORRUPT, NULL, "an edge is damaged");
	result.container_kind = at[5];
	result.member_kind = at[6];
	result.source_count = at[7];
	if (!read_sources(bytes, &result) || kind_row(result.container_kind) == NULL ||
		kind_row(result.member_kind) == NULL)
		return fail(why, ERR_CORRUPT, NULL, "an edge is damaged");
	memcpy(result.container_id.octets, at + AT_CONTAINER_ID, sizeof result.container_id);
	memcpy(result.member_id.octets, at + AT_MEMBER_ID, sizeof result.member_id);
	result.since = (int64_t)get_be64(at + AT_SINCE);
	result.member_name = span_from(bytes, AT_SOURCES + 2 * result.source_count);
	*edge = result;
	return OK;
}
