/* A notice as a message of RFC 5322. Pure functions. */
#ifndef OUT_MAIL_LETTER_H
#define OUT_MAIL_LETTER_H

#include "core/notice.h"

/* Head and body; names and text in UTF-8 and Base64 (RFC 2045, RFC 2047), so that nothing of them
 * can be taken for another header. `to`: ended by NULL; `now`: wall. */
struct span letter_write(struct arena *arena, const struct notice *notice, const char *from,
	const char *const *to, int64_t now);
/* One address that may stand in an envelope and a head as it is: printable ASCII, one "@", no
 * blank, comma, bracket or quote. */
bool letter_is_address(struct span text);

#endif
