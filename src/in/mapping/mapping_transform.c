#include "base/clock.h"
#include "in/mapping/mapping_int.h"
#include "model/value.h"

static void put(struct evaluation *e, struct list *list, struct span value)
{
	if (list->count == MAPPING_LIST_MAX || value.len == 0)
		return;
	if (value.len > MAPPED_VALUE_MAX)
		value.len = MAPPED_VALUE_MAX;
	/* Grown by doubling; what it grows out of goes with the arena. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count ? 2 * list->count : 1;
		struct span *rows = arena_array(e->arena, room, sizeof(*rows));
		if (list->count)
			memcpy(rows, list->rows, list->count * sizeof(*rows));
		list->rows = rows;
	}
	list->rows[list->count++] = value;
}

static struct list values_of(struct evaluation *e, size_t attribute)
{
	const struct theirs *theirs = &e->entry->attributes[attribute];
	struct list list = { 0 };

	for (size_t i = 0; i < theirs->count; i++)
		put(e, &list, theirs->values[i]);
	return list;
}

static struct list part(struct evaluation *e, const struct expression *expression, size_t i)
{
	return expression_run(e, expression->parts[i]);
}

static struct list run_first(struct evaluation *e, const struct expression *expression)
{
	struct list list = { 0 };

	for (size_t i = 0; list.count == 0 && i < expression->part_count; i++)
		list = part(e, expression, i);
	if (list.count > 1)
		list.count = 1;
	return list;
}

/* As much of it as a value that is made has room for. */
static size_t append(uint8_t *text, size_t len, struct span piece)
{
	size_t room = MAPPED_VALUE_MAX - len, n = piece.len < room ? piece.len : room;

	if (n > 0)
		memcpy(text + len, piece.data, n);
	return len + n;
}

static struct list run_join(struct evaluation *e, const struct expression *expression)
{
	struct list in = part(e, expression, 0), out = { 0 };
	uint8_t *text = arena_alloc(e->arena, MAPPED_VALUE_MAX);
	size_t len = 0;

	for (size_t i = 0; i < in.count; i++) {
		if (i > 0)
			len = append(text, len, expression->text);
		len = append(text, len, in.rows[i]);
	}
	put(e, &out, span_of(text, len));
	return out;
}

static struct list each(struct evaluation *e, const struct expression *expression,
	struct span (*change)(struct arena *arena, struct span value))
{
	struct list in = part(e, expression, 0), out = { 0 };

	for (size_t i = 0; i < in.count; i++)
		put(e, &out, change(e->arena, in.rows[i]));
	return out;
}

static struct list run_lower(struct evaluation *e, const struct expression *expression)
{
	return each(e, expression, value_lower);
}

static struct list run_upper(struct evaluation *e, const struct expression *expression)
{
	return each(e, expression, value_upper);
}

static struct span trim(struct arena *arena, struct span value)
{
	(void)arena;
	return span_trim(value);
}

static struct list run_trim(struct evaluation *e, const struct expression *expression)
{
	return each(e, expression, trim);
}

static struct span cut_at(struct span *rest, struct span separator)
{
	struct span text = *rest;

	for (size_t i = 0; i + separator.len <= text.len; i++)
		if (memcmp(text.data + i, separator.data, separator.len) == 0) {
			*rest = span_from(text, i + separator.len);
			return span_of(text.data, i);
		}
	*rest = SPAN_NONE;
	return text;
}

/* Parts without anything in them count, as the columns of a table do. */
static struct span nth(struct span value, struct span separator, int number)
{
	int count = 0, wanted = number;

	for (struct span rest = value; number < 0 && rest.len > 0; count++)
		(void)cut_at(&rest, separator);
	if (number < 0)
		wanted = count + 1 + number;
	for (int i = 1; value.len > 0; i++) {
		struct span piece = cut_at(&value, separator);
		if (i == wanted)
			return piece;
	}
	return SPAN_NONE;
}

static struct list run_split(struct evaluation *e, const struct expression *expression)
{
	struct list in = part(e, expression, 0), out = { 0 };

	for (size_t i = 0; i < in.count; i++) {
		struct span rest = in.rows[i];
		if (expression->number)
			put(e, &out, nth(rest, expression->text, expression->number));
		else
			while (rest.len > 0 && out.count < MAPPING_LIST_MAX)
				put(e, &out, cut_at(&rest, expression->text));
	}
	return out;
}

static struct span look_up(
	struct evaluation *e, const struct expression *expression, struct span value)
{
	struct span normal = mapping_normal(e->arena, value);

	for (size_t i = 0; i < expression->pair_count; i++)
		if (span_equal(expression->pairs[i].from, normal))
			return expression->pairs[i].to;
	return expression->has_default ? expression->otherwise : SPAN_NONE;
}

static struct list run_map(struct evaluation *e, const struct expression *expression)
{
	struct list in = part(e, expression, 0), out = { 0 };

	for (size_t i = 0; i < in.count; i++)
		put(e, &out, look_up(e, expression, in.rows[i]));
	return out;
}

/* An address with a hole in it is worse than none. */
static struct list run_template(struct evaluation *e, const struct expression *expression)
{
	struct list out = { 0 };
	uint8_t *text = arena_alloc(e->arena, MAPPED_VALUE_MAX);
	size_t len = 0;

	for (size_t i = 0; i < expression->part_count; i++) {
		struct list one = part(e, expression, i);
		if (one.count == 0)
			return out;
		len = append(text, len, one.rows[0]);
	}
	put(e, &out, span_of(text, len));
	return out;
}

static struct list run_constant(struct evaluation *e, const struct expression *expression)
{
	struct list out = { 0 };

	put(e, &out, expression->text);
	return out;
}

static struct span time_of_filetime(struct arena *arena, struct span value)
{
	char text[TIME_TEXT_MAX];
	int64_t wall;

	if (!filetime_read(span_trim(value), &wall))
		return SPAN_NONE;
	return arena_copy(arena, span_of(text, time_format_generalized(wall, text)));
}

static struct list run_filetime(struct evaluation *e, const struct expression *expression)
{
	return each(e, expression, time_of_filetime);
}

static struct list run_rdn(struct evaluation *e, const struct expression *expression)
{
	struct list out = { 0 };
	struct dn dn;

	if (dn_parse(e->arena, e->entry->dn, &dn, NULL) != OK)
		return out;
	for (size_t i = 0; i < dn.count; i++)
		if (span_equal_nocase(dn.avas[i].type, expression->text))
			put(e, &out, dn.avas[i].value);
	return out;
}

static const struct transform transforms[] = {
	{ "first", "E", run_first },
	{ "join", "es", run_join },
	{ "lower", "e", run_lower },
	{ "upper", "e", run_upper },
	{ "trim", "e", run_trim },
	{ "split", "esn", run_split },
	{ "map", "em", run_map },
	{ "template", "t", run_template },
	{ "constant", "s", run_constant },
	{ "filetime", "e", run_filetime },
	{ "rdn", "s", run_rdn },
};

const struct transform *transform_find(struct span name)
{
	for (size_t i = 0; i < sizeof(transforms) / sizeof(transforms[0]); i++)
		if (span_equal(name, span_str(transforms[i].name)))
			return &transforms[i];
	return NULL;
}

struct list expression_run(struct evaluation *e, const struct expression *expression)
{
	if (!expression->transform)
		return values_of(e, expression->attribute);
	return expression->transform->run(e, expression);
}
