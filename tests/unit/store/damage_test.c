/* Every kind of damage is found by verify. Rows are altered behind the store's back, through LMDB
 * itself. */
#include "fixture.h"

#include "base/codec.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const tables[] = { "entries", "ids", "unique", "equality", "presence",
	"trigrams", "ordered", "edges", "memberships", "counters", "state", "heads", "journal",
	"audit", "audit_links", "provision", "provision_links" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROWS_MOST 12 /* altered of each table, one after the other */
#define COUNTER_NUMBERS 3

enum harm { HARM_DELETE, HARM_FLIP_FIRST, HARM_FLIP_LAST, HARM_COUNT };

static void set_state(struct txn *txn)
{
	struct effect effect = {
		.type = EFFECT_STATE, .key = SPAN("cookie"), .after = SPAN("rid=001,csn=2026")
	};
	struct change change = { .tenant = 1,
		.actor_type = ACTOR_SYSTEM,
		.channel = CHANNEL_INTERNAL,
		.effects = &effect,
		.count = 1 };

	txn_apply(txn, &change);
}

static void fill(struct fixture *f)
{
	struct txn *txn = begin_write(f);
	struct entry *group = new_entry(f, txn, 1, KIND_GROUP, "plant");

	apply_entry(f, txn, NULL, group);
	for (int i = 0; i < 6; i++) {
		struct entry *user =
			new_entry(f, txn, 1, KIND_USER, arena_printf(f->arena, "user%d", i));
		add_value(user, ATTR_EMAIL, arena_printf(f->arena, "user%d@example.org", i));
		add_value(user, ATTR_DEPARTMENT, "Presses");
		apply_entry(f, txn, NULL, user);
		apply_edge(f, txn, group, user, true);
		const struct audit_link links[] = { { AUDIT_LINK_TARGET, user->id },
			{ AUDIT_LINK_ACTOR, group->id } };
		txn_append_audit(
			txn, 1, (uint64_t)i + 1, SPAN("{\"action\":\"user create\"}"), links, 2);
		const struct provision_link link = { PROVISION_LINK_REFUSED, { 0 } };
		txn_put_provision(txn, 1, 1, &link, 1, SPAN("a row"));
	}
	set_state(txn);
	commit(txn);
	fixture_close(f);
}

static void copy_file(const char *from, const char *to)
{
	char octets[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, octets, sizeof(octets))) > 0)
		assert_int_equal(write(out, octets, (size_t)n), n);
	close(in);
	close(out);
}

/* Alters the n-th row of the table; false when there are fewer, or this harm leaves no trace. */
static bool harm_row(MDB_txn *txn, const char *table, int n, enum harm harm)
{
	uint8_t octets[4096], name[512];
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_dbi dbi;
	bool done = false;

	assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	for (int i = 0; rc == 0 && i < n; i++)
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	if (rc == 0) {
		memcpy(name, key.mv_data, key.mv_size);
		memcpy(octets, value.mv_data, value.mv_size);
		MDB_val k = { key.mv_size, name }, v = { value.mv_size, octets };
		bool last = mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_NOTFOUND;
		if (harm == HARM_DELETE) {
			/* What was cut off at the end of an audit is known to an anchor elsewhere
			 * only. */
			done = strcmp(table, "state") != 0 &&
			       !(strcmp(table, "audit") == 0 && last) &&
			       mdb_del(txn, dbi, &k, NULL) == 0;
		} else if (v.mv_size) {
			octets[harm == HARM_FLIP_FIRST ? 0 : v.mv_size - 1] ^= 0x10;
			/* A number counter may be ahead. */
			done = !(strcmp(table, "counters") == 0 && name[4] == COUNTER_NUMBERS) &&
			       mdb_put(txn, dbi, &k, &v, 0) == 0;
		}
	}
	mdb_cursor_close(cursor);
	return done;
}

static bool harm_store(const char *path, const char *table, int n, enum harm harm)
{
	MDB_env *env;
	MDB_txn *txn;

	assert_int_equal(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 32);
	assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	bool done = harm_row(txn, table, n, harm);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	return done;
}

static void verify_finds_every_kind_of_damage(void **state)
{
	struct fixture *f = *state;
	char whole[128], copy[128], data[160];
	unsigned harmed = 0;

	fill(f);
	assert_int_equal(faults_of(f->path, false), 0);
	snprintf(whole, sizeof(whole), "%s/data.mdb", f->path);
	snprintf(copy, sizeof(copy), "%s/copy", f->path);
	snprintf(data, sizeof(data), "%s/data.mdb", copy);
	assert_int_equal(mkdir(copy, 0700), 0);
	for (size_t t = 0; t < COUNT(tables); t++)
		for (int n = 0; n < ROWS_MOST; n++)
			for (enum harm harm = 0; harm < HARM_COUNT; harm++) {
				copy_file(whole, data);
				if (!harm_store(copy, tables[t], n, harm))
					continue;
				harmed++;
				if (faults_of(copy, true) == 0)
					fail_msg("%s row %d harm %d is not found", tables[t], n,
						harm);
			}
	assert_true(harmed >= 200);
}

static void a_damaged_record_is_an_error_and_no_wrong_answer(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct record record;
	uint32_t found = 0;

	fill(f);
	assert_true(harm_store(f->path, "entries", 3, HARM_FLIP_LAST));
	fixture_open(f);
	struct txn *txn = begin_read(f);
	for (uint32_t number = 2; number <= 7; number++) {
		if (txn_entry(txn, 1, KIND_USER, number, &record))
			found++;
		else
			assert_int_equal(txn_error(txn, &why), ERR_CORRUPT);
		assert_int_equal(txn_renew(txn, &why), OK);
	}
	assert_int_equal(found, 5);
	txn_end(txn);
}

static void audit_sentence(void *arg, const char *sentence)
{
	snprintf(arg, 256, "%s", sentence);
}

static void the_first_bad_audit_row_is_named(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	char sentence[256] = "";

	fill(f);
	assert_int_equal(store_verify_audit(f->path, NULL, audit_sentence, sentence, &why), OK);
	assert_true(harm_store(f->path, "audit", 2, HARM_FLIP_LAST));
	assert_int_equal(
		store_verify_audit(f->path, NULL, audit_sentence, sentence, &why), ERR_CORRUPT);
	assert_non_null(strstr(sentence, "tenant 1 breaks at row 3"));
}

int main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		STORE_TEST(verify_finds_every_kind_of_damage),
		STORE_TEST(a_damaged_record_is_an_error_and_no_wrong_answer),
		STORE_TEST(the_first_bad_audit_row_is_named),
	};

	return cmocka_run_group_tests_name("store: damage", tests, NULL, NULL);
}
