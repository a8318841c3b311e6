#include "in/upstream/dirsync.h"
#include "in/upstream/entry.h"
#include "in/upstream/guid.h"
#include "in/upstream/range.h"

#define OCTETS_MAX (1024 * 1024) /* of an answer, where the server keeps to it */
#define ANSWERS_MAX 100000       /* of one round */

/* People, groups and what they stand in. What was deleted keeps its classes and loses much else,
 * so that a filter by anything else would hide deletions. */
#define CHANGES_FILTER                                                                             \
	"(|(objectClass=group)(objectClass=organizationalUnit)(objectClass=container)"             \
	"(&(objectClass=user)(!(objectClass=computer))))"
#define NOTHING_FILTER "(!(objectClass=*))"

/* ---- an object that came ---- */

/* With LDAP_DIRSYNC_INCREMENTAL_VALUES, "member;range=1-1" holds whom a group got and
 * "member;range=0-0" whom it lost. */
static unsigned take_members(struct dirsync *sync, const struct attribute *attribute)
{
	struct extended_dn name;
	struct range range;
	unsigned flags = 0;

	if (!range_read(attribute->type, &range) || !span_equal_nocase(range.type, SPAN("member")))
		return 0;
	for (const struct berval *v = attribute->values; v && v->bv_val; v++) {
		if (!range.ranged || range.ends || range.first != range.last || range.last > 1 ||
			!extended_dn_read(span_of_berval(v), &name) || uuid_is_nil(&name.anchor))
			flags = CHANGE_WHOLE;
		else
			changes_member(&sync->changes, &name.anchor, range.last == 0);
	}
	return flags;
}

static unsigned flags_of(const struct incoming *in)
{
	static const struct {
		const char *attribute;
		enum change_flag flag;
	} rows[] = {
		{ "objectClass", CHANGE_NEW },
		{ "name", CHANGE_NAME },
		{ "primaryGroupID", CHANGE_PRIMARY },
	};
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (incoming_first(in, span_str(rows[i].attribute)).len > 0)
			flags |= rows[i].flag;
	if (attribute_has(incoming_find(in, SPAN("isDeleted")), SPAN("TRUE")))
		flags |= CHANGE_DELETED;
	return flags;
}

static void take_change(struct dirsync *sync, LDAPMessage *entry)
{
	struct incoming *in = &sync->content.in;
	struct uuid anchor;

	if (content_take(&sync->content, entry, &anchor)) {
		changes_add(&sync->changes, &anchor, flags_of(in));
		for (size_t i = 0; i < in->count; i++)
			sync->changes.rows[sync->changes.count - 1].flags |=
				take_members(sync, &in->attributes[i]);
	}
	incoming_release(in);
}

/* ---- asking ---- */

static void start(struct dirsync *sync, struct search *search, bool nothing)
{
	static char *names[] = { "name", NULL };
	struct upstream *up = sync->up;
	LDAPControl control = { .ldctl_oid = DIRSYNC_OID, .ldctl_iscritical = 1 };
	LDAPControl *controls[] = { &control, &sync->content.extended, NULL };

	if (!dirsync_request(sync->flags, OCTETS_MAX, sync->cookie, &control.ldctl_value))
		upstream_fail(up, FAILURE_DATA, "no memory for the request");
	search_start(up, search, sync->head, LDAP_SCOPE_SUBTREE,
		nothing ? NOTHING_FILTER : CHANGES_FILTER,
		nothing ? names : sync->content.attributes, controls);
	ber_memfree(control.ldctl_value.bv_val);
}

/* The same database, not before where it was: a restored one reports success and goes on from an
 * update that it gives out a second time. */
static void check_cookie(struct dirsync *sync, struct span fresh)
{
	struct dirsync_cookie before, now;

	if (!dirsync_cookie_read(sync->cookie, &before) || !dirsync_cookie_read(fresh, &now))
		return;
	if (memcmp(before.invocation, now.invocation, sizeof(now.invocation)) != 0)
		upstream_need_full(sync->up, "another domain controller answers");
	if (now.usn < before.usn)
		upstream_fail(sync->up, FAILURE_ROLLBACK,
			"the update sequence number fell from %llu to %llu",
			(unsigned long long)before.usn, (unsigned long long)now.usn);
}

/* True when more of the round is to come. */
static bool take_answer(struct dirsync *sync, LDAPControl **controls)
{
	LDAPControl *control = ldap_control_find(DIRSYNC_OID, controls, NULL);
	struct upstream *up = sync->up;
	struct dirsync_answer answer;

	if (!control || !dirsync_answer_read(up->arena, &control->ldctl_value, &answer) ||
		answer.cookie.len == 0 || answer.cookie.len > sizeof(sync->octets))
		upstream_fail(up, FAILURE_PROTOCOL, "an answer to DirSync without a cookie");
	if (answer.more && span_equal(answer.cookie, sync->cookie))
		upstream_fail(up, FAILURE_PROTOCOL, "DirSync gives the same part again and again");
	check_cookie(sync, answer.cookie);
	memcpy(sync->octets, answer.cookie.data, answer.cookie.len);
	sync->cookie = span_of(sync->octets, answer.cookie.len);
	return answer.more;
}

static _Noreturn void refused(struct dirsync *sync, const struct search_end *end)
{
	struct upstream *up = sync->up;

	if (end->code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION && up->order.cookie.len > 0)
		upstream_need_full(
			up, "the server does not take the cookie back: %.100s", end->text);
	upstream_fail(up, search_failure(end->code), "DirSync: result %d, %s%s%s", end->code,
		search_text(end->code), *end->text ? ", " : "", end->text);
}

/* True when more of the round is to come. */
static bool ask(struct dirsync *sync, bool nothing)
{
	struct upstream *up = sync->up;
	struct search_end end;
	struct search search;
	LDAPMessage *entry;

	start(sync, &search, nothing);
	while ((entry = search_next(up, &search, &end)) != NULL) {
		take_change(sync, entry);
		ldap_msgfree(entry);
		arena_reset(up->arena);
	}
	/* Without the right to replicate, an account gets what it may read anyway. */
	if (end.code == LDAP_INSUFFICIENT_ACCESS && !(sync->flags & DIRSYNC_OBJECT_SECURITY)) {
		ldap_controls_free(end.controls);
		sync->flags |= DIRSYNC_OBJECT_SECURITY;
		return true;
	}
	if (end.code != LDAP_SUCCESS)
		refused(sync, &end);
	bool more = take_answer(sync, end.controls);
	ldap_controls_free(end.controls);
	arena_reset(up->arena);
	return more;
}

void dirsync_round(struct dirsync *sync, bool nothing)
{
	unsigned answers = 0;

	changes_reset(&sync->changes);
	while (ask(sync, nothing))
		if (++answers == ANSWERS_MAX)
			upstream_fail(sync->up, FAILURE_PROTOCOL,
				"DirSync has no end after %u parts", answers);
}
