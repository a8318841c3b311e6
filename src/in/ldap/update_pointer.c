/* Aliases and referrals as entries that are written (RFC 4512 section 2.6, RFC 3296): of their
 * values only what they lead to is kept; what names them stands in their DN. */
#include "in/ldap/answer_int.h"
#include "in/ldap/update_int.h"

#include "model/object_class.h"
#include "model/value.h"

bool pointer_is_meant(const struct change_request *request)
{
	for (size_t i = 0; i < request->count; i++) {
		const struct ldap_change *change = &request->changes[i];

		if (attr_by_ldap(change->type) != ATTR_OBJECT_CLASS)
			continue;
		for (size_t j = 0; j < change->count; j++) {
			enum object_class class = class_find(change->values[j]);

			if (class == CLASS_ALIAS || class == CLASS_REFERRAL)
				return true;
		}
	}
	return false;
}

static bool names_class(const struct ldap_change *change, enum object_class wanted)
{
	for (size_t i = 0; i < change->count; i++)
		if (class_find(change->values[i]) == wanted)
			return true;
	return false;
}

static enum object_class class_of(const struct draft *draft)
{
	const struct change_request *request = &draft->update->request.change;

	if (draft->record)
		return record_has(draft->record, ATTR_ALIASED_OBJECT) ? CLASS_ALIAS
								      : CLASS_REFERRAL;
	for (size_t i = 0; i < request->count; i++)
		if (attr_by_ldap(request->changes[i].type) == ATTR_OBJECT_CLASS &&
			names_class(&request->changes[i], CLASS_ALIAS))
			return CLASS_ALIAS;
	return CLASS_REFERRAL;
}

static uint64_t classes_of(const struct draft *draft)
{
	return class_with_superclasses(class_of(draft));
}

static enum attr target_of(const struct draft *draft)
{
	return class_of(draft) == CLASS_ALIAS ? ATTR_ALIASED_OBJECT : ATTR_REFERRAL;
}

void pointer_begin(struct draft *draft, const struct dn *dn)
{
	draft->rdn = dn_leaf(dn);
	draft->classes = classes_of(draft);
}

static const struct ava *naming_of(const struct draft *draft, enum attr attr)
{
	for (size_t i = 0; i < draft->rdn.count; i++)
		if (draft->rdn.avas[i].attr == attr)
			return &draft->rdn.avas[i];
	return NULL;
}

bool pointer_holds(const struct draft *draft, enum attr attr)
{
	return attr == ATTR_OBJECT_CLASS || attr == target_of(draft);
}

int pointer_names(struct draft *draft, const struct ldap_change *change, enum attr attr)
{
	struct update *update = draft->update;
	const struct ava *ava = naming_of(draft, attr);

	if (draft->record && ava)
		return update_refuse(update, RESULT_NOT_ON_RDN, attr_row(attr)->ldap,
			"the entry is named by it: rename it instead");
	if (!ava || change->count != 1 || !value_equal(attr, change->values[0], ava->value))
		return update_refuse(update, RESULT_OBJECT_CLASS, NULL,
			"attribute '%s' not allowed but as the name", attr_row(attr)->ldap);
	return RESULT_SUCCESS;
}

int pointer_name(struct draft *draft, const struct dn *dn)
{
	const struct naming *naming = &draft->update->shard->door->naming;
	struct located located;

	for (size_t i = 0; i < draft->rdn.count; i++) {
		enum attr attr = draft->rdn.avas[i].attr;

		if (attr == ATTR_NONE)
			return update_refuse(draft->update, RESULT_UNDEFINED_TYPE, NULL,
				"the RDN has an undefined attribute type");
		if (attr_is_hidden(attr) || attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED))
			return update_refuse(draft->update, RESULT_NAMING_VIOLATION, NULL,
				"an entry is not named by %s", attr_row(attr)->ldap);
	}
	naming_locate(naming, dn, &located);
	draft_put(draft, ATTR_POINTER_DN, dn_text(draft->update->attempt, &located.below));
	return RESULT_SUCCESS;
}

int pointer_complete(struct draft *draft)
{
	enum attr target = target_of(draft);

	if (draft_count(draft, target) == 0)
		return update_refuse(draft->update, RESULT_OBJECT_CLASS, NULL,
			"object class '%s' requires attribute '%s'",
			class_row(class_of(draft))->name, attr_row(target)->ldap);
	return RESULT_SUCCESS;
}

void pointer_show(struct update *update, struct buffer *out, const struct selection *selection,
	const struct record *pointer)
{
	struct target target = { .place = PLACE_POINTER, .record = *pointer };
	struct special special;

	special_build(update->conn, &target, &special);
	emit_special_to(out, update->id, selection, &special);
}
