#include "base/clock.h"
#include "in/sync/commands.h"

/* What a run is weighed against. */
struct scale {
	struct job *job;
	struct recent *recent;
	int64_t wall;
};

static void scale_open(struct scale *scale, struct job *job)
{
	struct span value;

	*scale = (struct scale){ job, recent_new(), clock_wall() };
	if (!view_state(job->view, job->tenant, recent_key(job->arena, job->directory), &value))
		value = SPAN_NONE;
	recent_read(value, scale->recent);
}

static void scale_close(struct scale *scale)
{
	recent_free(scale->recent);
}

static const struct bits *taken(const struct scale *scale, enum attr what)
{
	return &scale->job->run.draft.changed[what];
}

/* With those of the last 24 hours, when the run takes anything of it from anybody. */
static uint64_t weight(const struct scale *scale, enum attr what)
{
	const struct bits *now = taken(scale, what);
	size_t count = bits_count(now);

	return count == 0 ? 0 : count + recent_count(scale->recent, what, now, scale->wall);
}

static void weigh_gone(const struct scale *scale, struct tally *tally)
{
	const struct bits *now = taken(scale, RECENT_GONE);

	tally->deactivations = bits_count(now);
	tally->ends = scale->job->run.draft.ends;
	tally->net = (int64_t)recent_count(scale->recent, RECENT_GONE, now, scale->wall);
}

static void weigh_admins(const struct scale *scale, struct tally *tally)
{
	bool spared = draft_spares_admin(scale->job);

	if (bits_count(taken(scale, RECENT_ADMINS)) > spared)
		tally->admins = weight(scale, RECENT_ADMINS) - spared;
}

static void weigh_value(const struct scale *scale, enum attr attr, struct tally *tally)
{
	uint64_t values = weight(scale, attr);

	if (values > tally->values) {
		tally->values = values;
		tally->attribute = attr_spelling(attr);
	}
}

static bool is_value(enum attr what)
{
	return what != RECENT_ADMINS && what != RECENT_GONE && what != ATTR_EMAIL;
}

void weigh_draft(struct job *job, struct tally *tally)
{
	const struct sync_run *run = &job->run;
	const struct draft *draft = &run->draft;
	struct scale scale;

	scale_open(&scale, job);
	for (size_t i = 0; i < run->loss_count; i++) {
		const struct loss *loss = &run->losses[i];
		tally->missing += loss->kind == KIND_USER && loss->reason == LOSS_ABSENT &&
				  run->full && !loss->reported;
	}
	/* A group may be counted as both. */
	tally->groups_lost =
		draft->groups_lost > draft->rows_lost ? draft->groups_lost : draft->rows_lost;
	weigh_gone(&scale, tally);
	weigh_admins(&scale, tally);
	tally->emails = weight(&scale, ATTR_EMAIL);
	for (enum attr attr = 0; attr < ATTR_LIMIT; attr++)
		if (is_value(attr))
			weigh_value(&scale, attr, tally);
	scale_close(&scale);
}

/* ---- what is remembered ---- */

/* That of it alone which the run takes of this. */
static void tally_of(const struct scale *scale, enum attr what, struct tally *tally)
{
	*tally = (struct tally){ .people = scale->job->memory.people,
		.grown = memory_grown(&scale->job->memory, scale->wall) };
	if (what == RECENT_GONE)
		weigh_gone(scale, tally);
	else if (what == RECENT_ADMINS)
		weigh_admins(scale, tally);
	else if (what == ATTR_EMAIL)
		tally->emails = weight(scale, what);
	else
		weigh_value(scale, what, tally);
}

/* Who approved it has read how many there were with those of before. */
static void settle_approved(const struct scale *scale, enum attr what)
{
	struct tally tally;
	struct because because = { 0 };
	enum conflict_type conflict;

	tally_of(scale, what, &tally);
	if (limits_hold(&scale->job->settings.limits, &tally, &because, &conflict))
		recent_forget(scale->recent, what);
	else
		recent_drop(scale->recent, what, taken(scale, what));
}

static bool settle(const struct scale *scale)
{
	const struct bits *back = &scale->job->run.draft.back;
	bool changed = bits_count(back) > 0;

	recent_drop(scale->recent, RECENT_GONE, back);
	for (enum attr what = 0; what < ATTR_LIMIT; what++) {
		if (bits_count(taken(scale, what)) == 0)
			continue;
		changed = true;
		if (scale->job->is_approved)
			settle_approved(scale, what);
		else
			recent_add(scale->recent, what, taken(scale, what), scale->wall);
	}
	return changed;
}

static void settle_inside(struct job *job)
{
	struct inside *inside = &job->run.draft.inside;

	for (size_t i = 0; job->is_approved && i < inside->count; i++)
		if (run_is_drained(job, &inside->rows[i], inside->rows[i].people)) {
			pin_forget(&inside->rows[i]);
			inside->changed = true;
		}
}

static void add_row(struct job *job, struct commands *commands, struct span key, struct span value)
{
	struct state_row *row = arena_zalloc(commands->arena, sizeof(*row));
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);

	*row = (struct state_row){ key, value };
	command->states = row;
	command->state_count = 1;
}

void weigh_command(struct job *job, struct commands *commands)
{
	struct inside *inside = &job->run.draft.inside;
	struct arena *arena = commands->arena;
	struct scale scale;

	scale_open(&scale, job);
	if (settle(&scale))
		add_row(job, commands, recent_key(arena, job->directory),
			recent_write(arena, scale.recent, scale.wall));
	settle_inside(job);
	if (inside->changed)
		add_row(job, commands, inside_key(arena, job->directory),
			inside_write(arena, inside));
	scale_close(&scale);
}

void weigh_begin(struct job *job)
{
	struct span value;

	if (!view_state(job->view, job->tenant, inside_key(job->arena, job->directory), &value))
		value = SPAN_NONE;
	inside_read(value, &job->run.draft.inside, clock_wall());
}
