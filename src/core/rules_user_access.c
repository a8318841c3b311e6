#include "core/core_int.h"

#include "model/value.h"

/* What a person may be given: full access, ways of signing in, a type. */

static bool is_true(const struct entry *entry, enum attr attr)
{
	return entry && span_equal(entry_first(entry, attr), SPAN("TRUE"));
}

/* ---- ways of signing in ---- */

static enum err check_methods(struct run *run, const struct entry *user)
{
	static const char *const words[] = { "password", "totp", "passkey", "sso" };
	const struct value *value;
	for (size_t i = 0; (value = entry_value(user, ATTR_AUTH_METHOD, i)); i++) {
		bool known = false;
		for (size_t j = 0; j < sizeof words / sizeof *words; j++)
			known |= span_equal(value->octets, span_str(words[j]));
		if (!known)
			return fail(run->why, ERR_VALUE, attr_spelling(ATTR_AUTH_METHOD),
				"password, totp, passkey or sso");
	}
	return OK;
}

bool record_has_method(const struct record *user, const char *method)
{
	for (size_t i = record_find(user, ATTR_AUTH_METHOD); i < user->count; i++) {
		struct value value = record_row(user, i);
		if (value.attr != ATTR_AUTH_METHOD)
			return false;
		if (span_equal(value.octets, span_str(method)))
			return true;
	}
	return false;
}

static bool entry_has_method(const struct entry *user, struct span method)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(user, ATTR_AUTH_METHOD, i)); i++)
		if (span_equal(value->octets, method))
			return true;
	return false;
}

bool record_is_sso_only(const struct record *user)
{
	size_t i = record_find(user, ATTR_AUTH_METHOD);
	if (i == user->count || !span_equal(record_row(user, i).octets, SPAN("sso")))
		return false;
	return i + 1 == user->count || record_row(user, i + 1).attr != ATTR_AUTH_METHOD;
}

/* Whoever has no password of their own here cannot be asked to change it: they would be shut out
 * for good. */
static enum err check_sso(struct run *run, const struct entry *before, const struct entry *after)
{
	bool only = entry_value_count(after, ATTR_AUTH_METHOD) == 1 &&
		    entry_has_method(after, SPAN("sso"));
	bool said = before && entry_same_values(before, after, ATTR_PASSWORD) &&
		    entry_same_values(before, after, ATTR_MUST_CHANGE) &&
		    entry_same_values(before, after, ATTR_AUTH_METHOD);
	if (!only || said)
		return OK;
	if (entry_has(after, ATTR_PASSWORD))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
			"who signs in by single sign-on only has no password");
	if (is_true(after, ATTR_MUST_CHANGE))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MUST_CHANGE),
			"who signs in by single sign-on only has no password to change");
	return OK;
}

/* ---- full access ---- */

static enum err check_full_access(
	struct run *run, const struct entry *before, const struct entry *after)
{
	const char *name = attr_spelling(ATTR_FULL_ACCESS);
	bool was = is_true(before, ATTR_FULL_ACCESS), is = is_true(after, ATTR_FULL_ACCESS);
	uint64_t policy = policy_of(run->txn, after->tenant, POLICY_FULL_ACCESS);
	bool superuser = policy == FULL_ACCESS_SUPERUSER;
	enum channel channel = run->actor->channel;
	if (is && superuser && !entry_has_method(after, SPAN("totp")) &&
		(!was || !entry_same_values(before, after, ATTR_AUTH_METHOD)))
		return fail(run->why, ERR_VALUE, name,
			"full access asks for a second factor here: authMethods must hold totp");
	if (was == is)
		return OK;
	if (is && policy == FULL_ACCESS_OFF)
		return fail(run->why, ERR_VALUE, name, "nobody has full access here");
	if (is && superuser &&
		(channel == CHANNEL_SCIM || channel == CHANNEL_SYNC || channel == CHANNEL_CSV))
		return fail(run->why, ERR_FORBIDDEN, name,
			"full access is given by a person who answers for it");
	return rights_grant_full_access(run);
}

/* ---- types ---- */

bool user_type_is(struct span type, const char *word)
{
	return type.len && value_equal(ATTR_USER_TYPE, type, span_str(word));
}

static bool is_common_type(struct span type)
{
	return user_type_is(type, "person") || user_type_is(type, "shared") ||
	       user_type_is(type, "service") || user_type_is(type, "support");
}

static enum err check_type(struct run *run, const struct entry *before, const struct entry *after)
{
	struct record settings;
	struct span type = entry_first(after, ATTR_USER_TYPE);
	if (!type.len || is_common_type(type) || !actor_is_interactive(run->actor) ||
		(before && entry_same_values(before, after, ATTR_USER_TYPE)))
		return OK;
	bool found = find_settings(run->txn, after->tenant, &settings);
	struct span words = policy_text(found ? &settings : NULL, POLICY_USER_TYPES);
	bool any = words.len == 0;
	while (words.len) {
		struct span word = span_cut(&words, ' ');
		any |= word.len && value_equal(ATTR_USER_TYPE, word, type);
	}
	return any ? OK
		   : fail(run->why, ERR_VALUE, attr_spelling(ATTR_USER_TYPE),
			     "not one of the company's user types");
}

enum err user_check_access(struct run *run, const struct entry *before, const struct entry *after)
{
	enum err err = check_methods(run, after);
	if (!err)
		err = check_sso(run, before, after);
	if (!err)
		err = check_full_access(run, before, after);
	return err ? err : check_type(run, before, after);
}
