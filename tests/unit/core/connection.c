#include "connection.h"

#include "core/audit.h"

#define ONE(permission) (UINT64_C(1) << PERM_##permission)
#define USUAL                                                                                      \
	(ONE(USERS_VIEW) | ONE(USERS_CREATE) | ONE(USERS_EDIT) | ONE(USERS_DEACTIVATE) |           \
		ONE(USERS_DELETE) | ONE(USERS_PASSWORD) | ONE(ROLES_VIEW) | ONE(ROLES_EDIT) |      \
		ONE(ROLES_ASSIGN) | ONE(SCOPES_VIEW) | ONE(SCOPES_EDIT) | ONE(SCOPES_ASSIGN) |     \
		ONE(GROUPS_VIEW) | ONE(GROUPS_EDIT))

static struct ref make_client(struct fixture *f, const char *name, uint64_t permissions)
{
	struct entry *entry;
	assert_int_equal(
		client_entry(f->arena, "scim", span_str(name), permissions, &entry, NULL), OK);
	return make(f, f->acme, entry);
}

struct ref make_connection(struct fixture *f, const char *name)
{
	return make_client(f, name, USUAL);
}

struct ref make_free_connection(struct fixture *f, const char *name)
{
	return make_client(f, name, USUAL | ONE(ROLES_ASSIGN_ANY));
}

struct actor act_as_connection(struct fixture *f, struct ref connection)
{
	struct actor actor = act_as(f, connection);
	actor.channel = CHANNEL_SCIM;
	return actor;
}

struct ref make_user_by(struct fixture *f, const struct actor *connection, const char *name)
{
	struct entry *entry = new_entry(f, KIND_USER, name);
	assert_err(create(f, connection, f->acme, entry), OK);
	return find(f, f->acme, KIND_USER, name);
}

static struct outcome change(struct fixture *f, const struct actor *connection, struct ref user,
	enum patch_op op, const char *role)
{
	return modify(f, connection, user, op, ATTR_ROLE_CLAIM, role);
}

struct outcome claim(
	struct fixture *f, const struct actor *connection, struct ref user, const char *role)
{
	return change(f, connection, user, PATCH_ADD, role);
}

struct outcome unclaim(
	struct fixture *f, const struct actor *connection, struct ref user, const char *role)
{
	return change(f, connection, user, PATCH_REMOVE, role);
}

size_t claim_count(struct fixture *f, struct ref user)
{
	struct record record = read_entry(f, user);
	size_t at = record_find(&record, ATTR_ROLE_CLAIM), count = 0;
	while (at + count < record.count && record_row(&record, at + count).attr == ATTR_ROLE_CLAIM)
		count++;
	return count;
}

bool find_held(
	struct fixture *f, struct ref user, const char *act, struct ref role, struct ref *held)
{
	struct search *search;
	struct record record;
	struct search_spec spec = {
		.actor = &f->operator, .tenant = f->acme, .kinds = 1u << KIND_HELD
	};
	unsigned budget = UINT32_MAX;
	bool found = false;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (!found && search_next(search, &budget, &record) == STEP_FOUND) {
		found = span_equal(record_first(&record, ATTR_HELD_SUBJECT), uuid_span(&user.id)) &&
			span_equal(record_first(&record, ATTR_HELD_ACT), span_str(act)) &&
			(role.kind == KIND_NONE ||
				span_equal(record_first(&record, ATTR_HELD_CONTAINER),
					uuid_span(&role.id)));
		if (found)
			*held = (struct ref){ KIND_HELD, f->acme, record.number, record.id };
	}
	search_close(search);
	return found;
}

struct outcome decide(
	struct fixture *f, const struct actor *actor, struct ref held, enum command_type type)
{
	struct outcome outcome;
	const struct command command = {
		.type = type, .tenant = held.tenant, .kind = KIND_HELD, .id = held.id
	};
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

void keep_all(struct fixture *f)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(core_keep(f->core, false, NULL), OK);
}
