#include "core/core_int.h"

#include "base/hash.h"
#include "base/limits.h"
#include "model/locale.h"

#define NAME SPAN("settings")

/* The realm's people and the machine's owner; whoever else may edit settings is of the tenant. */
static bool is_operator(const struct run *run)
{
	return actor_is_unbound(run->actor) || run->actor->tenant == 0;
}

static enum err for_operators(struct run *run, const char *attribute)
{
	return fail(run->why, ERR_FORBIDDEN, attribute, "only an operator changes this");
}

/* ---- preset and policies ---- */

static enum err check_preset(struct run *run, const struct entry *before, struct entry *after)
{
	struct span preset = entry_first(after, ATTR_PRESET);
	if (!preset.len)
		return entry_set(after, ATTR_PRESET, SOURCE_LOCAL,
			span_str(preset_name(PRESET_PEGOTEC)), run->why);
	if (preset_by_name(preset) == PRESET_COUNT)
		return fail(run->why, ERR_UNKNOWN, "preset", "there is no preset %.*s",
			SPAN_ARGS(preset));
	/* It changes the operator's policies with all others. */
	if (before && !span_equal(entry_first(before, ATTR_PRESET), preset) && !is_operator(run))
		return for_operators(run, "preset");
	return OK;
}

/* The value in these settings, or of their preset. */
static struct span text_of(const struct entry *settings, enum policy wanted)
{
	const struct value *row;
	for (size_t i = 0; settings && (row = entry_value(settings, ATTR_POLICY, i)); i++) {
		enum policy policy;
		struct span value;
		if (policy_parse(row->octets, &policy, &value, NULL) == OK && policy == wanted)
			return value;
	}
	enum preset preset =
		settings ? preset_by_name(entry_first(settings, ATTR_PRESET)) : PRESET_PEGOTEC;
	return span_str(policy_row(wanted)->presets[preset < PRESET_COUNT ? preset : 0]);
}

static bool policy_differs(
	const struct entry *before, const struct entry *after, enum policy policy)
{
	return !span_equal(text_of(before, policy), text_of(after, policy));
}

static enum err check_policy(struct run *run, uint64_t *seen, struct span row)
{
	enum policy policy;
	struct span value;
	enum err err = policy_parse(row, &policy, &value, run->why);
	if (!err)
		err = policy_check(policy, value, run->why);
	if (!err && (*seen >> policy & 1))
		err = fail(run->why, ERR_VALUE, policy_row(policy)->codename,
			"the policy is named twice");
	if (!err)
		*seen |= UINT64_C(1) << policy;
	return err;
}
_Static_assert(POLICY_COUNT <= 64, "check_policy marks policies in 64 bits");

/* What the preset says already is not held besides. */
static void drop_defaults(struct entry *settings)
{
	const struct value *row;
	enum preset preset = preset_by_name(entry_first(settings, ATTR_PRESET));
	for (size_t i = 0; (row = entry_value(settings, ATTR_POLICY, i));) {
		enum policy policy;
		struct span value;
		if (policy_parse(row->octets, &policy, &value, NULL) == OK &&
			span_equal(span_str(policy_row(policy)->presets[preset]), value))
			entry_remove_instance(settings, ATTR_POLICY, row->instance);
		else
			i++;
	}
}

static bool becomes(const struct entry *before, const struct entry *after, enum policy policy,
	struct span value)
{
	return policy_differs(before, after, policy) && span_equal(text_of(after, policy), value);
}

/* What a policy adds to a built-in role, or shows to all without a scope, is handed out by who sets
 * it. */
static enum err check_ceiling(
	struct run *run, const struct entry *before, const struct entry *after)
{
	if (is_operator(run))
		return OK;
	if (becomes(before, after, POLICY_SCOPE_EMPTY_MEANS, SPAN("all")) &&
		!actor_sees_everything(run))
		return fail(run->why, ERR_GRANT_CEILING,
			policy_row(POLICY_SCOPE_EMPTY_MEANS)->codename,
			"without a scope a person would see more than who decides it");
	return becomes(before, after, POLICY_MAPPER_CREATES, SPAN("true"))
		       ? rights_grant(run, span_str(permission_codename(PERM_USERS_CREATE)))
		       : OK;
}

static enum err check_retention(
	struct run *run, const struct entry *before, const struct entry *after)
{
	if (actor_may(run->actor, PERM_AUDIT_RETENTION) ||
		!policy_differs(before, after, POLICY_AUDIT_RETENTION))
		return OK;
	return fail(run->why, ERR_FORBIDDEN, policy_row(POLICY_AUDIT_RETENTION)->codename,
		"the permission %s is missing", permission_codename(PERM_AUDIT_RETENTION));
}

static enum err check_admins(struct run *run, const struct entry *before, const struct entry *after)
{
	uint64_t was = 0, asked = 0;
	span_to_u64(text_of(before, POLICY_ADMINS_HARD), &was);
	span_to_u64(text_of(after, POLICY_ADMINS_HARD), &asked);
	return before && asked > was ? rules_admins_asked(run, (unsigned)asked) : OK;
}

static enum err check_policies(struct run *run, const struct entry *before, struct entry *after)
{
	const struct value *row;
	uint64_t seen = 0;
	enum err err = OK;
	for (size_t i = 0; !err && (row = entry_value(after, ATTR_POLICY, i)); i++)
		err = check_policy(run, &seen, row->octets);
	if (err)
		return err;
	drop_defaults(after);
	for (unsigned i = 0; i < POLICY_COUNT && !is_operator(run); i++)
		if (policy_row(i)->of_operator && policy_differs(before, after, i))
			return for_operators(run, policy_row(i)->codename);
	err = check_retention(run, before, after);
	if (!err)
		err = check_admins(run, before, after);
	return err ? err : check_ceiling(run, before, after);
}

/* ---- features ---- */

static const struct value *find_feature(
	const struct entry *settings, struct span name, struct feature *feature, size_t from)
{
	const struct value *row;
	for (size_t i = from; settings && (row = entry_value(settings, ATTR_FEATURE, i)); i++)
		if (feature_parse(row->octets, feature) && span_equal(feature->name, name))
			return row;
	return NULL;
}

/* A tenant's people turn the flags that are theirs; which there are, and whose, is not theirs to
 * say. */
static bool may_differ(const struct feature *before, const struct feature *after)
{
	return before->of_tenant == after->of_tenant &&
	       (before->of_tenant || before->on == after->on);
}

static bool covers(const struct entry *mine, const struct entry *other)
{
	const struct value *row;
	struct feature a, b;
	for (size_t i = 0; mine && (row = entry_value(mine, ATTR_FEATURE, i)); i++)
		if (!feature_parse(row->octets, &a) || !find_feature(other, a.name, &b, 0) ||
			!may_differ(&a, &b))
			return false;
	return true;
}

static enum err check_features(
	struct run *run, const struct entry *before, const struct entry *after)
{
	const struct value *row;
	struct feature feature, twin;
	if (entry_value_count(after, ATTR_FEATURE) > LIMIT_FEATURES)
		return fail(run->why, ERR_TOO_LARGE, "features", "at most %d feature flags",
			LIMIT_FEATURES);
	for (size_t i = 0; (row = entry_value(after, ATTR_FEATURE, i)); i++) {
		if (!feature_parse(row->octets, &feature))
			return fail(run->why, ERR_VALUE, "features",
				"a feature flag is name=on, name=off or tenant:name=on");
		if (find_feature(after, feature.name, &twin, i + 1))
			return fail(run->why, ERR_EXISTS, "features",
				"the feature flag %.*s is named twice", SPAN_ARGS(feature.name));
	}
	if (is_operator(run) || (covers(before, after) && covers(after, before)))
		return OK;
	return for_operators(run, "features");
}

/* ---- logo ---- */

static enum err wrong_logo(struct run *run)
{
	return fail(run->why, ERR_VALUE, "logo", "the logo and its digest do not belong together");
}

/* The octets come as a state row of the same command, so that one does not change without the
 * other. */
static enum err check_logo(struct run *run, const struct entry *before, const struct entry *after)
{
	uint8_t digest[32];
	const struct command *command = run->command;
	struct span wanted = entry_first(after, ATTR_LOGO_DIGEST);
	struct span type = entry_first(after, ATTR_LOGO_TYPE);
	struct span had = before ? entry_first(before, ATTR_LOGO_DIGEST) : SPAN_NONE;
	if (!command->state_count)
		return span_equal(wanted, had) ? OK : wrong_logo(run);
	struct span octets = command->states[0].value;
	if (!octets.len)
		return wanted.len || type.len ? wrong_logo(run) : OK;
	if (octets.len > LIMIT_LOGO_OCTETS)
		return fail(run->why, ERR_TOO_LARGE, "logo", "a logo has at most %d octets",
			LIMIT_LOGO_OCTETS);
	if (!span_equal(type, SPAN("image/png")) && !span_equal(type, SPAN("image/svg+xml")))
		return fail(run->why, ERR_VALUE, "logo", "a logo is a PNG or an SVG");
	hash_sha256(octets, digest);
	return span_equal(wanted, span_of(digest, sizeof digest)) ? OK : wrong_logo(run);
}

/* ---- languages and time zones ---- */

static const struct {
	enum attr attr;
	bool (*is_known)(struct span text);
	const char *what;
} places[] = {
	{ ATTR_TIME_ZONE, zone_is_known, "time zone" },
	{ ATTR_LANGUAGE, language_is_known, "language" },
	{ ATTR_LOCALE, language_is_known, "language" },
};

static enum err check_places(struct run *run, const struct entry *before, const struct entry *after)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct span text = entry_first(after, places[i].attr);
		if (!text.len || (before && entry_same_values(before, after, places[i].attr)) ||
			places[i].is_known(text))
			continue;
		return fail(run->why, ERR_UNKNOWN, attr_spelling(places[i].attr),
			"there is no %s %.*s", places[i].what, SPAN_ARGS(text));
	}
	return OK;
}

/* RFC 7643 section 4.1.1 lets a provisioner send what its own directory holds. */
enum err locale_check(struct run *run, const struct entry *before, const struct entry *after)
{
	const struct actor *actor = run->actor;
	bool chooses = actor->type == ACTOR_USER || actor->type == ACTOR_CLIENT;
	return chooses && actor->channel == CHANNEL_API ? check_places(run, before, after) : OK;
}

/* ---- the entry ---- */

static enum err check_name(struct run *run, struct entry *after)
{
	if (!entry_has(after, ATTR_COMMON_NAME))
		return entry_set(after, ATTR_COMMON_NAME, SOURCE_LOCAL, NAME, run->why);
	return span_equal(entry_first(after, ATTR_COMMON_NAME), NAME)
		       ? OK
		       : fail(run->why, ERR_MUTABILITY, "name", "settings have no other name");
}

enum err settings_check(struct run *run, const struct entry *before, struct entry *after)
{
	enum err err = check_name(run, after);
	if (!err)
		err = check_preset(run, before, after);
	if (!err)
		err = check_policies(run, before, after);
	if (!err)
		err = check_features(run, before, after);
	if (!err)
		err = check_logo(run, before, after);
	return err ? err : check_places(run, before, after);
}

enum err settings_check_delete(struct run *run, const struct entry *entry)
{
	(void)entry;
	return fail(run->why, ERR_MUTABILITY, NULL, "a tenant's settings end with the tenant");
}

const char *settings_action(const struct entry *before, const struct entry *after)
{
	if (!entry_same_values(before, after, ATTR_FEATURE))
		return "tenant.features.changed";
	return policy_differs(before, after, POLICY_AUDIT_RETENTION) ? "audit.retention.changed"
								     : "tenant.updated";
}

enum err settings_create(struct run *run, uint32_t tenant, struct span preset)
{
	struct entry *settings = entry_new(run->arena, KIND_SETTINGS);
	enum err err = entry_set(settings, ATTR_PRESET, SOURCE_LOCAL, preset, run->why);
	if (!err)
		err = settings_check(run, NULL, settings);
	return err ? err : run_make(run, tenant, "tenant.created", settings);
}
