#include "in/ldap/answer_int.h"

#include "model/value.h"

/* The DN of the nearest ancestor that is there for everybody of the tenant: matchedDN, RFC 4511
 * section 4.1.9. Of another tenant's tree that is the suffix, so that no tenant can be found out.
 */
static int not_found(
	struct conn *conn, const struct located *located, bool own, struct span *matched)
{
	const struct naming *naming = &conn->shard->door->naming;
	struct buffer *scratch = &conn->shard->scratch;
	struct span tenant = span_str(conn->identity.tenant);

	if (located->place == PLACE_OUTSIDE || located->place == PLACE_ROOT)
		return RESULT_NO_SUCH_OBJECT;
	buffer_reset(scratch);
	if (own && located->kind != KIND_NONE)
		naming_put_container(scratch, naming, tenant, located->kind);
	else if (own)
		naming_put_tenant(scratch, naming, tenant);
	else
		buffer_put_span(scratch, naming->suffix);
	*matched = buffer_span(scratch);
	return RESULT_NO_SUCH_OBJECT;
}

bool target_is_own(struct conn *conn, struct view *view, struct span name)
{
	struct tenant_info tenant;

	if (name.len == 0)
		return false;
	if (span_equal_nocase(name, span_str(conn->identity.tenant)))
		return true;
	return view_tenant(view, name, &tenant) && tenant.number == conn->identity.actor.tenant;
}

static bool is_subschema(const struct dn *dn)
{
	return dn->count == 1 && dn->avas[0].attr == ATTR_COMMON_NAME &&
	       value_equal(ATTR_COMMON_NAME, dn->avas[0].value, SPAN("subschema"));
}

static bool find_entry(
	struct conn *conn, struct view *view, const struct located *located, struct record *record)
{
	return view_by_rdn(view, conn->shard->turn, conn->identity.actor.tenant, located->kind,
		       &located->rdn, record) &&
	       access_sees(conn, view, record);
}

/* Nothing is below an entry: that is as far as the DN leads. */
static int not_below(struct conn *conn, struct view *view, const struct located *located, bool own,
	struct span *matched)
{
	struct buffer *scratch = &conn->shard->scratch;
	struct record record;

	if (!own || located->rdn.count == 0 || !find_entry(conn, view, located, &record))
		return not_found(conn, located, own, matched);
	buffer_reset(scratch);
	naming_put_entry(
		scratch, &conn->shard->door->naming, span_str(conn->identity.tenant), &record);
	*matched = buffer_span(scratch);
	return RESULT_NO_SUCH_OBJECT;
}

static bool is_last_base(const struct identity *identity, struct span text, struct target *target)
{
	const struct last_base *last = &identity->last_base;

	if (last->len == 0 || !span_equal(text, span_of(last->octets, last->len)))
		return false;
	target->place = last->place;
	target->kind = last->kind;
	return true;
}

static void keep_last_base(struct identity *identity, struct span text, const struct target *target)
{
	struct last_base *last = &identity->last_base;

	if (text.len > LAST_BASE_MAX)
		return;
	memcpy(last->octets, text.data, text.len);
	last->len = text.len;
	last->place = target->place;
	last->kind = target->kind;
}

/* The DN that is named when the alias is replaced by what it stands for. */
static struct span led_on(struct conn *conn, const struct record *alias, const struct dn *rest)
{
	struct span aliased = record_first(alias, ATTR_ALIASED_OBJECT);

	if (rest->count == 0)
		return aliased;
	struct span below = dn_text(conn->shard->turn, rest);
	return span_str(
		arena_printf(conn->shard->turn, "%.*s,%.*s", SPAN_ARGS(below), SPAN_ARGS(aliased)));
}

static int refer(struct conn *conn, const struct record *referral, const struct dn *rest,
	const struct seek *seek, struct span *matched)
{
	struct buffer *urls = &conn->shard->referral, *scratch = &conn->shard->scratch;

	buffer_reset(urls);
	pointer_put_urls(conn, urls, referral, rest, seek->scope);
	buffer_reset(scratch);
	pointer_put_dn(conn, scratch, referral);
	*matched = buffer_span(scratch);
	return RESULT_REFERRAL;
}

/* At or below an alias or a referral. RESULT_ALIAS_DEREF_PROBLEM: *next is to be looked for. */
static int meet_pointer(struct conn *conn, const struct record *pointer, const struct dn *rest,
	const struct seek *seek, struct target *target, struct span *matched, struct span *next)
{
	bool is_alias = record_has(pointer, ATTR_ALIASED_OBJECT);

	if (!is_alias && !conn->manages)
		return refer(conn, pointer, rest, seek, matched);
	if (is_alias && seek->deref) {
		*next = led_on(conn, pointer, rest);
		return RESULT_ALIAS_DEREF_PROBLEM;
	}
	if (rest->count == 0) {
		*target = (struct target){ .place = PLACE_POINTER, .record = *pointer };
		return RESULT_SUCCESS;
	}
	buffer_reset(&conn->shard->scratch);
	pointer_put_dn(conn, &conn->shard->scratch, pointer);
	*matched = buffer_span(&conn->shard->scratch);
	return RESULT_NO_SUCH_OBJECT;
}

static int find_located(struct conn *conn, struct view *view, struct span text,
	const struct located *located, bool own, struct target *target, struct span *matched)
{
	target->place = located->place;
	target->kind = located->kind;
	switch (located->place) {
	case PLACE_ROOT:
	case PLACE_SUFFIX:
		return RESULT_SUCCESS;
	case PLACE_TENANT:
	case PLACE_CONTAINER:
		if (!own)
			return not_found(conn, located, own, matched);
		keep_last_base(&conn->identity, text, target);
		return RESULT_SUCCESS;
	case PLACE_ENTRY:
		if (own && find_entry(conn, view, located, &target->record))
			return RESULT_SUCCESS;
		return not_found(conn, located, own, matched);
	default:
		return not_below(conn, view, located, own, matched);
	}
}

/* RESULT_ALIAS_DEREF_PROBLEM as meet_pointer has it. */
static int seek_once(struct conn *conn, struct view *view, struct span *text,
	const struct seek *seek, struct target *target, struct span *matched)
{
	struct located located;
	struct record pointer;
	struct dn dn, rest;
	bool own;

	*target = (struct target){ .place = PLACE_ROOT };
	if (text->len == 0 || is_last_base(&conn->identity, *text, target))
		return RESULT_SUCCESS;
	if (dn_parse(conn->shard->turn, *text, &dn, NULL) != OK)
		return RESULT_INVALID_DN;
	target->subschema = is_subschema(&dn);
	if (target->subschema)
		return RESULT_SUCCESS;
	if (monitor_is_meant(&dn))
		return monitor_find(&conn->identity, &dn, target);
	if (!conn->identity.bound)
		return RESULT_ACCESS;
	if (!dn_is_known(&dn))
		return RESULT_INVALID_DN;
	naming_locate(&conn->shard->door->naming, &dn, &located);
	own = target_is_own(conn, view, located.tenant);
	if (own && located.below.count > 0 && pointers_exist(conn, view) &&
		pointer_above(conn, view, &located.below, &pointer, &rest))
		return meet_pointer(conn, &pointer, &rest, seek, target, matched, text);
	return find_located(conn, view, *text, &located, own, target, matched);
}

/* More aliases one behind the other are taken for a circle. */
#define ALIAS_CHAIN_MAX 16

static int follow_aliases(struct conn *conn, struct view *view, struct span text,
	const struct seek *seek, struct target *target, struct span *matched)
{
	int code = RESULT_ALIAS_DEREF_PROBLEM;

	for (unsigned i = 0; i < ALIAS_CHAIN_MAX && code == RESULT_ALIAS_DEREF_PROBLEM; i++)
		code = seek_once(conn, view, &text, seek, target, matched);
	bool inside = target->place == PLACE_TENANT || target->place == PLACE_CONTAINER ||
		      target->place == PLACE_ENTRY;
	if (code == RESULT_ALIAS_DEREF_PROBLEM || code == RESULT_REFERRAL ||
		(code == RESULT_SUCCESS && inside && access_is_within(&conn->identity, target)))
		return code;
	*matched = SPAN_NONE;
	return RESULT_ALIAS_PROBLEM;
}

int target_seek(struct conn *conn, struct view *view, struct span text, const struct seek *seek,
	struct target *target, struct span *matched)
{
	int code = seek_once(conn, view, &text, seek, target, matched);

	if (code == RESULT_ALIAS_DEREF_PROBLEM)
		code = follow_aliases(conn, view, text, seek, target, matched);
	if (code == RESULT_SUCCESS && target->place != PLACE_ROOT &&
		!access_is_within(&conn->identity, target))
		code = RESULT_NO_SUCH_OBJECT;
	if (code == RESULT_NO_SUCH_OBJECT && access_base(&conn->identity).len > 0)
		*matched = SPAN_NONE; /* what it would name may be outside */
	return code;
}

int target_find(struct conn *conn, struct view *view, struct span text, struct target *target,
	struct span *matched)
{
	static const struct seek plain = { 0 };

	return target_seek(conn, view, text, &plain, target, matched);
}

bool target_is_known(void *arg, struct view *view, const struct record *record)
{
	return !access_hides(arg, view, record);
}

bool target_resolve(void *arg, struct view *view, struct span text, struct record *record)
{
	struct conn *conn = arg;
	struct located located;
	struct dn dn;

	if (dn_parse(conn->shard->turn, text, &dn, NULL) != OK)
		return false;
	naming_locate(&conn->shard->door->naming, &dn, &located);
	return located.place == PLACE_ENTRY && target_is_own(conn, view, located.tenant) &&
	       view_by_rdn(view, conn->shard->turn, conn->identity.actor.tenant, located.kind,
		       &located.rdn, record) &&
	       target_is_known(conn, view, record);
}
