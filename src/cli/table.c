#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MAX 16
#define WIDTH_MAX 48

/* Terminal controls in a name must not reach the terminal. */
static void put_text(struct buffer *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] == 0x7f)
			buffer_putf(out, "\\x%02x", text.data[i]);
		else
			buffer_put_octet(out, text.data[i]);
}

static void put_cell(struct buffer *out, const struct json *value)
{
	switch (value->type) {
	case JSON_IS_STRING:
		put_text(out, value->text);
		break;
	case JSON_IS_INTEGER:
		buffer_putf(out, "%lld", (long long)value->integer);
		break;
	case JSON_IS_REAL:
		buffer_putf(out, "%g", value->real);
		break;
	case JSON_IS_TRUE:
	case JSON_IS_FALSE:
		buffer_putf(out, "%s", value->type == JSON_IS_TRUE ? "yes" : "no");
		break;
	case JSON_IS_NULL:
		break;
	case JSON_IS_ARRAY:
	case JSON_IS_OBJECT:
		for (size_t i = 0; i < value->count; i++) {
			if (i > 0)
				buffer_putf(out, value->type == JSON_IS_OBJECT ? " " : ", ");
			if (value->type == JSON_IS_OBJECT)
				buffer_putf(out, "%.*s=", SPAN_ARGS(value->items[i].name));
			put_cell(out, &value->items[i]);
		}
	}
}

/* Characters, not octets: names are not ASCII. */
static int width_of(struct span text)
{
	int width = 0;

	for (size_t i = 0; i < text.len; i++)
		width += (text.data[i] & 0xc0) != 0x80;
	return width;
}

static void print_cell(const struct json *value, int width)
{
	struct buffer cell;

	buffer_init(&cell, 1 << 20);
	if (value)
		put_cell(&cell, value);
	printf("%.*s", SPAN_ARGS(buffer_span(&cell)));
	int missing = width - width_of(buffer_span(&cell));
	if (width > 0)
		printf("%*s", missing > 0 ? missing + 2 : 2, "");
	buffer_free(&cell);
}

static const struct json *member(const struct json *object, struct span name)
{
	for (size_t i = 0; i < object->count; i++)
		if (span_equal(object->items[i].name, name))
			return &object->items[i];
	return NULL;
}

/* What "reason" and "advice" say once more, for programs. */
static bool is_shown(const struct json *value)
{
	return !span_equal(value->name, SPAN("because")) &&
	       !span_equal(value->name, SPAN("advised"));
}

struct column {
	struct span name;
	int width;
};

static int width_of_cell(const struct json *value)
{
	struct buffer cell;

	buffer_init(&cell, 1 << 20);
	put_cell(&cell, value);
	int width = width_of(buffer_span(&cell));
	buffer_free(&cell);
	return width < WIDTH_MAX ? width : WIDTH_MAX;
}

/* A member that only some rows have stands where the first of them has it. */
static struct column *column_for(
	struct column columns[COLUMNS_MAX], size_t *count, size_t *at, struct span name)
{
	for (size_t c = 0; c < *count; c++)
		if (span_equal(columns[c].name, name)) {
			*at = c + 1;
			return &columns[c];
		}
	if (*count == COLUMNS_MAX)
		return NULL;
	memmove(&columns[*at + 1], &columns[*at], (*count - *at) * sizeof(*columns));
	columns[*at] = (struct column){ name, width_of(name) };
	(*count)++;
	return &columns[(*at)++];
}

static size_t find_columns(const struct json *rows, struct column columns[COLUMNS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < rows->count; i++)
		for (size_t k = 0, at = 0; k < rows->items[i].count; k++) {
			const struct json *value = &rows->items[i].items[k];
			if (!is_shown(value))
				continue;
			struct column *column = column_for(columns, &count, &at, value->name);
			int width = column ? width_of_cell(value) : 0;
			if (column && width > column->width)
				column->width = width;
		}
	return count;
}

/* On a terminal the last columns are left out where they would make lines of one row; whoever reads
 * by a program gets all of them. */
static size_t fit(const struct column columns[COLUMNS_MAX], size_t count)
{
	struct winsize size;
	size_t fits = 0;
	int width = 0;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
		size.ws_col == 0)
		return count;
	while (fits < count && width + columns[fits].width <= size.ws_col)
		width += columns[fits++].width + 2;
	return fits > 0 ? fits : 1;
}

static void print_rows(const struct json *rows)
{
	struct column columns[COLUMNS_MAX];
	size_t count = fit(columns, find_columns(rows, columns));

	for (size_t c = 0; c < count; c++)
		printf("%.*s%*s", SPAN_ARGS(columns[c].name),
			c + 1 < count ? columns[c].width - width_of(columns[c].name) + 2 : 0, "");
	putchar('\n');
	for (size_t i = 0; i < rows->count; i++) {
		for (size_t c = 0; c < count; c++)
			print_cell(member(&rows->items[i], columns[c].name),
				c + 1 < count ? columns[c].width : 0);
		putchar('\n');
	}
}

static bool is_table(const struct json *value)
{
	return value->type == JSON_IS_ARRAY && value->count > 0 &&
	       value->items[0].type == JSON_IS_OBJECT;
}

/* Of more than one text each has a line of its own, when one of them has spaces in it. */
static void print_texts(const struct json *value, int indent)
{
	bool lines = false;

	for (size_t i = 0; value->type == JSON_IS_ARRAY && i < value->count; i++)
		lines |= value->items[i].type == JSON_IS_STRING &&
			 memchr(value->items[i].text.data, ' ', value->items[i].text.len);
	for (size_t i = 0; lines && i < value->count; i++) {
		print_cell(&value->items[i], 0);
		printf("\n%*s", i + 1 < value->count ? indent : 0, "");
	}
	if (!lines) {
		print_cell(value, 0);
		putchar('\n');
	}
}

static void print_object(const struct json *object)
{
	int width = 0;

	for (size_t i = 0; i < object->count; i++)
		if (width_of(object->items[i].name) > width)
			width = width_of(object->items[i].name);
	for (size_t i = 0; i < object->count; i++) {
		const struct json *value = &object->items[i];

		if (!is_shown(value))
			continue;
		printf("%.*s%*s", SPAN_ARGS(value->name), width - width_of(value->name) + 2, "");
		if (is_table(value)) {
			putchar('\n');
			print_rows(value);
			continue;
		}
		print_texts(value, width + 2);
	}
}

void table_print(const struct json *result)
{
	if (is_table(result))
		print_rows(result);
	else if (result->type == JSON_IS_OBJECT)
		print_object(result);
	else if (result->type != JSON_IS_NULL && result->count > 0) {
		print_cell(result, 0);
		putchar('\n');
	}
}
