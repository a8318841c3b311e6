/* Filters: the one tree that LDAP and SCIM filters compile into. Values are in normal form once, at
 * compile time. Results are three-valued (RFC 4511 section 4.5.1.7): an unknown or hidden attribute
 * is Undefined, which `not` keeps. */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include "base/arena.h"
#include "model/object_class.h"
#include "model/record.h"

enum filter_op {
	FILTER_AND, /* no parts: true */
	FILTER_OR,  /* no parts: false */
	FILTER_NOT,
	FILTER_EQUAL,
	FILTER_PRESENT,
	FILTER_SUBSTRING, /* initial, any..., final */
	FILTER_GREATER_EQUAL,
	FILTER_LESS_EQUAL,
	FILTER_GREATER,
	FILTER_LESS,
	FILTER_DIFFERENT,     /* one of the values is another one */
	FILTER_SAME_INSTANCE, /* one part: all its terms hold for one and the same instance
				 ("emails[type eq ...]") */
	FILTER_KIND,          /* the entry is of one of `kinds` */
	FILTER_RELATED,       /* one part: it holds for an entry of `kinds` that `attr` leads to: a
				 MEMBER, a container (MEMBER_OF) or whom a reference names */
	FILTER_IN_CHAIN, /* MEMBER, MEMBER_OF or MANAGER lead to the target, directly or through
			    others */
	FILTER_BITS_ALL, /* integers: all bits of the value are set */
	FILTER_BITS_ANY, /* one of them */
	/* One part, which holds for the entry; or the entries' DNs above their own names say so,
	 * for `kinds`. The door knows the tree and fills that. */
	FILTER_IN_DN,
	FILTER_UNDEFINED,
};

struct filter {
	enum filter_op op;
	enum attr attr;
	enum syntax syntax; /* under which values are compared; mostly the attribute's */
	struct span value;  /* normal form, of IN_DN as it came; of SUBSTRING: the initial part, or
			       empty */
	struct span *any;   /* SUBSTRING: the parts between, normal form */
	size_t any_count;
	struct span final;     /* SUBSTRING: or empty */
	struct filter **parts; /* AND, OR; one of NOT, SAME_INSTANCE, RELATED, IN_DN */
	size_t part_count;
	uint32_t kinds; /* KIND, RELATED, IN_DN: bits 1 << kind */
	/* References compare entries: the door leaves the DN or id in `value`; core resolves it
	 * before the search into the target and, in `value`, the 16 octets of its id. */
	uint32_t target; /* entry number of `value`; 0: no such entry */
	enum kind target_kind;
	struct span text; /* the DN or id as it came */
	/* IN_CHAIN, rising, made by core: of MEMBER the containers that hold the target, of
	 * MEMBER_OF the target and the groups in it, of MANAGER the people below it. */
	const uint32_t *chain;
	size_t chain_count;
	enum object_class object_class; /* EQUAL of OBJECT_CLASS and STRUCTURAL_CLASS */
};

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNDEFINED };

/* Computed attributes that need the store (member, memberOf) are asked of the context; without it
 * they are Undefined. */
struct filter_context {
	/* Does `container` hold `member`? */
	bool (*edge)(void *arg, uint32_t container, uint32_t member);
	/* Has the entry something under MEMBER, MEMBER_UID or MEMBER_OF? May be NULL. */
	bool (*edges)(void *arg, uint32_t number, enum attr attr);
	/* Is one of the entry's containers in the chain of the filter? May be NULL. */
	bool (*chained)(void *arg, uint32_t number, const struct filter *filter);
	/* Does the filter, a RELATED one, hold for the record? May be NULL. */
	bool (*related)(void *arg, const struct record *record, const struct filter *filter);
	/* Writes what the entry has under an attribute that is computed or ATTR_MADE, at most
	 * LIMIT_VALUE_OCTETS, and gives its length; 0: nothing. May be NULL. */
	size_t (*made)(void *arg, const struct record *record, enum attr attr, uint8_t *room);
	void *arg;
	/* Of attributes that each source has for itself, only this source's are there. */
	bool one_source;
	uint16_t source;
};

struct filter *filter_new(struct arena *arena, enum filter_op op, enum attr attr);
/* A leaf on a value as it came (not SUBSTRING): normalised here; FILTER_UNDEFINED when the
 * attribute is ATTR_NONE or hidden, has no such comparison, or the value does not fit its syntax.
 */
struct filter *filter_leaf(struct arena *arena, enum filter_op op, enum attr attr, struct span raw);
/* The same under another syntax than the attribute's, as an extensible match asks for. */
struct filter *filter_leaf_under(struct arena *arena, enum filter_op op, enum attr attr,
	enum syntax syntax, struct span raw);
/* A SUBSTRING leaf on its parts as they came; `initial` and `final` may be empty. */
struct filter *filter_substring(struct arena *arena, enum attr attr, struct span initial,
	const struct span *any, size_t any_count, struct span final);
/* An IN_CHAIN leaf; UNDEFINED for other attributes than those three. */
struct filter *filter_in_chain(struct arena *arena, enum attr attr, struct span raw);
bool filter_chain_has(const struct filter *filter, uint32_t number);
struct filter *filter_substring_under(struct arena *arena, enum attr attr, enum syntax syntax,
	struct span initial, const struct span *any, size_t any_count, struct span final);
/* True of no entry, and not Undefined. */
struct filter *filter_false(struct arena *arena);
/* Ones with parts; takes the array as it is (in the arena). */
struct filter *filter_branch(
	struct arena *arena, enum filter_op op, struct filter **parts, size_t count);
/* Comparisons with an entry's values, at most; never 0. */
size_t filter_cost(const struct filter *filter);
/* A leaf without look at an entry: whether it holds for this one value, as LDAP shows it. */
bool filter_holds_for(const struct filter *leaf, struct span value);
enum truth filter_test(const struct filter *filter, const struct record *record,
	const struct filter_context *context);

#endif
