/* Directory sync: one job a directory, each with a thread here and a child process (muster-sync)
 * that speaks LDAP to the company's server. A job follows its directory by RFC 4533, gathers what a
 * run would change, holds it when a limit says so, and applies it through core commands as the
 * directory's own actor. The jobs follow the directory entries by themselves: one that is created,
 * changed or removed by a command starts, restarts or ends its job. Any thread may call. */
#ifndef IN_SYNC_SYNC_H
#define IN_SYNC_SYNC_H

#include "core/core.h"
#include "in/sync/plan_read.h"
#include "model/because.h"

struct sync;

struct sync_options {
	const char *program;  /* path of muster-sync */
	const char *data;     /* existing folder of ours for the files of a running refresh */
	bool allow_loopback;  /* an upstream on this machine or link-local is accepted */
	int64_t full_compare; /* microseconds between full compares; 0: a day */
	/* Microseconds that one may fail before it is tried less often; between two tries then;
	 * before it is switched off. 0: a day, a day, 28 days. */
	int64_t quarantine_after, quarantine_apart, quarantine_off;
};

/* Registers with core_watch: call before the doors open. Copies the strings. */
enum err sync_start(
	struct core *core, const struct sync_options *options, struct sync **sync, struct why *why);
/* Whoever waits for a directory's server is answered ERR_UNAVAILABLE, now and from now on: before
 * the doors stop, which wait for those they serve. */
void sync_interrupt(struct sync *sync);
/* Ends the children, waits for transactions under way, joins the threads. */
void sync_stop(struct sync *sync);

/* Is this directory entry one that a job can run? Names the attribute: the URI's form and address,
 * the base DN, filters, mappings, rules, limits. Doors ask before they create or change one. */
enum err sync_check(const struct sync *sync, const struct entry *directory, struct why *why);

/* What one check of a preflight found. */
struct sync_check {
	char server[128], check[32]; /* by which URI; a word that stays the same */
	const char *verdict;         /* "good", "warning", "bad" */
	bool bad;
	struct because found;
	struct because advice; /* empty: nothing to do */
	uint64_t number;       /* what was counted; 0: nothing is */
};
#define SYNC_CHECKS_MAX 512
#define SYNC_ASKING_MAX 4 /* at once; ERR_BUSY beyond */
/* Asks each of the directory's servers whether all is there that following it needs; changes
 * nothing. The entry as it is or as it shall be, checked by sync_check. `rows` has room for
 * SYNC_CHECKS_MAX. Blocks, up to a minute and a half a server; not on a loop thread, without a
 * begun view. */
enum err sync_preflight(struct sync *sync, const struct entry *directory, struct sync_check *rows,
	size_t *count, struct why *why);

/* A step of one person's way from their server into our entries. */
struct sync_step {
	/* "found", "in-scope", "joined", "mapped", "would-change", "applied"; of a preview
	 * "theirs" and "row" */
	char step[16], text[512];
	bool good;
};
#define SYNC_STEPS_MAX 512
/* Asks the server for one person by a name, a DN or an anchor, and says what following makes of
 * them; `apply`: and does it, as the directory. `changed`, if not NULL: the directory's entry as it
 * would be (sync_check has seen it); then each row of the mapping is told as well. The job's cookie
 * and plans stay as they are. `rows` has room for SYNC_STEPS_MAX. Blocks for up to a minute;
 * without a begun view. */
enum err sync_person(struct sync *sync, uint32_t tenant, uint32_t directory, struct span subject,
	bool apply, const struct entry *changed, struct sync_step *rows, size_t *count,
	struct why *why);

enum sync_ask {
	SYNC_DELTA,   /* refresh from where it stands, now */
	SYNC_FULL,    /* compare everything */
	SYNC_PREVIEW, /* the same, and whatever is found waits for approval */
};
/* Wakes the job, also out of a pause; ERR_NOT_FOUND when the directory has none, ERR_CONFLICT when
 * it is refreshing already. A held job is told to look again. */
enum err sync_now(
	struct sync *sync, uint32_t tenant, uint32_t directory, enum sync_ask ask, struct why *why);
/* Releases what a job holds. The job refreshes again and applies only if the deactivations and
 * membership losses are still exactly those of the plan. ERR_NOT_FOUND: no such plan; ERR_CONFLICT:
 * the job does not hold this one. */
enum err sync_approve(struct sync *sync, uint32_t tenant, const struct uuid *plan,
	const struct actor *actor, struct why *why);

/* Refuses it: everybody stays as they are until the directory says something else. Errors as of
 * sync_approve. */
enum err sync_reject(struct sync *sync, uint32_t tenant, const struct uuid *plan,
	const struct actor *actor, struct why *why);

enum sync_state {
	SYNC_IDLE,       /* about to start */
	SYNC_CONNECTING, /* to the server: TCP, TLS, bind */
	SYNC_REFRESHING, /* rows arrive; nothing is applied yet */
	SYNC_APPLYING,
	SYNC_FOLLOWING,   /* in step; changes are applied as they come */
	SYNC_HELD,        /* a plan waits for approval */
	SYNC_FAILED,      /* tries again at `next_try` */
	SYNC_PAUSED,      /* waits for sync_now or a changed directory entry */
	SYNC_QUARANTINED, /* has failed for long; tries again at `next_try`, a day on */
	SYNC_STATES
};

struct sync_counts {
	uint32_t created, updated, deactivated, reactivated, unchanged;
	uint32_t groups_created, groups_updated, groups_removed;
	uint32_t members_added, members_removed, members_unresolved;
	uint32_t roles_added, roles_removed; /* edges of roles and scopes */
	uint32_t held;                       /* people or values left as they were; see `notes` */
};

#define SYNC_NOTES_MAX 16
struct sync_status {
	uint32_t tenant, directory;
	uint16_t source;
	enum sync_state state;
	int64_t since;             /* wall; from when on it is so, or fails */
	char stage[16], class[16]; /* FAILED, PAUSED: where ("tls") and what kind ("net") */
	char text[456];            /* FAILED, PAUSED: the reason */
	struct because because;    /* HELD */
	int64_t last_contact;      /* wall; the child was last heard of in step with the server */
	int64_t last_run;          /* wall; a run was last applied to the end */
	int64_t last_full;         /* wall; a full compare was last applied */
	int64_t next_try;          /* wall; FAILED */
	int64_t next_full;         /* wall, FOLLOWING: when everything is compared again */
	int64_t duration;          /* microseconds, of the last refresh from connect to applied */
	int64_t lag;               /* microseconds from hearing the last change to its commit */
	uint64_t people, groups;   /* linked to this directory and not gone */
	struct sync_counts counts; /* of the last refresh and of what followed it */
	struct uuid plan;          /* HELD */
	/* Of the server that was last reached: */
	char server[128], vendor[64], connector[16];
	int64_t certificate_ends; /* wall; 0: no TLS */
	int64_t clock_skew;       /* microseconds, its clock before ours; 0: it does not say */
	char notes[SYNC_NOTES_MAX][160]; /* newest first, "" at the end: why something is held */
};

enum sync_result {
	SYNC_RESULT_OK,
	SYNC_RESULT_CONFLICTS, /* applied; somebody or something is left as it was */
	SYNC_RESULT_HELD,      /* a plan waits for approval; nothing is applied */
	SYNC_RESULT_FAILED,    /* at `stage`, of a kind `class`; nothing is applied */
	SYNC_RESULT_NEEDS_FULL,
	SYNC_RESULT_PAUSED,
	SYNC_RESULTS
};
enum sync_kind {
	SYNC_KIND_FULL,
	SYNC_KIND_DELTA, /* also what comes while it follows */
	SYNC_KINDS
};
const char *sync_result_name(enum sync_result result); /* "ok-with-conflicts" */
const char *sync_kind_name(enum sync_kind kind);

/* A run that is over. */
struct sync_past {
	uint64_t number;      /* from 1 */
	struct uuid id;       /* the audit's and the provisioning log's request */
	int64_t began, ended; /* wall */
	enum sync_kind kind;
	enum sync_result result;
	uint32_t repeats; /* how often more it failed in the same way */
	struct sync_counts counts;
	char stage[16], class[16];
	char server[64];        /* as it calls itself; "": it was not reached */
	char text[160];         /* why it came to nothing */
	struct because because; /* HELD */
};
#define SYNC_HISTORY 256
/* The newest first into `rows`, of which there are SYNC_HISTORY; how many. */
size_t sync_history(struct view *view, struct arena *arena, uint32_t tenant, uint32_t directory,
	struct sync_past *rows);

/* A row of a directory's group mapping, as it stands. */
struct sync_grant {
	struct span row, what;      /* all of it; what it gives: "role:Admin" */
	struct span group;          /* what the group is called now, or in the row */
	struct uuid anchor, target; /* of the group, nil until one is found; of what it gives */
	const char *state; /* "gives", "waits" for approval, "unseen", "missing" what it gives,
			      "gone" */
	bool kept;         /* gone, and what it gave stays until somebody confirms it */
	uint64_t power;  /* of a privileged role, which needs an approval: see core/permission.h */
	uint32_t people; /* below the group, when last looked at */
};
#define SYNC_GRANTS_MAX 256
/* All rows by groups into `rows`, of which there are SYNC_GRANTS_MAX. The view is begun; spans live
 * in the arena or are borrowed of the view. */
enum err sync_grants(struct view *view, struct arena *arena, const struct record *directory,
	struct sync_grant *rows, size_t *count, struct why *why);

/* Appends a few figures of each directory, by numbers, of at most 200 of them. */
void sync_put_figures(struct sync *sync, struct buffer *out);

/* Appends a line about each, by numbers, of at most 200: how it stands and what it waits for. */
void sync_put_lines(struct sync *sync, struct buffer *out);

/* "following" and the like. */
const char *sync_state_name(enum sync_state state);
/* False when the directory has no job. */
bool sync_get_status(
	struct sync *sync, uint32_t tenant, uint32_t directory, struct sync_status *status);

/* How the passwords of its people are asked about, since the start. */
#define SYNC_PASS_TEXT 256
struct sync_pass_status {
	bool available; /* false: the last that was heard is a trouble, `text` */
	char text[SYNC_PASS_TEXT];
	uint64_t asked, refused, unavailable;
	unsigned connections; /* open */
	size_t waiting;
	int64_t usual; /* microseconds that an answer takes */
};
/* False: nobody has been asked about yet. */
bool sync_get_pass_status(
	struct sync *sync, uint32_t tenant, uint32_t directory, struct sync_pass_status *status);

#endif
