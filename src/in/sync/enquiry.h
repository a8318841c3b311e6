/* A short question to a directory's server: a child of its own, asked once and gone. It blocks for
 * as long as the child lives, at most until its deadline; never on a loop thread. */
#ifndef IN_SYNC_ENQUIRY_H
#define IN_SYNC_ENQUIRY_H

#include "in/sync/settings.h"
#include "in/sync/sync.h"

struct enquiry {
	enum task task;
	int seconds; /* until it is given up */
	/* Each row but STAGE and BEAT ones, which are as long as the call. */
	void (*take)(void *with, const struct row *row);
	void (*enter)(void *with, enum stage stage); /* may be NULL */
	void *with;
};

/* How it ended, if not by DONE. */
struct enquiry_end {
	enum stage stage;
	enum failure failure;
	char text[256];
};

/* `order` as settings_order made it, with what the task needs; secret and rights are put in here.
 * OK after DONE; ERR_UNAVAILABLE else, with *end and the reason. */
enum err enquiry_run(struct sync *sync, const struct settings *settings, struct order *order,
	const struct enquiry *enquiry, struct enquiry_end *end, struct why *why);

/* Administrators ask a few at once: each is a process, and a thread waits. False: too many do. */
bool enquiry_take_turn(struct sync *sync);
void enquiry_end_turn(struct sync *sync);

#endif
