/* What the daemon's files of in/sync share. A job is one thread; it feeds what its child sends into
 * a run, which is what would change; the run is held or applied as a whole. Only the status and the
 * asks of a job are touched by other threads, under its lock. */
#ifndef IN_SYNC_SYNC_INT_H
#define IN_SYNC_SYNC_INT_H

#include "in/sync/ahead.h"
#include "in/sync/child.h"
#include "in/sync/history.h"
#include "in/sync/inside.h"
#include "in/sync/join.h"
#include "in/sync/memory.h"
#include "in/sync/pins.h"
#include "in/sync/plan_read.h"
#include "in/sync/recent.h"
#include "in/sync/settings.h"
#include "in/sync/spool.h"
#include "in/sync/sync.h"
#include "in/sync/trouble.h"

#include <pthread.h>

struct commands;
struct sites;

struct sync {
	struct core *core;
	char *program, *data;
	bool allow_loopback;
	int64_t full_compare;
	struct trouble_limits patience;
	struct pass *pass;
	pthread_t supervisor;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool stopping, changed;
	unsigned asking; /* enquiries of administrators under way */
	int ending;      /* eventfd, readable from sync_interrupt on */
	struct job *jobs;
	/* The supervisor's: whose time was over until then has been seen; when to look again. */
	int64_t expired_until, expire_at;
};

/* ---- what a run would take away ---- */

enum loss_reason {
	LOSS_NONE, /* taken back later in the run */
	LOSS_DISABLED,
	LOSS_EXPIRED,
	LOSS_OUT_OF_SCOPE,
	LOSS_DELETED,
	LOSS_ABSENT,
	LOSS_GROUP_GONE,
	LOSS_REASONS
};

struct loss {
	struct uuid anchor;
	uint32_t number;
	enum kind kind;
	enum loss_reason reason;
	bool reported;    /* the server said so itself; else found by comparing everything */
	bool absent;      /* of a group as well: a complete refresh did not name it */
	struct span rule; /* what decided, in words; empty: what the reason says */
};

/* An anchor that the run holds rows or a loss of. */
struct touch {
	struct uuid anchor;
	uint64_t at;       /* the last row in the spool: it alone counts */
	uint64_t whole_at; /* of a group, the last with all of its members */
	uint32_t loss;     /* index + 1; 0: none */
	uint32_t somebody; /* who comes with this run: index + 1 into ahead.people; 0: nobody */
	bool used, dead;   /* dead: deleted after its last row */
};

struct touches {
	struct touch *slots;
	size_t capacity, count; /* a power of two */
};

/* ---- the plan of a run while it is made: draft.c ---- */
struct draft {
	struct spool rows;
	uint32_t counts[PLAN_ACTIONS], row_count;
	uint8_t digest[32]; /* of all rows, whatever their order */
	struct buffer scratch;
	struct bits changed[ATTR_LIMIT]; /* of whom what is taken: see recent.h */
	struct bits admins;              /* who would be none any more */
	struct bits back;                /* who may work again, or longer */
	uint64_t ends;                   /* people who are to be deactivated by the clock */
	uint64_t groups_lost, rows_lost; /* rows: of the mapping, and groups in theirs */
	struct inside inside;
};

/* The group whose members are arriving. */
struct arriving {
	bool open, partly; /* partly: only who comes and who goes is named */
	uint64_t begin;    /* in the spool */
	struct uuid anchor;
	uint8_t digest[32]; /* sum over name and members, whatever their order */
};

struct sync_run {
	bool full;      /* began without a cookie */
	bool complete;  /* what was not named is gone */
	bool want_full; /* something happened that only a full compare sets right */
	struct spool spool;
	struct touches touches;
	struct join_claims claims; /* of the spool */
	struct bits seen;          /* entry numbers that were named */
	struct loss *losses;
	size_t loss_count, loss_capacity;
	struct arena *texts; /* of the losses */
	struct arriving group;
	uint64_t people, came; /* of this directory and active, before; users named */
	uint8_t cookie[FRAME_COOKIE_MAX];
	size_t cookie_len;
	bool has_cookie;
	struct debounce debounce;
	uint32_t rows;
	struct sync_counts counts;    /* filled while it is applied */
	bool group_gone, nested_gone; /* a group; a group out of a group */
	bool grants_changed;          /* every role and scope is looked at */
	uint8_t grants[32];           /* of all that decides who has which */
	bool stays_active;          /* a deactivation was refused; a full compare tries it again */
	bool half_read;             /* the server has whom it did not name: absence says nothing */
	bool arrivals;              /* somebody came or was renamed: open members may resolve */
	bool planning;              /* the pass that only describes */
	bool following;             /* a batch of a stream, no refresh */
	bool placed;                /* the settings that a cookie depends on have changed */
	struct sync_counts fed;     /* what feeding counted */
	struct uuid plan;           /* of the plan that it has in the store */
	enum conflict_type held_as; /* CONFLICT_TYPES: held, and no conflict */
	struct crowd groups_changed;
	struct ahead ahead;
	struct draft draft;
	enum failure failure; /* of the plan or its application */
};

struct job {
	struct sync *sync;
	uint32_t tenant, directory;
	pthread_t thread;
	struct job *next;
	uint64_t revision_seen; /* the supervisor's */
	bool wanted;            /* the supervisor's */
	int64_t answered;       /* the supervisor's: the last answer that it has seen */
	int64_t roles_changed;  /* the same of approval_mark_key; -1: has not looked */

	pthread_mutex_t lock; /* of what follows */
	int wake;             /* eventfd */
	bool stopping, reload, ended;
	bool ask_look, ask_roles; /* compare everything, what groups give; not in the middle */
	bool ask_delta, ask_full, ask_approved, ask_preview;
	bool answering; /* somebody approves or rejects the plan that is held */
	struct sync_status status;

	/* The thread's own. */
	uint64_t revision; /* of the directory entry in use */
	struct view *view;
	struct arena *arena;   /* of one turn */
	struct arena *settled; /* of the settings */
	struct settings settings;
	struct memory memory;
	struct open_members open;
	struct pins pins;
	struct actor actor;  /* the directory's: for people, groups and memberships */
	struct actor keeper; /* the system's: reads everything, keeps plans */
	struct sync_run run;
	struct history history;
	struct trouble trouble;
	uint8_t identity[FRAME_IDENTITY_MAX]; /* of the server it talks to */
	size_t identity_len;
	int64_t lost_at;    /* monotonic, of a stream that broke; 0: none did */
	int64_t full_asked; /* monotonic, when a server last asked for a full compare */
	unsigned full_asks;
	char full_reason[FRAME_TEXT_MAX]; /* of the full compare to come; else empty */
	struct row *row;                  /* decoded in place; large */
	uint8_t approved[32];             /* digest of the plan that may pass */
	bool is_approved, is_preview;
	bool has_lived;  /* past its first look at a held plan */
	bool full_due;   /* the next session compares everything */
	int64_t full_at; /* monotonic, of the last full compare; 0: none yet */
	int64_t full_took;
	bool stood;            /* what the last full compare left was good for something */
	unsigned refused;      /* cookies, one soon after the other */
	int64_t full_earliest; /* monotonic: a server asked for too many before */
	unsigned failures, auth_failures;
};

/* ---- sync.c ---- */
/* Under the lock of all jobs; NULL: there is none. */
struct job *sync_find_job(struct sync *sync, uint32_t tenant, uint32_t directory);

/* ---- job.c ---- */
enum err job_start(
	struct sync *sync, uint32_t tenant, uint32_t directory, struct job **job, struct why *why);
/* Without a thread and a view. */
struct job *job_make(struct sync *sync, uint32_t tenant, uint32_t directory);
void job_free(struct job *job); /* the thread has been joined */
void job_wake(struct job *job);
/* Asked to stop, or to read its settings anew: whatever it does is ended where a kill could end it.
 */
bool job_is_called(struct job *job);
bool job_is_asked(struct job *job); /* or a run is wanted */

/* ---- status.c: all take the lock ---- */
void status_state(struct job *job, enum sync_state state);
void status_following(struct job *job, int64_t next_full); /* wall */
void status_held(
	struct job *job, const struct because *because); /* by the plan of the job's memory */
/* `next_try`: wall clock; 0: not by itself. */
void status_failed(struct job *job, enum sync_state state, const char *stage, enum failure failure,
	const char *text, int64_t next_try);
void status_note(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));
void status_forget_notes(struct job *job); /* before a run that finds all that is held anew */
/* What a heard frame changes. */
void status_heard(struct job *job);
void status_refresh(struct job *job); /* figures out of the job's memory */
/* Whom it has reached. */
void status_server(struct job *job, const struct server *server);
/* Text of a peer made fit for a line: no controls, valid UTF-8, cut. */
void status_text(char *to, size_t size, struct span text);

/* ---- session.c ---- */
enum session_end {
	SESSION_STOPPED, /* asked to stop, or the settings changed */
	SESSION_AGAIN,   /* a delta was asked for */
	SESSION_FULL,    /* a full compare is due */
	SESSION_HELD,
	SESSION_FAILED, /* see stage, failure, text */
};
struct session_result {
	enum session_end end;
	enum stage stage;
	enum failure failure;
	char text[456];         /* of a failure */
	struct because because; /* HELD */
};
/* From connect until something ends it. */
void session_run(struct job *job, bool full, struct session_result *result);

/* What follows a session that ended badly: each returns when the job is to try again. */
void job_fail(struct job *job, const struct session_result *result);
/* Until somebody changes something or asks. */
void job_pause(struct job *job, enum stage stage, enum failure failure, const char *text);
/* A plan waits for a person. */
void job_hold(struct job *job, const struct because *because);

/* ---- run.c: what would change ---- */
void run_init(struct sync_run *run, const char *folder);
void run_free(struct sync_run *run);
void run_begin(struct job *job, bool full);
/* One frame of the child; the view is begun. ERR_PROTOCOL for what a sound child does not send. */
enum err run_feed(struct job *job, struct span frame, const struct row *row, struct why *why);
/* After a refresh: counts people and groups; in a complete one, who was not named is a loss. */
enum err run_absent(struct job *job, struct why *why);
bool run_is_empty(const struct sync_run *run);
void run_add_loss(struct sync_run *run, const struct loss *loss);
/* Lives as long as the run. */
struct span loss_rule(const struct loss *loss);
/* Why somebody who is at this DN now is out of scope. */
struct span run_left_to(struct sync_run *run, struct span dn);
/* One loss an anchor, whatever is said about it how often. */
void run_set_loss(struct job *job, struct touch *touch, const struct record *record,
	enum loss_reason reason, struct span rule);
void run_take_back_loss(struct sync_run *run, struct touch *touch);
/* Who is not seen any more, for locate_anchors; free() the rows. Those it found have only left the
 * scope; when one of those that were not named is there after all, nobody is lost by absence. */
struct located;
size_t run_vanished(struct job *job, struct located **rows);
void run_found(struct job *job, const struct located *rows, size_t count);
/* The run deactivates this person. */
bool run_takes_away(struct job *job, const struct uuid *anchor);
/* A mapped group that goes takes roles from everybody in it. Before the walk. */
bool run_is_weighty(struct job *job, const struct loss *loss);
/* So many of a group's members that a limit asks. */
bool run_is_most(const struct job *job, uint64_t lost, uint64_t members);
/* So many of those who were below it within 24 hours are not among the `left`. */
bool run_is_drained(const struct job *job, const struct pin *pin, uint32_t left);
/* Does a target hang on this group or on one that holds it? */
bool run_is_mapped(struct job *job, uint32_t group);
#define RUN_DRAINED_FROM 10 /* people; a smaller group that empties says little */
/* How many people the directory has below a group, each once, as deep as it says. */
uint32_t roles_people_below(struct job *job, uint32_t group);

/* ---- grants.c: which group each row of the mapping means, and what it may give ---- */
/* Reads what is remembered, as the settings need it; the view is begun. */
void grants_load(struct job *job);
/* Before each walk: what is remembered is as it was stored, and run.grants is of what is there. */
void grants_begin(struct job *job);
/* After the members: rows without a group find theirs, by name. */
void grants_find(struct job *job);
/* The row gives what it says to the people below this group. */
bool grants_gives(struct job *job, size_t target, struct member *who);
/* What a row gives, if it is there: a group is only one that no directory keeps. */
bool grants_container(struct job *job, const struct target *target, struct record *record);
/* The target by a directory's group that this anchor names. */
bool grants_pinned(const struct job *job, const struct uuid *anchor);
/* Without this group so many are gone, of those who were below it within 24 hours. */
bool grants_drained(const struct job *job, const struct uuid *anchor);
/* Somebody has approved what the run does: who left a group that is drained counts no more. */
void grants_approved(struct job *job);
/* The group is gone upstream, and stays here, as does what it gives, until somebody confirms it. */
bool grants_keep(struct job *job, const struct loss *loss);
enum pin_state grants_state(struct job *job, size_t target, struct member *who);

/* ---- grants_tell.c: what somebody must look at ---- */
/* Opens what there is to say of the rows, closes what is over. */
void grants_tell(struct job *job, struct commands *commands, const struct sites *sites, bool all);
/* A group that stays though it is gone. */
void grants_tell_gone(struct job *job, struct commands *commands, const struct loss *loss);

/* ---- apply_sites.c: scopes by what an attribute of each person says ---- */
/* Of everybody, or of whom the run names; NULL when there is nobody or no such row. */
enum err sites_gather(struct job *job, bool all, struct sites **sites, struct why *why);
void sites_free(struct sites *sites);
/* Adds who is to have the scope. */
void sites_add(const struct sites *sites, uint32_t scope, struct crowd *users);
/* Whom the run names. */
const struct crowd *sites_named(const struct sites *sites);
/* By what is stored, the person is to have the scope. */
bool sites_hold(struct job *job, uint32_t person, uint32_t scope);
/* The next value, from *at on, that names no scope. */
bool sites_next_missing(const struct sites *sites, size_t *at, struct span *value, enum attr *attr);

/* ---- touch.c ---- */
struct touch *touch_find(const struct touches *touches, const struct uuid *anchor);
struct touch *touch_add(struct touches *touches, const struct uuid *anchor);
void touch_reset(struct touches *touches);
void touch_forget(struct touches *touches); /* who came with the last walk */
void touch_free(struct touches *touches);

/* ---- link.c: who is who ---- */
struct span link_value(struct arena *arena, uint16_t source, const struct uuid *anchor);
/* ATTR_LINK_DIGEST; of several directories none is the other's. */
struct span link_digest_value(struct arena *arena, uint16_t source, const uint8_t digest[32]);
bool link_has_digest(struct job *job, const struct record *record, const uint8_t digest[32]);
struct span link_dn(struct arena *arena, uint16_t source, struct span dn);
/* By anchor, a user or a group. */
bool link_find(struct job *job, const struct uuid *anchor, struct record *record);
bool link_find_dn(struct job *job, struct span dn, struct record *record);
/* By its anchor if that is known, else by its DN. */
bool link_find_member(struct job *job, const struct row_member *member, struct record *record);
bool link_of(const struct record *record, uint16_t source, struct uuid *anchor);
bool link_is_gone(struct job *job, const struct record *record); /* deactivated by us */
bool link_is_kept(const struct record *record, uint16_t source); /* by that directory */
/* ATTR_LINK_STATE: "<source>:<state>". */
struct span link_state(struct arena *arena, uint16_t source, enum entry_state state);
/* Over a person's values, in the row's order. */
void link_digest(const struct row *row, uint8_t digest[32]);
/* Adds a group's member; the order in which a server lists them does not matter. */
void link_digest_sum(uint8_t digest[32], const uint8_t hash[32]);
void link_digest_add(uint8_t digest[32], const struct row_member *member);

/* ---- draft.c: commands into rows of a plan ---- */
void draft_init(struct draft *draft, const char *folder);
void draft_free(struct draft *draft);
void draft_reset(struct draft *draft);
/* Describes command i, before it is run. */
void draft_command(struct job *job, const struct commands *commands, size_t i);
/* A row of the directory of which something is held back. */
void draft_conflict(struct job *job, const struct row *row, const char *rule);
/* One member comes or goes: for the digest. `container` as `member`. */
void draft_member(
	struct job *job, const struct uuid *container, const struct member *member, bool remove);
/* The last of the Admins stays, whatever the directory says: the core refuses it. */
bool draft_spares_admin(struct job *job);

/* ---- weigh.c: the draft against the limits, with what the last 24 hours took ---- */
void weigh_draft(struct job *job, struct tally *tally);
/* Before a walk that plans: who has left which group is as it was stored. */
void weigh_begin(struct job *job);
/* Adds the rows that remember what the drafted run takes; what was approved counts no more. With
 * the first transaction that does any of it. */
void weigh_command(struct job *job, struct commands *commands);

/* ---- plan.c: holding, storing, settling ---- */
/* Does a limit hold the drafted run, has somebody approved another one or rejected just this? An
 * approval is of what the plan showed and of nothing else. */
bool plan_is_held(struct job *job, struct because *because);
/* Stores the draft as a plan that is held; the job waits for its approval. */
enum err plan_hold(struct job *job, const struct because *because, struct why *why);
/* Adds the commands that store the draft as a plan in this state (run->plan). What does not fit
 * into a transaction is stored before, and is nothing until these are done. */
enum err plan_put(struct job *job, struct commands *commands, const char *state, struct why *why);
/* Adds the command that gives the plan another state, when there is (still) such a plan. */
void plan_turn(
	struct job *job, struct commands *commands, const struct uuid *plan, const char *state);
/* What was held is held no more, if there was something: it is `state`, when it was approved, else
 * superseded. */
void plan_settle_held(struct job *job, struct commands *commands, const char *state);
/* Some changes out of a stream: too little for a plan. */
bool plan_is_small_talk(const struct job *job);
/* The digest of a plan that was approved; false when it is not this directory's or not approved. */
bool plan_is_approved(struct job *job, const struct uuid *plan, uint8_t digest[32]);
bool plan_is_rejected(struct job *job);
/* The plan that waits does so because somebody wanted to look first. */
bool plan_is_preview(struct job *job);
/* Nothing is open about it any more. */
enum err plan_settle_rejected(struct job *job, struct why *why);
/* After a start: what was being stored when we died. */
enum err plan_sweep(struct job *job, struct why *why);
/* The run that was being applied cannot be ended: what was not done is found by a full compare. */
enum err plan_give_up(struct job *job, struct why *why);
/* Of a directory that is gone. */
enum err plan_forget_all(struct job *job, struct why *why);

/* ---- recover.c: a run that outlives us ---- */
/* Makes the spool a file with a name, synced, with all that the run knows beside its rows. */
enum err recover_publish(struct job *job, struct why *why);
/* Takes up the run that was being applied; false when there is no such file. */
bool recover_load(struct job *job, enum err *err, struct why *why);
void recover_forget(struct job *job);

/* ---- apply.c ---- */
/* One walk decides what is done, as commands. The first describes them: the plan. */
enum err apply_plan(struct job *job, struct commands **planned, struct why *why);
/* Does what was planned: in one transaction with plan, memory and cookie when it fits into one;
 * else the run is made durable, and a second walk does it step by step. Frees `planned`. */
enum err apply_run(struct job *job, struct commands *planned, struct why *why);
/* Ends what was under way when we died. */
enum err apply_rest(struct job *job, struct why *why);
/* Adds the row of the job's memory, and that of its open members. */
void memory_command(struct job *job, struct commands *commands);

#endif
