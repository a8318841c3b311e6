#include "base/arena.h"
#include "base/buffer.h"
#include "base/codec.h"

#include "unit.h"

#include <stdalign.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void what_an_arena_gives_is_aligned_and_apart(void **state)
{
	struct arena *arena = arena_new();
	uint8_t *parts[400];

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		parts[i] = arena_alloc(arena, i);
		assert_int_equal((uintptr_t)parts[i] % alignof(max_align_t), 0);
		memset(parts[i], (int)(i & 0xff), i);
	}
	for (size_t i = 0; i < 400; i++)
		for (size_t at = 0; at < i; at++)
			assert_int_equal(parts[i][at], i & 0xff);
	arena_free(arena);
}

static void a_large_piece_does_not_waste_the_block_that_serves(void **state)
{
	struct arena *arena = arena_new();
	char *first = arena_alloc(arena, 16);
	char *large = arena_alloc(arena, 3 * 1024 * 1024);
	char *small;

	(void)state;
	memset(large, 1, 3 * 1024 * 1024);
	memset(first, 2, 16);
	for (size_t i = 0; i < 100; i++) {
		small = arena_alloc(arena, 1000);
		memset(small, 3, 1000);
	}
	assert_int_equal(large[3 * 1024 * 1024 - 1], 1);
	assert_int_equal(first[15], 2);
	arena_free(arena);
}

static void a_reset_arena_serves_from_its_first_block_again(void **state)
{
	struct arena *arena = arena_new();
	void *first = arena_alloc(arena, 100);

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		arena_alloc(arena, 500);
	assert_true(arena_used(arena) >= 500 * 1000);
	arena_reset(arena);
	assert_int_equal(arena_used(arena), 0);
	assert_ptr_equal(arena_alloc(arena, 100), first);
	arena_free(arena);
	arena_free(NULL);
}

static void zeroed_memory_is_zero_after_a_reset(void **state)
{
	struct arena *arena = arena_new();
	uint8_t *memory = arena_alloc(arena, 1000);

	(void)state;
	memset(memory, 0xff, 1000);
	arena_reset(arena);
	memory = arena_array(arena, 250, 4);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(memory[i], 0);
	arena_free(arena);
}

static void copies_are_the_arenas_own(void **state)
{
	struct arena *arena = arena_new();
	char text[] = "uid=x";
	struct span copy = arena_copy(arena, span_str(text));
	char *string = arena_string(arena, span_str(text));

	(void)state;
	text[0] = '#';
	assert_span(copy, "uid=x");
	assert_string_equal(string, "uid=x");
	assert_string_equal(arena_string(arena, SPAN_NONE), "");
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 12), "a-12");
	arena_free(arena);
}

static int exit_code_of(void (*work)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		close(STDERR_FILENO);
		work();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ask_for_an_array_beyond_size_t(void)
{
	arena_array(arena_new(), SIZE_MAX / 2, 3);
}

static void ask_for_the_whole_address_space(void)
{
	volatile size_t size = SIZE_MAX;

	arena_alloc(arena_new(), size);
}

static void refused_memory_ends_the_process_with_71(void **state)
{
	(void)state;
	assert_int_equal(exit_code_of(ask_for_an_array_beyond_size_t), 71);
	assert_int_equal(exit_code_of(ask_for_the_whole_address_space), 71);
}

static void heap_objects_start_zeroed_and_keep_their_octets_as_they_grow(void **state)
{
	uint8_t *memory = heap_zalloc(16);
	char *text = heap_string("abc");

	(void)state;
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(memory[i], 0);
	memory[15] = 9;
	memory = heap_grow(memory, 4096);
	assert_int_equal(memory[15], 9);
	assert_string_equal(text, "abc");
	free(memory);
	free(text);
}

static void a_buffer_takes_exactly_its_limit(void **state)
{
	struct buffer b;

	(void)state;
	buffer_init(&b, 10);
	buffer_put(&b, "12345", 5);
	buffer_put(&b, "67890", 5);
	assert_false(b.failed);
	assert_span(buffer_span(&b), "1234567890");
	buffer_put_octet(&b, 'x');
	assert_true(b.failed);
	assert_span(buffer_span(&b), "1234567890");
	buffer_free(&b);
}

static void after_the_limit_nothing_changes_until_a_reset(void **state)
{
	struct buffer b;

	(void)state;
	buffer_init(&b, 4);
	buffer_put(&b, "ab", 2);
	buffer_put(&b, "cde", 3);
	buffer_put(&b, "f", 1);
	assert_true(b.failed);
	assert_span(buffer_span(&b), "ab");
	assert_null(buffer_reserve(&b, 1));
	buffer_reset(&b);
	buffer_put(&b, "wxyz", 4);
	assert_false(b.failed);
	assert_span(buffer_span(&b), "wxyz");
	buffer_free(&b);
}

static void formatted_text_counts_without_its_terminator(void **state)
{
	struct buffer b;

	(void)state;
	buffer_init(&b, 6);
	buffer_putf(&b, "%d-%s", 12, "abc");
	assert_false(b.failed);
	assert_span(buffer_span(&b), "12-abc");
	buffer_putf(&b, "%c", 'x');
	assert_true(b.failed);
	buffer_free(&b);
}

static void consuming_moves_the_rest_to_the_front(void **state)
{
	struct buffer b;

	(void)state;
	buffer_init(&b, 100);
	buffer_put(&b, "abcdef", 6);
	buffer_consume(&b, 2);
	assert_span(buffer_span(&b), "cdef");
	buffer_consume(&b, 4);
	assert_int_equal(b.len, 0);
	buffer_free(&b);
}

static void what_the_writer_wrote_the_reader_reads(void **state)
{
	struct buffer b;
	struct reader r;

	(void)state;
	buffer_init(&b, 1000);
	write_u8(&b, 0xab);
	write_u16(&b, 0xabcd);
	write_u32(&b, 0xabcdef01);
	write_u64(&b, 0x0123456789abcdef);
	write_span(&b, SPAN("text"));
	write_span(&b, SPAN_NONE);
	assert_int_equal(b.len, 1 + 2 + 4 + 8 + 4 + 4 + 4);
	r = reader_of(buffer_span(&b));
	assert_int_equal(read_u8(&r), 0xab);
	assert_int_equal(read_u16(&r), 0xabcd);
	assert_int_equal(read_u32(&r), 0xabcdef01);
	assert_true(read_u64(&r) == 0x0123456789abcdef);
	assert_span(read_span(&r), "text");
	assert_false(read_done(&r));
	assert_span(read_span(&r), "");
	assert_true(read_done(&r));
	buffer_free(&b);
}

static void a_read_past_the_end_is_zero_and_stays_bad(void **state)
{
	static const uint8_t octets[] = { 0, 0, 0, 9, 'a', 'b' };
	struct reader r = reader_of(span_of(octets, sizeof octets));

	(void)state;
	assert_span(read_span(&r), "");
	assert_true(r.bad);
	assert_int_equal(read_u8(&r), 0);
	assert_false(read_done(&r));
	r = reader_of(SPAN_NONE);
	assert_true(read_done(&r));
	assert_int_equal(read_u64(&r), 0);
	assert_false(read_done(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_arena_gives_is_aligned_and_apart),
		cmocka_unit_test(a_large_piece_does_not_waste_the_block_that_serves),
		cmocka_unit_test(a_reset_arena_serves_from_its_first_block_again),
		cmocka_unit_test(zeroed_memory_is_zero_after_a_reset),
		cmocka_unit_test(copies_are_the_arenas_own),
		cmocka_unit_test(refused_memory_ends_the_process_with_71),
		cmocka_unit_test(heap_objects_start_zeroed_and_keep_their_octets_as_they_grow),
		cmocka_unit_test(a_buffer_takes_exactly_its_limit),
		cmocka_unit_test(after_the_limit_nothing_changes_until_a_reset),
		cmocka_unit_test(formatted_text_counts_without_its_terminator),
		cmocka_unit_test(consuming_moves_the_rest_to_the_front),
		cmocka_unit_test(what_the_writer_wrote_the_reader_reads),
		cmocka_unit_test(a_read_past_the_end_is_zero_and_stays_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
