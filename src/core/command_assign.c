#include "core/core_int.h"

#include "base/limits.h"

/* Roles, scopes and groups of one person. */
struct assignment {
	struct run *run;
	struct member user;
	struct wish *wishes;
	size_t count;
	size_t gained[KIND_COUNT], lost[KIND_COUNT];
};

static const char *path_of(enum kind kind)
{
	return kind == KIND_ROLE ? "roles" : kind == KIND_SCOPE ? "scopes" : "groups";
}

static enum err resolve(struct assignment *a, const struct container_delta *delta, size_t order)
{
	struct run *run = a->run;
	struct wish *wish = &a->wishes[a->count];
	bool found = wish_find(run, wish, &delta->id, delta->remove, order);
	if (!found && delta->remove)
		return OK;
	if (!found || wish->kind != delta->kind || !kind_is_container(wish->kind))
		return fail(
			run->why, ERR_NOT_FOUND, path_of(delta->kind), "there is no such entry");
	a->count++;
	return OK;
}

static enum err gather(struct assignment *a)
{
	const struct command *command = a->run->command;
	if (command->container_count > LIMIT_PATCH_OPERATIONS)
		return fail(a->run->why, ERR_TOO_LARGE, "roles", "at most %d at once",
			LIMIT_PATCH_OPERATIONS);
	a->wishes = arena_array(a->run->arena, command->container_count + 1, sizeof *a->wishes);
	for (size_t i = 0; i < command->container_count; i++) {
		enum err err = resolve(a, &command->containers[i], i);
		if (err)
			return err;
	}
	a->count = wishes_settle(a->wishes, a->count);
	return OK;
}

static enum err change(
	struct assignment *a, enum kind kind, uint32_t number, bool remove, bool named)
{
	struct run *run = a->run;
	struct record record;
	struct span bytes;
	if (!txn_entry(run->txn, run->command->tenant, kind, number, &record))
		return fail(run->why, ERR_NOT_FOUND, path_of(kind), "there is no such entry");
	struct roster m = { .run = run, .container = run_copy_record(run, &record, &bytes) };
	enum err err = remove ? membership_leave(&m, a->user.number, named)
			      : membership_join(&m, &a->user);
	if (err || !m.deed)
		return err;
	a->gained[kind] += m.gained;
	a->lost[kind] += m.lost;
	err = membership_grant(run, m.container);
	return err ? err : container_touch(run, m.deed, bytes, m.container);
}

static enum err drop_unnamed(struct assignment *a, enum kind kind)
{
	struct run *run = a->run;
	enum err err = OK;
	uint32_t number = 0;
	size_t at = 0;
	struct postings *all = postings_containers(
		run->txn, run->arena, run->command->tenant, a->user.number, kind);
	while (!err && postings_next(all, number, &number)) {
		if (!wishes_have(a->wishes, a->count, number, &at))
			err = change(a, kind, number, true, false);
		if (++number == 0)
			break;
	}
	postings_close(all);
	return err;
}

/* Those that go, go first: so one role takes the place of another. */
static enum err change_all(struct assignment *a)
{
	enum err err = OK;
	for (enum kind kind = KIND_ROLE; !err && kind <= KIND_GROUP; kind++)
		if (a->run->command->replace_kinds >> kind & 1)
			err = drop_unnamed(a, kind);
	for (int remove = 1; remove >= 0; remove--)
		for (size_t i = 0; !err && i < a->count; i++)
			if (a->wishes[i].remove == (remove == 1))
				err = change(a, a->wishes[i].kind, a->wishes[i].number, remove == 1,
					true);
	return err;
}

static enum err assign(struct run *run, const struct entry *user, bool created)
{
	struct assignment a = { .run = run };
	a.user = (struct member){ KIND_USER, user->number, user->id,
		entry_first(user, kind_row(KIND_USER)->naming), entry_has(user, ATTR_RDN) };
	enum err err = gather(&a);
	if (!err)
		err = change_all(&a);
	for (enum kind kind = KIND_ROLE; !err && kind <= KIND_SCOPE; kind++)
		err = membership_settle(
			run, kind, user->number, a.gained[kind], a.lost[kind], created);
	return err;
}

enum err containers_create(struct run *run, const struct entry *user)
{
	return assign(run, user, true);
}

enum err command_assign(struct run *run)
{
	struct span bytes;
	struct entry *user;
	enum err err = run_load(run, &bytes, &user);
	if (!err)
		err = assign(run, user, false);
	return err ? err : membership_conclude(run, bytes, user);
}
