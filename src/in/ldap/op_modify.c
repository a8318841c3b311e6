/* Modify, RFC 4511 section 4.6: all of its modifications in their order, or none. */
#include "in/ldap/update_int.h"

/* Each attribute once, so that a list of the own password alone is one. */
static int gather_wish(struct update *update, struct command *wish, bool *members)
{
	const struct change_request *request = &update->request.change;
	struct modification *mods = arena_array(update->attempt, request->count + 1, sizeof *mods);

	*members = false;
	wish->mods = mods;
	for (size_t i = 0; i < request->count; i++) {
		enum attr attr;
		bool known = false;
		int code = draft_attribute(update, &request->changes[i], &attr);

		if (code != RESULT_SUCCESS)
			return code;
		*members |= attr == ATTR_MEMBER;
		for (size_t j = 0; j < wish->mod_count; j++)
			known |= mods[j].attr == attr;
		if (attr != ATTR_MEMBER && !known)
			mods[wish->mod_count++] = (struct modification){ .attr = attr };
	}
	return RESULT_SUCCESS;
}

/* Changes of members are commands of their own, and so is the permission for them. */
static int find(struct update *update, struct view *view, struct target *target)
{
	const struct change_request *request = &update->request.change;
	const struct member_delta none = { 0 };
	struct command wish = { .type = COMMAND_MODIFY };
	bool members;
	int code = gather_wish(update, &wish, &members);

	if (code != RESULT_SUCCESS)
		return code;
	if (members && wish.mod_count == 0)
		wish.type = COMMAND_MEMBERS;
	if (wish.type == COMMAND_MEMBERS) {
		wish.members = &none;
		wish.member_count = 1;
	}
	code = update_find(update, view, request->dn, &wish, target);
	if (code != RESULT_SUCCESS || !members || wish.type == COMMAND_MEMBERS)
		return code;
	wish = (struct command){ .type = COMMAND_MEMBERS,
		.tenant = wish.tenant,
		.kind = wish.kind,
		.id = wish.id,
		.members = &none,
		.member_count = 1 };
	return kind_is_container(wish.kind) ? update_permits(update, &wish) : RESULT_SUCCESS;
}

static int prepare(struct update *update, struct view *view)
{
	const struct change_request *request = &update->request.change;
	struct target target;
	struct draft draft;
	struct dn dn;
	int code = find(update, view, &target);

	if (code == RESULT_SUCCESS)
		code = update_assert(update, view, &target);
	if (code != RESULT_SUCCESS)
		return code;
	draft_begin(&draft, update, view, &target.record);
	code = draft_apply(&draft, request->changes, request->count);
	if (code == RESULT_SUCCESS && dn_parse(update->attempt, request->dn, &dn, NULL) == OK)
		code = draft_keeps_name(&draft, &dn);
	return code == RESULT_SUCCESS ? draft_modify(&draft) : code;
}

void op_modify(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct update *update = update_new(conn, pdu, pdu->body, OP_MODIFY_RESPONSE, controls);
	struct why why = { 0 };
	enum err err =
		modify_request_read(update->arena, update->body, &update->request.change, &why);

	update->prepare = prepare;
	if (err == OK)
		update_run(update);
	else
		update_malformed(update, err, &why);
}
