#include "in/sync/frame.h"

#include "base/codec.h"
#include "base/secret.h"

#include <assert.h>

size_t frame_begin(struct buffer *out, enum frame_type type)
{
	size_t at = out->len;

	write_u32(out, 0);
	write_u8(out, (uint8_t)type);
	return at;
}

void frame_end(struct buffer *out, size_t at)
{
	if (!out->failed)
		put_be32(out->data + at, (uint32_t)(out->len - at - 4));
}

static void put_nothing(struct buffer *out, const struct row *row)
{
	(void)out;
	(void)row;
}

static void read_nothing(struct reader *in, struct row *row)
{
	(void)in;
	(void)row;
}

static struct span read_limited(struct reader *in, size_t max)
{
	struct span span = read_span(in);

	if (span.len > max)
		in->bad = true;
	return span;
}

static void put_anchor(struct buffer *out, const struct uuid *anchor)
{
	buffer_put_span(out, uuid_span(anchor));
}

/* A number out of an enumeration. */
static unsigned read_one_of(struct reader *in, unsigned limit)
{
	unsigned value = read_u8(in);

	if (value >= limit)
		in->bad = true;
	return in->bad ? 0 : value;
}

/* ---- entries and their members ---- */

static void put_entry(struct buffer *out, const struct row *row)
{
	put_anchor(out, &row->anchor);
	write_u8(out, (uint8_t)row->class);
	write_u8(out, (uint8_t)row->state);
	write_u8(out, row->members_follow);
	write_span(out, row->rule);
	write_u64(out, (uint64_t)row->expiry);
	write_span(out, row->dn);
	write_u16(out, (uint16_t)row->value_count);
	for (size_t i = 0; i < row->value_count; i++) {
		write_u16(out, (uint16_t)row->values[i].attr);
		write_u16(out, row->values[i].instance);
		write_span(out, row->values[i].octets);
	}
}

static void read_values(struct reader *in, struct row *row)
{
	size_t count = read_u16(in);

	if (count > MAPPED_VALUES_MAX)
		in->bad = true;
	for (size_t i = 0; i < count && !in->bad; i++) {
		struct row_value *value = &row->values[i];
		value->attr = read_u16(in);
		value->instance = read_u16(in);
		value->octets = read_limited(in, MAPPED_VALUE_MAX);
		if (value->attr >= ATTR_LIMIT)
			in->bad = true;
	}
	row->value_count = in->bad ? 0 : count;
}

/* A group has no state but that of being somewhere else. */
static bool has_left(const struct row *row)
{
	return row->class == CLASS_GROUP && row->state == ENTRY_OUT_OF_SCOPE &&
	       !row->members_follow;
}

static void read_entry(struct reader *in, struct row *row)
{
	row->anchor = read_uuid(in);
	row->class = read_one_of(in, CLASS_OU + 1);
	row->state = read_one_of(in, ENTRY_STATES);
	row->members_follow = read_u8(in) != 0;
	row->rule = read_limited(in, ORDER_TEXT_MAX);
	row->expiry = (int64_t)read_u64(in);
	row->dn = read_limited(in, LIMIT_DN_OCTETS);
	if (row->dn.len == 0 || row->expiry < 0 ||
		(row->members_follow && row->class != CLASS_GROUP) ||
		(row->state != ENTRY_ACTIVE && row->class != CLASS_USER && !has_left(row)))
		in->bad = true;
	read_values(in, row);
}

static void put_members(struct buffer *out, const struct row *row)
{
	write_u8(out, row->members_follow);
	write_u8(out, (uint8_t)row->delta);
	write_u16(out, (uint16_t)row->member_count);
	for (size_t i = 0; i < row->member_count; i++) {
		const struct row_member *member = &row->members[i];
		write_u8(out, !uuid_is_nil(&member->anchor));
		if (!uuid_is_nil(&member->anchor))
			put_anchor(out, &member->anchor);
		write_span(out, member->dn);
	}
}

static void read_member(struct reader *in, struct row_member *member)
{
	bool has_anchor = read_u8(in) != 0;

	*member = (struct row_member){ 0 };
	if (has_anchor)
		member->anchor = read_uuid(in);
	member->dn = read_limited(in, LIMIT_DN_OCTETS);
	if (has_anchor == uuid_is_nil(&member->anchor) || (!has_anchor && member->dn.len == 0))
		in->bad = true;
}

static void read_members(struct reader *in, struct row *row)
{
	row->members_follow = read_u8(in) != 0;
	row->delta = read_one_of(in, MEMBERS_DELTAS);
	size_t count = read_u16(in);
	if (count > FRAME_MEMBERS_MAX)
		in->bad = true;
	for (size_t i = 0; i < count && !in->bad; i++)
		read_member(in, &row->members[i]);
	row->member_count = in->bad ? 0 : count;
}

/* ---- what is there and what is not ---- */

static void put_skipped(struct buffer *out, const struct row *row)
{
	put_anchor(out, &row->anchor);
	write_span(out, row->text);
}

static void read_skipped(struct reader *in, struct row *row)
{
	row->anchor = read_uuid(in);
	row->text = read_limited(in, FRAME_TEXT_MAX);
}

static void put_deleted(struct buffer *out, const struct row *row)
{
	put_anchor(out, &row->anchor);
}

static void read_deleted(struct reader *in, struct row *row)
{
	row->anchor = read_uuid(in);
}

static void put_located(struct buffer *out, const struct row *row)
{
	put_anchor(out, &row->anchor);
	write_u8(out, (uint8_t)row->state);
	write_span(out, row->dn);
}

static void read_located(struct reader *in, struct row *row)
{
	row->anchor = read_uuid(in);
	row->state = read_one_of(in, ENTRY_STATES);
	row->dn = read_limited(in, LIMIT_DN_OCTETS);
}

static void put_ids(struct buffer *out, const struct row *row)
{
	write_u8(out, row->deletes);
	write_span(out, row->ids);
}

static void read_ids(struct reader *in, struct row *row)
{
	row->deletes = read_u8(in) != 0;
	row->ids = read_limited(in, FRAME_IDS_MAX * 16);
	row->id_count = row->ids.len / 16;
	if (row->ids.len % 16 != 0)
		in->bad = true;
}

static void put_refreshed(struct buffer *out, const struct row *row)
{
	write_u8(out, row->complete);
}

static void read_refreshed(struct reader *in, struct row *row)
{
	row->complete = read_u8(in) != 0;
}

/* ---- the server and the way there ---- */

static void put_cookie(struct buffer *out, const struct row *row)
{
	write_span(out, row->cookie);
}

static void read_cookie(struct reader *in, struct row *row)
{
	row->cookie = read_limited(in, FRAME_COOKIE_MAX);
}

static void put_stage(struct buffer *out, const struct row *row)
{
	write_u8(out, (uint8_t)row->stage);
}

static void read_stage(struct reader *in, struct row *row)
{
	row->stage = read_one_of(in, STAGE_COUNT);
}

static void put_failed(struct buffer *out, const struct row *row)
{
	write_u8(out, (uint8_t)row->stage);
	write_u8(out, (uint8_t)row->failure);
	write_u8(out, (uint8_t)row->uri);
	write_span(out, row->text);
}

static void read_failed(struct reader *in, struct row *row)
{
	row->stage = read_one_of(in, STAGE_COUNT);
	row->failure = read_one_of(in, FAILURE_COUNT);
	row->uri = read_one_of(in, ORDER_URIS_MAX);
	row->text = read_limited(in, FRAME_TEXT_MAX);
}

static void put_server(struct buffer *out, const struct row *row)
{
	const struct server *server = &row->server;

	write_span(out, server->vendor);
	write_span(out, server->version);
	write_span(out, server->identity);
	write_span(out, server->features);
	write_u8(out, (uint8_t)server->connector);
	write_u8(out, (uint8_t)server->uri);
	write_u64(out, (uint64_t)server->clock);
	write_u64(out, (uint64_t)server->asked);
	write_u64(out, (uint64_t)server->not_after);
}

static void read_server(struct reader *in, struct row *row)
{
	struct server *server = &row->server;

	server->vendor = read_limited(in, FRAME_NAME_MAX);
	server->version = read_limited(in, FRAME_NAME_MAX);
	server->identity = read_limited(in, FRAME_IDENTITY_MAX);
	server->features = read_limited(in, FRAME_FEATURES_MAX);
	server->connector = read_one_of(in, CONNECTOR_COUNT);
	server->uri = read_one_of(in, ORDER_URIS_MAX);
	server->clock = (int64_t)read_u64(in);
	server->asked = (int64_t)read_u64(in);
	server->not_after = (int64_t)read_u64(in);
}

/* ---- words ---- */

static void put_text(struct buffer *out, const struct row *row)
{
	write_span(out, row->text);
}

static void read_text(struct reader *in, struct row *row)
{
	row->text = read_limited(in, FRAME_TEXT_MAX);
}

static void put_check(struct buffer *out, const struct row *row)
{
	write_span(out, row->name);
	write_u8(out, (uint8_t)row->verdict);
	write_u64(out, row->number);
	write_span(out, row->text);
}

static void read_check(struct reader *in, struct row *row)
{
	row->name = read_limited(in, FRAME_NAME_MAX);
	row->verdict = read_one_of(in, VERDICT_COUNT);
	row->number = read_u64(in);
	row->text = read_limited(in, FRAME_TEXT_MAX);
}

/* ---- passwords ---- */

static void put_answer(struct buffer *out, const struct row *row)
{
	write_u8(out, (uint8_t)row->answer);
	write_u64(out, (uint64_t)row->expires);
	write_u32(out, (uint32_t)row->grace);
	write_span(out, row->text);
}

static void read_answer(struct reader *in, struct row *row)
{
	row->answer = read_one_of(in, ANSWER_COUNT);
	row->expires = (int64_t)read_u64(in);
	row->grace = (int32_t)read_u32(in);
	row->text = read_limited(in, FRAME_TEXT_MAX);
	if (row->expires < -1 || row->grace < -1)
		in->bad = true;
}

void frame_put_question(struct buffer *out, const struct question *question)
{
	size_t at = frame_begin(out, FRAME_QUESTION);

	put_anchor(out, &question->anchor);
	write_span(out, question->password);
	frame_end(out, at);
}

enum err frame_read_question(struct span frame, struct question *question, struct why *why)
{
	struct reader in = reader_of(span_from(frame, FRAME_HEAD));

	*question = (struct question){ 0 };
	question->anchor = read_uuid(&in);
	question->password = read_limited(&in, PASSWORD_MAX);
	if (frame.data[4] != FRAME_QUESTION || question->password.len == 0)
		in.bad = true;
	return read_done(&in) ? OK : fail(why, ERR_PROTOCOL, NULL, "the question is malformed");
}

static const struct {
	void (*put)(struct buffer *out, const struct row *row);
	void (*read)(struct reader *in, struct row *row);
} layouts[FRAME_TYPES] = {
	[FRAME_STAGE] = { put_stage, read_stage },
	[FRAME_ENTRY] = { put_entry, read_entry },
	[FRAME_MEMBERS] = { put_members, read_members },
	[FRAME_SKIPPED] = { put_skipped, read_skipped },
	[FRAME_DELETED] = { put_deleted, read_deleted },
	[FRAME_IDS] = { put_ids, read_ids },
	[FRAME_COOKIE] = { put_cookie, read_cookie },
	[FRAME_REFRESHED] = { put_refreshed, read_refreshed },
	[FRAME_BEAT] = { put_nothing, read_nothing },
	[FRAME_FAILED] = { put_failed, read_failed },
	[FRAME_SERVER] = { put_server, read_server },
	[FRAME_NOTE] = { put_text, read_text },
	[FRAME_NEED_FULL] = { put_text, read_text },
	[FRAME_LOCATED] = { put_located, read_located },
	[FRAME_CHECK] = { put_check, read_check },
	[FRAME_STEP] = { put_check, read_check },
	[FRAME_DONE] = { put_nothing, read_nothing },
	[FRAME_ANSWER] = { put_answer, read_answer },
};

void frame_put_row(struct buffer *out, const struct row *row)
{
	assert(row->type < FRAME_TYPES && layouts[row->type].put);

	size_t at = frame_begin(out, row->type);
	layouts[row->type].put(out, row);
	frame_end(out, at);
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

static void forget(struct row *row)
{
	row->members_follow = row->deletes = row->complete = false;
	row->value_count = row->member_count = row->id_count = row->uri = 0;
	row->state = ENTRY_ACTIVE;
	row->delta = MEMBERS_ALL;
	row->verdict = VERDICT_GOOD;
	row->answer = ANSWER_UNAVAILABLE;
	row->expires = row->grace = -1;
	row->expiry = 0;
	row->number = 0;
	row->dn = row->rule = row->ids = row->cookie = row->name = row->text = SPAN_NONE;
	row->server = (struct server){ 0 };
}

enum err frame_read_row(struct span frame, struct row *row, struct why *why)
{
	assert(frame.len >= FRAME_HEAD);

	struct reader in = reader_of(span_from(frame, FRAME_HEAD));
	unsigned type = frame.data[4];
	if (type >= FRAME_TYPES || !layouts[type].read)
		return fail(why, ERR_PROTOCOL, NULL, "a frame of an unknown type %u", type);
	forget(row);
	row->type = type;
	layouts[type].read(&in, row);
	return read_done(&in) ? OK
			      : fail(why, ERR_PROTOCOL, NULL, "a malformed frame of type %u", type);
}
