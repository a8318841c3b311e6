#include "in/upstream/locate.h"

#include "in/upstream/lookup.h"
#include "in/upstream/search.h"
#include "in/upstream/task.h"
#include "model/dn.h"

#define AT_ONCE 50 /* anchors of one search */

const struct anchor_row *locate_anchor(struct upstream *up)
{
	if (up->order.anchor_attribute.len > 0) {
		const struct anchor_row *row = anchor_row(up->order.anchor_attribute);
		if (!row)
			upstream_fail(up, FAILURE_CONFIG,
				"%.*s is no attribute that names an entry for good",
				SPAN_ARGS(up->order.anchor_attribute));
		return row;
	}
	if (rootdse_is_ad(&up->root))
		return anchor_row(SPAN("objectGUID"));
	return anchor_row(rootdse_is_389(&up->root) ? SPAN("nsUniqueId") : SPAN("entryUUID"));
}

/* RFC 4515 section 3: an anchor is octets, so every one of them may need an escape. */
static char *filter_of(struct upstream *up, const struct anchor_row *row,
	const struct uuid *anchors, size_t count, struct span also)
{
	struct buffer out;

	buffer_init(&out, 64 * KIB);
	if (also.len > 0)
		buffer_put_span(&out, SPAN("(&"));
	anchor_put_filter(&out, row, anchors, count);
	buffer_put_span(&out, also);
	if (also.len > 0)
		buffer_put_octet(&out, ')');
	char *filter = arena_string(up->arena, buffer_span(&out));
	buffer_free(&out);
	return filter;
}

static void note_found(struct upstream *up, struct lookup *lookup, const struct anchor_row *row,
	const struct uuid *anchors, size_t count, struct span *dns)
{
	struct uuid anchor;

	for (bool more = lookup_first(up, lookup); more; more = lookup_next(up, lookup)) {
		if (!row->read(lookup_value(up, lookup, row->attribute), &anchor))
			continue;
		for (size_t i = 0; i < count; i++)
			if (uuid_equal(&anchors[i], &anchor))
				dns[i] = lookup_dn(up, lookup);
	}
}

static void find(struct upstream *up, struct span base, struct span also,
	const struct anchor_row *row, const struct uuid *anchors, size_t count, struct span *dns)
{
	char *attributes[] = { (char *)row->attribute, NULL };
	struct lookup lookup = { .base = arena_string(up->arena, base),
		.filter = filter_of(up, row, anchors, count, also),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = attributes };
	int code = lookup_run(up, &lookup);

	/* A referral says that another server may know: nothing about who is where. */
	if (code != LDAP_SUCCESS)
		upstream_fail(up, search_failure(code), "looking up where they are: result %d, %s",
			code, search_text(code));
	note_found(up, &lookup, row, anchors, count, dns);
	lookup_end(&lookup);
}

void locate_find(struct upstream *up, struct span base, const struct anchor_row *row,
	const struct uuid *anchors, size_t count, struct span *dns)
{
	find(up, base, SPAN_NONE, row, anchors, count, dns);
}

static void tell(struct upstream *up, const struct uuid *anchor, struct span dn, bool is_listed)
{
	struct row row = { .type = FRAME_LOCATED,
		.anchor = *anchor,
		.state = is_listed ? ENTRY_ACTIVE : ENTRY_OUT_OF_SCOPE };
	struct dn parsed;

	if (dn.len > 0 && dn_parse(up->arena, dn, &parsed, NULL) == OK)
		row.dn = dn_normal(up->arena, &parsed);
	upstream_put(up, &row);
}

/* Where they are, and who of them whoever lists the content has to name. */
static void locate_some(
	struct upstream *up, const struct anchor_row *row, const struct uuid *anchors, size_t count)
{
	struct span dns[AT_ONCE] = { 0 }, listed[AT_ONCE] = { 0 };
	bool found = false;

	find(up, task_context(up), SPAN_NONE, row, anchors, count, dns);
	for (size_t i = 0; i < count; i++)
		found |= dns[i].len > 0;
	if (found)
		find(up, up->order.base, up->order.filter, row, anchors, count, listed);
	for (size_t i = 0; i < count; i++)
		tell(up, &anchors[i], dns[i], listed[i].len > 0);
}

void locate_run(struct upstream *up)
{
	struct uuid anchors[AT_ONCE];

	upstream_connect(up);
	upstream_enter(up, STAGE_SEARCH);
	const struct anchor_row *row = locate_anchor(up);
	size_t total = up->order.anchors.len / sizeof(*anchors);
	for (size_t at = 0, count; at < total; at += count) {
		count = total - at < AT_ONCE ? total - at : AT_ONCE;
		memcpy(anchors, up->order.anchors.data + at * sizeof(*anchors),
			count * sizeof(*anchors));
		locate_some(up, row, anchors, count);
		arena_reset(up->arena);
	}
	task_done(up);
}
