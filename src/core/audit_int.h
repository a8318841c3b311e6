/* What the files about audit rows share: the parts of a row as canonical JSON (RFC 8785). A row's
 * keys stand in this order: action, actor, attempts, changes, delegation, id, outcome, reason,
 * reference, request, seq, subject, target, tenant, time. */
#ifndef CORE_AUDIT_INT_H
#define CORE_AUDIT_INT_H

#include "core/core_int.h"

struct audit_place {
	uint64_t sequence;
	int64_t time;
};

void audit_put_id(struct buffer *out, const struct uuid *id); /* nil: null */
/* A secret is "***", what is no text hexadecimal. */
void audit_put_value(struct buffer *out, const struct value *value);
const char *audit_path(enum kind kind, enum attr attr);
void audit_put_named(struct buffer *out, const struct uuid *id, struct span name, const char *type);
void audit_put_actor(struct buffer *out, const struct actor *actor, uint32_t tenant);
/* Each with its key and the comma before it. */
void audit_put_delegation(struct buffer *out, const struct delegation *delegation);
void audit_put_subject(struct buffer *out, const struct delegation *delegation);
void audit_put_optional(struct buffer *out, const char *name, struct span text);
void audit_put_request(struct buffer *out, const struct actor *actor);
void audit_put_end(struct buffer *out, uint32_t tenant, int64_t wall);

#endif
