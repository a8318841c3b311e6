#include "base/clock.h"
#include "base/codec.h"
#include "base/secret.h"
#include "base/uuid.h"

#include "unit.h"

#include <pthread.h>
#include <stdlib.h>

static void an_identity_is_a_version_7_uuid_of_this_moment(void **state)
{
	uint64_t before = (uint64_t)clock_wall() / 1000;
	struct uuid id = uuid_new();
	uint64_t at = (uint64_t)get_be16(id.octets) << 32 | get_be32(id.octets + 2);

	(void)state;
	assert_int_equal(id.octets[6] >> 4, 7);
	assert_int_equal(id.octets[8] >> 6, 2);
	assert_true(at >= before && at <= (uint64_t)clock_wall() / 1000 + 1);
}

static void identities_rise_even_when_the_clock_stands_or_falls(void **state)
{
	struct uuid last = uuid_new(), next;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		if (i == 5000)
			clock_set_for_test(clock_wall());
		if (i == 15000)
			clock_set_for_test(SECOND);
		next = uuid_new();
		assert_true(memcmp(last.octets, next.octets, 8) < 0);
		last = next;
	}
	clock_set_for_test(0);
}

#define EACH 20000
#define THREADS 4

static void *make_many(void *arg)
{
	struct uuid *ids = arg;

	for (size_t i = 0; i < EACH; i++)
		ids[i] = uuid_new();
	return NULL;
}

static int compare_moment(const void *a, const void *b)
{
	return memcmp(a, b, 8);
}

static void threads_never_share_a_moment(void **state)
{
	struct uuid *ids = test_malloc(THREADS * EACH * sizeof *ids);
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, make_many, ids + i * EACH);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i + 1 < EACH; i++)
		assert_true(compare_moment(&ids[i], &ids[i + 1]) < 0);
	qsort(ids, (size_t)THREADS * EACH, sizeof *ids, compare_moment);
	for (size_t i = 0; i + 1 < (size_t)THREADS * EACH; i++)
		assert_true(compare_moment(&ids[i], &ids[i + 1]) < 0);
	test_free(ids);
}

static void the_text_of_an_identity_is_read_back(void **state)
{
	struct uuid id = uuid_new(), back;
	char text[UUID_TEXT + 1];

	(void)state;
	uuid_format(&id, text);
	assert_int_equal(strlen(text), UUID_TEXT);
	assert_true(uuid_parse(span_str(text), &back));
	assert_true(uuid_equal(&id, &back));
	assert_true(uuid_parse(SPAN("018F0000-ABCD-7ABC-8DEF-0123456789AB"), &back));
	uuid_format(&back, text);
	assert_string_equal(text, "018f0000-abcd-7abc-8def-0123456789ab");
	assert_int_equal(uuid_span(&back).len, 16);
}

static void only_the_canonical_form_is_an_identity(void **state)
{
	static const char *const wrong[] = { "", "018f0000abcd7abc8def0123456789ab",
		"{018f0000-abcd-7abc-8def-0123456789ab}", "018f0000-abcd-7abc-8def-0123456789a",
		"018f0000-abcd-7abc-8def-0123456789abc", "018f0000-abcd-7abc-8def-0123456789ag",
		"018f0000-abcd-7abc-8def_0123456789ab", "018f000-0abcd-7abc-8def-0123456789ab" };
	struct uuid id = { { 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(uuid_parse(span_str(wrong[i]), &id));
	assert_int_equal(id.octets[0], 1);
	assert_false(uuid_is_nil(&id));
	assert_true(uuid_parse(SPAN("00000000-0000-0000-0000-000000000000"), &id));
	assert_true(uuid_is_nil(&id));
}

static void octets_are_an_identity_when_they_are_just_sixteen(void **state)
{
	struct uuid id = uuid_new(), back = { { 1 } };
	uint8_t octets[17] = { 0 };

	(void)state;
	memcpy(octets, id.octets, sizeof id.octets);
	assert_false(uuid_from_octets(SPAN_NONE, &back));
	assert_false(uuid_from_octets(span_of(octets, 15), &back));
	assert_false(uuid_from_octets(span_of(octets, 17), &back));
	assert_int_equal(back.octets[0], 1);
	assert_true(uuid_from_octets(span_of(octets, 16), &back));
	assert_true(uuid_equal(&id, &back));
}

static void a_reader_at_its_end_gives_no_identity(void **state)
{
	struct uuid id = uuid_new();
	struct reader in = reader_of(uuid_span(&id));

	(void)state;
	struct uuid back = read_uuid(&in);
	assert_true(uuid_equal(&id, &back));
	assert_true(read_done(&in));
	back = read_uuid(&in);
	assert_true(uuid_is_nil(&back));
	assert_true(in.bad);
}

static int start(void **state)
{
	(void)state;
	return secret_start() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_is_a_version_7_uuid_of_this_moment),
		cmocka_unit_test(identities_rise_even_when_the_clock_stands_or_falls),
		cmocka_unit_test(threads_never_share_a_moment),
		cmocka_unit_test(the_text_of_an_identity_is_read_back),
		cmocka_unit_test(only_the_canonical_form_is_an_identity),
		cmocka_unit_test(octets_are_an_identity_when_they_are_just_sixteen),
		cmocka_unit_test(a_reader_at_its_end_gives_no_identity),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
