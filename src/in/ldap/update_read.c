/* What a write looks at besides: whether an assertion holds (RFC 4528), and the entry before and
 * after (RFC 4527). */
#include "in/ldap/update_int.h"

#include "base/limits.h"
#include "in/ldap/answer_int.h"

int update_assert(struct update *update, struct view *view, const struct target *target)
{
	struct why why = { 0 };
	int code = assertion_check(update->conn, view, target, &update->controls, &why);

	return code == RESULT_SUCCESS ? code : update_refuse(update, code, NULL, "%s", why.text);
}

static bool find(struct update *update, struct view *view, struct record *record)
{
	return view_by_id(view, update->actor.tenant, &update->entry, record) &&
	       (record->kind == KIND_POINTER || access_sees(update->conn, view, record));
}

int update_show(struct update *update, enum control_id id)
{
	struct view *view = shard_view(update->shard);
	struct span names =
		id == CONTROL_PRE_READ ? update->controls.pre_read : update->controls.post_read;
	struct selection selection;
	struct record record;
	struct buffer message;

	if (!controls_have(&update->controls, id) || !view || !find(update, view, &record) ||
		selection_read(names, false, &selection, NULL) != OK)
		return RESULT_SUCCESS;
	buffer_init(&message, LIMIT_LDAP_OUTPUT);
	if (record.kind == KIND_POINTER)
		pointer_show(update, &message, &selection, &record);
	else
		emit_record_to(&message, update->conn, view, update->id, &selection, &record);
	if (!message.failed)
		read_entry_write(&update->read, span_str(control_oid(id)), buffer_span(&message));
	buffer_free(&message);
	return RESULT_SUCCESS;
}
