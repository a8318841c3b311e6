#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "store/store_int.h"

#define HASH 32
#define VALUE_LEAST (HASH + AUDIT_TAG + 2)

bool audit_value_of(struct span value, struct audit_value *parts)
{
	if (value.len < VALUE_LEAST)
		return false;
	size_t links = (size_t)get_be16(value.data + HASH + AUDIT_TAG) * AUDIT_LINK_OCTETS;
	if (value.len < VALUE_LEAST + links)
		return false;
	parts->hash = value.data;
	parts->tag = value.data + HASH;
	parts->links = span_of(value.data + VALUE_LEAST, links);
	parts->json = span_from(value, VALUE_LEAST + links);
	return true;
}

void audit_link_of(struct span links, size_t i, struct audit_link *link)
{
	const uint8_t *octets = links.data + i * AUDIT_LINK_OCTETS;

	link->type = (enum audit_link_type)octets[0];
	memcpy(link->id.octets, octets + 1, sizeof(link->id.octets));
}

void audit_tag(const uint8_t key[32], uint32_t tenant, uint64_t sequence, const uint8_t hash[32],
	struct span links, uint8_t tag[AUDIT_TAG])
{
	uint8_t message[4 + 8 + HASH + HASH], mac[32];

	put_be32(message, tenant);
	put_be64(message + 4, sequence);
	memcpy(message + 12, hash, HASH);
	hash_sha256(links, message + 12 + HASH);
	hmac_sha256(span_of(key, 32), span_of(message, sizeof(message)), mac);
	memcpy(tag, mac, AUDIT_TAG);
}

/* The keys of canonical JSON are sorted, so that the time, as long as ever, ends a row. */
static bool audit_json_time(struct span json, int64_t *time)
{
	static const size_t len = sizeof("2026-11-22T01:02:03.456Z") - 1;

	return json.len > len + 2 &&
	       time_parse_rfc3339(span_of(json.data + json.len - len - 2, len), time);
}

static void damaged(struct txn *txn)
{
	txn_fail(txn, ERR_CORRUPT, NULL, "a row of the audit table is damaged");
}

bool txn_audit(struct txn *txn, uint32_t tenant, uint64_t sequence, struct audit_row *row)
{
	struct audit_value parts;
	struct span value;
	struct key key;

	key_sequence(&key, tenant, sequence);
	if (!table_get(txn, TABLE_AUDIT, &key, &value))
		return false;
	if (!audit_value_of(value, &parts)) {
		damaged(txn);
		return false;
	}
	row->sequence = sequence;
	row->time = 0;
	audit_json_time(parts.json, &row->time);
	row->hash = parts.hash;
	row->json = parts.json;
	return true;
}

/* The newest row, or what the newest checkpoint keeps of it. */
struct tail {
	uint64_t sequence;
	int64_t time;
	uint8_t hash[HASH];
};

static void tail_of_checkpoint(struct txn *txn, uint32_t tenant, struct tail *tail)
{
	struct checkpoint c;
	struct span line;

	if (!txn_checkpoint_newest(txn, tenant, &c, &line))
		return;
	tail->sequence = c.last;
	tail->time = c.to;
	memcpy(tail->hash, c.hash, HASH);
}

static void find_tail(struct txn *txn, uint32_t tenant, struct tail *tail)
{
	uint64_t sequence = UINT64_MAX;
	struct audit_row row;

	*tail = (struct tail){ 0 };
	if (!txn_audit_near(txn, tenant, true, &sequence)) {
		tail_of_checkpoint(txn, tenant, tail);
	} else if (txn_audit(txn, tenant, sequence, &row)) {
		tail->sequence = sequence;
		tail->time = row.time;
		memcpy(tail->hash, row.hash, HASH);
	}
}

uint64_t txn_audit_last(struct txn *txn, uint32_t tenant)
{
	struct tail tail;

	find_tail(txn, tenant, &tail);
	return tail.sequence;
}

void txn_audit_place(
	struct txn *txn, uint32_t tenant, int64_t now, uint64_t *sequence, int64_t *time)
{
	struct tail tail;

	find_tail(txn, tenant, &tail);
	*sequence = tail.sequence + 1;
	*time = now > tail.time ? now : tail.time;
}

/* ---- finding ---- */

/* The nearest row of the table at `key` or beyond it that still begins with `prefix`. */
static bool near(struct txn *txn, enum table table, const struct key *key, struct span prefix,
	bool newest_first, uint64_t *sequence)
{
	struct cursor *cursor = cursor_take(txn, table);
	bool found = cursor_seek(cursor, key_span(key));

	if (newest_first && !(found && span_equal(cursor->key, key_span(key))))
		found = cursor_before(cursor, key_span(key));
	found = found && cursor_is_below(cursor, prefix) && cursor->key.len == key->len;
	if (found)
		*sequence = get_be64(cursor->key.data + cursor->key.len - 8);
	cursor_release(cursor);
	return found;
}

bool txn_audit_near(struct txn *txn, uint32_t tenant, bool newest_first, uint64_t *sequence)
{
	struct key key;

	key_sequence(&key, tenant, *sequence);
	return near(txn, TABLE_AUDIT, &key, span_of(key.octets, 4), newest_first, sequence);
}

bool txn_audit_linked(struct txn *txn, uint32_t tenant, const struct audit_link *link,
	bool newest_first, uint64_t *sequence)
{
	struct key key;

	key_link(&key, tenant, (uint8_t)link->type, link->id.octets, *sequence);
	return near(txn, TABLE_AUDIT_LINKS, &key, span_of(key.octets, key.len - 8), newest_first,
		sequence);
}

bool txn_next_audited(struct txn *txn, uint32_t least, uint32_t *tenant)
{
	static const enum table tables[] = { TABLE_AUDIT, TABLE_CHECKPOINTS };
	bool found = false;
	struct key key;

	key_tenant(&key, least);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct cursor *cursor = cursor_take(txn, tables[i]);
		if (cursor_seek(cursor, key_span(&key)) &&
			(!found || key_tenant_of(cursor->key) < *tenant)) {
			*tenant = key_tenant_of(cursor->key);
			found = true;
		}
		cursor_release(cursor);
	}
	return found;
}

/* ---- writing ---- */

static void put_links(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span links)
{
	struct audit_link link;
	struct key key;

	for (size_t i = 0; i < links.len / AUDIT_LINK_OCTETS; i++) {
		audit_link_of(links, i, &link);
		key_link(&key, tenant, (uint8_t)link.type, link.id.octets, sequence);
		table_put(txn, TABLE_AUDIT_LINKS, &key, SPAN_NONE);
	}
}

static int compare_links(const void *left, const void *right)
{
	return memcmp(left, right, AUDIT_LINK_OCTETS);
}

/* Sorted, each once. */
static struct span write_links(struct txn *txn, const struct audit_link *links, size_t count)
{
	uint8_t *octets = arena_alloc(txn->arena, count * AUDIT_LINK_OCTETS + 1);
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		octets[i * AUDIT_LINK_OCTETS] = (uint8_t)links[i].type;
		memcpy(octets + i * AUDIT_LINK_OCTETS + 1, links[i].id.octets, 16);
	}
	qsort(octets, count, AUDIT_LINK_OCTETS, compare_links);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *link = octets + i * AUDIT_LINK_OCTETS;
		if (len && compare_links(octets + len - AUDIT_LINK_OCTETS, link) == 0)
			continue;
		memmove(octets + len, link, AUDIT_LINK_OCTETS);
		len += AUDIT_LINK_OCTETS;
	}
	return span_of(octets, len);
}

static void put_row(struct txn *txn, uint32_t tenant, uint64_t sequence, const uint8_t hash[HASH],
	struct span links, struct span json)
{
	struct key key;

	key_sequence(&key, tenant, sequence);
	uint8_t *room = table_reserve(txn, TABLE_AUDIT, &key, VALUE_LEAST + links.len + json.len);
	if (!room)
		return;
	memcpy(room, hash, HASH);
	audit_tag(txn->store->audit_key, tenant, sequence, hash, links, room + HASH);
	put_be16(room + HASH + AUDIT_TAG, (uint16_t)(links.len / AUDIT_LINK_OCTETS));
	if (links.len)
		memcpy(room + VALUE_LEAST, links.data, links.len);
	if (json.len)
		memcpy(room + VALUE_LEAST + links.len, json.data, json.len);
}

void txn_append_audit(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span json,
	const struct audit_link *links, size_t count)
{
	uint8_t hash[HASH];
	struct tail tail;

	find_tail(txn, tenant, &tail);
	if (sequence != tail.sequence + 1 || count > AUDIT_LINKS_MAX)
		txn_fail(txn, ERR_INTERNAL, NULL, "an audit row is not the one behind the last");
	if (!txn_good(txn))
		return;
	hash_sha256_two(span_of(tail.hash, HASH), json, hash);
	struct span octets = write_links(txn, links, count);
	put_row(txn, tenant, sequence, hash, octets, json);
	put_links(txn, tenant, sequence, octets);
}

/* ---- retention ---- */

static void drop_row(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span value)
{
	struct audit_value parts;
	struct audit_link link;
	struct key key;

	if (!audit_value_of(value, &parts)) {
		damaged(txn);
		return;
	}
	/* Deleting moves what the map holds. */
	struct span links = arena_copy(txn->arena, parts.links);
	for (size_t i = 0; i < links.len / AUDIT_LINK_OCTETS; i++) {
		audit_link_of(links, i, &link);
		key_link(&key, tenant, (uint8_t)link.type, link.id.octets, sequence);
		table_delete(txn, TABLE_AUDIT_LINKS, &key);
	}
	key_sequence(&key, tenant, sequence);
	table_delete(txn, TABLE_AUDIT, &key);
}

unsigned txn_drop_audit(struct txn *txn, uint32_t tenant, uint64_t below, unsigned most)
{
	unsigned dropped = 0;
	uint64_t sequence = 0;
	struct span value;
	struct key key;

	quota_check(txn, true);
	while (dropped < most && txn_audit_near(txn, tenant, false, &sequence) &&
		sequence < below) {
		key_sequence(&key, tenant, sequence);
		if (!table_get(txn, TABLE_AUDIT, &key, &value))
			break;
		drop_row(txn, tenant, sequence, value);
		dropped++;
	}
	return dropped;
}
