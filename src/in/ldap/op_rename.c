/* ModifyDN, RFC 4511 section 4.9. Of an attribute with one value only the old one goes for the new
 * one, whatever deleteoldrdn says. */
#include "in/ldap/update_int.h"

/* An entry stays in the container of its kind. */
static int check_superior(struct update *update, struct view *view, const struct dn *present)
{
	const struct span text = update->request.rename.superior;
	struct dn above = update_above(present), wanted;
	struct target target;
	int code;

	if (!update->request.rename.has_superior)
		return RESULT_SUCCESS;
	if (dn_parse(update->attempt, text, &wanted, NULL) != OK)
		return update_refuse(
			update, RESULT_INVALID_DN, NULL, "the new superior is malformed");
	if (dn_equal(&above, &wanted))
		return RESULT_SUCCESS;
	if (!dn_is_below(&wanted, &update->shard->door->naming.dn))
		return update_refuse(update, RESULT_AFFECTS_MULTIPLE_DSAS, NULL,
			"the new superior is not served here");
	code = target_find(update->conn, view, text, &target, &update->matched);
	if (code != RESULT_SUCCESS)
		return code;
	return update_refuse(
		update, RESULT_UNWILLING, NULL, "an entry cannot leave the container of its kind");
}

static int read_name(struct update *update, struct dn *rdn)
{
	if (dn_parse(update->attempt, update->request.rename.rdn, rdn, NULL) != OK ||
		rdn->rdns != 1)
		return update_refuse(update, RESULT_INVALID_DN, NULL, "the new RDN is malformed");
	return RESULT_SUCCESS;
}

static const struct ava *ava_of(const struct dn *rdn, enum attr attr)
{
	for (size_t i = 0; i < rdn->count; i++)
		if (rdn->avas[i].attr == attr)
			return &rdn->avas[i];
	return NULL;
}

static void drop_old(struct draft *draft, const struct dn *old, const struct dn *rdn)
{
	bool asked = draft->update->request.rename.delete_old;

	for (size_t i = 0; i < old->count; i++) {
		enum attr attr = old->avas[i].attr;

		if (asked || (ava_of(rdn, attr) && attr_has(attr, ATTR_SINGLE)))
			draft_remove_value(draft, attr, old->avas[i].value);
	}
}

static int rename_to(struct update *update, struct view *view, const struct target *target,
	const struct dn *old, const struct dn *rdn)
{
	enum attr naming = kind_row(update->kind)->naming;
	struct draft draft;
	int code;

	draft_begin(&draft, update, view, &target->record);
	drop_old(&draft, old, rdn);
	code = draft_name(&draft, rdn);
	if (code == RESULT_SUCCESS && draft_count(&draft, naming) == 0)
		code = update_refuse(update, RESULT_OBJECT_CLASS, NULL, "a %s needs a %s",
			kind_row(update->kind)->word, attr_row(naming)->ldap);
	return code == RESULT_SUCCESS ? draft_modify(&draft) : code;
}

static int prepare(struct update *update, struct view *view)
{
	const struct rename_request *request = &update->request.rename;
	const struct modification naming = { .attr = ATTR_COMMON_NAME };
	struct command wish = { .type = COMMAND_MODIFY, .mods = &naming, .mod_count = 1 };
	struct target target;
	struct dn dn, rdn, leaf;
	int code = read_name(update, &rdn);

	if (code == RESULT_SUCCESS)
		code = update_find(update, view, request->dn, &wish, &target);
	if (code == RESULT_SUCCESS && dn_parse(update->attempt, request->dn, &dn, NULL) != OK)
		code = RESULT_INVALID_DN;
	if (code == RESULT_SUCCESS && update->kind == KIND_POINTER)
		code = update_refuse(update, RESULT_UNWILLING, NULL,
			"an alias or referral is deleted and added anew instead");
	if (code == RESULT_SUCCESS)
		code = check_superior(update, view, &dn);
	if (code == RESULT_SUCCESS)
		code = update_assert(update, view, &target);
	if (code != RESULT_SUCCESS)
		return code;
	leaf = dn_leaf(&dn);
	return rename_to(update, view, &target, &leaf, &rdn);
}

void op_rename(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct update *update = update_new(conn, pdu, pdu->body, OP_RENAME_RESPONSE, controls);
	struct why why = { 0 };
	enum err err = rename_request_read(update->body, &update->request.rename, &why);

	update->prepare = prepare;
	if (err == OK)
		update_run(update);
	else
		update_malformed(update, err, &why);
}
