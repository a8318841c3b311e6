/* Rows of a directory's settings and an entry of the directory: whatever an administrator writes is
 * refused with the place or compiled, and whatever a server sends stays within the limits.
 *
 * Input: lines; the first octet of each says what it is: m a mapping row, s a scope rule, d a
 * disabled rule, p the preset, n the DN, v a value of every attribute asked for. */
#include "base/limits.h"
#include "fuzz.h"
#include "in/mapping/mapping.h"

#define NOW INT64_C(1795359600000000)
#define VALUES_MAX 64

struct input {
	struct texts rows, scope, disabled;
	struct span preset, dn, values[VALUES_MAX];
	size_t value_count;
};

static void add(struct texts *texts, struct span text)
{
	if (texts->count < TEXTS_ROWS_MAX)
		texts->rows[texts->count++] = text;
}

static void take_line(struct input *in, struct span line)
{
	struct span text = span_from(line, 1);

	switch (line.len ? line.data[0] : 0) {
	case 'm':
		add(&in->rows, text);
		break;
	case 's':
		add(&in->scope, text);
		break;
	case 'd':
		add(&in->disabled, text);
		break;
	case 'p':
		in->preset = text;
		break;
	case 'n':
		in->dn = text;
		break;
	case 'v':
		if (in->value_count < VALUES_MAX)
			in->values[in->value_count++] = text;
	}
}

static void check(const struct mapping *mapping, const struct mapped *mapped)
{
	size_t octets = 0;

	must(mapped->count <= MAPPED_VALUES_MAX && mapped->state < ENTRY_STATES);
	must((mapped->state == ENTRY_ACTIVE) == (mapped->rule.len == 0));
	for (size_t i = 0; i < mapped->count; i++) {
		const struct row_value *value = &mapped->values[i];
		must(value->octets.len > 0 && value->octets.len <= MAPPED_VALUE_MAX);
		must(mapping_gives(mapping, value->attr) && value->instance < MAPPING_VALUES_MAX);
		octets += value->octets.len;
	}
	must(octets <= MAPPING_OCTETS_MAX + MAPPED_VALUE_MAX);
}

static void apply(struct arena *arena, const struct mapping *mapping, const struct input *in)
{
	size_t count;
	struct mapped mapped;

	(void)mapping_wanted(mapping, &count);
	must(count <= MAPPING_WANTED_MAX);
	struct theirs *attributes = arena_array(arena, count + 1, sizeof(*attributes));
	for (size_t i = 0; i < count; i++)
		attributes[i] = (struct theirs){ in->values, in->value_count };
	struct mapping_entry entry = { in->dn, attributes };
	mapping_apply(mapping, arena, &entry, NOW, &mapped);
	check(mapping, &mapped);
	(void)mapping_steps(mapping, arena, &entry, &count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	struct arena *arena = arena_new();
	struct mapping *mapping;

	memset(&in, 0, sizeof(in));
	for (struct span rest = span_of(data, size); rest.len > 0;)
		take_line(&in, span_cut(&rest, '\n'));
	for (enum mapping_server server = 0; server < MAPPING_SERVERS; server++) {
		struct why why = { 0 };
		struct mapping_texts texts = { &in.rows, &in.scope, &in.disabled, in.preset,
			server };
		if (mapping_compile(arena, &texts, &mapping, &why) == OK)
			apply(arena, mapping, &in);
		else
			must(why.text[0] != '\0' && why.attribute[0] != '\0');
	}
	arena_free(arena);
	return 0;
}
