/* Requests as a log may keep them: without the values of write-only attributes (passwords),
 * wherever these stand: as members by any spelling of their name, as the value of a PATCH operation
 * whose path names one, in the data of a Bulk operation, in JSON within a string, as a literal of a
 * filter that asks for one. What is taken out is what the parser itself has read, so that no
 * spelling can pass the one and not the other. */
#ifndef WIRE_SCIM_REDACT_H
#define WIRE_SCIM_REDACT_H

#include "base/arena.h"

#define SCIM_REDACTED "[redacted]"

struct scim_redacted {
	struct span text; /* what was given, or a copy in the arena */
	bool redacted;    /* something was taken out */
	bool hidden;      /* nothing of it may be shown, for it is not understood; no text */
};

/* `parsed`: json_parse has taken it before. */
void scim_redact_body(
	struct arena *arena, struct span body, bool parsed, struct scim_redacted *result);
/* The query of a URL, as sent: parameters by their names, filters like a body's. */
void scim_redact_query(struct arena *arena, struct span query, struct scim_redacted *result);
/* The name or the path has the name of a write-only attribute anywhere in it. */
bool scim_names_secret(struct span text);
/* The name of an attribute in a reason: what stands beside the name of a secret one may be one. */
struct span scim_redact_name(struct span name);

#endif
