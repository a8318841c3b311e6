/* A compiled mapping, and the small grammar that its texts share. Inside mapping*.c only. */
#ifndef IN_MAPPING_MAPPING_INT_H
#define IN_MAPPING_MAPPING_INT_H

#include "in/mapping/mapping.h"
#include "model/dn.h"

/* ---- reading a text ---- */

struct grammar {
	struct arena *arena;
	struct mapping *mapping;
	const char *setting;
	struct span text; /* the whole row */
	size_t at, nodes;
	bool secret; /* may name one */
	struct why *why;
};

/* ERR_VALUE with the row and the place: "expected ...". */
enum err grammar_fail(struct grammar *c, const char *expected) __attribute__((cold));
void grammar_skip_blanks(struct grammar *c);
int grammar_peek(const struct grammar *c); /* -1 at the end */
/* After blanks; false: it is not there, and nothing is taken. */
bool grammar_take(struct grammar *c, const char *token);
/* The name of an attribute of theirs, or SPAN_NONE. */
struct span grammar_name(struct grammar *c);
enum err grammar_quoted(struct grammar *c, struct span *text);
/* All read but for blanks. */
enum err grammar_end(struct grammar *c);
/* The place of the attribute among those wanted. Refuses what changes without the entry or is
 * nobody's to show. */
enum err grammar_want(struct grammar *c, struct span name, size_t *index);

/* ---- expressions ---- */

struct pair {
	struct span from, to; /* from: normal form */
};

struct expression {
	const struct transform *transform;
	size_t attribute; /* of mapping.wanted */
	struct span text; /* a constant, a separator, a type */
	int number;
	struct expression **parts;
	size_t part_count;
	struct pair *pairs;
	size_t pair_count;
	bool has_default;
	struct span otherwise;
};

struct list {
	struct span *rows;
	size_t count;
};

struct evaluation {
	const struct mapping *mapping;
	struct arena *arena;
	const struct mapping_entry *entry;
};

/* `arguments`, one letter each: e an expression, E one or more of them, s a text, n a number that
 * may be missing, m a table, t the text of a template. */
struct transform {
	const char *name, *arguments;
	struct list (*run)(struct evaluation *e, const struct expression *expression);
};
const struct transform *transform_find(struct span name);

enum err expression_read(struct grammar *c, struct expression **expression);
struct list expression_run(struct evaluation *e, const struct expression *expression);
/* The form in which texts of both sides are compared. */
struct span mapping_normal(struct arena *arena, struct span text);

/* ---- tests ---- */

enum test_kind {
	TEST_EQUAL,
	TEST_STARTS,
	TEST_PRESENT,
	TEST_BITS,
	TEST_BELOW,
	TEST_DAY,
	TEST_TIME
};

struct test {
	struct span text; /* as it is set */
	enum test_kind kind;
	bool negative, through; /* through: a day counts until its end */
	size_t attribute;
	struct span *values; /* normal forms; TEST_STARTS: one */
	size_t count;
	uint64_t bits;
	struct dn base;
};

/* `times`: days and times may be asked for. */
enum err test_read(struct grammar *c, bool times, struct test *test);
bool test_holds(struct evaluation *e, const struct test *test);
/* When the time that a TEST_DAY or TEST_TIME asks for comes; 0: never. */
int64_t test_due(struct evaluation *e, const struct test *test);
/* FILETIME: units of 100 ns since 1601. False for what means never. */
bool filetime_read(struct span text, int64_t *wall);

/* ---- the whole ---- */

struct mapping_row {
	struct span text;
	enum attr attr;
	struct expression *expression;
};

struct mapping {
	struct span wanted[MAPPING_WANTED_MAX];
	size_t wanted_count;
	struct mapping_row rows[MAPPING_ROWS_MAX];
	size_t row_count;
	struct test scope[MAPPING_RULES_MAX];
	size_t scope_count;
	struct test disabled[MAPPING_RULES_MAX];
	size_t disabled_count;
	bool gives[ATTR_LIMIT];
};

enum err scope_compile(
	struct arena *arena, struct mapping *mapping, const struct texts *texts, struct why *why);
/* The rule of the scope that does not hold, or NULL. */
const struct test *scope_breaks(struct evaluation *e);

enum err disabled_compile(struct arena *arena, struct mapping *mapping,
	const struct mapping_texts *texts, struct why *why);
/* The state but for the scope, its rule and the expiry. */
void disabled_decide(struct evaluation *e, int64_t now, struct mapped *mapped);

#endif
