#include "wire/scim_edit.h"

#include "base/limits.h"
#include "model/value.h"
#include "wire/scim_filter.h"

/* One operation with its path taken apart. */
struct operation {
	enum patch_op op;
	const struct json *value; /* NULL: none */
	struct scim_path path;
	struct filter *filter; /* of a value path, on one instance; NULL: none */
};

static enum err no_target(struct scim_edit *edit, const struct operation *operation)
{
	return fail(edit->why, ERR_NO_TARGET, operation->path.attribute->name,
		"the path matches nothing");
}

/* ---- paths ---- */

static enum err bad_path(struct scim_edit *edit, struct span text)
{
	return fail(edit->why, ERR_PATH, arena_string(edit->arena, text), "there is no such path");
}

static enum err parse_value_path(
	struct scim_edit *edit, struct span text, size_t bracket, struct operation *operation)
{
	struct span inner = span_from(text, bracket + 1);
	size_t end = scim_bracket_end(inner);
	const struct scim_attribute *attribute = operation->path.attribute;
	if (end == inner.len || operation->path.part || !attribute || !attribute->multi ||
		!attribute->complex)
		return bad_path(edit, text);
	struct span rest = span_from(inner, end + 1);
	inner.len = end;
	if (rest.len > 0) {
		operation->path.part = scim_part_find(attribute, span_from(rest, 1));
		if (rest.data[0] != '.' || !operation->path.part)
			return bad_path(edit, text);
	}
	return scim_value_filter_parse(
		edit->arena, edit->type, attribute, inner, &operation->filter, edit->why);
}

static enum err parse_path(struct scim_edit *edit, struct span text, struct operation *operation)
{
	size_t bracket = span_find(text, '[');
	if (!scim_path_find(edit->type, span_of(text.data, bracket), &operation->path))
		return bad_path(edit, text);
	return bracket < text.len ? parse_value_path(edit, text, bracket, operation) : OK;
}

/* ---- instances that a value filter chooses ---- */

/* What testing and changing one instance costs beside, in steps. */
#define STEPS_A_TEST 4
#define STEPS_A_CHANGE 16

static size_t filter_size(const struct filter *filter)
{
	size_t size = 1;
	for (size_t i = 0; i < filter->part_count; i++)
		size += filter_size(filter->parts[i]);
	return size;
}

/* Memory for one instance at a time. */
struct tester {
	struct arena *scratch;
	struct buffer bytes;
};

static enum err copy_instance(struct scim_edit *edit, const struct scim_attribute *attribute,
	uint16_t instance, struct entry *one)
{
	const struct entry *entry = edit->entry;
	const struct value *end = entry->values + entry->count;
	enum err err = OK;
	for (size_t i = 0; i < attribute->count; i++) {
		enum attr attr = attribute->parts[i].attr;
		const struct value *value = entry_instance(entry, attr, instance);
		for (; !err && value && value < end && value->attr == attr &&
			value->instance == instance;
			value++)
			err = entry_add(one, attr, 0, 0, value->octets, edit->why);
	}
	return err;
}

static enum err test_instance(struct scim_edit *edit, const struct operation *operation,
	struct tester *tester, uint16_t instance, bool *matches)
{
	struct record record;
	arena_reset(tester->scratch);
	buffer_reset(&tester->bytes);
	struct entry *one = entry_new(tester->scratch, edit->entry->kind);
	enum err err = copy_instance(edit, operation->path.attribute, instance, one);
	if (!err)
		err = record_write(&tester->bytes, one, edit->why);
	if (!err)
		err = record_open(buffer_span(&tester->bytes), &record, edit->why);
	if (!err)
		*matches = filter_test(operation->filter, &record, NULL) == TRUTH_TRUE;
	return err;
}

struct instances {
	uint16_t numbers[LIMIT_VALUES_PER_ENTRY];
	size_t count;
};

static void list_instances(const struct entry *entry, const struct scim_attribute *attribute,
	struct instances *instances)
{
	uint8_t listed[(UINT16_MAX + 1) / 8] = { 0 };
	const struct value *value;
	instances->count = 0;
	for (size_t i = 0; i < attribute->count; i++)
		for (size_t n = 0; (value = entry_value(entry, attribute->parts[i].attr, n)); n++) {
			uint8_t bit = (uint8_t)(1u << value->instance % 8);
			if (!(listed[value->instance / 8] & bit))
				instances->numbers[instances->count++] = value->instance;
			listed[value->instance / 8] |= bit;
		}
}

static enum err test_instances(struct scim_edit *edit, const struct operation *operation,
	const struct instances *all, struct instances *chosen)
{
	struct tester tester = { .scratch = arena_new() };
	buffer_init(&tester.bytes, LIMIT_RECORD_OCTETS);
	enum err err = OK;
	for (size_t i = 0; !err && i < all->count; i++) {
		bool matches = false;
		err = test_instance(edit, operation, &tester, all->numbers[i], &matches);
		if (matches)
			chosen->numbers[chosen->count++] = all->numbers[i];
	}
	buffer_free(&tester.bytes);
	arena_free(tester.scratch);
	return err;
}

static enum err choose_instances(
	struct scim_edit *edit, const struct operation *operation, struct instances *chosen)
{
	struct instances all;
	list_instances(edit->entry, operation->path.attribute, operation->filter ? &all : chosen);
	if (!operation->filter)
		return OK;
	chosen->count = 0;
	enum err err = scim_spend(edit, operation->path.attribute->name,
		all.count * (STEPS_A_TEST + filter_size(operation->filter)));
	return err ? err : test_instances(edit, operation, &all, chosen);
}

/* ---- what an operation does ---- */

static enum err change_instance(
	struct scim_edit *edit, const struct operation *operation, uint16_t instance)
{
	const struct scim_attribute *attribute = operation->path.attribute;
	const struct scim_part *part = operation->path.part;
	if (operation->op == PATCH_REMOVE && part && part->attr != attribute->attr) {
		entry_remove_instance(edit->entry, part->attr, instance);
		return OK;
	}
	if (operation->op == PATCH_REMOVE) {
		scim_remove_instance(edit, attribute, instance);
		return OK;
	}
	if (part)
		return scim_set_part(edit, attribute, part, instance, operation->value);
	/* A replaced value keeps nothing of the old one but its "value", if none is given. */
	for (size_t i = 0; operation->op == PATCH_REPLACE && i < attribute->count; i++)
		if (attribute->parts[i].attr != attribute->attr)
			entry_remove_instance(edit->entry, attribute->parts[i].attr, instance);
	return scim_merge_instance(edit, attribute, instance, operation->value);
}

/* Entra adds 'emails[type eq "work"].value' where no work e-mail is yet: it means one of that type.
 */
static enum err add_described(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_attribute *attribute = operation->path.attribute;
	const struct filter *filter = operation->filter;
	const struct filter *const *terms = (const struct filter *const *)filter->parts;
	size_t count = filter->op == FILTER_AND ? filter->part_count : 1;
	uint16_t instance = entry_next_instance(
		edit->entry, attribute->parts[0].attr, attribute->parts[attribute->count - 1].attr);
	for (size_t i = 0; i < count; i++) {
		const struct filter *term = filter->op == FILTER_AND ? terms[i] : filter;
		if (term->op != FILTER_EQUAL)
			return no_target(edit, operation);
		/* What the filter holds was prepared to be compared, not to be kept. */
		struct span octets;
		enum err err =
			value_canonical(edit->arena, term->attr, term->value, &octets, edit->why);
		if (!err)
			err = entry_add(
				edit->entry, term->attr, instance, edit->source, octets, edit->why);
		if (err)
			return err;
	}
	return change_instance(edit, operation, instance);
}

static enum err change_chosen(struct scim_edit *edit, const struct operation *operation)
{
	struct instances chosen;
	enum err err = choose_instances(edit, operation, &chosen);
	if (err)
		return err;
	if (chosen.count == 0 && operation->filter)
		return operation->op == PATCH_ADD ? add_described(edit, operation)
						  : no_target(edit, operation);
	err = scim_spend(edit, operation->path.attribute->name, chosen.count * STEPS_A_CHANGE);
	for (size_t i = 0; i < chosen.count && !err; i++)
		err = change_instance(edit, operation, chosen.numbers[i]);
	return err;
}

/* Entra removes listed values instead of filtered ones. */
static enum err remove_listed(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_attribute *attribute = operation->path.attribute;
	const struct json *list = operation->value;
	const struct json *items = list->type == JSON_IS_ARRAY ? list->items : list;
	size_t count = list->type == JSON_IS_ARRAY ? list->count : 1;
	enum err err = scim_spend(edit, attribute->name,
		(uint64_t)count * entry_value_count(edit->entry, attribute->attr));
	for (size_t i = 0; i < count && !err; i++) {
		struct span text = items[i].type == JSON_IS_STRING ? items[i].text
								   : json_text(&items[i], "value");
		const struct value *value;
		for (size_t n = 0; (value = entry_value(edit->entry, attribute->attr, n)); n++)
			if (value_equal(attribute->attr, value->octets, text)) {
				scim_remove_instance(edit, attribute, value->instance);
				break;
			}
	}
	return err;
}

static enum err change_multi(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_path *path = &operation->path;
	if (operation->filter || path->part)
		return change_chosen(edit, operation);
	if (operation->op == PATCH_ADD)
		return scim_add(edit, path->attribute, operation->value);
	if (operation->op == PATCH_REPLACE)
		return scim_set(edit, path, operation->value);
	if (operation->value && operation->value->type != JSON_IS_NULL && path->attribute->attr)
		return remove_listed(edit, operation);
	scim_remove(edit, path);
	return OK;
}

/* 'members[value eq "..."]', also several joined by or: the ids themselves, whether members or not,
 * so that removing one who has gone already succeeds. */
static enum err members_of_filter(struct scim_edit *edit, const struct filter *filter)
{
	if (filter->op == FILTER_EQUAL && filter->attr == ATTR_MEMBER) {
		struct json id = { .type = JSON_IS_STRING, .text = filter->value };
		return scim_take_members(edit, &id, true);
	}
	if (filter->op != FILTER_OR || filter->part_count == 0)
		return fail(edit->why, ERR_NO_TARGET, "members",
			"members are chosen by 'value eq' only");
	enum err err = OK;
	for (size_t i = 0; i < filter->part_count && !err; i++)
		err = members_of_filter(edit, filter->parts[i]);
	return err;
}

static enum err change_members(struct scim_edit *edit, const struct operation *operation)
{
	if (operation->op == PATCH_REMOVE && operation->filter && !operation->path.part)
		return members_of_filter(edit, operation->filter);
	if (operation->filter || operation->path.part)
		return fail(edit->why, ERR_NO_TARGET, "members", "a member cannot be changed");
	if (operation->op == PATCH_REMOVE && operation->value &&
		operation->value->type != JSON_IS_NULL)
		return scim_take_members(edit, operation->value, true);
	if (operation->op != PATCH_ADD)
		scim_clear_members(edit);
	return operation->op == PATCH_REMOVE ? OK
					     : scim_take_members(edit, operation->value, false);
}

static enum err immutable(struct scim_edit *edit, const char *name)
{
	return fail(edit->why, ERR_MUTABILITY, name, "the attribute cannot be changed");
}

static enum err change_attribute(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_path *path = &operation->path;
	const struct scim_attribute *attribute = path->attribute;
	if (attribute->special == ATTR_MEMBER)
		return change_members(edit, operation);
	if (attribute->special || attribute->read_only)
		return immutable(edit, attribute->name);
	if (attribute->multi)
		return change_multi(edit, operation);
	if (operation->op != PATCH_REMOVE)
		return scim_set(edit, path, operation->value);
	if (attribute->attr == ATTR_ACTIVE)
		return immutable(edit, attribute->name);
	scim_remove(edit, path);
	return OK;
}

/* ---- operations ---- */

static enum err change_schema(struct scim_edit *edit, const struct operation *operation);

static enum err change(struct scim_edit *edit, const struct operation *operation)
{
	enum err err = operation->path.attribute ? change_attribute(edit, operation)
						 : change_schema(edit, operation);
	/* "mutability": RFC 7644 section 3.5.2.2, a required attribute cannot be removed. */
	return err ? err
		   : scim_check_required(
			     edit, operation->op == PATCH_REMOVE ? ERR_MUTABILITY : ERR_MISSING);
}

static bool is_given_by_server(const struct scim_attribute *attribute)
{
	return attribute && attribute->special != ATTR_MEMBER &&
	       (attribute->special || attribute->read_only);
}

/* One member of a value without path. Okta puts id and schemas into it, which are passed over, and
 * so is what the type does not have; Entra uses whole paths as names. */
static enum err change_member(struct scim_edit *edit, const struct operation *outer,
	enum scim_schema schema, const struct json *member)
{
	struct operation inner = { .op = outer->op, .value = member };
	bool found = schema != SCIM_CORE &&
		     scim_name_find(edit->type, schema, false, member->name, &inner.path);
	if (!found && schema != SCIM_CORE)
		return OK;
	if (!found && span_find(member->name, '[') == member->name.len &&
		!scim_path_find(edit->type, member->name, &inner.path))
		return OK;
	if (!found) {
		enum err err = parse_path(edit, member->name, &inner);
		if (err)
			return err;
	}
	return is_given_by_server(inner.path.attribute) ? OK : change(edit, &inner);
}

static enum err change_all(
	struct scim_edit *edit, const struct operation *operation, enum scim_schema schema)
{
	const struct json *object = operation->value;
	if (!object || object->type != JSON_IS_OBJECT)
		return fail(edit->why, ERR_VALUE, "value",
			"without a path the value must be an object");
	enum err err = OK;
	for (size_t i = 0; i < object->count && !err; i++)
		err = change_member(edit, operation, schema, &object->items[i]);
	return err;
}

static enum err change_schema(struct scim_edit *edit, const struct operation *operation)
{
	if (operation->op != PATCH_REMOVE)
		return change_all(edit, operation, operation->path.schema);
	for (size_t i = 0; i < edit->type->count; i++) {
		const struct scim_attribute *attribute = &edit->type->attributes[i];
		const struct scim_path path = { attribute, NULL, attribute->schema };
		if (attribute->schema == operation->path.schema && !attribute->special &&
			!attribute->read_only)
			scim_remove(edit, &path);
	}
	return OK;
}

static bool parse_op(struct span name, enum patch_op *op)
{
	static const struct {
		const char *name;
		enum patch_op op;
	} rows[] = { { "add", PATCH_ADD }, { "remove", PATCH_REMOVE },
		{ "replace", PATCH_REPLACE } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (span_equal_nocase(name, span_str(rows[i].name))) {
			*op = rows[i].op;
			return true;
		}
	return false;
}

static enum err apply(struct scim_edit *edit, const struct json *json)
{
	struct operation operation = { .value = json_member(json, "value") };
	const struct json *path = json_member(json, "path");
	if (!parse_op(json_text(json, "op"), &operation.op))
		return fail(edit->why, ERR_SYNTAX, "op", "an operation is add, remove or replace");
	if (path && path->type != JSON_IS_STRING && path->type != JSON_IS_NULL)
		return fail(edit->why, ERR_PATH, "path", "the path must be a string");
	bool has_path = path && path->type == JSON_IS_STRING && path->text.len > 0;
	if (operation.op == PATCH_REMOVE && !has_path)
		return fail(edit->why, ERR_NO_TARGET, "path", "remove needs a path");
	if (operation.op != PATCH_REMOVE && !operation.value)
		return fail(edit->why, ERR_VALUE, "value", "the operation has no value");
	if (!has_path)
		return change_all(edit, &operation, SCIM_CORE);
	enum err err = parse_path(edit, path->text, &operation);
	return err ? err : change(edit, &operation);
}

static enum err check_message(struct scim_edit *edit, const struct json *body)
{
	const struct json *schemas = json_member(body, "schemas");
	for (size_t i = 0; schemas && schemas->type == JSON_IS_ARRAY && i < schemas->count; i++)
		if (span_equal_nocase(schemas->items[i].text,
			    SPAN("urn:ietf:params:scim:api:messages:2.0:PatchOp")))
			return OK;
	return fail(edit->why, ERR_VALUE, "schemas", "the schema of a PatchOp is missing");
}

enum err scim_patch(struct scim_edit *edit, const struct json *body)
{
	const struct json *operations = json_member(body, "Operations");
	enum err err = check_message(edit, body);
	if (err)
		return err;
	if (!operations || operations->type != JSON_IS_ARRAY || operations->count == 0)
		return fail(edit->why, ERR_SYNTAX, "Operations", "there are no operations");
	if (operations->count > LIMIT_PATCH_OPERATIONS)
		return fail(edit->why, ERR_TOO_LARGE, "Operations", "more than %d operations",
			LIMIT_PATCH_OPERATIONS);
	for (size_t i = 0; i < operations->count && !err; i++)
		err = apply(edit, &operations->items[i]);
	return err;
}
