/* What the files of a session share: one life of a child, from connect until something ends it. All
 * of the job's thread. */
#ifndef IN_SYNC_SESSION_INT_H
#define IN_SYNC_SESSION_INT_H

#include "in/sync/sync_int.h"

struct session {
	struct job *job;
	struct child child;
	struct session_result *result;
	bool following, viewing, ended;
	int64_t started, heard, full_due; /* monotonic */
	enum stage stage;
};

/* ---- session.c ---- */
void session_end(struct session *s, enum session_end end);
/* At the stage it is in. */
void session_fail(struct session *s, enum failure failure, const char *text);
/* The core or the store said no; a job that is called away is only stopped. */
void session_end_by_store(struct session *s, const struct why *why);
/* False: the session has ended. */
bool session_begin_turn(struct session *s);
void session_end_turn(struct session *s);

/* ---- session_run.c: a run's end ---- */
void session_tell_following(struct session *s);
/* A full compare, not before `wait` microseconds. */
void session_want_full(struct session *s, int64_t wait);
/* Decides on what the refresh brought, and follows from then on. */
void session_finish_refresh(struct session *s);
/* Likewise on a batch of the stream. */
void session_finish_batch(struct session *s);

#endif
