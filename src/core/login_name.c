#include "core/core_int.h"

#include "model/value.h"

/* An address that several may share names nobody. */
static bool find_by_email(struct view *view, struct arena *arena, uint32_t tenant, struct span name,
	struct record *person)
{
	return span_find(name, '@') < name.len &&
	       view_policy(view, tenant, POLICY_EMAIL_UNIQUENESS) == EMAIL_UNIQUE &&
	       view_by_value(view, tenant, KIND_USER, ATTR_EMAIL,
		       value_normal(arena, ATTR_EMAIL, name), person);
}

bool login_find(struct view *view, struct arena *arena, uint32_t tenant, unsigned forms,
	struct span name, struct record *person)
{
	if ((forms & LOGIN_BY_USER_NAME) &&
		view_by_name(view, arena, tenant, KIND_USER, name, person))
		return true;
	return (forms & LOGIN_BY_EMAIL) && find_by_email(view, arena, tenant, name, person);
}
