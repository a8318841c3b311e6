/* SCIM filters (RFC 7644 section 3.4.2.2) into the model's filter tree. */
#ifndef WIRE_SCIM_FILTER_H
#define WIRE_SCIM_FILTER_H

#include "model/filter.h"
#include "wire/scim_schema.h"

/* What a resource shows of other entries ("groups.display", "members.value", "roles.value") is
 * filtered too. Of several values one must hold, also with "ne". A value may lack its quotes
 * (Entra). ERR_FILTER for bad grammar, unknown or secret attributes, a comparison that the
 * attribute's type does not have, a value of another type, or over LIMIT_SCIM_FILTER_TEXT,
 * LIMIT_SCIM_FILTER_NODES, LIMIT_FILTER_DEPTH. References ("members.value") keep the id as text in
 * `value`, for the search to resolve. */
enum err scim_filter_parse(struct arena *arena, const struct scim_type *type, struct span text,
	struct filter **filter, struct why *why);
/* The same over resources of several types: of what a type has not it has no value; ERR_FILTER
 * naming what none of them has. */
enum err scim_filter_parse_among(struct arena *arena, const struct scim_type *const *types,
	size_t count, struct span text, struct filter **filter, struct why *why);
/* The same where attributes also have other names: `name` gives the attribute of the kind, or
 * ATTR_NONE; then the type's paths are tried, unless it is NULL. */
enum err scim_filter_parse_named(struct arena *arena, const struct scim_type *type, unsigned kind,
	enum attr (*name)(unsigned kind, struct span word), struct span text,
	struct filter **filter, struct why *why);
/* What stands between the brackets of a value path: a filter on the parts of one attribute. */
enum err scim_value_filter_parse(struct arena *arena, const struct scim_type *type,
	const struct scim_attribute *attribute, struct span text, struct filter **filter,
	struct why *why);
/* The length up to the bracket that closes a value path, brackets in strings not counted; text.len
 * when there is none. */
size_t scim_bracket_end(struct span text);

#endif
