/* What changes mean to a receiver, how messages are signed and retried; on a real core. */
#include "../core/fixture.h"
#include "base/hash.h"
#include "out/webhook/webhook_int.h"

/* All events of the tenant's newest change, blank separated. */
static const char *newest_events(struct fixture *f, uint32_t tenant)
{
	struct view *view = look(f);
	struct change change;
	struct event event;
	struct span bytes;
	static char names[512];

	names[0] = '\0';
	assert_true(view_journal(view, tenant, view_journal_last(view, tenant), &bytes));
	assert_int_equal(change_read(f->arena, bytes, &change, NULL), OK);
	for (uint32_t from = 0; event_next(&change, from, &event); from = event.position + 1)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
			names[0] ? " " : "", event.name);
	return names;
}

static void a_person_is_told_from_creation_to_deletion(void **state)
{
	struct fixture *f = *state;
	struct ref ann = make_user(f, f->acme, "ann");

	assert_string_equal(newest_events(f, f->acme), "user.created");
	modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
	assert_string_equal(newest_events(f, f->acme), "user.deactivated");
	modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
	assert_string_equal(newest_events(f, f->acme), "user.reactivated");
	modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_TITLE, "Fitter");
	assert_string_equal(newest_events(f, f->acme), "user.updated");
	modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_EMAIL, "ann@new.example");
	assert_string_equal(newest_events(f, f->acme), "user.email.changed");
	modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_GIVEN_NAME, "Anna");
	assert_non_null(strstr(newest_events(f, f->acme), "user.name.changed"));
	remove_entry(f, &f->operator, ann);
	assert_string_equal(newest_events(f, f->acme), "user.deleted");
}

static void a_membership_is_told_as_what_it_means(void **state)
{
	struct fixture *f = *state;
	struct ref ann = make_user(f, f->acme, "ann");
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Lyon");
	struct ref group = make_named(f, f->acme, KIND_GROUP, "night");

	assert_string_equal(newest_events(f, f->acme), "group.created");
	must_join(f, viewer, ann);
	assert_string_equal(newest_events(f, f->acme), "user.role.added");
	must_join(f, site, ann);
	assert_string_equal(newest_events(f, f->acme), "user.scope.added");
	must_join(f, group, ann);
	assert_string_equal(newest_events(f, f->acme), "group.member.added");
	leave(f, &f->operator, viewer, ann);
	assert_string_equal(newest_events(f, f->acme), "user.role.removed");
	remove_entry(f, &f->operator, ann);
	assert_string_equal(newest_events(f, f->acme), "user.deleted");
}

static void patterns_choose(void **state)
{
	(void)state;
	assert_true(event_matches("user.created", SPAN("*")));
	assert_true(event_matches("user.role.added", SPAN("user.*")));
	assert_true(event_matches("user.created", SPAN("user.created")));
	assert_false(event_matches("user.created", SPAN("user.create")));
	assert_false(event_matches("group.created", SPAN("user.*")));
	assert_false(event_matches("user.created", SPAN("")));
}

static void payload_of(
	struct fixture *f, size_t limit, struct buffer *out, enum attr attr, const char *text)
{
	struct ref ann = make_user(f, f->acme, "ann");
	struct tenant_info tenant;
	struct change change;
	struct event event;
	struct span bytes;

	modify(f, &f->operator, ann, PATCH_REPLACE, attr, text);
	struct view *view = look(f);
	assert_true(view_tenant_number(view, f->acme, &tenant));
	assert_true(view_journal(view, f->acme, view_journal_last(view, f->acme), &bytes));
	assert_int_equal(change_read(f->arena, bytes, &change, NULL), OK);
	assert_true(event_next(&change, 0, &event));
	buffer_init(out, limit);
	payload_write(out, view, f->arena, &tenant, &change, &event);
	assert_false(out->failed);
	buffer_put_octet(out, '\0');
}

static void a_password_is_never_told(void **state)
{
	struct fixture *f = *state;
	char hash[PASSWORD_HASH_MAX];
	struct buffer body;

	assert_int_equal(password_hash(SPAN("secret-word"), hash, NULL), OK);
	payload_of(f, PAYLOAD_MAX, &body, ATTR_PASSWORD, hash);
	assert_non_null(strstr((char *)body.data, "\"type\":\"user.password.changed\""));
	assert_non_null(strstr((char *)body.data, "\"***\""));
	assert_null(strstr((char *)body.data, "argon2"));
	assert_null(strstr((char *)body.data, "secret-word"));
	buffer_free(&body);
}

static void a_message_that_is_too_long_names_the_entry_only(void **state)
{
	struct fixture *f = *state;
	struct buffer body;

	payload_of(f, 400, &body, ATTR_TITLE,
		"a title of some length, which together with all else "
		"does not fit into what this test allows a message");
	assert_non_null(strstr((char *)body.data, "\"trimmed\":true"));
	assert_non_null(strstr((char *)body.data, "\"link\":\"/scim/v2/acme/Users/"));
	assert_null(strstr((char *)body.data, "a title"));
	buffer_free(&body);
}

/* Computed apart, with Python's hmac. */
static void the_signature_is_that_of_standard_webhooks(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(signature_make(f->arena, SPAN("0123456789abcdef01234567"),
				    SPAN("msg_1_2_3"), "1614265330", SPAN("{\"test\": 1}")),
		"v1,in8ezEI2xTco4Fxt9ZkcKKQP5T+1tkz1tRACwuSBEeo=");
}

static void for_a_while_both_secrets_sign(void **state)
{
	struct fixture *f = *state;
	struct hook hook = { .key = { "0123456789abcdef01234567", 24 },
		.old_key = { "another-secret-of-24-oct", 24 },
		.old_until = 1000 * SECOND };
	const struct message m = {
		.arena = f->arena, .hook = &hook, .id = SPAN("msg_1_2_3"), .body = SPAN("{}")
	};
	const char *fresh = signature_make(
		f->arena, SPAN("0123456789abcdef01234567"), m.id, "1614265330", m.body);
	const char *old = signature_make(
		f->arena, SPAN("another-secret-of-24-oct"), m.id, "1614265330", m.body);

	assert_string_equal(message_signatures(&m, "1614265330", 1000 * SECOND - 1),
		arena_printf(f->arena, "%s %s", fresh, old));
	assert_string_equal(message_signatures(&m, "1614265330", 1000 * SECOND), fresh);
	hook.old_until = 0;
	assert_string_equal(message_signatures(&m, "1614265330", 0), fresh);
}

static void waiting_grows_to_an_hour(void **state)
{
	(void)state;
	assert_int_equal(retry_delay(0, 0), SECOND / 2);
	assert_int_equal(retry_delay(0, UINT16_MAX), SECOND);
	assert_int_equal(retry_delay(3, UINT16_MAX), 8 * SECOND);
	assert_int_equal(retry_delay(11, UINT16_MAX), 2048 * SECOND);
	for (unsigned attempts = 12; attempts < 300; attempts += 17)
		assert_int_equal(retry_delay(attempts, UINT16_MAX), 3600 * SECOND);
}

static void a_new_hook_begins_with_its_own_creation(void **state)
{
	struct fixture *f = *state;

	make_user(f, f->acme, "before");
	struct entry *entry = new_entry(f, KIND_WEBHOOK, "hook");
	struct ref ref = make(f, f->acme, entry);
	uint64_t own = view_journal_last(look(f), f->acme);
	make_user(f, f->acme, "after");
	struct hook hook = { .tenant = f->acme, .id = ref.id };
	struct record record = read_entry(f, ref);
	hook_find_start(look(f), &hook, record.created);
	assert_int_equal(hook.sequence + 1, own);
	assert_int_equal(hook.position, 0);
}

static struct hook read_back(struct fixture *f, const struct hook *hook, struct span value)
{
	struct hook again = { .tenant = hook->tenant, .id = hook->id };
	struct outcome outcome = { 0 };
	const struct state_row row = { hook_state_key(f->arena, hook), value };
	const struct command command = {
		.type = COMMAND_STATE, .tenant = hook->tenant, .states = &row, .state_count = 1
	};

	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	hook_find_start(look(f), &again, 0);
	return again;
}

static void where_it_stands_is_read_as_it_was_kept(void **state)
{
	struct fixture *f = *state;
	struct hook hook = { .tenant = f->acme,
		.id = uuid_new(),
		.sequence = 17,
		.position = 2,
		.failing_since = 5,
		.delivered = 6,
		.failed = 7,
		.status = 503,
		.reason = "why" };

	const struct hook again = read_back(f, &hook, hook_state_value(f->arena, &hook));
	assert_int_equal(again.sequence, 17);
	assert_int_equal(again.position, 2);
	assert_int_equal(again.failing_since, 5);
	assert_int_equal(again.delivered, 6);
	assert_int_equal(again.failed, 7);
	assert_int_equal(again.status, 503);
	assert_string_equal(again.reason, "why");
}

static void what_an_earlier_version_kept_is_read(void **state)
{
	struct fixture *f = *state;
	struct hook hook = { .tenant = f->acme, .id = uuid_new(), .sequence = 17, .position = 2 };

	const struct hook again =
		read_back(f, &hook, span_of(hook_state_value(f->arena, &hook).data, 20));
	assert_int_equal(again.sequence, 17);
	assert_int_equal(again.position, 2);
	assert_int_equal(again.delivered, 0);
	assert_string_equal(again.reason, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(a_person_is_told_from_creation_to_deletion),
		TEST(a_membership_is_told_as_what_it_means),
		TEST(patterns_choose),
		TEST(a_password_is_never_told),
		TEST(a_message_that_is_too_long_names_the_entry_only),
		TEST(the_signature_is_that_of_standard_webhooks),
		TEST(for_a_while_both_secrets_sign),
		TEST(where_it_stands_is_read_as_it_was_kept),
		TEST(what_an_earlier_version_kept_is_read),
		TEST(waiting_grows_to_an_hour),
		TEST(a_new_hook_begins_with_its_own_creation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
