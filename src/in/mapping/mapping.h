/* What a directory's rows make of one of its people: the values here, whether they are meant at
 * all, whether they may sign in and until when. The child evaluates entries with it, the daemon
 * checks settings and previews them: the same code on both sides. It knows no store and no LDAP.
 *
 * Mapping: "<ours>=<expression>", ours by the attribute table's word or LDAP name. Rows of the same
 * attribute of ours are tried in order, the first one that gives a value stands. "<ours>=" takes
 * the default row away; any row of an attribute replaces its default. An expression is the name of
 * an attribute of theirs (all its values) or one of
 *
 *   first(a, b, ...)           the first value of the first one that has any
 *   join(a, ", ")              all values as one
 *   lower(a)  upper(a)  trim(a)
 *   split(a, "@")              the parts of each value; split(a, "@", 2) the second, -1 the last
 *   map(a, "x"->"y", ..., "z") by a table; the text without an arrow stands for all others
 *   template("{givenName}.{sn}@example.com")  {} holds an attribute's name, "{{" is a brace; no
 *                              value at all when one of them has none
 *   constant("x")
 *   filetime(accountExpires)   a time of Active Directory's; what never comes is no value
 *   rdn("ou")                  of the entry's DN, the nearest first
 *
 * and expressions nest. In quotes \" and \\ stand for themselves. Texts are compared as
 * caseIgnoreMatch does, whatever case and Unicode form they have.
 *
 * Scope rules, of people; all must hold:
 *
 *   employeeType=internal      some value is;  !=  none is
 *   mail=*                     there is a value;  !=  there is none
 *   uid=adm-*                  some value starts so;  !=  none does
 *   l=(Lyon, "Brno, CZ")       some value is one of these;  !=  none is
 *   userAccountControl&512     the bits are set;  !&  one is not
 *   below ou=Staff,dc=example  the entry is in it;  not below ...
 *
 * Disabled rules, beside those of the preset; one that holds is enough: the same tests, and
 *
 *   shadowExpire<today         a number of days since 1970 that lies before today;  <=today
 *   accountExpires<now         a time that has come, generalized or Active Directory's
 *
 * Presets: "ad", "389", "openldap", "none"; without one that of the server found. A lock-out by
 * wrong passwords and a password that must be changed disable nobody. Everything is bounded:
 * MAPPING_*_MAX. */
#ifndef IN_MAPPING_MAPPING_H
#define IN_MAPPING_MAPPING_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"
#include "base/limits.h"
#include "model/attr.h"

#define MAPPING_ROWS_MAX 128           /* of a directory, the defaults included */
#define MAPPING_RULES_MAX 32           /* of one sort */
#define MAPPING_WANTED_MAX 128         /* attributes of theirs */
#define MAPPING_DEPTH_MAX 8            /* of an expression */
#define MAPPING_NODES_MAX 64           /* of a row */
#define MAPPING_PAIRS_MAX 256          /* of a table or a list */
#define MAPPING_LIST_MAX 1024          /* values that a transform gives */
#define MAPPING_VALUES_MAX 16          /* of one attribute of ours */
#define MAPPING_OCTETS_MAX (128 * KIB) /* of a person's values */

#define MAPPED_VALUES_MAX 256 /* of one person */
/* One more than may be stored: a longer one is cut to it, and refused by its attribute's name.
 */
#define MAPPED_VALUE_MAX (LIMIT_VALUE_OCTETS + 1)

#define TEXTS_ROWS_MAX 128

/* Rows of a setting as they stand in the directory entry; both ends compile them alike. */
struct texts {
	struct span rows[TEXTS_ROWS_MAX];
	size_t count;
};

struct row_value {
	enum attr attr;
	uint16_t instance;
	struct span octets;
};

/* What the directory's rules make of a person. */
enum entry_state { ENTRY_ACTIVE, ENTRY_DISABLED, ENTRY_EXPIRED, ENTRY_OUT_OF_SCOPE, ENTRY_STATES };

enum mapping_server { MAPPING_OTHER, MAPPING_OPENLDAP, MAPPING_AD, MAPPING_389, MAPPING_SERVERS };

struct mapping;

struct mapping_texts {
	const struct texts *rows, *scope, *disabled;
	struct span preset;
	enum mapping_server server;
};

/* The mapping lives in the arena and borrows the texts. ERR_VALUE, ERR_TOO_MANY: `why` names the
 * setting ("map", "scopeRule", "disabledRule", "disabledPreset") and in its text the row and
 * the place. */
enum err mapping_compile(struct arena *arena, const struct mapping_texts *texts,
	struct mapping **mapping, struct why *why);

/* Attributes of theirs to ask for, each once. */
const struct span *mapping_wanted(const struct mapping *mapping, size_t *count);
/* May a row give a value of the attribute? */
bool mapping_gives(const struct mapping *mapping, enum attr attr);

/* Appends all that the mapping's results depend on: two that write the same decide the same. */
void mapping_put(const struct mapping *mapping, struct buffer *out);

/* Whether the attribute of theirs proves who somebody is, so that nobody is shown it. */
bool mapping_is_secret(struct span name);
/* An attribute description without options, or a dotted OID: what may stand in a request. */
bool mapping_is_name(struct span text);

/* Values of one attribute of theirs. */
struct theirs {
	const struct span *values;
	size_t count;
};

/* An entry of theirs: `attributes` in the order of mapping_wanted(). */
struct mapping_entry {
	struct span dn;
	const struct theirs *attributes;
};

struct mapped {
	enum entry_state state;
	struct span rule;         /* that decided it, as it is set; empty: none did */
	int64_t expiry;           /* wall time; 0: none is known */
	struct row_value *values; /* with ATTR_ACCOUNT_EXPIRES, when there is an expiry */
	size_t count;
};

/* Never fails: what cannot be is no value. All results in the arena or borrowed of the entry. */
void mapping_apply(const struct mapping *mapping, struct arena *arena,
	const struct mapping_entry *entry, int64_t now, struct mapped *mapped);

/* One row by itself, for a preview: what it gives; `wins`: and that it is what stands. */
struct mapping_step {
	struct span text;
	enum attr attr;
	bool wins;
	const struct span *values;
	size_t count;
};
/* In the arena, in the order in which they are tried. */
const struct mapping_step *mapping_steps(const struct mapping *mapping, struct arena *arena,
	const struct mapping_entry *entry, size_t *count);

#endif
