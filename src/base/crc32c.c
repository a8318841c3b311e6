#include "base/hash.h"
#include "base/hash_int.h"

#include <pthread.h>

#define POLYNOMIAL UINT32_C(0x82f63b78) /* Castagnoli, reflected */

/* table[k][b]: the CRC of octet b followed by k zero octets, for eight octets a step. */
static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
	for (uint32_t octet = 0; octet < 256; octet++) {
		uint32_t crc = octet;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][octet] = crc;
	}
	for (uint32_t octet = 0; octet < 256; octet++)
		for (unsigned k = 1; k < 8; k++)
			table[k][octet] =
				table[k - 1][octet] >> 8 ^ table[0][table[k - 1][octet] & 0xff];
}

uint32_t crc32c_table(uint32_t seed, struct span s)
{
	uint32_t crc = ~seed;
	const uint8_t *at = s.data;
	size_t left = s.len;

	pthread_once(&once, make_table);
	for (; left >= 8; left -= 8, at += 8)
		crc = table[7][(crc ^ at[0]) & 0xff] ^ table[6][(crc >> 8 ^ at[1]) & 0xff] ^
		      table[5][(crc >> 16 ^ at[2]) & 0xff] ^ table[4][crc >> 24 ^ at[3]] ^
		      table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
	for (; left; left--, at++)
		crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xff];
	return ~crc;
}

#ifdef __x86_64__
#include <immintrin.h>

bool crc32c_has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2"))) uint32_t crc32c_instruction(uint32_t seed, struct span s)
{
	uint64_t crc = ~seed;
	const uint8_t *at = s.data;
	size_t left = s.len;

	for (; left >= 8; left -= 8, at += 8) {
		uint64_t octets;

		memcpy(&octets, at, 8);
		crc = _mm_crc32_u64(crc, octets);
	}
	for (; left; left--, at++)
		crc = _mm_crc32_u8((uint32_t)crc, *at);
	return ~(uint32_t)crc;
}
#else
bool crc32c_has_instruction(void)
{
	return false;
}

uint32_t crc32c_instruction(uint32_t seed, struct span s)
{
	return crc32c_table(seed, s);
}
#endif

uint32_t crc32c(uint32_t seed, struct span s)
{
	return crc32c_has_instruction() ? crc32c_instruction(seed, s) : crc32c_table(seed, s);
}
