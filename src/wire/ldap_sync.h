/* Content synchronization (RFC 4533): cookies, and what goes out beside entries. The request's
 * control is read with the others (wire/ldap_control.h). */
#ifndef WIRE_LDAP_SYNC_H
#define WIRE_LDAP_SYNC_H

#include "base/buffer.h"
#include "base/uuid.h"

/* Text as OpenLDAP writes it, "rid=001,csn=2026...": what a consumer has of us is a CSN among
 * others. */
struct sync_cookie {
	unsigned replica; /* 0 to 999, the consumer's number for this replication */
	struct span csn;  /* of server 000; or empty */
};
/* False: not such a text. Fields that are not known are passed over. Borrows. */
bool sync_cookie_read(struct span text, struct sync_cookie *cookie);
/* Appends the text; without a CSN the consumer has nothing yet. */
void sync_cookie_write(struct buffer *out, const struct sync_cookie *cookie);

/* RFC 4533 section 2.3 */
enum sync_state { SYNC_PRESENT, SYNC_ADD, SYNC_MODIFY, SYNC_DELETE };

/* An empty cookie is left out everywhere below. */

/* Appends the Sync State control to the entry or reference that was written last, as a whole
 * message that begins at `message`. */
void sync_state_add(struct buffer *out, size_t message, enum sync_state state,
	const struct uuid *id, struct span cookie);
/* The element of the Sync Done control, section 2.4. */
void sync_done_write(struct buffer *out, struct span cookie, bool refresh_deletes);
/* Sync Info messages, section 2.5: a new cookie; the end of the refresh; unchanged entries. */
void sync_cookie_info_write(struct buffer *out, int32_t message_id, struct span cookie);
/* `is_done`: of the whole refresh, not of the present phase alone. */
void sync_refreshed_write(struct buffer *out, int32_t message_id, bool refresh_deletes,
	bool is_done, struct span cookie);
void sync_present_write(
	struct buffer *out, int32_t message_id, const struct uuid *ids, size_t count);

#endif
