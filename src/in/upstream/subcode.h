/* Why Active Directory refused a bind: the hexadecimal number behind "data" in the text of result
 * 49 ([MS-ADTS] section 5.1.1.1.1 and the Win32 error table). Pure functions. */
#ifndef IN_UPSTREAM_SUBCODE_H
#define IN_UPSTREAM_SUBCODE_H

#include "base/span.h"

/* 0x52e for "... AcceptSecurityContext error, data 52e, v1db1"; 0 when it holds none. */
unsigned subcode_of(struct span text);
/* A sentence's end ("the password has expired"), or NULL for a number without one. */
const char *subcode_words(unsigned subcode);

#endif
