#define _GNU_SOURCE /* memmem */

#include "base/codec.h"
#include "base/hash.h"
#include "store/verify_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Checkpoints of the store or of the anchor file, by tenant and last row. */
struct seals {
	struct checkpoint *rows;
	size_t count, capacity;
};

struct audit_check {
	struct verify *v;
	struct seals anchors;
	bool has_key; /* the one that all must be signed by */
	uint8_t key[SIGN_PUBLIC];
	uint64_t links;
};

/* Where the walk is in one tenant's chain. */
struct chain {
	uint32_t tenant;
	uint64_t next, kept;
	uint8_t hash[32];
	struct seals seals; /* the store's */
	size_t seal, anchor;
	bool broken; /* a fault of this tenant was named: those behind it follow from it */
};

static void add_seal(struct seals *seals, const struct checkpoint *c)
{
	if (seals->count == seals->capacity) {
		seals->capacity = seals->capacity ? 2 * seals->capacity : 64;
		seals->rows = heap_grow(seals->rows, seals->capacity * sizeof(*seals->rows));
	}
	seals->rows[seals->count++] = *c;
}

static bool is_trusted(struct audit_check *check, const struct checkpoint *c)
{
	if (!check->has_key)
		memcpy(check->key, c->key, sizeof(check->key));
	check->has_key = true;
	return memcmp(check->key, c->key, sizeof(check->key)) == 0;
}

/* ---- the anchor file ---- */

static int by_place(const void *left, const void *right)
{
	const struct checkpoint *a = left, *b = right;

	if (a->tenant != b->tenant)
		return a->tenant < b->tenant ? -1 : 1;
	return a->last < b->last ? -1 : a->last > b->last;
}

static void read_anchor(struct audit_check *check, struct span line, unsigned number)
{
	struct checkpoint c;

	/* It says as little as one that is gone. */
	if (!line.len || checkpoint_is_half(line))
		return;
	if (!checkpoint_read(line, &c) || !is_trusted(check, &c))
		verify_fault(check->v,
			"Line %u of the anchor file is forged: its signature is not the server's.",
			number);
	else
		add_seal(&check->anchors, &c);
}

static void read_anchors(struct audit_check *check, const char *path)
{
	char *line = NULL;
	size_t capacity = 0;
	unsigned number = 0;
	ssize_t len;
	FILE *file = fopen(path, "re");

	if (!file) {
		verify_fault(check->v, "The anchor file %.200s cannot be read: %s.", path,
			strerror(errno));
		return;
	}
	while ((len = getline(&line, &capacity, file)) > 0)
		read_anchor(check, span_trim(span_of(line, (size_t)len - (line[len - 1] == '\n'))),
			++number);
	free(line);
	fclose(file);
	if (check->anchors.count)
		qsort(check->anchors.rows, check->anchors.count, sizeof(*check->anchors.rows),
			by_place);
}

/* ---- checkpoints of the store ---- */

static void check_seal(
	struct audit_check *check, struct chain *chain, struct cursor *cursor, uint8_t previous[32])
{
	struct checkpoint c;
	uint64_t first = chain->seals.count ? chain->seals.rows[chain->seals.count - 1].last : 0;
	uint64_t place = cursor->key.len == 12 ? get_be64(cursor->key.data + 4) : 0;

	if (!checkpoint_read(cursor->value, &c) || !is_trusted(check, &c) ||
		c.tenant != chain->tenant || c.last != place) {
		verify_fault(check->v,
			"The checkpoint of tenant %u at row %llu is forged: its signature is not "
			"the server's.",
			chain->tenant, (unsigned long long)place);
		return;
	}
	if (c.first != first + 1 || memcmp(c.previous, previous, 32) != 0)
		verify_fault(check->v,
			"A checkpoint of tenant %u before row %llu was removed or altered.",
			chain->tenant, (unsigned long long)c.first);
	hash_sha256(cursor->value, previous);
	add_seal(&chain->seals, &c);
}

static void read_seals(struct audit_check *check, struct chain *chain)
{
	struct cursor *cursor = cursor_take(check->v->txn, TABLE_CHECKPOINTS);
	uint8_t previous[32] = { 0 };
	struct key key;

	key_tenant(&key, chain->tenant);
	for (bool more = cursor_seek(cursor, key_span(&key));
		more && cursor_is_below(cursor, key_span(&key)); more = cursor_next(cursor))
		check_seal(check, chain, cursor, previous);
	cursor_release(cursor);
}

/* Where the rows that are kept begin, and what the chain was before them. */
static void begin_chain(struct audit_check *check, struct chain *chain)
{
	const struct seals *seals = &chain->seals;

	chain->kept = seals->count ? seals->rows[seals->count - 1].kept : 1;
	chain->next = chain->kept;
	while (chain->seal < seals->count && seals->rows[chain->seal].last < chain->kept)
		memcpy(chain->hash, seals->rows[chain->seal++].hash, 32);
	if (chain->kept > 1 &&
		(!chain->seal || seals->rows[chain->seal - 1].last + 1 != chain->kept)) {
		verify_fault(check->v, "No checkpoint of tenant %u ends before row %llu.",
			chain->tenant, (unsigned long long)chain->kept);
		chain->broken = true;
	}
	while (chain->anchor < check->anchors.count &&
		(check->anchors.rows[chain->anchor].tenant < chain->tenant ||
			(check->anchors.rows[chain->anchor].tenant == chain->tenant &&
				check->anchors.rows[chain->anchor].last < chain->kept)))
		chain->anchor++;
}

/* ---- rows ---- */

/* The place that the row itself tells, or 0. A quote inside a value is escaped. */
static uint64_t told_place(struct span json)
{
	static const char name[] = ",\"seq\":";
	uint64_t place = 0;
	const uint8_t *at = memmem(json.data, json.len, name, sizeof(name) - 1);

	if (at) {
		struct span rest = span_from(json, (size_t)(at - json.data) + sizeof(name) - 1);
		span_to_u64(span_cut(&rest, ','), &place);
	}
	return place;
}

static void break_chain(struct audit_check *check, struct chain *chain, const char *what)
{
	verify_fault(check->v, "The audit of tenant %u breaks at row %llu: %s.", chain->tenant,
		(unsigned long long)chain->next, what);
	chain->broken = true;
}

static bool tag_is_right(
	const struct audit_check *check, const struct chain *chain, const struct audit_value *parts)
{
	const struct audit_trust *trust = check->v->trust;
	uint8_t tag[AUDIT_TAG];

	if (!trust || !trust->has_tag_key)
		return true;
	audit_tag(trust->tag_key, chain->tenant, chain->next, parts->hash, parts->links, tag);
	return memcmp(tag, parts->tag, sizeof(tag)) == 0;
}

static void check_against(struct audit_check *check, struct chain *chain,
	const struct checkpoint *c, const char *whose)
{
	if (chain->broken || memcmp(c->hash, chain->hash, 32) == 0)
		return;
	verify_fault(check->v,
		"The audit of tenant %u was made anew somewhere from row %llu to %llu: %s says "
		"otherwise.",
		chain->tenant, (unsigned long long)c->first, (unsigned long long)c->last, whose);
	chain->broken = true;
}

static void check_seals_at(struct audit_check *check, struct chain *chain, uint64_t sequence)
{
	const struct seals *seals = &chain->seals, *anchors = &check->anchors;

	while (chain->seal < seals->count && seals->rows[chain->seal].last == sequence)
		check_against(check, chain, &seals->rows[chain->seal++], "the signed checkpoint");
	while (chain->anchor < anchors->count &&
		anchors->rows[chain->anchor].tenant == chain->tenant &&
		anchors->rows[chain->anchor].last == sequence)
		check_against(check, chain, &anchors->rows[chain->anchor++], "the anchor");
}

static void check_chained(struct audit_check *check, struct chain *chain, uint64_t sequence,
	const struct audit_value *parts)
{
	uint64_t told = told_place(parts->json);
	uint8_t hash[32];

	hash_sha256_two(span_of(chain->hash, 32), parts->json, hash);
	if (sequence != chain->next)
		break_chain(check, chain, "it was deleted");
	else if (told && told != sequence)
		break_chain(check, chain, "another row stands in its place");
	else if (memcmp(hash, parts->hash, 32) != 0)
		break_chain(check, chain, "it or the one before was altered");
	else if (!tag_is_right(check, chain, parts))
		break_chain(check, chain, "it was written without the server's key");
	if (chain->broken)
		return;
	memcpy(chain->hash, hash, 32);
	check_seals_at(check, chain, sequence);
	chain->next++;
}

static void check_links(
	struct audit_check *check, const struct chain *chain, uint64_t sequence, struct span links)
{
	struct audit_link link;
	struct span nothing;
	struct key key;

	for (size_t i = 0; i < links.len / AUDIT_LINK_OCTETS; i++) {
		audit_link_of(links, i, &link);
		key_link(&key, chain->tenant, (uint8_t)link.type, link.id.octets, sequence);
		if (table_get(check->v->txn, TABLE_AUDIT_LINKS, &key, &nothing))
			check->links++;
		else
			verify_fault(check->v, "Row %llu of the audit of tenant %u is not linked.",
				(unsigned long long)sequence, chain->tenant);
	}
}

static void check_row(struct audit_check *check, struct chain *chain, struct cursor *cursor)
{
	struct audit_value parts;

	if (cursor->key.len != 12 || !audit_value_of(cursor->value, &parts)) {
		if (!chain->broken)
			break_chain(check, chain, "it is damaged");
		return;
	}
	uint64_t sequence = get_be64(cursor->key.data + 4);
	/* What retention has left behind for its next turn is no part of the chain any more. */
	if (!chain->broken && sequence >= chain->kept)
		check_chained(check, chain, sequence, &parts);
	check_links(check, chain, sequence, parts.links);
}

static void check_end(struct audit_check *check, struct chain *chain)
{
	const struct seals *anchors = &check->anchors;
	bool more = chain->seal < chain->seals.count;

	while (chain->anchor < anchors->count &&
		anchors->rows[chain->anchor].tenant == chain->tenant) {
		more |= anchors->rows[chain->anchor].last >= chain->next;
		chain->anchor++;
	}
	if (more && !chain->broken)
		break_chain(check, chain, "it and those behind it were cut off");
}

static void check_tenant(struct audit_check *check, uint32_t tenant)
{
	struct chain chain = { .tenant = tenant };
	struct cursor *cursor;
	struct key key;

	/* Of what is left of it only the links are looked at. */
	chain.broken = verify_is_erased(check->v, tenant);
	if (!chain.broken) {
		read_seals(check, &chain);
		begin_chain(check, &chain);
	}
	key_tenant(&key, tenant);
	cursor = cursor_take(check->v->txn, TABLE_AUDIT);
	for (bool more = cursor_seek(cursor, key_span(&key));
		more && cursor_is_below(cursor, key_span(&key)); more = cursor_next(cursor))
		check_row(check, &chain, cursor);
	cursor_release(cursor);
	check_end(check, &chain);
	free(chain.seals.rows);
}

static bool next_tenant(const struct audit_check *check, uint64_t least, uint32_t *tenant)
{
	bool found =
		least <= UINT32_MAX && txn_next_audited(check->v->txn, (uint32_t)least, tenant);

	for (size_t i = 0; i < check->anchors.count; i++) {
		uint32_t anchored = check->anchors.rows[i].tenant;
		if (anchored < least)
			continue;
		if (!found || anchored < *tenant)
			*tenant = anchored;
		return true;
	}
	return found;
}

static void count_row(struct verify *v, struct cursor *cursor, void *arg)
{
	uint64_t *count = arg;

	(void)v;
	(void)cursor;
	++*count;
}

void verify_audit(struct verify *v)
{
	struct audit_check check = { .v = v };
	const struct audit_trust *trust = v->trust;
	uint64_t links = 0;
	uint32_t tenant;

	if (trust && trust->has_public) {
		check.has_key = true;
		memcpy(check.key, trust->public, sizeof(check.key));
	}
	if (trust && trust->anchors)
		read_anchors(&check, trust->anchors);
	for (uint64_t least = 0; next_tenant(&check, least, &tenant); least = (uint64_t)tenant + 1)
		check_tenant(&check, tenant);
	verify_failure(v, TABLE_AUDIT);
	verify_walk(v, TABLE_AUDIT_LINKS, count_row, &links);
	if (links != check.links)
		verify_fault(v, "The audit_links table has %llu rows and %llu belong there.",
			(unsigned long long)links, (unsigned long long)check.links);
	free(check.anchors.rows);
}
