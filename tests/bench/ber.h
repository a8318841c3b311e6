/* The least BER that a load generator needs: messages are written from their end to their
 * beginning, so that every length is known; elements are read in place. The server under test is
 * trusted to send well-formed messages; one that is not ends the run. */
#ifndef TESTS_BENCH_BER_H
#define TESTS_BENCH_BER_H

#include "base/span.h"

struct ber_out {
	uint8_t octets[4096];
	size_t at; /* of the first octet written; begin with ber_start() */
};

void ber_start(struct ber_out *out);
struct span ber_bytes(const struct ber_out *out);
void ber_octets(struct ber_out *out, uint8_t tag, struct span value);
void ber_integer(struct ber_out *out, uint8_t tag, uint32_t value);
/* Puts everything written since `mark` (an earlier out->at) into an element of this tag. */
void ber_wrap(struct ber_out *out, uint8_t tag, size_t mark);

struct ber_element {
	uint8_t tag;
	struct span value;
};

/* Length of the message at the front of `s` with its header, or 0 when it is not all there. */
size_t ber_message(struct span s);
/* Takes one element off the front; false at the end. A malformed one ends the process. */
bool ber_next(struct span *s, struct ber_element *element);
/* The next element, which must be there. */
struct span ber_expect(struct span *s, uint8_t tag);
uint32_t ber_number(struct span value);

#endif
