/* Entries under construction: what a door parsed, what a command changes. Lives in an arena; the
 * stored form is record.h. A value is (attribute, instance, octets): the values of one multi-valued
 * complex attribute ("emails") that share an instance belong together. `source` says who stands
 * behind the value: 0 is a person here, else a source number. */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/uuid.h"
#include "model/attr.h"
#include "model/kind.h"

#define SOURCE_LOCAL 0
#define SOURCE_DERIVED 0xffff /* made by the core out of the other values, anew on each change */

struct value {
	enum attr attr;
	uint16_t instance;
	uint16_t source;
	struct span octets;
};

struct entry {
	struct arena *arena;
	enum kind kind;
	uint32_t tenant; /* number; 0 is the operator realm */
	uint32_t number; /* dense within the tenant, 0 until stored; what the indexes hold */
	struct uuid id;
	uint64_t revision;         /* 1 on creation, +1 a change */
	int64_t created, modified; /* wall clock, microseconds */
	struct value *values;      /* sorted by attribute, then instance */
	size_t count, capacity;
};

struct entry *entry_new(struct arena *arena, enum kind kind);
struct entry *entry_copy(struct arena *arena, const struct entry *entry);
bool entry_has(const struct entry *entry, enum attr attr);
/* The n-th value of the attribute (n from 0), or NULL. */
const struct value *entry_value(const struct entry *entry, enum attr attr, size_t n);
/* The first of one instance, whose values of the attribute are neighbours; or NULL. */
const struct value *entry_instance(const struct entry *entry, enum attr attr, uint16_t instance);
size_t entry_value_count(const struct entry *entry, enum attr attr);
/* Both have the same octets for the attribute, in the same order. */
bool entry_same_values(const struct entry *a, const struct entry *b, enum attr attr);
/* The first value's octets, or SPAN_NONE. */
struct span entry_first(const struct entry *entry, enum attr attr);
/* Adds a value as it stands (checked by value_canonical before); ERR_TOO_LARGE beyond
 * LIMIT_VALUES_PER_ENTRY. */
enum err entry_add(struct entry *entry, enum attr attr, uint16_t instance, uint16_t source,
	struct span octets, struct why *why);
/* Replaces all values of the attribute by one (instance 0); an empty span removes them. */
enum err entry_set(
	struct entry *entry, enum attr attr, uint16_t source, struct span octets, struct why *why);
void entry_remove(struct entry *entry, enum attr attr);
/* Only those of one instance, or of one source. */
void entry_remove_instance(struct entry *entry, enum attr attr, uint16_t instance);
void entry_remove_source(struct entry *entry, enum attr attr, uint16_t source);
/* All but those of this source go. */
void entry_keep_source(struct entry *entry, enum attr attr, uint16_t source);
/* The first instance number that no value of these attributes uses. */
uint16_t entry_next_instance(const struct entry *entry, enum attr first, enum attr last);

#endif
