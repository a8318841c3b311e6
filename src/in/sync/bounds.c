#include "in/sync/bounds.h"

#include "in/sync/address.h"
#include "in/sync/frame.h"
#include "model/value.h"

#define CONTACTS_MAX 16

static const struct {
	enum attr attr;
	const char *name;
	uint64_t least, most, usual;
} numbers[] = {
	{ ATTR_POLL_SECONDS, "poll_seconds", 1, 86400, 0 }, /* 0: the connector's own */
	{ ATTR_FULL_SECONDS, "full_seconds", 60, 31 * 86400, 86400 },
	{ ATTR_PRECEDENCE, "precedence", 0, 1000, 100 },
	{ ATTR_GROUP_DEPTH, "group_depth", 0, 32, 16 },
	{ ATTR_GRACE_HOURS, "grace_hours", 0, 72, 0 },
};

static const struct {
	enum attr attr;
	const char *name;
	const char *words; /* between blanks */
} choices[] = {
	{ ATTR_CONNECTOR, "connector", " rfc4533 dirsync paged " },
	{ ATTR_GROUP_GONE, "group_gone", " keep remove " },
	{ ATTR_NO_EMAIL, "no_email", " hold create " },
};

static enum err check_numbers(const struct entry *directory, struct why *why)
{
	uint64_t number;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct span text = entry_first(directory, numbers[i].attr);

		if (text.len > 0 && (!span_to_u64(text, &number) || number < numbers[i].least ||
					    number > numbers[i].most))
			return fail(why, ERR_VALUE, numbers[i].name,
				"expected a number from %llu to %llu",
				(unsigned long long)numbers[i].least,
				(unsigned long long)numbers[i].most);
	}
	return OK;
}

static bool is_among(struct span words, struct span word)
{
	while (words.len > 0)
		if (span_equal(span_cut(&words, ' '), word))
			return true;
	return false;
}

static enum err check_choices(const struct entry *directory, struct why *why)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct span word = entry_first(directory, choices[i].attr);

		if (word.len > 0 && !is_among(span_str(choices[i].words), word))
			return fail(why, ERR_VALUE, choices[i].name, "expected one of:%s",
				choices[i].words);
	}
	return OK;
}

static enum err check_uris(const struct entry *directory, struct why *why)
{
	struct address address;
	const struct value *value;

	if (entry_value_count(directory, ATTR_FAILOVER_URI) >= ORDER_URIS_MAX)
		return fail(why, ERR_TOO_MANY, "failover_uris", "more than %d", ORDER_URIS_MAX - 1);
	for (size_t i = 0; (value = entry_value(directory, ATTR_FAILOVER_URI, i)); i++)
		if (address_parse(value->octets, &address, NULL) != OK)
			return fail(why, ERR_VALUE, "failover_uris",
				"expected ldap://host[:port] or ldaps://host[:port]");
	return OK;
}

static enum err check_contacts(const struct entry *directory, struct why *why)
{
	struct span canonical;
	const struct value *value;

	if (entry_value_count(directory, ATTR_CONTACT) > CONTACTS_MAX)
		return fail(why, ERR_TOO_MANY, "contacts",
			"at most %d addresses; a mailing list tells more", CONTACTS_MAX);
	for (size_t i = 0; (value = entry_value(directory, ATTR_CONTACT, i)); i++)
		if (value_canonical(
			    directory->arena, ATTR_EMAIL, value->octets, &canonical, NULL) != OK)
			return fail(why, ERR_VALUE, "contacts", "expected an e-mail address");
	return OK;
}

enum err bounds_check(const struct entry *directory, struct why *why)
{
	enum err err = check_numbers(directory, why);

	if (!err)
		err = check_choices(directory, why);
	if (!err)
		err = check_uris(directory, why);
	if (!err)
		err = check_contacts(directory, why);
	return err;
}

uint64_t bounds_number(const struct entry *directory, enum attr attr)
{
	uint64_t number;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].attr == attr)
			return span_to_u64(entry_first(directory, attr), &number)
				       ? number
				       : numbers[i].usual;
	return 0;
}
