/* What a client asks of one resource, against what stands, becomes commands. */
#include "in/scim/scim_int.h"

#include "core/held.h"

static struct command *add_command(
	struct scim_call *call, struct scim_change *change, enum command_type type, enum kind kind)
{
	struct command *command = &change->commands[change->count++];
	*command = (struct command){
		.type = type, .tenant = call->actor.tenant, .kind = kind, .id = change->id
	};
	return command;
}

static void begin_edit(struct scim_call *call, struct scim_change *change, struct entry *entry)
{
	change->edit = (struct scim_edit){ .arena = call->arena,
		.type = change->type,
		.entry = entry,
		.source = call->actor.source,
		.no_target = call->actor.entrance.no_target,
		.why = &call->why };
}

static const struct member_delta *deltas(const struct scim_edit *edit)
{
	struct member_delta *list = arena_array(edit->arena, edit->member_count, sizeof *list);
	for (size_t i = 0; i < edit->member_count; i++)
		list[i] = (struct member_delta){ KIND_NONE, edit->members[i].id,
			edit->members[i].remove };
	return list;
}

/* ---- PUT and PATCH: from what stands to what shall stand ---- */

/* A copy without what the core makes up, nor what others call the person: those are not this
 * client's to keep or to change. */
static struct entry *present_entry(struct scim_call *call, const struct record *record)
{
	static const enum attr made_up[] = { ATTR_COMMON_NAME, ATTR_DISPLAY_NAME,
		ATTR_FAMILY_NAME };
	struct entry *entry = entry_copy(call->arena, record_entry(call->arena, record));
	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
		entry_remove_source(entry, made_up[i], SOURCE_DERIVED);
	entry_keep_source(entry, ATTR_EXTERNAL_ID, call->actor.source);
	return entry;
}

/* RFC 9110 section 13.2.2. */
static enum err check_condition(
	struct scim_call *call, struct scim_change *change, uint64_t revision)
{
	change->conditional = change->if_match.len > 0;
	if (change->conditional && !scim_tag_matches(change->if_match, revision))
		return fail(&call->why, ERR_VERSION, NULL, "somebody else changed the %s first",
			change->type->name);
	if (change->if_none_match.len > 0 && scim_tag_matches(change->if_none_match, revision))
		return fail(&call->why, ERR_VERSION, NULL, "there is such a %s already",
			change->type->name);
	return OK;
}

/* In a dry run, what the changes before this one would leave. */
static enum err find_newest(
	struct scim_call *call, const struct scim_change *change, struct record *record)
{
	bool there;
	if (!call->run.dry || !scim_would_be(&call->run, &change->id, record, &there))
		return scim_find(call, &change->id, record);
	return there ? OK
		     : fail(&call->why, ERR_NOT_FOUND, NULL, "there is no such %s",
			       change->type->name);
}

static enum err find_present(
	struct scim_call *call, struct scim_change *change, struct record *record)
{
	enum err err = find_newest(call, change, record);
	if (err)
		return err;
	change->name =
		arena_copy(call->arena, record_first(record, kind_row(record->kind)->naming));
	return check_condition(call, change, record->revision);
}

static enum err keep_values(struct scim_edit *edit, const struct entry *before, enum attr attr)
{
	const struct value *value;
	enum err err = OK;
	for (size_t i = 0; !err && (value = entry_value(before, attr, i)); i++)
		err = entry_add(edit->entry, attr, value->instance, value->source, value->octets,
			edit->why);
	return err;
}

static bool says_extension(const struct json *body)
{
	for (size_t i = 0; i < body->count; i++)
		if (span_equal_nocase(body->items[i].name, SPAN(SCIM_URN_MUSTER_USER)))
			return true;
	return false;
}

/* Our own extension, when the client does not speak of it. */
static enum err keep_extension(struct scim_change *change, const struct entry *before)
{
	const struct scim_type *type = change->type;
	enum err err = OK;
	for (size_t i = 0; i < type->count && !says_extension(change->body); i++) {
		const struct scim_attribute *attribute = &type->attributes[i];
		if (attribute->schema != SCIM_MUSTER || attribute->special)
			continue;
		if (!err && !attribute->complex)
			err = keep_values(&change->edit, before, attribute->attr);
		for (size_t j = 0; !err && j < attribute->count; j++)
			err = keep_values(&change->edit, before, attribute->parts[j].attr);
	}
	return err;
}

static bool stays(enum attr attr)
{
	return attr == ATTR_ACTIVE || attr_has(attr, ATTR_WRITE_ONLY | ATTR_IMMUTABLE);
}

/* What a PUT leaves out and yet must not take away (RFC 7644 section 3.5.1 leaves it to us): what
 * nobody can read back or change, whether the person is active, and our own extension. */
static enum err keep_unsaid(struct scim_change *change, const struct entry *before)
{
	struct scim_edit *edit = &change->edit;
	const struct scim_type *type = change->type;
	enum err err = OK;
	for (size_t i = 0; i < type->count && !err; i++) {
		enum attr attr = type->attributes[i].attr;
		if (stays(attr) && !entry_has(edit->entry, attr))
			err = keep_values(edit, before, attr);
	}
	return err ? err : keep_extension(change, before);
}

static enum err edit_replace(
	struct scim_call *call, struct scim_change *change, const struct entry *before)
{
	begin_edit(call, change, entry_new(call->arena, before->kind));
	enum err err = scim_take_body(&change->edit, change->body);
	if (!err && change->edit.group_type != KIND_NONE && change->edit.group_type != before->kind)
		return fail(&call->why, ERR_MUTABILITY, "groupType",
			"the type of a group cannot be changed");
	return err ? err : keep_unsaid(change, before);
}

static enum err edit_patch(
	struct scim_call *call, struct scim_change *change, const struct entry *before)
{
	begin_edit(call, change, entry_copy(call->arena, before));
	return scim_patch(&change->edit, change->body);
}

/* Who is said to be active, and is, waits no more to be deactivated. */
static bool takes_back(
	struct scim_call *call, const struct scim_change *change, const struct record *record)
{
	return change->edit.says_active && record_is_true(record, ATTR_ACTIVE) &&
	       span_equal(entry_first(change->edit.entry, ATTR_ACTIVE), SPAN("TRUE")) &&
	       actor_may(&call->actor, PERM_USERS_DEACTIVATE) &&
	       view_is_held(call->thread->view, call->actor.tenant, &call->actor.id, &record->id);
}

static void put_active(struct scim_call *call, struct modification *mod)
{
	struct value *value = arena_alloc(call->arena, sizeof *value);
	*value = (struct value){ ATTR_ACTIVE, 0, call->actor.source, SPAN("TRUE") };
	*mod = (struct modification){ PATCH_REPLACE, ATTR_ACTIVE, call->actor.source, value, 1 };
}

static void add_modify(struct scim_call *call, struct scim_change *change,
	const struct entry *before, const struct record *record)
{
	size_t count;
	struct modification *mods = scim_difference(
		call->arena, change->type, before, change->edit.entry, call->actor.source, &count);
	if (takes_back(call, change, record))
		put_active(call, &mods[count++]);
	if (count == 0 && !change->edit.password.data)
		return;
	/* What a PUT leaves out, its client does not say; others may. */
	for (size_t i = 0; i < count; i++)
		mods[i].own_only = change->method != HTTP_PATCH;
	struct command *command = add_command(call, change, COMMAND_MODIFY, record->kind);
	command->mods = mods;
	command->mod_count = count;
	command->if_revision = record->revision;
}

static void add_members(
	struct scim_call *call, struct scim_change *change, const struct record *record)
{
	const struct scim_edit *edit = &change->edit;
	if (!edit->members_replaced && edit->member_count == 0)
		return;
	bool first = change->count == 0;
	struct command *command = add_command(call, change, COMMAND_MEMBERS, record->kind);
	command->members = deltas(edit);
	command->member_count = edit->member_count;
	command->replace_members = edit->members_replaced;
	/* Additions and removals meet no earlier state; only a client's own condition binds them.
	 */
	if (first && change->conditional)
		command->if_revision = record->revision;
}

static enum err change_values(struct scim_call *call, struct scim_change *change,
	enum err (*edit)(
		struct scim_call *call, struct scim_change *change, const struct entry *before))
{
	struct record record;
	enum err err = find_present(call, change, &record);
	if (err)
		return err;
	const struct entry *before = present_entry(call, &record);
	err = edit(call, change, before);
	if (err)
		return err;
	change->revision = record.revision;
	add_modify(call, change, before, &record);
	add_members(call, change, &record);
	return OK;
}

static enum err prepare_replace(struct scim_call *call, struct scim_change *change)
{
	return change_values(call, change, edit_replace);
}

static enum err prepare_patch(struct scim_call *call, struct scim_change *change)
{
	return change_values(call, change, edit_patch);
}

/* ---- POST ---- */

static void add_deactivation(struct scim_call *call, struct scim_change *change)
{
	struct value *value = arena_alloc(call->arena, sizeof *value);
	struct modification *mod = arena_alloc(call->arena, sizeof *mod);
	struct command *command = add_command(call, change, COMMAND_MODIFY, KIND_USER);
	*value = (struct value){ ATTR_ACTIVE, 0, call->actor.source, SPAN("FALSE") };
	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_ACTIVE,
		.source = call->actor.source,
		.values = value,
		.count = 1 };
	command->mods = mod;
	command->mod_count = 1;
}

/* The same id with what is said now and no password of before; who is to be inactive is there again
 * and inactive. */
static enum err reactivate(
	struct scim_call *call, struct scim_change *change, const struct record *record)
{
	const struct entry *before = present_entry(call, record);
	struct entry *after = change->edit.entry;
	bool inactive = span_equal(entry_first(after, ATTR_ACTIVE), SPAN("FALSE"));
	change->id = record->id;
	enum err err = keep_extension(change, before);
	if (!err)
		err = entry_set(after, ATTR_ACTIVE, call->actor.source, SPAN("TRUE"), &call->why);
	if (err)
		return err;
	add_modify(call, change, before, record);
	if (inactive)
		add_deactivation(call, change);
	return OK;
}

static void add_create(struct scim_call *call, struct scim_change *change)
{
	const struct scim_edit *edit = &change->edit;
	struct command *command = add_command(call, change, COMMAND_CREATE, edit->entry->kind);
	command->entry = edit->entry;
	command->members = deltas(edit);
	command->member_count = edit->member_count;
}

static enum err prepare_create(struct scim_call *call, struct scim_change *change)
{
	struct record record;
	bool found;
	change->id = change->fresh;
	begin_edit(call, change, entry_new(call->arena, change->type->kind));
	enum err err = scim_take_body(&change->edit, change->body);
	if (err)
		return err;
	if (change->edit.group_type != KIND_NONE)
		change->edit.entry->kind = change->edit.group_type;
	err = scim_find_deleted(call, change->edit.entry, &found, &record);
	if (!err && found)
		err = check_condition(call, change, record.revision);
	if (!err && found)
		return reactivate(call, change, &record);
	if (!err)
		add_create(call, change);
	return err;
}

/* ---- DELETE ---- */

static enum err prepare_delete(struct scim_call *call, struct scim_change *change)
{
	struct record record;
	enum err err = find_present(call, change, &record);
	if (err)
		return err;
	struct command *command = add_command(call, change, COMMAND_DELETE, record.kind);
	command->if_revision = change->conditional ? record.revision : 0;
	return OK;
}

enum err scim_prepare(struct scim_call *call, struct scim_change *change)
{
	static const struct {
		enum err (*prepare)(struct scim_call *call, struct scim_change *change);
		int status;
	} rows[HTTP_METHOD_COUNT] = {
		[HTTP_POST] = { prepare_create, 201 },
		[HTTP_PUT] = { prepare_replace, 200 },
		[HTTP_PATCH] = { prepare_patch, 200 },
		[HTTP_DELETE] = { prepare_delete, 204 },
	};
	change->count = 0;
	change->status = rows[change->method].status;
	call->type = change->type;
	return rows[change->method].prepare(call, change);
}
