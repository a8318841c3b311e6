#include "core/core_int.h"

#include "core/approval_int.h"
#include "core/claim_int.h"
#include "core/follow_int.h"
#include "core/held_int.h"

/* ---- one person and one connection ---- */

struct settling {
	struct follow *follow;
	struct run *run;
	uint16_t source; /* with SOURCE_FOLLOWS */
	struct record client, user;
	struct wishlist wanted, held; /* held: of this person and connection */
	size_t gained;
};

static void collect_claims(struct settling *s)
{
	struct run *run = s->run;
	struct record role;
	for (size_t i = record_find(&s->user, ATTR_ROLE_CLAIM); i < s->user.count; i++) {
		struct value claim = record_row(&s->user, i);
		if (claim.attr != ATTR_ROLE_CLAIM)
			break;
		if (claim.source == (s->source & ~SOURCE_FOLLOWS) &&
			claim_role(run->txn, run->arena, run->command->tenant, claim.octets, &role))
			wishlist_add(run->arena, &s->wanted,
				&(struct wanted){ .kind = KIND_ROLE,
					.container = role.number,
					.claimed = true });
	}
}

static enum err change_edge(struct settling *s, enum kind kind, uint32_t container, bool remove)
{
	s->follow->differs = true;
	if (s->follow->dry)
		return OK;
	s->follow->took |= remove && kind == KIND_ROLE;
	s->gained += !remove && kind == KIND_ROLE;
	return follow_edge(s->run, s->user.number, kind, container, s->source, remove);
}

static enum err drop_unwanted(struct settling *s, enum kind kind)
{
	size_t count;
	struct edge edge;
	enum err err = OK;
	const uint32_t *list = run_containers_after(s->run, s->user.number, kind, &count);
	for (size_t i = 0; !err && i < count; i++)
		if (!wishlist_find(&s->wanted, list[i]) &&
			run_edge_after(s->run, list[i], s->user.number, &edge) &&
			edge_has_source(&edge, s->source))
			err = change_edge(s, kind, list[i], true);
	return err;
}

/* What is held stays so for as long as it is asked for, open or rejected. */
static enum err look_at_held(void *arg, const struct record *held)
{
	struct settling *s = arg;
	struct run *run = s->run;
	struct uuid id;
	enum kind kind;
	uint32_t number = 0;
	struct span container = record_first(held, ATTR_HELD_CONTAINER);
	if (!held_is(held, ATTR_HELD_CLIENT, &s->client.id) || !uuid_from_octets(container, &id))
		return OK;
	if (txn_find_id(run->txn, run->command->tenant, &id, &kind, &number) &&
		wishlist_find(&s->wanted, number)) {
		wishlist_add(run->arena, &s->held,
			&(struct wanted){ .kind = kind, .container = number });
		return OK;
	}
	s->follow->differs = true;
	return s->follow->dry ? OK : held_drop(run, held, "held.withdrawn");
}

static enum err grant(struct settling *s, const struct wanted *wanted)
{
	struct run *run = s->run;
	struct edge edge;
	struct record container;
	bool held = false;
	if ((run_edge_after(run, wanted->container, s->user.number, &edge) &&
		    edge_has_source(&edge, s->source)) ||
		wishlist_find(&s->held, wanted->container) ||
		!run_entry_after(
			run, run->command->tenant, wanted->kind, wanted->container, &container))
		return OK;
	enum err err = follow_is_held(run, &s->client, &container, wanted, &held);
	if (err || !held)
		return err ? err : change_edge(s, wanted->kind, wanted->container, false);
	s->follow->differs = true;
	return s->follow->dry ? OK
			      : held_open(run, &(struct held_change){ HELD_ASSIGN, &s->client,
						       &s->user, &container });
}

enum err follow_check_single(struct run *run, uint32_t user)
{
	size_t count;
	if (policy_of(run->txn, run->command->tenant, POLICY_ROLES_CARDINALITY) != ROLES_SINGLE)
		return OK;
	run_containers_after(run, user, KIND_ROLE, &count);
	return count < 2 ? OK
			 : fail(run->why, ERR_VALUE, "roles", "a person holds one role only here");
}

/* Of a directory only that it gives what was approved; what it gives besides it says itself. */
static enum err settle_directory(struct settling *s, const struct record *directory)
{
	size_t count;
	struct edge edge;
	struct record role;
	enum err err = OK;
	const uint32_t *list = run_containers_after(s->run, s->user.number, KIND_ROLE, &count);
	for (size_t i = 0; !err && i < count; i++)
		if (run_edge_after(s->run, list[i], s->user.number, &edge) &&
			edge_has_source(&edge, s->source) &&
			run_entry_after(s->run, s->user.tenant, KIND_ROLE, list[i], &role) &&
			!approval_allows(s->run, directory, &role, s->user.number))
			err = change_edge(s, KIND_ROLE, list[i], true);
	return err;
}

static enum err settle(struct follow *follow, const struct follow_pair *pair)
{
	struct run *run = follow->run;
	struct settling s = {
		.follow = follow, .run = run, .source = pair->source | SOURCE_FOLLOWS
	};
	struct record directory;
	uint32_t tenant = run->command->tenant;
	if (!run_entry_after(run, tenant, KIND_USER, pair->user, &s.user))
		return OK;
	if (directory_by_source(run, pair->source, &directory)) {
		s.source = pair->source;
		return settle_directory(&s, &directory);
	}
	bool there = source_client(run, tenant, pair->source, &s.client) &&
		     span_equal(record_first(&s.client, ATTR_CLIENT_TYPE), SPAN("scim"));
	if (there) {
		collect_claims(&s);
		mapping_collect(run, &s.client, pair->user, &s.wanted);
	}
	enum err err = drop_unwanted(&s, KIND_ROLE);
	if (!err)
		err = drop_unwanted(&s, KIND_SCOPE);
	if (!err && there)
		err = held_each(run, ATTR_HELD_SUBJECT, &s.user.id, look_at_held, &s);
	for (size_t i = 0; !err && i < s.wanted.count; i++)
		err = grant(&s, &s.wanted.rows[i]);
	return err || !s.gained ? err : follow_check_single(run, pair->user);
}

/* ---- commands ---- */

static enum err settle_all(struct follow *follow)
{
	enum err err = OK;
	for (size_t i = 0; !err && i < follow->count; i++)
		err = settle(follow, &follow->pairs[i]);
	return !err && follow->took ? rules_last_admin(follow->run) : err;
}

enum err follow_deeds(struct run *run)
{
	if (!run->first || run->command->tenant == 0)
		return OK;
	struct follow *follow = arena_zalloc(run->arena, sizeof *follow);
	follow->run = run;
	follow_note_deeds(follow);
	if (follow->mark) {
		follow_mark(run);
		follow->count = 0;
	}
	return settle_all(follow);
}

bool follow_differs(struct run *run, const struct record *user)
{
	struct follow *follow = arena_zalloc(run->arena, sizeof *follow);
	follow->run = run;
	follow->dry = true;
	follow_note_person(follow, user);
	settle_all(follow);
	return follow->differs;
}

enum err command_follow(struct run *run)
{
	struct span bytes;
	struct entry *user;
	struct record record;
	struct follow *follow = arena_zalloc(run->arena, sizeof *follow);
	enum err err = run_load(run, &bytes, &user);
	if (err)
		return err;
	follow->run = run;
	run->following = true;
	if (record_open(bytes, &record, NULL) == OK)
		follow_note_person(follow, &record);
	run_report(run, user);
	return settle_all(follow);
}
