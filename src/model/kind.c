#include "model/kind.h"

static const struct kind_row rows[KIND_COUNT] = {
#define KIND(name, number, word, ou, naming, classes, endpoint)                                    \
	[number] = { KIND_##name, word, ou, ATTR_##naming, classes, endpoint },
#include "kinds.def"
#undef KIND
};

const struct kind_row *kind_row(enum kind kind)
{
	if (kind <= KIND_NONE || kind >= KIND_COUNT || rows[kind].kind == KIND_NONE)
		return NULL;
	return &rows[kind];
}

enum kind kind_by_word(struct span word)
{
	for (size_t i = 1; i < KIND_COUNT; i++) {
		if (rows[i].word != NULL && span_equal_nocase(span_str(rows[i].word), word))
			return rows[i].kind;
	}
	return KIND_NONE;
}

enum kind kind_by_ou(struct span ou)
{
	for (size_t i = 1; i < KIND_COUNT; i++) {
		if (rows[i].ou != NULL && span_equal_nocase(span_str(rows[i].ou), ou))
			return rows[i].kind;
	}
	return KIND_NONE;
}
