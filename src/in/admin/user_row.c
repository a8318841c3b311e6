#include "in/admin/source_int.h"

#include "core/decide.h"
#include "core/people.h"

/* Lists of people: a row has all that a screen shows of a person, so that nobody asks for each. */

#define WAITING_MAX 4096

struct user_rows {
	struct throttle_row *waiting; /* whose sign-ins must wait */
	size_t waiting_count;
	struct authority *authority; /* of who asks; NULL: no person of the tenant */
	bool acting;
	struct source_names *sources;
};

static enum err read_authority(struct request *r, struct user_rows *rows)
{
	struct record own;
	const struct actor *actor = &r->actor;

	if (actor->kind != KIND_USER || actor->tenant != r->tenant.number ||
		!view_entry(r->view, actor->tenant, KIND_USER, actor->number, &own))
		return OK;
	rows->acting = actor->delegation && actor->delegation->kind == DELEGATION_IMPERSONATION;
	return view_authority(r->view, r->arena, &own, &rows->authority, r->why);
}

enum err user_rows_open(struct request *r, struct user_rows **result)
{
	struct user_rows *rows = arena_zalloc(r->arena, sizeof *rows);

	rows->waiting = arena_array(r->arena, WAITING_MAX, sizeof *rows->waiting);
	rows->waiting_count =
		login_throttled(r->admin->core, r->tenant.number, rows->waiting, WAITING_MAX);
	rows->sources = source_names_new(r->arena);
	*result = rows;
	return read_authority(r, rows);
}

static bool is_waiting(const struct user_rows *rows, uint32_t number)
{
	for (size_t i = 0; i < rows->waiting_count; i++)
		if (rows->waiting[i].kind == KIND_USER && rows->waiting[i].number == number &&
			rows->waiting[i].wait > 0)
			return true;
	return false;
}

static struct filter *is_below(struct request *r, const struct record *person)
{
	char *id = arena_alloc(r->arena, UUID_TEXT + 1);

	uuid_format(&person->id, id);
	return filter_leaf(r->arena, FILTER_EQUAL, ATTR_MANAGER, span_of(id, UUID_TEXT));
}

static void put_reports(struct request *r, const struct record *person)
{
	struct search_spec spec = request_search(r, KIND_USER, is_below(r, person));
	uint64_t count;

	if (search_count(r->view, r->arena, &spec, &count, r->why) == OK)
		json_integer_member(r->out, "reports", (int64_t)count);
}

void user_put_more(struct request *r, struct user_rows *rows, const struct record *person)
{
	put_reports(r, person);
	source_names_put(r, rows->sources, person);
	json_bool_member(r->out, "locked", is_waiting(rows, person->number));
	if (rows->authority)
		json_bool_member(r->out, "can_impersonate",
			authority_impersonate(rows->authority, person, rows->acting) == 0);
}

/* ---- lists ---- */

static const struct {
	const char *name;
	enum attr attr;
} texts[] = {
	{ "given", ATTR_GIVEN_NAME },
	{ "family", ATTR_FAMILY_NAME },
	{ "phone", ATTR_PHONE },
	{ "title", ATTR_TITLE },
	{ "organization", ATTR_ORGANIZATION },
	{ "user_type", ATTR_USER_TYPE },
	{ "photo", ATTR_PHOTO },
};

static void put_texts(struct request *r, const struct record *record)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (record_first(record, texts[i].attr).len > 0)
			json_text_member(
				r->out, texts[i].name, record_first(record, texts[i].attr));
}

static void put_role_ids(struct request *r, uint32_t member)
{
	struct container_walk *walk =
		view_containers(r->view, r->arena, r->tenant.number, member, 1u << KIND_ROLE);
	char id[UUID_TEXT + 1];
	struct record role;
	uint32_t number;
	enum kind kind;

	json_name(r->out, "role_ids");
	json_begin_array(r->out);
	while (container_walk_next(walk, &kind, &number))
		if (view_entry(r->view, r->tenant.number, kind, number, &role)) {
			uuid_format(&role.id, id);
			json_put_string(r->out, id);
		}
	json_end_array(r->out);
	container_walk_close(walk);
}

static void list_one(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	json_text_member(r->out, "user", record_first(record, ATTR_USER_NAME));
	json_text_member(r->out, "name", record_first(record, ATTR_DISPLAY_NAME));
	json_text_member(r->out, "email", record_first(record, ATTR_EMAIL));
	json_bool_member(r->out, "active", record_is_true(record, ATTR_ACTIVE));
	user_show_standing(r, record);
	if (record_is_true(record, ATTR_FULL_ACCESS))
		json_bool_member(r->out, "full_access", true);
	user_put_containers(r, "roles", KIND_ROLE, record->number);
	show_uuid(r, "id", &record->id);
	put_texts(r, record);
	put_role_ids(r, record->number);
	user_put_more(r, r->rows, record);
	show_time(r, "created", record->created);
	show_time(r, "modified", record->modified);
	json_integer_member(r->out, "revision", (int64_t)record->revision);
	json_end_object(r->out);
}

static enum err list(struct request *r, struct filter *filter)
{
	struct user_rows *rows;

	enum err err = user_rows_open(r, &rows);
	r->rows = rows;
	return err == OK ? request_list(r, KIND_USER, filter, list_one) : err;
}

/* The top of the tree. */
static struct filter *without_manager(struct request *r)
{
	struct filter **managed = arena_array(r->arena, 1, sizeof *managed);

	managed[0] = filter_new(r->arena, FILTER_PRESENT, ATTR_MANAGER);
	return filter_branch(r->arena, FILTER_NOT, managed, 1);
}

enum err admin_user_list(struct request *r)
{
	enum err err = request_tenant(r);

	if (err != OK)
		return err;
	return list(r, json_is_set(r->args, "roots") ? without_manager(r) : NULL);
}

enum err admin_user_reports(struct request *r)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	return err == OK ? list(r, is_below(r, &record)) : err;
}
