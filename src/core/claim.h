/* Role claims: what a connection says in a person's "roles" (RFC 7643 section 4.1.2), attributes
 * ROLE_CLAIM to ROLE_CLAIM_PRIMARY. They are kept as said, whatever they name, and a connection
 * changes only its own. A claim whose value names a role gives it: by an edge whose source is the
 * connection's with SOURCE_FOLLOWS, unless an administrator must allow that first (core/held.h). */
#ifndef CORE_CLAIM_H
#define CORE_CLAIM_H

#include "base/arena.h"
#include "model/record.h"

/* The claim's value is the id or, without case, the name of the role; or it is a JSON object as
 * text, as Entra ID sends it, whose "value", "displayName" or "id" is. */
bool claim_names(struct arena *arena, struct span claim, const struct record *role);
/* Any claim of the person does. */
bool record_claims(struct arena *arena, const struct record *user, const struct record *role);

#endif
