#include "core/core_int.h"

#include "base/clock.h"
#include "core/people.h"
#include "model/value.h"

/* An Admin is a person whose roles together hold all permissions of ADMINISTRATION. They are
 * counted as they are and as they would be after the deeds that are prepared and not yet applied,
 * and never further than somebody asks: a role of 100,000 Admins costs a few look-ups. */

struct role {
	uint32_t number;
	uint64_t mask; /* of ADMINISTRATION */
};

struct turn { /* an edge that the deeds make or end */
	uint32_t role, member;
	bool there;
};

struct census {
	const struct run *run;
	uint32_t tenant;
	uint64_t administration;
	bool after;
	struct role *roles; /* those with any of it, rising */
	size_t role_count;
	const struct turn *turns; /* by member and role; with `after` only */
	size_t turn_count;
	unsigned people, lasting, shared;
};

/* ---- people ---- */

enum weight { WEIGHT_NONE, WEIGHT_SHARED, WEIGHT_PERSON };

static bool has_ended(const struct run *run, const struct record *user)
{
	int64_t until;
	struct span text = record_first(user, ATTR_ACCOUNT_EXPIRES);
	return text.len && (!time_parse_generalized(text, &until) || until <= run->now);
}

/* An account that many share is nobody's; with a second factor it still helps. */
static enum weight weigh(const struct run *run, const struct record *user)
{
	struct span type = record_first(user, ATTR_USER_TYPE);
	if (!record_is_active(user) || has_ended(run, user) ||
		value_equal(ATTR_USER_TYPE, type, SPAN("service")))
		return WEIGHT_NONE;
	if (!value_equal(ATTR_USER_TYPE, type, SPAN("shared")))
		return WEIGHT_PERSON;
	return record_has_method(user, "totp") ? WEIGHT_SHARED : WEIGHT_NONE;
}

/* Neither about to end by itself nor still to be accepted. */
static bool is_lasting(const struct record *user)
{
	return !record_first(user, ATTR_ACCOUNT_EXPIRES).len && !record_is_true(user, ATTR_INVITED);
}

/* ---- roles and edges, before or after ---- */

static bool entry_of(const struct census *c, enum kind kind, uint32_t number, struct record *record)
{
	return c->after ? run_entry_after(c->run, c->tenant, kind, number, record)
			: txn_entry(c->run->txn, c->tenant, kind, number, record);
}

static void add_role(struct census *c, size_t *capacity, const struct record *record)
{
	uint64_t mask = permission_of_record(record) & c->administration;
	if (!mask)
		return;
	if (c->role_count == *capacity) {
		*capacity = *capacity ? *capacity * 2 : 16;
		struct role *grown = arena_array(c->run->arena, *capacity, sizeof *grown);
		if (c->role_count)
			memcpy(grown, c->roles, c->role_count * sizeof *grown);
		c->roles = grown;
	}
	c->roles[c->role_count++] = (struct role){ record->number, mask };
}

static void gather_roles(struct census *c)
{
	size_t capacity = 0;
	uint32_t number = 0;
	struct record record;
	struct postings *all = postings_all(c->run->txn, c->run->arena, c->tenant, KIND_ROLE);
	while (postings_next(all, number, &number)) {
		if (entry_of(c, KIND_ROLE, number, &record))
			add_role(c, &capacity, &record);
		if (++number == 0)
			break;
	}
	postings_close(all);
	for (const struct deed *deed = c->run->first; c->after && deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == c->tenant; i++)
			if (deed->effects[i].type == EFFECT_ENTRY &&
				deed->effects[i].kind == KIND_ROLE &&
				!deed->effects[i].before.len &&
				record_open(deed->effects[i].after, &record, NULL) == OK)
				add_role(c, &capacity, &record);
}

static int by_member(const void *left, const void *right)
{
	const struct turn *a = left, *b = right;
	if (a->member != b->member)
		return a->member < b->member ? -1 : 1;
	return a->role < b->role ? -1 : a->role > b->role;
}

static bool is_turn(const struct run *run, const struct deed *deed, const struct effect *effect)
{
	return deed->tenant == run->command->tenant && effect->type == EFFECT_EDGE &&
	       effect->kind == KIND_ROLE && !effect->before.len != !effect->after.len;
}

static void gather_turns(struct census *c)
{
	size_t count = 0;
	const struct deed *deed;
	for (deed = c->run->first; deed; deed = deed->next)
		count += deed->count;
	struct turn *turns = arena_array(c->run->arena, count + 1, sizeof *turns);
	for (deed = c->run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count; i++) {
			const struct effect *effect = &deed->effects[i];
			if (is_turn(c->run, deed, effect))
				turns[c->turn_count++] = (struct turn){ effect->number,
					effect->member, effect->after.len > 0 };
		}
	qsort(turns, c->turn_count, sizeof *turns, by_member);
	c->turns = turns;
}

static void take_census(struct census *c, const struct run *run, bool after)
{
	*c = (struct census){ .run = run,
		.tenant = run->command->tenant,
		.administration = permission_flagged(PERMISSION_ADMINISTRATION),
		.after = after };
	gather_roles(c);
	if (after)
		gather_turns(c);
}

static bool is_member(const struct census *c, uint32_t role, uint32_t member)
{
	struct edge edge;
	struct turn wanted = { role, member, false };
	const struct turn *turn =
		c->turn_count ? bsearch(&wanted, c->turns, c->turn_count, sizeof wanted, by_member)
			      : NULL;
	return turn ? turn->there : txn_edge(c->run->txn, c->tenant, role, member, &edge);
}

static bool is_admin(const struct census *c, uint32_t user)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < c->role_count && mask != c->administration; i++)
		if ((c->roles[i].mask & ~mask) && is_member(c, c->roles[i].number, user))
			mask |= c->roles[i].mask;
	return mask == c->administration;
}

/* ---- counting ---- */

static enum weight weight_of(const struct census *c, uint32_t user, bool *lasting)
{
	struct record record;
	if (!entry_of(c, KIND_USER, user, &record))
		return WEIGHT_NONE;
	enum weight weight = weigh(c->run, &record);
	*lasting = is_lasting(&record);
	return weight != WEIGHT_NONE && is_admin(c, user) ? weight : WEIGHT_NONE;
}

static void count_one(struct census *c, uint32_t user)
{
	bool lasting = false;
	enum weight weight = weight_of(c, user, &lasting);
	if (weight == WEIGHT_NONE || (weight == WEIGHT_SHARED && c->shared))
		return;
	c->shared += weight == WEIGHT_SHARED;
	c->people++;
	c->lasting += lasting;
}

/* Every Admin has a role with this permission: the one that the fewest people have. */
static uint64_t rarest(const struct census *c)
{
	uint64_t best = 0, least = UINT64_MAX;
	for (uint64_t rest = c->administration; rest; rest &= rest - 1) {
		uint64_t bit = rest & -rest, members = 0;
		for (size_t i = 0; i < c->role_count; i++)
			if (c->roles[i].mask & bit)
				members += txn_member_count(
					c->run->txn, c->tenant, c->roles[i].number);
		if (members < least) {
			least = members;
			best = bit;
		}
	}
	return best;
}

static bool was_counted(const struct census *c, size_t at, uint64_t bit, uint32_t user)
{
	for (size_t i = 0; i < at; i++)
		if ((c->roles[i].mask & bit) && is_member(c, c->roles[i].number, user))
			return true;
	return false;
}

static void count_member(struct census *c, size_t at, uint64_t bit, uint32_t user)
{
	if (is_member(c, c->roles[at].number, user) && !was_counted(c, at, bit, user))
		count_one(c, user);
}

static void count_role(struct census *c, size_t at, uint64_t bit, unsigned limit)
{
	struct edge edge;
	uint32_t member = 0, role = c->roles[at].number;
	struct postings *members = postings_members(c->run->txn, c->run->arena, c->tenant, role);
	while (c->lasting < limit && postings_next(members, member, &member)) {
		count_member(c, at, bit, member);
		if (++member == 0)
			break;
	}
	postings_close(members);
	for (size_t i = 0; i < c->turn_count && c->lasting < limit; i++)
		if (c->turns[i].role == role && c->turns[i].there &&
			!txn_edge(c->run->txn, c->tenant, role, c->turns[i].member, &edge))
			count_member(c, at, bit, c->turns[i].member);
}

/* Until `limit` lasting ones are found, who are then people too. */
static void count_all(struct census *c, unsigned limit)
{
	uint64_t bit = rarest(c);
	for (size_t i = 0; i < c->role_count && c->lasting < limit; i++)
		if (c->roles[i].mask & bit)
			count_role(c, i, bit, limit);
}

/* ---- what the deeds take ---- */

static uint64_t mask_of(struct span octets, uint64_t administration)
{
	struct record record;
	if (!octets.len || record_open(octets, &record, NULL) != OK)
		return 0;
	return permission_of_record(&record) & administration;
}

static bool weighs_less(const struct run *run, const struct effect *effect)
{
	struct record before, after;
	if (record_open(effect->before, &before, NULL) != OK)
		return false;
	enum weight was = weigh(run, &before);
	if (was == WEIGHT_NONE)
		return false;
	return !effect->after.len || record_open(effect->after, &after, NULL) != OK ||
	       weigh(run, &after) < was || (is_lasting(&before) && !is_lasting(&after));
}

static bool takes_admin(const struct census *before, const struct effect *effect)
{
	const struct run *run = before->run;
	if (effect->type == EFFECT_EDGE)
		return effect->kind == KIND_ROLE && !effect->after.len &&
		       is_admin(before, effect->member);
	if (effect->type != EFFECT_ENTRY || !effect->before.len)
		return false;
	if (effect->kind == KIND_ROLE)
		return mask_of(effect->before, before->administration) &
		       ~mask_of(effect->after, before->administration);
	return effect->kind == KIND_USER && weighs_less(run, effect) &&
	       is_admin(before, effect->number);
}

/* Most changes touch nobody's administration; this is said without looking at roles. */
static bool may_take(const struct run *run, const struct effect *effect)
{
	if (effect->type == EFFECT_EDGE)
		return effect->kind == KIND_ROLE && !effect->after.len;
	return effect->type == EFFECT_ENTRY && effect->before.len &&
	       (effect->kind == KIND_ROLE ||
		       (effect->kind == KIND_USER && weighs_less(run, effect)));
}

static bool deeds_take(struct run *run, struct census *before)
{
	bool ready = false;
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == run->command->tenant; i++) {
			if (!may_take(run, &deed->effects[i]))
				continue;
			if (!ready)
				take_census(before, run, false);
			ready = true;
			if (takes_admin(before, &deed->effects[i]))
				return true;
		}
	return false;
}

enum err rules_last_admin(struct run *run)
{
	struct census before, after;
	uint32_t tenant = run->command->tenant;
	if (tenant == 0 || !deeds_take(run, &before))
		return OK;
	unsigned hard = (unsigned)policy_of(run->txn, tenant, POLICY_ADMINS_HARD);
	unsigned warn = (unsigned)policy_of(run->txn, tenant, POLICY_ADMINS_WARN);
	take_census(&after, run, true);
	count_all(&after, hard > warn ? hard : warn);
	if (after.people < warn)
		run->outcome->warnings |= WARNING_FEW_ADMINS;
	if (after.lasting >= hard)
		return OK;
	count_all(&before, hard);
	if (before.lasting <= after.lasting &&
		(before.people <= after.people || after.people >= hard))
		return OK;
	if (hard > 1)
		return fail(run->why, ERR_LAST_ADMIN, NULL,
			"%u active Admins must stay: give somebody else the role first", hard);
	return fail(run->why, ERR_LAST_ADMIN, NULL,
		"the last active Admin must stay: give somebody else the role first");
}

enum err rules_admins_asked(struct run *run, unsigned least)
{
	struct census now;
	take_census(&now, run, false);
	count_all(&now, least);
	if (now.lasting >= least)
		return OK;
	return fail(run->why, ERR_LAST_ADMIN, policy_row(POLICY_ADMINS_HARD)->codename,
		"there are %u active Admins, not %u: give somebody else the role first",
		now.lasting, least);
}

/* ---- listing ---- */

static void list_role(const struct census *c, size_t at, uint64_t bit, struct admins *admins)
{
	uint32_t role = c->roles[at].number;
	uint32_t member = role == admins->place.role ? admins->place.member + 1 : 0;
	struct postings *members = postings_members(c->run->txn, c->run->arena, c->tenant, role);
	while (!admins->more && postings_next(members, member, &member)) {
		bool lasting;
		admins->more = admins->count == admins->limit || admins->budget == 0;
		if (admins->more)
			break;
		admins->budget--;
		admins->place = (struct admin_place){ role, member };
		if (!was_counted(c, at, bit, member) &&
			weight_of(c, member, &lasting) != WEIGHT_NONE)
			admins->people[admins->count++] = (struct admin_person){ member, lasting };
		if (++member == 0)
			break;
	}
	postings_close(members);
}

/* By one permission, whatever the numbers of its holders: pages go on where others ended. */
enum err view_admins(struct view *view, struct arena *arena, uint32_t tenant, struct admins *admins,
	struct why *why)
{
	const struct command command = { .tenant = tenant };
	const struct run run = {
		.txn = view->txn, .arena = arena, .command = &command, .now = clock_wall()
	};
	const uint64_t bit = UINT64_C(1) << PERM_ROLES_ASSIGN_ANY;
	struct census now;
	take_census(&now, &run, false);
	admins->more = false;
	for (size_t i = 0; i < now.role_count && !admins->more; i++)
		if (now.roles[i].number >= admins->place.role && (now.roles[i].mask & bit))
			list_role(&now, i, bit, admins);
	return txn_error(view->txn, why);
}
