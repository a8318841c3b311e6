#include "core/core_int.h"

bool actor_is_unbound(const struct actor *actor)
{
	return actor->type == ACTOR_OPERATOR || actor->type == ACTOR_SYSTEM;
}

bool actor_is_interactive(const struct actor *actor)
{
	return actor->type == ACTOR_USER ||
	       (actor->type == ACTOR_CLIENT && actor->channel != CHANNEL_SCIM);
}

bool actor_fills_forms(const struct actor *actor)
{
	return actor_is_interactive(actor) && actor->channel != CHANNEL_LDAP;
}

static enum err forbidden(const struct run *run, enum permission permission)
{
	return fail(run->why, ERR_FORBIDDEN, NULL, "the permission %s is missing",
		permission_codename(permission));
}

enum err rights_need(const struct run *run, enum permission permission)
{
	return actor_may(run->actor, permission) ? OK : forbidden(run, permission);
}

static bool is_proxied(const struct actor *actor)
{
	return actor->delegation && actor->delegation->kind == DELEGATION_PROXY;
}

static bool is_oneself(const struct run *run)
{
	const struct actor *actor = run->actor;
	return actor->kind == KIND_USER && !actor->entrance.client && !actor->by_application &&
	       !is_proxied(actor) && uuid_equal(&actor->id, &run->command->id);
}

/* Everyone may change their own password, and only that; not by a token, and not by an application
 * that acts for them, which would turn a leaked one into the account. */
static bool is_own_password(const struct run *run)
{
	const struct command *command = run->command;
	return is_oneself(run) && command->mod_count == 1 && command->mods[0].attr == ATTR_PASSWORD;
}

/* Nor to ask for codes of one's own app: seed and way go together, and no other door than the one
 * that has looked at a code writes a seed. */
static bool is_own_factor(const struct run *run)
{
	const struct command *command = run->command;
	return is_oneself(run) && command->mod_count == 2 &&
	       command->mods[0].attr == ATTR_TOTP_SEED && command->mods[1].attr == ATTR_AUTH_METHOD;
}

/* Nor what language one reads and which clock one goes by; a token of one's own may say so too. */
static bool is_own_taste(const struct run *run)
{
	const struct command *command = run->command;
	bool is = run->actor->kind == KIND_USER && !is_proxied(run->actor) &&
		  uuid_equal(&run->actor->id, &command->id) && command->mod_count > 0;
	for (size_t i = 0; is && i < command->mod_count; i++)
		is = command->mods[i].attr == ATTR_LANGUAGE ||
		     command->mods[i].attr == ATTR_TIME_ZONE;
	return is;
}

/* People end their own; nobody begins another's. */
static enum err need_session(const struct run *run)
{
	if (run->command->kind != KIND_USER)
		return fail(run->why, ERR_VALUE, NULL, "only people have sessions");
	if (is_oneself(run))
		return OK;
	if (run->command->session->verb == SESSION_BEGIN)
		return fail(run->why, ERR_FORBIDDEN, NULL, "a session is begun by who signs in");
	return rights_need(run, PERM_USERS_EDIT);
}

static enum err user_modify(const struct run *run)
{
	if (is_own_password(run) || is_own_factor(run) || is_own_taste(run))
		return OK;
	enum err err = OK;
	for (size_t i = 0; !err && i < run->command->mod_count; i++)
		switch (run->command->mods[i].attr) {
		case ATTR_ACTIVE:
			err = rights_need(run, PERM_USERS_DEACTIVATE);
			break;
		case ATTR_PASSWORD:
		case ATTR_TOTP_SEED:
		case ATTR_APP_PASSWORD:
			err = rights_need(run, PERM_USERS_PASSWORD);
			break;
		default:
			err = rights_need(run, PERM_USERS_EDIT);
		}
	return err;
}

/* A directory's job writes people, groups and plans, and memberships; never what it is governed by.
 */
static bool is_for_directory(const struct command *command)
{
	if (command->type == COMMAND_MEMBERS || command->type == COMMAND_ASSIGN ||
		command->type == COMMAND_STATE || command->type == COMMAND_REPORT)
		return true;
	return command->kind == KIND_USER || command->kind == KIND_GROUP ||
	       command->kind == KIND_SCOPE || command->kind == KIND_PLAN;
}

enum err rights_need_members(const struct run *run, enum kind container)
{
	if (actor_may(run->actor, PERM_ROLES_ASSIGN_ANY) && container == KIND_ROLE)
		return OK;
	return rights_need(run, kind_rules(container)->members);
}

static enum err need_containers(const struct run *run)
{
	const struct command *command = run->command;
	enum err err = OK;
	if (command->kind != KIND_USER)
		return fail(run->why, ERR_VALUE, NULL, "only users have roles, scopes and groups");
	for (size_t i = 0; !err && i < command->container_count; i++) {
		if (!kind_is_container(command->containers[i].kind))
			return fail(run->why, ERR_VALUE, NULL, "a role, a scope or a group");
		err = rights_need_members(run, command->containers[i].kind);
	}
	for (enum kind kind = KIND_ROLE; !err && kind <= KIND_GROUP; kind++)
		if (command->replace_kinds >> kind & 1)
			err = rights_need_members(run, kind);
	return err;
}

/* Memberships that a new entry brings along are given like any others. */
static enum err need_create(const struct run *run, const struct kind_rules *rules)
{
	const struct command *command = run->command;
	enum err err = rights_need(run, rules->create);
	if (!err && command->member_count)
		err = rights_need_members(run, command->kind);
	return !err && command->container_count ? need_containers(run) : err;
}

static enum err check_kind(const struct run *run, const struct kind_rules *rules)
{
	const struct command *command = run->command;
	switch (command->type) {
	case COMMAND_CREATE:
		return need_create(run, rules);
	case COMMAND_MODIFY:
		return command->kind == KIND_USER ? user_modify(run)
						  : rights_need(run, rules->modify);
	case COMMAND_DELETE:
	case COMMAND_ERASE:
		return rights_need(run, rules->delete);
	case COMMAND_DISCLOSE:
		return rights_need(run, PERM_DATA_REQUESTS);
	case COMMAND_MEMBERS:
		return rights_need_members(run, command->kind);
	case COMMAND_ASSIGN:
		return need_containers(run);
	case COMMAND_SESSION:
		return need_session(run);
	case COMMAND_LINK:
	case COMMAND_SETTLE:
		return rights_need(run, PERM_INTEGRATIONS_MANAGE);
	case COMMAND_RESTORE:
		return rights_need(run, PERM_USERS_DELETE);
	case COMMAND_PURGE:
		return rights_need(run, PERM_USERS_PURGE);
	case COMMAND_APPROVE:
	case COMMAND_REJECT:
	case COMMAND_REPLAY:
		return rights_need(run, PERM_INTEGRATIONS_MANAGE);
	default:
		return OK;
	}
}

enum err core_permits(struct core *core, const struct actor *actor, const struct command *command,
	struct why *why)
{
	const struct run run = { .actor = actor, .command = command, .why = why };
	enum err err = check_kind(&run, kind_rules(command->kind));
	if (err)
		denials_note_command(core, actor, command, why);
	return err;
}

/* A suspended company rests; an operator may still change how it is set up. */
static bool may_touch_suspended(const struct run *run)
{
	const struct actor *actor = run->actor;
	return actor_is_unbound(actor) ||
	       (actor->tenant == 0 && actor_may(actor, PERM_COMPANIES_MANAGE) &&
		       run->command->kind == KIND_SETTINGS) ||
	       (actor->tenant == 0 && run->command->type == COMMAND_DISCLOSE);
}

/* To a directory it says nothing about the one entry: its whole run waits. */
static enum err refuse_all(const struct run *run, enum err err, const char *text)
{
	bool directory = run->actor->type == ACTOR_DIRECTORY;
	return fail(run->why, directory ? ERR_UNAVAILABLE : err, NULL, "%s", text);
}

static enum err check_tenant(const struct run *run)
{
	struct tenant_info tenant;
	if (!actor_may_enter(run->actor, run->command->tenant))
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	if (run->command->tenant == 0)
		return OK;
	if (!find_tenant_number(run->txn, run->command->tenant, &tenant))
		return refuse_all(run, ERR_NOT_FOUND, "there is no such tenant");
	if (tenant.erasing)
		return refuse_all(run, ERR_CONFLICT, "the tenant is being erased");
	if (!tenant.active && !may_touch_suspended(run))
		return refuse_all(run, ERR_FORBIDDEN, "the tenant is suspended");
	return OK;
}

/* Who may change an entry may write the state row that belongs to it. */
static bool is_own_state(const struct command *command)
{
	const char *key = kind_row(command->kind) ? kind_rules(command->kind)->state : NULL;
	return command->type == COMMAND_MODIFY && key && command->state_count == 1 &&
	       span_equal(command->states[0].key, span_str(key));
}

enum err rights_check(struct run *run)
{
	const struct command *command = run->command;
	enum err err = check_tenant(run);
	if (!err)
		err = actor_renew(run);
	if (!err && !actor_may_enter(run->actor, command->tenant))
		err = fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	if (err)
		return err;
	const struct actor *actor = run->actor;
	bool machine = actor_is_unbound(actor) || actor->type == ACTOR_DIRECTORY;
	if ((command->type == COMMAND_STATE || command->state_count) && !machine &&
		!is_own_state(command))
		return fail(run->why, ERR_FORBIDDEN, NULL, "state belongs to the machinery");
	bool own = command->type == COMMAND_SEED || command->type == COMMAND_CHORE ||
		   command->type == COMMAND_FOLLOW;
	if (own && actor->type != ACTOR_SYSTEM)
		return fail(run->why, ERR_FORBIDDEN, NULL, "only the core does this");
	if (own || command->type == COMMAND_STATE || command->type == COMMAND_SWEEP)
		return OK;
	if (!kind_row(command->kind))
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such kind of entry");
	const struct kind_rules *rules = kind_rules(command->kind);
	if (rules->realm_only && command->tenant != 0)
		return fail(run->why, ERR_NOT_FOUND, NULL, "there is no such entry");
	if (actor->type == ACTOR_DIRECTORY && !is_for_directory(command))
		return fail(run->why, ERR_FORBIDDEN, NULL, "a directory does not change this");
	return check_kind(run, rules);
}
