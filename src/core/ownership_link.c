#include "core/core_int.h"

#include "model/value.h"

/* Linking is an administrator's act, by the ids of both sides: what the machine would never do by a
 * name or an address. */

static enum err find_connection(struct run *run, const struct uuid *id, struct owner *owner)
{
	enum kind kind;
	uint32_t number;
	uint64_t source;
	struct record record;
	if (txn_find_id(run->txn, run->command->tenant, id, &kind, &number) &&
		kind == KIND_CLIENT &&
		txn_entry(run->txn, run->command->tenant, kind, number, &record) &&
		span_to_u64(record_first(&record, ATTR_SOURCE_NUMBER), &source)) {
		*owner = owner_of_source(run, (uint16_t)source);
		if (owner->type == OWNER_CONNECTION)
			return OK;
	}
	return fail(run->why, ERR_UNKNOWN, "connection", "there is no such connection");
}

/* What administrators here said, and what nobody says any more. */
static void hand_over(struct run *run, struct entry *user, uint16_t source)
{
	for (size_t i = 0; i < user->count; i++) {
		struct value *value = &user->values[i];
		if (!attr_changes_hands(value->attr) || value->source == SOURCE_DERIVED)
			continue;
		struct owner owner = owner_of_source(run, value->source);
		if (!owner_is_machine(&owner))
			value->source = source;
	}
}

static void take_back(struct entry *user, uint16_t source)
{
	entry_remove_instance(user, ATTR_EXTERNAL_ID, source);
	for (size_t i = 0; i < user->count; i++)
		if (user->values[i].source == source && attr_is_owned(user->values[i].attr))
			user->values[i].source = SOURCE_LOCAL;
}

static enum err put_external_id(
	struct run *run, struct entry *user, uint16_t source, struct span text)
{
	struct span octets;
	if (!text.len)
		return OK;
	enum err err = value_canonical(run->arena, ATTR_EXTERNAL_ID, text, &octets, run->why);
	if (err)
		return err;
	entry_remove_instance(user, ATTR_EXTERNAL_ID, source);
	return entry_add(user, ATTR_EXTERNAL_ID, source, source, octets, run->why);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
	bool same = a->count == b->count;
	for (size_t i = 0; same && i < a->count; i++)
		same = a->values[i].source == b->values[i].source &&
		       a->values[i].attr == b->values[i].attr &&
		       span_equal(a->values[i].octets, b->values[i].octets);
	return same;
}

enum err ownership_link(struct run *run, struct span bytes, const struct entry *before,
	const struct connection_link *link)
{
	struct owner owner = { .type = OWNER_NOBODY };
	struct entry *after = entry_copy(run->arena, before);
	enum err err = find_connection(run, &link->client, &owner);
	/* The connection may then change who that is, by a password or an address. */
	if (!err && !link->end)
		err = rights_grant_holder(run, before);
	if (!err && link->end)
		take_back(after, owner.source);
	else if (!err)
		hand_over(run, after, owner.source);
	if (!err && !link->end)
		err = put_external_id(run, after, owner.source, link->external_id);
	if (!err)
		err = rules_values(run, before, after);
	run_report(run, before);
	if (err || is_same(before, after))
		return err;
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, link->end ? "user.unlinked" : "user.linked", after);
	deed->before = before;
	deed->after = after;
	run_report(run, after);
	return deed_entry(run, deed, bytes, after);
}

enum err command_link(struct run *run)
{
	struct span bytes;
	struct entry *user;
	if (!run->command->link || run->command->kind != KIND_USER)
		return fail(run->why, ERR_VALUE, NULL, "only users are linked");
	enum err err = run_load(run, &bytes, &user);
	return err ? err : ownership_link(run, bytes, user, run->command->link);
}
