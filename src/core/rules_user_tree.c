#include "core/core_int.h"

#include "base/limits.h"

/* Parent users. The writer is one, so no two changes close a circle together. */

bool find_person(struct txn *txn, uint32_t tenant, struct span reference, struct record *person)
{
	struct uuid id;
	enum kind kind;
	uint32_t number;
	if (!uuid_from_octets(reference, &id))
		return false;
	return txn_find_id(txn, tenant, &id, &kind, &number) && kind == KIND_USER &&
	       txn_entry(txn, tenant, KIND_USER, number, person);
}

bool find_manager(struct txn *txn, const struct record *user, struct record *manager)
{
	return find_person(txn, user->tenant, record_first(user, ATTR_MANAGER), manager);
}

bool is_below(struct txn *txn, const struct record *user, uint32_t ancestor)
{
	struct record at = *user;
	for (unsigned depth = 0; depth < LIMIT_TREE_DEPTH; depth++) {
		if (!find_manager(txn, &at, &at))
			return false;
		if (at.number == ancestor)
			return true;
	}
	return false;
}

/* Chains that grow longer by what is hung below them stay as they are, but nobody is hung below
 * their end: so the walk finds every circle. */
enum err user_check_manager(struct run *run, const struct entry *before, const struct entry *after)
{
	struct uuid id;
	enum kind kind;
	uint32_t number;
	struct record at;
	if (!uuid_from_octets(entry_first(after, ATTR_MANAGER), &id) ||
		(before && entry_same_values(before, after, ATTR_MANAGER)))
		return OK;
	bool found = txn_find_id(run->txn, after->tenant, &id, &kind, &number) &&
		     txn_entry(run->txn, after->tenant, KIND_USER, number, &at);
	for (unsigned depth = 0; found; depth++) {
		if (uuid_equal(&at.id, &after->id))
			return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MANAGER),
				"nobody stands above themselves");
		if (depth == LIMIT_TREE_DEPTH)
			return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MANAGER),
				"people stand at most %d deep", LIMIT_TREE_DEPTH);
		found = find_manager(run->txn, &at, &at);
	}
	return OK;
}
