#include "in/ldap/update_int.h"

bool password_is_stored(struct span *password)
{
	struct span rest = *password;
	struct span scheme = span_cut(&rest, '}');

	if (password_is_hash(*password))
		return true;
	if (scheme.len < 2 || scheme.len == password->len || scheme.data[0] != '{')
		return false;
	if (span_equal_nocase(scheme, SPAN("{CLEARTEXT")) ||
		span_equal_nocase(scheme, SPAN("{CLEAR"))) {
		*password = rest;
		return false;
	}
	for (size_t i = 1; i < scheme.len; i++)
		if (!((scheme.data[i] | 0x20) >= 'a' && (scheme.data[i] | 0x20) <= 'z') &&
			!(scheme.data[i] >= '0' && scheme.data[i] <= '9') && scheme.data[i] != '-')
			return false;
	return true;
}

static int set_password(struct draft *draft, const struct ldap_change *change)
{
	struct update *update = draft->update;
	struct span password = change->values[0];

	if (change->count > 1 || draft->sets_password)
		return update_refuse(
			update, RESULT_CONSTRAINT, "userPassword", "it has one value only");
	if (password_is_stored(&password))
		return update_refuse(update, RESULT_CONSTRAINT, "userPassword",
			"the password is wanted in clear, not hashed");
	if (password.len == 0)
		return update_refuse(update, RESULT_INVALID_SYNTAX, "userPassword", "it is empty");
	update->password = password;
	draft->sets_password = true;
	return RESULT_SUCCESS;
}

static bool has_password(const struct draft *draft)
{
	return draft->sets_password ||
	       (!draft->drops_password && draft_count(draft, ATTR_PASSWORD) > 0);
}

/* A value that is given is the old password, and must be right. */
static int delete_password(struct draft *draft, const struct ldap_change *change)
{
	struct update *update = draft->update;

	if (!has_password(draft) || draft->sets_password || change->count > 1)
		return update_refuse(
			update, RESULT_NO_SUCH_ATTRIBUTE, "userPassword", "no such value");
	draft->drops_password = true;
	if (change->count == 1 && change->values[0].len == 0)
		return update_refuse(
			update, RESULT_NO_SUCH_ATTRIBUTE, "userPassword", "no such value");
	if (change->count == 1) {
		update->old = change->values[0];
		update->old_number = draft->record->number;
		update->old_refused = RESULT_NO_SUCH_ATTRIBUTE;
	}
	return RESULT_SUCCESS;
}

int draft_password(struct draft *draft, const struct ldap_change *change)
{
	if (draft->record && password_is_upstream(draft->view, draft->record))
		return update_refuse(
			draft->update, RESULT_UNWILLING, "userPassword", PASSWORD_ELSEWHERE);
	switch (change->op) {
	case CHANGE_DELETE:
		return delete_password(draft, change);
	case CHANGE_REPLACE:
		draft->sets_password = false;
		draft->drops_password = true;
		draft->update->password = SPAN_NONE;
		return change->count > 0 ? set_password(draft, change) : RESULT_SUCCESS;
	case CHANGE_ADD:
		if (has_password(draft))
			return update_refuse(draft->update, RESULT_CONSTRAINT, "userPassword",
				"it has one value only");
		return set_password(draft, change);
	default:
		return update_refuse(
			draft->update, RESULT_CONSTRAINT, "userPassword", "it is not a number");
	}
}
