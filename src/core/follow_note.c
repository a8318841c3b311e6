#include "core/core_int.h"

#include "core/approval_int.h"
#include "core/follow_int.h"
#include "core/held_int.h"
#include "model/grant.h"

/* Whom a command concerns: people whose claims changed, members of mapped groups, everybody when a
 * mapping or a name did, and whoever holds a role that lets people do more or an approval for which
 * is gone. */

bool source_client(struct run *run, uint32_t tenant, uint16_t source, struct record *client)
{
	uint32_t number;
	return find_source_number(run->txn, tenant, KIND_CLIENT, source, &number) &&
	       run_entry_after(run, tenant, KIND_CLIENT, number, client);
}

/* ---- what the deeds change ---- */

static void add_pair(struct follow *follow, uint16_t source, uint32_t user)
{
	for (size_t i = 0; i < follow->count; i++)
		if (follow->pairs[i].source == source && follow->pairs[i].user == user)
			return;
	if (follow->count == FOLLOW_PAIRS)
		follow->mark = true;
	else
		follow->pairs[follow->count++] = (struct follow_pair){ source, user };
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
	if (txn_count(run->txn, tenant, KIND_USER) > FOLLOW_PAIRS - follow->count) {
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

/* What a directory gives itself was looked at when it was given. */
static bool is_by_another(struct follow *follow, const struct effect *effect, uint16_t source)
{
	struct record directory;
	return effect->kind == KIND_ROLE && follow->run->actor->source != source &&
	       directory_by_source(follow->run, source, &directory);
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
		else if (is_by_another(follow, effect, after.sources[i]))
			add_pair(follow, after.sources[i], effect->member);
	}
}

/* The values with their sources, in their order. */
static bool same_values(const struct record *a, const struct record *b, enum attr attr)
{
	size_t i = record_find(a, attr), j = record_find(b, attr);
	for (;; i++, j++) {
		struct value x = { 0 }, y = { 0 };
		if (i < a->count)
			x = record_row(a, i);
		if (j < b->count)
			y = record_row(b, j);
		bool first = x.attr == attr, second = y.attr == attr;
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
	if (!after->count || same_values(before, after, ATTR_ROLE_CLAIM))
		return;
	add_claims(follow, before);
	add_claims(follow, after);
}

static bool same_name(const struct record *a, const struct record *b)
{
	return span_equal(record_first(a, ATTR_COMMON_NAME), record_first(b, ATTR_COMMON_NAME));
}

static void note_client(
	struct follow *follow, const struct record *before, const struct record *after)
{
	uint64_t source = 0;
	const struct record *known = before->count ? before : after;
	bool ends = before->count && !after->count;
	if ((ends || !same_values(before, after, ATTR_GROUP_MAPPING)) &&
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

/* ---- what an approval is needed for ---- */

/* All who hold the role by a directory's word. */
static void add_holders(struct follow *follow, uint32_t role)
{
	struct run *run = follow->run;
	struct edge edge;
	struct record directory;
	uint32_t member = 0;
	struct postings *members =
		postings_members(run->txn, run->arena, run->command->tenant, role);
	while (!follow->mark && postings_next(members, member, &member)) {
		bool there = postings_edge(members, &edge);
		for (size_t i = 0; there && i < edge.source_count; i++)
			if (directory_by_source(run, edge.sources[i], &directory))
				add_pair(follow, edge.sources[i], member);
		if (++member == 0)
			break;
	}
	postings_close(members);
}

static void note_role(
	struct follow *follow, const struct record *before, const struct record *after)
{
	uint64_t had = before->count ? role_power(before) : 0;
	uint64_t has = after->count ? role_power(after) : 0;
	if (!before->count || !after->count || had == has)
		return;
	if (has & ~had)
		add_holders(follow, after->number);
	approval_mark(follow->run, after);
}

static bool has_approval(const struct record *directory, struct span text)
{
	for (size_t i = record_find(directory, ATTR_GRANT_APPROVED); i < directory->count; i++) {
		struct value value = record_row(directory, i);
		if (value.attr != ATTR_GRANT_APPROVED)
			break;
		if (span_equal(value.octets, text))
			return true;
	}
	return false;
}

static void note_directory(
	struct follow *follow, const struct record *before, const struct record *after)
{
	struct run *run = follow->run;
	struct grant grant;
	enum kind kind;
	uint32_t number;
	if (before->count && !after->count)
		run_state(run, approval_mark_key(run->arena, &before->id), SPAN_NONE);
	if (!after->count || same_values(before, after, ATTR_GRANT_APPROVED))
		return;
	for (size_t i = record_find(before, ATTR_GRANT_APPROVED); i < before->count; i++) {
		struct value value = record_row(before, i);
		if (value.attr != ATTR_GRANT_APPROVED)
			break;
		if (!has_approval(after, value.octets) && grant_parse(value.octets, &grant) &&
			txn_find_id(run->txn, run->command->tenant, &grant.role, &kind, &number) &&
			kind == KIND_ROLE)
			add_holders(follow, number);
	}
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
	case KIND_DIRECTORY:
		note_directory(follow, &before, &after);
		return;
	case KIND_ROLE:
		note_role(follow, &before, &after);
		/* fall through */
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

void follow_note_deeds(struct follow *follow)
{
	const struct run *run = follow->run;
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == run->command->tenant; i++)
			note(follow, &deed->effects[i]);
}

/* ---- one person, of all connections ---- */

static void add_edges(struct follow *follow, uint32_t user, enum kind kind)
{
	size_t count;
	struct edge edge;
	struct record directory;
	const uint32_t *list = run_containers_after(follow->run, user, kind, &count);
	for (size_t i = 0; i < count; i++) {
		if (!run_edge_after(follow->run, list[i], user, &edge))
			continue;
		for (size_t j = 0; j < edge.source_count; j++)
			if (kind != KIND_GROUP && (edge.sources[j] & SOURCE_FOLLOWS))
				add_pair(follow, edge.sources[j] & ~SOURCE_FOLLOWS, user);
			else if (kind == KIND_ROLE &&
				 directory_by_source(follow->run, edge.sources[j], &directory))
				add_pair(follow, edge.sources[j], user);
			else if (kind == KIND_GROUP && source_maps(follow, edge.sources[j]))
				add_pair(follow, edge.sources[j], user);
	}
}

static enum err add_held(void *arg, const struct record *held)
{
	struct follow *follow = arg;
	struct record client, user;
	struct uuid asks, subject;
	enum kind kind;
	uint32_t number;
	uint64_t source;
	struct txn *txn = follow->run->txn;
	uint32_t tenant = follow->run->command->tenant;
	if (!uuid_from_octets(record_first(held, ATTR_HELD_CLIENT), &asks) ||
		!uuid_from_octets(record_first(held, ATTR_HELD_SUBJECT), &subject))
		return OK;
	if (!txn_find_id(txn, tenant, &asks, &kind, &number) ||
		!txn_entry(txn, tenant, KIND_CLIENT, number, &client))
		return OK;
	if (txn_find_id(txn, tenant, &subject, &kind, &number) &&
		txn_entry(txn, tenant, KIND_USER, number, &user) &&
		span_to_u64(record_first(&client, ATTR_SOURCE_NUMBER), &source))
		add_pair(follow, (uint16_t)source, number);
	return OK;
}

void follow_note_person(struct follow *follow, const struct record *user)
{
	add_claims(follow, user);
	add_edges(follow, user->number, KIND_ROLE);
	add_edges(follow, user->number, KIND_SCOPE);
	add_edges(follow, user->number, KIND_GROUP);
	held_each(follow->run, ATTR_HELD_SUBJECT, &user->id, add_held, follow);
}
