/* How the administration calls an attribute that the core refuses: the core spells it as SCIM
 * does, but whoever asked said it by the name of an argument. */
#include "in/admin/directory_int.h"
#include "in/admin/user_int.h"

#include <ctype.h>
#include <stdio.h>

static const struct {
	enum attr attr;
	const char *argument;
} arguments[] = {
	{ ATTR_COMMON_NAME, "name" },
	{ ATTR_COMMON_NAME, "role" },
	{ ATTR_COMMON_NAME, "scope" },
	{ ATTR_COMMON_NAME, "app" },
	{ ATTR_COMMON_NAME, "permission" },
	{ ATTR_DISPLAY_NAME, "role" },
	{ ATTR_DISPLAY_NAME, "scope" },
	{ ATTR_USER_NAME, "user" },
	{ ATTR_STATUS_REASON, "reason" },
	{ ATTR_PERMISSION, "permissions" },
	{ ATTR_TIME_ZONE, "timezone" },
	{ ATTR_RESTORABLE, "id" },
	{ ATTR_CLIENT_TYPE, "type" },
	{ ATTR_OWNER, "user" },
	{ ATTR_EXPIRES, "days" },
};

static enum attr attr_spelled(const char *spelled)
{
	for (unsigned attr = ATTR_NONE + 1; attr < ATTR_LIMIT; attr++)
		if (attr_row((enum attr)attr)->name &&
			strcmp(attr_spelling((enum attr)attr), spelled) == 0)
			return (enum attr)attr;
	return ATTR_NONE;
}

static bool takes(enum operation operation, const char *argument)
{
	struct argument found;

	return argument && operation_argument(operation, span_str(argument), &found);
}

/* "groupFilter" is "group_filter", and a part of the list "maps" is "map". */
static const char *snake_spelling(
	struct arena *arena, enum operation operation, const char *spelled)
{
	struct buffer snake;

	buffer_init(&snake, 128);
	for (const char *c = spelled; *c; c++)
		buffer_putf(&snake, isupper((unsigned char)*c) ? "_%c" : "%c",
			tolower((unsigned char)*c));
	char *one = arena_string(arena, buffer_span(&snake));
	buffer_free(&snake);
	char *several = arena_printf(arena, "%ss", one);
	if (takes(operation, one))
		return one;
	return takes(operation, several) ? several : spelled;
}

const char *admin_spelling(struct arena *arena, enum operation operation, const char *spelled)
{
	enum attr attr = attr_spelled(spelled);

	if (attr == ATTR_NONE)
		return snake_spelling(arena, operation, spelled);
	if (takes(operation, user_argument(attr)))
		return user_argument(attr);
	if (takes(operation, directory_argument(attr)))
		return directory_argument(attr);
	for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
		if (arguments[i].attr == attr && takes(operation, arguments[i].argument))
			return arguments[i].argument;
	return lower_name(arena, attr_row(attr)->name);
}
