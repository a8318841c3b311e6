#include "model/naming.h"

#include "model/value.h"

enum err naming_init(
	struct arena *arena, struct span suffix, struct naming *naming, struct why *why)
{
	struct dn dn;
	enum err err = dn_parse(arena, suffix, &dn, why);

	if (err != OK)
		return err;
	if (dn.rdns == 0)
		return fail(why, ERR_DN, NULL, "the suffix is empty");
	*naming = (struct naming){ arena_copy(arena, suffix), dn };
	return OK;
}

static enum kind kind_of_ou(struct span ou)
{
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		const struct kind_row *row = kind_row(kind);
		if (row != NULL && row->ou != NULL &&
			value_equal(ATTR_DIVISION, ou, span_str(row->ou)))
			return kind;
	}
	return KIND_NONE;
}

/* The value of the RDN that ends before `left` (avas stand leaf first) when it is a single one of
 * `attr`, else empty. */
static struct span rdn_value(const struct dn *dn, size_t left, enum attr attr)
{
	if (left == 0 || dn->avas[left - 1].attr != attr)
		return SPAN_NONE;
	bool alone = left == 1 || dn->avas[left - 2].last;
	return alone ? dn->avas[left - 1].value : SPAN_NONE;
}

/* Goes down from the suffix as far as the tree can reach; gives the number of RDNs taken. */
static size_t descend(const struct dn *dn, size_t left, struct located *located)
{
	struct span tenant = rdn_value(dn, left, ATTR_ORGANIZATION);
	if (tenant.len == 0)
		return 0;
	located->tenant = tenant;
	located->place = PLACE_TENANT;
	enum kind kind = kind_of_ou(rdn_value(dn, left - 1, ATTR_DIVISION));
	if (kind == KIND_NONE)
		return 1;
	located->kind = kind;
	located->place = PLACE_CONTAINER;
	struct span name = rdn_value(dn, left - 2, kind_row(kind)->naming);
	if (name.len == 0)
		return 2;
	located->name = name;
	located->place = PLACE_ENTRY;
	return 3;
}

void naming_locate(const struct naming *naming, const struct dn *dn, struct located *located)
{
	*located = (struct located){ .place = dn->rdns == 0 ? PLACE_ROOT : PLACE_OUTSIDE };
	if (!dn_is_below(dn, &naming->dn))
		return;
	size_t left = dn->count - naming->dn.count;
	located->place = PLACE_SUFFIX;
	size_t taken = descend(dn, left, located);
	located->matched = naming->dn.rdns + taken;
	if (taken < left)
		located->place = PLACE_NOWHERE;
}

void naming_put_tenant(struct buffer *out, const struct naming *naming, struct span tenant)
{
	buffer_put(out, "o=", 2);
	dn_put_value(out, tenant);
	buffer_put_octet(out, ',');
	buffer_put_span(out, naming->suffix);
}

void naming_put_container(
	struct buffer *out, const struct naming *naming, struct span tenant, enum kind kind)
{
	buffer_put(out, "ou=", 3);
	buffer_put_span(out, span_str(kind_row(kind)->ou));
	buffer_put_octet(out, ',');
	naming_put_tenant(out, naming, tenant);
}

void naming_put_entry(struct buffer *out, const struct naming *naming, struct span tenant,
	enum kind kind, struct span name)
{
	buffer_put_span(out, span_str(attr_row(kind_row(kind)->naming)->ldap));
	buffer_put_octet(out, '=');
	dn_put_value(out, name);
	buffer_put_octet(out, ',');
	naming_put_container(out, naming, tenant, kind);
}
