#include "in/upstream/life.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "in/upstream/rfc4533.h"

static void ask(struct upstream *up, struct life *life)
{
	char *attributes[] = { LDAP_NO_ATTRS, NULL };

	int rc = ldap_search_ext(up->ld, arena_string(up->arena, up->order.base),
		LDAP_SCOPE_SUBTREE, "(objectClass=organizationalUnit)", attributes, 0, NULL, NULL,
		NULL, LDAP_NO_LIMIT, &life->id);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_NET, "the connection broke: %s", ldap_err2string(rc));
	arena_reset(up->arena);
	life->waits = true;
	life->asked = clock_monotonic();
}

uint64_t life_unit(struct span dn)
{
	uint8_t hash[32];

	hash_blake2b(dn, hash);
	return get_be64(hash);
}

static uint64_t sum_of(struct upstream *up, LDAPMessage *answer)
{
	uint64_t sum = 0;

	for (LDAPMessage *entry = ldap_first_entry(up->ld, answer); entry;
		entry = ldap_next_entry(up->ld, entry)) {
		BerElement *ber = NULL;
		struct berval dn;
		if (ldap_get_dn_ber(up->ld, entry, &ber, &dn) != LDAP_SUCCESS)
			continue;
		sum += life_unit(span_of_berval(&dn));
		ber_free(ber, 0);
	}
	return sum;
}

/* An answer without them, by a limit or for want of a right, says nothing about them. What is kept
 * with the cookie tells what happened while nobody followed. */
static void compare_units(struct upstream *up, LDAPMessage *answer)
{
	int code = LDAP_OTHER;

	int rc = ldap_parse_result(up->ld, answer, &code, NULL, NULL, NULL, NULL, 0);
	if (rc == LDAP_SUCCESS && code == LDAP_NO_SUCH_OBJECT)
		upstream_need_full(up, "the base is gone");
	if (rc != LDAP_SUCCESS || code != LDAP_SUCCESS)
		return;
	uint64_t units = sum_of(up, answer);
	bool same = up->sync.has_units && units == up->sync.units;
	if (up->sync.has_units && !same && !up->units_came)
		upstream_need_full(up, "organizational units were added, renamed or moved");
	up->units_came = false;
	if (same)
		return;
	up->sync.units = units;
	up->sync.has_units = true;
	if (up->sync.len > 0)
		sync_cookie_put(up);
}

static void take_answer(struct upstream *up, struct life *life)
{
	struct row beat = { .type = FRAME_BEAT };
	struct timeval now = { 0, 0 };
	LDAPMessage *answer = NULL;

	int type = ldap_result(up->ld, life->id, LDAP_MSG_ALL, &now, &answer);
	if (type < 0)
		upstream_broken(up);
	if (type == 0)
		return;
	compare_units(up, answer);
	ldap_msgfree(answer);
	life->waits = false;
	if (rootdse_is_389(&up->root))
		sync_changelog_tend(up);
	upstream_put(up, &beat);
}

/* A server that hangs keeps its connection, and a quiet one looks the same: only an answer tells
 * them apart. */
void life_tend(struct upstream *up, struct life *life, int64_t heard)
{
	int64_t now = clock_monotonic();

	if (life->waits)
		take_answer(up, life);
	if (!life->waits) {
		if (life->asked == 0 || now - life->asked >= LIFE_SECONDS * SECOND)
			ask(up, life);
		return;
	}
	int64_t since = heard > life->asked ? heard : life->asked;
	if (now - since >= up->order.stall_seconds * SECOND)
		upstream_fail(up, FAILURE_NET, "the server answers nothing for %u seconds",
			up->order.stall_seconds);
}
