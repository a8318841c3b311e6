#include "core/core_int.h"

#include "base/limits.h"
#include "core/held_int.h"

#define KEY_OCTETS (1 + 3 * 16)

static const char *const words[HELD_ACTS] = { "assign", "deactivate", "delete" };

const char *held_act_word(enum held_act act)
{
	return words[act];
}

bool held_act_find(struct span word, enum held_act *act)
{
	for (size_t i = 0; i < HELD_ACTS; i++)
		if (span_equal(word, span_str(words[i]))) {
			*act = (enum held_act)i;
			return true;
		}
	return false;
}

static struct span put_key(enum held_act act, const struct uuid *client, const struct uuid *subject,
	uint8_t octets[KEY_OCTETS])
{
	memset(octets, 0, KEY_OCTETS);
	octets[0] = (uint8_t)act;
	memcpy(octets + 1, client->octets, 16);
	memcpy(octets + 17, subject->octets, 16);
	return span_of(octets, KEY_OCTETS);
}

static struct span key_of(const struct held_change *change, uint8_t octets[KEY_OCTETS])
{
	struct span key = put_key(change->act, &change->client->id, &change->subject->id, octets);
	if (change->container)
		memcpy(octets + 33, change->container->id.octets, 16);
	return key;
}

bool view_is_held(
	struct view *view, uint32_t tenant, const struct uuid *client, const struct uuid *user)
{
	uint8_t key[KEY_OCTETS];
	uint32_t number;
	for (enum held_act act = HELD_DEACTIVATE; act <= HELD_DELETE; act++)
		if (txn_find_value(view->txn, tenant, KIND_HELD, ATTR_HELD_KEY,
			    put_key(act, client, user, key), &number))
			return true;
	return false;
}

bool held_find(const struct run *run, const struct held_change *change, struct record *held)
{
	uint8_t key[KEY_OCTETS];
	uint32_t number, tenant = run->command->tenant;
	return txn_find_value(
		       run->txn, tenant, KIND_HELD, ATTR_HELD_KEY, key_of(change, key), &number) &&
	       run_entry_after(run, tenant, KIND_HELD, number, held);
}

bool held_is(const struct record *held, enum attr attr, const struct uuid *id)
{
	return span_equal(record_first(held, attr), uuid_span(id));
}

/* "assign Admin to zoe", so that lists and the audit can be read. */
static struct span name_of(struct run *run, const struct held_change *change)
{
	struct span person = record_first(change->subject, ATTR_USER_NAME);
	if (!change->container)
		return span_str(
			arena_printf(run->arena, "%s %.*s", words[change->act], SPAN_ARGS(person)));
	return span_str(arena_printf(run->arena, "%s %.*s to %.*s", words[change->act],
		SPAN_ARGS(record_first(change->container, ATTR_COMMON_NAME)), SPAN_ARGS(person)));
}

static void put(struct run *run, struct entry *entry, enum attr attr, struct span octets)
{
	entry_set(entry, attr, SOURCE_LOCAL, arena_copy(run->arena, octets), NULL);
}

enum err held_open(struct run *run, const struct held_change *change)
{
	uint8_t key[KEY_OCTETS];
	struct record held;
	uint32_t tenant = run->command->tenant;
	if (held_find(run, change, &held))
		return OK;
	if (txn_count(run->txn, tenant, KIND_HELD) >= LIMIT_HELD)
		return fail(run->why, ERR_TOO_MANY, NULL,
			"%d changes wait for an administrator already", LIMIT_HELD);
	struct entry *entry = entry_new(run->arena, KIND_HELD);
	put(run, entry, ATTR_COMMON_NAME, name_of(run, change));
	put(run, entry, ATTR_HELD_ACT, span_str(words[change->act]));
	put(run, entry, ATTR_HELD_STATE, HELD_OPEN);
	put(run, entry, ATTR_HELD_KEY, key_of(change, key));
	put(run, entry, ATTR_HELD_SUBJECT, uuid_span(&change->subject->id));
	put(run, entry, ATTR_HELD_CLIENT, uuid_span(&change->client->id));
	if (change->container)
		put(run, entry, ATTR_HELD_CONTAINER, uuid_span(&change->container->id));
	put(run, entry, ATTR_HELD_SEEN, run_time(run));
	return run_make(run, tenant, "held.opened", entry);
}

enum err held_drop(struct run *run, const struct record *held, const char *action)
{
	struct record now;
	struct span bytes;
	if (!run_entry_after(run, run->command->tenant, KIND_HELD, held->number, &now))
		return OK;
	struct entry *entry = run_copy_record(run, &now, &bytes);
	struct deed *deed = run_deed_on(run, action, entry);
	deed->before = entry;
	return deed_entry(run, deed, bytes, NULL);
}

enum err held_each(struct run *run, enum attr attr, const struct uuid *id,
	enum err (*each)(void *arg, const struct record *held), void *arg)
{
	enum err err = OK;
	uint32_t number = 0, tenant = run->command->tenant;
	struct record held;
	if (!txn_count(run->txn, tenant, KIND_HELD))
		return OK;
	struct postings *all =
		postings_equal(run->txn, run->arena, tenant, KIND_HELD, attr, uuid_span(id));
	while (!err && postings_next(all, number, &number)) {
		if (txn_entry(run->txn, tenant, KIND_HELD, number, &held))
			err = each(arg, &held);
		if (++number == 0)
			break;
	}
	postings_close(all);
	return err;
}

/* ---- what nobody waits for any more ---- */

static enum err withdraw(void *arg, const struct record *held)
{
	return held_drop(arg, held, "held.withdrawn");
}

static enum err withdraw_deactivation(void *arg, const struct record *held)
{
	bool is_one =
		span_equal(record_first(held, ATTR_HELD_ACT), span_str(words[HELD_DEACTIVATE]));
	return is_one ? withdraw(arg, held) : OK;
}

static bool is_now_inactive(const struct effect *effect)
{
	struct record before, after;
	return effect->before.len && !record_open(effect->before, &before, NULL) &&
	       !record_open(effect->after, &after, NULL) && record_is_active(&before) &&
	       !record_is_active(&after);
}

static enum err tidy_one(struct run *run, const struct effect *effect)
{
	if (effect->type != EFFECT_ENTRY)
		return OK;
	bool gone = !effect->after.len;
	switch (effect->kind) {
	case KIND_USER:
		if (gone)
			return held_each(run, ATTR_HELD_SUBJECT, &effect->id, withdraw, run);
		return is_now_inactive(effect) ? held_each(run, ATTR_HELD_SUBJECT, &effect->id,
							 withdraw_deactivation, run)
					       : OK;
	case KIND_CLIENT:
		return gone ? held_each(run, ATTR_HELD_CLIENT, &effect->id, withdraw, run) : OK;
	case KIND_ROLE:
	case KIND_SCOPE:
		return gone ? held_each(run, ATTR_HELD_CONTAINER, &effect->id, withdraw, run) : OK;
	default:
		return OK;
	}
}

enum err held_tidy(struct run *run, const struct deed *last)
{
	enum err err = OK;
	if (!last || !txn_count(run->txn, run->command->tenant, KIND_HELD))
		return OK;
	for (struct deed *deed = run->first; deed && !err; deed = deed == last ? NULL : deed->next)
		for (size_t i = 0, count = deed->count;
			!err && i < count && deed->tenant == run->command->tenant; i++)
			err = tidy_one(run, &deed->effects[i]);
	return err;
}
