#include "core/core_int.h"

#include "base/codec.h"
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

static enum err tell(struct run *run, const char *action, struct span bytes,
	const struct entry *before, struct entry *after)
{
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, action, after);
	deed->before = before;
	deed->after = after;
	run_report(run, after);
	return deed_entry(run, deed, bytes, after);
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
	return tell(run, link->end ? "user.unlinked" : "user.linked", bytes, before, after);
}

/* ---- directories ---- */

static const enum attr link_attrs[] = { ATTR_LINK, ATTR_LINK_DN, ATTR_LINK_DIGEST, ATTR_LINK_STATE,
	ATTR_LINK_BASE };
#define LINK_ATTRS (sizeof link_attrs / sizeof *link_attrs)

static const char *reason_of(struct run *run, uint16_t source)
{
	return arena_printf(run->arena, "upstream:%u", (unsigned)source);
}

static bool is_let_go_of(struct run *run, const struct entry *user, uint16_t source)
{
	const struct value *reason;
	struct span gone = span_str(reason_of(run, source));
	for (size_t i = 0; (reason = entry_value(user, ATTR_INACTIVE_REASON, i)); i++)
		if (span_equal(reason->octets, gone))
			return true;
	return false;
}

static uint16_t free_instance(const struct entry *user)
{
	uint16_t instance = 0;
	while (entry_instance(user, ATTR_LINK, instance))
		instance++;
	return instance;
}

static enum err put_link(struct run *run, struct entry *user, const struct upstream_link *link)
{
	uint8_t *never = arena_zalloc(run->arena, 2 + 32);
	uint16_t instance = free_instance(user);
	uint8_t *dn = arena_alloc(run->arena, 2 + link->dn.len);
	enum err err = entry_add(user, ATTR_LINK, instance, link->source, link->anchor, run->why);
	put_be16(dn, link->source);
	put_be16(never, link->source);
	if (link->dn.len)
		memcpy(dn + 2, link->dn.data, link->dn.len);
	if (!err && link->dn.len)
		err = entry_add(user, ATTR_LINK_DN, instance, link->source,
			span_of(dn, 2 + link->dn.len), run->why);
	/* What the directory says next is no repetition. */
	if (!err)
		err = entry_add(user, ATTR_LINK_DIGEST, instance, link->source,
			span_of(never, 2 + 32), run->why);
	return err;
}

enum err ownership_link_upstream(struct run *run, struct span bytes, const struct entry *before,
	const struct upstream_link *link)
{
	struct entry *after = entry_copy(run->arena, before);
	const struct value *had = NULL, *value;
	for (size_t i = 0; (value = entry_value(before, ATTR_LINK, i)); i++)
		had = value->source == link->source ? value : had;
	run_report(run, before);
	if (had && span_equal(had->octets, link->anchor))
		return OK;
	if (had && !is_let_go_of(run, before, link->source))
		return fail(run->why, ERR_CONFLICT, "to",
			"the person is another one of the directory's");
	for (size_t i = 0; i < LINK_ATTRS; i++)
		entry_remove_source(after, link_attrs[i], link->source);
	if (link->end_password)
		entry_remove(after, ATTR_PASSWORD);
	enum err err = put_link(run, after, link);
	if (!err)
		err = rules_values(run, before, after);
	return err ? err : tell(run, "user.linked", bytes, before, after);
}

static void stay_inactive(struct run *run, struct entry *user, uint16_t source)
{
	const struct value *reason;
	struct span gone = span_str(reason_of(run, source));
	bool local = false;
	for (size_t i = 0; (reason = entry_value(user, ATTR_INACTIVE_REASON, i));) {
		local |= span_equal(reason->octets, SPAN("local"));
		if (span_equal(reason->octets, gone))
			entry_remove_instance(user, ATTR_INACTIVE_REASON, reason->instance);
		else
			i++;
	}
	if (!local)
		entry_add(user, ATTR_INACTIVE_REASON,
			entry_next_instance(user, ATTR_INACTIVE_REASON, ATTR_INACTIVE_REASON),
			SOURCE_LOCAL, SPAN("local"), run->why);
}

enum err ownership_unlink_upstream(struct run *run, struct span bytes, const struct entry *before)
{
	struct entry *after = entry_copy(run->arena, before);
	const struct value *link;
	run_report(run, before);
	for (size_t i = 0; (link = entry_value(before, ATTR_LINK, i)); i++) {
		bool gone = is_let_go_of(run, before, link->source);
		for (size_t k = 0; k < LINK_ATTRS; k++)
			entry_remove_source(after, link_attrs[k], link->source);
		take_back(after, link->source);
		if (gone)
			stay_inactive(run, after, link->source);
	}
	enum err err = rules_values(run, before, after);
	return err || is_same(before, after) ? err
					     : tell(run, "user.unlinked", bytes, before, after);
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
