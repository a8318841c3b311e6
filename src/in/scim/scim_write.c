/* Creating, replacing, changing and deleting: the body becomes commands, the writer runs them, and
 * the serving thread answers from a view that has the commit. */
#include "in/scim/scim_int.h"

#include <stdio.h>

/* ---- after the commit ---- */

static void answer_written(struct scim_call *call)
{
	struct record record;
	if (call->status == 204) {
		scim_answer_empty(call, 204);
		return;
	}
	enum err err = view_begin(call->thread->view, &call->why);
	if (err) {
		scim_fail(call, err);
		return;
	}
	err = scim_find(call, &call->id, &record);
	if (!err)
		err = scim_write_resource(call, &record);
	if (err)
		scim_fail(call, err);
	else
		scim_answer(call, call->status, &record);
	view_end(call->thread->view);
}

/* Of several outcomes the one that refused, not those that it took along. */
static struct outcome *refusal(struct scim_call *call)
{
	struct outcome *found = NULL;
	for (size_t i = 0; i < call->batch.count; i++)
		if (call->outcomes[i].err && (!found || found->err == ERR_CONFLICT))
			found = &call->outcomes[i];
	return found;
}

static void after_commit(
	void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	struct outcome *refused = refusal(call);
	if (refused && refused->err == ERR_VERSION && !call->conditional &&
		call->tries++ < SCIM_RETRIES) {
		call->again(call);
		return;
	}
	if (refused) {
		call->why = refused->why;
		scim_fail(call, refused->err);
		return;
	}
	call->id = call->outcomes[0].id;
	answer_written(call);
}

static void committed(struct batch *batch)
{
	struct scim_call *call = batch->arg;
	http_resume(call->exchange, after_commit);
}

static void submit(struct scim_call *call)
{
	call->actor.request = uuid_new();
	call->batch.actor = &call->actor;
	call->batch.commands = call->commands;
	call->batch.outcomes = call->outcomes;
	call->batch.all_or_nothing = true;
	call->batch.done = committed;
	call->batch.arg = call;
	memset(call->outcomes, 0, sizeof call->outcomes);
	enum err err = core_submit(call->server->door->options.core, &call->batch, &call->why);
	if (err)
		scim_fail(call, err);
}

static struct command *add_command(struct scim_call *call, enum command_type type, enum kind kind)
{
	struct command *command = &call->commands[call->batch.count++];
	*command = (struct command){
		.type = type, .tenant = call->actor.tenant, .kind = kind, .id = call->id
	};
	return command;
}

/* ---- passwords: hashed before anything is written, and never written otherwise ---- */

static void put_hash(struct scim_call *call)
{
	struct command *command = &call->commands[0];
	struct span hash = span_str(call->hashing.hash);
	if (command->type == COMMAND_CREATE) {
		entry_set(call->edit.entry, ATTR_PASSWORD, call->actor.source, hash, NULL);
		return;
	}
	struct modification *mods = arena_array(call->arena, command->mod_count + 1, sizeof *mods);
	struct value *value = arena_alloc(call->arena, sizeof *value);
	if (command->mod_count > 0)
		memcpy(mods, command->mods, command->mod_count * sizeof *mods);
	*value = (struct value){ ATTR_PASSWORD, 0, call->actor.source, hash };
	mods[command->mod_count] =
		(struct modification){ PATCH_REPLACE, ATTR_PASSWORD, call->actor.source, value, 1 };
	command->mods = mods;
	command->mod_count++;
}

static void after_hash(
	void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	if (call->hashed) {
		scim_fail(call, call->hashed);
		return;
	}
	put_hash(call);
	submit(call);
}

static void hashed(struct hashing *hashing, enum err err)
{
	struct scim_call *call = hashing->arg;
	call->hashed = err;
	http_resume(call->exchange, after_hash);
}

static void hash_and_submit(struct scim_call *call)
{
	if (!call->edit.password.data) {
		submit(call);
		return;
	}
	call->hashing.password = call->edit.password;
	call->hashing.done = hashed;
	call->hashing.arg = call;
	enum err err = hashing_start(
		call->server->door->options.core, call->actor.tenant, &call->hashing, &call->why);
	if (err)
		scim_fail(call, err);
}

/* ---- bodies ---- */

static void begin_edit(struct scim_call *call, struct entry *entry)
{
	call->edit = (struct scim_edit){ .arena = call->arena,
		.type = call->type,
		.entry = entry,
		.source = call->actor.source,
		.why = &call->why };
}

static const struct member_delta *deltas(struct scim_call *call)
{
	const struct scim_edit *edit = &call->edit;
	struct member_delta *list = arena_array(call->arena, edit->member_count, sizeof *list);
	for (size_t i = 0; i < edit->member_count; i++)
		list[i] = (struct member_delta){ KIND_NONE, edit->members[i].id,
			edit->members[i].remove };
	return list;
}

static enum err parse_body(struct scim_call *call)
{
	if (call->body)
		return OK;
	return json_parse(call->arena, call->request->body, &call->body, &call->why);
}

/* ---- PUT and PATCH: from what stands to what shall stand ---- */

/* A copy without what the core makes up: those are not SCIM's to keep or to change. */
static struct entry *present_entry(struct scim_call *call, const struct record *record)
{
	static const enum attr made_up[] = { ATTR_COMMON_NAME, ATTR_DISPLAY_NAME,
		ATTR_FAMILY_NAME };
	struct entry *entry = entry_copy(call->arena, record_entry(call->arena, record));
	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
		entry_remove_source(entry, made_up[i], SOURCE_DERIVED);
	return entry;
}

static enum err check_condition(struct scim_call *call, uint64_t revision)
{
	struct span condition = http_header(call->exchange, "If-Match");
	call->conditional = condition.len > 0;
	if (!call->conditional || scim_tag_matches(condition, revision))
		return OK;
	return fail(&call->why, ERR_VERSION, NULL, "somebody else changed the %s first",
		call->type->name);
}

static enum err keep_values(struct scim_call *call, const struct entry *before, enum attr attr)
{
	const struct value *value;
	enum err err = OK;
	for (size_t i = 0; !err && (value = entry_value(before, attr, i)); i++)
		err = entry_add(call->edit.entry, attr, value->instance, value->source,
			value->octets, &call->why);
	return err;
}

static bool says_extension(const struct scim_call *call)
{
	for (size_t i = 0; i < call->body->count; i++)
		if (span_equal_nocase(call->body->items[i].name, SPAN(SCIM_URN_MUSTER_USER)))
			return true;
	return false;
}

/* Our own extension, when the client does not speak of it. */
static enum err keep_extension(struct scim_call *call, const struct entry *before)
{
	const struct scim_type *type = call->type;
	enum err err = OK;
	for (size_t i = 0; i < type->count && !says_extension(call); i++) {
		const struct scim_attribute *attribute = &type->attributes[i];
		if (attribute->schema != SCIM_MUSTER || attribute->special)
			continue;
		if (!err && !attribute->complex)
			err = keep_values(call, before, attribute->attr);
		for (size_t j = 0; !err && j < attribute->count; j++)
			err = keep_values(call, before, attribute->parts[j].attr);
	}
	return err;
}

/* What a PUT leaves out and yet must not take away (RFC 7644 section 3.5.1 leaves it to us): a
 * password that nobody can read back, whether the person is active, and our own extension. */
static enum err keep_unsaid(struct scim_call *call, const struct entry *before)
{
	const struct entry *after = call->edit.entry;
	enum err err =
		entry_has(after, ATTR_PASSWORD) ? OK : keep_values(call, before, ATTR_PASSWORD);
	if (!err && !entry_has(after, ATTR_ACTIVE))
		err = keep_values(call, before, ATTR_ACTIVE);
	return err ? err : keep_extension(call, before);
}

static enum err edit_replace(struct scim_call *call, const struct entry *before)
{
	begin_edit(call, entry_new(call->arena, before->kind));
	enum err err = scim_take_body(&call->edit, call->body);
	if (!err && call->edit.group_type != KIND_NONE && call->edit.group_type != before->kind)
		return fail(&call->why, ERR_MUTABILITY, "groupType",
			"the type of a group cannot be changed");
	return err ? err : keep_unsaid(call, before);
}

static enum err edit_patch(struct scim_call *call, const struct entry *before)
{
	begin_edit(call, entry_copy(call->arena, before));
	return scim_patch(&call->edit, call->body);
}

static void add_modify(
	struct scim_call *call, const struct entry *before, const struct record *record)
{
	size_t count;
	struct modification *mods = scim_difference(
		call->arena, call->type, before, call->edit.entry, call->actor.source, &count);
	if (count == 0 && !call->edit.password.data)
		return;
	struct command *command = add_command(call, COMMAND_MODIFY, record->kind);
	command->mods = mods;
	command->mod_count = count;
	command->if_revision = record->revision;
}

static void add_members(struct scim_call *call, const struct record *record)
{
	const struct scim_edit *edit = &call->edit;
	if (!edit->members_replaced && edit->member_count == 0)
		return;
	bool first = call->batch.count == 0;
	struct command *command = add_command(call, COMMAND_MEMBERS, record->kind);
	command->members = deltas(call);
	command->member_count = edit->member_count;
	command->replace_members = edit->members_replaced;
	/* Additions and removals meet no earlier state; only a client's own condition binds them.
	 */
	if (first && call->conditional)
		command->if_revision = record->revision;
}

static enum err prepare_change(struct scim_call *call,
	enum err (*edit)(struct scim_call *call, const struct entry *before))
{
	struct record record;
	call->batch.count = 0;
	enum err err = scim_find(call, &call->id, &record);
	if (!err)
		err = check_condition(call, record.revision);
	if (err)
		return err;
	const struct entry *before = present_entry(call, &record);
	err = edit(call, before);
	if (err)
		return err;
	add_modify(call, before, &record);
	add_members(call, &record);
	return OK;
}

static void change(struct scim_call *call,
	enum err (*edit)(struct scim_call *call, const struct entry *before))
{
	enum err err = scim_path_id(call, &call->id);
	if (!err)
		err = scim_query_select(call);
	if (!err)
		err = parse_body(call);
	if (!err)
		err = view_begin(call->thread->view, &call->why);
	if (!err) {
		err = scim_find_actor(call);
		if (!err)
			err = prepare_change(call, edit);
		view_end(call->thread->view);
	}
	if (err)
		scim_fail(call, err);
	else if (call->batch.count == 0)
		answer_written(call);
	else
		hash_and_submit(call);
}

static void replace(struct scim_call *call)
{
	call->status = 200;
	change(call, edit_replace);
}

SCIM_HANDLER(scim_replace)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	call->again = replace;
	replace(call);
}

/* A big group is not sent back unasked (RFC 7644 section 3.5.2 allows 204). */
static void modify(struct scim_call *call)
{
	struct span text;
	bool asked;
	call->status = 200;
	if (call->type->kind != KIND_USER &&
		!http_parameter(call->request, "attributes", &text, &asked, NULL) && !asked)
		call->status = 204;
	change(call, edit_patch);
}

SCIM_HANDLER(scim_modify)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	call->again = modify;
	modify(call);
}

/* ---- POST ---- */

static void add_deactivation(struct scim_call *call)
{
	struct value *value = arena_alloc(call->arena, sizeof *value);
	struct modification *mod = arena_alloc(call->arena, sizeof *mod);
	struct command *command = add_command(call, COMMAND_MODIFY, KIND_USER);
	*value = (struct value){ ATTR_ACTIVE, 0, call->actor.source, SPAN("FALSE") };
	*mod = (struct modification){ PATCH_REPLACE, ATTR_ACTIVE, call->actor.source, value, 1 };
	command->mods = mod;
	command->mod_count = 1;
}

/* The same id with what is said now and no password of before; who is to be inactive is there again
 * and inactive. */
static enum err reactivate(struct scim_call *call, const struct record *record)
{
	const struct entry *before = present_entry(call, record);
	struct entry *after = call->edit.entry;
	bool inactive = span_equal(entry_first(after, ATTR_ACTIVE), SPAN("FALSE"));
	call->id = record->id;
	enum err err = keep_extension(call, before);
	if (!err)
		err = entry_set(after, ATTR_ACTIVE, call->actor.source, SPAN("TRUE"), &call->why);
	if (err)
		return err;
	add_modify(call, before, record);
	if (inactive)
		add_deactivation(call);
	return OK;
}

static void add_create(struct scim_call *call)
{
	struct command *command = add_command(call, COMMAND_CREATE, call->edit.entry->kind);
	command->entry = call->edit.entry;
	command->members = deltas(call);
	command->member_count = call->edit.member_count;
}

static enum err prepare_create(struct scim_call *call)
{
	struct record record;
	bool found;
	begin_edit(call, entry_new(call->arena, call->type->kind));
	enum err err = scim_query_select(call);
	if (!err)
		err = parse_body(call);
	if (!err)
		err = scim_take_body(&call->edit, call->body);
	if (err)
		return err;
	if (call->edit.group_type != KIND_NONE)
		call->edit.entry->kind = call->edit.group_type;
	err = view_begin(call->thread->view, &call->why);
	if (err)
		return err;
	err = scim_find_actor(call);
	if (!err)
		err = scim_find_deleted(call, call->edit.entry, &found, &record);
	if (!err && found)
		err = reactivate(call, &record);
	view_end(call->thread->view);
	if (!err && !found)
		add_create(call);
	return err;
}

static void create(struct scim_call *call)
{
	call->status = 201;
	call->batch.count = 0;
	call->id = (struct uuid){ 0 };
	enum err err = prepare_create(call);
	if (err)
		scim_fail(call, err);
	else
		hash_and_submit(call);
}

SCIM_HANDLER(scim_create)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	call->again = create;
	create(call);
}

/* ---- DELETE ---- */

static enum err prepare_delete(struct scim_call *call)
{
	struct record record;
	call->batch.count = 0;
	enum err err = scim_find(call, &call->id, &record);
	if (!err)
		err = check_condition(call, record.revision);
	if (err)
		return err;
	struct command *command = add_command(call, COMMAND_DELETE, record.kind);
	command->if_revision = call->conditional ? record.revision : 0;
	return OK;
}

SCIM_HANDLER(scim_delete)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	call->status = 204;
	enum err err = scim_path_id(call, &call->id);
	if (!err)
		err = view_begin(call->thread->view, &call->why);
	if (!err) {
		err = prepare_delete(call);
		view_end(call->thread->view);
	}
	if (err)
		scim_fail(call, err);
	else
		submit(call);
}
