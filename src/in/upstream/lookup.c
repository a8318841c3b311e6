#include "in/upstream/lookup.h"

int lookup_run(struct upstream *up, struct lookup *lookup)
{
	struct timeval patience = { up->order.stall_seconds, 0 };
	int id, code = LDAP_OTHER;

	lookup->answers = lookup->entry = NULL;
	int rc = ldap_search_ext(up->ld, lookup->base, lookup->scope, lookup->filter,
		lookup->attributes, 0, lookup->controls, NULL, NULL, lookup->limit, &id);
	if (rc == LDAP_FILTER_ERROR)
		return rc;
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_NET, "a search: %s", ldap_err2string(rc));
	rc = ldap_result(up->ld, id, LDAP_MSG_ALL, &patience, &lookup->answers);
	if (rc == 0)
		upstream_fail(up, FAILURE_NET, "no answer to a search within %u seconds",
			up->order.stall_seconds);
	if (rc < 0)
		upstream_broken(up);
	if (ldap_parse_result(up->ld, lookup->answers, &code, NULL, NULL, NULL, NULL, 0) !=
		LDAP_SUCCESS)
		upstream_fail(up, FAILURE_PROTOCOL, "the answer to a search is malformed");
	return code;
}

bool lookup_first(struct upstream *up, struct lookup *lookup)
{
	lookup->entry = lookup->answers ? ldap_first_entry(up->ld, lookup->answers) : NULL;
	return lookup->entry != NULL;
}

bool lookup_next(struct upstream *up, struct lookup *lookup)
{
	lookup->entry = ldap_next_entry(up->ld, lookup->entry);
	return lookup->entry != NULL;
}

void lookup_values(struct upstream *up, struct lookup *lookup,
	void (*take)(struct upstream *up, struct span type, struct span value))
{
	BerElement *ber = NULL;
	struct berval dn;

	if (ldap_get_dn_ber(up->ld, lookup->entry, &ber, &dn) != LDAP_SUCCESS)
		return;
	for (;;) {
		struct berval type = { 0 };
		BerVarray values = NULL;
		if (ldap_get_attribute_ber(up->ld, lookup->entry, ber, &type, &values) !=
				LDAP_SUCCESS ||
			!type.bv_val)
			break;
		for (const struct berval *v = values; v && v->bv_val; v++)
			take(up, span_of_berval(&type), span_of_berval(v));
		ber_memfree(values);
	}
	ber_free(ber, 0);
}

struct span lookup_value(struct upstream *up, struct lookup *lookup, const char *type)
{
	struct berval **values = ldap_get_values_len(up->ld, lookup->entry, type);
	struct span value = SPAN_NONE;

	if (values && values[0])
		value = arena_copy(up->arena, span_of_berval(values[0]));
	ldap_value_free_len(values);
	return value;
}

struct span lookup_dn(struct upstream *up, struct lookup *lookup)
{
	BerElement *ber = NULL;
	struct berval dn;

	if (ldap_get_dn_ber(up->ld, lookup->entry, &ber, &dn) != LDAP_SUCCESS)
		return SPAN_NONE;
	struct span copy = arena_copy(up->arena, span_of_berval(&dn));
	ber_free(ber, 0);
	return copy;
}

void lookup_end(struct lookup *lookup)
{
	ldap_msgfree(lookup->answers);
	lookup->answers = lookup->entry = NULL;
}
