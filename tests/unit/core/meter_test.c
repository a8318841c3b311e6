/* Requests of clients are counted against a clock that the tests say. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define START (INT64_C(1000) * SECOND)

static int setup(void **state)
{
	*state = meter_new();
	return 0;
}

static int teardown(void **state)
{
	meter_free(*state);
	return 0;
}

static unsigned take_all(
	struct meter *meter, uint32_t tenant, uint32_t client, uint32_t rate, int64_t now)
{
	int64_t wait;
	unsigned count = 0;
	while (meter_take(meter, tenant, client, rate, now, &wait))
		count++;
	return count;
}

static void two_seconds_worth_is_let_in_at_once(void **state)
{
	static const uint32_t rates[] = { 1, 3, 7, 500, 999, 60000, 100000 };
	for (uint32_t i = 0; i < sizeof rates / sizeof *rates; i++)
		assert_int_equal(take_all(*state, 1, i + 1, rates[i], START), 2 * rates[i]);
}

static void what_was_let_in_comes_back_at_the_rate(void **state)
{
	struct meter *meter = *state;
	int64_t now = START, wait;
	take_all(meter, 1, 1, 10, now);
	assert_false(meter_take(meter, 1, 1, 10, now, &wait));
	assert_int_equal(wait, SECOND / 10);
	assert_false(meter_take(meter, 1, 1, 10, now + wait - 1, &wait));
	assert_int_equal(wait, 1);
	now += SECOND / 10;
	assert_true(meter_take(meter, 1, 1, 10, now, &wait));
	assert_false(meter_take(meter, 1, 1, 10, now, &wait));
	assert_int_equal(take_all(meter, 1, 1, 10, now + SECOND), 10);
	assert_int_equal(take_all(meter, 1, 1, 10, now + 3600 * SECOND), 20);
}

static void one_client_does_not_pay_for_another(void **state)
{
	struct meter *meter = *state;
	int64_t wait;
	take_all(meter, 1, 1, 5, START);
	assert_false(meter_take(meter, 1, 1, 5, START, &wait));
	assert_int_equal(take_all(meter, 1, 2, 5, START), 10);
	assert_int_equal(take_all(meter, 2, 1, 5, START), 10);
}

/* More clients than there is room for: none is refused for what others asked. */
static void very_many_clients_do_not_pay_for_each_other(void **state)
{
	struct meter *meter = *state;
	int64_t wait;
	for (uint32_t client = 1; client <= 200000; client++)
		for (unsigned i = 0; i < 2; i++)
			assert_true(meter_take(meter, 7, client, 1, START, &wait));
}

#define THREADS 8

struct crowd {
	struct meter *meter;
	uint32_t rate;
	pthread_barrier_t begin;
	atomic_uint let_in;
};

static void *push(void *arg)
{
	struct crowd *crowd = arg;
	pthread_barrier_wait(&crowd->begin);
	atomic_fetch_add(&crowd->let_in, take_all(crowd->meter, 3, 4, crowd->rate, START));
	return NULL;
}

static void threads_together_get_no_more_than_one(void **state)
{
	for (unsigned round = 0; round < 50; round++) {
		struct crowd crowd = { .meter = meter_new(), .rate = 1000 + round };
		pthread_t threads[THREADS];
		pthread_barrier_init(&crowd.begin, NULL, THREADS);
		for (unsigned i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, push, &crowd), 0);
		for (unsigned i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		assert_int_equal(atomic_load(&crowd.let_in), 2 * crowd.rate);
		pthread_barrier_destroy(&crowd.begin);
		meter_free(crowd.meter);
	}
	(void)state;
}

static void an_actor_asks_at_its_client_s_rate(void **state)
{
	struct fixture *f = *state;
	unsigned seconds = 0;
	struct why why = { 0 };
	struct actor actor = { .tenant = f->acme, .entrance = { .client = 9, .rate = 1 } };
	int64_t refused = metric_get(METRIC_RATE_REFUSED);
	clock_set_for_test(START);
	assert_int_equal(core_meter(f->core, &actor, &seconds, &why), OK);
	assert_int_equal(core_meter(f->core, &actor, &seconds, &why), OK);
	assert_int_equal(core_meter(f->core, &actor, &seconds, &why), ERR_RATE);
	assert_int_equal(seconds, 1);
	assert_int_equal(metric_get(METRIC_RATE_REFUSED), refused + 1);
	actor.entrance.rate = 0;
	assert_int_equal(core_meter(f->core, &actor, &seconds, &why), OK);
	clock_set_for_test(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(two_seconds_worth_is_let_in_at_once),
		TEST(what_was_let_in_comes_back_at_the_rate),
		TEST(one_client_does_not_pay_for_another),
		TEST(very_many_clients_do_not_pay_for_each_other),
		cmocka_unit_test(threads_together_get_no_more_than_one),
		cmocka_unit_test_setup_teardown(
			an_actor_asks_at_its_client_s_rate, fixture_setup, fixture_teardown),
#undef TEST
	};
	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
