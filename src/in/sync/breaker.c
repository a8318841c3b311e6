#include "in/sync/breaker.h"

#include "base/clock.h"

#define FAILURES 3
#define FIRST SECOND
#define LONGEST (30 * SECOND)
#define SHUT (300 * SECOND)

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now)
{
	if (breaker->failures < FAILURES)
		return BREAKER_CLOSED;
	return now < breaker->until ? BREAKER_OPEN : BREAKER_TRIAL;
}

void breaker_failed(struct breaker *breaker, int64_t now)
{
	if (++breaker->failures < FAILURES)
		return;
	unsigned more = breaker->failures - FAILURES;
	int64_t wait = more < 5 ? FIRST << more : LONGEST;
	breaker->until = now + (wait < LONGEST ? wait : LONGEST);
}

void breaker_shut(struct breaker *breaker, int64_t now)
{
	if (breaker->failures < FAILURES)
		breaker->failures = FAILURES;
	breaker->until = now + SHUT;
}

void breaker_answered(struct breaker *breaker)
{
	*breaker = (struct breaker){ 0 };
}
