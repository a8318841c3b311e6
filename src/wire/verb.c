#include "wire/verb.h"

static const struct verb_row rows[] = {
#define VERB(id, handler, words, arguments, help) { words, arguments, help },
#include "verbs.def"
#undef VERB
};

const struct verb_row *verb_row(enum verb verb)
{
	return &rows[verb];
}

enum verb verb_find(struct span words)
{
	for (unsigned i = 0; i < VERB_COUNT; i++)
		if (span_equal(span_str(rows[i].words), words))
			return (enum verb)i;
	return VERB_COUNT;
}

static enum argument_type type_of_mark(uint8_t mark)
{
	switch (mark) {
	case '*':
		return ARGUMENT_LIST;
	case '#':
		return ARGUMENT_NUMBER;
	case '?':
		return ARGUMENT_YES;
	case '~':
		return ARGUMENT_SECRET;
	case '@':
		return ARGUMENT_JSON;
	default:
		return ARGUMENT_TEXT;
	}
}

bool verb_next_argument(struct span *arguments, struct argument *argument)
{
	*arguments = span_trim(*arguments);
	if (arguments->len == 0)
		return false;

	struct span word = span_cut(arguments, ' ');
	uint8_t mark = word.data[word.len - 1];
	struct argument result = { .type = type_of_mark(mark) };
	if (result.type != ARGUMENT_TEXT)
		word.len--;
	result.placed = word.data[0] == '<';
	result.required = result.placed || mark == '!';
	if (mark == '!')
		word.len--;
	result.name = result.placed ? span_of(word.data + 1, word.len - 2) : word;
	*argument = result;
	return true;
}

bool verb_argument(enum verb verb, struct span name, struct argument *argument)
{
	struct span arguments = span_str(rows[verb].arguments);

	while (verb_next_argument(&arguments, argument))
		if (span_equal(argument->name, name))
			return true;
	return false;
}
