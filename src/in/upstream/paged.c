#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "in/upstream/connector.h"
#include "in/upstream/content.h"
#include "in/upstream/known.h"

#include <poll.h>
#include <stdlib.h>

/* All of the content is read once; then every anchor with its change number, and of the content
 * what changed. Who is missing is for a full compare of the daemon's to judge. */

#define READ_AT_ONCE 50
#define CLOCK_STEP (2 * SECOND) /* a modifyTimestamp has whole seconds */
#define POLL_SECONDS 60

struct compare {
	struct content content;
	struct known_table known;
	uint32_t pass;
	int64_t newest, newest_before; /* modifyTimestamps: of this pass, of the last one */
	const struct anchor_row *row;  /* that anchors were found by */
	struct uuid *changed;
	size_t changed_count, changed_capacity;
};

bool paged_suits(const struct rootdse *root)
{
	return rootdse_has(root, "supportedControl", LDAP_CONTROL_PAGEDRESULTS);
}

/* ---- change numbers ---- */

/* entryCSN and uSNChanged tell any two states of an entry apart; a modifyTimestamp does not when
 * both fell into one second. */
static struct span change_of(const struct incoming *in, bool *coarse)
{
	static const char *const types[] = { "entryCSN", "uSNChanged", "modifyTimestamp" };
	struct span value = SPAN_NONE;

	for (size_t i = 0; value.len == 0 && i < 3; i++) {
		value = incoming_first(in, span_str(types[i]));
		*coarse = i == 2;
	}
	return value;
}

/* Over the name as well: a unit that is renamed renames its children, and changes none of them. */
static uint64_t number_of(struct compare *compare, struct span change)
{
	struct content *content = &compare->content;
	struct span sid = incoming_first(&content->in, SPAN("objectSid"));
	struct buffer bytes;
	uint8_t hash[32];
	size_t count;

	buffer_init(&bytes, INT32_MAX);
	write_span(&bytes, span_of_berval(&content->in.dn));
	write_span(&bytes, change);
	if (sid.len > 0) {
		const struct primary *rows = primaries_of(&content->primaries, sid, &count);
		for (size_t i = 0; i < count; i++)
			buffer_put_span(&bytes, uuid_span(&rows[i].member));
	}
	hash_blake2b(buffer_span(&bytes), hash);
	buffer_free(&bytes);
	return get_be64(hash);
}

/* True when the entry has to be read: it changed, or may have since. The server's clock is not
 * ours, so that what is recent is told by the newest time that it gave itself. */
static bool note(struct compare *compare, const struct uuid *anchor)
{
	bool coarse = false;
	struct span change = change_of(&compare->content.in, &coarse);
	uint64_t number = number_of(compare, change);
	struct known *known = known_put(&compare->known, anchor);
	int64_t wall = 0;

	if (coarse && time_parse_generalized(change, &wall) && wall > compare->newest)
		compare->newest = wall;
	bool changed = known->pass == 0 || known->number != number;
	/* Pages were read anew within the pass. */
	if (!changed && known->pass == compare->pass)
		return false;
	bool read = changed || known->fresh || change.len == 0;
	known->fresh = changed && coarse && wall + CLOCK_STEP >= compare->newest_before;
	known->number = number;
	known->pass = compare->pass;
	return read;
}

/* ---- reading what changed ---- */

static void take_changed(struct compare *compare, LDAPMessage *entry)
{
	struct uuid anchor;

	if (content_take(&compare->content, entry, &anchor))
		content_put(&compare->content, &anchor);
	incoming_release(&compare->content.in);
}

static void read_some(struct compare *compare, const struct uuid *anchors, size_t count)
{
	struct content *content = &compare->content;
	struct upstream *up = content->up;
	LDAPControl *controls[] = { content->ad ? &content->extended : NULL, NULL };
	struct search_end end;
	struct search search;
	struct buffer filter;
	LDAPMessage *entry;

	buffer_init(&filter, FRAME_MAX);
	anchor_put_filter(&filter, compare->row, anchors, count);
	buffer_put_octet(&filter, '\0');
	search_start(up, &search, content->base, LDAP_SCOPE_SUBTREE, (const char *)filter.data,
		content->attributes, controls);
	buffer_free(&filter);
	while ((entry = search_next(up, &search, &end)) != NULL) {
		take_changed(compare, entry);
		ldap_msgfree(entry);
		arena_reset(up->arena);
	}
	ldap_controls_free(end.controls);
	if (end.code != LDAP_SUCCESS)
		upstream_fail(up, search_failure(end.code), "reading what changed: result %d, %s",
			end.code, search_text(end.code));
}

static void read_changed(struct compare *compare)
{
	for (size_t at = 0; at < compare->changed_count; at += READ_AT_ONCE) {
		size_t left = compare->changed_count - at;
		read_some(
			compare, compare->changed + at, left < READ_AT_ONCE ? left : READ_AT_ONCE);
	}
	compare->changed_count = 0;
}

static void add_changed(struct compare *compare, const struct uuid *anchor)
{
	if (compare->changed_count == compare->changed_capacity) {
		compare->changed_capacity =
			compare->changed_capacity ? 2 * compare->changed_capacity : 64;
		compare->changed = heap_grow(
			compare->changed, compare->changed_capacity * sizeof(*compare->changed));
	}
	compare->changed[compare->changed_count++] = *anchor;
}

/* ---- passes ---- */

static void begin_pass(struct compare *compare)
{
	struct upstream *up = compare->content.up;

	compare->pass++;
	compare->newest_before = compare->newest;
	up->refreshed = false;
	up->entries = up->octets = 0;
}

static void seen_whole(struct content *content, const struct uuid *anchor, void *with)
{
	(void)content;
	note(with, anchor);
}

static void take_number(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct content *content = with;
	struct compare *compare = content->with;
	struct uuid anchor;

	(void)up;
	const struct anchor_row *row = content_take(content, entry, &anchor);
	if (row) {
		struct span rid = incoming_first(&content->in, SPAN("primaryGroupID"));
		if (rid.len > 0)
			primaries_add(&content->primaries,
				incoming_first(&content->in, SPAN("objectSid")), rid, &anchor);
		compare->row = row;
		if (note(compare, &anchor))
			add_changed(compare, &anchor);
	}
	incoming_release(&content->in);
}

static void look_again(struct compare *compare)
{
	static char *attributes[] = { "objectSid", "primaryGroupID", "uSNChanged", "entryCSN",
		"modifyTimestamp", "objectGUID", "entryUUID", "nsUniqueId", "ipaUniqueID",
		"ibm-entryUUID", "GUID", NULL };
	struct upstream *up = compare->content.up;

	begin_pass(compare);
	content_walk(&compare->content, attributes, take_number);
	size_t missing = known_missing(&compare->known, compare->pass);
	if (missing > 0)
		upstream_need_full(up, "%zu entries are no longer there", missing);
	read_changed(compare);
	up->refreshed = true;
}

void paged_follow(struct upstream *up)
{
	static struct compare compare;
	struct row end = { .type = FRAME_REFRESHED, .complete = true };

	upstream_enter(up, STAGE_SEARCH);
	content_init(&compare.content, up);
	compare.content.seen = seen_whole;
	compare.content.with = &compare;
	upstream_enter(up, STAGE_REFRESH);
	begin_pass(&compare);
	content_read(&compare.content);
	content_note_references(&compare.content);
	upstream_put(up, &end);
	up->refreshed = true;
	upstream_enter(up, STAGE_FOLLOW);
	for (;;) {
		upstream_rest(up, up->order.poll_seconds ? up->order.poll_seconds : POLL_SECONDS);
		look_again(&compare);
	}
}
