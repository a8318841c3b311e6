#include "base/codec.h"
#include "model/policy.h"
#include "store/store_int.h"

#define STAMP_OCTETS 32

enum { CHANGED = 1 << 0, SHOWN = 1 << 1, HELD = 1 << 2, OWN = 1 << 3 };

bool txn_stamp(struct txn *txn, uint32_t tenant, uint32_t number, struct stamp *stamp)
{
	struct span row, octets;
	struct key key;

	key_entry(&key, tenant, number);
	if (!table_get(txn, TABLE_STAMPS, &key, &row) ||
		!guarded_open(txn, TABLE_STAMPS, row, &octets))
		return false;
	if (octets.len != STAMP_OCTETS) {
		txn_fail(txn, ERR_CORRUPT, NULL, "a row of the stamps table is damaged");
		return false;
	}
	stamp->changed = (int64_t)get_be64(octets.data);
	stamp->shown = (int64_t)get_be64(octets.data + 8);
	stamp->held = (int64_t)get_be64(octets.data + 16);
	stamp->own = (int64_t)get_be64(octets.data + 24);
	return true;
}

static void put(struct txn *txn, const struct change *change, uint32_t number, struct stamp stamp,
	unsigned what)
{
	uint8_t octets[STAMP_OCTETS];
	struct key key;

	put_be64(octets, (uint64_t)(what & CHANGED ? change->time : stamp.changed));
	put_be64(octets + 8, (uint64_t)(what & SHOWN ? change->time : stamp.shown));
	put_be64(octets + 16, (uint64_t)(what & HELD ? change->time : stamp.held));
	put_be64(octets + 24, (uint64_t)(what & OWN ? change->time : stamp.own));
	key_entry(&key, change->tenant, number);
	guarded_put(txn, TABLE_STAMPS, &key, span_of(octets, sizeof octets));
}

/* Memberships may end in a later change than the entry: what is not there leaves no row. */
static void touch(struct txn *txn, const struct change *change, uint32_t number, unsigned what)
{
	struct stamp stamp;

	if (txn_stamp(txn, change->tenant, number, &stamp))
		put(txn, change, number, stamp, what);
}

/* An edge that gains or loses a source alone looks as before. */
static void stamp_edge(struct txn *txn, const struct change *change, const struct effect *effect)
{
	if (effect->before.len && effect->after.len)
		return;
	touch(txn, change, effect->number, CHANGED);
	touch(txn, change, effect->member, CHANGED | HELD);
}

/* The containers show the member's name. */
static void touch_containers(struct txn *txn, const struct change *change, uint32_t member)
{
	struct memberships *m =
		memberships_open(txn, txn->arena, change->tenant, member, UINT32_MAX);
	enum kind kind;
	uint32_t number;

	while (memberships_next(m, &kind, &number))
		touch(txn, change, number, CHANGED);
	memberships_close(m);
}

static void touch_referrers(struct txn *txn, const struct change *change, enum attr attr,
	enum kind kind, const struct effect *effect)
{
	struct postings *p =
		postings_equal(txn, txn->arena, change->tenant, kind, attr, uuid_span(&effect->id));
	uint32_t number = 0;

	while (postings_next(p, number + 1, &number))
		touch(txn, change, number, CHANGED);
	postings_close(p);
}

/* Values that hold the entry's id are shown as its name, or not at all when it has gone. */
static void touch_all_referrers(
	struct txn *txn, const struct change *change, const struct effect *effect)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (!attr_shows_name(&rows[i]))
			continue;
		for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
			if (rows[i].kinds >> kind & 1 && kind_row(kind) && kind_row(kind)->ou)
				touch_referrers(txn, change, rows[i].attr, kind, effect);
	}
}

static bool open_side(struct span bytes, struct record *record)
{
	return bytes.len && record_open(bytes, record, NULL) == OK;
}

static bool differs_in(const struct record *before, const struct record *after, enum attr attr)
{
	return !span_equal(record_first(before, attr), record_first(after, attr));
}

static unsigned what_changed(const struct record *before, const struct record *after)
{
	unsigned what = CHANGED;

	if (!span_equal(
		    span_from(before->bytes, RECORD_HEAD), span_from(after->bytes, RECORD_HEAD)))
		what |= OWN;
	if (after->kind == KIND_SETTINGS
			? policy_changes_looks(before, after)
			: differs_in(before, after, kind_row(after->kind)->naming) ||
				  differs_in(before, after, ATTR_RDN))
		what |= SHOWN;
	return what;
}

static void stamp_entry(struct txn *txn, const struct change *change, const struct effect *effect)
{
	struct record before, after;
	bool was = open_side(effect->before, &before), is = open_side(effect->after, &after);
	unsigned what = was && is ? what_changed(&before, &after) : CHANGED | SHOWN | OWN;

	if (is && was)
		touch(txn, change, effect->number, what);
	else if (is)
		put(txn, change, effect->number, (struct stamp){ 0 }, what);
	if (!was || !(what & SHOWN) || !kind_row(effect->kind)->ou)
		return;
	if (is)
		touch_containers(txn, change, effect->number);
	touch_all_referrers(txn, change, effect);
}

static void stamp_each(struct txn *txn, const struct change *change, enum effect_type type,
	void (*stamp)(struct txn *txn, const struct change *change, const struct effect *effect))
{
	for (size_t i = 0; i < change->count && txn_good(txn); i++)
		if (change->effects[i].type == type)
			stamp(txn, change, &change->effects[i]);
}

void stamps_apply(struct txn *txn, const struct change *change)
{
	stamp_each(txn, change, EFFECT_EDGE, stamp_edge);
	stamp_each(txn, change, EFFECT_ENTRY, stamp_entry);
}
