#include "core/core_int.h"

/* Rows of one transaction, so that others' writes come in between. */
#define ERASE_ROWS 2000
#define ERASING_MAX 64 /* tenants of one turn */

static struct span mark_key(struct run *run, uint32_t tenant)
{
	return span_str(arena_printf(run->arena, STATE_ERASED "%u", (unsigned)tenant));
}

static void put_mark(struct run *run, struct deed *deed, uint32_t tenant, struct span value)
{
	struct effect *effect = deed_effect(run, deed, EFFECT_STATE);
	struct span before = SPAN_NONE;
	effect->key = mark_key(run, tenant);
	txn_state(run->txn, 0, effect->key, &before);
	effect->before = arena_copy(run->arena, before);
	effect->after = value;
}

/* "12 user, 6 role": how much there is before anything goes. */
static const char *count_kinds(struct run *run, uint32_t tenant)
{
	const char *text = "";
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		uint64_t count = kind_row(kind) ? txn_count(run->txn, tenant, kind) : 0;
		if (count)
			text = arena_printf(run->arena, "%s%s%llu %s", text, *text ? ", " : "",
				(unsigned long long)count, kind_row(kind)->word);
	}
	return text;
}

/* Those that are grouped below it would point at nothing. */
static enum err check_children(struct run *run, const struct entry *tenant)
{
	uint32_t child;
	if (txn_find_value(
		    run->txn, 0, KIND_TENANT, ATTR_PARENT_TENANT, uuid_span(&tenant->id), &child))
		return fail(run->why, ERR_CONFLICT, "parent",
			"other tenants are grouped below this one");
	return OK;
}

/* From here on nobody enters or changes it, whatever happens to this process. */
static enum err begin(
	struct run *run, const struct entry *before, struct span bytes, uint32_t number)
{
	char id[UUID_TEXT + 1];
	struct entry *after = entry_copy(run->arena, before);
	enum err err = check_children(run, before);
	if (!err)
		err = entry_add(after, ATTR_INACTIVE_REASON,
			entry_next_instance(after, ATTR_INACTIVE_REASON, ATTR_INACTIVE_REASON),
			SOURCE_LOCAL, REASON_ERASING, run->why);
	if (err)
		return err;
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, "tenant.erase.started", after);
	deed->before = before;
	deed->after = after;
	uuid_format(&before->id, id);
	put_mark(run, deed, number,
		span_str(arena_printf(run->arena, "%llu %s %s",
			(unsigned long long)txn_audit_last(run->txn, 0) + 1, id,
			count_kinds(run, number))));
	return deed_entry(run, deed, bytes, after);
}

/* What the realm keeps of it: who, when, its name and how much there was. */
static enum err finish(
	struct run *run, const struct entry *tenant, struct span bytes, uint32_t number)
{
	struct span mark = SPAN_NONE;
	struct entry *told = entry_copy(run->arena, tenant);
	txn_state(run->txn, 0, mark_key(run, number), &mark);
	span_cut(&mark, ' ');
	span_cut(&mark, ' ');
	enum err err = mark.len ? entry_set(told, ATTR_DESCRIPTION, SOURCE_LOCAL,
					  arena_copy(run->arena, mark), run->why)
				: OK;
	if (err)
		return err;
	struct deed *deed = run_deed_on(run, "tenant.erased", tenant);
	deed->before = told;
	return deed_entry(run, deed, bytes, NULL);
}

enum err command_erase(struct run *run)
{
	struct span bytes, mark = SPAN_NONE;
	struct entry *tenant;
	uint64_t number = 0;
	enum err err = run_load(run, &bytes, &tenant);
	if (err)
		return err;
	if (tenant->kind != KIND_TENANT)
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such tenant");
	if (entry_is_active(tenant))
		return fail(run->why, ERR_CONFLICT, NULL, "suspend the tenant first");
	span_to_u64(entry_first(tenant, ATTR_TENANT_NUMBER), &number);
	if (!txn_state(run->txn, 0, mark_key(run, (uint32_t)number), &mark))
		return begin(run, tenant, bytes, (uint32_t)number);
	if (txn_erase(run->txn, (uint32_t)number, ERASE_ROWS))
		return finish(run, tenant, bytes, (uint32_t)number);
	/* A deed, so that what was taken is committed. */
	put_mark(run, run_deed(run, 0, NULL), (uint32_t)number, arena_copy(run->arena, mark));
	return OK;
}

/* ---- what was begun goes on by itself ---- */

static size_t find_erasing(struct txn *txn, struct uuid *tenants)
{
	struct record record;
	uint32_t number = 0;
	size_t count = 0;
	struct arena *arena = arena_new();
	struct postings *found =
		postings_equal(txn, arena, 0, KIND_TENANT, ATTR_INACTIVE_REASON, REASON_ERASING);
	while (count < ERASING_MAX && postings_next(found, number + 1, &number))
		if (txn_entry(txn, 0, KIND_TENANT, number, &record))
			tenants[count++] = record.id;
	postings_close(found);
	arena_free(arena);
	return count;
}

enum err erasures_go_on(struct core *core, struct txn *txn, bool *more, struct why *why)
{
	struct command command = { .type = COMMAND_ERASE, .kind = KIND_TENANT };
	struct uuid tenants[ERASING_MAX];
	struct outcome outcome;
	struct actor actor;
	enum err result = txn_renew(txn, why);
	size_t count = result ? 0 : find_erasing(txn, tenants);
	if (!result)
		result = txn_error(txn, why);
	txn_reset(txn);
	actor_system(&actor, CHANNEL_INTERNAL);
	for (size_t i = 0; i < count; i++) {
		command.id = tenants[i];
		enum err err = core_run(core, &actor, &command, &outcome);
		if (!err || err == ERR_NOT_FOUND || result)
			continue;
		result = err;
		if (why)
			*why = outcome.why;
	}
	*more = count > 0;
	return result;
}
