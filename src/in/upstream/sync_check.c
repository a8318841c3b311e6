#include "in/upstream/lookup.h"
#include "in/upstream/rfc4533.h"
#include "model/dn.h"

#define ROLLED_BACK "the server is behind what was seen of it, as after a restored backup: "

/* Is `dn` the suffix or below it? Both in normal form. */
static bool is_below(struct span dn, struct span suffix)
{
	if (dn.len <= suffix.len)
		return span_equal(dn, suffix);
	size_t at = dn.len - suffix.len;
	return suffix.len > 0 && dn.data[at - 1] == ',' && span_equal(span_from(dn, at), suffix);
}

static struct span normal_of(struct upstream *up, struct span text)
{
	struct dn dn;

	return dn_parse(up->arena, text, &dn, NULL) == OK ? dn_normal(up->arena, &dn) : SPAN_NONE;
}

static struct span naming_context(struct upstream *up)
{
	const struct rootdse *root = &up->root;
	struct span base = normal_of(up, up->order.base);

	for (size_t i = 0; i < root->count; i++)
		if (span_equal_nocase(root->values[i].type, SPAN("namingContexts")) &&
			is_below(base, normal_of(up, root->values[i].value)))
			return root->values[i].value;
	return up->order.base;
}

static void compare_csn(struct upstream *up, struct span type, struct span value)
{
	if (span_equal_nocase(type, SPAN("contextCSN")) && sync_cookie_is_ahead(&up->sync, value))
		upstream_fail(up, FAILURE_ROLLBACK, ROLLED_BACK "contextCSN fell to %.*s",
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

static const char *canary_filter(struct upstream *up, bool is_389)
{
	const char *filter = "(|";

	for (size_t i = 0; i < up->sync.canary_count; i++) {
		char text[UUID_TEXT + 1] = "";
		uuid_format(&up->sync.canaries[i].anchor, text);
		if (is_389)
			filter = arena_printf(up->arena, "%s(nsUniqueId=%.13s%.4s-%.4s%.4s-%.8s)",
				filter, text, text + 14, text + 19, text + 24, text + 28);
		filter = arena_printf(up->arena, "%s(entryUUID=%s)", filter, text);
	}
	return arena_printf(up->arena, "%s)", filter);
}

static struct uuid anchor_of(struct span text)
{
	struct uuid anchor = { 0 };
	char plain[UUID_TEXT + 1];
	size_t n = 0;

	for (size_t i = 0; i < text.len && n < UUID_TEXT; i++) {
		if (text.data[i] == '-')
			continue;
		if (n == 8 || n == 13 || n == 18 || n == 23)
			plain[n++] = '-';
		plain[n++] = (char)text.data[i];
	}
	(void)uuid_parse(span_of(plain, n), &anchor);
	return anchor;
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
				ROLLED_BACK "an entry's version fell from %s to %.*s",
				canary->version, (int)(version.len < 48 ? version.len : 48),
				(const char *)version.data);
	}
}

static void compare_found(struct upstream *up, struct lookup *lookup)
{
	static const char *const anchors[] = { "nsUniqueId", "entryUUID" };
	struct span version = lookup_value(up, lookup, "entryCSN");

	if (version.len == 0)
		version = lookup_value(up, lookup, "modifyTimestamp");
	for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++) {
		struct uuid anchor = anchor_of(lookup_value(up, lookup, anchors[i]));
		if (!uuid_is_nil(&anchor))
			compare_canary(up, &anchor, version);
	}
}

static void check_canaries(struct upstream *up)
{
	static char *attributes[] = { "nsUniqueId", "entryUUID", "entryCSN", "modifyTimestamp",
		NULL };
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.filter = canary_filter(up, rootdse_is_389(&up->root)),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = attributes };

	if (up->sync.canary_count == 0)
		return;
	if (lookup_run(up, &lookup) == LDAP_SUCCESS) {
		for (size_t i = 0; i < up->sync.canary_count; i++)
			up->sync.canaries[i].missing = true;
		for (bool more = lookup_first(up, &lookup); more; more = lookup_next(up, &lookup))
			compare_found(up, &lookup);
	}
	lookup_end(&lookup);
}

/* ---- 389's retro changelog ---- */

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

static bool has_change(struct upstream *up, const char *changelog, uint64_t number)
{
	return is_there(up, changelog, LDAP_SCOPE_ONELEVEL,
		arena_printf(up->arena, "(changeNumber=%llu)", (unsigned long long)number));
}

/* 389 answers a cookie from before its trimmed changelog with success, and what was deleted in
 * between is never said. Its root entry may lag behind the trimming, so the changelog is asked. */
static void check_changelog(struct upstream *up)
{
	struct span base = rootdse_first(&up->root, "changeLog");
	const char *changelog = arena_string(up->arena, base.len > 0 ? base : SPAN("cn=changelog"));
	uint64_t number, last = 0;

	if (!sync_cookie_change(&up->sync, &number) || number == 0)
		return;
	if (span_to_u64(rootdse_first(&up->root, "lastChangeNumber"), &last) && last > 0 &&
		last < number)
		upstream_fail(up, FAILURE_ROLLBACK,
			ROLLED_BACK "its change number fell from %llu to %llu",
			(unsigned long long)number, (unsigned long long)last);
	if (has_change(up, changelog, number) || has_change(up, changelog, number + 1))
		return;
	if (is_there(up, changelog, LDAP_SCOPE_BASE, NULL))
		upstream_need_full(up, "the server's changelog was trimmed past what we know");
	upstream_note(up, "the retro changelog cannot be read: what is deleted while it is trimmed "
			  "is found by full compares only");
}

void sync_check(struct upstream *up)
{
	if (rootdse_is_389(&up->root))
		check_changelog(up);
	else
		check_context(up);
	check_canaries(up);
	arena_reset(up->arena);
}
