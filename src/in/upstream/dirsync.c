#include "in/upstream/dirsync.h"

#include "base/clock.h"
#include "in/upstream/connector.h"
#include "in/upstream/guid.h"
#include "in/upstream/lookup.h"

/* Active Directory. The content is read by pages, as of a cookie taken before; from there on rounds
 * of DirSync tell which objects changed, and each is read as it is then. Members of groups come as
 * what was added and removed. */

#define POLL_SECONDS 1
#define ROUND_SECONDS 60 /* at the latest, whatever the update number says */
#define SHOW_DELETED "1.2.840.113556.1.4.417"

bool dirsync_suits(const struct rootdse *root)
{
	return rootdse_is_ad(root) && rootdse_has(root, "supportedControl", DIRSYNC_OID) &&
	       rootdse_has(root, "supportedControl", LDAP_CONTROL_PAGEDRESULTS);
}

const char *dirsync_head(struct upstream *up)
{
	const struct rootdse *root = &up->root;
	struct span found = SPAN_NONE;
	struct dn base, context;

	if (dn_parse(up->life, up->order.base, &base, NULL) == OK)
		for (size_t i = 0; i < root->count; i++)
			if (span_equal_nocase(root->values[i].type, SPAN("namingContexts")) &&
				dn_parse(up->life, root->values[i].value, &context, NULL) == OK &&
				dn_is_below(&base, &context) &&
				root->values[i].value.len > found.len)
				found = root->values[i].value;
	if (found.len == 0)
		upstream_fail(up, FAILURE_CONFIG, "the base is in no naming context of the server");
	return arena_string(up->life, found);
}

void dirsync_begin(struct dirsync *sync, struct upstream *up)
{
	*sync = (struct dirsync){ .up = up, .flags = DIRSYNC_INCREMENTAL_VALUES };
	content_init(&sync->content, up);
	sync->head = dirsync_head(up);
	if (dn_parse(up->life, up->order.base, &sync->base, NULL) != OK)
		upstream_fail(up, FAILURE_CONFIG, "the base is no distinguished name");
}

/* ---- whom we talk to ---- */

/* One attribute of one object, in the arena of one message; empty: it cannot be read. */
static struct span read_one(
	struct upstream *up, const char *base, char *attribute, LDAPControl **controls)
{
	char *attributes[] = { attribute, NULL };
	struct lookup lookup = { .base = base,
		.scope = LDAP_SCOPE_BASE,
		.attributes = attributes,
		.controls = controls };
	struct span value = SPAN_NONE;

	if (lookup_run(up, &lookup) == LDAP_SUCCESS && lookup_first(up, &lookup))
		value = lookup_value(up, &lookup, attribute);
	lookup_end(&lookup);
	return value;
}

/* Our cookie is of another domain controller. One that has not yet heard what that one told us
 * would seem to have lost people: better to wait for it. No content is read: what is wanted of it
 * is not known yet. */
static void check_lag(struct upstream *up)
{
	static struct dirsync sync;
	struct dirsync_cookie now, then;

	if (!dirsync_cookie_read(up->order.cookie, &then))
		return;
	sync = (struct dirsync){ .up = up,
		.flags = DIRSYNC_INCREMENTAL_VALUES,
		.head = dirsync_head(up),
		.content.extended.ldctl_oid = LDAP_CONTROL_X_EXTENDED_DN };
	dirsync_round(&sync, true);
	if (dirsync_cookie_read(sync.cookie, &now) && now.cursors.len > 0 &&
		!dirsync_cookie_covers(&now, &then))
		upstream_fail(up, FAILURE_BUSY,
			"this domain controller has not yet got all that the other one had");
}

/* The cookie's owner is told by its place, and by this text at the end. */
static bool is_of_cookie(const struct upstream *up, struct span identity)
{
	struct span owner = up->order.identity;

	return owner.len >= identity.len &&
	       span_equal(span_from(owner, owner.len - identity.len), identity);
}

/* Update numbers and cookies are of a database, not of a host or a name. */
struct span dirsync_identity(struct upstream *up)
{
	char text[UUID_TEXT + 1];
	struct uuid invocation;

	char *service = arena_string(up->life, rootdse_first(&up->root, "dsServiceName"));
	if (!guid_read(read_one(up, service, "invocationId", NULL), &invocation))
		return span_str(
			arena_printf(up->life, "server:%s", *service ? service : up->address.host));
	uuid_format(&invocation, text);
	struct span identity = span_str(arena_printf(up->life, "invocation:%s", text));
	if (up->order.cookie.len > 0 && !is_of_cookie(up, identity))
		check_lag(up);
	return identity;
}

bool dirsync_sees_deletions(struct upstream *up)
{
	LDAPControl control = { .ldctl_oid = SHOW_DELETED, .ldctl_iscritical = 1 };
	LDAPControl *controls[] = { &control, NULL };
	char *container = arena_printf(up->arena, "CN=Deleted Objects,%s", dirsync_head(up));

	return read_one(up, container, "objectGUID", controls).len > 0;
}

/* ---- following ---- */

static uint64_t highest_update(struct upstream *up)
{
	uint64_t number = 0;

	span_to_u64(read_one(up, "", "highestCommittedUSN", NULL), &number);
	arena_reset(up->arena);
	return number;
}

static void check_rollback(struct dirsync *sync, uint64_t highest)
{
	struct dirsync_cookie cookie;

	if (highest > 0 && dirsync_cookie_read(sync->cookie, &cookie) && highest < cookie.usn)
		upstream_fail(sync->up, FAILURE_ROLLBACK,
			"the update sequence number fell from %llu to %llu",
			(unsigned long long)cookie.usn, (unsigned long long)highest);
}

static void put_cookie(struct dirsync *sync)
{
	struct row row = { .type = FRAME_COOKIE, .cookie = sync->cookie };

	upstream_put(sync->up, &row);
}

static void one_round(struct dirsync *sync)
{
	sync->up->entries = sync->up->octets = 0;
	dirsync_round(sync, false);
	dirsync_complete(sync);
	put_cookie(sync);
}

/* The cookie is from before the reading: what changes meanwhile comes once more. */
static void read_all(struct dirsync *sync)
{
	dirsync_round(sync, true);
	content_read(&sync->content);
	primaries_clear(&sync->content.primaries);
	content_note_references(&sync->content);
	put_cookie(sync);
}

static void refresh(struct dirsync *sync)
{
	struct upstream *up = sync->up;
	struct row end = { .type = FRAME_REFRESHED, .complete = up->order.cookie.len == 0 };

	upstream_enter(up, STAGE_REFRESH);
	if (!dirsync_sees_deletions(up))
		upstream_note(up, "deletions are not visible to this account, which may not list "
				  "\"CN=Deleted "
				  "Objects\": only the full compare finds them");
	if (end.complete)
		read_all(sync);
	else
		one_round(sync);
	upstream_put(up, &end);
	up->refreshed = true;
	upstream_enter(up, STAGE_FOLLOW);
}

void dirsync_follow(struct upstream *up)
{
	static struct dirsync sync;
	uint64_t last = 0;
	int64_t round = 0;

	upstream_enter(up, STAGE_SEARCH);
	dirsync_begin(&sync, up);
	sync.cookie = up->order.cookie;
	check_rollback(&sync, highest_update(up));
	refresh(&sync);
	for (;;) {
		upstream_rest(up, up->order.poll_seconds ? up->order.poll_seconds : POLL_SECONDS);
		uint64_t highest = highest_update(up);
		check_rollback(&sync, highest);
		if (highest == last && highest > 0 &&
			clock_monotonic() - round < ROUND_SECONDS * SECOND)
			continue;
		up->refreshed = false;
		one_round(&sync);
		up->refreshed = true;
		last = highest;
		round = clock_monotonic();
	}
}
