#include "core/core_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#define SHARDS 16 /* by tenant */
#define SLOTS (LIMIT_ACTIVITIES / SHARDS)
#define BUCKETS 1024
#define BUDGETS 64 /* tenants of a shard share one when there are more */
#define WINDOW (600 * SECOND)
#define NOWHERE UINT16_MAX
#define LOOKED_AT 64 /* slots, when room is made: a sign-in does not pay for all of them */

/* Activity of the same user, address and kind within the window; one row. */
struct slot {
	uint16_t next; /* in the bucket, or among the free */
	bool used;
	uint32_t tenant, number;
	enum activity_event event;
	enum channel channel;
	char address[48];
	int64_t first, last; /* wall */
	uint32_t count, written;
	uint64_t sequence; /* of the row; 0: none yet */
	uint64_t turn;     /* tells this use of the slot from a later one */
};

struct budget {
	int64_t began;
	uint32_t failures;
};

struct shard {
	pthread_mutex_t lock;
	struct slot *slots;
	uint16_t buckets[BUCKETS], free, hand;
	struct budget budgets[BUDGETS];
	uint64_t turns;
	bool dirty;
};

struct activities {
	struct shard shards[SHARDS];
};

struct activities *activities_new(void)
{
	struct activities *activities = heap_zalloc(sizeof *activities);
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &activities->shards[i];
		pthread_mutex_init(&shard->lock, NULL);
		memset(shard->buckets, 0xff, sizeof shard->buckets);
		shard->free = NOWHERE;
	}
	return activities;
}

void activities_free(struct activities *activities)
{
	if (!activities)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_destroy(&activities->shards[i].lock);
		free(activities->shards[i].slots);
	}
	free(activities);
}

/* ---- slots ---- */

static uint16_t *bucket_of(struct shard *shard, uint32_t tenant, uint32_t number)
{
	uint32_t mixed = (tenant * 2654435761u) ^ (number * 2246822519u);
	return &shard->buckets[(mixed >> 16) % BUCKETS];
}

/* Memory is taken with the first sign-in. */
static void fill_free(struct shard *shard)
{
	shard->slots = heap_zalloc(SLOTS * sizeof *shard->slots);
	for (size_t i = SLOTS; i-- > 0;) {
		shard->slots[i].next = shard->free;
		shard->free = (uint16_t)i;
	}
}

static void release(struct shard *shard, struct slot *slot)
{
	uint16_t index = (uint16_t)(slot - shard->slots);
	uint16_t *at = bucket_of(shard, slot->tenant, slot->number);
	while (*at != index)
		at = &shard->slots[*at].next;
	*at = slot->next;
	slot->used = false;
	slot->next = shard->free;
	shard->free = index;
}

static bool is_over(const struct slot *slot, int64_t now)
{
	return now - slot->first >= WINDOW || now < slot->first;
}

/* Who may go first: what is written, best if it is over; else a failure. */
static int weight(const struct slot *slot, int64_t now)
{
	if (slot->written == slot->count)
		return is_over(slot, now) ? 0 : 1;
	return slot->event == ACTIVITY_SUCCEEDED ? 3 : 2;
}

static void make_room(struct shard *shard, int64_t now)
{
	struct slot *victim = NULL;
	for (size_t i = 0; i < LOOKED_AT; i++) {
		struct slot *slot = &shard->slots[shard->hand];
		shard->hand = (uint16_t)((shard->hand + 1) % SLOTS);
		if (!victim || weight(slot, now) < weight(victim, now) ||
			(weight(slot, now) == weight(victim, now) && slot->first < victim->first))
			victim = slot;
	}
	if (victim->written != victim->count)
		metric_add(METRIC_ACTIVITY_LOST, victim->count - victim->written);
	release(shard, victim);
}

static struct slot *find(struct shard *shard, const struct slot *wanted)
{
	uint16_t at = *bucket_of(shard, wanted->tenant, wanted->number);
	for (; at != NOWHERE; at = shard->slots[at].next) {
		struct slot *slot = &shard->slots[at];
		if (slot->tenant == wanted->tenant && slot->number == wanted->number &&
			slot->event == wanted->event && slot->channel == wanted->channel &&
			!is_over(slot, wanted->last) && strcmp(slot->address, wanted->address) == 0)
			return slot;
	}
	return NULL;
}

static struct slot *add(struct shard *shard, const struct slot *wanted)
{
	if (!shard->slots)
		fill_free(shard);
	if (shard->free == NOWHERE)
		make_room(shard, wanted->last);
	uint16_t index = shard->free, *bucket = bucket_of(shard, wanted->tenant, wanted->number);
	struct slot *slot = &shard->slots[index];
	shard->free = slot->next;
	*slot = *wanted;
	slot->used = true;
	slot->first = wanted->last;
	slot->turn = ++shard->turns;
	slot->next = *bucket;
	*bucket = index;
	return slot;
}

/* Behind so many failures a tenant's further ones are told without their address, so that a flood
 * from everywhere ends in one row for each name. */
static bool has_budget(struct shard *shard, uint32_t tenant, int64_t now)
{
	struct budget *budget = &shard->budgets[tenant / SHARDS % BUDGETS];
	if (now - budget->began >= WINDOW || now < budget->began)
		*budget = (struct budget){ .began = now };
	return budget->failures++ < LIMIT_ACTIVITY_FAILURES;
}

static struct slot *place(struct shard *shard, struct slot *wanted)
{
	struct slot *slot = shard->slots ? find(shard, wanted) : NULL;
	if (slot)
		return slot;
	if (wanted->event != ACTIVITY_SUCCEEDED &&
		!has_budget(shard, wanted->tenant, wanted->last)) {
		wanted->address[0] = '\0';
		slot = find(shard, wanted);
	}
	return slot ? slot : add(shard, wanted);
}

void activities_note(struct activities *activities, uint32_t tenant, uint32_t number,
	enum activity_event event, enum channel channel, const char *address)
{
	struct shard *shard = &activities->shards[tenant % SHARDS];
	struct slot wanted = { .tenant = tenant,
		.number = number,
		.event = event,
		.channel = channel,
		.last = clock_wall() };
	snprintf(wanted.address, sizeof wanted.address, "%s", address ? address : "");
	pthread_mutex_lock(&shard->lock);
	struct slot *slot = place(shard, &wanted);
	slot->count++;
	slot->last = wanted.last;
	shard->dirty = true;
	pthread_mutex_unlock(&shard->lock);
}

void core_used(struct core *core, const struct actor *actor)
{
	uint32_t client = actor->entrance.client;
	activities_note(core->activities, actor->tenant, client ? client : actor->number,
		ACTIVITY_SUCCEEDED, actor->channel, actor->address);
}

/* ---- writing ---- */

struct note {
	struct slot slot; /* as it was when it was taken */
	uint16_t index;
	uint64_t sequence;
};

struct activity_chore {
	struct chore chore;
	struct note *notes;
	size_t count;
};

static void write_notes(struct chore *chore, struct run *run)
{
	struct activity_chore *a = (struct activity_chore *)chore;
	for (size_t i = 0; i < a->count; i++) {
		const struct slot *slot = &a->notes[i].slot;
		const struct activity activity = { .number = slot->number,
			.event = slot->event,
			.channel = slot->channel,
			.count = slot->count,
			.first = slot->first,
			.last = slot->last,
			.address = span_str(slot->address) };
		if (keeper_may_write(run, slot->tenant))
			a->notes[i].sequence =
				txn_put_activity(run->txn, slot->tenant, slot->sequence, &activity);
	}
}

/* Takes what is new and forgets what is over. */
static void collect(struct shard *shard, struct arena *arena, struct activity_chore *chore)
{
	int64_t now = clock_wall();
	chore->notes = arena_array(arena, SLOTS, sizeof *chore->notes);
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &shard->slots[i];
		if (slot->used && slot->count != slot->written)
			chore->notes[chore->count++] =
				(struct note){ .slot = *slot, .index = (uint16_t)i };
		else if (slot->used && is_over(slot, now))
			release(shard, slot);
	}
	shard->dirty = chore->count > 0;
}

static void learn(struct shard *shard, const struct activity_chore *chore)
{
	for (size_t i = 0; i < chore->count; i++) {
		const struct note *note = &chore->notes[i];
		struct slot *slot = &shard->slots[note->index];
		if (!slot->used || slot->turn != note->slot.turn)
			continue;
		slot->sequence = note->sequence;
		slot->written = note->slot.count;
	}
}

static enum err write_shard(struct core *core, struct shard *shard, struct why *why)
{
	struct activity_chore chore = { .chore = { write_notes } };
	struct arena *arena = arena_new();
	enum err err = OK;
	pthread_mutex_lock(&shard->lock);
	if (shard->dirty)
		collect(shard, arena, &chore);
	pthread_mutex_unlock(&shard->lock);
	if (chore.count)
		err = chore_run(core, &chore.chore, why);
	if (chore.count && !err) {
		pthread_mutex_lock(&shard->lock);
		learn(shard, &chore);
		pthread_mutex_unlock(&shard->lock);
	}
	arena_free(arena);
	return err;
}

enum err activities_write(struct core *core, struct why *why)
{
	enum err err = OK;
	for (size_t i = 0; !err && i < SHARDS; i++)
		err = write_shard(core, &core->activities->shards[i], why);
	return err;
}

/* ---- reading ---- */

bool view_last_login(struct view *view, uint32_t tenant, uint32_t number, int64_t *time)
{
	return txn_last_login(view->txn, tenant, number, time);
}

bool view_activity(struct view *view, struct activity_spec *spec, struct activity_entry *entry)
{
	static const char *const events[] = { [ACTIVITY_SUCCEEDED] = "signin.succeeded",
		[ACTIVITY_FAILED] = "signin.failed",
		[ACTIVITY_LOCKED] = "signin.locked" };
	uint64_t sequence = spec->before ? spec->before - 1 : UINT64_MAX;
	struct activity activity;
	if (!sequence ||
		!txn_activity_near(view->txn, spec->tenant,
			spec->number ? spec->number : ACTIVITY_ANYBODY, true, &sequence) ||
		!txn_activity(view->txn, spec->tenant, sequence, &activity))
		return false;
	spec->before = sequence;
	*entry = (struct activity_entry){ .sequence = sequence,
		.number = activity.number,
		.event = events[activity.event],
		.channel = activity.channel,
		.count = activity.count,
		.first = activity.first,
		.last = activity.last,
		.address = activity.address };
	return true;
}
