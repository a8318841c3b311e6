#include "in/upstream/guid.h"

/* Its own inverse: the three leading fields are reversed. */
static void swap_fields(const uint8_t from[16], uint8_t to[16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < 16; i++)
		to[i] = from[order[i]];
}

bool guid_read(struct span stored, struct uuid *anchor)
{
	if (stored.len != 16)
		return false;
	swap_fields(stored.data, anchor->octets);
	return true;
}

void guid_store(const struct uuid *anchor, uint8_t stored[16])
{
	swap_fields(anchor->octets, stored);
}

char *guid_name(struct arena *arena, const struct uuid *anchor)
{
	char text[UUID_TEXT + 1];

	uuid_format(anchor, text);
	return arena_printf(arena, "<GUID=%s>", text);
}

static int nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct span text, struct uuid *anchor)
{
	uint8_t stored[16];

	if (text.len != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int high = nibble(text.data[2 * i]), low = nibble(text.data[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		stored[i] = (uint8_t)(high << 4 | low);
	}
	return guid_read(span_of(stored, sizeof(stored)), anchor);
}

bool extended_dn_read(struct span text, struct extended_dn *name)
{
	*name = (struct extended_dn){ .dn = text };
	while (name->dn.len > 0 && name->dn.data[0] == '<') {
		if (span_find(name->dn, '>') == name->dn.len)
			return false;
		struct span part = span_cut(&name->dn, '>');
		if (span_starts(part, SPAN("<GUID=")) &&
			!read_hex(span_from(part, 6), &name->anchor))
			return false;
		/* An object may have lost its name, so nothing need follow. */
		if (name->dn.len > 0 && name->dn.data[0] != ';')
			return false;
		name->dn = span_from(name->dn, 1);
	}
	return name->dn.len > 0 || !uuid_is_nil(&name->anchor);
}

bool sid_with_rid(struct span sid, struct span rid, uint8_t *group, struct span *made)
{
	uint64_t value;

	if (sid.len < SID_OCTETS_MIN || sid.len > SID_OCTETS_MAX || sid.len % 4 != 0 ||
		!span_to_u64(rid, &value) || value > UINT32_MAX)
		return false;
	memcpy(group, sid.data, sid.len);
	for (size_t i = 0; i < 4; i++)
		group[sid.len - 4 + i] = (uint8_t)(value >> (8 * i));
	*made = span_of(group, sid.len);
	return true;
}
