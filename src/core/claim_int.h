/* Role claims inside the core. */
#ifndef CORE_CLAIM_INT_H
#define CORE_CLAIM_INT_H

#include "core/claim.h"
#include "core/run_int.h"

/* What may be the name or the id of a role, in the order in which it is tried: the claim itself, or
 * "value", "displayName" and "id" of the object that it is. Empty ones are none. */
#define CLAIM_TEXTS 3
struct claim_texts {
	struct span text[CLAIM_TEXTS];
};
void claim_read(struct arena *arena, struct span claim, struct claim_texts *texts);

/* The role that the claim names; false when none. */
bool claim_role(struct txn *txn, struct arena *arena, uint32_t tenant, struct span claim,
	struct record *role);
/* A connection changes only its own claims, and says nothing new by repeating what it was shown of
 * roles that are held otherwise. */
enum err claims_check(struct run *run, const struct entry *before, struct entry *after);

#endif
