/* Where the configuration allows less than the ceilings of base/limits.h, which the decoders keep.
 */
#include "in/ldap/answer_int.h"

#include "base/limits.h"
#include "wire/ldap_filter_tag.h"
#include "wire/tlv.h"

static bool has_parts(uint8_t choice)
{
	return choice == CHOICE_AND || choice == CHOICE_OR || choice == CHOICE_NOT;
}

static enum err check_filter(const struct ldap_limits *limits, struct span elements, unsigned depth,
	uint32_t *terms, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(elements);
	struct span value;
	uint8_t choice;
	enum err err = OK;

	while (err == OK && tlv_next(&in, &choice, &value)) {
		if (++*terms > limits->filter_terms)
			return fail(why, ERR_TOO_LARGE, NULL, "the filter has more than %u terms",
				limits->filter_terms);
		if (depth == limits->filter_depth)
			return fail(why, ERR_UNWILLING, NULL, "the filter is nested deeper than %u",
				limits->filter_depth);
		if (has_parts(choice))
			err = check_filter(limits, value, depth + 1, terms, why);
	}
	return err;
}

static enum err check_attributes(
	const struct ldap_limits *limits, struct span attributes, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(attributes);
	uint32_t count = 0;

	while (tlv_more(&in)) {
		tlv_take(&in, TLV_OCTETS);
		if (++count > limits->attributes)
			return fail(why, ERR_TOO_LARGE, NULL, "more than %u attributes",
				limits->attributes);
	}
	return OK;
}

enum err limits_check(
	const struct ldap_limits *limits, const struct search_request *request, struct why *why)
{
	uint32_t terms = 0;
	enum err err = OK;

	if (limits->attributes < LIMIT_LDAP_ATTRIBUTES)
		err = check_attributes(limits, request->attributes, why);
	if (err == OK && (limits->filter_depth < LIMIT_FILTER_DEPTH ||
				 limits->filter_terms < LIMIT_FILTER_NODES))
		err = check_filter(limits, request->filter, 0, &terms, why);
	return err;
}
