#include "core/session_int.h"

#include "base/codec.h"

static void put_row(struct run *run, uint32_t person, const struct session_row *row)
{
	run_state(run, session_key(person, arena_alloc(run->arena, SESSION_KEY)),
		session_row_write(run->arena, row));
}

/* Those that have ended by themselves go. */
static void tidy(struct run *run, uint32_t tenant, struct session_row *row)
{
	struct session_terms terms = session_terms_of(run->txn, tenant);
	size_t count = 0;
	for (size_t i = 0; i < row->count; i++) {
		const struct session_kept *kept = &row->kept[i];
		int64_t seen = session_seen(run->core->sessions, kept);
		if (session_stands(&terms, kept, seen, run->now))
			row->kept[count++] = *kept;
	}
	row->count = count;
}

static void take_out(struct session_row *row, size_t at)
{
	memmove(&row->kept[at], &row->kept[at + 1], (row->count - at - 1) * sizeof *row->kept);
	row->count--;
}

/* Who is here longest without a sign of life makes room. */
static void make_room(struct run *run, struct session_row *row, size_t most)
{
	while (row->count >= most) {
		size_t oldest = 0;
		for (size_t i = 1; i < row->count; i++)
			if (session_seen(run->core->sessions, &row->kept[i]) <
				session_seen(run->core->sessions, &row->kept[oldest]))
				oldest = i;
		take_out(row, oldest);
	}
}

/* What a browser calls itself may be anything; no line of a log or table is broken by it. */
static struct span cleaned(struct arena *arena, const char *text, size_t most)
{
	size_t len = strlen(text);
	char *out = arena_alloc(arena, most);
	len = len < most ? len : most;
	for (size_t i = 0; i < len; i++)
		out[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	return span_of(out, len);
}

static enum err begin(struct run *run, const struct entry *person, struct session_row *row)
{
	const struct session_order *order = run->command->session;
	size_t most = (size_t)policy_of(run->txn, person->tenant, POLICY_SESSION_MOST);
	make_room(run, row, most < SESSIONS_MOST ? most : SESSIONS_MOST);
	struct session_kept *kept = &row->kept[row->count++];
	*kept = (struct session_kept){ .id = order->id,
		.created = run->now,
		.seen = run->now,
		.address = cleaned(run->arena, run->actor->address, SESSION_ADDRESS),
		.user_agent = cleaned(run->arena, run->actor->user_agent, SESSION_USER_AGENT) };
	memcpy(kept->digest, order->digest, sizeof kept->digest);
	run_deed_on(run, "session.begun", person);
	return OK;
}

static enum err end(struct run *run, const struct entry *person, struct session_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (uuid_equal(&row->kept[i].id, &run->command->session->id)) {
			take_out(row, i);
			run_deed_on(run, "session.ended", person);
			return OK;
		}
	return fail(run->why, ERR_NOT_FOUND, "session", "there is no such session");
}

static enum err end_others(struct run *run, const struct entry *person, struct session_row *row)
{
	size_t before = row->count;
	for (size_t i = row->count; i-- > 0;)
		if (!uuid_equal(&row->kept[i].id, &run->command->session->id))
			take_out(row, i);
	if (row->count < before)
		run_deed_on(run, "session.ended", person);
	return OK;
}

enum err command_session(struct run *run)
{
	static enum err (*const verbs[])(
		struct run * run, const struct entry *person, struct session_row *row) = {
		[SESSION_BEGIN] = begin,
		[SESSION_END] = end,
		[SESSION_END_OTHERS] = end_others,
	};
	struct span bytes;
	struct entry *person;
	struct session_row *row = arena_alloc(run->arena, sizeof *row);
	enum err err = run_load(run, &bytes, &person);
	if (err)
		return err;
	session_row_read(run->txn, person->tenant, person->number, row);
	tidy(run, person->tenant, row);
	err = verbs[run->command->session->verb](run, person, row);
	if (!err && run->last)
		put_row(run, person->number, row);
	return err;
}

/* ---- with other changes ---- */

void sessions_drop(struct run *run, const struct entry *person, bool but_own)
{
	struct session_row *row = arena_alloc(run->arena, sizeof *row);
	session_row_read(run->txn, person->tenant, person->number, row);
	if (!row->count)
		return;
	for (size_t i = row->count; i-- > 0;)
		if (!but_own || !uuid_equal(&row->kept[i].id, &run->actor->entrance.session))
			take_out(row, i);
	put_row(run, person->number, row);
}

/* However many there are: none that was begun before now stands. */
void sessions_drop_all(struct run *run, uint32_t tenant)
{
	struct deed *deed = run_deed(run, tenant, NULL);
	struct effect *effect = deed_effect(run, deed, EFFECT_STATE);
	uint8_t *now = arena_alloc(run->arena, 8);
	put_be64(now, (uint64_t)run->now);
	effect->key = SESSIONS_SINCE;
	effect->after = span_of(now, 8);
}
