#include "in/sync/frame.h"

#include "base/codec.h"

#include <assert.h>

static const char *const stage_names[STAGE_COUNT] = {
	[STAGE_START] = "start",
	[STAGE_CONNECT] = "connect",
	[STAGE_TLS] = "tls",
	[STAGE_BIND] = "bind",
	[STAGE_SEARCH] = "search",
	[STAGE_REFRESH] = "refresh",
	[STAGE_FOLLOW] = "follow",
	[STAGE_APPLY] = "apply",
};

static const char *const failure_names[FAILURE_COUNT] = {
	[FAILURE_NET] = "net",
	[FAILURE_TLS] = "tls",
	[FAILURE_AUTH] = "auth",
	[FAILURE_BUSY] = "busy",
	[FAILURE_LIMIT] = "limit",
	[FAILURE_PROTOCOL] = "protocol",
	[FAILURE_CONFIG] = "config",
	[FAILURE_ROLLBACK] = "rollback",
	[FAILURE_REFRESH] = "refresh",
	[FAILURE_DATA] = "data",
};

const char *stage_name(enum stage stage)
{
	return stage_names[stage];
}

const char *failure_name(enum failure failure)
{
	return failure_names[failure];
}

static size_t begin(struct buffer *out, enum frame_type type)
{
	size_t at = out->len;

	write_u32(out, 0);
	write_u8(out, (uint8_t)type);
	return at;
}

static void end(struct buffer *out, size_t at)
{
	if (!out->failed)
		put_be32(out->data + at, (uint32_t)(out->len - at - 4));
}

void frame_put_order(struct buffer *out, const struct order *order)
{
	size_t at = begin(out, FRAME_ORDER);

	write_span(out, order->uri);
	write_span(out, order->bind_dn);
	write_span(out, order->secret);
	write_span(out, order->base);
	write_span(out, order->filter);
	write_span(out, order->ca_file);
	write_span(out, order->cookie);
	write_u8(out, order->start_tls);
	write_u8(out, order->allow_loopback);
	write_u16(out, (uint16_t)order->map_count);
	for (size_t i = 0; i < order->map_count; i++) {
		write_span(out, order->maps[i].theirs);
		write_u16(out, (uint16_t)order->maps[i].attr);
	}
	write_u16(out, (uint16_t)order->rule_count);
	for (size_t i = 0; i < order->rule_count; i++) {
		write_span(out, order->rules[i].theirs);
		write_u8(out, (uint8_t)order->rules[i].test);
		write_span(out, order->rules[i].value);
	}
	write_u32(out, order->entries_max);
	write_u64(out, order->octets_max);
	write_u32(out, order->pdu_max);
	write_u32(out, order->connect_seconds);
	write_u32(out, order->stall_seconds);
	end(out, at);
}

static void put_entry(struct buffer *out, const struct row *row)
{
	write_u8(out, (uint8_t)row->class);
	write_u8(out, row->disabled);
	write_u8(out, row->members_follow);
	write_span(out, row->dn);
	write_u16(out, (uint16_t)row->value_count);
	for (size_t i = 0; i < row->value_count; i++) {
		write_u16(out, (uint16_t)row->values[i].attr);
		write_u16(out, row->values[i].instance);
		write_span(out, row->values[i].octets);
	}
}

static void put_members(struct buffer *out, const struct row *row)
{
	write_u8(out, row->members_follow);
	write_u16(out, (uint16_t)row->member_count);
	for (size_t i = 0; i < row->member_count; i++)
		write_span(out, row->members[i]);
}

void frame_put_row(struct buffer *out, const struct row *row)
{
	size_t at = begin(out, row->type);

	switch (row->type) {
	case FRAME_ENTRY:
		buffer_put_span(out, uuid_span(&row->anchor));
		put_entry(out, row);
		break;
	case FRAME_MEMBERS:
		put_members(out, row);
		break;
	case FRAME_SKIPPED:
		buffer_put_span(out, uuid_span(&row->anchor));
		write_span(out, row->text);
		break;
	case FRAME_DELETED:
		buffer_put_span(out, uuid_span(&row->anchor));
		break;
	case FRAME_IDS:
		write_u8(out, row->deletes);
		write_span(out, row->ids);
		break;
	case FRAME_COOKIE:
		write_span(out, row->cookie);
		break;
	case FRAME_REFRESHED:
		write_u8(out, row->complete);
		break;
	case FRAME_STAGE:
		write_u8(out, (uint8_t)row->stage);
		break;
	case FRAME_FAILED:
		write_u8(out, (uint8_t)row->stage);
		write_u8(out, (uint8_t)row->failure);
		write_span(out, row->text);
		break;
	case FRAME_BEAT:
	case FRAME_ORDER:
		break;
	}
	end(out, at);
}

bool frame_next(struct span bytes, struct span *frame, enum err *err, struct why *why)
{
	*err = OK;
	if (bytes.len < FRAME_HEAD)
		return false;

	uint32_t len = get_be32(bytes.data);
	if (len < 1 || len > FRAME_MAX) {
		*err = fail(why, ERR_PROTOCOL, NULL, "a frame of %u octets", len);
		return false;
	}
	if (bytes.len - 4 < len)
		return false;
	*frame = span_of(bytes.data, len + 4);
	return true;
}

static struct reader body(struct span frame)
{
	return reader_of(span_from(frame, FRAME_HEAD));
}

enum err frame_read_order(struct span frame, struct order *order, struct why *why)
{
	struct reader in = body(frame);

	memset(order, 0, sizeof(*order));
	order->uri = read_span(&in);
	order->bind_dn = read_span(&in);
	order->secret = read_span(&in);
	order->base = read_span(&in);
	order->filter = read_span(&in);
	order->ca_file = read_span(&in);
	order->cookie = read_span(&in);
	order->start_tls = read_u8(&in) != 0;
	order->allow_loopback = read_u8(&in) != 0;
	order->map_count = read_u16(&in);
	if (order->map_count > ORDER_MAPS_MAX)
		return fail(why, ERR_PROTOCOL, NULL, "too many mapping rows");
	for (size_t i = 0; i < order->map_count; i++) {
		order->maps[i].theirs = read_span(&in);
		order->maps[i].attr = read_u16(&in);
	}
	order->rule_count = read_u16(&in);
	if (order->rule_count > ORDER_RULES_MAX)
		return fail(why, ERR_PROTOCOL, NULL, "too many rules");
	for (size_t i = 0; i < order->rule_count; i++) {
		order->rules[i].theirs = read_span(&in);
		order->rules[i].test = read_u8(&in);
		order->rules[i].value = read_span(&in);
	}
	order->entries_max = read_u32(&in);
	order->octets_max = read_u64(&in);
	order->pdu_max = read_u32(&in);
	order->connect_seconds = read_u32(&in);
	order->stall_seconds = read_u32(&in);
	return read_done(&in) ? OK : fail(why, ERR_PROTOCOL, NULL, "the order is malformed");
}

static void read_anchor(struct reader *in, struct uuid *anchor)
{
	struct span octets = read_bytes(in, sizeof(anchor->octets));

	if (octets.len == sizeof(anchor->octets))
		memcpy(anchor->octets, octets.data, octets.len);
}

static void read_values(struct reader *in, struct row *row)
{
	size_t count = read_u16(in);

	if (count > FRAME_VALUES_MAX)
		in->bad = true;
	for (size_t i = 0; i < count && !in->bad; i++) {
		struct row_value *value = &row->values[i];
		value->attr = read_u16(in);
		value->instance = read_u16(in);
		value->octets = read_span(in);
		if (value->attr >= ATTR_LIMIT || value->octets.len > LIMIT_VALUE_OCTETS)
			in->bad = true;
	}
	row->value_count = in->bad ? 0 : count;
}

static void read_entry(struct reader *in, struct row *row)
{
	read_anchor(in, &row->anchor);
	row->class = read_u8(in);
	row->disabled = read_u8(in) != 0;
	row->members_follow = read_u8(in) != 0;
	row->dn = read_span(in);
	if (row->class > CLASS_OU || row->dn.len > LIMIT_DN_OCTETS || row->dn.len == 0 ||
		(row->members_follow && row->class != CLASS_GROUP))
		in->bad = true;
	read_values(in, row);
}

static void read_members(struct reader *in, struct row *row)
{
	row->members_follow = read_u8(in) != 0;
	size_t count = read_u16(in);
	if (count > FRAME_MEMBERS_MAX)
		in->bad = true;
	for (size_t i = 0; i < count && !in->bad; i++) {
		row->members[i] = read_span(in);
		if (row->members[i].len > LIMIT_DN_OCTETS)
			in->bad = true;
	}
	row->member_count = in->bad ? 0 : count;
}

static void read_ids(struct reader *in, struct row *row)
{
	row->deletes = read_u8(in) != 0;
	row->ids = read_span(in);
	row->id_count = row->ids.len / 16;
	if (row->ids.len % 16 != 0 || row->id_count > FRAME_IDS_MAX)
		in->bad = true;
}

static void read_failure(struct reader *in, struct row *row)
{
	row->stage = read_u8(in);
	row->failure = read_u8(in);
	row->text = read_span(in);
	if (row->stage >= STAGE_COUNT || row->failure >= FAILURE_COUNT ||
		row->text.len > FRAME_TEXT_MAX)
		in->bad = true;
}

static void read_fields(struct reader *in, struct row *row)
{
	switch (row->type) {
	case FRAME_ENTRY:
		read_entry(in, row);
		break;
	case FRAME_MEMBERS:
		read_members(in, row);
		break;
	case FRAME_SKIPPED:
		read_anchor(in, &row->anchor);
		row->text = read_span(in);
		if (row->text.len > FRAME_TEXT_MAX)
			in->bad = true;
		break;
	case FRAME_DELETED:
		read_anchor(in, &row->anchor);
		break;
	case FRAME_IDS:
		read_ids(in, row);
		break;
	case FRAME_COOKIE:
		row->cookie = read_span(in);
		if (row->cookie.len > FRAME_COOKIE_MAX)
			in->bad = true;
		break;
	case FRAME_REFRESHED:
		row->complete = read_u8(in) != 0;
		break;
	case FRAME_STAGE:
		row->stage = read_u8(in);
		if (row->stage >= STAGE_COUNT)
			in->bad = true;
		break;
	case FRAME_FAILED:
		read_failure(in, row);
		break;
	case FRAME_BEAT:
		break;
	default:
		in->bad = true;
	}
}

enum err frame_read_row(struct span frame, struct row *row, struct why *why)
{
	assert(frame.len >= FRAME_HEAD);

	struct reader in = body(frame);
	row->type = frame.data[4];
	row->disabled = row->members_follow = row->deletes = row->complete = false;
	row->value_count = row->member_count = row->id_count = 0;
	row->dn = row->ids = row->cookie = row->text = SPAN_NONE;
	read_fields(&in, row);
	return read_done(&in) ? OK
			      : fail(why, ERR_PROTOCOL, NULL, "a malformed frame of type %u",
					(unsigned)row->type);
}
