#include "in/upstream/incoming.h"

const struct attribute *incoming_find(const struct incoming *in, struct span type)
{
	for (size_t i = 0; i < in->count; i++)
		if (span_equal_nocase(in->attributes[i].type, type))
			return &in->attributes[i];
	return NULL;
}

struct span incoming_first(const struct incoming *in, struct span type)
{
	const struct attribute *attribute = incoming_find(in, type);

	return attribute && attribute->values && attribute->values->bv_val
		       ? span_of_berval(attribute->values)
		       : SPAN_NONE;
}

bool attribute_has(const struct attribute *attribute, struct span value)
{
	if (!attribute || !attribute->values)
		return false;
	for (const struct berval *v = attribute->values; v->bv_val; v++)
		if (span_equal_nocase(span_of_berval(v), value))
			return true;
	return false;
}

bool incoming_take(struct upstream *up, LDAPMessage *message, struct incoming *in)
{
	BerElement *ber = NULL;
	size_t octets = 0;

	in->count = 0;
	if (ldap_get_dn_ber(up->ld, message, &ber, &in->dn) != LDAP_SUCCESS)
		return false;
	for (;;) {
		struct berval type = { 0 };
		BerVarray values = NULL;
		if (ldap_get_attribute_ber(up->ld, message, ber, &type, &values) != LDAP_SUCCESS) {
			ber_free(ber, 0);
			return false;
		}
		if (!type.bv_val)
			break;
		for (const struct berval *v = values; v && v->bv_val; v++)
			octets += v->bv_len;
		if (in->count < INCOMING_TYPES_MAX)
			in->attributes[in->count++] =
				(struct attribute){ span_of_berval(&type), values };
		else
			ber_memfree(values);
	}
	ber_free(ber, 0);
	upstream_count(up, 1, octets + in->dn.bv_len);
	return true;
}

void incoming_release(struct incoming *in)
{
	for (size_t i = 0; i < in->count; i++)
		ber_memfree(in->attributes[i].values);
	in->count = 0;
}
