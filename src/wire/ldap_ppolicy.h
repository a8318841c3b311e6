/* What an answer says about the password, draft-behera-ldap-password-policy-10 section 6.2 and
 * draft-vchu-ldap-pwd-policy-00: elements of a response's controls. */
#ifndef WIRE_LDAP_PPOLICY_H
#define WIRE_LDAP_PPOLICY_H

#include "base/buffer.h"

#define OID_PASSWORD_EXPIRED "2.16.840.1.113730.3.4.4"
#define OID_PASSWORD_EXPIRING "2.16.840.1.113730.3.4.5"

/* Seconds until it expires, else sign-ins left, else neither; error 0 to 8. -1: none. */
void password_policy_write(struct buffer *out, int64_t expires, int32_t grace, int error);
/* For clients that know only these: it has expired or must be changed; it expires in so many
 * seconds. */
void password_expired_write(struct buffer *out);
void password_expiring_write(struct buffer *out, int64_t seconds);

#endif
