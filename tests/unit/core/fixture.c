#include "fixture.h"

#include "model/value.h"
#include "store/store.h"

#include <unistd.h>

void fixture_open(struct fixture *f, uint64_t quota)
{
	struct why why = { 0 };
	struct core_options options = {
		.data = f->path, .quota = quota, .readers = 16, .hash_threads = 2
	};
	memset(options.key.octets, 7, sizeof options.key.octets);
	if (core_open(&options, &f->core, &why) || view_open(f->core, &f->view, &why))
		fail_msg("%s", why.text);
	view_begin(f->view, NULL);
}

void fixture_close(struct fixture *f)
{
	view_close(f->view);
	core_close(f->core);
}

int fixture_setup(void **state)
{
	struct fixture *f = heap_zalloc(sizeof *f);
	if (!secret_start())
		return -1;
	snprintf(f->path, sizeof f->path, "/tmp/muster-core-XXXXXX");
	if (!mkdtemp(f->path))
		return -1;
	f->arena = arena_new();
	actor_operator(&f->operator, "root", CHANNEL_CTL);
	fixture_open(f, 0);
	f->acme = make_tenant(f, "acme");
	f->globex = make_tenant(f, "globex");
	*state = f;
	return 0;
}

static void print_fault(void *arg, const char *sentence)
{
	(void)arg;
	print_error("verify: %s\n", sentence);
}

static void drop(struct fixture *f)
{
	arena_free(f->arena);
	remove_folder(f->path);
	free(f);
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	clock_set_for_test(0);
	fixture_close(f);
	if (store_verify(f->path, print_fault, NULL, &why) != OK)
		fail_msg("%s", why.text);
	drop(f);
	return 0;
}

int fixture_teardown_damaged(void **state)
{
	fixture_close(*state);
	drop(*state);
	return 0;
}

struct view *look(struct fixture *f)
{
	struct why why = { 0 };
	view_end(f->view);
	if (view_begin(f->view, &why))
		fail_msg("%s", why.text);
	return f->view;
}

struct entry *new_entry(struct fixture *f, enum kind kind, const char *name)
{
	struct entry *entry = entry_new(f->arena, kind);
	add_value(entry, kind_row(kind)->naming, name);
	return entry;
}

void add_value(struct entry *entry, enum attr attr, const char *text)
{
	uint16_t instance = entry_next_instance(entry, attr, attr);
	assert_int_equal(entry_add(entry, attr, instance, SOURCE_LOCAL, span_str(text), NULL), OK);
}

struct outcome create(
	struct fixture *f, const struct actor *actor, uint32_t tenant, const struct entry *entry)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_CREATE, .tenant = tenant, .kind = entry->kind, .entry = entry
	};
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

struct ref make(struct fixture *f, uint32_t tenant, const struct entry *entry)
{
	struct outcome outcome = create(f, &f->operator, tenant, entry);
	assert_err(outcome, OK);
	return (struct ref){ entry->kind, tenant, outcome.number, outcome.id };
}

struct ref make_user(struct fixture *f, uint32_t tenant, const char *name)
{
	return make(f, tenant, new_entry(f, KIND_USER, name));
}

struct ref make_named(struct fixture *f, uint32_t tenant, enum kind kind, const char *name)
{
	return make(f, tenant, new_entry(f, kind, name));
}

uint32_t make_tenant(struct fixture *f, const char *name)
{
	struct tenant_info info;
	make(f, 0, new_entry(f, KIND_TENANT, name));
	assert_true(view_tenant(look(f), span_str(name), &info));
	return info.number;
}

struct ref make_role(struct fixture *f, uint32_t tenant, const char *name, const char *permission)
{
	struct entry *role = new_entry(f, KIND_ROLE, name);
	add_value(role, ATTR_PERMISSION, permission);
	return make(f, tenant, role);
}

struct ref find(struct fixture *f, uint32_t tenant, enum kind kind, const char *name)
{
	struct record record;
	assert_true(view_by_name(look(f), f->arena, tenant, kind, span_str(name), &record));
	return (struct ref){ kind, tenant, record.number, record.id };
}

struct outcome modify_all(struct fixture *f, const struct actor *actor, struct ref ref,
	const struct modification *mods, size_t count, const char *reason)
{
	struct outcome outcome;
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = ref.tenant,
		.kind = ref.kind,
		.id = ref.id,
		.mods = mods,
		.mod_count = count,
		.reason = span_str(reason) };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

struct outcome modify(struct fixture *f, const struct actor *actor, struct ref ref,
	enum patch_op op, enum attr attr, const char *text)
{
	struct value value = { .attr = attr, .octets = span_str(text) };
	struct modification mod = {
		.op = op, .attr = attr, .values = &value, .count = text != NULL
	};
	return modify_all(f, actor, ref, &mod, 1, NULL);
}

struct outcome point(struct fixture *f, struct ref ref, enum attr attr, struct ref target)
{
	struct value value = { .attr = attr, .octets = uuid_span(&target.id) };
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = attr, .values = &value, .count = 1
	};
	return modify_all(f, &f->operator, ref, &mod, 1, NULL);
}

struct outcome remove_entry(struct fixture *f, const struct actor *actor, struct ref ref)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_DELETE, .tenant = ref.tenant, .kind = ref.kind, .id = ref.id
	};
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static struct outcome change_member(struct fixture *f, const struct actor *actor,
	struct ref container, struct ref member, bool remove)
{
	struct outcome outcome;
	struct member_delta delta = { member.kind, member.id, remove };
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = container.tenant,
		.kind = container.kind,
		.id = container.id,
		.members = &delta,
		.member_count = 1 };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

struct outcome join(
	struct fixture *f, const struct actor *actor, struct ref container, struct ref member)
{
	return change_member(f, actor, container, member, false);
}

struct outcome leave(
	struct fixture *f, const struct actor *actor, struct ref container, struct ref member)
{
	return change_member(f, actor, container, member, true);
}

struct outcome assign(struct fixture *f, const struct actor *actor, struct ref user,
	const struct container_delta *containers, uint32_t replace_kinds)
{
	struct outcome outcome;
	struct command command = { .type = COMMAND_ASSIGN,
		.tenant = user.tenant,
		.kind = KIND_USER,
		.id = user.id,
		.containers = containers,
		.replace_kinds = replace_kinds };
	while (containers && containers[command.container_count].kind != KIND_NONE)
		command.container_count++;
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

struct container_delta giving(struct ref container)
{
	return (struct container_delta){ container.kind, container.id, false };
}

struct container_delta taking(struct ref container)
{
	return (struct container_delta){ container.kind, container.id, true };
}

uint32_t make_tenant_of(struct fixture *f, const char *preset)
{
	struct tenant_info info;
	struct entry *tenant = new_entry(f, KIND_TENANT, preset);
	add_value(tenant, ATTR_PRESET, preset);
	make(f, 0, tenant);
	assert_true(view_tenant(look(f), span_str(preset), &info));
	return info.number;
}

void put_policy(struct fixture *f, uint32_t tenant, const char *policy)
{
	struct ref settings = find(f, tenant, KIND_SETTINGS, "settings");
	assert_err(modify(f, &f->operator, settings, PATCH_ADD, ATTR_POLICY, policy), OK);
}

void must_join(struct fixture *f, struct ref container, struct ref member)
{
	assert_err(join(f, &f->operator, container, member), OK);
}

struct actor act_as(struct fixture *f, struct ref ref)
{
	struct actor actor;
	struct why why = { 0 };
	if (view_actor(look(f), ref.tenant, ref.kind, ref.number, &actor, &why))
		fail_msg("%s", why.text);
	actor.channel = CHANNEL_API;
	return actor;
}

struct actor act_as_directory(struct fixture *f, struct ref ref)
{
	struct actor actor;
	assert_int_equal(actor_directory(look(f), ref.tenant, ref.number, &actor, NULL), OK);
	return actor;
}

struct ref make_holder(struct fixture *f, uint32_t tenant, const char *name, const char *role)
{
	struct ref user = make_user(f, tenant, name);
	must_join(f, find(f, tenant, KIND_ROLE, role), user);
	return user;
}

bool holds(struct fixture *f, struct ref container, struct ref member)
{
	struct edge edge;
	return view_edge(look(f), container.tenant, container.number, member.number, &edge);
}

struct record read_entry(struct fixture *f, struct ref ref)
{
	struct record record = { 0 };
	assert_true(view_entry(look(f), ref.tenant, ref.kind, ref.number, &record));
	return record;
}

void assert_first(struct fixture *f, struct ref ref, enum attr attr, const char *text)
{
	struct record record = read_entry(f, ref);
	struct span octets = record_first(&record, attr);
	assert_string_equal(arena_string(f->arena, octets), text);
}

uint64_t audit_count(struct fixture *f, uint32_t tenant)
{
	return view_audit_last(look(f), tenant);
}

const char *last_audit(struct fixture *f, uint32_t tenant)
{
	struct span row;
	uint64_t last = audit_count(f, tenant);
	assert_true(view_audit(f->view, tenant, last, &row));
	return arena_string(f->arena, row);
}

void assert_outcome(struct outcome outcome, enum err wanted, const char *file, int line)
{
	if (outcome.err == wanted)
		return;
	print_error("%s, wanted %s: %s %s\n", err_row(outcome.err)->name, err_row(wanted)->name,
		outcome.why.attribute, outcome.why.text);
	_fail(file, line);
}
