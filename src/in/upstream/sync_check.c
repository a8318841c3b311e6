#include "in/upstream/entry.h"
#include "in/upstream/locate.h"
#include "in/upstream/lookup.h"
#include "in/upstream/rfc4533.h"

bool sync_is_below(struct upstream *up, struct span dn, struct span suffix)
{
	struct span name, below;

	if (!entry_normal_dn(up, dn, &name) || !entry_normal_dn(up, suffix, &below))
		return false;
	if (name.len <= below.len)
		return span_equal(name, below);
	size_t at = name.len - below.len;
	return name.data[at - 1] == ',' && span_equal(span_from(name, at), below);
}

static struct span naming_context(struct upstream *up)
{
	const struct rootdse *root = &up->root;

	for (size_t i = 0; i < root->count; i++)
		if (span_equal_nocase(root->values[i].type, SPAN("namingContexts")) &&
			sync_is_below(up, up->order.base, root->values[i].value))
			return root->values[i].value;
	return up->order.base;
}

static void compare_csn(struct upstream *up, struct span type, struct span value)
{
	if (span_equal_nocase(type, SPAN("contextCSN")) && sync_cookie_is_ahead(&up->sync, value))
		upstream_fail(up, FAILURE_ROLLBACK, SYNC_ROLLED_BACK "contextCSN fell to %.*s",
			(int)(value.len < 48 ? value.len : 48), (const char *)value.data);
}

/* OpenLDAP names in its suffix the newest change of each server. */
static void check_context(struct upstream *up)
{
	static char *attributes[] = { "contextCSN", NULL };
	struct lookup lookup = { .base = arena_string(up->arena, naming_context(up)),
		.scope = LDAP_SCOPE_BASE,
		.attributes = attributes };

	if (lookup_run(up, &lookup) == LDAP_SUCCESS && lookup_first(up, &lookup))
		lookup_values(up, &lookup, compare_csn);
	lookup_end(&lookup);
}

/* ---- the newest entries we saw ---- */

static const char *canary_filter(struct upstream *up, const struct anchor_row *row)
{
	struct uuid anchors[CANARIES_MAX];
	struct buffer out;

	for (size_t i = 0; i < up->sync.canary_count; i++)
		anchors[i] = up->sync.canaries[i].anchor;
	buffer_init(&out, 4 * KIB);
	anchor_put_filter(&out, row, anchors, up->sync.canary_count);
	const char *filter = arena_string(up->arena, buffer_span(&out));
	buffer_free(&out);
	return filter;
}

/* An older version than the one we saw was not made by a change. */
static void compare_canary(struct upstream *up, const struct uuid *anchor, struct span version)
{
	for (size_t i = 0; i < up->sync.canary_count; i++) {
		struct canary *canary = &up->sync.canaries[i];
		if (!uuid_equal(&canary->anchor, anchor))
			continue;
		canary->missing = false;
		if (version.len > 0 && span_compare(version, span_str(canary->version)) < 0)
			upstream_fail(up, FAILURE_ROLLBACK,
				SYNC_ROLLED_BACK "an entry's version fell from %s to %.*s",
				canary->version, (int)(version.len < 48 ? version.len : 48),
				(const char *)version.data);
	}
}

static void compare_found(struct upstream *up, struct lookup *lookup, const struct anchor_row *row)
{
	struct span version = lookup_value(up, lookup, "entryCSN");
	struct uuid anchor;

	if (version.len == 0)
		version = lookup_value(up, lookup, "modifyTimestamp");
	if (row->read(lookup_value(up, lookup, row->attribute), &anchor))
		compare_canary(up, &anchor, version);
}

static void check_canaries(struct upstream *up)
{
	const struct anchor_row *row = locate_anchor(up);
	char *attributes[] = { (char *)row->attribute, "entryCSN", "modifyTimestamp", NULL };
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.filter = canary_filter(up, row),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = attributes };

	if (up->sync.canary_count == 0)
		return;
	if (lookup_run(up, &lookup) == LDAP_SUCCESS) {
		for (size_t i = 0; i < up->sync.canary_count; i++)
			up->sync.canaries[i].missing = true;
		for (bool more = lookup_first(up, &lookup); more; more = lookup_next(up, &lookup))
			compare_found(up, &lookup, row);
	}
	lookup_end(&lookup);
}

void sync_check(struct upstream *up)
{
	if (rootdse_is_389(&up->root))
		sync_changelog_check(up);
	else
		check_context(up);
	check_canaries(up);
	arena_reset(up->arena);
}
