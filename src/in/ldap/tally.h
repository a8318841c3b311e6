/* What a shard has done, counted on its thread and read by any: for cn=Monitor and the metrics. */
#ifndef IN_LDAP_TALLY_H
#define IN_LDAP_TALLY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum tally_operation {
#define OPERATION(request, response, handler, controls, flags) TALLY_##request,
#include "in/ldap/operation.def"
#undef OPERATION
	TALLY_OPERATIONS
};

/* Classes of result codes. */
enum tally_result {
	TALLY_SUCCEEDED, /* also compared, referred, in progress */
	TALLY_DENIED,    /* credentials, permission */
	TALLY_LIMITED,   /* size, time, administrative limit, busy */
	TALLY_REFUSED,   /* what was asked for could not be done */
	TALLY_FAILED,    /* here: unavailable, other */
	TALLY_RESULTS
};

struct tally {
	_Atomic uint64_t started[TALLY_OPERATIONS], completed[TALLY_OPERATIONS];
	_Atomic uint64_t results[TALLY_RESULTS];
	_Atomic uint64_t connections, entries, octets, throttled; /* ever */
	_Atomic uint64_t open, tls, parked, unread; /* now: connections, of them in TLS, searches
						       under way, connections that do not read */
};

/* On the shard's thread alone: no locked instruction is needed. */
static inline void tally_add(_Atomic uint64_t *figure, uint64_t n)
{
	atomic_store_explicit(figure, atomic_load_explicit(figure, memory_order_relaxed) + n,
		memory_order_relaxed);
}
static inline uint64_t tally_get(const _Atomic uint64_t *figure)
{
	return atomic_load_explicit(figure, memory_order_relaxed);
}
static inline void tally_set(_Atomic uint64_t *figure, uint64_t n)
{
	atomic_store_explicit(figure, n, memory_order_relaxed);
}

enum tally_result tally_result_of(int code);

struct ldap_door;
/* The figure at that offset of struct tally, of all shards. Any thread. */
uint64_t tally_sum(const struct ldap_door *door, size_t offset);
struct shard;
/* Tells the metrics what has been counted since the last time; the shard's thread, each second. */
void tally_tell(struct shard *shard);

#endif
