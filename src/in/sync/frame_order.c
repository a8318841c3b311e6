#include "base/codec.h"
#include "in/sync/frame.h"

static void put_texts(struct buffer *out, const struct texts *texts)
{
	write_u16(out, (uint16_t)texts->count);
	for (size_t i = 0; i < texts->count; i++)
		write_span(out, texts->rows[i]);
}

/* The spans of an order in the order in which they go. */
static const size_t order_spans[] = {
	offsetof(struct order, bind_dn),
	offsetof(struct order, secret),
	offsetof(struct order, base),
	offsetof(struct order, filter),
	offsetof(struct order, ca_file),
	offsetof(struct order, cookie),
	offsetof(struct order, identity),
	offsetof(struct order, anchor_attribute),
	offsetof(struct order, preset),
	offsetof(struct order, wider_base),
	offsetof(struct order, subject),
	offsetof(struct order, anchors),
};
#define ORDER_SPANS (sizeof(order_spans) / sizeof(order_spans[0]))

static const size_t order_numbers[] = {
	offsetof(struct order, poll_seconds),
	offsetof(struct order, full_seconds),
	offsetof(struct order, entries_max),
	offsetof(struct order, pdu_max),
	offsetof(struct order, connect_seconds),
	offsetof(struct order, stall_seconds),
};
#define ORDER_NUMBERS (sizeof(order_numbers) / sizeof(order_numbers[0]))

void frame_put_order(struct buffer *out, const struct order *order)
{
	size_t at = frame_begin(out, FRAME_ORDER);

	write_u8(out, (uint8_t)order->task);
	write_u8(out, (uint8_t)order->connector);
	write_u8(out, (uint8_t)order->uri_count);
	for (size_t i = 0; i < order->uri_count; i++)
		write_span(out, order->uris[i]);
	for (size_t i = 0; i < ORDER_SPANS; i++)
		write_span(out, *(const struct span *)((const uint8_t *)order + order_spans[i]));
	for (size_t i = 0; i < ORDER_NUMBERS; i++)
		write_u32(out, *(const uint32_t *)((const uint8_t *)order + order_numbers[i]));
	write_u64(out, order->octets_max);
	write_u8(out, order->start_tls);
	write_u8(out, order->allow_loopback);
	put_texts(out, &order->mapping);
	put_texts(out, &order->scope);
	put_texts(out, &order->disabled);
	put_texts(out, &order->groups);
	frame_end(out, at);
}

static void read_texts(struct reader *in, struct texts *texts)
{
	size_t count = read_u16(in);

	if (count > TEXTS_ROWS_MAX)
		in->bad = true;
	for (size_t i = 0; i < count && !in->bad; i++) {
		texts->rows[i] = read_span(in);
		if (texts->rows[i].len > ORDER_TEXT_MAX)
			in->bad = true;
	}
	texts->count = in->bad ? 0 : count;
}

static void read_place(struct reader *in, struct order *order)
{
	order->task = read_u8(in);
	order->connector = read_u8(in);
	order->uri_count = read_u8(in);
	if (order->task >= TASK_COUNT || order->connector >= CONNECTOR_COUNT ||
		order->uri_count == 0 || order->uri_count > ORDER_URIS_MAX)
		in->bad = true;
	for (size_t i = 0; i < order->uri_count && !in->bad; i++)
		order->uris[i] = read_span(in);
}

enum err frame_read_order(struct span frame, struct order *order, struct why *why)
{
	struct reader in = reader_of(span_from(frame, FRAME_HEAD));

	memset(order, 0, sizeof(*order));
	read_place(&in, order);
	for (size_t i = 0; i < ORDER_SPANS; i++)
		*(struct span *)((uint8_t *)order + order_spans[i]) = read_span(&in);
	for (size_t i = 0; i < ORDER_NUMBERS; i++)
		*(uint32_t *)((uint8_t *)order + order_numbers[i]) = read_u32(&in);
	order->octets_max = read_u64(&in);
	order->start_tls = read_u8(&in) != 0;
	order->allow_loopback = read_u8(&in) != 0;
	read_texts(&in, &order->mapping);
	read_texts(&in, &order->scope);
	read_texts(&in, &order->disabled);
	read_texts(&in, &order->groups);
	if (order->cookie.len > FRAME_COOKIE_MAX || order->identity.len > FRAME_IDENTITY_MAX ||
		order->anchors.len % 16 != 0 || order->anchors.len / 16 > ORDER_ANCHORS_MAX)
		in.bad = true;
	return read_done(&in) ? OK : fail(why, ERR_PROTOCOL, NULL, "the order is malformed");
}
