/* POSIX accounts: who has both numbers, uidNumber and gidNumber, is one, and what it lacks besides
 * is made from the tenant's templates. */
#ifndef CORE_POSIX_INT_H
#define CORE_POSIX_INT_H

#include "core/run_int.h"

/* homeDirectory, loginShell, gecos or shadowLastChange of an account, in `room` as view_made does.
 * `settings` may be NULL. */
size_t posix_made(
	const struct record *settings, const struct record *record, enum attr attr, uint8_t *room);

/* Under the policy posix.enabled: the numbers that a person or container lacks. */
enum err posix_give(struct run *run, struct entry *entry);
/* The settings as they will be turn the policy on: those that are there already get theirs in small
 * steps. */
void posix_mark(struct run *run, const struct entry *settings);
/* A step of each tenant that has such; as follow_go_on. */
enum err posix_go_on(struct core *core, struct txn *txn, bool *more, struct why *why);

#endif
