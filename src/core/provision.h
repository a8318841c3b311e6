/* The provisioning log: what connections (SCIM clients, directories) asked for, with what in hand,
 * and what became of it. Facts beside the journal, like the sign-in activity: a row is gathered in
 * memory and written by the keeper within a second, many at once, so a request pays no commit for
 * it; a process that is killed loses the last second. When too many wait, reads are dropped before
 * writes; the next row of the tenant tells how many are missing.
 *
 * A row is about one request, one operation of a Bulk request, one object in a run of a directory,
 * or, with a count, successful reads of one kind within a minute. Rows are kept for
 * provisioning.retention_days, at most LIMIT_PROVISION_ROWS and LIMIT_PROVISION_OCTETS of a
 * tenant. */
#ifndef CORE_PROVISION_H
#define CORE_PROVISION_H

#include "core/core.h"

enum provision_outcome {
	PROVISION_SUCCEEDED = 1,
	PROVISION_UNCHANGED, /* all was so already, or nothing was asked to change */
	PROVISION_HELD,      /* waits for an administrator */
	PROVISION_REFUSED,   /* for what was asked */
	PROVISION_FAILED,    /* for a reason of our own */
};
const char *provision_outcome_name(enum provision_outcome outcome);

enum provision_flag {
	PROVISION_DRY_RUN = 1 << 0,
	PROVISION_READ = 1 << 1,
	PROVISION_REDACTED = 1 << 2, /* path or body: a secret was taken out */
	PROVISION_CUT = 1 << 3,      /* path or body: what was longer than its limit */
	PROVISION_HIDDEN = 1 << 4,   /* the body is its length and digest */
};

/* No text holds a secret: the door has taken them out. What has no value is zero or empty. */
struct provision {
	/* Known once it is written: */
	uint64_t sequence;
	int64_t time;         /* wall, when it ended; never falls within a tenant */
	uint64_t missing;     /* rows of the tenant that were lost before this one */
	uint64_t request_row; /* of an operation: the row of its Bulk request */
	/* Who: */
	enum kind source_kind; /* KIND_CLIENT, KIND_DIRECTORY; KIND_USER by a personal token */
	struct uuid source;
	uint32_t entrance; /* number of the client whose token it had */
	struct span source_name, address, user_agent;
	/* What: */
	struct uuid request;
	struct span method, path; /* path and query as sent */
	struct span condition;    /* If-Match */
	struct span type;         /* "User" */
	struct uuid subject;      /* nil: none, or not known */
	struct span subject_name, external_id;
	struct span body;
	uint32_t body_octets; /* as sent */
	/* What became of it: */
	enum provision_outcome outcome;
	unsigned flags;  /* enum provision_flag */
	uint16_t status; /* HTTP */
	struct span scim_type, detail;
	uint32_t micros, count;           /* how long it took; how many it stands for, at least 1 */
	uint64_t journal;                 /* the newest change that it made; 0: none */
	uint64_t audit_first, audit_last; /* rows of the audit about its changes; 0: none */
	uint64_t original;                /* the row that was replayed */
};

/* A request of the actor, and behind it its operations, if it has any. The actor says who; times
 * and sequences are given here. Any thread; never waits; copies; `arena` is scratch. */
void core_provisioned(struct core *core, const struct actor *actor, struct arena *arena,
	const struct provision *rows, size_t count);
/* Until less of the tenant's waits than half of what may, or for ten seconds: for machinery that
 * tells of more than a second can write, so that no row is lost. Not on a loop thread. */
void core_provision_wait(struct core *core, uint32_t tenant);
/* A read that succeeded; `kind` is a literal like "/Users/:id". Any thread; never waits. */
void core_provisioned_read(
	struct core *core, const struct actor *actor, const char *method, const char *kind);
/* What stands for a body that cannot be shown: a digest that only we can make. */
#define PROVISION_DIGEST 16
void core_provision_digest(
	const struct core *core, struct span body, uint8_t digest[PROVISION_DIGEST]);

/* ---- reading ---- */

/* Filters; what is zero or empty asks nothing. */
struct provision_spec {
	uint32_t tenant;
	uint64_t before;  /* resume behind this row; 0: from the newest */
	int64_t from, to; /* wall, both inclusive; 0: open */
	struct uuid source, subject, request;
	struct span name; /* of the subject: userName, displayName or externalId, without case */
	struct span method, type;
	unsigned status; /* 404, or a class: 4 */
	enum provision_outcome outcome;
	bool problems; /* held, refused and failed ones */
	struct span
		text; /* anywhere in detail, path or the subject's name, without case in ASCII */
};
struct provision_search;
/* The newest first. The view stays begun; what `spec` points to lives as long as the search. */
struct provision_search *provision_open(
	struct view *view, struct arena *arena, const struct provision_spec *spec);
/* Examines at most *budget rows and counts it down; texts are borrowed from the map. */
enum step provision_next(
	struct provision_search *search, unsigned *budget, struct provision *provision);
/* The last row examined: resumes as spec.before. */
uint64_t provision_position(const struct provision_search *search);
bool view_provision(
	struct view *view, uint32_t tenant, uint64_t sequence, struct provision *provision);

#endif
