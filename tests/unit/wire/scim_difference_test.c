/* Any two states of a person: the modifications that SCIM finds between them lead from one to the
 * other, value by value and instance by instance. */
#include "../dice.h"
#include "base/arena.h"
#include "base/err.h"
#include "wire/scim_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct dice dice = { 20261122 };

static unsigned below(unsigned n)
{
	return dice_roll(&dice, n);
}

static void maybe(
	struct entry *entry, enum attr attr, uint16_t instance, const char *a, const char *b)
{
	if (below(2) == 0)
		entry_add(entry, attr, instance, 0, span_str(below(2) == 0 ? a : b), NULL);
}

/* No address twice, one primary at most, and a type only with its address. */
static void add_emails(struct entry *entry)
{
	static const char *const emails[] = { "a@x", "b@x", "c@x", "d@x", "A@x" };
	bool used[4] = { false }, primary = false;

	for (uint16_t i = 0; i < 4; i++) {
		unsigned n = below(5);
		if (below(2) == 0 || used[n % 4])
			continue;
		used[n % 4] = true;
		entry_add(entry, ATTR_EMAIL, i, 0, span_str(emails[n]), NULL);
		maybe(entry, ATTR_EMAIL_TYPE, i, "work", "home");
		if (!primary)
			maybe(entry, ATTR_EMAIL_PRIMARY, i, "TRUE", "TRUE");
		primary = primary || entry_has(entry, ATTR_EMAIL_PRIMARY);
	}
}

static struct entry *random_person(struct arena *arena)
{
	struct entry *entry = entry_new(arena, KIND_USER);

	add_emails(entry);
	for (uint16_t i = 0; i < 3; i++) {
		maybe(entry, ATTR_LOCALITY, i, "Bonn", "Berlin");
		maybe(entry, ATTR_ADDRESS_TYPE, i, "work", "home");
	}
	maybe(entry, ATTR_TITLE, 0, "Boss", "boss");
	return entry;
}

static void the_difference_leads_to_the_other_state(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		struct arena *arena = arena_new();
		struct entry *entry = random_person(arena), *after = random_person(arena);
		size_t count;
		bool changed;
		struct modification *mods =
			scim_difference(arena, scim_type_of(KIND_USER), entry, after, 0, &count);
		assert_int_equal(patch_apply(entry, mods, count, &changed, NULL), OK);
		assert_int_equal(changed, count > 0);
		assert_int_equal(entry->count, after->count);
		for (size_t i = 0; i < entry->count; i++) {
			assert_int_equal(entry->values[i].attr, after->values[i].attr);
			assert_int_equal(entry->values[i].instance, after->values[i].instance);
			assert_true(span_equal(entry->values[i].octets, after->values[i].octets));
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_difference_leads_to_the_other_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
