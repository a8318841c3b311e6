/* Distinguished names: what is parsed has one normal form, which is a DN that is equal and normal.
 */
#include "base/limits.h"
#include "fuzz.h"
#include "model/naming.h"

static void check_naming(struct arena *arena, const struct dn *dn)
{
	static const char suffix[] = "dc=muster,dc=internal";
	struct naming naming;
	struct located located;

	must(naming_init(arena, span_str(suffix), &naming, NULL) == OK);
	naming_locate(&naming, dn, &located);
	must(located.matched <= dn->rdns);
	must(located.below.rdns + (located.tenant.len > 0) + naming.dn.rdns <= dn->rdns ||
		located.below.rdns == 0);
	if (located.place == PLACE_ENTRY)
		must(located.rdn.rdns == 1 && located.rdn.avas == dn->avas);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct dn dn, again;

	if (!arena)
		arena = arena_new();

	if (dn_parse(arena, span_of(data, size), &dn, NULL) == OK) {
		struct span normal = dn_normal(arena, &dn);
		must(dn_equal(&dn, &dn) && dn_is_below(&dn, &dn));
		check_naming(arena, &dn);
		struct span text = dn_text(arena, &dn);
		if (text.len <= LIMIT_DN_OCTETS) {
			must(dn_parse(arena, text, &again, NULL) == OK);
			must(dn_equal(&dn, &again) && again.rdns == dn.rdns);
			must(span_equal(dn_text(arena, &again), text));
		}
		/* Escapes can make the normal form longer than what was parsed. */
		if (normal.len <= LIMIT_DN_OCTETS) {
			must(dn_parse(arena, normal, &again, NULL) == OK);
			must(dn_equal(&dn, &again) && again.rdns == dn.rdns);
			must(span_equal(dn_normal(arena, &again), normal));
		}
	}
	arena_reset(arena);
	return 0;
}
