#include "core/core_int.h"

#include "base/limits.h"
#include "model/dn.h"
#include "model/value.h"

/* Names in the LDAP tree: of people and containers that are not <naming attribute>=<name>, and of
 * aliases and referrals. */

static bool is_plain(enum kind kind, const struct dn *rdn)
{
	return rdn->count == 1 && rdn->avas[0].attr == kind_row(kind)->naming;
}

bool name_find(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct dn *rdn, struct record *record)
{
	struct record found;
	uint32_t number;
	bool plain = is_plain(kind, rdn);
	if (!plain && !(attr_row(ATTR_RDN)->kinds >> kind & 1))
		return false;
	enum attr attr = plain ? rdn->avas[0].attr : ATTR_RDN;
	struct span normal =
		plain ? value_normal(arena, attr, rdn->avas[0].value) : dn_normal(arena, rdn);
	if (!txn_find_value(txn, tenant, kind, attr, normal, &number) ||
		!txn_entry(txn, tenant, kind, number, &found) ||
		(plain && record_has(&found, ATTR_RDN)))
		return false;
	*record = found;
	return true;
}

/* ---- an RDN of the entry's own ---- */

static bool can_name(enum kind kind, enum attr attr)
{
	const struct attr_row *row = attr_row(attr);
	return attr != ATTR_NONE && row->ldap && row->kinds >> kind & 1 &&
	       !(row->flags & ATTR_COMPUTED) && !attr_is_hidden(attr) &&
	       row->syntax != SYNTAX_REFERENCE && row->syntax != SYNTAX_OCTETS;
}

static bool has_value(const struct entry *entry, const struct ava *ava)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ava->attr, i)); i++)
		if (value_equal(ava->attr, value->octets, ava->value))
			return true;
	return false;
}

static enum err check_new_rdn(struct run *run, const struct entry *entry, const struct dn *rdn)
{
	for (size_t i = 0; i < rdn->count; i++) {
		const struct ava *ava = &rdn->avas[i];
		if (!can_name(entry->kind, ava->attr))
			return fail(run->why, ERR_VALUE, "RDN", "a %s is not named by %.*s",
				kind_row(entry->kind)->word, SPAN_ARGS(ava->type));
		if (!has_value(entry, ava))
			return fail(run->why, ERR_VALUE, attr_row(ava->attr)->ldap,
				"the entry lacks the value that names it");
	}
	return OK;
}

/* What named the entry and is not among its values any more gives way to what is. */
static void follow_values(const struct entry *entry, struct dn *rdn)
{
	size_t kept = 0;
	for (size_t i = 0; i < rdn->count; i++) {
		struct ava ava = rdn->avas[i];
		if (!has_value(entry, &ava))
			ava.value = entry_first(entry, ava.attr);
		if (ava.value.len)
			rdn->avas[kept++] = ava;
	}
	for (size_t i = 0; i < kept; i++)
		rdn->avas[i].last = i + 1 == kept;
	rdn->count = kept;
}

static enum err own_rdn(
	struct run *run, const struct entry *before, struct entry *after, struct dn *rdn)
{
	enum err err = dn_parse(run->arena, entry_first(after, ATTR_RDN), rdn, run->why);
	if (!err && rdn->rdns != 1)
		err = fail(run->why, ERR_VALUE, "RDN", "an RDN is one part of a DN");
	if (!err && (!before || !entry_same_values(before, after, ATTR_RDN)))
		err = check_new_rdn(run, after, rdn);
	if (err)
		return err;
	follow_values(after, rdn);
	if (rdn->count == 0 || is_plain(after->kind, rdn)) {
		entry_remove(after, ATTR_RDN);
		return OK;
	}
	const struct value *value = entry_value(after, ATTR_RDN, 0);
	struct span text = dn_text(run->arena, rdn);
	return span_equal(value->octets, text)
		       ? OK
		       : entry_set(after, ATTR_RDN, value->source, text, run->why);
}

/* "<RDN>,ou=<container>", normal. */
static struct span place_of(struct run *run, const struct entry *entry, const struct dn *rdn)
{
	enum attr naming = kind_row(entry->kind)->naming;
	struct ava avas[LIMIT_DN_RDNS + 2];
	struct dn dn = { .avas = avas, .count = rdn->count, .rdns = 2 };
	if (rdn->count)
		memcpy(avas, rdn->avas, rdn->count * sizeof *avas);
	else
		avas[dn.count++] = (struct ava){
			.attr = naming, .value = entry_first(entry, naming), .last = true
		};
	avas[dn.count++] = (struct ava){
		.attr = ATTR_DIVISION, .value = span_str(kind_row(entry->kind)->ou), .last = true
	};
	return dn_normal(run->arena, &dn);
}

/* Only an alias or referral can stand where an entry of these kinds is about to. */
static enum err check_place(struct run *run, const struct entry *before, const struct entry *after,
	const struct dn *rdn)
{
	uint32_t number;
	enum attr naming = kind_row(after->kind)->naming;
	if (!txn_count(run->txn, after->tenant, KIND_POINTER) ||
		(before && entry_same_values(before, after, ATTR_RDN) &&
			entry_same_values(before, after, naming)) ||
		!txn_find_value(run->txn, after->tenant, KIND_POINTER, ATTR_POINTER_DN,
			place_of(run, after, rdn), &number))
		return OK;
	return fail(run->why, ERR_EXISTS, rules_spelling(after->kind, naming),
		"an alias or referral has this name");
}

enum err name_settle(struct run *run, const struct entry *before, struct entry *after)
{
	struct dn rdn = { 0 };
	if (!kind_row(after->kind)->ou)
		return OK;
	enum err err = entry_has(after, ATTR_RDN) ? own_rdn(run, before, after, &rdn) : OK;
	return err ? err : check_place(run, before, after, &rdn);
}

/* ---- aliases and referrals ---- */

/* Below the tenant, or below one of its containers, where nothing is. */
static enum err check_pointer_place(struct run *run, const struct entry *entry, const struct dn *dn)
{
	struct dn leaf = dn_leaf(dn);
	struct record record;
	const struct ava *top = dn->count ? &dn->avas[dn->count - 1] : NULL;
	enum kind kind = top && top->attr == ATTR_DIVISION ? kind_by_ou(top->value) : KIND_NONE;
	if (!dn_is_known(dn) || dn->rdns < 1 || dn->rdns > 2 ||
		(dn->rdns == 2 && (kind == KIND_NONE || dn->count != leaf.count + 1)))
		return fail(run->why, ERR_VALUE, "dn",
			"an alias or referral stands below its tenant or one of the containers");
	if ((dn->rdns == 1 && kind != KIND_NONE && dn->count == 1) ||
		(dn->rdns == 2 &&
			name_find(run->txn, run->arena, entry->tenant, kind, &leaf, &record)))
		return fail(run->why, ERR_EXISTS, "dn", "the name is already taken");
	return OK;
}

enum err pointer_check(struct run *run, const struct entry *before, struct entry *after)
{
	struct dn dn;
	struct span text = entry_first(after, ATTR_POINTER_DN);
	if (entry_has(after, ATTR_ALIASED_OBJECT) == entry_has(after, ATTR_REFERRAL))
		return fail(run->why, ERR_MISSING, "alias",
			"an alias names an entry, a referral another server");
	enum err err = dn_parse(run->arena, text, &dn, run->why);
	if (!err && (!before || !entry_same_values(before, after, ATTR_POINTER_DN)))
		err = check_pointer_place(run, after, &dn);
	if (!err)
		err = entry_set(after, ATTR_COMMON_NAME, SOURCE_LOCAL, text, run->why);
	return err;
}
