#include "world.h"

#include "../dice.h"

static struct dice dice;

void world_seed(uint64_t seed)
{
	print_message("seed %llu\n", (unsigned long long)seed);
	dice.state = seed;
}

unsigned world_below(unsigned n)
{
	return dice_roll(&dice, n);
}

/* Comes and goes, and asks for a scope at times. */
#define REGISTERED "shop.orders"

/* The table of what is asked, and of what the definition needs to know about it. */
static const struct {
	const char *codename;
	bool scoped, own;
} known[] = {
	{ "users.view", false, false },
	{ "contracts.view", false, false },
	{ "facilities.edit", true, false },
	{ "work_orders.create", true, false },
	{ "reports.view", true, false },
	{ "work_orders.view_own", false, true },
	{ "cmms.read", true, false },
	{ REGISTERED, true, true },
};

const char *const world_permissions[WORLD_PERMISSIONS] = { "users.view", "contracts.view",
	"facilities.edit", "work_orders.create", "reports.view", "work_orders.view_own",
	"cmms.read", REGISTERED, "nothing.here" };

static const char *name_of(const struct world *world, const char *word, unsigned i)
{
	return arena_printf(world->f->arena, "%s %u", word, i);
}

static uint32_t make_company(struct fixture *f, const char *name)
{
	struct tenant_info info;
	struct entry *company = new_entry(f, KIND_TENANT, name);
	add_value(company, ATTR_PRESET, "titanus");
	make(f, 0, company);
	assert_true(view_tenant(look(f), span_str(name), &info));
	return info.number;
}

static struct ref make_permission(struct world *world)
{
	struct entry *entry = new_entry(world->f, KIND_PERMISSION, REGISTERED);
	add_value(entry, ATTR_PERMISSION_GROUP, "shop");
	add_value(entry, ATTR_IS_SCOPED, "TRUE");
	add_value(entry, ATTR_IS_OWN, "TRUE");
	return make(world->f, world->tenant, entry);
}

void world_make(struct world *world, struct fixture *f, const char *company)
{
	struct record settings;
	uint32_t tenant = make_company(f, company);
	*world = (struct world){ .f = f, .tenant = tenant };
	world->company = find(f, 0, KIND_TENANT, company);
	assert_true(view_settings(look(f), tenant, &settings));
	world->settings = (struct ref){ KIND_SETTINGS, tenant, settings.number, settings.id };
	world->registered = make_permission(world);
	make_named(f, tenant, KIND_APP, "cmms");
	for (unsigned i = 0; i < WORLD_USERS; i++)
		world->users[i] = make_user(f, tenant, name_of(world, "user", i));
	for (unsigned i = 0; i < WORLD_ROLES; i++)
		world->roles[i] = make_role(f, tenant, name_of(world, "role", i),
			known[i % (sizeof known / sizeof *known)].codename);
	for (unsigned i = 0; i < WORLD_SCOPES; i++)
		world->scopes[i] = make_named(f, tenant, KIND_SCOPE, name_of(world, "scope", i));
}

/* ---- steps ---- */

static void change(
	struct world *world, struct ref ref, enum patch_op op, enum attr attr, const char *text)
{
	modify(world->f, &world->f->operator, ref, op, attr, text);
}

static struct ref some_user(const struct world *world)
{
	return world->users[world_below(WORLD_USERS)];
}

static void step_role_member(struct world *world)
{
	struct ref role = world->roles[world_below(WORLD_ROLES)];
	if (world_below(5) < 3)
		join(world->f, &world->f->operator, role, some_user(world));
	else
		leave(world->f, &world->f->operator, role, some_user(world));
}

static void step_scope_member(struct world *world)
{
	struct ref scope = world->scopes[world_below(WORLD_SCOPES)];
	if (world_below(2))
		join(world->f, &world->f->operator, scope, some_user(world));
	else
		leave(world->f, &world->f->operator, scope, some_user(world));
}

static void step_flag(struct world *world)
{
	static const enum attr flags[] = { ATTR_ACTIVE, ATTR_FULL_ACCESS, ATTR_FULL_ACCESS,
		ATTR_MUST_CHANGE };
	enum attr attr = flags[world_below(4)];
	bool likely = attr == ATTR_ACTIVE;
	const char *text =
		world_below(3) ? (likely ? "TRUE" : "FALSE") : (likely ? "FALSE" : "TRUE");
	change(world, some_user(world), PATCH_REPLACE, attr, text);
}

static void step_expiry(struct world *world)
{
	const char *text = world_below(2) ? "20200101000000Z" : "20990101000000Z";
	change(world, some_user(world), PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES, text);
}

static void step_role(struct world *world)
{
	struct ref role = world->roles[world_below(WORLD_ROLES)];
	enum patch_op op = world_below(3) ? PATCH_ADD : PATCH_REMOVE;
	change(world, role, op, ATTR_PERMISSION,
		world_permissions[world_below(WORLD_PERMISSIONS - 1)]);
}

static void step_policy(struct world *world)
{
	static const char *const empties[] = { "scope.empty_means=all", "scope.empty_means=none" };
	static const char *const fulls[] = { "full_access=off", "full_access=scope",
		"full_access=superuser" };
	struct value values[] = {
		{ .attr = ATTR_POLICY, .octets = span_str(empties[world_below(2)]) },
		{ .attr = ATTR_POLICY, .octets = span_str(fulls[world_below(3)]), .instance = 1 },
	};
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_POLICY, .values = values, .count = 2
	};
	assert_err(modify_all(world->f, &world->f->operator, world->settings, &mod, 1, NULL), OK);
}

static void step_company(struct world *world)
{
	change(world, world->company, PATCH_REPLACE, ATTR_ACTIVE,
		world_below(4) ? "TRUE" : "FALSE");
}

static void step_user(struct world *world)
{
	unsigned i = world_below(WORLD_USERS);
	static unsigned made;
	if (remove_entry(world->f, &world->f->operator, world->users[i]).err == OK)
		world->users[i] =
			make_user(world->f, world->tenant, name_of(world, "late", ++made));
}

static void step_name(struct world *world)
{
	static unsigned named;
	change(world, some_user(world), PATCH_REPLACE, ATTR_USER_NAME,
		name_of(world, "renamed", ++named));
}

static void step_registered(struct world *world)
{
	struct record record;
	if (!view_entry(look(world->f), world->tenant, KIND_PERMISSION, world->registered.number,
		    &record))
		world->registered = make_permission(world);
	else if (world_below(2))
		remove_entry(world->f, &world->f->operator, world->registered);
	else
		change(world, world->registered, PATCH_REPLACE, ATTR_IS_SCOPED,
			world_below(2) ? "TRUE" : "FALSE");
}

void world_step(struct world *world)
{
	static const struct {
		unsigned weight;
		void (*step)(struct world *world);
	} steps[] = {
		{ 30, step_role_member },
		{ 20, step_scope_member },
		{ 20, step_flag },
		{ 4, step_expiry },
		{ 9, step_role },
		{ 6, step_policy },
		{ 3, step_company },
		{ 2, step_user },
		{ 2, step_name },
		{ 4, step_registered },
	};
	unsigned at = world_below(100), i = 0;
	while (at >= steps[i].weight)
		at -= steps[i++].weight;
	steps[i].step(world);
}

/* ---- questions ---- */

struct query world_query(const struct world *world)
{
	struct query query = { .tenant = world->tenant, .kind = KIND_USER };
	query.number = world_below(50) ? some_user(world).number : UINT32_MAX - 1;
	query.permission = span_str(world_permissions[world_below(WORLD_PERMISSIONS)]);
	query.owned = world_below(2);
	switch (world_below(8)) {
	case 0:
		break;
	case 1:
		/* A number of another kind, or of another tenant. */
		query.scope = world_below(2) ? query.number : UINT32_MAX - 2;
		break;
	default:
		query.scope = world->scopes[world_below(WORLD_SCOPES)].number;
	}
	return query;
}

bool world_decide(struct fixture *f, const struct query *query)
{
	struct decision decision;
	struct why why = { 0 };
	if (view_decide(f->view, query, &decision, &why))
		fail_msg("%s", why.text);
	assert_int_equal(decision.allowed, decision.missing == 0);
	assert_int_equal(decision.allowed, decision_reason(&decision) == REASON_COUNT);
	return decision.allowed;
}

static int place_of(struct span permission)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_equal(permission, span_str(known[i].codename)))
			return (int)i;
	return -1;
}

static bool is_registered(const struct world *world, struct record *record)
{
	return view_entry(
		world->f->view, world->tenant, KIND_PERMISSION, world->registered.number, record);
}

static bool lists(const struct record *role, struct span permission)
{
	for (size_t i = 0; i < role->count; i++) {
		struct value value = record_row(role, i);
		if (value.attr == ATTR_PERMISSION && span_equal(value.octets, permission))
			return true;
	}
	return false;
}

static bool has_role_with(const struct world *world, const struct query *query)
{
	struct edge edge;
	struct record role;
	for (unsigned i = 0; i < WORLD_ROLES; i++)
		if (view_edge(world->f->view, world->tenant, world->roles[i].number, query->number,
			    &edge) &&
			view_entry(world->f->view, world->tenant, KIND_ROLE, world->roles[i].number,
				&role) &&
			lists(&role, query->permission))
			return true;
	return false;
}

static bool has_scope(const struct world *world, uint32_t user, uint32_t scope)
{
	struct edge edge;
	for (unsigned i = 0; i < WORLD_SCOPES; i++)
		if ((scope == 0 || scope == world->scopes[i].number) &&
			view_edge(world->f->view, world->tenant, world->scopes[i].number, user,
				&edge))
			return true;
	return false;
}

static bool is_scope(const struct world *world, uint32_t scope)
{
	for (unsigned i = 0; i < WORLD_SCOPES; i++)
		if (world->scopes[i].number == scope)
			return true;
	return false;
}

static bool may_sign_in(const struct world *world, const struct record *user)
{
	struct tenant_info tenant;
	int64_t until;
	struct span expires = record_first(user, ATTR_ACCOUNT_EXPIRES);
	return view_tenant_number(world->f->view, world->tenant, &tenant) && tenant.active &&
	       record_is_true(user, ATTR_ACTIVE) && !record_is_true(user, ATTR_MUST_CHANGE) &&
	       (!expires.len || (time_parse_generalized(expires, &until) && until > clock_wall()));
}

bool world_should(const struct world *world, const struct query *query)
{
	struct record user, registered;
	struct view *view = world->f->view;
	int place = place_of(query->permission);
	bool is_ours = span_equal(query->permission, span_str(REGISTERED));
	bool scoped = place >= 0 && known[place].scoped;
	if (is_ours && !is_registered(world, &registered))
		return false;
	if (is_ours)
		scoped = record_is_true(&registered, ATTR_IS_SCOPED);
	if (!view_entry(view, world->tenant, KIND_USER, query->number, &user) || place < 0 ||
		(query->scope && !is_scope(world, query->scope)))
		return false;
	uint64_t full = record_is_true(&user, ATTR_FULL_ACCESS)
				? view_policy(view, world->tenant, POLICY_FULL_ACCESS)
				: FULL_ACCESS_OFF;
	bool all_if_empty =
		view_policy(view, world->tenant, POLICY_SCOPE_EMPTY_MEANS) == EMPTY_MEANS_ALL;
	return may_sign_in(world, &user) &&
	       (full == FULL_ACCESS_SUPERUSER || has_role_with(world, query)) &&
	       (!scoped || full != FULL_ACCESS_OFF ||
		       (all_if_empty && !has_scope(world, query->number, 0)) ||
		       (query->scope && has_scope(world, query->number, query->scope))) &&
	       (!known[place].own || query->owned);
}
