#include "core/core_int.h"

#include "base/codec.h"
#include "core/follow_int.h"

/* Bringing a tenant's people in line in small steps: the realm's row "follow/<tenant>" holds a
 * stamp, new with each mark, and the number of the person to go on with. */

#define PREFIX "follow/"
#define STAMP 16
#define ROW_OCTETS (STAMP + 4)
#define STEP_EXAMINED 2000
#define STEP_CHANGED 200
#define STEP_TENANTS 16 /* in one turn */

static struct span row_name(struct arena *arena, uint32_t tenant)
{
	return span_str(arena_printf(arena, PREFIX "%u", (unsigned)tenant));
}

static struct span row_value(struct arena *arena, const uint8_t stamp[STAMP], uint32_t next)
{
	uint8_t octets[ROW_OCTETS];
	memcpy(octets, stamp, STAMP);
	put_be32(octets + STAMP, next);
	return arena_copy(arena, span_of(octets, sizeof octets));
}

static void put_row(struct run *run, struct span name, struct span value)
{
	struct deed *deed = run_deed(run, 0, NULL);
	struct effect *effect = deed_effect(run, deed, EFFECT_STATE);
	struct span before = SPAN_NONE;
	txn_state(run->txn, 0, name, &before);
	effect->key = name;
	effect->before = arena_copy(run->arena, before);
	effect->after = value;
}

void follow_mark(struct run *run)
{
	struct uuid stamp = uuid_new();
	put_row(run, row_name(run->arena, run->command->tenant),
		row_value(run->arena, stamp.octets, 0));
}

/* ---- going on ---- */

struct stride {
	struct chore chore;
	struct core *core;
	struct txn *txn;
	struct arena *arena, *scratch;
	uint32_t tenant, next; /* next: of the person to go on with; 0: there is none */
	uint8_t stamp[STAMP];
	struct uuid people[STEP_CHANGED];
	size_t count;
};

static bool differs(struct stride *stride, const struct actor *actor, const struct record *user)
{
	struct why why = { 0 };
	struct outcome outcome = { 0 };
	const struct command command = { .tenant = stride->tenant };
	struct run run = { .core = stride->core,
		.txn = stride->txn,
		.arena = stride->scratch,
		.actor = actor,
		.command = &command,
		.outcome = &outcome,
		.why = &why };
	arena_reset(stride->scratch);
	return follow_differs(&run, user);
}

static void look(struct stride *stride, const struct actor *actor)
{
	struct record user;
	uint32_t number = stride->next;
	size_t examined = 0;
	struct postings *all = postings_all(stride->txn, stride->arena, stride->tenant, KIND_USER);
	stride->next = 0;
	while (postings_next(all, number, &number)) {
		if (examined++ == STEP_EXAMINED || stride->count == STEP_CHANGED) {
			stride->next = number;
			break;
		}
		if (txn_entry(stride->txn, stride->tenant, KIND_USER, number, &user) &&
			differs(stride, actor, &user))
			stride->people[stride->count++] = user.id;
		if (++number == 0)
			break;
	}
	postings_close(all);
}

static void advance(struct chore *chore, struct run *run)
{
	struct stride *stride = (struct stride *)chore;
	struct span row, name = row_name(run->arena, stride->tenant);
	if (!txn_state(run->txn, 0, name, &row) || row.len != ROW_OCTETS ||
		memcmp(row.data, stride->stamp, STAMP) != 0)
		return;
	put_row(run, name,
		stride->next ? row_value(run->arena, stride->stamp, stride->next) : SPAN_NONE);
}

/* One of them may be refused (the last Admin, a role too many): the others are not its concern. */
static enum err change(struct stride *stride, const struct actor *actor, struct why *why)
{
	struct command *commands = arena_array(stride->arena, stride->count + 1, sizeof *commands);
	struct outcome *outcomes = arena_array(stride->arena, stride->count + 1, sizeof *outcomes);
	for (size_t i = 0; i < stride->count; i++)
		commands[i] = (struct command){ .type = COMMAND_FOLLOW,
			.tenant = stride->tenant,
			.kind = KIND_USER,
			.id = stride->people[i] };
	enum err err = stride->count ? core_run_many(stride->core, actor, commands, stride->count,
					       false, outcomes, why)
				     : OK;
	return err ? err : chore_run(stride->core, &stride->chore, why);
}

static enum err go_on(struct stride *stride, struct span name, struct span value, struct why *why)
{
	uint64_t tenant = 0;
	struct actor actor;
	struct tenant_info info;
	actor_system(&actor, CHANNEL_INTERNAL);
	span_to_u64(span_from(name, strlen(PREFIX)), &tenant);
	stride->tenant = (uint32_t)tenant;
	stride->next = 0;
	stride->count = 0;
	if (value.len == ROW_OCTETS) {
		memcpy(stride->stamp, value.data, STAMP);
		stride->next = get_be32(value.data + STAMP);
	}
	enum err err = txn_renew(stride->txn, why);
	if (!err && find_tenant_number(stride->txn, stride->tenant, &info))
		look(stride, &actor);
	if (!err)
		err = txn_error(stride->txn, why);
	txn_reset(stride->txn);
	return err ? err : change(stride, &actor, why);
}

struct mark {
	struct span name, value;
};

static size_t find_marks(struct txn *txn, struct arena *arena, struct mark *marks)
{
	struct span name, value;
	size_t count = 0;
	struct states *states = states_open(txn, arena, 0, SPAN(PREFIX), SPAN_NONE);
	while (count < STEP_TENANTS && states_next(states, &name, &value))
		marks[count++] = (struct mark){ arena_copy(arena, name), arena_copy(arena, value) };
	states_close(states);
	return count;
}

enum err follow_go_on(struct core *core, struct txn *txn, bool *more, struct why *why)
{
	struct mark marks[STEP_TENANTS];
	struct stride *stride = heap_zalloc(sizeof *stride);
	stride->chore.work = advance;
	stride->core = core;
	stride->txn = txn;
	stride->arena = arena_new();
	stride->scratch = arena_new();
	enum err err = txn_renew(txn, why);
	size_t count = err ? 0 : find_marks(txn, stride->arena, marks);
	if (!err)
		err = txn_error(txn, why);
	txn_reset(txn);
	for (size_t i = 0; !err && i < count; i++)
		err = go_on(stride, marks[i].name, marks[i].value, why);
	*more |= count > 0;
	arena_free(stride->scratch);
	arena_free(stride->arena);
	free(stride);
	return err;
}
