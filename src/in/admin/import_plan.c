#include "in/admin/import_int.h"

#include <stdarg.h>
#include <stdio.h>

#define AT_ONCE 250 /* commands that are tried together: others write in between */

void plan_start(struct plan *plan, struct request *r, struct record *room)
{
	bool found = view_settings(r->view, r->tenant.number, room);

	*plan = (struct plan){ .r = r, .settings = found ? room : NULL };
	plan->width = column_layout(plan->settings, plan->columns);
}

struct span plan_header(struct plan *plan)
{
	const char *header = "";

	for (size_t i = 0; i < plan->width; i++)
		header = arena_printf(
			plan->r->arena, "%s%s%s", header, i > 0 ? "," : "", plan->columns[i]->name);
	return span_str(header);
}

void plan_refuse(struct plan *plan, struct import_row *row, const char *code,
	const struct column *column, const char *format, ...)
{
	char text[sizeof((struct why *)NULL)->text];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	row->class = IMPORT_ERROR;
	row->code = span_str(code);
	row->column = span_str(column ? column->name : NULL);
	row->text = arena_copy(plan->r->arena, span_str(text));
}

/* ---- tried ---- */

static const char *spelling(const struct column *column)
{
	if (column->kind != KIND_NONE)
		return column->kind == KIND_ROLE ? "roles" : "scopes";
	return attr_spelling(column->attr);
}

/* A permission that nobody may hand out comes with a role. */
static const struct column *blamed(const struct plan *plan, const char *attribute)
{
	if (strcmp(attribute, attr_spelling(ATTR_PERMISSION)) == 0)
		attribute = "roles";
	for (size_t i = 0; i < plan->width; i++)
		if (strcmp(attribute, spelling(plan->columns[i])) == 0)
			return plan->columns[i];
	return NULL;
}

static const char *code_of(struct plan *plan, enum err err, const struct column *column)
{
	if (err == ERR_EXISTS && column && column->attr == ATTR_EMAIL)
		return "email_taken";
	if (err == ERR_EXISTS && column && column->attr == ATTR_USER_NAME)
		return "username_taken";
	return lower_name(plan->r->arena, err_row(err)->name);
}

static enum err try_some(struct plan *plan, struct import_row **rows, size_t count)
{
	struct request *r = plan->r;
	struct command *commands = arena_array(r->arena, count + 1, sizeof *commands);
	struct outcome *outcomes = arena_array(r->arena, count + 1, sizeof *outcomes);

	for (size_t i = 0; i < count; i++)
		import_command(r->arena, r->tenant.number, rows[i], &commands[i]);
	enum err err = core_preview(r->admin->core, &r->actor, commands, count, outcomes, r->why);
	for (size_t i = 0; err == OK && i < count; i++)
		if (outcomes[i].err != OK) {
			const struct column *column = blamed(plan, outcomes[i].why.attribute);
			plan_refuse(plan, rows[i], code_of(plan, outcomes[i].err, column), column,
				"%s", outcomes[i].why.text);
		}
	return err;
}

/* By the very commands that a commit would run. */
static enum err try_rows(struct plan *plan)
{
	struct import_row *some[AT_ONCE];
	size_t count = 0;
	enum err err = OK;

	request_release(plan->r);
	for (size_t i = 0; err == OK && i < plan->count; i++) {
		if (plan->rows[i].class == IMPORT_READY)
			some[count++] = &plan->rows[i];
		if (count == AT_ONCE || (count > 0 && i + 1 == plan->count)) {
			err = try_some(plan, some, count);
			count = 0;
		}
	}
	return err;
}

/* ---- kept ---- */

static void count_rows(const struct plan *plan, struct import_head *head)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct import_row *row = &plan->rows[i];
		head->classes[row->class]++;
		head->updates += row->class == IMPORT_READY && row->update;
		head->differing += row->class == IMPORT_DUPLICATE && row->differs.len > 0;
	}
}

/* What is not ready brings nothing along but what it says. */
static void strip(struct import_row *row)
{
	if (row->class == IMPORT_READY)
		return;
	row->entry = NULL;
	row->container_count = 0;
	row->update = false;
	if (row->class == IMPORT_ERROR)
		row->id = (struct uuid){ { 0 } };
}

static enum err keep(struct plan *plan, struct span header, struct uuid *made)
{
	struct request *r = plan->r;
	struct import_head head = { .header = header };
	struct uuid *ids = arena_array(r->arena, plan->count + 1, sizeof *ids);
	struct job_order order = { .act = JOB_CREATE,
		.task = { .type = JOB_IMPORT },
		.ids = ids,
		.count = plan->count,
		.imports = plan->rows,
		.head = &head };

	count_rows(plan, &head);
	for (size_t i = 0; i < plan->count; i++) {
		strip(&plan->rows[i]);
		ids[i] = plan->rows[i].id;
	}
	return request_job(r, NULL, &order, made);
}

static void name_new(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->rows[i].class == IMPORT_READY && !plan->rows[i].update)
			plan->rows[i].id = uuid_new();
}

static enum err make(struct request *r, struct uuid *made)
{
	struct plan plan;
	struct record settings;

	plan_start(&plan, r, &settings);
	plan.update = json_is_set(r->args, "update");
	if (plan.update && policy_number(plan.settings, POLICY_IMPORT_UPDATE) == 0)
		return fail(r->why, ERR_FORBIDDEN, "update",
			"imports change nobody here: the policy imports.update is off");
	struct span header = plan_header(&plan);
	enum err err = plan_read(&plan, json_text(r->args, "csv"));
	if (err != OK)
		return err;
	for (size_t i = 0; i < plan.count; i++)
		plan_build(&plan, &plan.rows[i]);
	plan_match(&plan);
	err = view_error(r->view, r->why);
	name_new(&plan);
	if (err == OK)
		err = try_rows(&plan);
	return err == OK ? keep(&plan, header, made) : err;
}

enum err import_make(struct request *r, struct uuid *made)
{
	const struct job_order again = { .act = JOB_CREATE, .ids = made };
	struct outcome outcome;

	r->actor.channel = CHANNEL_CSV;
	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	return request_repeats(r, &outcome) ? request_job(r, NULL, &again, made) : make(r, made);
}
