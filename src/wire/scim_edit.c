#include "wire/scim_edit.h"

#include "base/limits.h"
#include "model/value.h"

static enum err wrong_type(struct scim_edit *edit, const char *name, const char *wanted)
{
	return fail(edit->why, ERR_VALUE, name, "the value must be %s", wanted);
}

static bool is_nothing(const struct json *value)
{
	return value->type == JSON_IS_NULL || (value->type == JSON_IS_ARRAY && value->count == 0) ||
	       (value->type == JSON_IS_STRING && value->text.len == 0);
}

enum err scim_spend(struct scim_edit *edit, const char *name, uint64_t steps)
{
	edit->steps += steps;
	return edit->steps <= LIMIT_SCIM_STEPS
		       ? OK
		       : fail(edit->why, ERR_TOO_LARGE, name,
				 "too many operations on too many values at once");
}

/* ---- one value ---- */

static enum err take_password(struct scim_edit *edit, const struct json *value)
{
	if (value->type != JSON_IS_STRING)
		return wrong_type(edit, "password", "a string");
	edit->password = value->text;
	return OK;
}

static enum err set_single(struct scim_edit *edit, enum attr attr, const struct json *value)
{
	struct span octets = SPAN_NONE;
	if (is_nothing(value)) {
		entry_remove(edit->entry, attr);
		/* RFC 7643 section 2.5 makes null, [] and absence one; a user without "active" is
		 * active, but who says null has not said true. */
		return attr == ATTR_ACTIVE ? wrong_type(edit, "active", "true or false") : OK;
	}
	if (attr == ATTR_PASSWORD)
		return take_password(edit, value);
	enum err err = scim_octets(edit, attr, value, &octets);
	return err ? err : entry_set(edit->entry, attr, edit->source, octets, edit->why);
}

/* ---- complex attributes ---- */

static enum err set_parts(
	struct scim_edit *edit, const struct scim_attribute *attribute, const struct json *object)
{
	/* Entra gives a manager as its bare id. */
	if (object->type == JSON_IS_STRING && attribute->attr)
		return set_single(edit, attribute->attr, object);
	/* Older clients of Entra wrap it into an array. */
	if (object->type == JSON_IS_ARRAY && object->count == 1)
		object = object->items;
	if (object->type != JSON_IS_OBJECT)
		return wrong_type(edit, attribute->name, "an object");
	for (size_t i = 0; i < object->count; i++) {
		const struct scim_part *part = scim_part_find(attribute, object->items[i].name);
		enum err err = part ? set_single(edit, part->attr, &object->items[i]) : OK;
		if (err)
			return err;
	}
	return OK;
}

static const struct scim_part *primary_of(const struct scim_attribute *attribute)
{
	return scim_part_find(attribute, SPAN("primary"));
}

/* RFC 7643 section 2.4: one value at most is primary. */
static void unset_other_primaries(
	struct scim_edit *edit, const struct scim_attribute *attribute, uint16_t instance)
{
	enum attr attr = primary_of(attribute)->attr;
	const struct value *value;
	for (size_t n = 0; (value = entry_value(edit->entry, attr, n)); n++)
		if (value->instance != instance && span_equal(value->octets, SPAN("TRUE"))) {
			entry_remove_instance(edit->entry, attr, value->instance);
			n = SIZE_MAX;
		}
}

enum err scim_set_part(struct scim_edit *edit, const struct scim_attribute *attribute,
	const struct scim_part *part, uint16_t instance, const struct json *value)
{
	struct span octets;
	if (is_nothing(value)) {
		if (part->attr == attribute->attr)
			scim_remove_instance(edit, attribute, instance);
		else
			entry_remove_instance(edit->entry, part->attr, instance);
		return OK;
	}
	enum err err = scim_octets(edit, part->attr, value, &octets);
	if (err)
		return err;
	if (part == primary_of(attribute) && span_equal(octets, SPAN("TRUE"))) {
		err = scim_spend(edit, attribute->name, entry_value_count(edit->entry, part->attr));
		if (err)
			return err;
		unset_other_primaries(edit, attribute, instance);
	}
	entry_remove_instance(edit->entry, part->attr, instance);
	return entry_add(edit->entry, part->attr, instance, edit->source, octets, edit->why);
}

enum err scim_merge_instance(struct scim_edit *edit, const struct scim_attribute *attribute,
	uint16_t instance, const struct json *object)
{
	if (object->type == JSON_IS_STRING && attribute->attr)
		return scim_set_part(edit, attribute, scim_part_find(attribute, SPAN("value")),
			instance, object);
	if (object->type != JSON_IS_OBJECT)
		return wrong_type(edit, attribute->name, "an object");
	for (size_t i = 0; i < object->count; i++) {
		const struct scim_part *part = scim_part_find(attribute, object->items[i].name);
		enum err err =
			part ? scim_set_part(edit, attribute, part, instance, &object->items[i])
			     : OK;
		if (err)
			return err;
	}
	return OK;
}

void scim_remove_instance(
	struct scim_edit *edit, const struct scim_attribute *attribute, uint16_t instance)
{
	if (!attribute->complex)
		entry_remove_instance(edit->entry, attribute->attr, instance);
	for (size_t i = 0; i < attribute->count; i++)
		entry_remove_instance(edit->entry, attribute->parts[i].attr, instance);
}

/* The instance that has this "value" already, else a fresh one. */
static uint16_t instance_for(
	struct scim_edit *edit, const struct scim_attribute *attribute, const struct json *value)
{
	struct span text = value->type == JSON_IS_STRING ? value->text : json_text(value, "value");
	const struct value *old;
	for (size_t n = 0; attribute->attr && (old = entry_value(edit->entry, attribute->attr, n));
		n++)
		if (value_equal(attribute->attr, old->octets, text))
			return old->instance;
	return entry_next_instance(
		edit->entry, attribute->parts[0].attr, attribute->parts[attribute->count - 1].attr);
}

static bool has_instance(
	const struct scim_edit *edit, const struct scim_attribute *attribute, uint16_t instance)
{
	const struct value *value;
	for (size_t i = 0; i < attribute->count; i++) {
		enum attr attr = attribute->parts[i].attr;
		if (attribute->attr && attr != attribute->attr)
			continue;
		for (size_t n = 0; (value = entry_value(edit->entry, attr, n)); n++)
			if (value->instance == instance)
				return true;
	}
	return false;
}

static enum err add_complex(
	struct scim_edit *edit, const struct scim_attribute *attribute, const struct json *value)
{
	uint16_t instance = instance_for(edit, attribute, value);
	enum err err = scim_merge_instance(edit, attribute, instance, value);
	if (!err && !has_instance(edit, attribute, instance))
		return fail(edit->why, ERR_VALUE, attribute->name,
			attribute->attr ? "a value has no \"value\"" : "a value is empty");
	return err;
}

static enum err add_plain(
	struct scim_edit *edit, const struct scim_attribute *attribute, const struct json *value)
{
	struct span octets;
	const struct value *old;
	enum err err = scim_octets(edit, attribute->attr, value, &octets);
	if (err)
		return err;
	for (size_t n = 0; (old = entry_value(edit->entry, attribute->attr, n)); n++)
		if (value_equal(attribute->attr, old->octets, octets))
			return OK;
	return entry_add(edit->entry, attribute->attr,
		entry_next_instance(edit->entry, attribute->attr, attribute->attr), edit->source,
		octets, edit->why);
}

static size_t count_primaries(const struct scim_attribute *attribute, const struct json *array)
{
	size_t count = 0;
	for (size_t i = 0; primary_of(attribute) && i < array->count; i++)
		count += scim_is_true(json_member(&array->items[i], "primary"));
	return count;
}

enum err scim_add(
	struct scim_edit *edit, const struct scim_attribute *attribute, const struct json *value)
{
	if (is_nothing(value))
		return OK;
	const struct json *items = value->type == JSON_IS_ARRAY ? value->items : value;
	size_t count = value->type == JSON_IS_ARRAY ? value->count : 1;
	if (value->type == JSON_IS_ARRAY && count_primaries(attribute, value) > 1)
		return fail(edit->why, ERR_VALUE, attribute->name,
			"only one of the values can be primary");
	enum err err = OK;
	for (size_t i = 0; !err && i < count; i++) {
		err = scim_spend(
			edit, attribute->name, entry_value_count(edit->entry, attribute->attr));
		if (!err)
			err = attribute->complex ? add_complex(edit, attribute, &items[i])
						 : add_plain(edit, attribute, &items[i]);
	}
	return err;
}

void scim_remove(struct scim_edit *edit, const struct scim_path *path)
{
	const struct scim_attribute *attribute = path->attribute;
	if (path->part && path->part->attr != attribute->attr)
		entry_remove(edit->entry, path->part->attr);
	else if (!attribute->complex)
		entry_remove(edit->entry, attribute->attr);
	else
		for (size_t i = 0; i < attribute->count; i++)
			entry_remove(edit->entry, attribute->parts[i].attr);
}

enum err scim_set(struct scim_edit *edit, const struct scim_path *path, const struct json *value)
{
	const struct scim_attribute *attribute = path->attribute;
	if (attribute->multi) {
		scim_remove(edit, path);
		return scim_add(edit, attribute, value);
	}
	if (path->part)
		return set_single(edit, path->part->attr, value);
	edit->says_active |= attribute->attr == ATTR_ACTIVE;
	if (!attribute->complex)
		return set_single(edit, attribute->attr, value);
	if (is_nothing(value)) {
		scim_remove(edit, path);
		return OK;
	}
	return set_parts(edit, attribute, value);
}

/* ---- members ---- */

static enum err put_member(struct scim_edit *edit, const struct json *value, bool remove)
{
	struct span text = value->type == JSON_IS_STRING ? value->text : json_text(value, "value");
	struct uuid id;
	if (!uuid_parse(text, &id))
		return fail(edit->why, ERR_VALUE, "members", "there is no such member");
	if (edit->member_count == edit->member_capacity) {
		size_t capacity = edit->member_capacity * 2 + 16;
		struct scim_member *grown = arena_array(edit->arena, capacity, sizeof *grown);
		if (edit->member_count > 0)
			memcpy(grown, edit->members, edit->member_count * sizeof *grown);
		edit->members = grown;
		edit->member_capacity = capacity;
	}
	edit->members[edit->member_count++] = (struct scim_member){ id, remove };
	return OK;
}

enum err scim_take_members(struct scim_edit *edit, const struct json *value, bool remove)
{
	if (is_nothing(value))
		return OK;
	if (value->type != JSON_IS_ARRAY)
		return put_member(edit, value, remove);
	for (size_t i = 0; i < value->count; i++) {
		enum err err = put_member(edit, &value->items[i], remove);
		if (err)
			return err;
	}
	return OK;
}

void scim_clear_members(struct scim_edit *edit)
{
	edit->members_replaced = true;
	edit->member_count = 0;
}

enum err scim_check_required(const struct scim_edit *edit, enum err missing)
{
	for (size_t i = 0; i < edit->type->count; i++) {
		const struct scim_attribute *attribute = &edit->type->attributes[i];
		if (attribute->needed && !entry_has(edit->entry, attribute->attr))
			return fail(edit->why, missing, attribute->name, "a %s needs a %s",
				edit->type->name, attribute->name);
	}
	return OK;
}
