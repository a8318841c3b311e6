#include "model/threshold.h"

uint64_t threshold_most(const struct threshold *threshold, uint64_t people)
{
	uint64_t share = people * threshold->percent / 100;
	return share > threshold->count ? share : threshold->count;
}

bool threshold_is_large(uint64_t at_once, uint64_t people)
{
	return at_once >= THRESHOLD_SMALL_COUNT && at_once * 100 > people * THRESHOLD_SMALL_PERCENT;
}

void slots_add(struct slot *slots, size_t count, int64_t length, int64_t wall, int32_t net)
{
	uint32_t at = (uint32_t)(wall / length);
	if (slots[at % count].at != at)
		slots[at % count] = (struct slot){ at, 0 };
	slots[at % count].net += net;
}

int64_t slots_net(const struct slot *slots, size_t count, int64_t length, int64_t wall)
{
	uint32_t at = (uint32_t)(wall / length);
	int64_t net = 0;
	for (size_t i = 0; i < count; i++)
		if (at - slots[i].at < count)
			net += slots[i].net;
	return net > 0 ? net : 0;
}
