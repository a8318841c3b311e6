/* Compare, RFC 4511 section 4.10. */
#include "in/ldap/answer_int.h"

#include "model/value.h"
#include "wire/ldap_assertion.h"
#include "wire/ldap_schema.h"

static int verdict(enum truth truth)
{
	return truth == TRUTH_TRUE ? RESULT_COMPARE_TRUE : RESULT_COMPARE_FALSE;
}

static bool is_contained(
	struct conn *conn, struct view *view, const struct record *record, uint32_t container)
{
	struct container_walk *walk = identity_containers(conn, view, record->number);
	enum kind kind;
	uint32_t number;
	bool found = false;

	while (!found && container_walk_next(walk, &kind, &number))
		found = number == container;
	container_walk_close(walk);
	return found;
}

static bool is_name(struct conn *conn, struct span value)
{
	struct dn dn;

	return dn_parse(conn->shard->turn, value, &dn, NULL) == OK;
}

/* By uid, letter by letter (RFC 2307 section 2.3), or by DN. */
static bool names_entry(struct conn *conn, struct view *view, enum attr attr, struct span value,
	struct record *record)
{
	if (attr != ATTR_MEMBER_UID)
		return target_resolve(conn, view, value, record);
	return view_by_name(view, conn->shard->turn, conn->identity.actor.tenant, KIND_USER, value,
		       record) &&
	       span_equal(record_first(record, ATTR_USER_NAME), value) &&
	       target_is_known(conn, view, record);
}

static int compare_edge(struct conn *conn, struct view *view, enum attr attr,
	const struct record *record, struct span value)
{
	bool down = attr != ATTR_MEMBER_OF, holds;
	struct record other;
	struct edge edge;

	if (down && !kind_is_container(record->kind))
		return RESULT_NO_SUCH_ATTRIBUTE;
	if (attr == ATTR_MEMBER_UID && record_first(record, ATTR_GID_NUMBER).len == 0)
		return RESULT_NO_SUCH_ATTRIBUTE;
	if (attr != ATTR_MEMBER_UID && !is_name(conn, value))
		return RESULT_INVALID_SYNTAX;
	if (!names_entry(conn, view, attr, value, &other))
		return RESULT_COMPARE_FALSE;
	if (down)
		holds = view_edge(view, record->tenant, record->number, other.number, &edge);
	else
		holds = is_contained(conn, view, record, other.number);
	return verdict(holds ? TRUTH_TRUE : TRUTH_FALSE);
}

/* A value that does not fit the syntax is told apart from one that does not match. */
static int compare_leaf(struct filter *leaf, enum truth present, enum truth equal)
{
	if (present != TRUTH_TRUE)
		return RESULT_NO_SUCH_ATTRIBUTE;
	return leaf->op == FILTER_UNDEFINED ? RESULT_INVALID_SYNTAX : verdict(equal);
}

static size_t made(void *view, const struct record *record, enum attr attr, uint8_t *room)
{
	return view_made(view, record, attr, room);
}

static int compare_self(
	struct conn *conn, struct view *view, const struct record *record, struct span value)
{
	struct record other;

	if (!is_name(conn, value))
		return RESULT_INVALID_SYNTAX;
	return verdict(target_resolve(conn, view, value, &other) && other.kind == record->kind &&
				       other.number == record->number
			       ? TRUTH_TRUE
			       : TRUTH_FALSE);
}

static int compare_record(struct conn *conn, struct view *view, enum attr attr,
	struct record *record, struct span value)
{
	struct arena *arena = conn->shard->turn;
	const struct filter_context context = { .made = made, .arg = view };
	struct filter *present, *leaf;
	struct record other;

	if (attr == ATTR_MEMBER || attr == ATTR_MEMBER_UID || attr == ATTR_MEMBER_OF)
		return compare_edge(conn, view, attr, record, value);
	if (attr == ATTR_ENTRY_DN || (attr == ATTR_DISTINGUISHED_NAME && shows_ad_names(conn)))
		return compare_self(conn, view, record, value);
	/* A stored reference is an id; the assertion is a DN. */
	if (attr_row(attr)->syntax == SYNTAX_REFERENCE && !attr_has(attr, ATTR_COMPUTED)) {
		if (record_find(record, attr) == record->count)
			return RESULT_NO_SUCH_ATTRIBUTE;
		if (!is_name(conn, value))
			return RESULT_INVALID_SYNTAX;
		if (!target_resolve(conn, view, value, &other))
			return RESULT_COMPARE_FALSE;
		return verdict(span_equal(record_first(record, attr), uuid_span(&other.id))
				       ? TRUTH_TRUE
				       : TRUTH_FALSE);
	}
	present = filter_leaf(arena, FILTER_PRESENT, attr, SPAN_NONE);
	leaf = assertion_leaf(arena, FILTER_EQUAL, attr, value);
	filter_settle(conn, &conn->identity, arena, present);
	filter_settle(conn, &conn->identity, arena, leaf);
	return compare_leaf(
		leaf, filter_test(present, record, &context), filter_test(leaf, record, &context));
}

static int compare_special(
	struct conn *conn, const struct target *target, enum attr attr, struct span value)
{
	struct arena *arena = conn->shard->turn;
	struct filter *present = filter_leaf(arena, FILTER_PRESENT, attr, SPAN_NONE);
	struct filter *leaf = assertion_leaf(arena, FILTER_EQUAL, attr, value);
	struct special special;

	special_build(conn, target, &special);
	return compare_leaf(leaf, special_test(present, &special), special_test(leaf, &special));
}

static int compare_attribute(struct conn *conn, struct view *view, struct target *target,
	enum attr attr, struct span value)
{
	if (attr_is_hidden(attr))
		return RESULT_ACCESS;
	if (target->place != PLACE_ENTRY)
		return compare_special(conn, target, attr, value);
	if (!access_shows(&conn->identity, &target->record, attr))
		return RESULT_NO_SUCH_ATTRIBUTE;
	return compare_record(conn, view, attr, &target->record, value);
}

/* A value of one of the attributes that derive from "name" (RFC 4512 section 2.5.1). */
static int compare_names(
	struct conn *conn, struct view *view, struct target *target, struct span value)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);
	int code = RESULT_NO_SUCH_ATTRIBUTE;

	for (size_t i = 0; i < count && code != RESULT_COMPARE_TRUE; i++) {
		if (!attr_is_name(rows[i].attr))
			continue;
		int one = compare_attribute(conn, view, target, rows[i].attr, value);
		code = one == RESULT_NO_SUCH_ATTRIBUTE ? code : one;
	}
	return code;
}

static int compare(struct conn *conn, const struct compare_request *request,
	const struct controls *controls, struct span *matched, struct why *why)
{
	struct view *view = shard_view(conn->shard);
	struct target target;
	enum attr attr;
	int code;

	if (!view)
		return RESULT_UNAVAILABLE;
	identity_refresh(conn, view);
	code = target_find(conn, view, request->dn, &target, matched);
	if (code == RESULT_SUCCESS)
		code = assertion_check(conn, view, &target, controls, why);
	if (code != RESULT_SUCCESS)
		return code;
	switch (type_find(request->attribute, &attr)) {
	case TYPE_ATTRIBUTE:
		return compare_attribute(conn, view, &target, attr, request->value);
	case TYPE_NAMES:
		return compare_names(conn, view, &target, request->value);
	case TYPE_EMPTY:
		return RESULT_NO_SUCH_ATTRIBUTE;
	default:
		return RESULT_UNDEFINED_TYPE;
	}
}

void op_compare(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct compare_request request;
	struct why why = { 0 };
	struct span matched = SPAN_NONE;
	int code;

	if (compare_request_read(pdu->body, &request, &why) != OK) {
		conn_refuse(conn, pdu, ERR_PROTOCOL, &why);
		return;
	}
	code = compare(conn, &request, controls, &matched, &why);
	conn_answer(conn, &(struct result){ .id = pdu->id,
				  .tag = OP_COMPARE_RESPONSE,
				  .code = code,
				  .matched = matched,
				  .text = span_str(why.text) });
	arena_reset(conn->shard->turn);
}
