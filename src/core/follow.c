#include "core/core_int.h"

#include "core/claim_int.h"
#include "core/follow_int.h"
#include "core/held_int.h"

#define PAIRS_MAX 200 /* people brought in line by the command itself */

struct pair {
	uint16_t source;
	uint32_t user;
};

struct follow {
	struct run *run;
	struct pair pairs[PAIRS_MAX];
	size_t count;
	bool mark;       /* there are more */
	uint16_t source; /* the one asked about last, and what is known of it */
	bool maps;
	bool dry;     /* nothing is done: */
	bool differs; /* something would be */
	bool took;    /* a role, from somebody */
};

bool source_client(struct run *run, uint32_t tenant, uint16_t source, struct record *client)
{
	char digits[8];
	uint32_t number;
	int len = snprintf(digits, sizeof digits, "%u", (unsigned)source);
	return txn_find_value(run->txn, tenant, KIND_CLIENT, ATTR_SOURCE_NUMBER,
		       span_of(digits, (size_t)len), &number) &&
	       run_entry_after(run, tenant, KIND_CLIENT, number, client);
}

/* ---- one person and one connection ---- */

struct settling {
	struct follow *follow;
	struct run *run;
	uint16_t source; /* with SOURCE_FOLLOWS */
	struct record client, user;
	struct wishlist wanted, held; /* held: of this person and connection */
	size_t gained;
	enum err err;
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
	if (!held_is(held, ATTR_HELD_CLIENT, &s->client.id) || container.len != sizeof id.octets)
		return OK;
	memcpy(id.octets, container.data, sizeof id.octets);
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

static enum err settle(struct follow *follow, const struct pair *pair)
{
	struct run *run = follow->run;
	struct settling s = {
		.follow = follow, .run = run, .source = pair->source | SOURCE_FOLLOWS
	};
	uint32_t tenant = run->command->tenant;
	if (!run_entry_after(run, tenant, KIND_USER, pair->user, &s.user))
		return OK;
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

/* ---- who is to be looked at ---- */

static void add_pair(struct follow *follow, uint16_t source, uint32_t user)
{
	for (size_t i = 0; i < follow->count; i++)
		if (follow->pairs[i].source == source && follow->pairs[i].user == user)
			return;
	if (follow->count == PAIRS_MAX)
		follow->mark = true;
	else
		follow->pairs[follow->count++] = (struct pair){ source, user };
}

static bool source_maps(struct follow *follow, uint16_t source)
{
	struct record client;
	if (follow->source != source) {
		follow->source = source;
		follow->maps =
			source_client(follow->run, follow->run->command->tenant, source, &client) &&
			record_has_mapping(&client);
	}
	return follow->maps;
}

static void add_everybody(struct follow *follow, uint16_t source)
{
	struct run *run = follow->run;
	uint32_t number = 0, tenant = run->command->tenant;
	if (txn_count(run->txn, tenant, KIND_USER) > PAIRS_MAX - follow->count) {
		follow->mark = true;
		return;
	}
	struct postings *all = postings_all(run->txn, run->arena, tenant, KIND_USER);
	while (postings_next(all, number, &number)) {
		add_pair(follow, source, number);
		if (++number == 0)
			break;
	}
	postings_close(all);
}

static void note_member(struct follow *follow, const struct effect *effect, uint16_t source)
{
	if (source == SOURCE_LOCAL || (source & SOURCE_FOLLOWS) || !source_maps(follow, source))
		return;
	if (effect->member_kind == KIND_USER)
		add_pair(follow, source, effect->member);
	else
		add_everybody(follow, source);
}

static void open_edge(struct span octets, struct edge *edge)
{
	if (!octets.len || edge_read(octets, edge, NULL))
		edge->source_count = 0;
}

static void note_edge(struct follow *follow, const struct effect *effect)
{
	struct edge before, after;
	open_edge(effect->before, &before);
	open_edge(effect->after, &after);
	for (size_t i = 0; effect->kind == KIND_GROUP && i < before.source_count; i++)
		if (!edge_has_source(&after, before.sources[i]))
			note_member(follow, effect, before.sources[i]);
	for (size_t i = 0; i < after.source_count; i++) {
		if (edge_has_source(&before, after.sources[i]))
			continue;
		if (effect->kind == KIND_GROUP)
			note_member(follow, effect, after.sources[i]);
		else if ((after.sources[i] & SOURCE_FOLLOWS) && !follow->run->following)
			/* A restored person's: what it followed from may be gone. */
			add_pair(follow, after.sources[i] & ~SOURCE_FOLLOWS, effect->member);
	}
}

static bool claims_equal(const struct record *a, const struct record *b)
{
	size_t i = record_find(a, ATTR_ROLE_CLAIM), j = record_find(b, ATTR_ROLE_CLAIM);
	for (;; i++, j++) {
		struct value x = { 0 }, y = { 0 };
		if (i < a->count)
			x = record_row(a, i);
		if (j < b->count)
			y = record_row(b, j);
		bool first = x.attr == ATTR_ROLE_CLAIM, second = y.attr == ATTR_ROLE_CLAIM;
		if (!first || !second)
			return first == second;
		if (x.source != y.source || !span_equal(x.octets, y.octets))
			return false;
	}
}

static void add_claims(struct follow *follow, const struct record *user)
{
	for (size_t i = record_find(user, ATTR_ROLE_CLAIM); i < user->count; i++) {
		struct value claim = record_row(user, i);
		if (claim.attr != ATTR_ROLE_CLAIM)
			break;
		add_pair(follow, claim.source, user->number);
	}
}

static void note_user(
	struct follow *follow, const struct record *before, const struct record *after)
{
	if (!after->count || claims_equal(before, after))
		return;
	add_claims(follow, before);
	add_claims(follow, after);
}

static bool same_name(const struct record *a, const struct record *b)
{
	return span_equal(record_first(a, ATTR_COMMON_NAME), record_first(b, ATTR_COMMON_NAME));
}

static bool same_mapping(const struct record *a, const struct record *b)
{
	size_t i = record_find(a, ATTR_GROUP_MAPPING), j = record_find(b, ATTR_GROUP_MAPPING);
	for (;; i++, j++) {
		struct value x = { 0 }, y = { 0 };
		if (i < a->count)
			x = record_row(a, i);
		if (j < b->count)
			y = record_row(b, j);
		bool first = x.attr == ATTR_GROUP_MAPPING, second = y.attr == ATTR_GROUP_MAPPING;
		if (!first || !second)
			return first == second;
		if (!span_equal(x.octets, y.octets))
			return false;
	}
}

static void note_client(
	struct follow *follow, const struct record *before, const struct record *after)
{
	uint64_t source = 0;
	const struct record *known = before->count ? before : after;
	bool ends = before->count && !after->count;
	if ((ends || !same_mapping(before, after)) &&
		span_to_u64(record_first(known, ATTR_SOURCE_NUMBER), &source))
		add_everybody(follow, (uint16_t)source);
}

static void note_group(struct follow *follow)
{
	struct run *run = follow->run;
	uint64_t source;
	uint32_t number = 0;
	struct record client;
	struct postings *all =
		postings_all(run->txn, run->arena, run->command->tenant, KIND_CLIENT);
	while (postings_next(all, number, &number)) {
		if (run_entry_after(run, run->command->tenant, KIND_CLIENT, number, &client) &&
			record_has_mapping(&client) &&
			span_to_u64(record_first(&client, ATTR_SOURCE_NUMBER), &source))
			add_everybody(follow, (uint16_t)source);
		if (++number == 0)
			break;
	}
	postings_close(all);
}

static bool has_claims(struct run *run)
{
	uint32_t number;
	struct postings *claims = postings_present(
		run->txn, run->arena, run->command->tenant, KIND_USER, ATTR_ROLE_CLAIM);
	bool any = postings_next(claims, 0, &number);
	postings_close(claims);
	return any;
}

static bool has_mapping(struct run *run)
{
	uint32_t number = 0;
	struct record client;
	bool any = false;
	struct postings *all =
		postings_all(run->txn, run->arena, run->command->tenant, KIND_CLIENT);
	while (!any && postings_next(all, number, &number)) {
		any = txn_entry(run->txn, run->command->tenant, KIND_CLIENT, number, &client) &&
		      record_has_mapping(&client);
		if (++number == 0)
			break;
	}
	postings_close(all);
	return any;
}

static void open_entry(struct span octets, struct record *record)
{
	if (!octets.len || record_open(octets, record, NULL))
		*record = (struct record){ .count = 0 };
}

static void note_entry(struct follow *follow, const struct effect *effect)
{
	struct record before, after;
	open_entry(effect->before, &before);
	open_entry(effect->after, &after);
	switch (effect->kind) {
	case KIND_USER:
		note_user(follow, &before, &after);
		return;
	case KIND_CLIENT:
		note_client(follow, &before, &after);
		return;
	case KIND_GROUP:
		if (before.count && after.count && !same_name(&before, &after))
			note_group(follow);
		return;
	case KIND_ROLE:
	case KIND_SCOPE:
		/* Claims and mappings may begin to name it, or end. */
		follow->mark |= !same_name(&before, &after) &&
				(has_claims(follow->run) || has_mapping(follow->run));
		return;
	default:
		return;
	}
}

static void note(struct follow *follow, const struct effect *effect)
{
	if (effect->type == EFFECT_EDGE)
		note_edge(follow, effect);
	else if (effect->type == EFFECT_ENTRY)
		note_entry(follow, effect);
}

static void note_all(struct follow *follow)
{
	const struct run *run = follow->run;
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == run->command->tenant; i++)
			note(follow, &deed->effects[i]);
}

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
	note_all(follow);
	if (follow->mark) {
		follow_mark(run);
		follow->count = 0;
	}
	return settle_all(follow);
}

/* ---- one person, of all connections ---- */

static void add_edges(struct follow *follow, uint32_t user, enum kind kind)
{
	size_t count;
	struct edge edge;
	const uint32_t *list = run_containers_after(follow->run, user, kind, &count);
	for (size_t i = 0; i < count; i++) {
		if (!run_edge_after(follow->run, list[i], user, &edge))
			continue;
		for (size_t j = 0; j < edge.source_count; j++)
			if (kind != KIND_GROUP && (edge.sources[j] & SOURCE_FOLLOWS))
				add_pair(follow, edge.sources[j] & ~SOURCE_FOLLOWS, user);
			else if (kind == KIND_GROUP && source_maps(follow, edge.sources[j]))
				add_pair(follow, edge.sources[j], user);
	}
}

static enum err add_held(void *arg, const struct record *held)
{
	struct follow *follow = arg;
	struct record client, user;
	struct uuid id;
	enum kind kind;
	uint32_t number;
	uint64_t source;
	struct txn *txn = follow->run->txn;
	uint32_t tenant = follow->run->command->tenant;
	struct span asks = record_first(held, ATTR_HELD_CLIENT);
	struct span subject = record_first(held, ATTR_HELD_SUBJECT);
	if (asks.len != sizeof id.octets || subject.len != sizeof id.octets)
		return OK;
	memcpy(id.octets, asks.data, sizeof id.octets);
	if (!txn_find_id(txn, tenant, &id, &kind, &number) ||
		!txn_entry(txn, tenant, KIND_CLIENT, number, &client))
		return OK;
	memcpy(id.octets, subject.data, sizeof id.octets);
	if (txn_find_id(txn, tenant, &id, &kind, &number) &&
		txn_entry(txn, tenant, KIND_USER, number, &user) &&
		span_to_u64(record_first(&client, ATTR_SOURCE_NUMBER), &source))
		add_pair(follow, (uint16_t)source, number);
	return OK;
}

static void note_person(struct follow *follow, const struct record *user)
{
	add_claims(follow, user);
	add_edges(follow, user->number, KIND_ROLE);
	add_edges(follow, user->number, KIND_SCOPE);
	add_edges(follow, user->number, KIND_GROUP);
	held_each(follow->run, ATTR_HELD_SUBJECT, &user->id, add_held, follow);
}

bool follow_differs(struct run *run, const struct record *user)
{
	struct follow *follow = arena_zalloc(run->arena, sizeof *follow);
	follow->run = run;
	follow->dry = true;
	note_person(follow, user);
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
		note_person(follow, &record);
	run_report(run, user);
	return settle_all(follow);
}
