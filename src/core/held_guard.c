#include "core/core_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "core/held_int.h"
#include "model/threshold.h"

/* The threshold of a connection: what it deactivates and deletes is counted by the minute, in a row
 * of state that is written with the change itself. */

#define MINUTES 60
#define MINUTE (60 * SECOND)
#define HOUR (MINUTES * MINUTE) /* people made so recently by the connection do not count */

struct tally {
	struct slot net[MINUTES];  /* people who lost their access, less those who got it back */
	struct slot gone[MINUTES]; /* of them, entries that are not there any more */
};

static struct span row_name(struct run *run, uint16_t source)
{
	return span_str(arena_printf(run->arena, "held/tally/%u", (unsigned)source));
}

static void read_slots(struct reader *in, struct slot *slots)
{
	for (size_t i = 0; i < MINUTES; i++) {
		slots[i].at = read_u32(in);
		slots[i].net = (int32_t)read_u32(in);
	}
}

static void write_slots(struct buffer *out, const struct slot *slots)
{
	for (size_t i = 0; i < MINUTES; i++) {
		write_u32(out, slots[i].at);
		write_u32(out, (uint32_t)slots[i].net);
	}
}

static void read_tally(struct run *run, uint16_t source, struct tally *tally)
{
	struct span row;
	memset(tally, 0, sizeof *tally);
	if (!txn_state(run->txn, run->command->tenant, row_name(run, source), &row) ||
		row.len != 2 * MINUTES * 8)
		return;
	struct reader in = reader_of(row);
	read_slots(&in, tally->net);
	read_slots(&in, tally->gone);
}

static void write_tally(struct run *run, uint16_t source, const struct tally *tally)
{
	buffer_reset(run->scratch);
	write_slots(run->scratch, tally->net);
	write_slots(run->scratch, tally->gone);
	run_state(run, row_name(run, source), arena_copy(run->arena, buffer_span(run->scratch)));
}

/* ---- what is counted ---- */

enum turn { TURN_NONE, TURN_INACTIVE, TURN_GONE, TURN_ACTIVE };

/* An account that ends within the hour is as good as inactive. */
static bool has_access(const struct run *run, const struct record *user)
{
	int64_t end;
	return record_is_active(user) &&
	       (!time_parse_generalized(record_first(user, ATTR_ACCOUNT_EXPIRES), &end) ||
		       end > run->now + HOUR);
}

static enum turn turn_of(const struct run *run, const struct record *before, struct span after)
{
	struct record record;
	if (!after.len || record_open(after, &record, NULL))
		return TURN_GONE;
	bool had = has_access(run, before), has = has_access(run, &record);
	if (run->command->type == COMMAND_DELETE || had > has)
		return TURN_INACTIVE;
	return had < has ? TURN_ACTIVE : TURN_NONE;
}

/* A connection that is being set up, or tried out, may undo what it has just done. */
static bool is_fresh(const struct run *run, const struct record *user, int64_t when)
{
	enum attr names[] = { ATTR_USER_NAME, ATTR_EMAIL };
	for (size_t i = 0; user->created > when - HOUR && i < 2; i++) {
		size_t at = record_find(user, names[i]);
		if (at < user->count && record_row(user, at).attr == names[i] &&
			record_row(user, at).source == run->actor->source)
			return true;
	}
	return false;
}

/* Only whom the connection itself was charged for gives room again: who has been inactive for long
 * makes up for nobody. */
static bool was_counted(const struct run *run, const struct record *user)
{
	int64_t since;
	size_t at = record_find(user, ATTR_INACTIVE_REASON);
	return time_parse_generalized(record_first(user, ATTR_DEACTIVATED_AT), &since) &&
	       since > run->now - HOUR && !is_fresh(run, user, since) && at < user->count &&
	       record_row(user, at).attr == ATTR_INACTIVE_REASON &&
	       record_row(user, at).source == run->actor->source;
}

static bool next_person(struct run *run, uint32_t least, uint32_t *number)
{
	struct postings *people =
		postings_all(run->txn, run->arena, run->command->tenant, KIND_USER);
	bool found = postings_next(people, least, number);
	postings_close(people);
	return found;
}

/* Behind the last of those who are older than an hour: numbers are given in order. */
static uint32_t first_new(struct run *run)
{
	uint32_t low = 0, high = UINT32_MAX;
	while (low < high) {
		struct record user;
		uint32_t middle = low + (high - low) / 2, number;
		if (next_person(run, middle, &number) && number < high &&
			txn_entry(run->txn, run->command->tenant, KIND_USER, number, &user) &&
			user.created <= run->now - HOUR)
			low = number + 1;
		else
			high = middle;
	}
	return low;
}

/* Else whoever makes enough people up may deactivate all the real ones. */
static uint64_t new_people(struct run *run)
{
	uint32_t number = first_new(run);
	uint64_t count = 0;
	struct postings *people =
		postings_all(run->txn, run->arena, run->command->tenant, KIND_USER);
	for (; postings_next(people, number, &number) && number < UINT32_MAX; number++)
		count++;
	postings_close(people);
	return count;
}

static uint32_t number_of(const struct record *client, enum attr attr, uint32_t otherwise)
{
	uint64_t number;
	return span_to_u64(record_first(client, attr), &number) ? (uint32_t)number : otherwise;
}

static enum err check(struct run *run, const struct record *client, const struct tally *tally)
{
	const struct threshold threshold = { number_of(client, ATTR_LIMIT_COUNT, THRESHOLD_COUNT),
		number_of(client, ATTR_LIMIT_PERCENT, THRESHOLD_PERCENT) };
	/* All of them may go: whoever says so wants no threshold. */
	if (threshold.percent >= 100)
		return OK;
	uint64_t net = (uint64_t)slots_net(tally->net, MINUTES, MINUTE, run->now);
	uint64_t people = txn_count(run->txn, run->command->tenant, KIND_USER) +
			  (uint64_t)slots_net(tally->gone, MINUTES, MINUTE, run->now);
	uint64_t old = net < threshold.count ? people : people - new_people(run);
	if (net < threshold_most(&threshold, old) && !threshold_is_large(net + 1, people))
		return OK;
	return fail(run->why, ERR_HELD, NULL,
		"held until an administrator approves it (held changes): %llu of %llu people were "
		"deactivated or deleted within an hour, and more wait",
		(unsigned long long)net, (unsigned long long)people);
}

/* Who was refused once is refused until the connection takes it back; who waits, waits. Neither is
 * got round by asking for the other of the two acts. */
static enum err check_held(struct run *run, const struct record *client, const struct record *user)
{
	struct record held;
	bool waits = false;
	for (enum held_act act = HELD_DEACTIVATE; act <= HELD_DELETE; act++) {
		struct held_change either = { act, client, user, NULL };
		if (!held_find(run, &either, &held))
			continue;
		if (span_equal(record_first(&held, ATTR_HELD_STATE), HELD_REJECTED))
			return fail(run->why, ERR_FORBIDDEN, NULL,
				"an administrator has refused to %s this person (held changes)",
				held_act_word(act));
		waits = true;
	}
	return waits ? fail(run->why, ERR_HELD, NULL,
			       "held until an administrator approves it (held changes)")
		     : OK;
}

static enum err count(
	struct run *run, const struct record *client, const struct record *user, enum turn turn)
{
	struct tally tally;
	if (turn == TURN_ACTIVE ? !was_counted(run, user) : is_fresh(run, user, run->now))
		return OK;
	enum err err = turn == TURN_ACTIVE ? OK : check_held(run, client, user);
	if (err)
		return err;
	read_tally(run, run->actor->source, &tally);
	if (turn != TURN_ACTIVE)
		err = check(run, client, &tally);
	if (err)
		return err;
	slots_add(tally.net, MINUTES, MINUTE, run->now, turn == TURN_ACTIVE ? -1 : 1);
	if (turn == TURN_GONE)
		slots_add(tally.gone, MINUTES, MINUTE, run->now, 1);
	write_tally(run, run->actor->source, &tally);
	return OK;
}

/* ---- what is taken back ---- */

static enum err take_back(void *arg, const struct record *held)
{
	struct run *run = arg;
	struct span act = record_first(held, ATTR_HELD_ACT);
	return held_is(held, ATTR_HELD_CLIENT, &run->actor->id) &&
			       !span_equal(act, span_str(held_act_word(HELD_ASSIGN)))
		       ? held_drop(run, held, "held.withdrawn")
		       : OK;
}

static bool says_active(const struct command *command)
{
	for (size_t i = 0; i < command->mod_count; i++)
		if (command->mods[i].attr == ATTR_ACTIVE && command->mods[i].count == 1 &&
			span_equal(command->mods[i].values[0].octets, SPAN("TRUE")))
			return true;
	return false;
}

enum err held_guard(struct run *run, const struct deed *last)
{
	const struct command *command = run->command;
	struct record client, user;
	enum err err = OK;
	if (run->actor->type != ACTOR_CLIENT || run->actor->channel != CHANNEL_SCIM ||
		command->kind != KIND_USER || run->actor->tenant != command->tenant)
		return OK;
	if (command->type == COMMAND_MODIFY && says_active(command))
		err = held_each(run, ATTR_HELD_SUBJECT, &command->id, take_back, run);
	if (!last ||
		!txn_entry(run->txn, command->tenant, KIND_CLIENT, run->actor->number, &client))
		return err;
	for (struct deed *deed = run->first; deed && !err; deed = deed == last ? NULL : deed->next)
		for (size_t i = 0; !err && i < deed->count; i++) {
			const struct effect *effect = &deed->effects[i];
			if (effect->type != EFFECT_ENTRY || effect->kind != KIND_USER ||
				!effect->before.len || record_open(effect->before, &user, NULL))
				continue;
			enum turn turn = turn_of(run, &user, effect->after);
			if (turn != TURN_NONE)
				err = count(run, &client, &user, turn);
		}
	return err;
}

/* ---- after the refusal ---- */

enum err held_keep(struct run *run)
{
	const struct command *command = run->command;
	struct record client, user;
	enum kind kind;
	uint32_t number;
	if (!txn_find_id(run->txn, command->tenant, &command->id, &kind, &number) ||
		kind != KIND_USER ||
		!txn_entry(run->txn, command->tenant, KIND_USER, number, &user) ||
		!txn_entry(run->txn, command->tenant, KIND_CLIENT, run->actor->number, &client))
		return OK;
	return held_open(
		run, &(struct held_change){
			     command->type == COMMAND_DELETE ? HELD_DELETE : HELD_DEACTIVATE,
			     &client, &user, NULL });
}
