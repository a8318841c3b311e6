#include "in/upstream/dirsync.h"
#include "in/upstream/entry.h"
#include "in/upstream/guid.h"

#include <stdio.h>

#define READ_AT_ONCE 50
#define SHOW_DELETED "1.2.840.113556.1.4.417"
#define UNMATCHED SPAN("the directory's filter")

static bool is_below(struct dirsync *sync, struct span text)
{
	struct dn dn;

	return dn_parse(sync->up->arena, text, &dn, NULL) == OK && dn_is_below(&dn, &sync->base);
}

/* ---- searches by identity ---- */

/* By pages, as any search: a server cuts off the answer to one that is not. */
static void read_by(struct dirsync *sync, const char *filter,
	void (*take)(struct upstream *up, LDAPMessage *entry, void *with))
{
	LDAPControl deleted = { .ldctl_oid = SHOW_DELETED, .ldctl_iscritical = 1 };
	struct pages pages = { .base = sync->head,
		.filter = filter,
		.attributes = sync->content.attributes,
		.controls = { &sync->content.extended, &deleted },
		.control_count = 2,
		.take = take,
		.with = sync };

	pages_read(sync->up, &pages);
}

/* `also` is a filter that they have to match as well, or empty. */
static void read_anchors(struct dirsync *sync, const struct uuid *anchors, size_t count,
	struct span also, void (*take)(struct upstream *up, LDAPMessage *entry, void *with))
{
	struct buffer filter;

	if (count == 0)
		return;
	buffer_init(&filter, FRAME_MAX);
	buffer_put_span(&filter, SPAN("(&"));
	anchor_put_filter(&filter, anchor_row(SPAN("objectGUID")), anchors, count);
	buffer_put_span(&filter, also);
	buffer_put(&filter, ")", sizeof(")"));
	read_by(sync, (const char *)filter.data, take);
	buffer_free(&filter);
}

/* Reads the objects of changes that have all of the flags, each once. */
static void read_changes(struct dirsync *sync, unsigned flags, struct span also,
	void (*take)(struct upstream *up, LDAPMessage *entry, void *with))
{
	const struct changes *changes = &sync->changes;
	struct uuid anchors[READ_AT_ONCE];
	size_t count = 0;

	for (size_t i = 0; i < changes->count; i++) {
		if ((changes->rows[i].flags & flags) != flags ||
			(count > 0 && uuid_equal(&changes->rows[i].anchor, &anchors[count - 1])))
			continue;
		if (count == READ_AT_ONCE) {
			read_anchors(sync, anchors, count, also, take);
			count = 0;
		}
		anchors[count++] = changes->rows[i].anchor;
	}
	read_anchors(sync, anchors, count, also, take);
}

/* ---- people, units, what was deleted ---- */

static void take_match(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct dirsync *sync = with;
	struct uuid anchor;
	size_t count;

	(void)up;
	if (content_take(&sync->content, entry, &anchor)) {
		struct change *rows = changes_find(&sync->changes, &anchor, &count);
		for (size_t i = 0; i < count; i++)
			rows[i].flags |= CHANGE_MATCH;
	}
	incoming_release(&sync->content.in);
}

/* A tombstone remembers what it stood in. One that went outside before is not ours to call
 * deleted. */
static void put_tombstone(struct dirsync *sync, const struct uuid *anchor)
{
	struct incoming *in = &sync->content.in;
	struct upstream *up = sync->up;
	struct extended_dn parent;

	up->row.anchor = *anchor;
	if (extended_dn_read(incoming_first(in, SPAN("lastKnownParent")), &parent) &&
		!is_below(sync, parent.dn)) {
		entry_put_outside(up, in, SPAN_NONE);
		return;
	}
	/* A unit has to be empty before it goes. */
	if (entry_classify(in) != CLASS_USER && entry_classify(in) != CLASS_GROUP)
		return;
	up->row.type = FRAME_DELETED;
	upstream_put(up, &up->row);
}

/* ---- primary groups ---- */

static void sids_add(struct sids *sids, struct span sid)
{
	for (size_t i = 0; i < sids->count; i++)
		if (span_equal(span_of(sids->rows[i].octets, sids->rows[i].len), sid))
			return;
	if (sid.len < SID_OCTETS_MIN || sid.len > SID_OCTETS_MAX)
		return;
	if (sids->count == sids->capacity) {
		sids->capacity = sids->capacity ? 2 * sids->capacity : 8;
		sids->rows = heap_grow(sids->rows, sids->capacity * sizeof(*sids->rows));
	}
	struct sid *row = &sids->rows[sids->count++];
	memcpy(row->octets, sid.data, sid.len);
	row->len = sid.len;
}

/* A person joins a group by the primaryGroupID alone, so nobody lists it. */
static void note_primary(struct dirsync *sync, const struct uuid *anchor)
{
	struct span sid = incoming_first(&sync->content.in, SPAN("objectSid"));
	struct span rid = incoming_first(&sync->content.in, SPAN("primaryGroupID"));
	uint8_t octets[SID_OCTETS_MAX];
	struct span group;

	if (!primaries_add(&sync->content.primaries, sid, rid, anchor) ||
		!sid_with_rid(sid, rid, octets, &group))
		return;
	sids_add(&sync->joined, group);
}

static void take_joined(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct dirsync *sync = with;
	struct uuid anchor;

	(void)up;
	if (content_take(&sync->content, entry, &anchor) &&
		is_below(sync, span_of_berval(&sync->content.in.dn)))
		changes_add(&sync->changes, &anchor, CHANGE_GROUP);
	incoming_release(&sync->content.in);
}

static void find_joined(struct dirsync *sync)
{
	struct buffer filter;

	buffer_init(&filter, FRAME_MAX);
	for (size_t i = 0; i < sync->joined.count; i++) {
		buffer_reset(&filter);
		buffer_put_span(&filter, SPAN("(&(objectClass=group)"));
		buffer_put_span(&filter, sync->up->order.filter);
		buffer_put_span(&filter, SPAN("(objectSid="));
		for (size_t k = 0; k < sync->joined.rows[i].len; k++)
			buffer_putf(&filter, "\\%02x", sync->joined.rows[i].octets[k]);
		buffer_put(&filter, "))", sizeof("))"));
		read_by(sync, (const char *)filter.data, take_joined);
	}
	buffer_free(&filter);
	sync->joined.count = 0;
}

static void take_primary(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct dirsync *sync = with;
	struct uuid anchor;

	(void)up;
	if (content_take(&sync->content, entry, &anchor))
		primaries_add(&sync->content.primaries,
			incoming_first(&sync->content.in, SPAN("objectSid")),
			incoming_first(&sync->content.in, SPAN("primaryGroupID")), &anchor);
	incoming_release(&sync->content.in);
}

/* Of a group whose members are all put, everybody who has it as the primary one. */
static void find_primary_members(struct dirsync *sync)
{
	static char *attributes[] = { "objectGUID", "objectSid", "primaryGroupID", NULL };
	struct pages pages = {
		.base = sync->head, .attributes = attributes, .take = take_primary, .with = sync
	};
	char filter[64];

	for (size_t i = 0; i < sync->whole.count; i++) {
		const struct sid *sid = &sync->whole.rows[i];
		const uint8_t *rid = sid->octets + sid->len - 4;
		snprintf(filter, sizeof(filter), "(&(objectClass=user)(primaryGroupID=%lu))",
			rid[0] | (unsigned long)rid[1] << 8 | (unsigned long)rid[2] << 16 |
				(unsigned long)rid[3] << 24);
		pages.filter = filter;
		pages_read(sync->up, &pages);
	}
	sync->whole.count = 0;
}

/* ---- what was read ---- */

#define IS_WHOLE (CHANGE_NEW | CHANGE_NAME | CHANGE_WHOLE)

static void put_object(
	struct dirsync *sync, const struct uuid *anchor, struct change *rows, size_t count)
{
	struct incoming *in = &sync->content.in;
	struct upstream *up = sync->up;
	unsigned flags = changes_flags(rows, count);
	enum entry_class class = entry_classify(in);

	up->row.anchor = *anchor;
	if (class == CLASS_OU) {
		/* A new one holds nobody yet whom no row of its own tells of. */
		if ((flags & CHANGE_NAME) && !(flags & CHANGE_NEW))
			entry_put(up, in);
		return;
	}
	if (!is_below(sync, span_of_berval(&in->dn))) {
		entry_put_outside(up, in, SPAN_NONE);
		return;
	}
	if (!(flags & CHANGE_MATCH)) {
		entry_put_outside(up, in, UNMATCHED);
		return;
	}
	if (class == CLASS_GROUP) {
		rows->flags |= CHANGE_GROUP;
		if (flags & IS_WHOLE)
			sids_add(&sync->whole, incoming_first(in, SPAN("objectSid")));
		return;
	}
	entry_put(up, in);
	if (flags & (CHANGE_NEW | CHANGE_NAME | CHANGE_PRIMARY))
		note_primary(sync, anchor);
}

static void take_object(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct dirsync *sync = with;
	struct incoming *in = &sync->content.in;
	struct uuid anchor;
	size_t count;

	(void)up;
	if (content_take(&sync->content, entry, &anchor)) {
		struct change *rows = changes_find(&sync->changes, &anchor, &count);
		for (size_t i = 0; i < count; i++)
			rows[i].flags |= CHANGE_READ;
		if (attribute_has(incoming_find(in, SPAN("isDeleted")), SPAN("TRUE")))
			put_tombstone(sync, &anchor);
		else if (count > 0)
			put_object(sync, &anchor, rows, count);
	}
	incoming_release(in);
}

/* ---- groups ---- */

static bool is_among(const struct uuid *anchor, const struct primary *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(&rows[i].member, anchor))
			return true;
	return false;
}

/* Those whose primary group it has become are no longer listed, and are members all the same. */
static void put_delta(struct dirsync *sync, struct members_writer *writer,
	const struct change *rows, size_t count, bool removed)
{
	size_t primary_count;
	struct span sid = incoming_first(&sync->content.in, SPAN("objectSid"));
	const struct primary *primary = primaries_of(&sync->content.primaries, sid, &primary_count);

	members_turn(writer, removed ? MEMBERS_REMOVE : MEMBERS_ADD);
	for (size_t i = 0; i < count; i++)
		for (size_t m = 0; m < rows[i].count; m++) {
			const struct changed_member *member =
				&sync->changes.members[rows[i].first + m];
			if (member->removed == removed &&
				!is_among(&member->anchor, primary, primary_count))
				members_put(writer, SPAN_NONE, &member->anchor);
		}
	for (size_t i = 0; i < primary_count && !removed; i++)
		members_put(writer, SPAN_NONE, &primary[i].member);
}

static void put_changed_group(struct dirsync *sync, const struct change *rows, size_t count)
{
	struct members_writer writer;

	if (!entry_put(sync->up, &sync->content.in))
		return;
	members_begin(&writer, sync->up);
	put_delta(sync, &writer, rows, count, true);
	put_delta(sync, &writer, rows, count, false);
	members_end(&writer);
}

static void take_group(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct dirsync *sync = with;
	struct uuid anchor;
	size_t count;

	if (content_take(&sync->content, entry, &anchor)) {
		struct change *rows = changes_find(&sync->changes, &anchor, &count);
		up->row.anchor = anchor;
		if (changes_flags(rows, count) & IS_WHOLE)
			content_put(&sync->content, &anchor);
		else if (count > 0)
			put_changed_group(sync, rows, count);
	}
	incoming_release(&sync->content.in);
}

/* An account that may replicate is told of what it may not read. */
static void put_unread(struct dirsync *sync)
{
	struct row *row = &sync->up->row;

	for (size_t i = 0; i < sync->changes.count; i++) {
		const struct change *change = &sync->changes.rows[i];
		if ((change->flags & (CHANGE_DELETED | CHANGE_READ)) != CHANGE_DELETED)
			continue;
		row->type = FRAME_DELETED;
		row->anchor = change->anchor;
		upstream_put(sync->up, row);
	}
}

void dirsync_complete(struct dirsync *sync)
{
	changes_sort(&sync->changes);
	read_changes(sync, 0, sync->up->order.filter, take_match);
	read_changes(sync, 0, SPAN_NONE, take_object);
	put_unread(sync);
	find_joined(sync);
	find_primary_members(sync);
	changes_sort(&sync->changes);
	read_changes(sync, CHANGE_GROUP, SPAN_NONE, take_group);
	primaries_clear(&sync->content.primaries);
}
