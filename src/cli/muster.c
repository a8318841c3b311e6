#include "base/codec.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int report(enum err err, const struct why *why)
{
	if (err == OK)
		return 0;
	fprintf(stderr, "muster: %s%s%s\n", why->attribute, why->attribute[0] ? ": " : "",
		why->text[0] ? why->text : err_row(err)->text);
	return err_row(err)->exit_status;
}

/* What is not text comes in Base64. */
static struct span media_octets(
	struct arena *arena, const struct operation_result *row, const struct json *result)
{
	struct span octets = result->text;

	if (!row->is_text)
		base64_parse(arena, result->text, &octets);
	return octets;
}

/* A file, as it is; only a terminal is spared the controls in it. */
static void print_media(struct span text)
{
	bool spare = isatty(STDOUT_FILENO) == 1;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (spare && c != '\n' && c != '\r' && (c < ' ' || c == 0x7f))
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

/* What is about the list and not in it goes beside it. */
static void print_answer(const struct options *options, struct arena *arena,
	enum operation operation, const struct answer *answer)
{
	struct operation_result row = operation_result(operation);

	if (options->json)
		printf("%.*s\n", SPAN_ARGS(answer->text));
	else if (row.is_media && answer->result)
		print_media(media_octets(arena, &row, answer->result));
	else if (row.is_list && span_equal(row.schema, SPAN("AuditRow")) && answer->result)
		audit_rows_print(arena, answer->result);
	else if (answer->result)
		table_print(answer->result);
	if (answer->total >= 0)
		fprintf(stderr, "%lld in all\n", (long long)answer->total);
	if (answer->next_cursor.len > 0)
		fprintf(stderr, "more: --cursor %.*s\n", SPAN_ARGS(answer->next_cursor));
}

static int run_remote(
	const struct options *options, struct arena *arena, enum operation operation, int used)
{
	struct buffer request;
	struct why why = { 0 };
	struct answer answer;
	struct link *link;

	buffer_init(&request, LIMIT_CTL_LINE);
	enum err err = words_request(
		arena, operation, options->words + used, options->count - used, &request, &why);
	if (err == OK)
		err = link_open(options->socket, &link, &why);
	if (err == OK) {
		err = link_ask(link, arena, buffer_span(&request), &answer, &why);
		if (err == OK)
			print_answer(options, arena, operation, &answer);
		link_close(link);
	}
	secret_wipe(request.data, request.cap);
	buffer_free(&request);
	return report(err, &why);
}

static const struct local_verb *find_local(const struct options *options, int *used)
{
	const struct local_verb *found = NULL;
	char joined[64] = { 0 };

	for (int i = 0; i < options->count && i < 2; i++) {
		snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%.30s",
			i > 0 ? " " : "", options->words[i]);
		for (const struct local_verb *v = local_verbs; v->words; v++)
			if (strcmp(v->words, joined) == 0) {
				found = v;
				*used = i + 1;
			}
	}
	return found;
}

/* "muster directory check --help" is "muster help directory check". */
static bool asks_for_help(const struct options *options)
{
	return strcmp(options->words[options->count - 1], "--help") == 0;
}

static int run(const struct options *options, struct arena *arena)
{
	int used = 0;

	if (options->count == 0)
		return run_help(options, arena, NULL, 0);
	const struct local_verb *local = find_local(options, &used);
	if (local && !asks_for_help(options))
		return local->run(options, arena, options->words + used, options->count - used);
	enum operation operation = words_verb(options, &used);
	if (asks_for_help(options))
		return run_help(
			options, arena, options->words, used > 0 ? used : options->count - 1);
	if (operation == OPERATION_COUNT) {
		fprintf(stderr, "muster: there is no verb \"%s\"; muster help lists them\n",
			options->words[0]);
		return 64;
	}
	return run_remote(options, arena, operation, used);
}

/* Those of muster itself stand anywhere before "--". */
static void take_options(struct options *options, int argc, char **argv)
{
	bool open = true;

	for (int i = 1; i < argc; i++) {
		if (open && strcmp(argv[i], "--") == 0)
			open = false;
		if (open && strcmp(argv[i], "--json") == 0)
			options->json = true;
		else if (open && strcmp(argv[i], "--socket") == 0 && i + 1 < argc)
			options->socket = argv[++i];
		else
			options->words[options->count++] = argv[i];
	}
}

int main(int argc, char **argv)
{
	const char *socket = getenv("MUSTER_SOCKET"), *data = getenv("MUSTER_DATA");
	struct options options = { .socket = socket ? socket : DEFAULT_SOCKET,
		.data = data ? data : DEFAULT_DATA,
		.words = calloc((size_t)argc + 1, sizeof(char *)) };
	struct arena *arena = arena_new();

	if (!options.words || !secret_start())
		return err_row(ERR_INTERNAL)->exit_status;
	take_options(&options, argc, argv);
	if (options.count == 1 && strcmp(options.words[0], "--version") == 0) {
		printf("muster %s\n", MUSTER_VERSION);
		return 0;
	}
	int status = run(&options, arena);
	arena_free(arena);
	free(options.words);
	return status;
}
