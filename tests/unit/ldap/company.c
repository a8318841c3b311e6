#include "company.h"

#include "../folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCH 500

static void must(enum err err, const struct why *why)
{
	if (err == OK)
		return;
	fprintf(stderr, "%s %s: %s\n", err_row(err)->name, why->attribute, why->text);
	abort();
}

static void put(struct entry *entry, enum attr attr, const char *text)
{
	struct why why = { 0 };

	must(entry_add(entry, attr, entry_next_instance(entry, attr, attr), SOURCE_LOCAL,
		     span_str(text), &why),
		&why);
}

static void put_password(struct company *company, struct entry *entry, const char *password)
{
	char *hash = arena_alloc(company->arena, PASSWORD_HASH_MAX);
	struct why why = { 0 };

	must(password_hash(span_str(password), hash, &why), &why);
	put(entry, ATTR_PASSWORD, hash);
}

struct uuid company_create(struct company *company, uint32_t tenant, const struct entry *entry)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_CREATE, .tenant = tenant, .kind = entry->kind, .entry = entry
	};

	core_run(company->core, &company->operator, & command, &outcome);
	must(outcome.err, &outcome.why);
	return outcome.id;
}

struct entry *company_user(struct company *company, const char *name, unsigned number)
{
	struct entry *entry = entry_new(company->arena, KIND_USER);
	char *title = arena_printf(company->arena, "%c%s Example", name[0] - 'a' + 'A', name + 1);

	put(entry, ATTR_USER_NAME, name);
	put(entry, ATTR_COMMON_NAME, title);
	put(entry, ATTR_DISPLAY_NAME, title);
	put(entry, ATTR_FAMILY_NAME, "Example");
	put(entry, ATTR_GIVEN_NAME, name);
	put(entry, ATTR_EMAIL, arena_printf(company->arena, "%s@acme.test", name));
	put(entry, ATTR_PHONE, arena_printf(company->arena, "+1 555 %05u", number));
	put(entry, ATTR_EMPLOYEE_NUMBER, arena_printf(company->arena, "%u", number));
	put(entry, ATTR_UID_NUMBER, arena_printf(company->arena, "%u", number));
	put(entry, ATTR_GID_NUMBER, "2000");
	put(entry, ATTR_HOME_DIRECTORY, arena_printf(company->arena, "/home/%s", name));
	put(entry, ATTR_LOGIN_SHELL, "/bin/sh");
	return entry;
}

static struct uuid make_person(
	struct company *company, uint32_t tenant, const char *name, unsigned number)
{
	struct entry *entry = company_user(company, name, number);

	put_password(company, entry, arena_printf(company->arena, "pw-%s", name));
	return company_create(company, tenant, entry);
}

static void make_service(struct company *company, uint32_t tenant, const char *password)
{
	uint64_t permissions = UINT64_C(1) << PERM_USERS_VIEW | UINT64_C(1) << PERM_ROLES_VIEW |
			       UINT64_C(1) << PERM_SCOPES_VIEW | UINT64_C(1) << PERM_GROUPS_VIEW;
	struct entry *entry;
	struct why why = { 0 };

	must(client_entry(company->arena, "service", SPAN("svc"), permissions, &entry, &why), &why);
	put_password(company, entry, password);
	company_create(company, tenant, entry);
}

static struct uuid make_group(struct company *company, uint32_t tenant, const char *name)
{
	struct entry *entry = entry_new(company->arena, KIND_GROUP);

	put(entry, ATTR_COMMON_NAME, name);
	return company_create(company, tenant, entry);
}

void company_join(struct company *company, uint32_t tenant, enum kind kind, struct uuid container,
	enum kind member_kind, struct uuid member)
{
	struct outcome outcome;
	struct member_delta delta = { member_kind, member, false };
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = tenant,
		.kind = kind,
		.id = container,
		.members = &delta,
		.member_count = 1 };

	core_run(company->core, &company->operator, & command, &outcome);
	must(outcome.err, &outcome.why);
}

void company_set(struct company *company, uint32_t tenant, enum kind kind, struct uuid id,
	enum attr attr, const char *text)
{
	struct outcome outcome;
	struct value value = { .attr = attr, .octets = span_str(text) };
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = attr, .values = &value, .count = 1
	};
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = tenant,
		.kind = kind,
		.id = id,
		.mods = &mod,
		.mod_count = 1 };

	core_run(company->core, &company->operator, & command, &outcome);
	must(outcome.err, &outcome.why);
}

void company_delete(struct company *company, uint32_t tenant, enum kind kind, struct uuid id)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_DELETE, .tenant = tenant, .kind = kind, .id = id
	};

	core_run(company->core, &company->operator, & command, &outcome);
	must(outcome.err, &outcome.why);
}

struct uuid company_find(struct company *company, uint32_t tenant, enum kind kind, const char *name)
{
	struct view *view;
	struct record record = { 0 };
	struct why why = { 0 };

	must(view_open(company->core, &view, &why), &why);
	must(view_begin(view, &why), &why);
	if (!view_by_name(view, company->arena, tenant, kind, span_str(name), &record))
		must(ERR_NOT_FOUND, &why);
	view_end(view);
	view_close(view);
	return record.id;
}

struct uuid *company_add_people(struct company *company, unsigned count)
{
	struct uuid *ids = arena_array(company->arena, count, sizeof *ids);

	for (unsigned from = 0; from < count; from += BATCH) {
		unsigned n = count - from < BATCH ? count - from : BATCH;
		struct command commands[BATCH] = { 0 };
		struct outcome *outcomes = heap_zalloc(BATCH * sizeof *outcomes);
		struct why why = { 0 };

		for (unsigned i = 0; i < n; i++) {
			char *name = arena_printf(company->arena, "u%u", from + i);

			commands[i] = (struct command){ .type = COMMAND_CREATE,
				.tenant = company->acme,
				.kind = KIND_USER,
				.entry = company_user(company, name, 10000 + from + i) };
		}
		must(core_run_many(
			     company->core, &company->operator, commands, n, false, outcomes, &why),
			&why);
		for (unsigned i = 0; i < n; i++) {
			must(outcomes[i].err, &outcomes[i].why);
			ids[from + i] = outcomes[i].id;
		}
		free(outcomes);
	}
	return ids;
}

static uint32_t make_tenant(struct company *company, const char *name)
{
	struct entry *entry = entry_new(company->arena, KIND_TENANT);
	struct tenant_info info = { 0 };
	struct view *view;
	struct why why = { 0 };

	put(entry, ATTR_COMMON_NAME, name);
	company_create(company, 0, entry);
	must(view_open(company->core, &view, &why), &why);
	must(view_begin(view, &why), &why);
	view_tenant(view, span_str(name), &info);
	view_end(view);
	view_close(view);
	return info.number;
}

static void fill(struct company *company)
{
	struct uuid alice, bob, outsider, disabled, staff, everyone;

	company->acme = make_tenant(company, "acme");
	company->globex = make_tenant(company, "globex");
	make_service(company, company->acme, "svcpw-acme");
	make_service(company, company->globex, "svcpw-globex");
	alice = make_person(company, company->acme, "alice", 1001);
	bob = make_person(company, company->acme, "bob", 1002);
	make_person(company, company->acme, "carol", 1003);
	outsider = make_person(company, company->acme, "outsider", 1004);
	disabled = make_person(company, company->acme, "disabled", 1005);
	staff = make_group(company, company->acme, "staff");
	everyone = make_group(company, company->acme, "everyone");
	company_join(company, company->acme, KIND_GROUP, staff, KIND_USER, alice);
	company_join(company, company->acme, KIND_GROUP, staff, KIND_USER, bob);
	company_join(company, company->acme, KIND_GROUP, staff, KIND_USER, disabled);
	company_join(company, company->acme, KIND_GROUP, everyone, KIND_GROUP, staff);
	company_join(company, company->acme, KIND_GROUP, everyone, KIND_USER, outsider);
	company_set(company, company->acme, KIND_USER, disabled, ATTR_ACTIVE, "FALSE");
	make_person(company, company->globex, "alice", 1001);
	make_person(company, company->globex, "bob", 1002);
}

struct company *company_open(unsigned loops, const char *certificate, const char *key)
{
	static const char *const listen[] = { "127.0.0.1:0", NULL };
	struct company *company = heap_zalloc(sizeof *company);
	struct core_options options = {
		.data = company->path, .readers = loops + 8, .hash_threads = 2
	};
	struct ldap_door_options door = { .suffix = SUFFIX,
		.plain = listen,
		.secure = certificate ? listen : NULL,
		.certificate = certificate,
		.key = key,
		.loops = loops };
	struct why why = { 0 };

	if (!secret_start())
		abort();
	snprintf(company->path, sizeof company->path, "/tmp/muster-ldap-XXXXXX");
	if (!mkdtemp(company->path))
		abort();
	memset(options.key.octets, 7, sizeof options.key.octets);
	company->arena = arena_new();
	actor_operator(&company->operator, "test", CHANNEL_CTL);
	must(core_open(&options, &company->core, &why), &why);
	fill(company);
	door.core = company->core;
	must(ldap_door_start(&door, &company->door, &why), &why);
	company->port = ldap_door_port(company->door, 0, 0);
	company->secure_port = ldap_door_port(company->door, 1, 0);
	return company;
}

void company_close(struct company *company)
{
	ldap_door_stop(company->door, 2);
	core_close(company->core);
	remove_folder(company->path);
	arena_free(company->arena);
	free(company);
}
