#include "core/provision_int.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/metric.h"

#include <time.h>

#define CHUNK_ROWS 250 /* written in one transaction, so that others' writes come in between */
#define CHUNK_OCTETS (1 * MIB)
#define DROP_ROWS 64 /* a request that is written may push out so many more than it has rows */
#define RETENTION_ROWS 500
#define SHARES 256 /* of the room, by tenant */
#define DAY (86400 * SECOND)

struct kept_row {
	struct provision_link links[PROVISION_LINKS_MAX];
	size_t link_count;
	uint8_t *octets;
	size_t len;
};

/* A request and its operations: they are written together or not at all. */
struct kept {
	struct kept *next;
	uint32_t tenant;
	bool read;
	int64_t time;
	size_t size; /* of all this */
	size_t count;
	struct kept_row rows[];
};

struct kept_list {
	struct kept *first, **tail;
};

/* What a tenant lost since its last row came through. */
struct loss {
	uint32_t tenant;
	uint64_t rows;
};

struct provisions {
	pthread_mutex_t lock;
	struct kept_list reads, writes; /* each by time */
	size_t held;                    /* octets, also of those that are being written */
	size_t shares[SHARES], read_shares[SHARES];
	struct loss losses[SHARES];
	int64_t last; /* time of the newest */
	struct read_counts *counts;
};

static void list_init(struct kept_list *list)
{
	list->first = NULL;
	list->tail = &list->first;
}

static void list_add(struct kept_list *list, struct kept *kept)
{
	kept->next = NULL;
	*list->tail = kept;
	list->tail = &kept->next;
}

/* Takes it out of its place. */
static struct kept *list_take(struct kept_list *list, struct kept **at)
{
	struct kept *kept = *at;
	*at = kept->next;
	if (!*at)
		list->tail = at;
	return kept;
}

static void list_free(struct kept_list *list)
{
	while (list->first)
		free(list_take(list, &list->first));
}

struct provisions *provisions_new(void)
{
	struct provisions *provisions = heap_zalloc(sizeof *provisions);
	pthread_mutex_init(&provisions->lock, NULL);
	list_init(&provisions->reads);
	list_init(&provisions->writes);
	provisions->counts = read_counts_new();
	return provisions;
}

void provisions_free(struct provisions *provisions)
{
	if (!provisions)
		return;
	list_free(&provisions->reads);
	list_free(&provisions->writes);
	read_counts_free(provisions->counts);
	pthread_mutex_destroy(&provisions->lock);
	free(provisions);
}

void core_provision_digest(
	const struct core *core, struct span body, uint8_t digest[PROVISION_DIGEST])
{
	uint8_t key[32], mac[32];
	key_derive(&core->key, SPAN("muster provisioning digest"), key);
	hmac_sha256(span_of(key, sizeof key), body, mac);
	memcpy(digest, mac, PROVISION_DIGEST);
	secret_wipe(key, sizeof key);
}

/* ---- gathering: under the lock ---- */

static void release(struct provisions *p, const struct kept *kept)
{
	p->held -= kept->size;
	p->shares[kept->tenant % SHARES] -= kept->size;
	if (kept->read)
		p->read_shares[kept->tenant % SHARES] -= kept->size;
}

/* A tenant whose place another one has is told in the figures alone. */
static void remember_loss(struct provisions *p, uint32_t tenant, uint64_t rows)
{
	struct loss *loss = &p->losses[tenant % SHARES];
	if (loss->rows && loss->tenant != tenant)
		return;
	loss->tenant = tenant;
	loss->rows += rows;
}

static void lose(struct provisions *p, const struct kept *kept)
{
	metric_add(METRIC_PROVISION_LOST, (int64_t)kept->count);
	remember_loss(p, kept->tenant, kept->count);
}

/* What it tells of others before it is told on. */
static void push_out(struct provisions *p, struct kept **at)
{
	struct kept *kept = list_take(&p->reads, at);
	release(p, kept);
	lose(p, kept);
	remember_loss(p, kept->tenant, provision_missing(kept->rows[0].octets));
	free(kept);
}

static bool has_share(const struct provisions *p, const struct kept *kept)
{
	return p->shares[kept->tenant % SHARES] + kept->size <= LIMIT_PROVISION_WAITING_TENANT;
}

static void make_room(struct provisions *p, const struct kept *kept)
{
	size_t share = kept->tenant % SHARES;
	while (p->reads.first && p->held + kept->size > LIMIT_PROVISION_WAITING)
		push_out(p, &p->reads.first);
	if (has_share(p, kept) || !p->read_shares[share])
		return;
	for (struct kept **at = &p->reads.first; *at;) {
		if ((*at)->tenant % SHARES == share)
			push_out(p, at);
		else
			at = &(*at)->next;
	}
}

static void add(struct provisions *p, struct kept *kept)
{
	struct loss *loss = &p->losses[kept->tenant % SHARES];
	int64_t now = clock_wall();
	p->last = kept->time = now > p->last ? now : p->last;
	if (loss->rows && loss->tenant == kept->tenant) {
		provision_miss(kept->rows[0].octets, loss->rows);
		loss->rows = 0;
	}
	p->held += kept->size;
	p->shares[kept->tenant % SHARES] += kept->size;
	if (kept->read)
		p->read_shares[kept->tenant % SHARES] += kept->size;
	list_add(kept->read ? &p->reads : &p->writes, kept);
}

static void push(struct core *core, struct kept *kept)
{
	struct provisions *p = core->provisions;
	pthread_mutex_lock(&p->lock);
	if (!kept->read)
		make_room(p, kept);
	bool fits = has_share(p, kept) && p->held + kept->size <= LIMIT_PROVISION_WAITING;
	bool was_low = p->held < LIMIT_PROVISION_WAITING / 2;
	if (fits)
		add(p, kept);
	else
		lose(p, kept);
	bool high = was_low && p->held >= LIMIT_PROVISION_WAITING / 2;
	pthread_mutex_unlock(&p->lock);
	if (!fits)
		free(kept);
	if (high)
		keeper_wake(core->keeper);
}

/* ---- gathering: rows ---- */

static struct provision of_actor(const struct provision *row, const struct actor *actor)
{
	struct provision p = *row;
	p.source_kind = actor->kind;
	p.source = actor->id;
	p.entrance = actor->entrance.client;
	p.source_name = span_str(actor->name);
	p.address = span_str(actor->address);
	p.user_agent = span_str(actor->user_agent);
	p.count = p.count ? p.count : 1;
	return p;
}

static struct span shorten(struct span text, size_t most, unsigned *flags)
{
	if (text.len <= most)
		return text;
	*flags |= PROVISION_CUT;
	size_t front = span_utf8_front(span_of(text.data, most));
	/* The last character may be cut in two; what is no text is cut where it stands. */
	return span_of(text.data, front + 4 > most ? front : most);
}

static struct provision bounded(const struct provision *row, const struct actor *actor)
{
	struct provision p = of_actor(row, actor);
	p.path = shorten(p.path, LIMIT_PROVISION_PATH, &p.flags);
	p.condition = shorten(p.condition, LIMIT_PROVISION_PATH, &p.flags);
	p.body = shorten(p.body, LIMIT_PROVISION_BODY, &p.flags);
	return p;
}

void core_provisioned(struct core *core, const struct actor *actor, struct arena *arena,
	const struct provision *rows, size_t count)
{
	size_t *ends = arena_array(arena, count + 1, sizeof *ends);
	struct buffer octets;
	buffer_init(&octets, LIMIT_PROVISION_WAITING_TENANT);
	for (size_t i = 0; i < count; i++) {
		struct provision p = bounded(&rows[i], actor);
		provision_encode(&octets, &p);
		ends[i + 1] = octets.len;
	}
	size_t head = sizeof(struct kept) + count * sizeof(struct kept_row);
	struct kept *kept = heap_zalloc(head + octets.len);
	kept->tenant = actor->tenant;
	kept->read = (rows[0].flags & PROVISION_READ) != 0;
	kept->size = octets.failed ? LIMIT_PROVISION_WAITING + 1 : head + octets.len;
	kept->count = count;
	if (octets.len)
		memcpy((uint8_t *)kept + head, octets.data, octets.len);
	for (size_t i = 0; i < count; i++) {
		struct provision p = of_actor(&rows[i], actor);
		struct kept_row *row = &kept->rows[i];
		row->octets = (uint8_t *)kept + head + ends[i];
		row->len = ends[i + 1] - ends[i];
		row->link_count = provision_links(arena, &p, row->links);
	}
	buffer_free(&octets);
	push(core, kept);
}

static bool is_crowded(struct provisions *p, uint32_t tenant)
{
	pthread_mutex_lock(&p->lock);
	bool crowded = p->shares[tenant % SHARES] > LIMIT_PROVISION_WAITING_TENANT / 2 ||
		       p->held > LIMIT_PROVISION_WAITING / 2;
	pthread_mutex_unlock(&p->lock);
	return crowded;
}

void core_provision_wait(struct core *core, uint32_t tenant)
{
	const struct timespec apart = { 0, 10 * 1000 * 1000 };
	int64_t until = clock_monotonic() + 10 * SECOND;
	while (is_crowded(core->provisions, tenant) && clock_monotonic() < until) {
		keeper_wake(core->keeper);
		nanosleep(&apart, NULL);
	}
}

void core_provisioned_read(
	struct core *core, const struct actor *actor, const char *method, const char *kind)
{
	read_counts_note(core->provisions->counts, actor, method, kind);
}

/* ---- writing ---- */

struct provision_chore {
	struct chore chore;
	struct kept *first;
	size_t count;
};

static void write_kept(struct run *run, struct kept *kept)
{
	const struct provision_bounds bounds = { INT64_MIN, LIMIT_PROVISION_ROWS,
		LIMIT_PROVISION_OCTETS };
	uint64_t request_row = 0;
	for (size_t i = 0; i < kept->count; i++) {
		struct kept_row *row = &kept->rows[i];
		if (i)
			provision_place(row->octets, request_row);
		uint64_t sequence = txn_put_provision(run->txn, kept->tenant, kept->time,
			row->links, row->link_count, span_of(row->octets, row->len));
		request_row = i ? request_row : sequence;
	}
	unsigned dropped = txn_drop_provision(
		run->txn, kept->tenant, &bounds, (unsigned)kept->count + DROP_ROWS);
	metric_add(METRIC_PROVISION_DROPPED, dropped);
	written_add(run->core->written, kept->tenant, SPAN("provision"));
}

static void write_chunk(struct chore *chore, struct run *run)
{
	const struct provision_chore *c = (struct provision_chore *)chore;
	struct kept *kept = c->first;
	for (size_t i = 0; i < c->count; i++, kept = kept->next)
		if (keeper_may_write(run, kept->tenant))
			write_kept(run, kept);
}

static struct kept_list *older(struct provisions *p)
{
	const struct kept *read = p->reads.first, *write = p->writes.first;
	return !write || (read && read->time < write->time) ? &p->reads : &p->writes;
}

/* What is taken is out of reach of those who make room. */
static size_t take_chunk(struct provisions *p, struct kept_list *chunk)
{
	size_t count = 0, rows = 0, octets = 0;
	pthread_mutex_lock(&p->lock);
	list_init(chunk);
	while ((p->reads.first || p->writes.first) && rows < CHUNK_ROWS && octets < CHUNK_OCTETS) {
		struct kept_list *list = older(p);
		struct kept *kept = list_take(list, &list->first);
		rows += kept->count;
		octets += kept->size;
		list_add(chunk, kept);
		count++;
	}
	pthread_mutex_unlock(&p->lock);
	return count;
}

static void put_back(struct provisions *p, struct kept_list *chunk)
{
	struct kept_list reads = p->reads, writes = p->writes;
	list_init(&p->reads);
	list_init(&p->writes);
	while (chunk->first) {
		struct kept *kept = list_take(chunk, &chunk->first);
		list_add(kept->read ? &p->reads : &p->writes, kept);
	}
	while (reads.first)
		list_add(&p->reads, list_take(&reads, &reads.first));
	while (writes.first)
		list_add(&p->writes, list_take(&writes, &writes.first));
}

static void finish_chunk(struct provisions *p, struct kept_list *chunk, enum err err)
{
	pthread_mutex_lock(&p->lock);
	if (err)
		put_back(p, chunk);
	for (const struct kept *kept = chunk->first; kept; kept = kept->next) {
		release(p, kept);
		metric_add(METRIC_PROVISION_ROWS, (int64_t)kept->count);
	}
	pthread_mutex_unlock(&p->lock);
	list_free(chunk);
}

enum err provisions_write(struct core *core, bool all, struct why *why)
{
	struct provision_chore chore = { .chore = { write_chunk } };
	struct kept_list chunk;
	enum err err = OK;
	read_counts_collect(core, core->provisions->counts, all);
	while (!err && (chore.count = take_chunk(core->provisions, &chunk))) {
		chore.first = chunk.first;
		err = chore_run(core, &chore.chore, why);
		finish_chunk(core->provisions, &chunk, err);
	}
	return err;
}

/* ---- retention ---- */

struct drop_chore {
	struct chore chore;
	uint32_t tenant;
	struct provision_bounds bounds;
	unsigned rows;
};

static void drop(struct chore *chore, struct run *run)
{
	struct drop_chore *d = (struct drop_chore *)chore;
	d->rows = txn_drop_provision(run->txn, d->tenant, &d->bounds, RETENTION_ROWS);
}

static bool has_before(struct txn *txn, uint32_t tenant, int64_t before)
{
	struct provision_head head;
	struct provision_row row;
	return txn_provision_head(txn, tenant, &head) &&
	       txn_provision(txn, tenant, head.first, &row) && row.time < before;
}

static enum err drop_tenant(struct core *core, struct txn *txn, uint32_t tenant, struct why *why)
{
	int64_t days = (int64_t)policy_of(txn, tenant, POLICY_PROVISIONING_RETENTION);
	struct drop_chore d = { .chore = { drop },
		.tenant = tenant,
		.bounds = {
			clock_wall() - days * DAY, LIMIT_PROVISION_ROWS, LIMIT_PROVISION_OCTETS } };
	d.rows = has_before(txn, tenant, d.bounds.before);
	enum err err = txn_error(txn, why);
	while (!err && d.rows) {
		err = chore_run(core, &d.chore, why);
		if (!err)
			metric_add(METRIC_PROVISION_DROPPED, d.rows);
	}
	return err;
}

enum err provisions_drop(struct core *core, struct txn *txn, struct why *why)
{
	enum err err = OK;
	uint32_t tenant;
	for (uint64_t least = 0;
		!err && least <= UINT32_MAX && txn_next_provisioned(txn, (uint32_t)least, &tenant);
		least = (uint64_t)tenant + 1)
		err = drop_tenant(core, txn, tenant, why);
	return err ? err : txn_error(txn, why);
}
