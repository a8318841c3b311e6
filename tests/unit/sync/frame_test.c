#include "base/codec.h"
#include "in/sync/frame.h"
#include "unit.h"

static struct row in, out;
static struct buffer bytes;

static int begin(void **state)
{
	(void)state;
	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	buffer_init(&bytes, 4 * MIB);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buffer_free(&bytes);
	return 0;
}

static enum err pass(void)
{
	struct span frame;
	struct why why = { 0 };
	enum err err;

	frame_put_row(&bytes, &in);
	if (!frame_next(buffer_span(&bytes), &frame, &err, &why))
		return err ? err : ERR_INTERNAL;
	assert_int_equal(frame.len, bytes.len);
	return frame_read_row(frame, &out, &why);
}

static void an_entry_passes_unchanged(void **state)
{
	(void)state;
	in.type = FRAME_ENTRY;
	in.anchor = uuid_new();
	in.class = CLASS_USER;
	in.state = ENTRY_EXPIRED;
	in.rule = SPAN("shadowExpire<today");
	in.expiry = INT64_C(1) << 50;
	in.dn = SPAN("uid=a,dc=b");
	in.values[0] = (struct row_value){ ATTR_USER_NAME, 0, SPAN("a") };
	in.values[1] = (struct row_value){ ATTR_EMAIL, 1, span_of("x\0y", 3) };
	in.value_count = 2;
	assert_int_equal(pass(), OK);
	assert_true(uuid_equal(&out.anchor, &in.anchor));
	assert_int_equal(out.class, CLASS_USER);
	assert_string_equal(entry_state_name(out.state), "expired");
	assert_span(out.rule, "shadowExpire<today");
	assert_true(out.expiry == in.expiry);
	assert_span(out.dn, "uid=a,dc=b");
	assert_int_equal(out.value_count, 2);
	assert_int_equal(out.values[1].instance, 1);
	assert_int_equal(out.values[1].octets.len, 3);
}

static void members_and_ids_pass_unchanged(void **state)
{
	uint8_t ids[32] = { 1, 2, 3 };

	(void)state;
	in.type = FRAME_MEMBERS;
	in.members_follow = true;
	in.delta = MEMBERS_REMOVE;
	in.members[0] = (struct row_member){ .dn = SPAN("uid=a") };
	in.members[1] = (struct row_member){ .dn = SPAN("uid=b"), .anchor = uuid_new() };
	in.member_count = 2;
	assert_int_equal(pass(), OK);
	assert_true(out.members_follow);
	assert_int_equal(out.member_count, 2);
	assert_int_equal(out.delta, MEMBERS_REMOVE);
	assert_true(uuid_is_nil(&out.members[0].anchor));
	assert_span(out.members[1].dn, "uid=b");
	assert_true(uuid_equal(&out.members[1].anchor, &in.members[1].anchor));
	buffer_reset(&bytes);
	in.type = FRAME_IDS;
	in.deletes = true;
	in.ids = span_of(ids, sizeof(ids));
	assert_int_equal(pass(), OK);
	assert_int_equal(out.id_count, 2);
	assert_true(out.deletes);
}

static void a_failure_keeps_its_stage_and_class(void **state)
{
	(void)state;
	in.type = FRAME_FAILED;
	in.stage = STAGE_TLS;
	in.failure = FAILURE_TLS;
	in.text = SPAN("expired");
	assert_int_equal(pass(), OK);
	assert_string_equal(stage_name(out.stage), "tls");
	assert_string_equal(failure_name(out.failure), "tls");
	assert_span(out.text, "expired");
}

static void an_order_passes_unchanged(void **state)
{
	struct order order = { .task = TASK_LOCATE,
		.connector = CONNECTOR_PAGED,
		.uris = { SPAN("ldap://a"), SPAN("ldap://b") },
		.uri_count = 2,
		.identity = SPAN("a:389"),
		.anchors = SPAN("0123456789abcdef"),
		.poll_seconds = 60,
		.scope = { .rows = { SPAN("employeeType=internal") }, .count = 1 },
		.secret = SPAN("s"),
		.start_tls = true,
		.disabled = { .rows = { SPAN("a=b"), SPAN("c=*") }, .count = 2 },
		.preset = SPAN("ad"),
		.octets_max = UINT64_C(1) << 40 };
	struct order again;
	struct span frame;
	struct why why = { 0 };
	enum err err;

	(void)state;
	frame_put_order(&bytes, &order);
	assert_true(frame_next(buffer_span(&bytes), &frame, &err, &why));
	assert_int_equal(frame_read_order(frame, &again, &why), OK);
	assert_int_equal(again.task, TASK_LOCATE);
	assert_string_equal(connector_name(again.connector), "paged");
	assert_int_equal(again.uri_count, 2);
	assert_span(again.uris[1], "ldap://b");
	assert_span(again.identity, "a:389");
	assert_int_equal(again.anchors.len, 16);
	assert_int_equal(again.poll_seconds, 60);
	assert_span(again.scope.rows[0], "employeeType=internal");
	assert_int_equal(again.mapping.count, 0);
	assert_span(again.disabled.rows[1], "c=*");
	assert_span(again.preset, "ad");
	assert_true(again.start_tls);
	assert_true(again.octets_max == order.octets_max);
}

static void what_a_server_says_of_itself_passes_unchanged(void **state)
{
	(void)state;
	in.type = FRAME_SERVER;
	in.server = (struct server){ .vendor = SPAN("389 Project"),
		.version = SPAN("2.3"),
		.identity = SPAN("host:389"),
		.features = SPAN("syncrepl paged"),
		.connector = CONNECTOR_RFC4533,
		.uri = 2,
		.clock = 5,
		.asked = 4,
		.not_after = 9 };
	assert_int_equal(pass(), OK);
	assert_span(out.server.vendor, "389 Project");
	assert_span(out.server.identity, "host:389");
	assert_span(out.server.features, "syncrepl paged");
	assert_int_equal(out.server.connector, CONNECTOR_RFC4533);
	assert_int_equal(out.server.uri, 2);
	assert_true(out.server.clock == 5 && out.server.asked == 4 && out.server.not_after == 9);
}

static void checks_steps_and_places_pass_unchanged(void **state)
{
	static const enum frame_type types[] = { FRAME_CHECK, FRAME_STEP };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		buffer_reset(&bytes);
		in.type = types[i];
		in.name = SPAN("base");
		in.verdict = VERDICT_WARNING;
		in.number = 200;
		in.text = SPAN("it is there");
		assert_int_equal(pass(), OK);
		assert_span(out.name, "base");
		assert_string_equal(verdict_name(out.verdict), "warning");
		assert_int_equal(out.number, 200);
		assert_span(out.text, "it is there");
	}
	buffer_reset(&bytes);
	in.type = FRAME_LOCATED;
	in.anchor = uuid_new();
	in.state = ENTRY_OUT_OF_SCOPE;
	assert_int_equal(pass(), OK);
	assert_true(uuid_equal(&out.anchor, &in.anchor));
	assert_int_equal(out.state, ENTRY_OUT_OF_SCOPE);
	assert_int_equal(out.dn.len, 0);
	buffer_reset(&bytes);
	in.type = FRAME_NEED_FULL;
	in.text = SPAN("changelog trimmed");
	assert_int_equal(pass(), OK);
	assert_span(out.text, "changelog trimmed");
}

static void a_connector_is_found_by_its_name(void **state)
{
	enum connector_kind kind;

	(void)state;
	assert_true(connector_by_name(SPAN_NONE, &kind));
	assert_int_equal(kind, CONNECTOR_AUTO);
	assert_true(connector_by_name(SPAN("DirSync"), &kind));
	assert_int_equal(kind, CONNECTOR_DIRSYNC);
	assert_false(connector_by_name(SPAN("nis"), &kind));
}

static void half_a_frame_waits_for_the_rest(void **state)
{
	struct span frame;
	struct why why = { 0 };
	enum err err;

	(void)state;
	in.type = FRAME_COOKIE;
	in.cookie = SPAN("rid=000");
	frame_put_row(&bytes, &in);
	for (size_t n = 0; n < bytes.len; n++) {
		assert_false(frame_next(span_of(bytes.data, n), &frame, &err, &why));
		assert_int_equal(err, OK);
	}
}

static void a_frame_over_the_limit_is_refused_by_its_length(void **state)
{
	uint8_t head[5] = { 0x7f, 0xff, 0xff, 0xff, FRAME_ENTRY };
	struct span frame;
	struct why why = { 0 };
	enum err err;

	(void)state;
	assert_false(frame_next(span_of(head, sizeof(head)), &frame, &err, &why));
	assert_int_equal(err, ERR_PROTOCOL);
}

static void what_a_sound_child_does_not_send_is_refused(void **state)
{
	static char long_dn[LIMIT_DN_OCTETS + 1];

	(void)state;
	in.type = FRAME_ENTRY;
	in.dn = span_of(long_dn, sizeof(long_dn));
	assert_int_equal(pass(), ERR_PROTOCOL);
	buffer_reset(&bytes);
	in.dn = SPAN("uid=a");
	in.class = CLASS_USER;
	in.members_follow = true;
	assert_int_equal(pass(), ERR_PROTOCOL);
	buffer_reset(&bytes);
	in.members_follow = false;
	in.state = ENTRY_STATES;
	assert_int_equal(pass(), ERR_PROTOCOL);
	in.state = ENTRY_ACTIVE;
	buffer_reset(&bytes);
	in.members_follow = false;
	in.values[0].attr = ATTR_LIMIT;
	in.value_count = 1;
	assert_int_equal(pass(), ERR_PROTOCOL);
	buffer_reset(&bytes);
	in.type = FRAME_IDS;
	in.ids = SPAN("not sixteen");
	assert_int_equal(pass(), ERR_PROTOCOL);
	buffer_reset(&bytes);
	in.type = FRAME_BEAT;
	frame_put_row(&bytes, &in);
	bytes.data[4] = FRAME_ORDER;
	assert_int_equal(frame_read_row(buffer_span(&bytes), &out, NULL), ERR_PROTOCOL);
}

static void an_answer_to_a_password_passes_unchanged(void **state)
{
	(void)state;
	in.type = FRAME_ANSWER;
	in.answer = ANSWER_EXPIRED;
	in.expires = 86400;
	in.grace = -1;
	in.text = SPAN("the password has expired");
	assert_int_equal(pass(), OK);
	assert_int_equal(out.answer, ANSWER_EXPIRED);
	assert_int_equal(out.expires, 86400);
	assert_int_equal(out.grace, -1);
	assert_span(out.text, "the password has expired");
	bytes.data[FRAME_HEAD] = ANSWER_COUNT;
	assert_int_equal(frame_read_row(buffer_span(&bytes), &out, NULL), ERR_PROTOCOL);
}

static void a_question_without_a_password_is_none(void **state)
{
	struct question question = { uuid_new(), SPAN("of the company") }, read;

	(void)state;
	frame_put_question(&bytes, &question);
	assert_int_equal(frame_read_question(buffer_span(&bytes), &read, NULL), OK);
	assert_span(read.password, "of the company");
	assert_true(uuid_equal(&read.anchor, &question.anchor));
	buffer_reset(&bytes);
	question.password = SPAN_NONE;
	frame_put_question(&bytes, &question);
	assert_int_equal(frame_read_question(buffer_span(&bytes), &read, NULL), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_entry_passes_unchanged, begin, end),
		cmocka_unit_test_setup_teardown(members_and_ids_pass_unchanged, begin, end),
		cmocka_unit_test_setup_teardown(a_failure_keeps_its_stage_and_class, begin, end),
		cmocka_unit_test_setup_teardown(an_order_passes_unchanged, begin, end),
		cmocka_unit_test_setup_teardown(
			an_answer_to_a_password_passes_unchanged, begin, end),
		cmocka_unit_test_setup_teardown(a_question_without_a_password_is_none, begin, end),
		cmocka_unit_test_setup_teardown(
			what_a_server_says_of_itself_passes_unchanged, begin, end),
		cmocka_unit_test_setup_teardown(checks_steps_and_places_pass_unchanged, begin, end),
		cmocka_unit_test(a_connector_is_found_by_its_name),
		cmocka_unit_test_setup_teardown(half_a_frame_waits_for_the_rest, begin, end),
		cmocka_unit_test_setup_teardown(
			a_frame_over_the_limit_is_refused_by_its_length, begin, end),
		cmocka_unit_test_setup_teardown(
			what_a_sound_child_does_not_send_is_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
