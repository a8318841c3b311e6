/* Add, RFC 4511 section 4.7. */
#include "in/ldap/answer_int.h"
#include "in/ldap/update_int.h"

static int check_attributes(struct update *update, bool *members)
{
	const struct change_request *request = &update->request.change;

	*members = false;
	for (size_t i = 0; i < request->count; i++) {
		enum attr attr;
		int code = draft_attribute(update, &request->changes[i], &attr);

		if (code != RESULT_SUCCESS)
			return code;
		*members |= attr == ATTR_MEMBER;
	}
	return RESULT_SUCCESS;
}

/* Members that an entry brings along are given like any others. */
static int permit(struct update *update, bool members)
{
	const struct member_delta none = { 0 };
	struct command wish = { .type = COMMAND_CREATE,
		.tenant = update->actor.tenant,
		.kind = update->kind,
		.members = &none,
		.member_count = members && kind_is_container(update->kind) };

	return update_permits(update, &wish);
}

static int find_place(struct update *update, struct view *view, const struct dn *dn, bool members)
{
	const struct change_request *request = &update->request.change;
	struct target target;
	struct span matched = SPAN_NONE;
	int code = target_find(update->conn, view, request->dn, &target, &matched);
	bool there = code == RESULT_SUCCESS;

	if (code == RESULT_REFERRAL) {
		update->matched = matched;
		return code;
	}
	if (dn->rdns == 0 || (there && target.place != PLACE_ENTRY))
		return update_refuse(update, RESULT_EXISTS, NULL, "there is such an entry already");
	update->kind = pointer_is_meant(request) ? KIND_POINTER : KIND_NONE;
	code = update_find_parent(update, view, dn);
	if (code == RESULT_SUCCESS)
		code = permit(update, members);
	if (code != RESULT_SUCCESS)
		return code;
	if (update->kind == KIND_CLIENT)
		return update_refuse(
			update, RESULT_UNWILLING, NULL, "service accounts are managed elsewhere");
	if (there)
		return update_refuse(update, RESULT_EXISTS, NULL, "there is such an entry already");
	return RESULT_SUCCESS;
}

/* RFC 4528 section 3: for an add the assertion is about the entry as it is asked for. */
static int check_assertion(struct update *update)
{
	const struct change_request *request = &update->request.change;
	struct arena *arena = update->attempt;
	struct special special = { .dn = request->dn };
	struct filter *filter;
	struct why why = { 0 };
	size_t room = 0;
	enum err err;

	if (!controls_have(&update->controls, CONTROL_ASSERTION))
		return RESULT_SUCCESS;
	err = conn_filter(update->conn, arena, update->controls.assertion, &filter, &why);
	if (err != OK)
		return update_fail(update, err, &why);
	for (size_t i = 0; i < request->count; i++)
		room += request->changes[i].count;
	special.values = arena_array(arena, room + 1, sizeof *special.values);
	for (size_t i = 0; i < request->count; i++) {
		const struct ldap_change *change = &request->changes[i];
		enum attr attr = attr_by_ldap(change->type);

		for (size_t n = 0; attr != ATTR_NONE && n < change->count; n++)
			special.values[special.count++] =
				(struct special_value){ .attr = attr, .value = change->values[n] };
	}
	return special_test(filter, &special) == TRUTH_TRUE ? RESULT_SUCCESS
							    : RESULT_ASSERTION_FAILED;
}

static int build(struct update *update, struct view *view, const struct dn *dn)
{
	const struct change_request *request = &update->request.change;
	struct draft draft;
	int code;

	draft_begin(&draft, update, view, NULL);
	if (update->kind == KIND_POINTER)
		pointer_begin(&draft, dn);
	code = draft_apply(&draft, request->changes, request->count);
	if (code == RESULT_SUCCESS && !draft.says_classes)
		code = update_refuse(
			update, RESULT_OBJECT_CLASS, "objectClass", "an entry says its classes");
	if (code == RESULT_SUCCESS)
		code = draft_name(&draft, dn);
	if (code == RESULT_SUCCESS)
		code = draft_complete(&draft);
	if (code == RESULT_SUCCESS)
		draft_create(&draft);
	return code;
}

static int prepare(struct update *update, struct view *view)
{
	const struct span text = update->request.change.dn;
	struct dn dn;
	bool members;
	int code = check_attributes(update, &members);

	if (code != RESULT_SUCCESS)
		return code;
	if (dn_parse(update->attempt, text, &dn, NULL) != OK)
		return update_refuse(update, RESULT_INVALID_DN, NULL, "the DN is malformed");
	code = find_place(update, view, &dn, members);
	if (code == RESULT_SUCCESS)
		code = check_assertion(update);
	return code == RESULT_SUCCESS ? build(update, view, &dn) : code;
}

void op_add(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct update *update = update_new(conn, pdu, pdu->body, OP_ADD_RESPONSE, controls);
	struct why why = { 0 };
	enum err err = add_request_read(update->arena, update->body, &update->request.change, &why);

	update->prepare = prepare;
	update->fresh = uuid_new();
	if (err == OK)
		update_run(update);
	else
		update_malformed(update, err, &why);
}
