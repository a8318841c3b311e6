/* Matched values, RFC 3876: of each attribute only the values that one of the items holds for. */
#include "in/ldap/answer_int.h"

#include "base/limits.h"
#include "model/value.h"
#include "wire/ldap_postal.h"
#include "wire/tlv.h"

struct leaf {
	const struct filter *filter;
	struct span name; /* of what names an entry: the DN in its normal form */
};

struct matched_values {
	size_t items; /* 0: all values are let through */
	size_t count;
	struct leaf leaves[LIMIT_FILTER_LEAVES];
};

static bool is_by_name(const struct filter *filter)
{
	return filter->op == FILTER_EQUAL && attr_row(filter->attr)->syntax == SYNTAX_REFERENCE;
}

/* The grammar has neither AND nor NOT; an OR is what a rule without an attribute becomes. */
static enum err take_item(struct matched_values *matched, struct arena *arena,
	const struct filter *item, struct why *why)
{
	struct leaf *leaf = &matched->leaves[matched->count];
	enum err err = OK;

	for (size_t i = 0; item->op == FILTER_OR && i < item->part_count && err == OK; i++)
		err = take_item(matched, arena, item->parts[i], why);
	if (err != OK || item->op == FILTER_OR || item->part_count > 0)
		return err;
	if (matched->count == LIMIT_FILTER_LEAVES)
		return fail(why, ERR_TOO_LARGE, NULL, "the matched values compare too much");
	leaf->filter = item;
	if (is_by_name(item))
		leaf->name = syntax_normal(arena, SYNTAX_DN, item->value);
	matched->count++;
	return OK;
}

enum err matched_values_read(struct conn *conn, struct arena *arena, struct span elements,
	const struct matched_values **result, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(elements);
	struct matched_values *matched = arena_alloc(arena, sizeof *matched);
	struct span item, value;
	uint8_t tag;

	matched->items = matched->count = 0;
	for (item.data = in.at; tlv_next(&in, &tag, &value); item.data = in.at) {
		struct filter *filter;
		enum err err;

		item.len = (size_t)(in.at - item.data);
		if (matched->items++ == LIMIT_FILTER_NODES)
			return fail(why, ERR_TOO_LARGE, NULL, "more than %d matched values filters",
				LIMIT_FILTER_NODES);
		err = conn_filter(conn, arena, item, &filter, why);
		if (err == OK)
			err = take_item(matched, arena, filter, why);
		if (err != OK)
			return err;
	}
	if (!tlv_done(&in))
		return fail(why, ERR_PROTOCOL, NULL, "the matched values control is malformed");
	*result = matched;
	return OK;
}

/* A value, in the normal form that was asked for last: a group may have as many members as there
 * are people, and each is compared with every leaf. */
struct keeping {
	struct arena *arena; /* of one value */
	const struct matched_values *matched;
	struct span value, normal;
	enum syntax syntax;
	bool is_normal;
};

static struct span normal_of(struct keeping *keeping, enum syntax syntax)
{
	if (!keeping->is_normal || keeping->syntax != syntax)
		keeping->normal = syntax_normal(keeping->arena, syntax, keeping->value);
	keeping->is_normal = true;
	keeping->syntax = syntax;
	return keeping->normal;
}

static bool holds(struct keeping *keeping, const struct leaf *leaf)
{
	const struct filter *filter = leaf->filter;

	if (is_by_name(filter))
		return span_equal(leaf->name, normal_of(keeping, SYNTAX_DN));
	if (filter->op == FILTER_EQUAL && filter->object_class == CLASS_NONE)
		return span_equal(filter->value, normal_of(keeping, filter->syntax));
	return filter_holds_for(filter, keeping->value);
}

static bool keeps(void *arg, struct span name, struct span value)
{
	struct keeping *keeping = arg;
	enum attr attr = attr_by_ldap(name);

	arena_reset(keeping->arena);
	keeping->value = attr == ATTR_ADDRESS ? postal_read(keeping->arena, value) : value;
	keeping->is_normal = false;
	for (size_t i = 0; i < keeping->matched->count; i++)
		if (keeping->matched->leaves[i].filter->attr == attr &&
			holds(keeping, &keeping->matched->leaves[i]))
			return true;
	return false;
}

void matched_values_apply(const struct matched_values *matched, struct entry_writer *w)
{
	struct keeping keeping = { .matched = matched };

	if (!matched || matched->items == 0)
		return;
	keeping.arena = arena_new();
	entry_keep_values(w, keeps, &keeping);
	arena_free(keeping.arena);
}
