#include "base/clock.h"
#include "in/mapping/mapping_int.h"

#define UNIX_EPOCH_IN_FILETIME INT64_C(11644473600) /* seconds from 1601 to 1970 */
#define LAST_SECOND INT64_C(253402300799)           /* of the year 9999 */
#define DAY (86400 * SECOND)

/* ---- times ---- */

bool filetime_read(struct span text, int64_t *wall)
{
	uint64_t units;

	/* [MS-ADA1] accountExpires: 0 and 0x7FFFFFFFFFFFFFFF never come. */
	if (!span_to_u64(text, &units) || units == 0 || units >= INT64_MAX)
		return false;
	*wall = (int64_t)(units / 10) - UNIX_EPOCH_IN_FILETIME * SECOND;
	return *wall <= LAST_SECOND * SECOND;
}

static bool day_read(struct span text, bool through, int64_t *wall)
{
	uint64_t day;

	/* shadow(5): 0 should not be used; below it means never. */
	if (!span_to_u64(text, &day) || day == 0 || day >= LAST_SECOND / 86400)
		return false;
	*wall = ((int64_t)day + through) * DAY;
	return true;
}

static bool time_read(struct span text, int64_t *wall)
{
	uint64_t number;

	if (span_to_u64(text, &number))
		return filetime_read(text, wall);
	return time_parse_generalized(text, wall);
}

int64_t test_due(struct evaluation *e, const struct test *test)
{
	const struct theirs *theirs = &e->entry->attributes[test->attribute];
	int64_t due = 0, wall;

	for (size_t i = 0; i < theirs->count; i++) {
		struct span text = span_trim(theirs->values[i]);
		bool read = test->kind == TEST_DAY ? day_read(text, test->through, &wall)
						   : time_read(text, &wall);
		if (read && (due == 0 || wall < due))
			due = wall;
	}
	return due;
}

/* ---- presets ---- */

static const struct {
	enum mapping_server server;
	const char *rule;
} presets[] = {
	/* [MS-ADTS] 2.2.16: ACCOUNTDISABLE. */
	{ MAPPING_AD, "userAccountControl&2" },
	{ MAPPING_AD, "accountExpires<now" },
	{ MAPPING_389, "nsAccountLock=TRUE" },
	{ MAPPING_389, "krbPrincipalExpiration<now" },
	{ MAPPING_389, "shadowExpire<=today" },
	/* draft-behera-ldap-password-policy, section 5.3.3: locked for good. Any other time is a
	 * lock-out by wrong passwords. */
	{ MAPPING_OPENLDAP, "pwdAccountLockedTime=000001010000Z" },
	{ MAPPING_OPENLDAP, "shadowExpire<=today" },
};

static const struct {
	const char *name;
	enum mapping_server server;
	bool none;
} names[] = {
	{ "ad", MAPPING_AD, false },
	{ "389", MAPPING_389, false },
	{ "openldap", MAPPING_OPENLDAP, false },
	{ "none", MAPPING_OTHER, true },
};

/* Of a server that nobody knows, all: the attributes of one mean nothing to another. */
static bool is_of(enum mapping_server rule, enum mapping_server server)
{
	return server == MAPPING_OTHER || rule == server;
}

static enum err add_rule(
	struct arena *arena, struct mapping *mapping, struct span text, struct why *why)
{
	struct grammar c = { .arena = arena,
		.mapping = mapping,
		.setting = "disabledRule",
		.text = text,
		.why = why };

	if (mapping->disabled_count == MAPPING_RULES_MAX)
		return fail(
			why, ERR_TOO_MANY, "disabledRule", "more than %d rules", MAPPING_RULES_MAX);
	enum err err = test_read(&c, true, &mapping->disabled[mapping->disabled_count]);
	mapping->disabled_count += !err;
	return err;
}

static enum err add_preset(
	struct arena *arena, struct mapping *mapping, enum mapping_server server, struct why *why)
{
	enum err err = OK;

	for (size_t i = 0; !err && i < sizeof(presets) / sizeof(presets[0]); i++)
		if (is_of(presets[i].server, server))
			err = add_rule(arena, mapping, span_str(presets[i].rule), why);
	return err;
}

static enum err add_named_preset(struct arena *arena, struct mapping *mapping,
	const struct mapping_texts *texts, struct why *why)
{
	if (texts->preset.len == 0)
		return add_preset(arena, mapping, texts->server, why);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal(texts->preset, span_str(names[i].name)))
			return names[i].none ? OK
					     : add_preset(arena, mapping, names[i].server, why);
	return fail(why, ERR_VALUE, "disabledPreset",
		"expected \"ad\", \"389\", \"openldap\" or \"none\"");
}

enum err disabled_compile(struct arena *arena, struct mapping *mapping,
	const struct mapping_texts *texts, struct why *why)
{
	enum err err = add_named_preset(arena, mapping, texts, why);

	for (size_t i = 0; !err && i < texts->disabled->count; i++)
		err = add_rule(arena, mapping, texts->disabled->rows[i], why);
	return err;
}

/* ---- deciding ---- */

void disabled_decide(struct evaluation *e, int64_t now, struct mapped *mapped)
{
	const struct test *holds = NULL, *first = NULL;

	for (size_t i = 0; i < e->mapping->disabled_count; i++) {
		const struct test *test = &e->mapping->disabled[i];
		int64_t due = test->kind >= TEST_DAY ? test_due(e, test) : 0;
		if (!holds && test_holds(e, test))
			holds = test;
		if (due != 0 && (!first || due < mapped->expiry)) {
			first = test;
			mapped->expiry = due;
		}
	}
	if (holds) {
		mapped->state = ENTRY_DISABLED;
		mapped->rule = holds->text;
	} else if (first && mapped->expiry <= now) {
		mapped->state = ENTRY_EXPIRED;
		mapped->rule = first->text;
	}
}
