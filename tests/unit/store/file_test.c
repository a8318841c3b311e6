/* Opening, the second daemon, cut files, kills, full disks and quotas, backup. */
#include "fixture.h"

#include "base/codec.h"
#include "base/limits.h"

#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_ROUNDS 15

static struct entry *add_user(struct fixture *f, struct txn *txn, unsigned i)
{
	struct entry *user = new_entry(f, txn, 1, KIND_USER, arena_printf(f->arena, "user%u", i));

	add_value(user, ATTR_EMAIL, arena_printf(f->arena, "user%u@example.org", i));
	add_value(user, ATTR_COMMON_NAME, arena_printf(f->arena, "Given%u Family%u", i, i * 7));
	apply_entry(f, txn, NULL, user);
	return user;
}

static void a_second_daemon_is_refused_with_the_pid_of_the_first(void **state)
{
	struct fixture *f = *state;
	struct store_options options = { .path = f->path, .create = true, .readers = 1 };
	struct store *second;
	struct why why = { 0 };
	char pid[32];

	assert_int_equal(store_open(&options, &second, &why), ERR_CONFLICT);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_non_null(strstr(why.text, pid));
	fixture_close(f);
	assert_int_equal(store_open(&options, &second, &why), OK);
	store_close(second);
}

static void a_store_that_is_not_there_is_not_made_by_reading(void **state)
{
	struct fixture *f = *state;
	struct store *store;
	struct why why = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/none", f->path);
	assert_int_equal(store_open_to_read(path, &store, &why), ERR_NOT_FOUND);
	assert_int_equal(mkdir(path, 0700), 0);
	why = (struct why){ 0 };
	assert_int_equal(store_open_to_read(path, &store, &why), ERR_NOT_FOUND);
	struct store_options options = { .path = path, .readers = 1 };
	assert_int_equal(store_open(&options, &store, &why), ERR_NOT_FOUND);
}

static void descriptors_do_not_pass_to_children(void **state)
{
	struct fixture *f = *state;
	char link[64], target[256];

	for (int fd = 3; fd < 64; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strstr(target, f->path))
			assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
}

/* In a child: a cut that is not noticed would end the process. */
static void expect_refused(const char *path, off_t size)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct store_options options = { .path = path, .create = true, .readers = 1 };
		struct why why = { 0 };
		struct store *store;
		enum err err = store_open(&options, &store, &why);
		_exit(err == ERR_CORRUPT && why.text[0] ? 0 : 1);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("cut to %ld octets: status %d", (long)size, status);
}

static void a_cut_file_is_refused_at_every_length(void **state)
{
	struct fixture *f = *state;
	char data[128];
	struct stat status;

	for (unsigned i = 0; i < 100; i++) {
		struct txn *txn = begin_write(f);
		add_user(f, txn, i);
		commit(txn);
	}
	fixture_close(f);
	snprintf(data, sizeof(data), "%s/data.mdb", f->path);
	assert_int_equal(stat(data, &status), 0);
	for (off_t size = status.st_size - 4096; size >= 0; size -= 4096) {
		assert_int_equal(truncate(data, size), 0);
		expect_refused(f->path, size);
		assert_int_equal(stat(data, &status), 0);
		assert_int_equal(status.st_size, size);
	}
}

/* Writes until killed; what is committed is acknowledged through the pipe. */
static void write_on(struct fixture *f, unsigned i, int acknowledge)
{
	for (;; i += 3) {
		struct txn *txn = begin_write(f);
		for (unsigned j = 0; j < 3; j++)
			add_user(f, txn, i + j);
		commit(txn);
		unsigned done = i + 3;
		if (write(acknowledge, &done, sizeof(done)) != sizeof(done))
			_exit(1);
		arena_reset(f->arena);
	}
}

static unsigned kill_at_random(struct fixture *f, unsigned begin)
{
	unsigned last = begin, seen;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		fixture_open(f);
		write_on(f, begin, ends[1]);
	}
	close(ends[1]);
	/* However slow the disk is, something is acknowledged in each round. */
	if (read(ends[0], &seen, sizeof(seen)) == sizeof(seen))
		last = seen;
	usleep(5000 + (useconds_t)(begin * 7919 % 30000));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ends[0], &seen, sizeof(seen)) == sizeof(seen))
		last = seen;
	close(ends[0]);
	return last;
}

static void a_kill_loses_nothing_acknowledged_and_leaves_no_half(void **state)
{
	struct fixture *f = *state;
	unsigned acknowledged = 0;

	fixture_close(f);
	for (int round = 0; round < KILL_ROUNDS; round++) {
		acknowledged = kill_at_random(f, acknowledged);
		assert_int_equal(faults_of(f->path, false), 0);
		fixture_open(f);
		struct txn *txn = begin_read(f);
		uint64_t count = txn_count(txn, 1, KIND_USER);
		assert_true(count >= acknowledged && count % 3 == 0);
		for (unsigned i = 0; i < acknowledged; i++) {
			uint32_t number;
			struct span name = span_str(arena_printf(f->arena, "user%u", i));
			assert_true(
				txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, name, &number));
		}
		txn_end(txn);
		fixture_close(f);
		acknowledged = (unsigned)count;
		arena_reset(f->arena);
	}
	assert_true(acknowledged > 0);
}

static enum err try_user(struct fixture *f, unsigned i, struct why *why)
{
	struct txn *txn;
	enum err err = txn_begin_write(f->store, &txn, why);

	if (err != OK)
		return err;
	add_user(f, txn, i);
	return txn_commit(txn, why);
}

static void open_with_quota(struct fixture *f, uint64_t quota)
{
	struct store_options options = { .path = f->path, .readers = 4, .quota = quota };
	struct why why = { 0 };

	if (store_open(&options, &f->store, &why) != OK)
		fail_msg("%s", why.text);
}

static void a_full_quota_refuses_writes_until_it_is_raised(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct store_figures figures;
	struct stat status;
	enum err err = OK;
	unsigned i = 0;
	char data[128];
	uint32_t number;

	fixture_close(f);
	open_with_quota(f, 4 * MIB);
	struct txn *first = begin_write(f);
	struct entry *anna = add_user(f, first, 1000000);
	commit(first);
	for (; err == OK && i < 100000; i++)
		err = try_user(f, i, &why);
	assert_int_equal(err, ERR_FULL);
	assert_non_null(strstr(why.text, "quota"));
	snprintf(data, sizeof(data), "%s/data.mdb", f->path);
	assert_int_equal(stat(data, &status), 0);
	assert_true(status.st_size < 5 * MIB);
	store_figures(f->store, &figures);
	assert_int_equal(figures.entries, i);
	struct txn *txn = begin_read(f);
	struct span refused = span_str(arena_printf(f->arena, "user%u", i - 1));
	assert_false(txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, refused, &number));
	txn_end(txn);
	txn = begin_write(f);
	apply_entry(f, txn, anna, NULL);
	commit(txn);
	fixture_close(f);
	open_with_quota(f, 8 * MIB);
	assert_int_equal(try_user(f, i, &why), OK);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

/* The limit on file sizes stands for a full disk: the write fails with EFBIG. */
static void a_full_disk_refuses_writes_until_there_is_room(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small;
	struct why why = { 0 };
	enum err err = OK;
	unsigned i = 0;
	uint32_t number;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 2 * MIB;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (; err == OK && i < 100000; i++)
		err = try_user(f, i, &why);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, ERR_FULL);
	assert_false(store_is_broken(f->store));
	struct txn *txn = begin_read(f);
	struct span name = span_str(arena_printf(f->arena, "user%u", i - 1));
	assert_false(txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, name, &number));
	name = span_str(arena_printf(f->arena, "user%u", i - 2));
	assert_true(txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, name, &number));
	txn_end(txn);
	assert_int_equal(try_user(f, i, &why), OK);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static bool file_holds(const char *path, const char *text)
{
	struct stat status;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && fstat(fd, &status) == 0);
	char *octets = malloc((size_t)status.st_size);
	assert_int_equal(read(fd, octets, (size_t)status.st_size), status.st_size);
	bool found = false;
	for (off_t i = 0; !found && i + (off_t)strlen(text) <= status.st_size; i++)
		found = memcmp(octets + i, text, strlen(text)) == 0;
	free(octets);
	close(fd);
	return found;
}

static void a_backup_is_whole_private_and_without_what_was_removed(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct stat status;
	char path[128], data[160], partial[160];
	struct record record;
	struct store *copy;
	struct txn *txn = begin_write(f);
	uint32_t number;
	struct effect effect = {
		.type = EFFECT_STATE, .key = SPAN("secret"), .after = SPAN("canary-5f1c0de")
	};
	struct change change = { .tenant = 1,
		.actor_type = ACTOR_SYSTEM,
		.channel = CHANNEL_INTERNAL,
		.effects = &effect,
		.count = 1 };

	for (unsigned i = 0; i < 200; i++)
		add_user(f, txn, i);
	txn_apply(txn, &change);
	commit(txn);
	txn = begin_write(f);
	effect.before = effect.after;
	effect.after = SPAN_NONE;
	txn_apply(txn, &change);
	commit(txn);
	snprintf(path, sizeof(path), "%s/backup", f->path);
	snprintf(partial, sizeof(partial), "%s.partial", path);
	snprintf(data, sizeof(data), "%s/data.mdb", path);
	assert_int_equal(mkdir(partial, 0700), 0); /* of a backup that was killed */
	assert_int_equal(store_backup(f->store, path, &why), OK);
	assert_int_equal(store_backup(f->store, path, &why), ERR_EXISTS);
	assert_int_equal(stat(partial, &status), -1);
	assert_int_equal(stat(data, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_false(file_holds(data, "canary-5f1c0de"));
	assert_int_equal(faults_of(path, false), 0);
	struct store_options options = { .path = path, .readers = 1 };
	assert_int_equal(store_open(&options, &copy, &why), OK);
	assert_int_equal(txn_begin_read(copy, &txn, &why), OK);
	assert_int_equal(txn_count(txn, 1, KIND_USER), 200);
	assert_true(txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, SPAN("user150"), &number));
	assert_true(txn_entry(txn, 1, KIND_USER, number, &record));
	txn_end(txn);
	store_close(copy);
}

static void a_store_of_a_newer_format_is_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t format[4];
	MDB_val key = { 6, "format" }, value = { sizeof(format), format };
	struct store *store;
	struct why why = { 0 };
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	fixture_close(f);
	put_be32(format, 99);
	assert_int_equal(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 32);
	assert_int_equal(mdb_env_open(env, f->path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "meta", 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	assert_int_equal(store_open_to_read(f->path, &store, &why), ERR_UNSUPPORTED);
	assert_non_null(strstr(why.text, "format 99"));
}

static void readers_stand_beside_the_writer_in_another_process(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	int status;

	add_user(f, txn, 1);
	commit(txn);
	pid_t child = fork();
	if (child == 0)
		_exit(faults_of(f->path, false) == 0 ? 0 : 1);
	txn = begin_write(f);
	add_user(f, txn, 2);
	commit(txn);
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_killed_reader_is_let_go_of(void **state)
{
	struct fixture *f = *state;
	char ready;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		struct why why = { 0 };
		struct store *store;
		struct txn *txn;
		bool good = store_open_to_read(f->path, &store, &why) == OK &&
			    txn_begin_read(store, &txn, &why) == OK;
		if (!good || write(ends[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ends[0], &ready, 1), 1);
	assert_int_equal(store_clear_readers(f->store), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(store_clear_readers(f->store), 1);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_second_daemon_is_refused_with_the_pid_of_the_first),
		STORE_TEST(a_store_that_is_not_there_is_not_made_by_reading),
		STORE_TEST(descriptors_do_not_pass_to_children),
		STORE_TEST(a_cut_file_is_refused_at_every_length),
		STORE_TEST(a_kill_loses_nothing_acknowledged_and_leaves_no_half),
		STORE_TEST(a_full_quota_refuses_writes_until_it_is_raised),
		STORE_TEST(a_full_disk_refuses_writes_until_there_is_room),
		STORE_TEST(a_backup_is_whole_private_and_without_what_was_removed),
		STORE_TEST(a_store_of_a_newer_format_is_refused),
		STORE_TEST(readers_stand_beside_the_writer_in_another_process),
		STORE_TEST(a_killed_reader_is_let_go_of),
	};

	return cmocka_run_group_tests_name("store: files", tests, NULL, NULL);
}
