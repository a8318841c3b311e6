/* Errors: one table (err.def) says how LDAP, HTTP, SCIM and the exit code put each of them. The
 * function that first knows the reason records it with fail(), once, naming the attribute; those
 * above hand both on. Reasons hold no secret and no other tenant's data: they are shown to the
 * caller. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err {
#define ERR(name, ldap, http, api, scim, status, text) ERR_##name,
#include "base/err.def"
#undef ERR
	ERR_COUNT
};

#define OK ERR_OK

struct err_row {
	const char *name;      /* "LAST_ADMIN" */
	int ldap;              /* RFC 4511 result code */
	int http;              /* status, of SCIM */
	int api;               /* status, of the admin API */
	const char *scim_type; /* RFC 7644 section 3.12, or NULL */
	int exit_status;       /* sysexits(3) */
	const char *text;
};

struct why {
	enum err err;
	char attribute[64]; /* as the caller spells it, or "" */
	char text[256];
};

const struct err_row *err_row(enum err err);
/* Records the reason unless one stands already, and returns err. `why` and `attribute` may be NULL.
 */
enum err fail(struct why *why, enum err err, const char *attribute, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
