/* SCIM filters: the first octet chooses the type. What is understood is bounded and can be asked of
 * an entry; its negation answers the opposite. */
#include "base/limits.h"
#include "fuzz.h"
#include "model/filter.h"
#include "person.h"
#include "wire/scim_filter.h"

static size_t nodes(const struct filter *filter, unsigned depth)
{
	size_t count = 1;

	must(depth <= 4 * LIMIT_FILTER_DEPTH);
	for (size_t i = 0; i < filter->part_count; i++)
		count += nodes(filter->parts[i], depth + 1);
	return count;
}

static void ask(struct arena *arena, struct filter *filter)
{
	static const enum truth opposite[] = { TRUTH_TRUE, TRUTH_FALSE, TRUTH_UNDEFINED };
	struct filter **part = arena_array(arena, 1, sizeof *part);
	struct buffer out;
	struct record record;

	part[0] = filter;
	buffer_init(&out, LIMIT_RECORD_OCTETS);
	must(record_write(&out, person(arena), NULL) == OK);
	must(record_open(buffer_span(&out), &record, NULL) == OK);
	enum truth truth = filter_test(filter, &record, NULL);
	struct filter *not = filter_branch(arena, FILTER_NOT, part, 1);
	must(filter_test(not, &record, NULL) == opposite[truth]);
	buffer_free(&out);
}

/* Of the type that the octet says, or of all. */
static enum err understand(
	struct arena *arena, uint8_t choice, struct span text, struct filter **filter)
{
	static const enum kind kinds[] = { KIND_USER, KIND_GROUP, KIND_TEST };
	const struct scim_type *types[] = { scim_type_of(KIND_USER), scim_type_of(KIND_GROUP),
		scim_type_of(KIND_TEST) };

	if (choice % 8 == 7)
		return scim_filter_parse_among(arena, types, 3, text, filter, NULL);
	return scim_filter_parse(
		arena, scim_type_of(kinds[choice % 8 == 4 ? 2 : choice % 2]), text, filter, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct filter *filter;

	if (arena == NULL)
		arena = arena_new();
	arena_reset(arena);

	if (size > 0 && understand(arena, data[0], span_of(data + 1, size - 1), &filter) == OK) {
		must(nodes(filter, 0) <= 256 * LIMIT_SCIM_FILTER_NODES);
		ask(arena, filter);
	}
	return 0;
}
