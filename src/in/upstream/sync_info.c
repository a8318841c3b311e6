#include "in/upstream/rfc4533.h"
#include "in/upstream/sync_value.h"

#define IDS_AT_ONCE (256 * 16)

void sync_malformed(struct upstream *up)
{
	upstream_fail(up, FAILURE_PROTOCOL, "a malformed sync message");
}

bool sync_goes_by_changelog(const struct upstream *up)
{
	return rootdse_is_389(&up->root) && !up->sync_was_empty;
}

void sync_cookie_put(struct upstream *up)
{
	struct buffer blob;

	buffer_init(&blob, FRAME_COOKIE_MAX);
	sync_cookie_write(&up->sync, &blob);
	struct row row = { .type = FRAME_COOKIE, .cookie = buffer_span(&blob) };
	upstream_put(up, &row);
	buffer_free(&blob);
}

void sync_cookie_came(struct upstream *up, struct span cookie)
{
	/* In its stream each is the newest of the entry that it comes with, whatever others have
	 * not been sent yet. */
	if (rootdse_is_389(&up->root) && (up->refreshed || !up->sync_was_empty))
		sync_cookie_witness(&up->sync, cookie);
	else if (!sync_cookie_take(&up->sync, cookie))
		upstream_fail(up, FAILURE_PROTOCOL, "a cookie of %zu octets", cookie.len);
	up->sync_came = true;
	if (up->refreshed)
		sync_cookie_put(up);
}

/* Without one the old one stands. */
static void end_cookie(struct upstream *up)
{
	if (!up->sync_came)
		return;
	/* OpenLDAP answers one that it cannot read with all there is and an empty one. */
	if (up->sync.len == 0 && !up->sync_was_empty)
		upstream_need_full(up, "the server does not know the stored cookie");
	if (up->sync.len > 0)
		sync_cookie_put(up);
}

/* Somebody we know is not there, and no deletion was reported: a whole part of the tree may have
 * been moved away, or the server lost writes. */
static void check_missing(struct upstream *up)
{
	for (size_t i = up->sync.canary_count; i-- > 0;) {
		struct uuid anchor = up->sync.canaries[i].anchor;
		if (!up->sync.canaries[i].missing)
			continue;
		if (!up->present)
			upstream_need_full(up, "an entry is gone and no deletion was reported");
		canary_drop(&up->sync, &anchor);
	}
}

static void end_refresh(struct upstream *up, const struct sync_info *info)
{
	up->present |= info->kind == SYNC_INFO_REFRESH_PRESENT;
	if (!info->flag || up->refreshed)
		return;
	if (sync_goes_by_changelog(up))
		sync_changelog_delta(up);
	check_missing(up);
	end_cookie(up);
	/* Without a cookie of ours the server sent all there is; in a present phase it named all
	 * there is. Only then does absence mean anything. */
	struct row row = { .type = FRAME_REFRESHED, .complete = up->present || up->sync_was_empty };
	upstream_put(up, &row);
	up->refreshed = true;
	upstream_enter(up, STAGE_FOLLOW);
}

static void forget(struct upstream *up, struct span ids)
{
	struct uuid anchor;

	for (; ids.len > 0; ids = span_from(ids, sizeof(anchor.octets))) {
		memcpy(anchor.octets, ids.data, sizeof(anchor.octets));
		canary_drop(&up->sync, &anchor);
	}
}

static void put_ids(struct upstream *up, const struct sync_info *info)
{
	struct row row = { .type = FRAME_IDS, .deletes = info->flag };

	for (struct span left = info->ids; left.len > 0; left = span_from(left, row.ids.len)) {
		row.ids = span_of(left.data, left.len < IDS_AT_ONCE ? left.len : IDS_AT_ONCE);
		upstream_count(up, row.ids.len / 16, row.ids.len);
		if (!sync_goes_by_changelog(up))
			upstream_put(up, &row);
	}
	if (info->flag)
		forget(up, info->ids);
}

static void take_info(struct upstream *up, const struct berval *value)
{
	struct sync_info info;

	if (!sync_info_read(up->arena, value, &info))
		sync_malformed(up);
	if (info.has_cookie)
		sync_cookie_came(up, info.cookie);
	if (info.kind == SYNC_INFO_IDS)
		put_ids(up, &info);
	else if (info.kind != SYNC_INFO_COOKIE)
		end_refresh(up, &info);
}

void sync_info(struct upstream *up, LDAPMessage *message)
{
	char *oid = NULL;
	struct berval *value = NULL;

	if (ldap_parse_intermediate(up->ld, message, &oid, &value, NULL, 0) != LDAP_SUCCESS)
		sync_malformed(up);
	if (oid && value && strcmp(oid, LDAP_SYNC_INFO) == 0)
		take_info(up, value);
	ldap_memfree(oid);
	ber_bvfree(value);
}
