#include "core/login_int.h"

/* What belongs to a password: the verifier for SCRAM, which must be of the same one, and since when
 * it stands. */

static bool is_new(const struct entry *before, const struct entry *after)
{
	return !before || !entry_same_values(before, after, ATTR_PASSWORD);
}

/* A door hands over both in one value; see PASSWORD_STORED_MAX. */
static enum err take_apart(struct run *run, struct entry *after)
{
	const struct value *value = entry_value(after, ATTR_PASSWORD, 0);
	uint16_t source = value->source;
	struct scram_verifier verifier;
	struct span rest = value->octets, hash = span_cut(&rest, ' ');
	entry_remove(after, ATTR_SCRAM);
	if (!rest.len)
		return OK;
	if (!scram_verifier_parse(rest, &verifier))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
			"the password's stored form is not one that can be verified");
	enum err err = entry_set(after, ATTR_PASSWORD, source, hash, run->why);
	return err ? err : entry_set(after, ATTR_SCRAM, SOURCE_LOCAL, rest, run->why);
}

/* People change a password where it lives; an administrator may give them one here instead. */
static enum err check_home(struct run *run, const struct entry *before)
{
	struct record person;
	struct upstream upstream;
	if (before && uuid_equal(&run->actor->id, &before->id) &&
		txn_entry(run->txn, before->tenant, KIND_USER, before->number, &person) &&
		upstream_find(run->txn, &person, &upstream))
		return fail(run->why, ERR_OWNED, attr_spelling(ATTR_PASSWORD), PASSWORD_ELSEWHERE);
	return OK;
}

enum err password_note(struct run *run, const struct entry *before, struct entry *after)
{
	if (!entry_has(after, ATTR_PASSWORD)) {
		entry_remove(after, ATTR_SCRAM);
		entry_remove(after, ATTR_PASSWORD_CHANGED);
		return OK;
	}
	if (!is_new(before, after))
		return OK;
	enum err err = check_home(run, before);
	if (!err)
		err = take_apart(run, after);
	return err ? err
		   : entry_set(after, ATTR_PASSWORD_CHANGED, SOURCE_LOCAL, run_time(run), run->why);
}
