#include "base/clock.h"
#include "base/otp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SEED SPAN("12345678901234567890") /* of RFC 6238 appendix B */

/* The last six of the eight digits that the RFC gives. */
static const struct {
	int64_t second;
	const char *code;
} vectors[] = {
	{ 59, "287082" },
	{ 1111111109, "081804" },
	{ 1111111111, "050471" },
	{ 1234567890, "005924" },
	{ 2000000000, "279037" },
	{ 20000000000, "353130" },
};

static void codes_are_those_of_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		char code[OTP_DIGITS];
		otp_code(SEED, otp_step(vectors[i].second * SECOND), code);
		assert_memory_equal(code, vectors[i].code, OTP_DIGITS);
	}
}

static void a_code_is_good_a_step_before_and_a_step_after(void **state)
{
	(void)state;
	const int64_t now = 1111111111 * SECOND;
	for (int steps = -3; steps <= 3; steps++) {
		uint64_t step = 0, made = otp_step(now) + (uint64_t)(int64_t)steps;
		char code[OTP_DIGITS];
		otp_code(SEED, made, code);
		bool fits = otp_check(SEED, span_of(code, sizeof code), now, 0, &step);
		assert_int_equal(fits, steps >= -1 && steps <= 1);
		assert_true(!fits || step == made);
		assert_false(otp_check(SEED, span_of(code, sizeof code), now, made + 1, &step));
	}
}

static void what_is_no_code_fits_never(void **state)
{
	(void)state;
	uint64_t step;
	assert_false(otp_check(SEED, SPAN(""), 59 * SECOND, 0, &step));
	assert_false(otp_check(SEED, SPAN("28708"), 59 * SECOND, 0, &step));
	assert_false(otp_check(SEED, SPAN("2870820"), 59 * SECOND, 0, &step));
	assert_false(otp_check(SPAN_NONE, SPAN("287082"), 59 * SECOND, 0, &step));
}

static void seeds_and_addresses_are_written_as_apps_read_them(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	/* RFC 4648 section 10, without the padding. */
	assert_string_equal(base32_format(arena, SPAN("")), "");
	assert_string_equal(base32_format(arena, SPAN("f")), "MY");
	assert_string_equal(base32_format(arena, SPAN("fo")), "MZXQ");
	assert_string_equal(base32_format(arena, SPAN("foo")), "MZXW6");
	assert_string_equal(base32_format(arena, SPAN("foob")), "MZXW6YQ");
	assert_string_equal(base32_format(arena, SPAN("fooba")), "MZXW6YTB");
	assert_string_equal(base32_format(arena, SPAN("foobar")), "MZXW6YTBOI");
	assert_string_equal(otp_uri(arena, SPAN("foobar"), SPAN("A&B"), SPAN("jos\xc3\xa9 x")),
		"otpauth://totp/A%26B:jos%C3%A9%20x?secret=MZXW6YTBOI&issuer=A%26B");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(a_code_is_good_a_step_before_and_a_step_after),
		cmocka_unit_test(what_is_no_code_fits_never),
		cmocka_unit_test(seeds_and_addresses_are_written_as_apps_read_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
