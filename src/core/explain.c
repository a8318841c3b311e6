#include "core/decide_int.h"

#include "base/limits.h"

static bool misses(const struct explanation *explanation, enum reason reason)
{
	return explanation->decision.missing >> reason & 1;
}

static void say_policy(
	struct explanation *explanation, const struct ground *ground, enum policy policy)
{
	explanation->policies[explanation->policy_count++] =
		(struct said_policy){ policy, policy_text(ground_settings(ground), policy) };
}

/* ---- the permission ---- */

static bool grants(const struct ground *ground, uint32_t role)
{
	struct record record;
	return moment_entry(&ground->moment, KIND_ROLE, role, &record) &&
	       record_has_permission(&record, ground->permission.codename);
}

static void tell_roles(
	const struct ground *ground, struct telling *telling, struct explanation *explanation)
{
	uint32_t role = 0;
	struct walk *held = walk_containers(&telling->moment, telling->holder, KIND_ROLE);
	explanation->roles =
		arena_array(telling->moment.arena, LIMIT_EXPLAINED, sizeof *explanation->roles);
	while (explanation->role_count < LIMIT_EXPLAINED && walk_next(held, role + 1, &role))
		if (grants(ground, role) && tell_membership(telling, KIND_ROLE, role,
						    &explanation->roles[explanation->role_count]))
			explanation->role_count++;
	walk_close(held);
}

static void tell_other_roles(
	const struct ground *ground, const struct moment *moment, struct explanation *explanation)
{
	struct record role;
	uint32_t number = 0;
	struct walk *roles =
		walk_entries(moment, KIND_ROLE, ATTR_PERMISSION, ground->permission.codename);
	explanation->others =
		arena_array(moment->arena, LIMIT_EXPLAINED, sizeof *explanation->others);
	while (explanation->other_count < LIMIT_EXPLAINED && walk_next(roles, number + 1, &number))
		if (moment_entry(moment, KIND_ROLE, number, &role))
			explanation->others[explanation->other_count++] =
				(struct named){ role.id, record_first(&role, ATTR_COMMON_NAME) };
	walk_close(roles);
}

static void tell_granted(const struct ground *ground, struct telling *telling,
	const struct record *holder, struct explanation *explanation)
{
	if (holder->kind == KIND_USER)
		tell_roles(ground, telling, explanation);
	if (misses(explanation, REASON_NOT_GRANTED)) {
		if (holder->kind == KIND_USER)
			tell_other_roles(ground, &telling->moment, explanation);
	} else if (explanation->role_count) {
		explanation->granted = GRANTED_BY_ROLES;
	} else {
		explanation->granted =
			holder->kind == KIND_CLIENT ? GRANTED_BY_LIST : GRANTED_BY_FULL_ACCESS;
	}
}

/* A flag only informs: the platform turns the feature off, whoever asks. */
static void tell_feature(const struct ground *ground, struct explanation *explanation)
{
	struct feature feature;
	const struct record *settings = ground_settings(ground);
	for (size_t i = settings ? record_find(settings, ATTR_FEATURE) : 0;
		settings && i < settings->count; i++) {
		struct value row = record_row(settings, i);
		if (row.attr != ATTR_FEATURE)
			break;
		if (feature_parse(row.octets, &feature) && !feature.on &&
			span_equal_nocase(feature.name, ground->permission.group))
			explanation->feature = feature.name;
	}
}

/* ---- the scope ---- */

static void tell_scopes(
	const struct ground *ground, struct telling *telling, struct explanation *explanation)
{
	uint32_t scope = 0;
	struct membership *scopes =
		arena_array(telling->moment.arena, LIMIT_EXPLAINED, sizeof *scopes);
	explanation->scopes = scopes;
	if (ground->scope && tell_membership(telling, KIND_SCOPE, ground->scope, scopes)) {
		explanation->scope_count = 1;
		return;
	}
	struct walk *held = walk_containers(&telling->moment, telling->holder, KIND_SCOPE);
	while (explanation->scope_count < LIMIT_EXPLAINED && walk_next(held, scope + 1, &scope))
		explanation->scope_count += tell_membership(
			telling, KIND_SCOPE, scope, &scopes[explanation->scope_count]);
	walk_close(held);
}

static enum reach reach_of(const struct ground *ground, const struct record *holder,
	const struct explanation *explanation)
{
	if (!ground->permission.scoped)
		return REACH_UNSCOPED;
	if (ground_full_access(ground, holder) != FULL_ACCESS_OFF)
		return REACH_FULL_ACCESS;
	if (misses(explanation, REASON_UNKNOWN_SCOPE) || misses(explanation, REASON_NO_SCOPES) ||
		misses(explanation, REASON_SCOPE_NOT_NAMED) ||
		misses(explanation, REASON_SCOPE_NOT_HELD))
		return REACH_NONE;
	return explanation->scope_count ? REACH_SCOPE : REACH_EMPTY;
}

static void tell_holder(const struct ground *ground, struct telling *telling,
	const struct record *holder, struct explanation *explanation)
{
	tell_granted(ground, telling, holder, explanation);
	tell_feature(ground, explanation);
	if (ground->permission.scoped)
		tell_scopes(ground, telling, explanation);
	explanation->reach = reach_of(ground, holder, explanation);
	if (record_is_true(holder, ATTR_FULL_ACCESS))
		say_policy(explanation, ground, POLICY_FULL_ACCESS);
	if (ground->permission.scoped && !explanation->scope_count &&
		explanation->reach != REACH_FULL_ACCESS)
		say_policy(explanation, ground, POLICY_SCOPE_EMPTY_MEANS);
}

enum err view_explain(struct view *view, struct arena *arena, const struct query *query,
	struct explanation *explanation, struct why *why)
{
	struct ground ground;
	struct record holder;
	struct explanation told = { .granted = GRANTED_NOT };
	arena_reset(view->scratch);
	ground_lay(&ground, view, arena, query);
	told.decision.missing = ground_judge(&ground, query->kind, query->number);
	told.decision.allowed = told.decision.missing == 0;
	told.permission = ground.permission;
	if (!misses(&told, REASON_UNKNOWN_TENANT) && !misses(&told, REASON_UNKNOWN_HOLDER) &&
		!misses(&told, REASON_UNKNOWN_PERMISSION) &&
		moment_entry(&ground.moment, query->kind, query->number, &holder)) {
		struct telling telling = {
			.moment = ground.moment, .scratch = view->scratch, .holder = query->number
		};
		tell_holder(&ground, &telling, &holder, &told);
	}
	enum err err = txn_error(view->txn, why);
	if (!err)
		*explanation = told;
	return err;
}
