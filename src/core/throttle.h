/* Guessing passwords is slowed down: who was wrong too often waits, longer each time, and never for
 * ever. What counts is the account from one network (an IPv4 address, an IPv6 /64). An account that
 * is tried from everywhere waits only where nobody has signed in to it before, so that nobody is
 * locked out from elsewhere; a network, behind which many people may sit, only with the accounts
 * that have not signed in from it. In memory, bounded; a restart forgets.
 *
 * Of people whose password lives in a company's directory the bounds are lower (throttle.c), for
 * that directory counts too and would lock them out everywhere: set its own bound, where it has
 * one, above ours (ten wrong passwords in ten minutes). */
#ifndef CORE_THROTTLE_H
#define CORE_THROTTLE_H

#include "base/uuid.h"
#include "model/kind.h"

#include <stdbool.h>

/* 0: as said in throttle.c. */
struct throttle_bounds {
	bool off;
	uint32_t failures;         /* of an account from one network, within the window */
	uint32_t account_failures; /* of an account from networks where it has not signed in */
	uint32_t network_failures; /* of a network with accounts that have not signed in there */
	uint32_t window;           /* seconds without a failure after which all is forgotten */
	uint32_t delay;            /* seconds: the longest one */
};

/* Who tries, and from where. */
struct throttle_key {
	uint32_t tenant;
	enum kind kind;
	uint32_t number;     /* 0: nobody; then the name counts */
	struct span name;    /* folded */
	const char *address; /* text; NULL or malformed: one network of its own */
	/* Wrong passwords count elsewhere too, where they lock the account: a few are enough, and
	 * the first wait is long. */
	bool is_frail;
};

/* What waits, for an administrator. */
struct throttle_row {
	enum kind kind;   /* KIND_NONE: of a network, whoever it tries */
	uint32_t number;  /* 0 with a kind: a name that nobody has */
	char network[48]; /* empty: from everywhere that is not known */
	uint32_t failures;
	int64_t wait; /* microseconds until the next attempt is looked at; 0: at once */
};

#endif
