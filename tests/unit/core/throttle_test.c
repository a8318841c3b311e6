#include "../dice.h"
#include "fixture.h"

#include "core/throttle_int.h"

#define ACCOUNTS 6 /* the last two are names that nobody has */
#define NETWORKS 8
#define STEPS 100000
#define SEED UINT64_C(20261122)

static const struct throttle_bounds bounds = {
	.failures = 3, .account_failures = 8, .network_failures = 12, .window = 60, .delay = 30
};

static const char *const addresses[NETWORKS] = { "192.0.2.1", "192.0.2.2", "198.51.100.7",
	"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:2:1::9", "::ffff:203.0.113.5", NULL };

static struct throttle_key key_of(unsigned account, unsigned network)
{
	static const char *const names[] = { "nobody", "somebody" };
	bool known = account < ACCOUNTS - 2;
	return (struct throttle_key){ .tenant = 1,
		.kind = KIND_USER,
		.number = known ? account + 1 : 0,
		.name = known ? SPAN_NONE : span_str(names[account - (ACCOUNTS - 2)]),
		.address = addresses[network] };
}

/* ---- what it should do, told once more and plainly ---- */

struct counted {
	uint32_t failures;
	int64_t last, until;
	bool good;
};

struct model {
	struct counted pairs[ACCOUNTS][NETWORKS], accounts[ACCOUNTS], networks[NETWORKS];
};

static int64_t penalty(uint32_t failures, uint32_t bound)
{
	int64_t seconds = 1;
	for (uint32_t i = bound; i < failures && seconds < bounds.delay; i++)
		seconds *= 2;
	return (seconds < bounds.delay ? seconds : bounds.delay) * SECOND;
}

static bool model_admits_at(struct counted *c, uint32_t bound, int64_t now)
{
	if (c->failures && now - c->last >= bounds.window * SECOND && now >= c->until)
		c->failures = 0;
	if (now < c->until)
		return false;
	if (c->failures >= bound)
		c->until = now + penalty(c->failures, bound);
	return true;
}

static bool model_admits(struct model *m, unsigned account, unsigned network, int64_t now)
{
	struct counted *pair = &m->pairs[account][network];
	return model_admits_at(pair, bounds.failures, now) &&
	       (pair->good ||
		       (model_admits_at(&m->accounts[account], bounds.account_failures, now) &&
			       model_admits_at(
				       &m->networks[network], bounds.network_failures, now)));
}

static void model_fail_at(struct counted *c, uint32_t bound, int64_t now)
{
	if (now - c->last >= bounds.window * SECOND && now >= c->until)
		c->failures = 0;
	c->failures++;
	c->last = now;
	if (c->failures >= bound)
		c->until = now + penalty(c->failures, bound);
}

static void model_settle(
	struct model *m, unsigned account, unsigned network, bool right, int64_t now)
{
	struct counted *pair = &m->pairs[account][network];
	if (right) {
		pair->failures = 0;
		pair->until = 0;
		pair->good = true;
		return;
	}
	model_fail_at(pair, bounds.failures, now);
	if (pair->good)
		return;
	model_fail_at(&m->accounts[account], bounds.account_failures, now);
	model_fail_at(&m->networks[network], bounds.network_failures, now);
}

/* ---- tests ---- */

static void it_does_what_a_plain_model_of_it_does(void **state)
{
	static struct model model;
	(void)state;
	struct dice dice = { SEED };
	int64_t now = 1000 * SECOND;
	unsigned admitted = 0, refused = 0;
	struct throttle *throttle = throttle_new(&bounds);
	print_message("seed %llu\n", (unsigned long long)dice.state);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned account = dice_roll(&dice, ACCOUNTS), network = dice_roll(&dice, NETWORKS);
		bool right = dice_roll(&dice, 12) == 0;
		struct throttle_key key = key_of(account, network);
		now += dice_roll(&dice, 200) ? dice_roll(&dice, 3) * SECOND / 2 : 90 * SECOND;
		clock_set_for_test(now);
		bool admits = throttle_admits(throttle, &key);
		assert_int_equal(admits, model_admits(&model, account, network, now));
		admits ? admitted++ : refused++;
		if (!admits)
			continue;
		if (right)
			throttle_succeeded(throttle, &key);
		else
			throttle_failed(throttle, &key);
		model_settle(&model, account, network, right, now);
	}
	assert_true(admitted > STEPS / 100 && refused > STEPS / 100);
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void nobody_waits_longer_than_the_longest_delay(void **state)
{
	(void)state;
	struct throttle *throttle = throttle_new(&bounds);
	struct throttle_key key = key_of(0, 0);
	int64_t now = 1000 * SECOND, waited = 0;
	clock_set_for_test(now);
	for (unsigned i = 0; i < 50; i++) {
		for (waited = 0; !throttle_admits(throttle, &key); waited += SECOND) {
			now += SECOND;
			clock_set_for_test(now);
			assert_true(waited <= bounds.delay * SECOND);
		}
		throttle_failed(throttle, &key);
	}
	assert_true(waited >= (bounds.delay - 1) * SECOND);
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void an_account_that_is_tried_from_everywhere_opens_where_it_has_signed_in(void **state)
{
	(void)state;
	struct throttle *throttle = throttle_new(&(struct throttle_bounds){ .failures = 3 });
	struct throttle_key home = { 1, KIND_USER, 7, SPAN_NONE, "192.0.2.1" };
	clock_set_for_test(1000 * SECOND);
	throttle_succeeded(throttle, &home);
	for (unsigned i = 0; i < 5000; i++) {
		char address[32];
		snprintf(address, sizeof address, "10.0.%u.%u", i / 250, i % 250);
		struct throttle_key elsewhere = { 1, KIND_USER, 7, SPAN_NONE, address };
		if (throttle_admits(throttle, &elsewhere))
			throttle_failed(throttle, &elsewhere);
	}
	struct throttle_key fresh = { 1, KIND_USER, 7, SPAN_NONE, "10.9.9.9" };
	assert_false(throttle_admits(throttle, &fresh));
	assert_true(throttle_admits(throttle, &home));
	struct throttle_key other = { 1, KIND_USER, 8, SPAN_NONE, "10.9.9.9" };
	assert_true(throttle_admits(throttle, &other));
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void an_application_server_is_not_locked_for_one_of_its_people(void **state)
{
	(void)state;
	struct throttle *throttle = throttle_new(&(struct throttle_bounds){ .failures = 3 });
	struct throttle_key one = { 1, KIND_USER, 7, SPAN_NONE, "192.0.2.1" }, other = one;
	clock_set_for_test(1000 * SECOND);
	other.number = 8;
	for (unsigned i = 0; i < 100; i++)
		if (throttle_admits(throttle, &one))
			throttle_failed(throttle, &one);
	assert_false(throttle_admits(throttle, &one));
	assert_true(throttle_admits(throttle, &other));
	/* In another company somebody may have the same number. */
	other = one;
	other.tenant = 2;
	assert_true(throttle_admits(throttle, &other));
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void an_address_of_the_same_64_is_the_same_network(void **state)
{
	(void)state;
	struct throttle *throttle = throttle_new(&(struct throttle_bounds){ .failures = 1 });
	struct throttle_key key = { 1, KIND_USER, 7, SPAN_NONE, "2001:db8::1" };
	clock_set_for_test(1000 * SECOND);
	throttle_failed(throttle, &key);
	key.address = "2001:db8::ffff:1";
	assert_false(throttle_admits(throttle, &key));
	key.address = "2001:db8:0:1::1";
	assert_true(throttle_admits(throttle, &key));
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void of_those_who_come_at_once_one_is_looked_at(void **state)
{
	(void)state;
	struct throttle *throttle = throttle_new(&(struct throttle_bounds){ .failures = 2 });
	struct throttle_key key = { 1, KIND_USER, 7, SPAN_NONE, "192.0.2.1" };
	clock_set_for_test(1000 * SECOND);
	throttle_failed(throttle, &key);
	assert_true(throttle_failed(throttle, &key));
	clock_set_for_test(1001 * SECOND);
	assert_true(throttle_admits(throttle, &key));
	assert_false(throttle_admits(throttle, &key));
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void who_waits_is_listed_and_can_be_let_go(void **state)
{
	(void)state;
	struct throttle_row rows[4];
	struct throttle *throttle = throttle_new(&(struct throttle_bounds){ .failures = 2 });
	struct throttle_key key = { 1, KIND_USER, 7, SPAN_NONE, "2001:db8::1" };
	clock_set_for_test(1000 * SECOND);
	throttle_failed(throttle, &key);
	assert_int_equal(throttle_list(throttle, 1, rows, 4), 0);
	throttle_failed(throttle, &key);
	assert_int_equal(throttle_list(throttle, 2, rows, 4), 0);
	assert_int_equal(throttle_list(throttle, 1, rows, 4), 1);
	assert_int_equal(rows[0].number, 7);
	assert_int_equal(rows[0].failures, 2);
	assert_int_equal(rows[0].wait, SECOND);
	assert_string_equal(rows[0].network, "2001:db8::/64");
	assert_int_equal(throttle_forgive(throttle, 1, KIND_USER, 7), 1);
	assert_true(throttle_admits(throttle, &key));
	assert_int_equal(throttle_list(throttle, 1, rows, 4), 0);
	throttle_free(throttle);
	clock_set_for_test(0);
}

static void switched_off_it_admits_everything(void **state)
{
	(void)state;
	struct throttle *throttle = throttle_new(&(struct throttle_bounds){ .off = true });
	struct throttle_key key = { 1, KIND_USER, 7, SPAN_NONE, "192.0.2.1" };
	for (unsigned i = 0; i < 100; i++)
		assert_false(throttle_failed(throttle, &key));
	assert_true(throttle_admits(throttle, &key));
	throttle_free(throttle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_does_what_a_plain_model_of_it_does),
		cmocka_unit_test(nobody_waits_longer_than_the_longest_delay),
		cmocka_unit_test(
			an_account_that_is_tried_from_everywhere_opens_where_it_has_signed_in),
		cmocka_unit_test(an_application_server_is_not_locked_for_one_of_its_people),
		cmocka_unit_test(an_address_of_the_same_64_is_the_same_network),
		cmocka_unit_test(of_those_who_come_at_once_one_is_looked_at),
		cmocka_unit_test(who_waits_is_listed_and_can_be_let_go),
		cmocka_unit_test(switched_off_it_admits_everything),
	};
	if (!secret_start())
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
