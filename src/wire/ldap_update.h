/* Requests that write (RFC 4511 sections 4.6 to 4.9) and Password Modify (RFC 3062), taken apart.
 * All that is read borrows from the octets of the message; the list of changes lives in the arena.
 * ERR_PROTOCOL for what is malformed, ERR_TOO_LARGE beyond LIMIT_LDAP_CHANGES or
 * LIMIT_LDAP_VALUES. */
#ifndef WIRE_LDAP_UPDATE_H
#define WIRE_LDAP_UPDATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"

/* As they are numbered on the wire; RFC 4525 adds the last one. */
enum change_op { CHANGE_ADD, CHANGE_DELETE, CHANGE_REPLACE, CHANGE_INCREMENT };

/* One modification, or one attribute of an add. */
struct ldap_change {
	enum change_op op;
	struct span type;    /* as written */
	struct span *values; /* `count` of them */
	size_t count;
};

/* An AddRequest has CHANGE_ADD only. */
struct change_request {
	struct span dn;
	struct ldap_change *changes;
	size_t count;
};
enum err add_request_read(
	struct arena *arena, struct span body, struct change_request *request, struct why *why);
enum err modify_request_read(
	struct arena *arena, struct span body, struct change_request *request, struct why *why);

struct rename_request {
	struct span dn, rdn;
	bool delete_old, has_superior;
	struct span superior;
};
enum err rename_request_read(struct span body, struct rename_request *request, struct why *why);

/* RFC 3062 section 2. An absent request value is one without any of the three. */
struct password_request {
	bool has_identity, has_old, has_new;
	struct span identity, old, new;
};
enum err password_request_read(
	struct span value, struct password_request *request, struct why *why);
/* The response's elements behind the result: the password that was made. */
void password_response_write(struct buffer *out, struct span generated);

/* Writes the control of an answer (RFC 4527): `message` is a search entry, of which the operation
 * is the value. */
void read_entry_write(struct buffer *out, struct span oid, struct span message);

#endif
