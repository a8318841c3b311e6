/* Names of a domain controller: extended DNs, attribute descriptions with a range, security
 * identifiers. The first octet chooses. */
#include "fuzz.h"
#include "in/upstream/guid.h"
#include "in/upstream/range.h"

static void check_range(struct span text)
{
	struct range range;

	if (!range_read(text, &range))
		return;
	must(range.type.len > 0 && range.type.len <= text.len);
	must(range.ends || range.last >= range.first);
}

static void check_name(struct arena *arena, struct span text)
{
	struct extended_dn name;
	struct uuid again;
	uint8_t stored[16];

	if (!extended_dn_read(text, &name))
		return;
	must(name.dn.len <= text.len);
	guid_store(&name.anchor, stored);
	must(guid_read(span_of(stored, 16), &again) && uuid_equal(&again, &name.anchor));
	must(guid_name(arena, &again)[0] == '<');
}

static void check_sid(struct span text)
{
	uint8_t octets[SID_OCTETS_MAX];
	struct span rid = span_cut(&text, 0), group;

	if (sid_with_rid(text, rid, octets, &group))
		must(group.len == text.len && memcmp(group.data, text.data, text.len - 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct span rest = span_from(span_of(data, size), 1);

	if (!arena)
		arena = arena_new();
	switch (size > 0 ? data[0] % 3 : 3) {
	case 0:
		check_range(rest);
		break;
	case 1:
		check_name(arena, rest);
		break;
	case 2:
		check_sid(rest);
		break;
	}
	arena_reset(arena);
	return 0;
}
