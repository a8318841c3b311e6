#include "in/upstream/search.h"

#include "base/clock.h"

#include <poll.h>

#define BEAT_SECONDS 5

void search_start(struct upstream *up, struct search *search, const char *base, int scope,
	const char *filter, char **attributes, LDAPControl **controls)
{
	*search = (struct search){ .heard = clock_monotonic() };
	int rc = ldap_search_ext(up->ld, base, scope, filter, attributes, 0, controls, NULL, NULL,
		LDAP_NO_LIMIT, &search->id);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, rc == LDAP_FILTER_ERROR ? FAILURE_CONFIG : FAILURE_NET,
			"search: %s", ldap_err2string(rc));
}

static int wait_for_message(struct upstream *up, struct search *search, LDAPMessage **message)
{
	struct timeval now = { 0, 0 }, patience = { 1, 0 };
	struct row beat = { .type = FRAME_BEAT };

	int type = ldap_result(up->ld, search->id, LDAP_MSG_ONE, &now, message);
	while (type == 0) {
		if (clock_monotonic() - search->heard > up->order.stall_seconds * SECOND)
			upstream_fail(
				up, FAILURE_NET, "no data for %u seconds", up->order.stall_seconds);
		upstream_put(up, &beat);
		upstream_flush(up);
		type = ldap_result(up->ld, search->id, LDAP_MSG_ONE, &patience, message);
	}
	if (type < 0)
		upstream_broken(up);
	search->heard = clock_monotonic();
	return type;
}

static void print(char *to, size_t size, const char *text)
{
	size_t at = 0;

	for (; text && *text && at + 1 < size; text++)
		to[at++] = *text >= ' ' && *text < 0x7f ? *text : '?';
	to[at] = '\0';
}

LDAPMessage *search_next(struct upstream *up, struct search *search, struct search_end *end)
{
	LDAPMessage *message = NULL;
	char *text = NULL;

	for (;;) {
		int type = wait_for_message(up, search, &message);
		if (type == LDAP_RES_SEARCH_ENTRY)
			return message;
		if (type != LDAP_RES_SEARCH_REFERENCE && type != LDAP_RES_INTERMEDIATE)
			break;
		search->references += type == LDAP_RES_SEARCH_REFERENCE;
		upstream_count(up, 1, 0);
		ldap_msgfree(message);
	}
	/* Whatever its type: some servers answer a control they do not know with an extended
	 * response. */
	*end = (struct search_end){ .code = LDAP_OTHER };
	int rc = ldap_parse_result(
		up->ld, message, &end->code, NULL, &text, NULL, &end->controls, 1);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_PROTOCOL, "the end of a search is malformed");
	print(end->text, sizeof(end->text), text);
	ldap_memfree(text);
	return NULL;
}

enum failure search_failure(int code)
{
	switch (code) {
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
	default:
		return FAILURE_PROTOCOL;
	}
}

const char *search_text(int code)
{
	return code == LDAP_NO_SUCH_OBJECT ? "base not found (No such object)"
					   : ldap_err2string(code);
}

void upstream_rest(struct upstream *up, uint32_t seconds)
{
	struct row beat = { .type = FRAME_BEAT };
	int64_t until = clock_monotonic() + seconds * SECOND, left;

	while ((left = until - clock_monotonic()) > 0) {
		struct pollfd daemon = { UPSTREAM_FD, 0, 0 };
		int64_t wait = left < BEAT_SECONDS * SECOND ? left : BEAT_SECONDS * SECOND;
		upstream_put(up, &beat);
		upstream_flush(up);
		(void)poll(&daemon, 1, (int)(wait / 1000) + 1);
	}
}
