/* What the files of `muster load` share: entries out of a file, on their way to the daemon. */
#ifndef CLI_LOAD_INT_H
#define CLI_LOAD_INT_H

#include "base/arena.h"
#include "base/err.h"
#include "model/attr.h"
#include "model/kind.h"

struct load_value {
	enum attr attr;
	unsigned instance;
	struct span text;
};

struct load_item {
	struct span tenant, name;
	enum kind kind;
	struct load_value *values; /* those of one attribute are neighbours, instances rising */
	size_t count;
	struct span password; /* clear or a hash, or empty */
	bool inactive;
	struct span *members; /* LDIF: normal DNs; else names, see member_kind */
	size_t member_count;
	struct span dn;  /* LDIF: normal form */
	struct span rdn; /* LDIF: the DN's first part, in its own spelling */
};

struct load {
	struct arena *arena;
	struct span tenant; /* asked for, or empty */
	struct load_item *items;
	size_t count, capacity;
	size_t told;    /* of those that were passed over */
	size_t skipped; /* records that are neither people nor what has members nor services */
	size_t dropped; /* values of attributes that are not kept */
	size_t unknown_members;
};

/* A new item at the end, zeroed; the pointer dies with the next call. */
struct load_item *load_add(struct load *load);
/* Adds a value if the kind has the attribute and doors may write it; counts it as dropped if not.
 */
void load_value(struct load *load, struct load_item *item, enum attr attr, unsigned instance,
	struct span text);

enum err load_ldif(struct load *load, struct span text, struct why *why);
/* Lines of SCIM Users and Groups, or of `tenant export`; a line may say "tenant". */
enum err load_jsonl(struct load *load, struct span text, struct why *why);

#endif
