/* Filters over a record: both are read off the input. The answer is one of three, a double negation
 * does not change it, and De Morgan's law holds. */
#include "base/codec.h"
#include "base/limits.h"
#include "fuzz.h"
#include "model/filter.h"

static struct filter *take_filter(struct arena *arena, struct reader *in, unsigned depth);

static struct span take_text(struct reader *in)
{
	size_t len = read_u8(in) % 24;
	size_t left = (size_t)(in->end - in->at);

	return read_bytes(in, len < left ? len : left);
}

static enum attr take_attr(struct reader *in)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);
	size_t at = read_u8(in) % (count + 1);

	return at < count ? rows[at].attr : ATTR_NONE;
}

static struct filter *take_branch(
	struct arena *arena, struct reader *in, enum filter_op op, unsigned depth)
{
	size_t count = op == FILTER_NOT || op == FILTER_SAME_INSTANCE || op == FILTER_IN_DN
			       ? 1
			       : read_u8(in) % 4;
	struct filter **parts = arena_array(arena, count, sizeof(struct filter *));

	for (size_t i = 0; i < count; i++)
		parts[i] = take_filter(arena, in, depth + 1);
	return filter_branch(arena, op, parts, count);
}

static struct filter *take_substring(struct arena *arena, struct reader *in)
{
	struct span any[3], initial = take_text(in), final = take_text(in);
	size_t count = read_u8(in) % 4;

	for (size_t i = 0; i < count; i++)
		any[i] = take_text(in);
	return filter_substring(arena, take_attr(in), initial, any, count, final);
}

static struct filter *take_filter(struct arena *arena, struct reader *in, unsigned depth)
{
	enum filter_op op = read_u8(in) % (FILTER_UNDEFINED + 1);

	if (in->bad || depth >= LIMIT_FILTER_DEPTH)
		return filter_new(arena, FILTER_UNDEFINED, ATTR_NONE);
	if (op <= FILTER_NOT || op == FILTER_SAME_INSTANCE || op == FILTER_IN_DN)
		return take_branch(arena, in, op, depth);
	if (op == FILTER_SUBSTRING)
		return take_substring(arena, in);
	enum attr attr = take_attr(in);
	return filter_leaf(arena, op, attr, take_text(in));
}

static struct filter *negate(struct arena *arena, struct filter *filter)
{
	struct filter **part = arena_array(arena, 1, sizeof(struct filter *));

	part[0] = filter;
	return filter_branch(arena, FILTER_NOT, part, 1);
}

static bool odd_edge(void *arg, uint32_t container, uint32_t member)
{
	(void)arg;
	return ((container ^ member) & 1) != 0;
}

static void check(struct arena *arena, struct filter *filter, const struct record *record)
{
	const struct filter_context context = { .edge = odd_edge };
	enum truth truth = filter_test(filter, record, &context);
	struct filter *twice = negate(arena, negate(arena, filter));

	must(truth == filter_test(twice, record, &context));
	if (filter->op != FILTER_AND)
		return;
	struct filter **parts = arena_array(arena, filter->part_count, sizeof *parts);
	for (size_t i = 0; i < filter->part_count; i++)
		parts[i] = negate(arena, filter->parts[i]);
	struct filter *either = filter_branch(arena, FILTER_OR, parts, filter->part_count);
	must(truth == filter_test(negate(arena, either), record, &context));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(span_of(data, size));
	struct arena *arena = arena_new();
	struct entry *entry = entry_new(arena, KIND_USER);
	struct buffer out;
	struct record record;

	entry->kind = read_u8(&in) % 2 ? KIND_USER : KIND_ROLE;
	entry->number = read_u8(&in);
	entry->modified = (int64_t)read_u64(&in);
	for (size_t n = read_u8(&in) % 8; n > 0; n--) {
		enum attr attr = take_attr(&in);
		uint16_t instance = read_u8(&in) % 4;
		if (attr != ATTR_NONE)
			entry_add(entry, attr, instance, 0, take_text(&in), NULL);
	}
	buffer_init(&out, LIMIT_RECORD_OCTETS);
	must(record_write(&out, entry, NULL) == OK);
	must(record_open(buffer_span(&out), &record, NULL) == OK);
	check(arena, take_filter(arena, &in, 0), &record);
	buffer_free(&out);
	arena_free(arena);
	return 0;
}
