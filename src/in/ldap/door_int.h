/* The LDAP door inside. A shard is a loop with its connections and its view; everything of a shard
 * is touched on its thread. A request that is answered at once lives in the shard's arenas; a
 * search that has to wait takes its arena along. */
#ifndef IN_LDAP_DOOR_INT_H
#define IN_LDAP_DOOR_INT_H

#include "core/core.h"
#include "in/ldap/access.h"
#include "in/ldap/accounts.h"
#include "in/ldap/ldap.h"
#include "in/ldap/oplog.h"
#include "in/ldap/tally.h"
#include "model/naming.h"
#include "net/admission.h"
#include "net/listener.h"
#include "net/stream.h"
#include "wire/ldap_control.h"
#include "wire/ldap_pdu.h"

#include <pthread.h>
#include <stdatomic.h>

/* Output that may wait before a search pauses and reading stops. */
#define OUTPUT_HIGH (LIMIT_LDAP_OUTPUT / 4)
/* Operations of one connection under way; beyond, reading stops. */
#define OPERATIONS_MAX 32
/* A group with more members fills more than the limit of a connection by itself; so many of a
 * shard's connections may hold such an entry unread, the others wait. */
#define MEMBERS_MANY (OUTPUT_HIGH / 64)
#define HEAVY_MAX 16

/* Figures of a shard that the metrics are told. */
#define SHARD_TOLD 17

struct shard {
	struct ldap_door *door;
	struct loop *loop;
	struct view *view;
	bool begun;             /* the view, for this wake of the loop */
	struct arena *request;  /* of the request being taken apart */
	struct arena *turn;     /* of one turn of work: emptied after it */
	struct buffer scratch;  /* small texts: DNs to be measured */
	struct buffer referral; /* URLs of the referral that was found last, as elements */
	struct conn *conns;
	unsigned jobs;             /* password checks that will come back */
	int64_t searches, entries; /* not yet told to the metrics: once a wake */
	struct tally tally;
	uint64_t told[SHARD_TOLD]; /* of it, to the metrics */
	unsigned big_sorts;        /* searches that keep more than LIMIT_LDAP_SORT_BIG_OCTETS */
	unsigned heavy;            /* connections that hold more than LIMIT_LDAP_OUTPUT unread */
	int64_t stop_until;        /* monotonic; 0: not stopping */
	int64_t stop_deadline;     /* handed to the stop task */
	bool over;                 /* loop_stop was called */
	struct task stop;
	struct task resume;      /* of connections that gave way */
	bool resumes;            /* it is with the loop */
	struct sync *persistent; /* searches asked to persist */
	struct task wake;        /* of these, after a commit */
	atomic_bool wakes;       /* it is with the loop */
};

struct ldap_door {
	struct core *core;
	struct arena *arena; /* of the options' strings and the suffix */
	struct naming naming;
	struct ldap_door_options options;
	struct admission *admission;
	struct accounts *accounts;
	_Atomic(const struct ldap_limits *) limits;
	int64_t started;              /* monotonic */
	_Atomic uint64_t connections; /* ever */
	pthread_mutex_t lock;         /* of `tls`, and of a reload */
	struct tls *tls;
	struct shard *shards;
	atomic_uint persistent; /* searches asked to persist, of all shards */
	unsigned shard_count, next_shard;
	struct port *ports;
	unsigned port_count;
};

/* What stands before and behind a name in the DNs of a tenant's entries, "uid=" and
 * ",ou=people,o=acme,dc=...", built when a DN is first written. */
struct names {
	char *octets;
	struct span heads[KIND_COUNT], tails[KIND_COUNT];
};

/* Who acts in another's name, and what the audit says of it. */
struct proxy {
	struct delegation delegation;
	struct actor agent;
};

/* The DN of a tenant or container that was found last, as it was written: the searches of an
 * application begin at one and the same. */
#define LAST_BASE_MAX 96
struct last_base {
	uint8_t octets[LAST_BASE_MAX];
	size_t len; /* 0: none */
	enum place place;
	enum kind kind;
};

/* Who a connection is. */
struct identity {
	bool bound; /* else anonymous */
	struct actor actor;
	uint64_t snapshot;       /* at which `actor` was looked at */
	uint64_t revision;       /* of its entry, at which `access` was worked out */
	struct accounts *seated; /* where a service account is counted; NULL: nowhere */
	struct access *access;   /* NULL: what the permissions give */
	char *dn;                /* as Who am I says it */
	char *tenant;            /* its name */
	struct names names;
	struct proxy *proxy; /* who acts as `actor`; NULL: they do themselves */
	bool nested;         /* ldap.nested_members, as of: */
	uint64_t nested_at;
	bool ad_names; /* ldap.ad_names, as of: */
	uint64_t ad_names_at;
	struct last_base last_base;
};

struct conn {
	struct shard *shard;
	struct stream *stream;
	struct conn *next, **link;
	struct seat seat;
	char address[ADDRESS_TEXT_MAX];
	struct identity identity;
	struct application { /* the service account that bound last; 0: none */
		uint32_t tenant, number;
	} application;
	struct search_run *searches; /* that wait for a turn or for room in the output */
	unsigned search_count;       /* of these, but for those that persist */
	unsigned persist_count;      /* of these, those that are asked to persist */
	struct bind_job *binding;
	struct sasl_exchange *sasl; /* under way; the connection is anonymous meanwhile */
	struct update *update;      /* the write that is under way */
	uint64_t number;            /* among all of the door's, from 1 */
	uint64_t operations;        /* ever */
	struct op_note *notes;      /* for the log */
	unsigned note_count;
	const char *ended; /* why, for the log, a literal; NULL: the client left */
	int64_t accepted;
	int64_t opened;  /* or when StartTLS began */
	int64_t active;  /* last request */
	int64_t partial; /* since when half a message waits, or 0 */
	bool has_bound;  /* successfully, once */
	unsigned waits;  /* flags of the request that is next and cannot run yet */
	bool yields;     /* others first: what more it sent is looked at in the next round */
	bool is_heavy;
	bool manages;    /* ManageDsaIT is on the request: aliases and referrals are entries */
	bool is_proxied; /* `identity` is that of the operation that runs */
	bool closing;
};

/* ---- door.c ---- */
/* What new sessions begin with, held for the caller; NULL without a certificate. */
struct tls *door_tls(struct ldap_door *door);
/* In force now; look again rather than keep it. */
const struct ldap_limits *door_limits(const struct ldap_door *door);

/* ---- shard.c ---- */
enum err shard_open(struct shard *shard, struct ldap_door *door, struct why *why);
void shard_close(struct shard *shard);               /* its loop has ended */
void shard_stop(struct shard *shard, int64_t until); /* any thread */
/* The view, begun for this wake; NULL when the store fails. */
struct view *shard_view(struct shard *shard);
/* The next look at the store shows what was committed until now. */
void shard_renew(struct shard *shard);
/* Ends the loop when nothing is left of a stopping shard. */
void shard_check_over(struct shard *shard);

/* ---- sync_wake.c ---- */
/* Persistent searches look at the journal again: after a commit, on any thread; and each second. */
void shard_wake_persistent(struct shard *shard);
void shard_check_persistent(struct shard *shard);

/* ---- conn.c ---- */
void conn_open(struct shard *shard, int fd, struct tls *tls, const struct sockaddr_storage *peer,
	struct seat seat);
/* Its output has become or is no longer more than the limit. */
void conn_weigh(struct conn *conn);
/* Takes up reading and what has been waiting, ends the turn. False: the connection is gone. */
bool conn_resume(struct conn *conn);
/* Notice of Disconnection, then the end. */
void conn_disconnect(struct conn *conn, int code, const char *text);
void conn_sweep(struct conn *conn, int64_t now); /* deadlines; may end the connection */
void conn_abort(struct conn *conn);
void conn_answer(struct conn *conn, const struct result *result);
void conn_refuse(struct conn *conn, const struct pdu *pdu, enum err err, const struct why *why);
/* With a code and without a text. */
void conn_put_code(struct conn *conn, const struct pdu *pdu, int code);

/* ---- identity.c ---- */
void identity_clear(struct identity *identity);
/* Makes it the actor's, who acts without a proxy; the view is begun. False: the entry has just
 * gone. */
bool identity_set(
	struct conn *conn, struct view *view, struct identity *identity, const struct actor *actor);
/* After a bind: a service account takes one of its connections. A result code; RESULT_BUSY when it
 * has them all, the connection is anonymous then. */
int identity_take_seat(struct conn *conn, struct view *view);
/* Looks at the actor again when something was committed since; who may no longer act becomes
 * anonymous. */
void identity_refresh(struct conn *conn, struct view *view);
/* Do the actor's permissions let it see entries of the kind? */
bool identity_may_view(const struct actor *actor, enum kind kind);
/* The containers of a user or container of the identity's tenant that memberOf names; in the turn
 * arena. */
struct container_walk *identity_containers(struct conn *conn, struct view *view, uint32_t member);
/* The DN of an entry of the identity's tenant, and of the member's end of an edge in it. */
void identity_put_dn(struct conn *conn, struct buffer *out, const struct record *record);
void identity_put_member_dn(
	struct conn *conn, struct view *view, struct buffer *out, const struct edge *edge);

/* ---- proxy.c ---- */
/* Runs an operation as whom its proxied authorization control names. */
void proxy_run(struct conn *conn, const struct pdu *pdu, const struct controls *controls,
	void (*run)(struct conn *conn, const struct pdu *pdu, const struct controls *controls));
/* Who acts, for a command: with the one on whose behalf. What it points at lives in the arena. */
struct actor proxy_actor(const struct conn *conn, struct arena *arena);
/* An operation that goes on later takes its identity along when it is not the connection's own;
 * else NULL. Freed with proxy_drop(). */
struct identity *proxy_keep(const struct conn *conn);
void proxy_drop(struct identity *kept); /* NULL is allowed */
/* Exchanges the connection's identity for the kept one, and back; NULL: nothing. */
void proxy_swap(struct conn *conn, struct identity *kept);

/* ---- target.c ---- */
struct target {
	enum place place; /* ROOT, SUFFIX, TENANT, CONTAINER, ENTRY or POINTER */
	bool subschema;
	const struct monitor_row *monitor; /* below cn=Monitor; with ROOT */
	enum kind kind;
	struct record record; /* ENTRY, POINTER */
};
/* What the DN names for this connection. A result code; `matched` is set with noSuchObject. Another
 * tenant's tree is noSuchObject, whatever is in it. */
int target_find(struct conn *conn, struct view *view, struct span text, struct target *target,
	struct span *matched);
/* Whether this names the connection's tenant. */
bool target_is_own(struct conn *conn, struct view *view, struct span name);
/* How a DN is looked for; target_find: neither. */
struct seek {
	bool deref;        /* aliases lead on */
	const char *scope; /* of a search, for the URLs of a referral; NULL: another operation */
};
/* As target_find. At or below a referral, unless conn.manages: RESULT_REFERRAL, with the URLs kept
 * for conn_answer and the referral's DN as `matched`. An alias that leads nowhere or to what this
 * connection does not see is aliasProblem. */
int target_seek(struct conn *conn, struct view *view, struct span text, const struct seek *seek,
	struct target *target, struct span *matched);
/* For filters: the entry that a DN of the own tenant names. */
bool target_resolve(void *conn, struct view *view, struct span text, struct record *record);
/* Also for filters: nothing hides the entry from the connection. */
bool target_is_known(void *conn, struct view *view, const struct record *record);

/* ---- operations: each answers, now or later, but for op_abandon and op_unbind ---- */
void op_bind(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_unbind(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_search(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_compare(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_abandon(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_extended(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_add(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_modify(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_delete(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
void op_rename(struct conn *conn, const struct pdu *pdu, const struct controls *controls);

/* Extended operations, rows of extensions.def. */
enum extension_rules { ANNOUNCED, WITH_TLS, UNANNOUNCED };
#define EXTENSION(oid, handler, rules)                                                             \
	void handler(struct conn *conn, const struct pdu *pdu,                                     \
		const struct extended_request *request, const struct controls *controls);
#include "extensions.def"
#undef EXTENSION

/* The connection is gone: its searches, its bind and its write end without an answer. */
void searches_end(struct conn *conn);
bool search_is_known(const struct conn *conn, int32_t id);
void search_abandon(struct conn *conn, int32_t id);
/* Ends it with an answer; a result code of RFC 3909. */
int search_cancel(struct conn *conn, int32_t id);
/* Before a bind, RFC 4511 section 4.2.1: those that would not end by themselves. */
void searches_abandon_persistent(struct conn *conn);
/* The output has left: those that wait go on. */
void searches_wake(struct conn *conn);
void bind_forget(struct conn *conn);
/* A SASL exchange of several binds ends, if there is one: anything but its next bind came. */
void sasl_forget(struct conn *conn);
void sasl_sweep(struct conn *conn, int64_t now);
/* The n-th mechanism that is possible on this connection; NULL behind the last. */
const char *sasl_mechanism(const struct conn *conn, size_t n);
void update_forget(struct conn *conn);
bool update_is_known(const struct conn *conn, int32_t id);

#endif
