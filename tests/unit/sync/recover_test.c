/* What a run that outlives us knows beside its rows comes back as it was. */
#include "../folder.h"

#include "in/sync/sync_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct place {
	char path[64];
	struct sync sync;
};

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->path, sizeof(place->path), "/tmp/muster-recover-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->sync.data = place->path;
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	remove_folder(place->path);
	free(place);
	return 0;
}

/* A run's end, and how it is found after a kill. */
static struct job *find_again(struct place *place, struct job *job)
{
	struct why why = { 0 };
	enum err err;

	assert_int_equal(recover_publish(job, &why), OK);
	job_free(job);
	struct job *again = job_make(&place->sync, 1, 2);
	assert_true(recover_load(again, &err, &why));
	assert_int_equal(err, OK);
	return again;
}

static void a_run_that_took_nobody_for_gone_still_wants_a_full_compare(void **state)
{
	struct place *place = *state;
	struct job *job = job_make(&place->sync, 1, 2);

	run_begin(job, true);
	job->run.half_read = true;
	job = find_again(place, job);
	assert_true(job->run.want_full);
	job_free(job);
}

static void a_run_that_read_all_wants_none(void **state)
{
	struct place *place = *state;
	struct job *job = job_make(&place->sync, 1, 2);

	run_begin(job, true);
	job->run.complete = true;
	job = find_again(place, job);
	assert_true(job->run.full && job->run.complete);
	assert_false(job->run.want_full);
	job_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_run_that_took_nobody_for_gone_still_wants_a_full_compare, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_run_that_read_all_wants_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
