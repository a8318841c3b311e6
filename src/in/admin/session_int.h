/* What the operations on the own account share. */
#ifndef IN_ADMIN_SESSION_INT_H
#define IN_ADMIN_SESSION_INT_H

#include "in/admin/settings_int.h"

/* The person who asks, in the own company, whatever the path names; begins the view. */
enum err session_person(struct request *r, struct record *own);
/* Whether the argument `current` is the person's password, with the argument `code` behind it when
 * `is_old` is false: then it is judged as a sign-in would be. Counted like an attempt to sign in.
 * Ends the view meanwhile; `own` is read anew. Otherwise ERR_VALUE at `current`. */
enum err session_check_password(struct request *r, struct record *own, bool is_old);

#endif
