#include "model/target.h"

static bool is_kind(struct span text)
{
	static const char *const words[] = { "role:", "scope:", "group:" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_starts_nocase(text, span_str(words[i])))
			return true;
	return false;
}

static bool by_attribute(struct span text, struct target *target)
{
	struct span prefix = SPAN("scope=");

	if (!span_starts_nocase(text, prefix))
		return false;
	struct span name = span_trim(span_from(text, prefix.len));
	target->attr = attr_by_name(name);
	if (target->attr == ATTR_NONE)
		target->attr = attr_by_ldap(name);
	target->kind = KIND_SCOPE;
	return target->attr != ATTR_NONE;
}

bool target_parse(struct span text, struct target *target)
{
	size_t at = text.len;

	*target = (struct target){ .text = text };
	/* The group's name may hold "=": the last one that a kind follows separates. */
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '=' && is_kind(span_from(text, i + 1)))
			at = i;
	if (at == text.len)
		return by_attribute(text, target);
	target->group = span_trim(span_of(text.data, at));
	target->name = span_from(text, at + 1);
	target->kind = kind_by_word(span_cut(&target->name, ':'));
	target->name = span_trim(target->name);
	return target->group.len && target->name.len;
}
