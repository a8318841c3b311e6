/* Controls: which are known where, how critical they may be, and what their values say. */
#include "base/arena.h"
#include "wire/ldap_control.h"
#include "wire/tlv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pdu with(const char *oid, bool critical, struct span value)
{
	struct pdu pdu = { .id = 1, .control_count = 1 };

	pdu.controls[0] = (struct control){ span_str(oid), critical, value.data != NULL, value };
	return pdu;
}

static enum err read_as(enum control_id id, bool critical, struct span value,
	enum control_operation operation, struct controls *controls)
{
	struct pdu pdu = with(control_oid(id), critical, value);

	return controls_read(&pdu, operation, controls, NULL);
}

static enum err read_on_search(enum control_id id, struct span value, struct controls *controls)
{
	return read_as(id, true, value, ON_SEARCH, controls);
}

static void without_controls_none_is_there(void **state)
{
	struct pdu pdu = { .id = 1 };
	struct controls controls;

	(void)state;
	assert_int_equal(controls_read(&pdu, ON_BIND, &controls, NULL), OK);
	for (enum control_id id = 0; id < CONTROL_COUNT; id++)
		assert_false(controls_have(&controls, id));
}

static void an_unknown_control_is_refused_when_critical_only(void **state)
{
	struct pdu pdu = with("1.2.3.4", true, SPAN_NONE);
	struct controls controls;
	struct why why = { 0 };

	(void)state;
	assert_int_equal(controls_read(&pdu, ON_SEARCH, &controls, &why), ERR_UNSUPPORTED);
	assert_int_equal(err_row(why.err)->ldap, RESULT_CRITICAL_EXTENSION);
	pdu.controls[0].critical = false;
	assert_int_equal(controls_read(&pdu, ON_SEARCH, &controls, NULL), OK);
	assert_int_equal(controls.present, 0);
}

static void a_control_of_another_operation_is_unknown_and_not_looked_into(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(
		read_as(CONTROL_PAGED, true, SPAN("?"), ON_COMPARE, &controls), ERR_UNSUPPORTED);
	assert_int_equal(read_as(CONTROL_PAGED, false, SPAN("?"), ON_COMPARE, &controls), OK);
	assert_false(controls_have(&controls, CONTROL_PAGED));
}

static void the_same_control_twice_is_a_protocol_error(void **state)
{
	struct pdu pdu = with(control_oid(CONTROL_MANAGE_DSA_IT), false, SPAN_NONE);
	struct controls controls;
	struct why why = { 0 };

	(void)state;
	pdu.controls[pdu.control_count++] = pdu.controls[0];
	assert_int_equal(controls_read(&pdu, ON_SEARCH, &controls, &why), ERR_PROTOCOL);
	assert_string_equal(why.text, "the ManageDsaIT control is there twice");
	pdu.controls[0].oid = pdu.controls[1].oid = SPAN("1.2.3.4");
	assert_int_equal(controls_read(&pdu, ON_SEARCH, &controls, NULL), ERR_PROTOCOL);
}

static void criticality_follows_each_control_s_own_rule(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(
		read_as(CONTROL_PROXIED, false, SPAN("u:a"), ON_SEARCH, &controls), ERR_PROTOCOL);
	assert_int_equal(read_as(CONTROL_PROXIED, true, SPAN("u:a"), ON_SEARCH, &controls), OK);
	assert_int_equal(read_as(CONTROL_DONT_USE_COPY, false, SPAN_NONE, ON_SEARCH, &controls),
		ERR_PROTOCOL);
	assert_int_equal(read_as(CONTROL_DONT_USE_COPY, true, SPAN_NONE, ON_SEARCH, &controls), OK);
	assert_true(controls_insist(&controls, CONTROL_DONT_USE_COPY));
	assert_int_equal(
		read_as(CONTROL_SESSION_TRACKING, true,
			SPAN("\x30\x09\x04\x00\x04\x00\x04\x01\x31\x04\x00"), ON_SEARCH, &controls),
		ERR_PROTOCOL);
}

static void a_control_without_a_value_has_none(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(read_on_search(CONTROL_DOMAIN_SCOPE, SPAN_NONE, &controls), OK);
	assert_int_equal(read_on_search(CONTROL_DOMAIN_SCOPE, SPAN("x"), &controls), ERR_PROTOCOL);
}

static void a_page_has_a_size_and_a_cookie(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(
		read_on_search(CONTROL_PAGED, SPAN("\x30\x06\x02\x01\x07\x04\x01Z"), &controls),
		OK);
	assert_int_equal(controls.paged.size, 7);
	assert_true(span_equal(controls.paged.cookie, SPAN("Z")));
	assert_int_equal(
		read_on_search(CONTROL_PAGED, SPAN("\x30\x05\x02\x01\xff\x04\x00"), &controls),
		ERR_PROTOCOL);
	assert_int_equal(
		read_on_search(CONTROL_PAGED, SPAN("\x30\x05\x02\x01\x07\x04\x00\x00"), &controls),
		ERR_PROTOCOL);
}

static void a_sort_key_has_an_attribute_a_rule_and_a_direction(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(read_on_search(CONTROL_SORT,
				 SPAN("\x30\x13\x30\x04\x04\x02sn\x30\x0b\x04\x02"
				      "cn\x80\x02ru\x81\x01\xff"),
				 &controls),
		OK);
	assert_int_equal(controls.sort_count, 2);
	assert_true(span_equal(controls.sort[0].attribute, SPAN("sn")));
	assert_int_equal(controls.sort[0].rule.len, 0);
	assert_false(controls.sort[0].reverse);
	assert_true(span_equal(controls.sort[1].rule, SPAN("ru")));
	assert_true(controls.sort[1].reverse);
	assert_int_equal(read_on_search(CONTROL_SORT, SPAN("\x30\x00"), &controls), ERR_PROTOCOL);
}

static void sort_keys_beyond_the_limit_are_counted_and_not_kept(void **state)
{
	uint8_t value[2 + 5 * (LIMIT_LDAP_SORT_KEYS + 1)] = { 0x30, sizeof value - 2 };
	struct controls controls;

	(void)state;
	for (size_t i = 2; i < sizeof value; i += 5)
		memcpy(value + i, "\x30\x03\x04\x01x", 5);
	assert_int_equal(read_on_search(CONTROL_SORT, span_of(value, sizeof value), &controls), OK);
	assert_int_equal(controls.sort_count, LIMIT_LDAP_SORT_KEYS + 1);
}

static void a_view_has_its_target_by_offset_or_by_value(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(
		read_on_search(CONTROL_VLV,
			SPAN("\x30\x11\x02\x01\x01\x02\x01\x02\xa0\x06\x02\x01\x03\x02\x01\x04"
			     "\x04\x01Z"),
			&controls),
		OK);
	assert_int_equal(controls.vlv.before, 1);
	assert_int_equal(controls.vlv.after, 2);
	assert_false(controls.vlv.by_value);
	assert_int_equal(controls.vlv.offset, 3);
	assert_int_equal(controls.vlv.count, 4);
	assert_true(span_equal(controls.vlv.context, SPAN("Z")));
	assert_int_equal(read_on_search(CONTROL_VLV,
				 SPAN("\x30\x09\x02\x01\x00\x02\x01\x02\x81\x01s"), &controls),
		OK);
	assert_true(controls.vlv.by_value);
	assert_true(span_equal(controls.vlv.value, SPAN("s")));
	assert_int_equal(controls.vlv.context.len, 0);
	assert_int_equal(
		read_on_search(CONTROL_VLV, SPAN("\x30\x06\x02\x01\x00\x02\x01\x02"), &controls),
		ERR_PROTOCOL);
}

static void an_assertion_is_one_element(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(read_on_search(CONTROL_ASSERTION,
				 SPAN("\x87\x02"
				      "cn"),
				 &controls),
		OK);
	assert_int_equal(controls.assertion.len, 4);
	assert_int_equal(read_on_search(CONTROL_ASSERTION,
				 SPAN("\x87\x02"
				      "cn\x00"),
				 &controls),
		ERR_PROTOCOL);
	assert_int_equal(read_on_search(CONTROL_ASSERTION, SPAN_NONE, &controls), ERR_PROTOCOL);
}

static void subentries_are_true_or_false(void **state)
{
	struct controls controls;

	(void)state;
	assert_int_equal(read_on_search(CONTROL_SUBENTRIES, SPAN("\x01\x01\xff"), &controls), OK);
	assert_true(controls.subentries);
	assert_int_equal(read_on_search(CONTROL_SUBENTRIES, SPAN("\x01\x01\x01"), &controls), OK);
	assert_true(controls.subentries);
	assert_int_equal(read_on_search(CONTROL_SUBENTRIES, SPAN("\x01\x01\x00"), &controls), OK);
	assert_false(controls.subentries);
	assert_int_equal(read_on_search(CONTROL_SUBENTRIES, SPAN_NONE, &controls), ERR_PROTOCOL);
}

static void what_to_dereference_is_walked(void **state)
{
	struct span value = SPAN("\x30\x1b\x30\x0c\x04\x06member\x30\x02\x04\x00"
				 "\x30\x0b\x04\x02mo\x30\x05\x04\x03uid");
	struct controls controls;
	struct deref deref;

	(void)state;
	assert_int_equal(read_on_search(CONTROL_DEREF, value, &controls), OK);
	assert_true(deref_next(&controls.deref, &deref));
	assert_true(span_equal(deref.attribute, SPAN("member")));
	assert_true(deref_next(&controls.deref, &deref));
	assert_true(span_equal(deref.attributes, SPAN("\x04\x03uid")));
	assert_int_equal(controls.deref.len, 0);
	assert_int_equal(read_on_search(CONTROL_DEREF, SPAN("\x30\x00"), &controls), ERR_PROTOCOL);
}

static void a_response_has_the_shortest_lengths(void **state)
{
	struct buffer out;

	(void)state;
	buffer_init(&out, KIB);
	sort_result_write(&out, RESULT_NO_SUCH_ATTRIBUTE, SPAN("x"));
	assert_true(span_equal(buffer_span(&out), SPAN("\x30\x22\x04\x16"
						       "1.2.840.113556.1.4.474"
						       "\x04\x08\x30\x06\x0a\x01\x10\x80\x01x")));
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_controls_none_is_there),
		cmocka_unit_test(an_unknown_control_is_refused_when_critical_only),
		cmocka_unit_test(a_control_of_another_operation_is_unknown_and_not_looked_into),
		cmocka_unit_test(the_same_control_twice_is_a_protocol_error),
		cmocka_unit_test(criticality_follows_each_control_s_own_rule),
		cmocka_unit_test(a_control_without_a_value_has_none),
		cmocka_unit_test(a_page_has_a_size_and_a_cookie),
		cmocka_unit_test(a_sort_key_has_an_attribute_a_rule_and_a_direction),
		cmocka_unit_test(sort_keys_beyond_the_limit_are_counted_and_not_kept),
		cmocka_unit_test(a_view_has_its_target_by_offset_or_by_value),
		cmocka_unit_test(an_assertion_is_one_element),
		cmocka_unit_test(subentries_are_true_or_false),
		cmocka_unit_test(what_to_dereference_is_walked),
		cmocka_unit_test(a_response_has_the_shortest_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
