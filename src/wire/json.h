/* JSON in and out (RFC 8259). Reading goes through a scan (depth, nodes, UTF-8) before memory is
 * taken, and ends as a tree in the arena. Writing appends straight to a buffer: no tree, for the
 * read path. */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"

enum json_type {
	JSON_IS_NULL,
	JSON_IS_FALSE,
	JSON_IS_TRUE,
	JSON_IS_INTEGER,
	JSON_IS_REAL,
	JSON_IS_STRING,
	JSON_IS_ARRAY,
	JSON_IS_OBJECT
};

struct json {
	enum json_type type;
	struct span name; /* of a member of an object */
	struct span text; /* STRING: decoded */
	int64_t integer;
	double real;
	struct json *items; /* ARRAY, OBJECT: `count` of them */
	size_t count;
};

/* ERR_SYNTAX for what is no JSON or over LIMIT_JSON_DEPTH or LIMIT_JSON_NODES, duplicate names
 * included; ERR_VALUE for a number beyond 64 bits or a double. */
enum err json_parse(struct arena *arena, struct span text, struct json **json, struct why *why);
/* The elements of one array of the top object, each as its text, and the text with that array
 * empty: so that a long list is built one element at a time. Nothing is checked but their number:
 * what is malformed shows when `rest` and the elements are parsed. */
struct json_parts {
	struct span rest; /* all of the text, when the object has no such array */
	struct span *items;
	size_t count;
};
/* ERR_TOO_LARGE beyond `max` elements. */
enum err json_split(struct arena *arena, struct span text, const char *name, size_t max,
	struct json_parts *parts, struct why *why);
/* Member by name without case (RFC 7643 section 2.1), or NULL. */
const struct json *json_member(const struct json *object, const char *name);
struct span json_text(const struct json *object, const char *name); /* string member or SPAN_NONE */
/* The member is the literal true. */
bool json_is_set(const struct json *object, const char *name);
/* An integer member, "1.0" included, else `otherwise`. */
int64_t json_number(const struct json *object, const char *name, int64_t otherwise);

/* Octets up to the first that a string escapes: a quote, a backslash or a control. */
size_t json_plain_run(struct span text);

struct json_writer {
	struct buffer *out;
	uint64_t comma; /* bit per depth: something stands before; deeper than what is read */
	unsigned depth;
};

void json_start(struct json_writer *w, struct buffer *out);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_name(struct json_writer *w, const char *name); /* escaped already: only our own names */
void json_put_name(struct json_writer *w, struct span name); /* escaped here */
void json_put_text(struct json_writer *w, struct span text);
void json_put_string(struct json_writer *w, const char *text);
void json_put_integer(struct json_writer *w, int64_t number);
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);
void json_put_tree(struct json_writer *w, const struct json *json); /* as it was read */
void json_put_raw(struct json_writer *w, struct span json);         /* a whole value, trusted */
/* name and value in one */
void json_text_member(struct json_writer *w, const char *name, struct span text);
void json_string_member(struct json_writer *w, const char *name, const char *text);
void json_integer_member(struct json_writer *w, const char *name, int64_t number);
void json_bool_member(struct json_writer *w, const char *name, bool value);

#endif
