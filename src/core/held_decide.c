#include "core/core_int.h"

#include "core/follow_int.h"
#include "core/held_int.h"

/* Approving and rejecting: who does it must be allowed the act itself, within their own ceiling.
 * What was asked for is then done as the connection's. */

struct decision {
	struct run *run;
	struct span bytes;
	struct entry *held;
	enum held_act act;
	struct record user, client, container;
};

static bool find_named(struct run *run, const struct entry *held, enum attr attr, enum kind wanted,
	struct record *record)
{
	struct uuid id;
	enum kind kind;
	uint32_t number, tenant = run->command->tenant;
	struct span octets = entry_first(held, attr);
	if (!uuid_from_octets(octets, &id))
		return false;
	return txn_find_id(run->txn, tenant, &id, &kind, &number) &&
	       (wanted == KIND_NONE || kind == wanted) &&
	       txn_entry(run->txn, tenant, kind, number, record);
}

static enum err load(struct run *run, struct decision *d)
{
	*d = (struct decision){ .run = run };
	enum err err = run_load(run, &d->bytes, &d->held);
	if (err)
		return err;
	if (!held_act_find(entry_first(d->held, ATTR_HELD_ACT), &d->act) ||
		!find_named(run, d->held, ATTR_HELD_SUBJECT, KIND_USER, &d->user) ||
		!find_named(run, d->held, ATTR_HELD_CLIENT, KIND_CLIENT, &d->client) ||
		(d->act == HELD_ASSIGN &&
			!find_named(run, d->held, ATTR_HELD_CONTAINER, KIND_NONE, &d->container)))
		return fail(run->why, ERR_CONFLICT, NULL, "what it was about is gone");
	if (is_above_actor(run, d->user.number))
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	return OK;
}

static enum err check_rights(struct decision *d)
{
	struct run *run = d->run;
	if (d->act == HELD_DEACTIVATE)
		return rights_need(run, PERM_USERS_DEACTIVATE);
	if (d->act == HELD_DELETE)
		return rights_need(run, PERM_USERS_DELETE);
	enum err err = rights_need_members(run, d->container.kind);
	return err ? err : membership_grant(run, record_entry(run->arena, &d->container));
}

/* ---- approving ---- */

static enum err assign(struct decision *d)
{
	struct run *run = d->run;
	uint64_t source = 0;
	span_to_u64(record_first(&d->client, ATTR_SOURCE_NUMBER), &source);
	enum err err = follow_edge(run, d->user.number, d->container.kind, d->container.number,
		(uint16_t)source | SOURCE_FOLLOWS, false);
	return err ? err : follow_check_single(run, d->user.number);
}

/* The values that change are the connection's; the journal and the audit name who approved. */
static enum err act_as_asked(struct decision *d)
{
	struct run *run = d->run;
	const struct command *approving = run->command;
	const struct actor *approver = run->actor;
	struct value inactive = { ATTR_ACTIVE, 0, 0, SPAN("FALSE") };
	struct modification mod = { PATCH_REPLACE, ATTR_ACTIVE, 0, &inactive, 1 };
	struct command command = { .type = d->act == HELD_DELETE ? COMMAND_DELETE : COMMAND_MODIFY,
		.tenant = approving->tenant,
		.kind = KIND_USER,
		.id = d->user.id,
		.mods = &mod,
		.mod_count = d->act == HELD_DELETE ? 0 : 1 };
	/* The deeds keep its name. */
	struct actor *asking = arena_zalloc(run->arena, sizeof *asking);
	actor_of_client(run, &d->client, asking);
	run->command = &command;
	run->actor = asking;
	enum err err = d->act == HELD_DELETE ? command_delete(run) : command_modify(run);
	run->command = approving;
	run->actor = approver;
	return err;
}

enum err held_approve(struct run *run)
{
	struct decision d;
	struct record held;
	enum err err = load(run, &d);
	if (!err)
		err = check_rights(&d);
	if (!err)
		err = record_open(d.bytes, &held, run->why);
	if (!err)
		err = held_drop(run, &held, "held.approved");
	if (!err)
		err = d.act == HELD_ASSIGN ? assign(&d) : act_as_asked(&d);
	if (!err)
		run_report(run, d.held);
	return err;
}

/* ---- rejecting ---- */

enum err held_reject(struct run *run)
{
	struct decision d;
	enum err err = load(run, &d);
	if (!err)
		err = check_rights(&d);
	if (err)
		return err;
	run_report(run, d.held);
	if (span_equal(entry_first(d.held, ATTR_HELD_STATE), HELD_REJECTED))
		return OK;
	struct entry *after = entry_copy(run->arena, d.held);
	err = entry_set(after, ATTR_HELD_STATE, SOURCE_LOCAL, HELD_REJECTED, run->why);
	if (err)
		return err;
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, "held.rejected", after);
	deed->before = d.held;
	deed->after = after;
	run_report(run, after);
	return deed_entry(run, deed, d.bytes, after);
}
