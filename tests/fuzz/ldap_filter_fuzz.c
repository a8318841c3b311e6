/* An LDAP filter becomes a tree within the limits, which can be asked of a record; else one of the
 * four refusals. */
#include "base/limits.h"
#include "fuzz.h"
#include "wire/ldap_filter.h"

static void check_tree(const struct filter *filter, unsigned depth, unsigned *nodes)
{
	must(depth <= LIMIT_FILTER_DEPTH);
	must(++*nodes <= LIMIT_FILTER_NODES);
	for (size_t i = 0; i < filter->part_count; i++)
		check_tree(filter->parts[i], depth + 1, nodes);
}

static void ask(const struct filter *filter, struct arena *arena)
{
	struct entry *entry = entry_new(arena, KIND_USER);
	struct buffer out;
	struct record record;

	entry_add(entry, ATTR_USER_NAME, 0, 0, SPAN("alice"), NULL);
	entry_add(entry, ATTR_COMMON_NAME, 0, 0, SPAN("Alice Example"), NULL);
	entry_add(entry, ATTR_EMAIL, 0, 0, SPAN("alice@acme.test"), NULL);
	buffer_init(&out, LIMIT_RECORD_OCTETS);
	must(record_write(&out, entry, NULL) == OK);
	must(record_open(buffer_span(&out), &record, NULL) == OK);
	must(filter_test(filter, &record, NULL) <= TRUTH_UNDEFINED);
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct filter *filter = NULL;
	unsigned nodes = 0;
	enum err err = filter_read(arena, span_of(data, size), &filter, NULL);

	must(err == OK || err == ERR_PROTOCOL || err == ERR_UNWILLING || err == ERR_TOO_LARGE ||
		err == ERR_FILTER);
	if (err == OK) {
		check_tree(filter, 1, &nodes);
		ask(filter, arena);
	}
	arena_free(arena);
	return 0;
}
