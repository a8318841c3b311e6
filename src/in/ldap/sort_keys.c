/* What a search is sorted by, RFC 2891 section 1.1, and the octets in whose order its entries
 * stand: one key after the other, each a form of the value that memory order puts right. */
#include "in/ldap/search_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "model/value.h"
#include "wire/ldap_schema.h"

/* Which values are asked how; a syntax without an ordering rule of its own is compared by its
 * normal form. */
static const struct ordering {
	const char *rule;
	enum syntax syntax;
	enum sort_form form;
} orderings[] = {
	{ "caseIgnoreOrderingMatch", SYNTAX_TEXT, SORT_OWN },
	{ "caseIgnoreOrderingMatch", SYNTAX_IA5, SORT_OWN },
	{ "caseIgnoreOrderingMatch", SYNTAX_TEL, SORT_OWN },
	{ "caseIgnoreOrderingMatch", SYNTAX_EXACT, SORT_FOLDED },
	{ "caseExactOrderingMatch", SYNTAX_EXACT, SORT_OWN },
	{ "caseExactOrderingMatch", SYNTAX_TEXT, SORT_EXACT },
	{ "integerOrderingMatch", SYNTAX_INTEGER, SORT_OWN },
	{ "generalizedTimeOrderingMatch", SYNTAX_TIME, SORT_OWN },
	{ "uuidOrderingMatch", SYNTAX_UUID, SORT_OWN },
	{ "octetStringOrderingMatch", SYNTAX_OCTETS, SORT_OWN },
};

/* ---- what to sort by ---- */

static bool find_form(struct span rule_text, enum syntax syntax, enum sort_form *form)
{
	const struct matching_rule *rule = matching_rule_find(rule_text);

	*form = SORT_OWN;
	if (rule_text.len == 0)
		return true;
	for (size_t i = 0; rule && i < sizeof orderings / sizeof *orderings; i++)
		if (orderings[i].syntax == syntax && strcmp(orderings[i].rule, rule->name) == 0) {
			*form = orderings[i].form;
			return true;
		}
	return false;
}

static bool has_order(enum attr attr)
{
	if (attr == ATTR_CREATED || attr == ATTR_MODIFIED || attr == ATTR_ID)
		return true;
	return !attr_has(attr, ATTR_COMPUTED) && attr_row(attr)->syntax != SYNTAX_REFERENCE;
}

/* A result code of the response. */
static int read_key(
	const struct identity *identity, struct sorting *sorting, const struct sort_key *key)
{
	struct sort_by *by = &sorting->by[sorting->count];

	by->attr = attr_by_ldap(key->attribute);
	by->reverse = key->reverse;
	if (by->attr == ATTR_NONE || attr_is_hidden(by->attr) ||
		!access_shows_all(identity, ~0U, by->attr))
		return RESULT_NO_SUCH_ATTRIBUTE;
	if (!has_order(by->attr) || !find_form(key->rule, attr_row(by->attr)->syntax, &by->form))
		return RESULT_INAPPROPRIATE_MATCHING;
	for (size_t i = 0; i < sorting->count; i++)
		if (sorting->by[i].attr == by->attr)
			return RESULT_UNWILLING; /* RFC 2891 section 1.1: once each */
	sorting->count++;
	return RESULT_SUCCESS;
}

int sort_read_keys(const struct identity *identity, struct sorting *sorting,
	const struct controls *controls, struct arena *arena)
{
	if (controls->sort_count > LIMIT_LDAP_SORT_KEYS)
		return RESULT_UNWILLING;
	for (size_t i = 0; i < controls->sort_count; i++) {
		int result = read_key(identity, sorting, &controls->sort[i]);

		if (result == RESULT_SUCCESS)
			continue;
		sorting->attribute = arena_copy(arena, controls->sort[i].attribute);
		return result;
	}
	return RESULT_SUCCESS;
}

struct span search_same(struct arena *arena, struct span body, const struct controls *controls)
{
	struct span parts[2 * LIMIT_LDAP_SORT_KEYS];
	size_t count = 0, len = body.len;
	uint8_t *text, *to;

	if (!controls_have(controls, CONTROL_SORT))
		return body;
	for (size_t i = 0; i < controls->sort_count && i < LIMIT_LDAP_SORT_KEYS; i++) {
		parts[count++] = controls->sort[i].attribute;
		parts[count++] = controls->sort[i].rule;
	}
	for (size_t i = 0; i < count; i++)
		len += 5 + parts[i].len;
	to = text = arena_alloc(arena, len);
	memcpy(to, body.data, body.len);
	to += body.len;
	for (size_t i = 0; i < count; i++) {
		*to++ = controls->sort[i / 2].reverse;
		put_be32(to, (uint32_t)parts[i].len);
		to += 4;
		if (parts[i].len > 0)
			memcpy(to, parts[i].data, parts[i].len);
		to += parts[i].len;
	}
	return span_of(text, len);
}

/* ---- keys ---- */

enum { HAS_VALUE, NO_VALUE }; /* RFC 2891 section 2.2: no value is the largest */

static struct span form_of(struct arena *arena, const struct sort_by *by, struct span value)
{
	switch (by->form) {
	case SORT_EXACT:
		return value;
	case SORT_FOLDED: /* any attribute of that syntax */
		return value_normal(arena, ATTR_COMMON_NAME, value);
	default:
		return value_normal(arena, by->attr, value);
	}
}

void sort_put_value(struct arena *arena, const struct sort_by *by, struct span value,
	uint8_t key[GATHER_KEY_MAX], size_t *len)
{
	uint8_t octets[1 + SEARCH_KEY_MAX] = { NO_VALUE };
	size_t count = 1;

	if (value.len > 0) {
		octets[0] = HAS_VALUE;
		count += search_value_key(by->attr, form_of(arena, by, value), octets + 1);
	}
	for (size_t i = 0; i < count && *len < GATHER_KEY_MAX; i++)
		key[(*len)++] = by->reverse ? (uint8_t)~octets[i] : octets[i];
}

struct least {
	struct arena *arena;
	struct sort_by by; /* without reverse */
	struct span value; /* the least one so far, or empty */
};

/* RFC 2891 section 2.2: of several values the least one counts, in either direction. */
static void meet(struct least *least, struct span value)
{
	uint8_t a[GATHER_KEY_MAX], b[GATHER_KEY_MAX];
	size_t len_a = 0, len_b = 0;

	if (least->value.len > 0) {
		sort_put_value(least->arena, &least->by, value, a, &len_a);
		sort_put_value(least->arena, &least->by, least->value, b, &len_b);
		if (span_compare(span_of(a, len_a), span_of(b, len_b)) >= 0)
			return;
	}
	least->value = value;
}

static struct span time_text(struct arena *arena, int64_t wall)
{
	char *text = arena_alloc(arena, TIME_TEXT_MAX);

	return span_of(text, time_format_generalized(wall, text));
}

static struct span id_text(struct arena *arena, const struct uuid *id)
{
	char *text = arena_alloc(arena, UUID_TEXT + 1);

	uuid_format(id, text);
	return span_of(text, UUID_TEXT);
}

static struct span value_of_record(
	struct arena *arena, const struct sort_by *by, const struct record *record)
{
	struct least least = { arena, { by->attr, by->form, false }, SPAN_NONE };

	switch (by->attr) {
	case ATTR_CREATED:
		return time_text(arena, record->created);
	case ATTR_MODIFIED:
		return time_text(arena, record->modified);
	case ATTR_ID:
		return id_text(arena, &record->id);
	default:
		break;
	}
	for (size_t i = record_find(record, by->attr); i < record->count; i++) {
		struct value value = record_row(record, i);

		if (value.attr != by->attr)
			break;
		meet(&least, value.octets);
	}
	return least.value;
}

static struct span value_of_special(
	struct arena *arena, const struct sort_by *by, const struct special *special)
{
	struct least least = { arena, { by->attr, by->form, false }, SPAN_NONE };

	for (size_t i = 0; i < special->count; i++)
		if (special->values[i].attr == by->attr)
			meet(&least, special->values[i].value);
	return least.value;
}

size_t sort_key_of_record(struct arena *arena, const struct sorting *sorting,
	const struct record *record, uint8_t key[GATHER_KEY_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < sorting->count; i++)
		sort_put_value(arena, &sorting->by[i],
			value_of_record(arena, &sorting->by[i], record), key, &len);
	return len;
}

size_t sort_key_of_special(struct arena *arena, const struct sorting *sorting,
	const struct special *special, uint8_t key[GATHER_KEY_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < sorting->count; i++)
		sort_put_value(arena, &sorting->by[i],
			value_of_special(arena, &sorting->by[i], special), key, &len);
	return len;
}
