/* GET of one resource. */
#include "in/scim/scim_int.h"

static enum err read_one(struct scim_call *call, struct record *record)
{
	struct uuid id;
	enum err err = scim_query_select(call);
	if (!err)
		err = scim_path_id(call, &id);
	if (!err)
		err = scim_find(call, &id, record);
	return err ? err : scim_write_resource(call, record);
}

SCIM_HANDLER(scim_get)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	struct record record;
	enum err err = view_begin(call->thread->view, &call->why);
	if (err) {
		scim_fail(call, err);
		return;
	}
	err = read_one(call, &record);
	struct span condition = http_header(exchange, "If-None-Match");
	if (err)
		scim_fail(call, err);
	else if (condition.len > 0 && scim_tag_matches(condition, record.revision))
		scim_answer_empty(call, 304, record.revision);
	else
		scim_answer(call, 200, &record);
	view_end(call->thread->view);
}
