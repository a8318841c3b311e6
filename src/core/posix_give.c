#include "core/core_int.h"

#include "base/codec.h"
#include "base/limits.h"

/* Numbers are counted up in the tenant's row "posix/next" and never taken back, so that what a
 * deleted account left in file systems is nobody else's. One row of numbers serves people and
 * groups. */

#define NEXT SPAN("posix/next")

/* Entries that lack theirs get it in small steps: the realm's row "posix/<tenant>" holds the number
 * of the entry behind which to go on. */
#define PREFIX "posix/"
#define STEP_EXAMINED 2000
#define STEP_CHANGED 200
#define STEP_TENANTS 16 /* in one turn */

static bool is_of_posix(enum kind kind)
{
	return kind == KIND_USER || kind_is_container(kind);
}

static bool lacks(const struct record *record)
{
	if (record->kind == KIND_USER && record_first(record, ATTR_UID_NUMBER).len == 0)
		return true;
	return is_of_posix(record->kind) && record_first(record, ATTR_GID_NUMBER).len == 0;
}

static bool is_taken(struct txn *txn, uint32_t tenant, struct span number)
{
	uint32_t entry;
	if (txn_find_value(txn, tenant, KIND_USER, ATTR_UID_NUMBER, number, &entry))
		return true;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (kind_is_container(kind) &&
			txn_find_value(txn, tenant, kind, ATTR_GID_NUMBER, number, &entry))
			return true;
	return false;
}

/* Empty when the range is used up: people and groups come before their numbers. */
static struct span take_number(struct run *run, uint32_t tenant)
{
	struct span row;
	uint64_t number = policy_of(run->txn, tenant, POLICY_POSIX_FIRST), next = 0;
	uint64_t last = policy_of(run->txn, tenant, POLICY_POSIX_LAST);
	if (txn_state(run->txn, tenant, NEXT, &row) && span_to_u64(row, &next) && next > number)
		number = next;
	for (; number <= last; number++) {
		struct span text =
			span_str(arena_printf(run->arena, "%llu", (unsigned long long)number));
		if (is_taken(run->txn, tenant, text))
			continue;
		run_state(run, NEXT,
			span_str(arena_printf(run->arena, "%llu", (unsigned long long)number + 1)));
		return text;
	}
	return SPAN_NONE;
}

static enum err give(struct run *run, struct entry *entry, enum attr attr, struct span number)
{
	return number.len ? entry_add(entry, attr, 0, SOURCE_DERIVED, number, run->why) : OK;
}

enum err posix_give(struct run *run, struct entry *entry)
{
	enum err err = OK;
	if (!is_of_posix(entry->kind) || entry->tenant == 0 ||
		!policy_of(run->txn, entry->tenant, POLICY_POSIX))
		return OK;
	if (entry->kind == KIND_USER && !entry_has(entry, ATTR_UID_NUMBER))
		err = give(run, entry, ATTR_UID_NUMBER, take_number(run, entry->tenant));
	if (err || entry_has(entry, ATTR_GID_NUMBER))
		return err;
	return give(run, entry, ATTR_GID_NUMBER,
		entry->kind == KIND_USER ? span_str(arena_printf(run->arena, "%llu",
						   (unsigned long long)policy_of(run->txn,
							   entry->tenant, POLICY_POSIX_GROUP)))
					 : take_number(run, entry->tenant));
}

/* ---- those that were there before ---- */

static struct span row_name(struct arena *arena, uint32_t tenant)
{
	return span_str(arena_printf(arena, PREFIX "%u", (unsigned)tenant));
}

static void put_row(struct run *run, struct span name, struct span value)
{
	struct effect *effect = deed_effect(run, run_deed(run, 0, NULL), EFFECT_STATE);
	struct span before = SPAN_NONE;
	txn_state(run->txn, 0, name, &before);
	effect->key = name;
	effect->before = arena_copy(run->arena, before);
	effect->after = value;
}

static struct span place_of(struct arena *arena, uint32_t number)
{
	uint8_t octets[4];
	put_be32(octets, number);
	return arena_copy(arena, span_of(octets, sizeof octets));
}

void posix_mark(struct run *run, const struct entry *settings)
{
	const struct value *row;
	if (policy_of(run->txn, settings->tenant, POLICY_POSIX))
		return;
	for (size_t i = 0; (row = entry_value(settings, ATTR_POLICY, i)); i++)
		if (span_equal(row->octets, SPAN("posix.enabled=true")))
			put_row(run, row_name(run->arena, settings->tenant),
				place_of(run->arena, 0));
}

struct stride {
	struct chore chore;
	struct core *core;
	struct arena *arena;
	struct span name;
	uint32_t tenant, place;
	bool through;
	struct command commands[STEP_CHANGED];
	struct outcome outcomes[STEP_CHANGED];
	size_t count;
};

static void look(struct stride *stride, struct txn *txn)
{
	struct record record;
	struct entry_walk *walk =
		entry_walk_open(txn, stride->arena, stride->tenant, stride->place, false);
	stride->through = true;
	for (size_t examined = 0; entry_walk_next(walk, &record);) {
		stride->place = record.number;
		if (lacks(&record))
			stride->commands[stride->count++] =
				(struct command){ .type = COMMAND_MODIFY,
					.tenant = stride->tenant,
					.kind = record.kind,
					.id = record.id };
		stride->through = stride->count < STEP_CHANGED && ++examined < STEP_EXAMINED;
		if (!stride->through)
			break;
	}
	entry_walk_close(walk);
}

static void advance(struct chore *chore, struct run *run)
{
	struct stride *stride = (struct stride *)chore;
	put_row(run, stride->name,
		stride->through ? SPAN_NONE : place_of(run->arena, stride->place));
}

/* One that is refused, by a rule that came after it, stays without: the others are not its concern.
 */
static enum err go_on(struct stride *stride, struct txn *txn, struct span place, struct why *why)
{
	struct actor actor;
	uint64_t tenant = 0;
	actor_system(&actor, CHANNEL_INTERNAL);
	span_to_u64(span_from(stride->name, strlen(PREFIX)), &tenant);
	stride->tenant = (uint32_t)tenant;
	stride->place = place.len == 4 ? get_be32(place.data) : 0;
	stride->count = 0;
	enum err err = txn_renew(txn, why);
	if (!err) {
		look(stride, txn);
		err = txn_error(txn, why);
	}
	txn_reset(txn);
	if (!err && stride->count)
		err = core_run_many(stride->core, &actor, stride->commands, stride->count, false,
			stride->outcomes, why);
	return err ? err : chore_run(stride->core, &stride->chore, why);
}

enum err posix_go_on(struct core *core, struct txn *txn, bool *more, struct why *why)
{
	struct span names[STEP_TENANTS], places[STEP_TENANTS], name, place;
	size_t count = 0;
	struct stride *stride = heap_zalloc(sizeof *stride);
	stride->chore.work = advance;
	stride->core = core;
	stride->arena = arena_new();
	enum err err = txn_renew(txn, why);
	if (!err) {
		struct states *rows = states_open(txn, stride->arena, 0, SPAN(PREFIX), SPAN_NONE);
		for (; count < STEP_TENANTS && states_next(rows, &name, &place); count++) {
			names[count] = arena_copy(stride->arena, name);
			places[count] = arena_copy(stride->arena, place);
		}
		states_close(rows);
		err = txn_error(txn, why);
	}
	txn_reset(txn);
	for (size_t i = 0; !err && i < count; i++) {
		stride->name = names[i];
		err = go_on(stride, txn, places[i], why);
	}
	*more |= count > 0;
	arena_free(stride->arena);
	free(stride);
	return err;
}
