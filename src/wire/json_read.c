#include "wire/json.h"

#include "base/limits.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* What the scan counts, without a tree and without recursion. */
struct scan {
	size_t depth, nodes;
	bool in_string, escaped;
};

/* False when a limit is passed. Every value stands at the start, behind "[" or "{", or behind a
 * comma, so these bound the nodes; what is no JSON otherwise is left to the parser. */
static bool scan_octet(struct scan *scan, uint8_t c)
{
	if (scan->in_string) {
		if (scan->escaped)
			scan->escaped = false;
		else if (c == '\\')
			scan->escaped = true;
		else if (c == '"')
			scan->in_string = false;
		return true;
	}
	switch (c) {
	case '"':
		scan->in_string = true;
		return true;
	case '{':
	case '[':
		scan->nodes++;
		return ++scan->depth <= LIMIT_JSON_DEPTH && scan->nodes <= LIMIT_JSON_NODES;
	case '}':
	case ']':
		if (scan->depth > 0)
			scan->depth--;
		return true;
	case ',':
		return ++scan->nodes <= LIMIT_JSON_NODES;
	default:
		return true;
	}
}

static enum err scan_text(struct span text, struct why *why)
{
	if (!span_is_utf8(text))
		return fail(why, ERR_SYNTAX, NULL, "the body is not well-formed UTF-8");
	struct scan scan = { 0 };
	for (size_t i = 0; i < text.len; i++)
		if (!scan_octet(&scan, text.data[i]))
			return fail(why, ERR_SYNTAX, NULL,
				scan.depth > LIMIT_JSON_DEPTH
					? "the JSON text is nested too deeply"
					: "the JSON text has too many values");
	return OK;
}

static int by_name(const void *a, const void *b)
{
	struct span x = (*(const struct json *const *)a)->name;
	struct span y = (*(const struct json *const *)b)->name;
	size_t common = x.len < y.len ? x.len : y.len;
	for (size_t i = 0; i < common; i++) {
		int p = x.data[i], q = y.data[i];
		p = p >= 'A' && p <= 'Z' ? p + 32 : p;
		q = q >= 'A' && q <= 'Z' ? q + 32 : q;
		if (p != q)
			return p - q;
	}
	return (x.len > y.len) - (x.len < y.len);
}

/* RFC 7643 section 2.1: names compare without case, so two spellings of one are a duplicate, which
 * the parser cannot know. Sorting, as a peer could make any hash collide. */
static enum err refuse_duplicates(struct arena *arena, const struct json *object, struct why *why)
{
	if (object->count < 2)
		return OK;
	const struct json **sorted = arena_array(arena, object->count, sizeof *sorted);
	for (size_t i = 0; i < object->count; i++)
		sorted[i] = &object->items[i];
	qsort(sorted, object->count, sizeof *sorted, by_name);
	for (size_t i = 1; i < object->count; i++)
		if (by_name(&sorted[i - 1], &sorted[i]) == 0)
			return fail(why, ERR_SYNTAX, arena_string(arena, sorted[i]->name),
				"a name stands twice in one object");
	return OK;
}

static enum err convert(struct arena *arena, const json_t *from, struct json *to, struct why *why);

static enum err convert_object(
	struct arena *arena, const json_t *from, struct json *to, struct why *why)
{
	json_t *object = (json_t *)from; /* jansson's iterators are not const */
	to->type = JSON_IS_OBJECT;
	to->count = json_object_size(object);
	to->items = arena_array(arena, to->count, sizeof *to->items);
	struct json *item = to->items;
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		item->name = arena_copy(arena, span_str(json_object_iter_key(at)));
		enum err err = convert(arena, json_object_iter_value(at), item++, why);
		if (err)
			return err;
	}
	return refuse_duplicates(arena, to, why);
}

static enum err convert_array(
	struct arena *arena, const json_t *from, struct json *to, struct why *why)
{
	to->type = JSON_IS_ARRAY;
	to->count = json_array_size(from);
	to->items = arena_array(arena, to->count, sizeof *to->items);
	for (size_t i = 0; i < to->count; i++) {
		enum err err = convert(arena, json_array_get(from, i), &to->items[i], why);
		if (err)
			return err;
	}
	return OK;
}

/* Recursion is bounded by the scan's depth. */
static enum err convert(struct arena *arena, const json_t *from, struct json *to, struct why *why)
{
	switch (json_typeof(from)) {
	case JSON_OBJECT:
		return convert_object(arena, from, to, why);
	case JSON_ARRAY:
		return convert_array(arena, from, to, why);
	case JSON_STRING:
		to->type = JSON_IS_STRING;
		to->text = arena_copy(
			arena, span_of(json_string_value(from), json_string_length(from)));
		return OK;
	case JSON_INTEGER:
		to->type = JSON_IS_INTEGER;
		to->integer = json_integer_value(from);
		return OK;
	case JSON_REAL:
		to->type = JSON_IS_REAL;
		to->real = json_real_value(from);
		return OK;
	case JSON_TRUE:
		to->type = JSON_IS_TRUE;
		return OK;
	case JSON_FALSE:
		to->type = JSON_IS_FALSE;
		return OK;
	case JSON_NULL:
		to->type = JSON_IS_NULL;
		return OK;
	}
	return fail(why, ERR_SYNTAX, NULL, "the JSON text is malformed");
}

enum err json_parse(struct arena *arena, struct span text, struct json **json, struct why *why)
{
	enum err err = scan_text(text, why);
	if (err)
		return err;
	json_error_t where;
	json_t *root = json_loadb((const char *)text.data, text.len,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
	if (!root && json_error_code(&where) == json_error_numeric_overflow)
		return fail(why, ERR_VALUE, NULL, "a number at line %d, column %d is out of range",
			where.line, where.column);
	if (!root)
		return fail(why, ERR_SYNTAX, NULL,
			"the JSON text is malformed at line %d, column %d", where.line,
			where.column);
	struct json *tree = arena_zalloc(arena, sizeof *tree);
	err = convert(arena, root, tree, why);
	json_decref(root);
	if (!err)
		*json = tree;
	return err;
}

const struct json *json_member(const struct json *object, const char *name)
{
	if (!object || object->type != JSON_IS_OBJECT)
		return NULL;
	struct span wanted = span_str(name);
	for (size_t i = 0; i < object->count; i++)
		if (span_equal_nocase(object->items[i].name, wanted))
			return &object->items[i];
	return NULL;
}

struct span json_text(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	return member && member->type == JSON_IS_STRING ? member->text : SPAN_NONE;
}

bool json_is_set(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	return member && member->type == JSON_IS_TRUE;
}

int64_t json_number(const struct json *object, const char *name, int64_t otherwise)
{
	const struct json *member = json_member(object, name);
	if (member && member->type == JSON_IS_INTEGER)
		return member->integer;
	/* 2^53: beyond it a double no longer tells neighbouring integers apart. */
	if (member && member->type == JSON_IS_REAL && trunc(member->real) == member->real &&
		fabs(member->real) <= 9007199254740992.0)
		return (int64_t)member->real;
	return otherwise;
}
