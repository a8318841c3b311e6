#include "wire/operation.h"

#include <stdio.h>

static const struct operation_row rows[] = {
#define OPERATION(id, handler, words, arguments, method, path, permission, result, help)           \
	{ #id, words, arguments, #method, path, result, help },
#include "operations.def"
#undef OPERATION
};

const struct operation_row *operation_row(enum operation operation)
{
	return &rows[operation];
}

struct operation_result operation_result(enum operation operation)
{
	struct operation_result result = { .status = 204 };
	const char *text = rows[operation].result;
	uint64_t status;

	if (!text)
		return result;
	result.schema = span_str(text);
	result.status = 200;
	struct span rest = result.schema, first = span_cut(&rest, ' ');
	if (span_to_u64(first, &status)) {
		result.status = (int)status;
		result.schema = rest;
	}
	result.is_list = result.schema.data[result.schema.len - 1] == ']';
	if (result.is_list)
		result.schema.len -= 2;
	result.is_media = span_find(result.schema, '/') < result.schema.len;
	result.is_text = span_starts(result.schema, SPAN("text/"));
	return result;
}

bool operation_creates(enum operation operation)
{
	return strcmp(rows[operation].method, "UPSERT") == 0;
}

const char *operation_method(enum operation operation)
{
	return operation_creates(operation) ? "PUT" : rows[operation].method;
}

bool operation_has_tenant(enum operation operation)
{
	return span_starts(span_str(rows[operation].arguments), SPAN("<tenant>"));
}

enum operation operation_find(struct span words)
{
	for (unsigned i = 0; i < OPERATION_COUNT; i++)
		if (rows[i].words && span_equal(span_str(rows[i].words), words))
			return (enum operation)i;
	return OPERATION_COUNT;
}

/* False when the letter is no mark. */
static bool take_mark(char mark, struct argument *argument)
{
	static const struct {
		char mark;
		enum argument_type type;
	} types[] = {
		{ '*', ARGUMENT_LIST },
		{ '#', ARGUMENT_NUMBER },
		{ '?', ARGUMENT_YES },
		{ '~', ARGUMENT_SECRET },
		{ '%', ARGUMENT_FILE },
		{ '@', ARGUMENT_JSON },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].mark == mark) {
			argument->type = types[i].type;
			return true;
		}
	argument->required |= mark == '!';
	argument->nullable |= mark == '^';
	return mark == '!' || mark == '^';
}

static void name_member(struct argument *argument)
{
	bool hisses = argument->name.data[argument->name.len - 1] == 's';

	snprintf(argument->member, sizeof argument->member, "%.*s%s", SPAN_ARGS(argument->name),
		argument->type != ARGUMENT_LIST ? ""
		: hisses                        ? "es"
						: "s");
	for (char *c = argument->member; *c; c++)
		if (*c == '-')
			*c = '_';
}

bool operation_next_argument(struct span *arguments, struct argument *argument)
{
	*arguments = span_trim(*arguments);
	if (arguments->len == 0)
		return false;

	struct span word = span_cut(arguments, ' ');
	struct argument result = { .type = ARGUMENT_TEXT };
	while (word.len > 0 && take_mark((char)word.data[word.len - 1], &result))
		word.len--;
	result.placed = word.data[0] == '<';
	result.required |= result.placed;
	result.name = result.placed ? span_of(word.data + 1, word.len - 2) : word;
	name_member(&result);
	*argument = result;
	return true;
}

bool operation_argument(enum operation operation, struct span member, struct argument *argument)
{
	struct span arguments = span_str(rows[operation].arguments);

	while (operation_next_argument(&arguments, argument))
		if (span_equal(span_str(argument->member), member))
			return true;
	return false;
}

bool operation_takes_file(enum operation operation, struct argument *argument)
{
	struct span arguments = span_str(rows[operation].arguments);
	struct argument one;

	while (operation_next_argument(&arguments, &one))
		if (one.type == ARGUMENT_FILE) {
			if (argument)
				*argument = one;
			return true;
		}
	return false;
}

const char *operation_argument_help(enum operation operation, const struct argument *argument)
{
	static const struct {
		const char *operations, *name, *help;
	} helps[] = {
#define ARGUMENT(operations, name, help) { operations, name, help },
#include "arguments.def"
#undef ARGUMENT
	};

	for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
		if (span_equal(span_str(helps[i].name), argument->name) &&
			span_starts(span_str(rows[operation].id), span_str(helps[i].operations)))
			return helps[i].help;
	return NULL;
}
