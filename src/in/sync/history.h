/* What became of a directory's runs: the newest SYNC_HISTORY of them as state rows, each written
 * once, with what the run changed where it changed something; and, in the provisioning log, a row
 * for each object that a run changed, held or was refused. One thread, the job's. */
#ifndef IN_SYNC_HISTORY_H
#define IN_SYNC_HISTORY_H

#include "core/provision.h"
#include "in/sync/frame.h"
#include "in/sync/sync.h"

struct history {
	uint32_t tenant, directory;
	struct sync_past run;    /* the one under way */
	struct sync_past newest; /* the one last told; number 0: none */
};

/* Reads on behind what is stored; the view is begun. */
void history_open(struct history *history, struct view *view, uint32_t tenant, uint32_t directory);
/* A run begins: it gets its id, which the actor carries into the audit and the provisioning log. */
void history_begin(struct history *history, enum sync_kind kind, struct actor *actor);
/* With whom; cut. */
void history_server(struct history *history, struct span server);
/* Ends the run with its last transaction, which the row belongs to. A failure that is the one
 * before once more only counts. */
struct state_row history_end(struct history *history, struct arena *arena, enum sync_result result,
	const struct sync_counts *counts);
/* Ends it where there is no such transaction: held; failed, paused, needs a full one. `stage` and
 * `failure` are told of SYNC_RESULT_FAILED and SYNC_RESULT_PAUSED. */
void history_held(struct history *history, struct core *core, const struct because *because);
void history_note(struct history *history, struct core *core, enum sync_result result,
	enum stage stage, enum failure failure, const char *text);
/* Takes all that is kept of a directory that is gone away. */
void history_forget(struct core *core, uint32_t tenant, uint32_t directory);

/* An object of a run and what became of it. Spans live as long as the call. */
struct history_object {
	enum kind kind;     /* KIND_USER, KIND_GROUP, KIND_ROLE, KIND_SCOPE */
	struct uuid anchor; /* nil: the object has none */
	struct uuid id;     /* of ours; nil: it is nobody here */
	struct span name, dn;
	struct span deed;               /* "create", "deactivate", "conflict" */
	struct span rule;               /* that decided */
	const struct outcome *outcome;  /* of its command; NULL: there was none */
	enum provision_outcome without; /* what is told without one */
};
/* As the actor of the run; waits while the log has more to write than it holds. Old and new values
 * are in the rows of the audit that the outcome names, secrets masked there. */
void history_objects(struct core *core, const struct actor *actor, struct arena *arena,
	const struct history_object *objects, size_t count);

#endif
