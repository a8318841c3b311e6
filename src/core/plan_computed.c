/* What the indexes tell of attributes that nobody stored: classes, names, members. */
#include "core/made.h"
#include "core/plan_int.h"

#include "model/value.h"

/* A class that only some entries of the kind have: those that have what it needs. */
static struct plan *plan_content(const struct planner *planner, const struct class_content *content)
{
	struct plan **parts = arena_array(planner->arena, 2, sizeof *parts);
	size_t count = 0;
	for (size_t i = 0; i < 2; i++)
		if ((i == 0 || content->needs[i] != content->needs[0]) &&
			attr_row(content->needs[i])->index & INDEX_PRESENCE)
			parts[count++] = plan_postings(planner,
				postings_present(planner->view->txn, planner->arena,
					planner->tenant, planner->kind, content->needs[i]),
				true);
	return count ? plan_and(planner, parts, count, true) : NULL;
}

static struct plan *plan_class(const struct planner *planner, const struct filter *filter)
{
	size_t count;
	const struct class_content *contents = class_contents(&count);
	if (filter->op == FILTER_PRESENT || kind_classes(planner->kind) >> filter->object_class & 1)
		return plan_all(planner);
	for (size_t i = 0; i < count; i++)
		if (contents[i].kinds >> planner->kind & 1 &&
			class_with_superclasses(contents[i].object_class) >> filter->object_class &
				1)
			return plan_content(planner, &contents[i]);
	return plan_none(planner);
}

static struct plan *plan_entry(const struct planner *planner, const struct uuid *id)
{
	enum kind kind;
	uint32_t number;
	bool found = txn_find_id(planner->view->txn, planner->tenant, id, &kind, &number) &&
		     kind == planner->kind;
	return plan_one(planner, found ? number : 0);
}

static struct plan *plan_id(const struct planner *planner, const struct filter *filter)
{
	struct uuid id;
	return uuid_parse(filter->value, &id) ? plan_entry(planner, &id) : plan_none(planner);
}

static struct plan *plan_guid(const struct planner *planner, const struct filter *filter)
{
	struct uuid id;
	return guid_parse(filter->value, &id) ? plan_entry(planner, &id) : plan_none(planner);
}

/* The rule that is asked with may be by case; the index is not. */
static struct plan *plan_named(const struct planner *planner, enum attr naming, struct span name)
{
	return plan_postings(planner,
		postings_equal(planner->view->txn, planner->arena, planner->tenant, planner->kind,
			naming, value_normal(planner->arena, naming, name)),
		false);
}

/* The whole is a login name that is an address itself, or one stands before the last "@". */
static struct plan *plan_principal(const struct planner *planner, const struct filter *filter)
{
	struct span name = filter->value;
	while (name.len > 0 && name.data[name.len - 1] != '@')
		name.len--;
	if (name.len == 0)
		return plan_none(planner);
	name.len--;
	while (name.len > 0 && name.data[name.len - 1] == ' ')
		name.len--;
	struct plan *plan = plan_new(planner, PLAN_OR, false);
	plan->parts = arena_array(planner->arena, 2, sizeof *plan->parts);
	plan->parts[plan->count++] = plan_named(planner, ATTR_USER_NAME, filter->value);
	plan->parts[plan->count++] = plan_named(planner, ATTR_USER_NAME, name);
	return plan;
}

struct plan *plan_computed(const struct planner *planner, const struct filter *filter)
{
	struct txn *txn = planner->view->txn;
	if (!(attr_row(filter->attr)->kinds >> planner->kind & 1))
		return plan_none(planner);
	if (filter->attr == ATTR_OBJECT_CLASS)
		return plan_class(planner, filter);
	if (filter->op != FILTER_EQUAL)
		return NULL;
	switch (filter->attr) {
	case ATTR_ID:
		return plan_id(planner, filter);
	case ATTR_ACCOUNT_NAME:
		return plan_named(planner, kind_row(planner->kind)->naming, filter->value);
	case ATTR_PRINCIPAL_NAME:
		return plan_principal(planner, filter);
	case ATTR_OBJECT_GUID:
		return plan_guid(planner, filter);
	case ATTR_ENTRY_DN:
	case ATTR_DISTINGUISHED_NAME:
		return plan_one(planner, filter->target_kind == planner->kind ? filter->target : 0);
	case ATTR_MEMBER:
	case ATTR_MEMBER_UID:
		if (!filter->target || !kind_is_container(planner->kind))
			return plan_none(planner);
		return plan_postings(planner,
			postings_containers(txn, planner->arena, planner->tenant, filter->target,
				planner->kind),
			filter->attr == ATTR_MEMBER);
	case ATTR_MEMBER_OF: {
		if (!filter->target || !kind_is_container(filter->target_kind))
			return plan_none(planner);
		struct plan *plan = plan_postings(planner,
			postings_members(txn, planner->arena, planner->tenant, filter->target),
			true);
		plan->counted = false; /* members of other kinds are among them */
		return plan;
	}
	default:
		return NULL;
	}
}
