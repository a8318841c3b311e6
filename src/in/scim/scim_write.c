/* POST, PUT, PATCH and DELETE of one resource: the request is one change, and the answer what
 * became of it. */
#include "in/scim/scim_int.h"

/* A big group is not sent back unasked, nor anything to who does not read it (RFC 7644
 * section 3.5.2 allows 204). */
static bool is_silent(const struct scim_call *call, const struct scim_change *change)
{
	struct span text;
	bool asked;
	bool unread =
		change->type->kind == KIND_GROUP || call->actor.entrance.patched == PATCHED_EMPTY;
	return change->method == HTTP_PATCH && unread &&
	       !http_parameter(call->request, "attributes", &text, &asked, NULL) && !asked;
}

/* RFC 7643 section 7, "request": what the client has just written is shown to it. */
static void show_said(struct scim_call *call, const struct scim_change *change)
{
	const struct scim_select *on_request = &change->type->on_request;
	for (size_t i = 0; i < sizeof on_request->bits / sizeof *on_request->bits; i++)
		call->select.bits[i] |= change->edit.said.bits[i] & on_request->bits[i];
}

static enum err write_changed(
	struct scim_call *call, const struct scim_change *change, struct record *record)
{
	enum err err = scim_find(call, &change->id, record);
	show_said(call, change);
	return err ? err : scim_write_resource(call, record);
}

static void answer_changed(struct scim_call *call, const struct scim_change *change)
{
	struct record record;
	enum err err = view_begin(call->thread->view, &call->why);
	if (err) {
		scim_fail(call, err);
		return;
	}
	err = write_changed(call, change, &record);
	if (err)
		scim_fail(call, err);
	else
		scim_answer(call, change->status, &record);
	view_end(call->thread->view);
}

/* Nothing would have to be changed: it is what stands. */
static enum err show_present(struct scim_call *call, struct scim_change *change)
{
	struct record record;
	enum err err = view_begin(call->thread->view, &call->why);
	if (err)
		return err;
	err = write_changed(call, change, &record);
	if (!err)
		change->shown = arena_copy(call->arena, buffer_span(&call->thread->out));
	view_end(call->thread->view);
	return err;
}

static void answer_dry(struct scim_call *call, struct scim_change *change)
{
	struct json_writer w;
	enum err err = change->seen ? OK : show_present(call, change);
	if (err) {
		scim_fail(call, err);
		return;
	}
	buffer_reset(&call->thread->out);
	json_start(&w, &call->thread->out);
	scim_put_dry(&w, change);
	scim_answer(call, 200, NULL);
}

static void ended(struct scim_call *call)
{
	struct scim_change *change = call->run.units[0].changes[0];
	call->why = change->why;
	if (change->err)
		scim_fail(call, change->err);
	else if (call->run.dry)
		answer_dry(call, change);
	else if (change->method == HTTP_DELETE || is_silent(call, change))
		scim_answer_empty(call, 204, change->revision);
	else
		answer_changed(call, change);
}

static void run_one(struct scim_call *call, struct scim_change *change)
{
	struct scim_unit *unit = arena_zalloc(call->arena, sizeof *unit);
	unit->changes = arena_alloc(call->arena, sizeof *unit->changes);
	unit->changes[0] = change;
	unit->count = 1;
	change->unit = unit;
	call->run.units = unit;
	call->run.count = 1;
	call->run.ended = ended;
	scim_run(call);
}

static enum err take_request(struct scim_call *call, struct scim_change *change)
{
	struct json *body = NULL;
	enum err err = OK;
	if (change->method == HTTP_POST)
		change->fresh = uuid_new();
	else
		err = scim_path_id(call, &change->id);
	if (!err)
		err = scim_query_select(call);
	if (!err)
		err = scim_query_dry(call, &call->run.dry);
	if (!err && change->method != HTTP_DELETE)
		err = json_parse(call->arena, call->request->body, &body, &call->why);
	change->body = body;
	return err;
}

SCIM_HANDLER(scim_write)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	struct scim_change *change = arena_zalloc(call->arena, sizeof *change);
	change->method = request->method;
	change->type = call->type;
	if (request->method != HTTP_POST)
		change->if_match = http_header(exchange, "If-Match");
	change->if_none_match = http_header(exchange, "If-None-Match");
	enum err err = take_request(call, change);
	if (err)
		scim_fail(call, err);
	else
		run_one(call, change);
}
