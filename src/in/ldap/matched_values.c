/* Matched values, RFC 3876: of each attribute only the values that one of the items holds for. */
#include "in/ldap/answer_int.h"

#include "base/limits.h"
#include "wire/ldap_filter.h"
#include "wire/tlv.h"

struct matched_values {
	size_t count;
	struct filter *items[LIMIT_FILTER_NODES];
};

enum err matched_values_read(struct arena *arena, struct span elements,
	const struct matched_values **result, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(elements);
	struct matched_values *matched = arena_alloc(arena, sizeof *matched);
	struct span item, value;
	uint8_t tag;

	matched->count = 0;
	for (item.data = in.at; tlv_next(&in, &tag, &value); item.data = in.at) {
		enum err err;

		item.len = (size_t)(in.at - item.data);
		if (matched->count == LIMIT_FILTER_NODES)
			return fail(why, ERR_TOO_LARGE, NULL, "more than %d matched values filters",
				LIMIT_FILTER_NODES);
		err = filter_read(arena, item, &matched->items[matched->count++], why);
		if (err != OK)
			return err;
	}
	if (!tlv_done(&in))
		return fail(why, ERR_PROTOCOL, NULL, "the matched values control is malformed");
	*result = matched;
	return OK;
}

static bool is_same_dn(struct arena *arena, struct span a, struct span b)
{
	struct dn one, other;

	return dn_parse(arena, a, &one, NULL) == OK && dn_parse(arena, b, &other, NULL) == OK &&
	       dn_equal(&one, &other);
}

/* The grammar has neither AND nor NOT; an OR is what a rule without an attribute becomes. */
static bool holds(struct arena *arena, const struct filter *item, enum attr attr, struct span value)
{
	if (item->op == FILTER_OR) {
		for (size_t i = 0; i < item->part_count; i++)
			if (holds(arena, item->parts[i], attr, value))
				return true;
		return false;
	}
	if (item->attr != attr || item->part_count > 0)
		return false;
	if (item->op == FILTER_EQUAL && attr_row(attr)->syntax == SYNTAX_REFERENCE)
		return is_same_dn(arena, item->value, value);
	return filter_holds_for(item, value);
}

struct keeping {
	struct arena *arena;
	const struct matched_values *matched;
};

static bool keeps(void *arg, struct span name, struct span value)
{
	const struct keeping *keeping = arg;
	enum attr attr = attr_by_ldap(name);

	for (size_t i = 0; i < keeping->matched->count; i++)
		if (holds(keeping->arena, keeping->matched->items[i], attr, value))
			return true;
	return false;
}

void matched_values_apply(
	const struct matched_values *matched, struct arena *arena, struct entry_writer *w)
{
	struct keeping keeping = { arena, matched };

	if (matched && matched->count > 0)
		entry_keep_values(w, keeps, &keeping);
}
