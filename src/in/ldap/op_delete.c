/* Delete, RFC 4511 section 4.8: what becomes of a person is the tenant's policy delete.mode. */
#include "in/ldap/update_int.h"

static bool has_subordinates(const struct target *target)
{
	return !target->subschema &&
	       (target->place == PLACE_SUFFIX || target->place == PLACE_TENANT ||
		       target->place == PLACE_CONTAINER);
}

static int prepare(struct update *update, struct view *view)
{
	struct command wish = { .type = COMMAND_DELETE };
	struct target target;
	int code = update_find(update, view, update->body, &wish, &target);

	if (code == RESULT_UNWILLING && has_subordinates(&target))
		return update_refuse(
			update, RESULT_NOT_ON_NON_LEAF, NULL, "there are entries below this one");
	if (code == RESULT_SUCCESS)
		code = update_assert(update, view, &target);
	if (code != RESULT_SUCCESS)
		return code;
	update_show(update, CONTROL_PRE_READ);
	update_command(update, COMMAND_DELETE)->if_revision =
		update_is_bound(update) ? target.record.revision : 0;
	return RESULT_SUCCESS;
}

void op_delete(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct update *update = update_new(conn, pdu, pdu->body, OP_DELETE_RESPONSE, controls);

	update->prepare = prepare;
	update_run(update);
}
