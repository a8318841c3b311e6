/* The two ways to a CRC-32C; they agree on every input. */
#ifndef BASE_HASH_INT_H
#define BASE_HASH_INT_H

#include "base/span.h"

uint32_t crc32c_table(uint32_t seed, struct span s);
uint32_t crc32c_instruction(uint32_t seed, struct span s); /* where crc32c_has_instruction() */
bool crc32c_has_instruction(void);

#endif
