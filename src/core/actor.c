#include "core/session_int.h"

#include "base/clock.h"
#include "base/metric.h"

void actor_came(
	struct actor *actor, enum channel channel, const char *address, struct span user_agent)
{
	actor->channel = channel;
	span_fit(actor->address, sizeof actor->address, span_str(address));
	span_fit(actor->user_agent, sizeof actor->user_agent, user_agent);
}

static uint16_t source_of(const struct record *record)
{
	uint64_t source;
	if (!span_to_u64(record_first(record, ATTR_SOURCE_NUMBER), &source))
		return SOURCE_LOCAL;
	return (uint16_t)source;
}

static void describe(const struct record *record, struct actor *actor)
{
	memset(actor, 0, sizeof *actor);
	actor->tenant = record->tenant;
	actor->kind = record->kind;
	actor->number = record->number;
	actor->id = record->id;
	actor->source = source_of(record);
	span_fit(actor->name, sizeof actor->name,
		record_first(record, kind_row(record->kind)->naming));
}

static enum err refuse(struct why *why)
{
	return fail(why, ERR_CREDENTIALS, NULL, "the credentials are wrong or not accepted");
}

static bool time_has_passed(const struct record *record, enum attr attr)
{
	int64_t until;
	return !time_parse_generalized(record_first(record, attr), &until) || until <= clock_wall();
}

bool record_has_expired(const struct record *record)
{
	enum attr end = record->kind == KIND_USER ? ATTR_ACCOUNT_EXPIRES : ATTR_EXPIRES;
	return record_first(record, end).len && time_has_passed(record, end);
}

bool find_home(struct txn *txn, uint32_t number, struct tenant_info *tenant)
{
	if (number > 0)
		return find_tenant_number(txn, number, tenant);
	*tenant = (struct tenant_info){ .active = true };
	return true;
}

/* As view_decide would answer for each of the core's own permissions. */
static uint64_t usable_permissions(
	struct txn *txn, struct arena *arena, const struct record *record)
{
	uint64_t of_operator = permission_flagged(PERMISSION_OPERATOR);
	uint64_t hidden = record->tenant ? of_operator : 0;
	if (record_is_true(record, ATTR_MUST_CHANGE))
		return 0;
	if (record_is_true(record, ATTR_FULL_ACCESS) &&
		policy_of(txn, record->tenant, POLICY_FULL_ACCESS) == FULL_ACCESS_SUPERUSER)
		return permission_flagged(0) & ~hidden;
	return permission_of_holder(txn, arena, record->tenant, record) & ~hidden;
}

static int64_t end_of(const struct record *record, enum attr attr)
{
	int64_t until;
	return time_parse_generalized(record_first(record, attr), &until) ? until : 0;
}

static struct entrance entrance_of(const struct record *client)
{
	return (struct entrance){ .client = client->number,
		.rate = record_rate(client),
		.no_target = record_no_target(client),
		.patched = profile_row(record_profile(client))->patched,
		.roles_as_groups = record_is_true(client, ATTR_ROLES_AS_GROUPS),
		.expires = end_of(client, ATTR_EXPIRES) };
}

enum err actor_build(struct txn *txn, struct arena *arena, const struct tenant_info *tenant,
	const struct record *record, struct actor *actor, struct why *why)
{
	if (!tenant->active || !record_is_active(record) || record_has_expired(record) ||
		(record->kind != KIND_USER && record->kind != KIND_CLIENT))
		return refuse(why);
	describe(record, actor);
	actor->type = record->kind == KIND_USER ? ACTOR_USER : ACTOR_CLIENT;
	actor->permissions = usable_permissions(txn, arena, record);
	actor->must_change = record->kind == KIND_USER && record_is_true(record, ATTR_MUST_CHANGE);
	if (record->kind == KIND_CLIENT)
		actor->entrance = entrance_of(record);
	return txn_error(txn, why);
}

enum err view_actor(struct view *view, uint32_t tenant, enum kind kind, uint32_t number,
	struct actor *actor, struct why *why)
{
	struct tenant_info info;
	struct record record;
	arena_reset(view->scratch);
	if (!find_home(view->txn, tenant, &info) ||
		!txn_entry(view->txn, tenant, kind, number, &record)) {
		enum err err = txn_error(view->txn, why);
		return err ? err : refuse(why);
	}
	return actor_build(view->txn, view->scratch, &info, &record, actor, why);
}

enum err actor_directory(
	struct view *view, uint32_t tenant, uint32_t number, struct actor *actor, struct why *why)
{
	struct record record;
	if (!txn_entry(view->txn, tenant, KIND_DIRECTORY, number, &record)) {
		enum err err = txn_error(view->txn, why);
		return err ? err : fail(why, ERR_NOT_FOUND, NULL, "there is no such directory");
	}
	describe(&record, actor);
	actor->type = ACTOR_DIRECTORY;
	actor->channel = CHANNEL_SYNC;
	/* What it may touch of these is narrowed by rights_check. */
	actor->permissions = permission_flagged(0) & ~permission_flagged(PERMISSION_OPERATOR);
	return OK;
}

bool client_is_personal(const struct record *client)
{
	return span_equal(record_first(client, ATTR_CLIENT_TYPE), SPAN("personal"));
}

/* Whose token it is: the client, or of a personal one its owner, who may do what they may now and
 * no more than the token says, if it says anything. */
static enum err build_by_client(struct txn *txn, struct arena *arena,
	const struct tenant_info *tenant, const struct record *client, struct actor *actor,
	struct why *why)
{
	struct record owner;
	struct actor key, person;
	enum err err = actor_build(txn, arena, tenant, client, &key, why);
	if (err || !client_is_personal(client)) {
		if (!err)
			*actor = key;
		return err;
	}
	if (!find_person(txn, client->tenant, record_first(client, ATTR_OWNER), &owner)) {
		err = txn_error(txn, why);
		return err ? err : refuse(why);
	}
	err = actor_build(txn, arena, tenant, &owner, &person, why);
	if (err)
		return err;
	person.entrance = key.entrance;
	if (record_first(client, ATTR_PERMISSION).len)
		person.permissions &= key.permissions;
	*actor = person;
	return OK;
}

enum err view_entrance(
	struct view *view, uint32_t tenant, uint32_t client, struct actor *actor, struct why *why)
{
	struct tenant_info info;
	struct record record;
	arena_reset(view->scratch);
	if (!find_home(view->txn, tenant, &info) ||
		!txn_entry(view->txn, tenant, KIND_CLIENT, client, &record)) {
		enum err err = txn_error(view->txn, why);
		return err ? err : refuse(why);
	}
	return build_by_client(view->txn, view->scratch, &info, &record, actor, why);
}

/* The entry by which an actor came: its own, or the client whose token it has. */
static bool find_entrance(struct txn *txn, const struct actor *actor, struct record *record)
{
	if (actor->entrance.client)
		return txn_entry(txn, actor->tenant, KIND_CLIENT, actor->entrance.client, record);
	return txn_entry(txn, actor->tenant, actor->kind, actor->number, record);
}

/* Who acts for somebody may do so at this moment too. */
static enum err renew_agent(struct run *run, const struct delegation *delegation)
{
	struct tenant_info tenant;
	struct record record;
	struct actor fresh;
	const struct actor *agent = delegation ? delegation->agent : NULL;
	if (!agent)
		return OK;
	if (!find_home(run->txn, agent->tenant, &tenant) ||
		!txn_entry(run->txn, agent->tenant, agent->kind, agent->number, &record)) {
		enum err err = txn_error(run->txn, run->why);
		return err ? err : refuse(run->why);
	}
	enum err err = actor_build(run->txn, run->arena, &tenant, &record, &fresh, run->why);
	if (!err && (!uuid_equal(&fresh.id, &agent->id) || !actor_may(&fresh, PERM_LDAP_PROXY)))
		err = refuse(run->why);
	return err;
}

/* Nobody comes of a directory that was deleted while its run was under way. */
static enum err check_directory(struct run *run)
{
	const struct actor *actor = run->actor;
	struct record record;
	if (txn_entry(run->txn, actor->tenant, KIND_DIRECTORY, actor->number, &record))
		return OK;
	enum err err = txn_error(run->txn, run->why);
	return err ? err : fail(run->why, ERR_UNAVAILABLE, NULL, "there is no such directory");
}

/* A command may have waited behind a slow body, a hash or a full queue. */
enum err actor_renew(struct run *run)
{
	struct tenant_info tenant;
	struct record record;
	struct actor fresh;
	const struct actor *actor = run->actor;
	if (actor->type == ACTOR_DIRECTORY)
		return check_directory(run);
	if (actor->type != ACTOR_USER && actor->type != ACTOR_CLIENT)
		return OK;
	if (!find_home(run->txn, actor->tenant, &tenant) ||
		!find_entrance(run->txn, actor, &record)) {
		enum err err = txn_error(run->txn, run->why);
		return err ? err : refuse(run->why);
	}
	enum err err = build_by_client(run->txn, run->arena, &tenant, &record, &fresh, run->why);
	if (!err && (!uuid_equal(&fresh.id, &actor->id) || !session_is_kept(run->txn, actor)))
		err = refuse(run->why);
	if (!err)
		err = renew_agent(run, actor->delegation);
	if (err)
		return err;
	struct actor *renewed = arena_alloc(run->arena, sizeof *renewed);
	*renewed = *actor;
	renewed->permissions = fresh.permissions;
	/* Source numbers are the tenant's own. */
	if (actor->tenant != run->command->tenant)
		renewed->source = SOURCE_LOCAL;
	run->actor = renewed;
	return OK;
}

/* The client whose attribute is this digest. */
static bool find_client(struct view *view, uint32_t tenant, enum attr attr, struct span digest,
	struct record *record)
{
	uint32_t number;
	return txn_find_value(view->txn, tenant, KIND_CLIENT, attr, digest, &number) &&
	       txn_entry(view->txn, tenant, KIND_CLIENT, number, record) &&
	       secret_equal(record_first(record, attr), digest);
}

/* The client with the token's digest, and until when that token opens. */
static bool find_by_token(struct view *view, uint32_t tenant, struct span digest,
	struct record *client, int64_t *until)
{
	*until = 0;
	if (find_client(view, tenant, ATTR_TOKEN_DIGEST, digest, client))
		return true;
	if (!find_client(view, tenant, ATTR_TOKEN_OLD_DIGEST, digest, client) ||
		time_has_passed(client, ATTR_TOKEN_OLD_EXPIRES))
		return false;
	*until = end_of(client, ATTR_TOKEN_OLD_EXPIRES);
	return true;
}

/* The digest is looked up, not the token: timing tells nothing about what is stored. */
static enum err take_token(
	struct view *view, struct span token, struct actor *actor, struct why *why)
{
	uint32_t tenant;
	uint8_t octets[32];
	int64_t until;
	struct tenant_info info;
	struct record client;
	if (!token_parse(token, &tenant))
		return refuse(why);
	token_digest(token, octets);
	struct span digest = span_of(octets, sizeof octets);
	arena_reset(view->scratch);
	if (!find_home(view->txn, tenant, &info) ||
		!find_by_token(view, tenant, digest, &client, &until)) {
		enum err err = txn_error(view->txn, why);
		return err ? err : refuse(why);
	}
	enum err err = build_by_client(view->txn, view->scratch, &info, &client, actor, why);
	if (!err && until && (!actor->entrance.expires || until < actor->entrance.expires))
		actor->entrance.expires = until;
	return err;
}

enum err view_token(struct view *view, struct span token, struct actor *actor, struct why *why)
{
	enum err err = take_token(view, token, actor, why);
	if (err == ERR_CREDENTIALS)
		metric_add(METRIC_TOKENS_REFUSED, 1);
	return err;
}
