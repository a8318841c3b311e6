/* What an administrator can ask, from schema/operations.def. The command line and the control
 * socket speak its words: one request a line, {"verb": "user show", "args": {"tenant": "acme",
 * "user": "a"}}; one answer a line, {"ok": true, "result": ...} or {"ok": false, "error": {"code":
 * "NOT_FOUND", "attribute": "user", "text": "..."}}. HTTP speaks its methods and paths. */
#ifndef WIRE_OPERATION_H
#define WIRE_OPERATION_H

#include "base/span.h"

enum operation {
#define OPERATION(id, handler, words, arguments, method, path, permission, result, help)           \
	OPERATION_##id,
#include "operations.def"
#undef OPERATION
	OPERATION_COUNT
};

struct operation_row {
	const char *id;    /* "USER_SHOW" */
	const char *words; /* or NULL */
	const char *arguments;
	const char *method; /* "GET"; "UPSERT": see operation_creates */
	const char *path;   /* behind "/api/v1/"; NULL: not over HTTP */
	const char *result; /* see operation_result */
	const char *help;
};

struct operation_result {
	int status; /* of success over HTTP */
	struct span schema;
	bool is_list;  /* of what the schema describes */
	bool is_media; /* the schema is a media type: "text/csv", "image/..." with a star */
	bool is_text;  /* and one of text; the control socket has others in Base64 */
};

enum argument_type {
	ARGUMENT_TEXT,
	ARGUMENT_LIST,
	ARGUMENT_NUMBER,
	ARGUMENT_YES,
	ARGUMENT_SECRET,
	ARGUMENT_FILE,
	ARGUMENT_JSON
};

struct argument {
	struct span name; /* on the command line */
	char member[48];  /* in JSON: "base_dn", of a list "roles" */
	enum argument_type type;
	bool required, nullable, placed; /* placed: by its place on the command line */
};

const struct operation_row *operation_row(enum operation operation);
/* Of an operation that gives nothing the schema is empty. */
struct operation_result operation_result(enum operation operation);
/* As HTTP spells it: that of an UPSERT is PUT. */
const char *operation_method(enum operation operation);
/* An UPSERT: it creates what is not there, and needs no If-Match. */
bool operation_creates(enum operation operation);
/* Within a tenant, named by the argument <tenant>. */
bool operation_has_tenant(enum operation operation);
/* By the words of the command line; OPERATION_COUNT when there is none. */
enum operation operation_find(struct span words);
/* Takes the next argument from *arguments (a row's text at first); false at the end. */
bool operation_next_argument(struct span *arguments, struct argument *argument);
/* By its name in JSON; false when the operation has none such. */
bool operation_argument(enum operation operation, struct span member, struct argument *argument);
/* The one argument that is a file's text, if there is one; `argument` may be NULL. */
bool operation_takes_file(enum operation operation, struct argument *argument);
/* What the argument is for, a sentence of schema/arguments.def; NULL: it has none. */
const char *operation_argument_help(enum operation operation, const struct argument *argument);

#endif
