/* Which groups of a directory give what, and that some of them may give roles which let people
 * administer. */
#include "in/admin/directory_int.h"
#include "in/admin/edit_int.h"

#include "model/grant.h"

static void put_grant(struct request *r, const struct sync_grant *row)
{
	json_begin_object(r->out);
	json_text_member(r->out, "row", row->row);
	json_text_member(r->out, "group", row->group);
	if (!uuid_is_nil(&row->anchor))
		show_uuid(r, "anchor", &row->anchor);
	json_text_member(r->out, "gives", row->what);
	json_string_member(r->out, "state", row->state);
	json_integer_member(r->out, "people", row->people);
	json_bool_member(r->out, "privileged", row->power != 0);
	if (row->kept)
		json_bool_member(r->out, "kept", true);
	json_end_object(r->out);
}

static enum err read_grants(
	struct request *r, struct record *directory, struct sync_grant **rows, size_t *count)
{
	enum err err = directory_find(r, directory);

	*rows = arena_array(r->arena, SYNC_GRANTS_MAX, sizeof **rows);
	return err ? err : sync_grants(r->view, r->arena, directory, *rows, count, r->why);
}

enum err admin_directory_grants(struct request *r)
{
	struct record directory;
	struct sync_grant *rows;
	size_t count = 0;

	enum err err = read_grants(r, &directory, &rows, &count);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		put_grant(r, &rows[i]);
	json_end_array(r->out);
	return OK;
}

/* ---- approving ---- */

static bool is_group(const struct sync_grant *row, struct span text)
{
	struct uuid anchor;

	return span_equal_nocase(row->group, text) ||
	       (uuid_parse(text, &anchor) && uuid_equal(&row->anchor, &anchor));
}

/* The row of the group and role that the arguments name. */
static enum err find_grant(struct request *r, struct record *directory, struct grant *grant)
{
	struct sync_grant *rows;
	struct record role;
	size_t count = 0;

	enum err err = read_grants(r, directory, &rows, &count);
	if (err == OK)
		err = request_entry(r, KIND_ROLE, "role", &role);
	if (err != OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (!is_group(&rows[i], json_text(r->args, "group")) ||
			!uuid_equal(&rows[i].target, &role.id))
			continue;
		*grant = (struct grant){ rows[i].anchor, role.id, rows[i].power };
		if (uuid_is_nil(&grant->anchor))
			return fail(
				r->why, ERR_CONFLICT, "group", "no run has found the group yet");
		return OK;
	}
	return fail(r->why, ERR_NOT_FOUND, "group", "no row maps such a group to the role");
}

static enum err set_approvals(struct request *r, const struct record *directory,
	const struct grant *gone, const struct grant *come)
{
	struct edit edit = { .r = r };
	struct outcome outcome;
	struct grant known;
	enum err err = OK;

	edit_replace(&edit, ATTR_GRANT_APPROVED, directory->count + 1);
	for (size_t i = record_find(directory, ATTR_GRANT_APPROVED); !err && i < directory->count;
		i++) {
		struct value value = record_row(directory, i);
		if (value.attr != ATTR_GRANT_APPROVED)
			break;
		if (!grant_parse(value.octets, &known) ||
			!uuid_equal(&known.anchor, &gone->anchor) ||
			!uuid_equal(&known.role, &gone->role))
			err = edit_add_value(&edit, value.octets);
	}
	if (!err && come)
		err = edit_add_value(&edit, grant_text(r->arena, come));
	if (err)
		return err;
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_DIRECTORY,
		.id = directory->id,
		.mods = edit.mods,
		.mod_count = edit.count,
		.if_revision = directory->revision,
		.reason = json_text(r->args, "reason") };
	return request_run(r, &command, &outcome);
}

enum err admin_directory_approve_grant(struct request *r)
{
	struct record directory;
	struct grant grant;

	enum err err = find_grant(r, &directory, &grant);
	if (err != OK)
		return err;
	if (grant.power == 0)
		return fail(r->why, ERR_UNWILLING, "role", "the role needs no approval");
	return set_approvals(r, &directory, &grant, &grant);
}

enum err admin_directory_revoke_grant(struct request *r)
{
	struct record directory;
	struct grant grant;

	enum err err = find_grant(r, &directory, &grant);
	return err ? err : set_approvals(r, &directory, &grant, NULL);
}
