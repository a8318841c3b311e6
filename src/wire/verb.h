/* The verbs of the control socket, from schema/verbs.def: what the daemon answers and the command
 * line offers. One request a line: {"verb": "user show", "args": {"tenant": "acme", "user": "a"}};
 * one answer a line: {"ok": true, "result": ...} or {"ok": false, "error": {"code": "NOT_FOUND",
 * "attribute": "user", "text": "..."}}. */
#ifndef WIRE_VERB_H
#define WIRE_VERB_H

#include "base/span.h"

enum verb {
#define VERB(id, handler, words, arguments, help) VERB_##id,
#include "verbs.def"
#undef VERB
	VERB_COUNT
};

struct verb_row {
	const char *words, *arguments, *help;
};

enum argument_type {
	ARGUMENT_TEXT,
	ARGUMENT_LIST,
	ARGUMENT_NUMBER,
	ARGUMENT_YES,
	ARGUMENT_SECRET,
	ARGUMENT_JSON
};

struct argument {
	struct span name;
	enum argument_type type;
	bool required, placed; /* placed: by its place on the command line */
};

const struct verb_row *verb_row(enum verb verb);
/* VERB_COUNT when there is none. */
enum verb verb_find(struct span words);
/* Takes the next argument from *arguments (a row's text at first); false at the end. */
bool verb_next_argument(struct span *arguments, struct argument *argument);
/* By name; false when the verb has none such. */
bool verb_argument(enum verb verb, struct span name, struct argument *argument);

#endif
