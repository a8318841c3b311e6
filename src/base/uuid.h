/* Identities: UUID version 7 (RFC 9562 section 5.7), rising within one process even inside a
 * millisecond. Any thread. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/span.h"

struct reader;

struct uuid {
	uint8_t octets[16];
};

#define UUID_TEXT 36 /* without the terminator */

struct uuid uuid_new(void);
bool uuid_is_nil(const struct uuid *id);
static inline bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->octets, b->octets, 16) == 0;
}
static inline struct span uuid_span(const struct uuid *id)
{
	return span_of(id->octets, 16);
}
/* Of 16 octets as they are kept; false, and `id` untouched, when there are more or fewer. */
bool uuid_from_octets(struct span octets, struct uuid *id);
/* Nil once the reader is bad. */
struct uuid read_uuid(struct reader *in);
void uuid_format(const struct uuid *id, char out[UUID_TEXT + 1]);
/* The canonical 8-4-4-4-12 form in either case, nothing else. */
bool uuid_parse(struct span text, struct uuid *id);

#endif
