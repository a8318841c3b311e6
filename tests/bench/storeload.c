/* The store alone: loads people in batches, then measures look-ups, each answer checked. Prints
 * rates, CPU time and the size of the database.
 *
 *     storeload DIRECTORY [people] [batch]
 *
 * A store that holds as many people already is measured as it is. */
#include "base/clock.h"
#include "base/limits.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static void die(const char *what, const struct why *why)
{
	fprintf(stderr, "storeload: %s: %s %s\n", what, why->attribute, why->text);
	exit(1);
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void put(struct entry *user, enum attr attr, const char *format, uint32_t i)
{
	char *text = arena_printf(user->arena, "%.*s%07u", (int)strcspn(format, "#"), format, i);
	struct why why = { 0 };

	if (strchr(format, '#'))
		text = arena_printf(user->arena, "%s%s", text, strchr(format, '#') + 1);
	if (entry_add(user, attr, 0, SOURCE_LOCAL, span_str(text), &why) != OK)
		die("entry_add", &why);
}

static struct entry *make_user(struct arena *arena, struct txn *txn, uint32_t i)
{
	static const char *const departments[] = { "Presses", "Paint Shop", "Assembly", "Tool Room",
		"Quality", "Logistics", "Maintenance", "Energy" };
	struct entry *user = entry_new(arena, KIND_USER);
	struct why why = { 0 };

	user->tenant = 1;
	user->number = txn_new_number(txn, 1);
	user->id = uuid_new();
	user->revision = 1;
	user->created = user->modified = clock_wall();
	put(user, ATTR_USER_NAME, "user.#", i);
	put(user, ATTR_COMMON_NAME, "Given Family ", i);
	put(user, ATTR_DISPLAY_NAME, "Family, Given ", i);
	put(user, ATTR_FAMILY_NAME, "Family", i % 5000);
	put(user, ATTR_GIVEN_NAME, "Given", i % 700);
	put(user, ATTR_TITLE, "Technician ", i % 20);
	put(user, ATTR_USER_TYPE, "Employee", i % 3);
	put(user, ATTR_EMAIL, "user.#@plant.example", i);
	put(user, ATTR_EMAIL_TYPE, "work", 0);
	put(user, ATTR_PHONE, "+49 711 ", i);
	put(user, ATTR_EXTERNAL_ID, "ext-", i);
	put(user, ATTR_EMPLOYEE_NUMBER, "", i);
	put(user, ATTR_COST_CENTER, "cc-", i % 90);
	put(user, ATTR_OFFICE, "Building ", i % 40);
	put(user, ATTR_UID_NUMBER, "1", i);
	put(user, ATTR_HOME_DIRECTORY, "/home/", i);
	put(user, ATTR_LINK, "anchor-0123456", i);
	put(user, ATTR_LINK_DN, "uid=user.#,ou=people,dc=plant,dc=example", i);
	entry_set(user, ATTR_DEPARTMENT, SOURCE_LOCAL, span_str(departments[i % 8]), &why);
	entry_set(user, ATTR_ACTIVE, SOURCE_LOCAL, SPAN("TRUE"), &why);
	return user;
}

static void apply(struct txn *txn, struct arena *arena, const struct entry *user)
{
	struct why why = { 0 };
	struct buffer out;

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	if (record_write(&out, user, &why) != OK)
		die("record_write", &why);
	struct effect effect = { .type = EFFECT_ENTRY,
		.kind = KIND_USER,
		.number = user->number,
		.id = user->id,
		.after = arena_copy(arena, buffer_span(&out)) };
	struct change change = { .tenant = 1,
		.operation = uuid_new(),
		.actor_type = ACTOR_SYSTEM,
		.channel = CHANNEL_INTERNAL,
		.effects = &effect,
		.count = 1 };
	buffer_free(&out);
	txn_apply(txn, &change);
	const struct audit_link link = { AUDIT_LINK_TARGET, user->id };
	txn_append_audit(txn, 1, change.sequence,
		SPAN("{\"action\":\"user create\",\"actor\":\"system\",\"target\":\"0193\"}"),
		&link, 1);
}

static void load(struct store *store, uint32_t people, uint32_t batch)
{
	struct arena *arena = arena_new();
	struct why why = { 0 };
	struct txn *txn;

	for (uint32_t i = 0; i < people; i += batch) {
		if (txn_begin_write(store, &txn, &why) != OK)
			die("begin", &why);
		for (uint32_t j = i; j < i + batch && j < people; j++)
			apply(txn, arena, make_user(arena, txn, j));
		if (txn_commit(txn, &why) != OK)
			die("commit", &why);
		arena_reset(arena);
	}
	arena_free(arena);
}

static void look_up(struct store *store, uint32_t people, uint32_t times)
{
	struct why why = { 0 };
	struct txn *txn;
	uint32_t number, seed = 7;
	struct record record;
	char name[32];

	if (txn_begin_read(store, &txn, &why) != OK)
		die("begin", &why);
	for (uint32_t i = 0; i < times; i++) {
		seed = seed * 1664525 + 1013904223;
		uint32_t who = (uint32_t)((uint64_t)seed * people >> 32);
		int len = snprintf(name, sizeof(name), "user.%07u", who);
		struct span wanted = span_of(name, (size_t)len);
		if (i % 16 == 0 && txn_renew(txn, &why) != OK)
			die("renew", &why);
		if (!txn_find_value(txn, 1, KIND_USER, ATTR_USER_NAME, wanted, &number) ||
			!txn_entry(txn, 1, KIND_USER, number, &record) ||
			!span_equal(record_first(&record, ATTR_USER_NAME), wanted))
			die("a look-up found something else", &why);
	}
	txn_end(txn);
}

static void walk(struct store *store, uint32_t people)
{
	struct arena *arena = arena_new();
	struct why why = { 0 };
	struct txn *txn;
	struct record record;
	uint32_t number = 0, n = 0;

	if (txn_begin_read(store, &txn, &why) != OK)
		die("begin", &why);
	struct postings *p = postings_all(txn, arena, 1, KIND_USER);
	while (postings_next(p, number + 1, &number))
		n += txn_entry(txn, 1, KIND_USER, number, &record);
	postings_close(p);
	if (n != people)
		die("the walk missed somebody", &why);
	txn_end(txn);
	arena_free(arena);
}

static void report(const char *work, uint32_t n, int64_t begun, double cpu)
{
	double seconds = (double)(clock_monotonic() - begun) / 1e6;

	printf("%-24s %9u  %8.2f s  %9.0f/s  %7.2f us CPU\n", work, n, seconds, n / seconds,
		(cpu_seconds() - cpu) * 1e6 / n);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct store_options options = {
		.path = argc > 1 ? argv[1] : NULL, .create = true, .readers = 4
	};
	uint64_t people = 100000, batch = 1000;
	struct store_figures figures;
	struct why why = { 0 };
	struct store *store;

	if (argc < 2 || (argc > 2 && !span_to_u64(span_str(argv[2]), &people)) ||
		(argc > 3 && !span_to_u64(span_str(argv[3]), &batch))) {
		fprintf(stderr, "usage: storeload DIRECTORY [people] [batch]\n");
		return 64;
	}
	if (store_open(&options, &store, &why) != OK)
		die("open", &why);
	int64_t begun = clock_monotonic();
	double cpu = cpu_seconds();
	store_figures(store, &figures);
	if (figures.entries == 0) {
		load(store, (uint32_t)people, (uint32_t)batch);
		report("load", (uint32_t)people, begun, cpu);
	} else if (figures.entries != people) {
		fprintf(stderr, "storeload: %s holds other people\n", options.path);
		return 65;
	}
	begun = clock_monotonic(), cpu = cpu_seconds();
	look_up(store, (uint32_t)people, 1000000);
	report("equality look-up", 1000000, begun, cpu);
	begun = clock_monotonic(), cpu = cpu_seconds();
	walk(store, (uint32_t)people);
	report("walk", (uint32_t)people, begun, cpu);
	store_figures(store, &figures);
	printf("database %.1f MiB, %.0f octets a person\n", (double)figures.octets_used / MIB,
		(double)figures.octets_used / (double)people);
	store_close(store);
	return 0;
}
