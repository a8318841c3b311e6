/* What a server's answer to a bind says of the password, in the dialects of Active Directory
 * (sub-codes), OpenLDAP (draft-behera-ldap-password-policy-10) and 389 Directory Server (its result
 * codes, draft-vchu-ldap-pwd-policy-00). Pure functions. */
#ifndef IN_UPSTREAM_ANSWER_H
#define IN_UPSTREAM_ANSWER_H

#include "in/sync/frame.h"

struct bind_facts {
	int code;         /* of the result */
	unsigned subcode; /* of its text, 0: none */
	int policy_error; /* of the draft-behera control; -1: none */
	int64_t expires;  /* seconds until it does, by either control; -1: not said */
	int32_t grace;    /* sign-ins left with an expired one; -1: not said */
	bool expired;     /* the draft-vchu control is there: expired, or reset by somebody */
};

/* *words: what a log may say of it; never the server's own text. */
enum answer answer_of(const struct bind_facts *facts, const char **words);

#endif
