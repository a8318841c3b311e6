#include "in/ldap/update_int.h"

#include "base/limits.h"
#include "model/object_class.h"
#include "model/value.h"
#include "wire/ldap_postal.h"

#include <stdlib.h>

#define VALUES_SPENT (4 * LIMIT_VALUES_PER_ENTRY)
#define INSTANCE_OPEN UINT16_MAX /* to be chosen */

/* ---- what is there ---- */

static struct arena *arena_of(const struct draft *draft)
{
	return draft->update->attempt;
}

static const char *name_of(enum attr attr)
{
	return attr_row(attr)->ldap;
}

static void put(struct draft *draft, const struct value *value, struct span normal)
{
	if (draft->count == draft->capacity) {
		size_t capacity = draft->capacity * 2 + 32;
		struct draft_value *grown = arena_array(arena_of(draft), capacity, sizeof *grown);

		if (draft->count > 0)
			memcpy(grown, draft->values, draft->count * sizeof *grown);
		draft->values = grown;
		draft->capacity = capacity;
	}
	draft->values[draft->count++] = (struct draft_value){ *value, normal };
}

void draft_put(struct draft *draft, enum attr attr, struct span octets)
{
	struct value value = {
		.attr = attr, .source = draft->update->actor.source, .octets = octets
	};

	put(draft, &value, octets);
}

static void take_out(struct draft *draft, size_t at)
{
	memmove(draft->values + at, draft->values + at + 1,
		(draft->count - at - 1) * sizeof *draft->values);
	draft->count--;
}

void draft_begin(
	struct draft *draft, struct update *update, struct view *view, const struct record *record)
{
	struct dn dn;

	*draft = (struct draft){ .update = update,
		.view = view,
		.record = record,
		.classes = kind_classes(update->kind) };
	if (record && record->kind == KIND_POINTER &&
		dn_parse(update->attempt, record_first(record, ATTR_POINTER_DN), &dn, NULL) == OK)
		pointer_begin(draft, &dn);
	for (size_t i = 0; record && i < record->count; i++) {
		struct value value = record_row(record, i);

		value.octets = arena_copy(update->attempt, value.octets);
		put(draft, &value, value_normal(update->attempt, value.attr, value.octets));
	}
}

/* The place of an equal value, or count. */
static size_t find(const struct draft *draft, enum attr attr, struct span normal)
{
	size_t i = 0;

	while (i < draft->count && (draft->values[i].value.attr != attr ||
					   !span_equal(draft->values[i].normal, normal)))
		i++;
	return i;
}

size_t draft_count(const struct draft *draft, enum attr attr)
{
	size_t count = 0;

	for (size_t i = 0; i < draft->count; i++)
		count += draft->values[i].value.attr == attr;
	return count;
}

void draft_remove(struct draft *draft, enum attr attr)
{
	draft->touched[attr / 64] |= UINT64_C(1) << (attr % 64);
	for (size_t i = draft->count; i-- > 0;)
		if (draft->values[i].value.attr == attr)
			take_out(draft, i);
}

/* ---- values as they are sent ---- */

/* A person above another is an id here and a DN in LDAP. */
static int read_reference(
	struct draft *draft, enum attr attr, size_t n, struct span raw, struct span *octets)
{
	struct update *update = draft->update;
	struct record person;
	struct dn dn;

	if (dn_parse(arena_of(draft), raw, &dn, NULL) != OK)
		return update_refuse(
			update, RESULT_INVALID_SYNTAX, name_of(attr), "value #%zu is not a DN", n);
	if (!target_resolve(update->conn, draft->view, raw, &person) || person.kind != KIND_USER)
		return update_refuse(update, RESULT_CONSTRAINT, name_of(attr),
			"value #%zu: there is no such person", n);
	*octets = arena_copy(arena_of(draft), uuid_span(&person.id));
	return RESULT_SUCCESS;
}

/* What is no value of the syntax is told from one that a rule forbids. */
static int fault_of(enum attr attr, struct span raw, enum err err)
{
	enum syntax syntax = attr_row(attr)->syntax;
	bool is_text = syntax == SYNTAX_TEXT || syntax == SYNTAX_EXACT || syntax == SYNTAX_OCTETS;

	if (err == ERR_SYNTAX || (is_text && syntax != SYNTAX_OCTETS && !span_is_utf8(raw)))
		return RESULT_INVALID_SYNTAX;
	return is_text || raw.len > LIMIT_VALUE_OCTETS ? RESULT_CONSTRAINT : RESULT_INVALID_SYNTAX;
}

static int read_value(
	struct draft *draft, enum attr attr, size_t n, struct span raw, struct draft_value *value)
{
	struct update *update = draft->update;
	struct span octets = raw;
	struct why why = { 0 };
	enum err err;

	if (draft->spent++ == VALUES_SPENT)
		return update_refuse(update, RESULT_ADMIN_LIMIT, name_of(attr), "too many values");
	if (attr_row(attr)->syntax == SYNTAX_REFERENCE) {
		int code = read_reference(draft, attr, n, raw, &octets);

		if (code != RESULT_SUCCESS)
			return code;
	} else {
		if (attr == ATTR_ADDRESS)
			raw = postal_read(arena_of(draft), raw);
		err = raw.len == 0 ? ERR_SYNTAX
				   : value_canonical(arena_of(draft), attr, raw, &octets, &why);
		if (err != OK)
			return update_refuse(update, fault_of(attr, raw, err), name_of(attr),
				"value #%zu: %s", n, why.text[0] ? why.text : "it is empty");
	}
	*value = (struct draft_value){ { .attr = attr,
					       .instance = INSTANCE_OPEN,
					       .source = update->actor.source,
					       .octets = octets },
		value_normal(arena_of(draft), attr, octets) };
	return RESULT_SUCCESS;
}

/* ---- one change ---- */

static bool is_permissive(const struct draft *draft)
{
	return controls_have(&draft->update->controls, CONTROL_PERMISSIVE);
}

/* The lowest ones without a value of the attribute: the first street goes with the first postal
 * code. */
static void choose_instances(struct draft *draft, enum attr attr)
{
	bool *used = arena_array(arena_of(draft), draft->count + 1, sizeof *used);
	uint16_t next = 0;

	for (size_t i = 0; i < draft->count; i++)
		if (draft->values[i].value.attr == attr &&
			draft->values[i].value.instance < draft->count)
			used[draft->values[i].value.instance] = true;
	for (size_t i = 0; i < draft->count; i++) {
		struct value *value = &draft->values[i].value;

		if (value->attr != attr || value->instance != INSTANCE_OPEN)
			continue;
		while (used[next])
			next++;
		value->instance = next++;
	}
}

/* What stood before and is said again stays what it was, and whose it was. */
static void keep_place(struct draft_value *value, const struct draft_value *before, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (before[i].value.attr == value->value.attr &&
			span_equal(before[i].normal, value->normal))
			value->value.instance = before[i].value.instance;
}

static int add_one(
	struct draft *draft, enum attr attr, size_t n, size_t first, struct draft_value *value)
{
	struct update *update = draft->update;
	size_t at = find(draft, attr, value->normal);

	if (at < draft->count && at >= first)
		return update_refuse(update, RESULT_VALUE_EXISTS, name_of(attr),
			"value #%zu provided more than once", n);
	if (at < draft->count && is_permissive(draft))
		return RESULT_SUCCESS;
	if (at < draft->count)
		return update_refuse(
			update, RESULT_VALUE_EXISTS, name_of(attr), "value #%zu already exists", n);
	if (attr_has(attr, ATTR_SINGLE) && draft_count(draft, attr) > 0)
		return update_refuse(
			update, RESULT_CONSTRAINT, name_of(attr), "it has one value only");
	put(draft, &value->value, value->normal);
	return RESULT_SUCCESS;
}

/* `before`: values whose place an equal one takes. */
static int add(struct draft *draft, enum attr attr, const struct ldap_change *change,
	const struct draft_value *before, size_t before_count)
{
	size_t first = draft->count;
	int code = RESULT_SUCCESS;

	draft->touched[attr / 64] |= UINT64_C(1) << (attr % 64);
	for (size_t i = 0; i < change->count && code == RESULT_SUCCESS; i++) {
		struct draft_value value;

		code = read_value(draft, attr, i, change->values[i], &value);
		if (code != RESULT_SUCCESS)
			return code;
		keep_place(&value, before, before_count);
		code = add_one(draft, attr, i, first, &value);
	}
	choose_instances(draft, attr);
	return code;
}

static int delete (struct draft *draft, enum attr attr, const struct ldap_change *change)
{
	struct update *update = draft->update;
	bool any = draft_count(draft, attr) > 0;
	int code = RESULT_SUCCESS;

	if (change->count == 0 && (any || is_permissive(draft))) {
		draft_remove(draft, attr);
		return RESULT_SUCCESS;
	}
	if (!any && !is_permissive(draft))
		return update_refuse(
			update, RESULT_NO_SUCH_ATTRIBUTE, name_of(attr), "no such attribute");
	draft->touched[attr / 64] |= UINT64_C(1) << (attr % 64);
	for (size_t i = 0; i < change->count; i++) {
		struct draft_value value;
		size_t at = draft->count;

		code = read_value(draft, attr, i, change->values[i], &value);
		if (code == RESULT_SUCCESS)
			at = find(draft, attr, value.normal);
		if (at < draft->count)
			take_out(draft, at);
		else if (!is_permissive(draft))
			return update_refuse(update, RESULT_NO_SUCH_ATTRIBUTE, name_of(attr),
				"value #%zu: no such value", i);
	}
	return RESULT_SUCCESS;
}

static int replace(struct draft *draft, enum attr attr, const struct ldap_change *change)
{
	size_t count = draft->count;
	struct draft_value *before = arena_array(arena_of(draft), count, sizeof *before);

	if (count > 0)
		memcpy(before, draft->values, count * sizeof *before);
	draft_remove(draft, attr);
	return add(draft, attr, change, before, count);
}

/* RFC 4525: each value grows by the one that is sent. */
static int increment(struct draft *draft, enum attr attr, const struct ldap_change *change)
{
	struct update *update = draft->update;
	struct draft_value by;
	int64_t step, number;
	int code;

	if (attr_row(attr)->syntax != SYNTAX_INTEGER)
		return update_refuse(
			update, RESULT_CONSTRAINT, name_of(attr), "it is not a number");
	code = read_value(draft, attr, 0, change->values[0], &by);
	if (code != RESULT_SUCCESS)
		return code;
	if (draft_count(draft, attr) == 0)
		return update_refuse(
			update, RESULT_NO_SUCH_ATTRIBUTE, name_of(attr), "no such attribute");
	draft->touched[attr / 64] |= UINT64_C(1) << (attr % 64);
	step = strtoll(arena_string(arena_of(draft), by.value.octets), NULL, 10);
	for (size_t i = 0; i < draft->count; i++) {
		struct draft_value *value = &draft->values[i];

		if (value->value.attr != attr)
			continue;
		number = strtoll(arena_string(arena_of(draft), value->value.octets), NULL, 10);
		if (__builtin_add_overflow(number, step, &number))
			return update_refuse(
				update, RESULT_CONSTRAINT, name_of(attr), "the sum is too large");
		value->value.octets =
			span_str(arena_printf(arena_of(draft), "%lld", (long long)number));
		value->value.source = update->actor.source;
		value->normal = value_normal(arena_of(draft), attr, value->value.octets);
	}
	return RESULT_SUCCESS;
}

/* ---- all changes ---- */

/* Attribute names are ASCII; what is not, is not shown. */
static struct span shown(struct span type)
{
	for (size_t i = 0; i < type.len; i++)
		if (type.data[i] <= ' ' || type.data[i] > '~')
			return SPAN("?");
	return type.len > 64 ? span_of(type.data, 64) : type;
}

int draft_attribute(struct update *update, const struct ldap_change *change, enum attr *attr)
{
	struct span type = shown(change->type);

	*attr = attr_by_ldap(change->type);
	if (*attr == ATTR_NONE)
		return update_refuse(update, RESULT_UNDEFINED_TYPE, NULL,
			"%.*s: attribute type undefined", SPAN_ARGS(type));
	if (*attr != ATTR_OBJECT_CLASS && attr_has(*attr, ATTR_READ_ONLY))
		return update_refuse(
			update, RESULT_CONSTRAINT, name_of(*attr), "no user modification allowed");
	if (change->op == CHANGE_ADD && change->count == 0)
		return update_refuse(
			update, RESULT_PROTOCOL_ERROR, name_of(*attr), "no values given");
	if (change->op == CHANGE_INCREMENT && change->count != 1)
		return update_refuse(update, RESULT_PROTOCOL_ERROR, name_of(*attr),
			"an increment has one value");
	return RESULT_SUCCESS;
}

static int change_values(struct draft *draft, enum attr attr, const struct ldap_change *change)
{
	switch (change->op) {
	case CHANGE_ADD:
		return add(draft, attr, change, NULL, 0);
	case CHANGE_DELETE:
		return delete (draft, attr, change);
	case CHANGE_REPLACE:
		return replace(draft, attr, change);
	default:
		return increment(draft, attr, change);
	}
}

static int apply(struct draft *draft, const struct ldap_change *change)
{
	struct update *update = draft->update;
	enum attr attr;
	int code = draft_attribute(update, change, &attr);

	if (code != RESULT_SUCCESS)
		return code;
	if (update->kind == KIND_POINTER && !pointer_holds(draft, attr))
		return pointer_names(draft, change, attr);
	if (update->kind != KIND_POINTER && !(attr_row(attr)->kinds >> update->kind & 1))
		return update_refuse(update, RESULT_OBJECT_CLASS, NULL,
			"attribute '%s' not allowed", name_of(attr));
	switch (attr) {
	case ATTR_OBJECT_CLASS:
		return draft_classes(draft, change);
	case ATTR_MEMBER:
		return draft_members(draft, change);
	case ATTR_PASSWORD:
		return draft_password(draft, change);
	default:
		return change_values(draft, attr, change);
	}
}

int draft_apply(struct draft *draft, const struct ldap_change *changes, size_t count)
{
	int code = RESULT_SUCCESS;

	for (size_t i = 0; i < count && code == RESULT_SUCCESS; i++)
		code = apply(draft, &changes[i]);
	return code;
}

/* ---- names ---- */

static bool says(const struct draft *draft, enum attr attr, struct span raw)
{
	return find(draft, attr, value_normal(arena_of(draft), attr, raw)) < draft->count;
}

void draft_remove_value(struct draft *draft, enum attr attr, struct span raw)
{
	size_t at = find(draft, attr, value_normal(arena_of(draft), attr, raw));

	draft->touched[attr / 64] |= UINT64_C(1) << (attr % 64);
	if (at < draft->count)
		take_out(draft, at);
}

/* RFC 4511 section 4.7: what names an entry is among its values. */
static int add_naming(struct draft *draft, const struct ava *ava)
{
	struct update *update = draft->update;
	struct span value = ava->value;
	struct ldap_change change = { CHANGE_ADD, SPAN_NONE, &value, 1 };

	if (ava->attr == ATTR_NONE)
		return update_refuse(update, RESULT_UNDEFINED_TYPE, NULL,
			"%.*s: attribute type undefined", SPAN_ARGS(shown(ava->type)));
	if (!(attr_row(ava->attr)->kinds >> update->kind & 1) || attr_is_hidden(ava->attr) ||
		attr_has(ava->attr, ATTR_READ_ONLY | ATTR_COMPUTED))
		return update_refuse(update, RESULT_NAMING_VIOLATION, NULL,
			"a %s is not named by %s", kind_row(update->kind)->word,
			name_of(ava->attr));
	if (says(draft, ava->attr, ava->value))
		return RESULT_SUCCESS;
	if (attr_has(ava->attr, ATTR_SINGLE) && draft_count(draft, ava->attr) > 0)
		return update_refuse(update, RESULT_NAMING_VIOLATION, NULL,
			"value of single-valued naming attribute '%s' conflicts with value "
			"present in entry",
			name_of(ava->attr));
	return add(draft, ava->attr, &change, NULL, 0);
}

int draft_name(struct draft *draft, const struct dn *dn)
{
	struct dn leaf = dn_leaf(dn);
	int code = RESULT_SUCCESS;

	if (draft->update->kind == KIND_POINTER)
		return pointer_name(draft, dn);
	for (size_t i = 0; i < leaf.count && code == RESULT_SUCCESS; i++)
		code = add_naming(draft, &leaf.avas[i]);
	draft_remove(draft, ATTR_RDN);
	if (leaf.count == 1 && leaf.avas[0].attr == kind_row(draft->update->kind)->naming)
		return code;
	draft_put(draft, ATTR_RDN, dn_text(arena_of(draft), &leaf));
	return code;
}

int draft_keeps_name(const struct draft *draft, const struct dn *dn)
{
	struct dn leaf = dn_leaf(dn);

	if (draft->update->kind == KIND_POINTER)
		return RESULT_SUCCESS; /* pointer_names() saw to it */
	for (size_t i = 0; i < leaf.count; i++)
		if (!says(draft, leaf.avas[i].attr, leaf.avas[i].value))
			return update_refuse(draft->update, RESULT_NOT_ON_RDN,
				name_of(leaf.avas[i].attr),
				"the entry is named by it: rename it instead");
	return RESULT_SUCCESS;
}

int draft_complete(struct draft *draft)
{
	static const enum attr needed[] = { ATTR_COMMON_NAME, ATTR_FAMILY_NAME };
	enum kind kind = draft->update->kind;

	if (kind == KIND_POINTER)
		return pointer_complete(draft);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if ((attr_row(needed[i])->kinds >> kind & 1) && draft_count(draft, needed[i]) == 0)
			return update_refuse(draft->update, RESULT_OBJECT_CLASS, NULL,
				"object class '%s' requires attribute '%s'",
				kind == KIND_USER ? "person" : "groupOfNames", name_of(needed[i]));
	return RESULT_SUCCESS;
}
