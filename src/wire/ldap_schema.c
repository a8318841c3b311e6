#include "wire/ldap_schema.h"

#define SCHEMA_SYNTAX(oid, description)
#define MATCHING_RULE(oid, name, syntax)
#define SYNTAX_RULES(syntax, oid, equality, ordering, substrings)
#define NAME_SUBTYPE(attribute)
#define SCHEMA_ATTRIBUTE(text)
#define SCHEMA_CLASS(text)

#define COUNT(array) (sizeof(array) / sizeof *(array))

#undef SCHEMA_SYNTAX
#define SCHEMA_SYNTAX(oid, description) "( " oid " DESC '" description "' )",
static const char *const syntaxes[] = {
#include "subschema.def"
};
#undef SCHEMA_SYNTAX
#define SCHEMA_SYNTAX(oid, description)

#undef MATCHING_RULE
#define MATCHING_RULE(oid, name, syntax) { oid, name, syntax },
static const struct matching_rule rules[] = {
#include "subschema.def"
};
#undef MATCHING_RULE
#define MATCHING_RULE(oid, name, syntax)

static const struct syntax_rules {
	const char *oid, *equality, *ordering, *substrings;
} syntax_rules[] = {
#undef SYNTAX_RULES
#define SYNTAX_RULES(syntax, ...) [SYNTAX_##syntax] = { __VA_ARGS__ },
#include "subschema.def"
#undef SYNTAX_RULES
#define SYNTAX_RULES(syntax, ...)
};

#undef NAME_SUBTYPE
#define NAME_SUBTYPE(attribute) ATTR_##attribute,
static const enum attr name_subtypes[] = {
#include "subschema.def"
};
#undef NAME_SUBTYPE
#define NAME_SUBTYPE(attribute)

#undef SCHEMA_ATTRIBUTE
#define SCHEMA_ATTRIBUTE(text) text,
static const char *const attributes[] = {
#include "subschema.def"
};
#undef SCHEMA_ATTRIBUTE
#define SCHEMA_ATTRIBUTE(text)

#undef SCHEMA_CLASS
#define SCHEMA_CLASS(text) text,
static const char *const classes[] = {
#include "subschema.def"
};

const struct matching_rule *matching_rule_find(struct span text)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (span_equal_nocase(text, span_str(rules[i].name)) ||
			span_equal(text, span_str(rules[i].oid)))
			return &rules[i];
	return NULL;
}

bool matching_rule_is_equality(const struct matching_rule *rule, enum attr attr)
{
	return strcmp(rule->name, syntax_rules[attr_row(attr)->syntax].equality) == 0;
}

bool attr_is_name(enum attr attr)
{
	for (size_t i = 0; i < COUNT(name_subtypes); i++)
		if (name_subtypes[i] == attr)
			return true;
	return false;
}

static void put_rule(struct buffer *out, const char *keyword, const char *rule)
{
	if (rule)
		buffer_putf(out, " %s %s", keyword, rule);
}

static void describe_attribute(const struct attr_row *row, struct buffer *out)
{
	const struct syntax_rules *of = &syntax_rules[row->syntax];

	buffer_putf(out, "( %s NAME '%s'", row->oid, row->ldap);
	if (attr_is_name(row->attr))
		buffer_putf(out, " SUP name");
	put_rule(out, "EQUALITY", of->equality);
	put_rule(out, "ORDERING", of->ordering);
	put_rule(out, "SUBSTR", of->substrings);
	buffer_putf(out, " SYNTAX %s", of->oid);
	if (row->flags & ATTR_SINGLE)
		buffer_putf(out, " SINGLE-VALUE");
	if (row->flags & ATTR_READ_ONLY && row->flags & ATTR_OPERATIONAL)
		buffer_putf(out, " NO-USER-MODIFICATION");
	if (row->flags & ATTR_OPERATIONAL)
		buffer_putf(out, " USAGE directoryOperation");
	buffer_putf(out, " )");
}

/* The n-th row of the table that LDAP shows. */
static const struct attr_row *shown_row(size_t n)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].ldap && n-- == 0)
			return &rows[i];
	return NULL;
}

static bool put_text(const char *const *texts, size_t count, size_t n, struct buffer *out)
{
	if (n >= count)
		return false;
	buffer_put_span(out, span_str(texts[n]));
	return true;
}

bool schema_description(enum schema_part part, size_t n, struct buffer *out)
{
	const struct attr_row *row;

	switch (part) {
	case SCHEMA_SYNTAXES:
		return put_text(syntaxes, COUNT(syntaxes), n, out);
	case SCHEMA_CLASSES:
		return put_text(classes, COUNT(classes), n, out);
	case SCHEMA_RULES:
		if (n >= COUNT(rules))
			return false;
		buffer_putf(out, "( %s NAME '%s' SYNTAX %s )", rules[n].oid, rules[n].name,
			rules[n].syntax);
		return true;
	case SCHEMA_ATTRIBUTES:
		if (n < COUNT(attributes))
			return put_text(attributes, COUNT(attributes), n, out);
		row = shown_row(n - COUNT(attributes));
		if (row)
			describe_attribute(row, out);
		return row != NULL;
	}
	return false;
}
