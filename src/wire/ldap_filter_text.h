/* LDAP filters as people write them (RFC 4515): into the element that filter_read() takes, and from
 * one into a line of the log. */
#ifndef WIRE_LDAP_FILTER_TEXT_H
#define WIRE_LDAP_FILTER_TEXT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"

/* The element, in the arena. ERR_VALUE names the argument "filter" and says at which character what
 * was expected; also for what is nested deeper than LIMIT_FILTER_DEPTH. */
enum err filter_text_read(
	struct arena *arena, struct span text, struct span *element, struct why *why);
/* Appends the text of an element of a peer, escaped; values of attributes for which `is_secret`
 * says so become "...", and so does what is malformed or too deep. The buffer's limit cuts. */
void filter_text_write(
	struct span element, bool (*is_secret)(struct span attribute), struct buffer *out);

#endif
