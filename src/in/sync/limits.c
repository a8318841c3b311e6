#include "in/sync/limits.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define QUIET (SECOND / 10)
#define PATIENCE (7 * SECOND / 10)
#define PATIENCE_FOR_MANY (10 * SECOND)
#define MANY 20

#define HOUR (3600 * SECOND)

void window_add(struct window *window, int64_t wall, int32_t net)
{
	slots_add(window->slots, WINDOW_HOURS, HOUR, wall, net);
}

int64_t window_net(const struct window *window, int64_t wall)
{
	return slots_net(window->slots, WINDOW_HOURS, HOUR, wall);
}

bool limits_hold(const struct threshold *limits, const struct tally *tally, char *text, size_t size)
{
	uint64_t most = threshold_most(limits, tally->people);

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
	if (threshold_is_large(tally->deactivations, tally->people)) {
		snprintf(text, size,
			"%" PRIu64 " of %" PRIu64 " people would be deactivated, more than %d %%",
			tally->deactivations, tally->people, THRESHOLD_SMALL_PERCENT);
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
