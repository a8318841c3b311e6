#include "in/admin/edit_int.h"

/* The registry of the platform's sites, facilities and security groups: it names them by ids of its
 * own, and saying the same again changes nothing. */

#define EXAMINED_AT_ONCE 10000

static enum err check_kind(struct request *r)
{
	struct span kind = json_text(r->args, "kind");
	struct span rest = span_str(policy_row(POLICY_SCOPE_KIND)->words);

	while (rest.len > 0)
		if (span_equal(span_cut(&rest, ' '), kind))
			return OK;
	return fail(r->why, ERR_VALUE, "kind", "a scope is of one of the kinds %s",
		policy_row(POLICY_SCOPE_KIND)->words);
}

static enum err find_external(struct request *r, bool *found, struct record *record)
{
	struct filter *filter = filter_leaf(
		r->arena, FILTER_EQUAL, ATTR_EXTERNAL_ID, json_text(r->args, "external"));
	struct search_spec spec = request_search(r, KIND_SCOPE, filter);
	struct span kind = json_text(r->args, "kind");
	struct search *search;
	enum step step = STEP_MORE;

	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	for (*found = false; !*found && step != STEP_END;) {
		unsigned budget = EXAMINED_AT_ONCE;
		step = search_next(search, &budget, record);
		/* What a connection calls it is no name of the platform's. */
		*found = step == STEP_FOUND &&
			 span_equal(record_first(record, ATTR_SCOPE_KIND), kind) &&
			 span_equal(record_of_source(record, ATTR_EXTERNAL_ID, SOURCE_LOCAL),
				 json_text(r->args, "external"));
	}
	search_close(search);
	return view_error(r->view, r->why);
}

static enum err make(struct request *r, struct outcome *outcome)
{
	static const struct {
		enum attr attr;
		const char *argument;
	} texts[] = { { ATTR_COMMON_NAME, "name" }, { ATTR_DESCRIPTION, "description" },
		{ ATTR_EXTERNAL_ID, "external" }, { ATTR_SCOPE_KIND, "kind" } };
	struct entry *entry = entry_new(r->arena, KIND_SCOPE);
	enum err err = OK;

	for (size_t i = 0; err == OK && i < sizeof texts / sizeof *texts; i++)
		err = request_put(r, entry, texts[i].attr, texts[i].argument);
	const struct command command = { .type = COMMAND_CREATE,
		.tenant = r->tenant.number,
		.kind = KIND_SCOPE,
		.entry = entry };
	if (err == OK)
		err = request_run(r, &command, outcome);
	if (err == OK)
		r->created = outcome->id;
	return err;
}

static enum err change(struct request *r, const struct uuid *id, struct outcome *outcome)
{
	struct entry *wanted = entry_new(r->arena, KIND_SCOPE);
	struct modification mods[2];
	size_t count = 0;

	enum err err = request_put(r, wanted, ATTR_COMMON_NAME, "name");
	if (err == OK)
		err = request_put(r, wanted, ATTR_DESCRIPTION, "description");
	for (size_t i = 0; err == OK && i < wanted->count; i++)
		mods[count++] = (struct modification){ .op = PATCH_REPLACE,
			.attr = wanted->values[i].attr,
			.values = &wanted->values[i],
			.count = 1 };
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_SCOPE,
		.id = *id,
		.mods = mods,
		.mod_count = count };
	return err == OK ? request_run(r, &command, outcome) : err;
}

enum err admin_scope_put(struct request *r)
{
	struct record record;
	struct outcome outcome;
	bool found = false;

	enum err err = request_tenant(r);
	if (err == OK)
		err = check_kind(r);
	if (err == OK)
		err = find_external(r, &found, &record);
	if (err != OK)
		return err;
	const struct uuid id = record.id;
	if (!found && r->if_exists)
		return fail(r->why, ERR_VERSION, NULL, "there is no such scope yet");
	err = found ? change(r, &id, &outcome) : make(r, &outcome);
	if (err == OK)
		err = request_read(r);
	if (err == OK && !view_by_id(r->view, r->tenant.number, &outcome.id, &record))
		err = fail(r->why, ERR_NOT_FOUND, NULL, "there is no such scope");
	if (err == OK)
		show_container(r, &record);
	return err;
}

enum err admin_scope_edit(struct request *r)
{
	struct edit edit = { .r = r };
	struct record scope;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_SCOPE, "scope", &scope);
	if (err == OK)
		err = edit_take(&edit, "name", ATTR_COMMON_NAME);
	if (err == OK)
		err = edit_take(&edit, "description", ATTR_DESCRIPTION);
	if (err != OK)
		return err;
	const struct uuid id = scope.id;
	err = edit_run(&edit, &scope);
	if (err == OK)
		err = request_read(r);
	if (err == OK && !view_by_id(r->view, r->tenant.number, &id, &scope))
		err = fail(r->why, ERR_NOT_FOUND, "scope", "there is no such scope");
	if (err == OK)
		show_container(r, &scope);
	return err;
}

enum err admin_scope_delete(struct request *r)
{
	return request_delete(r, KIND_SCOPE, "scope");
}
