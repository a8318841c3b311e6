#include "in/admin/admin_int.h"

#include "core/permission.h"
#include "model/value.h"

/* ---- making ---- */

static enum err put_text(struct request *r, struct entry *entry, enum attr attr, const char *name)
{
	struct span text = json_text(r->args, name);

	return text.len > 0 ? entry_put(r, entry, attr, 0, text) : OK;
}

enum err admin_role_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_ROLE);

	enum err err = request_tenant(r);
	if (err == OK)
		err = put_text(r, entry, ATTR_COMMON_NAME, "role");
	if (err == OK)
		err = put_text(r, entry, ATTR_DESCRIPTION, "description");
	if (err == OK)
		err = request_put(r, entry, ATTR_LEVEL, "level");
	if (err == OK)
		err = request_put(r, entry, ATTR_PERMISSION, "permissions");
	return err == OK ? request_create(r, entry, "role", NULL, SPAN_NONE) : err;
}

static bool is_copied(enum attr attr)
{
	return attr == ATTR_PERMISSION || attr == ATTR_LEVEL || attr == ATTR_DESCRIPTION;
}

/* Never built-in, whatever it is a copy of. */
enum err admin_role_duplicate(struct request *r)
{
	struct record role;
	struct entry *entry = entry_new(r->arena, KIND_ROLE);

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_ROLE, "role", &role);
	if (err == OK)
		err = put_text(r, entry, ATTR_COMMON_NAME, "name");
	for (size_t i = 0; err == OK && i < role.count; i++) {
		struct value value = record_row(&role, i);
		if (is_copied(value.attr))
			err = entry_add(entry, value.attr, value.instance, SOURCE_LOCAL,
				arena_copy(r->arena, value.octets), r->why);
	}
	return err == OK ? request_create(r, entry, "name", NULL, SPAN_NONE) : err;
}

/* ---- changing ---- */

struct edits {
	struct request *r;
	struct modification mods[6];
	size_t count;
};

static enum err add_values(struct edits *edits, enum patch_op op, enum attr attr,
	const struct json *const *texts, size_t count)
{
	struct request *r = edits->r;
	struct value *values = arena_array(r->arena, count + 1, sizeof *values);

	for (size_t i = 0; i < count; i++) {
		values[i] = (struct value){ .attr = attr, .instance = (uint16_t)i };
		enum err err =
			value_canonical(r->arena, attr, texts[i]->text, &values[i].octets, r->why);
		if (err != OK)
			return err;
	}
	edits->mods[edits->count++] =
		(struct modification){ .op = op, .attr = attr, .values = values, .count = count };
	return OK;
}

static enum err edit_list(struct edits *edits, enum patch_op op, const char *argument)
{
	struct request *r = edits->r;
	const struct json *given = json_member(r->args, argument);

	if (!given || (given->count == 0 && op != PATCH_REPLACE))
		return OK;
	const struct json **texts = arena_array(r->arena, given->count + 1, sizeof *texts);
	for (size_t i = 0; i < given->count; i++)
		texts[i] = &given->items[i];
	return add_values(edits, op, ATTR_PERMISSION, texts, given->count);
}

static enum err edit_one(struct edits *edits, enum attr attr, const char *argument)
{
	struct request *r = edits->r;
	const struct json *given = json_member(r->args, argument);
	struct json text = { .type = JSON_IS_STRING };
	const struct json *texts = &text;

	if (!given)
		return OK;
	if (given->type == JSON_IS_INTEGER)
		text.text = span_str(arena_printf(r->arena, "%lld", (long long)given->integer));
	else
		text.text = given->text;
	return add_values(edits, PATCH_REPLACE, attr, &texts, text.text.len > 0);
}

static enum err show_role(struct request *r, const struct uuid *id)
{
	struct record role;

	enum err err = request_read(r);
	if (err == OK && !view_by_id(r->view, r->tenant.number, id, &role))
		err = fail(r->why, ERR_NOT_FOUND, "role", "there is no such role");
	if (err == OK)
		show_container(r, &role);
	return err;
}

enum err admin_role_edit(struct request *r)
{
	struct edits edits = { .r = r };
	struct record role;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_ROLE, "role", &role);
	if (err == OK)
		err = edit_one(&edits, ATTR_COMMON_NAME, "name");
	if (err == OK)
		err = edit_one(&edits, ATTR_DESCRIPTION, "description");
	if (err == OK)
		err = edit_one(&edits, ATTR_LEVEL, "level");
	if (err == OK)
		err = edit_list(&edits, PATCH_REPLACE, "permissions");
	if (err == OK)
		err = edit_list(&edits, PATCH_ADD, "grants");
	if (err == OK)
		err = edit_list(&edits, PATCH_REMOVE, "withdraws");
	if (err != OK)
		return err;
	const struct uuid id = role.id;
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_ROLE,
		.id = id,
		.mods = edits.mods,
		.mod_count = edits.count };
	err = request_run(r, &command, &outcome);
	return err == OK ? show_role(r, &id) : err;
}

enum err admin_role_delete(struct request *r)
{
	return request_delete(r, KIND_ROLE, "role");
}
