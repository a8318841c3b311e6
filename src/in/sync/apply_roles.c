#include "base/clock.h"
#include "in/sync/commands.h"

#include <stdlib.h>

/* A group in a group. */
struct holding {
	uint32_t holder, member;
};

struct granting {
	struct crowd groups, below;         /* of one row */
	struct crowd inside;                /* of all rows */
	struct crowd users, held;           /* of one container */
	struct crowd own_users, own_groups; /* of one group */
	uint32_t *queue;                    /* groups to walk */
	size_t count, capacity;
	struct holding *holdings; /* of one row */
	size_t holding_count, holding_capacity;
	struct holding *refused; /* upstream, but in no edge: it would close a circle */
	size_t refused_count;
	bool touched; /* a group in it changed in this run */
	bool stored;  /* the walk is over what is stored */
	bool all;     /* every container is looked at */
	struct sites *sites;
	struct deltas deltas;
	/* Of each row of the mapping what it gives; UINT32_MAX: nothing that is there. */
	uint32_t containers[TARGETS_MAX];
};

static void granting_free(struct granting *g)
{
	crowd_free(&g->groups);
	crowd_free(&g->below);
	crowd_free(&g->inside);
	crowd_free(&g->users);
	crowd_free(&g->held);
	crowd_free(&g->own_users);
	crowd_free(&g->own_groups);
	sites_free(g->sites);
	free(g->queue);
	free(g->holdings);
	free(g->refused);
}

/* ---- people below a group ---- */

static void enqueue(struct job *job, struct granting *g, uint32_t group)
{
	/* What is stored has those that go as well. */
	if (crowd_has(&g->groups, group) ||
		(!g->stored && !(group & MEMBER_NEW) && bits_has(&job->run.ahead.gone, group)))
		return;
	crowd_set(&g->groups, group);
	if (g->count == g->capacity) {
		g->capacity = g->capacity ? g->capacity * 2 : 64;
		g->queue = heap_grow(g->queue, g->capacity * sizeof(*g->queue));
	}
	g->queue[g->count++] = group;
}

static void hold(struct granting *g, uint32_t holder, uint32_t member)
{
	if (g->holding_count == g->holding_capacity) {
		g->holding_capacity = g->holding_capacity ? g->holding_capacity * 2 : 64;
		g->holdings = heap_grow(g->holdings, g->holding_capacity * sizeof(*g->holdings));
	}
	g->holdings[g->holding_count++] = (struct holding){ holder, member };
}

static void find_refused(struct job *job, struct granting *g)
{
	const struct open_members *open = &job->open;
	struct member holder, member;

	if (g->refused)
		return;
	g->refused = heap_zalloc((open->count + 1) * sizeof(*g->refused));
	for (size_t i = 0; i < open->count; i++)
		if (!uuid_is_nil(&open->rows[i].refused) &&
			ahead_find_id(job, &open->rows[i].group, &holder) &&
			ahead_find_id(job, &open->rows[i].refused, &member))
			g->refused[g->refused_count++] =
				(struct holding){ holder.number, member.number };
}

/* Level by level, each group once, on whatever ways it is reached. */
static void walk_groups(struct job *job, struct granting *g, uint32_t group)
{
	size_t level_end = 1;
	uint32_t depth = 0;

	find_refused(job, g);
	g->count = g->holding_count = 0;
	crowd_clear(&g->groups);
	crowd_clear(&g->below);
	enqueue(job, g, group);
	for (size_t i = 0; i < g->count; i++) {
		if (i == level_end) {
			level_end = g->count;
			depth++;
		}
		crowd_clear(&g->own_users);
		crowd_clear(&g->own_groups);
		ahead_members(job, g->queue[i], &g->own_users, &g->own_groups);
		for (size_t k = 0; k < g->refused_count; k++)
			if (g->refused[k].holder == g->queue[i])
				crowd_set(&g->own_groups, g->refused[k].member);
		crowd_add(&g->below, &g->own_users);
		g->touched |= crowd_has(&job->run.groups_changed, g->queue[i]);
		for (uint32_t n = crowd_next(&g->own_groups, 0);
			n != UINT32_MAX && depth < job->settings.group_depth;
			n = crowd_next(&g->own_groups, n + 1)) {
			hold(g, g->queue[i], n);
			enqueue(job, g, n);
		}
	}
}

static uint32_t count_people(const struct crowd *crowd)
{
	uint32_t people = 0;

	for (uint32_t n = crowd_next(crowd, 0); n != UINT32_MAX; n = crowd_next(crowd, n + 1))
		people++;
	return people;
}

uint32_t roles_people_below(struct job *job, uint32_t group)
{
	struct granting g = { .count = 0 };

	walk_groups(job, &g, group);
	uint32_t people = count_people(&g.below);
	granting_free(&g);
	return people;
}

/* Who holds none, or is held by none, is in no circle; whoever is left when that is all gone is in
 * one, or between two. False: nobody was taken out. */
static bool peel(struct granting *g)
{
	struct crowd holders = { 0 }, members = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < g->holding_count; i++) {
		crowd_set(&holders, g->holdings[i].holder);
		crowd_set(&members, g->holdings[i].member);
	}
	for (size_t i = 0; i < g->holding_count; i++)
		if (crowd_has(&members, g->holdings[i].holder) &&
			crowd_has(&holders, g->holdings[i].member))
			g->holdings[kept++] = g->holdings[i];
	bool less = kept < g->holding_count;
	g->holding_count = kept;
	crowd_free(&holders);
	crowd_free(&members);
	return less;
}

static void note_circle(struct job *job, struct granting *g)
{
	const struct somebody *newcomer;
	struct record group;
	char name[64];

	while (peel(g))
		;
	if (g->holding_count == 0)
		return;
	uint32_t number = g->holdings[0].holder;
	newcomer = ahead_newcomer(&job->run, number);
	if (newcomer)
		status_text(name, sizeof(name), newcomer->name);
	else if (view_entry(job->view, job->tenant, KIND_GROUP, number, &group))
		status_text(name, sizeof(name), record_first(&group, ATTR_COMMON_NAME));
	else
		return;
	status_note(job, "groups hold each other in a circle, as %s does; each counts once", name);
}

/* ---- who gets it and who does not any more ---- */

/* Of whom neither a group nor the run says anything, what is stored does. */
static bool is_wanted(
	struct job *job, const struct granting *g, const struct record *container, uint32_t person)
{
	if (crowd_has(&g->users, person))
		return true;
	if (container->kind != KIND_SCOPE || g->all ||
		(g->sites && crowd_has(sites_named(g->sites), person)))
		return false;
	return sites_hold(job, person, container->number);
}

static enum err drop_unwanted(struct job *job, struct granting *g, const struct record *container,
	const struct members *stored, struct why *why)
{
	enum err err = OK;

	crowd_clear(&g->held);
	for (size_t i = 0; !err && i < stored->count; i++) {
		crowd_set(&g->held, stored->rows[i].number);
		if (!is_wanted(job, g, container, stored->rows[i].number))
			err = deltas_put(job, &g->deltas, &stored->rows[i], true, why);
	}
	return err;
}

static bool member_by_number(struct job *job, uint32_t number, struct member *who)
{
	const struct somebody *somebody = ahead_newcomer(&job->run, number);
	struct record record;

	if (somebody) {
		*who = somebody->who;
		return !somebody->refused;
	}
	if (!view_entry(job->view, job->tenant, KIND_USER, number, &record))
		return false;
	*who = (struct member){ number, KIND_USER, record.id };
	return true;
}

static enum err add_wanted(struct job *job, struct granting *g, struct why *why)
{
	struct member who;
	enum err err = OK;

	for (uint32_t n = crowd_next(&g->users, 0); !err && n != UINT32_MAX;
		n = crowd_next(&g->users, n + 1))
		if (!crowd_has(&g->held, n) && member_by_number(job, n, &who))
			err = deltas_put(job, &g->deltas, &who, false, why);
	return err;
}

static enum err grant(
	struct job *job, struct granting *g, const struct record *container, struct why *why)
{
	struct members stored = { 0 };

	g->deltas.kind = container->kind;
	g->deltas.id = g->deltas.identity = container->id;
	g->deltas.rule = SPAN("the group mapping");
	members_load(job, container->number, &stored);
	enum err err = drop_unwanted(job, g, container, &stored, why);
	if (!err)
		err = add_wanted(job, g, why);
	free(stored.rows);
	return err ? err : deltas_end(job, &g->deltas, why);
}

/* Once a run: there may be as many containers as rows. */
static void find_containers(struct job *job, struct granting *g)
{
	struct record named;

	for (size_t i = 0; i < job->settings.target_count; i++) {
		const struct target *target = &job->settings.targets[i];
		bool there = target->attr == ATTR_NONE && grants_container(job, target, &named);
		g->containers[i] = there ? named.number : UINT32_MAX;
	}
}

static bool names(
	struct job *job, const struct granting *g, size_t target, const struct record *container)
{
	return g->containers[target] == container->number &&
	       job->settings.targets[target].kind == container->kind;
}

/* ---- a group that lets go of most people ---- */

/* As walk_groups, by what is stored. */
static void walk_stored(struct job *job, struct granting *g, uint32_t group, struct crowd *people)
{
	struct members members = { 0 };
	size_t level_end = 1;
	uint32_t depth = 0;

	g->count = 0;
	crowd_clear(&g->groups);
	enqueue(job, g, group);
	for (size_t i = 0; i < g->count; i++) {
		if (i == level_end) {
			level_end = g->count;
			depth++;
		}
		members.count = 0;
		members_load(job, g->queue[i], &members);
		for (size_t k = 0; k < members.count; k++)
			if (members.rows[k].kind == KIND_USER)
				crowd_set(people, members.rows[k].number);
			else if (depth < job->settings.group_depth)
				enqueue(job, g, members.rows[k].number);
	}
	free(members.rows);
}

/* Of the people who are below a group, by what is stored, how many will not be: on whatever way,
 * for each of the groups in it may lose only a few. `g->below` is who is left. */
struct losing {
	uint32_t before, lost, left;
};

static struct losing losing(struct job *job, struct granting *g, uint32_t group)
{
	struct losing l = { .left = count_people(&g->below) };
	struct crowd before = { 0 };

	g->stored = true;
	walk_stored(job, g, group, &before);
	g->stored = false;
	for (uint32_t n = crowd_next(&before, 0); n != UINT32_MAX; n = crowd_next(&before, n + 1)) {
		l.before++;
		l.lost += !crowd_has(&g->below, n);
	}
	crowd_free(&before);
	return l;
}

/* In this run, or in all of a day. */
static bool loses_most(struct job *job, const struct losing *l, const struct pin *pin)
{
	if (run_is_most(job, l->lost, l->before) && l->before >= RUN_DRAINED_FROM)
		return true;
	return l->left < l->before && pin && run_is_drained(job, pin, l->left);
}

/* Groups that were walked and whose members change, each to be looked at for itself. */
static void note_inside(struct job *job, struct granting *g)
{
	for (size_t i = 1; i < g->count; i++)
		if (!(g->queue[i] & MEMBER_NEW) && crowd_has(&job->run.groups_changed, g->queue[i]))
			crowd_set(&g->inside, g->queue[i]);
}

static void look_inside(struct job *job, struct granting *g, uint32_t group)
{
	struct inside *inside = &job->run.draft.inside;
	struct record record;
	struct uuid anchor;

	if (!view_entry(job->view, job->tenant, KIND_GROUP, group, &record) ||
		!link_of(&record, job->settings.source, &anchor))
		return;
	walk_groups(job, g, group);
	struct losing l = losing(job, g, group);
	job->run.draft.rows_lost += loses_most(job, &l, inside_find(inside, &anchor));
	inside_change(inside, &anchor, l.before, l.left, clock_wall());
}

static void look_inside_all(struct job *job, struct granting *g)
{
	for (uint32_t n = crowd_next(&g->inside, 0); n != UINT32_MAX;
		n = crowd_next(&g->inside, n + 1))
		look_inside(job, g, n);
}

/* Leaves the people below in g->below. */
static void look_below(struct job *job, struct granting *g, uint32_t group, const struct pin *pin)
{
	bool touched = g->touched;

	g->touched = false;
	walk_groups(job, g, group);
	note_circle(job, g);
	if (job->run.planning && !(group & MEMBER_NEW) && (g->touched || job->run.group_gone)) {
		note_inside(job, g);
		struct losing l = losing(job, g, group);
		note_inside(job, g);
		job->run.draft.rows_lost += loses_most(job, &l, pin);
	}
	g->touched |= touched;
}

/* All rows that give it. */
static void gather(struct job *job, struct granting *g, const struct record *container)
{
	const struct settings *settings = &job->settings;
	struct member who;

	g->touched = false;
	crowd_clear(&g->users);
	for (size_t i = 0; i < settings->target_count; i++) {
		struct pin *pin = &job->pins.rows[i];
		if (!names(job, g, i, container) || !grants_gives(job, i, &who))
			continue;
		look_below(job, g, who.number, pin);
		crowd_add(&g->users, &g->below);
		job->pins.changed |= pin_change(pin, clock_wall(), count_people(&g->below));
	}
	if (container->kind == KIND_SCOPE && g->sites) {
		sites_add(g->sites, container->number, &g->users);
		g->touched = true;
	}
}

static enum err apply_container(
	struct job *job, struct granting *g, const struct record *container, struct why *why)
{
	/* What a directory keeps has its members from there. */
	if (container->kind == KIND_GROUP && record_has(container, ATTR_LINK))
		return OK;
	gather(job, g, container);
	return g->touched || g->all ? grant(job, g, container, why) : OK;
}

static enum err each_container(struct job *job, struct granting *g, enum kind kind, struct why *why)
{
	struct search_spec spec = {
		.actor = &job->keeper, .tenant = job->tenant, .kinds = 1u << kind
	};
	struct members found = { 0 };
	struct search *search;
	struct record record;
	unsigned budget = UINT32_MAX;

	/* All of them first: applying ends the view that the search reads. */
	enum err err = search_open(job->view, job->arena, &spec, &search, why);
	if (err)
		return err;
	while (search_next(search, &budget, &record) == STEP_FOUND)
		members_add(&found, record.number, kind, &record.id);
	search_close(search);
	for (size_t i = 0; !err && i < found.count; i++)
		if (view_entry(job->view, job->tenant, kind, found.rows[i].number, &record))
			err = apply_container(job, g, &record, why);
	free(found.rows);
	return err;
}

static bool maps_to(const struct job *job, enum kind kind)
{
	for (size_t i = 0; i < job->settings.target_count; i++)
		if (job->settings.targets[i].kind == kind)
			return true;
	return false;
}

static enum err apply_all(
	struct job *job, struct granting *g, struct commands *commands, struct why *why)
{
	static const enum kind kinds[] = { KIND_ROLE, KIND_SCOPE, KIND_GROUP };

	grants_tell(job, commands, g->sites, g->all || job->run.complete);
	enum err err = commands_finish(job, commands, why);
	find_containers(job, g);
	for (size_t i = 0; !err && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (g->all || maps_to(job, kinds[i]))
			err = each_container(job, g, kinds[i], why);
	if (!err && job->run.planning)
		look_inside_all(job, g);
	return err;
}

enum err apply_roles(struct job *job, struct commands *commands, struct why *why)
{
	struct granting g = { .deltas = { .commands = commands } };
	struct sync_run *run = &job->run;

	grants_find(job);
	g.all = run->grants_changed || run->group_gone;
	enum err err = sites_gather(job, g.all || run->complete, &g.sites, why);
	if (!err &&
		(g.all || g.sites || job->pins.changed || !crowd_is_empty(&run->groups_changed)))
		err = apply_all(job, &g, commands, why);
	granting_free(&g);
	return err;
}
