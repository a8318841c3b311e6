#include "core/decide_int.h"

#include "base/clock.h"

static const struct reason_row reasons[] = {
#define REASON(id, word, sentence) [REASON_##id] = { word, sentence },
#include "reasons.def"
#undef REASON
};
_Static_assert(REASON_COUNT <= 32, "a decision holds a bit for each reason");

#define MISSING(id) ((uint32_t)1 << REASON_##id)

const struct reason_row *reason_row(enum reason reason)
{
	return &reasons[reason];
}

enum reason decision_reason(const struct decision *decision)
{
	return decision->missing ? (enum reason)__builtin_ctz(decision->missing) : REASON_COUNT;
}

/* ---- what holds for everybody ---- */

static uint32_t judge_tenant(const struct moment *moment)
{
	struct tenant_info tenant;
	const struct past *past = moment->past;
	/* The operator realm is no company that could be suspended. */
	if (moment->tenant == 0)
		return 0;
	if (past && past->tenant_entry.kind != KIND_TENANT)
		return MISSING(UNKNOWN_TENANT);
	if (past)
		return record_is_active(&past->tenant_entry) ? 0 : MISSING(TENANT_SUSPENDED);
	if (!find_tenant_number(moment->txn, moment->tenant, &tenant))
		return MISSING(UNKNOWN_TENANT);
	return tenant.active ? 0 : MISSING(TENANT_SUSPENDED);
}

static uint32_t judge_permission(struct ground *ground, const struct query *query)
{
	struct permission_info info;
	if (!catalogue_find(&ground->moment, ground_settings(ground), query->permission, &info))
		return MISSING(UNKNOWN_PERMISSION);
	ground->permission = info;
	return info.own && !query->owned ? MISSING(NOT_OWNER) : 0;
}

static uint32_t judge_scope(const struct moment *moment, uint32_t scope)
{
	struct record record;
	return scope && !moment_entry(moment, KIND_SCOPE, scope, &record) ? MISSING(UNKNOWN_SCOPE)
									  : 0;
}

const struct record *ground_settings(const struct ground *ground)
{
	return ground->has_settings ? &ground->settings : NULL;
}

void ground_lay(
	struct ground *ground, struct view *view, struct arena *arena, const struct query *query)
{
	memset(ground, 0, sizeof *ground);
	ground->moment = moment_of(view->txn, arena, query->tenant, query->past);
	ground->scope = query->scope;
	ground->has_settings = moment_find(&ground->moment, KIND_SETTINGS, ATTR_COMMON_NAME,
		SPAN("settings"), &ground->settings);
	const struct record *settings = ground_settings(ground);
	ground->full_access = policy_number(settings, POLICY_FULL_ACCESS);
	ground->empty_means = policy_number(settings, POLICY_SCOPE_EMPTY_MEANS);
	ground->missing = judge_tenant(&ground->moment);
	if (!(ground->missing & MISSING(UNKNOWN_TENANT)))
		ground->missing |= judge_permission(ground, query) |
				   judge_scope(&ground->moment, query->scope);
}

/* ---- what one holder adds ---- */

static bool has_expired(const struct record *holder, int64_t now)
{
	int64_t until;
	enum attr attr = holder->kind == KIND_USER ? ATTR_ACCOUNT_EXPIRES : ATTR_EXPIRES;
	struct span text = record_first(holder, attr);
	return text.len && (!time_parse_generalized(text, &until) || until <= now);
}

static uint32_t judge_account(const struct ground *ground, const struct record *holder)
{
	uint32_t missing = 0;
	if (!record_is_active(holder))
		missing |= MISSING(INACTIVE);
	if (has_expired(holder, moment_time(&ground->moment)))
		missing |= MISSING(EXPIRED);
	if (record_is_true(holder, ATTR_MUST_CHANGE))
		missing |= MISSING(MUST_CHANGE);
	return missing;
}

uint64_t ground_full_access(const struct ground *ground, const struct record *holder)
{
	return record_is_true(holder, ATTR_FULL_ACCESS) ? ground->full_access : FULL_ACCESS_OFF;
}

static bool has_role_with(const struct moment *moment, uint32_t user, struct span permission)
{
	bool found = false;
	uint32_t role = 0;
	struct record record;
	struct walk *held = walk_containers(moment, user, KIND_ROLE);
	while (!found && walk_next(held, role + 1, &role))
		found = moment_entry(moment, KIND_ROLE, role, &record) &&
			record_has_permission(&record, permission);
	walk_close(held);
	return found;
}

static bool holds_permission(const struct ground *ground, const struct record *holder)
{
	struct span permission = ground->permission.codename;
	if (ground_full_access(ground, holder) == FULL_ACCESS_SUPERUSER)
		return true;
	if (holder->kind == KIND_CLIENT)
		return record_has_permission(holder, permission);
	return has_role_with(&ground->moment, holder->number, permission);
}

static bool has_scopes(const struct moment *moment, uint32_t holder)
{
	uint32_t scope;
	struct walk *held = walk_containers(moment, holder, KIND_SCOPE);
	bool found = walk_next(held, 1, &scope);
	walk_close(held);
	return found;
}

static uint32_t judge_scopes(const struct ground *ground, const struct record *holder)
{
	struct edge edge;
	if (!ground->permission.scoped || ground_full_access(ground, holder) != FULL_ACCESS_OFF)
		return 0;
	if (ground->scope && moment_edge(&ground->moment, ground->scope, holder->number, &edge))
		return 0;
	if (!has_scopes(&ground->moment, holder->number))
		return ground->empty_means == EMPTY_MEANS_ALL ? 0 : MISSING(NO_SCOPES);
	return ground->scope ? MISSING(SCOPE_NOT_HELD) : MISSING(SCOPE_NOT_NAMED);
}

uint32_t ground_judge(const struct ground *ground, enum kind kind, uint32_t number)
{
	struct record holder;
	uint32_t missing = ground->missing;
	if (missing & MISSING(UNKNOWN_TENANT))
		return missing;
	if ((kind != KIND_USER && kind != KIND_CLIENT) ||
		!moment_entry(&ground->moment, kind, number, &holder))
		return missing | MISSING(UNKNOWN_HOLDER);
	missing |= judge_account(ground, &holder);
	if (missing & MISSING(UNKNOWN_PERMISSION))
		return missing;
	if (!holds_permission(ground, &holder))
		missing |= MISSING(NOT_GRANTED);
	/* A scope that does not exist is held by nobody, and who sees all sees nothing there. */
	return missing & MISSING(UNKNOWN_SCOPE) ? missing : missing | judge_scopes(ground, &holder);
}

enum err view_decide(
	struct view *view, const struct query *query, struct decision *decision, struct why *why)
{
	struct ground ground;
	arena_reset(view->scratch);
	ground_lay(&ground, view, view->scratch, query);
	uint32_t missing = ground_judge(&ground, query->kind, query->number);
	enum err err = txn_error(view->txn, why);
	if (err)
		return err;
	*decision = (struct decision){ .allowed = missing == 0, .missing = missing };
	return OK;
}
