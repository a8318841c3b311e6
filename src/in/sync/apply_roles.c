#include "in/sync/join_int.h"

#include <stdlib.h>

struct granting {
	struct crowd groups, users, held;
	struct crowd own_users, own_groups; /* of one group */
	uint32_t *queue;                    /* groups to walk */
	size_t count, capacity;
	bool touched; /* a group in it changed in this run */
	struct deltas deltas;
};

static void granting_free(struct granting *g)
{
	crowd_free(&g->groups);
	crowd_free(&g->users);
	crowd_free(&g->held);
	crowd_free(&g->own_users);
	crowd_free(&g->own_groups);
	free(g->queue);
}

static void enqueue(struct job *job, struct granting *g, uint32_t group)
{
	if (crowd_has(&g->groups, group) ||
		(!(group & MEMBER_NEW) && bits_has(&job->run.ahead.gone, group)))
		return;
	crowd_set(&g->groups, group);
	if (g->count == g->capacity) {
		g->capacity = g->capacity ? g->capacity * 2 : 64;
		g->queue = heap_grow(g->queue, g->capacity * sizeof(*g->queue));
	}
	g->queue[g->count++] = group;
}

static void walk_groups(struct job *job, struct granting *g)
{
	for (size_t i = 0; i < g->count; i++) {
		crowd_clear(&g->own_users);
		crowd_clear(&g->own_groups);
		ahead_members(job, g->queue[i], &g->own_users, &g->own_groups);
		crowd_add(&g->users, &g->own_users);
		g->touched |= crowd_has(&job->run.groups_changed, g->queue[i]);
		for (uint32_t n = crowd_next(&g->own_groups, 0); n != UINT32_MAX;
			n = crowd_next(&g->own_groups, n + 1))
			enqueue(job, g, n);
	}
}

uint64_t roles_people_below(struct job *job, uint32_t group)
{
	struct granting g = { .count = 0 };
	uint64_t people = 0;

	enqueue(job, &g, group);
	walk_groups(job, &g);
	for (uint32_t n = crowd_next(&g.users, 0); n != UINT32_MAX; n = crowd_next(&g.users, n + 1))
		people++;
	granting_free(&g);
	return people;
}

static bool find_mapped(struct job *job, struct span name, struct member *who)
{
	struct record record;
	struct uuid anchor;

	if (uuid_parse(name, &anchor) && ahead_find(job, &anchor, who))
		return who->kind == KIND_GROUP;
	if (ahead_find_name(job, KIND_GROUP, name, who))
		return true;
	if (!view_by_name(job->view, job->arena, job->tenant, KIND_GROUP, name, &record) ||
		!link_of(&record, job->settings.source, &anchor))
		return false;
	*who = (struct member){ record.number, KIND_GROUP, record.id };
	return true;
}

static void enqueue_mapped(struct job *job, struct granting *g, struct span name)
{
	struct member who;

	if (find_mapped(job, name, &who))
		enqueue(job, g, who.number);
}

static enum err drop_unwanted(
	struct job *job, struct granting *g, const struct members *stored, struct why *why)
{
	enum err err = OK;

	crowd_clear(&g->held);
	for (size_t i = 0; !err && i < stored->count; i++) {
		crowd_set(&g->held, stored->rows[i].number);
		if (!crowd_has(&g->users, stored->rows[i].number))
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
	enum err err = drop_unwanted(job, g, &stored, why);
	if (!err)
		err = add_wanted(job, g, why);
	free(stored.rows);
	return err ? err : deltas_end(job, &g->deltas, why);
}

static bool names(struct job *job, const struct target *target, const struct record *container)
{
	struct record named;

	return target->kind == container->kind &&
	       view_by_name(
		       job->view, job->arena, job->tenant, target->kind, target->name, &named) &&
	       named.number == container->number;
}

/* One role or scope: the people below all groups that map to it. */
static enum err apply_container(
	struct job *job, struct granting *g, const struct record *container, struct why *why)
{
	const struct settings *settings = &job->settings;
	bool all = job->run.grants_changed || job->run.group_gone;

	g->count = 0;
	g->touched = false;
	crowd_clear(&g->groups);
	crowd_clear(&g->users);
	for (size_t i = 0; i < settings->target_count; i++)
		if (names(job, &settings->targets[i], container))
			enqueue_mapped(job, g, settings->targets[i].group);
	walk_groups(job, g);
	return g->touched || all ? grant(job, g, container, why) : OK;
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

static bool is_there(struct job *job, const struct target *target)
{
	struct record record;

	return view_by_name(
		job->view, job->arena, job->tenant, target->kind, target->name, &record);
}

static enum conflict_type type_of(const struct target *target)
{
	return target->kind == KIND_ROLE ? CONFLICT_ROLE_MISSING : CONFLICT_SITE_MISSING;
}

static struct span text_of(struct arena *arena, const struct target *target)
{
	return span_str(arena_printf(
		arena, "%s:%.*s", kind_row(target->kind)->word, SPAN_ARGS(target->name)));
}

static void raise_missing(struct job *job, struct commands *commands, const struct target *target)
{
	struct conflict_report *report = join_raise(job, commands, type_of(target));
	char name[64];

	report->what = text_of(commands->arena, target);
	report->theirs = arena_copy(commands->arena, target->group);
	status_text(name, sizeof(name), target->name);
	status_note(
		job, "there is no %s %s that a group maps to", kind_row(target->kind)->word, name);
	job->run.counts.held++;
}

static bool is_missing_still(struct job *job, struct span what)
{
	const struct settings *settings = &job->settings;

	for (size_t i = 0; i < settings->target_count; i++)
		if (!is_there(job, &settings->targets[i]) &&
			span_equal(what, text_of(job->arena, &settings->targets[i])))
			return true;
	return false;
}

/* Once a role or scope, not once a person: the others get what is there. */
static void note_missing(struct job *job, struct commands *commands)
{
	const struct settings *settings = &job->settings;
	struct record conflict;
	struct span what;
	uint32_t number = 0;

	for (size_t i = 0; i < settings->target_count; i++)
		if (!is_there(job, &settings->targets[i]))
			raise_missing(job, commands, &settings->targets[i]);
	while (commands->count < BATCH_MAX && join_next_missing(job, &number, &conflict, &what))
		if (!is_missing_still(job, what))
			join_end(job, commands, NULL,
				1u << CONFLICT_ROLE_MISSING | 1u << CONFLICT_SITE_MISSING, what,
				"it is there, or nothing is mapped to it");
}

enum err apply_roles(struct job *job, struct commands *commands, struct why *why)
{
	struct granting g = { .deltas = { .commands = commands } };
	struct sync_run *run = &job->run;

	if (!run->grants_changed && !run->group_gone && crowd_is_empty(&run->groups_changed))
		return OK;
	note_missing(job, commands);
	enum err err = commands_finish(job, commands, why);
	if (!err)
		err = each_container(job, &g, KIND_ROLE, why);
	if (!err)
		err = each_container(job, &g, KIND_SCOPE, why);
	granting_free(&g);
	return err;
}
