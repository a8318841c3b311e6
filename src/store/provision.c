#include "base/codec.h"
#include "base/hash.h"
#include "store/store_int.h"

#define CHECKSUM 4
#define ROW_HEAD (8 + 1)    /* behind the checksum: time, count of links */
#define HEAD_OCTETS (4 * 8) /* likewise, of the row 0 */
#define HEAD 0

bool provision_value_of(struct span octets, struct provision_value *parts)
{
	if (octets.len < ROW_HEAD)
		return false;
	size_t links = octets.data[8] * (size_t)PROVISION_LINK_OCTETS;
	if (octets.len < ROW_HEAD + links)
		return false;
	parts->time = (int64_t)get_be64(octets.data);
	parts->links = span_of(octets.data + ROW_HEAD, links);
	parts->octets = span_from(octets, ROW_HEAD + links);
	return true;
}

void provision_link_of(struct span links, size_t i, struct provision_link *link)
{
	const uint8_t *octets = links.data + i * PROVISION_LINK_OCTETS;

	link->type = (enum provision_link_type)octets[0];
	memcpy(link->id, octets + 1, sizeof(link->id));
}

bool provision_head_of(struct span octets, struct provision_head *head)
{
	if (octets.len != HEAD_OCTETS)
		return false;
	head->first = get_be64(octets.data);
	head->last = get_be64(octets.data + 8);
	head->octets = get_be64(octets.data + 16);
	head->time = (int64_t)get_be64(octets.data + 24);
	return true;
}

static void damaged(struct txn *txn)
{
	txn_fail(txn, ERR_CORRUPT, NULL, "a row of the provision table is damaged");
}

static bool get(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span *octets)
{
	struct span value;
	struct key key;

	key_sequence(&key, tenant, sequence);
	return table_get(txn, TABLE_PROVISION, &key, &value) &&
	       guarded_open(txn, TABLE_PROVISION, value, octets);
}

bool txn_provision_head(struct txn *txn, uint32_t tenant, struct provision_head *head)
{
	struct span octets;

	if (!get(txn, tenant, HEAD, &octets))
		return false;
	if (provision_head_of(octets, head))
		return true;
	damaged(txn);
	return false;
}

bool txn_provision(struct txn *txn, uint32_t tenant, uint64_t sequence, struct provision_row *row)
{
	struct provision_value parts;
	struct span octets;

	if (sequence == HEAD || !get(txn, tenant, sequence, &octets))
		return false;
	if (!provision_value_of(octets, &parts)) {
		damaged(txn);
		return false;
	}
	*row = (struct provision_row){ sequence, parts.time, parts.octets };
	return true;
}

bool txn_provision_linked(
	struct txn *txn, uint32_t tenant, const struct provision_link *link, uint64_t *sequence)
{
	struct cursor *cursor = cursor_take(txn, TABLE_PROVISION_LINKS);
	struct key key;

	key_link(&key, tenant, (uint8_t)link->type, link->id, *sequence);
	bool found = cursor_seek(cursor, key_span(&key));
	if (!(found && span_equal(cursor->key, key_span(&key))))
		found = cursor_before(cursor, key_span(&key));
	found = found && cursor_is_below(cursor, span_of(key.octets, key.len - 8)) &&
		cursor->key.len == key.len;
	if (found)
		*sequence = get_be64(cursor->key.data + key.len - 8);
	cursor_release(cursor);
	return found;
}

bool txn_next_provisioned(struct txn *txn, uint32_t least, uint32_t *tenant)
{
	return table_next_tenant(txn, TABLE_PROVISION, least, tenant);
}

/* ---- writing ---- */

static void put_head(struct txn *txn, uint32_t tenant, const struct provision_head *head)
{
	uint8_t octets[HEAD_OCTETS];
	struct key key;

	put_be64(octets, head->first);
	put_be64(octets + 8, head->last);
	put_be64(octets + 16, head->octets);
	put_be64(octets + 24, (uint64_t)head->time);
	key_sequence(&key, tenant, HEAD);
	guarded_put(txn, TABLE_PROVISION, &key, span_of(octets, sizeof(octets)));
}

static void put_row(struct txn *txn, uint32_t tenant, const struct provision_head *head,
	const struct provision_link *links, size_t count, struct span octets)
{
	size_t len = ROW_HEAD + count * PROVISION_LINK_OCTETS + octets.len;
	struct key key;

	key_sequence(&key, tenant, head->last);
	uint8_t *room = table_reserve(txn, TABLE_PROVISION, &key, CHECKSUM + len);
	if (!room)
		return;
	uint8_t *at = room + CHECKSUM;
	put_be64(at, (uint64_t)head->time);
	at[8] = (uint8_t)count;
	at += ROW_HEAD;
	for (size_t i = 0; i < count; i++, at += PROVISION_LINK_OCTETS) {
		at[0] = (uint8_t)links[i].type;
		memcpy(at + 1, links[i].id, sizeof(links[i].id));
	}
	if (octets.len)
		memcpy(at, octets.data, octets.len);
	put_be32(room, crc32c(0, span_of(room + CHECKSUM, len)));
}

uint64_t txn_put_provision(struct txn *txn, uint32_t tenant, int64_t time,
	const struct provision_link *links, size_t count, struct span octets)
{
	struct provision_head head = { .first = 1 };
	struct key key;

	quota_check(txn, false);
	txn_provision_head(txn, tenant, &head);
	if (count > PROVISION_LINKS_MAX)
		txn_fail(txn, ERR_INTERNAL, NULL, "a row of the provision table has many links");
	if (!txn_good(txn))
		return 0;
	head.last++;
	head.time = time > head.time ? time : head.time;
	head.octets += ROW_HEAD + count * PROVISION_LINK_OCTETS + octets.len;
	put_row(txn, tenant, &head, links, count, octets);
	for (size_t i = 0; i < count; i++) {
		key_link(&key, tenant, (uint8_t)links[i].type, links[i].id, head.last);
		table_put(txn, TABLE_PROVISION_LINKS, &key, SPAN_NONE);
	}
	put_head(txn, tenant, &head);
	return head.last;
}

/* ---- retention ---- */

static bool is_beyond(const struct provision_head *head, const struct provision_bounds *bounds,
	const struct provision_value *oldest)
{
	return oldest->time < bounds->before || head->last - head->first + 1 > bounds->rows ||
	       head->octets > bounds->octets;
}

static void drop_row(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span links)
{
	struct provision_link link;
	struct key key;

	for (size_t i = 0; i < links.len / PROVISION_LINK_OCTETS; i++) {
		provision_link_of(links, i, &link);
		key_link(&key, tenant, (uint8_t)link.type, link.id, sequence);
		table_delete(txn, TABLE_PROVISION_LINKS, &key);
	}
	key_sequence(&key, tenant, sequence);
	table_delete(txn, TABLE_PROVISION, &key);
}

/* Moves *head past its first row, if that may go. */
static bool drop_first(struct txn *txn, uint32_t tenant, const struct provision_bounds *bounds,
	struct provision_head *head)
{
	struct provision_value oldest;
	struct span octets;

	if (head->first > head->last)
		return false;
	if (!get(txn, tenant, head->first, &octets) || !provision_value_of(octets, &oldest)) {
		damaged(txn);
		return false;
	}
	if (!is_beyond(head, bounds, &oldest))
		return false;
	size_t len = octets.len;
	/* Deleting moves what the map holds. */
	uint8_t links[UINT8_MAX * PROVISION_LINK_OCTETS];
	if (oldest.links.len)
		memcpy(links, oldest.links.data, oldest.links.len);
	drop_row(txn, tenant, head->first, span_of(links, oldest.links.len));
	head->first++;
	head->octets -= len < head->octets ? len : head->octets;
	return true;
}

unsigned txn_drop_provision(
	struct txn *txn, uint32_t tenant, const struct provision_bounds *bounds, unsigned most)
{
	struct provision_head head;
	unsigned dropped = 0;

	quota_check(txn, true);
	if (!txn_provision_head(txn, tenant, &head))
		return 0;
	while (dropped < most && drop_first(txn, tenant, bounds, &head))
		dropped++;
	if (dropped)
		put_head(txn, tenant, &head);
	return dropped;
}
