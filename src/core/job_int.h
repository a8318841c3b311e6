/* Inside jobs: how they are stored. State rows of a job: "job/<id>/actor", "job/<id>/progress",
 * "job/<id>/to/<step>" with the ids of each step, "job/<id>/is/<step>" with their outcomes; of an
 * import also "job/<id>/import" and "job/<id>/row/<step>" with its lines. */
#ifndef CORE_JOB_INT_H
#define CORE_JOB_INT_H

#include "core/core_int.h"
#include "core/job.h"

struct progress {
	uint32_t next, done, failed;
	uint64_t octets;
	struct span reason;
};

struct span job_prefix(struct arena *arena, const struct uuid *id);
struct span job_name(struct arena *arena, const struct uuid *id, const char *what);
struct span job_step_name(
	struct arena *arena, const struct uuid *id, const char *what, uint32_t step);

void progress_write(struct buffer *out, const struct progress *progress);
/* All zero when there is no row. */
bool progress_read(struct txn *txn, struct arena *arena, uint32_t tenant, const struct uuid *id,
	struct progress *progress);
void actor_write(struct buffer *out, const struct actor *actor);
bool actor_read(struct span octets, struct actor *actor);
/* The command of one row of a job that was created then. The memory is the arena's. */
void job_command(struct arena *arena, uint32_t tenant, const struct job_task *task, int64_t created,
	const struct uuid *target, struct command *command);
/* The task as ATTR_JOB_ARGUMENTS keeps it: the container's id, and whether others of its kind are
 * let go of; or the answer, whether passwords end, and the reason. */
struct span job_arguments(struct arena *arena, const struct job_task *task);
/* The reason is borrowed. False: it is none. */
bool job_task_read(struct span word, struct span arguments, struct job_task *task);

/* job_import.c: the rows of a new import, beside the deed that makes it. */
enum err import_put(struct run *run, const struct job_order *order, const struct uuid *id);
/* The rows of one step, at most JOB_STEP_ROWS; the memory is the arena's. ERR_CORRUPT. */
enum err import_step(struct run *run, uint32_t step, struct import_row *rows, size_t *count);
/* What becomes of a row that is not ready. */
void import_outcome(const struct import_row *row, struct outcome *outcome);

/* job_export.c: appends the lines of these people behind `octets` of the job's file, cutting off
 * what stands there; *octets becomes its length. */
enum err export_step(struct view *view, struct arena *arena, const struct job *job,
	const struct job_row *rows, size_t count, uint64_t *octets, struct why *why);
/* Removes files that are older than a day, and those of tenants that are gone. The view is begun.
 */
void export_tend(struct view *view);

#endif
