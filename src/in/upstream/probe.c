#include "in/upstream/connector.h"
#include "in/upstream/entry.h"
#include "in/upstream/lookup.h"
#include "in/upstream/mapped.h"
#include "in/upstream/task.h"
#include "model/because.h"

#define PAGE 500
#define COUNTED_MAX 100000 /* entries; beyond it is "at least" */
#define SHOW_DELETED "1.2.840.113556.1.4.417"

#define WITH BECAUSE_WITH
#define NUMBER BECAUSE_NUMBER
#define TEXT BECAUSE_TEXT

static void check(struct upstream *up, const char *name, enum verdict verdict, uint64_t number,
	enum because_code code, const struct because_value *values)
{
	struct because because = { 0 };

	because_add(&because, code, values);
	task_say(up, FRAME_CHECK, name, verdict, number, "%s", because.line);
}

/* ---- the base ---- */

static bool check_base(struct upstream *up)
{
	static char *attributes[] = { "objectClass", NULL };
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.scope = LDAP_SCOPE_BASE,
		.attributes = attributes };
	int code = lookup_run(up, &lookup);
	bool there = code == LDAP_SUCCESS && lookup_first(up, &lookup);

	lookup_end(&lookup);
	if (there)
		check(up, "base", VERDICT_GOOD, 0, BECAUSE_BASE, NULL);
	else if (code == LDAP_SUCCESS || code == LDAP_INSUFFICIENT_ACCESS)
		check(up, "base", VERDICT_BAD, 0, BECAUSE_BASE_HIDDEN, NULL);
	else if (code == LDAP_NO_SUCH_OBJECT)
		check(up, "base", VERDICT_BAD, 0, BECAUSE_BASE_MISSING,
			WITH(TEXT("base", lookup.base)));
	else
		check(up, "base", VERDICT_BAD, 0, BECAUSE_BASE_REFUSED,
			WITH(TEXT("base", lookup.base), TEXT("error", ldap_err2string(code))));
	return there;
}

/* ---- how many ---- */

struct tally {
	uint64_t people, groups, units, others;
	uint64_t disabled; /* of the people */
	uint64_t outside;  /* people that a scope rule leaves out */
	bool paged, cut;   /* cut: there are more */
	int code;
};

static void tally_person(struct upstream *up, const struct incoming *in, struct tally *tally)
{
	mapped_person(up, in);
	if (up->row.state == ENTRY_OUT_OF_SCOPE) {
		tally->outside++;
		return;
	}
	tally->people++;
	tally->disabled += up->row.state != ENTRY_ACTIVE;
}

static void tally_page(struct upstream *up, struct lookup *lookup, struct tally *tally)
{
	static struct incoming in;

	for (bool more = lookup_first(up, lookup); more; more = lookup_next(up, lookup)) {
		enum entry_class class = CLASS_OTHER;

		if (incoming_take(up, lookup->entry, &in))
			class = entry_classify(&in);
		if (class == CLASS_USER)
			tally_person(up, &in, tally);
		incoming_release(&in);
		tally->groups += class == CLASS_GROUP;
		tally->units += class == CLASS_OU;
		tally->others += class == CLASS_OTHER;
	}
}

/* Where the next page begins; an empty cookie: there is none. */
static void take_cookie(struct upstream *up, struct lookup *lookup, struct berval *cookie)
{
	LDAPControl **controls = NULL, *control;
	ber_int_t estimate;

	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){ 0 };
	if (ldap_parse_result(up->ld, lookup->answers, NULL, NULL, NULL, NULL, &controls, 0))
		return;
	control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (control)
		(void)ldap_parse_pageresponse_control(up->ld, control, &estimate, cookie);
	ldap_controls_free(controls);
}

static void read_page(struct upstream *up, struct tally *tally, struct berval *cookie)
{
	LDAPControl *page = NULL;
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.filter = arena_string(up->arena, up->order.filter),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = mapped_attributes(up),
		.limit = tally->paged ? 0 : COUNTED_MAX };

	if (tally->paged && ldap_create_page_control(up->ld, PAGE, cookie, 0, &page) != 0)
		upstream_fail(up, FAILURE_DATA, "no memory for the request");
	lookup.controls = page ? (LDAPControl *[]){ page, NULL } : NULL;
	tally->code = lookup_run(up, &lookup);
	tally_page(up, &lookup, tally);
	take_cookie(up, &lookup, cookie);
	lookup_end(&lookup);
	ldap_control_free(page);
	arena_reset(up->arena);
}

static void count_entries(struct upstream *up, struct tally *tally)
{
	struct berval cookie = { 0 };

	tally->paged = rootdse_has(&up->root, "supportedControl", LDAP_CONTROL_PAGEDRESULTS);
	do {
		read_page(up, tally, &cookie);
		tally->cut = cookie.bv_len > 0;
	} while (tally->code == LDAP_SUCCESS && cookie.bv_len > 0 &&
		 tally->people + tally->outside + tally->groups < COUNTED_MAX);
	ber_memfree(cookie.bv_val);
}

static void say_people(struct upstream *up, const struct tally *tally, bool cut)
{
	if (tally->people == 0)
		check(up, "people", VERDICT_WARNING, 0, BECAUSE_NOBODY,
			WITH(NUMBER("outside", tally->outside)));
	else
		check(up, "people", VERDICT_GOOD, tally->people,
			cut ? BECAUSE_PEOPLE_AT_LEAST : BECAUSE_PEOPLE,
			WITH(NUMBER("n", tally->people), NUMBER("disabled", tally->disabled),
				NUMBER("outside", tally->outside)));
}

static void say_groups(struct upstream *up, const struct tally *tally, bool cut)
{
	check(up, "groups", tally->groups > 0 ? VERDICT_GOOD : VERDICT_WARNING, tally->groups,
		cut ? BECAUSE_GROUPS_AT_LEAST : BECAUSE_GROUPS, WITH(NUMBER("n", tally->groups)));
}

static void check_counts(struct upstream *up)
{
	struct tally tally = { 0 };

	count_entries(up, &tally);
	uint64_t all = tally.people + tally.outside + tally.groups + tally.units + tally.others;
	bool cut = tally.cut || tally.code != LDAP_SUCCESS;
	const char *error = ldap_err2string(tally.code);
	if (tally.code == LDAP_SIZELIMIT_EXCEEDED || tally.code == LDAP_ADMINLIMIT_EXCEEDED)
		check(up, "limits", VERDICT_BAD, all, BECAUSE_CUT,
			WITH(NUMBER("n", all), TEXT("error", error)));
	else if (tally.code != LDAP_SUCCESS)
		check(up, "limits", VERDICT_BAD, 0, BECAUSE_UNREAD, WITH(TEXT("error", error)));
	else
		check(up, "limits", VERDICT_GOOD, 0, tally.paged ? BECAUSE_PAGED : BECAUSE_WHOLE,
			NULL);
	say_people(up, &tally, cut);
	say_groups(up, &tally, cut);
}

/* ---- are deletions seen? ---- */

/* An account without List on the container gets it without its objectGUID, or not at all. */
static void check_tombstones(struct upstream *up)
{
	static char *attributes[] = { "objectGUID", NULL };
	LDAPControl show = { .ldctl_oid = SHOW_DELETED, .ldctl_iscritical = 1 };
	LDAPControl *controls[] = { &show, NULL };
	struct span context = rootdse_first(&up->root, "defaultNamingContext");
	struct lookup lookup = { .base = arena_printf(
					 up->arena, "CN=Deleted Objects,%.*s", SPAN_ARGS(context)),
		.scope = LDAP_SCOPE_BASE,
		.attributes = attributes,
		.controls = controls };
	int code = lookup_run(up, &lookup);
	bool seen = code == LDAP_SUCCESS && lookup_first(up, &lookup) &&
		    lookup_value(up, &lookup, "objectGUID").len > 0;

	lookup_end(&lookup);
	if (seen)
		check(up, "deletions", VERDICT_GOOD, 0, BECAUSE_TOMBSTONES, NULL);
	else
		check(up, "deletions", VERDICT_WARNING, 0, BECAUSE_NO_TOMBSTONES,
			WITH(TEXT("base", lookup.base)));
}

/* RFC 4533: the base says how far it is only where the provider overlay serves it. */
static void check_provider(struct upstream *up)
{
	static char *attributes[] = { "contextCSN", NULL };
	struct span context = task_context(up);
	struct lookup lookup = { .base = arena_string(up->arena, context),
		.scope = LDAP_SCOPE_BASE,
		.attributes = attributes };
	int code = lookup_run(up, &lookup);
	bool has = code == LDAP_SUCCESS && lookup_first(up, &lookup) &&
		   lookup_value(up, &lookup, "contextCSN").len > 0;
	bool log = rootdse_has(&up->root, "namingContexts", "cn=accesslog");

	lookup_end(&lookup);
	if (has)
		check(up, "deletions", VERDICT_GOOD, 0, log ? BECAUSE_ACCESSLOG : BECAUSE_PROVIDER,
			NULL);
	else
		check(up, "deletions", VERDICT_WARNING, 0, BECAUSE_NO_PROVIDER,
			WITH(TEXT("base", lookup.base)));
}

static void check_changelog(struct upstream *up)
{
	struct span log = rootdse_first(&up->root, "changelog");
	struct span last = rootdse_first(&up->root, "lastchangenumber");

	if (log.len == 0)
		check(up, "deletions", VERDICT_WARNING, 0, BECAUSE_NO_CHANGELOG, NULL);
	else
		check(up, "deletions", VERDICT_GOOD, 0,
			last.len > 0 ? BECAUSE_CHANGELOG_AT : BECAUSE_CHANGELOG,
			WITH(TEXT("base", arena_string(up->arena, log)),
				TEXT("last", arena_string(up->arena, last))));
}

static void check_deletions(struct upstream *up)
{
	if (rootdse_is_ad(&up->root))
		check_tombstones(up);
	else if (rootdse_is_389(&up->root))
		check_changelog(up);
	else if (rootdse_has(&up->root, "supportedControl", LDAP_CONTROL_SYNC))
		check_provider(up);
	else
		check(up, "deletions", VERDICT_WARNING, 0, BECAUSE_UNTOLD, NULL);
}

/* ---- groups ---- */

static void check_nesting(struct upstream *up)
{
	enum because_code code = rootdse_is_ad(&up->root)    ? BECAUSE_NESTED_AD
				 : rootdse_is_389(&up->root) ? BECAUSE_NESTED_389
							     : BECAUSE_NESTED;

	check(up, "memberOf", VERDICT_GOOD, 0, code, NULL);
}

static int find_group(struct upstream *up, struct span name)
{
	struct lookup lookup = { .base = arena_string(up->arena, up->order.base),
		.scope = LDAP_SCOPE_SUBTREE,
		.attributes = mapped_attributes(up),
		.limit = 3 };
	struct tally tally = { 0 };
	struct buffer filter;
	struct uuid anchor;

	buffer_init(&filter, 8 * KIB);
	task_put_equal(&filter, uuid_parse(name, &anchor) ? "entryUUID" : "cn", name);
	lookup.filter = arena_string(up->arena, buffer_span(&filter));
	buffer_free(&filter);
	if (lookup_run(up, &lookup) == LDAP_SUCCESS)
		tally_page(up, &lookup, &tally);
	lookup_end(&lookup);
	return (int)tally.groups;
}

static void check_groups(struct upstream *up)
{
	for (size_t i = 0; i < up->order.groups.count; i++) {
		struct span name = up->order.groups.rows[i];
		int found = find_group(up, name);

		enum because_code code = found == 1   ? BECAUSE_GROUP
					 : found == 0 ? BECAUSE_NO_GROUP
						      : BECAUSE_SOME_GROUPS;
		check(up, "mapped-group", found == 1 ? VERDICT_GOOD : VERDICT_WARNING,
			(uint64_t)found, code, WITH(TEXT("group", arena_string(up->arena, name))));
		arena_reset(up->arena);
	}
}

void probe_run(struct upstream *up)
{
	upstream_connect(up);
	connector_discover(up);
	check(up, "connector", VERDICT_GOOD, 0, BECAUSE_FOLLOWED,
		WITH(TEXT("connector", connector_name(up->connector->kind))));
	upstream_enter(up, STAGE_SEARCH);
	mapped_begin(up);
	if (check_base(up)) {
		check_counts(up);
		check_groups(up);
	}
	check_deletions(up);
	check_nesting(up);
	task_done(up);
}
