#include "core/core_int.h"

#include "model/value.h"

#define NEEDS(see, make, change, end, give)                                                        \
	.view = PERM_##see, .create = PERM_##make, .modify = PERM_##change, .delete = PERM_##end,  \
	.members = PERM_##give
#define NEEDS_ONE(permission) NEEDS(permission, permission, permission, permission, permission)

#define REGISTERED                                                                                 \
	NEEDS(ROLES_VIEW, PERMISSIONS_REGISTER, PERMISSIONS_REGISTER, PERMISSIONS_REGISTER,        \
		PERMISSIONS_REGISTER),                                                             \
		.check = registered_check, .created = catalogue_changed,                           \
		.check_delete = registered_check_delete, .deleted = catalogue_changed

/* Written by the core itself; people act on it by operations of their own. */
#define SETTLED                                                                                    \
	NEEDS(INTEGRATIONS_MANAGE, COMPANIES_MANAGE, COMPANIES_MANAGE, COMPANIES_MANAGE,           \
		COMPANIES_MANAGE),                                                                 \
		.check = plain_check

/* Its rows, see in/sync/plan_read.h. */
static enum err plan_deleted(struct run *run, const struct entry *entry)
{
	char id[UUID_TEXT + 1];
	uuid_format(&entry->id, id);
	run_drop_states(run, entry->tenant, span_str(arena_printf(run->arena, "plan/%s/", id)));
	return OK;
}

static const struct kind_rules rules[KIND_COUNT] = {
	[KIND_TENANT] = { NEEDS_ONE(COMPANIES_MANAGE), .realm_only = true, .check = tenant_check,
		.created = tenant_created, .modified = tenant_modified,
		.check_delete = tenant_check_delete },
	[KIND_USER] = { NEEDS(USERS_VIEW, USERS_CREATE, USERS_EDIT, USERS_DELETE, USERS_EDIT),
		.check = user_check, .modified = user_modified,
		.check_delete = ownership_check_delete },
	[KIND_ROLE] = { NEEDS(ROLES_VIEW, ROLES_EDIT, ROLES_EDIT, ROLES_EDIT, ROLES_ASSIGN),
		.check = role_check, .check_delete = role_check_delete },
	[KIND_SCOPE] = { NEEDS(SCOPES_VIEW, SCOPES_EDIT, SCOPES_EDIT, SCOPES_EDIT, SCOPES_ASSIGN),
		.check = plain_check, .check_delete = ownership_check_delete },
	[KIND_GROUP] = { NEEDS(GROUPS_VIEW, GROUPS_EDIT, GROUPS_EDIT, GROUPS_EDIT, GROUPS_EDIT),
		.check = plain_check, .check_delete = ownership_check_delete },
	[KIND_CLIENT] = { NEEDS_ONE(CLIENTS_MANAGE), .check = client_check },
	[KIND_DIRECTORY] = { NEEDS_ONE(DIRECTORIES_MANAGE), .check = directory_check },
	[KIND_WEBHOOK] = { NEEDS_ONE(WEBHOOKS_MANAGE), .check = plain_check },
	[KIND_SETTINGS] = { NEEDS_ONE(SETTINGS_EDIT), .check = settings_check,
		.modified = settings_modified, .check_delete = settings_check_delete,
		.action = settings_action, .state = "logo" },
	[KIND_TOMBSTONE] = { NEEDS_ONE(USERS_DELETE), .check = tombstone_check,
		.check_delete = tombstone_check_delete },
	[KIND_JOB] = { NEEDS(USERS_VIEW, COMPANIES_MANAGE, COMPANIES_MANAGE, COMPANIES_MANAGE,
			       COMPANIES_MANAGE),
		.part = UINT64_C(1) << PERM_INTEGRATIONS_MANAGE, .check = plain_check,
		.deleted = job_deleted },
	[KIND_PERMISSION] = { REGISTERED },
	[KIND_APP] = { REGISTERED },
	[KIND_CONFLICT] = { SETTLED },
	[KIND_HELD] = { SETTLED },
	[KIND_TEST] = { NEEDS(USERS_VIEW, USERS_CREATE, USERS_EDIT, USERS_DELETE, USERS_EDIT),
		.check = plain_check },
	[KIND_POINTER] = { NEEDS(USERS_VIEW, USERS_EDIT, USERS_EDIT, USERS_EDIT, USERS_EDIT),
		.check = pointer_check },
	[KIND_PLAN] = { NEEDS_ONE(DIRECTORIES_MANAGE), .check = plain_check,
		.deleted = plan_deleted },
};

const struct kind_rules *kind_rules(enum kind kind)
{
	return &rules[kind];
}

const char *rules_spelling(enum kind kind, enum attr attr)
{
	return attr == ATTR_COMMON_NAME && kind_is_container(kind) ? "displayName"
								   : attr_spelling(attr);
}

enum err plain_check(struct run *run, const struct entry *before, struct entry *after)
{
	(void)before;
	enum attr naming = kind_row(after->kind)->naming;
	if (!entry_first(after, naming).len)
		return fail(run->why, ERR_MISSING, rules_spelling(after->kind, naming),
			"a %s needs a name", kind_row(after->kind)->word);
	return OK;
}

static bool had(const struct entry *before, const struct value *value)
{
	const struct value *old;
	bool per_source = attr_has(value->attr, ATTR_PER_SOURCE);
	for (size_t i = 0; before && (old = entry_value(before, value->attr, i)); i++)
		if (span_equal(old->octets, value->octets) &&
			(!per_source || old->source == value->source))
			return true;
	return false;
}

static bool is_unique(const struct run *run, const struct entry *entry, enum attr attr)
{
	if (attr == ATTR_EMAIL)
		return policy_of(run->txn, run->command->tenant, POLICY_EMAIL_UNIQUENESS) ==
		       EMAIL_UNIQUE;
	return (attr_row(attr)->index & INDEX_UNIQUE) || kind_row(entry->kind)->naming == attr;
}

static enum err taken(struct run *run, enum kind kind, const struct value *value)
{
	return fail(run->why, ERR_EXISTS, rules_spelling(kind, value->attr),
		"the %s is already taken by another %s",
		value->attr == ATTR_COMMON_NAME ? "name" : attr_spelling(value->attr),
		kind_row(kind)->word);
}

static enum err check_unique(struct run *run, const struct entry *entry, const struct value *value)
{
	uint32_t number;
	struct record holder;
	struct span normal = value_normal(run->arena, value->attr, value->octets);
	if (!txn_find_value(
		    run->txn, run->command->tenant, entry->kind, value->attr, normal, &number) ||
		number == entry->number)
		return OK;
	if (txn_entry(run->txn, run->command->tenant, entry->kind, number, &holder))
		clash_over_name(run, &holder, value);
	return taken(run, entry->kind, value);
}

static bool says(const struct record *record, const struct value *wanted)
{
	for (size_t i = record_find(record, wanted->attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != wanted->attr)
			break;
		if (value.source == wanted->source && span_equal(value.octets, wanted->octets))
			return true;
	}
	return false;
}

/* Within the resource type, among what this source says. */
static enum err check_unique_of_source(
	struct run *run, const struct entry *entry, const struct value *value)
{
	struct record record;
	uint32_t tenant = run->command->tenant;
	struct span normal = value_normal(run->arena, value->attr, value->octets);
	bool found = false;
	for (enum kind kind = KIND_USER; !found && kind < KIND_COUNT; kind++) {
		uint32_t number = 0;
		if (kind != entry->kind &&
			!(kind_is_container(kind) && kind_is_container(entry->kind)))
			continue;
		struct postings *all =
			postings_equal(run->txn, run->arena, tenant, kind, value->attr, normal);
		while (!found && postings_next(all, number, &number)) {
			found = number != entry->number &&
				txn_entry(run->txn, tenant, kind, number, &record) &&
				says(&record, value);
			if (++number == 0)
				break;
		}
		postings_close(all);
	}
	return found ? taken(run, entry->kind, value) : OK;
}

static enum err check_reference(
	struct run *run, const struct entry *entry, const struct value *value)
{
	struct uuid id;
	enum kind kind;
	uint32_t number;
	if (uuid_from_octets(value->octets, &id) &&
		txn_find_id(run->txn, run->command->tenant, &id, &kind, &number) &&
		(value->attr != ATTR_MANAGER || (kind == KIND_USER && number != entry->number)))
		return OK;
	return fail(run->why, ERR_VALUE, attr_spelling(value->attr), "there is no such entry");
}

static enum err check_value(struct run *run, const struct entry *before, const struct entry *after,
	const struct value *value)
{
	const struct attr_row *row = attr_row(value->attr);
	if (!(row->kinds >> after->kind & 1) || (row->flags & ATTR_COMPUTED))
		return fail(run->why, ERR_VALUE, attr_spelling(value->attr),
			"a %s does not have this attribute", kind_row(after->kind)->word);
	if (had(before, value))
		return OK;
	if (value->attr == ATTR_PASSWORD && !password_is_hash(value->octets))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_PASSWORD),
			"the password's stored form is not one that can be verified");
	if (row->syntax == SYNTAX_REFERENCE) {
		enum err err = check_reference(run, after, value);
		if (err)
			return err;
	}
	if (attr_has(value->attr, ATTR_PER_SOURCE) && value->source != SOURCE_LOCAL)
		return check_unique_of_source(run, after, value);
	return is_unique(run, after, value->attr) ? check_unique(run, after, value) : OK;
}

/* RFC 7643 section 7, "immutable": what has been said stays. */
static enum err check_immutable(
	struct run *run, const struct entry *before, const struct entry *after)
{
	for (size_t i = 0; i < before->count; i++) {
		enum attr attr = before->values[i].attr;
		if (attr_has(attr, ATTR_IMMUTABLE) && !entry_same_values(before, after, attr))
			return fail(run->why, ERR_MUTABILITY, attr_spelling(attr),
				"the value cannot be changed once it is set");
	}
	return OK;
}

enum err rules_values(struct run *run, const struct entry *before, struct entry *after)
{
	enum err named = name_settle(run, before, after);
	if (named)
		return named;
	for (size_t i = 0; i < after->count; i++) {
		const struct value *value = &after->values[i];
		enum err err = check_value(run, before, after, value);
		if (err)
			return err;
		if (attr_has(value->attr, ATTR_SINGLE) && i && value[-1].attr == value->attr &&
			(!attr_has(value->attr, ATTR_PER_SOURCE) ||
				value[-1].instance == value->instance))
			return fail(run->why, ERR_VALUE, attr_spelling(value->attr),
				"the attribute has one value only");
	}
	return before ? check_immutable(run, before, after) : OK;
}

bool source_directory(struct run *run, uint32_t tenant, uint16_t source, struct span *name)
{
	struct record record;
	if (source == SOURCE_LOCAL || source == SOURCE_DERIVED ||
		!find_by_source(run->txn, tenant, KIND_DIRECTORY, source, &record))
		return false;
	*name = record_first(&record, ATTR_COMMON_NAME);
	return true;
}
