#include "in/sync/limits.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define QUIET (SECOND / 10)
#define PATIENCE (7 * SECOND / 10)
#define PATIENCE_FOR_MANY (10 * SECOND)
#define MANY 20

#define SMALL_COUNT 3    /* from so many deactivations on ... */
#define SMALL_PERCENT 20 /* ... this share of the people holds even below the count */

static uint32_t hour_of(int64_t wall)
{
	return (uint32_t)(wall / (3600 * SECOND));
}

void window_add(struct window *window, int64_t wall, int32_t net)
{
	uint32_t hour = hour_of(wall);

	if (window->slots[hour % 24].hour != hour) {
		window->slots[hour % 24].hour = hour;
		window->slots[hour % 24].net = 0;
	}
	window->slots[hour % 24].net += net;
}

int64_t window_net(const struct window *window, int64_t wall)
{
	uint32_t hour = hour_of(wall);
	int64_t net = 0;

	for (size_t i = 0; i < 24; i++)
		if (hour - window->slots[i].hour < 24)
			net += window->slots[i].net;
	return net > 0 ? net : 0;
}

bool limits_hold(const struct limits *limits, const struct tally *tally, char *text, size_t size)
{
	uint64_t share = tally->people * limits->percent / 100;
	uint64_t most = share > limits->count ? share : limits->count;

	if (tally->complete && tally->came == 0 && tally->people > 0) {
		snprintf(text, size, "the directory named nobody, and %" PRIu64 " people are known",
			tally->people);
		return true;
	}
	if (tally->groups_lost > 0) {
		snprintf(text, size, "%" PRIu64 " mapped groups would lose their members",
			tally->groups_lost);
		return true;
	}
	if (tally->deactivations > 0 && tally->deactivations + (uint64_t)tally->net > most) {
		snprintf(text, size,
			"%" PRIu64 " of %" PRIu64 " people would be deactivated, %" PRId64
			" more were in 24 hours; the limit is %" PRIu64,
			tally->deactivations, tally->people, tally->net, most);
		return true;
	}
	if (tally->deactivations >= SMALL_COUNT &&
		tally->deactivations * 100 > tally->people * SMALL_PERCENT) {
		snprintf(text, size,
			"%" PRIu64 " of %" PRIu64 " people would be deactivated, more than %d %%",
			tally->deactivations, tally->people, SMALL_PERCENT);
		return true;
	}
	return false;
}

int64_t debounce_due(const struct debounce *debounce)
{
	if (debounce->deactivations == 0)
		return debounce->last;
	int64_t patience = debounce->deactivations < MANY ? PATIENCE : PATIENCE_FOR_MANY;
	int64_t quiet = debounce->last + QUIET;
	int64_t latest = debounce->first + patience;
	return quiet < latest ? quiet : latest;
}
