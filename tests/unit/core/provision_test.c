/* The provisioning log: what is told of requests is kept, found, bounded and let go. */
#include "fixture.h"

#include "base/limits.h"
#include "core/audit.h"
#include "core/provision.h"
#include "store/store.h"

#include <unistd.h>

#define DAY (86400 * SECOND)
#define EPOCH (INT64_C(4102444800) * SECOND) /* 2100-01-01: after every real row */

static void keep(struct fixture *f, bool all)
{
	struct why why = { 0 };
	if (core_keep(f->core, all, &why))
		fail_msg("%s", why.text);
}

static struct actor connection(uint32_t tenant, const char *name)
{
	struct actor actor = { .type = ACTOR_CLIENT,
		.tenant = tenant,
		.kind = KIND_CLIENT,
		.number = 7,
		.id = uuid_new(),
		.channel = CHANNEL_SCIM };
	snprintf(actor.name, sizeof actor.name, "%s", name);
	snprintf(actor.address, sizeof actor.address, "192.0.2.7");
	snprintf(actor.user_agent, sizeof actor.user_agent, "Okta SCIM Client 1.0");
	return actor;
}

static struct provision creation(const char *name)
{
	return (struct provision){ .request = uuid_new(),
		.method = SPAN("POST"),
		.path = SPAN("/scim/v2/acme/Users"),
		.type = SPAN("User"),
		.subject = uuid_new(),
		.subject_name = span_str(name),
		.external_id = SPAN("00u1"),
		.body = SPAN("{\"userName\":\"anna\"}"),
		.body_octets = 19,
		.outcome = PROVISION_SUCCEEDED,
		.status = 201,
		.micros = 1200,
		.journal = 12,
		.audit_first = 11,
		.audit_last = 12 };
}

static void tell(struct fixture *f, const struct actor *actor, const struct provision *row)
{
	core_provisioned(f->core, actor, f->arena, row, 1);
}

static void tell_many(struct fixture *f, const struct actor *actor, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct provision row = creation("anna");
		tell(f, actor, &row);
	}
	keep(f, false);
}

/* The rows that answer, newest first. */
static size_t found(struct fixture *f, const struct provision_spec *spec, uint64_t *sequences)
{
	struct provision_search *search = provision_open(look(f), f->arena, spec);
	struct provision row;
	unsigned budget = 100000;
	size_t count = 0;
	while (provision_next(search, &budget, &row) == STEP_FOUND)
		sequences[count++] = row.sequence;
	assert_true(budget > 0);
	return count;
}

static void assert_found(
	struct fixture *f, const struct provision_spec *spec, size_t count, const uint64_t *wanted)
{
	uint64_t sequences[100];
	assert_int_equal(found(f, spec, sequences), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(sequences[i], wanted[i]);
}

static uint64_t rows_of(struct fixture *f, uint32_t tenant)
{
	static uint64_t sequences[20000];
	const struct provision_spec spec = { .tenant = tenant };
	return found(f, &spec, sequences);
}

static struct provision row_of(struct fixture *f, uint32_t tenant, uint64_t sequence)
{
	struct provision row;
	assert_true(view_provision(look(f), tenant, sequence, &row));
	return row;
}

static void assert_text(struct span text, const char *wanted)
{
	assert_true(span_equal(text, span_str(wanted)));
}

/* ---- rows ---- */

static void a_row_says_all_that_was_told(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision told = creation("anna");
	told.condition = SPAN("W/\"3\"");
	told.flags = PROVISION_DRY_RUN | PROVISION_REDACTED;
	told.scim_type = SPAN("uniqueness");
	told.detail = SPAN("userName: the value is already taken");
	told.original = 99;
	clock_set_for_test(EPOCH);
	tell(f, &okta, &told);
	keep(f, false);
	struct provision row = row_of(f, f->acme, 1);
	assert_int_equal(row.time, EPOCH);
	assert_int_equal(row.source_kind, KIND_CLIENT);
	assert_true(uuid_equal(&row.source, &okta.id));
	assert_true(uuid_equal(&row.request, &told.request));
	assert_true(uuid_equal(&row.subject, &told.subject));
	assert_text(row.source_name, "okta");
	assert_text(row.address, "192.0.2.7");
	assert_text(row.user_agent, "Okta SCIM Client 1.0");
	assert_text(row.method, "POST");
	assert_text(row.path, "/scim/v2/acme/Users");
	assert_text(row.condition, "W/\"3\"");
	assert_text(row.type, "User");
	assert_text(row.subject_name, "anna");
	assert_text(row.external_id, "00u1");
	assert_text(row.scim_type, "uniqueness");
	assert_text(row.detail, "userName: the value is already taken");
	assert_text(row.body, "{\"userName\":\"anna\"}");
	assert_int_equal(row.body_octets, 19);
	assert_int_equal(row.outcome, PROVISION_SUCCEEDED);
	assert_int_equal(row.flags, PROVISION_DRY_RUN | PROVISION_REDACTED);
	assert_int_equal(row.status, 201);
	assert_int_equal(row.micros, 1200);
	assert_int_equal(row.count, 1);
	assert_int_equal(row.journal, 12);
	assert_int_equal(row.audit_first, 11);
	assert_int_equal(row.audit_last, 12);
	assert_int_equal(row.original, 99);
	assert_int_equal(row.missing, 0);
	assert_int_equal(row.request_row, 0);
}

static void rows_are_numbered_densely_and_never_go_back_in_time(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	int64_t last = 0;
	clock_set_for_test(EPOCH);
	tell_many(f, &okta, 3);
	clock_set_for_test(EPOCH - 1000 * SECOND);
	tell_many(f, &okta, 3);
	for (uint64_t sequence = 1; sequence <= 6; sequence++) {
		struct provision row = row_of(f, f->acme, sequence);
		assert_true(row.time >= last);
		last = row.time;
	}
	assert_int_equal(rows_of(f, f->acme), 6);
}

static void operations_point_to_their_request(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision rows[3] = { creation("anna"), creation("ben"), creation("cleo") };
	tell_many(f, &okta, 4);
	core_provisioned(f->core, &okta, f->arena, rows, 3);
	keep(f, false);
	assert_int_equal(row_of(f, f->acme, 5).request_row, 0);
	assert_int_equal(row_of(f, f->acme, 6).request_row, 5);
	assert_int_equal(row_of(f, f->acme, 7).request_row, 5);
}

static void a_long_body_is_cut_and_says_so(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision told = creation("anna");
	uint8_t *body = arena_alloc(f->arena, 2 * LIMIT_PROVISION_BODY);
	/* Two octets each, the limit in the middle of one. */
	for (size_t i = 0; i < 2 * LIMIT_PROVISION_BODY; i += 2)
		memcpy(body + i, "\xc3\xa4", 2);
	body[0] = 'x';
	told.body = span_of(body + 1, 2 * LIMIT_PROVISION_BODY - 1);
	body[1] = 'y';
	told.body_octets = 2 * LIMIT_PROVISION_BODY - 1;
	tell(f, &okta, &told);
	keep(f, false);
	struct provision row = row_of(f, f->acme, 1);
	assert_int_equal(row.body.len, LIMIT_PROVISION_BODY - 1);
	assert_true(span_is_utf8(row.body));
	assert_int_equal(row.flags, PROVISION_CUT);
	assert_int_equal(row.body_octets, 2 * LIMIT_PROVISION_BODY - 1);
}

static void successful_reads_are_one_row_a_minute(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	clock_set_for_test(EPOCH);
	for (size_t i = 0; i < 1000; i++) {
		core_provisioned_read(f->core, &okta, "GET", "/Users/:id");
		core_provisioned_read(f->core, &okta, "GET", i % 2 ? "/Users" : "/Groups");
	}
	keep(f, false);
	assert_int_equal(rows_of(f, f->acme), 0);
	clock_set_for_test(EPOCH + 60 * SECOND);
	keep(f, false);
	assert_int_equal(rows_of(f, f->acme), 3);
	uint32_t count = 0;
	for (uint64_t sequence = 1; sequence <= 3; sequence++) {
		struct provision row = row_of(f, f->acme, sequence);
		assert_text(row.method, "GET");
		assert_int_equal(row.flags, PROVISION_READ);
		count += row.count;
	}
	assert_int_equal(count, 2000);
	core_provisioned_read(f->core, &okta, "GET", "/Users/:id");
	keep(f, true);
	assert_int_equal(rows_of(f, f->acme), 4);
}

/* ---- search ---- */

static void rows_are_found_by_whom_and_what_they_are_about(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta"), entra = connection(f->acme, "entra");
	struct provision rows[4] = { creation("anna"), creation("ben"), creation("\xc3\x84nne"),
		creation("dora") };
	rows[1].external_id = SPAN("X-77");
	rows[1].method = SPAN("PATCH");
	rows[2].outcome = PROVISION_REFUSED;
	rows[2].status = 409;
	rows[2].detail = SPAN("userName: the value is already taken");
	rows[3].outcome = PROVISION_FAILED;
	rows[3].status = 503;
	rows[3].type = SPAN("Group");
	for (size_t i = 0; i < 4; i++) {
		clock_set_for_test(EPOCH + (int64_t)i * 10 * SECOND);
		tell(f, i < 2 ? &okta : &entra, &rows[i]);
	}
	keep(f, false);
	assert_found(f, &(struct provision_spec){ .tenant = f->acme }, 4,
		(const uint64_t[]){ 4, 3, 2, 1 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .source = entra.id }, 2,
		(const uint64_t[]){ 4, 3 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .subject = rows[1].subject },
		1, (const uint64_t[]){ 2 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .request = rows[2].request },
		1, (const uint64_t[]){ 3 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .name = SPAN("ANNA") }, 1,
		(const uint64_t[]){ 1 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .name = SPAN("\xc3\xa4NNE") },
		1, (const uint64_t[]){ 3 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .name = SPAN("x-77") }, 1,
		(const uint64_t[]){ 2 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .method = SPAN("PATCH") }, 1,
		(const uint64_t[]){ 2 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .type = SPAN("Group") }, 1,
		(const uint64_t[]){ 4 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .status = 4 }, 1,
		(const uint64_t[]){ 3 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .status = 201 }, 2,
		(const uint64_t[]){ 2, 1 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .problems = true }, 2,
		(const uint64_t[]){ 4, 3 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .outcome = PROVISION_FAILED },
		1, (const uint64_t[]){ 4 });
	assert_found(f,
		&(struct provision_spec){ .tenant = f->acme, .outcome = PROVISION_SUCCEEDED }, 2,
		(const uint64_t[]){ 2, 1 });
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .text = SPAN("ALREADY") }, 1,
		(const uint64_t[]){ 3 });
	assert_found(f,
		&(struct provision_spec){
			.tenant = f->acme, .from = EPOCH + 10 * SECOND, .to = EPOCH + 20 * SECOND },
		2, (const uint64_t[]){ 3, 2 });
	assert_found(f,
		&(struct provision_spec){
			.tenant = f->acme, .source = okta.id, .from = EPOCH + 5 * SECOND },
		1, (const uint64_t[]){ 2 });
	assert_found(
		f, &(struct provision_spec){ .tenant = f->acme, .to = EPOCH - SECOND }, 0, NULL);
	assert_found(f, &(struct provision_spec){ .tenant = f->acme, .before = 3 }, 2,
		(const uint64_t[]){ 2, 1 });
}

static void a_search_ends_with_its_budget_and_goes_on(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision_spec spec = { .tenant = f->acme, .text = SPAN("nothing of the kind") };
	struct provision row;
	size_t turns = 0;
	tell_many(f, &okta, 25);
	for (enum step step = STEP_MORE; step == STEP_MORE; turns++) {
		unsigned budget = 10;
		struct provision_search *search = provision_open(look(f), f->arena, &spec);
		step = provision_next(search, &budget, &row);
		spec.before = provision_position(search);
	}
	assert_int_equal(turns, 3);
}

/* A look at the rows of one is not paid for by those of others. */
static void a_link_leads_past_other_rows(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision wanted = creation("anna");
	tell(f, &okta, &wanted);
	tell_many(f, &okta, 500);
	struct provision_spec spec = { .tenant = f->acme, .subject = wanted.subject };
	struct provision_search *search = provision_open(look(f), f->arena, &spec);
	unsigned budget = 2;
	struct provision row;
	assert_int_equal(provision_next(search, &budget, &row), STEP_FOUND);
	assert_int_equal(row.sequence, 1);
	assert_int_equal(provision_next(search, &budget, &row), STEP_END);
}

static void another_tenant_sees_nothing(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision row = creation("anna"), other;
	tell(f, &okta, &row);
	keep(f, false);
	assert_int_equal(rows_of(f, f->acme), 1);
	assert_int_equal(rows_of(f, f->globex), 0);
	assert_false(view_provision(look(f), f->globex, 1, &other));
	assert_found(
		f, &(struct provision_spec){ .tenant = f->globex, .source = okta.id }, 0, NULL);
	assert_found(f, &(struct provision_spec){ .tenant = f->globex, .subject = row.subject }, 0,
		NULL);
}

/* ---- bounds ---- */

static void retention_lets_go_of_old_rows(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta"), entra = connection(f->globex, "entra");
	clock_set_for_test(EPOCH);
	tell_many(f, &okta, 1200);
	tell_many(f, &entra, 3);
	put_policy(f, f->globex, "provisioning.retention_days=90");
	clock_set_for_test(EPOCH + 29 * DAY);
	tell_many(f, &okta, 2);
	keep(f, true);
	assert_int_equal(rows_of(f, f->acme), 1202);
	clock_set_for_test(EPOCH + 31 * DAY);
	keep(f, true);
	assert_int_equal(rows_of(f, f->acme), 2);
	assert_int_equal(rows_of(f, f->globex), 3);
	clock_set_for_test(EPOCH + 100 * DAY);
	keep(f, true);
	assert_int_equal(rows_of(f, f->acme), 0);
	assert_int_equal(rows_of(f, f->globex), 0);
	/* Numbers are not given twice. */
	tell_many(f, &okta, 1);
	row_of(f, f->acme, 1203);
}

/* What waits is bounded; a read makes way for a write, and the log says how many it lacks. */
static void reads_are_dropped_before_writes_and_the_loss_is_told(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision row = creation("anna"), read = creation("anna");
	uint8_t *body = arena_zalloc(f->arena, 32 * KIB);
	int64_t lost = metric_get(METRIC_PROVISION_LOST);
	row.body = read.body = span_of(body, 32 * KIB);
	read.flags = PROVISION_READ;
	read.status = 404;
	size_t fit = LIMIT_PROVISION_WAITING_TENANT / (33 * KIB);
	for (size_t i = 0; i < fit; i++)
		tell(f, &okta, &read);
	assert_int_equal(metric_get(METRIC_PROVISION_LOST), lost);
	for (size_t i = 0; i < 2 * fit; i++)
		tell(f, &okta, &row);
	size_t dropped = (size_t)(metric_get(METRIC_PROVISION_LOST) - lost);
	assert_true(dropped > fit && dropped < 2 * fit + 10);
	keep(f, false);
	size_t kept = 3 * fit - dropped;
	assert_int_equal(rows_of(f, f->acme), kept);
	uint64_t missing = 0;
	for (uint64_t sequence = 1; sequence <= kept; sequence++) {
		assert_int_equal(row_of(f, f->acme, sequence).flags, 0);
		missing += row_of(f, f->acme, sequence).missing;
	}
	tell_many(f, &okta, 1);
	missing += row_of(f, f->acme, kept + 1).missing;
	assert_int_equal(missing, dropped);
}

static void one_tenant_does_not_use_up_the_room_of_all(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta"), entra = connection(f->globex, "entra");
	struct provision row = creation("anna");
	row.body = span_of(arena_zalloc(f->arena, 64 * KIB), 64 * KIB);
	for (size_t i = 0; i < LIMIT_PROVISION_WAITING / (32 * KIB); i++)
		tell(f, &okta, &row);
	tell(f, &entra, &row);
	keep(f, false);
	assert_int_equal(rows_of(f, f->globex), 1);
	assert_int_equal(row_of(f, f->globex, 1).missing, 0);
}

static unsigned drop(struct fixture *f, const struct provision_bounds *bounds, unsigned most)
{
	const struct store_options options = { .path = f->path };
	struct store *store;
	struct txn *txn;
	struct why why = { 0 };
	fixture_close(f);
	assert_int_equal(store_open(&options, &store, &why), OK);
	assert_int_equal(txn_begin_write(store, &txn, &why), OK);
	unsigned dropped = txn_drop_provision(txn, f->acme, bounds, most);
	assert_int_equal(txn_commit(txn, &why), OK);
	store_close(store);
	fixture_open(f, 0);
	return dropped;
}

static void the_oldest_rows_go_when_there_are_too_many(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	tell_many(f, &okta, 20);
	assert_int_equal(drop(f, &(struct provision_bounds){ 0, 20, 1 * MIB }, 100), 0);
	assert_int_equal(drop(f, &(struct provision_bounds){ 0, 15, 1 * MIB }, 100), 5);
	assert_int_equal(drop(f, &(struct provision_bounds){ 0, 10, 1 * MIB }, 2), 2);
	assert_int_equal(rows_of(f, f->acme), 13);
	row_of(f, f->acme, 20);
	assert_true(drop(f, &(struct provision_bounds){ 0, 100, 2000 }, 100) > 5);
	row_of(f, f->acme, 20);
	drop(f, &(struct provision_bounds){ 0, 100, 0 }, 100);
	assert_int_equal(rows_of(f, f->acme), 0);
}

/* ---- life ---- */

static void what_is_written_outlives_the_process(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision row = creation("lost with the process");
	tell_many(f, &okta, 300);
	tell(f, &okta, &row);
	fixture_close(f);
	fixture_open(f, 0);
	assert_int_equal(rows_of(f, f->acme), 300);
	tell_many(f, &okta, 1);
	assert_text(row_of(f, f->acme, 301).subject_name, "anna");
}

static void a_full_store_keeps_rows_waiting(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision row = creation("anna");
	struct why why = { 0 };
	int64_t lost = metric_get(METRIC_PROVISION_LOST);
	fixture_close(f);
	fixture_open(f, 1 * MIB);
	row.body = span_of(arena_zalloc(f->arena, 64 * KIB), 64 * KIB);
	for (size_t i = 0; i < 30; i++)
		tell(f, &okta, &row);
	assert_int_equal(core_keep(f->core, false, &why), ERR_FULL);
	assert_int_equal(core_keep(f->core, false, &why), ERR_FULL);
	assert_int_equal(metric_get(METRIC_PROVISION_LOST), lost);
}

static void an_erased_tenant_leaves_no_rows(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct provision row = creation("anna");
	struct ref acme = find(f, 0, KIND_TENANT, "acme");
	tell_many(f, &okta, 3000);
	assert_err(modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	for (;;) {
		struct outcome outcome;
		struct command command = {
			.type = COMMAND_ERASE, .kind = KIND_TENANT, .id = acme.id
		};
		core_run(f->core, &f->operator, & command, &outcome);
		if (outcome.err == ERR_NOT_FOUND)
			break;
		assert_err(outcome, OK);
		tell(f, &okta, &row);
		keep(f, false);
	}
	assert_int_equal(rows_of(f, f->acme), 0);
}

static void a_backup_has_the_log(void **state)
{
	struct fixture *f = *state;
	struct actor okta = connection(f->acme, "okta");
	struct why why = { 0 };
	struct store *store;
	struct txn *txn;
	struct provision_row row;
	char path[sizeof f->path + 8];
	snprintf(path, sizeof path, "%s-copy", f->path);
	tell_many(f, &okta, 5);
	assert_int_equal(core_backup(f->core, path, &why), OK);
	assert_int_equal(store_open_to_read(path, &store, &why), OK);
	assert_int_equal(txn_begin_read(store, &txn, &why), OK);
	assert_true(txn_provision(txn, f->acme, 5, &row));
	txn_end(txn);
	store_close(store);
	remove_folder(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_says_all_that_was_told),
		TEST(rows_are_numbered_densely_and_never_go_back_in_time),
		TEST(operations_point_to_their_request),
		TEST(a_long_body_is_cut_and_says_so),
		TEST(successful_reads_are_one_row_a_minute),
		TEST(rows_are_found_by_whom_and_what_they_are_about),
		TEST(a_search_ends_with_its_budget_and_goes_on),
		TEST(a_link_leads_past_other_rows),
		TEST(another_tenant_sees_nothing),
		TEST(retention_lets_go_of_old_rows),
		TEST(reads_are_dropped_before_writes_and_the_loss_is_told),
		TEST(one_tenant_does_not_use_up_the_room_of_all),
		TEST(the_oldest_rows_go_when_there_are_too_many),
		TEST(what_is_written_outlives_the_process),
		TEST(a_full_store_keeps_rows_waiting),
		TEST(an_erased_tenant_leaves_no_rows),
		TEST(a_backup_has_the_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
