#include "core/decide_int.h"

#define PEGOTEC (1 << PRESET_PEGOTEC)
#define USERS_APP (1 << PRESET_USERS_APP)
#define TITANUS (1 << PRESET_TITANUS)
static const struct row {
	unsigned presets;
	struct span codename;
	const char *group, *label;
	bool scoped, own;
} rows[] = {
#define CATALOGUE(presets, codename, group, label, scoped, own)                                    \
	{ presets, { (const uint8_t *)(codename), sizeof(codename) - 1 }, group, label, scoped,    \
		own },
#include "catalogue.def"
#undef CATALOGUE
};
#undef PEGOTEC
#undef USERS_APP
#undef TITANUS
#define ROWS (sizeof rows / sizeof *rows)

static const char *const app_verbs[] = { "create", "read", "update", "delete" };
#define APP_VERBS (sizeof app_verbs / sizeof *app_verbs)
_Static_assert(APP_VERBS == CATALOGUE_CODENAMES_MAX, "an app has the most");

/* ---- rows of the tables ---- */

static unsigned presets_of(uint32_t tenant, const struct record *settings)
{
	return tenant ? 1u << policy_preset(settings) : ~0u;
}

static void describe_core(const struct permission_row *row, struct permission_info *info)
{
	*info = (struct permission_info){
		.codename = row->codename,
		.alias = permission_alias(row->permission),
		.group = span_str(row->group),
		.label = span_str(row->label),
		.origin = PERMISSION_OF_CORE,
		.of_operator = row->flags & PERMISSION_OPERATOR,
	};
}

static bool is_granted_in(uint32_t tenant, const struct permission_row *row)
{
	return tenant == 0 || !(row->flags & PERMISSION_OPERATOR);
}

static void describe_preset(const struct row *row, struct permission_info *info)
{
	*info = (struct permission_info){
		.codename = row->codename,
		.group = span_str(row->group),
		.label = span_str(row->label),
		.origin = PERMISSION_OF_PRESET,
		.scoped = row->scoped,
		.own = row->own,
	};
}

/* Two presets may know the same codename: the realm, which has both, takes the first. */
static const struct row *preset_row(unsigned presets, struct span codename)
{
	for (size_t i = 0; i < ROWS; i++)
		if ((rows[i].presets & presets) && span_equal(rows[i].codename, codename))
			return &rows[i];
	return NULL;
}

/* ---- registered ---- */

static void describe_registered(const struct record *record, struct permission_info *info)
{
	*info = (struct permission_info){
		.codename = record_first(record, ATTR_COMMON_NAME),
		.group = record_first(record, ATTR_PERMISSION_GROUP),
		.label = record_first(record, ATTR_DESCRIPTION),
		.origin = PERMISSION_REGISTERED,
		.scoped = record_is_true(record, ATTR_IS_SCOPED),
		.own = record_is_true(record, ATTR_IS_OWN),
		.number = record->number,
	};
}

/* What an app shows is the data of somebody's scopes: without one there is nothing to see. */
static void describe_app(
	const struct record *record, struct span codename, struct permission_info *info)
{
	*info = (struct permission_info){
		.codename = codename,
		.group = record_first(record, ATTR_COMMON_NAME),
		.label = record_first(record, ATTR_DESCRIPTION),
		.origin = PERMISSION_OF_APP,
		.scoped = true,
		.number = record->number,
	};
}

static bool is_app_verb(struct span word)
{
	for (size_t i = 0; i < APP_VERBS; i++)
		if (span_equal(span_str(app_verbs[i]), word))
			return true;
	return false;
}

static bool find_app(
	const struct moment *moment, struct span codename, struct permission_info *info)
{
	struct record record;
	struct span app = codename, verb = codename;
	app.len = span_find(codename, '.');
	verb = span_from(codename, app.len + 1);
	if (!is_app_verb(verb) || !moment_find(moment, KIND_APP, ATTR_COMMON_NAME, app, &record))
		return false;
	describe_app(&record, codename, info);
	return true;
}

/* Codenames and the names of apps are their own normal form. */
bool catalogue_find(const struct moment *moment, const struct record *settings,
	struct span codename, struct permission_info *info)
{
	struct record record;
	if (!permission_is_codename(codename))
		return false;
	codename = permission_canonical(codename);
	const struct permission_row *core = permission_row(codename);
	if (core) {
		describe_core(core, info);
		return is_granted_in(moment->tenant, core);
	}
	const struct row *row = preset_row(presets_of(moment->tenant, settings), codename);
	if (row) {
		describe_preset(row, info);
		return true;
	}
	if (moment_find(moment, KIND_PERMISSION, ATTR_COMMON_NAME, codename, &record)) {
		describe_registered(&record, info);
		return true;
	}
	return find_app(moment, codename, info);
}

bool view_permission(
	struct view *view, uint32_t tenant, struct span codename, struct permission_info *info)
{
	struct record settings;
	struct moment now = moment_of(view->txn, view->scratch, tenant, NULL);
	bool found = find_settings(view->txn, tenant, &settings);
	return catalogue_find(&now, found ? &settings : NULL, codename, info);
}

size_t catalogue_codenames(struct arena *arena, const struct entry *entry, struct span *codenames)
{
	struct span name = entry_first(entry, ATTR_COMMON_NAME);
	if (entry->kind == KIND_PERMISSION) {
		codenames[0] = name;
		return 1;
	}
	for (size_t i = 0; i < APP_VERBS; i++)
		codenames[i] =
			span_str(arena_printf(arena, "%.*s.%s", SPAN_ARGS(name), app_verbs[i]));
	return APP_VERBS;
}

bool catalogue_has(const struct run *run, struct span codename)
{
	struct permission_info info;
	struct record settings;
	uint32_t tenant = run->command->tenant;
	struct moment now = moment_of(run->txn, run->arena, tenant, NULL);
	bool found = find_settings(run->txn, tenant, &settings);
	return catalogue_find(&now, found ? &settings : NULL, codename, &info);
}

enum err catalogue_check(struct run *run, const struct entry *before, const struct entry *after)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(after, ATTR_PERMISSION, i)); i++) {
		if ((before && entry_has_permission(before, value->octets)) ||
			catalogue_has(run, value->octets))
			continue;
		return fail(run->why, ERR_UNKNOWN, attr_spelling(ATTR_PERMISSION),
			"there is no permission \"%.*s\" here",
			(int)(value->octets.len < 64 ? value->octets.len : 64),
			(const char *)value->octets.data);
	}
	return OK;
}

/* ---- the whole ---- */

enum stage { STAGE_CORE, STAGE_PRESET, STAGE_PERMISSIONS, STAGE_APPS, STAGE_END };

struct permission_walk {
	struct txn *txn;
	struct arena *arena;
	uint32_t tenant;
	const struct run *run;
	unsigned presets;
	enum stage stage;
	size_t at;                 /* row of a table, verb of the app */
	struct postings *postings; /* of the stage */
	uint32_t least;
	const struct deed *deed; /* of the run: where its new entries are looked for */
	size_t effect;
	struct record app; /* whose verbs are under way, when `at` is not 0 */
};

struct permission_walk *catalogue_walk(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct run *run)
{
	struct permission_walk *walk = arena_zalloc(arena, sizeof *walk);
	walk->txn = txn;
	walk->arena = arena;
	walk->tenant = tenant;
	walk->run = run;
	struct record settings;
	bool found = run ? run_settings_after(run, tenant, &settings)
			 : find_settings(txn, tenant, &settings);
	walk->presets = presets_of(tenant, found ? &settings : NULL);
	return walk;
}

struct permission_walk *view_permissions(struct view *view, struct arena *arena, uint32_t tenant)
{
	return catalogue_walk(view->txn, arena, tenant, NULL);
}

void permission_walk_close(struct permission_walk *walk)
{
	if (walk->postings)
		postings_close(walk->postings);
	walk->postings = NULL;
}

static void enter(struct permission_walk *walk, enum stage stage)
{
	permission_walk_close(walk);
	walk->stage = stage;
	walk->at = 0;
	if (stage != STAGE_PERMISSIONS && stage != STAGE_APPS)
		return;
	walk->postings = postings_all(walk->txn, walk->arena, walk->tenant,
		stage == STAGE_APPS ? KIND_APP : KIND_PERMISSION);
	walk->least = 1;
	walk->deed = walk->run ? walk->run->first : NULL;
	walk->effect = 0;
}

static bool next_core(struct permission_walk *walk, struct permission_info *info)
{
	size_t count;
	const struct permission_row *core = permission_rows(&count);
	while (walk->at < count) {
		const struct permission_row *row = &core[walk->at++];
		if (is_granted_in(walk->tenant, row)) {
			describe_core(row, info);
			return true;
		}
	}
	enter(walk, STAGE_PRESET);
	return false;
}

static bool next_preset(struct permission_walk *walk, struct permission_info *info)
{
	while (walk->at < ROWS) {
		const struct row *row = &rows[walk->at++];
		if (preset_row(walk->presets, row->codename) == row) {
			describe_preset(row, info);
			return true;
		}
	}
	enter(walk, STAGE_PERMISSIONS);
	return false;
}

static bool next_stored(struct permission_walk *walk, enum kind kind, struct record *record)
{
	uint32_t number;
	while (walk->least && postings_next(walk->postings, walk->least, &number)) {
		walk->least = number + 1;
		if (walk->run ? run_entry_after(walk->run, walk->tenant, kind, number, record)
			      : txn_entry(walk->txn, walk->tenant, kind, number, record))
			return true;
	}
	return false;
}

static bool next_made(struct permission_walk *walk, enum kind kind, struct record *record)
{
	for (; walk->deed; walk->deed = walk->deed->next, walk->effect = 0)
		while (walk->deed->tenant == walk->tenant && walk->effect < walk->deed->count) {
			const struct effect *effect = &walk->deed->effects[walk->effect++];
			if (effect->type == EFFECT_ENTRY && effect->kind == kind &&
				!effect->before.len &&
				record_open(effect->after, record, NULL) == OK)
				return true;
		}
	return false;
}

static bool next_entry(struct permission_walk *walk, enum kind kind, struct record *record)
{
	return next_stored(walk, kind, record) || next_made(walk, kind, record);
}

static bool next_registered(struct permission_walk *walk, struct permission_info *info)
{
	struct record record;
	if (next_entry(walk, KIND_PERMISSION, &record)) {
		describe_registered(&record, info);
		return true;
	}
	enter(walk, STAGE_APPS);
	return false;
}

static bool next_of_app(struct permission_walk *walk, struct permission_info *info)
{
	if (walk->at == 0 && !next_entry(walk, KIND_APP, &walk->app)) {
		enter(walk, STAGE_END);
		return false;
	}
	struct span app = record_first(&walk->app, ATTR_COMMON_NAME);
	struct span codename =
		span_str(arena_printf(walk->arena, "%.*s.%s", SPAN_ARGS(app), app_verbs[walk->at]));
	describe_app(&walk->app, codename, info);
	walk->at = (walk->at + 1) % APP_VERBS;
	return true;
}

bool permission_walk_next(struct permission_walk *walk, struct permission_info *info)
{
	static bool (*const stages[])(struct permission_walk *, struct permission_info *) = {
		[STAGE_CORE] = next_core,
		[STAGE_PRESET] = next_preset,
		[STAGE_PERMISSIONS] = next_registered,
		[STAGE_APPS] = next_of_app,
	};
	while (walk->stage != STAGE_END)
		if (stages[walk->stage](walk, info))
			return true;
	return false;
}
