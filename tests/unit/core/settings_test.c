#include "fixture.h"

#include "base/hash.h"

static struct ref settings_of(struct fixture *f, uint32_t tenant)
{
	struct record record;
	assert_true(view_settings(look(f), tenant, &record));
	return (struct ref){ KIND_SETTINGS, tenant, record.number, record.id };
}

static struct outcome set(
	struct fixture *f, const struct actor *actor, enum attr attr, const char *text)
{
	return modify(f, actor, settings_of(f, f->acme), PATCH_ADD, attr, text);
}

/* Somebody of the tenant who may edit its settings. */
static struct actor editor(struct fixture *f)
{
	return act_as(f, make_holder(f, f->acme, "ada", "Admin"));
}

/* ---- presets ---- */

/* Section 8.2 of the requirements, written down a second time. */
static const struct {
	const char *codename, *values[PRESET_COUNT];
} wanted[] = {
	{ "roles.cardinality", { "multiple", "single", "multiple" } },
	{ "roles.required", { "true", "true", "true" } },
	{ "scope.kind", { "site", "security_group", "facility" } },
	{ "scope.label", { "Production sites", "Security groups", "Facilities" } },
	{ "scope.empty_means", { "all", "none", "none" } },
	{ "full_access", { "off", "off", "scope" } },
	{ "email.required", { "true", "true", "true" } },
	{ "email.mutability", { "support_only", "immutable", "admin_verified" } },
	{ "email.verification", { "by_invite", "by_invite", "separate" } },
	{ "delete.mode", { "hard_if_no_history", "disable", "soft" } },
	{ "onboarding.credential", { "set reset_link", "temp_password", "invite_link" } },
	{ "onboarding.mail", { "optional", "always", "always" } },
	{ "links.reset_ttl", { "86400", "86400", "86400" } },
	{ "links.invite_ttl", { "86400", "604800", "604800" } },
	{ "links.temp_ttl", { "259200", "259200", "259200" } },
	{ "impersonation.enabled", { "false", "true", "false" } },
	{ "impersonation.display", { "both", "subject", "both" } },
	{ "hierarchy.visibility", { "off", "off", "off" } },
	{ "admins.min_hard", { "1", "1", "1" } },
	{ "admins.min_warn", { "2", "2", "2" } },
	{ "csv.layout",
		{ "name email username roles production_sites active",
			"first_name last_name email user_type parent_user organization "
			"security_groups role apps",
			"first_name last_name email phone groups full_access facilities" } },
	{ "imports.max_rows", { "5000", "5000", "5000" } },
	{ "imports.max_bytes", { "5242880", "5242880", "5242880" } },
	{ "imports.async_over", { "1000", "1000", "1000" } },
	{ "imports.concurrent", { "1", "1", "1" } },
	{ "password.rotate_on_elevation", { "prompt", "off", "off" } },
	{ "support.consent", { "notify", "off", "off" } },
	{ "support.display", { "label", "name", "name" } },
	{ "audit.retention_days", { "0", "0", "0" } },
	{ "labels.users", { "Users", "List of Users in the System", "Users" } },
	{ "labels.section", { "Users and Roles", "Users", "Users & Permissions" } },
};

static void a_tenant_of_each_preset_follows_its_policies(void **state)
{
	struct fixture *f = *state;
	for (unsigned preset = 0; preset < PRESET_COUNT; preset++) {
		uint32_t tenant = make_tenant_of(f, preset_name(preset));
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
			enum policy policy = policy_by_codename(span_str(wanted[i].codename));
			assert_true(policy < POLICY_COUNT);
			struct span text = view_policy_text(f->view, tenant, policy);
			assert_string_equal(arena_string(f->arena, text), wanted[i].values[preset]);
		}
	}
}

static void each_value_of_a_preset_is_allowed(void **state)
{
	(void)state;
	struct why why = { 0 };
	for (unsigned i = 0; i < POLICY_COUNT; i++)
		for (unsigned preset = 0; preset < PRESET_COUNT; preset++)
			assert_int_equal(
				policy_check(i, span_str(policy_row(i)->presets[preset]), &why),
				OK);
}

static void a_tenant_has_settings_from_its_first_moment(void **state)
{
	struct fixture *f = *state;
	assert_first(f, settings_of(f, f->acme), ATTR_PRESET, "pegotec");
	assert_int_equal(view_count(look(f), f->acme, KIND_SETTINGS), 1);
}

static void an_unknown_preset_is_named(void **state)
{
	struct fixture *f = *state;
	struct tenant_info info;
	struct entry *tenant = new_entry(f, KIND_TENANT, "initech");
	add_value(tenant, ATTR_PRESET, "sap");
	struct outcome outcome = create(f, &f->operator, 0, tenant);
	assert_err(outcome, ERR_UNKNOWN);
	assert_non_null(strstr(outcome.why.text, "sap"));
	assert_false(view_tenant(look(f), SPAN("initech"), &info));
}

/* ---- policies ---- */

static void a_policy_is_changed_by_who_may_edit_settings(void **state)
{
	struct fixture *f = *state;
	struct actor ada = editor(f);
	assert_err(set(f, &ada, ATTR_POLICY, "roles.cardinality=single"), OK);
	assert_int_equal(view_policy(look(f), f->acme, POLICY_ROLES_CARDINALITY), ROLES_SINGLE);
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"tenant.updated\""));
	assert_non_null(strstr(last_audit(f, f->acme), "roles.cardinality=single"));
	struct actor bob = act_as(f, make_holder(f, f->acme, "bob", "Viewer"));
	assert_err(set(f, &bob, ATTR_POLICY, "roles.required=false"), ERR_FORBIDDEN);
	struct actor eve = act_as(f, make_holder(f, f->globex, "eve", "Admin"));
	assert_err(set(f, &eve, ATTR_POLICY, "roles.required=false"), ERR_NOT_FOUND);
}

static void an_operators_policy_is_not_the_tenants_to_change(void **state)
{
	struct fixture *f = *state;
	struct actor ada = editor(f);
	for (unsigned i = 0; i < POLICY_COUNT; i++) {
		const struct policy_row *row = policy_row(i);
		const char *other = row->presets[PRESET_USERS_APP];
		if (!row->of_operator || !strcmp(other, row->presets[PRESET_PEGOTEC]))
			continue;
		struct outcome outcome = set(f, &ada, ATTR_POLICY,
			arena_printf(f->arena, "%s=%s", row->codename, other));
		assert_err(outcome, ERR_FORBIDDEN);
		assert_string_equal(outcome.why.attribute, row->codename);
	}
	assert_err(modify(f, &ada, settings_of(f, f->acme), PATCH_REPLACE, ATTR_PRESET, "titanus"),
		ERR_FORBIDDEN);
	assert_err(set(f, &f->operator, ATTR_POLICY, "full_access=scope"), OK);
	assert_int_equal(view_policy(look(f), f->acme, POLICY_FULL_ACCESS), FULL_ACCESS_SCOPE);
	/* It stays while the tenant changes its own, and is not taken back by them. */
	assert_err(set(f, &ada, ATTR_POLICY, "roles.required=false"), OK);
	assert_err(modify(f, &ada, settings_of(f, f->acme), PATCH_REMOVE, ATTR_POLICY,
			   "full_access=scope"),
		ERR_FORBIDDEN);
}

static void a_policy_that_is_none_is_named(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome = set(f, &f->operator, ATTR_POLICY, "roles.colour=red");
	assert_err(outcome, ERR_UNKNOWN);
	assert_non_null(strstr(outcome.why.text, "roles.colour"));
	static const char *const wrong[] = { "roles.cardinality=three", "roles.required=yes",
		"admins.min_hard=0", "admins.min_hard=11", "links.reset_ttl=1",
		"csv.layout=name shoe_size", "roles.required", "audit.retention_days=364",
		"delete.mode=" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_err(set(f, &f->operator, ATTR_POLICY, wrong[i]), ERR_VALUE);
	assert_err(set(f, &f->operator, ATTR_POLICY, "audit.retention_days=365"), OK);
	assert_non_null(strstr(last_audit(f, f->acme), "audit.retention.changed"));
}

static void a_policy_has_one_value(void **state)
{
	struct fixture *f = *state;
	assert_err(set(f, &f->operator, ATTR_POLICY, "roles.cardinality=single"), OK);
	assert_err(set(f, &f->operator, ATTR_POLICY, "roles.cardinality=multiple"), ERR_VALUE);
}

static void what_the_preset_says_is_not_held_besides(void **state)
{
	struct fixture *f = *state;
	struct ref settings = settings_of(f, f->acme);
	assert_err(set(f, &f->operator, ATTR_POLICY, "roles.cardinality=multiple"), OK);
	struct record record = read_entry(f, settings);
	assert_int_equal(record_first(&record, ATTR_POLICY).len, 0);
}

static void settings_have_one_name_and_stay(void **state)
{
	struct fixture *f = *state;
	struct ref settings = settings_of(f, f->acme);
	assert_err(modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_COMMON_NAME, "other"),
		ERR_MUTABILITY);
	assert_err(remove_entry(f, &f->operator, settings), ERR_MUTABILITY);
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_SETTINGS, "settings")),
		ERR_EXISTS);
}

/* ---- features ---- */

static void a_tenant_turns_its_own_features_only(void **state)
{
	struct fixture *f = *state;
	struct actor ada = editor(f);
	struct ref settings = settings_of(f, f->acme);
	assert_err(set(f, &f->operator, ATTR_FEATURE, "maps=on"), OK);
	assert_err(set(f, &f->operator, ATTR_FEATURE, "tenant:nfc=off"), OK);
	assert_non_null(strstr(last_audit(f, f->acme), "tenant.features.changed"));
	assert_err(
		modify(f, &ada, settings, PATCH_REPLACE, ATTR_FEATURE, "maps=on"), ERR_FORBIDDEN);
	struct span turned[] = { SPAN("maps=on"), SPAN("tenant:nfc=on") };
	struct span stolen[] = { SPAN("tenant:maps=on"), SPAN("tenant:nfc=on") };
	struct span off[] = { SPAN("maps=off"), SPAN("tenant:nfc=on") };
	struct value values[2];
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_FEATURE, .values = values, .count = 2
	};
	struct {
		const struct span *texts;
		enum err err;
	} rows[] = { { turned, OK }, { stolen, ERR_FORBIDDEN }, { off, ERR_FORBIDDEN } };
	for (size_t i = 0; i < 3; i++) {
		for (uint16_t j = 0; j < 2; j++)
			values[j] = (struct value){ ATTR_FEATURE, j, 0, rows[i].texts[j] };
		assert_err(modify_all(f, &ada, settings, &mod, 1, NULL), rows[i].err);
	}
}

static void a_feature_flag_is_plain_and_named_once(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong[] = { "maps", "maps=yes", "=on", "Maps=on", ".x=on",
		"a b=on", "user:x=on" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_err(set(f, &f->operator, ATTR_FEATURE, wrong[i]), ERR_VALUE);
	assert_err(set(f, &f->operator, ATTR_FEATURE, "maps=on"), OK);
	assert_err(set(f, &f->operator, ATTR_FEATURE, "tenant:maps=on"), ERR_EXISTS);
}

/* ---- places ---- */

static void a_time_zone_is_one_of_the_machines(void **state)
{
	struct fixture *f = *state;
	static const char *const known[] = { "Asia/Jakarta", "America/Argentina/Buenos_Aires",
		"UTC", "Etc/GMT+3" };
	static const char *const unknown[] = { "Asia/Atlantis", "../../etc/passwd",
		"/usr/share/zoneinfo/UTC", "Asia/../UTC", "Asia", "Asia/", "posixrules",
		"posix/UTC", "localtime", "Factory", "zone.tab", "GMT\n" };
	struct ref settings = settings_of(f, f->acme);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_err(
			modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_TIME_ZONE, known[i]),
			OK);
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_err(modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_TIME_ZONE,
				   unknown[i]),
			ERR_UNKNOWN);
}

static void a_language_is_a_known_one(void **state)
{
	struct fixture *f = *state;
	static const char *const known[] = { "en", "id", "de", "es", "pt-BR", "zh-Hant-TW", "DE-ch",
		"es-419", "de-1996" };
	static const char *const unknown[] = { "xx", "english", "e", "de-", "de--CH", "de_CH",
		"pt-BR-Latn", "de-x-private", "-de", "tlh" };
	struct ref settings = settings_of(f, f->acme);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		assert_err(
			modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_LANGUAGE, known[i]),
			OK);
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_err(
			modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_LANGUAGE, unknown[i]),
			ERR_UNKNOWN);
}

static void a_person_chooses_what_is_known_and_a_provisioner_says_what_it_has(void **state)
{
	struct fixture *f = *state;
	struct actor ada = editor(f);
	struct ref bob = make_user(f, f->acme, "bob");
	ada.channel = CHANNEL_API;
	struct outcome outcome =
		modify(f, &ada, bob, PATCH_REPLACE, ATTR_TIME_ZONE, "Mars/Olympus");
	assert_err(outcome, ERR_UNKNOWN);
	assert_non_null(strstr(outcome.why.text, "Mars/Olympus"));
	ada.channel = CHANNEL_SCIM;
	assert_err(modify(f, &ada, bob, PATCH_REPLACE, ATTR_TIME_ZONE, "Mars/Olympus"), OK);
	ada.channel = CHANNEL_API;
	/* What a provisioner said does not stand in the way of other changes. */
	assert_err(modify(f, &ada, bob, PATCH_REPLACE, ATTR_DISPLAY_NAME, "Bob"), OK);
}

/* ---- logo ---- */

static struct outcome put_logo(struct fixture *f, const struct actor *actor, struct span octets,
	struct span key, const char *digest)
{
	uint8_t hash[32];
	struct outcome outcome;
	hash_sha256(octets, hash);
	struct value values[] = {
		{ ATTR_LOGO_TYPE, 0, 0, SPAN("image/png") },
		{ ATTR_LOGO_DIGEST, 0, 0, digest ? span_str(digest) : span_of(hash, sizeof hash) },
	};
	struct modification mods[] = {
		{ .op = PATCH_REPLACE, .attr = ATTR_LOGO_TYPE, .values = values, .count = 1 },
		{ .op = PATCH_REPLACE, .attr = ATTR_LOGO_DIGEST, .values = values + 1, .count = 1 },
	};
	struct state_row state = { key, octets };
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = f->acme,
		.kind = KIND_SETTINGS,
		.id = settings_of(f, f->acme).id,
		.mods = mods,
		.mod_count = 2,
		.states = &state,
		.state_count = 1 };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static void a_logo_comes_with_its_digest_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct actor ada = editor(f);
	struct span stored;
	assert_err(put_logo(f, &ada, SPAN("pixels"), SPAN("logo"), NULL), OK);
	assert_true(view_state(look(f), f->acme, SPAN("logo"), &stored));
	assert_true(span_equal(stored, SPAN("pixels")));
	assert_err(put_logo(f, &ada, SPAN("others"), SPAN("logo"), "wrong"), ERR_VALUE);
	assert_err(put_logo(f, &ada, SPAN("pixels"), SPAN("logos"), NULL), ERR_FORBIDDEN);
	assert_err(set(f, &ada, ATTR_LOGO_DIGEST, "loose"), ERR_VALUE);
	char *large = arena_zalloc(f->arena, 128 * 1024 + 1);
	assert_err(put_logo(f, &ada, span_of(large, 128 * 1024 + 1), SPAN("logo"), NULL),
		ERR_TOO_LARGE);
	assert_true(view_state(look(f), f->acme, SPAN("logo"), &stored));
	assert_true(span_equal(stored, SPAN("pixels")));
}

/* ---- companies ---- */

static void a_tenant_has_a_type_and_a_company_above_it(void **state)
{
	struct fixture *f = *state;
	struct ref acme = find(f, 0, KIND_TENANT, "acme"),
		   globex = find(f, 0, KIND_TENANT, "globex");
	assert_first(f, acme, ATTR_TENANT_TYPE, "customer");
	assert_err(modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_TENANT_TYPE, "demo"), OK);
	assert_err(
		modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_TENANT_TYPE, "toy"), ERR_UNKNOWN);
	struct entry *child = new_entry(f, KIND_TENANT, "acme-bali");
	assert_int_equal(entry_add(child, ATTR_PARENT_TENANT, 0, SOURCE_LOCAL,
				 arena_copy(f->arena, uuid_span(&acme.id)), NULL),
		OK);
	struct ref bali = make(f, 0, child);
	assert_err(point(f, acme, ATTR_PARENT_TENANT, bali), ERR_CONFLICT);
	assert_err(point(f, globex, ATTR_PARENT_TENANT, bali), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tenant_of_each_preset_follows_its_policies),
		TEST(each_value_of_a_preset_is_allowed),
		TEST(a_tenant_has_settings_from_its_first_moment),
		TEST(an_unknown_preset_is_named),
		TEST(a_policy_is_changed_by_who_may_edit_settings),
		TEST(an_operators_policy_is_not_the_tenants_to_change),
		TEST(a_policy_that_is_none_is_named),
		TEST(a_policy_has_one_value),
		TEST(what_the_preset_says_is_not_held_besides),
		TEST(settings_have_one_name_and_stay),
		TEST(a_tenant_turns_its_own_features_only),
		TEST(a_feature_flag_is_plain_and_named_once),
		TEST(a_time_zone_is_one_of_the_machines),
		TEST(a_language_is_a_known_one),
		TEST(a_person_chooses_what_is_known_and_a_provisioner_says_what_it_has),
		TEST(a_logo_comes_with_its_digest_or_not_at_all),
		TEST(a_tenant_has_a_type_and_a_company_above_it),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
