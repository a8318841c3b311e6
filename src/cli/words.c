#include "base/buffer.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64 /* of one operation */

enum operation words_verb(const struct options *options, int *used)
{
	struct buffer words;
	enum operation operation = OPERATION_COUNT;

	buffer_init(&words, 128);
	for (int i = 0; i < options->count && i < 3 && !words.failed; i++) {
		buffer_putf(&words, "%s%s", i > 0 ? " " : "", options->words[i]);
		enum operation found = operation_find(buffer_span(&words));
		if (found != OPERATION_COUNT) {
			operation = found;
			*used = i + 1;
		}
	}
	buffer_free(&words);
	return operation;
}

/* One argument of the request, as it grows while the words are read. */
struct given {
	struct argument argument;
	char **texts;
	size_t count;
	int64_t number;
};

struct reading {
	struct arena *arena;
	enum operation operation;
	struct given *given;
	size_t count;
	char **words;
	int left;
	struct why *why;
};

static enum err read_arguments(struct reading *r)
{
	struct span arguments = span_str(operation_row(r->operation)->arguments);
	struct argument argument;

	r->given = arena_array(r->arena, ARGUMENTS_MAX, sizeof *r->given);
	while (operation_next_argument(&arguments, &argument) && r->count < ARGUMENTS_MAX) {
		r->given[r->count].argument = argument;
		r->given[r->count++].texts =
			arena_array(r->arena, (size_t)r->left + 1, sizeof(char *));
	}
	return OK;
}

/* As a text it has no NUL, and is no longer than a request. */
static enum err read_file(struct reading *r, const char *path, FILE *file, char **text)
{
	struct buffer octets;
	enum err err = OK;
	uint8_t *to;

	buffer_init(&octets, LIMIT_CTL_LINE);
	while ((to = buffer_reserve(&octets, 64 * KIB))) {
		size_t n = fread(to, 1, 64 * KIB, file);
		octets.len += n;
		if (n == 0)
			break;
	}
	if (ferror(file))
		err = fail(r->why, ERR_IO, NULL, "%s: %m", path);
	else if (octets.failed)
		err = fail(r->why, ERR_TOO_LARGE, NULL,
			"%s is longer than a request may be; divide it", path);
	else if (memchr(octets.data, '\0', octets.len))
		err = fail(r->why, ERR_VALUE, NULL, "%s is no text: it holds a NUL", path);
	*text = arena_string(r->arena, buffer_span(&octets));
	buffer_free(&octets);
	return err;
}

static enum err take_file(struct reading *r, struct given *given, const char *path)
{
	bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : fopen(path, "re");

	if (!file)
		return fail(r->why, ERR_IO, NULL, "%s: %m", path);
	enum err err = read_file(r, path, file, &given->texts[given->count++]);
	if (!is_input)
		fclose(file);
	return err;
}

static enum err take_placed(struct reading *r, char *word)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->given[i].argument.placed && r->given[i].count == 0) {
			if (r->given[i].argument.type == ARGUMENT_FILE)
				return take_file(r, &r->given[i], word);
			r->given[i].texts[r->given[i].count++] = word;
			return OK;
		}
	return fail(r->why, ERR_VALUE, NULL, "\"%s\" is one word too many; see muster help %s",
		word, operation_row(r->operation)->words);
}

static enum err read_input(struct reading *r, char **text)
{
	char line[PASSWORD_MAX + 2];

	if (!fgets(line, sizeof line, stdin))
		return fail(r->why, ERR_VALUE, NULL, "standard input holds no secret");
	line[strcspn(line, "\r\n")] = '\0';
	*text = arena_string(r->arena, span_str(line));
	secret_wipe(line, sizeof line);
	return OK;
}

static enum err take_secret(struct reading *r, struct given *given, const char *path)
{
	struct span secret;
	char *text;

	enum err err = strcmp(path, "-") == 0 ? read_input(r, &text)
					      : secret_file_read(r->arena, path, &secret, r->why);
	if (err != OK)
		return err;
	given->texts[given->count++] =
		strcmp(path, "-") == 0 ? text : arena_string(r->arena, secret);
	return OK;
}

static bool is_named(const struct given *given, struct span name)
{
	struct span own = given->argument.name;

	if (given->argument.type != ARGUMENT_SECRET)
		return span_equal(own, name);
	return name.len == own.len + 5 && span_starts(name, own) &&
	       span_equal(span_from(name, own.len), SPAN("-file"));
}

static enum err take_number(struct reading *r, struct given *given, const char *value)
{
	char *end;

	if (*value == '\0' && given->argument.nullable)
		return OK;
	given->number = strtoll(value, &end, 10);
	if (*value == '\0' || *end != '\0' || given->number < 0)
		return fail(r->why, ERR_VALUE, NULL, "\"%s\" is not a number", value);
	return OK;
}

static enum err take_value(struct reading *r, struct given *given, char *value)
{
	enum err err = OK;

	if (given->argument.type == ARGUMENT_SECRET)
		return take_secret(r, given, value);
	if (given->argument.type == ARGUMENT_FILE)
		return take_file(r, given, value);
	if (given->argument.type == ARGUMENT_NUMBER)
		err = take_number(r, given, value);
	if (err == OK && given->count > 0 && given->argument.type != ARGUMENT_LIST)
		err = fail(r->why, ERR_VALUE, NULL, "--%.*s stands there twice",
			SPAN_ARGS(given->argument.name));
	if (err == OK)
		given->texts[given->count++] = value;
	return err;
}

/* "--inactive", "--inactive=no". */
static enum err take_yes(struct reading *r, struct given *given, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return fail(r->why, ERR_VALUE, NULL, "\"%s\" is neither yes nor no", value);
	given->number = strcmp(value, "yes") == 0;
	given->texts[0] = r->words[-1];
	given->count = 1;
	return OK;
}

/* "--name value" or "--name=value". */
static enum err take_option(struct reading *r, char *word)
{
	struct span rest = span_str(word + 2);
	struct span name = span_cut(&rest, '=');
	bool joined = strchr(word, '=') != NULL;

	for (size_t i = 0; i < r->count; i++) {
		struct given *given = &r->given[i];

		if (!is_named(given, name) || given->argument.type == ARGUMENT_JSON)
			continue;
		if (given->argument.type == ARGUMENT_YES)
			return take_yes(r, given, joined ? strchr(word, '=') + 1 : "yes");
		if (!joined && r->left == 0)
			return fail(r->why, ERR_VALUE, NULL, "%s needs a value", word);
		char *value = joined ? strchr(word, '=') + 1 : *r->words;
		r->words += !joined;
		r->left -= !joined;
		return take_value(r, given, value);
	}
	return fail(r->why, ERR_VALUE, NULL, "there is no option %s; see muster help %s", word,
		operation_row(r->operation)->words);
}

static enum err take_words(struct reading *r)
{
	bool options = true;
	enum err err = OK;

	while (err == OK && r->left > 0) {
		char *word = *r->words++;

		r->left--;
		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && strncmp(word, "--", 2) == 0)
			err = take_option(r, word);
		else
			err = take_placed(r, word);
	}
	for (size_t i = 0; err == OK && i < r->count; i++)
		if (r->given[i].argument.required && r->given[i].count == 0)
			return fail(r->why, ERR_MISSING, NULL,
				"%s%.*s%s is missing; see muster help %s",
				r->given[i].argument.placed ? "" : "--",
				SPAN_ARGS(r->given[i].argument.name),
				r->given[i].argument.type == ARGUMENT_SECRET ? "-file" : "",
				operation_row(r->operation)->words);
	return err;
}

static void put_given(struct json_writer *w, const struct given *given)
{
	json_name(w, given->argument.member);
	if (given->argument.nullable && given->texts[0][0] == '\0') {
		json_put_null(w);
		return;
	}
	switch (given->argument.type) {
	case ARGUMENT_NUMBER:
		json_put_integer(w, given->number);
		break;
	case ARGUMENT_YES:
		json_put_bool(w, given->number != 0);
		break;
	case ARGUMENT_LIST:
		json_begin_array(w);
		for (size_t i = 0; i < given->count; i++)
			json_put_string(w, given->texts[i]);
		json_end_array(w);
		break;
	default:
		json_put_string(w, given->texts[0]);
	}
}

/* The daemon has a working folder of its own; a path is meant from ours. */
static void make_path_whole(struct reading *r)
{
	char *folder = getcwd(NULL, 0);

	for (size_t i = 0; folder && i < r->count; i++) {
		struct given *given = &r->given[i];
		bool is_path = span_equal(given->argument.name, SPAN("path")) ||
			       span_equal(given->argument.name, SPAN("ca-file"));

		if (is_path && given->count > 0 && given->texts[0][0] != '/')
			given->texts[0] = arena_printf(r->arena, "%s/%s", folder, given->texts[0]);
	}
	free(folder);
}

enum err words_request(struct arena *arena, enum operation operation, char **words, int count,
	struct buffer *request, struct why *why)
{
	struct reading r = {
		.arena = arena, .operation = operation, .words = words, .left = count, .why = why
	};
	struct json_writer w;

	enum err err = read_arguments(&r);
	if (err == OK)
		err = take_words(&r);
	if (err != OK)
		return err;
	make_path_whole(&r);
	json_start(&w, request);
	json_begin_object(&w);
	json_string_member(&w, "verb", operation_row(operation)->words);
	json_name(&w, "args");
	json_begin_object(&w);
	for (size_t i = 0; i < r.count; i++)
		if (r.given[i].count > 0)
			put_given(&w, &r.given[i]);
	json_end_object(&w);
	json_end_object(&w);
	return OK;
}
