#include "core/core_int.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"

/* What was asked for with an idempotency key is remembered for a day: "once/<actor>/<key's hash>"
 * holds the digest of the request and its outcome, "once-count/<actor>" how many such rows there
 * are. All names have one length, so the rows of an actor are neighbours. */

#define LIFE (24 * 3600 * SECOND)
#define PREFIX "once/"
#define DIGEST 32
#define ROW_OCTETS (DIGEST + 8 + 2 + 16 + 4 + 3 * 8)
#define SWEEP_INTERVAL (60 * SECOND)
#define SWEEP_ROWS 20000 /* examined in one step */
#define SWEEP_TENANT 10  /* rows that a look at a tenant counts as */
#define SWEEP_REMOVED 400

static char *actor_text(struct arena *arena, const struct uuid *actor)
{
	char *text = arena_alloc(arena, UUID_TEXT + 1);
	uuid_format(actor, text);
	return text;
}

static struct span row_name(struct arena *arena, const struct uuid *actor, struct span key)
{
	uint8_t hash[32];
	hash_blake2b(key, hash);
	return span_str(arena_printf(arena, PREFIX "%s/%s", actor_text(arena, actor),
		base64url_format(arena, span_of(hash, sizeof hash))));
}

static struct span row_of(struct run *run)
{
	return row_name(run->arena, &run->actor->id, run->command->once);
}

static struct span count_name(struct arena *arena, const char *actor)
{
	return span_str(arena_printf(arena, "once-count/%s", actor));
}

static uint32_t count_of(struct txn *txn, uint32_t tenant, struct span name)
{
	struct span value;
	return txn_state(txn, tenant, name, &value) && value.len == 4 ? get_be32(value.data) : 0;
}

static struct span count_value(struct arena *arena, uint32_t count)
{
	uint8_t octets[4];
	put_be32(octets, count);
	return count ? arena_copy(arena, span_of(octets, sizeof octets)) : SPAN_NONE;
}

static bool is_alive(struct span row, int64_t now)
{
	return row.len == ROW_OCTETS && (int64_t)get_be64(row.data + DIGEST) > now - LIFE;
}

/* ---- a command with a key ---- */

static enum err check_key(const struct run *run)
{
	const struct command *command = run->command;
	if (command->once.len > LIMIT_ONCE_KEY || command->once_digest.len != DIGEST)
		return fail(run->why, ERR_VALUE, NULL,
			"an idempotency key has 1 to %d octets and goes with a digest",
			LIMIT_ONCE_KEY);
	return OK;
}

static void recall(struct outcome *outcome, struct span row)
{
	struct reader reader = reader_of(span_from(row, DIGEST + 8));
	outcome->repeated = true;
	outcome->changed = read_u8(&reader) != 0;
	outcome->warnings = read_u8(&reader);
	outcome->id = read_uuid(&reader);
	outcome->number = read_u32(&reader);
	outcome->revision = read_u64(&reader);
	outcome->created = (int64_t)read_u64(&reader);
	outcome->modified = (int64_t)read_u64(&reader);
}

bool once_find(struct run *run, enum err *err)
{
	struct span row;
	*err = OK;
	if (!run->command->once.len || run->preview)
		return false;
	*err = check_key(run);
	if (*err)
		return true;
	if (!txn_state(run->txn, run->command->tenant, row_of(run), &row) ||
		!is_alive(row, run->now)) {
		*err = txn_error(run->txn, run->why);
		return *err != OK;
	}
	if (!span_equal(span_of(row.data, DIGEST), run->command->once_digest))
		*err = fail(run->why, ERR_REUSED_KEY, NULL,
			"the idempotency key belongs to another request");
	else
		recall(run->outcome, row);
	return true;
}

bool view_once(struct view *view, const struct actor *actor, uint32_t tenant, struct span once,
	struct span once_digest, struct outcome *outcome)
{
	struct span row;
	arena_reset(view->scratch);
	if (!txn_state(view->txn, tenant, row_name(view->scratch, &actor->id, once), &row) ||
		!is_alive(row, clock_wall()) || !span_equal(span_of(row.data, DIGEST), once_digest))
		return false;
	*outcome = (struct outcome){ .err = OK };
	recall(outcome, row);
	return true;
}

static bool will_change(const struct run *run)
{
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		if (deed->action)
			return true;
	return false;
}

static struct span row_value(struct run *run)
{
	const struct outcome *outcome = run->outcome;
	buffer_reset(run->scratch);
	buffer_put_span(run->scratch, run->command->once_digest);
	write_u64(run->scratch, (uint64_t)run->now);
	write_u8(run->scratch, will_change(run));
	write_u8(run->scratch, (uint8_t)outcome->warnings);
	buffer_put_span(run->scratch, uuid_span(&outcome->id));
	write_u32(run->scratch, outcome->number);
	write_u64(run->scratch, outcome->revision);
	write_u64(run->scratch, (uint64_t)outcome->created);
	write_u64(run->scratch, (uint64_t)outcome->modified);
	return arena_copy(run->arena, buffer_span(run->scratch));
}

enum err once_remember(struct run *run)
{
	struct span expired;
	uint32_t tenant = run->command->tenant;
	if (!run->command->once.len || run->preview)
		return OK;
	struct span name = row_of(run);
	bool counted = txn_state(run->txn, tenant, name, &expired);
	struct span counter = count_name(run->arena, actor_text(run->arena, &run->actor->id));
	uint32_t count = count_of(run->txn, tenant, counter);
	if (!counted && count >= LIMIT_ONCE_PER_ACTOR)
		return fail(run->why, ERR_RATE, NULL, "more than %d idempotency keys within a day",
			LIMIT_ONCE_PER_ACTOR);
	run_state(run, name, row_value(run));
	if (!counted)
		run_state(run, counter, count_value(run->arena, count + 1));
	return OK;
}

/* ---- sweeping ---- */

/* One step at a time is under way, handed to the writer and not waited for. */
struct once_sweeper {
	struct actor actor;
	struct command command;
	struct outcome outcome;
	struct batch batch;
	atomic_bool busy;
	int64_t next; /* monotonic; of the thread that tends */
	/* Where to go on; the writer's: */
	uint32_t tenant;
	uint8_t name[STATE_NAME_MAX];
	size_t len;
	_Atomic bool hurry;
};

static void swept(struct batch *batch)
{
	struct once_sweeper *sweeper = batch->arg;
	atomic_store(&sweeper->busy, false);
}

struct once_sweeper *once_sweeper_new(void)
{
	struct once_sweeper *sweeper = heap_zalloc(sizeof *sweeper);
	actor_system(&sweeper->actor, CHANNEL_INTERNAL);
	sweeper->command.type = COMMAND_SWEEP;
	sweeper->batch = (struct batch){ .actor = &sweeper->actor,
		.commands = &sweeper->command,
		.outcomes = &sweeper->outcome,
		.count = 1,
		.done = swept,
		.arg = sweeper };
	sweeper->next = clock_monotonic() + SWEEP_INTERVAL;
	return sweeper;
}

void once_sweep(struct core *core)
{
	struct once_sweeper *sweeper = core->sweeper;
	int64_t now = clock_monotonic();
	if ((now < sweeper->next && !atomic_load(&sweeper->hurry)) ||
		atomic_exchange(&sweeper->busy, true))
		return;
	sweeper->next = now + SWEEP_INTERVAL;
	if (core_submit(core, &sweeper->batch, NULL))
		atomic_store(&sweeper->busy, false);
}

struct sweep {
	struct run *run;
	uint32_t tenant;
	struct deed *deed;
	char actor[UUID_TEXT + 1]; /* of the rows removed last */
	uint32_t removed;          /* of that actor */
	size_t examined, total;
};

static void add_effect(struct sweep *sweep, struct span name, struct span value)
{
	struct run *run = sweep->run;
	if (!sweep->deed)
		sweep->deed = run_deed(run, sweep->tenant, NULL);
	sweep->deed = deed_with_room(run, sweep->deed);
	struct effect *effect = deed_effect(run, sweep->deed, EFFECT_STATE);
	effect->key = name;
	effect->after = value;
}

static void settle_count(struct sweep *sweep)
{
	if (!sweep->removed)
		return;
	struct run *run = sweep->run;
	struct span name = count_name(run->arena, sweep->actor);
	uint32_t count = count_of(run->txn, sweep->tenant, name);
	count = count > sweep->removed ? count - sweep->removed : 0;
	add_effect(sweep, name, count_value(run->arena, count));
	sweep->removed = 0;
}

static void remove_row(struct sweep *sweep, struct span name)
{
	struct span actor = span_of(name.data + strlen(PREFIX), UUID_TEXT);
	if (name.len < strlen(PREFIX) + UUID_TEXT)
		return;
	if (!span_equal(actor, span_str(sweep->actor))) {
		settle_count(sweep);
		memcpy(sweep->actor, actor.data, UUID_TEXT);
	}
	add_effect(sweep, arena_copy(sweep->run->arena, name), SPAN_NONE);
	sweep->removed++;
	sweep->total++;
}

static bool is_spent(const struct sweep *sweep)
{
	return sweep->examined >= SWEEP_ROWS || sweep->total >= SWEEP_REMOVED;
}

/* False: the budget ended before the tenant's rows did. */
static bool sweep_tenant(struct sweep *sweep, struct once_sweeper *sweeper)
{
	struct span name, value;
	struct run *run = sweep->run;
	struct states *states = states_open(run->txn, run->arena, sweep->tenant, SPAN(PREFIX),
		span_of(sweeper->name, sweeper->len));
	while (!is_spent(sweep) && states_next(states, &name, &value)) {
		sweep->examined++;
		sweeper->len = name.len;
		memcpy(sweeper->name, name.data, name.len);
		if (!is_alive(value, run->now))
			remove_row(sweep, name);
	}
	states_close(states);
	settle_count(sweep);
	sweep->deed = NULL;
	sweep->actor[0] = '\0';
	sweep->examined += SWEEP_TENANT;
	return !is_spent(sweep);
}

enum err command_sweep(struct run *run)
{
	struct once_sweeper *sweeper = run->core->sweeper;
	struct sweep sweep = { .run = run, .tenant = sweeper->tenant };
	if (run->actor->type != ACTOR_SYSTEM)
		return fail(run->why, ERR_FORBIDDEN, NULL, "state belongs to the machinery");
	while (sweep_tenant(&sweep, sweeper)) {
		sweeper->len = 0;
		if (!txn_next_tenant(run->txn, sweep.tenant + 1, &sweep.tenant)) {
			sweep.tenant = 0;
			break;
		}
	}
	sweeper->tenant = sweep.tenant;
	atomic_store(&sweeper->hurry, is_spent(&sweep));
	return OK;
}
