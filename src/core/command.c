#include "core/core_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "core/follow_int.h"
#include "core/held_int.h"

static enum err (*const handlers[])(struct run *run) = {
#define COMMAND(id, word, handler) [COMMAND_##id] = handler,
#include "commands.def"
#undef COMMAND
};

struct deed *run_deed(struct run *run, uint32_t tenant, const char *action)
{
	struct deed *deed = arena_zalloc(run->arena, sizeof *deed);
	deed->tenant = tenant;
	deed->action = action;
	if (run->last)
		run->last->next = deed;
	else
		run->first = deed;
	run->last = deed;
	return deed;
}

struct deed *run_deed_on(struct run *run, const char *action, const struct entry *target)
{
	struct deed *deed = run_deed(run, target->tenant, action);
	deed->target_kind = target->kind;
	deed->target_id = target->id;
	deed->target_name = entry_first(target, kind_row(target->kind)->naming);
	return deed;
}

struct effect *deed_effect(struct run *run, struct deed *deed, enum effect_type type)
{
	if (deed->count == deed->capacity) {
		size_t capacity = deed->capacity ? deed->capacity * 4 : 2;
		struct effect *grown = arena_array(run->arena, capacity, sizeof *grown);
		if (deed->count)
			memcpy(grown, deed->effects, deed->count * sizeof *grown);
		deed->effects = grown;
		deed->capacity = capacity;
	}
	struct effect *effect = &deed->effects[deed->count++];
	effect->type = type;
	return effect;
}

static void count_octets(struct run *run, struct deed *deed, const struct effect *effect)
{
	size_t octets = sizeof *effect + effect->key.len + effect->before.len + effect->after.len;
	deed->octets += octets;
	run->octets += octets;
}

struct deed *deed_with_room(struct run *run, struct deed *deed)
{
	/* Room stays for the entry that goes with them. */
	if (deed->count + 2 < LIMIT_CHANGE_EFFECTS && deed->octets < LIMIT_CHANGE_OCTETS / 4)
		return deed;
	struct deed *more = run_deed(run, deed->tenant, deed->action);
	more->target_kind = deed->target_kind;
	more->target_id = deed->target_id;
	more->target_name = deed->target_name;
	more->edge_path = deed->edge_path;
	more->edge_name = deed->edge_name;
	return more;
}

enum err deed_entry(
	struct run *run, struct deed *deed, struct span before, const struct entry *after)
{
	struct effect *effect = deed_effect(run, deed, EFFECT_ENTRY);
	const struct entry *entry = after ? after : deed->before;
	effect->kind = entry->kind;
	effect->number = entry->number;
	effect->id = entry->id;
	effect->before = before;
	if (after) {
		buffer_reset(run->scratch);
		enum err err = record_write(run->scratch, after, run->why);
		if (err)
			return err;
		effect->after = arena_copy(run->arena, buffer_span(run->scratch));
	}
	count_octets(run, deed, effect);
	return OK;
}

enum err run_make(struct run *run, uint32_t tenant, const char *action, struct entry *entry)
{
	entry->tenant = tenant;
	entry->number = txn_new_number(run->txn, tenant);
	entry->id = uuid_new();
	entry->revision = 1;
	entry->created = entry->modified = run->now;
	struct deed *deed = run_deed_on(run, action, entry);
	deed->after = entry;
	return deed_entry(run, deed, SPAN_NONE, entry);
}

static struct span edge_octets(struct run *run, const struct edge *edge)
{
	buffer_reset(run->scratch);
	edge_write(run->scratch, edge);
	return arena_copy(run->arena, buffer_span(run->scratch));
}

void deed_edge(
	struct run *run, struct deed *deed, const struct edge *before, const struct edge *after)
{
	const struct edge *edge = after ? after : before;
	struct effect *effect = deed_effect(run, deed, EFFECT_EDGE);
	effect->kind = edge->container_kind;
	effect->number = edge->container;
	effect->id = edge->container_id;
	effect->member_kind = edge->member_kind;
	effect->member = edge->member;
	effect->member_id = edge->member_id;
	if (before)
		effect->before = edge_octets(run, before);
	if (after)
		effect->after = edge_octets(run, after);
	count_octets(run, deed, effect);
}

/* What the deeds prepared so far do to the entry, the last of it, or NULL. */
static const struct effect *run_effect(
	const struct run *run, uint32_t tenant, enum kind kind, uint32_t number)
{
	const struct effect *found = NULL;
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == tenant; i++)
			if (deed->effects[i].type == EFFECT_ENTRY &&
				deed->effects[i].kind == kind && deed->effects[i].number == number)
				found = &deed->effects[i];
	return found;
}

bool run_entry_after(const struct run *run, uint32_t tenant, enum kind kind, uint32_t number,
	struct record *record)
{
	const struct effect *effect = run_effect(run, tenant, kind, number);
	if (effect)
		return effect->after.len && record_open(effect->after, record, NULL) == OK;
	return txn_entry(run->txn, tenant, kind, number, record);
}

bool run_settings_after(const struct run *run, uint32_t tenant, struct record *settings)
{
	const struct effect *found = NULL;
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == tenant; i++)
			if (deed->effects[i].type == EFFECT_ENTRY &&
				deed->effects[i].kind == KIND_SETTINGS)
				found = &deed->effects[i];
	if (found)
		return found->after.len && record_open(found->after, settings, NULL) == OK;
	return find_settings(run->txn, tenant, settings);
}

struct span run_time(struct run *run)
{
	char *text = arena_alloc(run->arena, TIME_TEXT_MAX);
	return span_of(text, time_format_generalized(run->now, text));
}

struct entry *run_copy_record(struct run *run, const struct record *record, struct span *bytes)
{
	struct record copy = *record;
	copy.bytes = arena_copy(run->arena, record->bytes);
	*bytes = copy.bytes;
	return record_entry(run->arena, &copy);
}

struct edge *run_edge(struct run *run, uint32_t container, uint32_t member)
{
	struct edge edge;
	if (!txn_edge(run->txn, run->command->tenant, container, member, &edge))
		return NULL;
	struct edge *copy = arena_alloc(run->arena, sizeof *copy);
	*copy = edge;
	copy->container = container;
	copy->member = member;
	copy->member_name = arena_copy(run->arena, edge.member_name);
	return copy;
}

enum err run_load(struct run *run, struct span *bytes, struct entry **entry)
{
	const struct command *command = run->command;
	enum kind kind;
	uint32_t number;
	struct record record;
	if (!txn_find_id(run->txn, command->tenant, &command->id, &kind, &number) ||
		kind != command->kind ||
		!txn_entry(run->txn, command->tenant, kind, number, &record))
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	if (kind == KIND_USER && is_above_actor(run, number))
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	if (command->if_revision && command->if_revision != record.revision)
		return fail(run->why, ERR_VERSION, attr_spelling(ATTR_REVISION),
			"somebody else changed the entry first");
	*entry = run_copy_record(run, &record, bytes);
	return OK;
}

/* The deed that state rows go with, so that one record of the journal holds both. */
static struct deed *state_deed(struct run *run)
{
	struct deed *deed = run->last;
	if (deed && deed->tenant == run->command->tenant && deed->count < LIMIT_CHANGE_EFFECTS &&
		deed->octets < LIMIT_CHANGE_OCTETS / 2)
		return deed;
	return run_deed(run, run->command->tenant, NULL);
}

void run_state(struct run *run, struct span key, struct span value)
{
	struct deed *deed = state_deed(run);
	struct effect *effect = deed_effect(run, deed, EFFECT_STATE);
	struct span before = SPAN_NONE;
	txn_state(run->txn, run->command->tenant, key, &before);
	effect->key = key;
	effect->before = arena_copy(run->arena, before);
	effect->after = value;
	count_octets(run, deed, effect);
}

void run_drop_states(struct run *run, uint32_t tenant, struct span prefix)
{
	struct doomed {
		struct span name;
		struct doomed *next;
	} *first = NULL;
	struct span name, value;
	struct states *states = states_open(run->txn, run->arena, tenant, prefix, SPAN_NONE);
	while (states_next(states, &name, &value)) {
		struct doomed *doomed = arena_alloc(run->arena, sizeof *doomed);
		*doomed = (struct doomed){ arena_copy(run->arena, name), first };
		first = doomed;
	}
	states_close(states);
	/* Nobody is told of the rows. */
	if (first)
		run_deed(run, tenant, NULL);
	for (; first; first = first->next)
		run_state(run, first->name, SPAN_NONE);
}

static void add_states(struct run *run)
{
	const struct command *command = run->command;
	for (size_t i = 0; i < command->state_count; i++)
		run_state(run, command->states[i].key, command->states[i].value);
}

static void apply(struct run *run, struct deed *deed)
{
	const struct actor *actor = run->actor;
	struct change change = {
		.tenant = deed->tenant,
		.operation = uuid_new(),
		.time = run->now,
		.actor_type = actor->type,
		.actor_id = actor->id,
		.actor_name = span_str(actor->name),
		.channel = actor->channel,
		.address = span_str(actor->address),
		.request = actor->request,
		.effects = deed->effects,
		.count = deed->count,
	};
	txn_apply(run->txn, &change);
	if (!deed->action)
		return;
	uint64_t row = audit_append(run, deed, &change);
	struct outcome *outcome = run->outcome;
	outcome->changed = true;
	deed->sequence = change.sequence;
	if (deed->tenant != run->command->tenant)
		return;
	outcome->sequence = change.sequence;
	outcome->audit_first = outcome->audit_first ? outcome->audit_first : row;
	outcome->audit_last = row;
}

enum err run_apply(struct run *run)
{
	for (struct deed *deed = run->first; deed; deed = deed->next)
		apply(run, deed);
	return txn_error(run->txn, run->why);
}

static enum err check_sequence(struct run *run)
{
	const struct command *command = run->command;
	struct head head;
	if (!command->if_sequence ||
		(txn_head(run->txn, command->tenant, &head) && head.last == command->if_sequence))
		return OK;
	return fail(run->why, ERR_VERSION, NULL, "the tenant has changed meanwhile");
}

static void begin(struct run *run)
{
	memset(run->outcome, 0, sizeof *run->outcome);
	run->why = &run->outcome->why;
	run->first = run->last = NULL;
	run->octets = 0;
	run->clash = NULL;
}

static enum err finish(struct run *run, enum err err)
{
	/* A rule that looked at less than there is, because the transaction failed meanwhile, has
	 * decided nothing. */
	if (!err)
		err = txn_error(run->txn, run->why);
	if (err)
		return err;
	err = run_apply(run);
	if (!err && run->keep)
		run->outcome->changes = audit_changes(run);
	return err;
}

/* What the handler's deeds have for a consequence. */
static enum err conclude(struct run *run)
{
	const struct deed *last = run->last;
	enum err err = held_guard(run, last);
	if (!err)
		err = held_tidy(run, last);
	if (!err)
		err = follow_deeds(run);
	if (!err)
		err = rules_roles_held(run);
	if (!err)
		err = conflicts_review(run);
	return err ? err : once_remember(run);
}

enum err command_run(struct run *run)
{
	begin(run);
	enum err err = rights_check(run);
	if (err || once_find(run, &err))
		return err;
	err = check_sequence(run);
	if (!err)
		err = handlers[run->command->type](run);
	if (!err)
		err = conclude(run);
	if (!err)
		add_states(run);
	return finish(run, err);
}

enum err command_hold(struct run *run)
{
	begin(run);
	return finish(run, held_keep(run));
}
