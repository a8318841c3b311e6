#include "model/change.h"

#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"

#define EFFECT_LEAST 9 /* octets: a type and two empty spans */

static const char *const channel_names[] = {
	[CHANNEL_CTL] = "ctl",
	[CHANNEL_SCIM] = "scim",
	[CHANNEL_LDAP] = "ldap",
	[CHANNEL_SYNC] = "sync",
	[CHANNEL_API] = "api",
	[CHANNEL_CSV] = "csv",
	[CHANNEL_INTERNAL] = "internal",
};

static const char *const actor_type_names[] = {
	[ACTOR_SYSTEM] = "system",
	[ACTOR_OPERATOR] = "operator",
	[ACTOR_USER] = "user",
	[ACTOR_CLIENT] = "service",
	[ACTOR_DIRECTORY] = "source",
};

const char *channel_name(enum channel channel)
{
	return channel >= CHANNEL_CTL && channel <= CHANNEL_INTERNAL ? channel_names[channel]
								     : "unknown";
}

const char *actor_type_name(enum actor_type type)
{
	return type >= ACTOR_SYSTEM && type <= ACTOR_DIRECTORY ? actor_type_names[type] : "unknown";
}

static void write_uuid(struct buffer *out, const struct uuid *id)
{
	buffer_put(out, id->octets, sizeof id->octets);
}

static void write_effect(struct buffer *out, const struct effect *effect)
{
	write_u8(out, (uint8_t)effect->type);
	if (effect->type == EFFECT_STATE) {
		write_span(out, effect->key);
	} else {
		write_u8(out, (uint8_t)effect->kind);
		write_u32(out, effect->number);
		write_uuid(out, &effect->id);
	}
	if (effect->type == EFFECT_EDGE) {
		write_u8(out, (uint8_t)effect->member_kind);
		write_u32(out, effect->member);
		write_uuid(out, &effect->member_id);
	}
	write_span(out, effect->before);
	write_span(out, effect->after);
}

static enum kind read_kind(struct reader *in)
{
	enum kind kind = read_u8(in);

	in->bad |= kind_row(kind) == NULL;
	return kind;
}

static void read_effect(struct reader *in, struct effect *effect)
{
	effect->type = read_u8(in);
	in->bad |= effect->type < EFFECT_ENTRY || effect->type > EFFECT_STATE;
	if (effect->type == EFFECT_STATE) {
		effect->key = read_span(in);
	} else {
		effect->kind = read_kind(in);
		effect->number = read_u32(in);
		effect->id = read_uuid(in);
	}
	if (effect->type == EFFECT_EDGE) {
		effect->member_kind = read_kind(in);
		effect->member = read_u32(in);
		effect->member_id = read_uuid(in);
	}
	effect->before = read_span(in);
	effect->after = read_span(in);
}

static void write_body(struct buffer *out, const struct change *change)
{
	write_u16(out, CHANGE_FORMAT);
	write_u16(out, CHANGE_FORMAT);
	write_u32(out, change->tenant);
	write_u64(out, change->sequence);
	write_uuid(out, &change->operation);
	write_u64(out, (uint64_t)change->time);
	buffer_put(out, change->previous, sizeof change->previous);
	write_u8(out, (uint8_t)change->actor_type);
	write_uuid(out, &change->actor_id);
	write_span(out, change->actor_name);
	write_u8(out, (uint8_t)change->channel);
	write_span(out, change->address);
	write_uuid(out, &change->request);
	write_u32(out, (uint32_t)change->count);
	for (size_t i = 0; i < change->count; i++)
		write_effect(out, &change->effects[i]);
}

enum err change_write(struct buffer *out, const struct change *change, struct why *why)
{
	size_t start = out->len;

	if (change->count > LIMIT_CHANGE_EFFECTS)
		return fail(why, ERR_TOO_LARGE, NULL, "a change has at most %d effects",
			LIMIT_CHANGE_EFFECTS);
	write_u32(out, 0);
	write_body(out, change);
	if (out->failed || out->len - start > LIMIT_CHANGE_OCTETS)
		return fail(why, ERR_TOO_LARGE, NULL, "a change has at most %d octets",
			LIMIT_CHANGE_OCTETS);
	struct span body = span_of(out->data + start + 4, out->len - start - 4);
	put_be32(out->data + start, crc32c(0, body));
	return OK;
}

static enum err damaged_change(struct why *why)
{
	return fail(why, ERR_CORRUPT, NULL, "a change record is damaged");
}

static void read_head(struct reader *in, struct change *change)
{
	change->tenant = read_u32(in);
	change->sequence = read_u64(in);
	change->operation = read_uuid(in);
	change->time = (int64_t)read_u64(in);
	struct span previous = read_bytes(in, sizeof change->previous);
	if (previous.len == sizeof change->previous)
		memcpy(change->previous, previous.data, sizeof change->previous);
	change->actor_type = read_u8(in);
	change->actor_id = read_uuid(in);
	change->actor_name = read_span(in);
	change->channel = read_u8(in);
	change->address = read_span(in);
	change->request = read_uuid(in);
	change->count = read_u32(in);
	in->bad |= change->actor_type < ACTOR_SYSTEM || change->actor_type > ACTOR_DIRECTORY;
	in->bad |= change->channel < CHANNEL_CTL || change->channel > CHANNEL_INTERNAL;
	/* Before memory is taken for them. */
	in->bad |= change->count > LIMIT_CHANGE_EFFECTS ||
		   change->count > (size_t)(in->end - in->at) / EFFECT_LEAST;
}

enum err change_read(struct arena *arena, struct span bytes, struct change *change, struct why *why)
{
	struct reader in = reader_of(bytes);
	struct change result = { 0 };

	uint32_t checksum = read_u32(&in);
	if (in.bad || bytes.len > LIMIT_CHANGE_OCTETS || checksum != crc32c(0, span_from(bytes, 4)))
		return damaged_change(why);
	uint16_t format = read_u16(&in), least = read_u16(&in);
	if (least > CHANGE_FORMAT)
		return fail(why, ERR_UNSUPPORTED, NULL,
			"a change record has format %u, which is newer than this program",
			(unsigned)format);
	read_head(&in, &result);
	if (in.bad)
		return damaged_change(why);
	result.effects = arena_array(arena, result.count, sizeof *result.effects);
	for (size_t i = 0; i < result.count; i++)
		read_effect(&in, &result.effects[i]);
	/* A later format that we may read only adds behind what we know. */
	if (format > CHANGE_FORMAT ? in.bad : !read_done(&in))
		return damaged_change(why);
	*change = result;
	return OK;
}
