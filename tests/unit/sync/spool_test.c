#include "base/codec.h"
#include "in/sync/frame.h"
#include "in/sync/memory.h"
#include "in/sync/spool.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWS 40000

static struct spool spool;

static void put(uint32_t number)
{
	struct buffer bytes;
	uint8_t ids[64] = { 0 };
	struct row *row = heap_zalloc(sizeof(*row));

	put_be32(ids, number);
	row->type = FRAME_IDS;
	row->ids = span_of(ids, 16 * (1 + number % 4));
	buffer_init(&bytes, KIB);
	frame_put_row(&bytes, row);
	spool_put(&spool, buffer_span(&bytes));
	buffer_free(&bytes);
	free(row);
}

static uint32_t number_of(struct span frame)
{
	/* length, type, flag, length of the ids */
	return get_be32(frame.data + 4 + 1 + 1 + 4);
}

static void expect(uint32_t from, uint32_t to)
{
	uint64_t at = 0;
	struct span frame;

	for (uint32_t i = from; i < to; i++) {
		assert_true(spool_next(&spool, &at, &frame));
		assert_int_equal(number_of(frame), i);
	}
	assert_false(spool_next(&spool, &at, &frame));
	assert_int_equal(spool_error(&spool, NULL), OK);
}

static void rows_come_back_in_order_from_memory_and_from_the_file(void **state)
{
	(void)state;
	spool_open(&spool, "/tmp");
	for (uint32_t i = 0; i < 10; i++)
		put(i);
	assert_int_equal(spool.fd, -1);
	expect(0, 10);
	for (uint32_t i = 10; i < ROWS; i++)
		put(i);
	assert_true(spool.fd >= 0);
	expect(0, ROWS);
	expect(0, ROWS);
	spool_close(&spool);
}

static void what_was_taken_back_is_gone(void **state)
{
	uint64_t ends[3];

	(void)state;
	spool_open(&spool, "/tmp");
	for (uint32_t i = 0; i < ROWS; i++) {
		if (i == 5 || i == 1000 || i == ROWS - 1)
			ends[i == 5 ? 0 : i == 1000 ? 1 : 2] = spool_end(&spool);
		put(i);
	}
	spool_truncate(&spool, ends[2]);
	expect(0, ROWS - 1);
	spool_truncate(&spool, ends[1]);
	expect(0, 1000);
	put(1000);
	expect(0, 1001);
	spool_truncate(&spool, ends[0]);
	expect(0, 5);
	spool_reset(&spool);
	expect(0, 0);
	put(0);
	expect(0, 1);
	spool_close(&spool);
}

static void a_row_is_found_again_by_its_place(void **state)
{
	uint64_t place = 0;
	struct span frame;

	(void)state;
	spool_open(&spool, "/tmp");
	for (uint32_t i = 0; i < ROWS; i++) {
		if (i == 7)
			place = spool_end(&spool);
		put(i);
	}
	expect(0, ROWS);
	assert_true(spool_next(&spool, &place, &frame));
	assert_int_equal(number_of(frame), 7);
	spool_close(&spool);
}

static void a_folder_that_is_not_there_is_an_error_not_a_crash(void **state)
{
	(void)state;
	spool_open(&spool, "/nonexistent");
	for (uint32_t i = 0; i < ROWS; i++)
		put(i);
	assert_int_equal(spool_error(&spool, NULL), ERR_IO);
	spool_close(&spool);
}

static void a_published_spool_is_taken_up_with_all_that_was_put_behind_its_rows(void **state)
{
	struct spool other;
	struct span frame;
	char path[256];
	uint64_t end, at;

	(void)state;
	spool_open(&spool, "/tmp");
	for (uint32_t i = 0; i < 10; i++)
		put(i);
	uint64_t rows = spool_end(&spool);
	put(10);
	snprintf(path, sizeof(path), "%s/muster-published-%d", spool.folder, (int)getpid());
	spool_publish(&spool, path, rows);
	assert_int_equal(spool_error(&spool, NULL), OK);
	expect(0, 10);
	spool_open(&other, spool.folder);
	assert_true(spool_adopt(&other, path, &end));
	assert_int_equal(end, rows);
	at = end;
	assert_true(spool_next(&other, &at, &frame));
	assert_int_equal(number_of(frame), 10);
	assert_false(spool_next(&other, &at, &frame));
	spool_cut(&other, end);
	assert_int_equal(spool_end(&other), rows);
	spool_close(&other);
	/* The next run has a file of its own. */
	unlink(path);
	spool_reset(&spool);
	put(7);
	spool_publish(&spool, path, spool_end(&spool));
	assert_int_equal(spool_error(&spool, NULL), OK);
	expect(7, 8);
	unlink(path);
	spool_close(&spool);
}

static void a_file_that_is_cut_short_is_not_taken_up(void **state)
{
	struct spool other;
	char path[256];
	uint64_t end;

	(void)state;
	spool_open(&spool, "/tmp");
	put(1);
	snprintf(path, sizeof(path), "%s/muster-published-%d", spool.folder, (int)getpid());
	spool_publish(&spool, path, spool_end(&spool));
	assert_int_equal(truncate(path, 7), 0);
	spool_open(&other, spool.folder);
	assert_false(spool_adopt(&other, path, &end));
	unlink(path);
	assert_false(spool_adopt(&other, path, &end));
	spool_close(&other);
	spool_close(&spool);
}

static void a_memory_is_read_as_it_was_written(void **state)
{
	struct arena *arena = arena_new();
	struct memory memory = { .cookie = "rid=000", .cookie_len = 7, .people = 12 }, again;

	(void)state;
	memory.came.slots[3].net = -2;
	memory.counts.held = 9;
	memory.held = uuid_new();
	struct span value = memory_write(arena, &memory);
	memory_read(value, &again);
	assert_memory_equal(&memory, &again, sizeof(memory));
	memory_read(span_of(value.data, value.len - 1), &again);
	assert_int_equal(again.cookie_len, 0);
	memory_read(SPAN_NONE, &again);
	assert_int_equal(again.cookie_len, 0);
	arena_free(arena);
}

static void open_members_survive_and_are_bounded(void **state)
{
	struct arena *arena = arena_new();
	const struct uuid groups[3] = { uuid_new(), uuid_new(), uuid_new() };
	struct open_members open, again;
	uint32_t kept = 0;

	(void)state;
	open_members_init(&open);
	open_members_init(&again);
	while (open_members_add(&open, &groups[kept % 3], SPAN("uid=somebody,dc=example")))
		kept++;
	assert_int_equal(kept, OPEN_MAX);
	open_members_drop_group(&open, &groups[1]);
	open_members_read(open_members_write(arena, &open), &again);
	assert_int_equal(again.count, open.count);
	assert_false(again.changed);
	for (size_t i = 0; i < again.count; i++)
		assert_false(uuid_equal(&again.rows[i].group, &groups[1]));
	open_members_free(&open);
	open_members_free(&again);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back_in_order_from_memory_and_from_the_file),
		cmocka_unit_test(what_was_taken_back_is_gone),
		cmocka_unit_test(a_row_is_found_again_by_its_place),
		cmocka_unit_test(a_folder_that_is_not_there_is_an_error_not_a_crash),
		cmocka_unit_test(
			a_published_spool_is_taken_up_with_all_that_was_put_behind_its_rows),
		cmocka_unit_test(a_file_that_is_cut_short_is_not_taken_up),
		cmocka_unit_test(a_memory_is_read_as_it_was_written),
		cmocka_unit_test(open_members_survive_and_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
