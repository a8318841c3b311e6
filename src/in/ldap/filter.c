/* What filters ask that only the door knows: the tree above the entries, and which spellings the
 * tenant has. */
#include "in/ldap/answer_int.h"

#include "model/value.h"
#include "wire/ldap_filter.h"

struct settling {
	struct conn *conn;
	const struct identity *identity;
	struct arena *arena;
};

bool shows_ad_names(struct conn *conn)
{
	struct identity *identity = &conn->identity;
	struct view *view = shard_view(conn->shard);

	if (!identity->bound || !view)
		return false;
	if (identity->ad_names_at != view_snapshot(view)) {
		identity->ad_names =
			view_policy(view, identity->actor.tenant, POLICY_LDAP_AD_NAMES) != 0;
		identity->ad_names_at = view_snapshot(view);
	}
	return identity->ad_names;
}

/* Of a value in a name. */
static bool holds_for(const struct filter *leaf, enum attr attr, struct span value)
{
	if (leaf->op == FILTER_OR) {
		for (size_t i = 0; i < leaf->part_count; i++)
			if (holds_for(leaf->parts[i], attr, value))
				return true;
		return false;
	}
	return leaf->op != FILTER_UNDEFINED && leaf->part_count == 0 && leaf->attr == attr &&
	       filter_holds_for(leaf, value);
}

bool filter_names(const struct filter *leaf, struct span text)
{
	struct arena *arena = arena_new();
	bool found = false;
	struct dn dn;

	if (dn_parse(arena, text, &dn, NULL) == OK)
		for (size_t i = 0; i < dn.count && !found; i++)
			found = holds_for(leaf, dn.avas[i].attr, dn.avas[i].value);
	arena_free(arena);
	return found;
}

/* The kinds of which all entries have it in the part of their DN above their own name. */
static uint32_t kinds_below(const struct settling *s, const struct filter *leaf)
{
	const struct dn *suffix = &s->conn->shard->door->naming.dn;
	bool all = holds_for(leaf, ATTR_ORGANIZATION, span_str(s->identity->tenant));
	uint32_t kinds = 0;

	for (size_t i = 0; i < suffix->count && !all; i++)
		all = holds_for(leaf, suffix->avas[i].attr, suffix->avas[i].value);
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (all || (kind_row(kind)->ou &&
				   holds_for(leaf, ATTR_DIVISION, span_str(kind_row(kind)->ou))))
			kinds |= 1U << kind;
	return kinds;
}

/* One name is that of every entry's schema. */
static void settle_subschema(const struct settling *s, struct filter *filter)
{
	struct span name = syntax_normal(s->arena, SYNTAX_DN, filter->text);
	bool is_ours = span_equal(name, syntax_normal(s->arena, SYNTAX_DN, SPAN("cn=Subschema")));

	*filter = is_ours ? *filter_leaf(s->arena, FILTER_PRESENT, ATTR_SUBSCHEMA, SPAN_NONE)
			  : *filter_false(s->arena);
}

static void settle(const struct settling *s, struct filter *filter)
{
	for (size_t i = 0; i < filter->part_count; i++)
		settle(s, filter->parts[i]);
	if (filter->op == FILTER_IN_DN && s->identity->tenant)
		filter->kinds = kinds_below(s, filter->parts[0]);
	else if (filter->attr == ATTR_SUBSCHEMA && filter->op == FILTER_EQUAL)
		settle_subschema(s, filter);
	else if (attr_has(filter->attr, ATTR_AD_NAME) && !shows_ad_names(s->conn))
		filter->op = FILTER_UNDEFINED;
}

void filter_settle(struct conn *conn, const struct identity *identity, struct arena *arena,
	struct filter *filter)
{
	const struct settling s = { conn, identity, arena };

	settle(&s, filter);
}

enum err conn_filter(struct conn *conn, struct arena *arena, struct span element,
	struct filter **filter, struct why *why)
{
	enum err err = filter_read(arena, element, filter, why);

	if (err == OK)
		filter_settle(conn, &conn->identity, arena, *filter);
	return err;
}
