#include "wire/platform.h"

#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME "platform"

static int by_name(const void *left, const void *right)
{
	const struct json *const *a = left, *const *b = right;
	size_t len = (*a)->name.len < (*b)->name.len ? (*a)->name.len : (*b)->name.len;
	int order = len ? memcmp((*a)->name.data, (*b)->name.data, len) : 0;
	if (order)
		return order;
	return (*a)->name.len < (*b)->name.len ? -1 : (*a)->name.len > (*b)->name.len;
}

/* The fewest digits that read back as the same number. */
static void put_real(struct json_writer *w, double number)
{
	char text[40];
	int len = 0;
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(text, sizeof text, "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	json_put_raw(w, span_of(text, (size_t)len));
}

static void put(struct arena *arena, struct json_writer *w, const struct json *value);

static void put_members(struct arena *arena, struct json_writer *w, const struct json *object)
{
	const struct json **members = arena_array(arena, object->count + 1, sizeof *members);
	for (size_t i = 0; i < object->count; i++)
		members[i] = &object->items[i];
	qsort(members, object->count, sizeof *members, by_name);
	json_begin_object(w);
	for (size_t i = 0; i < object->count; i++) {
		json_put_name(w, members[i]->name);
		put(arena, w, members[i]);
	}
	json_end_object(w);
}

static void put(struct arena *arena, struct json_writer *w, const struct json *value)
{
	switch (value->type) {
	case JSON_IS_NULL:
		json_put_null(w);
		return;
	case JSON_IS_FALSE:
	case JSON_IS_TRUE:
		json_put_bool(w, value->type == JSON_IS_TRUE);
		return;
	case JSON_IS_INTEGER:
		json_put_integer(w, value->integer);
		return;
	case JSON_IS_REAL:
		put_real(w, value->real);
		return;
	case JSON_IS_STRING:
		json_put_text(w, value->text);
		return;
	case JSON_IS_ARRAY:
		json_begin_array(w);
		for (size_t i = 0; i < value->count; i++)
			put(arena, w, &value->items[i]);
		json_end_array(w);
		return;
	case JSON_IS_OBJECT:
		put_members(arena, w, value);
		return;
	}
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
	put(arena, &w, value);
	if (out.failed)
		err = fail(why, ERR_TOO_LARGE, NAME, "the object is longer than %d octets",
			LIMIT_VALUE_OCTETS);
	else
		*octets = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return err;
}
