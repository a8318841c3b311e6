/* JSON: what is read can be written, and reads and writes the same again. */
#include "base/limits.h"
#include "fuzz.h"
#include "wire/json.h"

#include <math.h>

static void write_json(struct json_writer *w, const struct json *json)
{
	switch (json->type) {
	case JSON_IS_NULL:
	case JSON_IS_REAL:
		json_put_null(w);
		break;
	case JSON_IS_FALSE:
	case JSON_IS_TRUE:
		json_put_bool(w, json->type == JSON_IS_TRUE);
		break;
	case JSON_IS_INTEGER:
		json_put_integer(w, json->integer);
		break;
	case JSON_IS_STRING:
		json_put_text(w, json->text);
		break;
	case JSON_IS_ARRAY:
		json_begin_array(w);
		for (size_t i = 0; i < json->count; i++)
			write_json(w, &json->items[i]);
		json_end_array(w);
		break;
	case JSON_IS_OBJECT:
		json_begin_object(w);
		for (size_t i = 0; i < json->count; i++) {
			json_put_name(w, json->items[i].name);
			write_json(w, &json->items[i]);
		}
		json_end_object(w);
		break;
	}
}

static struct span written(struct arena *arena, const struct json *json)
{
	struct buffer out;
	struct json_writer w;

	buffer_init(&out, 64 * MIB);
	json_start(&w, &out);
	write_json(&w, json);
	must(!out.failed);
	struct span text = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct json *json, *again;

	if (size <= LIMIT_SCIM_BODY && json_parse(arena, span_of(data, size), &json, NULL) == OK) {
		struct span text = written(arena, json);
		must(json_parse(arena, text, &again, NULL) == OK);
		must(span_equal(written(arena, again), text));
	}
	arena_free(arena);
	return 0;
}
