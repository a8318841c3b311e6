#include "in/admin/admin_int.h"

/* The company that the argument names, by name. */
static enum err put_parent(struct request *r, struct entry *entry)
{
	struct span name = json_text(r->args, "parent");
	struct tenant_info parent;

	if (name.len == 0)
		return OK;
	enum err err = request_read(r);
	if (err != OK)
		return err;
	if (!view_tenant(r->view, name, &parent))
		return fail(r->why, ERR_UNKNOWN, "parent", "there is no such tenant");
	return entry_set(entry, ATTR_PARENT_TENANT, SOURCE_LOCAL,
		arena_copy(r->arena, uuid_span(&parent.id)), r->why);
}

enum err admin_tenant_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_TENANT);

	enum err err = request_put(r, entry, ATTR_COMMON_NAME, "name");
	if (err == OK)
		err = request_put(r, entry, ATTR_PRESET, "preset");
	if (err == OK)
		err = request_put(r, entry, ATTR_TENANT_TYPE, "type");
	if (err == OK)
		err = put_parent(r, entry);
	return err ? err : request_create(r, entry, "name", NULL, SPAN_NONE);
}

/* What operators group companies by. */
static void put_group(struct request *r, const struct tenant_info *tenant)
{
	struct record entry, parent;

	if (!view_by_id(r->view, 0, &tenant->id, &entry))
		return;
	json_text_member(r->out, "type", record_first(&entry, ATTR_TENANT_TYPE));
	json_name(r->out, "parent");
	if (request_reference(r, &entry, ATTR_PARENT_TENANT, &parent))
		json_put_text(r->out, record_first(&parent, ATTR_COMMON_NAME));
	else
		json_put_null(r->out);
}

static void list_one(struct request *r, const struct record *record)
{
	struct tenant_info tenant;

	if (!view_tenant(r->view, record_first(record, ATTR_COMMON_NAME), &tenant))
		return;
	json_begin_object(r->out);
	json_text_member(r->out, "tenant", tenant.name);
	json_bool_member(r->out, "active", tenant.active);
	json_bool_member(r->out, "erasing", tenant.erasing);
	json_integer_member(
		r->out, "users", (int64_t)view_count(r->view, tenant.number, KIND_USER));
	show_uuid(r, "id", &tenant.id);
	put_group(r, &tenant);
	show_time(r, "created", record->created);
	json_end_object(r->out);
}

enum err admin_tenant_list(struct request *r)
{
	enum err err = request_read(r);

	return err == OK ? request_list(r, KIND_TENANT, NULL, list_one) : err;
}

static const char *count_name(struct request *r, enum kind kind)
{
	if (kind == KIND_DIRECTORY)
		return "directories";
	return kind == KIND_HELD ? "held" : arena_printf(r->arena, "%ss", kind_row(kind)->word);
}

static void put_counts(struct request *r)
{
	for (enum kind kind = KIND_USER; kind < KIND_COUNT; kind++)
		if (kind_row(kind) && kind != KIND_SETTINGS)
			json_integer_member(r->out, count_name(r, kind),
				(int64_t)view_count(r->view, r->tenant.number, kind));
}

enum err admin_tenant_show(struct request *r)
{
	enum err err = request_tenant(r);

	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "tenant", r->tenant.name);
	json_bool_member(r->out, "active", r->tenant.active);
	json_bool_member(r->out, "erasing", r->tenant.erasing);
	show_uuid(r, "id", &r->tenant.id);
	/* Who else is a customer is no tenant's business. */
	if (r->actor.type == ACTOR_OPERATOR || r->actor.tenant == 0)
		put_group(r, &r->tenant);
	put_counts(r);
	json_integer_member(
		r->out, "changes", (int64_t)view_journal_last(r->view, r->tenant.number));
	json_end_object(r->out);
	return OK;
}

static enum err set_active(struct request *r, struct span active)
{
	enum err err = request_tenant(r);

	return err == OK ? request_set(r, 0, &r->tenant.id, KIND_TENANT, ATTR_ACTIVE, active) : err;
}

enum err admin_tenant_suspend(struct request *r)
{
	return set_active(r, SPAN("FALSE"));
}

enum err admin_tenant_resume(struct request *r)
{
	return set_active(r, SPAN("TRUE"));
}

enum err admin_tenant_group(struct request *r)
{
	struct entry *wanted = entry_new(r->arena, KIND_TENANT);
	static const enum attr attrs[] = { ATTR_TENANT_TYPE, ATTR_PARENT_TENANT };
	static const char *const arguments[] = { "type", "parent" };
	struct modification mods[2];
	struct outcome outcome;
	size_t count = 0;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_put(r, wanted, ATTR_TENANT_TYPE, "type");
	if (err == OK)
		err = put_parent(r, wanted);
	if (err != OK)
		return err;
	for (size_t i = 0; i < 2; i++)
		if (r->args && json_member(r->args, arguments[i]))
			mods[count++] = (struct modification){ .op = PATCH_REPLACE,
				.attr = attrs[i],
				.values = entry_value(wanted, attrs[i], 0),
				.count = entry_value_count(wanted, attrs[i]) };
	const struct command command = { .type = COMMAND_MODIFY,
		.kind = KIND_TENANT,
		.id = r->tenant.id,
		.mods = mods,
		.mod_count = count };
	return request_run(r, &command, &outcome);
}

/* The request begins it and the keeper goes on, also after a restart: asking again changes
 * nothing. */
enum err admin_tenant_erase(struct request *r)
{
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	if (r->tenant.number == 0)
		return fail(r->why, ERR_NOT_FOUND, "tenant", "there is no such tenant");
	if (!span_equal(json_text(r->args, "confirm"), r->tenant.name))
		return fail(r->why, ERR_CONFLICT, "confirm",
			"to confirm, repeat the tenant's name: %.*s", SPAN_ARGS(r->tenant.name));
	const struct command command = {
		.type = COMMAND_ERASE, .kind = KIND_TENANT, .id = r->tenant.id
	};
	if (!r->tenant.erasing)
		err = request_run(r, &command, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "tenant", r->tenant.name);
	show_uuid(r, "id", &r->tenant.id);
	json_bool_member(r->out, "erasing", true);
	json_end_object(r->out);
	return OK;
}
