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

static void read_id(struct reader *in, struct uuid *id)
{
	struct span octets = read_bytes(in, sizeof id->octets);

	if (octets.len == sizeof id->octets)
		memcpy(id->octets, octets.data, sizeof id->octets);
}

static void read_sources(struct reader *in, struct edge *edge)
{
	if (edge->source_count > EDGE_SOURCES_MAX) {
		in->bad = true;
		return;
	}
	for (size_t i = 0; i < edge->source_count; i++) {
		edge->sources[i] = read_u16(in);
		in->bad |= i > 0 && edge->sources[i] <= edge->sources[i - 1];
	}
}

enum err edge_read(struct span bytes, struct edge *edge, struct why *why)
{
	struct reader in = reader_of(bytes);
	struct edge result = { 0 };

	uint32_t checksum = read_u32(&in);
	in.bad |= checksum != crc32c(0, span_from(bytes, 4));
	in.bad |= read_u8(&in) != EDGE_FORMAT;
	result.container_kind = read_u8(&in);
	result.member_kind = read_u8(&in);
	result.source_count = read_u8(&in);
	read_id(&in, &result.container_id);
	read_id(&in, &result.member_id);
	result.since = (int64_t)read_u64(&in);
	read_sources(&in, &result);
	if (in.bad || kind_row(result.container_kind) == NULL ||
		kind_row(result.member_kind) == NULL)
		return fail(why, ERR_CORRUPT, NULL, "an edge is damaged");
	result.member_name = span_of(in.at, (size_t)(in.end - in.at));
	*edge = result;
	return OK;
}
