#include "core/core_int.h"

#include "base/limits.h"
#include "core/claim_int.h"
#include "core/follow_int.h"
#include "model/value.h"

bool claim_role(struct txn *txn, struct arena *arena, uint32_t tenant, struct span claim,
	struct record *role)
{
	struct claim_texts texts;
	claim_read(arena, claim, &texts);
	for (size_t i = 0; i < CLAIM_TEXTS; i++)
		if (texts.text[i].len &&
			container_by_text(txn, arena, tenant, KIND_ROLE, texts.text[i], role))
			return true;
	return false;
}

/* ---- others' claims ---- */

static const enum attr details[] = { ATTR_ROLE_CLAIM_DISPLAY, ATTR_ROLE_CLAIM_TYPE };
#define DETAILS (sizeof details / sizeof *details)

static bool is_others(struct run *run, const struct value *claim)
{
	struct record client;
	return claim->source != run->actor->source && claim->source != SOURCE_LOCAL &&
	       source_client(run, run->command->tenant, claim->source, &client);
}

static const struct value *same_claim(const struct entry *entry, const struct value *claim)
{
	const struct value *other;
	for (size_t i = 0; (other = entry_value(entry, ATTR_ROLE_CLAIM, i)); i++)
		if (span_equal(other->octets, claim->octets))
			return other;
	return NULL;
}

static enum err put_back_part(struct run *run, const struct entry *before, struct entry *after,
	uint16_t from, uint16_t to, enum attr attr)
{
	const struct value *part = entry_instance(before, attr, from);
	entry_remove_instance(after, attr, to);
	return part ? entry_add(after, attr, to, part->source, part->octets, run->why) : OK;
}

/* There is one primary role: the one that was set last keeps it. */
static bool loses_primary(
	const struct entry *before, const struct entry *after, uint16_t from, uint16_t to)
{
	const struct value *other;
	if (!entry_instance(before, ATTR_ROLE_CLAIM_PRIMARY, from))
		return true;
	for (size_t i = 0; (other = entry_value(after, ATTR_ROLE_CLAIM_PRIMARY, i)); i++)
		if (other->instance != to && span_equal(other->octets, SPAN("TRUE")))
			return true;
	return false;
}

static enum err put_back(
	struct run *run, const struct entry *before, struct entry *after, const struct value *claim)
{
	const struct value *now = same_claim(after, claim);
	uint16_t from = claim->instance;
	uint16_t to = now ? now->instance
			  : entry_next_instance(after, ATTR_ROLE_CLAIM, ATTR_ROLE_CLAIM_PRIMARY);
	enum err err = OK;
	if (!now)
		err = entry_add(after, ATTR_ROLE_CLAIM, to, claim->source, claim->octets, run->why);
	for (size_t i = 0; !err && i < DETAILS; i++)
		err = put_back_part(run, before, after, from, to, details[i]);
	if (!err && !loses_primary(before, after, from, to))
		err = put_back_part(run, before, after, from, to, ATTR_ROLE_CLAIM_PRIMARY);
	return err;
}

static enum err keep_others(struct run *run, const struct entry *before, struct entry *after)
{
	const struct value *claim;
	enum err err = OK;
	for (size_t i = 0; !err && (claim = entry_value(before, ATTR_ROLE_CLAIM, i)); i++)
		if (is_others(run, claim))
			err = put_back(run, before, after, claim);
	return err;
}

/* ---- what was shown and comes back ---- */

static bool has_part(
	const struct entry *user, enum attr attr, uint16_t instance, struct span wanted)
{
	const struct value *part = entry_instance(user, attr, instance);
	return part && span_equal(part->octets, wanted);
}

/* The very form in which a role is shown that is held without being claimed. */
static bool is_echo(struct run *run, const struct entry *before, const struct entry *after,
	const struct value *claim)
{
	struct edge edge;
	struct record role;
	uint32_t tenant = run->command->tenant;
	return !same_claim(before, claim) &&
	       has_part(after, ATTR_ROLE_CLAIM_TYPE, claim->instance, SPAN("role")) &&
	       has_part(after, ATTR_ROLE_CLAIM_DISPLAY, claim->instance, claim->octets) &&
	       container_by_text(run->txn, run->arena, tenant, KIND_ROLE, claim->octets, &role) &&
	       txn_edge(run->txn, tenant, role.number, after->number, &edge);
}

static void drop_echoes(struct run *run, const struct entry *before, struct entry *after)
{
	const struct value *claim;
	for (size_t i = 0; (claim = entry_value(after, ATTR_ROLE_CLAIM, i));) {
		uint16_t instance = claim->instance;
		if (!is_echo(run, before, after, claim)) {
			i++;
			continue;
		}
		for (enum attr attr = ATTR_ROLE_CLAIM; attr <= ATTR_ROLE_CLAIM_PRIMARY; attr++)
			entry_remove_instance(after, attr, instance);
	}
}

enum err claims_check(struct run *run, const struct entry *before, struct entry *after)
{
	enum err err = OK;
	if (before && !actor_is_unbound(run->actor))
		err = keep_others(run, before, after);
	if (!err && before && run->actor->type == ACTOR_CLIENT)
		drop_echoes(run, before, after);
	if (!err && entry_value_count(after, ATTR_ROLE_CLAIM) > LIMIT_ROLE_CLAIMS)
		err = fail(run->why, ERR_TOO_LARGE, attr_spelling(ATTR_ROLE_CLAIM),
			"a person has at most %d", LIMIT_ROLE_CLAIMS);
	return err;
}
