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

/* The RDN that ends before `left` (avas stand leaf first); none at the leaf's end. */
static struct dn rdn_before(const struct dn *dn, size_t left)
{
	size_t first = left;

	while (first > 0 && (first == left || !dn->avas[first - 1].last))
		first--;
	return (struct dn){ dn->avas + first, left - first, left > 0 };
}

/* Its value when it is a single one of `attr`, else empty. */
static struct span rdn_value(const struct dn *rdn, enum attr attr)
{
	return rdn->count == 1 && rdn->avas[0].attr == attr ? rdn->avas[0].value : SPAN_NONE;
}

/* Goes down from the suffix as far as the tree can reach; gives the number of RDNs taken. `left`
 * becomes that of the avas not taken. */
static size_t descend(const struct dn *dn, size_t *left, struct located *located)
{
	struct dn rdn = rdn_before(dn, *left);
	struct span tenant = rdn_value(&rdn, ATTR_ORGANIZATION);

	if (tenant.len == 0)
		return 0;
	*left -= 1;
	located->tenant = tenant;
	located->place = PLACE_TENANT;
	located->below = (struct dn){ dn->avas, *left, dn->rdns };
	rdn = rdn_before(dn, *left);
	enum kind kind = kind_by_ou(rdn_value(&rdn, ATTR_DIVISION));
	if (kind == KIND_NONE)
		return 1;
	*left -= 1;
	located->kind = kind;
	located->place = PLACE_CONTAINER;
	located->rdn = rdn_before(dn, *left);
	if (located->rdn.count == 0)
		return 2;
	*left -= located->rdn.count;
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
	size_t taken = descend(dn, &left, located);
	located->matched = naming->dn.rdns + taken;
	located->below.rdns -= taken > 0 ? naming->dn.rdns + 1 : 0;
	if (left > 0)
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
	const struct record *record)
{
	struct span rdn = record_first(record, ATTR_RDN);

	if (rdn.len > 0) {
		buffer_put_span(out, rdn);
	} else {
		buffer_put_span(out, span_str(attr_row(kind_row(record->kind)->naming)->ldap));
		buffer_put_octet(out, '=');
		dn_put_value(out, record_name(record));
	}
	buffer_put_octet(out, ',');
	naming_put_container(out, naming, tenant, record->kind);
}
