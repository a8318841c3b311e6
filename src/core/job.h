/* Jobs: one change to many people, their export, or one answer to many conflicts, in steps that the
 * writer has time for between others. A job is made of a list of ids that is fixed when it is
 * created, and can be read before it is run: what would happen to each (job_preview), afterwards
 * what did (job_rows). The core's own thread runs those that are running, one of each tenant at a
 * time, as the actor who created them with the rights that this actor has at each step. A step is
 * one transaction: what it changes, the outcome of each row and how far the job is. So a job goes
 * on after a crash exactly where it stood.
 *
 *     planned -> running -> done | failed (the actor may not any more) | cancelled
 *
 * Of an import `done` counts who was created or changed and `failed` who was refused then; the rows
 * that were errors or duplicates in the plan are in neither. */
#ifndef CORE_JOB_H
#define CORE_JOB_H

#include "core/conflict.h"
#include "core/core.h"

enum job_type {
#define JOB(id, word, container, change, permission, help) JOB_##id,
#include "jobs.def"
#undef JOB
	JOB_TYPE_COUNT
};

enum job_change {
	JOB_CHANGE_FALSE, /* ACTIVE becomes this */
	JOB_CHANGE_TRUE,
	JOB_CHANGE_ADD, /* to the container */
	JOB_CHANGE_TAKE,
	JOB_CHANGE_DELETE,
	JOB_CHANGE_EXPORT,
	JOB_CHANGE_SETTLE, /* the rows are conflicts */
	JOB_CHANGE_IMPORT,
};

struct job_type_row {
	const char *word;
	enum kind container;
	enum job_change change;
	uint64_t permissions; /* bits, one of which the actor must hold */
	const char *help;
};
const struct job_type_row *job_type_row(enum job_type type);
bool job_type_by_word(struct span word, enum job_type *type);

enum job_act {
	JOB_CREATE, /* outcome: the job's id */
	JOB_RUN,    /* by its creator; ERR_CONFLICT unless planned */
	JOB_CANCEL, /* by its creator, or who may do the same; ERR_CONFLICT once it has ended */
	JOB_STEP,   /* the core's own: rows from..from + JOB_STEP_ROWS */
	JOB_FAIL,   /* likewise */
};

#define JOB_STEP_ROWS 100

/* ---- imports: a job whose rows are lines of a file, judged when it was planned ---- */

enum import_class {
	IMPORT_READY,     /* creates a person, or changes one who is here (`update`) */
	IMPORT_ERROR,     /* `code`, `column` and `text` say why */
	IMPORT_DUPLICATE, /* is here already, or earlier in the file; does no harm */
	IMPORT_CLASS_COUNT
};

struct import_row {
	uint32_t line; /* of the file, from 1, where it begins */
	enum import_class class;
	bool update;
	struct uuid id;            /* of whom it makes or finds; nil: of nobody */
	uint64_t revision;         /* update: of the person as planned */
	const struct entry *entry; /* READY: the values; those of an update replace what there is */
	const struct container_delta *containers; /* of a new person */
	size_t container_count;
	struct span code; /* "role_unknown" */
	struct span column, text;
	struct span differs;      /* DUPLICATE: columns with another value, blank-separated */
	const struct span *cells; /* as they stand in the file */
	size_t cell_count;
};

struct import_head {
	struct span header; /* columns, separated by "," */
	uint32_t classes[IMPORT_CLASS_COUNT];
	uint32_t updates;   /* of the ready */
	uint32_t differing; /* of the duplicates */
};

/* What a job does with each of its rows. */
struct job_task {
	enum job_type type;
	struct uuid container; /* the role or scope, or nil */
	bool replace;          /* ASSIGN_ROLE, ASSIGN_SCOPE: others that they hold are let go of */
	enum resolution as;    /* SETTLE; but APPROVE_ONCE, which is given one by one */
	bool end_password;     /* SETTLE as LINK */
	struct span reason;    /* SETTLE: why, for the audit */
};

/* What COMMAND_JOB does (kind KIND_JOB; all but CREATE: id). */
struct job_order {
	enum job_act act;
	struct job_task task;   /* CREATE: this and what follows */
	const struct uuid *ids; /* 1 to LIMIT_JOB_ROWS */
	size_t count;
	uint32_t from;                    /* STEP: the first row */
	uint64_t octets;                  /* STEP of an export: the file's length behind its rows */
	enum err err;                     /* FAIL */
	struct span text;                 /* FAIL */
	const struct import_row *imports; /* CREATE of an import: one an id */
	const struct import_head *head;
};

/* Ids of all that the search finds. ERR_CONFLICT with the number in its text when it is not
 * *expected (NULL: any number); ERR_TOO_LARGE beyond LIMIT_JOB_ROWS. */
enum err job_targets(struct view *view, struct arena *arena, const struct search_spec *spec,
	const uint64_t *expected, struct uuid **ids, size_t *count, struct why *why);

struct job {
	uint32_t tenant;
	struct uuid id;
	uint64_t revision;
	struct job_task task;
	struct span state;    /* "planned" */
	uint32_t total, next; /* rows; those before `next` are through */
	uint32_t done, failed;
	struct span reason; /* why it failed as a whole, or none */
	struct actor actor; /* who created it */
	uint64_t octets;    /* of an export's file */
	int64_t created, modified;
};
/* Spans are borrowed from the view. False: damaged, or of a later version. */
bool job_read(struct view *view, const struct record *record, struct job *job);
bool job_is_over(const struct job *job);

struct job_row {
	struct uuid id;
	bool through;     /* else all below is empty */
	const char *err;  /* "LAST_ADMIN" of err.def, "OK" */
	bool changed;     /* false with OK: it was so already */
	struct span text; /* of a refusal; in the arena or borrowed from the view */
	char attribute[64];
};
/* Rows from `from` on, at most `count`; returns how many. */
size_t job_rows(struct view *view, struct arena *arena, const struct job *job, uint32_t from,
	size_t count, struct job_row *rows);
/* Fills in what would happen to these rows if they were run now and alone, but of exports and of
 * imports, which say it themselves; not on a loop thread, without a begun view. */
enum err job_preview(struct core *core, struct arena *arena, const struct actor *actor,
	const struct job *job, struct job_row *rows, size_t count, struct why *why);

/* What is kept of an import beside its rows; false: damaged, or no import. */
bool import_read(struct view *view, const struct job *job, struct import_head *head);
/* Like job_rows; the entries and containers are left out. */
size_t import_rows(struct view *view, struct arena *arena, const struct job *job, uint32_t from,
	size_t count, struct import_row *rows);
/* The command of a row that is ready. The memory is the arena's. */
void import_command(struct arena *arena, uint32_t tenant, const struct import_row *row,
	struct command *command);

/* An export that is done. */
bool job_makes_file(const struct job *job);
/* Whether its file is there still. */
bool job_has_file(struct core *core, struct arena *arena, const struct job *job);
/* The file of an export that is done, in the arena; it is removed a day after its last row.
 * ERR_NOT_FOUND when there is none (any more). */
enum err job_result(struct core *core, struct arena *arena, const struct job *job,
	struct span *octets, struct why *why);

#endif
