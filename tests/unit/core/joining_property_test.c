#include "fixture.h"

#include "../dice.h"
#include "base/codec.h"

/* Two directories whose people have addresses in common, in whatever order they run and an
 * administrator answers: when all are in step, as many people are here and as many are held, each
 * address is one person's, and nobody is of two directories but by the administrator's word. */

#define SEED 20261123
#define GAMES 30
#define ORDERS 3
#define STEPS 120

enum { SOURCES = 2, ENTRIES = 10, ALL = SOURCES * ENTRIES, MAILS = 8 };

struct game {
	struct fixture *f;
	struct dice dice;
	uint32_t tenant;
	struct actor sources[SOURCES];
	unsigned mail[ALL]; /* of each upstream entry; the entry's number is its anchor */
	bool same[MAILS];   /* who has the address in both is one person, the administrator knows */
};

static unsigned source_of(unsigned entry)
{
	return entry / ENTRIES;
}

static struct span mail_text(struct game *g, unsigned mail)
{
	return span_str(arena_printf(g->f->arena, "m%u@corp.test", mail));
}

static struct span link_of(struct game *g, unsigned entry)
{
	uint8_t link[18] = { 0 };
	put_be16(link, g->sources[source_of(entry)].source);
	link[17] = (uint8_t)(entry + 1);
	return arena_copy(g->f->arena, span_of(link, sizeof link));
}

/* ---- what is done ---- */

static void see(struct game *g, unsigned entry)
{
	struct record record;
	struct span link = link_of(g, entry);
	const struct actor *source = &g->sources[source_of(entry)];
	if (view_by_value(look(g->f), g->tenant, KIND_USER, ATTR_LINK, link, &record))
		return;
	struct entry *user =
		new_entry(g->f, KIND_USER, arena_printf(g->f->arena, "t%u.u%u", g->tenant, entry));
	assert_int_equal(
		entry_add(user, ATTR_LINK, source->source, source->source, link, NULL), OK);
	assert_int_equal(
		entry_add(user, ATTR_EMAIL, 0, source->source, mail_text(g, g->mail[entry]), NULL),
		OK);
	struct outcome outcome = create(g->f, source, g->tenant, user);
	if (outcome.err)
		assert_err(outcome, ERR_EXISTS);
}

/* Calls back for the records of the kind, in the order of their numbers. */
static void each(struct game *g, enum kind kind,
	void (*one)(struct game *g, const struct record *record, void *arg), void *arg)
{
	struct search *search;
	struct record record;
	unsigned budget = 100000;
	const struct search_spec spec = {
		.actor = &g->f->operator, .tenant = g->tenant, .kinds = 1u << kind
	};
	assert_int_equal(search_open(look(g->f), g->f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		one(g, &record, arg);
	search_close(search);
}

static bool is_open(const struct record *conflict)
{
	return span_equal(record_first(conflict, ATTR_CONFLICT_STATE), SPAN("open"));
}

static unsigned entry_of(struct span link)
{
	assert_int_equal(link.len, 18);
	return link.data[17] - 1u;
}

struct chosen {
	struct uuid ids[4 * ALL];
	size_t count;
};

static void choose(struct game *g, const struct record *conflict, void *arg)
{
	struct chosen *chosen = arg;
	unsigned entry = entry_of(record_first(conflict, ATTR_CONFLICT_ANCHOR));
	if (is_open(conflict) && g->same[g->mail[entry]] && chosen->count < 4 * ALL)
		chosen->ids[chosen->count++] = conflict->id;
}

/* The administrator links one of those who are the same; of one directory nobody is. */
static void answer_one(struct game *g)
{
	struct chosen chosen = { .count = 0 };
	struct outcome outcome;
	each(g, KIND_CONFLICT, choose, &chosen);
	if (!chosen.count)
		return;
	const struct settlement link = { .as = RESOLUTION_LINK };
	const struct command command = { .type = COMMAND_SETTLE,
		.tenant = g->tenant,
		.kind = KIND_CONFLICT,
		.id = chosen.ids[dice_roll(&g->dice, (unsigned)chosen.count)],
		.settlement = &link };
	core_run(g->f->core, &g->f->operator, & command, &outcome);
	assert_true(!outcome.err || outcome.err == ERR_CONFLICT || outcome.err == ERR_UNWILLING);
}

/* ---- what must hold ---- */

struct state {
	unsigned people, of[MAILS], held;
	bool is_held[ALL], is_here[ALL];
};

static void count_person(struct game *g, const struct record *user, void *arg)
{
	struct state *s = arg;
	unsigned links = 0, mail = MAILS, sources = 0;
	for (size_t i = record_find(user, ATTR_LINK); i < user->count; i++) {
		struct value value = record_row(user, i);
		if (value.attr != ATTR_LINK)
			break;
		unsigned entry = entry_of(value.octets);
		assert_true(mail == MAILS || mail == g->mail[entry]);
		assert_false(sources >> source_of(entry) & 1);
		assert_false(s->is_here[entry]);
		mail = g->mail[entry];
		sources |= 1u << source_of(entry);
		s->is_here[entry] = true;
		links++;
	}
	assert_in_range(links, 1, SOURCES);
	assert_true(links == 1 || g->same[mail]);
	assert_true(span_equal(record_first(user, ATTR_EMAIL), mail_text(g, mail)));
	s->of[mail]++;
	s->people++;
}

static void count_held(struct game *g, const struct record *conflict, void *arg)
{
	struct state *s = arg;
	unsigned entry = entry_of(record_first(conflict, ATTR_CONFLICT_ANCHOR));
	(void)g;
	if (is_open(conflict) && !s->is_held[entry]) {
		s->is_held[entry] = true;
		s->held++;
	}
}

static struct state check(struct game *g)
{
	struct state s = { 0 };
	each(g, KIND_USER, count_person, &s);
	each(g, KIND_CONFLICT, count_held, &s);
	for (unsigned mail = 0; mail < MAILS; mail++)
		assert_in_range(s.of[mail], 0, 1);
	return s;
}

/* Everybody upstream is somebody here or held, and never both. */
static void check_whole(const struct game *g, const struct state *s)
{
	unsigned here[MAILS] = { 0 }, wanted[MAILS][SOURCES] = { { 0 } };
	for (unsigned entry = 0; entry < ALL; entry++) {
		assert_int_not_equal(s->is_here[entry], s->is_held[entry]);
		here[g->mail[entry]] += s->is_here[entry];
		wanted[g->mail[entry]][source_of(entry)] = 1;
	}
	for (unsigned mail = 0; mail < MAILS; mail++) {
		unsigned most = wanted[mail][0] + wanted[mail][1];
		assert_int_equal(here[mail], g->same[mail] ? most : most > 0);
		assert_int_equal(s->of[mail], most > 0);
	}
}

/* ---- the game ---- */

static void open_company(struct game *g, unsigned game, unsigned order)
{
	struct fixture *f = g->f;
	static const char *const names[SOURCES] = { "one", "two" };
	g->tenant = make_tenant(f, arena_printf(f->arena, "t%ux%u", game, order));
	for (unsigned i = 0; i < SOURCES; i++)
		g->sources[i] =
			act_as_directory(f, make_named(f, g->tenant, KIND_DIRECTORY, names[i]));
}

static struct state play(struct game *g)
{
	for (unsigned step = 0; step < STEPS; step++) {
		if (dice_roll(&g->dice, 6))
			see(g, dice_roll(&g->dice, ALL));
		else
			answer_one(g);
		if (step % 20 == 0)
			(void)check(g);
	}
	/* In step: all have run, all that the administrator knows is said. */
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned entry = 0; entry < ALL; entry++)
			see(g, entry);
		for (unsigned i = 0; i < 3 * ALL; i++)
			answer_one(g);
	}
	return check(g);
}

static void whatever_the_order_as_many_are_here_and_held(void **state)
{
	struct game g = { .f = *state, .dice = { SEED } };
	printf("seed %d\n", SEED);
	for (unsigned game = 0; game < GAMES; game++) {
		struct state first = { 0 };
		for (unsigned entry = 0; entry < ALL; entry++)
			g.mail[entry] = dice_roll(&g.dice, MAILS);
		for (unsigned mail = 0; mail < MAILS; mail++)
			g.same[mail] = dice_roll(&g.dice, 2);
		for (unsigned order = 0; order < ORDERS; order++) {
			open_company(&g, game, order);
			struct state now = play(&g);
			check_whole(&g, &now);
			if (order == 0)
				first = now;
			assert_int_equal(now.people, first.people);
			assert_int_equal(now.held, first.held);
			assert_memory_equal(now.of, first.of, sizeof now.of);
			arena_reset(g.f->arena);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_the_order_as_many_are_here_and_held,
			fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
