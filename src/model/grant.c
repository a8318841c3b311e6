#include "model/grant.h"

#include <inttypes.h>

struct span grant_text(struct arena *arena, const struct grant *grant)
{
	char anchor[UUID_TEXT + 1], role[UUID_TEXT + 1];

	uuid_format(&grant->anchor, anchor);
	uuid_format(&grant->role, role);
	return span_str(arena_printf(arena, "%s %s %" PRIx64, anchor, role, grant->power));
}

static bool parse_power(struct span text, uint64_t *power)
{
	*power = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (c >= '0' && c <= '9')
			*power = *power << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*power = *power << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return text.len > 0 && text.len <= 16;
}

bool grant_parse(struct span text, struct grant *grant)
{
	struct span anchor = span_cut(&text, ' '), role = span_cut(&text, ' ');

	return uuid_parse(anchor, &grant->anchor) && uuid_parse(role, &grant->role) &&
	       parse_power(text, &grant->power);
}

bool grant_covers(const struct grant *approved, const struct grant *asked)
{
	return uuid_equal(&approved->anchor, &asked->anchor) &&
	       uuid_equal(&approved->role, &asked->role) && (asked->power & ~approved->power) == 0;
}
