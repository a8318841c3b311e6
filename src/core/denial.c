#include "core/core_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#define WINDOW (60 * SECOND)
#define ACTION_MAX 48
#define NAME_MAX_OCTETS 96

/* One attempt of one actor and how often it was made within a minute. */
struct denial {
	struct denial *next;
	uint32_t tenant;
	struct uuid actor, target;
	char actor_name[64], action[ACTION_MAX], name[NAME_MAX_OCTETS];
	enum kind kind;
	enum err err;
	int64_t began, last; /* wall */
	uint64_t count, written;
	struct span text; /* of the draft; heap */
	size_t ends[3];
};

struct denials {
	pthread_mutex_t lock;
	struct denial *first;
	size_t count;
};

struct denials *denials_new(void)
{
	struct denials *denials = heap_zalloc(sizeof *denials);
	pthread_mutex_init(&denials->lock, NULL);
	return denials;
}

static void denial_free(struct denial *denial)
{
	free((void *)denial->text.data);
	free(denial);
}

void denials_free(struct denials *denials)
{
	if (!denials)
		return;
	while (denials->first) {
		struct denial *denial = denials->first;
		denials->first = denial->next;
		denial_free(denial);
	}
	pthread_mutex_destroy(&denials->lock);
	free(denials);
}

static bool matters(enum err err)
{
	return err == ERR_FORBIDDEN || err == ERR_GRANT_CEILING || err == ERR_LAST_ADMIN;
}

/* The one that this attempt repeats; counts the tenant's others. */
static struct denial *find(struct denials *denials, const struct actor *actor,
	const struct attempt *attempt, enum err err, int64_t now, size_t *others)
{
	*others = 0;
	for (struct denial *d = denials->first; d; d = d->next) {
		if (d->tenant != attempt->tenant)
			continue;
		++*others;
		if (d->err == err && now - d->began < WINDOW && uuid_equal(&d->actor, &actor->id) &&
			strcmp(d->actor_name, actor->name) == 0 &&
			strncmp(d->action, attempt->action, ACTION_MAX - 1) == 0)
			return d;
	}
	return NULL;
}

static struct denial *denial_new(const struct actor *actor, const struct attempt *attempt,
	const struct why *why, int64_t now)
{
	struct denial *d = heap_zalloc(sizeof *d);
	struct buffer text;
	d->tenant = attempt->tenant;
	d->actor = actor->id;
	d->target = attempt->id;
	d->kind = attempt->kind;
	d->err = why->err;
	d->began = now;
	memcpy(d->actor_name, actor->name, sizeof d->actor_name);
	span_fit(d->action, sizeof d->action, span_str(attempt->action));
	span_fit(d->name, sizeof d->name, attempt->name);
	buffer_init(&text, LIMIT_DENIAL_OCTETS);
	audit_draft_denied(&text, d->ends, actor, attempt, why->text);
	d->text = buffer_span(&text);
	return d;
}

static void note(struct core *core, const struct actor *actor, const struct attempt *attempt,
	const struct why *why)
{
	struct denials *denials = core->denials;
	int64_t now = clock_wall();
	size_t others;
	pthread_mutex_lock(&denials->lock);
	struct denial *d = find(denials, actor, attempt, why->err, now, &others);
	if (!d && others < LIMIT_DENIALS_TENANT && denials->count < LIMIT_DENIALS) {
		d = denial_new(actor, attempt, why, now);
		d->next = denials->first;
		denials->first = d;
		denials->count++;
	}
	if (d) {
		d->count++;
		d->last = now;
	} else {
		metric_add(METRIC_AUDIT_DENIALS_LOST, 1);
	}
	pthread_mutex_unlock(&denials->lock);
}

void core_denied(struct core *core, const struct actor *actor, const struct attempt *attempt,
	const struct why *why)
{
	if (matters(why->err) && kind_row(attempt->kind))
		note(core, actor, attempt, why);
}

/* ---- commands ---- */

static void name_action(char action[ACTION_MAX], const struct command *command)
{
	static const char *const verbs[COMMAND_COUNT] = { [COMMAND_CREATE] = "created",
		[COMMAND_MODIFY] = "updated",
		[COMMAND_DELETE] = "deleted" };
	const char *word = kind_row(command->kind)->word;
	bool remove = command->member_count && command->members[0].remove;
	if (command->type != COMMAND_MEMBERS)
		snprintf(action, ACTION_MAX, "%s.%s", word,
			verbs[command->type] ? verbs[command->type] : "updated");
	else if (command->kind == KIND_GROUP)
		snprintf(action, ACTION_MAX, "group.members.changed");
	else
		snprintf(action, ACTION_MAX, "user.%s.%s", word, remove ? "removed" : "added");
}

void denials_note_command(struct core *core, const struct actor *actor,
	const struct command *command, const struct why *why)
{
	char action[ACTION_MAX];
	struct buffer changes;
	if (!matters(why->err) || !kind_row(command->kind))
		return;
	name_action(action, command);
	buffer_init(&changes, LIMIT_DENIAL_OCTETS / 2);
	audit_put_wishes(&changes, command);
	struct attempt attempt = { .tenant = command->tenant,
		.action = action,
		.kind = command->kind,
		.id = command->id,
		.name = command->entry
				? entry_first(command->entry, kind_row(command->kind)->naming)
				: SPAN_NONE,
		.changes = changes.failed ? SPAN_NONE : buffer_span(&changes) };
	note(core, actor, &attempt, why);
	buffer_free(&changes);
}

/* ---- writing ---- */

struct denial_chore {
	struct chore chore;
	struct arena *arena;
	struct audit_draft *drafts;
	size_t count;
};

static void append(struct chore *chore, struct run *run)
{
	const struct denial_chore *d = (struct denial_chore *)chore;
	for (size_t i = 0; i < d->count; i++) {
		if (!keeper_may_write(run, d->drafts[i].tenant))
			continue;
		audit_append_draft(run, &d->drafts[i]);
		written_add(run->core->written, d->drafts[i].tenant, SPAN("audit"));
	}
}

/* The first attempt is written at once, those that followed when the minute is over. */
static bool is_due(const struct denial *d, int64_t now)
{
	return d->count > d->written && (!d->written || now - d->began >= WINDOW || now < d->began);
}

static void draft(struct denial_chore *chore, struct denial *d)
{
	struct audit_draft *draft = &chore->drafts[chore->count++];
	struct span text = arena_copy(chore->arena, d->text);
	draft->tenant = d->tenant;
	draft->parts[0] = span_of(text.data, d->ends[0]);
	draft->parts[1] = span_of(text.data + d->ends[0], d->ends[1] - d->ends[0]);
	draft->parts[2] = span_of(text.data + d->ends[1], d->ends[2] - d->ends[1]);
	draft->attempts = d->count - d->written;
	draft->time = d->last;
	draft->kind = d->kind;
	draft->id = d->target;
	draft->name = arena_copy(chore->arena, span_str(d->name));
	draft->actor = d->actor;
	d->written = d->count;
}

/* Takes what is due and forgets what is over. */
static void collect(struct denials *denials, struct denial_chore *chore)
{
	int64_t now = clock_wall();
	pthread_mutex_lock(&denials->lock);
	chore->drafts = arena_array(chore->arena, denials->count + 1, sizeof *chore->drafts);
	for (struct denial **at = &denials->first; *at;) {
		struct denial *d = *at;
		if (is_due(d, now))
			draft(chore, d);
		if (now - d->began < WINDOW && now >= d->began) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		denials->count--;
		denial_free(d);
	}
	pthread_mutex_unlock(&denials->lock);
}

enum err denials_write(struct core *core, struct why *why)
{
	struct denial_chore chore = { .chore = { append }, .arena = arena_new() };
	enum err err = OK;
	collect(core->denials, &chore);
	if (chore.count)
		err = chore_run(core, &chore.chore, why);
	if (err)
		metric_add(METRIC_AUDIT_DENIALS_LOST, (int64_t)chore.count);
	for (size_t i = 0; !err && i < chore.count; i++)
		keeper_mark(core->keeper, chore.drafts[i].tenant);
	arena_free(chore.arena);
	return err;
}
