/* The documents of scim/ and the attribute table say the same. */
#include "model/kind.h"
#include "wire/json.h"
#include "wire/scim_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct document {
	const char *file;
	enum kind kind;
	enum scim_schema schema;
} documents[] = {
	{ "schema-user.json", KIND_USER, SCIM_CORE },
	{ "schema-enterprise-user.json", KIND_USER, SCIM_ENTERPRISE },
	{ "schema-muster-user.json", KIND_USER, SCIM_MUSTER },
	{ "schema-group.json", KIND_GROUP, SCIM_CORE },
	{ "schema-muster-group.json", KIND_GROUP, SCIM_MUSTER },
	{ "schema-test.json", KIND_TEST, SCIM_CORE },
	{ "schema-test-extension.json", KIND_TEST, SCIM_TEST },
};

static struct json *read_document(struct arena *arena, const char *name)
{
	char text[128 * 1024];
	struct json *json = NULL;
	const char *path = arena_printf(arena, "%s%s", SCIM_DOCUMENTS, name);
	FILE *file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be read", path);
	size_t len = fread(text, 1, sizeof text, file);
	fclose(file);
	assert_int_equal(json_parse(arena, span_of(text, len), &json, NULL), OK);
	return json;
}

static void says(const char *name, const struct json *row, const char *key, const char *wanted)
{
	struct span said = json_text(row, key);
	if (!span_equal(said, span_str(wanted)))
		fail_msg("%s: %s is %.*s, not %s", name, key, SPAN_ARGS(said), wanted);
}

static void claims(const char *name, const struct json *row, const char *key, bool wanted)
{
	if (json_is_set(row, key) != wanted)
		fail_msg("%s: %s is not %s", name, key, wanted ? "true" : "false");
}

static const char *type_of(enum attr attr, const struct json *row)
{
	static const char *const types[] = {
		[SYNTAX_BOOLEAN] = "boolean",
		[SYNTAX_INTEGER] = "integer",
		[SYNTAX_DECIMAL] = "decimal",
		[SYNTAX_TIME] = "dateTime",
		[SYNTAX_OCTETS] = "binary",
	};
	enum syntax syntax = attr_row(attr)->syntax;
	if (attr == ATTR_PLATFORM)
		return "complex";
	if (attr == ATTR_PASSWORD)
		return "string";
	if (syntax == SYNTAX_EXACT && json_member(row, "referenceTypes"))
		return "reference";
	return syntax < COUNT(types) && types[syntax] ? types[syntax] : "string";
}

static bool has_case(enum attr attr)
{
	enum syntax syntax = attr_row(attr)->syntax;
	return syntax == SYNTAX_EXACT || syntax == SYNTAX_REFERENCE || syntax == SYNTAX_OCTETS;
}

static const char *mutability_of(unsigned flags)
{
	return flags & ATTR_READ_ONLY    ? "readOnly"
	       : flags & ATTR_WRITE_ONLY ? "writeOnly"
	       : flags & ATTR_IMMUTABLE  ? "immutable"
					 : "readWrite";
}

static const char *returned_of(unsigned flags)
{
	return flags & ATTR_WRITE_ONLY   ? "never"
	       : flags & ATTR_ALWAYS     ? "always"
	       : flags & ATTR_ON_REQUEST ? "request"
					 : "default";
}

static void compare_value(
	const struct scim_type *type, const char *name, enum attr attr, const struct json *row)
{
	unsigned flags = attr_row(attr)->flags;
	bool named = kind_row(type->kind)->naming == attr;
	says(name, row, "type", type_of(attr, row));
	says(name, row, "mutability", mutability_of(flags));
	says(name, row, "returned", returned_of(flags));
	claims(name, row, "required", named || flags & ATTR_NEEDED);
	if (json_member(row, "caseExact"))
		claims(name, row, "caseExact", has_case(attr));
	if (named)
		says(name, row, "uniqueness", "server");
}

static void compare_parts(const struct scim_type *type, const struct scim_attribute *attribute,
	const struct json *row)
{
	const struct json *parts = json_member(row, "subAttributes");
	assert_non_null(parts);
	for (size_t i = 0; i < parts->count; i++) {
		struct span name = json_text(&parts->items[i], "name");
		const struct scim_part *part = scim_part_find(attribute, name);
		if (!part)
			fail_msg("%s has no %.*s", attribute->name, SPAN_ARGS(name));
		compare_value(type, part->name, part->attr, &parts->items[i]);
	}
	assert_int_equal(parts->count, attribute->count);
}

static void compare_row(
	const struct scim_type *type, enum scim_schema schema, const struct json *row)
{
	struct scim_path path;
	struct span name = json_text(row, "name");
	if (!scim_name_find(type, schema, false, name, &path))
		fail_msg("the table has no %.*s", SPAN_ARGS(name));
	const struct scim_attribute *attribute = path.attribute;
	claims(attribute->name, row, "multiValued", attribute->multi);
	if (attribute->special)
		return;
	if (attribute->complex)
		compare_parts(type, attribute, row);
	else
		compare_value(type, attribute->name, attribute->attr, row);
}

static void each_row_of_a_document_is_what_the_table_says(void **state)
{
	for (size_t i = 0; i < COUNT(documents); i++) {
		const struct document *document = &documents[i];
		const struct scim_type *type = scim_type_of(document->kind);
		const struct json *json = read_document(*state, document->file);
		const struct json *rows = json_member(json, "attributes");
		says(document->file, json, "id", type->urns[document->schema]);
		for (size_t j = 0; j < rows->count; j++)
			compare_row(type, document->schema, &rows->items[j]);
	}
}

static bool is_documented(const struct json *json, const char *name)
{
	const struct json *rows = json_member(json, "attributes");
	for (size_t i = 0; i < rows->count; i++)
		if (span_equal(json_text(&rows->items[i], "name"), span_str(name)))
			return true;
	return false;
}

/* RFC 7643 section 3.1: the common attributes belong to no schema. */
static bool is_common(const struct scim_attribute *attribute)
{
	return attribute->special == ATTR_ID || attribute->special == SCIM_META ||
	       attribute->special == SCIM_SCHEMAS;
}

static void each_attribute_of_the_table_has_a_row_in_a_document(void **state)
{
	for (size_t i = 0; i < COUNT(documents); i++) {
		const struct scim_type *type = scim_type_of(documents[i].kind);
		const struct json *json = read_document(*state, documents[i].file);
		for (size_t j = 0; j < type->count; j++) {
			const struct scim_attribute *attribute = &type->attributes[j];
			if (attribute->schema == documents[i].schema && !is_common(attribute) &&
				!is_documented(json, attribute->name))
				fail_msg("%s lacks %s", documents[i].file, attribute->name);
		}
	}
}

static int make_arena(void **state)
{
	*state = arena_new();
	return 0;
}

static int free_arena(void **state)
{
	arena_free(*state);
	return 0;
}

#define test_of(name) cmocka_unit_test_setup_teardown(name, make_arena, free_arena)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(each_row_of_a_document_is_what_the_table_says),
		test_of(each_attribute_of_the_table_has_a_row_in_a_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
