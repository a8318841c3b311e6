/* Damage in an index is met when the changes of many are written together; it may refuse the one
 * that needs the row and nobody else. */
#define _GNU_SOURCE /* memmem */

#include "fixture.h"

#include <lmdb.h>

#define TITLE "fitter"

/* Alters the row of postings under the title, behind the core's back. */
static void harm_title(const char *path)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
	MDB_val key, value;
	bool done = false;

	assert_int_equal(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 32);
	assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "equality", 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	while (!done && mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		static const uint8_t backwards[5] = { 0 };
		MDB_val bad = { sizeof backwards, (void *)backwards };
		done = memmem(key.mv_data, key.mv_size, TITLE, strlen(TITLE)) != NULL;
		if (done)
			assert_int_equal(mdb_cursor_put(cursor, &key, &bad, MDB_CURRENT), 0);
	}
	mdb_cursor_close(cursor);
	assert_true(done);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static struct entry *titled(struct fixture *f, const char *name)
{
	struct entry *entry = new_entry(f, KIND_USER, name);
	add_value(entry, ATTR_TITLE, TITLE);
	return entry;
}

static void a_damaged_index_row_refuses_only_those_who_need_it(void **state)
{
	struct fixture *f = *state;
	struct core_figures figures;
	struct outcome outcomes[3];
	struct why why = { 0 };

	make(f, f->acme, titled(f, "ada"));
	make(f, f->acme, titled(f, "bob"));
	fixture_close(f);
	harm_title(f->path);
	fixture_open(f, 0);
	const struct entry *entries[] = { new_entry(f, KIND_USER, "eve"), titled(f, "dan"),
		new_entry(f, KIND_USER, "fay") };
	struct command commands[3];
	for (size_t i = 0; i < 3; i++)
		commands[i] = (struct command){ .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = KIND_USER,
			.entry = entries[i] };
	assert_int_equal(
		core_run_many(f->core, &f->operator, commands, 3, false, outcomes, &why), OK);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], ERR_CORRUPT);
	assert_err(outcomes[2], OK);
	core_figures(f->core, &figures);
	assert_false(figures.failed);
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_USER, "gus")), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_damaged_index_row_refuses_only_those_who_need_it,
			fixture_setup, fixture_teardown_damaged),
	};
	return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
