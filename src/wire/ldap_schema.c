#include "wire/ldap_schema.h"

#include "model/object_class.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define IS(syntax) (1U << SYNTAX_##syntax)
/* Besides our syntaxes: RFC 4517 section 4.2 has rules of their own for strings of ASCII. */
#define DIRECTORY_STRINGS (1U << 30)
#define IA5_STRINGS (1U << 31)
#define STOCK true
#define OURS false

#define SCHEMA_SYNTAX(oid, description)
#define MATCHING_RULE(oid, name, syntax, op, compared, applies)
#define RULE_SET(id, syntax, equality, ordering, substrings)
#define LDAP_TYPE(attribute, rules, bound, superior, usage, stock, description)
#define KNOWN_TYPE(oid, name, other, rest, stock)

#undef SCHEMA_SYNTAX
#define SCHEMA_SYNTAX(oid, description) "( " oid " DESC '" description "' )",
static const char *const syntaxes[] = {
#include "subschema.def"
};
#undef SCHEMA_SYNTAX
#define SCHEMA_SYNTAX(oid, description)

#undef MATCHING_RULE
#define MATCHING_RULE(oid, name, syntax, op, compared, applies)                                    \
	{ oid, name, syntax, RULE_##op, SYNTAX_##compared, applies },
static const struct matching_rule rules[] = {
#include "subschema.def"
};
#undef MATCHING_RULE
#define MATCHING_RULE(oid, name, syntax, op, compared, applies)

enum set {
#undef RULE_SET
#define RULE_SET(id, syntax, equality, ordering, substrings) SET_##id,
#include "subschema.def"
#undef RULE_SET
#define RULE_SET(id, syntax, equality, ordering, substrings)
};

static const struct rule_set sets[] = {
#undef RULE_SET
#define RULE_SET(id, ...) [SET_##id] = { __VA_ARGS__ },
#include "subschema.def"
#undef RULE_SET
#define RULE_SET(id, syntax, equality, ordering, substrings)
};

enum usage { USAGE_USER, USAGE_DIRECTORY, USAGE_DSA };

static const struct type_row {
	enum set set;
	unsigned bound;
	const char *superior;
	enum usage usage;
	bool is_stock;
	const char *description; /* NULL: LDAP does not show the attribute */
} types[ATTR_LIMIT] = {
#undef LDAP_TYPE
#define LDAP_TYPE(attribute, rules, bound, superior, usage, stock, description)                    \
	[ATTR_##attribute] = { SET_##rules, bound, superior, USAGE_##usage, stock, description },
#include "subschema.def"
#undef LDAP_TYPE
#define LDAP_TYPE(attribute, rules, bound, superior, usage, stock, description)
};

static const struct known_type {
	const char *oid, *name, *other, *rest;
	bool is_stock;
} known_types[] = {
#undef KNOWN_TYPE
#define KNOWN_TYPE(oid, name, other, rest, stock) { oid, name, other, rest, stock },
#include "subschema.def"
};

#define NAME_SUPERTYPE 0 /* "name" is the first of them */

const struct matching_rule *matching_rule_find(struct span text)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (span_equal_nocase(text, span_str(rules[i].name)) ||
			span_equal(text, span_str(rules[i].oid)))
			return &rules[i];
	return NULL;
}

static bool is_named(const char *rule, const char *name)
{
	return rule != NULL && strcmp(rule, name) == 0;
}

static uint32_t strings_of(const struct rule_set *set)
{
	if (strcmp(set->syntax, LDAP_SYNTAX_IA5_STRING) == 0)
		return IA5_STRINGS;
	return strcmp(set->syntax, LDAP_SYNTAX_DIRECTORY_STRING) == 0 ||
			       strcmp(set->syntax, LDAP_SYNTAX_TELEPHONE) == 0
		       ? DIRECTORY_STRINGS
		       : 0;
}

bool matching_rule_applies(const struct matching_rule *rule, enum attr attr)
{
	const struct rule_set *set = attr_rules(attr);

	return set != NULL &&
	       (rule->applies & (1U << attr_row(attr)->syntax | strings_of(set)) ||
		       is_named(set->equality, rule->name) || is_named(set->ordering, rule->name) ||
		       is_named(set->substrings, rule->name));
}

const struct rule_set *attr_rules(enum attr attr)
{
	return types[attr].description != NULL ? &sets[types[attr].set] : NULL;
}

bool attr_is_name(enum attr attr)
{
	return types[attr].superior != NULL;
}

/* A language tag (RFC 3866) is known and narrows; values are never transferred in a binary form
 * (RFC 4522) here. */
static bool options_are_known(struct span options)
{
	while (options.len > 0) {
		struct span option = span_cut(&options, ';');
		if (!span_starts_nocase(option, SPAN("lang-")))
			return false;
	}
	return true;
}

static enum type_found find_known(struct span name)
{
	for (size_t i = 0; i < COUNT(known_types); i++)
		if (span_equal_nocase(name, span_str(known_types[i].name)) ||
			span_equal_nocase(name, span_str(known_types[i].other)) ||
			span_equal(name, span_str(known_types[i].oid)))
			return i == NAME_SUPERTYPE ? TYPE_NAMES : TYPE_EMPTY;
	return TYPE_UNKNOWN;
}

const char *type_oid(struct span name)
{
	enum attr attr = attr_by_ldap(name);

	if (attr != ATTR_NONE)
		return attr_row(attr)->oid;
	for (size_t i = 0; i < COUNT(known_types); i++)
		if (span_equal_nocase(name, span_str(known_types[i].name)) ||
			span_equal_nocase(name, span_str(known_types[i].other)))
			return known_types[i].oid;
	return NULL;
}

enum type_found type_find(struct span description, enum attr *attr)
{
	struct span options = description, name;
	enum type_found found = TYPE_ATTRIBUTE;

	*attr = attr_by_ldap(description);
	if (*attr != ATTR_NONE)
		return found;
	name = span_cut(&options, ';');
	if (attr_by_ldap(name) == ATTR_NONE)
		found = name.len > 0 ? find_known(name) : TYPE_UNKNOWN;
	if (found == TYPE_UNKNOWN || name.len == description.len)
		return found;
	return options_are_known(options) ? TYPE_EMPTY : TYPE_UNKNOWN;
}

/* ---- definitions ---- */

static void put_rule(struct buffer *out, const char *keyword, const char *rule)
{
	if (rule)
		buffer_putf(out, " %s %s", keyword, rule);
}

static void put_names(struct buffer *out, enum attr attr)
{
	const char *alias = attr_ldap_alias(attr, 0);

	buffer_putf(out, alias ? " NAME ( '%s'" : " NAME '%s'", attr_row(attr)->ldap);
	for (size_t i = 0; (alias = attr_ldap_alias(attr, i)); i++)
		buffer_putf(out, " '%s'", alias);
	if (attr_ldap_alias(attr, 0))
		buffer_putf(out, " )");
}

static void define_attribute(
	const struct attr_row *row, enum schema_extent extent, struct buffer *out)
{
	static const char *const usages[] = { "", " USAGE directoryOperation",
		" USAGE dSAOperation" };
	const struct type_row *type = &types[row->attr];
	const struct rule_set *of = &sets[type->set];
	/* slapd takes no operational attribute out of a file. */
	enum usage usage = extent == SCHEMA_OURS ? USAGE_USER : type->usage;

	buffer_putf(out, "( %s", row->oid);
	put_names(out, row->attr);
	buffer_putf(out, " DESC '%s'", type->description);
	put_rule(out, "SUP", type->superior);
	put_rule(out, "EQUALITY", of->equality);
	put_rule(out, "ORDERING", of->ordering);
	put_rule(out, "SUBSTR", of->substrings);
	buffer_putf(out, " SYNTAX %s", of->syntax);
	if (type->bound > 0)
		buffer_putf(out, "{%u}", type->bound);
	if (row->flags & ATTR_SINGLE)
		buffer_putf(out, " SINGLE-VALUE");
	if (row->flags & ATTR_READ_ONLY && usage != USAGE_USER)
		buffer_putf(out, " NO-USER-MODIFICATION");
	buffer_putf(out, "%s )", usages[usage]);
}

static bool put_attribute(enum schema_extent extent, size_t n, struct buffer *out)
{
	size_t count;
	const struct attr_row *row = attr_rows(&count);

	if (n >= count)
		return false;
	row += n;
	if (types[row->attr].description == NULL ||
		(row->flags & ATTR_AD_NAME && extent == SCHEMA_PLAIN) ||
		(extent == SCHEMA_OURS && types[row->attr].is_stock))
		return true;
	define_attribute(row, extent, out);
	return true;
}

static bool put_known_type(enum schema_extent extent, size_t n, struct buffer *out)
{
	const struct known_type *type = &known_types[n];

	if (n >= COUNT(known_types))
		return false;
	if (extent == SCHEMA_OURS && type->is_stock)
		return true;
	buffer_putf(
		out, type->other ? "( %s NAME ( '%s'" : "( %s NAME '%s'", type->oid, type->name);
	if (type->other)
		buffer_putf(out, " '%s' )", type->other);
	buffer_putf(out, " %s )", type->rest);
	return true;
}

/* An oids of RFC 4512 section 4.1. */
static void put_oids(struct buffer *out, const char *keyword, const char *list)
{
	if (list[0] == 0)
		return;
	buffer_putf(out, strchr(list, '$') ? " %s ( %s )" : " %s %s", keyword, list);
}

static bool put_class(enum schema_extent extent, size_t n, struct buffer *out)
{
	static const char *const kinds[] = { [CLASS_IS_ABSTRACT] = "ABSTRACT",
		[CLASS_IS_STRUCTURAL] = "STRUCTURAL",
		[CLASS_IS_AUXILIARY] = "AUXILIARY" };
	const struct class_row *row;

	if (n >= CLASS_COUNT - 1)
		return false;
	/* Superclasses first, as who reads them in order needs it. */
	row = class_row((enum object_class)(CLASS_COUNT - 1 - n));
	if (extent == SCHEMA_OURS && row->is_stock)
		return true;
	buffer_putf(out, "( %s NAME '%s' DESC '%s'", row->oid, row->name, row->description);
	if (row->superclass != CLASS_NONE)
		put_rule(out, "SUP", class_row(row->superclass)->name);
	buffer_putf(out, " %s", kinds[row->type]);
	put_oids(out, "MUST", row->must);
	put_oids(out, "MAY", row->may);
	buffer_putf(out, " )");
	return true;
}

static bool put_rule_use(enum schema_extent extent, size_t n, struct buffer *out)
{
	size_t count, found = 0;
	const struct attr_row *rows = attr_rows(&count);

	if (n >= COUNT(rules))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!matching_rule_applies(&rules[n], rows[i].attr) ||
			(rows[i].flags & ATTR_AD_NAME && extent == SCHEMA_PLAIN))
			continue;
		if (found++ == 0)
			buffer_putf(out, "( %s NAME '%s' APPLIES ( %s", rules[n].oid, rules[n].name,
				rows[i].ldap);
		else
			buffer_putf(out, " $ %s", rows[i].ldap);
	}
	if (found > 0)
		buffer_putf(out, " ) )");
	return true;
}

bool schema_definition(
	enum schema_part part, enum schema_extent extent, size_t n, struct buffer *out)
{
	switch (part) {
	case SCHEMA_SYNTAXES:
		if (n < COUNT(syntaxes))
			buffer_put_span(out, span_str(syntaxes[n]));
		return n < COUNT(syntaxes);
	case SCHEMA_RULES:
		if (n < COUNT(rules))
			buffer_putf(out, "( %s NAME '%s' SYNTAX %s )", rules[n].oid, rules[n].name,
				rules[n].syntax);
		return n < COUNT(rules);
	case SCHEMA_RULE_USES:
		return put_rule_use(extent, n, out);
	case SCHEMA_ATTRIBUTES:
		if (n < COUNT(known_types))
			return put_known_type(extent, n, out);
		return put_attribute(extent, n - COUNT(known_types), out);
	case SCHEMA_CLASSES:
		return put_class(extent, n, out);
	}
	return false;
}
