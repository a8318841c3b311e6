#include "model/kind.h"

#include "model/value.h"

const struct kind_row kind_rows[KIND_COUNT] = {
#define KIND(name, number, word, ou, naming, classes, endpoint)                                    \
	[number] = { KIND_##name, word, ou, ATTR_##naming, classes, endpoint },
#include "kinds.def"
#undef KIND
};

enum kind kind_by_word(struct span word)
{
	for (size_t i = 1; i < KIND_COUNT; i++) {
		if (kind_rows[i].word != NULL &&
			span_equal_nocase(span_str(kind_rows[i].word), word))
			return kind_rows[i].kind;
	}
	return KIND_NONE;
}

enum kind kind_by_ou(struct span ou)
{
	for (size_t i = 1; i < KIND_COUNT; i++) {
		if (kind_rows[i].ou != NULL &&
			value_equal(ATTR_DIVISION, ou, span_str(kind_rows[i].ou)))
			return kind_rows[i].kind;
	}
	return KIND_NONE;
}
