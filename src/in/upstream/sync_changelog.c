#include "in/upstream/known.h"
#include "in/upstream/locate.h"
#include "in/upstream/lookup.h"
#include "in/upstream/rfc4533.h"
#include "in/upstream/search.h"

#include <stdlib.h>

#define CHANGES_AT_ONCE 100
#define CHANGES_MAX 200000 /* a full compare is cheaper */
#define ANCHORS_AT_ONCE 50
#define LEFT 1 /* of a known one: it was deleted or moved, from below the base */

/* Whom a part of the changelog is about. */
struct changed {
	const struct anchor_row *anchor;
	struct known_table who;
	size_t changes;
};

static const char *changelog_of(struct upstream *up)
{
	struct span base = rootdse_first(&up->root, "changeLog");

	return arena_string(up->arena, base.len > 0 ? base : SPAN("cn=changelog"));
}

/* Is there an entry that we may see? */
static bool is_there(struct upstream *up, const char *base, int scope, const char *filter)
{
	static char *attributes[] = { LDAP_NO_ATTRS, NULL };
	struct lookup lookup = {
		.base = base, .filter = filter, .scope = scope, .attributes = attributes
	};

	bool found = lookup_run(up, &lookup) == LDAP_SUCCESS && lookup_first(up, &lookup);
	lookup_end(&lookup);
	return found;
}

static bool has_change(struct upstream *up, uint64_t number)
{
	return is_there(up, changelog_of(up), LDAP_SCOPE_ONELEVEL,
		arena_printf(up->arena, "(changeNumber=%llu)", (unsigned long long)number));
}

/* As the root entry said when we came; false: it does not say. */
static bool last_change(const struct upstream *up, uint64_t *last)
{
	return span_to_u64(rootdse_first(&up->root, "lastChangeNumber"), last);
}

/* 389 answers a cookie from before its trimmed changelog with success, and what was deleted in
 * between is never said. Its root entry may lag behind the trimming, so the changelog is asked. */
void sync_changelog_check(struct upstream *up)
{
	uint64_t number = 0, last = 0;

	if (!sync_cookie_change(&up->sync, &number) || !last_change(up, &last) ||
		!is_there(up, changelog_of(up), LDAP_SCOPE_BASE, NULL))
		upstream_need_full(up,
			"the retro changelog cannot be read: what is deleted while nobody follows "
			"is found by full compares only");
	uint64_t newest = number > up->sync.newest ? number : up->sync.newest;
	if (last < newest)
		upstream_fail(up, FAILURE_ROLLBACK,
			SYNC_ROLLED_BACK "its change number fell from %llu to %llu",
			(unsigned long long)newest, (unsigned long long)last);
	if (last > number && !has_change(up, number) && !has_change(up, number + 1))
		upstream_need_full(up, "the server's changelog was trimmed past what we know");
}

void sync_changelog_skip(const struct upstream *up, struct sync_cookie *asked)
{
	uint64_t last;

	if (last_change(up, &last))
		sync_cookie_set_change(asked, last);
}

/* ---- reading it ---- */

static const char *target_of(const struct anchor_row *row)
{
	return span_equal(span_str(row->attribute), SPAN("entryUUID")) ? "targetEntryUUID"
								       : "targetUniqueId";
}

static void take_change(struct upstream *up, struct lookup *lookup, struct changed *changed)
{
	struct span kind = lookup_value(up, lookup, "changeType");
	bool below = sync_is_below(up, lookup_value(up, lookup, "targetDn"), up->order.base);
	struct span target = lookup_value(up, lookup, target_of(changed->anchor));
	struct uuid anchor;

	changed->changes++;
	if (!changed->anchor->read(target, &anchor)) {
		if (below)
			upstream_need_full(up, "the changelog does not say who was changed");
		return;
	}
	struct known *known = known_put(&changed->who, &anchor);
	known->pass = 1;
	if (below && (span_equal_nocase(kind, SPAN("delete")) ||
			     span_equal_nocase(kind, SPAN("modrdn"))))
		known->number = LEFT;
}

/* Number by number: the server limits how much of an index a range may look at. */
static const char *numbers_filter(struct upstream *up, uint64_t from, uint64_t to)
{
	struct buffer out;

	buffer_init(&out, 64 * KIB);
	buffer_put_span(&out, SPAN("(|"));
	for (uint64_t number = from; number <= to; number++)
		buffer_putf(&out, "(changeNumber=%llu)", (unsigned long long)number);
	buffer_put_octet(&out, ')');
	const char *filter = arena_string(up->arena, buffer_span(&out));
	buffer_free(&out);
	return filter;
}

static void read_changes(struct upstream *up, uint64_t from, uint64_t to, struct changed *changed)
{
	char *attributes[] = { "changeType", "targetDn", (char *)target_of(changed->anchor), NULL };
	struct row beat = { .type = FRAME_BEAT };
	struct lookup lookup = { .base = changelog_of(up),
		.filter = numbers_filter(up, from, to),
		.scope = LDAP_SCOPE_ONELEVEL,
		.attributes = attributes };
	int code = lookup_run(up, &lookup);

	if (code != LDAP_SUCCESS)
		upstream_fail(up, search_failure(code), "reading the changelog: result %d, %s",
			code, ldap_err2string(code));
	for (bool more = lookup_first(up, &lookup); more; more = lookup_next(up, &lookup)) {
		take_change(up, &lookup, changed);
		arena_reset(up->arena);
	}
	lookup_end(&lookup);
	upstream_put(up, &beat);
	upstream_flush(up);
}

static const char *filter_of(
	struct upstream *up, const struct anchor_row *row, const struct uuid *anchors, size_t count)
{
	struct buffer out;

	buffer_init(&out, 64 * KIB);
	anchor_put_filter(&out, row, anchors, count);
	const char *filter = arena_printf(up->arena, "(&%.*s%.*s)", SPAN_ARGS(buffer_span(&out)),
		SPAN_ARGS(up->order.filter));
	buffer_free(&out);
	return filter;
}

static void put_found(struct upstream *up, LDAPMessage *entry, const struct anchor_row *row,
	const struct uuid *anchors, size_t count, bool *found)
{
	static struct incoming in;

	if (!incoming_take(up, entry, &in) ||
		!row->read(incoming_first(&in, span_str(row->attribute)), &up->row.anchor))
		upstream_fail(up, FAILURE_PROTOCOL, "an entry is malformed");
	for (size_t i = 0; i < count; i++)
		found[i] |= uuid_equal(&anchors[i], &up->row.anchor);
	sync_entry_put(up, &in);
	incoming_release(&in);
}

/* Everybody as they are now: later changes that are in it come once more. */
static void put_some(
	struct upstream *up, const struct anchor_row *row, struct known *const *whose, size_t count)
{
	struct uuid anchors[ANCHORS_AT_ONCE];
	bool found[ANCHORS_AT_ONCE] = { 0 };
	struct row beat = { .type = FRAME_BEAT };

	for (size_t i = 0; i < count; i++)
		anchors[i] = whose[i]->anchor;
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.filter = filter_of(up, row, anchors, count),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = sync_attributes(up) };
	int code = lookup_run(up, &lookup);
	if (code != LDAP_SUCCESS)
		upstream_fail(up, search_failure(code), "reading what changed: result %d, %s", code,
			search_text(code));
	for (bool more = lookup_first(up, &lookup); more; more = lookup_next(up, &lookup))
		put_found(up, lookup.entry, row, anchors, count, found);
	lookup_end(&lookup);
	for (size_t i = 0; i < count; i++) {
		up->row.anchor = anchors[i];
		if (!found[i] && whose[i]->number == LEFT)
			sync_entry_gone(up);
	}
	upstream_put(up, &beat);
	upstream_flush(up);
	arena_reset(up->arena);
}

static void put_all(struct upstream *up, const struct changed *changed)
{
	struct known *whose[ANCHORS_AT_ONCE];
	size_t count = 0;

	for (size_t i = 0; i < changed->who.capacity; i++) {
		if (changed->who.slots[i].pass == 0)
			continue;
		whose[count++] = &changed->who.slots[i];
		if (count == ANCHORS_AT_ONCE) {
			put_some(up, changed->anchor, whose, count);
			count = 0;
		}
	}
	if (count > 0)
		put_some(up, changed->anchor, whose, count);
	free(changed->who.slots);
}

/* ---- its stream ---- */

static struct changed heard;

void sync_changelog_hear(struct upstream *up, bool left)
{
	struct known *known = known_put(&heard.who, &up->row.anchor);

	known->pass = 1;
	if (left)
		known->number = LEFT;
	if (heard.who.count == ANCHORS_AT_ONCE)
		sync_changelog_put_heard(up);
}

void sync_changelog_put_heard(struct upstream *up)
{
	struct changed changed = heard;

	if (heard.who.count == 0)
		return;
	heard = (struct changed){ 0 };
	changed.anchor = locate_anchor(up);
	put_all(up, &changed);
}

/* ---- its changelog ---- */

/* False: nothing of it could be seen. */
static bool read_part(struct upstream *up, uint64_t after, uint64_t to)
{
	struct changed changed = { .anchor = locate_anchor(up) };

	if (to - after > CHANGES_MAX)
		upstream_need_full(
			up, "%llu changes are to be read", (unsigned long long)(to - after));
	for (uint64_t from = after + 1; from <= to; from += CHANGES_AT_ONCE) {
		uint64_t end = from + CHANGES_AT_ONCE - 1;
		read_changes(up, from, end < to ? end : to, &changed);
	}
	put_all(up, &changed);
	return changed.changes > 0;
}

void sync_changelog_delta(struct upstream *up)
{
	uint64_t number, last;

	if (!sync_cookie_change(&up->sync, &number) || !last_change(up, &last))
		return;
	if (last > number && !read_part(up, number, last))
		upstream_need_full(up, "the retro changelog cannot be read");
	up->changes_seen = last;
}

static uint64_t ask_last_change(struct upstream *up)
{
	static char *attributes[] = { "lastChangeNumber", NULL };
	struct lookup lookup = { .base = "", .scope = LDAP_SCOPE_BASE, .attributes = attributes };
	uint64_t last = 0;

	if (lookup_run(up, &lookup) != LDAP_SUCCESS || !lookup_first(up, &lookup) ||
		!span_to_u64(lookup_value(up, &lookup, "lastChangeNumber"), &last))
		last = 0;
	lookup_end(&lookup);
	return last;
}

/* A change may be seen before one of a smaller number, whose transaction takes longer: the cookie
 * moves to where the changelog stood at the look before this one. */
void sync_changelog_tend(struct upstream *up)
{
	uint64_t number, last = ask_last_change(up), seen = up->changes_seen;

	if (!sync_cookie_change(&up->sync, &number) || last <= number)
		return;
	if (!read_part(up, number, last))
		return;
	up->changes_seen = last;
	if (seen <= number)
		return;
	sync_cookie_set_change(&up->sync, seen < last ? seen : last);
	sync_cookie_witness(&up->sync, span_of(up->sync.octets, up->sync.len));
	sync_cookie_put(up);
}
