/* Decisions: makes tenants with people, roles and scopes, then asks who may do what, at random over
 * all of them. Prints the median and the 99th percentile of each kind of question.
 *
 *     decideload DIRECTORY [tenants] [people a tenant] [questions]
 *
 * A store that holds as many tenants already is asked as it is. */
#include "core/decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROLES = 3, SCOPES = 8 };

static const char *const role_names[ROLES] = { "Technician", "Supervisor", "Mapper" };
static const char *const permissions[] = { "tasks.view", "tasks.approve", "tasks.execute",
	"users.view", "masterdata.view", "settings.edit" };

struct company {
	uint32_t number, scopes[SCOPES];
	struct uuid scope_ids[SCOPES], role_ids[ROLES];
};

struct load {
	struct core *core;
	struct view *view;
	struct actor operator;
	struct company *companies;
	unsigned tenants, people;
};

static void die(const char *what, const struct why *why)
{
	fprintf(stderr, "decideload: %s: %s %s\n", what, why->attribute, why->text);
	exit(1);
}

static void look(struct load *load)
{
	struct why why = { 0 };
	view_end(load->view);
	if (view_begin(load->view, &why))
		die("view", &why);
}

static uint64_t draw(uint64_t below)
{
	static uint64_t state = 20261122;
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(2685821657736338717) >> 33) % below;
}

/* ---- loading ---- */

static struct entry *named(struct arena *arena, enum kind kind, const char *name)
{
	struct entry *entry = entry_new(arena, kind);
	entry_add(entry, kind_row(kind)->naming, 0, SOURCE_LOCAL, span_str(name), NULL);
	return entry;
}

static struct outcome create(struct load *load, uint32_t tenant, const struct entry *entry)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_CREATE, .tenant = tenant, .kind = entry->kind, .entry = entry
	};
	if (core_run(load->core, &load->operator, & command, &outcome))
		die("create", &outcome.why);
	return outcome;
}

static void run_all(
	struct load *load, struct arena *arena, const struct command *commands, size_t count)
{
	struct why why = { 0 };
	struct outcome *outcomes = arena_array(arena, count, sizeof *outcomes);
	if (core_run_many(load->core, &load->operator, commands, count, false, outcomes, &why))
		die("commands", &why);
	for (size_t i = 0; i < count; i++)
		if (outcomes[i].err)
			die("command", &outcomes[i].why);
}

/* Every so manieth person is a member. */
static struct command members_of(struct load *load, struct arena *arena,
	const struct command *people, enum kind kind, struct uuid id, uint32_t tenant,
	unsigned first, unsigned step)
{
	struct member_delta *members = arena_array(arena, load->people, sizeof *members);
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = tenant,
		.kind = kind,
		.id = id,
		.members = members };
	for (unsigned i = first; i < load->people; i += step)
		members[command.member_count++] =
			(struct member_delta){ .kind = KIND_USER, .id = people[i].id };
	return command;
}

static void make_people(struct load *load, struct arena *arena, const struct company *company)
{
	struct command memberships[ROLES + SCOPES];
	struct command *people = arena_array(arena, load->people, sizeof *people);
	for (unsigned i = 0; i < load->people; i++)
		people[i] = (struct command){ .type = COMMAND_CREATE,
			.tenant = company->number,
			.kind = KIND_USER,
			.id = uuid_new(),
			.entry = named(arena, KIND_USER, arena_printf(arena, "person%06u", i)) };
	run_all(load, arena, people, load->people);
	for (unsigned i = 0; i < ROLES; i++)
		memberships[i] = members_of(load, arena, people, KIND_ROLE, company->role_ids[i],
			company->number, i, ROLES);
	for (unsigned i = 0; i < SCOPES; i++)
		memberships[ROLES + i] = members_of(load, arena, people, KIND_SCOPE,
			company->scope_ids[i], company->number, i, SCOPES);
	run_all(load, arena, memberships, ROLES + SCOPES);
}

static void make_company(struct load *load, struct arena *arena, struct company *company)
{
	struct record record;
	struct tenant_info info;
	const char *name =
		arena_printf(arena, "company%06u", (unsigned)(company - load->companies));
	create(load, 0, named(arena, KIND_TENANT, name));
	look(load);
	view_tenant(load->view, span_str(name), &info);
	company->number = info.number;
	for (unsigned i = 0; i < ROLES; i++) {
		view_by_name(load->view, arena, info.number, KIND_ROLE, span_str(role_names[i]),
			&record);
		company->role_ids[i] = record.id;
	}
	for (unsigned i = 0; i < SCOPES; i++) {
		struct outcome outcome = create(load, info.number,
			named(arena, KIND_SCOPE, arena_printf(arena, "site %u", i)));
		company->scopes[i] = outcome.number;
		company->scope_ids[i] = outcome.id;
	}
	make_people(load, arena, company);
}

static bool find_company(struct load *load, struct arena *arena, struct company *company)
{
	struct record record;
	struct tenant_info info;
	const char *name =
		arena_printf(arena, "company%06u", (unsigned)(company - load->companies));
	if (!view_tenant(load->view, span_str(name), &info))
		return false;
	company->number = info.number;
	for (unsigned i = 0; i < SCOPES; i++) {
		const char *site = arena_printf(arena, "site %u", i);
		if (view_by_name(
			    load->view, arena, info.number, KIND_SCOPE, span_str(site), &record))
			company->scopes[i] = record.number;
	}
	return true;
}

static void fill(struct load *load)
{
	struct arena *arena = arena_new();
	for (unsigned i = 0; i < load->tenants; i++) {
		look(load);
		if (!find_company(load, arena, &load->companies[i]))
			make_company(load, arena, &load->companies[i]);
		arena_reset(arena);
	}
	arena_free(arena);
}

/* ---- asking ---- */

static int64_t nanoseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int by_size(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;
	return *a < *b ? -1 : *a > *b;
}

static void report(const char *what, int64_t *times, size_t count, uint64_t found)
{
	qsort(times, count, sizeof *times, by_size);
	printf("{\"mode\":\"%s\",\"count\":%zu,\"found\":%llu,\"median_us\":%.2f,\"p99_us\":%.2f,"
	       "\"max_us\":%.2f}\n",
		what, count, (unsigned long long)found, (double)times[count / 2] / 1000,
		(double)times[count * 99 / 100] / 1000, (double)times[count - 1] / 1000);
}

/* People's numbers follow the scopes' and are dense. */
static struct query draw_query(const struct load *load)
{
	const struct company *company = &load->companies[draw(load->tenants)];
	return (struct query){ .tenant = company->number,
		.kind = KIND_USER,
		.number = company->scopes[SCOPES - 1] + 1 + (uint32_t)draw(load->people),
		.permission = span_str(permissions[draw(sizeof permissions / sizeof *permissions)]),
		.scope = draw(4) ? company->scopes[draw(SCOPES)] : 0 };
}

static void ask_decisions(struct load *load, const char *what, size_t count, int64_t *times)
{
	uint64_t yes = 0;
	struct why why = { 0 };
	struct decision decision;
	look(load);
	for (size_t i = 0; i < count; i++) {
		struct query query = draw_query(load);
		int64_t begun = nanoseconds();
		if (view_decide(load->view, &query, &decision, &why))
			die("decide", &why);
		times[i] = nanoseconds() - begun;
		if (decision.missing >> REASON_UNKNOWN_HOLDER & 1)
			die("there is no such person", &why);
		yes += decision.allowed;
	}
	report(what, times, count, yes);
}

static uint64_t ask_all(struct load *load, struct arena *arena, const struct query *query)
{
	uint64_t found = 0;
	uint32_t after = 0;
	struct why why = { 0 };
	struct holders holders;
	do {
		if (view_holders(load->view, arena, query, after, 1000, &holders, &why))
			die("holders", &why);
		found += holders.count;
		after = holders.next;
	} while (after);
	return found;
}

static void ask_holders(struct load *load, size_t count, int64_t *times)
{
	uint64_t found = 0;
	struct arena *arena = arena_new();
	look(load);
	for (size_t i = 0; i < count; i++) {
		struct query query = draw_query(load);
		int64_t begun = nanoseconds();
		found += ask_all(load, arena, &query);
		times[i] = nanoseconds() - begun;
		arena_reset(arena);
	}
	arena_free(arena);
	report("holders", times, count, found);
}

static void ask_explanations(struct load *load, size_t count, int64_t *times)
{
	uint64_t yes = 0;
	struct why why = { 0 };
	struct explanation explanation;
	struct arena *arena = arena_new();
	look(load);
	for (size_t i = 0; i < count; i++) {
		struct query query = draw_query(load);
		int64_t begun = nanoseconds();
		if (view_explain(load->view, arena, &query, &explanation, &why))
			die("explain", &why);
		times[i] = nanoseconds() - begun;
		yes += explanation.decision.allowed;
		arena_reset(arena);
	}
	arena_free(arena);
	report("explain", times, count, yes);
}

static unsigned number_of(int argc, char **argv, int i, unsigned otherwise)
{
	return argc > i ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	struct why why = { 0 };
	struct load load = { .tenants = number_of(argc, argv, 2, 1000),
		.people = number_of(argc, argv, 3, 1000) };
	size_t count = number_of(argc, argv, 4, 200000);
	struct core_options options = { .data = argv[1], .readers = 8, .hash_threads = 1 };
	if (argc < 2 || !load.tenants || !load.people || count < 1000 || !secret_start()) {
		fprintf(stderr, "decideload DIRECTORY [tenants] [people] [questions, 1000 on]\n");
		return 64;
	}
	actor_operator(&load.operator, "bench", CHANNEL_CTL);
	if (core_open(&options, &load.core, &why) || view_open(load.core, &load.view, &why))
		die("open", &why);
	load.companies = heap_zalloc(load.tenants * sizeof *load.companies);
	int64_t *times = heap_zalloc(count * sizeof *times);
	fill(&load);
	ask_decisions(&load, "decide, first", count, times);
	ask_decisions(&load, "decide", count, times);
	ask_holders(&load, count / 1000, times);
	ask_explanations(&load, count / 100, times);
	free(times);
	free(load.companies);
	view_close(load.view);
	core_close(load.core);
	return 0;
}
