#define _GNU_SOURCE /* memmem */

/* LDAP messages and filters, octet by octet. */
#include "base/arena.h"
#include "wire/ldap_filter.h"
#include "wire/ldap_pdu.h"
#include "wire/ldap_schema.h"
#include "wire/tlv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BYTES(...)                                                                                 \
	span_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static int arena_begin(void **state)
{
	*state = arena_new();
	return 0;
}

static int arena_end(void **state)
{
	arena_free(*state);
	return 0;
}

static enum frame frame_of(struct span input, size_t *len)
{
	return pdu_frame(input, LIMIT_LDAP_PDU_BEFORE_BIND, len);
}

static void a_message_is_whole_when_its_last_octet_is_there(void **state)
{
	struct span message = BYTES(0x30, 0x05, 0x02, 0x01, 0x01, 0x42, 0x00, 0x30);
	size_t len;

	(void)state;
	for (size_t n = 0; n < 7; n++)
		assert_int_equal(frame_of(span_of(message.data, n), &len), FRAME_PARTIAL);
	assert_int_equal(frame_of(message, &len), FRAME_WHOLE);
	assert_int_equal(len, 7);
}

static void a_length_in_four_octets_is_accepted(void **state)
{
	struct span message =
		BYTES(0x30, 0x84, 0x00, 0x00, 0x00, 0x05, 0x02, 0x01, 0x01, 0x42, 0x00);
	struct pdu pdu;
	size_t len;

	(void)state;
	assert_int_equal(frame_of(message, &len), FRAME_WHOLE);
	assert_int_equal(len, message.len);
	assert_int_equal(pdu_read(message, &pdu, NULL), OK);
	assert_int_equal(pdu.tag, OP_UNBIND);
}

static void lengths_beyond_the_limit_are_judged_by_their_head(void **state)
{
	size_t len;

	(void)state;
	assert_int_equal(
		frame_of(BYTES(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), &len), FRAME_TOO_LARGE);
	assert_int_equal(
		frame_of(BYTES(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff), &len), FRAME_TOO_LARGE);
	assert_int_equal(frame_of(BYTES(0x30, 0x83, 0x04, 0x00, 0x00), &len), FRAME_TOO_LARGE);
	assert_int_equal(frame_of(BYTES(0x30, 0x83, 0x03, 0xff, 0x00), &len), FRAME_PARTIAL);
}

static void what_is_no_message_is_told_at_once(void **state)
{
	size_t len;

	(void)state;
	assert_int_equal(frame_of(SPAN("G"), &len), FRAME_BAD);
	assert_int_equal(frame_of(BYTES(0x30, 0x80), &len), FRAME_BAD);
	assert_int_equal(frame_of(BYTES(0x30, 0x85), &len), FRAME_BAD);
	assert_int_equal(frame_of(BYTES(0x30, 0x89), &len), FRAME_BAD);
}

static struct span message_with_id(struct arena *arena, struct span id)
{
	struct buffer out;
	struct span message;
	size_t opened;

	buffer_init(&out, KIB);
	opened = tlv_open(&out, TLV_SEQUENCE);
	tlv_put(&out, TLV_INTEGER, id);
	tlv_put(&out, OP_UNBIND, SPAN_NONE);
	tlv_close(&out, opened);
	message = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return message;
}

static void message_ids_are_positive_and_fit_31_bits(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		enum err err;
	} cases[] = {
		{ "\x01", 1, OK },
		{ "\x7f\xff\xff\xff", 4, OK },
		{ "\x00\x01", 2, OK },
		{ "\x00", 1, ERR_PROTOCOL },
		{ "\xff", 1, ERR_PROTOCOL },
		{ "", 0, ERR_PROTOCOL },
		{ "\x00\x80\x00\x00\x00", 5, ERR_PROTOCOL },
		{ "\x00\x00\x00\x00\x00\x00\x00\x00\x01", 9, ERR_PROTOCOL },
	};
	struct pdu pdu;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span id = span_of(cases[i].octets, cases[i].len);

		assert_int_equal(pdu_read(message_with_id(*state, id), &pdu, NULL), cases[i].err);
	}
}

static void inner_lengths_must_fit_the_outer(void **state)
{
	struct pdu pdu;

	(void)state;
	assert_int_equal(pdu_read(BYTES(0x30, 0x05, 0x02, 0x01, 0x01, 0x42, 0x01), &pdu, NULL),
		ERR_PROTOCOL);
	assert_int_equal(
		pdu_read(BYTES(0x30, 0x06, 0x02, 0x01, 0x01, 0x42, 0x00, 0x00), &pdu, NULL),
		ERR_PROTOCOL);
	assert_int_equal(pdu_read(BYTES(0x30, 0x00), &pdu, NULL), ERR_PROTOCOL);
	assert_int_equal(pdu_read(BYTES(0x30, 0x03, 0x02, 0x01, 0x01), &pdu, NULL), ERR_PROTOCOL);
}

static void unknown_elements_behind_the_controls_are_ignored(void **state)
{
	struct pdu pdu;

	(void)state;
	assert_int_equal(
		pdu_read(BYTES(0x30, 0x09, 0x02, 0x01, 0x01, 0x42, 0x00, 0x85, 0x02, 'z', 'z'),
			&pdu, NULL),
		OK);
}

static enum err read_controls(struct arena *arena, unsigned count, struct pdu *pdu)
{
	struct buffer out;
	size_t message, controls;
	enum err err;

	buffer_init(&out, 64 * KIB);
	message = tlv_open(&out, TLV_SEQUENCE);
	tlv_put_integer(&out, TLV_INTEGER, 7);
	tlv_put(&out, OP_UNBIND, SPAN_NONE);
	controls = tlv_open(&out, 0xa0);
	for (unsigned i = 0; i < count; i++) {
		size_t control = tlv_open(&out, TLV_SEQUENCE);

		tlv_put_text(&out, TLV_OCTETS, arena_printf(arena, "1.2.%u", i));
		if (i == 0)
			tlv_put(&out, TLV_BOOLEAN, BYTES(0xff));
		tlv_put_text(&out, TLV_OCTETS, "value");
		tlv_close(&out, control);
	}
	tlv_close(&out, controls);
	tlv_close(&out, message);
	err = pdu_read(arena_copy(arena, buffer_span(&out)), pdu, NULL);
	buffer_free(&out);
	return err;
}

static void controls_are_read_up_to_the_limit(void **state)
{
	struct pdu pdu;

	assert_int_equal(read_controls(*state, LIMIT_LDAP_CONTROLS, &pdu), OK);
	assert_int_equal(pdu.control_count, LIMIT_LDAP_CONTROLS);
	assert_true(pdu.controls[0].critical);
	assert_false(pdu.controls[1].critical);
	assert_int_equal(read_controls(*state, LIMIT_LDAP_CONTROLS + 1, &pdu), ERR_PROTOCOL);
}

static void a_result_reads_back_as_it_was_written(void **state)
{
	struct buffer out;
	struct result result = { .id = 0x12345678,
		.tag = OP_SEARCH_DONE,
		.code = RESULT_NO_SUCH_OBJECT,
		.matched = SPAN("dc=test"),
		.text = SPAN("gone") };
	struct tlv_reader outer, in, op;

	(void)state;
	buffer_init(&out, KIB);
	result_write(&out, &result);
	outer = tlv_reader_of(buffer_span(&out));
	in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));
	assert_true(tlv_done(&outer));
	assert_int_equal(tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX), 0x12345678);
	op = tlv_reader_of(tlv_take(&in, OP_SEARCH_DONE));
	assert_true(tlv_done(&in));
	assert_int_equal(tlv_take_integer(&op, TLV_ENUMERATED, 0, 127), RESULT_NO_SUCH_OBJECT);
	assert_true(span_equal(tlv_take(&op, TLV_OCTETS), SPAN("dc=test")));
	assert_true(span_equal(tlv_take(&op, TLV_OCTETS), SPAN("gone")));
	assert_true(tlv_done(&op));
	buffer_free(&out);
}

static void integers_take_their_shortest_form(void **state)
{
	static const struct {
		int32_t value;
		size_t len;
	} cases[] = { { 0, 3 }, { 127, 3 }, { 128, 4 }, { -1, 3 }, { -128, 3 }, { -129, 4 },
		{ 32767, 4 }, { 32768, 5 }, { INT32_MAX, 6 }, { INT32_MIN, 6 } };
	struct buffer out;

	(void)state;
	buffer_init(&out, KIB);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tlv_reader in;

		buffer_reset(&out);
		tlv_put_integer(&out, TLV_INTEGER, cases[i].value);
		assert_int_equal(out.len, cases[i].len);
		in = tlv_reader_of(buffer_span(&out));
		assert_int_equal(
			tlv_take_integer(&in, TLV_INTEGER, INT32_MIN, INT32_MAX), cases[i].value);
	}
	buffer_free(&out);
}

/* ---- filters ---- */

static struct span leaf(struct arena *arena, uint8_t choice, struct span name, struct span value)
{
	struct buffer out;
	struct span element;
	size_t opened;

	buffer_init(&out, 64 * KIB);
	opened = tlv_open(&out, choice);
	tlv_put(&out, TLV_OCTETS, name);
	tlv_put(&out, TLV_OCTETS, value);
	tlv_close(&out, opened);
	element = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return element;
}

static struct span wrap(struct arena *arena, uint8_t choice, struct span part, unsigned times)
{
	struct buffer out;
	struct span element;
	size_t opened;

	buffer_init(&out, 64 * KIB);
	opened = tlv_open(&out, choice);
	for (unsigned i = 0; i < times; i++)
		buffer_put_span(&out, part);
	tlv_close(&out, opened);
	element = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return element;
}

static struct span nested(struct arena *arena, unsigned depth)
{
	struct span element = leaf(arena, 0xa3, SPAN("uid"), SPAN("x"));

	for (unsigned i = 1; i < depth; i++)
		element = wrap(arena, 0xa2, element, 1);
	return element;
}

static void filters_are_limited_in_depth_and_in_terms(void **state)
{
	struct arena *arena = *state;
	struct span term = leaf(arena, 0xa3, SPAN("uid"), SPAN("x"));
	struct filter *filter;

	assert_int_equal(filter_read(arena, nested(arena, LIMIT_FILTER_DEPTH), &filter, NULL), OK);
	assert_int_equal(filter_read(arena, nested(arena, LIMIT_FILTER_DEPTH + 1), &filter, NULL),
		ERR_UNWILLING);
	assert_int_equal(
		filter_read(arena, wrap(arena, 0xa1, term, LIMIT_FILTER_NODES - 1), &filter, NULL),
		OK);
	assert_int_equal(
		filter_read(arena, wrap(arena, 0xa1, term, LIMIT_FILTER_NODES), &filter, NULL),
		ERR_TOO_LARGE);
}

static void an_attribute_that_is_known_and_nowhere_is_false(void **state)
{
	static const char *const names[] = { "uid;lang-de", "jpegPhoto",
		"0.9.2342.19200300.100.1.60" };
	struct filter *filter;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct span element = leaf(*state, 0xa3, span_str(names[i]), SPAN("x"));

		assert_int_equal(filter_read(*state, element, &filter, NULL), OK);
		assert_int_equal(filter->op, FILTER_OR);
		assert_int_equal(filter->part_count, 0);
	}
}

static void the_supertype_of_names_stands_for_each_of_them(void **state)
{
	struct span element = leaf(*state, 0xa3, SPAN("name"), SPAN("x"));
	struct filter *filter;

	assert_int_equal(filter_read(*state, element, &filter, NULL), OK);
	assert_int_equal(filter->op, FILTER_OR);
	assert_true(filter->part_count > 5);
	for (size_t i = 0; i < filter->part_count; i++)
		assert_true(attr_is_name(filter->parts[i]->attr));
}

static void an_unknown_or_hidden_attribute_is_undefined(void **state)
{
	static const char *const names[] = { "nosuch", "userPassword", "", "uid;x-mine", "!!",
		"uid;lang-de;binary" };
	struct filter *filter;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct span element = leaf(*state, 0xa3, span_str(names[i]), SPAN("x"));

		assert_int_equal(filter_read(*state, element, &filter, NULL), OK);
		assert_int_equal(filter->op, FILTER_UNDEFINED);
	}
}

static void a_nul_in_a_text_is_no_value(void **state)
{
	struct filter *filter;
	struct span element = leaf(*state, 0xa3, SPAN("uid"), SPAN("ali\0ce"));

	assert_int_equal(filter_read(*state, element, &filter, NULL), OK);
	assert_int_equal(filter->op, FILTER_UNDEFINED);
}

static void an_unknown_choice_is_undefined(void **state)
{
	struct filter *filter;
	struct span element = leaf(*state, 0xac, SPAN("uid"), SPAN("x"));

	assert_int_equal(filter_read(*state, element, &filter, NULL), OK);
	assert_int_equal(filter->op, FILTER_UNDEFINED);
}

static enum err read_parts(struct arena *arena, struct span parts, struct filter **filter)
{
	struct buffer out;
	size_t opened;
	enum err err;

	buffer_init(&out, KIB);
	opened = tlv_open(&out, 0xa4);
	tlv_put(&out, TLV_OCTETS, SPAN("cn"));
	tlv_put(&out, TLV_SEQUENCE, parts);
	tlv_close(&out, opened);
	err = filter_read(arena, arena_copy(arena, buffer_span(&out)), filter, NULL);
	buffer_free(&out);
	return err;
}

static void substrings_keep_their_order(void **state)
{
	struct filter *filter;

	assert_int_equal(
		read_parts(*state, BYTES(0x80, 1, 'a', 0x81, 1, 'b', 0x82, 1, 'c'), &filter), OK);
	assert_int_equal(filter->op, FILTER_SUBSTRING);
	assert_int_equal(filter->any_count, 1);
	assert_int_equal(read_parts(*state, SPAN_NONE, &filter), ERR_PROTOCOL);
	assert_int_equal(read_parts(*state, BYTES(0x81, 0), &filter), ERR_PROTOCOL);
	assert_int_equal(
		read_parts(*state, BYTES(0x80, 1, 'a', 0x80, 1, 'b'), &filter), ERR_PROTOCOL);
	assert_int_equal(
		read_parts(*state, BYTES(0x82, 1, 'a', 0x81, 1, 'b'), &filter), ERR_PROTOCOL);
	assert_int_equal(read_parts(*state, BYTES(0x83, 1, 'a'), &filter), ERR_PROTOCOL);
}

static enum err read_extensible(struct arena *arena, struct span fields, struct filter **filter)
{
	return filter_read(arena, wrap(arena, 0xa9, fields, 1), filter, NULL);
}

static void extensible_matches_need_a_type_or_a_known_rule(void **state)
{
	struct filter *filter;

	assert_int_equal(
		read_extensible(*state, BYTES(0x82, 2, 'c', 'n', 0x83, 1, 'x'), &filter), OK);
	assert_int_equal(filter->op, FILTER_EQUAL);
	assert_int_equal(read_extensible(*state, BYTES(0x83, 1, 'x'), &filter), ERR_PROTOCOL);
	assert_int_equal(
		read_extensible(*state, BYTES(0x81, 3, 'n', 'o', 't', 0x83, 1, 'x'), &filter),
		ERR_FILTER);
}

static void malformed_filters_are_refused(void **state)
{
	struct filter *filter;

	assert_int_equal(filter_read(*state, SPAN_NONE, &filter, NULL), ERR_PROTOCOL);
	assert_int_equal(filter_read(*state, BYTES(0xa3, 0x05, 0x04), &filter, NULL), ERR_PROTOCOL);
	assert_int_equal(filter_read(*state, BYTES(0xa2, 0x00), &filter, NULL), ERR_PROTOCOL);
	assert_int_equal(filter_read(*state, BYTES(0xa0, 0x00), &filter, NULL), OK);
	assert_int_equal(filter->op, FILTER_AND);
}

/* ---- schema ---- */

static void the_schema_defines_each_attribute_once(void **state)
{
	static const enum schema_part parts[] = { SCHEMA_SYNTAXES, SCHEMA_RULES, SCHEMA_RULE_USES,
		SCHEMA_ATTRIBUTES, SCHEMA_CLASSES };
	struct buffer out;
	size_t names = 0;

	(void)state;
	buffer_init(&out, 8 * KIB);
	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
		for (size_t n = 0; schema_definition(parts[p], SCHEMA_AD_NAMES, n, &out); n++) {
			assert_false(out.failed);
			assert_true(out.len == 0 || span_starts(buffer_span(&out), SPAN("( ")));
			assert_true(out.len == 0 || out.data[out.len - 1] == ')');
			if (parts[p] == SCHEMA_ATTRIBUTES)
				names += memmem(out.data, out.len, "NAME ( 'mail'", 13) != NULL;
			buffer_reset(&out);
		}
	assert_int_equal(names, 1);
	buffer_free(&out);
}

static void every_attribute_that_ldap_shows_is_defined(void **state)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct rule_set *rules = attr_rules(rows[i].attr);
		if ((rules != NULL) != (rows[i].ldap != NULL))
			fail_msg("%s", rows[i].name);
		assert_true(!rules || !rules->equality ||
			    matching_rule_find(span_str(rules->equality)));
		assert_true(!rules || !rules->ordering ||
			    matching_rule_find(span_str(rules->ordering)));
		assert_true(!rules || !rules->substrings ||
			    matching_rule_find(span_str(rules->substrings)));
	}
}

#define test_of(name) cmocka_unit_test_setup_teardown(name, arena_begin, arena_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(a_message_is_whole_when_its_last_octet_is_there),
		test_of(a_length_in_four_octets_is_accepted),
		test_of(lengths_beyond_the_limit_are_judged_by_their_head),
		test_of(what_is_no_message_is_told_at_once),
		test_of(message_ids_are_positive_and_fit_31_bits),
		test_of(inner_lengths_must_fit_the_outer),
		test_of(unknown_elements_behind_the_controls_are_ignored),
		test_of(controls_are_read_up_to_the_limit),
		test_of(a_result_reads_back_as_it_was_written),
		test_of(integers_take_their_shortest_form),
		test_of(filters_are_limited_in_depth_and_in_terms),
		test_of(an_attribute_that_is_known_and_nowhere_is_false),
		test_of(the_supertype_of_names_stands_for_each_of_them),
		test_of(an_unknown_or_hidden_attribute_is_undefined),
		test_of(a_nul_in_a_text_is_no_value),
		test_of(an_unknown_choice_is_undefined),
		test_of(substrings_keep_their_order),
		test_of(extensible_matches_need_a_type_or_a_known_rule),
		test_of(malformed_filters_are_refused),
		test_of(the_schema_defines_each_attribute_once),
		test_of(every_attribute_that_ldap_shows_is_defined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
