#include "base/clock.h"
#include "base/limits.h"
#include "in/sync/sync_int.h"

#include <stdlib.h>

#define GROUP_LEVELS_MAX 1024
#define RUN_TOUCHES_MAX (2 * (size_t)LIMIT_SYNC_ENTRIES)
#define RUN_OCTETS_MAX (2 * (uint64_t)LIMIT_SYNC_OCTETS)

void run_init(struct sync_run *run, const char *folder)
{
	memset(run, 0, sizeof(*run));
	run->texts = arena_new();
	spool_open(&run->spool, folder);
	draft_init(&run->draft, folder);
	ahead_reset(&run->ahead);
}

void run_free(struct sync_run *run)
{
	spool_close(&run->spool);
	touch_free(&run->touches);
	join_claims_free(&run->claims);
	arena_free(run->texts);
	bits_free(&run->seen);
	crowd_free(&run->groups_changed);
	ahead_free(&run->ahead);
	draft_free(&run->draft);
	free(run->losses);
}

void run_begin(struct job *job, bool full)
{
	struct sync_run *run = &job->run;

	spool_reset(&run->spool);
	touch_reset(&run->touches);
	join_claims_reset(&run->claims);
	bits_clear(&run->seen);
	crowd_clear(&run->groups_changed);
	ahead_reset(&run->ahead);
	draft_reset(&run->draft);
	run->full = full;
	run->complete = run->want_full = run->has_cookie = run->arrivals = false;
	run->group_gone = run->nested_gone = false;
	run->stays_active = run->following = run->placed = run->half_read = false;
	run->loss_count = 0;
	arena_reset(run->texts);
	run->group = (struct arriving){ 0 };
	run->came = 0;
	run->rows = 0;
	run->debounce = (struct debounce){ 0 };
	run->counts = run->fed = (struct sync_counts){ 0 };
}

bool run_is_empty(const struct sync_run *run)
{
	return run->rows == 0 && !run->has_cookie;
}

static bool is_unchanged(
	struct job *job, const struct row *row, const struct record *record, bool gone)
{
	uint8_t digest[32];

	if (gone != (row->state != ENTRY_ACTIVE))
		return false;
	link_digest(row, digest);
	return link_has_digest(job, record, digest) && !join_has_unread(job, &row->anchor);
}

static const enum loss_reason by_state[ENTRY_STATES] = {
	[ENTRY_DISABLED] = LOSS_DISABLED,
	[ENTRY_EXPIRED] = LOSS_EXPIRED,
	[ENTRY_OUT_OF_SCOPE] = LOSS_OUT_OF_SCOPE,
};

static struct span rule_of(struct sync_run *run, const struct row *row)
{
	if (row->state != ENTRY_OUT_OF_SCOPE)
		return SPAN_NONE;
	if (row->rule.len == 0)
		return run_left_to(run, row->dn);
	return span_str(
		arena_printf(run->texts, "left scope by rule \"%.*s\"", SPAN_ARGS(row->rule)));
}

static void feed_user(struct job *job, struct span frame, const struct row *row)
{
	struct sync_run *run = &job->run;
	struct record record;
	bool known = link_find(job, &row->anchor, &record) && record.kind == KIND_USER;
	struct touch *touch = touch_find(&run->touches, &row->anchor);
	bool gone = known && link_is_gone(job, &record);

	/* Nobody here comes into being by being out of scope. */
	if (!known && row->state == ENTRY_OUT_OF_SCOPE)
		return;
	run->came++;
	if (known)
		bits_set(&run->seen, record.number);
	/* A row that says what is stored still counts when the run holds another of the same. */
	if (known && !touch && is_unchanged(job, row, &record, gone)) {
		run->fed.unchanged++;
		return;
	}
	touch = touch_add(&run->touches, &row->anchor);
	touch->dead = false;
	touch->at = spool_end(&run->spool);
	run_take_back_loss(run, touch);
	if (known && row->state != ENTRY_ACTIVE && !gone)
		run_set_loss(job, touch, &record, by_state[row->state], rule_of(run, row));
	spool_put(&run->spool, frame);
}

static void begin_group(struct job *job, struct span frame, const struct row *row)
{
	struct sync_run *run = &job->run;

	run->group = (struct arriving){
		.open = true, .begin = spool_end(&run->spool), .anchor = row->anchor
	};
	link_digest(row, run->group.digest);
	spool_put(&run->spool, frame);
}

/* Does a target hang on this group or on one that holds it? */
bool run_is_mapped(struct job *job, uint32_t group)
{
	uint32_t groups[GROUP_LEVELS_MAX];
	size_t count = 1;
	struct record record;

	groups[0] = group;
	for (size_t i = 0; i < count; i++) {
		struct uuid anchor;
		if (!view_entry(job->view, job->tenant, KIND_GROUP, groups[i], &record))
			continue;
		if (link_of(&record, job->settings.source, &anchor) && grants_pinned(job, &anchor))
			return true;
		enum kind kind;
		uint32_t number;
		struct container_walk *walk = view_containers(
			job->view, job->arena, job->tenant, groups[i], 1u << KIND_GROUP);
		while (count < GROUP_LEVELS_MAX && container_walk_next(walk, &kind, &number)) {
			bool there = false;
			for (size_t k = 0; k < count && !there; k++)
				there = groups[k] == number;
			if (!there)
				groups[count++] = number;
		}
		container_walk_close(walk);
	}
	return false;
}

bool run_is_most(const struct job *job, uint64_t lost, uint64_t members)
{
	return members > 0 &&
	       lost * 100 >= members * job->settings.limits.numbers[LIMIT_OF_MEMBER_DROP];
}

bool run_is_drained(const struct job *job, const struct pin *pin, uint32_t left)
{
	uint32_t most = pin_highest(pin, clock_wall());

	return most >= RUN_DRAINED_FROM && left < most && run_is_most(job, most - left, most);
}

/* The digest of the stored group and of the arrived one decide, before anything is kept. */
static void end_group(struct job *job)
{
	struct sync_run *run = &job->run;
	struct arriving *group = &run->group;
	struct record record;

	group->open = false;
	bool known = link_find(job, &group->anchor, &record) && record.kind == KIND_GROUP;
	struct touch *touch = touch_find(&run->touches, &group->anchor);
	if (known)
		bits_set(&run->seen, record.number);
	if (known && !touch && !group->partly && link_has_digest(job, &record, group->digest)) {
		spool_truncate(&run->spool, group->begin);
		run->fed.unchanged++;
		return;
	}
	touch = touch_add(&run->touches, &group->anchor);
	touch->dead = false;
	touch->at = group->begin;
	if (!group->partly)
		touch->whole_at = group->begin;
	run_take_back_loss(run, touch);
}

static enum err feed_members(
	struct job *job, struct span frame, const struct row *row, struct why *why)
{
	struct arriving *group = &job->run.group;

	if (!group->open)
		return fail(why, ERR_PROTOCOL, NULL, "members without their group");
	group->partly |= row->delta != MEMBERS_ALL;
	for (size_t i = 0; i < row->member_count; i++)
		link_digest_add(group->digest, &row->members[i]);
	spool_put(&job->run.spool, frame);
	if (!row->members_follow)
		end_group(job);
	return OK;
}

/* False: nobody here is known by the anchor. */
static bool feed_gone(struct job *job, const struct uuid *anchor)
{
	struct sync_run *run = &job->run;
	struct touch *touch = touch_find(&run->touches, anchor);
	struct record record;

	if (touch)
		touch->dead = true;
	if (!link_find(job, anchor, &record))
		return false;
	touch = touch_add(&run->touches, anchor);
	touch->dead = true;
	if (record.kind == KIND_GROUP)
		run_set_loss(job, touch, &record, LOSS_GROUP_GONE, SPAN_NONE);
	else if (!link_is_gone(job, &record))
		run_set_loss(job, touch, &record, LOSS_DELETED, SPAN_NONE);
	return true;
}

static void feed_present(struct job *job, const struct uuid *anchor)
{
	struct record record;

	if (!link_find(job, anchor, &record))
		return;
	bits_set(&job->run.seen, record.number);
	if (record.kind == KIND_USER)
		job->run.came++;
}

static enum err feed_entry(
	struct job *job, struct span frame, const struct row *row, struct why *why)
{
	if (job->run.group.open)
		return fail(why, ERR_PROTOCOL, NULL, "a group without its members");
	switch (row->class) {
	case CLASS_USER:
		feed_user(job, frame, row);
		break;
	case CLASS_GROUP:
		if (row->state == ENTRY_OUT_OF_SCOPE)
			feed_gone(job, &row->anchor);
		else
			begin_group(job, frame, row);
		break;
	case CLASS_OU:
		/* A renamed or moved one says nothing about its children. */
		if (!job->run.full)
			job->run.want_full = true;
		break;
	case CLASS_OTHER:
		/* Who was a person or a group is there, whatever it is now: neither gone nor a
		 * sign that the server did not name all. */
		feed_present(job, &row->anchor);
		break;
	}
	return OK;
}

bool run_takes_away(struct job *job, const struct uuid *anchor)
{
	const struct sync_run *run = &job->run;
	const struct touch *touch = touch_find(&run->touches, anchor);

	return touch && touch->loss && run->losses[touch->loss - 1].kind == KIND_USER &&
	       run->losses[touch->loss - 1].reason != LOSS_NONE;
}

bool run_is_weighty(struct job *job, const struct loss *loss)
{
	if (loss->kind != KIND_GROUP || loss->reason == LOSS_NONE || grants_keep(job, loss))
		return false;
	const struct pin *pin = inside_find(&job->run.draft.inside, &loss->anchor);

	return grants_drained(job, &loss->anchor) ||
	       (run_is_mapped(job, loss->number) &&
		       ((pin && run_is_drained(job, pin, 0)) ||
			       roles_people_below(job, loss->number) >= RUN_DRAINED_FROM));
}

static void feed_deleted(struct job *job, const struct uuid *anchor)
{
	/* An OU that is gone took its children along, and nobody names them. */
	if (!feed_gone(job, anchor) && !touch_find(&job->run.touches, anchor))
		job->run.want_full = true;
}

/* It is there; what it says cannot be used, so what is known of it stays. */
static void feed_skipped(struct job *job, struct span frame, const struct row *row)
{
	struct sync_run *run = &job->run;
	struct touch *touch;
	char text[128];

	feed_present(job, &row->anchor);
	status_text(text, sizeof(text), row->text);
	status_note(job, "an entry was left out: %s", text);
	run->fed.held++;
	if (uuid_is_nil(&row->anchor))
		return;
	touch = touch_add(&run->touches, &row->anchor);
	touch->dead = false;
	touch->at = spool_end(&run->spool);
	run_take_back_loss(run, touch);
	spool_put(&run->spool, frame);
}

static void feed_ids(struct job *job, const struct row *row)
{
	struct uuid anchor;

	for (size_t i = 0; i < row->id_count; i++) {
		memcpy(anchor.octets, row->ids.data + 16 * i, 16);
		if (row->deletes)
			feed_deleted(job, &anchor);
		else
			feed_present(job, &anchor);
	}
}

static void feed_cookie(struct sync_run *run, struct span cookie)
{
	memcpy(run->cookie, cookie.data, cookie.len);
	run->cookie_len = cookie.len;
	run->has_cookie = true;
}

enum err run_feed(struct job *job, struct span frame, const struct row *row, struct why *why)
{
	struct sync_run *run = &job->run;

	if (row->type != FRAME_COOKIE)
		run->rows++;
	/* The child ends sooner; whoever sends that much is none. */
	if (run->touches.count > RUN_TOUCHES_MAX || spool_end(&run->spool) > RUN_OCTETS_MAX)
		return fail(why, ERR_PROTOCOL, NULL, "more than a directory may hold");
	switch (row->type) {
	case FRAME_ENTRY:
		return feed_entry(job, frame, row, why);
	case FRAME_MEMBERS:
		return feed_members(job, frame, row, why);
	case FRAME_SKIPPED:
		feed_skipped(job, frame, row);
		return OK;
	case FRAME_DELETED:
		feed_deleted(job, &row->anchor);
		return OK;
	case FRAME_IDS:
		feed_ids(job, row);
		return OK;
	case FRAME_COOKIE:
		feed_cookie(run, row->cookie);
		return OK;
	default:
		return fail(why, ERR_PROTOCOL, NULL, "an unexpected frame");
	}
}

static void count_person(struct job *job, const struct record *record, bool absence)
{
	struct uuid anchor;

	if (!link_of(record, job->settings.source, &anchor))
		return;
	if (record->kind == KIND_USER && link_is_gone(job, record))
		return;
	if (record->kind == KIND_USER)
		job->run.people++;
	else
		job->memory.groups++;
	if (!absence || bits_has(&job->run.seen, record->number))
		return;
	struct touch *touch = touch_add(&job->run.touches, &anchor);
	if (touch->loss != 0)
		return;
	run_set_loss(job, touch, record, record->kind == KIND_GROUP ? LOSS_GROUP_GONE : LOSS_ABSENT,
		SPAN_NONE);
	job->run.losses[touch->loss - 1].absent = true;
}

enum err run_absent(struct job *job, struct why *why)
{
	struct search_spec spec = { .actor = &job->keeper,
		.tenant = job->tenant,
		.kinds = 1u << KIND_USER | 1u << KIND_GROUP };
	struct search *search;
	struct record record;
	unsigned budget = UINT32_MAX;

	job->run.people = job->memory.groups = 0;
	enum err err = search_open(job->view, job->arena, &spec, &search, why);
	if (err)
		return err;
	while (search_next(search, &budget, &record) == STEP_FOUND)
		count_person(job, &record, job->run.complete);
	search_close(search);
	return view_error(job->view, why);
}
