#include "core/decide_int.h"

#include "base/limits.h"

/* Whoever may is in both of two sets that indexes know: those to whom the permission was given (the
 * members of roles with it, and superusers) and, where a scope is asked for, those who see it (its
 * members, and those with full access). The smaller one is walked, and each of it is judged as
 * view_decide judges. */
#define STREAMS_MAX 33

struct stream {
	struct walk *walk;
	uint32_t at; /* 0: none yet */
	bool ended;
};

/* The union of walks. */
struct crowd {
	struct stream streams[STREAMS_MAX];
	size_t count;
	bool known; /* false: the indexes do not tell; everybody may be in it */
};

static void crowd_add(struct crowd *crowd, struct walk *walk)
{
	crowd->streams[crowd->count++].walk = walk;
}

static void crowd_close(struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->count; i++)
		walk_close(crowd->streams[i].walk);
	crowd->count = 0;
}

static uint64_t crowd_estimate(const struct crowd *crowd)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < crowd->count; i++)
		sum += walk_estimate(crowd->streams[i].walk);
	return sum;
}

static bool crowd_next(struct crowd *crowd, uint32_t least, uint32_t *number)
{
	bool found = false;
	for (size_t i = 0; i < crowd->count; i++) {
		struct stream *stream = &crowd->streams[i];
		if (!stream->ended && stream->at < least)
			stream->ended = !walk_next(stream->walk, least, &stream->at);
		if (!stream->ended && (!found || stream->at < *number)) {
			*number = stream->at;
			found = true;
		}
	}
	return found;
}

static struct walk *fully_trusted(const struct moment *moment)
{
	return walk_entries(moment, KIND_USER, ATTR_FULL_ACCESS, SPAN("TRUE"));
}

/* So many roles that as many cursors would be dear: everybody is looked at. */
static void gather_granted(
	struct crowd *crowd, const struct ground *ground, const struct moment *moment)
{
	struct record record;
	uint32_t role = 0;
	struct walk *roles =
		walk_entries(moment, KIND_ROLE, ATTR_PERMISSION, ground->permission.codename);
	crowd->known = true;
	while (crowd->known && walk_next(roles, role + 1, &role)) {
		if (!moment_entry(moment, KIND_ROLE, role, &record))
			continue;
		if (crowd->count == STREAMS_MAX - 1)
			crowd->known = false;
		else
			crowd_add(crowd, walk_members(moment, role));
	}
	walk_close(roles);
	if (ground->full_access == FULL_ACCESS_SUPERUSER)
		crowd_add(crowd, fully_trusted(moment));
	if (!crowd->known)
		crowd_close(crowd);
}

static void gather_scoped(
	struct crowd *crowd, const struct ground *ground, const struct moment *moment)
{
	crowd->known = ground->permission.scoped && ground->empty_means == EMPTY_MEANS_NONE;
	if (!crowd->known)
		return;
	if (ground->scope)
		crowd_add(crowd, walk_members(moment, ground->scope));
	if (ground->full_access != FULL_ACCESS_OFF)
		crowd_add(crowd, fully_trusted(moment));
}

static void choose(struct crowd *crowd, const struct ground *ground, const struct moment *moment)
{
	struct crowd scoped = { .count = 0 };
	gather_granted(crowd, ground, moment);
	gather_scoped(&scoped, ground, moment);
	if (scoped.known && (!crowd->known || crowd_estimate(&scoped) < crowd_estimate(crowd))) {
		crowd_close(crowd);
		*crowd = scoped;
		return;
	}
	crowd_close(&scoped);
	if (!crowd->known)
		crowd_add(crowd, walk_entries(moment, KIND_USER, ATTR_NONE, SPAN_NONE));
}

static void judge_each(struct view *view, const struct ground *ground, struct crowd *crowd,
	uint32_t after, size_t limit, struct holders *holders)
{
	uint32_t number = after;
	unsigned budget = LIMIT_HOLDERS_EXAMINED;
	while (number != UINT32_MAX && crowd_next(crowd, number + 1, &number)) {
		arena_reset(view->scratch);
		if (ground_judge(ground, KIND_USER, number) == 0)
			holders->numbers[holders->count++] = number;
		if (holders->count == limit || --budget == 0) {
			holders->next = number;
			return;
		}
	}
}

enum err view_holders(struct view *view, struct arena *arena, const struct query *query,
	uint32_t after, size_t limit, struct holders *holders, struct why *why)
{
	struct ground ground;
	struct holders found = { .count = 0 };
	struct moment moment = moment_of(view->txn, arena, query->tenant, query->past);
	limit = limit && limit < LIMIT_PAGE ? limit : LIMIT_PAGE;
	found.numbers = arena_array(arena, limit, sizeof *found.numbers);
	ground_lay(&ground, view, arena, query);
	found.missing = ground.missing;
	if (ground.missing == 0) {
		struct crowd crowd = { .count = 0 };
		choose(&crowd, &ground, &moment);
		ground.moment.arena = view->scratch;
		judge_each(view, &ground, &crowd, after, limit, &found);
		crowd_close(&crowd);
	}
	enum err err = txn_error(view->txn, why);
	if (!err)
		*holders = found;
	return err;
}
