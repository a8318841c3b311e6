/* Inside the provisioning log: how a row is kept, and what is gathered between two turns of the
 * keeper. */
#ifndef CORE_PROVISION_INT_H
#define CORE_PROVISION_INT_H

#include "core/core_int.h"
#include "core/provision.h"

/* Appends the row; what is known only when it is written is filled in later. */
void provision_encode(struct buffer *out, const struct provision *provision);
void provision_place(uint8_t *octets, uint64_t request_row);
void provision_miss(uint8_t *octets, uint64_t missing);
uint64_t provision_missing(const uint8_t *octets);
/* Texts are borrowed. ERR_CORRUPT for damage. */
enum err provision_decode(const struct provision_row *row, struct provision *provision);
/* What leads to the row; at most PROVISION_LINKS_MAX. */
size_t provision_links(
	struct arena *arena, const struct provision *provision, struct provision_link *links);
struct provision_link provision_link_to(enum provision_link_type type, const struct uuid *id);
/* By the normal form of a name, see provision_normal. */
struct provision_link provision_link_name(struct span normal);
struct span provision_normal(struct arena *arena, struct span name);
bool provision_is_problem(enum provision_outcome outcome);

/* Reads that succeeded, counted. Any thread. */
struct read_counts *read_counts_new(void);
void read_counts_free(struct read_counts *counts);
void read_counts_note(struct read_counts *counts, const struct actor *actor, const char *method,
	const char *kind);
/* Those whose minute is over, or all, become rows. */
void read_counts_collect(struct core *core, struct read_counts *counts, bool all);

#endif
