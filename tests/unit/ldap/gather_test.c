/* What a sorted search keeps: in order, in portions, within the limit. */
#include "../dice.h"
#include "base/limits.h"
#include "in/ldap/gather.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 3000

static int compare(const void *a, const void *b)
{
	return gathered_compare(a, b);
}

static void put_many(
	struct gather *gather, struct gathered *items, uint8_t keys[][3], struct dice *dice)
{
	for (uint32_t i = 0; i < MANY; i++) {
		for (size_t n = 0; n < 3; n++)
			keys[i][n] = (uint8_t)dice_roll(dice, 6);
		items[i] =
			(struct gathered){ KIND_USER, i + 1, span_of(keys[i], dice_roll(dice, 4)) };
		assert_true(gather_put(gather, &items[i]));
	}
}

static void what_was_put_in_any_order_comes_in_order(void **state)
{
	static struct gathered items[MANY];
	static uint8_t keys[MANY][3];
	struct dice dice = { 0x5eed };
	struct gather *gather = gather_new();
	unsigned budget = MANY;

	(void)state;
	printf("seed %llx\n", (unsigned long long)dice.state);
	put_many(gather, items, keys, &dice);
	qsort(items, MANY, sizeof *items, compare);
	assert_int_equal(gather_count(gather), MANY);
	assert_true(gather_order(gather, MANY, &budget));
	for (size_t i = 0; i < MANY; i++) {
		struct gathered item = gather_at(gather, i);

		assert_int_equal(gathered_compare(&item, &items[i]), 0);
	}
	gather_free(gather);
}

static void order_comes_in_portions(void **state)
{
	static struct gathered items[MANY];
	static uint8_t keys[MANY][3];
	struct dice dice = { 0x5eed };
	struct gather *gather = gather_new();
	unsigned budget = 10;

	(void)state;
	put_many(gather, items, keys, &dice);
	qsort(items, MANY, sizeof *items, compare);
	assert_false(gather_order(gather, 11, &budget));
	assert_int_equal(budget, 0);
	assert_int_equal(gather_at(gather, 9).number, items[9].number);
	budget = 10;
	assert_true(gather_order(gather, 11, &budget));
	assert_int_equal(budget, 9);
	assert_int_equal(gather_at(gather, 10).number, items[10].number);
	gather_free(gather);
}

static void more_than_the_limit_is_not_kept(void **state)
{
	static const uint8_t key[GATHER_KEY_MAX];
	struct gather *gather = gather_new();
	struct gathered item = { KIND_USER, 0, span_of(key, sizeof key) };

	(void)state;
	do
		item.number++;
	while (gather_put(gather, &item));
	assert_true(gather_octets(gather) <= LIMIT_LDAP_SORT_OCTETS);
	assert_true(gather_octets(gather) > LIMIT_LDAP_SORT_OCTETS - 2 * GATHER_KEY_MAX);
	assert_int_equal(gather_count(gather), item.number - 1);
	gather_free(gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_in_any_order_comes_in_order),
		cmocka_unit_test(order_comes_in_portions),
		cmocka_unit_test(more_than_the_limit_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
