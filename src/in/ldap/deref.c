/* OpenLDAP's dereference control: with each entry come attributes of those that it names, so that a
 * group's members need no search each. The names are taken as the entry shows them, and of what
 * they name only what the identity may see is told. */
#include "in/ldap/answer_int.h"

#include "base/limits.h"
#include "wire/tlv.h"

#define ATTRIBUTES 0xa0

struct deref_spec {
	enum attr attr;
	struct selection names; /* the attribute alone */
	struct selection shown; /* of what it names */
};

struct deref_list {
	size_t count;
	struct deref_spec specs[LIMIT_LDAP_DEREF];
};

static bool has(const struct deref_list *list, enum attr attr)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->specs[i].attr == attr)
			return true;
	return false;
}

static enum err add(
	struct deref_list *list, enum attr attr, const struct deref *deref, struct why *why)
{
	struct deref_spec *spec = &list->specs[list->count];

	if (attr_row(attr)->syntax != SYNTAX_REFERENCE)
		return fail(why, ERR_PROTOCOL, NULL, "what is dereferenced is no name of an entry");
	if (has(list, attr))
		return fail(why, ERR_PROTOCOL, NULL, "an attribute is dereferenced twice");
	if (deref->attributes.len == 0)
		return fail(why, ERR_PROTOCOL, NULL, "no attribute is asked of what is named");
	if (list->count == LIMIT_LDAP_DEREF)
		return fail(why, ERR_TOO_LARGE, NULL, "more than %d attributes to dereference",
			LIMIT_LDAP_DEREF);
	spec->attr = attr;
	spec->names = (struct selection){ 0 };
	spec->names.wanted[attr / 64] |= UINT64_C(1) << (attr % 64);
	list->count++;
	return selection_read(deref->attributes, false, &spec->shown, why);
}

enum err deref_read(struct arena *arena, struct span elements, bool critical,
	const struct deref_list **result, struct why *why)
{
	struct deref_list *list = arena_alloc(arena, sizeof *list);
	struct deref deref;

	list->count = 0;
	while (elements.len > 0 && deref_next(&elements, &deref)) {
		enum attr attr = attr_by_ldap(deref.attribute);
		enum err err = OK;

		if (attr != ATTR_NONE)
			err = add(list, attr, &deref, why);
		else if (critical)
			err = fail(why, ERR_PROTOCOL, NULL,
				"an attribute to dereference is not known");
		if (err != OK)
			return err;
	}
	*result = list;
	return OK;
}

/* One DerefRes; without attributes when there is nothing that may be seen. */
static void put_result(struct conn *conn, struct view *view, struct buffer *out,
	const struct deref_spec *spec, struct span dn)
{
	size_t result = tlv_open(out, TLV_SEQUENCE), attributes;
	struct entry_writer w = { .out = out };
	struct record target;

	tlv_put_text(out, TLV_OCTETS, attr_row(spec->attr)->ldap);
	tlv_put(out, TLV_OCTETS, dn);
	if (target_resolve(conn, view, dn, &target) && access_sees(conn, view, &target)) {
		attributes = tlv_open(out, ATTRIBUTES);
		emit_attributes(conn, view, &w, &spec->shown, &target);
		if (tlv_opened(out, attributes).len > 0)
			tlv_close(out, attributes);
		else
			out->len = attributes;
	}
	tlv_close(out, result);
}

static void put_spec(struct conn *conn, struct view *view, struct buffer *out,
	const struct deref_spec *spec, const struct record *record)
{
	struct buffer shown;
	struct entry_writer w = { .out = &shown };
	struct tlv_reader in, attribute, values;

	buffer_init(&shown, LIMIT_LDAP_OUTPUT);
	emit_attributes(conn, view, &w, &spec->names, record);
	in = tlv_reader_of(shown.failed ? SPAN_NONE : buffer_span(&shown));
	if (tlv_more(&in)) {
		attribute = tlv_reader_of(tlv_take(&in, TLV_SEQUENCE));
		tlv_take(&attribute, TLV_OCTETS);
		values = tlv_reader_of(tlv_take(&attribute, TLV_SET));
		while (tlv_more(&values) && !out->failed)
			put_result(conn, view, out, spec, tlv_take(&values, TLV_OCTETS));
	}
	out->failed = out->failed || shown.failed;
	buffer_free(&shown);
}

void deref_apply(struct conn *conn, struct view *view, struct buffer *out, size_t message,
	const struct deref_list *list, const struct record *record)
{
	struct buffer content;

	if (!list)
		return;
	buffer_init(&content, LIMIT_LDAP_OUTPUT);
	for (size_t i = 0; i < list->count; i++)
		put_spec(conn, view, &content, &list->specs[i], record);
	/* Half of a group would be taken for all of it. */
	if (content.failed || content.len == 0)
		buffer_free(&content);
	else
		deref_write(out, message, &content);
}
