#include "in/ldap/answer_int.h"

#include "base/limits.h"
#include "model/object_class.h"
#include "wire/ldap_schema.h"
#include "wire/tlv.h"

#include <pthread.h>

/* Masks of what "*" and "+" mean, made once from the attribute table. */
static struct {
	pthread_once_t once;
	uint64_t user[ATTR_LIMIT / 64], operational[ATTR_LIMIT / 64], name[ATTR_LIMIT / 64];
} masks = { .once = PTHREAD_ONCE_INIT };

static void set_bit(uint64_t *mask, enum attr attr)
{
	mask[attr / 64] |= UINT64_C(1) << (attr % 64);
}

static void make_masks(void)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (!rows[i].ldap || attr_is_hidden(rows[i].attr))
			continue;
		set_bit(rows[i].flags & ATTR_OPERATIONAL ? masks.operational : masks.user,
			rows[i].attr);
		if (attr_is_name(rows[i].attr))
			set_bit(masks.name, rows[i].attr);
	}
}

static void add_mask(struct selection *selection, const uint64_t *mask)
{
	for (size_t i = 0; i < ATTR_LIMIT / 64; i++)
		selection->wanted[i] |= mask[i];
}

static void add_attribute(struct selection *selection, struct span name)
{
	enum attr attr = attr_by_ldap(name);

	if (attr != ATTR_NONE && !attr_is_hidden(attr))
		set_bit(selection->wanted, attr);
}

static void add_list(struct selection *selection, struct span names)
{
	while (names.len > 0)
		add_attribute(selection, span_cut(&names, ' '));
}

/* RFC 4529 section 2: what the class and its superclasses ask for and allow. */
static void add_class(struct selection *selection, struct span name)
{
	enum object_class class = class_find(name);

	for (; class != CLASS_NONE; class = class_row(class)->superclass) {
		add_list(selection, span_str(class_row(class)->must));
		add_list(selection, span_str(class_row(class)->may));
	}
}

static void add_name(struct selection *selection, struct span name)
{
	if (span_equal(name, SPAN("*"))) {
		selection->all_user = true;
	} else if (span_equal(name, SPAN("+"))) {
		selection->all_operational = true;
	} else if (span_equal_nocase(name, SPAN("name")) || span_equal(name, SPAN("2.5.4.41"))) {
		add_mask(selection, masks.name);
	} else if (span_starts(name, SPAN("@"))) {
		add_class(selection, span_from(name, 1));
	} else {
		add_attribute(selection, name);
	}
}

enum err selection_read(
	struct span names, bool types_only, struct selection *selection, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(names);
	size_t count = 0;

	pthread_once(&masks.once, make_masks);
	*selection = (struct selection){ .types_only = types_only, .names = names };
	for (; tlv_more(&in); count++) {
		if (count == LIMIT_LDAP_ATTRIBUTES)
			return fail(why, ERR_TOO_LARGE, NULL, "more than %d attributes",
				LIMIT_LDAP_ATTRIBUTES);
		add_name(selection, tlv_take(&in, TLV_OCTETS));
	}
	selection->all_user = selection->all_user || count == 0;
	if (selection->all_user)
		add_mask(selection, masks.user);
	if (selection->all_operational)
		add_mask(selection, masks.operational);
	return OK;
}

bool selection_has_name(const struct selection *selection, struct span name)
{
	struct tlv_reader in = tlv_reader_of(selection->names);

	while (tlv_more(&in))
		if (span_equal_nocase(tlv_take(&in, TLV_OCTETS), name))
			return true;
	return false;
}
