/* Held changes inside the core: what a connection asked for and an administrator must allow first.
 * One entry for each thing asked for, found by a key of what it is, so that asking again makes no
 * second one. It ends when it is approved, and when nobody asks any more. */
#ifndef CORE_HELD_INT_H
#define CORE_HELD_INT_H

#include "core/held.h"
#include "core/run_int.h"

struct held_change {
	enum held_act act;
	const struct record *client;
	const struct record *subject;   /* the person */
	const struct record *container; /* of HELD_ASSIGN; else NULL */
};

bool held_find(const struct run *run, const struct held_change *change, struct record *held);
/* Makes the entry unless it is there already. ERR_TOO_MANY beyond LIMIT_HELD. */
enum err held_open(struct run *run, const struct held_change *change);
enum err held_drop(struct run *run, const struct record *held, const char *action);
/* Calls for each held change that refers to the entry by the attribute, until one fails. */
enum err held_each(struct run *run, enum attr attr, const struct uuid *id,
	enum err (*each)(void *arg, const struct record *held), void *arg);
bool held_is(const struct record *held, enum attr attr, const struct uuid *id);
/* Those end that the deeds prepared so far have made idle: of people, connections and containers
 * that are gone, and of people who are inactive already. */
enum err held_tidy(struct run *run, const struct deed *last);

/* Counts what the deeds do to people on behalf of a connection; ERR_HELD when it is one too many,
 * ERR_FORBIDDEN when an administrator has refused this one. See held_keep. */
enum err held_guard(struct run *run, const struct deed *last);
/* After ERR_HELD: the refused command becomes a held change, in a run of its own. */
enum err held_keep(struct run *run);

#endif
