/* PATCH on the values of a multi-valued attribute (RFC 7644 section 3.5.2). */
#include "wire/scim_patch_int.h"

#include "base/limits.h"
#include "model/value.h"

static enum err no_target(struct scim_edit *edit, const struct operation *operation)
{
	return fail(edit->why, ERR_NO_TARGET, operation->path.attribute->name,
		"the path matches nothing");
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

static enum err copy_attribute(
	struct scim_edit *edit, enum attr attr, uint16_t instance, struct entry *one)
{
	const struct value *end = edit->entry->values + edit->entry->count;
	const struct value *value = entry_instance(edit->entry, attr, instance);
	enum err err = OK;
	for (; !err && value && value < end && value->attr == attr && value->instance == instance;
		value++)
		err = entry_add(one, attr, 0, 0, value->octets, edit->why);
	return err;
}

static enum err copy_instance(struct scim_edit *edit, const struct scim_attribute *attribute,
	uint16_t instance, struct entry *one)
{
	enum err err =
		attribute->complex ? OK : copy_attribute(edit, attribute->attr, instance, one);
	for (size_t i = 0; i < attribute->count && !err; i++)
		err = copy_attribute(edit, attribute->parts[i].attr, instance, one);
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
	instances->count = 0;
	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		uint8_t bit = (uint8_t)(1u << value->instance % 8);
		if (!scim_attribute_has(attribute, value->attr) ||
			listed[value->instance / 8] & bit)
			continue;
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

static enum err change_plain(struct scim_edit *edit, const struct scim_attribute *attribute,
	uint16_t instance, const struct json *value)
{
	struct span octets;
	enum err err = scim_octets(edit, attribute->attr, value, &octets);
	if (err)
		return err;
	entry_remove_instance(edit->entry, attribute->attr, instance);
	return entry_add(edit->entry, attribute->attr, instance, edit->source, octets, edit->why);
}

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
	if (!attribute->complex)
		return change_plain(edit, attribute, instance, operation->value);
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
	struct operation adding = *operation;
	const struct scim_attribute *attribute = operation->path.attribute;
	const struct filter *filter = operation->filter;
	const struct filter *const *terms = (const struct filter *const *)filter->parts;
	size_t count = filter->op == FILTER_AND ? filter->part_count : 1;
	if (!attribute->complex)
		return scim_add(edit, attribute, operation->value);
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
	adding.op = PATCH_ADD;
	return change_instance(edit, &adding, instance);
}

/* RFC 7644 section 3.5.2.3 wants noTarget of a replace; of an add it says nothing. */
static bool creates(const struct scim_edit *edit, const struct operation *operation)
{
	return (operation->op == PATCH_ADD && edit->no_target != NO_TARGET_REFUSE) ||
	       (operation->op == PATCH_REPLACE && edit->no_target == NO_TARGET_CREATE);
}

static bool makes_primary(const struct operation *operation)
{
	const struct scim_part *part = operation->path.part;
	if (operation->op == PATCH_REMOVE)
		return false;
	if (part)
		return part == scim_part_find(operation->path.attribute, SPAN("primary")) &&
		       scim_is_true(operation->value);
	return scim_is_true(json_member(operation->value, "primary"));
}

/* Values that become the same are one. */
static bool gives_value(const struct operation *operation)
{
	const struct scim_part *part = operation->path.part;
	return operation->op != PATCH_REMOVE && part &&
	       part->attr == operation->path.attribute->attr && operation->value &&
	       operation->value->type != JSON_IS_NULL;
}

static enum err change_chosen(struct scim_edit *edit, const struct operation *operation)
{
	struct instances chosen;
	enum err err = choose_instances(edit, operation, &chosen);
	if (err)
		return err;
	if (chosen.count == 0 && operation->filter)
		return creates(edit, operation) ? add_described(edit, operation)
						: no_target(edit, operation);
	err = scim_spend(edit, operation->path.attribute->name, chosen.count * STEPS_A_CHANGE);
	if (!err && chosen.count > 1 && makes_primary(operation))
		return fail(edit->why, ERR_VALUE, operation->path.attribute->name,
			"only one of the values can be primary");
	for (size_t i = 0; i < chosen.count && !err; i++)
		if (i > 0 && gives_value(operation))
			scim_remove_instance(edit, operation->path.attribute, chosen.numbers[i]);
		else
			err = change_instance(edit, operation, chosen.numbers[i]);
	return err;
}

/* ---- values that the request lists ---- */

static bool instance_has(
	const struct entry *entry, enum attr attr, uint16_t instance, struct span octets)
{
	const struct value *value = entry_instance(entry, attr, instance);
	return value && value_equal(attr, value->octets, octets);
}

/* Its "value" says which one is meant; where the attribute has none, or none is given, all parts
 * that are. */
static enum err is_listed(struct scim_edit *edit, const struct scim_attribute *attribute,
	const struct json *item, uint16_t instance, bool *listed)
{
	const struct json *value = item->type == JSON_IS_OBJECT ? json_member(item, "value") : item;
	struct span octets;
	*listed = false;
	if (value && attribute->attr) {
		enum err err = scim_octets(edit, attribute->attr, value, &octets);
		*listed = !err && instance_has(edit->entry, attribute->attr, instance, octets);
		return err;
	}
	for (size_t i = 0; i < item->count; i++) {
		const struct scim_part *part = scim_part_find(attribute, item->items[i].name);
		if (!part)
			continue;
		enum err err = scim_octets(edit, part->attr, &item->items[i], &octets);
		*listed = !err && instance_has(edit->entry, part->attr, instance, octets);
		if (!*listed)
			return err;
	}
	return OK;
}

static enum err remove_item(struct scim_edit *edit, const struct scim_attribute *attribute,
	const struct instances *all, const struct json *item)
{
	enum err err = scim_spend(edit, attribute->name, all->count * (1 + item->count));
	for (size_t i = 0; i < all->count && !err; i++) {
		bool listed;
		err = is_listed(edit, attribute, item, all->numbers[i], &listed);
		if (!err && listed)
			scim_remove_instance(edit, attribute, all->numbers[i]);
	}
	return err;
}

/* Entra removes listed values instead of filtered ones. */
static enum err remove_listed(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_attribute *attribute = operation->path.attribute;
	const struct json *list = operation->value;
	const struct json *items = list->type == JSON_IS_ARRAY ? list->items : list;
	size_t count = list->type == JSON_IS_ARRAY ? list->count : 1;
	struct instances all;
	enum err err = OK;
	list_instances(edit->entry, attribute, &all);
	for (size_t i = 0; i < count && !err; i++)
		err = remove_item(edit, attribute, &all, &items[i]);
	return err;
}

enum err patch_multi(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_path *path = &operation->path;
	if (operation->filter || path->part)
		return change_chosen(edit, operation);
	if (operation->op == PATCH_ADD)
		return scim_add(edit, path->attribute, operation->value);
	if (operation->op == PATCH_REPLACE)
		return scim_set(edit, path, operation->value);
	if (operation->value && operation->value->type != JSON_IS_NULL)
		return remove_listed(edit, operation);
	scim_remove(edit, path);
	return OK;
}
