/* What the files of the filter parser share: the text that is left, and what a name in it means. */
#ifndef WIRE_SCIM_FILTER_INT_H
#define WIRE_SCIM_FILTER_INT_H

#include "base/limits.h"
#include "wire/json.h"
#include "wire/scim_filter.h"

enum compare { EQ, NE, CO, SW, EW, GT, GE, LT, LE, PR, COMPARE_COUNT };

#define PATHS_MAX (2 * LIMIT_SCIM_FILTER_NODES) /* a value path has a second one behind it */

/* Which of a filter's paths, in their order, a type does not have. */
struct unmapped {
	bool is[PATHS_MAX];
	struct span word[PATHS_MAX];
};

/* One part of what an attribute shows of entries beside: members, containers, the manager. */
struct related_row {
	enum kind type; /* of the resource */
	const char *attribute, *name;
	enum attr lead;   /* see FILTER_RELATED */
	uint32_t kinds;   /* of the entries */
	enum attr attr;   /* of theirs, */
	const char *text; /* or the same for all */
};

struct parse {
	struct arena *arena;
	const struct scim_type *type;
	const struct scim_attribute *within; /* inside the brackets of this one, or NULL */
	bool related;                        /* there: of the entries that it leads to */
	bool absent;                         /* there: of an attribute that the type has not */
	enum attr (*name)(unsigned kind, struct span word); /* other names, or NULL */
	unsigned kind;                                      /* for it */
	struct span rest;
	unsigned depth, nodes, paths;
	struct unmapped *unmapped; /* NULL: what the type has not is refused */
	struct why *why;
};

/* What a path in a filter means. */
struct target {
	struct span word;
	const struct scim_attribute *attribute; /* NULL: a whole schema, or not of this type */
	const struct scim_part *part;
	enum scim_schema schema;
	enum attr attr;       /* stored or computed; ATTR_NONE: none */
	const char *relation; /* part of related rows; NULL: none */
	unsigned special;     /* SCIM_SCHEMAS, SCIM_META (the resource type), SCIM_GROUP_TYPE */
	bool absent;
};

struct literal {
	struct json *json;
	struct span raw; /* as it stands in the filter */
};

enum err bad(struct parse *p, const char *what);
enum err bad_at(struct parse *p, struct span word, const char *what);

/* ---- words ---- */

void skip_blanks(struct parse *p);
bool at_octet(const struct parse *p, uint8_t c);
bool take_octet(struct parse *p, uint8_t c);
bool is_name_octet(uint8_t c);
/* A path or a keyword; empty when none stands here. */
struct span take_word(struct parse *p);
bool take_keyword(struct parse *p, const char *keyword);
bool take_compare(struct parse *p, enum compare *compare);
enum err take_literal(struct parse *p, struct literal *literal);

/* ---- what names mean ---- */

enum err find_target(struct parse *p, struct span word, struct target *target);
/* The rows of the target's relation: *from is where to look on, from 0; NULL: no more. */
const struct related_row *related_row(
	const struct parse *p, const struct target *target, size_t *from);

/* ---- comparisons ---- */

struct filter *constant(struct parse *p, bool value);
struct filter *not_of(struct parse *p, struct filter *part);
struct filter *pair(struct parse *p, enum filter_op op, struct filter *a, struct filter *b);
/* `lead` of it to entries of `kinds` for which the part holds. */
struct filter *related(struct parse *p, enum attr lead, uint32_t kinds, struct filter *part);
/* The leaf that stands here: operator and value behind the path. */
enum err parse_leaf(struct parse *p, const struct target *target, struct filter **filter);
/* A comparison of the attribute's values; of several that can be different ones, `ne` asks for one
 * that is. */
enum err compare_attr(struct parse *p, const struct target *target, enum attr attr,
	enum compare compare, const struct literal *literal, struct filter **filter);

/* ---- what has no row in the attribute table ---- */

enum err special_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter);
enum err related_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter);
struct filter *schema_present(struct parse *p, enum scim_schema schema);

#endif
