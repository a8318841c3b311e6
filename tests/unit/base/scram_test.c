#include "base/codec.h"
#include "base/scram.h"
#include "base/secret.h"

#include "unit.h"

/* RFC 7677 section 3: user "user", password "pencil". */
static const char salt64[] = "W22ZaJ0SNY7soEsUEjb6gQ==";
static const char message[] =
	"n=user,r=rOprNGfwEbeRWgbNEkqO,"
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
static const char proof64[] = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
static const char signature64[] = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return secret_start() ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct span decode(const char *text)
{
	struct span octets;

	assert_true(base64_parse(arena, span_str(text), &octets));
	return octets;
}

static void the_exchange_of_rfc_7677_is_understood(void **state)
{
	struct scram_verifier verifier;
	uint8_t signature[SCRAM_KEY];
	struct span want = decode(signature64);

	(void)state;
	scram_verifier_make(SPAN("pencil"), decode(salt64), 4096, &verifier);
	assert_true(scram_check(&verifier, span_str(message), decode(proof64).data, signature));
	assert_memory_equal(signature, want.data, want.len);
}

static void a_proof_that_differs_in_one_bit_is_none(void **state)
{
	struct scram_verifier verifier;
	uint8_t signature[SCRAM_KEY], proof[SCRAM_KEY];

	(void)state;
	scram_verifier_make(SPAN("pencil"), decode(salt64), 4096, &verifier);
	for (size_t bit = 0; bit < SCRAM_KEY * 8; bit++) {
		memcpy(proof, decode(proof64).data, SCRAM_KEY);
		proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(scram_check(&verifier, span_str(message), proof, signature));
	}
	scram_verifier_make(SPAN("pencil "), decode(salt64), 4096, &verifier);
	assert_false(scram_check(&verifier, span_str(message), decode(proof64).data, signature));
}

static void a_verifier_is_the_text_of_rfc_5803(void **state)
{
	/* Made with Python's hashlib and hmac. */
	static const char known[] = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
				    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
				    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
	struct scram_verifier verifier, again;
	char text[SCRAM_TEXT_MAX];

	(void)state;
	scram_verifier_make(SPAN("pencil"), decode(salt64), 4096, &verifier);
	assert_int_equal(scram_verifier_format(&verifier, text), strlen(known));
	assert_string_equal(text, known);
	assert_true(scram_verifier_parse(span_str(text), &again));
	assert_int_equal(again.iterations, 4096);
	assert_int_equal(again.salt_len, verifier.salt_len);
	assert_memory_equal(again.salt, verifier.salt, verifier.salt_len);
	assert_memory_equal(again.stored_key, verifier.stored_key, SCRAM_KEY);
	assert_memory_equal(again.server_key, verifier.server_key, SCRAM_KEY);
}

static void two_verifiers_of_one_password_share_nothing(void **state)
{
	char one[SCRAM_TEXT_MAX], two[SCRAM_TEXT_MAX];
	struct scram_verifier a, b;

	(void)state;
	scram_verifier_new(SPAN("secret"), one);
	scram_verifier_new(SPAN("secret"), two);
	assert_true(scram_verifier_parse(span_str(one), &a));
	assert_true(scram_verifier_parse(span_str(two), &b));
	assert_int_equal(a.iterations, SCRAM_ITERATIONS);
	assert_int_equal(a.salt_len, SCRAM_SALT);
	assert_memory_not_equal(a.salt, b.salt, SCRAM_SALT);
	assert_memory_not_equal(a.stored_key, b.stored_key, SCRAM_KEY);
	assert_memory_not_equal(a.server_key, b.server_key, SCRAM_KEY);
}

static void other_texts_are_no_verifiers(void **state)
{
	static const char *const texts[] = { "", "secret", "{SSHA}x", "SCRAM-SHA-256$",
		"SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$a:b",
		"SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d:wfPL",
		"SCRAM-SHA-256$4095:W22ZaJ0SNY7soEsUEjb6gQ==$"
		"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
		"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		"SCRAM-SHA-256$4294967297:W22ZaJ0SNY7soEsUEjb6gQ==$"
		"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
		"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
		"SCRAM-SHA-256$4096:$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
		"wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=" };
	struct scram_verifier verifier;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(scram_verifier_parse(span_str(texts[i]), &verifier));
}

static void an_unknown_name_has_a_salt_that_stays(void **state)
{
	struct scram_verifier one, two, other;

	(void)state;
	scram_verifier_pretend(SPAN("key"), SPAN("nobody"), &one);
	scram_verifier_pretend(SPAN("key"), SPAN("nobody"), &two);
	scram_verifier_pretend(SPAN("key"), SPAN("somebody"), &other);
	assert_int_equal(one.iterations, SCRAM_ITERATIONS);
	assert_int_equal(one.salt_len, SCRAM_SALT);
	assert_memory_equal(one.salt, two.salt, SCRAM_SALT);
	assert_memory_not_equal(one.salt, other.salt, SCRAM_SALT);
	assert_memory_not_equal(one.stored_key, two.stored_key, SCRAM_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exchange_of_rfc_7677_is_understood),
		cmocka_unit_test(a_proof_that_differs_in_one_bit_is_none),
		cmocka_unit_test(a_verifier_is_the_text_of_rfc_5803),
		cmocka_unit_test(two_verifiers_of_one_password_share_nothing),
		cmocka_unit_test(other_texts_are_no_verifiers),
		cmocka_unit_test(an_unknown_name_has_a_salt_that_stays),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
