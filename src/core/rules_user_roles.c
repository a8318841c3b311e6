#include "core/core_int.h"

#include "model/value.h"

/* Which roles fit which type of account, and what a promotion asks for: looks at what the deeds
 * prepared so far make of people and roles. */

struct result {
	struct run *run;
	const struct effect **entries; /* the deeds' people and roles; few */
	size_t count, capacity;
	struct record role; /* the one that was looked at last */
	bool limited;       /* it fits no shared account */
	bool admin;
};

static void note_entry(struct result *result, const struct effect *effect)
{
	if (effect->type != EFFECT_ENTRY ||
		(effect->kind != KIND_USER && effect->kind != KIND_ROLE))
		return;
	if (result->count == result->capacity) {
		size_t capacity = result->capacity ? 2 * result->capacity : 8;
		const struct effect **grown =
			arena_array(result->run->arena, capacity, sizeof *grown);
		if (result->count)
			memcpy(grown, result->entries, result->count * sizeof *grown);
		result->entries = grown;
		result->capacity = capacity;
	}
	result->entries[result->count++] = effect;
}

/* The entry as it will be. */
static bool open_result(
	const struct result *result, enum kind kind, uint32_t number, struct record *record)
{
	for (size_t i = result->count; i-- > 0;)
		if (result->entries[i]->kind == kind && result->entries[i]->number == number)
			return result->entries[i]->after.len &&
			       record_open(result->entries[i]->after, record, NULL) == OK;
	return txn_entry(result->run->txn, result->run->command->tenant, kind, number, record);
}

/* ---- types ---- */

static bool is_reading(struct span codename)
{
	size_t dot = codename.len;
	while (dot > 0 && codename.data[dot - 1] != '.')
		dot--;
	struct span verb = span_from(codename, dot);
	return span_equal(verb, SPAN("view")) || span_equal(verb, SPAN("read")) ||
	       span_equal(verb, SPAN("view_own"));
}

static bool only_reads(const struct record *role)
{
	for (size_t i = record_find(role, ATTR_PERMISSION); i < role->count; i++) {
		struct value value = record_row(role, i);
		if (value.attr != ATTR_PERMISSION)
			break;
		if (!is_reading(value.octets))
			return false;
	}
	return true;
}

static bool is_admin_role(const struct record *role)
{
	return (permission_of_record(role) & permission_flagged(PERMISSION_ADMINISTRATION)) ==
	       permission_flagged(PERMISSION_ADMINISTRATION);
}

/* Nobody answers in person for what a shared account does. A shared mailbox may be the company's
 * spare Admin, behind a second factor. */
static enum err check_fit(struct run *run, const struct record *user, const struct record *role)
{
	struct span type = record_first(user, ATTR_USER_TYPE);
	bool shared = user_type_is(type, "shared");
	if ((!shared && !user_type_is(type, "service")) || only_reads(role) ||
		(shared && is_admin_role(role) && record_has_method(user, "totp")))
		return OK;
	return fail(run->why, ERR_VALUE, attr_spelling(ATTR_USER_TYPE), "%s",
		shared ? "a shared account holds roles that only read, or Admin with totp"
		       : "a service account holds roles that only read");
}

static enum err check_held_roles(struct result *result, const struct record *user)
{
	struct run *run = result->run;
	uint32_t number = 0;
	struct record role;
	enum err err = OK;
	struct postings *held = postings_containers(
		run->txn, run->arena, run->command->tenant, user->number, KIND_ROLE);
	while (!err && postings_next(held, number, &number)) {
		if (open_result(result, KIND_ROLE, number, &role))
			err = check_fit(run, user, &role);
		if (++number == 0)
			break;
	}
	postings_close(held);
	return err;
}

static enum err check_members_of(struct result *result, const struct record *role, struct span type)
{
	struct run *run = result->run;
	uint32_t number = 0;
	struct edge edge;
	struct record user;
	enum err err = OK;
	struct postings *people = postings_equal(
		run->txn, run->arena, run->command->tenant, KIND_USER, ATTR_USER_TYPE, type);
	while (!err && postings_next(people, number, &number)) {
		if (txn_edge(run->txn, run->command->tenant, role->number, number, &edge) &&
			open_result(result, KIND_USER, number, &user))
			err = check_fit(run, &user, role);
		if (++number == 0)
			break;
	}
	postings_close(people);
	return err;
}

static bool fits_less(const struct record *before, const struct record *after)
{
	struct span old = record_first(before, ATTR_USER_TYPE);
	struct span new = record_first(after, ATTR_USER_TYPE);
	return new.len &&
	       (!old.len || !value_equal(ATTR_USER_TYPE, old, new) ||
		       (record_has_method(before, "totp") && !record_has_method(after, "totp")));
}

static enum err check_entry(struct result *result, const struct effect *effect)
{
	struct record before, after;
	if (!effect->before.len || !effect->after.len ||
		record_open(effect->before, &before, NULL) ||
		record_open(effect->after, &after, NULL))
		return OK;
	if (effect->kind == KIND_USER)
		return fits_less(&before, &after) ? check_held_roles(result, &after) : OK;
	if (only_reads(&after))
		return OK;
	enum err err = check_members_of(result, &after, SPAN("shared"));
	return err ? err : check_members_of(result, &after, SPAN("service"));
}

/* ---- promotions ---- */

/* Who becomes an Admin chooses a new password, if the company wants it so. */
static enum err ask_for_password(struct result *result, const struct record *user)
{
	struct run *run = result->run;
	struct span bytes;
	struct entry *before = run_copy_record(run, user, &bytes);
	struct entry *after = entry_copy(run->arena, before);
	if (!entry_has(before, ATTR_PASSWORD) || record_is_true(user, ATTR_MUST_CHANGE))
		return OK;
	enum err err = entry_set(after, ATTR_MUST_CHANGE, SOURCE_LOCAL, SPAN("TRUE"), run->why);
	if (err)
		return err;
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, "user.updated", after);
	deed->before = before;
	deed->after = after;
	err = deed_entry(run, deed, bytes, after);
	note_entry(result, &deed->effects[0]);
	if (uuid_equal(&run->outcome->id, &after->id))
		run->outcome->revision = after->revision;
	return err;
}

static enum err note_promotion(struct result *result, const struct record *user)
{
	struct run *run = result->run;
	struct record old;
	uint64_t admin = permission_flagged(PERMISSION_ADMINISTRATION);
	if (!txn_entry(run->txn, run->command->tenant, KIND_USER, user->number, &old) ||
		(permission_of_holder(run->txn, run->arena, run->command->tenant, &old) & admin) ==
			admin)
		return OK;
	uint64_t policy = policy_of(run->txn, run->command->tenant, POLICY_ROTATE_ELEVATED);
	if (policy == ROTATE_PROMPT)
		run->outcome->warnings |= WARNING_ELEVATED;
	return policy == ROTATE_REQUIRE ? ask_for_password(result, user) : OK;
}

/* ---- memberships ---- */

static bool look_at_role(struct result *result, uint32_t number)
{
	if (result->role.kind == KIND_ROLE && result->role.number == number)
		return true;
	if (!open_result(result, KIND_ROLE, number, &result->role))
		return false;
	result->limited = !only_reads(&result->role);
	result->admin = is_admin_role(&result->role);
	return true;
}

static enum err check_edge(struct result *result, const struct effect *effect)
{
	struct record user;
	if (effect->before.len || !effect->after.len || effect->kind != KIND_ROLE ||
		effect->member_kind != KIND_USER || !look_at_role(result, effect->number) ||
		(!result->limited && !result->admin) ||
		!open_result(result, KIND_USER, effect->member, &user))
		return OK;
	enum err err = check_fit(result->run, &user, &result->role);
	return !err && result->admin ? note_promotion(result, &user) : err;
}

enum err rules_roles_held(struct run *run)
{
	enum err err = OK;
	struct result result = { .run = run };
	const struct deed *last = run->last;
	for (struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count; i++)
			note_entry(&result, &deed->effects[i]);
	for (size_t i = 0, count = result.count; !err && i < count; i++)
		err = check_entry(&result, result.entries[i]);
	for (struct deed *deed = run->first; deed && !err; deed = deed == last ? NULL : deed->next)
		for (size_t i = 0; !err && i < deed->count; i++)
			if (deed->effects[i].type == EFFECT_EDGE)
				err = check_edge(&result, &deed->effects[i]);
	return err;
}
