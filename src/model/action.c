#include "model/action.h"

static const struct {
	enum attr attr;
	const char *verb;
} rows[] = {
#define CHANGE(attr, verb) { ATTR_##attr, verb },
#include "actions.def"
#undef CHANGE
};

const char *action_verb_of(enum attr attr)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].attr == attr)
			return rows[i].verb;
	return NULL;
}

static bool differs(const struct entry *a, const struct entry *b, enum attr attr)
{
	size_t count = entry_value_count(a, attr);

	if (count != entry_value_count(b, attr))
		return true;
	for (size_t i = 0; i < count; i++)
		if (!span_equal(entry_value(a, attr, i)->octets, entry_value(b, attr, i)->octets))
			return true;
	return false;
}

const char *action_verb_between(const struct entry *before, const struct entry *after)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (differs(before, after, rows[i].attr))
			return rows[i].verb;
	return NULL;
}
