#include "model/policy.h"

#define TENANT false
#define OPERATOR true
static const struct policy_row rows[POLICY_COUNT] = {
#define POLICY(id, codename, type, words, low, high, owner, pegotec, users_app, titanus, label)    \
	{ POLICY_##id, codename, POLICY_IS_##type, words, low, high, owner,                        \
		{ pegotec, users_app, titanus }, label },
#include "policies.def"
#undef POLICY
};
#undef TENANT
#undef OPERATOR

static const char *const presets[PRESET_COUNT] = { "pegotec", "users-app", "titanus" };

const struct policy_row *policy_row(enum policy policy)
{
	return &rows[policy];
}

enum policy policy_by_codename(struct span codename)
{
	for (unsigned i = 0; i < POLICY_COUNT; i++)
		if (span_equal(span_str(rows[i].codename), codename))
			return (enum policy)i;
	return POLICY_COUNT;
}

enum preset preset_by_name(struct span name)
{
	for (unsigned i = 0; i < PRESET_COUNT; i++)
		if (span_equal(span_str(presets[i]), name))
			return (enum preset)i;
	return PRESET_COUNT;
}

const char *preset_name(enum preset preset)
{
	return presets[preset];
}

enum preset policy_preset(const struct record *settings)
{
	enum preset preset =
		settings ? preset_by_name(record_first(settings, ATTR_PRESET)) : PRESET_PEGOTEC;
	return preset == PRESET_COUNT ? PRESET_PEGOTEC : preset;
}

/* "codename=value" */
static bool is_of(struct span octets, const char *codename, struct span *value)
{
	size_t len = strlen(codename);
	if (octets.len <= len || octets.data[len] != '=' || memcmp(octets.data, codename, len) != 0)
		return false;
	*value = span_from(octets, len + 1);
	return true;
}

struct span policy_text(const struct record *settings, enum policy policy)
{
	struct span value;
	for (size_t i = settings ? record_find(settings, ATTR_POLICY) : 0;
		settings && i < settings->count; i++) {
		struct value row = record_row(settings, i);
		if (row.attr != ATTR_POLICY)
			break;
		if (is_of(row.octets, rows[policy].codename, &value))
			return value;
	}
	return span_str(rows[policy].presets[policy_preset(settings)]);
}

/* Where the word stands in the list, or how many the list has. */
static uint64_t place_of(const char *words, struct span word)
{
	struct span rest = span_str(words);
	uint64_t place = 0;
	while (rest.len && !span_equal(span_cut(&rest, ' '), word))
		place++;
	return place;
}

static bool list_has(struct span words, struct span word)
{
	while (words.len)
		if (span_equal(span_cut(&words, ' '), word))
			return true;
	return false;
}

uint64_t policy_number(const struct record *settings, enum policy policy)
{
	uint64_t number = 0;
	struct span text = policy_text(settings, policy);
	switch (rows[policy].type) {
	case POLICY_IS_CHOICE:
		return place_of(rows[policy].words, text);
	case POLICY_IS_YESNO:
		return span_equal(text, SPAN("true"));
	default:
		span_to_u64(text, &number);
		return number;
	}
}

bool policy_changes_looks(const struct record *before, const struct record *after)
{
	static const enum policy looks[] = { POLICY_POSIX, POLICY_POSIX_FIRST, POLICY_POSIX_LAST,
		POLICY_POSIX_GROUP, POLICY_POSIX_HOME, POLICY_POSIX_SHELL, POLICY_LDAP_AD_NAMES,
		POLICY_LDAP_NESTED, POLICY_LDAP_PEOPLE_SEE, POLICY_HIERARCHY,
		POLICY_LEVEL_VISIBILITY };

	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (!span_equal(policy_text(before, looks[i]), policy_text(after, looks[i])))
			return true;
	return false;
}

static enum err refuse(enum policy policy, const char *what, struct why *why)
{
	return fail(why, ERR_VALUE, rows[policy].codename, "%s is %s%s", rows[policy].codename,
		what, rows[policy].words);
}

static enum err check_number(enum policy policy, struct span text, struct why *why)
{
	uint64_t number;
	const struct policy_row *row = &rows[policy];
	if (span_to_u64(text, &number) && number >= row->low && number <= row->high)
		return OK;
	return fail(why, ERR_VALUE, row->codename, "%s is a number from %llu to %llu%s",
		row->codename, (unsigned long long)row->low, (unsigned long long)row->high,
		row->type == POLICY_IS_SECONDS ? " (seconds)" : "");
}

/* Whoever looks back a year must find it. */
static enum err check_retention(struct span text, struct why *why)
{
	uint64_t days = 0;
	enum err err = check_number(POLICY_AUDIT_RETENTION, text, why);
	if (!err && span_to_u64(text, &days) && days > 0 && days < 365)
		err = fail(why, ERR_VALUE, rows[POLICY_AUDIT_RETENTION].codename,
			"audit rows are kept for at least 365 days, or with 0 for ever");
	return err;
}

static enum err check_words(enum policy policy, struct span text, struct why *why)
{
	struct span allowed = span_str(rows[policy].words), rest = text;
	if (rows[policy].high && text.len > rows[policy].high)
		return refuse(policy, "too long", why);
	while (rest.len && allowed.len)
		if (!list_has(allowed, span_cut(&rest, ' ')))
			return refuse(policy, "some of: ", why);
	return OK;
}

enum err policy_check(enum policy policy, struct span text, struct why *why)
{
	const struct policy_row *row = &rows[policy];
	if (policy == POLICY_AUDIT_RETENTION)
		return check_retention(text, why);
	switch (row->type) {
	case POLICY_IS_CHOICE:
		return text.len && list_has(span_str(row->words), text)
			       ? OK
			       : refuse(policy, "one of: ", why);
	case POLICY_IS_YESNO:
		return span_equal(text, SPAN("true")) || span_equal(text, SPAN("false"))
			       ? OK
			       : refuse(policy, "true or false", why);
	case POLICY_IS_WORDS:
		return check_words(policy, text, why);
	case POLICY_IS_TEXT:
		return text.len <= row->high && span_is_utf8(text)
			       ? OK
			       : refuse(policy, "text, and shorter", why);
	default:
		return check_number(policy, text, why);
	}
}

enum err policy_parse(struct span row, enum policy *policy, struct span *value, struct why *why)
{
	struct span rest = row;
	struct span codename = span_cut(&rest, '=');
	enum policy found = policy_by_codename(codename);
	if (found == POLICY_COUNT)
		return fail(
			why, ERR_UNKNOWN, "policy", "there is no policy %.*s", SPAN_ARGS(codename));
	if (codename.len == row.len)
		return fail(why, ERR_VALUE, rows[found].codename, "a policy is codename=value");
	*policy = found;
	*value = rest;
	return OK;
}

static bool is_feature_name(struct span name)
{
	if (!name.len || name.len > 64)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (!i || !memchr("._-", c, 3)))
			return false;
	}
	return true;
}

bool feature_parse(struct span text, struct feature *feature)
{
	struct span rest = text;
	bool of_tenant = span_starts(text, SPAN("tenant:"));
	if (of_tenant)
		rest = span_from(text, sizeof "tenant:" - 1);
	struct span name = span_cut(&rest, '=');
	if (!is_feature_name(name) ||
		(!span_equal(rest, SPAN("on")) && !span_equal(rest, SPAN("off"))))
		return false;
	*feature = (struct feature){ name, of_tenant, span_equal(rest, SPAN("on")) };
	return true;
}
