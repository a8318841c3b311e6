#include "core/policy_effect.h"

#include "base/clock.h"
#include "core/core_int.h"
#include "core/login.h"
#include "model/value.h"

#define ANY UINT64_MAX
#define DAY (24 * 3600 * SECOND)

struct question {
	struct txn *txn;
	struct arena *arena; /* of one person */
	uint32_t tenant;
	const struct record *settings;
	struct span value; /* that the policy would have */
	unsigned highest;  /* level of anybody */
};

static const char mapper[] = "Mapper";

static bool is_in(struct question *q, uint32_t user, enum kind kind, size_t least)
{
	size_t count = 0;
	uint32_t container = 0;
	struct postings *held = postings_containers(q->txn, q->arena, q->tenant, user, kind);
	while (count < least && postings_next(held, container, &container)) {
		count++;
		if (++container == 0)
			break;
	}
	postings_close(held);
	return count >= least;
}

static bool is_everywhere(struct question *q, const struct record *user)
{
	return policy_number(q->settings, POLICY_FULL_ACCESS) != FULL_ACCESS_OFF &&
	       span_equal(record_first(user, ATTR_FULL_ACCESS), SPAN("TRUE"));
}

static bool has_no_scope(struct question *q, const struct record *user)
{
	return !is_everywhere(q, user) && !is_in(q, user->number, KIND_SCOPE, 1);
}

static bool has_several_roles(struct question *q, const struct record *user)
{
	return is_in(q, user->number, KIND_ROLE, 2);
}

static bool has_no_role(struct question *q, const struct record *user)
{
	return !is_in(q, user->number, KIND_ROLE, 1);
}

static bool has_no_email(struct question *q, const struct record *user)
{
	(void)q;
	return !record_first(user, ATTR_EMAIL).len;
}

static bool is_one_of_two(struct question *q, struct span address)
{
	uint32_t number = 0;
	size_t count = 0;
	struct span normal = value_normal(q->arena, ATTR_EMAIL, address);
	struct postings *people =
		postings_equal(q->txn, q->arena, q->tenant, KIND_USER, ATTR_EMAIL, normal);
	while (count < 2 && postings_next(people, number, &number)) {
		count++;
		number++;
	}
	postings_close(people);
	return count == 2;
}

static bool shares_an_address(struct question *q, const struct record *user)
{
	for (size_t i = record_find(user, ATTR_EMAIL); i < user->count; i++) {
		struct value value = record_row(user, i);
		if (value.attr != ATTR_EMAIL)
			break;
		if (is_one_of_two(q, value.octets))
			return true;
	}
	return false;
}

static bool has_full_access(struct question *q, const struct record *user)
{
	(void)q;
	return span_equal(record_first(user, ATTR_FULL_ACCESS), SPAN("TRUE"));
}

static bool has_people_below(struct question *q, const struct record *user)
{
	uint32_t number;
	struct span normal = value_normal(q->arena, ATTR_MANAGER, uuid_span(&user->id));
	return txn_find_value(q->txn, q->tenant, KIND_USER, ATTR_MANAGER, normal, &number);
}

/* Calls for each role of the person until one answers true. */
static bool any_role(struct question *q, uint32_t user,
	bool (*is)(struct question *q, const struct record *role, void *arg), void *arg)
{
	bool found = false;
	uint32_t number = 0;
	struct record role;
	struct postings *held = postings_containers(q->txn, q->arena, q->tenant, user, KIND_ROLE);
	while (!found && postings_next(held, number, &number)) {
		found = txn_entry(q->txn, q->tenant, KIND_ROLE, number, &role) && is(q, &role, arg);
		if (++number == 0)
			break;
	}
	postings_close(held);
	return found;
}

static bool raises_level(struct question *q, const struct record *role, void *arg)
{
	unsigned *level = arg;
	uint64_t own = 0;
	(void)q;
	if (span_to_u64(record_first(role, ATTR_LEVEL), &own) && own > *level)
		*level = (unsigned)own;
	return false;
}

static unsigned level_of(struct question *q, uint32_t user)
{
	unsigned level = 1;
	any_role(q, user, raises_level, &level);
	return level;
}

static bool has_people_above(struct question *q, const struct record *user)
{
	return level_of(q, user->number) < q->highest;
}

static bool is_mapper(const struct record *role)
{
	return span_equal(record_first(role, ATTR_BUILT_IN), SPAN("TRUE")) &&
	       span_equal(record_first(role, ATTR_COMMON_NAME), span_str(mapper));
}

static bool is_the_mapper(struct question *q, const struct record *role, void *arg)
{
	(void)q;
	(void)arg;
	return is_mapper(role);
}

static bool creates_besides(struct question *q, const struct record *role, void *arg)
{
	(void)q;
	(void)arg;
	return !is_mapper(role) && (permission_of_record(role) >> PERM_USERS_CREATE & 1);
}

static bool creates_as_mapper(struct question *q, const struct record *user)
{
	return any_role(q, user->number, is_the_mapper, NULL) &&
	       !any_role(q, user->number, creates_besides, NULL);
}

static bool has_a_type_of_no_use(struct question *q, const struct record *user)
{
	struct span type = record_first(user, ATTR_USER_TYPE), rest = q->value;
	if (!type.len || !rest.len)
		return false;
	while (rest.len)
		if (value_equal(ATTR_USER_TYPE, span_cut(&rest, ' '), type))
			return false;
	return true;
}

static bool is_admin(struct question *q, const struct record *user)
{
	uint64_t admin = permission_flagged(PERMISSION_ADMINISTRATION);
	return (permission_of_holder(q->txn, q->arena, q->tenant, user) & admin) == admin;
}

static bool has_an_older_password(struct question *q, const struct record *user)
{
	uint64_t days = 0;
	span_to_u64(q->value, &days);
	return days && record_first(user, ATTR_PASSWORD).len &&
	       password_changed(user) + (int64_t)days * DAY <= clock_wall();
}

/* The first row that fits the policy and its new value answers. */
static const struct effect_row {
	enum policy policy;
	uint64_t value;       /* as policy_number() has it; ANY: each */
	bool active;          /* only people who can sign in are concerned */
	enum attr candidates; /* they have this attribute; NONE: everybody */
	bool (*concerns)(struct question *q, const struct record *user);
	const char *sentence;
} effects[] = {
	{ POLICY_SCOPE_EMPTY_MEANS, EMPTY_MEANS_NONE, true, ATTR_NONE, has_no_scope,
		"have no scope and would see nothing" },
	{ POLICY_SCOPE_EMPTY_MEANS, EMPTY_MEANS_ALL, true, ATTR_NONE, has_no_scope,
		"have no scope and would see everything" },
	{ POLICY_ROLES_CARDINALITY, ROLES_SINGLE, false, ATTR_NONE, has_several_roles,
		"hold several roles and would be left with them until somebody chooses one" },
	{ POLICY_ROLES_REQUIRED, 1, false, ATTR_NONE, has_no_role, "have no role" },
	{ POLICY_EMAIL_REQUIRED, 1, false, ATTR_NONE, has_no_email, "have no e-mail address" },
	{ POLICY_EMAIL_UNIQUENESS, EMAIL_UNIQUE, false, ATTR_EMAIL, shares_an_address,
		"share an address, which would stay until somebody changes it" },
	{ POLICY_FULL_ACCESS, FULL_ACCESS_OFF, true, ATTR_FULL_ACCESS, has_full_access,
		"have full access and would lose it" },
	{ POLICY_FULL_ACCESS, FULL_ACCESS_SCOPE, true, ATTR_FULL_ACCESS, has_full_access,
		"have full access and would have it over every scope" },
	{ POLICY_FULL_ACCESS, FULL_ACCESS_SUPERUSER, true, ATTR_FULL_ACCESS, has_full_access,
		"have full access and would hold every permission" },
	{ POLICY_HIERARCHY, HIERARCHY_SUBTREE, true, ATTR_NONE, has_people_below,
		"have people below them and would see those" },
	{ POLICY_HIERARCHY, HIERARCHY_OFF, true, ATTR_NONE, has_people_below,
		"have people below them and would not see those for that any more" },
	{ POLICY_LEVEL_VISIBILITY, LEVELS_NOT_ABOVE, true, ATTR_NONE, has_people_above,
		"would not see people of a higher level any more" },
	{ POLICY_LEVEL_VISIBILITY, LEVELS_ALL, true, ATTR_NONE, has_people_above,
		"would see people of a higher level" },
	{ POLICY_MAPPER_CREATES, 0, true, ATTR_NONE, creates_as_mapper,
		"create people as Mappers and could not any more" },
	{ POLICY_MAPPER_CREATES, 1, true, ATTR_NONE, creates_as_mapper,
		"are Mappers and could create people" },
	{ POLICY_USER_TYPES, ANY, false, ATTR_USER_TYPE, has_a_type_of_no_use,
		"have a user type that would not be offered any more" },
	{ POLICY_ADMINS_HARD, ANY, true, ATTR_NONE, is_admin,
		"are the Admins that would be counted" },
	{ POLICY_ADMINS_WARN, ANY, true, ATTR_NONE, is_admin,
		"are the Admins that would be counted" },
	{ POLICY_PASSWORD_MAX_AGE, ANY, true, ATTR_NONE, has_an_older_password,
		"have a password that is older and would have to change it at once" },
};

static uint64_t number_of(enum policy policy, struct span value)
{
	const char *words = policy_row(policy)->words;
	struct span rest = span_str(words);
	uint64_t place = 0;
	if (policy_row(policy)->type == POLICY_IS_YESNO)
		return span_equal(value, SPAN("true"));
	while (rest.len && !span_equal(span_cut(&rest, ' '), value))
		place++;
	return place;
}

static const struct effect_row *find_row(enum policy policy, struct span value)
{
	for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
		if (effects[i].policy == policy &&
			(effects[i].value == ANY || effects[i].value == number_of(policy, value)))
			return &effects[i];
	return NULL;
}

static struct postings *candidates(
	struct question *q, struct arena *arena, const struct effect_row *row)
{
	if (row->candidates == ATTR_FULL_ACCESS)
		return postings_equal(q->txn, arena, q->tenant, KIND_USER, ATTR_FULL_ACCESS,
			value_normal(arena, ATTR_FULL_ACCESS, SPAN("TRUE")));
	if (row->candidates != ATTR_NONE)
		return postings_present(q->txn, arena, q->tenant, KIND_USER, row->candidates);
	return postings_all(q->txn, arena, q->tenant, KIND_USER);
}

static void take(struct arena *arena, const struct record *user, struct policy_effect *effect)
{
	if (effect->count++ >= POLICY_EFFECT_PEOPLE)
		return;
	effect->people[effect->shown++] = (struct policy_person){ .id = user->id,
		.name = arena_copy(arena, record_first(user, ATTR_USER_NAME)) };
}

static void count(struct question *q, struct arena *arena, const struct effect_row *row,
	struct policy_effect *effect)
{
	uint32_t number = 0;
	struct record user;
	struct arena *walk = arena_new();
	struct postings *people = candidates(q, walk, row);
	q->arena = arena_new();
	while (postings_next(people, number, &number)) {
		arena_reset(q->arena);
		if (txn_entry(q->txn, q->tenant, KIND_USER, number, &user) &&
			(!row->active || record_is_active(&user)) && row->concerns(q, &user))
			take(arena, &user, effect);
		if (++number == 0)
			break;
	}
	postings_close(people);
	arena_free(q->arena);
	arena_free(walk);
}

/* Roles have levels, so the highest of anybody who holds one is found among them. */
static unsigned highest_level(struct txn *txn, uint32_t tenant)
{
	unsigned highest = 1;
	uint32_t number = 0;
	struct record role;
	struct arena *arena = arena_new();
	struct postings *roles = postings_all(txn, arena, tenant, KIND_ROLE);
	while (postings_next(roles, number, &number)) {
		if (txn_member_count(txn, tenant, number) &&
			txn_entry(txn, tenant, KIND_ROLE, number, &role))
			raises_level(NULL, &role, &highest);
		if (++number == 0)
			break;
	}
	postings_close(roles);
	arena_free(arena);
	return highest;
}

enum err policy_effect(struct view *view, struct arena *arena, uint32_t tenant, enum policy policy,
	struct span value, struct policy_effect *effect, struct why *why)
{
	struct record settings;
	enum err err = policy_check(policy, value, why);
	if (err)
		return err;
	*effect = (struct policy_effect){ .sentence = "would be touched: it holds for what comes" };
	struct question q = { .txn = view->txn, .tenant = tenant, .value = value };
	if (find_settings(view->txn, tenant, &settings))
		q.settings = &settings;
	const struct effect_row *row = find_row(policy, value);
	if (span_equal(policy_text(q.settings, policy), value)) {
		effect->sentence = "would be touched: it is so already";
	} else if (row) {
		effect->sentence = row->sentence;
		if (policy == POLICY_LEVEL_VISIBILITY)
			q.highest = highest_level(view->txn, tenant);
		count(&q, arena, row, effect);
	}
	return txn_error(view->txn, why);
}
