#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "base/metric.h"
#include "core/held.h"

#include <stdatomic.h>
#include <unistd.h>

static void put_doors(struct request *r)
{
	json_name(r->out, "doors");
	json_begin_object(r->out);
	for (size_t i = 0; i < r->admin->door_count; i++)
		json_string_member(r->out, r->admin->doors[i].name, r->admin->doors[i].address);
	json_end_object(r->out);
}

/* Of the doors that show one; that for LDAP in plain comes with StartTLS. */
static void put_certificates(struct request *r)
{
	json_name(r->out, "certificate_ends");
	json_begin_object(r->out);
	for (size_t i = 0; i < r->admin->door_count; i++)
		show_time(r, r->admin->doors[i].name,
			atomic_load(&r->admin->doors[i].certificate_ends));
	json_end_object(r->out);
}

static uint64_t count_tenants(struct request *r)
{
	struct tenant_info tenant;
	uint64_t count = 0;

	for (uint32_t least = 1; view_next_tenant(r->view, least, &tenant);
		least = tenant.number + 1)
		count++;
	return count;
}

/* The first of them to end. */
static void put_expiring(struct request *r)
{
	struct expiry list[EXPIRY_MAX];
	size_t total = core_expiring(r->admin->core, list, EXPIRY_MAX);

	json_integer_member(r->out, "tokens_expiring", (int64_t)total);
	json_name(r->out, "expiring");
	json_begin_array(r->out);
	for (size_t i = 0; i < total && i < EXPIRY_MAX; i++) {
		json_begin_object(r->out);
		json_string_member(
			r->out, "tenant", *list[i].tenant ? list[i].tenant : ADMIN_REALM);
		json_string_member(r->out, "token", list[i].name);
		show_time(r, "expires", list[i].expires);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

/* ---- what waits for an administrator ---- */

struct waiting {
	uint64_t held, conflicts, plans;
};

static enum err count_open(struct request *r, const struct tenant_info *tenant, enum kind kind,
	enum attr state, uint64_t *count)
{
	struct filter *open = filter_leaf(r->arena, FILTER_EQUAL, state, HELD_OPEN);
	struct search_spec spec = request_search(r, kind, open);

	*count = 0;
	spec.tenant = tenant->number;
	return view_count(r->view, tenant->number, kind) == 0
		       ? OK
		       : search_count(r->view, r->arena, &spec, count, r->why);
}

/* The state of a plan is no attribute that a search may ask for. */
static uint64_t count_held_plans(struct request *r, const struct tenant_info *tenant)
{
	uint64_t count = 0;
	struct record plan;

	for (uint32_t number = 0; view_next_by_value(r->view, r->arena, tenant->number, KIND_PLAN,
		     ATTR_PLAN_STATE, SPAN("held"), number, &plan);
		number = plan.number + 1)
		count++;
	return count;
}

static enum err count_waiting(
	struct request *r, const struct tenant_info *tenant, struct waiting *waiting)
{
	enum err err = count_open(r, tenant, KIND_HELD, ATTR_HELD_STATE, &waiting->held);

	if (!err)
		err = count_open(
			r, tenant, KIND_CONFLICT, ATTR_CONFLICT_STATE, &waiting->conflicts);
	waiting->plans = count_held_plans(r, tenant);
	return err;
}

static enum err put_waiting(struct request *r)
{
	struct tenant_info tenant;
	struct waiting waiting;
	enum err err = OK;

	json_name(r->out, "waiting");
	json_begin_array(r->out);
	for (uint32_t least = 1; !err && view_next_tenant(r->view, least, &tenant);
		least = tenant.number + 1) {
		err = count_waiting(r, &tenant, &waiting);
		if (err != OK || waiting.held + waiting.conflicts + waiting.plans == 0)
			continue;
		json_begin_object(r->out);
		json_text_member(r->out, "tenant", tenant.name);
		json_integer_member(r->out, "held", (int64_t)waiting.held);
		json_integer_member(r->out, "conflicts", (int64_t)waiting.conflicts);
		json_integer_member(r->out, "plans", (int64_t)waiting.plans);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	return err;
}

enum err admin_status(struct request *r)
{
	struct core_figures figures;

	enum err err = request_read(r);
	if (err != OK)
		return err;
	core_figures(r->admin->core, &figures);
	json_begin_object(r->out);
	json_string_member(r->out, "version", r->admin->version);
	json_integer_member(r->out, "pid", getpid());
	json_string_member(r->out, "state",
		figures.failed     ? "failed"
		: figures.writable ? "ready"
				   : "reading only: full");
	json_string_member(r->out, "suffix", r->admin->suffix);
	json_string_member(r->out, "data", r->admin->data);
	put_doors(r);
	put_certificates(r);
	json_integer_member(r->out, "tenants", (int64_t)count_tenants(r));
	json_integer_member(r->out, "entries", (int64_t)figures.entries);
	json_integer_member(r->out, "octets_used", (int64_t)figures.octets_used);
	json_integer_member(r->out, "octets_quota", (int64_t)figures.octets_quota);
	json_integer_member(r->out, "ldap_connections", metric_get(METRIC_LDAP_CONNECTIONS));
	json_integer_member(r->out, "http_connections", metric_get(METRIC_HTTP_CONNECTIONS));
	json_integer_member(r->out, "commands", metric_get(METRIC_COMMANDS));
	json_integer_member(r->out, "webhooks_delivered", metric_get(METRIC_WEBHOOK_DELIVERED));
	put_expiring(r);
	if (actor_may(&r->actor, PERM_INTEGRATIONS_MANAGE))
		err = put_waiting(r);
	json_end_object(r->out);
	return err;
}

enum err admin_backup(struct request *r)
{
	const char *path = arena_string(r->arena, json_text(r->args, "path"));

	if (path[0] != '/')
		return fail(r->why, ERR_VALUE, "path",
			"the daemon needs a whole path, beginning with /");
	enum err err = core_backup(r->admin->core, path, r->why);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_string_member(r->out, "path", path);
	json_end_object(r->out);
	return OK;
}

enum err admin_reload(struct request *r)
{
	return r->admin->reload(r->admin->arg, r->why);
}
