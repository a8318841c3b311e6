#include "core/core_int.h"

#include "model/value.h"

/* Who may change an address (policy email.mutability). The first address is no change; a further
 * one is, since mail could go there. What another authority says is kept before (ownership_check).
 */

static bool has_address(const struct entry *user, struct span address)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(user, ATTR_EMAIL, i)); i++)
		if (value_equal(ATTR_EMAIL, value->octets, address))
			return true;
	return false;
}

/* An address of `a` that `b` lacks, or NULL. */
static const struct value *missing_address(const struct entry *a, const struct entry *b)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(a, ATTR_EMAIL, i)); i++)
		if (!has_address(b, value->octets))
			return value;
	return NULL;
}

struct span user_address(const struct entry *user)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(user, ATTR_EMAIL_PRIMARY, i)); i++) {
		if (!span_equal(value->octets, SPAN("TRUE")))
			continue;
		const struct value *email;
		for (size_t j = 0; (email = entry_value(user, ATTR_EMAIL, j)); j++)
			if (email->instance == value->instance)
				return email->octets;
	}
	return entry_first(user, ATTR_EMAIL);
}

bool user_same_address(const struct entry *before, const struct entry *after)
{
	struct span old = user_address(before), new = user_address(after);
	return old.len ? new.len &&value_equal(ATTR_EMAIL, old, new) : !new.len;
}

static enum err immutable(struct run *run, const char *because)
{
	return fail(run->why, ERR_MUTABILITY, "emails", "%s", because);
}

/* Every address that goes away is this actor's own to take. */
static bool owns_what_goes(
	const struct run *run, const struct entry *before, const struct entry *after)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(before, ATTR_EMAIL, i)); i++)
		if (value->source != run->actor->source && !has_address(after, value->octets))
			return false;
	return true;
}

static enum err check_owned(struct run *run, const struct entry *before, const struct entry *after)
{
	if (owns_what_goes(run, before, after))
		return OK;
	return immutable(run, "the address belongs to whom it came from");
}

static enum err check_interactive(
	struct run *run, uint64_t mutability, const struct entry *before, const struct entry *after)
{
	if (mutability == EMAIL_SOURCE_MANAGED)
		return check_owned(run, before, after);
	if (mutability == EMAIL_SUPPORT_ONLY && !actor_may(run->actor, PERM_USERS_CHANGE_EMAIL))
		return immutable(run, "only support changes an address");
	if (!run->command->reason.len)
		return fail(
			run->why, ERR_MISSING, "reason", "the change of an address needs a reason");
	return OK;
}

static enum err check_change(struct run *run, const struct entry *before, const struct entry *after)
{
	uint64_t mutability = policy_of(run->txn, after->tenant, POLICY_EMAIL_MUTABILITY);
	bool loses = missing_address(before, after) || !user_same_address(before, after);
	if (mutability == EMAIL_IMMUTABLE && loses)
		return immutable(run, "an address cannot be changed once it is set");
	if (actor_is_unbound(run->actor))
		return OK;
	if (actor_is_interactive(run->actor))
		return check_interactive(run, mutability, before, after);
	return mutability == EMAIL_ADMIN_VERIFIED ? OK : check_owned(run, before, after);
}

enum err user_check_email(struct run *run, const struct entry *before, const struct entry *after)
{
	bool had = before && entry_has(before, ATTR_EMAIL);
	if (!entry_has(after, ATTR_EMAIL) && (had || !before) && actor_fills_forms(run->actor) &&
		policy_of(run->txn, after->tenant, POLICY_EMAIL_REQUIRED))
		return fail(run->why, ERR_MISSING, "emails", "a user needs an e-mail address");
	if (!had || (!missing_address(before, after) && !missing_address(after, before) &&
			    user_same_address(before, after)))
		return OK;
	enum err err = check_change(run, before, after);
	if (err == ERR_MUTABILITY)
		run_clash(run, CONFLICT_POLICY, before, ATTR_EMAIL, user_address(before),
			user_address(after));
	return err;
}
