/* The store: one LMDB environment with entries, edges, indexes, journal, audit and state. Keys
 * begin with the tenant's number, so nothing that takes a tenant can leave it. Transactions are
 * sticky: after a failure every further call finds nothing or does nothing; do the steps and ask
 * txn_error() at the end, whose answer outranks "not found". Flags: MDB_NOTLS besides the durable
 * defaults, never another. Spans returned are borrowed from the map until the transaction ends or,
 * in a write transaction, until the next write. A transaction belongs to one thread at a time;
 * there is one write transaction at a time (the writer's). */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "model/change.h"
#include "model/checkpoint.h"
#include "model/filter.h"
#include "model/record.h"

struct store;
struct txn;

struct store_options {
	const char *path; /* directory; created 0700 when `create` */
	bool create;
	uint64_t quota;        /* octets that data.mdb may reach; 0: 64 GiB */
	unsigned readers;      /* read transactions open at once; slots are made for them */
	uint8_t audit_key[32]; /* of the audit rows' tags: key_derive() for AUDIT_TAG_PURPOSE */
};

/* Takes an flock of its own on <path>/muster.lock (LMDB's lets two daemons write): ERR_CONFLICT
 * names the holder's pid. A file shorter than its meta page says, of a newer format, or on a
 * network file system is refused with a sentence. */
enum err store_open(const struct store_options *options, struct store **store, struct why *why);
void store_close(struct store *store); /* every transaction has ended */
/* For tools: no flock, no writing; beside a running daemon or without one. */
enum err store_open_to_read(const char *path, struct store **store, struct why *why);

/* Reading: begin once a thread, then reset when idle and renew before use (cheap). A reader never
 * blocks the writer; one that is not reset keeps old pages from reuse. */
enum err txn_begin_read(struct store *store, struct txn **txn, struct why *why);
enum err txn_renew(struct txn *txn, struct why *why);
void txn_reset(struct txn *txn);
void txn_end(struct txn *txn); /* a read transaction, or a write transaction given up */
enum err txn_error(const struct txn *txn, struct why *why);
/* Number of the transaction that this snapshot shows; rises with every commit. */
uint64_t txn_snapshot(const struct txn *txn);

/* Entries. False when there is none, or on failure. */
bool txn_entry(
	struct txn *txn, uint32_t tenant, enum kind kind, uint32_t number, struct record *record);
bool txn_find_id(
	struct txn *txn, uint32_t tenant, const struct uuid *id, enum kind *kind, uint32_t *number);
/* The lowest number whose attribute has this normal value. */
bool txn_find_value(struct txn *txn, uint32_t tenant, enum kind kind, enum attr attr,
	struct span normal, uint32_t *number);
uint64_t txn_count(
	struct txn *txn, uint32_t tenant, enum kind kind); /* entries; kept, not counted */

/* When what an entry shows was last changed: times of changes of its tenant's journal, which rise
 * strictly. What is shown is its own values, who is in it and what it is in; the values that others
 * compute from it (its name; of settings the policies by which entries look) are told apart, so
 * that those can be dated without having been written. */
struct stamp {
	int64_t changed; /* anything of it but `shown` of others */
	int64_t shown;   /* what others show of it */
	int64_t held;    /* it came into a container or left one */
	int64_t own;     /* a value of its own, not counting members */
};
bool txn_stamp(struct txn *txn, uint32_t tenant, uint32_t number, struct stamp *stamp);

/* Edges. */
bool txn_edge(
	struct txn *txn, uint32_t tenant, uint32_t container, uint32_t member, struct edge *edge);
uint64_t txn_member_count(
	struct txn *txn, uint32_t tenant, uint32_t container); /* kept, not counted */

/* The containers of these kinds (bits 1 << kind) that hold the member, by kind and number, in one
 * range read. In the arena; holds a cursor until closed. */
struct memberships;
struct memberships *memberships_open(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds);
bool memberships_next(struct memberships *m, enum kind *kind, uint32_t *number);
void memberships_close(struct memberships *m);

/* Postings: entry numbers in rising order out of one index, for plans that intersect and unite
 * them. Memory constant. They live in the arena and hold a cursor of the transaction until closed.
 */
struct postings;
struct postings *postings_all(
	struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind);
struct postings *postings_equal(struct txn *txn, struct arena *arena, uint32_t tenant,
	enum kind kind, enum attr attr, struct span normal);
struct postings *postings_present(
	struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind, enum attr attr);
struct postings *postings_trigram(struct txn *txn, struct arena *arena, uint32_t tenant,
	enum kind kind, enum attr attr, const uint8_t trigram[3]);
struct postings *postings_members(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t container);
/* Containers of one kind that hold the member. */
struct postings *postings_containers(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t member, enum kind kind);
/* The first number >= least; false at the end. `least` never falls. */
bool postings_next(struct postings *p, uint32_t least, uint32_t *number);
/* Passes over up to n numbers >= least without looking at each; returns how many, *last is the last
 * of them. */
uint64_t postings_skip(struct postings *p, uint32_t least, uint64_t n, uint32_t *last);
/* With postings_members: the edge of the number just returned, borrowed. */
bool postings_edge(struct postings *p, struct edge *edge);
/* A guess at how many are left, for choosing the cheapest; cheap, never exact. */
uint64_t postings_estimate(struct postings *p);
void postings_close(struct postings *p);
/* Entries in the order of an attribute's normal value (INDEX_ORDERED), and of their numbers where
 * that is the same; a row a value. The key is the value as the index sorts it (octet by octet; of
 * long values the first 200 octets). Begins behind the row (key, number), or, with an empty key, at
 * the start. */
#define ORDERED_KEY_MAX 204
size_t ordered_key_of(enum attr attr, struct span normal, uint8_t key[ORDERED_KEY_MAX]);
struct ordered;
struct ordered *ordered_open(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	enum attr attr, struct span key, uint32_t number, bool descending);
bool ordered_next(struct ordered *o, uint32_t *number);
struct span ordered_key(const struct ordered *o); /* of the row, borrowed until the next call */
void ordered_close(struct ordered *o);
/* Entries of all kinds by their numbers, behind `after`; 0: from the start (descending: from the
 * last one). */
struct entry_walk;
struct entry_walk *entry_walk_open(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t after, bool descending);
bool entry_walk_next(struct entry_walk *walk, struct record *record);
void entry_walk_close(struct entry_walk *walk);

/* State of machinery: cursors, cookies, counters. */
#define STATE_NAME_MAX 200 /* octets; longer ones are kept, but not walked */
bool txn_state(struct txn *txn, uint32_t tenant, struct span key, struct span *value);
/* The rows whose name begins with `prefix`, by the length of the name, then by its octets; behind
 * `after`, or from the start. Name and value are borrowed until the next call. */
struct states;
struct states *states_open(struct txn *txn, struct arena *arena, uint32_t tenant,
	struct span prefix, struct span after);
bool states_next(struct states *states, struct span *name, struct span *value);
void states_close(struct states *states);

/* Journal. */
struct head {
	uint64_t first, last; /* sequences kept; last 0: none yet */
	uint8_t hash[32];     /* of the record `last` */
	int64_t time;         /* of it */
};
bool txn_head(struct txn *txn, uint32_t tenant, struct head *head);
/* change_read() of the record tells whether it is damaged. */
bool txn_journal(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span *record);
/* All tenant numbers that have a journal, rising: the first one >= least. */
bool txn_next_tenant(struct txn *txn, uint32_t least, uint32_t *tenant);

/* Audit. The rows of a tenant have dense sequences from 1 and hang together: hash = SHA-256(hash of
 * the row before, JSON). A row's tag is a MAC over its place and hash with a key that is not in the
 * store, so that a chain that was made anew betrays its first wrong row. Links lead from an id to
 * the rows about it. */
enum audit_link_type { AUDIT_LINK_TARGET = 1, AUDIT_LINK_ACTOR };
struct audit_link {
	enum audit_link_type type;
	struct uuid id;
};
#define AUDIT_LINKS_MAX 1100 /* of one row; the members of a full change and some */
struct audit_row {
	uint64_t sequence;
	int64_t time;
	const uint8_t *hash; /* 32 octets */
	struct span json;
};
bool txn_audit(struct txn *txn, uint32_t tenant, uint64_t sequence, struct audit_row *row);
uint64_t txn_audit_last(struct txn *txn, uint32_t tenant); /* 0: none yet */
/* The nearest row at *sequence or beyond it, among all or those that a link leads to. */
bool txn_audit_near(struct txn *txn, uint32_t tenant, bool newest_first, uint64_t *sequence);
bool txn_audit_linked(struct txn *txn, uint32_t tenant, const struct audit_link *link,
	bool newest_first, uint64_t *sequence);
/* The first checkpoint whose last row is not below `least`; the newest one. */
bool txn_checkpoint(
	struct txn *txn, uint32_t tenant, uint64_t least, struct checkpoint *c, struct span *line);
bool txn_checkpoint_newest(
	struct txn *txn, uint32_t tenant, struct checkpoint *c, struct span *line);
/* The first tenant >= least that has audit rows or checkpoints. */
bool txn_next_audited(struct txn *txn, uint32_t least, uint32_t *tenant);

/* Sign-in activity: rows of a tenant in the order in which they were begun, never removed but by
 * txn_drop_activity. */
enum activity_event { ACTIVITY_SUCCEEDED = 1, ACTIVITY_FAILED, ACTIVITY_LOCKED };
struct activity {
	uint32_t number; /* of the user or client; 0: a name that nobody has */
	enum activity_event event;
	enum channel channel;
	uint32_t count;
	int64_t first, last; /* wall */
	struct span address; /* at most 48 octets; borrowed */
};
#define ACTIVITY_ANYBODY UINT32_MAX
bool txn_activity(struct txn *txn, uint32_t tenant, uint64_t sequence, struct activity *activity);
/* The nearest row at *sequence or beyond it; `number` may be ACTIVITY_ANYBODY. */
bool txn_activity_near(
	struct txn *txn, uint32_t tenant, uint32_t number, bool newest_first, uint64_t *sequence);
/* When the user or client last signed in; false: never. */
bool txn_last_login(struct txn *txn, uint32_t tenant, uint32_t number, int64_t *time);

/* The provisioning log: facts beside the journal. The rows of a tenant have dense sequences from 1
 * and times that never fall; what their octets say is the core's. Links lead from an id to the rows
 * about it. */
enum provision_link_type {
	PROVISION_LINK_SUBJECT = 1,
	PROVISION_LINK_SOURCE,
	PROVISION_LINK_REQUEST,
	PROVISION_LINK_NAME,
	PROVISION_LINK_REFUSED
};
struct provision_link {
	enum provision_link_type type;
	uint8_t id[16];
};
#define PROVISION_LINKS_MAX 8 /* of one row */
struct provision_row {
	uint64_t sequence;
	int64_t time;
	struct span octets;
};
struct provision_head {
	uint64_t first, last; /* sequences kept; first > last: none is */
	uint64_t octets;      /* of the rows kept, links and all */
	int64_t time;         /* of the row `last` */
};
bool txn_provision_head(struct txn *txn, uint32_t tenant, struct provision_head *head);
bool txn_provision(struct txn *txn, uint32_t tenant, uint64_t sequence, struct provision_row *row);
/* The nearest row at *sequence or before it that the link leads to. */
bool txn_provision_linked(
	struct txn *txn, uint32_t tenant, const struct provision_link *link, uint64_t *sequence);
/* The first tenant >= least that has or had rows. */
bool txn_next_provisioned(struct txn *txn, uint32_t least, uint32_t *tenant);

/* Writing. One at a time; the caller is the writer thread. ERR_FULL at once when the quota is used
 * up or the last commit met a full disk (asked anew each time, so writing resumes by itself). */
enum err txn_begin_write(struct store *store, struct txn **txn, struct why *why);
/* Synced when it returns OK. ERR_FULL: nothing of it is visible. The transaction has ended either
 * way. */
enum err txn_commit(struct txn *txn, struct why *why);
/* A fresh entry number of the tenant; gaps are allowed, reuse is not. */
uint32_t txn_new_number(struct txn *txn, uint32_t tenant);
uint32_t txn_new_tenant(struct txn *txn);                  /* a fresh tenant number, from 1 */
uint16_t txn_new_source(struct txn *txn, uint32_t tenant); /* a fresh source number, from 1 */
/* Applies the effects (entries with all their indexes and id, edges with their reverse, counters,
 * state) and, when one of them is an entry or an edge, gives the change its sequence, time and
 * predecessor's hash and appends it to the journal. ERR_EXISTS (sticky, naming the attribute) for a
 * value that a unique index already has: callers check before. */
void txn_apply(struct txn *txn, struct change *change);
/* Writes what txn_apply has gathered for the indexes now instead of at the commit, so that damage
 * met there shows in txn_error. */
void txn_settle(struct txn *txn);
/* Where the next row stands and which time it says: `now`, or the last row's if that is later. */
void txn_audit_place(
	struct txn *txn, uint32_t tenant, int64_t now, uint64_t *sequence, int64_t *time);
/* `json` is canonical and says this place; it ends with "time":"<RFC 3339 with milliseconds>"}. */
void txn_append_audit(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span json,
	const struct audit_link *links, size_t count);
/* Takes the place of a checkpoint with the same last row. */
void txn_put_checkpoint(struct txn *txn, const struct checkpoint *c, struct span line);
/* Removes rows below `below` with their links, the oldest first, at most `most`; how many. */
unsigned txn_drop_audit(struct txn *txn, uint32_t tenant, uint64_t below, unsigned most);
/* Takes at most `most` rows of all that has the tenant's prefix, fewer when they are large; what is
 * left is whole in itself but for the audit. True when nothing is left. The realm's state row
 * STATE_ERASED<tenant> stands from the first time on and for ever: its value begins with the place
 * in the realm's audit of the row that says so, a blank and the tenant's id. */
bool txn_erase(struct txn *txn, uint32_t tenant, unsigned most);
#define STATE_ERASED "erased/"
/* Writes a new row (sequence 0) or one anew; its sequence. A success becomes the last login. */
uint64_t txn_put_activity(
	struct txn *txn, uint32_t tenant, uint64_t sequence, const struct activity *activity);
/* The same for rows that ended before a time. */
unsigned txn_drop_activity(struct txn *txn, uint32_t tenant, int64_t before, unsigned most);
/* Appends a row; its sequence. A time before the last row's becomes that one. */
uint64_t txn_put_provision(struct txn *txn, uint32_t tenant, int64_t time,
	const struct provision_link *links, size_t count, struct span octets);
/* Removes the oldest rows with their links while they are older than `before` or there are more
 * than `rows` of them or of their `octets`; at most `most`; how many. */
struct provision_bounds {
	int64_t before;
	uint64_t rows, octets;
};
unsigned txn_drop_provision(
	struct txn *txn, uint32_t tenant, const struct provision_bounds *bounds, unsigned most);

/* Compacting copy at one snapshot, 0600, synced, renamed to `path`, a new directory that store_open
 * takes as it is; refuses an existing one. Any thread. */
enum err store_backup(struct store *store, const char *path, struct why *why);

/* Reads every record: checksums, index rows against entries both ways, edges both ways, counters,
 * journal chain. Calls `report` for each fault (a sentence with table and key) and goes on; returns
 * OK when there was none, else ERR_CORRUPT. Run it in a process that may die: a damaged file can
 * end it. */
enum err store_verify(const char *path, void (*report)(void *arg, const char *sentence), void *arg,
	struct why *why);
/* The audit alone: chains, checkpoints, links. The first bad row of each tenant is named. Without
 * the tags' key a chain that was made anew is found by its checkpoints (a segment is named), with
 * it by its tags (the row is). Without the public key the checkpoints must agree on one, those of
 * the anchors first. `anchors`: a file of checkpoint lines, or NULL. */
struct audit_trust {
	bool has_tag_key, has_public;
	uint8_t tag_key[32], public[SIGN_PUBLIC];
	const char *anchors;
};
enum err store_verify_audit(const char *path, const struct audit_trust *trust,
	void (*report)(void *arg, const char *sentence), void *arg, struct why *why);

/* A commit failed in a way that leaves its outcome open (EIO, a meta page not written): writing is
 * over, reading perhaps too. The daemon ends; the next start decides. Any thread. */
bool store_is_broken(const struct store *store);
/* Frees the slots of readers whose process has died, which keep old pages from reuse; returns how
 * many. Done at the opening; call it now and then. Any thread. */
unsigned store_clear_readers(struct store *store);

struct store_figures {
	uint64_t octets_used, octets_quota, entries, readers_used, readers_max;
};
void store_figures(struct store *store, struct store_figures *figures);
/* The disk was full when last written to, and is not any more; any thread. */
bool store_has_room_again(struct store *store);

#endif
