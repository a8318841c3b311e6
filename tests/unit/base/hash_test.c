#include "base/arena.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/hash_int.h"
#include "base/secret.h"

#include "unit.h"

#include <pthread.h>

static char *hex32(struct arena *arena, const uint8_t digest[32])
{
	return hex_format(arena, span_of(digest, 32));
}

static void crc32c_matches_the_vectors_of_rfc_3720(void **state)
{
	uint8_t octets[32] = { 0 };

	(void)state;
	assert_int_equal(crc32c(0, SPAN("123456789")), 0xe3069283);
	assert_int_equal(crc32c(0, span_of(octets, 32)), 0x8a9136aa);
	memset(octets, 0xff, 32);
	assert_int_equal(crc32c(0, span_of(octets, 32)), 0x62a8ab43);
	for (size_t i = 0; i < 32; i++)
		octets[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, span_of(octets, 32)), 0x46dd794e);
	assert_int_equal(crc32c(0, SPAN_NONE), 0);
}

static void the_instruction_and_the_table_agree_at_every_length_and_offset(void **state)
{
	uint8_t octets[600];

	(void)state;
	if (!crc32c_has_instruction())
		skip();
	secret_random(octets, sizeof octets);
	for (size_t from = 0; from < 9; from++)
		for (size_t len = 0; len + from <= sizeof octets; len++) {
			struct span s = span_of(octets + from, len);

			assert_int_equal(crc32c_table((uint32_t)len, s),
				crc32c_instruction((uint32_t)len, s));
		}
}

static void a_checksum_goes_on_where_it_ended(void **state)
{
	(void)state;
	assert_int_equal(crc32c(crc32c(0, SPAN("1234")), SPAN("56789")), 0xe3069283);
	assert_int_equal(crc32c_table(crc32c_table(0, SPAN("1")), SPAN("23456789")), 0xe3069283);
}

static void hashes_match_their_published_vectors(void **state)
{
	struct arena *arena = arena_new();
	uint8_t digest[32], other[32];

	(void)state;
	hash_sha256(SPAN("abc"), digest);
	assert_string_equal(hex32(arena, digest),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hash_sha256_two(SPAN("a"), SPAN("bc"), other);
	assert_memory_equal(digest, other, 32);
	hash_sha256(SPAN_NONE, digest);
	assert_string_equal(hex32(arena, digest),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hash_blake2b(SPAN("abc"), digest);
	assert_string_equal(hex32(arena, digest),
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
	arena_free(arena);
}

static void hmac_matches_the_vectors_of_rfc_4231(void **state)
{
	struct arena *arena = arena_new();
	uint8_t digest[32], key[131];

	(void)state;
	hmac_sha256(SPAN("Jefe"), SPAN("what do ya want for nothing?"), digest);
	assert_string_equal(hex32(arena, digest),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	hmac_sha256(span_of(key, sizeof key),
		SPAN("Test Using Larger Than Block-Size Key - Hash Key First"), digest);
	assert_string_equal(hex32(arena, digest),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	memset(key, 0x0b, 20);
	hmac_sha256(span_of(key, 20), SPAN("Hi There"), digest);
	assert_string_equal(hex32(arena, digest),
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	arena_free(arena);
}

static void *hash_in_a_loop(void *arg)
{
	uint8_t digest[32];

	(void)arg;
	for (unsigned i = 0; i < 2000; i++)
		hash_sha256(SPAN("abc"), digest);
	return (void *)(uintptr_t)digest[0];
}

static void threads_hash_side_by_side(void **state)
{
	pthread_t threads[4];
	void *first;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, hash_in_a_loop, NULL);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &first);
		assert_int_equal((uintptr_t)first, 0xba);
	}
}

static int start(void **state)
{
	(void)state;
	return secret_start() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_matches_the_vectors_of_rfc_3720),
		cmocka_unit_test(the_instruction_and_the_table_agree_at_every_length_and_offset),
		cmocka_unit_test(a_checksum_goes_on_where_it_ended),
		cmocka_unit_test(hashes_match_their_published_vectors),
		cmocka_unit_test(hmac_matches_the_vectors_of_rfc_4231),
		cmocka_unit_test(threads_hash_side_by_side),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
