#include "in/ldap/update_int.h"

#include "model/object_class.h"

static struct span shown(struct span name)
{
	return span_is_ascii(name) && name.len <= 64 ? name : SPAN("?");
}

static uint64_t bit(enum object_class class)
{
	return UINT64_C(1) << class;
}

/* The classes of a change; each is known and is there once. */
static int read_classes(struct draft *draft, const struct ldap_change *change, uint64_t *classes)
{
	*classes = 0;
	for (size_t i = 0; i < change->count; i++) {
		enum object_class class = class_find(change->values[i]);

		if (class == CLASS_NONE)
			return update_refuse(draft->update, RESULT_INVALID_SYNTAX, "objectClass",
				"value #%zu: there is no class %.*s", i,
				SPAN_ARGS(shown(change->values[i])));
		if (*classes & bit(class))
			return update_refuse(draft->update, RESULT_VALUE_EXISTS, "objectClass",
				"value #%zu provided more than once", i);
		*classes |= bit(class);
	}
	return RESULT_SUCCESS;
}

/* Whether all that are structural are those of the kind. */
static bool fit(const struct draft *draft, uint64_t classes)
{
	for (enum object_class class = CLASS_NONE + 1; class < CLASS_COUNT; class ++)
		if ((classes & bit(class)) && class_row(class)->type == CLASS_IS_STRUCTURAL &&
			!(draft->classes & bit(class)))
			return false;
	return true;
}

static int refuse_structure(struct draft *draft)
{
	return update_refuse(draft->update, draft->record ? RESULT_CLASS_MODS : RESULT_OBJECT_CLASS,
		"objectClass", "the structural class of a %s is %s",
		kind_row(draft->update->kind)->word,
		class_row(classes_structural(draft->classes))->name);
}

/* All that an entry is, given anew. */
static int check_whole(struct draft *draft, uint64_t classes)
{
	draft->says_classes = true;
	if (!fit(draft, classes) || classes_structural(classes) == CLASS_NONE)
		return refuse_structure(draft);
	return RESULT_SUCCESS;
}

static int check_added(struct draft *draft, uint64_t classes, uint64_t present)
{
	const struct update *update = draft->update;

	if (!fit(draft, classes))
		return refuse_structure(draft);
	if ((classes & present) && !controls_have(&update->controls, CONTROL_PERMISSIVE))
		return update_refuse(draft->update, RESULT_VALUE_EXISTS, "objectClass",
			"a value already exists");
	return RESULT_SUCCESS;
}

static int check_deleted(struct draft *draft, uint64_t classes, uint64_t present)
{
	const struct update *update = draft->update;

	if (classes == 0 || (classes & draft->classes))
		return refuse_structure(draft);
	if ((classes & ~present) && !controls_have(&update->controls, CONTROL_PERMISSIVE))
		return update_refuse(
			draft->update, RESULT_NO_SUCH_ATTRIBUTE, "objectClass", "no such value");
	return RESULT_SUCCESS;
}

static uint64_t present_classes(const struct draft *draft)
{
	if (!draft->record)
		return 0;
	return draft->update->kind == KIND_POINTER ? draft->classes | bit(CLASS_EXTENSIBLE_OBJECT)
						   : record_classes(draft->record);
}

int draft_classes(struct draft *draft, const struct ldap_change *change)
{
	uint64_t classes, present = present_classes(draft);
	int code = read_classes(draft, change, &classes);

	if (code != RESULT_SUCCESS)
		return code;
	if (!draft->record || change->op == CHANGE_REPLACE)
		return check_whole(draft, classes);
	if (change->op == CHANGE_ADD)
		return check_added(draft, classes, present);
	if (change->op == CHANGE_DELETE)
		return check_deleted(draft, classes, present);
	return update_refuse(draft->update, RESULT_CONSTRAINT, "objectClass", "it is not a number");
}
