#include "core/login_int.h"
#include "core/session_int.h"

/* Where a person stands: invited, active, inactive and since when, by whom and why; what follows
 * for passwords and addresses. */

static bool is_true(const struct entry *entry, enum attr attr)
{
	return entry && span_equal(entry_first(entry, attr), SPAN("TRUE"));
}

static bool has_fresh_password(const struct entry *before, const struct entry *after)
{
	return entry_has(after, ATTR_PASSWORD) &&
	       !(before && entry_same_values(before, after, ATTR_PASSWORD));
}

/* People change their own password, and nothing else of themselves. */
static bool is_own_change(const struct run *run, const struct entry *entry)
{
	return run->actor->kind == KIND_USER && uuid_equal(&run->actor->id, &entry->id);
}

/* ---- inactive ---- */

static bool is_status_reason(struct span text)
{
	static const char *const words[] = { "left", "leave", "investigation", "directory",
		"expired", "other" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_equal(text, span_str(words[i])))
			return true;
	return false;
}

static bool is_held_locally(const struct entry *entry)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ATTR_INACTIVE_REASON, i)); i++)
		if (span_equal(value->octets, SPAN("local")))
			return true;
	return false;
}

/* A directory may still hold whom a person here would let in again. */
static bool is_left_to_directory(const struct entry *before, const struct entry *after)
{
	return before && is_held_locally(before) && !is_held_locally(after) &&
	       entry_same_values(before, after, ATTR_STATUS_REASON);
}

static struct span default_reason(
	const struct run *run, const struct entry *before, const struct entry *after)
{
	struct span old = before && !entry_is_active(before)
				  ? entry_first(before, ATTR_STATUS_REASON)
				  : SPAN_NONE;
	if (is_left_to_directory(before, after))
		return SPAN("directory");
	if (old.len)
		return old;
	return run->actor->type == ACTOR_DIRECTORY ? SPAN("directory") : SPAN("other");
}

static enum err note_inactive(struct run *run, const struct entry *before, struct entry *after)
{
	struct span given = entry_first(after, ATTR_STATUS_REASON);
	if (given.len && !is_status_reason(given))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_STATUS_REASON),
			"left, leave, investigation, directory, expired or other");
	if (!given.len || is_left_to_directory(before, after))
		entry_set(after, ATTR_STATUS_REASON, SOURCE_LOCAL,
			default_reason(run, before, after), NULL);
	if (before && !entry_is_active(before))
		return OK;
	enum err err = entry_set(after, ATTR_DEACTIVATED_AT, SOURCE_LOCAL, run_time(run), run->why);
	return err ? err
		   : entry_set(after, ATTR_DEACTIVATED_BY, SOURCE_LOCAL, span_str(run->actor->name),
			     run->why);
}

static void forget_inactive(struct entry *after)
{
	entry_remove(after, ATTR_STATUS_REASON);
	entry_remove(after, ATTR_DEACTIVATED_AT);
	entry_remove(after, ATTR_DEACTIVATED_BY);
	entry_remove(after, ATTR_DELETED);
}

/* ---- addresses ---- */

/* Who sets a password by an invitation has read the mail that it came in. */
static bool proves_mailbox(struct run *run, const struct entry *before, const struct entry *after)
{
	return is_true(before, ATTR_INVITED) && has_fresh_password(before, after) &&
	       (is_own_change(run, after) || run->actor->type == ACTOR_SYSTEM) &&
	       policy_of(run->txn, after->tenant, POLICY_EMAIL_VERIFICATION) == VERIFIED_BY_INVITE;
}

static enum err note_address(struct run *run, const struct entry *before, struct entry *after)
{
	bool was = is_true(before, ATTR_EMAIL_VERIFIED);
	enum err err = OK;
	if (!was && is_true(after, ATTR_EMAIL_VERIFIED) && run->actor->type == ACTOR_USER)
		return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_EMAIL_VERIFIED),
			"an address is verified by who reads its mail");
	if (was && !user_same_address(before, after)) {
		entry_remove(after, ATTR_EMAIL_VERIFIED);
		was = false;
	} else if (!was && entry_has(after, ATTR_EMAIL) && proves_mailbox(run, before, after)) {
		err = entry_set(after, ATTR_EMAIL_VERIFIED, SOURCE_LOCAL, SPAN("TRUE"), run->why);
	}
	bool is = is_true(after, ATTR_EMAIL_VERIFIED);
	if (!err && is != was)
		err = entry_set(
			after, ATTR_EMAIL_VERIFIED_AT, SOURCE_LOCAL, run_time(run), run->why);
	if (!is)
		entry_remove(after, ATTR_EMAIL_VERIFIED_AT);
	return err;
}

enum err user_note_state(struct run *run, const struct entry *before, struct entry *after)
{
	enum err err = note_address(run, before, after);
	if (err)
		return err;
	if (entry_has(after, ATTR_PASSWORD))
		entry_remove(after, ATTR_INVITED);
	if (is_own_change(run, after) && has_fresh_password(before, after))
		entry_remove(after, ATTR_MUST_CHANGE);
	if (run->actor->type == ACTOR_USER && before &&
		!entry_same_values(before, after, ATTR_HAS_HISTORY))
		return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_HAS_HISTORY),
			"the platform knows who has a history");
	if (!entry_is_active(after))
		return note_inactive(run, before, after);
	forget_inactive(after);
	return OK;
}

/* What a directory said of the password does not outlive a deactivation, and no session a password
 * that somebody else may have known. */
enum err user_modified(struct run *run, const struct entry *before, const struct entry *after)
{
	if (entry_is_active(before) != entry_is_active(after)) {
		grace_forget(run, after);
		sessions_drop(run, after, false);
	} else if (!entry_same_values(before, after, ATTR_PASSWORD)) {
		sessions_drop(run, after, true);
	}
	return OK;
}
