#include "base/clock.h"
#include "daemon/daemon.h"

#define DAY (86400 * SECOND)

/* What was said last, so that each token is named once a day, and again when it gets serious. */
struct said {
	struct uuid id;
	enum log_level level;
	int64_t at; /* monotonic */
};

static enum log_level level_of(int64_t left)
{
	return left <= DAY ? LOG_LEVEL_ERROR : left <= 7 * DAY ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;
}

static const struct said *find(const struct said *said, size_t count, const struct uuid *id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(&said[i].id, id))
			return &said[i];
	return NULL;
}

static void say(const struct expiry *expiry, enum log_level level, int64_t left)
{
	char text[TIME_TEXT_MAX];
	size_t len = time_format_rfc3339(expiry->expires, text);
	log_event(level, "token.expiring", L_STR("tenant", expiry->tenant),
		L_STR("token", expiry->name), L_INT("days", left / DAY),
		L_SPAN("expires", span_of(text, len)));
}

void expiry_warn(struct core *core)
{
	static struct said before[EXPIRY_MAX];
	static size_t before_count;
	struct said said[EXPIRY_MAX];
	struct expiry list[EXPIRY_MAX];
	size_t total = core_expiring(core, list, EXPIRY_MAX);
	size_t count = total < EXPIRY_MAX ? total : EXPIRY_MAX;
	int64_t now = clock_monotonic(), wall = clock_wall();

	for (size_t i = 0; i < count; i++) {
		int64_t left = list[i].expires - wall;
		const struct said *last = find(before, before_count, &list[i].id);

		said[i] = (struct said){ list[i].id, level_of(left), now };
		if (last && last->level <= said[i].level && now - last->at < DAY)
			said[i] = *last;
		else
			say(&list[i], said[i].level, left > 0 ? left : 0);
	}
	memcpy(before, said, count * sizeof *said);
	before_count = count;
}
