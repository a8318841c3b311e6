#include "core/core_int.h"

static enum err check_name(struct run *run, const struct entry *before, const struct entry *after)
{
	struct span name = entry_first(after, ATTR_COMMON_NAME);
	if (before && !span_equal(name, entry_first(before, ATTR_COMMON_NAME)))
		return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_COMMON_NAME),
			"what is registered keeps its name");
	if (after->kind == KIND_APP ? permission_is_word(name) : permission_is_codename(name))
		return OK;
	return fail(run->why, ERR_VALUE, attr_spelling(ATTR_COMMON_NAME),
		after->kind == KIND_APP ? "an app is named by a-z, 0-9 and _"
					: "a permission is named like work_orders.view");
}

/* What the core or the preset asks for means one thing only; billing is nobody's to grant here. */
static enum err check_free(struct run *run, struct span codename)
{
	if (span_starts(codename, SPAN("billing.")))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_COMMON_NAME),
			"the names billing.* are reserved");
	if (permission_mask(codename) || catalogue_has(run, codename))
		return fail(run->why, ERR_EXISTS, attr_spelling(ATTR_COMMON_NAME),
			"the permission %.*s is in the catalogue already", SPAN_ARGS(codename));
	return OK;
}

/* "roles.update" of an app would be read as what the core asks for. */
static enum err check_area(struct run *run, const struct entry *app)
{
	struct span name = entry_first(app, ATTR_COMMON_NAME);
	if (!permission_is_area(name))
		return OK;
	return fail(run->why, ERR_EXISTS, attr_spelling(ATTR_COMMON_NAME),
		"the permissions %.*s.* are the core's own", SPAN_ARGS(name));
}

enum err registered_check(struct run *run, const struct entry *before, struct entry *after)
{
	struct span codenames[CATALOGUE_CODENAMES_MAX];
	enum err err = check_name(run, before, after);
	if (!err && !before && after->kind == KIND_APP)
		err = check_area(run, after);
	if (err || before)
		return err;
	size_t count = catalogue_codenames(run->arena, after, codenames);
	for (size_t i = 0; !err && i < count; i++)
		err = check_free(run, codenames[i]);
	return err;
}

/* Somebody else than a role that follows the catalogue grants it. */
static bool find_user_of(
	struct run *run, enum kind kind, struct span codename, struct record *record)
{
	bool found = false;
	uint32_t number = 0, tenant = run->command->tenant;
	struct postings *all =
		postings_equal(run->txn, run->arena, tenant, kind, ATTR_PERMISSION, codename);
	while (!found && postings_next(all, number, &number)) {
		found = txn_entry(run->txn, tenant, kind, number, record) &&
			!record_is_true(record, ATTR_BUILT_IN);
		if (++number == 0)
			break;
	}
	postings_close(all);
	return found;
}

enum err registered_check_delete(struct run *run, const struct entry *entry)
{
	static const enum kind kinds[] = { KIND_ROLE, KIND_CLIENT };
	struct span codenames[CATALOGUE_CODENAMES_MAX];
	struct record record;
	size_t count = catalogue_codenames(run->arena, entry, codenames);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++)
			if (find_user_of(run, kinds[j], codenames[i], &record))
				return fail(run->why, ERR_CONFLICT, NULL,
					"the permission %.*s is granted by the %s %.*s",
					SPAN_ARGS(codenames[i]), kind_row(kinds[j])->word,
					SPAN_ARGS(record_first(&record, ATTR_COMMON_NAME)));
	return OK;
}

enum err catalogue_changed(struct run *run, const struct entry *entry)
{
	return built_in_roles_refresh(run, entry->tenant, false);
}

/* A policy may give a built-in role a permission, another preset other roles. */
enum err settings_modified(struct run *run, const struct entry *before, const struct entry *after)
{
	(void)before;
	posix_mark(run, after);
	return built_in_roles_refresh(run, after->tenant, false);
}
