/* A notice for the people whom a directory concerns, waiting to be mailed: one state row a
 * directory, the newest notice taking the place of one that waits. Whoever has something to say
 * writes the row with what it is about; out/mail sends it and takes it away. */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include "base/arena.h"

struct notice {
	int64_t created, next_try; /* wall */
	uint32_t attempts;
	struct span subject, text; /* UTF-8, lines of the text ended by "\n"; no secret */
};

struct span notice_key(struct arena *arena, uint32_t directory);
struct span notice_write(struct arena *arena, const struct notice *notice);
/* Spans borrow from the value. False: damaged, or of another version. */
bool notice_read(struct span value, struct notice *notice);

#endif
