#include "core/core_int.h"

#include "base/clock.h"

#define MONTH (30 * 86400 * SECOND)
#define INTERVAL (3600 * SECOND)

struct expiries {
	atomic_bool stale;
	int64_t next; /* monotonic; of who tends */
	pthread_mutex_t lock;
	struct expiry list[EXPIRY_MAX]; /* sorted */
	size_t count, total;
};

struct expiries *expiries_new(void)
{
	struct expiries *expiries = heap_zalloc(sizeof *expiries);
	pthread_mutex_init(&expiries->lock, NULL);
	atomic_init(&expiries->stale, true);
	return expiries;
}

void expiries_free(struct expiries *expiries)
{
	if (!expiries)
		return;
	pthread_mutex_destroy(&expiries->lock);
	free(expiries);
}

void expiries_mark(struct expiries *expiries)
{
	atomic_store(&expiries->stale, true);
}

/* ---- looking ---- */

static void keep(struct expiries *found, const struct expiry *expiry)
{
	size_t at = found->count;
	found->total++;
	while (at > 0 && found->list[at - 1].expires > expiry->expires)
		at--;
	if (at == EXPIRY_MAX)
		return;
	found->count += found->count < EXPIRY_MAX;
	memmove(&found->list[at + 1], &found->list[at],
		(found->count - at - 1) * sizeof found->list[at]);
	found->list[at] = *expiry;
}

static void look_at(struct expiries *found, const struct tenant_info *tenant,
	const struct record *client, int64_t now)
{
	struct expiry expiry = { .id = client->id };
	if (!record_is_active(client) ||
		!time_parse_generalized(record_first(client, ATTR_EXPIRES), &expiry.expires) ||
		expiry.expires <= now || expiry.expires - now > MONTH)
		return;
	span_fit(expiry.tenant, sizeof expiry.tenant, tenant->name);
	span_fit(expiry.name, sizeof expiry.name, record_first(client, ATTR_COMMON_NAME));
	keep(found, &expiry);
}

static void look_in(struct txn *txn, struct arena *arena, const struct tenant_info *tenant,
	struct expiries *found)
{
	uint32_t number = 0;
	int64_t now = clock_wall();
	struct record client;
	if (!txn_count(txn, tenant->number, KIND_CLIENT))
		return;
	arena_reset(arena);
	struct postings *clients = postings_all(txn, arena, tenant->number, KIND_CLIENT);
	while (postings_next(clients, number, &number)) {
		if (txn_entry(txn, tenant->number, KIND_CLIENT, number, &client))
			look_at(found, tenant, &client, now);
		if (++number == 0)
			break;
	}
	postings_close(clients);
}

/* The operator realm and every tenant that is not suspended. */
static void look_everywhere(struct txn *txn, struct expiries *found)
{
	uint32_t number = 1;
	struct arena *arena = arena_new();
	struct tenant_info tenant = { .active = true };
	look_in(txn, arena, &tenant, found);
	while (txn_next_tenant(txn, number, &number)) {
		if (find_tenant_number(txn, number, &tenant) && tenant.active)
			look_in(txn, arena, &tenant, found);
		if (++number == 0)
			break;
	}
	arena_free(arena);
}

void expiries_tend(struct core *core)
{
	struct txn *txn;
	struct expiries *expiries = core->expiries;
	int64_t now = clock_monotonic();
	if (!atomic_exchange(&expiries->stale, false) && now < expiries->next)
		return;
	expiries->next = now + INTERVAL;
	if (txn_begin_read(core->store, &txn, NULL)) {
		expiries_mark(expiries);
		return;
	}
	struct expiries *found = heap_zalloc(sizeof *found);
	look_everywhere(txn, found);
	bool whole = txn_error(txn, NULL) == OK;
	txn_end(txn);
	pthread_mutex_lock(&expiries->lock);
	if (whole) {
		memcpy(expiries->list, found->list, sizeof found->list);
		expiries->count = found->count;
		expiries->total = found->total;
	}
	pthread_mutex_unlock(&expiries->lock);
	free(found);
}

size_t core_expiring(struct core *core, struct expiry *list, size_t room)
{
	struct expiries *expiries = core->expiries;
	pthread_mutex_lock(&expiries->lock);
	size_t total = expiries->total;
	size_t count = expiries->count < room ? expiries->count : room;
	if (count)
		memcpy(list, expiries->list, count * sizeof *list);
	pthread_mutex_unlock(&expiries->lock);
	return total;
}
