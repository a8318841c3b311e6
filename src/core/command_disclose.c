#include "core/core_int.h"

/* A row without a change: the data of a person is about to be handed over, or looked for in every
 * tenant. The realm's row says in which tenant. */

static enum err in_realm(struct run *run, const struct entry *person)
{
	struct tenant_info tenant;
	if (!find_tenant_number(run->txn, run->command->tenant, &tenant))
		return txn_error(run->txn, run->why);
	struct deed *deed = run_deed(run, 0, "data_request.answered");
	struct entry *where = entry_new(run->arena, KIND_USER);
	deed->target_kind = person->kind;
	deed->target_id = person->id;
	deed->target_name = entry_first(person, kind_row(person->kind)->naming);
	deed->after = where;
	return entry_set(where, ATTR_ORGANIZATION, SOURCE_LOCAL,
		arena_copy(run->arena, tenant.name), run->why);
}

static enum err searched(struct run *run)
{
	struct deed *deed = run_deed(run, 0, "data_request.searched");
	deed->target_kind = KIND_TENANT;
	deed->target_name = SPAN("*");
	return OK;
}

enum err command_disclose(struct run *run)
{
	struct span bytes;
	struct entry *person;
	if (run->command->tenant == 0)
		return searched(run);
	enum err err = run_load(run, &bytes, &person);
	if (err)
		return err;
	run_deed_on(run, "data_request.answered", person);
	return in_realm(run, person);
}

/* Likewise: a request of the provisioning log is about to be run again, as the connection. */
enum err command_replay(struct run *run)
{
	struct span bytes;
	struct entry *connection;
	enum err err = run_load(run, &bytes, &connection);
	if (!err)
		run_deed_on(run, "provisioning.replayed", connection);
	return err;
}
