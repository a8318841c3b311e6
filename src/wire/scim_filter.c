#include "wire/scim_filter.h"

#include "base/codec.h"
#include "base/limits.h"
#include "wire/scim_edit.h"

struct parse {
	struct arena *arena;
	const struct scim_type *type;
	const struct scim_attribute *within; /* inside the brackets of this one, or NULL */
	enum attr (*name)(unsigned kind, struct span word); /* other names, or NULL */
	unsigned kind;                                      /* for it */
	struct span rest;
	unsigned depth, nodes;
	struct why *why;
};

static enum err parse_or(struct parse *p, struct filter **filter);

static enum err bad(struct parse *p, const char *what)
{
	return fail(p->why, ERR_FILTER, NULL, "the filter is not understood: %s", what);
}

/* ---- words ---- */

static void skip_blanks(struct parse *p)
{
	while (p->rest.len > 0 && p->rest.data[0] == ' ')
		p->rest = span_from(p->rest, 1);
}

static bool at_octet(const struct parse *p, uint8_t c)
{
	return p->rest.len > 0 && p->rest.data[0] == c;
}

static bool take_octet(struct parse *p, uint8_t c)
{
	skip_blanks(p);
	if (!at_octet(p, c))
		return false;
	p->rest = span_from(p->rest, 1);
	return true;
}

static bool is_alpha(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_name_octet(uint8_t c)
{
	return is_alpha(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':' ||
	       c == '.' || c == '$';
}

/* A path or a keyword; empty when none stands here. */
static struct span peek_word(struct parse *p)
{
	skip_blanks(p);
	size_t len = 0;
	while (len < p->rest.len && is_name_octet(p->rest.data[len]))
		len++;
	return span_of(p->rest.data, len);
}

static struct span take_word(struct parse *p)
{
	struct span word = peek_word(p);
	p->rest = span_from(p->rest, word.len);
	return word;
}

static bool take_keyword(struct parse *p, const char *keyword)
{
	struct span word = peek_word(p);
	if (!span_equal_nocase(word, span_str(keyword)))
		return false;
	p->rest = span_from(p->rest, word.len);
	return true;
}

/* Up to the quote that ends the JSON string at the start; 0 when none does. */
static size_t string_length(struct span text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '"')
			return i + 1;
	}
	return 0;
}

static enum err take_value(struct parse *p, struct json **value)
{
	skip_blanks(p);
	size_t len = 0;
	if (at_octet(p, '"'))
		len = string_length(p->rest);
	else
		while (len < p->rest.len && p->rest.data[len] != ' ' && p->rest.data[len] != ')' &&
			p->rest.data[len] != ']')
			len++;
	struct span text = span_of(p->rest.data, len);
	if (len == 0 || json_parse(p->arena, text, value, NULL) ||
		(*value)->type == JSON_IS_ARRAY || (*value)->type == JSON_IS_OBJECT)
		return bad(p, "a string, number, true, false or null is missing");
	p->rest = span_from(p->rest, len);
	return OK;
}

size_t scim_bracket_end(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == ']')
			return i;
		if (text.data[i] != '"')
			continue;
		size_t len = string_length(span_from(text, i));
		if (len == 0)
			break;
		i += len - 1;
	}
	return text.len;
}

/* ---- leaves ---- */

enum compare { EQ, NE, CO, SW, EW, GT, GE, LT, LE, PR, COMPARE_COUNT };

static const char *const compare_names[COMPARE_COUNT] = { "eq", "ne", "co", "sw", "ew", "gt", "ge",
	"lt", "le", "pr" };

static bool take_compare(struct parse *p, enum compare *compare)
{
	for (enum compare c = 0; c < COMPARE_COUNT; c++)
		if (take_keyword(p, compare_names[c])) {
			*compare = c;
			return true;
		}
	return false;
}

static struct filter *constant(struct parse *p, bool value)
{
	return filter_branch(p->arena, value ? FILTER_AND : FILTER_OR, NULL, 0);
}

static struct filter *not_of(struct parse *p, struct filter *part)
{
	struct filter **parts = arena_array(p->arena, 1, sizeof *parts);
	parts[0] = part;
	return filter_branch(p->arena, FILTER_NOT, parts, 1);
}

static struct filter *any_present(struct parse *p, const enum attr *attrs, size_t count)
{
	struct filter **parts = arena_array(p->arena, count, sizeof *parts);
	for (size_t i = 0; i < count; i++)
		parts[i] = filter_leaf(p->arena, FILTER_PRESENT, attrs[i], SPAN_NONE);
	return count == 1 ? parts[0] : filter_branch(p->arena, FILTER_OR, parts, count);
}

static struct filter *schema_present(struct parse *p, enum scim_schema schema)
{
	enum attr attrs[ATTR_LIMIT];
	size_t count = 0;
	for (size_t i = 0; i < p->type->count; i++) {
		const struct scim_attribute *attribute = &p->type->attributes[i];
		if (attribute->schema == schema && attribute->attr)
			attrs[count++] = attribute->attr;
	}
	return any_present(p, attrs, count);
}

/* Attributes whose values follow from the kind of resource. */
static enum err fixed_leaf(struct parse *p, const struct scim_path *path, enum compare compare,
	const struct json *value, struct filter **filter)
{
	bool schemas = path->attribute->special == SCIM_SCHEMAS;
	enum scim_schema schema;
	if (compare == PR) {
		*filter = constant(p, true);
		return OK;
	}
	if ((compare != EQ && compare != NE) || value->type != JSON_IS_STRING)
		return bad(p, "this attribute is compared by eq, ne or pr");
	if (!schemas)
		*filter = constant(p, span_equal_nocase(value->text, span_str(p->type->name)));
	else if (!scim_schema_find(p->type, value->text, &schema))
		*filter = constant(p, false);
	else if (schema == SCIM_CORE || p->type->kind != KIND_USER)
		*filter = constant(p, true);
	else
		*filter = schema_present(p, schema);
	if (compare == NE)
		*filter = not_of(p, *filter);
	return OK;
}

/* The text that the model compares; false when the value's type does not fit the attribute's. */
static bool comparable(struct parse *p, enum attr attr, const struct json *value, struct span *text)
{
	switch (attr_row(attr)->syntax) {
	case SYNTAX_BOOLEAN:
		*text = value->type == JSON_IS_TRUE    ? SPAN("TRUE")
			: value->type == JSON_IS_FALSE ? SPAN("FALSE")
						       : value->text;
		return value->type == JSON_IS_TRUE || value->type == JSON_IS_FALSE ||
		       (value->type == JSON_IS_STRING &&
			       (span_equal_nocase(*text, SPAN("true")) ||
				       span_equal_nocase(*text, SPAN("false"))));
	case SYNTAX_INTEGER:
	case SYNTAX_DECIMAL:
		*text = value->text;
		return value->type == JSON_IS_STRING ||
		       !scim_number_octets(p->arena, attr, value, text, NULL);
	case SYNTAX_OCTETS:
		return value->type == JSON_IS_STRING && base64_parse(p->arena, value->text, text);
	default:
		*text = value->text;
		return value->type == JSON_IS_STRING;
	}
}

/* The version is shown as W/"7" and kept as 7. */
static struct span bare_version(struct span text)
{
	if (span_starts(text, SPAN("W/")))
		text = span_from(text, 2);
	if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
		text = span_of(text.data + 1, text.len - 2);
	return text;
}

static struct filter *reference_leaf(struct parse *p, enum attr attr, struct span id)
{
	struct filter *filter = filter_new(p->arena, FILTER_EQUAL, attr);
	filter->value = id;
	return filter;
}

static struct filter *compare_leaf(
	struct parse *p, enum compare compare, enum attr attr, struct span text)
{
	static const enum filter_op ops[COMPARE_COUNT] = {
		[EQ] = FILTER_EQUAL,
		[NE] = FILTER_EQUAL,
		[GT] = FILTER_GREATER,
		[GE] = FILTER_GREATER_EQUAL,
		[LT] = FILTER_LESS,
		[LE] = FILTER_LESS_EQUAL,
	};
	struct span none = SPAN_NONE;
	switch (compare) {
	case CO:
		return filter_substring(p->arena, attr, none, &text, 1, none);
	case SW:
		return filter_substring(p->arena, attr, text, NULL, 0, none);
	case EW:
		return filter_substring(p->arena, attr, none, NULL, 0, text);
	default:
		if (attr_row(attr)->syntax == SYNTAX_REFERENCE)
			return reference_leaf(p, attr, text);
		return filter_leaf(p->arena, ops[compare], attr, text);
	}
}

/* Which comparisons a type has (RFC 7644 section 3.4.2.2, table 3). */
static bool has_comparison(enum attr attr, enum compare compare)
{
	bool equality = compare == EQ || compare == NE;
	bool substring = compare == CO || compare == SW || compare == EW;
	switch (attr_row(attr)->syntax) {
	case SYNTAX_BOOLEAN:
	case SYNTAX_REFERENCE:
	case SYNTAX_OCTETS:
		return equality;
	case SYNTAX_INTEGER:
	case SYNTAX_DECIMAL:
	case SYNTAX_TIME:
		return !substring;
	default:
		return true;
	}
}

static enum err value_leaf(struct parse *p, enum compare compare, enum attr attr,
	const struct json *value, struct filter **filter)
{
	struct span text;
	if (!has_comparison(attr, compare) || !comparable(p, attr, value, &text))
		return fail(p->why, ERR_FILTER, attr_spelling(attr),
			"the attribute does not compare so");
	if (attr == ATTR_REVISION)
		text = bare_version(text);
	*filter = compare_leaf(p, compare, attr, text);
	/* What can never be a value of the attribute equals none; Undefined would outlive "not". */
	if ((*filter)->op == FILTER_UNDEFINED)
		*filter = constant(p, false);
	if (compare == NE)
		*filter = not_of(p, *filter);
	return OK;
}

static enum err present_leaf(struct parse *p, const struct scim_path *path, struct filter **filter)
{
	enum attr attrs[SCIM_PARTS_MAX];
	size_t count = 0;
	if (path->part)
		attrs[count++] = path->part->attr;
	else if (path->attribute->attr)
		attrs[count++] = path->attribute->attr;
	for (size_t i = 0; count == 0 && i < path->attribute->count; i++)
		attrs[i] = path->attribute->parts[i].attr;
	*filter = any_present(p, attrs, count ? count : path->attribute->count);
	return OK;
}

/* An attribute by another name is like a simple one of the type. */
static bool find_named(struct parse *p, struct span word, struct scim_path *path)
{
	enum attr attr = p->name ? p->name(p->kind, word) : ATTR_NONE;
	if (attr == ATTR_NONE)
		return false;
	struct scim_attribute *attribute = arena_zalloc(p->arena, sizeof *attribute);
	attribute->attr = attr;
	*path = (struct scim_path){ .attribute = attribute };
	return true;
}

static enum err find_path(struct parse *p, struct span word, struct scim_path *path)
{
	bool found;
	if (!p->within && (find_named(p, word, path) || !p->type)) {
		found = path->attribute != NULL;
	} else if (p->within) {
		*path = (struct scim_path){ p->within, scim_part_find(p->within, word),
			p->within->schema };
		found = path->part != NULL;
	} else {
		found = scim_path_find(p->type, word, path) && path->attribute;
	}
	/* meta.resourceType has no row: it is the type's name. */
	if (!found && p->type && !p->within && span_equal_nocase(word, SPAN("meta.resourceType")))
		found = scim_path_find(p->type, SPAN("meta"), path);
	bool secret = found && (path->attribute->attr || path->part) &&
		      attr_is_hidden(path->part ? path->part->attr : path->attribute->attr);
	if (found && !secret)
		return OK;
	return fail(p->why, ERR_FILTER, arena_string(p->arena, word),
		"the attribute cannot be filtered on");
}

static bool is_fixed(const struct scim_path *path)
{
	return path->attribute->special == SCIM_SCHEMAS ||
	       (path->attribute->special == SCIM_META && !path->part);
}

static enum err parse_leaf(struct parse *p, const struct scim_path *path, struct filter **filter)
{
	enum compare compare;
	struct json *value = NULL;
	if (!take_compare(p, &compare))
		return bad(p, "an operator is missing");
	enum err err = compare == PR ? OK : take_value(p, &value);
	if (err)
		return err;
	if (is_fixed(path))
		return fixed_leaf(p, path, compare, value, filter);
	enum attr attr = path->part ? path->part->attr : path->attribute->attr;
	if (attr == ATTR_NONE && path->attribute->count == 0)
		return bad(p, "the attribute cannot be filtered on");
	/* RFC 7644 table 3 knows null as "unassigned". */
	bool null = value && value->type == JSON_IS_NULL;
	if (compare == PR || (null && (compare == EQ || compare == NE))) {
		err = present_leaf(p, path, filter);
		if (null && compare == EQ)
			*filter = not_of(p, *filter);
		return err;
	}
	if (attr == ATTR_NONE)
		return bad(p, "a complex attribute is compared by one of its parts");
	return value_leaf(p, compare, attr, value, filter);
}

/* Entra asks 'emails[type eq "work"].value eq "x"', which the grammar does not have: the comparison
 * is meant for the values that the brackets choose. */
static enum err parse_tail(struct parse *p, struct filter **inner)
{
	struct scim_path path;
	struct filter *tail;
	if (!at_octet(p, '.'))
		return OK;
	p->rest = span_from(p->rest, 1);
	enum err err = find_path(p, take_word(p), &path);
	if (!err)
		err = parse_leaf(p, &path, &tail);
	if (err)
		return err;
	struct filter **parts = arena_array(p->arena, 2, sizeof *parts);
	parts[0] = *inner;
	parts[1] = tail;
	*inner = filter_branch(p->arena, FILTER_AND, parts, 2);
	return OK;
}

static enum err parse_value_path(
	struct parse *p, const struct scim_path *path, struct filter **filter)
{
	struct filter *inner;
	if (p->within || path->part || !path->attribute->complex || path->attribute->special ||
		!path->attribute->multi)
		return bad(p, "no brackets can stand here");
	p->within = path->attribute;
	enum err err = parse_or(p, &inner);
	if (!err && !take_octet(p, ']'))
		err = bad(p, "a bracket is not closed");
	if (!err)
		err = parse_tail(p, &inner);
	p->within = NULL;
	if (err)
		return err;
	if (p->rest.len > 0 && is_name_octet(p->rest.data[0]))
		return bad(p, "nothing follows a bracket");
	struct filter **parts = arena_array(p->arena, 1, sizeof *parts);
	parts[0] = inner;
	*filter = filter_branch(p->arena, FILTER_SAME_INSTANCE, parts, 1);
	return OK;
}

/* ---- the grammar ---- */

static enum err parse_group(struct parse *p, struct filter **filter)
{
	if (++p->depth > LIMIT_FILTER_DEPTH)
		return bad(p, "it is nested too deeply");
	enum err err = parse_or(p, filter);
	p->depth--;
	if (!err && !take_octet(p, ')'))
		return bad(p, "a parenthesis is not closed");
	return err;
}

static enum err parse_term(struct parse *p, struct filter **filter)
{
	struct scim_path path = { 0 };
	if (++p->nodes > LIMIT_SCIM_FILTER_NODES)
		return bad(p, "it has too many terms");
	if (take_octet(p, '('))
		return parse_group(p, filter);
	struct span word = take_word(p);
	if (word.len == 0 || !is_alpha(word.data[0]))
		return bad(p, "an attribute is missing");
	if (span_equal_nocase(word, SPAN("not")) && take_octet(p, '(')) {
		enum err err = parse_group(p, filter);
		if (!err)
			*filter = not_of(p, *filter);
		return err;
	}
	enum err err = find_path(p, word, &path);
	if (err)
		return err;
	if (at_octet(p, '[')) {
		p->rest = span_from(p->rest, 1);
		return parse_value_path(p, &path, filter);
	}
	return parse_leaf(p, &path, filter);
}

static enum err parse_chain(struct parse *p, enum filter_op op, const char *keyword,
	enum err (*parse_part)(struct parse *p, struct filter **filter), struct filter **filter)
{
	struct filter *parts[LIMIT_SCIM_FILTER_NODES];
	size_t count = 0;
	do {
		if (count == LIMIT_SCIM_FILTER_NODES)
			return bad(p, "it has too many terms");
		enum err err = parse_part(p, &parts[count++]);
		if (err)
			return err;
	} while (take_keyword(p, keyword));
	if (count == 1) {
		*filter = parts[0];
		return OK;
	}
	struct filter **kept = arena_array(p->arena, count, sizeof *kept);
	memcpy(kept, parts, count * sizeof *kept);
	*filter = filter_branch(p->arena, op, kept, count);
	return OK;
}

static enum err parse_and(struct parse *p, struct filter **filter)
{
	return parse_chain(p, FILTER_AND, "and", parse_term, filter);
}

static enum err parse_or(struct parse *p, struct filter **filter)
{
	return parse_chain(p, FILTER_OR, "or", parse_and, filter);
}

static enum err parse_all(struct parse *p, struct filter **filter)
{
	struct filter *whole;
	if (p->rest.len > LIMIT_SCIM_FILTER_TEXT)
		return bad(p, "it is too long");
	enum err err = parse_or(p, &whole);
	if (err)
		return err;
	skip_blanks(p);
	if (p->rest.len > 0)
		return bad(p, "something stands behind its end");
	*filter = whole;
	return OK;
}

enum err scim_filter_parse(struct arena *arena, const struct scim_type *type, struct span text,
	struct filter **filter, struct why *why)
{
	struct parse p = { .arena = arena, .type = type, .rest = text, .why = why };
	return parse_all(&p, filter);
}

enum err scim_filter_parse_named(struct arena *arena, const struct scim_type *type, unsigned kind,
	enum attr (*name)(unsigned kind, struct span word), struct span text,
	struct filter **filter, struct why *why)
{
	struct parse p = {
		.arena = arena, .type = type, .name = name, .kind = kind, .rest = text, .why = why
	};
	return parse_all(&p, filter);
}

enum err scim_value_filter_parse(struct arena *arena, const struct scim_type *type,
	const struct scim_attribute *attribute, struct span text, struct filter **filter,
	struct why *why)
{
	struct parse p = {
		.arena = arena,
		.type = type,
		.within = attribute,
		.rest = text,
		.why = why,
	};
	return parse_all(&p, filter);
}
