#include "in/upstream/rfc4533.h"

#include "base/clock.h"
#include "in/upstream/connector.h"
#include "in/upstream/life.h"
#include "in/upstream/lookup.h"
#include "in/upstream/mapped.h"
#include "in/upstream/search.h"

/* RFC 4533 section 2.2: mode refreshAndPersist (3), cookie, reloadHint left FALSE so that a server
 * which lost our place may say so (e-syncRefreshRequired). */
static void make_control(struct upstream *up, LDAPControl *control)
{
	struct sync_cookie asked = up->sync;

	if (sync_goes_by_changelog(up))
		sync_changelog_skip(up, &asked);
	struct berval cookie = { asked.len, (char *)asked.octets };
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

/* Beside what is mapped: what tells whether the server went back in time, and whom it is about. */
char **sync_attributes(struct upstream *up)
{
	char **mapped = mapped_attributes(up);
	size_t n = 0;

	while (mapped[n])
		n++;
	char **names = arena_array(up->arena, n + 4, sizeof(*names));
	memcpy(names, mapped, n * sizeof(*names));
	names[n++] = "entryCSN";
	names[n++] = "modifyTimestamp";
	if (up->order.anchor_attribute.len > 0)
		names[n++] = arena_string(up->arena, up->order.anchor_attribute);
	else if (rootdse_is_389(&up->root))
		names[n++] = "nsUniqueId";
	names[n] = NULL;
	return names;
}

static int start_search(struct upstream *up)
{
	LDAPControl control, *controls[] = { &control, NULL };
	int id;

	upstream_enter(up, STAGE_SEARCH);
	make_control(up, &control);
	int rc = ldap_search_ext(up->ld, arena_string(up->arena, up->order.base),
		LDAP_SCOPE_SUBTREE, arena_string(up->arena, up->order.filter), sync_attributes(up),
		0, controls, NULL, NULL, LDAP_NO_LIMIT, &id);
	ber_memfree(control.ldctl_value.bv_val);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, rc == LDAP_FILTER_ERROR ? FAILURE_CONFIG : FAILURE_NET,
			"search: %s", ldap_err2string(rc));
	arena_reset(up->arena);
	return id;
}

static enum failure follow_failure(const struct upstream *up, int code)
{
	switch (code) {
	/* OpenLDAP: "consumer state is newer than provider!" */
	case LDAP_UNWILLING_TO_PERFORM:
		return up->sync.len > 0 ? FAILURE_ROLLBACK : FAILURE_CONFIG;
	case LDAP_SUCCESS:
		return FAILURE_NET;
	default:
		return search_failure(code);
	}
}

/* Whatever type it has (some servers answer an unknown critical control with an extended response),
 * it ends the search. */
static _Noreturn void on_end(struct upstream *up, LDAPMessage *message)
{
	int code = LDAP_OTHER;
	char *text = NULL;

	if (ldap_parse_result(up->ld, message, &code, NULL, &text, NULL, NULL, 0) != LDAP_SUCCESS)
		sync_malformed(up);
	if (code == LDAP_SUCCESS)
		upstream_fail(up, FAILURE_NET, "the server ended the search");
	if (code == LDAP_SYNC_REFRESH_REQUIRED)
		upstream_fail(up, FAILURE_REFRESH, "the server asks for it%s%.100s",
			text && *text ? ": " : "", text ? text : "");
	upstream_fail(up, follow_failure(up, code),
		"search: result %d after %llu entries, %s%s%.100s", code,
		(unsigned long long)up->entries, search_text(code), text && *text ? ", " : "",
		text ? text : "");
}

static void on_message(struct upstream *up, int type, LDAPMessage *message)
{
	if (up->stage == STAGE_SEARCH &&
		(type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_INTERMEDIATE))
		upstream_enter(up, STAGE_REFRESH);
	switch (type) {
	case LDAP_RES_SEARCH_ENTRY:
		sync_entry(up, message);
		break;
	case LDAP_RES_INTERMEDIATE:
		sync_info(up, message);
		break;
	case LDAP_RES_SEARCH_REFERENCE:
		/* Never chased: the password goes to the configured server alone. */
		upstream_count(up, 1, 0);
		break;
	default:
		on_end(up, message);
	}
}

/* 389 says nothing at all when a limit of its ends the search of a stream; of one that is none it
 * tells. */
static void ask_for_limit(struct upstream *up)
{
	static char *attributes[] = { LDAP_NO_ATTRS, NULL };
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.filter = arena_string(up->arena, up->order.filter),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = attributes };

	int code = rootdse_is_389(&up->root) ? lookup_run(up, &lookup) : LDAP_SUCCESS;
	if (search_failure(code) == FAILURE_LIMIT)
		upstream_fail(up, FAILURE_LIMIT, "the server ends a search of all entries: %s",
			search_text(code));
	lookup_end(&lookup);
}

/* Nothing came at once: what is ready goes to the daemon before we wait. */
static int wait_for_message(
	struct upstream *up, int id, LDAPMessage **message, struct life *life, int64_t heard)
{
	struct row beat = { .type = FRAME_BEAT };
	struct timeval patience = { up->refreshed && !life->waits ? LIFE_SECONDS : 1, 0 };

	sync_changelog_put_heard(up);
	upstream_flush(up);
	int type = ldap_result(up->ld, id, LDAP_MSG_ONE, &patience, message);
	if (type != 0)
		return type;
	if (up->refreshed)
		return 0;
	if (clock_monotonic() - heard > up->order.stall_seconds * SECOND) {
		ask_for_limit(up);
		upstream_fail(up, FAILURE_NET, "no data for %u seconds", up->order.stall_seconds);
	}
	upstream_put(up, &beat);
	return 0;
}

bool rfc4533_suits(const struct rootdse *root)
{
	return rootdse_has(root, "supportedControl", LDAP_CONTROL_SYNC);
}

void rfc4533_follow(struct upstream *up)
{
	if (!sync_cookie_read(up->order.cookie, &up->sync))
		upstream_need_full(up, "the stored cookie is damaged");
	up->sync_was_empty = up->sync.len == 0;
	if (!up->sync_was_empty)
		sync_check(up);
	int id = start_search(up);
	int64_t heard = clock_monotonic();
	struct life life = { 0 };

	for (;;) {
		struct timeval now = { 0, 0 };
		LDAPMessage *message = NULL;
		int type = ldap_result(up->ld, id, LDAP_MSG_ONE, &now, &message);
		if (type == 0)
			type = wait_for_message(up, id, &message, &life, heard);
		if (type < 0)
			upstream_broken(up);
		if (type > 0) {
			heard = clock_monotonic();
			on_message(up, type, message);
			ldap_msgfree(message);
			arena_reset(up->arena);
		}
		if (up->refreshed)
			life_tend(up, &life, heard);
	}
}
