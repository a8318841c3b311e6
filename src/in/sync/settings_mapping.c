#include "in/sync/settings_int.h"
#include "model/mastery.h"
#include "wire/ldap_filter_text.h"

/* ---- the server's filter ---- */

/* People and groups of all servers that are known: of classes that a server does not know, nothing
 * is true. */
#define DEFAULT_USER_FILTER                                                                        \
	"(|(objectClass=inetOrgPerson)(&(objectClass=user)(!(objectClass=computer))))"
#define DEFAULT_GROUP_FILTER                                                                       \
	"(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=group))"

/* The next assertion without its parentheses, behind *at; false: there is none. RFC 4515 section 3:
 * a value holds no parenthesis but an escaped one. */
static bool next_assertion(struct span filter, size_t *at, struct span *assertion)
{
	for (; *at < filter.len; ++*at) {
		if (filter.data[*at] != '(')
			continue;
		struct span rest = span_from(filter, *at + 1);
		if (rest.len == 0 || strchr("&|!(", rest.data[0]))
			continue;
		*assertion = span_of(rest.data, span_find(rest, ')'));
		*at += 1 + assertion->len;
		return true;
	}
	return false;
}

static struct span attribute_of(struct span assertion)
{
	size_t len = 0;

	while (len < assertion.len && !strchr("=~<>:", assertion.data[len]))
		len++;
	return span_trim(span_of(assertion.data, len));
}

static enum err refuse_assertion(struct span assertion, const char *name, struct why *why)
{
	char text[64];

	span_fit(text, sizeof(text), assertion);
	if (span_equal_nocase(attribute_of(assertion), SPAN("objectCategory")))
		return fail(why, ERR_VALUE, name,
			"deleted entries have no objectCategory, so deletions would never come: "
			"ask for an objectClass");
	if (strcmp(name, "groupFilter") == 0)
		return fail(why, ERR_VALUE, name,
			"a group that stops matching \"(%s)\" would vanish without a word: ask for "
			"object classes only, the group mapping says which groups count",
			text);
	return fail(why, ERR_VALUE, name,
		"who stops matching \"(%s)\" would vanish without a word: ask for object classes "
		"only and make it a scope rule, as in \"%s\"",
		text, text);
}

static enum err check_filter(
	struct arena *arena, struct span filter, const char *name, struct why *why)
{
	struct span element, assertion;
	struct why malformed = { 0 };

	if (filter_text_read(arena, filter, &element, &malformed) != OK)
		return fail(why, ERR_VALUE, name, "%s", malformed.text);
	for (size_t at = 0; next_assertion(filter, &at, &assertion);)
		if (!span_equal_nocase(attribute_of(assertion), SPAN("objectClass")))
			return refuse_assertion(assertion, name, why);
	return OK;
}

enum err settings_read_filter(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	struct span user = entry_first(entry, ATTR_USER_FILTER);
	struct span group = entry_first(entry, ATTR_GROUP_FILTER);

	if (user.len == 0)
		user = SPAN(DEFAULT_USER_FILTER);
	if (group.len == 0)
		group = SPAN(DEFAULT_GROUP_FILTER);
	enum err err = check_filter(arena, user, "userFilter", why);
	if (!err)
		err = check_filter(arena, group, "groupFilter", why);
	/* Organizational units, because a renamed or moved one says nothing about its children. */
	if (!err)
		settings->filter =
			span_str(arena_printf(arena, "(|%.*s%.*s(objectClass=organizationalUnit))",
				SPAN_ARGS(user), SPAN_ARGS(group)));
	return err;
}

/* ---- rows ---- */

static enum err read_texts(const struct entry *entry, enum attr attr, const char *name,
	struct texts *texts, size_t *octets, struct why *why)
{
	size_t count = entry_value_count(entry, attr);

	if (count > TEXTS_ROWS_MAX)
		return fail(why, ERR_TOO_MANY, name, "more than %d rows", TEXTS_ROWS_MAX);
	for (size_t i = 0; i < count; i++) {
		texts->rows[i] = entry_value(entry, attr, i)->octets;
		*octets += texts->rows[i].len;
		if (texts->rows[i].len > ORDER_TEXT_MAX || *octets > ORDER_TEXTS_OCTETS)
			return fail(why, ERR_TOO_LARGE, name, "the rows are too long");
	}
	texts->count = count;
	return OK;
}

/* What is asked there is not fetched from there. */
static void leave_passwords(const struct entry *entry, struct texts *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		if (span_starts_nocase(span_trim(rows->rows[i]), SPAN("password")))
			return;
	if (span_equal(entry_first(entry, ATTR_PASS_THROUGH), SPAN("TRUE")) &&
		rows->count < TEXTS_ROWS_MAX)
		rows->rows[rows->count++] = SPAN("password=");
}

static enum err check_authority(const struct entry *entry, struct why *why)
{
	const struct value *row;
	enum attr attr;
	enum mastery mastery;
	enum err err = OK;

	for (size_t i = 0; !err && (row = entry_value(entry, ATTR_AUTHORITY, i)); i++)
		err = mastery_read(row->octets, &attr, &mastery, why);
	return err;
}

enum err settings_read_mapping(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	size_t octets = 0;
	struct mapping_texts texts = { .rows = &settings->rows,
		.scope = &settings->scope,
		.disabled = &settings->disabled,
		.server = MAPPING_OTHER };
	enum err err = read_texts(entry, ATTR_MAPPING, "map", &settings->rows, &octets, why);

	if (!err)
		err = read_texts(
			entry, ATTR_SCOPE_RULE, "scopeRule", &settings->scope, &octets, why);
	if (!err)
		err = read_texts(entry, ATTR_DISABLED_RULE, "disabledRule", &settings->disabled,
			&octets, why);
	leave_passwords(entry, &settings->rows);
	settings->preset = texts.preset = entry_first(entry, ATTR_DISABLED_PRESET);
	if (!err)
		err = check_authority(entry, why);
	return err ? err : mapping_compile(arena, &texts, &settings->mapping, why);
}
