#include "base/clock.h"
#include "in/upstream/connector.h"
#include "in/upstream/mapped.h"

#include <stdio.h>
#include <stdlib.h>

#define BEAT_SECONDS 10 /* how often a quiet server is asked for a sign of life */

struct probe {
	bool waits; /* for its answer */
	int id;
	int64_t asked; /* monotonic */
};

void upstream_cookie(struct upstream *up, const struct berval *cookie)
{
	if (cookie->bv_len > FRAME_COOKIE_MAX)
		upstream_fail(up, FAILURE_PROTOCOL, "a cookie of %lu octets", cookie->bv_len);
	struct row row = { .type = FRAME_COOKIE, .cookie = span_of_berval(cookie) };
	upstream_put(up, &row);
}

/* RFC 4533 section 2.2: mode refreshAndPersist (3), cookie, reloadHint left FALSE so that a server
 * which lost our place may say so (e-syncRefreshRequired). */
static void make_control(struct upstream *up, LDAPControl *control)
{
	struct berval cookie = { up->order.cookie.len, (char *)up->order.cookie.data };
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	int rc = !ber ? -1
		 : cookie.bv_len > 0
			 ? ber_printf(ber, "{eO}", LDAP_SYNC_REFRESH_AND_PERSIST, &cookie)
			 : ber_printf(ber, "{e}", LDAP_SYNC_REFRESH_AND_PERSIST);
	*control = (LDAPControl){ .ldctl_oid = LDAP_CONTROL_SYNC, .ldctl_iscritical = 1 };
	if (rc < 0 || ber_flatten2(ber, &control->ldctl_value, 1) < 0)
		upstream_fail(up, FAILURE_DATA, "no memory for the request");
	ber_free(ber, 1);
}

static int start_search(struct upstream *up)
{
	LDAPControl control, *controls[] = { &control, NULL };
	int id;

	upstream_enter(up, STAGE_SEARCH);
	make_control(up, &control);
	int rc = ldap_search_ext(up->ld, arena_string(up->arena, up->order.base),
		LDAP_SCOPE_SUBTREE, arena_string(up->arena, up->order.filter),
		mapped_attributes(up), 0, controls, NULL, NULL, LDAP_NO_LIMIT, &id);
	ber_memfree(control.ldctl_value.bv_val);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, rc == LDAP_FILTER_ERROR ? FAILURE_CONFIG : FAILURE_NET,
			"search: %s", ldap_err2string(rc));
	arena_reset(up->arena);
	return id;
}

static void malformed(struct upstream *up)
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
		malformed(up);
	if (ber_peek_tag(ber, &len) == LDAP_TAG_SYNC_COOKIE) {
		if (ber_scanf(ber, "m", &cookie) == LBER_ERROR)
			malformed(up);
		upstream_cookie(up, &cookie);
	}
	if (ber_peek_tag(ber, &len) == LBER_BOOLEAN) {
		if (ber_scanf(ber, "b", &value) == LBER_ERROR)
			malformed(up);
		*flag = value != 0;
	}
}

static void read_refresh_end(struct upstream *up, BerElement *ber, bool present)
{
	bool done = true;

	read_cookie_and_flag(up, ber, &done);
	up->present |= present;
	if (!done || up->refreshed)
		return;
	/* Without a cookie of ours the server sent all there is; in a present phase it named all
	 * there is. Only then does absence mean anything. */
	struct row row = { .type = FRAME_REFRESHED,
		.complete = up->present || up->order.cookie.len == 0 };
	upstream_put(up, &row);
	up->refreshed = true;
	upstream_enter(up, STAGE_FOLLOW);
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
			malformed(up);
		memcpy(ids + 16 * count++, id.bv_val, 16);
		if (count == sizeof(ids) / 16) {
			row.ids = span_of(ids, sizeof(ids));
			upstream_put(up, &row);
			upstream_count(up, count, sizeof(ids));
			count = 0;
		}
	}
	if (count > 0) {
		row.ids = span_of(ids, 16 * count);
		upstream_put(up, &row);
		upstream_count(up, count, 16 * count);
	}
}

/* RFC 4533 section 2.5. */
static void read_info(struct upstream *up, struct berval *value)
{
	BerElement *ber = ber_init(value);
	struct berval cookie;
	ber_len_t len;

	if (!ber)
		malformed(up);
	switch (ber_peek_tag(ber, &len)) {
	case LDAP_TAG_SYNC_NEW_COOKIE:
		if (ber_scanf(ber, "m", &cookie) == LBER_ERROR)
			malformed(up);
		upstream_cookie(up, &cookie);
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
		malformed(up);
	}
	ber_free(ber, 1);
}

static void on_intermediate(struct upstream *up, LDAPMessage *message)
{
	char *oid = NULL;
	struct berval *value = NULL;

	if (ldap_parse_intermediate(up->ld, message, &oid, &value, NULL, 0) != LDAP_SUCCESS)
		malformed(up);
	if (oid && value && strcmp(oid, LDAP_SYNC_INFO) == 0)
		read_info(up, value);
	ldap_memfree(oid);
	ber_bvfree(value);
}

static enum failure search_failure(const struct upstream *up, int code)
{
	switch (code) {
	case LDAP_SYNC_REFRESH_REQUIRED:
		return FAILURE_REFRESH;
	case LDAP_UNWILLING_TO_PERFORM:
		return up->order.cookie.len > 0 ? FAILURE_ROLLBACK : FAILURE_CONFIG;
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
		return FAILURE_BUSY;
	case LDAP_SIZELIMIT_EXCEEDED:
	case LDAP_TIMELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
		return FAILURE_LIMIT;
	case LDAP_NO_SUCH_OBJECT:
	case LDAP_INVALID_DN_SYNTAX:
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_REFERRAL:
		return FAILURE_CONFIG;
	case LDAP_SUCCESS:
		return FAILURE_NET;
	default:
		return FAILURE_PROTOCOL;
	}
}

/* Whatever type it has (some servers answer an unknown critical control with an extended response),
 * it ends the search. */
static _Noreturn void on_end(struct upstream *up, LDAPMessage *message)
{
	int code = LDAP_OTHER;
	char *text = NULL;

	if (ldap_parse_result(up->ld, message, &code, NULL, &text, NULL, NULL, 0) != LDAP_SUCCESS)
		malformed(up);
	if (code == LDAP_SUCCESS)
		upstream_fail(up, FAILURE_NET, "the server ended the search");
	upstream_fail(up, search_failure(up, code), "search: result %d, %s%s%.100s", code,
		ldap_err2string(code), text && *text ? ", " : "", text ? text : "");
}

static void on_message(struct upstream *up, int type, LDAPMessage *message)
{
	if (up->stage == STAGE_SEARCH &&
		(type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_INTERMEDIATE))
		upstream_enter(up, STAGE_REFRESH);
	switch (type) {
	case LDAP_RES_SEARCH_ENTRY:
		upstream_entry(up, message);
		break;
	case LDAP_RES_INTERMEDIATE:
		on_intermediate(up, message);
		break;
	case LDAP_RES_SEARCH_REFERENCE:
		/* Never chased: the password goes to the configured server alone. */
		upstream_count(up, 1, 0);
		break;
	default:
		on_end(up, message);
	}
}

/* A question that any server answers, whatever the answer is. */
static void ask_for_life(struct upstream *up, struct probe *probe)
{
	char *attributes[] = { LDAP_NO_ATTRS, NULL };

	int rc = ldap_search_ext(
		up->ld, "", LDAP_SCOPE_BASE, NULL, attributes, 0, NULL, NULL, NULL, 1, &probe->id);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_NET, "the connection broke: %s", ldap_err2string(rc));
	probe->waits = true;
	probe->asked = clock_monotonic();
}

static void take_answer(struct upstream *up, struct probe *probe)
{
	struct row beat = { .type = FRAME_BEAT };
	struct timeval now = { 0, 0 };
	LDAPMessage *answer = NULL;

	int type = ldap_result(up->ld, probe->id, LDAP_MSG_ALL, &now, &answer);
	if (type < 0)
		upstream_broken(up);
	if (type == 0)
		return;
	ldap_msgfree(answer);
	probe->waits = false;
	upstream_put(up, &beat);
}

/* A server that hangs keeps its connection, and a quiet one looks the same: only an answer tells
 * them apart. */
static void check_life(struct upstream *up, struct probe *probe, int64_t heard)
{
	if (probe->waits)
		take_answer(up, probe);
	if (!probe->waits) {
		ask_for_life(up, probe);
		return;
	}
	int64_t since = heard > probe->asked ? heard : probe->asked;
	if (clock_monotonic() - since >= up->order.stall_seconds * SECOND)
		upstream_fail(up, FAILURE_NET, "the server answers nothing for %u seconds",
			up->order.stall_seconds);
}

/* Nothing came at once: what is ready goes to the daemon before we wait. */
static int wait_for_message(
	struct upstream *up, int id, LDAPMessage **message, struct probe *probe, int64_t heard)
{
	struct row beat = { .type = FRAME_BEAT };
	struct timeval patience = { up->refreshed ? BEAT_SECONDS : 1, 0 };

	upstream_flush(up);
	int type = ldap_result(up->ld, id, LDAP_MSG_ONE, &patience, message);
	if (type != 0)
		return type;
	if (up->refreshed) {
		check_life(up, probe, heard);
		return 0;
	}
	if (clock_monotonic() - heard > up->order.stall_seconds * SECOND)
		upstream_fail(up, FAILURE_NET, "no data for %u seconds", up->order.stall_seconds);
	upstream_put(up, &beat);
	return 0;
}

bool rfc4533_suits(const struct rootdse *root)
{
	return rootdse_has(root, "supportedControl", LDAP_CONTROL_SYNC);
}

void rfc4533_follow(struct upstream *up)
{
	int id = start_search(up);
	int64_t heard = clock_monotonic();
	struct probe probe = { 0 };

	for (;;) {
		struct timeval now = { 0, 0 };
		LDAPMessage *message = NULL;
		int type = ldap_result(up->ld, id, LDAP_MSG_ONE, &now, &message);
		if (type == 0)
			type = wait_for_message(up, id, &message, &probe, heard);
		if (type < 0)
			upstream_broken(up);
		if (type == 0)
			continue;
		heard = clock_monotonic();
		on_message(up, type, message);
		ldap_msgfree(message);
		arena_reset(up->arena);
	}
}
