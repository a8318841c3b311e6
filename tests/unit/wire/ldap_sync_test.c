#include "wire/ldap_sync.h"

#include "wire/ldap_pdu.h"
#include "wire/tlv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CSN "20261122115501.123456Z#000000#000#000000"
#define OTHER "20261122115501.123456Z#000000#00a#000000"

static void assert_csn(const char *text, unsigned replica, const char *csn)
{
	struct sync_cookie cookie;

	assert_true(sync_cookie_read(span_str(text), &cookie));
	assert_int_equal(cookie.replica, replica);
	assert_true(span_equal(cookie.csn, span_str(csn)));
}

static void a_cookie_names_the_consumer_and_a_csn(void **state)
{
	struct sync_cookie cookie = { .replica = 7, .csn = SPAN(CSN) };
	struct buffer out;

	(void)state;
	assert_csn("", 0, "");
	assert_csn("rid=007", 7, "");
	assert_csn("rid=007,csn=" CSN, 7, CSN);
	assert_csn("csn=" CSN ",rid=12", 12, CSN);
	assert_csn("rid=007,sid=00a,csn=" OTHER ";" CSN ",delcsn=x", 7, CSN);
	assert_csn("rid=007,csn=" OTHER, 7, "");
	assert_csn("rid=007,csn=" CSN "x", 7, "");
	assert_false(sync_cookie_read(SPAN("rid=1000"), &cookie));
	assert_false(sync_cookie_read(SPAN("rid=x"), &cookie));
	buffer_init(&out, 100);
	sync_cookie_write(&out, &cookie);
	assert_true(span_equal(buffer_span(&out), SPAN("rid=007,csn=" CSN)));
	buffer_free(&out);
}

static void the_state_of_an_entry_stands_in_its_message(void **state)
{
	struct uuid id = { { 1, 2, 3 } };
	struct entry_writer w;
	struct buffer out;
	struct pdu pdu;

	(void)state;
	buffer_init(&out, 1000);
	buffer_put_span(&out, SPAN("what was there"));
	size_t message = out.len;
	entry_open(&w, &out, 5);
	entry_close_dn(&w, entry_open_dn(&w));
	entry_close(&w);
	sync_state_add(&out, message, SYNC_DELETE, &id, SPAN("rid=1"));
	assert_int_equal(pdu_read(span_from(buffer_span(&out), message), &pdu, NULL), OK);
	assert_int_equal(pdu.control_count, 1);
	assert_true(span_equal(pdu.controls[0].oid, SPAN("1.3.6.1.4.1.4203.1.9.1.2")));
	struct tlv_reader outer = tlv_reader_of(pdu.controls[0].value);
	struct tlv_reader in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));
	assert_int_equal(tlv_take_integer(&in, TLV_ENUMERATED, 0, 3), SYNC_DELETE);
	assert_true(span_equal(tlv_take(&in, TLV_OCTETS), uuid_span(&id)));
	assert_true(span_equal(tlv_take(&in, TLV_OCTETS), SPAN("rid=1")));
	assert_true(tlv_done(&in) && tlv_done(&outer));
	buffer_free(&out);
}

/* The value of the intermediate response, behind the tag that is expected. */
static struct tlv_reader open_info(const struct buffer *out, uint8_t tag)
{
	struct pdu pdu;

	assert_int_equal(pdu_read(buffer_span(out), &pdu, NULL), OK);
	assert_int_equal(pdu.tag, OP_INTERMEDIATE);
	struct tlv_reader in = tlv_reader_of(pdu.body);
	assert_true(span_equal(tlv_take(&in, 0x80), SPAN("1.3.6.1.4.1.4203.1.9.1.4")));
	struct tlv_reader value = tlv_reader_of(tlv_take(&in, 0x81));
	return tlv_reader_of(tlv_take(&value, tag));
}

static void the_end_of_a_phase_says_whether_the_refresh_is_done(void **state)
{
	struct buffer out;
	struct tlv_reader in;

	(void)state;
	buffer_init(&out, 1000);
	sync_refreshed_write(&out, 5, true, true, SPAN("c"));
	in = open_info(&out, 0xa1);
	assert_true(span_equal(tlv_take(&in, TLV_OCTETS), SPAN("c")));
	assert_true(tlv_done(&in));
	buffer_reset(&out);
	sync_refreshed_write(&out, 5, false, false, SPAN_NONE);
	in = open_info(&out, 0xa2);
	assert_false(tlv_take_boolean(&in, TLV_BOOLEAN));
	assert_true(tlv_done(&in));
	buffer_free(&out);
}

static void unchanged_entries_are_a_set_of_ids(void **state)
{
	struct uuid ids[3] = { { { 1 } }, { { 2 } }, { { 3 } } };
	struct buffer out;

	(void)state;
	buffer_init(&out, 1000);
	sync_present_write(&out, 5, ids, 3);
	struct tlv_reader in = open_info(&out, 0xa3);
	struct tlv_reader set = tlv_reader_of(tlv_take(&in, TLV_SET));
	for (size_t i = 0; i < 3; i++)
		assert_true(span_equal(tlv_take(&set, TLV_OCTETS), uuid_span(&ids[i])));
	assert_true(tlv_done(&set) && tlv_done(&in));
	buffer_free(&out);
}

static void a_result_code_may_take_two_octets(void **state)
{
	struct buffer out;
	struct pdu pdu;

	(void)state;
	buffer_init(&out, 1000);
	result_write(&out,
		&(struct result){
			.id = 5, .tag = OP_SEARCH_DONE, .code = RESULT_SYNC_REFRESH_REQUIRED });
	assert_int_equal(pdu_read(buffer_span(&out), &pdu, NULL), OK);
	struct tlv_reader in = tlv_reader_of(pdu.body);
	assert_int_equal(tlv_take_integer(&in, TLV_ENUMERATED, 0, 5000), 4096);
	tlv_take(&in, TLV_OCTETS);
	tlv_take(&in, TLV_OCTETS);
	assert_true(tlv_done(&in));
	buffer_free(&out);
}

static void a_cancel_names_an_operation(void **state)
{
	int32_t id;

	(void)state;
	assert_int_equal(cancel_request_read(SPAN("\x30\x03\x02\x01\x07"), &id), OK);
	assert_int_equal(id, 7);
	assert_int_equal(cancel_request_read(SPAN(""), &id), ERR_PROTOCOL);
	assert_int_equal(cancel_request_read(SPAN("\x30\x03\x02\x01\xff"), &id), ERR_PROTOCOL);
	assert_int_equal(cancel_request_read(SPAN("\x30\x03\x04\x01\x07"), &id), ERR_PROTOCOL);
	assert_int_equal(cancel_request_read(SPAN("\x30\x03\x02\x01\x07x"), &id), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_names_the_consumer_and_a_csn),
		cmocka_unit_test(the_state_of_an_entry_stands_in_its_message),
		cmocka_unit_test(the_end_of_a_phase_says_whether_the_refresh_is_done),
		cmocka_unit_test(unchanged_entries_are_a_set_of_ids),
		cmocka_unit_test(a_result_code_may_take_two_octets),
		cmocka_unit_test(a_cancel_names_an_operation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
