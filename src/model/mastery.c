#include "model/mastery.h"

#include "base/codec.h"
#include "model/patch.h"

static const struct {
	const char *word;
	enum mastery mastery;
} words[] = {
	{ "source", MASTERY_SOURCE },
	{ "local", MASTERY_LOCAL },
	{ "source_until_edited", MASTERY_UNTIL_EDITED },
	{ "merge", MASTERY_MERGE },
};

/* What people and directories both may say. */
static bool is_shared(enum attr attr)
{
	enum manner manner = attr == ATTR_NONE ? MANNER_FIELD : attr_manner(attr);

	return (manner == MANNER_SINGLE || manner == MANNER_SET) &&
	       (attr_row(attr)->kinds >> KIND_USER & 1) != 0 && attr != ATTR_PASSWORD &&
	       attr != ATTR_ACTIVE &&
	       !attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED | ATTR_INTERNAL);
}

enum err mastery_read(struct span text, enum attr *attr, enum mastery *mastery, struct why *why)
{
	struct span rule = text;
	struct span name = span_trim(span_cut(&rule, '='));
	char row[96];

	span_fit(row, sizeof(row), text);
	*attr = attr_by_name(name);
	if (*attr == ATTR_NONE)
		*attr = attr_by_ldap(name);
	if (!is_shared(*attr))
		return fail(why, ERR_VALUE, "authorityRule",
			"\"%s\": expected an attribute that a directory may give", row);
	rule = span_trim(rule);
	*mastery = MASTERY_NONE;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_equal(rule, span_str(words[i].word)))
			*mastery = words[i].mastery;
	if (*mastery == MASTERY_NONE)
		return fail(why, ERR_VALUE, "authorityRule",
			"\"%s\": expected source, local, source_until_edited or merge", row);
	if (*mastery == MASTERY_MERGE && attr_has(*attr, ATTR_SINGLE))
		return fail(why, ERR_VALUE, "authorityRule",
			"\"%s\": there is one value, so nothing to merge", row);
	return OK;
}

bool attr_is_nobodys(enum attr attr)
{
	switch (attr) {
	case ATTR_ACTIVE:
	case ATTR_STATUS_REASON:
	case ATTR_INVITED:
	case ATTR_MUST_CHANGE:
	case ATTR_EMAIL_VERIFIED:
	case ATTR_EXTERNAL_ID:
	case ATTR_ROLE_CLAIM:
	case ATTR_ROLE_CLAIM_DISPLAY:
	case ATTR_ROLE_CLAIM_TYPE:
	case ATTR_ROLE_CLAIM_PRIMARY:
		return true;
	default:
		return false;
	}
}

struct base_reader base_begin(struct span octets)
{
	return (struct base_reader){ span_from(octets, 2) };
}

bool base_next(struct base_reader *reader, struct value *value)
{
	struct reader in = reader_of(reader->rest);

	if (reader->rest.len == 0)
		return false;
	*value = (struct value){ .attr = read_u16(&in), .instance = read_u16(&in) };
	value->octets = read_span(&in);
	if (in.bad || value->attr >= ATTR_LIMIT)
		return false;
	reader->rest = span_of(in.at, (size_t)(in.end - in.at));
	return true;
}
