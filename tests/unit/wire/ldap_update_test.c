/* Requests that write, octet by octet. */
#include "base/limits.h"
#include "wire/ldap_update.h"
#include "wire/tlv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct request {
	struct arena *arena;
	struct buffer body;
	struct change_request change;
};

static int begin(void **state)
{
	struct request *request = heap_zalloc(sizeof *request);

	request->arena = arena_new();
	buffer_init(&request->body, 4 * MIB);
	*state = request;
	return 0;
}

static int end(void **state)
{
	struct request *request = *state;

	arena_free(request->arena);
	buffer_free(&request->body);
	free(request);
	return 0;
}

/* A modify of `changes` modifications with `values` values each. */
static void put_modify(struct request *request, int op, size_t changes, size_t values)
{
	struct buffer *out = &request->body;
	size_t list;

	tlv_put_text(out, TLV_OCTETS, "uid=x,o=acme");
	list = tlv_open(out, TLV_SEQUENCE);
	for (size_t i = 0; i < changes; i++) {
		size_t change = tlv_open(out, TLV_SEQUENCE), attribute, set;

		tlv_put_integer(out, TLV_ENUMERATED, op);
		attribute = tlv_open(out, TLV_SEQUENCE);
		tlv_put_text(out, TLV_OCTETS, "title");
		set = tlv_open(out, TLV_SET);
		for (size_t j = 0; j < values; j++)
			tlv_put_text(out, TLV_OCTETS, "v");
		tlv_close(out, set);
		tlv_close(out, attribute);
		tlv_close(out, change);
	}
	tlv_close(out, list);
}

static enum err read_modify(struct request *request)
{
	return modify_request_read(
		request->arena, buffer_span(&request->body), &request->change, NULL);
}

static void a_modify_is_its_changes_in_their_order(void **state)
{
	struct request *request = *state;

	put_modify(request, CHANGE_INCREMENT, 2, 3);
	assert_int_equal(read_modify(request), OK);
	assert_true(span_equal(request->change.dn, SPAN("uid=x,o=acme")));
	assert_int_equal(request->change.count, 2);
	assert_int_equal(request->change.changes[1].op, CHANGE_INCREMENT);
	assert_int_equal(request->change.changes[1].count, 3);
	assert_true(span_equal(request->change.changes[1].values[2], SPAN("v")));
}

static void a_change_of_an_unknown_sort_is_malformed(void **state)
{
	struct request *request = *state;

	put_modify(request, 4, 1, 1);
	assert_int_equal(read_modify(request), ERR_PROTOCOL);
}

static void the_limits_are_held_before_memory_is_taken(void **state)
{
	struct request *request = *state;

	put_modify(request, CHANGE_ADD, LIMIT_LDAP_CHANGES, 1);
	assert_int_equal(read_modify(request), OK);
	buffer_reset(&request->body);
	put_modify(request, CHANGE_ADD, LIMIT_LDAP_CHANGES + 1, 1);
	assert_int_equal(read_modify(request), ERR_TOO_LARGE);
	buffer_reset(&request->body);
	put_modify(request, CHANGE_ADD, 1, LIMIT_LDAP_VALUES + 1);
	assert_int_equal(read_modify(request), ERR_TOO_LARGE);
	buffer_reset(&request->body);
	put_modify(request, CHANGE_ADD, 2, LIMIT_LDAP_VALUES / 2 + 1);
	assert_int_equal(read_modify(request), ERR_TOO_LARGE);
}

static void every_shorter_message_is_malformed(void **state)
{
	struct request *request = *state;

	put_modify(request, CHANGE_ADD, 2, 2);
	for (size_t n = 0; n < request->body.len; n++)
		assert_int_equal(modify_request_read(request->arena, span_of(request->body.data, n),
					 &request->change, NULL),
			ERR_PROTOCOL);
}

static void a_rename_says_where_to_when_it_leaves(void **state)
{
	struct request *request = *state;
	struct rename_request rename;
	struct buffer *out = &request->body;

	tlv_put_text(out, TLV_OCTETS, "uid=x,o=acme");
	tlv_put_text(out, TLV_OCTETS, "uid=y");
	tlv_put(out, TLV_BOOLEAN, SPAN("\xff"));
	assert_int_equal(rename_request_read(buffer_span(out), &rename, NULL), OK);
	assert_true(rename.delete_old && !rename.has_superior);
	tlv_put_text(out, 0x80, "o=acme");
	assert_int_equal(rename_request_read(buffer_span(out), &rename, NULL), OK);
	assert_true(rename.has_superior && span_equal(rename.superior, SPAN("o=acme")));
	tlv_put_text(out, 0x80, "again");
	assert_int_equal(rename_request_read(buffer_span(out), &rename, NULL), ERR_PROTOCOL);
}

static void each_part_of_a_password_request_may_be_left_out(void **state)
{
	struct password_request request;

	(void)state;
	assert_int_equal(password_request_read(SPAN("\x30\x00"), &request, NULL), OK);
	assert_false(request.has_identity || request.has_old || request.has_new);
	assert_int_equal(password_request_read(SPAN("\x30\x03\x82\x01z"), &request, NULL), OK);
	assert_true(request.has_new && span_equal(request.new, SPAN("z")));
	assert_int_equal(password_request_read(SPAN("\x30\x06\x82\x01z\x81\x01y"), &request, NULL),
		ERR_PROTOCOL);
	assert_int_equal(
		password_request_read(SPAN("\x30\x03\x83\x01z"), &request, NULL), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_modify_is_its_changes_in_their_order, begin, end),
		cmocka_unit_test_setup_teardown(
			a_change_of_an_unknown_sort_is_malformed, begin, end),
		cmocka_unit_test_setup_teardown(
			the_limits_are_held_before_memory_is_taken, begin, end),
		cmocka_unit_test_setup_teardown(every_shorter_message_is_malformed, begin, end),
		cmocka_unit_test_setup_teardown(a_rename_says_where_to_when_it_leaves, begin, end),
		cmocka_unit_test(each_part_of_a_password_request_may_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
