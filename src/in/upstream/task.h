/* The short tasks of a child: each connects, answers by rows, says DONE and ends. */
#ifndef IN_UPSTREAM_TASK_H
#define IN_UPSTREAM_TASK_H

#include "in/upstream/upstream.h"

/* TASK_PROBE: what works of all that following needs, a CHECK row each; nothing is changed. */
void probe_run(struct upstream *up);
/* TASK_ONE: the way of one person, a STEP row each, and the ENTRY row. */
void one_run(struct upstream *up);
/* TASK_LOCATE: where each of the anchors is in the wider base, a LOCATED row each. */
void locate_run(struct upstream *up);

/* The naming context that holds the order's base, or the base itself when none does. */
struct span task_context(struct upstream *up);
/* A CHECK or STEP row; the text is cut. */
void task_say(struct upstream *up, enum frame_type type, const char *name, enum verdict verdict,
	uint64_t number, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Appends "(attribute=value)" of a filter, whatever octets the value has. */
void task_put_equal(struct buffer *out, const char *attribute, struct span value);
/* Sends DONE and ends the process. */
_Noreturn void task_done(struct upstream *up);

#endif
