#include "core/core_int.h"

#include "core/claim_int.h"

static const enum attr derived[] = {
	ATTR_USER_NAME,
	ATTR_COMMON_NAME,
	ATTR_DISPLAY_NAME,
	ATTR_FAMILY_NAME,
};
#define DERIVED (sizeof derived / sizeof *derived)

void user_underive(struct entry *user)
{
	for (size_t i = 0; i < DERIVED; i++)
		entry_remove_source(user, derived[i], SOURCE_DERIVED);
}

static void derive(struct entry *user, enum attr attr, struct span text)
{
	if (!entry_has(user, attr) && text.len)
		entry_add(user, attr, 0, SOURCE_DERIVED, text, NULL);
}

static struct span common_name(struct run *run, const struct entry *user)
{
	struct span display = entry_first(user, ATTR_DISPLAY_NAME);
	struct span given = entry_first(user, ATTR_GIVEN_NAME);
	struct span family = entry_first(user, ATTR_FAMILY_NAME);
	if (display.len)
		return display;
	if (given.len && family.len)
		return span_str(
			arena_printf(run->arena, "%.*s %.*s", SPAN_ARGS(given), SPAN_ARGS(family)));
	if (family.len || given.len)
		return family.len ? family : given;
	return entry_first(user, ATTR_USER_NAME);
}

/* inetOrgPerson must have sn (RFC 4519 section 3.12); the last word of the name comes closest. */
static struct span family_name(struct span name)
{
	size_t from = name.len;
	while (from > 0 && name.data[from - 1] != ' ')
		from--;
	return span_from(name, from).len ? span_from(name, from) : name;
}

static void user_derive(struct run *run, struct entry *user)
{
	derive(user, ATTR_USER_NAME, user_address(user));
	derive(user, ATTR_COMMON_NAME, common_name(run, user));
	derive(user, ATTR_DISPLAY_NAME, entry_first(user, ATTR_COMMON_NAME));
	derive(user, ATTR_FAMILY_NAME, family_name(entry_first(user, ATTR_COMMON_NAME)));
}

/* Who sets another's password can be that person, and so can who has the mails to them: the ceiling
 * of granting holds here too. */
static enum err check_takeover(
	struct run *run, const struct entry *before, const struct entry *after)
{
	static const enum attr keys[] = { ATTR_PASSWORD, ATTR_TOTP_SEED, ATTR_APP_PASSWORD };
	bool password = false;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		password |= entry_has(after, keys[i]) && !entry_same_values(before, after, keys[i]);
	bool email =
		actor_is_interactive(run->actor) && !entry_same_values(before, after, ATTR_EMAIL);
	if (uuid_equal(&run->actor->id, &after->id) || (!password && !email))
		return OK;
	return rights_grant_holder(run, before);
}

enum err user_check(struct run *run, const struct entry *before, struct entry *after)
{
	user_derive(run, after);
	if (!entry_has(after, ATTR_USER_NAME))
		return fail(run->why, ERR_MISSING, attr_spelling(ATTR_USER_NAME),
			"a user needs a userName or an e-mail address");
	enum err err = locale_check(run, before, after);
	if (!err)
		err = user_note_state(run, before, after);
	if (!err)
		err = password_note(run, before, after);
	if (!err)
		err = user_check_email(run, before, after);
	if (!err)
		err = user_check_access(run, before, after);
	if (!err)
		err = user_check_manager(run, before, after);
	if (!err)
		err = claims_check(run, before, after);
	return !err && before ? check_takeover(run, before, after) : err;
}
