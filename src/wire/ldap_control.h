/* Controls of a request (RFC 4511 section 4.1.11), taken apart once, before the operation runs.
 * schema/controls.def has a row for each that is served. Everything borrows from the message: an
 * operation that waits copies what it keeps. */
#ifndef WIRE_LDAP_CONTROL_H
#define WIRE_LDAP_CONTROL_H

#include "wire/ldap_pdu.h"

enum control_id {
#define CONTROL(id, oid, name, operations, rules, decoder) CONTROL_##id,
#include "controls.def"
#undef CONTROL
	CONTROL_COUNT
};

/* What a control may be on; bits. */
enum control_operation {
	ON_BIND = 1 << 0,
	ON_SEARCH = 1 << 1,
	ON_COMPARE = 1 << 2,
	ON_MODIFY = 1 << 3,
	ON_ADD = 1 << 4,
	ON_DELETE = 1 << 5,
	ON_RENAME = 1 << 6,
	ON_EXTENDED = 1 << 7,
	ON_UPDATES = ON_MODIFY | ON_ADD | ON_DELETE | ON_RENAME,
	ON_ALL = ON_BIND | ON_SEARCH | ON_COMPARE | ON_UPDATES | ON_EXTENDED,
};

/* RFC 2696 */
struct paged {
	int32_t size;
	struct span cookie;
};

/* RFC 2891 section 1.1 */
struct sort_key {
	struct span attribute;
	struct span rule; /* empty: the attribute's own */
	bool reverse;
};

/* draft-ietf-ldapext-ldapv3-vlv-09 section 4 */
struct vlv {
	int32_t before, after;
	bool by_value;         /* else by offset */
	int32_t offset, count; /* both 0 and above */
	struct span value;
	struct span context; /* or empty */
};

/* draft-wahl-ldap-session-03 section 3; text of the client's, as long as it likes */
struct session_tracking {
	struct span address, name, format, identifier;
};

/* RFC 4533 section 2.2 */
struct sync_request {
	bool persist; /* refreshAndPersist, else refreshOnly */
	bool has_cookie;
	struct span cookie;
	bool reload;
};

/* What stands behind a bit of `present`; the rest is not set. */
struct controls {
	uint32_t present;  /* bits 1 << enum control_id */
	uint32_t critical; /* of these */
	struct paged paged;
	struct sort_key sort[LIMIT_LDAP_SORT_KEYS];
	size_t sort_count; /* as sent: above the limit only the first ones are kept */
	struct vlv vlv;
	struct span assertion;           /* the element, for filter_read */
	struct span pre_read, post_read; /* as the attributes of a search_request */
	struct span matched_values;      /* elements, each a SimpleFilterItem; not looked into */
	struct span proxied;             /* authzId; empty: anonymous */
	struct session_tracking session;
	struct sync_request sync;
	bool subentries;   /* visibility */
	struct span deref; /* elements, checked: what deref_next reads */
};

static inline bool controls_have(const struct controls *controls, enum control_id id)
{
	return (controls->present >> id & 1) != 0;
}

static inline bool controls_insist(const struct controls *controls, enum control_id id)
{
	return (controls->critical >> id & 1) != 0;
}

/* `operation`: one bit of control_operation. A critical control that is not known or not served on
 * the operation is ERR_UNSUPPORTED, another one is passed over. ERR_PROTOCOL, naming the control:
 * malformed, twice, or critical when it must not be or the reverse. */
enum err controls_read(const struct pdu *pdu, enum control_operation operation,
	struct controls *controls, struct why *why);
/* For the rootDSE; NULL: served on no operation. */
const char *control_oid(enum control_id id);

/* One DerefSpec: a reference attribute, and the attributes of what it names, as in a
 * search_request. */
struct deref {
	struct span attribute, attributes;
};
/* The next of the elements in *rest; false at the end. */
bool deref_next(struct span *rest, struct deref *deref);

/* Behind an entry that was written at `message` and is the last thing in `out`: `content`, elements
 * of DerefRes, as its control; frees it. */
void deref_write(struct buffer *out, size_t message, struct buffer *content);

/* Elements of a response's controls. */
void paged_write(struct buffer *out, struct span cookie);
/* `attribute`: the one at fault, or empty. */
void sort_result_write(struct buffer *out, int result, struct span attribute);
void vlv_result_write(
	struct buffer *out, int32_t target, int32_t count, int result, struct span context);

#endif
