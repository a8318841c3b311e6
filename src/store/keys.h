/* Keys: the one place that knows how the rows of each table are named (tables.def). */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/span.h"
#include "base/uuid.h"
#include "model/kind.h"

#define KEY_MAX 224       /* octets; LMDB takes 511 */
#define KEY_VALUE_MAX 200 /* longer values stand as their hash, or are cut where order counts */

struct key {
	size_t len;
	uint8_t octets[KEY_MAX];
};

enum counter {
	COUNTER_ENTRIES = 1, /* subject: the kind */
	COUNTER_MEMBERS = 2, /* subject: the container */
	COUNTER_NUMBERS = 3, /* the last entry number given; subject 0 */
	COUNTER_SOURCES = 4, /* the last source number given; subject 0 */
	COUNTER_TENANTS = 5, /* the last tenant number given; tenant 0, subject 0 */
};

static inline struct span key_span(const struct key *key)
{
	return span_of(key->octets, key->len);
}

void key_tenant(struct key *key, uint32_t tenant);
void key_entry(struct key *key, uint32_t tenant, uint32_t number);
void key_id(struct key *key, uint32_t tenant, const struct uuid *id);
void key_attribute(struct key *key, uint32_t tenant, enum kind kind, enum attr attr);
void key_value(
	struct key *key, uint32_t tenant, enum kind kind, enum attr attr, struct span normal);
void key_trigram(
	struct key *key, uint32_t tenant, enum kind kind, enum attr attr, const uint8_t trigram[3]);
/* Keys of this kind sort as value_order does on the first octets. */
void key_ordered(
	struct key *key, uint32_t tenant, enum kind kind, enum attr attr, struct span normal);
void key_edge(struct key *key, uint32_t tenant, uint32_t container, uint32_t member);
void key_member(struct key *key, uint32_t tenant, uint32_t member, enum kind kind);
void key_counter(struct key *key, uint32_t tenant, enum counter counter, uint32_t subject);
void key_state(struct key *key, uint32_t tenant, struct span name);
void key_sequence(struct key *key, uint32_t tenant, uint64_t sequence);
void key_link(
	struct key *key, uint32_t tenant, uint8_t type, const uint8_t id[16], uint64_t sequence);
void key_activity(struct key *key, uint32_t tenant, uint8_t type);
void key_add_sequence(struct key *key, uint64_t sequence);
/* Appends a number, which ends the keys of blocks, ordered rows, edges and memberships. */
void key_add_number(struct key *key, uint32_t number);

/* The first four octets, the last four. */
uint32_t key_tenant_of(struct span key);
uint32_t key_number_of(struct span key);

#endif
