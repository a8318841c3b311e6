/* /Me: the person whose token it is, under an address that needs no id (RFC 7644 section 3.11). The
 * handlers are those of any resource; here is only who is meant. */
#include "in/scim/scim_int.h"

bool scim_is_me(const struct scim_call *call)
{
	return span_equal(call->request->segments[call->resource], SPAN("Me"));
}

bool scim_is_own(const struct scim_call *call, const struct uuid *id)
{
	return call->actor.kind == KIND_USER && call->type->kind == KIND_USER &&
	       uuid_equal(&call->actor.id, id);
}

enum err scim_path_id(struct scim_call *call, struct uuid *id)
{
	if (!scim_is_me(call)) {
		if (uuid_parse(call->request->segments[call->resource + 1], id))
			return OK;
		return fail(
			&call->why, ERR_NOT_FOUND, NULL, "there is no such %s", call->type->name);
	}
	if (call->actor.kind != KIND_USER)
		return fail(&call->why, ERR_NOT_FOUND, NULL,
			"the token belongs to a connection, which is no User");
	*id = call->actor.id;
	return OK;
}
