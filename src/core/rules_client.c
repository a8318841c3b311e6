#include "core/login_int.h"
#include "core/membership_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "model/grant.h"
#include "model/target.h"

static enum err allocate_source(struct run *run, const struct entry *before, struct entry *after)
{
	if (before)
		return OK;
	uint16_t source = txn_new_source(run->txn, run->command->tenant);
	if (source >= (SOURCE_DERIVED & ~SOURCE_FOLLOWS))
		return fail(run->why, ERR_TOO_MANY, NULL,
			"a tenant has had as many clients and directories as there can be");
	return entry_set(after, ATTR_SOURCE_NUMBER, SOURCE_LOCAL,
		span_str(arena_printf(run->arena, "%u", (unsigned)source)), run->why);
}

static bool differs(const struct entry *a, const struct entry *b, enum attr attr)
{
	return !span_equal(entry_first(a, attr), entry_first(b, attr));
}

/* ---- what each type of client may say of itself ---- */

enum {
	SCIM = 1 << 0,
	SERVICE = 1 << 1,
	API = 1 << 2,
	PERSONAL = 1 << 3,
};

static unsigned type_of(const struct entry *client)
{
	static const char *const types[] = { "scim", "service", "api", "personal" };
	struct span type = entry_first(client, ATTR_CLIENT_TYPE);
	for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
		if (span_equal(type, span_str(types[i])))
			return 1u << i;
	return 0;
}

static bool is_profile(struct span text)
{
	return profile_by_word(text) != PROFILE_COUNT;
}

static bool is_no_target(struct span text)
{
	enum no_target no_target;
	return no_target_by_word(text, &no_target);
}

static bool is_at_most(struct span text, uint64_t most)
{
	uint64_t number;
	return span_to_u64(text, &number) && number <= most;
}

static bool is_rate(struct span text)
{
	return is_at_most(text, LIMIT_RATE);
}

static bool is_approval(struct span text)
{
	return span_equal(text, SPAN("privileged")) || span_equal(text, SPAN("never")) ||
	       span_equal(text, SPAN("all"));
}

static bool is_target(struct span text)
{
	struct target target;
	return target_parse(text, &target) && target.attr == ATTR_NONE && target.kind != KIND_GROUP;
}

static bool is_count(struct span text)
{
	return is_at_most(text, INT32_MAX);
}

static bool is_percent(struct span text)
{
	return is_at_most(text, 100);
}

static bool is_factor(struct span text)
{
	return text.len && factor_of_word(text) != FACTOR_COUNT;
}

static const struct setting {
	enum attr attr;
	unsigned types;
	bool (*fits)(struct span text); /* NULL: whatever its syntax allows */
	const char *wanted;
} settings[] = {
	{ ATTR_PROFILE, SCIM, is_profile, "expected a profile: profile list shows them" },
	{ ATTR_NO_TARGET, SCIM, is_no_target, "expected create, add or refuse" },
	{ ATTR_RATE, SCIM | SERVICE | API | PERSONAL, is_rate,
		"expected requests a second, 100000 at most" },
	{ ATTR_ADOPTS, SCIM, NULL, NULL },
	{ ATTR_ROLES_AS_GROUPS, SCIM, NULL, NULL },
	{ ATTR_APPROVAL, SCIM, is_approval, "expected privileged, never or all" },
	{ ATTR_GROUP_MAPPING, SCIM, is_target,
		"expected <group>=role:<name> or <group>=scope:<name>" },
	{ ATTR_LIMIT_COUNT, SCIM, is_count, "expected a number of people" },
	{ ATTR_LIMIT_PERCENT, SCIM, is_percent, "expected 0 to 100" },
	{ ATTR_OWNER, PERSONAL, NULL, NULL },
	{ ATTR_BIND_CONTAINER, SERVICE, NULL, NULL },
	{ ATTR_BIND_FACTOR, SERVICE, is_factor, "expected password, password+totp or application" },
	{ ATTR_LDAP_ATTRIBUTE, SERVICE, NULL, NULL },
	{ ATTR_LDAP_BASE, SERVICE, NULL, NULL },
	{ ATTR_LDAP_FILTER, SERVICE, NULL, NULL },
	{ ATTR_LDAP_SIZE_LIMIT, SERVICE, is_count, "expected a number of entries" },
	{ ATTR_LDAP_TIME_LIMIT, SERVICE, is_count, "expected a number of seconds" },
	{ ATTR_LDAP_ADDRESS, SERVICE, NULL, NULL },
	{ ATTR_LDAP_CONNECTIONS, SERVICE, is_count, "expected a number of connections" },
};
_Static_assert(LIMIT_RATE == 100000, "the sentence above says so");

static enum err check_setting(
	struct run *run, const struct entry *client, const struct setting *setting)
{
	const struct value *value;
	const char *name = attr_spelling(setting->attr);
	for (size_t i = 0; (value = entry_value(client, setting->attr, i)); i++) {
		if (!(setting->types & type_of(client)))
			return fail(run->why, ERR_VALUE, name,
				"a client of type %.*s does not have this",
				SPAN_ARGS(entry_first(client, ATTR_CLIENT_TYPE)));
		if (setting->fits && !setting->fits(value->octets))
			return fail(run->why, ERR_VALUE, name, "%s", setting->wanted);
	}
	return OK;
}

static enum err check_settings(struct run *run, const struct entry *client)
{
	enum err err = OK;
	if (!type_of(client))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_CLIENT_TYPE),
			"a client is of type scim, service, api or personal");
	for (size_t i = 0; !err && i < sizeof settings / sizeof *settings; i++)
		err = check_setting(run, client, &settings[i]);
	return err;
}

/* Operators come through the admin API and nowhere else. */
static enum err check_realm(struct run *run, const struct entry *client)
{
	if (run->command->tenant != 0 ||
		span_equal(entry_first(client, ATTR_CLIENT_TYPE), SPAN("api")))
		return OK;
	return fail(run->why, ERR_VALUE, attr_spelling(ATTR_CLIENT_TYPE),
		"the operator realm has clients of type api only");
}

static enum err check_width(struct run *run, const struct entry *before, const struct entry *after)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(after, ATTR_PERMISSION, i)); i++)
		if (!(before && entry_has_permission(before, value->octets)) &&
			!actor_holds(run, value->octets))
			return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_PERMISSION),
				"nobody makes a key that may do what they may not: %.*s",
				SPAN_ARGS(value->octets));
	return OK;
}

static enum err check_life(struct run *run, const struct entry *before, const struct entry *after)
{
	struct record maker;
	int64_t least, until;
	struct span text = entry_first(after, ATTR_EXPIRES);
	const struct actor *actor = run->actor;
	if (!actor->entrance.client ||
		(before && span_equal(text, entry_first(before, ATTR_EXPIRES))) ||
		!txn_entry(run->txn, actor->tenant, KIND_CLIENT, actor->entrance.client, &maker) ||
		!time_parse_generalized(record_first(&maker, ATTR_EXPIRES), &least) ||
		(time_parse_generalized(text, &until) && until <= least))
		return OK;
	return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_EXPIRES),
		"a key makes none that outlives it");
}

/* Who may assign any role hands roles to people who answer for themselves; a key answers for
 * nobody, so that what its maker could not do stays out of its reach. It belongs to the company: it
 * stays when its maker leaves. */
static enum err check_maker(struct run *run, const struct entry *before, const struct entry *after)
{
	if (actor_is_unbound(run->actor))
		return OK;
	enum err err = check_width(run, before, after);
	return err ? err : check_life(run, before, after);
}

/* A mapping gives out roles without anybody's ceiling, and so does an approval that is not asked
 * for: who writes them must be free of one. */
static enum err check_mapping(
	struct run *run, const struct entry *before, const struct entry *after)
{
	static const enum attr attrs[] = { ATTR_GROUP_MAPPING, ATTR_APPROVAL };
	for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++) {
		bool same = before ? entry_same_values(before, after, attrs[i])
				   : !entry_has(after, attrs[i]);
		if (!same && !actor_may(run->actor, PERM_ROLES_ASSIGN_ANY))
			return fail(run->why, ERR_GRANT_CEILING, attr_spelling(attrs[i]),
				"only who may assign any role decides how roles are given");
	}
	return OK;
}

/* ---- personal ones ---- */

static bool is_owner_of(const struct actor *actor, const struct entry *client)
{
	return actor->kind == KIND_USER && !actor->delegation &&
	       span_equal(entry_first(client, ATTR_OWNER), uuid_span(&actor->id));
}

static enum err check_owner(struct run *run, const struct entry *client)
{
	struct record owner;
	struct span reference = entry_first(client, ATTR_OWNER);
	if (find_person(run->txn, run->command->tenant, reference, &owner))
		return OK;
	return fail(run->why, reference.len ? ERR_VALUE : ERR_MISSING, attr_spelling(ATTR_OWNER),
		"a personal token belongs to a person");
}

/* Whoever learns its token becomes its owner: that is for the owner alone, whatever else somebody
 * may do with clients, and not for who acts as the owner for a while. */
static enum err check_personal(
	struct run *run, const struct entry *before, const struct entry *after, bool stolen)
{
	if (before &&
		(differs(before, after, ATTR_CLIENT_TYPE) || differs(before, after, ATTR_OWNER)))
		return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_CLIENT_TYPE),
			"a client keeps its type and its owner");
	if (type_of(after) != PERSONAL)
		return OK;
	enum err err = check_owner(run, after);
	if (err || (before && !stolen) || actor_is_unbound(run->actor) ||
		is_owner_of(run->actor, after))
		return err;
	return fail(run->why, ERR_FORBIDDEN, attr_spelling(ATTR_OWNER),
		"nobody has a token of another person's made but an operator of this machine");
}

/* ---- all of it ---- */

enum err client_check(struct run *run, const struct entry *before, struct entry *after)
{
	/* Who brings in a new secret can be this client. */
	bool stolen = before && (differs(before, after, ATTR_TOKEN_DIGEST) ||
					differs(before, after, ATTR_PASSWORD));
	permission_sort(after);
	enum err err = plain_check(run, before, after);
	if (!err)
		err = password_note(run, before, after);
	if (!err)
		err = check_settings(run, after);
	if (!err)
		err = check_realm(run, after);
	if (!err)
		err = check_personal(run, before, after, stolen);
	if (!err)
		err = check_mapping(run, before, after);
	if (!err)
		err = rights_grant_entry(run, stolen ? NULL : before, after);
	if (!err)
		err = check_maker(run, stolen ? NULL : before, after);
	if (!err)
		err = catalogue_check(run, before, after);
	return err ? err : allocate_source(run, before, after);
}

/* ---- directories ---- */

static bool was_approved(const struct entry *before, struct span text)
{
	const struct value *value;
	for (size_t i = 0; before && (value = entry_value(before, ATTR_GRANT_APPROVED, i)); i++)
		if (span_equal(value->octets, text))
			return true;
	return false;
}

/* Whoever approves that a group gives a role could give it to everybody in the group, one by one:
 * they need the same rights. */
static enum err check_approval(struct run *run, struct span text)
{
	const char *name = attr_spelling(ATTR_GRANT_APPROVED);
	struct grant grant;
	struct record role;
	enum kind kind;
	uint32_t number;
	if (!grant_parse(text, &grant))
		return fail(run->why, ERR_VALUE, name, "expected <anchor> <role> <power>");
	if (!txn_find_id(run->txn, run->command->tenant, &grant.role, &kind, &number) ||
		kind != KIND_ROLE ||
		!txn_entry(run->txn, run->command->tenant, kind, number, &role))
		return fail(run->why, ERR_UNKNOWN, name, "there is no such role");
	if (role_power(&role) != grant.power)
		return fail(run->why, ERR_CONFLICT, name,
			"the role lets people do something else by now");
	enum err err = rights_need_members(run, KIND_ROLE);
	return err ? err : membership_grant(run, record_entry(run->arena, &role));
}

static enum err check_approvals(
	struct run *run, const struct entry *before, const struct entry *after)
{
	const struct value *value;
	enum err err = OK;
	if (entry_value_count(after, ATTR_GRANT_APPROVED) > LIMIT_GRANTS)
		return fail(run->why, ERR_TOO_MANY, attr_spelling(ATTR_GRANT_APPROVED),
			"a directory has at most %d", LIMIT_GRANTS);
	for (size_t i = 0; !err && (value = entry_value(after, ATTR_GRANT_APPROVED, i)); i++)
		if (!was_approved(before, value->octets))
			err = check_approval(run, value->octets);
	return err;
}

/* It stands in the addresses of the API and of the console. */
static enum err check_address(
	struct run *run, const struct entry *before, const struct entry *after)
{
	static const char *const others[] = { ".", "..", "new" };
	struct span name = entry_first(after, ATTR_COMMON_NAME);
	bool stands = span_find(name, '/') == name.len && span_find(name, '\\') == name.len;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		stands = stands && !span_equal(name, span_str(others[i]));
	if (stands || (before && span_equal(name, entry_first(before, ATTR_COMMON_NAME))))
		return OK;
	return fail(run->why, ERR_VALUE, "name",
		"a directory's name has no slash, and is not \".\", \"..\" or \"new\"");
}

enum err directory_check(struct run *run, const struct entry *before, struct entry *after)
{
	enum err err = check_address(run, before, after);
	if (!err)
		err = check_mapping(run, before, after);
	if (!err)
		err = check_approvals(run, before, after);
	if (!err)
		err = plain_check(run, before, after);
	return err ? err : allocate_source(run, before, after);
}
