/* Networks and the addresses in them. */
#include "net/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool holds(const char *network, const char *address)
{
	struct network parsed;

	assert_int_equal(network_parse(span_str(network), &parsed, NULL), OK);
	return network_holds(&parsed, span_str(address));
}

static void a_network_holds_its_own_addresses_only(void **state)
{
	(void)state;
	assert_true(holds("192.0.2.0/24", "192.0.2.0"));
	assert_true(holds("192.0.2.0/24", "192.0.2.255"));
	assert_false(holds("192.0.2.0/24", "192.0.3.0"));
	assert_true(holds("192.0.2.128/25", "192.0.2.129"));
	assert_false(holds("192.0.2.128/25", "192.0.2.127"));
	assert_true(holds("192.0.2.7", "192.0.2.7"));
	assert_false(holds("192.0.2.7", "192.0.2.6"));
	assert_true(holds("0.0.0.0/0", "203.0.113.9"));
	assert_false(holds("0.0.0.0/0", "2001:db8::1"));
	assert_true(holds("2001:db8::/32", "2001:db8:ffff::1"));
	assert_false(holds("2001:db8::/33", "2001:db8:ffff::1"));
	assert_true(holds("::/0", "2001:db8::1"));
}

static void ipv4_in_ipv6_is_ipv4(void **state)
{
	(void)state;
	assert_true(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
	assert_true(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
	assert_false(holds("192.0.2.0/24", "::ffff:192.0.3.9"));
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const texts[] = { "", "x", "192.0.2", "192.0.2.0/33", "192.0.2.0/",
		"192.0.2.1/24", "192.0.2.0/-1", "192.0.2.0/8x", "/8", "2001:db8::/129",
		"2001:db8::1/64", "192.0.2.256", "192.0.2.0/24/8", "localhost" };
	struct network network;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(network_parse(span_str(texts[i]), &network, NULL), ERR_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_holds_its_own_addresses_only),
		cmocka_unit_test(ipv4_in_ipv6_is_ipv4),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
