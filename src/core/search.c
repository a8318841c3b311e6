#include "core/chain_int.h"
#include "core/search_int.h"

static bool is_visible(const struct actor *actor, const struct kind_rules *kind)
{
	if (kind->realm_only && !actor_is_unbound(actor) && actor->tenant != 0)
		return false;
	return actor_may(actor, kind->view) || (actor->permissions & kind->part) != 0;
}

static uint32_t visible_kinds(const struct actor *actor)
{
	uint32_t kinds = 0;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (is_visible(actor, kind_rules(kind)))
			kinds |= 1u << kind;
	return kinds;
}

/* ---- references ---- */

static bool is_reference(const struct filter *filter)
{
	return (filter->op == FILTER_EQUAL || filter->op == FILTER_IN_CHAIN) &&
	       attr_row(filter->attr)->syntax == SYNTAX_REFERENCE;
}

static void resolve_one(struct view *view, struct arena *arena, const struct search_spec *spec,
	struct filter *filter)
{
	struct record record;
	filter->target = 0;
	filter->target_kind = KIND_NONE;
	if (!spec->resolve || !spec->resolve(spec->resolve_arg, view, filter->value, &record) ||
		record.tenant != spec->tenant) {
		filter->value = SPAN_NONE;
		return;
	}
	filter->target = record.number;
	filter->target_kind = record.kind;
	filter->value = arena_copy(arena, uuid_span(&record.id));
}

/* Whose uid it is, letter by letter: memberUid is compared exactly (RFC 2307 section 2.3). */
static void resolve_uid(struct view *view, struct arena *arena, const struct search_spec *spec,
	struct filter *filter)
{
	struct record record;
	if (!view_by_name(view, arena, spec->tenant, KIND_USER, filter->value, &record) ||
		!span_equal(record_first(&record, ATTR_USER_NAME), filter->value) ||
		(spec->knows && !spec->knows(spec->resolve_arg, view, &record)))
		return;
	filter->target = record.number;
	filter->target_kind = record.kind;
}

static bool becomes_chain(
	struct view *view, const struct search_spec *spec, const struct filter *filter)
{
	return spec->nested_by_policy && filter->op == FILTER_EQUAL &&
	       filter->attr == ATTR_MEMBER_OF &&
	       view_policy(view, spec->tenant, POLICY_LDAP_NESTED);
}

static enum err resolve(struct view *view, struct arena *arena, const struct search_spec *spec,
	struct filter *filter, uint64_t *work, struct why *why)
{
	enum err err = OK;
	/* A search that goes on in another turn brings its leaves resolved. */
	if (is_reference(filter) && filter->value.len && !filter->target) {
		resolve_one(view, arena, spec, filter);
		if (becomes_chain(view, spec, filter))
			filter->op = FILTER_IN_CHAIN;
		if (filter->op == FILTER_IN_CHAIN)
			err = chain_make(view, arena, spec->tenant, filter, work, why);
	}
	if (filter->op == FILTER_EQUAL && filter->attr == ATTR_MEMBER_UID && !filter->target)
		resolve_uid(view, arena, spec, filter);
	for (size_t i = 0; !err && i < filter->part_count; i++)
		err = resolve(view, arena, spec, filter->parts[i], work, why);
	return err;
}

/* ---- walking ---- */

static void open_kind(struct search *search)
{
	search->plan = plan_make(search->view, search->arena, search->spec.tenant, search->kind,
		search->spec.filter);
}

static void leave_kind(struct search *search)
{
	if (search->plan)
		plan_close(search->plan);
	search->plan = NULL;
	search->kind++;
	search->least = 1;
}

/* Has an entry of its own there, which it sees without a permission. */
static bool is_at_home(const struct actor *actor, const struct search_spec *spec)
{
	return actor->kind != KIND_NONE && actor->tenant == spec->tenant;
}

/* The only entry of this kind to be looked at, or 0: all that the plan gives. */
static bool only(const struct search *search, uint32_t *number)
{
	const struct actor *actor = search->spec.actor;
	*number = search->spec.only;
	if (search->wide >> search->kind & 1 ||
		(search->kind == KIND_USER && search->sight && sight_is_wide(search->sight)))
		return true;
	if (!is_at_home(actor, &search->spec) || actor->kind != search->kind ||
		(*number && *number != actor->number))
		return false;
	*number = actor->number;
	return true;
}

static bool next_candidate(struct search *search, uint32_t *number)
{
	for (; search->kind < KIND_COUNT; leave_kind(search)) {
		uint32_t single;
		if (!(search->spec.kinds >> search->kind & 1) || !only(search, &single))
			continue;
		if (single) {
			*number = single;
			if (search->least && single >= search->least)
				return true;
			continue;
		}
		if (!search->plan)
			open_kind(search);
		if (search->least && plan_next(search->plan, search->least, number))
			return true;
	}
	return false;
}

enum err search_open(struct view *view, struct arena *arena, const struct search_spec *spec,
	struct search **result, struct why *why)
{
	const struct actor *actor = spec->actor;
	if (!actor_may_enter(actor, spec->tenant))
		return fail(why, ERR_FORBIDDEN, NULL, "another tenant is not to be seen");
	uint32_t wide = visible_kinds(actor);
	uint32_t own = is_at_home(actor, spec) ? 1u << actor->kind : 0;
	if (!(spec->kinds & (wide | own)))
		return fail(
			why, ERR_FORBIDDEN, NULL, "the permission to see these entries is missing");
	struct search *search = arena_zalloc(arena, sizeof *search);
	search->view = view;
	search->arena = arena;
	search->spec = *spec;
	search_take_context(search);
	search->wide = wide;
	search->kind = spec->after_kind != KIND_NONE ? spec->after_kind : KIND_NONE + 1;
	search->least = spec->after_kind != KIND_NONE ? spec->after_number + 1 : 1;
	if (spec->kinds >> KIND_USER & 1)
		search->sight = view_sight(view, arena, actor, spec->tenant, spec->living);
	uint64_t work = 0;
	enum err err =
		spec->filter ? resolve(view, arena, spec, search->spec.filter, &work, why) : OK;
	if (err)
		return err;
	*result = search;
	err = spec->sort != ATTR_NONE ? sorted_open(search, why) : OK;
	return err ? err : txn_error(view->txn, why);
}

bool search_tests(const struct search *search, const struct record *record)
{
	return !search->spec.filter ||
	       filter_test(search->spec.filter, record, &search->context) == TRUTH_TRUE;
}

/* What the indexes do not know. */
static bool is_seen(const struct search *search, const struct record *record)
{
	return !(search->spec.custom && record_is_true(record, ATTR_BUILT_IN)) &&
	       sight_sees(search->sight, record);
}

bool search_covers(const struct search *search, const struct record *record)
{
	const struct actor *actor = search->spec.actor;
	uint32_t kind = 1u << record->kind;
	return (search->spec.kinds & kind) &&
	       (!search->spec.only || search->spec.only == record->number) &&
	       ((search->wide & kind) || (search->sight && record->kind == KIND_USER) ||
		       (actor->kind == record->kind && actor->number == record->number)) &&
	       is_seen(search, record);
}

bool search_holds(const struct search *search, const struct record *record)
{
	return search_covers(search, record) && search_tests(search, record);
}

static bool is_of_values(const struct filter *filter)
{
	bool is_leaf = filter->part_count == 0 && filter->attr != ATTR_NONE;

	if (filter->op == FILTER_RELATED)
		return false;
	if (is_leaf && attr_row(filter->attr)->syntax == SYNTAX_REFERENCE)
		return false;
	if (is_leaf && attr_has(filter->attr, ATTR_COMPUTED | ATTR_MADE) &&
		filter->attr != ATTR_OBJECT_CLASS && filter->attr != ATTR_ID &&
		filter->attr != ATTR_CREATED)
		return false;
	for (size_t i = 0; i < filter->part_count; i++)
		if (!is_of_values(filter->parts[i]))
			return false;
	return true;
}

bool search_is_of_values(const struct search *search)
{
	return !search->spec.filter || is_of_values(search->spec.filter);
}

static bool matches(const struct search *search, const struct record *record)
{
	return ((search->plan && plan_is_exact(search->plan)) || search_tests(search, record)) &&
	       is_seen(search, record);
}

enum step search_next(struct search *search, unsigned *budget, struct record *record)
{
	uint32_t number;
	if (search->sorted)
		return sorted_next(search->sorted, budget, record);
	while (*budget) {
		if (!next_candidate(search, &number))
			return STEP_END;
		--*budget;
		search->least = number + 1;
		if (txn_entry(
			    search->view->txn, search->spec.tenant, search->kind, number, record) &&
			matches(search, record))
			return STEP_FOUND;
	}
	return STEP_MORE;
}

bool search_look(struct search *search, enum kind kind, uint32_t number, struct record *record)
{
	return txn_entry(search->view->txn, search->spec.tenant, kind, number, record) &&
	       search_covers(search, record) && search_tests(search, record);
}

/* The indexes know who matches, not who is seen. */
static bool is_indexed(const struct search *search, uint32_t single)
{
	return !single && !(search->sight && search->kind == KIND_USER) &&
	       !(search->spec.custom && search->kind == KIND_ROLE);
}

static bool skip_in_kind(struct search *search, uint64_t *left)
{
	uint32_t single, number;
	if (!only(search, &single) || !is_indexed(search, single))
		return false;
	if (!search->plan)
		open_kind(search);
	if (!plan_is_counted(search->plan))
		return false;
	uint64_t passed = plan_skip(search->plan, search->least, *left, &number);
	if (passed > 0)
		search->least = number + 1;
	*left -= passed;
	return true;
}

uint64_t search_skip(struct search *search, uint64_t n)
{
	uint64_t left = n;
	if (search->sorted)
		return 0;
	while (left && search->kind < KIND_COUNT) {
		if (search->spec.kinds >> search->kind & 1 && !skip_in_kind(search, &left))
			break;
		if (left)
			leave_kind(search);
	}
	return n - left;
}

void search_position(const struct search *search, enum kind *kind, uint32_t *number)
{
	if (search->sorted) {
		sorted_position(search->sorted, kind, number);
		return;
	}
	*kind = search->kind;
	*number = search->least - 1;
}

struct span search_sort_key(const struct search *search)
{
	return search->sorted ? sorted_key(search->sorted) : SPAN_NONE;
}

void search_close(struct search *search)
{
	if (search->plan)
		plan_close(search->plan);
	search->plan = NULL;
	if (search->sorted)
		sorted_close(search->sorted);
	if (search->beside)
		arena_free(search->beside);
	search->beside = NULL;
}

/* ---- counting ---- */

/* Without a look at a single record, when the indexes alone know. */
static bool count_kind(struct search *search, uint64_t *count)
{
	uint32_t single, number;
	if (!only(search, &single) || !is_indexed(search, single))
		return false;
	if (!search->plan)
		open_kind(search);
	if (plan_is_all(search->plan) && search->least == 1) {
		*count += txn_count(search->view->txn, search->spec.tenant, search->kind);
		return true;
	}
	if (!plan_is_counted(search->plan))
		return false;
	uint64_t passed = plan_skip(search->plan, search->least, UINT64_MAX, &number);
	if (passed > 0)
		search->least = number + 1;
	*count += passed;
	return true;
}

static void count_records(struct search *search, uint64_t *count)
{
	enum kind kind = search->kind;
	uint32_t number;
	struct record record;
	while (next_candidate(search, &number) && search->kind == kind) {
		search->least = number + 1;
		if (txn_entry(search->view->txn, search->spec.tenant, kind, number, &record) &&
			matches(search, &record))
			++*count;
	}
}

enum err search_count(struct view *view, struct arena *arena, const struct search_spec *spec,
	uint64_t *count, struct why *why)
{
	struct search *search;
	uint64_t found = 0;
	struct search_spec unsorted = *spec;
	unsorted.sort = ATTR_NONE;
	enum err err = search_open(view, arena, &unsorted, &search, why);
	if (err)
		return err;
	while (search->kind < KIND_COUNT) {
		enum kind kind = search->kind;
		bool wanted = search->spec.kinds >> kind & 1;
		if (wanted && !count_kind(search, &found))
			count_records(search, &found);
		if (search->kind == kind)
			leave_kind(search);
	}
	search_close(search);
	err = txn_error(view->txn, why);
	if (!err)
		*count = found;
	return err;
}
