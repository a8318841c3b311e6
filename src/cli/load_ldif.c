#include "cli/load_int.h"
#include "model/dn.h"
#include "wire/ldap_postal.h"
#include "wire/ldif.h"

#include <stdio.h>

#define TOLD_MAX 100 /* lines about records that are passed over */

static bool has_class(const struct ldif_record *record, const char *const *classes)
{
	for (size_t i = 0; i < record->count; i++)
		if (span_equal_nocase(record->values[i].name, SPAN("objectClass")))
			for (const char *const *c = classes; *c; c++)
				if (span_equal_nocase(record->values[i].value, span_str(*c)))
					return true;
	return false;
}

static const struct {
	enum kind kind;
	const char *const *classes;
} by_class[] = {
	{ KIND_USER, (const char *const[]){ "inetOrgPerson", "organizationalPerson", "person",
			     "account", NULL } },
	{ KIND_GROUP, (const char *const[]){ "groupOfNames", "groupOfUniqueNames", NULL } },
	{ KIND_CLIENT,
		(const char *const[]){ "simpleSecurityObject", "applicationProcess", NULL } },
};

/* RFC 4512 section 2.6 and RFC 3296 section 2.2 */
static bool is_pointer(const struct ldif_record *record)
{
	return has_class(record, (const char *const[]){ "alias", "referral", NULL });
}

/* The container says it where it is one of ours (ou=roles holds roles, ou=groups groups); what the
 * object classes say must agree, for aliases and referrals are no people. */
static enum kind kind_of(const struct ldif_record *record, const struct dn *dn)
{
	enum kind by_place = KIND_NONE, kind = KIND_NONE;

	for (size_t i = 0; i < sizeof by_class / sizeof *by_class && kind == KIND_NONE; i++)
		if (has_class(record, by_class[i].classes))
			kind = by_class[i].kind;
	for (size_t i = 1; i < dn->count && by_place == KIND_NONE; i++)
		if (span_equal_nocase(dn->avas[i].type, SPAN("ou")))
			by_place = kind_by_ou(dn->avas[i].value);
	if (is_pointer(record))
		return KIND_POINTER;
	if (kind_is_container(by_place))
		return kind == KIND_GROUP ? by_place : KIND_NONE;
	return by_place == KIND_NONE || by_place == kind ? kind : KIND_NONE;
}

/* o=<tenant> nearest to the root, above which stands the suffix: its place in the DN, 0: none that
 * something stands below. */
static size_t tenant_at(const struct dn *dn)
{
	for (size_t i = dn->count; i > 1; i--)
		if (dn->avas[i - 1].attr == ATTR_ORGANIZATION)
			return i - 1;
	return 0;
}

static struct span first_value(const struct ldif_record *record, const char *name)
{
	for (size_t i = 0; i < record->count; i++)
		if (span_equal_nocase(record->values[i].name, span_str(name)))
			return record->values[i].value;
	return SPAN_NONE;
}

/* How the servers that write LDIF say that an account is switched off. */
static bool says_inactive(const struct ldif_value *value)
{
	static const struct {
		const char *name, *value;
	} rules[] = {
		{ "musterActive", "FALSE" },
		{ "nsAccountLock", "TRUE" },
		{ "pwdAccountLockedTime", "000001010000Z" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (span_equal_nocase(value->name, span_str(rules[i].name)) &&
			span_equal_nocase(value->value, span_str(rules[i].value)))
			return true;
	return false;
}

static bool is_member(struct span name)
{
	return span_equal_nocase(name, SPAN("member")) ||
	       span_equal_nocase(name, SPAN("uniqueMember"));
}

static void take_member(struct load *load, struct load_item *item, struct span text)
{
	struct dn dn;

	if (dn_parse(load->arena, text, &dn, NULL) == OK)
		item->members[item->member_count++] = dn_normal(load->arena, &dn);
	else
		load->unknown_members++;
}

static unsigned instance_of(const struct load_item *item, enum attr attr)
{
	unsigned instance = 0;

	for (size_t i = 0; i < item->count; i++)
		instance += item->values[i].attr == attr;
	return instance;
}

static void take_value(struct load *load, struct load_item *item, const struct ldif_value *value)
{
	enum attr attr = attr_by_ldap(value->name);

	if (says_inactive(value))
		item->inactive = true;
	else if (is_member(value->name))
		take_member(load, item, value->value);
	else if (attr == ATTR_PASSWORD)
		item->password = value->value;
	else if (attr != ATTR_OBJECT_CLASS && attr != kind_row(item->kind)->naming)
		load_value(load, item, attr, instance_of(item, attr),
			attr == ATTR_ADDRESS ? postal_read(load->arena, value->value)
					     : value->value);
}

static struct span name_in(struct load *load, const struct ldif_record *record, enum kind kind,
	const struct dn *dn, size_t tenant)
{
	struct dn below = { dn->avas, tenant, dn->rdns };

	if (kind == KIND_POINTER)
		return dn_text(load->arena, &below);
	return first_value(record, kind == KIND_USER ? "uid" : "cn");
}

/* The suffix, tenants and their containers are here, or made otherwise. */
static bool is_framework(const struct ldif_record *record)
{
	return has_class(record, (const char *const[]){ "organizationalUnit", "organization",
					 "dcObject", "domain", NULL });
}

static void pass_over(struct load *load, const struct ldif_record *record, const char *reason)
{
	load->skipped++;
	if (!is_framework(record) && load->told++ < TOLD_MAX)
		printf("line %u: %.*s is passed over: %s\n", record->line, SPAN_ARGS(record->dn),
			reason);
}

static void take_record(struct load *load, const struct ldif_record *record, const struct dn *dn)
{
	enum kind kind = kind_of(record, dn);
	size_t at = tenant_at(dn);
	struct span tenant = at > 0 ? dn->avas[at].value : load->tenant;
	struct span name = name_in(load, record, kind, dn, at);

	if (load->tenant.len > 0 && !span_equal_nocase(tenant, load->tenant)) {
		load->skipped++;
		return;
	}
	if (kind == KIND_NONE || tenant.len == 0 || name.len == 0) {
		pass_over(load, record,
			kind == KIND_NONE ? "no person, group or service by its object classes"
			: tenant.len == 0 ? "no tenant (o=...) is in its name"
					  : "it has no uid or cn");
		return;
	}
	struct load_item *item = load_add(load);
	item->tenant = tenant;
	item->kind = kind;
	item->name = name;
	item->dn = dn_normal(load->arena, dn);
	struct dn rdn = dn_leaf(dn);
	item->rdn = dn_text(load->arena, &rdn);
	item->values = arena_array(load->arena, record->count, sizeof *item->values);
	item->members = arena_array(load->arena, record->count, sizeof *item->members);
	for (size_t i = 0; i < record->count; i++)
		take_value(load, item, &record->values[i]);
}

enum err load_ldif(struct load *load, struct span text, struct why *why)
{
	struct ldif_record record;
	struct ldif ldif;
	bool found = true;
	enum err err = OK;

	ldif_start(&ldif, text);
	while (err == OK && found) {
		struct dn dn;

		err = ldif_next(load->arena, &ldif, &record, &found, why);
		if (err != OK || !found)
			break;
		if (dn_parse(load->arena, record.dn, &dn, NULL) != OK)
			return fail(why, ERR_DN, "dn", "line %u holds no DN", record.line);
		take_record(load, &record, &dn);
	}
	return err;
}
