#include "wire/scim_filter_int.h"

static enum err parse_or(struct parse *p, struct filter **filter);

/* ---- value paths ---- */

/* Entra asks 'emails[type eq "work"].value eq "x"', which the grammar does not have: the comparison
 * is meant for the values that the brackets choose. */
static enum err parse_tail(struct parse *p, struct filter **inner)
{
	struct target target;
	struct filter *tail;
	if (!at_octet(p, '.'))
		return OK;
	p->rest = span_from(p->rest, 1);
	enum err err = find_target(p, take_word(p), &target);
	if (!err)
		err = parse_leaf(p, &target, &tail);
	if (!err)
		*inner = pair(p, FILTER_AND, *inner, tail);
	return err;
}

static enum err parse_brackets(struct parse *p, struct filter **inner)
{
	enum err err = parse_or(p, inner);
	if (!err && !take_octet(p, ']'))
		err = bad(p, "a bracket is not closed");
	return err ? err : parse_tail(p, inner);
}

static bool is_stored(const struct scim_attribute *attribute)
{
	for (size_t i = 0; i < attribute->count; i++)
		if (!attr_has(attribute->parts[i].attr, ATTR_COMPUTED))
			return true;
	return !attribute->complex && attribute->attr && !attr_has(attribute->attr, ATTR_COMPUTED);
}

static enum err parse_stored(struct parse *p, const struct target *target, struct filter **filter)
{
	struct filter *inner;
	p->within = target->attribute;
	enum err err = parse_brackets(p, &inner);
	p->within = NULL;
	if (err)
		return err;
	struct filter **parts = arena_array(p->arena, 1, sizeof *parts);
	parts[0] = inner;
	*filter = filter_branch(p->arena, FILTER_SAME_INSTANCE, parts, 1);
	return OK;
}

static enum err parse_related(struct parse *p, const struct target *target, struct filter **filter)
{
	size_t from = 0;
	const struct related_row *row = related_row(p, target, &from);
	struct filter *inner;
	p->within = target->attribute;
	p->related = true;
	enum err err = parse_brackets(p, &inner);
	p->within = NULL;
	p->related = false;
	if (!err)
		*filter = related(p, row->lead, row->kinds, inner);
	return err;
}

static enum err parse_absent(struct parse *p, struct filter **filter)
{
	struct filter *inner;
	p->absent = true;
	enum err err = parse_brackets(p, &inner);
	p->absent = false;
	*filter = constant(p, false);
	return err;
}

/* Values of the entry's own and entries that it leads to ("roles") are two readings of one text. */
static enum err parse_readings(struct parse *p, const struct target *target, struct filter **filter)
{
	const struct parse start = *p;
	struct filter *beside;
	if (target->absent)
		return parse_absent(p, filter);
	if (!is_stored(target->attribute))
		return parse_related(p, target, filter);
	enum err err = parse_stored(p, target, filter);
	if (err || !target->relation)
		return err;
	p->rest = start.rest;
	p->nodes = start.nodes;
	p->paths = start.paths;
	err = parse_related(p, target, &beside);
	if (!err)
		*filter = pair(p, FILTER_OR, *filter, beside);
	return err;
}

static enum err parse_value_path(
	struct parse *p, const struct target *target, struct filter **filter)
{
	const struct scim_attribute *attribute = target->attribute;
	bool fits = target->absent ||
		    (attribute && attribute->multi && !target->part && !target->special &&
			    (is_stored(attribute) || target->relation));
	if (p->within || p->absent || !fits)
		return bad_at(p, target->word, "no brackets can stand behind it");
	enum err err = parse_readings(p, target, filter);
	if (!err && p->rest.len > 0 && is_name_octet(p->rest.data[0]))
		return bad(p, "nothing follows a bracket");
	return err;
}

/* ---- the grammar ---- */

static enum err parse_group(struct parse *p, struct filter **filter)
{
	if (++p->depth > LIMIT_FILTER_DEPTH)
		return bad(p, "it is nested too deeply");
	enum err err = parse_or(p, filter);
	p->depth--;
	if (!err && !take_octet(p, ')'))
		return bad(p, "a parenthesis is not closed");
	return err;
}

static enum err parse_term(struct parse *p, struct filter **filter)
{
	struct target target;
	if (++p->nodes > LIMIT_SCIM_FILTER_NODES)
		return bad(p, "it has too many terms");
	if (take_octet(p, '('))
		return parse_group(p, filter);
	struct span word = take_word(p);
	if (word.len == 0)
		return bad(p, "an attribute is missing");
	if (span_equal_nocase(word, SPAN("not")) && take_octet(p, '(')) {
		enum err err = parse_group(p, filter);
		if (!err)
			*filter = not_of(p, *filter);
		return err;
	}
	enum err err = find_target(p, word, &target);
	if (err)
		return err;
	if (!at_octet(p, '['))
		return parse_leaf(p, &target, filter);
	p->rest = span_from(p->rest, 1);
	return parse_value_path(p, &target, filter);
}

static enum err parse_chain(struct parse *p, enum filter_op op, const char *keyword,
	enum err (*parse_part)(struct parse *p, struct filter **filter), struct filter **filter)
{
	struct filter *parts[LIMIT_SCIM_FILTER_NODES];
	size_t count = 0;
	do {
		if (count == LIMIT_SCIM_FILTER_NODES)
			return bad(p, "it has too many terms");
		enum err err = parse_part(p, &parts[count++]);
		if (err)
			return err;
	} while (take_keyword(p, keyword));
	if (count == 1) {
		*filter = parts[0];
		return OK;
	}
	struct filter **kept = arena_array(p->arena, count, sizeof *kept);
	memcpy(kept, parts, count * sizeof *kept);
	*filter = filter_branch(p->arena, op, kept, count);
	return OK;
}

static enum err parse_and(struct parse *p, struct filter **filter)
{
	return parse_chain(p, FILTER_AND, "and", parse_term, filter);
}

static enum err parse_or(struct parse *p, struct filter **filter)
{
	return parse_chain(p, FILTER_OR, "or", parse_and, filter);
}

static enum err parse_all(struct parse *p, struct filter **filter)
{
	struct filter *whole;
	if (p->rest.len > LIMIT_SCIM_FILTER_TEXT)
		return bad(p, "it is too long");
	enum err err = parse_or(p, &whole);
	if (err)
		return err;
	skip_blanks(p);
	if (p->rest.len > 0)
		return bad(p, "something stands behind its end");
	*filter = whole;
	return OK;
}

enum err scim_filter_parse(struct arena *arena, const struct scim_type *type, struct span text,
	struct filter **filter, struct why *why)
{
	struct parse p = { .arena = arena, .type = type, .rest = text, .why = why };
	return parse_all(&p, filter);
}

enum err scim_filter_parse_named(struct arena *arena, const struct scim_type *type, unsigned kind,
	enum attr (*name)(unsigned kind, struct span word), struct span text,
	struct filter **filter, struct why *why)
{
	struct parse p = {
		.arena = arena, .type = type, .name = name, .kind = kind, .rest = text, .why = why
	};
	return parse_all(&p, filter);
}

enum err scim_value_filter_parse(struct arena *arena, const struct scim_type *type,
	const struct scim_attribute *attribute, struct span text, struct filter **filter,
	struct why *why)
{
	struct parse p = {
		.arena = arena,
		.type = type,
		.within = attribute,
		.rest = text,
		.why = why,
	};
	return parse_all(&p, filter);
}

/* ---- several types at once ---- */

static enum err parse_one(struct arena *arena, const struct scim_type *type, struct span text,
	struct unmapped *unmapped, unsigned *paths, struct filter **filter, struct why *why)
{
	struct parse p = {
		.arena = arena, .type = type, .rest = text, .unmapped = unmapped, .why = why
	};
	struct filter *kind = filter_new(arena, FILTER_KIND, ATTR_NONE), *whole;
	kind->kinds = type->kinds;
	enum err err = parse_all(&p, &whole);
	if (!err) {
		*filter = pair(&p, FILTER_AND, kind, whole);
		*paths = p.paths < PATHS_MAX ? p.paths : PATHS_MAX;
	}
	return err;
}

enum err scim_filter_parse_among(struct arena *arena, const struct scim_type *const *types,
	size_t count, struct span text, struct filter **filter, struct why *why)
{
	bool known[PATHS_MAX] = { false };
	unsigned paths = 0;
	struct unmapped *unmapped = NULL;
	struct filter **parts = arena_array(arena, count, sizeof *parts);
	for (size_t i = 0; i < count; i++) {
		unmapped = arena_zalloc(arena, sizeof *unmapped);
		enum err err = parse_one(arena, types[i], text, unmapped, &paths, &parts[i], why);
		if (err)
			return err;
		for (unsigned path = 0; path < paths; path++)
			known[path] |= !unmapped->is[path];
	}
	for (unsigned path = 0; path < paths; path++)
		if (!known[path])
			return fail(why, ERR_FILTER, arena_string(arena, unmapped->word[path]),
				"no resource has the attribute");
	*filter = filter_branch(arena, FILTER_OR, parts, count);
	return OK;
}
