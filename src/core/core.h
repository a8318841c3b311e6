/* The core decides and writes: every door comes through here, and only here is a write transaction
 * begun.
 *
 * Writing: a door fills commands, puts them into a batch and submits it. The writer thread takes
 * all batches that wait, checks each command against the newest state (rights, rules), turns it
 * into a change, applies it with its indexes, journal and audit row in one transaction, commits
 * once, and then calls each batch's `done` with each command's own outcome. Reading: a view is a
 * snapshot for one thread; search, look up, walk memberships, all within one tenant. Signing in:
 * login_start answers from the cache or through the hashing pool. Each has a header of its own,
 * which comes with this one. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "base/secret.h"
#include "core/actor.h"
#include "core/command.h"
#include "core/csn.h"
#include "core/cursor.h"
#include "core/expiry.h"
#include "core/login.h"
#include "core/made.h"
#include "core/meter.h"
#include "core/search.h"
#include "core/session.h"
#include "core/touched.h"
#include "core/view.h"

struct core;

struct core_options {
	const char *data;      /* directory of the store */
	uint64_t quota;        /* octets; 0: default */
	unsigned readers;      /* views that may be open at once */
	unsigned hash_threads; /* 0: as many as processors; they run at a lower priority */
	struct seal_key key;
	struct throttle_bounds throttle;
	struct audit_options {
		bool thread;        /* keep by itself; without it core_keep() does when called */
		const char *anchor; /* file of the checkpoints; NULL: ANCHOR_FILE in `data` */
		uint32_t rows;      /* of a full segment; 0: 1,000 */
		uint32_t seconds;   /* after which a segment with rows ends; 0: 600 */
		/* A checkpoint was signed; on the thread that keeps. */
		void (*sealed)(void *arg, struct span line);
		/* The anchor file could not be written, or what it knows is not in the store. */
		void (*alarm)(void *arg, const struct why *why);
		void *arg;
	} audit;
};

/* Opens or creates the store, runs what a first start needs, starts the writer and the hashing
 * pool. */
enum err core_open(const struct core_options *options, struct core **core, struct why *why);
/* Takes no more batches, finishes those that wait, closes. Every view is closed before. */
void core_close(struct core *core);

/* Of cursors, the same after a restart. */
const struct cursor_key *core_cursor_key(const struct core *core);
/* Seals a secret for an entry that is about to be stored (directory password, webhook secret), and
 * opens it again. */
struct span core_seal(
	struct core *core, struct arena *arena, const struct uuid *id, struct span plain);
enum err core_unseal(struct core *core, struct arena *arena, const struct uuid *id,
	struct span sealed, struct span *plain, struct why *why);

enum err core_backup(struct core *core, const char *path, struct why *why); /* blocks; any thread */
struct core_figures {
	uint64_t octets_used, octets_quota, entries;
	bool writable;          /* false: the disk or the quota is full */
	bool failed;            /* the environment is dead; the process must end */
	bool anchored;          /* false: checkpoints wait for the anchor file */
	int64_t writer_stalled; /* microseconds that the writer has been at one transaction; 0: idle
				 */
};
void core_figures(struct core *core, struct core_figures *figures);
/* Every second, one thread at a time: looks for tokens that end soon, lets go of the snapshots of
 * processes that died beside us, which keep old pages from reuse. */
void core_tend(struct core *core);
/* New tokens and passwords are shown once; these build the CREATE command's entry for a client. */
enum err client_entry(struct arena *arena,
	const char *type /* "scim", "service", "api", "personal" */, struct span name,
	uint64_t permissions, struct entry **entry, struct why *why);
/* The list of a MODIFY that gives the client another token; the present one opens until `until`
 * (wall clock), or ends with the change when that is not ahead. The command names the record's
 * revision in if_revision: of two rotations at once one is refused. */
struct modification *client_rotate(struct arena *arena, const struct record *client,
	struct span token, int64_t until, size_t *count);

#endif
