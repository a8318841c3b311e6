#include "core/login_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"

#define WAYS 8
#define SETS (LIMIT_LOGIN_MARKS / WAYS)
#define AT_ONCE 256 /* rows of one turn of writing */
#define ROW 20

struct mark {
	bool used, dirty;
	uint32_t tenant, number;
	uint32_t grace;   /* sign-ins with the password of `changed` since it expired */
	int64_t changed;  /* wall */
	uint64_t step;    /* of the newest TOTP code; 0: none */
	int64_t touched;  /* monotonic */
	uint32_t version; /* tells what was written from what came meanwhile */
};

struct login_marks {
	pthread_mutex_t lock;
	size_t dirty;
	struct mark marks[SETS][WAYS];
};

struct login_marks *login_marks_new(void)
{
	struct login_marks *marks = heap_zalloc(sizeof *marks);
	pthread_mutex_init(&marks->lock, NULL);
	return marks;
}

void login_marks_free(struct login_marks *marks)
{
	if (!marks)
		return;
	pthread_mutex_destroy(&marks->lock);
	free(marks);
}

struct span login_marks_key(uint32_t number, char text[LOGIN_MARKS_KEY])
{
	int len = snprintf(text, LOGIN_MARKS_KEY, "login/%u", (unsigned)number);
	return span_of(text, (size_t)len);
}

static void load(struct view *view, struct mark *mark)
{
	char text[LOGIN_MARKS_KEY];
	struct span row;
	if (!txn_state(view->txn, mark->tenant, login_marks_key(mark->number, text), &row) ||
		row.len != ROW)
		return;
	mark->grace = get_be32(row.data);
	mark->changed = (int64_t)get_be64(row.data + 4);
	mark->step = get_be64(row.data + 12);
}

/* What is written goes first. */
static struct mark *victim_of(struct mark *set)
{
	struct mark *victim = set;
	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].used)
			return &set[i];
		if (set[i].dirty < victim->dirty ||
			(set[i].dirty == victim->dirty && set[i].touched < victim->touched))
			victim = &set[i];
	}
	return victim;
}

/* The lock is held. */
static struct mark *find(struct view *view, uint32_t tenant, uint32_t number)
{
	struct login_marks *marks = view->core->marks;
	uint32_t mixed = (tenant * 2654435761u) ^ (number * 2246822519u);
	struct mark *set = marks->marks[(mixed >> 8) % SETS], *mark = NULL;
	for (size_t i = 0; i < WAYS && !mark; i++)
		if (set[i].used && set[i].tenant == tenant && set[i].number == number)
			mark = &set[i];
	if (!mark) {
		mark = victim_of(set);
		marks->dirty -= mark->dirty;
		*mark = (struct mark){ .used = true, .tenant = tenant, .number = number };
		load(view, mark);
	}
	mark->touched = clock_monotonic();
	return mark;
}

static void soil(struct login_marks *marks, struct mark *mark)
{
	marks->dirty += !mark->dirty;
	mark->dirty = true;
	mark->version++;
}

uint32_t grace_used(struct view *view, uint32_t tenant, uint32_t number, int64_t changed)
{
	struct login_marks *marks = view->core->marks;
	pthread_mutex_lock(&marks->lock);
	const struct mark *mark = find(view, tenant, number);
	uint32_t used = mark->changed == changed ? mark->grace : 0;
	pthread_mutex_unlock(&marks->lock);
	return used;
}

bool grace_take(struct view *view, uint32_t tenant, uint32_t number, int64_t changed, uint32_t most)
{
	struct login_marks *marks = view->core->marks;
	pthread_mutex_lock(&marks->lock);
	struct mark *mark = find(view, tenant, number);
	if (mark->changed != changed) {
		mark->changed = changed;
		mark->grace = 0;
	}
	bool taken = mark->grace < most;
	mark->grace += taken;
	if (taken)
		soil(marks, mark);
	pthread_mutex_unlock(&marks->lock);
	return taken;
}

bool totp_take(struct view *view, uint32_t tenant, uint32_t number, uint64_t step)
{
	struct login_marks *marks = view->core->marks;
	pthread_mutex_lock(&marks->lock);
	struct mark *mark = find(view, tenant, number);
	bool taken = step > mark->step;
	if (taken) {
		mark->step = step;
		soil(marks, mark);
	}
	pthread_mutex_unlock(&marks->lock);
	return taken;
}

/* ---- writing ---- */

struct writing {
	struct mark *copies[AT_ONCE]; /* as they were */
	struct mark *places[AT_ONCE];
	size_t count;
};

static void collect(struct login_marks *marks, struct arena *arena, struct writing *writing)
{
	for (size_t at = 0; at < LIMIT_LOGIN_MARKS && writing->count < AT_ONCE; at++) {
		struct mark *mark = &marks->marks[at / WAYS][at % WAYS];
		if (!mark->used || !mark->dirty)
			continue;
		struct mark *copy = arena_alloc(arena, sizeof *copy);
		*copy = *mark;
		writing->places[writing->count] = mark;
		writing->copies[writing->count++] = copy;
	}
}

static struct command command_of(struct arena *arena, const struct mark *mark)
{
	struct state_row *row = arena_alloc(arena, sizeof *row);
	uint8_t *value = arena_alloc(arena, ROW);
	put_be32(value, mark->grace);
	put_be64(value + 4, (uint64_t)mark->changed);
	put_be64(value + 12, mark->step);
	*row = (struct state_row){ login_marks_key(
					   mark->number, arena_alloc(arena, LOGIN_MARKS_KEY)),
		span_of(value, ROW) };
	return (struct command){
		.type = COMMAND_STATE, .tenant = mark->tenant, .states = row, .state_count = 1
	};
}

/* What became of the single rows is not asked: a tenant that is gone needs none. */
static enum err write_all(
	struct core *core, struct arena *arena, const struct writing *writing, struct why *why)
{
	struct actor actor;
	struct command *commands = arena_array(arena, writing->count, sizeof *commands);
	struct outcome *outcomes = arena_array(arena, writing->count, sizeof *outcomes);
	for (size_t i = 0; i < writing->count; i++)
		commands[i] = command_of(arena, writing->copies[i]);
	actor_system(&actor, CHANNEL_INTERNAL);
	return core_run_many(core, &actor, commands, writing->count, false, outcomes, why);
}

static void learn(struct login_marks *marks, const struct writing *writing)
{
	for (size_t i = 0; i < writing->count; i++) {
		struct mark *mark = writing->places[i], *copy = writing->copies[i];
		if (!mark->dirty || mark->tenant != copy->tenant || mark->number != copy->number ||
			mark->version != copy->version)
			continue;
		mark->dirty = false;
		marks->dirty--;
	}
}

enum err login_marks_write(struct core *core, struct why *why)
{
	struct login_marks *marks = core->marks;
	struct writing writing = { .count = 0 };
	struct arena *arena = arena_new();
	enum err err = OK;
	pthread_mutex_lock(&marks->lock);
	if (marks->dirty)
		collect(marks, arena, &writing);
	pthread_mutex_unlock(&marks->lock);
	if (writing.count)
		err = write_all(core, arena, &writing, why);
	if (writing.count && !err) {
		pthread_mutex_lock(&marks->lock);
		learn(marks, &writing);
		pthread_mutex_unlock(&marks->lock);
	}
	arena_free(arena);
	return err;
}
