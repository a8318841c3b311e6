#include "model/target.h"

bool target_parse(struct span text, struct target *target)
{
	size_t at = text.len;

	/* The group's name may hold "=": the last one that a kind follows separates. */
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '=' &&
			(span_starts_nocase(span_from(text, i + 1), SPAN("role:")) ||
				span_starts_nocase(span_from(text, i + 1), SPAN("scope:"))))
			at = i;
	target->group = span_trim(span_of(text.data, at));
	target->name = span_from(text, at + 1);
	target->kind = kind_by_word(span_cut(&target->name, ':'));
	target->name = span_trim(target->name);
	return target->group.len && target->name.len;
}
