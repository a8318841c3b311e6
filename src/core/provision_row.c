#include "core/provision_int.h"

#include "base/codec.h"
#include "base/hash.h"
#include "model/value.h"

/* Octets of a row: format (1) place of the request (8) missing (8), numbers and ids as below, then
 * texts, each with its tag (1) and length (4), empty ones left out: a reader passes over tags that
 * it does not know. */
#define FORMAT 1
#define REQUEST_ROW_AT 1
#define MISSING_AT 9

enum tag {
	TAG_SOURCE_NAME = 1,
	TAG_ADDRESS,
	TAG_USER_AGENT,
	TAG_METHOD,
	TAG_PATH,
	TAG_CONDITION,
	TAG_TYPE,
	TAG_SUBJECT_NAME,
	TAG_EXTERNAL_ID,
	TAG_SCIM_TYPE,
	TAG_DETAIL,
	TAG_BODY,
	TAG_COUNT
};

static const size_t texts[TAG_COUNT] = {
	[TAG_SOURCE_NAME] = offsetof(struct provision, source_name),
	[TAG_ADDRESS] = offsetof(struct provision, address),
	[TAG_USER_AGENT] = offsetof(struct provision, user_agent),
	[TAG_METHOD] = offsetof(struct provision, method),
	[TAG_PATH] = offsetof(struct provision, path),
	[TAG_CONDITION] = offsetof(struct provision, condition),
	[TAG_TYPE] = offsetof(struct provision, type),
	[TAG_SUBJECT_NAME] = offsetof(struct provision, subject_name),
	[TAG_EXTERNAL_ID] = offsetof(struct provision, external_id),
	[TAG_SCIM_TYPE] = offsetof(struct provision, scim_type),
	[TAG_DETAIL] = offsetof(struct provision, detail),
	[TAG_BODY] = offsetof(struct provision, body),
};

static struct span text_of(const struct provision *provision, enum tag tag)
{
	return *(const struct span *)(const void *)((const uint8_t *)provision + texts[tag]);
}

static void set_text(struct provision *provision, enum tag tag, struct span text)
{
	*(struct span *)(void *)((uint8_t *)provision + texts[tag]) = text;
}

void provision_encode(struct buffer *out, const struct provision *p)
{
	write_u8(out, FORMAT);
	write_u64(out, p->request_row);
	write_u64(out, p->missing);
	write_u8(out, (uint8_t)p->source_kind);
	write_u8(out, (uint8_t)p->outcome);
	write_u16(out, (uint16_t)p->flags);
	write_u16(out, p->status);
	write_u32(out, p->micros);
	write_u32(out, p->count);
	write_u32(out, p->body_octets);
	write_u32(out, p->entrance);
	write_u64(out, p->journal);
	write_u64(out, p->audit_first);
	write_u64(out, p->audit_last);
	write_u64(out, p->original);
	buffer_put_span(out, uuid_span(&p->source));
	buffer_put_span(out, uuid_span(&p->request));
	buffer_put_span(out, uuid_span(&p->subject));
	for (enum tag tag = TAG_SOURCE_NAME; tag < TAG_COUNT; tag++)
		if (text_of(p, tag).len) {
			write_u8(out, (uint8_t)tag);
			write_span(out, text_of(p, tag));
		}
}

void provision_place(uint8_t *octets, uint64_t request_row)
{
	put_be64(octets + REQUEST_ROW_AT, request_row);
}

void provision_miss(uint8_t *octets, uint64_t missing)
{
	put_be64(octets + MISSING_AT, missing);
}

uint64_t provision_missing(const uint8_t *octets)
{
	return get_be64(octets + MISSING_AT);
}

static void read_texts(struct reader *in, struct provision *p)
{
	while (!in->bad && in->at < in->end) {
		enum tag tag = (enum tag)read_u8(in);
		struct span text = read_span(in);
		if (!in->bad && tag >= TAG_SOURCE_NAME && tag < TAG_COUNT)
			set_text(p, tag, text);
	}
}

enum err provision_decode(const struct provision_row *row, struct provision *p)
{
	struct reader in = reader_of(row->octets);
	*p = (struct provision){ .sequence = row->sequence, .time = row->time };
	bool known = read_u8(&in) == FORMAT;
	p->request_row = read_u64(&in);
	p->missing = read_u64(&in);
	p->source_kind = read_u8(&in);
	p->outcome = read_u8(&in);
	p->flags = read_u16(&in);
	p->status = read_u16(&in);
	p->micros = read_u32(&in);
	p->count = read_u32(&in);
	p->body_octets = read_u32(&in);
	p->entrance = read_u32(&in);
	p->journal = read_u64(&in);
	p->audit_first = read_u64(&in);
	p->audit_last = read_u64(&in);
	p->original = read_u64(&in);
	p->source = read_uuid(&in);
	p->request = read_uuid(&in);
	p->subject = read_uuid(&in);
	read_texts(&in, p);
	return known && read_done(&in) && p->outcome >= PROVISION_SUCCEEDED &&
			       p->outcome <= PROVISION_FAILED
		       ? OK
		       : ERR_CORRUPT;
}

/* ---- links ---- */

struct provision_link provision_link_to(enum provision_link_type type, const struct uuid *id)
{
	struct provision_link link = { .type = type };
	memcpy(link.id, id->octets, sizeof link.id);
	return link;
}

struct provision_link provision_link_name(struct span normal)
{
	struct provision_link link = { .type = PROVISION_LINK_NAME };
	uint8_t hash[32];
	hash_blake2b(normal, hash);
	memcpy(link.id, hash, sizeof link.id);
	return link;
}

struct span provision_normal(struct arena *arena, struct span name)
{
	return value_normal(arena, ATTR_USER_NAME, name);
}

bool provision_is_problem(enum provision_outcome outcome)
{
	return outcome >= PROVISION_HELD;
}

size_t provision_links(struct arena *arena, const struct provision *p, struct provision_link *links)
{
	static const struct uuid any;
	struct span name = provision_normal(arena, p->subject_name);
	struct span external = provision_normal(arena, p->external_id);
	size_t count = 0;
	links[count++] = provision_link_to(PROVISION_LINK_SOURCE, &p->source);
	if (!uuid_is_nil(&p->subject))
		links[count++] = provision_link_to(PROVISION_LINK_SUBJECT, &p->subject);
	if (!uuid_is_nil(&p->request))
		links[count++] = provision_link_to(PROVISION_LINK_REQUEST, &p->request);
	if (name.len)
		links[count++] = provision_link_name(name);
	if (external.len && !span_equal(external, name))
		links[count++] = provision_link_name(external);
	if (provision_is_problem(p->outcome))
		links[count++] = provision_link_to(PROVISION_LINK_REFUSED, &any);
	return count;
}

const char *provision_outcome_name(enum provision_outcome outcome)
{
	static const char *const names[] = { [PROVISION_SUCCEEDED] = "succeeded",
		[PROVISION_UNCHANGED] = "unchanged",
		[PROVISION_HELD] = "held",
		[PROVISION_REFUSED] = "refused",
		[PROVISION_FAILED] = "failed" };
	return names[outcome];
}
