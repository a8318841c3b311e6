#include "model/column.h"

#define BLANK "required_blank"
#define VALUE "value_malformed"
#define NEVER false, POLICY_COUNT
#define ALWAYS true, POLICY_COUNT

static const struct column columns[] = {
	{ "name", COLUMN_TEXT, ATTR_DISPLAY_NAME, KIND_NONE, ALWAYS, BLANK, VALUE, NULL },
	{ "first_name", COLUMN_TEXT, ATTR_GIVEN_NAME, KIND_NONE, ALWAYS, BLANK, VALUE, NULL },
	{ "last_name", COLUMN_TEXT, ATTR_FAMILY_NAME, KIND_NONE, ALWAYS, BLANK, VALUE, NULL },
	{ "email", COLUMN_TEXT, ATTR_EMAIL, KIND_NONE, false, POLICY_EMAIL_REQUIRED,
		"email_missing", "email_malformed", NULL },
	{ "phone", COLUMN_TEXT, ATTR_PHONE, KIND_NONE, NEVER, BLANK, VALUE, NULL },
	{ "username", COLUMN_TEXT, ATTR_USER_NAME, KIND_NONE, NEVER, BLANK, VALUE, NULL },
	{ "user_type", COLUMN_TEXT, ATTR_USER_TYPE, KIND_NONE, NEVER, BLANK, VALUE, NULL },
	{ "parent_user", COLUMN_PERSON, ATTR_MANAGER, KIND_NONE, NEVER, BLANK, VALUE,
		"user_unknown" },
	{ "organization", COLUMN_TEXT, ATTR_ORGANIZATION, KIND_NONE, NEVER, BLANK, VALUE, NULL },
	{ "roles", COLUMN_CONTAINERS, ATTR_NONE, KIND_ROLE, false, POLICY_ROLES_REQUIRED, BLANK,
		VALUE, "role_unknown" },
	{ "role", COLUMN_CONTAINERS, ATTR_NONE, KIND_ROLE, false, POLICY_ROLES_REQUIRED, BLANK,
		VALUE, "role_unknown" },
	{ "groups", COLUMN_CONTAINERS, ATTR_NONE, KIND_ROLE, false, POLICY_ROLES_REQUIRED, BLANK,
		VALUE, "role_unknown" },
	{ "full_access", COLUMN_YESNO, ATTR_FULL_ACCESS, KIND_NONE, NEVER, BLANK, VALUE, NULL },
	{ "production_sites", COLUMN_CONTAINERS, ATTR_NONE, KIND_SCOPE, NEVER, BLANK, VALUE,
		"site_unknown" },
	{ "security_groups", COLUMN_CONTAINERS, ATTR_NONE, KIND_SCOPE, NEVER, BLANK, VALUE,
		"security_group_unknown" },
	{ "facilities", COLUMN_CONTAINERS, ATTR_NONE, KIND_SCOPE, NEVER, BLANK, VALUE,
		"facility_unknown" },
	{ "apps", COLUMN_APPS, ATTR_APP, KIND_NONE, NEVER, BLANK, VALUE, NULL },
	{ "active", COLUMN_YESNO, ATTR_ACTIVE, KIND_NONE, ALWAYS, BLANK, VALUE, NULL },
};
_Static_assert(sizeof columns / sizeof *columns <= COLUMNS_MAX, "a layout has room for all");

static const struct column *find(struct span name)
{
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (span_equal(name, span_str(columns[i].name)))
			return &columns[i];
	return NULL;
}

size_t column_layout(const struct record *settings, const struct column *found[COLUMNS_MAX])
{
	struct span names = policy_text(settings, POLICY_CSV_LAYOUT);
	size_t count = 0;

	while (names.len > 0 && count < COLUMNS_MAX) {
		const struct column *column = find(span_cut(&names, ' '));
		if (column)
			found[count++] = column;
	}
	return count;
}

bool column_is_needed(const struct column *column, const struct record *settings)
{
	return column->needed ||
	       (column->policy != POLICY_COUNT && policy_number(settings, column->policy) != 0);
}
