/* Tokens that end by themselves within a month: who depends on one should hear of it before. Looked
 * for by core_tend() once an hour, and within a second of a change to a client. Any thread. */
#ifndef CORE_EXPIRY_H
#define CORE_EXPIRY_H

#include "base/uuid.h"

#include <stddef.h>
#include <stdint.h>

struct core;

#define EXPIRY_MAX 64 /* that are told one by one */

struct expiry {
	struct uuid id;            /* of the client */
	char tenant[64], name[64]; /* cut; the operator realm has no name */
	int64_t expires;           /* wall clock */
};

/* The first of them to end, in that order, at most `room`; returns how many there are in all. */
size_t core_expiring(struct core *core, struct expiry *list, size_t room);

#endif
