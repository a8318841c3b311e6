#include "in/admin/admin_int.h"

#include "core/people.h"

/* Who manages a company: whom to write to. */

#define EXAMINED_AT_ONCE 10000

static void put_emails(struct request *r, const struct record *record)
{
	json_name(r->out, "emails");
	json_begin_array(r->out);
	for (size_t i = 0; i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr == ATTR_EMAIL)
			json_put_text(r->out, value.octets);
	}
	json_end_array(r->out);
}

static void show_admin(struct request *r, const struct tenant_info *tenant,
	const struct admin_person *person, const struct sight *sight)
{
	struct record record;

	if (!view_entry(r->view, tenant->number, KIND_USER, person->number, &record) ||
		!sight_sees(sight, &record))
		return;
	json_begin_object(r->out);
	json_text_member(r->out, "tenant", tenant->name);
	json_text_member(r->out, "user", record_first(&record, ATTR_USER_NAME));
	json_text_member(r->out, "name", record_first(&record, ATTR_DISPLAY_NAME));
	put_emails(r, &record);
	json_bool_member(r->out, "lasting", person->lasting);
	show_uuid(r, "id", &record.id);
	json_end_object(r->out);
}

/* A page or its rest, of one tenant. */
static enum err list_tenant(struct request *r, const struct tenant_info *tenant,
	struct admins *admins, const struct sight *sight)
{
	size_t from = admins->count;
	enum err err = view_admins(r->view, r->arena, tenant->number, admins, r->why);

	for (size_t i = from; err == OK && i < admins->count; i++)
		show_admin(r, tenant, &admins->people[i], sight);
	return err;
}

/* "tenant.role.member", as numbers. */
static enum err read_page(struct request *r, uint32_t *tenant, struct admins *admins)
{
	struct span rest = json_text(r->args, "cursor");
	uint32_t *const numbers[] = { tenant, &admins->place.role, &admins->place.member };
	uint64_t limit, number;

	*tenant = 0;
	*admins = (struct admins){ .budget = EXAMINED_AT_ONCE };
	for (size_t i = 0; rest.len > 0 && i < 3; i++) {
		struct span part = span_cut(&rest, '.');
		if (!span_to_u64(part, &number) || number >= UINT32_MAX ||
			(rest.len > 0) != (i < 2))
			return fail(r->why, ERR_VALUE, "cursor", "the cursor is none of this list");
		*numbers[i] = (uint32_t)number;
	}
	enum err err = request_limit(r, &limit);
	if (err != OK)
		return err;
	admins->limit = (size_t)limit;
	admins->people = arena_array(r->arena, admins->limit, sizeof *admins->people);
	return OK;
}

static void lead_on(struct request *r, uint32_t tenant, const struct admins *admins)
{
	r->next_cursor = span_str(arena_printf(r->arena, "%u.%u.%u", (unsigned)tenant,
		(unsigned)admins->place.role, (unsigned)admins->place.member));
}

enum err admin_admin_list(struct request *r)
{
	struct admins admins;
	uint32_t tenant;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_page(r, &tenant, &admins);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	err = list_tenant(r, &r->tenant, &admins,
		view_sight(r->view, r->arena, &r->actor, r->tenant.number, false));
	json_end_array(r->out);
	if (err == OK && admins.more)
		lead_on(r, 0, &admins);
	return err;
}

/* One company after the other; one without Admins costs the budget too. */
enum err admin_admin_all(struct request *r)
{
	struct tenant_info tenant;
	struct admins admins;
	uint32_t least;

	enum err err = request_read(r);
	if (err == OK)
		err = read_page(r, &least, &admins);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (uint32_t first = least > 0 ? least : 1;
		err == OK && !admins.more && view_next_tenant(r->view, first, &tenant);
		first = tenant.number + 1) {
		if (tenant.number != least)
			admins.place = (struct admin_place){ 0, 0 };
		err = list_tenant(r, &tenant, &admins, NULL);
		if (admins.budget > 0)
			admins.budget--;
	}
	json_end_array(r->out);
	if (err == OK && admins.more)
		lead_on(r, tenant.number, &admins);
	return err;
}
