/* Entries, their identities, counters, edges, state, journal and audit. */
#include "fixture.h"

#include "base/hash.h"

#include <stdlib.h>

static void a_created_entry_is_read_back_whole(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 7, KIND_USER, "anna");
	struct record record;
	struct uuid id = anna->id;
	enum kind kind;
	uint32_t number;

	add_value(anna, ATTR_EMAIL, "Anna@Example.org");
	apply_entry(f, txn, NULL, anna);
	assert_true(txn_entry(txn, 7, KIND_USER, anna->number, &record));
	commit(txn);
	txn = begin_read(f);
	assert_true(txn_entry(txn, 7, KIND_USER, anna->number, &record));
	assert_true(span_equal(record_first(&record, ATTR_EMAIL), SPAN("Anna@Example.org")));
	assert_true(txn_find_id(txn, 7, &id, &kind, &number));
	assert_int_equal(kind, KIND_USER);
	assert_int_equal(number, anna->number);
	assert_true(
		txn_find_value(txn, 7, KIND_USER, ATTR_EMAIL, SPAN("anna@example.org"), &number));
	assert_int_equal(number, anna->number);
	assert_int_equal(txn_count(txn, 7, KIND_USER), 1);
	assert_false(txn_entry(txn, 7, KIND_ROLE, anna->number, &record));
	assert_int_equal(txn_error(txn, NULL), OK);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static void another_tenant_sees_nothing(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 7, KIND_USER, "anna");
	struct entry *group = new_entry(f, txn, 7, KIND_GROUP, "plant");
	uint32_t number, numbers[8];
	struct record record;
	struct edge edge;
	enum kind kind;

	apply_entry(f, txn, NULL, anna);
	apply_entry(f, txn, NULL, group);
	apply_edge(f, txn, group, anna, true);
	commit(txn);
	txn = begin_read(f);
	for (uint32_t tenant = 6; tenant <= 8; tenant += 2) {
		struct arena *arena = f->arena;
		assert_false(txn_entry(txn, tenant, KIND_USER, anna->number, &record));
		assert_false(txn_find_id(txn, tenant, &anna->id, &kind, &number));
		assert_false(txn_find_value(
			txn, tenant, KIND_USER, ATTR_USER_NAME, SPAN("anna"), &number));
		assert_int_equal(txn_count(txn, tenant, KIND_USER), 0);
		assert_false(txn_edge(txn, tenant, group->number, anna->number, &edge));
		assert_int_equal(txn_member_count(txn, tenant, group->number), 0);
		struct postings *p = postings_all(txn, arena, tenant, KIND_USER);
		assert_int_equal(collect(p, numbers, 8), 0);
		p = postings_members(txn, arena, tenant, group->number);
		assert_int_equal(collect(p, numbers, 8), 0);
		p = postings_containers(txn, arena, tenant, anna->number, KIND_GROUP);
		assert_int_equal(collect(p, numbers, 8), 0);
		p = postings_trigram(
			txn, arena, tenant, KIND_USER, ATTR_USER_NAME, (const uint8_t *)"ann");
		assert_int_equal(collect(p, numbers, 8), 0);
	}
	assert_int_equal(txn_error(txn, NULL), OK);
	txn_end(txn);
}

static void a_taken_value_is_refused_and_named(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	struct entry *other = new_entry(f, txn, 1, KIND_USER, "ANNA");
	struct why why = { 0 };
	struct record record;

	apply_entry(f, txn, NULL, anna);
	commit(txn);
	txn = begin_write(f);
	apply_entry(f, txn, NULL, other);
	assert_int_equal(txn_error(txn, &why), ERR_EXISTS);
	assert_string_equal(why.attribute, "userName");
	assert_int_equal(txn_commit(txn, NULL), ERR_EXISTS);
	txn = begin_read(f);
	assert_false(txn_entry(txn, 1, KIND_USER, other->number, &record));
	txn_end(txn);
}

static void one_change_may_pass_a_value_on(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *a = new_entry(f, txn, 1, KIND_USER, "anna");
	struct entry *b = new_entry(f, txn, 1, KIND_USER, "berta");
	uint32_t number;

	apply_entry(f, txn, NULL, a);
	apply_entry(f, txn, NULL, b);
	struct entry *a2 = entry_copy(f->arena, a), *b2 = entry_copy(f->arena, b);
	entry_set(a2, ATTR_USER_NAME, SOURCE_LOCAL, SPAN("berta"), NULL);
	entry_set(b2, ATTR_USER_NAME, SOURCE_LOCAL, SPAN("anna"), NULL);
	struct effect effects[] = {
		{ .type = EFFECT_ENTRY,
			.kind = KIND_USER,
			.number = a->number,
			.id = a->id,
			.before = record_of(f->arena, a),
			.after = record_of(f->arena, a2) },
		{ .type = EFFECT_ENTRY,
			.kind = KIND_USER,
			.number = b->number,
			.id = b->id,
			.before = record_of(f->arena, b),
			.after = record_of(f->arena, b2) },
	};
	struct change change = { .tenant = 1,
		.actor_type = ACTOR_SYSTEM,
		.channel = CHANNEL_INTERNAL,
		.effects = effects,
		.count = 2 };
	txn_apply(txn, &change);
	assert_int_equal(txn_error(txn, NULL), OK);
	commit(txn);
	txn = begin_read(f);
	assert_true(txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, SPAN("anna"), &number));
	assert_int_equal(number, b->number);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static void a_change_made_for_another_state_is_refused(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");

	apply_entry(f, txn, NULL, anna);
	struct entry *newer = entry_copy(f->arena, anna);
	newer->revision = 2;
	apply_entry(f, txn, anna, newer);
	assert_int_equal(txn_error(txn, NULL), OK);
	apply_entry(f, txn, anna, newer);
	assert_int_equal(txn_error(txn, NULL), ERR_CONFLICT);
	txn_end(txn);
}

static void a_deleted_entry_leaves_no_row(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	uint32_t number, numbers[4];
	enum kind kind;

	add_value(anna, ATTR_COMMON_NAME, "Anna Berg");
	add_value(anna, ATTR_EMAIL, "anna@example.org");
	add_value(anna, ATTR_DEPARTMENT, "Presses");
	apply_entry(f, txn, NULL, anna);
	commit(txn);
	txn = begin_write(f);
	apply_entry(f, txn, anna, NULL);
	commit(txn);
	txn = begin_read(f);
	assert_false(txn_find_id(txn, 1, &anna->id, &kind, &number));
	assert_false(txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, SPAN("anna"), &number));
	assert_false(txn_find_value(txn, 1, KIND_USER, ATTR_DEPARTMENT, SPAN("presses"), &number));
	assert_int_equal(txn_count(txn, 1, KIND_USER), 0);
	struct postings *p = postings_present(txn, f->arena, 1, KIND_USER, ATTR_EMAIL);
	assert_int_equal(collect(p, numbers, 4), 0);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static void a_number_is_never_given_twice(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	uint32_t first = anna->number;

	anna->number = first + 10;
	apply_entry(f, txn, NULL, anna);
	assert_int_equal(txn_new_number(txn, 1), first + 11);
	assert_int_equal(txn_new_number(txn, 2), 1);
	assert_int_equal(txn_new_tenant(txn), 1);
	assert_int_equal(txn_new_tenant(txn), 2);
	assert_int_equal(txn_new_source(txn, 1), 1);
	assert_int_equal(txn_new_source(txn, 1), 2);
	txn_end(txn);
}

static void a_membership_is_found_from_both_ends(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	struct entry *role = new_entry(f, txn, 1, KIND_ROLE, "Viewer");
	struct entry *group = new_entry(f, txn, 1, KIND_GROUP, "plant");
	uint32_t numbers[4];
	struct edge edge;

	apply_entry(f, txn, NULL, anna);
	apply_entry(f, txn, NULL, role);
	apply_entry(f, txn, NULL, group);
	apply_edge(f, txn, role, anna, true);
	apply_edge(f, txn, group, anna, true);
	commit(txn);
	txn = begin_read(f);
	assert_true(txn_edge(txn, 1, role->number, anna->number, &edge));
	assert_true(span_equal(edge.member_name, SPAN("anna")));
	assert_int_equal(edge.container, role->number);
	assert_int_equal(txn_member_count(txn, 1, group->number), 1);
	struct postings *p = postings_containers(txn, f->arena, 1, anna->number, KIND_ROLE);
	assert_int_equal(collect(p, numbers, 4), 1);
	assert_int_equal(numbers[0], role->number);
	txn_end(txn);
	txn = begin_write(f);
	apply_edge(f, txn, role, anna, false);
	commit(txn);
	txn = begin_read(f);
	assert_false(txn_edge(txn, 1, role->number, anna->number, &edge));
	assert_int_equal(txn_member_count(txn, 1, role->number), 0);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static void containers_of_several_kinds_come_in_one_walk(void **state)
{
	static const enum kind made[] = { KIND_GROUP, KIND_ROLE, KIND_GROUP, KIND_SCOPE,
		KIND_ROLE };
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	struct entry *other = new_entry(f, txn, 1, KIND_USER, "other"), *containers[5];

	apply_entry(f, txn, NULL, anna);
	apply_entry(f, txn, NULL, other);
	for (int i = 0; i < 5; i++) {
		containers[i] = new_entry(
			f, txn, 1, made[i], (const char *[]){ "a", "b", "c", "d", "e" }[i]);
		apply_entry(f, txn, NULL, containers[i]);
		apply_edge(f, txn, containers[i], anna, true);
		apply_edge(f, txn, containers[i], other, true);
	}
	const struct {
		uint32_t kinds;
		int count, expected[5];
	} rows[] = {
		{ UINT32_MAX, 5, { 1, 4, 3, 0, 2 } },
		{ 1u << KIND_ROLE | 1u << KIND_GROUP, 4, { 1, 4, 0, 2 } },
		{ 1u << KIND_SCOPE, 1, { 3 } },
		{ 1u << KIND_USER, 0, { 0 } },
		{ 0, 0, { 0 } },
	};
	/* In the transaction that wrote them, then in one that reads. */
	for (int turn = 0; turn < 2; turn++) {
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
			struct memberships *m =
				memberships_open(txn, f->arena, 1, anna->number, rows[r].kinds);
			enum kind kind;
			uint32_t number;
			int count = 0;
			for (; memberships_next(m, &kind, &number); count++) {
				assert_in_range(count, 0, rows[r].count - 1);
				int expected = rows[r].expected[count];
				assert_int_equal(kind, made[expected]);
				assert_int_equal(number, containers[expected]->number);
			}
			assert_int_equal(count, rows[r].count);
			memberships_close(m);
		}
		if (turn == 0) {
			commit(txn);
			txn = begin_read(f);
		}
	}
	txn_end(txn);
}

static void a_renamed_member_is_renamed_in_its_groups(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	struct entry *groups[3];
	struct edge edge;
	uint32_t number;

	apply_entry(f, txn, NULL, anna);
	for (int i = 0; i < 3; i++) {
		groups[i] = new_entry(f, txn, 1, KIND_GROUP, (const char *[]){ "a", "b", "c" }[i]);
		apply_entry(f, txn, NULL, groups[i]);
		apply_edge(f, txn, groups[i], anna, true);
	}
	commit(txn);
	txn = begin_write(f);
	struct entry *married = entry_copy(f->arena, anna);
	entry_set(married, ATTR_USER_NAME, SOURCE_LOCAL, SPAN("anna.weber"), NULL);
	apply_entry(f, txn, anna, married);
	commit(txn);
	txn = begin_read(f);
	struct postings *p = postings_members(txn, f->arena, 1, groups[1]->number);
	assert_true(postings_next(p, 0, &number));
	assert_true(postings_edge(p, &edge));
	assert_true(span_equal(edge.member_name, SPAN("anna.weber")));
	assert_int_equal(edge.member, anna->number);
	postings_close(p);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static void state_lives_and_dies_without_the_journal(void **state)
{
	struct fixture *f = *state;
	struct effect effect = {
		.type = EFFECT_STATE, .key = SPAN("cursor/webhook"), .after = SPAN("41")
	};
	struct change change = { .tenant = 3,
		.actor_type = ACTOR_SYSTEM,
		.channel = CHANNEL_INTERNAL,
		.effects = &effect,
		.count = 1 };
	struct txn *txn = begin_write(f);
	struct span value;
	struct head head;

	txn_apply(txn, &change);
	commit(txn);
	txn = begin_read(f);
	assert_true(txn_state(txn, 3, SPAN("cursor/webhook"), &value));
	assert_true(span_equal(value, SPAN("41")));
	assert_false(txn_state(txn, 4, SPAN("cursor/webhook"), &value));
	assert_false(txn_head(txn, 3, &head));
	txn_end(txn);
	effect.before = SPAN("41");
	effect.after = SPAN_NONE;
	txn = begin_write(f);
	txn_apply(txn, &change);
	assert_false(txn_state(txn, 3, SPAN("cursor/webhook"), &value));
	commit(txn);
}

static void the_journal_is_a_dense_chain_with_rising_time(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	uint8_t hash[32] = { 0 };
	struct span record;
	struct change change;
	struct head head;
	int64_t time = 0;
	uint32_t tenant;

	for (int i = 0; i < 20; i++) {
		char name[16] = { 'u', (char)('a' + i) };
		apply_entry(f, txn, NULL, new_entry(f, txn, 5, KIND_USER, name));
	}
	commit(txn);
	txn = begin_read(f);
	assert_true(txn_head(txn, 5, &head));
	assert_int_equal(head.first, 1);
	assert_int_equal(head.last, 20);
	for (uint64_t sequence = 1; sequence <= 20; sequence++) {
		assert_true(txn_journal(txn, 5, sequence, &record));
		assert_int_equal(change_read(f->arena, record, &change, NULL), OK);
		assert_int_equal(change.sequence, sequence);
		assert_memory_equal(change.previous, hash, 32);
		assert_true(change.time > time);
		time = change.time;
		hash_sha256(record, hash);
	}
	assert_memory_equal(head.hash, hash, 32);
	assert_false(txn_journal(txn, 5, 21, &record));
	assert_true(txn_next_tenant(txn, 0, &tenant));
	assert_int_equal(tenant, 5);
	assert_false(txn_next_tenant(txn, 6, &tenant));
	txn_end(txn);
}

static void audit_rows_are_kept_in_order(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct audit_row row;

	assert_int_equal(txn_audit_last(txn, 1), 0);
	for (uint64_t sequence = 1; sequence <= 5; sequence++)
		txn_append_audit(txn, 1, sequence, SPAN("{\"action\":\"create\"}"), NULL, 0);
	txn_append_audit(txn, 2, 1, SPAN("{}"), NULL, 0);
	commit(txn);
	txn = begin_write(f);
	assert_int_equal(txn_audit_last(txn, 1), 5);
	assert_true(txn_audit(txn, 1, 3, &row));
	assert_true(span_equal(row.json, SPAN("{\"action\":\"create\"}")));
	txn_append_audit(txn, 1, 5, SPAN("{}"), NULL, 0);
	assert_int_equal(txn_error(txn, NULL), ERR_INTERNAL);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static void a_renewed_reader_sees_the_newest_commit(void **state)
{
	struct fixture *f = *state;
	struct txn *reader = begin_read(f), *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	uint64_t snapshot = txn_snapshot(reader);
	uint32_t numbers[4];

	struct postings *p = postings_all(reader, f->arena, 1, KIND_USER);
	assert_int_equal(collect(p, numbers, 4), 0);
	apply_entry(f, txn, NULL, anna);
	commit(txn);
	p = postings_all(reader, f->arena, 1, KIND_USER);
	assert_int_equal(collect(p, numbers, 4), 0);
	txn_reset(reader);
	assert_int_equal(txn_renew(reader, NULL), OK);
	assert_true(txn_snapshot(reader) > snapshot);
	p = postings_all(reader, f->arena, 1, KIND_USER);
	assert_int_equal(collect(p, numbers, 4), 1);
	txn_end(reader);
}

int main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_created_entry_is_read_back_whole),
		STORE_TEST(another_tenant_sees_nothing),
		STORE_TEST(a_taken_value_is_refused_and_named),
		STORE_TEST(one_change_may_pass_a_value_on),
		STORE_TEST(a_change_made_for_another_state_is_refused),
		STORE_TEST(a_deleted_entry_leaves_no_row),
		STORE_TEST(a_number_is_never_given_twice),
		STORE_TEST(a_membership_is_found_from_both_ends),
		STORE_TEST(containers_of_several_kinds_come_in_one_walk),
		STORE_TEST(a_renamed_member_is_renamed_in_its_groups),
		STORE_TEST(state_lives_and_dies_without_the_journal),
		STORE_TEST(the_journal_is_a_dense_chain_with_rising_time),
		STORE_TEST(audit_rows_are_kept_in_order),
		STORE_TEST(a_renewed_reader_sees_the_newest_commit),
	};

	return cmocka_run_group_tests_name("store: entries", tests, NULL, NULL);
}
