#include "in/admin/admin_int.h"

#include "core/permission.h"

/* ---- the matrix ---- */

#define EXAMINED_AT_ONCE 10000

struct roles {
	struct record *records;
	size_t count;
};

static enum err gather_roles(struct request *r, struct roles *roles)
{
	struct search_spec spec = request_search(r, KIND_ROLE, NULL);
	struct search *search;
	struct record record;
	uint64_t room = view_count(r->view, r->tenant.number, KIND_ROLE);
	enum step step = STEP_MORE;

	roles->records = arena_array(r->arena, room + 1, sizeof *roles->records);
	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (step != STEP_END && roles->count < room) {
		unsigned budget = EXAMINED_AT_ONCE;
		step = search_next(search, &budget, &record);
		if (step == STEP_FOUND)
			roles->records[roles->count++] = record;
	}
	search_close(search);
	return view_error(r->view, r->why);
}

static void put_info(
	struct request *r, const struct permission_info *info, const struct roles *roles)
{
	static const char *const origins[] = { [PERMISSION_OF_CORE] = "core",
		[PERMISSION_OF_PRESET] = "preset",
		[PERMISSION_REGISTERED] = "registered",
		[PERMISSION_OF_APP] = "app" };

	json_begin_object(r->out);
	json_text_member(r->out, "permission", info->codename);
	json_text_member(r->out, "group", info->group);
	json_text_member(r->out, "label", info->label);
	json_string_member(r->out, "origin", origins[info->origin]);
	json_bool_member(r->out, "scoped", info->scoped);
	json_bool_member(r->out, "own", info->own);
	if (info->alias.len > 0)
		json_text_member(r->out, "alias", info->alias);
	json_name(r->out, "roles");
	json_begin_array(r->out);
	for (size_t i = 0; i < roles->count; i++)
		if (record_has_permission(&roles->records[i], info->codename))
			json_put_text(r->out, record_first(&roles->records[i], ATTR_COMMON_NAME));
	json_end_array(r->out);
	json_end_object(r->out);
}

enum err admin_permission_list(struct request *r)
{
	struct roles roles = { 0 };
	struct permission_info info;

	enum err err = request_tenant(r);
	if (err == OK)
		err = gather_roles(r, &roles);
	if (err != OK)
		return err;
	struct permission_walk *walk = view_permissions(r->view, r->arena, r->tenant.number);
	json_begin_array(r->out);
	while (permission_walk_next(walk, &info))
		put_info(r, &info, &roles);
	json_end_array(r->out);
	permission_walk_close(walk);
	return view_error(r->view, r->why);
}

/* ---- registering ---- */

static enum err put_name(struct request *r, struct entry *entry, const char *argument)
{
	enum err err = request_tenant(r);

	if (err == OK)
		err = entry_put(r, entry, ATTR_COMMON_NAME, 0, json_text(r->args, argument));
	if (err == OK && json_text(r->args, "label").len > 0)
		err = entry_put(r, entry, ATTR_DESCRIPTION, 0, json_text(r->args, "label"));
	return err;
}

enum err admin_permission_register(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_PERMISSION);

	enum err err = put_name(r, entry, "permission");
	if (err == OK)
		err = request_put(r, entry, ATTR_PERMISSION_GROUP, "group");
	if (err == OK)
		err = request_put(r, entry, ATTR_IS_SCOPED, "scoped");
	if (err == OK)
		err = request_put(r, entry, ATTR_IS_OWN, "own");
	return err == OK ? request_create(r, entry, "permission", NULL, SPAN_NONE) : err;
}

enum err admin_permission_unregister(struct request *r)
{
	return request_delete(r, KIND_PERMISSION, "permission");
}

static void list_app(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	show_head(r, record);
	json_text_member(r->out, "label", record_first(record, ATTR_DESCRIPTION));
	json_end_object(r->out);
}

enum err admin_app_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_APP, NULL, list_app) : err;
}

enum err admin_app_register(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_APP);

	enum err err = put_name(r, entry, "app");
	return err == OK ? request_create(r, entry, "app", NULL, SPAN_NONE) : err;
}

enum err admin_app_unregister(struct request *r)
{
	return request_delete(r, KIND_APP, "app");
}
