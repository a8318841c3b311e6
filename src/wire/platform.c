#include "wire/platform.h"

#include "base/limits.h"

#include <stdlib.h>

#define NAME "platform"

static int by_name(const void *left, const void *right)
{
	const struct json *a = left, *b = right;
	return span_compare(a->name, b->name);
}

/* A copy whose members stand in order, all the way down. */
static struct json sorted(struct arena *arena, const struct json *value)
{
	struct json copy = *value;
	copy.items = arena_array(arena, value->count + 1, sizeof *copy.items);
	for (size_t i = 0; i < value->count; i++)
		copy.items[i] = sorted(arena, &value->items[i]);
	if (value->type == JSON_IS_OBJECT)
		qsort(copy.items, value->count, sizeof *copy.items, by_name);
	return copy;
}

static bool is_percentage(const struct json *value)
{
	if (value->type == JSON_IS_NULL)
		return true;
	if (value->type == JSON_IS_INTEGER)
		return value->integer >= 0 && value->integer <= 100;
	return value->type == JSON_IS_REAL && value->real >= 0 && value->real <= 100;
}

static bool is_class(struct span name)
{
	return span_equal(name, SPAN("default")) || span_equal(name, SPAN("a")) ||
	       span_equal(name, SPAN("b")) || span_equal(name, SPAN("c"));
}

static enum err check_discounts(const struct json *discounts, struct why *why)
{
	if (!discounts || discounts->type == JSON_IS_NULL)
		return OK;
	if (discounts->type != JSON_IS_OBJECT)
		return fail(why, ERR_VALUE, NAME, "discounts are an object");
	for (size_t i = 0; i < discounts->count; i++)
		if (!is_class(discounts->items[i].name) || !is_percentage(&discounts->items[i]))
			return fail(why, ERR_VALUE, NAME,
				"a discount is default, a, b or c, from 0 to 100 or null");
	return OK;
}

enum err platform_canonical(
	struct arena *arena, const struct json *value, struct span *octets, struct why *why)
{
	struct buffer out;
	struct json_writer w;
	if (value->type != JSON_IS_OBJECT)
		return fail(why, ERR_VALUE, NAME, "the value must be an object");
	enum err err = check_discounts(json_member(value, "discounts"), why);
	if (err)
		return err;
	buffer_init(&out, LIMIT_VALUE_OCTETS);
	json_start(&w, &out);
	const struct json canonical = sorted(arena, value);
	json_put_tree(&w, &canonical);
	if (out.failed)
		err = fail(why, ERR_TOO_LARGE, NAME, "the object is longer than %d octets",
			LIMIT_VALUE_OCTETS);
	else
		*octets = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return err;
}
