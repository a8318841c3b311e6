#include "cli/load_int.h"
#include "wire/json.h"

static struct span text_of(const struct json *value)
{
	if (value->type == JSON_IS_STRING)
		return value->text;
	if (value->type == JSON_IS_TRUE)
		return SPAN("TRUE");
	return value->type == JSON_IS_FALSE ? SPAN("FALSE") : SPAN_NONE;
}

static void take_path(struct load *load, struct load_item *item, const char *path,
	unsigned instance, const struct json *value)
{
	struct span text = text_of(value);

	if (text.len > 0)
		load_value(load, item, attr_by_scim(item->kind, span_str(path)), instance, text);
}

static void take_object(struct load *load, struct load_item *item, struct span name,
	unsigned instance, const struct json *object)
{
	/* An extension's attributes follow its URN behind a colon, sub-attributes a dot. */
	char mark = span_starts_nocase(name, SPAN("urn:")) ? ':' : '.';

	for (size_t i = 0; i < object->count; i++)
		take_path(load, item,
			arena_printf(load->arena, "%.*s%c%.*s", SPAN_ARGS(name), mark,
				SPAN_ARGS(object->items[i].name)),
			instance, &object->items[i]);
}

static void take_members(struct load *load, struct load_item *item, const struct json *members)
{
	item->members = arena_array(load->arena, members->count, sizeof *item->members);
	for (size_t i = 0; i < members->count; i++) {
		const struct json *member = &members->items[i];
		struct span name =
			member->type == JSON_IS_STRING ? member->text : json_text(member, "value");

		if (name.len > 0)
			item->members[item->member_count++] = name;
	}
}

static bool is_handled(struct span name)
{
	static const char *const names[] = { "schemas", "id", "meta", "tenant", "password",
		"active", "userName", "members" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_equal_nocase(name, span_str(names[i])))
			return true;
	return false;
}

static void take_member(struct load *load, struct load_item *item, const struct json *value)
{
	if (is_handled(value->name) ||
		(item->kind == KIND_GROUP && span_equal_nocase(value->name, SPAN("displayName"))))
		return;
	if (value->type == JSON_IS_OBJECT)
		take_object(load, item, value->name, 0, value);
	else if (value->type == JSON_IS_ARRAY)
		for (size_t i = 0; i < value->count; i++)
			take_object(load, item, value->name, (unsigned)i, &value->items[i]);
	else
		take_path(load, item, arena_string(load->arena, value->name), 0, value);
}

static size_t count_values(const struct json *object)
{
	size_t count = object->count;

	for (size_t i = 0; i < object->count; i++)
		count += count_values(&object->items[i]);
	return count;
}

/* A line of `tenant export`: attributes by the table's words, a value's place its instance. */
static void take_attributes(
	struct load *load, struct load_item *item, const struct json *attributes)
{
	for (size_t i = 0; i < attributes->count; i++) {
		const struct json *values = &attributes->items[i];
		enum attr attr = attr_by_name(values->name);

		/* The name goes with the item. */
		for (size_t j = 0; attr != kind_row(item->kind)->naming && j < values->count; j++)
			if (values->items[j].type == JSON_IS_STRING)
				load_value(load, item, attr, (unsigned)j, values->items[j].text);
	}
}

static bool is_loaded(enum kind kind)
{
	return kind == KIND_USER || kind_is_container(kind);
}

static void take_exported(struct load *load, const struct json *object, struct span tenant)
{
	enum kind kind = kind_by_word(json_text(object, "kind"));
	const struct json *attributes = json_member(object, "attributes");
	const struct json *members = json_member(object, "members");
	const struct json *active = json_member(object, "active");

	if (!is_loaded(kind)) {
		load->skipped++;
		return;
	}
	struct load_item *item = load_add(load);
	item->tenant = tenant;
	item->kind = kind;
	item->name = json_text(object, "name");
	item->inactive = active && active->type == JSON_IS_FALSE;
	item->values = arena_array(load->arena, count_values(object), sizeof *item->values);
	if (attributes)
		take_attributes(load, item, attributes);
	if (members)
		take_members(load, item, members);
}

static enum err take_line(struct load *load, struct span line, unsigned number, struct why *why)
{
	struct json *object;
	struct why inner = { 0 };

	if (json_parse(load->arena, line, &object, &inner) != OK || object->type != JSON_IS_OBJECT)
		return fail(why, ERR_SYNTAX, NULL, "line %u: %s", number,
			inner.text[0] ? inner.text : "not an object");
	/* The head of an export. */
	if (json_member(object, "export"))
		return OK;
	struct span tenant = json_text(object, "tenant");
	struct span user = json_text(object, "userName");
	struct span group = json_text(object, "displayName");
	if (tenant.len == 0)
		tenant = load->tenant;
	if (tenant.len == 0)
		return fail(why, ERR_MISSING, "tenant", "line %u: of which tenant? Use --tenant",
			number);
	if (json_member(object, "kind")) {
		take_exported(load, object, tenant);
		return OK;
	}
	if (user.len == 0 && group.len == 0)
		return fail(why, ERR_MISSING, "userName",
			"line %u: neither userName nor displayName", number);
	struct load_item *item = load_add(load);
	item->tenant = tenant;
	item->kind = user.len > 0 ? KIND_USER : KIND_GROUP;
	item->name = user.len > 0 ? user : group;
	item->password = json_text(object, "password");
	const struct json *active = json_member(object, "active");
	item->inactive = active && active->type == JSON_IS_FALSE;
	item->values = arena_array(load->arena, count_values(object), sizeof *item->values);
	for (size_t i = 0; i < object->count; i++)
		take_member(load, item, &object->items[i]);
	const struct json *members = json_member(object, "members");
	if (members)
		take_members(load, item, members);
	return OK;
}

enum err load_jsonl(struct load *load, struct span text, struct why *why)
{
	enum err err = OK;

	for (unsigned number = 1; err == OK && text.len > 0; number++) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		if (line.len > 0)
			err = take_line(load, line, number, why);
	}
	return err;
}
