#include "base/codec.h"
#include "base/hash.h"
#include "core/conflict.h"
#include "core/permission.h"
#include "in/sync/join_int.h"

/* ---- which group a row means ---- */

static struct pin *pin_of(struct job *job, size_t target)
{
	return &job->pins.rows[target];
}

static void pin_to(struct job *job, size_t target, const struct uuid *anchor)
{
	pin_of(job, target)->anchor = *anchor;
	job->pins.changed = true;
}

/* A group that was there before the run. */
static bool anchor_by_name(struct job *job, struct span name, struct uuid *anchor)
{
	struct record record;

	return view_by_name(job->view, job->arena, job->tenant, KIND_GROUP, name, &record) &&
	       link_of(&record, job->settings.source, anchor);
}

static void find_known(struct job *job)
{
	struct uuid anchor;

	for (size_t i = 0; i < job->settings.target_count; i++) {
		struct span group = job->settings.targets[i].group;
		if (group.len == 0 || !uuid_is_nil(&pin_of(job, i)->anchor))
			continue;
		if (uuid_parse(group, &anchor) || anchor_by_name(job, group, &anchor))
			pin_to(job, i, &anchor);
	}
}

static void read_pins(struct job *job)
{
	struct span value;

	if (!view_state(job->view, job->tenant, pins_key(job->arena, job->directory), &value))
		value = SPAN_NONE;
	pins_read(value, &job->pins);
}

/* What is known of a group stays so when its row is written anew. */
static void settle(struct job *job)
{
	struct pins *before = arena_alloc(job->arena, sizeof(*before));

	*before = job->pins;
	pins_settle(&job->pins, &job->settings);
	find_known(job);
	pins_inherit(&job->pins, before);
}

void grants_load(struct job *job)
{
	read_pins(job);
	settle(job);
}

bool grants_pinned(const struct job *job, const struct uuid *anchor)
{
	for (size_t i = 0; i < job->pins.count; i++)
		if (job->settings.targets[i].group.len > 0 &&
			uuid_equal(&job->pins.rows[i].anchor, anchor))
			return true;
	return false;
}

/* ---- who has left it within a day ---- */

bool grants_drained(const struct job *job, const struct uuid *anchor)
{
	for (size_t i = 0; i < job->pins.count; i++)
		if (job->settings.targets[i].group.len > 0 &&
			uuid_equal(&job->pins.rows[i].anchor, anchor) &&
			run_is_drained(job, &job->pins.rows[i], 0))
			return true;
	return false;
}

void grants_approved(struct job *job)
{
	for (size_t i = 0; i < job->pins.count; i++) {
		struct pin *pin = &job->pins.rows[i];
		if (!run_is_drained(job, pin, pin->people))
			continue;
		pin_forget(pin);
		job->pins.changed = true;
	}
}

/* ---- what it may give ---- */

bool grants_container(struct job *job, const struct target *target, struct record *record)
{
	return view_by_name(
		       job->view, job->arena, job->tenant, target->kind, target->name, record) &&
	       (target->kind != KIND_GROUP || !record_has(record, ATTR_LINK));
}

/* What lets people administer is not given because somebody upstream wrote a name into a group. */
static bool is_approved(
	const struct job *job, const struct uuid *anchor, const struct record *container)
{
	const struct grant asked = { *anchor, container->id, role_power(container) };

	if (container->kind != KIND_ROLE || asked.power == 0)
		return true;
	for (size_t i = 0; i < job->settings.approved_count; i++)
		if (grant_covers(&job->settings.approved[i], &asked))
			return true;
	return false;
}

enum pin_state grants_state(struct job *job, size_t target, struct member *who)
{
	const struct pin *pin = pin_of(job, target);
	struct record container;

	if (uuid_is_nil(&pin->anchor) || !ahead_find(job, &pin->anchor, who) ||
		who->kind != KIND_GROUP ||
		(!(who->number & MEMBER_NEW) && bits_has(&job->run.ahead.gone, who->number)))
		return PIN_UNSEEN;
	if (!grants_container(job, &job->settings.targets[target], &container))
		return PIN_MISSING;
	return is_approved(job, &pin->anchor, &container) ? PIN_GIVES : PIN_WAITS;
}

bool grants_gives(struct job *job, size_t target, struct member *who)
{
	return job->settings.targets[target].group.len > 0 &&
	       grants_state(job, target, who) == PIN_GIVES;
}

/* ---- a group that is gone ---- */

static bool is_confirmed(struct job *job, const struct uuid *anchor)
{
	struct record conflict;
	uint32_t number = 0;

	while (join_next(job, anchor, &number, &conflict))
		if (conflict_by_word(record_first(&conflict, ATTR_CONFLICT_TYPE)) ==
				CONFLICT_GROUP_GONE &&
			span_equal(record_first(&conflict, ATTR_CONFLICT_STATE),
				span_str(resolution_state(RESOLUTION_APPROVE_ONCE))))
			return true;
	return false;
}

bool grants_keep(struct job *job, const struct loss *loss)
{
	return job->settings.keeps_gone && loss->reason == LOSS_GROUP_GONE &&
	       grants_pinned(job, &loss->anchor) && !is_confirmed(job, &loss->anchor);
}

/* ---- whether something is different ---- */

static void put_scopes(struct job *job, struct buffer *out)
{
	struct search_spec spec = {
		.actor = &job->keeper, .tenant = job->tenant, .kinds = 1u << KIND_SCOPE
	};
	unsigned budget = UINT32_MAX;
	struct search *search;
	struct record scope;

	if (search_open(job->view, job->arena, &spec, &search, NULL) != OK)
		return;
	while (search_next(search, &budget, &scope) == STEP_FOUND) {
		write_u32(out, scope.number);
		write_span(out, record_first(&scope, ATTR_COMMON_NAME));
	}
	search_close(search);
}

static void digest(struct job *job)
{
	const struct settings *settings = &job->settings;
	struct record container;
	struct buffer out;

	buffer_init(&out, 4 * MIB);
	buffer_put(&out, settings->grants, sizeof(settings->grants));
	for (size_t i = 0; i < settings->target_count; i++) {
		const struct target *target = &settings->targets[i];
		const struct uuid *anchor = &pin_of(job, i)->anchor;
		buffer_put_span(&out, uuid_span(anchor));
		if (target->attr != ATTR_NONE) {
			put_scopes(job, &out);
		} else if (grants_container(job, target, &container)) {
			buffer_put_span(&out, uuid_span(&container.id));
			write_u8(&out, is_approved(job, anchor, &container));
		}
	}
	hash_blake2b(buffer_span(&out), job->run.grants);
	buffer_free(&out);
	job->run.grants_changed =
		memcmp(job->memory.grants, job->run.grants, sizeof(job->memory.grants)) != 0;
}

void grants_begin(struct job *job)
{
	if (job->pins.changed)
		read_pins(job);
	settle(job);
	digest(job);
}

void grants_find(struct job *job)
{
	struct member who;
	bool found = false;

	for (size_t i = 0; i < job->settings.target_count; i++) {
		struct span group = job->settings.targets[i].group;
		if (group.len == 0 || !uuid_is_nil(&pin_of(job, i)->anchor) ||
			!ahead_find_name(job, KIND_GROUP, group, &who))
			continue;
		pin_to(job, i, &ahead_newcomer(&job->run, who.number)->anchor);
		found = true;
	}
	if (found)
		digest(job);
}
