#include "base/codec.h"
#include "wire/sasl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void assert_span(struct span got, const char *want)
{
	assert_int_equal(got.len, strlen(want));
	assert_memory_equal(got.data, want, got.len);
}

static void an_authorization_identity_is_a_dn_or_a_name(void **state)
{
	struct authzid id;

	(void)state;
	assert_int_equal(authzid_read(SPAN_NONE, &id, NULL), OK);
	assert_int_equal(id.form, AUTHZID_NONE);
	assert_int_equal(authzid_read(SPAN("dn:uid=a,o=b"), &id, NULL), OK);
	assert_int_equal(id.form, AUTHZID_DN);
	assert_span(id.value, "uid=a,o=b");
	assert_int_equal(authzid_read(SPAN("dn:"), &id, NULL), OK);
	assert_int_equal(id.form, AUTHZID_DN);
	assert_span(id.value, "");
	assert_int_equal(authzid_read(SPAN("u:alice@acme"), &id, NULL), OK);
	assert_int_equal(id.form, AUTHZID_NAME);
	assert_span(id.value, "alice@acme");
	assert_int_equal(authzid_read(SPAN("alice"), &id, NULL), ERR_VALUE);
	assert_int_equal(authzid_read(SPAN("x:alice"), &id, NULL), ERR_VALUE);
	assert_int_equal(authzid_read(SPAN("u:\xff"), &id, NULL), ERR_VALUE);
}

static void a_plain_message_has_three_parts(void **state)
{
	struct plain_message plain;

	(void)state;
	assert_int_equal(plain_read(SPAN("\0tim\0tanstaaftanstaaf"), &plain, NULL), OK);
	assert_span(plain.authzid, "");
	assert_span(plain.authcid, "tim");
	assert_span(plain.password, "tanstaaftanstaaf");
	assert_int_equal(plain_read(SPAN("Ursel\0Kurt\0xipj3plmq"), &plain, NULL), OK);
	assert_span(plain.authzid, "Ursel");
	assert_span(plain.authcid, "Kurt");
}

static void what_lacks_a_part_or_has_one_more_is_no_plain_message(void **state)
{
	static const struct span wrong[] = { { (const uint8_t *)"", 0 },
		{ (const uint8_t *)"tim", 3 }, { (const uint8_t *)"\0tim", 4 },
		{ (const uint8_t *)"\0tim\0", 5 }, { (const uint8_t *)"\0\0pw", 4 },
		{ (const uint8_t *)"\0tim\0p\0w", 8 }, { (const uint8_t *)"\0t\xff\0pw", 6 } };
	struct plain_message plain;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(plain_read(wrong[i], &plain, NULL), ERR_PROTOCOL);
}

static void the_first_message_of_scram_is_taken_apart(void **state)
{
	struct scram_first first;

	(void)state;
	assert_int_equal(
		scram_first_read(arena, SPAN("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), &first, NULL),
		OK);
	assert_span(first.header, "n,,");
	assert_span(first.bare, "n=user,r=rOprNGfwEbeRWgbNEkqO");
	assert_span(first.name, "user");
	assert_span(first.nonce, "rOprNGfwEbeRWgbNEkqO");
	assert_span(first.authzid, "");
	assert_false(first.is_bound);
	assert_int_equal(scram_first_read(arena,
				 SPAN("p=tls-exporter,a=dn:uid=3Dx=2Co=3Dy,n=a=2Cb=3Dc,r=1,x=y"),
				 &first, NULL),
		OK);
	assert_true(first.is_bound);
	assert_span(first.header, "p=tls-exporter,a=dn:uid=3Dx=2Co=3Dy,");
	assert_span(first.authzid, "dn:uid=x,o=y");
	assert_span(first.name, "a,b=c");
	assert_span(first.nonce, "1");
}

static void what_scram_does_not_allow_is_refused(void **state)
{
	static const char *const wrong[] = { "", "n", "n,", "n,,", "n,,n=", "n,,n=user",
		"n,,n=user,", "n,,n=user,r=", "n,,n=,r=abc", "n,,m=x,n=user,r=abc",
		"x,,n=user,r=abc", "p=,,n=user,r=abc", "n,b=c,n=user,r=abc", "n,,n=us=er,r=abc",
		"n,,n=us=2,r=abc", "n,,n=us=2c,r=abc", "n,,n=\xff,r=abc", "n,,n=user,r=a c",
		"n,,n=user,r=\xc3\xa4", "n,a=\xff,n=user,r=abc" };
	struct scram_first first;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (scram_first_read(arena, span_str(wrong[i]), &first, NULL) != ERR_PROTOCOL)
			fail_msg("%s", wrong[i]);
}

static void the_exchange_of_rfc_7677_is_spoken(void **state)
{
	struct scram_verifier verifier;
	struct scram_final final;
	struct span salt;
	uint8_t signature[SCRAM_KEY];
	static const char server_first[] = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
					   "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

	(void)state;
	assert_true(base64_parse(arena, SPAN("W22ZaJ0SNY7soEsUEjb6gQ=="), &salt));
	scram_verifier_make(SPAN("pencil"), salt, 4096, &verifier);
	assert_span(scram_first_answer(arena,
			    SPAN("rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"), &verifier),
		server_first);
	assert_int_equal(scram_final_read(arena,
				 SPAN("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
				      "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
				 &final, NULL),
		OK);
	assert_span(final.header, "n,,");
	assert_span(final.nonce, "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
	assert_span(final.unproved, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
	assert_true(scram_check(&verifier,
		span_str(arena_printf(arena, "n=user,r=rOprNGfwEbeRWgbNEkqO,%s,%.*s", server_first,
			SPAN_ARGS(final.unproved))),
		final.proof, signature));
	assert_span(scram_final_answer(arena, signature),
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

static void a_final_message_without_a_whole_proof_is_refused(void **state)
{
	static const char *const wrong[] = { "", "c=biws", "c=biws,r=abc",
		"c=biws,r=abc,p=", "c=biws,r=abc,p=dHzb",
		"c=b,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"r=abc,c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=,x=y",
		"c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ" };
	struct scram_final final;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (scram_final_read(arena, span_str(wrong[i]), &final, NULL) != ERR_PROTOCOL)
			fail_msg("%s", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_authorization_identity_is_a_dn_or_a_name),
		cmocka_unit_test(a_plain_message_has_three_parts),
		cmocka_unit_test(what_lacks_a_part_or_has_one_more_is_no_plain_message),
		cmocka_unit_test(the_first_message_of_scram_is_taken_apart),
		cmocka_unit_test(what_scram_does_not_allow_is_refused),
		cmocka_unit_test(the_exchange_of_rfc_7677_is_spoken),
		cmocka_unit_test(a_final_message_without_a_whole_proof_is_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
