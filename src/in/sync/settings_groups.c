#include "in/sync/bounds.h"
#include "in/sync/settings_int.h"

static enum err add_target(struct settings *settings, struct span text, struct why *why)
{
	struct target target;

	if (!target_parse(text, &target))
		return fail(why, ERR_VALUE, "groupMap",
			"expected <group>=role:<name>, =scope:<name> or =group:<name>, or "
			"scope=<attribute>");
	if (target.attr != ATTR_NONE &&
		(!mapping_gives(settings->mapping, target.attr) || attr_is_hidden(target.attr)))
		return fail(why, ERR_VALUE, "groupMap",
			"the directory does not give people the attribute that names the scope");
	if (settings->target_count == TARGETS_MAX)
		return fail(why, ERR_TOO_MANY, "groupMap", "more than %d rows", TARGETS_MAX);
	settings->targets[settings->target_count++] = target;
	return OK;
}

static void add_approvals(const struct entry *entry, struct settings *settings)
{
	const struct value *value;

	for (size_t i = 0; (value = entry_value(entry, ATTR_GRANT_APPROVED, i)); i++)
		if (settings->approved_count < LIMIT_GRANTS &&
			grant_parse(value->octets, &settings->approved[settings->approved_count]))
			settings->approved_count++;
}

enum err settings_read_groups(const struct entry *entry, struct settings *settings, struct why *why)
{
	const struct value *value;
	enum err err = OK;

	for (size_t i = 0; !err && (value = entry_value(entry, ATTR_GROUP_MAPPING, i)); i++)
		err = add_target(settings, value->octets, why);
	add_approvals(entry, settings);
	settings->group_depth = (uint32_t)bounds_number(entry, ATTR_GROUP_DEPTH);
	settings->keeps_gone = span_equal(entry_first(entry, ATTR_GROUP_GONE), SPAN("keep"));
	return err;
}
