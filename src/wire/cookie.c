#include "wire/cookie.h"

enum cookie_found cookie_find(struct span header, struct span name, struct span *value)
{
	enum cookie_found found = COOKIE_NONE;

	while (header.len > 0) {
		struct span pair = span_trim(span_cut(&header, ';'));
		struct span found_value = pair;

		if (!span_equal(span_cut(&found_value, '='), name))
			continue;
		if (found != COOKIE_NONE)
			return COOKIE_TWICE;
		found = COOKIE_FOUND;
		*value = found_value;
	}
	return found;
}
