/* muster-sync: the child that speaks LDAP to one directory, and everything that libldap and a
 * hostile server may do stays in it. One thread, and a watchdog while a TLS handshake runs, because
 * libldap's own time-outs do not bound one. It sends rows and knows nothing of our store. */
#ifndef IN_UPSTREAM_UPSTREAM_H
#define IN_UPSTREAM_UPSTREAM_H

#include "in/sync/address.h"
#include "in/sync/frame.h"
#include "in/upstream/rootdse.h"
#include "in/upstream/sync_cookie.h"

#include <ldap.h>
#include <setjmp.h>

#define UPSTREAM_FD 3 /* the socket to the daemon */

struct upstream {
	LDAP *ld;
	int fd; /* to the server; libldap's once `ld` stands */
	struct order order;
	size_t uri; /* of the order's, the one in use */
	struct address address;
	struct rootdse root;
	const struct connector *connector;
	struct mapping *mapping; /* of the order's rows, for this server */
	struct span identity;    /* of the server */
	int64_t not_after;       /* of its certificate, wall time; 0: no TLS */
	size_t first;            /* uri that was tried first */
	size_t tries;            /* of servers */
	bool has_another;        /* a failure to connect goes to the next server */
	jmp_buf next_server;
	char trouble[FRAME_TEXT_MAX]; /* with the first server that was given up */
	struct arena *life;           /* of the process */
	struct arena *arena;          /* of one message */
	struct buffer out;            /* frames that wait for the daemon */
	enum stage stage;
	bool loopback;           /* the server is on this machine */
	bool refreshed;          /* the refresh stage has ended */
	bool present;            /* a present phase was seen */
	struct sync_cookie sync; /* of RFC 4533 */
	bool sync_was_empty;     /* the server was given no cookie: it sends all there is */
	bool sync_came;          /* the server gave a cookie */
	bool units_came;         /* their sum is of what came, as far as the filter takes units */
	uint64_t changes_seen;   /* of 389's changelog when it was read last */
	int64_t skew_said;       /* between its clock and ours */
	uint64_t entries, octets;
	unsigned page_size; /* that the server takes; 0: not tried yet */
	struct row row;     /* the one being made */
};

/* Sends what waits; the daemon's end being closed ends the process. */
void upstream_flush(struct upstream *up);
void upstream_put(struct upstream *up, const struct row *row);
void upstream_enter(struct upstream *up, enum stage stage);
/* The last word: says why, and ends the process. */
_Noreturn void upstream_fail(struct upstream *up, enum failure failure, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The cookie is of no use here: says why, and ends the process. */
_Noreturn void upstream_need_full(struct upstream *up, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void upstream_note(struct upstream *up, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* ldap_result said -1. */
_Noreturn void upstream_broken(struct upstream *up);

/* TCP, TLS, bind and the rootDSE of the first server that can be had; each within the order's
 * deadline. */
void upstream_connect(struct upstream *up);
/* By the order's DN and password; nothing without a DN. */
void upstream_bind(struct upstream *up);
/* One frame of the daemon's after the order, within `room`; its end being closed ends the process.
 */
struct span upstream_receive(uint8_t *frame, size_t room);
/* TASK_BIND; does not return. */
void upstream_answer_binds(struct upstream *up);
/* Counts what came against the order's limits. */
void upstream_count(struct upstream *up, uint64_t entries, uint64_t octets);

static inline struct span span_of_berval(const struct berval *value)
{
	return span_of(value->bv_val, value->bv_len);
}

#endif
