/* Virtual list views, draft-ietf-ldapext-ldapv3-vlv-09: a window on what is sorted, around a
 * target.
 */
#include "in/ldap/search_int.h"

/* Section 5.1: the client's offset is a share of the list as long as the client thinks that it is.
 * From 1; 0: outside. */
static size_t target_of_offset(const struct vlv *request, size_t count)
{
	uint64_t offset = (uint64_t)request->offset, of = (uint64_t)request->count;

	if (count == 0)
		return 0;
	if (offset == of)
		return count;
	if (offset <= 1)
		return 1;
	if (of == 0)
		return offset <= count ? offset : 0;
	if (offset > of)
		return 0;
	return count * offset / of > 0 ? count * offset / of : 1;
}

/* The first that is not before the value, in the order of the list; behind the last when there is
 * none. False: the budget ended. */
static bool target_of_value(struct search_run *run, unsigned *budget, size_t *target)
{
	struct sorting *sorting = run->sorting;
	uint8_t key[GATHER_KEY_MAX];
	size_t len = 0;

	sort_put_value(
		run->conn->shard->turn, &sorting->by[0], run->viewing->request.value, key, &len);
	for (; sorting->next < gather_count(sorting->gather); sorting->next++) {
		struct gathered item;

		if (!gather_order(sorting->gather, sorting->next + 1, budget))
			return false;
		item = gather_at(sorting->gather, sorting->next);
		if (span_compare(item.key, span_of(key, len)) >= 0)
			break;
	}
	*target = sorting->next + 1;
	return true;
}

bool search_place_view(struct search_run *run, unsigned *budget)
{
	struct viewing *viewing = run->viewing;
	const struct vlv *request = &viewing->request;
	struct sorting *sorting = run->sorting;
	size_t count = gather_count(sorting->gather), target = 0, before = (size_t)request->before;
	size_t behind;

	if (!request->by_value)
		target = target_of_offset(request, count);
	else if (count > 0 && !target_of_value(run, budget, &target))
		return false;
	viewing->placed = true;
	viewing->count = (int32_t)count;
	viewing->target = (int32_t)target;
	if (target == 0) {
		viewing->result = count > 0 ? RESULT_OFFSET_RANGE : RESULT_SUCCESS;
		sorting->next = sorting->end = 0;
		return true;
	}
	behind = target - 1;
	sorting->next = before < behind ? behind - before : 0;
	behind = target + (size_t)request->after;
	sorting->end = behind < count ? behind : count;
	return true;
}
