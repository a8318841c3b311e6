#include "cli/cli.h"

#include <stdio.h>

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

struct column {
	struct span name;
	int width;
};

static size_t find_columns(const struct json *rows, struct column columns[COLUMNS_MAX])
{
	const struct json *first = &rows->items[0];
	size_t count = first->count < COLUMNS_MAX ? first->count : COLUMNS_MAX;

	for (size_t c = 0; c < count; c++) {
		columns[c].name = first->items[c].name;
		columns[c].width = width_of(columns[c].name);
		for (size_t i = 0; i < rows->count; i++) {
			const struct json *value = member(&rows->items[i], columns[c].name);
			struct buffer cell;

			buffer_init(&cell, 1 << 20);
			if (value)
				put_cell(&cell, value);
			int width = width_of(buffer_span(&cell));
			buffer_free(&cell);
			if (width > columns[c].width)
				columns[c].width = width > WIDTH_MAX ? WIDTH_MAX : width;
		}
	}
	return count;
}

static void print_rows(const struct json *rows)
{
	struct column columns[COLUMNS_MAX];
	size_t count = find_columns(rows, columns);

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

static void print_object(const struct json *object)
{
	int width = 0;

	for (size_t i = 0; i < object->count; i++)
		if (width_of(object->items[i].name) > width)
			width = width_of(object->items[i].name);
	for (size_t i = 0; i < object->count; i++) {
		const struct json *value = &object->items[i];

		printf("%.*s%*s", SPAN_ARGS(value->name), width - width_of(value->name) + 2, "");
		if (is_table(value)) {
			putchar('\n');
			print_rows(value);
			continue;
		}
		print_cell(value, 0);
		putchar('\n');
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
