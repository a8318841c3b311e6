#include "in/upstream/rfc4533.h"

void sync_malformed(struct upstream *up)
{
	upstream_fail(up, FAILURE_PROTOCOL, "a malformed sync message");
}

/* The optional cookie and the optional boolean that begin each of the sync info sequences. */
static void read_cookie_and_flag(struct upstream *up, BerElement *ber, bool *flag)
{
	struct berval cookie;
	ber_len_t len;
	ber_int_t value;

	if (ber_scanf(ber, "{") == LBER_ERROR)
		sync_malformed(up);
	if (ber_peek_tag(ber, &len) == LDAP_TAG_SYNC_COOKIE) {
		if (ber_scanf(ber, "m", &cookie) == LBER_ERROR)
			sync_malformed(up);
		sync_cookie_came(up, &cookie);
	}
	if (ber_peek_tag(ber, &len) == LBER_BOOLEAN) {
		if (ber_scanf(ber, "b", &value) == LBER_ERROR)
			sync_malformed(up);
		*flag = value != 0;
	}
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

void sync_cookie_came(struct upstream *up, const struct berval *cookie)
{
	/* In its stream each is the newest of the entry that it comes with, whatever others have
	 * not been sent yet. */
	if (rootdse_is_389(&up->root) && (up->refreshed || !up->sync_was_empty))
		sync_cookie_witness(&up->sync, span_of_berval(cookie));
	else if (!sync_cookie_take(&up->sync, span_of_berval(cookie)))
		upstream_fail(up, FAILURE_PROTOCOL, "a cookie of %lu octets", cookie->bv_len);
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

static void read_refresh_end(struct upstream *up, BerElement *ber, bool present)
{
	bool done = true;

	read_cookie_and_flag(up, ber, &done);
	up->present |= present;
	if (!done || up->refreshed)
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

static void forget(struct upstream *up, const char *octets)
{
	struct uuid anchor;

	memcpy(anchor.octets, octets, sizeof(anchor.octets));
	canary_drop(&up->sync, &anchor);
}

static void put_ids(struct upstream *up, struct row *row, struct span ids)
{
	upstream_count(up, ids.len / 16, ids.len);
	if (sync_goes_by_changelog(up))
		return;
	row->ids = ids;
	upstream_put(up, row);
}

static void read_id_set(struct upstream *up, BerElement *ber)
{
	struct row row = { .type = FRAME_IDS };
	uint8_t ids[256 * 16];
	size_t count = 0;
	ber_len_t len;
	char *last;

	read_cookie_and_flag(up, ber, &row.deletes);
	for (ber_tag_t tag = ber_first_element(ber, &len, &last); tag != LBER_DEFAULT;
		tag = ber_next_element(ber, &len, last)) {
		struct berval id;
		if (ber_scanf(ber, "m", &id) == LBER_ERROR || id.bv_len != 16)
			sync_malformed(up);
		memcpy(ids + 16 * count++, id.bv_val, 16);
		if (row.deletes)
			forget(up, id.bv_val);
		if (count == sizeof(ids) / 16) {
			put_ids(up, &row, span_of(ids, sizeof(ids)));
			count = 0;
		}
	}
	if (count > 0)
		put_ids(up, &row, span_of(ids, 16 * count));
}

/* RFC 4533 section 2.5. */
static void read_info(struct upstream *up, struct berval *value)
{
	BerElement *ber = value && value->bv_len > 0 ? ber_init(value) : NULL;
	struct berval cookie;
	ber_len_t len;

	if (!ber)
		sync_malformed(up);
	switch (ber_peek_tag(ber, &len)) {
	case LDAP_TAG_SYNC_NEW_COOKIE:
		if (ber_scanf(ber, "m", &cookie) == LBER_ERROR)
			sync_malformed(up);
		sync_cookie_came(up, &cookie);
		break;
	case LDAP_TAG_SYNC_REFRESH_DELETE:
		read_refresh_end(up, ber, false);
		break;
	case LDAP_TAG_SYNC_REFRESH_PRESENT:
		read_refresh_end(up, ber, true);
		break;
	case LDAP_TAG_SYNC_ID_SET:
		read_id_set(up, ber);
		break;
	default:
		sync_malformed(up);
	}
	ber_free(ber, 1);
}

void sync_info(struct upstream *up, LDAPMessage *message)
{
	char *oid = NULL;
	struct berval *value = NULL;

	if (ldap_parse_intermediate(up->ld, message, &oid, &value, NULL, 0) != LDAP_SUCCESS)
		sync_malformed(up);
	if (oid && value && strcmp(oid, LDAP_SYNC_INFO) == 0)
		read_info(up, value);
	ldap_memfree(oid);
	ber_bvfree(value);
}
