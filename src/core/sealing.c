#include "core/core_int.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/metric.h"

#define ROWS_USUAL 1000
#define SECONDS_USUAL 600
#define DROP_ROWS 500 /* in one transaction */
#define PUT_LINES 500 /* likewise */
#define DAYS_LEAST 365
#define DAY (86400 * SECOND)

/* What is known of a tenant's newest checkpoint. */
struct ledger {
	bool loaded, dirty;
	uint64_t last, kept;
	uint8_t previous[32]; /* of the line */
	struct checkpoint newest;
};

struct sealer {
	struct core *core;
	struct sign_key key;
	struct anchor *anchor;
	uint64_t rows;
	int64_t age;
	struct audit_options options;
	struct ledger *ledgers; /* by tenant number, which are dense */
	size_t ledger_count;
	pthread_mutex_t lock; /* of `marks` */
	bool *marks;
	size_t mark_count;
	atomic_bool anchored;
};

struct sealed {
	struct checkpoint c;
	struct span line;
	struct sealed *next;
};

/* What one turn has signed. */
struct seals {
	struct arena *arena;
	struct sealed *first, **tail;
	struct buffer lines; /* as they go into the file */
	struct buffer line;
	size_t count;
};

struct sealer *sealer_new(struct core *core, const struct core_options *options)
{
	struct sealer *sealer = heap_zalloc(sizeof *sealer);
	struct arena *arena = arena_new();
	const char *usual = arena_printf(arena, "%s/" ANCHOR_FILE, options->data);
	sealer->core = core;
	sealer->options = options->audit;
	sealer->anchor = anchor_new(options->audit.anchor ? options->audit.anchor : usual);
	arena_free(arena);
	sign_key_derive(&options->key, CHECKPOINT_PURPOSE, &sealer->key);
	sealer->rows = options->audit.rows ? options->audit.rows : ROWS_USUAL;
	sealer->age = (options->audit.seconds ? options->audit.seconds : SECONDS_USUAL) * SECOND;
	pthread_mutex_init(&sealer->lock, NULL);
	atomic_store(&sealer->anchored, true);
	return sealer;
}

void sealer_free(struct sealer *sealer)
{
	pthread_mutex_destroy(&sealer->lock);
	anchor_free(sealer->anchor);
	secret_wipe(&sealer->key, sizeof sealer->key);
	free(sealer->ledgers);
	free(sealer->marks);
	free(sealer);
}

bool sealer_is_anchored(struct sealer *sealer)
{
	return atomic_load(&sealer->anchored);
}

void core_audit_key(const struct core *core, uint8_t key[SIGN_PUBLIC])
{
	struct sign_key sign_key;
	sign_key_derive(&core->key, CHECKPOINT_PURPOSE, &sign_key);
	memcpy(key, sign_key.public, SIGN_PUBLIC);
	secret_wipe(&sign_key, sizeof sign_key);
}

static size_t room_for(size_t have, uint32_t tenant)
{
	size_t count = have ? have : 64;
	while (count <= tenant)
		count *= 2;
	return count;
}

void sealer_mark(struct sealer *sealer, uint32_t tenant)
{
	pthread_mutex_lock(&sealer->lock);
	if (tenant >= sealer->mark_count) {
		size_t count = room_for(sealer->mark_count, tenant);
		sealer->marks = heap_grow(sealer->marks, count * sizeof *sealer->marks);
		memset(sealer->marks + sealer->mark_count, 0,
			(count - sealer->mark_count) * sizeof *sealer->marks);
		sealer->mark_count = count;
	}
	sealer->marks[tenant] = true;
	pthread_mutex_unlock(&sealer->lock);
}

static struct ledger *ledger_of(struct sealer *sealer, uint32_t tenant)
{
	if (tenant >= sealer->ledger_count) {
		size_t count = room_for(sealer->ledger_count, tenant);
		sealer->ledgers = heap_grow(sealer->ledgers, count * sizeof *sealer->ledgers);
		memset(sealer->ledgers + sealer->ledger_count, 0,
			(count - sealer->ledger_count) * sizeof *sealer->ledgers);
		sealer->ledger_count = count;
	}
	return &sealer->ledgers[tenant];
}

static void remember(struct ledger *ledger, const struct checkpoint *c, struct span line)
{
	ledger->last = c->last;
	ledger->kept = c->kept;
	ledger->newest = *c;
	hash_sha256(line, ledger->previous);
}

static struct ledger *load(struct sealer *sealer, struct txn *txn, uint32_t tenant)
{
	struct ledger *ledger = ledger_of(sealer, tenant);
	struct checkpoint c;
	struct span line;
	if (ledger->loaded)
		return ledger;
	*ledger = (struct ledger){ .dirty = true, .kept = 1 };
	if (txn_checkpoint_newest(txn, tenant, &c, &line))
		remember(ledger, &c, line);
	ledger->loaded = txn_error(txn, NULL) == OK;
	return ledger;
}

/* Tenants that got rows since the last turn. */
static void take_marks(struct sealer *sealer)
{
	pthread_mutex_lock(&sealer->lock);
	for (size_t i = 0; i < sealer->mark_count; i++)
		if (sealer->marks[i]) {
			ledger_of(sealer, (uint32_t)i)->dirty = true;
			sealer->marks[i] = false;
		}
	pthread_mutex_unlock(&sealer->lock);
}

/* ---- signing ---- */

static void seals_begin(struct seals *seals)
{
	*seals = (struct seals){ .arena = arena_new() };
	seals->tail = &seals->first;
	buffer_init(&seals->lines, (size_t)64 * MIB);
	buffer_init(&seals->line, CHECKPOINT_TEXT_MAX);
}

static void seals_end(struct seals *seals)
{
	buffer_free(&seals->lines);
	buffer_free(&seals->line);
	arena_free(seals->arena);
}

static void sign(struct sealer *sealer, struct seals *seals, const struct checkpoint *c)
{
	struct sealed *sealed = arena_zalloc(seals->arena, sizeof *sealed);
	sealed->c = *c;
	buffer_reset(&seals->line);
	checkpoint_write(&seals->line, &sealed->c, &sealer->key);
	sealed->line = arena_copy(seals->arena, buffer_span(&seals->line));
	buffer_put_span(&seals->lines, sealed->line);
	buffer_put_octet(&seals->lines, '\n');
	*seals->tail = sealed;
	seals->tail = &sealed->next;
	seals->count++;
}

static bool segment(struct txn *txn, struct checkpoint *c, const struct ledger *ledger)
{
	struct audit_row first, last;
	memcpy(c->previous, ledger->previous, sizeof c->previous);
	if (!txn_audit(txn, c->tenant, c->first, &first) ||
		!txn_audit(txn, c->tenant, c->last, &last))
		return false;
	c->from = first.time;
	c->to = last.time;
	memcpy(c->hash, last.hash, sizeof c->hash);
	return true;
}

static bool is_due(const struct sealer *sealer, struct txn *txn, uint32_t tenant, uint64_t first)
{
	struct audit_row row;
	int64_t now = clock_wall();
	/* A row of the future: the clock was put back. */
	return txn_audit(txn, tenant, first, &row) &&
	       (row.time > now || row.time + sealer->age <= now);
}

/* Whole segments, and the rest when it has waited long enough. */
static void seal_tenant(
	struct sealer *sealer, struct txn *txn, struct seals *seals, uint32_t tenant, bool all)
{
	struct ledger *ledger = load(sealer, txn, tenant);
	struct ledger next = *ledger;
	uint64_t last = txn_audit_last(txn, tenant);
	while (next.last < last) {
		uint64_t rows = last - next.last;
		struct checkpoint c = {
			.tenant = tenant, .first = next.last + 1, .kept = next.kept
		};
		if (rows < sealer->rows && !all && !is_due(sealer, txn, tenant, c.first))
			return;
		c.last = next.last + (rows < sealer->rows ? rows : sealer->rows);
		if (!segment(txn, &c, &next))
			return;
		sign(sealer, seals, &c);
		remember(&next, &c, buffer_span(&seals->line));
	}
	ledger->dirty = false;
}

/* ---- putting into the store ---- */

struct put_chore {
	struct chore chore;
	const struct sealed *first;
	size_t count;
};

static void put_seals(struct chore *chore, struct run *run)
{
	struct put_chore *put = (struct put_chore *)chore;
	const struct sealed *sealed = put->first;
	for (size_t i = 0; i < put->count; i++, sealed = sealed->next)
		if (keeper_may_write(run, sealed->c.tenant))
			txn_put_checkpoint(run->txn, &sealed->c, sealed->line);
}

static void learn(struct sealer *sealer, const struct sealed *sealed, size_t count)
{
	for (size_t i = 0; i < count; i++, sealed = sealed->next) {
		remember(ledger_of(sealer, sealed->c.tenant), &sealed->c, sealed->line);
		metric_add(METRIC_AUDIT_CHECKPOINTS, 1);
		if (sealer->options.sealed)
			sealer->options.sealed(sealer->options.arg, sealed->line);
	}
}

/* Anchored first: what the file knows and the store does not is only a checkpoint too many. The
 * store goes on when the file cannot be written; the lines wait. */
static void anchor(struct sealer *sealer, struct span lines)
{
	struct why why = { 0 };
	enum err err = anchor_append(sealer->anchor, lines, &why);
	bool was = atomic_exchange(&sealer->anchored, err == OK);
	if (err == OK)
		return;
	metric_add(METRIC_AUDIT_ANCHOR_FAILED, 1);
	if (was && sealer->options.alarm)
		sealer->options.alarm(sealer->options.arg, &why);
}

static enum err put_all(struct sealer *sealer, const struct seals *seals, struct why *why)
{
	const struct sealed *sealed = seals->first;
	if (seals->count || anchor_waits(sealer->anchor))
		anchor(sealer, buffer_span(&seals->lines));
	for (size_t left = seals->count; left;) {
		struct put_chore put = { { put_seals }, sealed,
			left < PUT_LINES ? left : PUT_LINES };
		enum err err = chore_run(sealer->core, &put.chore, why);
		if (err)
			return err;
		learn(sealer, sealed, put.count);
		for (size_t i = 0; i < put.count; i++)
			sealed = sealed->next;
		left -= put.count;
	}
	return OK;
}

static enum err seal_one(struct sealer *sealer, struct txn *txn, uint32_t tenant, bool all,
	struct seals *seals, struct why *why)
{
	if (!ledger_of(sealer, tenant)->dirty)
		return OK;
	seal_tenant(sealer, txn, seals, tenant, all);
	return txn_error(txn, why);
}

enum err sealer_seal(struct sealer *sealer, struct txn *txn, bool all, struct why *why)
{
	struct seals seals;
	enum err err = OK;
	take_marks(sealer);
	seals_begin(&seals);
	for (size_t i = 0; !err && i < sealer->ledger_count; i++)
		err = seal_one(sealer, txn, (uint32_t)i, all, &seals, why);
	enum err written = put_all(sealer, &seals, err ? NULL : why);
	seals_end(&seals);
	return err ? err : written;
}

/* ---- the start ---- */

struct comparison {
	struct sealer *sealer;
	struct txn *txn;
	uint64_t missing;
	uint32_t tenant; /* of one that misses rows */
	uint64_t *known; /* newest row that the file knows, by tenant */
	size_t count;
};

static void note_anchor(void *arg, struct span line)
{
	struct comparison *comparison = arg;
	struct checkpoint c;
	if (!checkpoint_read(line, &c) ||
		memcmp(c.key, comparison->sealer->key.public, sizeof c.key) != 0)
		return;
	if (c.tenant >= comparison->count) {
		size_t count = room_for(comparison->count, c.tenant);
		comparison->known = heap_grow(comparison->known, count * sizeof(uint64_t));
		memset(comparison->known + comparison->count, 0,
			(count - comparison->count) * sizeof(uint64_t));
		comparison->count = count;
	}
	if (c.last > comparison->known[c.tenant])
		comparison->known[c.tenant] = c.last;
}

/* A checkpoint that never reached the file is told again. */
static void compare(struct comparison *comparison, struct seals *seals, uint32_t tenant)
{
	const struct ledger *ledger = load(comparison->sealer, comparison->txn, tenant);
	uint64_t known = tenant < comparison->count ? comparison->known[tenant] : 0;
	if (ledger->last > known)
		sign(comparison->sealer, seals, &ledger->newest);
	if (known > txn_audit_last(comparison->txn, tenant)) {
		comparison->missing++;
		comparison->tenant = tenant;
	}
}

enum err sealer_start(struct sealer *sealer, struct txn *txn, struct why *why)
{
	struct comparison comparison = { .sealer = sealer, .txn = txn };
	struct why missing = { 0 };
	struct seals seals;
	uint32_t tenant;
	/* A file that cannot be read cannot be written either, which is told there. */
	anchor_read(sealer->anchor, note_anchor, &comparison, NULL);
	seals_begin(&seals);
	for (uint64_t least = 0;
		least <= UINT32_MAX && txn_next_audited(txn, (uint32_t)least, &tenant);
		least = (uint64_t)tenant + 1)
		compare(&comparison, &seals, tenant);
	if (seals.count)
		anchor(sealer, buffer_span(&seals.lines));
	seals_end(&seals);
	free(comparison.known);
	if (comparison.missing && sealer->options.alarm) {
		fail(&missing, ERR_CORRUPT, NULL,
			"the anchor file knows newer audit rows of %llu tenants than the store, "
			"such as of tenant %u: an older copy of the store, or rows were cut off",
			(unsigned long long)comparison.missing, comparison.tenant);
		sealer->options.alarm(sealer->options.arg, &missing);
	}
	return txn_error(txn, why);
}

/* ---- retention ---- */

struct drop_chore {
	struct chore chore;
	uint32_t tenant;
	uint64_t below;
	int64_t before;
	unsigned rows, activities;
};

static void drop(struct chore *chore, struct run *run)
{
	struct drop_chore *d = (struct drop_chore *)chore;
	d->rows = txn_drop_audit(run->txn, d->tenant, d->below, DROP_ROWS);
	d->activities = txn_drop_activity(run->txn, d->tenant, d->before, DROP_ROWS);
}

/* The first row of the first segment that is young enough. */
static uint64_t first_kept(struct txn *txn, uint32_t tenant, uint64_t kept, int64_t before)
{
	struct checkpoint c;
	struct span line;
	while (txn_checkpoint(txn, tenant, kept, &c, &line) && c.to < before)
		kept = c.last + 1;
	return kept;
}

/* The newest checkpoint, told again with what is kept from now on. */
static enum err promise(
	struct sealer *sealer, const struct ledger *ledger, uint64_t kept, struct why *why)
{
	struct checkpoint c = ledger->newest;
	struct seals seals;
	c.kept = kept;
	seals_begin(&seals);
	sign(sealer, &seals, &c);
	enum err err = put_all(sealer, &seals, why);
	seals_end(&seals);
	return err;
}

static bool has_activity_before(struct txn *txn, uint32_t tenant, int64_t before)
{
	struct activity activity;
	uint64_t oldest = 0, newest = UINT64_MAX;
	return txn_activity_near(txn, tenant, ACTIVITY_ANYBODY, false, &oldest) &&
	       txn_activity_near(txn, tenant, ACTIVITY_ANYBODY, true, &newest) && oldest < newest &&
	       txn_activity(txn, tenant, oldest, &activity) && activity.last < before;
}

static enum err drop_tenant(
	struct sealer *sealer, struct txn *txn, uint32_t tenant, int64_t before, struct why *why)
{
	struct ledger *ledger = load(sealer, txn, tenant);
	uint64_t oldest = 0, kept = first_kept(txn, tenant, ledger->kept, before);
	bool any = has_activity_before(txn, tenant, before) ||
		   (txn_audit_near(txn, tenant, false, &oldest) && oldest < kept);
	enum err err = txn_error(txn, why);
	if (!err && kept > ledger->kept)
		err = promise(sealer, ledger, kept, why);
	struct drop_chore d = { { drop }, tenant, kept, before, any, any };
	while (!err && (d.rows || d.activities)) {
		err = chore_run(sealer->core, &d.chore, why);
		if (!err)
			metric_add(METRIC_AUDIT_DROPPED, d.rows);
	}
	return err;
}

enum err sealer_drop(struct sealer *sealer, struct txn *txn, struct why *why)
{
	enum err err = OK;
	uint32_t tenant;
	for (uint64_t least = 0;
		!err && least <= UINT32_MAX && txn_next_audited(txn, (uint32_t)least, &tenant);
		least = (uint64_t)tenant + 1) {
		uint64_t days = policy_of(txn, tenant, POLICY_AUDIT_RETENTION);
		if (days && days < DAYS_LEAST)
			days = DAYS_LEAST;
		if (days)
			err = drop_tenant(
				sealer, txn, tenant, clock_wall() - (int64_t)days * DAY, why);
	}
	return err ? err : txn_error(txn, why);
}

/* ---- reading ---- */

bool view_checkpoint(struct view *view, uint32_t tenant, uint64_t least,
	struct checkpoint *checkpoint, struct span *line)
{
	return txn_checkpoint(view->txn, tenant, least, checkpoint, line);
}
