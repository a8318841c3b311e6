#include "in/admin/admin_int.h"

#include "base/limits.h"
#include "core/held.h"
#include "core/people.h"

/* What connections asked for and an administrator must allow first. */

#define AT_ONCE 200

static bool is_seen(struct request *r, const struct record *held)
{
	struct record user;

	return request_reference(r, held, ATTR_HELD_SUBJECT, &user) &&
	       sight_sees(request_sight(r, NULL), &user);
}

static void put_name(
	struct request *r, const struct record *held, enum attr attr, const char *member)
{
	struct record named;

	if (request_reference(r, held, attr, &named))
		json_text_member(r->out, member ? member : kind_row(named.kind)->word,
			record_first(&named, kind_row(named.kind)->naming));
}

static void put_held(struct request *r, const struct record *held)
{
	json_begin_object(r->out);
	show_values(r, held);
	put_name(r, held, ATTR_HELD_CLIENT, "connection");
	put_name(r, held, ATTR_HELD_SUBJECT, NULL);
	put_name(r, held, ATTR_HELD_CONTAINER, NULL);
	json_end_object(r->out);
}

enum err admin_held_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list_some(r, KIND_HELD, NULL, is_seen, put_held) : err;
}

static enum err find_held(struct request *r, struct record *held)
{
	struct uuid id;

	enum err err = request_tenant(r);
	if (err == OK && uuid_parse(json_text(r->args, "id"), &id) &&
		view_by_id(r->view, r->tenant.number, &id, held) && held->kind == KIND_HELD &&
		is_seen(r, held))
		return OK;
	if (err == OK)
		err = view_error(r->view, r->why);
	return err != OK ? err : fail(r->why, ERR_NOT_FOUND, "id", "there is no such held change");
}

enum err admin_held_show(struct request *r)
{
	struct record held;

	enum err err = find_held(r, &held);
	if (err == OK)
		put_held(r, &held);
	return err;
}

static enum err decide(struct request *r, enum command_type type)
{
	struct record held;
	struct outcome outcome;

	enum err err = find_held(r, &held);
	if (err != OK)
		return err;
	const struct command command = {
		.type = type, .tenant = r->tenant.number, .kind = KIND_HELD, .id = held.id
	};
	return request_run(r, &command, &outcome);
}

enum err admin_held_approve(struct request *r)
{
	return decide(r, COMMAND_APPROVE);
}

enum err admin_held_reject(struct request *r)
{
	return decide(r, COMMAND_REJECT);
}

/* ---- all of one connection and act ---- */

static struct filter *filter_of(
	struct request *r, const struct record *client, struct span act, struct span state)
{
	struct filter **parts = arena_array(r->arena, 3, sizeof *parts);
	char *id = arena_alloc(r->arena, UUID_TEXT + 1);

	uuid_format(&client->id, id);
	parts[0] = filter_leaf(r->arena, FILTER_EQUAL, ATTR_HELD_CLIENT, span_str(id));
	parts[1] = filter_leaf(r->arena, FILTER_EQUAL, ATTR_HELD_ACT, act);
	parts[2] = filter_leaf(r->arena, FILTER_EQUAL, ATTR_HELD_STATE, state);
	return filter_branch(r->arena, FILTER_AND, parts, 3);
}

static enum err gather(struct request *r, struct uuid *ids, size_t *count)
{
	enum held_act act;
	struct record record;
	struct search *search;
	struct span word = json_text(r->args, "act");
	unsigned budget = UINT32_MAX;

	enum err err = request_tenant(r);
	if (err == OK && !held_act_find(word, &act))
		err = fail(r->why, ERR_VALUE, "act", "assign, deactivate or delete");
	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "connection", &record);
	if (err != OK)
		return err;
	struct search_spec spec =
		request_search(r, KIND_HELD, filter_of(r, &record, word, HELD_OPEN));
	err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (*count < LIMIT_HELD && search_next(search, &budget, &record) == STEP_FOUND)
		if (is_seen(r, &record))
			ids[(*count)++] = record.id;
	search_close(search);
	return view_error(r->view, r->why);
}

static enum err run_some(struct request *r, enum command_type type, const struct uuid *ids,
	size_t count, size_t *done, struct why *refusal)
{
	struct command commands[AT_ONCE];
	struct outcome outcomes[AT_ONCE];

	for (size_t i = 0; i < count; i++)
		commands[i] = (struct command){
			.type = type, .tenant = r->tenant.number, .kind = KIND_HELD, .id = ids[i]
		};
	enum err err =
		core_run_many(r->admin->core, &r->actor, commands, count, false, outcomes, r->why);
	for (size_t i = 0; err == OK && i < count; i++) {
		*done += outcomes[i].err == OK;
		if (outcomes[i].err != OK && refusal->text[0] == '\0')
			*refusal = outcomes[i].why;
	}
	return err;
}

static enum err decide_all(struct request *r, enum command_type type)
{
	struct uuid *ids = arena_array(r->arena, LIMIT_HELD, sizeof *ids);
	struct why refusal = { 0 };
	size_t count = 0, done = 0;

	enum err err = gather(r, ids, &count);
	request_release(r);
	for (size_t at = 0; err == OK && at < count; at += AT_ONCE)
		err = run_some(r, type, ids + at, count - at < AT_ONCE ? count - at : AT_ONCE,
			&done, &refusal);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_integer_member(r->out, "done", (int64_t)done);
	json_integer_member(r->out, "refused", (int64_t)(count - done));
	if (refusal.text[0] != '\0')
		json_string_member(r->out, "reason", refusal.text);
	json_end_object(r->out);
	return OK;
}

enum err admin_held_approve_all(struct request *r)
{
	return decide_all(r, COMMAND_APPROVE);
}

enum err admin_held_reject_all(struct request *r)
{
	return decide_all(r, COMMAND_REJECT);
}
