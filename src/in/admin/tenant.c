#include "in/admin/admin_int.h"

enum err admin_tenant_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_TENANT);

	enum err err = request_put(r, entry, ATTR_COMMON_NAME, "name");
	return err ? err : request_create(r, entry, "name", NULL, SPAN_NONE);
}

enum err admin_tenant_list(struct request *r)
{
	struct tenant_info tenant;

	enum err err = request_read(r);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (uint32_t least = 1; view_next_tenant(r->view, least, &tenant);
		least = tenant.number + 1) {
		json_begin_object(r->out);
		json_text_member(r->out, "tenant", tenant.name);
		json_bool_member(r->out, "active", tenant.active);
		json_integer_member(
			r->out, "users", (int64_t)view_count(r->view, tenant.number, KIND_USER));
		show_uuid(r, "id", &tenant.id);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	return OK;
}

static void put_counts(struct request *r)
{
	for (enum kind kind = KIND_USER; kind < KIND_COUNT; kind++)
		if (kind_row(kind))
			json_integer_member(r->out,
				arena_printf(r->arena,
					kind == KIND_DIRECTORY ? "directories" : "%ss",
					kind_row(kind)->word),
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
	show_uuid(r, "id", &r->tenant.id);
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
