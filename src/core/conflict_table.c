#include "core/conflict.h"

#define A(resolution) (1u << RESOLUTION_##resolution)

static const struct conflict_row rows[] = {
#define CONFLICT(id, word, answers, sentence, closes)                                              \
	[CONFLICT_##id] = { word, sentence, closes, (answers) | A(IGNORE) | A(REOPEN) },
#include "conflicts.def"
#undef CONFLICT
};

static const struct {
	const char *word, *state, *sentence;
} resolutions[] = {
#define RESOLUTION(id, word, state, sentence) [RESOLUTION_##id] = { word, state, sentence },
#include "resolutions.def"
#undef RESOLUTION
};

const struct conflict_row *conflict_row(enum conflict_type type)
{
	return &rows[type];
}

enum conflict_type conflict_by_word(struct span word)
{
	enum conflict_type type = CONFLICT_OWNED;
	while (type < CONFLICT_TYPES && !span_equal(word, span_str(rows[type].word)))
		type++;
	return type;
}

enum resolution resolution_by_word(struct span word)
{
	for (enum resolution as = RESOLUTION_NONE + 1; as < RESOLUTION_COUNT; as++)
		if (span_equal(word, span_str(resolutions[as].word)))
			return as;
	return RESOLUTION_NONE;
}

const char *resolution_word(enum resolution resolution)
{
	return resolutions[resolution].word;
}

const char *resolution_state(enum resolution resolution)
{
	return resolutions[resolution].state;
}

const char *resolution_sentence(enum resolution resolution)
{
	return resolutions[resolution].sentence;
}

bool conflict_may_be(enum conflict_type type, enum resolution answer)
{
	return rows[type].answers >> answer & 1;
}

struct span conflict_mark_key(struct arena *arena, const struct uuid *source)
{
	char id[UUID_TEXT + 1];
	uuid_format(source, id);
	return span_str(arena_printf(arena, "conflict/%s", id));
}
