#include "in/mapping/mapping_int.h"

static enum err read_at(struct grammar *c, unsigned depth, struct expression **expression);

static enum err new_node(struct grammar *c, struct expression **node)
{
	if (++c->nodes > MAPPING_NODES_MAX)
		return grammar_fail(c, "the row has too many parts");
	*node = arena_zalloc(c->arena, sizeof(**node));
	return OK;
}

static void add_part(struct grammar *c, struct expression *node, struct expression *part)
{
	if (!node->parts)
		node->parts = arena_array(c->arena, MAPPING_NODES_MAX, sizeof(*node->parts));
	node->parts[node->part_count++] = part;
}

static enum err read_part(struct grammar *c, unsigned depth, struct expression *node)
{
	struct expression *part;
	enum err err = read_at(c, depth + 1, &part);

	if (!err)
		add_part(c, node, part);
	return err;
}

static enum err read_parts(struct grammar *c, unsigned depth, struct expression *node)
{
	enum err err = read_part(c, depth, node);

	while (!err && grammar_take(c, ","))
		err = read_part(c, depth, node);
	return err;
}

/* ---- tables ---- */

static enum err read_pair(struct grammar *c, struct expression *node)
{
	struct span from, to;
	enum err err = grammar_quoted(c, &from);

	if (err)
		return err;
	if (!grammar_take(c, "->")) {
		node->has_default = true;
		node->otherwise = from;
		return OK;
	}
	if (node->pair_count == MAPPING_PAIRS_MAX)
		return grammar_fail(c, "the table has too many rows");
	err = grammar_quoted(c, &to);
	if (!err)
		node->pairs[node->pair_count++] =
			(struct pair){ mapping_normal(c->arena, from), to };
	return err;
}

static enum err read_table(struct grammar *c, struct expression *node)
{
	enum err err;

	node->pairs = arena_array(c->arena, MAPPING_PAIRS_MAX, sizeof(*node->pairs));
	do
		err = read_pair(c, node);
	while (!err && !node->has_default && grammar_take(c, ","));
	if (!err && node->pair_count == 0)
		err = grammar_fail(c, "expected a row of the table: \"from\"->\"to\"");
	return err;
}

/* ---- templates ---- */

static enum err add_text(struct grammar *c, struct expression *node, struct span text)
{
	struct expression *part;
	enum err err = OK;

	if (text.len == 0)
		return OK;
	err = new_node(c, &part);
	if (err)
		return err;
	part->transform = transform_find(SPAN("constant"));
	part->text = text;
	add_part(c, node, part);
	return OK;
}

static enum err add_attribute(struct grammar *c, struct expression *node, struct span name)
{
	struct expression *part;
	enum err err = new_node(c, &part);

	name = span_trim(name);
	if (err)
		return err;
	if (!mapping_is_name(name))
		return grammar_fail(c, "expected the name of an attribute between { and }");
	err = grammar_want(c, name, &part->attribute);
	if (!err)
		add_part(c, node, part);
	return err;
}

/* The position up to which `text` is plain; "{{" and "}}" are not. */
static size_t plain_until(struct span text)
{
	size_t open = span_find(text, '{'), close = span_find(text, '}');

	return open < close ? open : close;
}

static enum err read_template(struct grammar *c, struct expression *node)
{
	struct span text;
	enum err err = grammar_quoted(c, &text);

	while (!err && text.len > 0) {
		size_t plain = plain_until(text);
		err = add_text(c, node, span_of(text.data, plain));
		text = span_from(text, plain);
		if (err || text.len == 0)
			break;
		if (text.len > 1 && text.data[1] == text.data[0]) {
			err = add_text(c, node, span_of(text.data, 1));
			text = span_from(text, 2);
			continue;
		}
		size_t close = span_find(text, '}');
		if (text.data[0] == '}' || close == text.len)
			return grammar_fail(c, "a brace of the template is not paired");
		err = add_attribute(c, node, span_of(text.data + 1, close - 1));
		text = span_from(text, close + 1);
	}
	if (!err && node->part_count == 0)
		err = grammar_fail(c, "the template is empty");
	return err;
}

/* ---- calls ---- */

static enum err read_text(struct grammar *c, struct expression *node)
{
	enum err err = grammar_quoted(c, &node->text);

	if (!err && node->text.len == 0 &&
		!span_equal(span_str(node->transform->name), SPAN("join")))
		err = grammar_fail(c, "the text is empty");
	return err;
}

static enum err read_number(struct grammar *c, struct expression *node)
{
	uint64_t number;
	bool negative = grammar_take(c, "-");
	struct span digits = grammar_name(c);

	if (!span_to_u64(digits, &number) || number == 0 || number > MAPPING_LIST_MAX)
		return grammar_fail(
			c, "expected the number of a part, from 1, or from -1 backwards");
	node->number = negative ? -(int)number : (int)number;
	return OK;
}

static enum err read_argument(struct grammar *c, unsigned depth, char sort, struct expression *node)
{
	switch (sort) {
	case 'e':
		return read_part(c, depth, node);
	case 'E':
		return read_parts(c, depth, node);
	case 's':
		return read_text(c, node);
	case 'n':
		return read_number(c, node);
	case 'm':
		return read_table(c, node);
	default:
		return read_template(c, node);
	}
}

static enum err read_call(struct grammar *c, unsigned depth, struct expression *node)
{
	enum err err = OK;

	for (const char *sort = node->transform->arguments; !err && *sort; sort++) {
		bool first = sort == node->transform->arguments;
		if (!first && !grammar_take(c, ",")) {
			if (*sort != 'n')
				err = grammar_fail(c, "expected \",\" and one more argument");
			break;
		}
		err = read_argument(c, depth, *sort, node);
	}
	if (!err && !grammar_take(c, ")"))
		err = grammar_fail(c, "expected \")\"");
	return err;
}

static enum err read_at(struct grammar *c, unsigned depth, struct expression **expression)
{
	struct expression *node;
	enum err err = new_node(c, &node);

	if (err)
		return err;
	if (depth > MAPPING_DEPTH_MAX)
		return grammar_fail(c, "the row is nested too deep");
	size_t begin = c->at;
	struct span name = grammar_name(c);
	if (!grammar_take(c, "(")) {
		err = grammar_want(c, name, &node->attribute);
	} else {
		node->transform = transform_find(name);
		if (!node->transform) {
			c->at = begin;
			return grammar_fail(c, "there is no such transform");
		}
		err = read_call(c, depth, node);
	}
	if (!err)
		*expression = node;
	return err;
}

enum err expression_read(struct grammar *c, struct expression **expression)
{
	enum err err = read_at(c, 1, expression);

	return err ? err : grammar_end(c);
}
