/* Values: the first octet chooses the attribute. A normal form is its own normal form, what is
 * canonical stays so, and the comparisons agree with the forms. */
#include "base/limits.h"
#include "fuzz.h"
#include "model/value.h"

static void check_two(struct arena *arena, enum attr attr, struct span a, struct span b)
{
	struct span normal_a = value_normal(arena, attr, a),
		    normal_b = value_normal(arena, attr, b);
	bool equal = span_equal(normal_a, normal_b);

	must(value_equal(attr, a, b) == equal && value_equal(attr, b, a) == equal);
	must(value_matches(attr, a, normal_b) == equal);
	int order = value_order(attr, normal_a, normal_b);
	must((order == 0) == equal);
	must((order < 0) == (value_order(attr, normal_b, normal_a) > 0));
}

static void check_one(struct arena *arena, enum attr attr, struct span raw)
{
	struct span normal = value_normal(arena, attr, raw), stored, again;

	if (normal.len <= LIMIT_VALUE_OCTETS * 4)
		must(span_equal(value_normal(arena, attr, normal), normal));
	must(value_matches(attr, raw, normal) && value_equal(attr, raw, normal));
	struct span part = syntax_normal_part(arena, attr_row(attr)->syntax, raw, true, true);
	must(span_equal(part, normal));
	syntax_normal_part(arena, attr_row(attr)->syntax, raw, false, false);
	if (value_canonical(arena, attr, raw, &stored, NULL) != OK)
		return;
	must(value_fits(attr, value_normal(arena, attr, stored)));
	must(value_canonical(arena, attr, stored, &again, NULL) == OK);
	must(span_equal(stored, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);
	struct arena *arena;

	if (size < 2)
		return 0;
	arena = arena_new();
	enum attr attr = rows[data[0] % count].attr;
	struct span rest = span_of(data + 1, size - 1);
	check_one(arena, attr, rest);
	struct span first = span_cut(&rest, 0xff);
	check_two(arena, attr, first, rest);
	arena_free(arena);
	return 0;
}
