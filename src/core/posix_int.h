/* POSIX accounts: who has both numbers, uidNumber and gidNumber, is one, and what it lacks besides
 * is made from the tenant's templates. */
#ifndef CORE_POSIX_INT_H
#define CORE_POSIX_INT_H

#include "model/record.h"

/* homeDirectory, loginShell, gecos or shadowLastChange of an account, in `room` as view_made does.
 * `settings` may be NULL. */
size_t posix_made(
	const struct record *settings, const struct record *record, enum attr attr, uint8_t *room);

#endif
