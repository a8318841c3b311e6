/* Aliases and referrals within the scope of a search, behind all other entries: a reference for
 * each referral, the alias itself, or what it stands for (RFC 4511 sections 4.5.1.3 and 4.5.3). */
#include "in/ldap/sync_int.h"

#include "base/limits.h"

static bool derefs(const struct search_run *run)
{
	return run->request.deref == DEREF_SEARCHING || run->request.deref == DEREF_ALWAYS;
}

static bool in_scope(const struct search_run *run, const struct dn *dn)
{
	enum kind kind =
		dn->rdns == POINTER_RDNS ? kind_by_ou(dn->avas[dn->count - 1].value) : KIND_NONE;

	if (run->detour.kinds >> kind & 1)
		return true;
	switch (run->place) {
	case PLACE_SUFFIX:
		return run->request.scope == SCOPE_SUBTREE;
	case PLACE_TENANT:
		return run->request.scope == SCOPE_SUBTREE ||
		       (run->request.scope == SCOPE_ONE && dn->rdns == 1);
	case PLACE_CONTAINER:
		return run->request.scope != SCOPE_BASE && kind != KIND_NONE && kind == run->kind;
	default:
		return false;
	}
}

/* The pointers behind the number, by numbers. */
static enum err open_pointers(struct search_run *run, struct view *view, uint32_t after,
	struct search **search, struct why *why)
{
	const struct actor *actor = access_actor(&run->conn->identity);
	struct search_spec spec = { .actor = actor,
		.tenant = actor->tenant,
		.kinds = 1U << KIND_POINTER,
		.after_kind = after > 0 ? KIND_POINTER : KIND_NONE,
		.after_number = after };

	return search_open(view, run->conn->shard->turn, &spec, search, why);
}

static bool place_of(struct search_run *run, const struct record *pointer, struct dn *dn)
{
	return dn_parse(run->conn->shard->turn, record_first(pointer, ATTR_POINTER_DN), dn, NULL) ==
		       OK &&
	       in_scope(run, dn);
}

/* ---- where aliases lead, looked at once when the search begins ---- */

static bool covers(const struct search_run *run, const struct target *target)
{
	if (search_covers_kind(run, target->kind))
		return true;
	for (size_t i = 0; i < run->detour.count; i++)
		if (run->detour.entries[i].number == target->record.number)
			return true;
	return false;
}

static void add_entry(struct search_run *run, const struct target *target)
{
	if (!covers(run, target))
		run->detour.entries[run->detour.count++] =
			(struct detour_entry){ target->kind, target->record.number };
}

/* What the alias stands for takes its place: with all that is below it in a subtree. */
static void add_target(struct search_run *run, const struct target *target)
{
	uint32_t all = 0;

	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (kind_row(kind) && kind_row(kind)->ou)
			all |= 1U << kind;
	if (target->place == PLACE_ENTRY)
		add_entry(run, target);
	else if (target->place == PLACE_CONTAINER)
		all = 1U << target->kind;
	if (target->place != PLACE_CONTAINER && target->place != PLACE_TENANT)
		return;
	if (target->place == PLACE_CONTAINER || run->request.scope == SCOPE_SUBTREE)
		run->detour.containers |= all;
	if (run->request.scope == SCOPE_SUBTREE)
		run->detour.kinds |= all;
}

static void follow(struct search_run *run, struct view *view, const struct record *pointer)
{
	static const struct seek seek = { .deref = true };
	struct span matched = SPAN_NONE;
	struct target target;
	struct dn dn;

	/* One that leads nowhere stands for nothing. */
	if (record_has(pointer, ATTR_ALIASED_OBJECT) && place_of(run, pointer, &dn) &&
		target_seek(run->conn, view, record_first(pointer, ATTR_ALIASED_OBJECT), &seek,
			&target, &matched) == RESULT_SUCCESS)
		add_target(run, &target);
}

static int follow_all(struct search_run *run, struct view *view)
{
	unsigned budget = ALIASES_MAX;
	struct search *search;
	struct record record;
	struct why why = { 0 };
	enum step step = STEP_FOUND;
	enum err err = open_pointers(run, view, 0, &search, &why);

	if (err != OK)
		return err == ERR_FORBIDDEN ? RESULT_SUCCESS : err_row(err)->ldap;
	while (step == STEP_FOUND) {
		step = search_next(search, &budget, &record);
		if (step == STEP_FOUND && run->detour.count < ALIASES_MAX)
			follow(run, view, &record);
	}
	search_close(search);
	return step == STEP_END ? RESULT_SUCCESS : RESULT_ADMIN_LIMIT;
}

int search_begin_pointers(struct search_run *run, struct view *view)
{
	uint32_t before;
	int code = RESULT_SUCCESS;

	run->has_pointers = run->place != PLACE_ENTRY && run->place != PLACE_POINTER &&
			    pointers_exist(run->conn, view);
	if (!run->has_pointers || !derefs(run) || run->request.scope == SCOPE_BASE)
		return RESULT_SUCCESS;
	run->detour.entries =
		arena_array(run->conn->shard->request, ALIASES_MAX, sizeof *run->detour.entries);
	/* A container that an alias led to may hold aliases. */
	do {
		before = run->detour.kinds;
		code = follow_all(run, view);
	} while (code == RESULT_SUCCESS && run->detour.kinds != before);
	return code;
}

/* ---- the stages ---- */

bool search_has_pointer(struct search_run *run, const struct record *pointer)
{
	struct dn dn;

	return place_of(run, pointer, &dn);
}

static int refer(struct search_run *run, struct view *view, const struct record *pointer)
{
	static const struct dn nothing = { 0 };
	struct buffer *urls = &run->conn->shard->referral;

	if (run->sync)
		return sync_take_reference(run, view, pointer);
	buffer_reset(urls);
	pointer_put_urls(run->conn, urls, pointer, &nothing,
		run->request.scope == SCOPE_ONE ? "base" : "sub");
	reference_write(stream_output(run->conn->stream), run->id, buffer_span(urls));
	return RESULT_SUCCESS;
}

static int take_pointer(struct search_run *run, struct view *view, const struct record *pointer)
{
	struct target target = { .place = PLACE_POINTER, .record = *pointer };
	struct dn dn;

	if (!place_of(run, pointer, &dn))
		return RESULT_SUCCESS;
	if (record_has(pointer, ATTR_REFERRAL) && !run->manages)
		return refer(run, view, pointer);
	if (record_has(pointer, ATTR_ALIASED_OBJECT) && derefs(run))
		return RESULT_SUCCESS;
	return search_offer_special(run, &target);
}

static enum step walk_pointers(struct search_run *run, struct view *view, int *code)
{
	unsigned budget = run->budget;
	struct search *search;
	struct record record;
	struct why why = { 0 };
	enum step step = STEP_FOUND;
	enum err err = open_pointers(run, view, run->position.number, &search, &why);

	if (err != OK) {
		*code = err == ERR_FORBIDDEN ? RESULT_SUCCESS : err_row(err)->ldap;
		return STEP_END;
	}
	while (step == STEP_FOUND && *code == RESULT_SUCCESS && !search_is_full(run) &&
		!search_page_is_full(run)) {
		step = search_next(search, &budget, &record);
		if (step == STEP_FOUND) {
			run->position.number = record.number;
			*code = take_pointer(run, view, &record);
		}
	}
	search_close(search);
	return step == STEP_END ? STEP_END : STEP_MORE;
}

static enum step take_entry(
	struct search_run *run, struct view *view, const struct detour_entry *entry, int *code)
{
	const struct actor *actor = access_actor(&run->conn->identity);
	unsigned budget = 1;
	struct search_spec spec = { .actor = actor,
		.tenant = actor->tenant,
		.kinds = 1U << entry->kind,
		.only = entry->number,
		.filter = run->seen,
		.nested_by_policy = true,
		.resolve = target_resolve,
		.knows = target_is_known,
		.resolve_arg = run->conn };
	struct arena *arena = run->arena ? run->conn->shard->turn : run->conn->shard->request;
	struct search *search;
	struct record record;
	struct why why = { 0 };
	enum err err = search_open(view, arena, &spec, &search, &why);

	if (err != OK) {
		*code = err == ERR_FORBIDDEN ? RESULT_SUCCESS : err_row(err)->ldap;
		return STEP_FOUND;
	}
	bool found = search_next(search, &budget, &record) == STEP_FOUND;
	search_close(search);
	if (!found)
		return STEP_FOUND;
	if (!search_has_room(run, view, &record))
		return STEP_MORE;
	*code = search_take_record(run, view, &record);
	conn_weigh(run->conn);
	return STEP_FOUND;
}

enum step search_step_pointers(struct search_run *run, struct view *view, int *code)
{
	enum step step;

	if (run->position.stage == STAGE_POINTERS) {
		step = walk_pointers(run, view, code);
		if (step != STEP_END || *code != RESULT_SUCCESS)
			return step;
		run->position = (struct position){ .stage = STAGE_DETOUR };
	}
	if (run->position.number >= run->detour.count)
		return STEP_END;
	if (search_is_full(run))
		return STEP_MORE;
	step = take_entry(run, view, &run->detour.entries[run->position.number], code);
	run->position.number += step == STEP_FOUND;
	return step;
}
