#include "in/sync/plan_row.h"

#include "base/codec.h"
#include "base/limits.h"

static const char *const actions[] = {
#define ACTION(id, word) [PLAN_##id] = word,
#include "in/sync/plan_action.def"
#undef ACTION
};

const char *plan_action_word(enum plan_action action)
{
	return actions[action];
}

enum plan_action plan_action_by_word(struct span word)
{
	enum plan_action action = 0;

	while (action < PLAN_ACTIONS && !span_equal(word, span_str(actions[action])))
		action++;
	return action;
}

void plan_row_write(struct buffer *out, const struct plan_row *row)
{
	size_t at = out->len;

	write_u32(out, 0);
	write_u8(out, (uint8_t)row->action);
	write_u8(out, (uint8_t)row->kind);
	buffer_put_span(out, uuid_span(&row->anchor));
	write_span(out, row->name);
	write_span(out, row->dn);
	write_span(out, row->rule);
	write_u32(out, row->added);
	write_u32(out, row->removed);
	write_u16(out, (uint16_t)row->change_count);
	for (size_t i = 0; i < row->change_count; i++) {
		write_span(out, row->changes[i].what);
		write_span(out, row->changes[i].old);
		write_span(out, row->changes[i].new);
	}
	if (!out->failed)
		put_be32(out->data + at, (uint32_t)(out->len - at - 4));
}

static bool read_row(struct reader *in, struct plan_row *row)
{
	row->action = read_u8(in);
	row->kind = read_u8(in);
	row->anchor = read_uuid(in);
	row->name = read_span(in);
	row->dn = read_span(in);
	row->rule = read_span(in);
	row->added = read_u32(in);
	row->removed = read_u32(in);
	row->change_count = read_u16(in);
	if (in->bad || row->action >= PLAN_ACTIONS || row->kind >= KIND_COUNT ||
		row->change_count > PLAN_CHANGES_MAX)
		return false;
	for (size_t i = 0; i < row->change_count; i++) {
		row->changes[i].what = read_span(in);
		row->changes[i].old = read_span(in);
		row->changes[i].new = read_span(in);
	}
	return read_done(in);
}

bool plan_row_read(struct span *octets, struct plan_row *row, enum err *err, struct why *why)
{
	*err = OK;
	if (octets->len == 0)
		return false;
	struct reader head = reader_of(*octets);
	struct span body = read_span(&head);
	struct reader in = reader_of(body);
	if (head.bad || !read_row(&in, row)) {
		*err = fail(why, ERR_CORRUPT, NULL, "a plan's row is damaged");
		return false;
	}
	*octets = span_from(*octets, 4 + body.len);
	return true;
}
