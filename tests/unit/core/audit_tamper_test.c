/* Whoever can write the store's file can alter the audit, and is found out: rows altered, deleted,
 * swapped, made anew or cut off behind the store's back, through LMDB itself. */
#include "fixture.h"

#include "base/codec.h"
#include "base/hash.h"
#include "core/audit.h"
#include "store/store.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROUNDS 200
#define ROWS_LEAST 60 /* of acme, in three segments and a rest */
#define HEAD 50       /* octets of a row before its links: hash, tag, count */

struct scene {
	char copy[160];
	uint64_t rows, sealed; /* the last row; the last one that a checkpoint covers */
	struct audit_trust trust;
	char anchors[200];
	char sentence[512]; /* the first fault */
	uint64_t seed;
};

static uint64_t draw(struct scene *scene, uint64_t low, uint64_t high)
{
	scene->seed = scene->seed * 6364136223846793005u + 1442695040888963407u;
	return low + (scene->seed >> 33) % (high - low + 1);
}

static void copy_file(const char *folder, const char *name, const char *to)
{
	char from[256], into[256], octets[65536];
	snprintf(from, sizeof from, "%s/%s", folder, name);
	snprintf(into, sizeof into, "%s/%s", to, name);
	int in = open(from, O_RDONLY), out = open(into, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;
	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, octets, sizeof octets)) > 0)
		assert_int_equal(write(out, octets, (size_t)n), n);
	close(in);
	close(out);
}

static void keep(struct fixture *f)
{
	struct why why = { 0 };
	if (core_keep(f->core, true, &why))
		fail_msg("%s", why.text);
}

static void set_scene(struct fixture *f, struct scene *scene)
{
	struct seal_key key;
	struct sign_key sign_key;
	*scene = (struct scene){ .seed = 20261122 };
	memset(key.octets, 7, sizeof key.octets);
	sign_key_derive(&key, CHECKPOINT_PURPOSE, &sign_key);
	memcpy(scene->trust.public, sign_key.public, SIGN_PUBLIC);
	key_derive(&key, AUDIT_TAG_PURPOSE, scene->trust.tag_key);
	scene->trust.has_public = scene->trust.has_tag_key = true;
	for (unsigned i = 0; audit_count(f, f->acme) < ROWS_LEAST; i++) {
		make_user(f, f->acme, arena_printf(f->arena, "user%u", i));
		if (i % 16 == 15) {
			scene->sealed = audit_count(f, f->acme);
			keep(f);
		}
	}
	scene->rows = audit_count(f, f->acme);
	assert_true(scene->rows > scene->sealed);
	snprintf(scene->copy, sizeof scene->copy, "%s/copy", f->path);
	snprintf(scene->anchors, sizeof scene->anchors, "%s/" ANCHOR_FILE, f->path);
	scene->trust.anchors = scene->anchors;
	assert_int_equal(mkdir(scene->copy, 0700), 0);
}

static void end_scene(const struct scene *scene)
{
	remove_folder(scene->copy);
}

static void take_first(void *arg, const char *sentence)
{
	struct scene *scene = arg;
	if (!scene->sentence[0])
		snprintf(scene->sentence, sizeof scene->sentence, "%s", sentence);
}

static enum err verify(struct scene *scene)
{
	scene->sentence[0] = '\0';
	return store_verify_audit(scene->copy, &scene->trust, take_first, scene, NULL);
}

static void must_name(struct scene *scene, uint32_t tenant, uint64_t row, const char *what)
{
	char wanted[128];
	snprintf(wanted, sizeof wanted, "The audit of tenant %u breaks at row %llu: %s", tenant,
		(unsigned long long)row, what);
	assert_int_equal(verify(scene), ERR_CORRUPT);
	if (strncmp(scene->sentence, wanted, strlen(wanted)) != 0)
		fail_msg("\"%s\" is told as \"%s\"", wanted, scene->sentence);
}

/* ---- behind the store's back ---- */

struct break_in {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi audit, checkpoints;
};

static void enter(struct fixture *f, const struct scene *scene, struct break_in *b)
{
	copy_file(f->path, "data.mdb", scene->copy);
	assert_int_equal(mdb_env_create(&b->env), 0);
	mdb_env_set_maxdbs(b->env, 32);
	mdb_env_set_mapsize(b->env, (size_t)1 << 30);
	assert_int_equal(mdb_env_open(b->env, scene->copy, MDB_NOSYNC, 0600), 0);
	assert_int_equal(mdb_txn_begin(b->env, NULL, 0, &b->txn), 0);
	assert_int_equal(mdb_dbi_open(b->txn, "audit", 0, &b->audit), 0);
	assert_int_equal(mdb_dbi_open(b->txn, "checkpoints", 0, &b->checkpoints), 0);
}

static void leave_store(struct break_in *b)
{
	assert_int_equal(mdb_txn_commit(b->txn), 0);
	mdb_env_close(b->env);
}

struct place {
	uint8_t octets[12];
};

static MDB_val key_at(struct place *place, uint32_t tenant, uint64_t row)
{
	put_be32(place->octets, tenant);
	put_be64(place->octets + 4, row);
	return (MDB_val){ sizeof place->octets, place->octets };
}

/* A copy of the row's value. */
static struct span take(
	struct fixture *f, struct break_in *b, MDB_dbi table, uint32_t tenant, uint64_t row)
{
	struct place place;
	MDB_val key = key_at(&place, tenant, row), value;
	assert_int_equal(mdb_get(b->txn, table, &key, &value), 0);
	return arena_copy(f->arena, span_of(value.mv_data, value.mv_size));
}

static void put(struct break_in *b, MDB_dbi table, uint32_t tenant, uint64_t row, struct span value)
{
	struct place place;
	MDB_val key = key_at(&place, tenant, row), v = { value.len, (void *)value.data };
	assert_int_equal(mdb_put(b->txn, table, &key, &v, 0), 0);
}

static int remove_row(struct break_in *b, MDB_dbi table, uint32_t tenant, uint64_t row)
{
	struct place place;
	MDB_val key = key_at(&place, tenant, row);
	return mdb_del(b->txn, table, &key, NULL);
}

static size_t json_at(struct span value)
{
	return HEAD + (size_t)get_be16(value.data + HEAD - 2) * 17;
}

/* "success" becomes "succesS". */
static struct span falsify(struct span value)
{
	uint8_t *octets = (uint8_t *)value.data;
	for (size_t i = json_at(value); i + 7 <= value.len; i++)
		if (memcmp(octets + i, "success", 7) == 0)
			octets[i + 6] = 'S';
	return value;
}

/* Makes the hashes of the rows from `first` on follow from each other again, tags left alone. */
static void chain_anew(
	struct fixture *f, struct break_in *b, uint32_t tenant, uint64_t first, uint64_t last)
{
	uint8_t hash[32] = { 0 };
	if (first > 1)
		memcpy(hash, take(f, b, b->audit, tenant, first - 1).data, 32);
	for (uint64_t row = first; row <= last; row++) {
		struct span value = take(f, b, b->audit, tenant, row);
		hash_sha256_two(span_of(hash, 32), span_from(value, json_at(value)), hash);
		memcpy((uint8_t *)value.data, hash, 32);
		put(b, b->audit, tenant, row, value);
	}
}

/* ---- the attacks ---- */

static void an_untouched_audit_has_no_fault(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	struct break_in b;
	set_scene(f, &scene);
	enter(f, &scene, &b);
	leave_store(&b);
	assert_int_equal(verify(&scene), OK);
	end_scene(&scene);
}

static void an_altered_row_is_named(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		uint64_t row = draw(&scene, 1, scene.rows);
		enter(f, &scene, &b);
		put(&b, b.audit, f->acme, row, falsify(take(f, &b, b.audit, f->acme, row)));
		leave_store(&b);
		must_name(&scene, f->acme, row, "it or the one before was altered");
	}
	end_scene(&scene);
}

static void a_deleted_row_is_named(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		uint64_t row = draw(&scene, 1, scene.rows - 1);
		enter(f, &scene, &b);
		assert_int_equal(remove_row(&b, b.audit, f->acme, row), 0);
		leave_store(&b);
		must_name(&scene, f->acme, row, "it was deleted");
	}
	end_scene(&scene);
}

static void the_first_of_two_swapped_rows_is_named(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		uint64_t first = draw(&scene, 1, scene.rows - 1);
		uint64_t second = draw(&scene, first + 1, scene.rows);
		enter(f, &scene, &b);
		struct span one = take(f, &b, b.audit, f->acme, first);
		put(&b, b.audit, f->acme, first, take(f, &b, b.audit, f->acme, second));
		put(&b, b.audit, f->acme, second, one);
		leave_store(&b);
		must_name(&scene, f->acme, first, "another row stands in its place");
	}
	end_scene(&scene);
}

static void the_first_row_of_a_chain_made_anew_is_named_by_the_key(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		uint64_t row = draw(&scene, 1, scene.rows);
		enter(f, &scene, &b);
		put(&b, b.audit, f->acme, row, falsify(take(f, &b, b.audit, f->acme, row)));
		chain_anew(f, &b, f->acme, row, scene.rows);
		leave_store(&b);
		must_name(&scene, f->acme, row, "it was written without the server's key");
	}
	end_scene(&scene);
}

static void without_the_key_the_segment_of_a_chain_made_anew_is_named(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	scene.trust.has_tag_key = false;
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		unsigned long long first, last;
		uint32_t tenant;
		uint64_t row = draw(&scene, 1, scene.sealed);
		enter(f, &scene, &b);
		put(&b, b.audit, f->acme, row, falsify(take(f, &b, b.audit, f->acme, row)));
		chain_anew(f, &b, f->acme, row, scene.rows);
		leave_store(&b);
		assert_int_equal(verify(&scene), ERR_CORRUPT);
		assert_int_equal(sscanf(scene.sentence,
					 "The audit of tenant %u was made anew somewhere from row "
					 "%llu to %llu",
					 &tenant, &first, &last),
			3);
		assert_true(tenant == f->acme && first <= row && row <= last);
	}
	end_scene(&scene);
}

/* Rows and checkpoints alike: what is left hangs together, and the anchor knows better. */
static void a_tail_that_was_cut_off_is_named(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		uint64_t row = draw(&scene, 1, scene.sealed);
		enter(f, &scene, &b);
		for (uint64_t cut = row; cut <= scene.rows; cut++) {
			assert_int_equal(remove_row(&b, b.audit, f->acme, cut), 0);
			remove_row(&b, b.checkpoints, f->acme, cut);
		}
		leave_store(&b);
		must_name(&scene, f->acme, row, "it and those behind it were cut off");
	}
	end_scene(&scene);
}

static void the_anchor_knows_of_a_tenant_whose_audit_is_gone(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	struct break_in b;
	set_scene(f, &scene);
	enter(f, &scene, &b);
	for (uint64_t cut = 1; cut <= scene.rows; cut++) {
		remove_row(&b, b.audit, f->acme, cut);
		remove_row(&b, b.checkpoints, f->acme, cut);
	}
	leave_store(&b);
	must_name(&scene, f->acme, 1, "it and those behind it were cut off");
	end_scene(&scene);
}

/* Who lacks the key signs with another one: over rows altered at will, all in order. */
static void a_checkpoint_of_another_key_is_forged(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	struct break_in b;
	struct seal_key other = { { 8 } };
	struct sign_key key;
	struct checkpoint c;
	struct buffer line;
	set_scene(f, &scene);
	sign_key_derive(&other, CHECKPOINT_PURPOSE, &key);
	enter(f, &scene, &b);
	struct span old = take(f, &b, b.checkpoints, f->acme, scene.sealed);
	assert_true(checkpoint_read(old, &c));
	buffer_init(&line, CHECKPOINT_TEXT_MAX);
	checkpoint_write(&line, &c, &key);
	put(&b, b.checkpoints, f->acme, scene.sealed, buffer_span(&line));
	leave_store(&b);
	assert_int_equal(verify(&scene), ERR_CORRUPT);
	assert_non_null(strstr(scene.sentence, "is forged"));
	/* Nobody told the key: that of the anchors counts. */
	scene.trust.has_public = false;
	assert_int_equal(verify(&scene), ERR_CORRUPT);
	assert_non_null(strstr(scene.sentence, "is forged"));
	buffer_free(&line);
	end_scene(&scene);
}

static void an_altered_checkpoint_is_forged(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	set_scene(f, &scene);
	for (int i = 0; i < ROUNDS; i++) {
		struct break_in b;
		enter(f, &scene, &b);
		struct span line = take(f, &b, b.checkpoints, f->acme, scene.sealed);
		((uint8_t *)line.data)[draw(&scene, 0, line.len - 1)] ^= 1;
		put(&b, b.checkpoints, f->acme, scene.sealed, line);
		leave_store(&b);
		assert_int_equal(verify(&scene), ERR_CORRUPT);
		assert_non_null(strstr(scene.sentence, "is forged"));
	}
	end_scene(&scene);
}

/* Retention is signed too: nobody drops old rows by saying so. */
static void rows_below_the_ones_kept_are_not_dropped_without_the_key(void **state)
{
	struct fixture *f = *state;
	struct scene scene;
	struct break_in b;
	set_scene(f, &scene);
	enter(f, &scene, &b);
	for (uint64_t row = 1; row <= 5; row++)
		remove_row(&b, b.audit, f->acme, row);
	leave_store(&b);
	must_name(&scene, f->acme, 1, "it was deleted");
	end_scene(&scene);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_untouched_audit_has_no_fault),
		TEST(an_altered_row_is_named),
		TEST(a_deleted_row_is_named),
		TEST(the_first_of_two_swapped_rows_is_named),
		TEST(the_first_row_of_a_chain_made_anew_is_named_by_the_key),
		TEST(without_the_key_the_segment_of_a_chain_made_anew_is_named),
		TEST(a_tail_that_was_cut_off_is_named),
		TEST(the_anchor_knows_of_a_tenant_whose_audit_is_gone),
		TEST(a_checkpoint_of_another_key_is_forged),
		TEST(an_altered_checkpoint_is_forged),
		TEST(rows_below_the_ones_kept_are_not_dropped_without_the_key),
	};
	return cmocka_run_group_tests_name("core: tampering with the audit", tests, NULL, NULL);
}
