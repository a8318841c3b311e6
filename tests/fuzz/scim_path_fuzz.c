/* Paths of SCIM attributes: octet 0 chooses a resource type, an operation and a value, the rest is
 * the path. A path that is found leads to an attribute of the type; a PATCH by it ends with a
 * reason or leaves canonical values; what it removes is gone. */
#include "base/limits.h"
#include "fuzz.h"
#include "model/value.h"
#include "person.h"
#include "wire/scim_edit.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEXT(name, value)                                                                          \
	{                                                                                          \
		JSON_IS_STRING, SPAN(name), SPAN(value), 0, 0, NULL, 0                             \
	}

static struct json parts[] = { TEXT("value", "new@example.com"), TEXT("type", "other"),
	{ .type = JSON_IS_TRUE, .name = SPAN("primary") } };
static const struct json values[] = {
	TEXT("value", "Some Text"),
	{ .type = JSON_IS_TRUE, .name = SPAN("value") },
	{ .type = JSON_IS_NULL, .name = SPAN("value") },
	{ .type = JSON_IS_OBJECT, .name = SPAN("value"), .items = parts, .count = COUNT(parts) },
};

static const char *const ops[] = { "add", "replace", "Remove" };
static const enum kind kinds[] = { KIND_USER, KIND_GROUP, KIND_TEST };

static void check_path(const struct scim_type *type, const struct scim_path *path)
{
	const struct scim_attribute *attribute = path->attribute;

	must(type->urns[path->schema] != NULL);
	if (attribute == NULL)
		return;
	must(attribute >= type->attributes && attribute < type->attributes + type->count);
	must(attribute->schema == path->schema);
	must(path->part == NULL || (path->part >= attribute->parts &&
					   path->part < attribute->parts + attribute->count));
}

static void check_values(struct arena *arena, const struct entry *entry)
{
	struct span stored;

	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		must(value_canonical(arena, value->attr, value->octets, &stored, NULL) == OK);
		must(span_equal(stored, value->octets));
	}
}

static enum err patch(
	struct arena *arena, const struct scim_type *type, unsigned choice, struct span path)
{
	struct why why = { 0 };
	struct scim_edit edit = { .arena = arena, .type = type, .source = 3, .why = &why };
	struct json urn = TEXT("", "urn:ietf:params:scim:api:messages:2.0:PatchOp");
	struct json operation[] = {
		{ .type = JSON_IS_STRING,
			.name = SPAN("op"),
			.text = span_str(ops[choice % COUNT(ops)]) },
		{ .type = JSON_IS_STRING, .name = SPAN("path"), .text = path },
		values[choice / COUNT(ops) % COUNT(values)],
	};
	struct json list = { .type = JSON_IS_OBJECT, .items = operation, .count = 3 };
	struct json members[] = {
		{ .type = JSON_IS_ARRAY, .name = SPAN("schemas"), .items = &urn, .count = 1 },
		{ .type = JSON_IS_ARRAY, .name = SPAN("Operations"), .items = &list, .count = 1 },
	};
	const struct json body = { .type = JSON_IS_OBJECT, .items = members, .count = 2 };

	edit.entry = type->kind == KIND_USER ? person_again(arena) : entry_new(arena, type->kind);
	enum err err = scim_patch(&edit, &body);
	must((err == OK) == (why.err == OK));
	if (err == OK)
		check_values(arena, edit.entry);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct scim_path path;

	if (size == 0 || size > 4096)
		return 0;
	if (arena == NULL)
		arena = arena_new();
	arena_reset(arena);
	const struct scim_type *type = scim_type_of(kinds[data[0] % COUNT(kinds)]);
	struct span text = span_of(data + 1, size - 1);
	bool found = scim_path_find(type, text, &path);
	if (found)
		check_path(type, &path);
	enum err err = patch(arena, type, data[0] / COUNT(kinds), text);
	if (text.len > 0 && span_find(text, '[') == text.len)
		must(found || err != OK);
	return 0;
}
