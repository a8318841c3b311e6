/* Entries from their records into the output: no tree, no allocation, no look-up but for what an
 * attribute that was asked for needs. */
#include "in/ldap/answer_int.h"

#include "base/limits.h"
#include "core/audit.h"
#include "core/people.h"
#include "wire/ldap_postal.h"
#include "wire/tlv.h"

static struct span name_of(enum attr attr)
{
	return span_str(attr_row(attr)->ldap);
}

/* Rows from `first` to `end` are the values of one attribute. */
static void put_stored(
	struct entry_writer *w, const struct record *record, size_t first, size_t end)
{
	struct value value = record_row(record, first);

	if (end - first == 1) {
		entry_put_value(w, name_of(value.attr), value.octets);
		return;
	}
	entry_open_attribute(w, name_of(value.attr));
	for (size_t i = first; i < end; i++)
		tlv_put(w->out, TLV_OCTETS, record_row(record, i).octets);
	entry_close_attribute(w);
}

static void put_addresses(
	struct entry_writer *w, const struct record *record, size_t first, size_t end)
{
	entry_open_attribute(w, name_of(ATTR_ADDRESS));
	for (size_t i = first; i < end; i++) {
		size_t opened = tlv_open(w->out, TLV_OCTETS);

		postal_put(w->out, record_row(record, i).octets);
		tlv_close(w->out, opened);
	}
	entry_close_attribute(w);
}

static void put_dn_value(struct conn *conn, struct buffer *out, const struct record *record)
{
	size_t opened = tlv_open(out, TLV_OCTETS);

	identity_put_dn(conn, out, record);
	tlv_close(out, opened);
}

static void put_member_dn(
	struct conn *conn, struct view *view, struct buffer *out, const struct edge *edge)
{
	size_t opened = tlv_open(out, TLV_OCTETS);

	identity_put_member_dn(conn, view, out, edge);
	tlv_close(out, opened);
}

/* Ids of entries, as DNs; those that are gone or without a place in the tree are left out. */
static void put_references(struct conn *conn, struct view *view, struct entry_writer *w,
	const struct record *record, size_t first, size_t end)
{
	bool opened = false;

	for (size_t i = first; i < end; i++) {
		struct value value = record_row(record, i);
		struct record target;
		struct uuid id;

		if (!uuid_from_octets(value.octets, &id))
			continue;
		if (!view_by_id(view, record->tenant, &id, &target) || !kind_row(target.kind)->ou ||
			access_hides(conn, view, &target))
			continue;
		if (!opened)
			entry_open_attribute(w, name_of(value.attr));
		opened = true;
		put_dn_value(conn, w->out, &target);
	}
	if (opened)
		entry_close_attribute(w);
}

static void put_rows(struct conn *conn, struct view *view, struct entry_writer *w,
	const struct selection *selection, const struct record *record)
{
	for (size_t i = 0, end; i < record->count; i = end) {
		enum attr attr = record_row(record, i).attr;

		for (end = i + 1; end < record->count && record_row(record, end).attr == attr;)
			end++;
		if (!selection_has(selection, attr))
			continue;
		if (selection->types_only)
			entry_put_type(w, name_of(attr));
		else if (attr_row(attr)->syntax == SYNTAX_REFERENCE)
			put_references(conn, view, w, record, i, end);
		else if (attr == ATTR_ADDRESS)
			put_addresses(w, record, i, end);
		else
			put_stored(w, record, i, end);
	}
}

/* The walks below write the attribute only when there is a first value. */

/* A member that the identity's filter leaves out. */
static bool member_is_known(struct view *view, const struct search *known,
	const struct record *container, const struct edge *edge)
{
	struct record member;

	return !known ||
	       (view_entry(view, container->tenant, edge->member_kind, edge->member, &member) &&
		       search_holds(known, &member));
}

/* Under `attr`, MEMBER or MEMBER_UID. The latter is a POSIX group's, names people and is IA5 text.
 */
static void put_members(struct conn *conn, struct view *view, struct entry_writer *w,
	const struct record *record, enum attr attr)
{
	struct member_walk *walk =
		view_members(view, conn->shard->turn, record->tenant, record->number, 0);
	const struct actor *actor = &conn->identity.actor;
	const struct sight *sight =
		view_sight(view, conn->shard->turn, actor, record->tenant, false);
	struct search *known = access_search(conn, view);
	bool as_uid = attr == ATTR_MEMBER_UID;
	struct edge edge;
	bool opened = false;

	while (member_walk_next(walk, &edge)) {
		if (!sight_sees_member(sight, &edge) ||
			(as_uid && (edge.member_kind != KIND_USER ||
					   !span_is_ascii(edge.member_name))) ||
			!member_is_known(view, known, record, &edge))
			continue;
		if (!opened)
			entry_open_attribute(w, name_of(attr));
		opened = true;
		if (as_uid)
			tlv_put(w->out, TLV_OCTETS, edge.member_name);
		else
			put_member_dn(conn, view, w->out, &edge);
	}
	member_walk_close(walk);
	if (known)
		search_close(known);
	if (opened)
		entry_close_attribute(w);
}

static void put_member_of(
	struct conn *conn, struct view *view, struct entry_writer *w, const struct record *record)
{
	struct container_walk *walk = identity_containers(conn, view, record->number);
	struct record container;
	enum kind kind;
	uint32_t number;
	bool opened = false;

	while (container_walk_next(walk, &kind, &number)) {
		if (!view_entry(view, record->tenant, kind, number, &container))
			continue;
		if (!opened)
			entry_open_attribute(w, name_of(ATTR_MEMBER_OF));
		opened = true;
		put_dn_value(conn, w->out, &container);
	}
	container_walk_close(walk);
	if (opened)
		entry_close_attribute(w);
}

static void put_classes(struct entry_writer *w, uint64_t classes)
{
	entry_open_attribute(w, name_of(ATTR_OBJECT_CLASS));
	for (enum object_class i = CLASS_NONE + 1; i < CLASS_COUNT; i++)
		if (classes >> i & 1)
			tlv_put(w->out, TLV_OCTETS, span_str(class_row(i)->name));
	entry_close_attribute(w);
}

static void put_made(
	struct view *view, struct entry_writer *w, enum attr attr, const struct record *record)
{
	uint8_t room[LIMIT_VALUE_OCTETS] __attribute__((uninitialized));
	size_t len = view_made(view, record, attr, room);

	if (len > 0)
		entry_put_value(w, name_of(attr), span_of(room, len));
}

static void put_computed(struct conn *conn, struct view *view, struct entry_writer *w,
	enum attr attr, const struct record *record)
{
	enum object_class structural;

	switch (attr) {
	case ATTR_MEMBER:
	case ATTR_MEMBER_UID:
		put_members(conn, view, w, record, attr);
		break;
	case ATTR_MEMBER_OF:
		put_member_of(conn, view, w, record);
		break;
	case ATTR_ENTRY_DN:
	case ATTR_DISTINGUISHED_NAME:
		entry_open_attribute(w, name_of(attr));
		put_dn_value(conn, w->out, record);
		entry_close_attribute(w);
		break;
	case ATTR_SUBSCHEMA:
		entry_put_value(w, name_of(attr), SPAN("cn=Subschema"));
		break;
	case ATTR_STRUCTURAL_CLASS:
		structural = classes_structural(record_classes(record));
		entry_put_value(w, name_of(attr), span_str(class_row(structural)->name));
		break;
	case ATTR_HAS_SUBORDINATES:
		entry_put_value(w, name_of(attr), SPAN("FALSE"));
		break;
	default:
		put_made(view, w, attr, record);
	}
}

static bool has_computed(
	struct conn *conn, struct view *view, const struct record *record, enum attr attr)
{
	uint8_t room[LIMIT_VALUE_OCTETS] __attribute__((uninitialized));
	struct container_walk *walk;
	enum kind kind;
	uint32_t number;
	bool has;

	switch (attr) {
	case ATTR_MEMBER:
	case ATTR_MEMBER_UID:
		return view_member_count(view, record->tenant, record->number) > 0;
	case ATTR_MEMBER_OF:
		walk = view_containers(view, conn->shard->turn, record->tenant, record->number,
			1U << KIND_ROLE | 1U << KIND_SCOPE | 1U << KIND_GROUP);
		has = container_walk_next(walk, &kind, &number);
		container_walk_close(walk);
		return has;
	case ATTR_ENTRY_DN:
	case ATTR_DISTINGUISHED_NAME:
	case ATTR_SUBSCHEMA:
	case ATTR_STRUCTURAL_CLASS:
	case ATTR_HAS_SUBORDINATES:
		return true;
	default:
		return view_made(view, record, attr, room) > 0;
	}
}

/* Not what the entry's own values say already, nor what is a POSIX group's alone. */
static bool is_to_be_made(const struct record *record, enum attr attr)
{
	if (!(attr_row(attr)->kinds >> record->kind & 1))
		return false;
	if (attr == ATTR_MEMBER_UID)
		return record_first(record, ATTR_GID_NUMBER).len > 0;
	return !attr_has(attr, ATTR_MADE) || record_first(record, attr).len == 0;
}

static void put_all_computed(struct conn *conn, struct view *view, struct entry_writer *w,
	const struct selection *selection, const struct record *record)
{
	static const enum attr computed[] = { ATTR_ID, ATTR_CREATED, ATTR_MODIFIED, ATTR_ENTRY_CSN,
		ATTR_MEMBER, ATTR_MEMBER_UID, ATTR_MEMBER_OF, ATTR_HOME_DIRECTORY, ATTR_LOGIN_SHELL,
		ATTR_GECOS, ATTR_SHADOW_LAST_CHANGE, ATTR_ENTRY_DN, ATTR_SUBSCHEMA,
		ATTR_STRUCTURAL_CLASS, ATTR_HAS_SUBORDINATES, ATTR_AUTH_TIMESTAMP,
		ATTR_PASSWORD_RESET, ATTR_PASSWORD_LOCKED, ATTR_ACCOUNT_NAME, ATTR_PRINCIPAL_NAME,
		ATTR_OBJECT_GUID, ATTR_DISTINGUISHED_NAME, ATTR_WHEN_CREATED, ATTR_WHEN_CHANGED,
		ATTR_ACCOUNT_CONTROL };
	bool ad_names = shows_ad_names(conn);

	for (size_t i = 0; i < sizeof computed / sizeof *computed; i++) {
		enum attr attr = computed[i];

		if (!selection_has(selection, attr) || !is_to_be_made(record, attr) ||
			(attr_has(attr, ATTR_AD_NAME) && !ad_names))
			continue;
		if (!selection->types_only)
			put_computed(conn, view, w, attr, record);
		else if (has_computed(conn, view, record, attr))
			entry_put_type(w, name_of(attr));
	}
}

void emit_attributes(struct conn *conn, struct view *view, struct entry_writer *w,
	const struct selection *selection, const struct record *record)
{
	struct selection narrowed;

	selection = access_selection(&conn->identity, record, selection, &narrowed);
	if (selection_has(selection, ATTR_OBJECT_CLASS)) {
		if (selection->types_only)
			entry_put_type(w, name_of(ATTR_OBJECT_CLASS));
		else
			put_classes(w, record_classes(record));
	}
	put_rows(conn, view, w, selection, record);
	put_all_computed(conn, view, w, selection, record);
}

void emit_record_to(struct buffer *out, struct conn *conn, struct view *view, int32_t id,
	const struct selection *selection, const struct record *record)
{
	struct entry_writer w;
	size_t dn;

	entry_open(&w, out, id);
	dn = entry_open_dn(&w);
	identity_put_dn(conn, w.out, record);
	entry_close_dn(&w, dn);
	emit_attributes(conn, view, &w, selection, record);
	matched_values_apply(selection->matched, &w);
	entry_close(&w);
	deref_apply(conn, view, w.out, w.message, selection->deref, record);
}

void emit_record(struct conn *conn, struct view *view, int32_t id,
	const struct selection *selection, const struct record *record)
{
	emit_record_to(stream_output(conn->stream), conn, view, id, selection, record);
}

static bool special_wanted(const struct selection *selection, const struct special_value *value)
{
	if (value->attr != ATTR_NONE)
		return selection_has(selection, value->attr);
	if (value->operational ? selection->all_operational : selection->all_user)
		return true;
	return selection_has_name(selection, span_str(value->name));
}

void emit_special(struct conn *conn, int32_t id, const struct selection *selection,
	const struct special *special)
{
	emit_special_to(stream_output(conn->stream), id, selection, special);
}

void emit_special_to(struct buffer *out, int32_t id, const struct selection *selection,
	const struct special *special)
{
	struct entry_writer w;
	size_t dn;

	entry_open(&w, out, id);
	dn = entry_open_dn(&w);
	buffer_put_span(w.out, special->dn);
	entry_close_dn(&w, dn);
	for (size_t i = 0, end; i < special->count; i = end) {
		const struct special_value *first = &special->values[i];

		for (end = i + 1; end < special->count &&
				  strcmp(special->values[end].name, first->name) == 0;)
			end++;
		if (!special_wanted(selection, first))
			continue;
		entry_open_attribute(&w, span_str(first->name));
		for (size_t n = i; n < end && !selection->types_only; n++)
			tlv_put(w.out, TLV_OCTETS, special->values[n].value);
		entry_close_attribute(&w);
	}
	matched_values_apply(selection->matched, &w);
	entry_close(&w);
}
