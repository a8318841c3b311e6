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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct filter *filter;

	if (arena == NULL)
		arena = arena_new();
	arena_reset(arena);

	if (size > 0) {
		enum kind kind = data[0] % 2 == 0 ? KIND_USER : KIND_GROUP;
		if (scim_filter_parse(arena, scim_type_of(kind), span_of(data + 1, size - 1),
			    &filter, NULL) == OK) {
			must(nodes(filter, 0) <= 64 * LIMIT_SCIM_FILTER_NODES);
			ask(arena, filter);
		}
	}
	return 0;
}
