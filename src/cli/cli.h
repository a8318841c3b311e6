/* `muster`: the operator's command line. Most verbs are a request to the daemon
 * (schema/operations.def); a few work here: load reads a file, verify reads the data folder. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/arena.h"
#include "base/err.h"
#include "wire/json.h"
#include "wire/operation.h"

struct options {
	const char *socket; /* of the daemon */
	const char *data;   /* folder, for verify */
	bool json;
	char **words; /* what follows the options of muster itself */
	int count;
};

#define DEFAULT_SOCKET "/run/muster/ctl.sock"
#define DEFAULT_DATA "/var/lib/muster"

/* ---- link: the daemon ---- */

struct link;
enum err link_open(const char *path, struct link **link, struct why *why);
void link_close(struct link *link);
/* Spans live in the arena. */
struct answer {
	const struct json *result;
	struct span text;        /* of the result */
	struct span next_cursor; /* of a list that goes on, or none */
	int64_t total;           /* -1: not asked for */
};
/* Sends a request (one object, without line end) and waits for the answer; the daemon's error comes
 * back in `why`. */
enum err link_ask(struct link *link, struct arena *arena, struct span request,
	struct answer *answer, struct why *why);

/* ---- words: from the command line to a request ---- */

/* The verb that the words begin with, the longest; OPERATION_COUNT when there is none. *used:
 * words. */
enum operation words_verb(const struct options *options, int *used);
/* Writes the request; reads secret files and standard input. */
enum err words_request(struct arena *arena, enum operation operation, char **words, int count,
	struct buffer *request, struct why *why);

/* ---- table: for people ---- */

void table_print(const struct json *result);
/* Rows of the audit, the changes of each in a line. */
void audit_rows_print(struct arena *arena, const struct json *rows);

/* ---- what works here ---- */

struct local_verb {
	const char *words, *arguments, *help;
	int (*run)(const struct options *options, struct arena *arena, char **words, int count);
};
extern const struct local_verb local_verbs[]; /* ended by words NULL */

int run_load(const struct options *options, struct arena *arena, char **words, int count);
int run_verify(const struct options *options, struct arena *arena, char **words, int count);
int run_audit_verify(const struct options *options, struct arena *arena, char **words, int count);
int run_schema(const struct options *options, struct arena *arena, char **words, int count);
int run_help(const struct options *options, struct arena *arena, char **words, int count);
int run_completion(const struct options *options, struct arena *arena, char **words, int count);

/* Prints the reason to standard error and gives the exit status of the error. */
int report(enum err err, const struct why *why);

#endif
