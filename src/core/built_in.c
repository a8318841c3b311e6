#include "core/core_int.h"

#include "model/value.h"

enum keeping { BUILT_IN, STARTER };

static const struct row {
	unsigned presets;
	const char *name;
	unsigned level;
	enum keeping keeping;
	const char *description, *patterns;
} rows[] = {
#define PEGOTEC BUILT_IN_PEGOTEC
#define USERS_APP BUILT_IN_USERS_APP
#define TITANUS BUILT_IN_TITANUS
#define REALM BUILT_IN_REALM
#define BUILT_IN_ROLE(presets, name, level, keeping, description, permissions)                     \
	{ presets, name, level, keeping, description, permissions },
#include "roles.def"
#undef BUILT_IN_ROLE
#undef PEGOTEC
#undef USERS_APP
#undef TITANUS
#undef REALM
};
#define ROWS (sizeof rows / sizeof *rows)

/* What a tenant's roles are made from. */
struct seeding {
	struct run *run;
	uint32_t tenant;
	const struct record *settings; /* as they will be, or NULL */
	unsigned presets;
	struct span *codenames; /* of the catalogue */
	size_t count;
};

/* ---- which codenames ---- */

static bool fits(struct span pattern, struct span text)
{
	size_t star = span_find(pattern, '*');
	if (star == pattern.len)
		return span_equal(pattern, text);
	if (!span_starts(text, span_of(pattern.data, star)))
		return false;
	struct span rest = span_from(pattern, star + 1);
	for (size_t i = star; i <= text.len; i++)
		if (fits(rest, span_from(text, i)))
			return true;
	return false;
}

static bool holds_now(const struct seeding *s, struct span *pattern)
{
	size_t mark = span_find(*pattern, '?');
	enum policy policy = policy_by_codename(span_from(*pattern, mark + 1));
	bool is_free = mark == pattern->len;
	pattern->len = mark;
	return is_free || policy_number(s->settings, policy) != 0;
}

static bool is_wanted(const struct seeding *s, const struct row *row, struct span codename)
{
	struct span rest = span_str(row->patterns);
	while (rest.len) {
		struct span pattern = span_cut(&rest, ' ');
		if (holds_now(s, &pattern) && fits(pattern, codename))
			return true;
	}
	return false;
}

static void collect(struct seeding *s)
{
	struct permission_info info;
	struct run *run = s->run;
	size_t capacity = 0;
	struct permission_walk *walk = catalogue_walk(run->txn, run->arena, s->tenant, run);
	while (permission_walk_next(walk, &info)) {
		if (s->count == capacity) {
			capacity = capacity ? capacity * 2 : 128;
			struct span *grown = arena_array(run->arena, capacity, sizeof *grown);
			if (s->count)
				memcpy(grown, s->codenames, s->count * sizeof *grown);
			s->codenames = grown;
		}
		s->codenames[s->count++] = arena_copy(run->arena, info.codename);
	}
	permission_walk_close(walk);
}

/* ---- the roles ---- */

static void put(struct entry *entry, enum attr attr, const char *text)
{
	entry_set(entry, attr, SOURCE_LOCAL, span_str(text), NULL);
}

static enum err shape(const struct seeding *s, const struct row *row, struct entry *role)
{
	enum err err = OK;
	uint16_t instance = 0;
	put(role, ATTR_DESCRIPTION, row->description);
	put(role, ATTR_LEVEL, arena_printf(s->run->arena, "%u", row->level));
	put(role, ATTR_BUILT_IN, row->keeping == BUILT_IN ? "TRUE" : "");
	entry_remove(role, ATTR_PERMISSION);
	for (size_t i = 0; !err && i < s->count; i++)
		if (is_wanted(s, row, s->codenames[i]))
			err = entry_add(role, ATTR_PERMISSION, instance++, SOURCE_LOCAL,
				s->codenames[i], s->run->why);
	permission_sort(role);
	return err;
}

static enum err make(const struct seeding *s, const struct row *row)
{
	struct run *run = s->run;
	struct entry *role = entry_new(run->arena, KIND_ROLE);
	put(role, ATTR_COMMON_NAME, row->name);
	enum err err = shape(s, row, role);
	return err ? err : run_make(run, s->tenant, "role.created", role);
}

static enum err change(
	struct run *run, const struct entry *before, struct entry *after, struct span bytes)
{
	static const enum attr attrs[] = { ATTR_DESCRIPTION, ATTR_LEVEL, ATTR_PERMISSION,
		ATTR_BUILT_IN };
	bool same = true;
	for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++)
		same &= entry_same_values(before, after, attrs[i]);
	if (same)
		return OK;
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, "role.updated", after);
	deed->before = before;
	deed->after = after;
	return deed_entry(run, deed, bytes, after);
}

static bool find_role(const struct seeding *s, const struct row *row, struct record *record)
{
	uint32_t number;
	struct run *run = s->run;
	struct span normal = value_normal(run->arena, ATTR_COMMON_NAME, span_str(row->name));
	return txn_find_value(run->txn, s->tenant, KIND_ROLE, ATTR_COMMON_NAME, normal, &number) &&
	       txn_entry(run->txn, s->tenant, KIND_ROLE, number, record);
}

static enum err bring(const struct seeding *s, const struct row *row)
{
	struct record record;
	struct span bytes;
	if (!find_role(s, row, &record))
		return make(s, row);
	/* A role that the tenant made under this name stays what its members were given. */
	if (row->keeping == STARTER || !record_is_true(&record, ATTR_BUILT_IN))
		return OK;
	struct entry *before = run_copy_record(s->run, &record, &bytes);
	struct entry *after = entry_copy(s->run->arena, before);
	enum err err = shape(s, row, after);
	return err ? err : change(s->run, before, after, bytes);
}

static const struct row *row_of(const struct seeding *s, struct span name)
{
	for (size_t i = 0; i < ROWS; i++)
		if ((rows[i].presets & s->presets) && rows[i].keeping == BUILT_IN &&
			span_equal(span_str(rows[i].name), name))
			return &rows[i];
	return NULL;
}

/* Those of another preset become ordinary roles: their members keep what they have. */
static enum err let_go(const struct seeding *s, uint32_t number)
{
	struct record record;
	struct span bytes;
	if (!txn_entry(s->run->txn, s->tenant, KIND_ROLE, number, &record) ||
		!record_is_true(&record, ATTR_BUILT_IN) ||
		row_of(s, record_first(&record, ATTR_COMMON_NAME)))
		return OK;
	struct entry *before = run_copy_record(s->run, &record, &bytes);
	struct entry *after = entry_copy(s->run->arena, before);
	entry_remove(after, ATTR_BUILT_IN);
	return change(s->run, before, after, bytes);
}

static enum err let_go_of_others(const struct seeding *s)
{
	enum err err = OK;
	uint32_t role = 0;
	struct postings *all = postings_all(s->run->txn, s->run->arena, s->tenant, KIND_ROLE);
	while (!err && postings_next(all, role, &role)) {
		err = let_go(s, role);
		if (++role == 0)
			break;
	}
	postings_close(all);
	return err;
}

enum err built_in_roles_refresh(struct run *run, uint32_t tenant, bool starters)
{
	struct record settings;
	struct seeding s = { .run = run, .tenant = tenant };
	if (run_settings_after(run, tenant, &settings))
		s.settings = &settings;
	s.presets = tenant ? 1u << policy_preset(s.settings) : BUILT_IN_REALM;
	collect(&s);
	enum err err = let_go_of_others(&s);
	for (size_t i = 0; !err && i < ROWS; i++)
		if ((rows[i].presets & s.presets) && (starters || rows[i].keeping == BUILT_IN))
			err = bring(&s, &rows[i]);
	return err;
}

enum err command_seed(struct run *run)
{
	return built_in_roles_refresh(run, run->command->tenant, false);
}
