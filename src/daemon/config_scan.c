#include "daemon/config_int.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 8

struct scan {
	const char *path;
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned depth;
	struct why *why;
};

static enum err refuse(struct scan *scan, yaml_mark_t at, const char *what, const char *name)
{
	return fail(scan->why, ERR_CONFIG, NULL, "%s:%zu:%zu: %s%s%.64s%s", scan->path, at.line + 1,
		at.column + 1, what, name ? " \"" : "", name ? name : "", name ? "\"" : "");
}

static enum err next_event(struct scan *scan)
{
	yaml_event_delete(&scan->event);
	if (yaml_parser_parse(&scan->parser, &scan->event))
		return OK;
	return refuse(scan, scan->parser.problem_mark,
		scan->parser.problem ? scan->parser.problem : "not YAML", NULL);
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *key)
{
	for (; fields && fields->key; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

/* By how many letters two keys begin alike, and end alike. */
static size_t likeness(const char *a, const char *b)
{
	size_t front = 0, back = 0, left = strlen(a), right = strlen(b);
	size_t least = left < right ? left : right;

	while (front < least && a[front] == b[front])
		front++;
	while (back < least - front && a[left - 1 - back] == b[right - 1 - back])
		back++;
	return front + back;
}

static const char *nearest(const cyaml_schema_field_t *fields, const char *key)
{
	const char *best = NULL;
	size_t most = strlen(key) / 2;

	for (; fields && fields->key; fields++)
		if (likeness(fields->key, key) > most) {
			most = likeness(fields->key, key);
			best = fields->key;
		}
	return best;
}

/* All that are known do not fit a message where there are many: then the one that was meant. */
static enum err refuse_key(
	struct scan *scan, const cyaml_schema_field_t *fields, const char *key, yaml_mark_t at)
{
	const char *meant = nearest(fields, key);
	struct buffer known;

	if (meant)
		return fail(scan->why, ERR_CONFIG, NULL,
			"%s:%zu:%zu: unknown key \"%.40s\"; is it \"%s\"?", scan->path, at.line + 1,
			at.column + 1, key, meant);
	buffer_init(&known, 160);
	for (; fields && fields->key; fields++)
		buffer_putf(&known, " %s", fields->key);
	fail(scan->why, ERR_CONFIG, NULL, "%s:%zu:%zu: unknown key \"%.40s\"; known here:%.*s",
		scan->path, at.line + 1, at.column + 1, key, SPAN_ARGS(buffer_span(&known)));
	buffer_free(&known);
	return ERR_CONFIG;
}

/* libcyaml takes whatever is not "false", "no" or alike for a yes. */
static bool is_yes_or_no(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool is_count(const char *text)
{
	return *text && strlen(text) <= 10 && strspn(text, "0123456789") == strlen(text);
}

static enum err scan_scalar(struct scan *scan, const cyaml_schema_value_t *schema, yaml_mark_t at)
{
	const char *text = (const char *)scan->event.data.scalar.value;

	if (schema->type == CYAML_MAPPING)
		return refuse(scan, at, "a group of settings belongs here", NULL);
	if (schema->type == CYAML_BOOL && !is_yes_or_no(text))
		return refuse(scan, at, "expected true or false, not", text);
	if (schema->type == CYAML_UINT && !is_count(text))
		return refuse(scan, at, "expected a whole number, 0 or more, not", text);
	return OK;
}

static enum err scan_value(struct scan *scan, const cyaml_schema_value_t *schema);

/* The event is the key; afterwards it is the last of the value. */
static enum err scan_pair(struct scan *scan, const cyaml_schema_field_t *fields, uint64_t *seen)
{
	if (scan->event.type != YAML_SCALAR_EVENT)
		return refuse(scan, scan->event.start_mark, "a key must be a word", NULL);

	const char *key = (const char *)scan->event.data.scalar.value;
	const cyaml_schema_field_t *field = find_field(fields, key);
	if (!field)
		return refuse_key(scan, fields, key, scan->event.start_mark);
	uint64_t bit = UINT64_C(1) << (field - fields);
	if (*seen & bit)
		return refuse(scan, scan->event.start_mark, "a second time the key", key);
	*seen |= bit;
	enum err err = next_event(scan);
	return err == OK ? scan_value(scan, &field->value) : err;
}

static enum err scan_mapping(struct scan *scan, const cyaml_schema_value_t *schema)
{
	const cyaml_schema_field_t *fields =
		schema->type == CYAML_MAPPING ? schema->mapping.fields : NULL;
	uint64_t seen = 0;

	for (;;) {
		enum err err = next_event(scan);
		if (err != OK)
			return err;
		if (scan->event.type == YAML_MAPPING_END_EVENT)
			return OK;
		err = scan_pair(scan, fields, &seen);
		if (err != OK)
			return err;
	}
}

static enum err scan_value(struct scan *scan, const cyaml_schema_value_t *schema)
{
	yaml_mark_t at = scan->event.start_mark;
	enum err err = OK;

	if (scan->event.type == YAML_ALIAS_EVENT)
		return refuse(scan, at, "aliases are not used here", NULL);
	if (++scan->depth > DEPTH_MAX)
		return refuse(scan, at, "nested too deeply", NULL);
	if (scan->event.type == YAML_MAPPING_START_EVENT)
		err = scan_mapping(scan, schema);
	else if (scan->event.type == YAML_SEQUENCE_START_EVENT)
		err = refuse(scan, at, "a list does not belong here", NULL);
	else
		err = scan_scalar(scan, schema, at);
	scan->depth--;
	return err;
}

static enum err scan_document(struct scan *scan, const cyaml_schema_value_t *schema)
{
	do {
		enum err err = next_event(scan);
		if (err != OK)
			return err;
		if (scan->event.type == YAML_STREAM_END_EVENT)
			return refuse(scan, scan->event.start_mark, "the file is empty", NULL);
	} while (scan->event.type == YAML_STREAM_START_EVENT ||
		 scan->event.type == YAML_DOCUMENT_START_EVENT);
	return scan_value(scan, schema);
}

enum err config_scan(const char *path, const cyaml_schema_value_t *schema, struct why *why)
{
	struct scan scan = { .path = path, .why = why };
	FILE *file = fopen(path, "re");

	if (!file)
		return fail(why, ERR_CONFIG, NULL, "%s cannot be read: %m", path);
	if (!yaml_parser_initialize(&scan.parser)) {
		fclose(file);
		return fail(why, ERR_INTERNAL, NULL, "libyaml does not start");
	}
	yaml_parser_set_input_file(&scan.parser, file);
	enum err err = scan_document(&scan, schema);
	yaml_event_delete(&scan.event);
	yaml_parser_delete(&scan.parser);
	fclose(file);
	return err;
}
