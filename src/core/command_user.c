#include "core/login_int.h"
#include "core/session_int.h"

#include "base/codec.h"

/* Deleting people by delete.mode, and what may be done about it afterwards. Every way that ends the
 * entry leaves a tombstone with the person's id and number; the soft one keeps the record and the
 * memberships as rows of state beside it. */

#define KEPT_OCTETS (64 * 1024) /* of memberships in one row */

static struct span kept_key(struct run *run, const struct uuid *id, const char *what)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	return span_str(arena_printf(run->arena, "tombstone/%s/%s", text, what));
}

static struct span edges_key(struct run *run, const struct uuid *id, unsigned chunk)
{
	return kept_key(run, id, arena_printf(run->arena, "edges/%u", chunk));
}

static void put_state(
	struct run *run, struct deed **deed, struct span key, struct span before, struct span after)
{
	*deed = deed_with_room(run, *deed);
	struct effect *effect = deed_effect(run, *deed, EFFECT_STATE);
	effect->key = key;
	effect->before = before;
	effect->after = after;
	(*deed)->octets += key.len + before.len + after.len;
	run->octets += key.len + before.len + after.len;
}

/* ---- what stays ---- */

static struct entry *tombstone_of(struct run *run, const struct entry *user, bool restorable)
{
	char id[UUID_TEXT + 1];
	struct entry *stone = entry_new(run->arena, KIND_TOMBSTONE);
	uuid_format(&user->id, id);
	stone->tenant = user->tenant;
	stone->number = user->number;
	stone->id = user->id;
	stone->revision = user->revision + 1;
	stone->created = user->created;
	stone->modified = run->now;
	entry_set(stone, ATTR_COMMON_NAME, SOURCE_LOCAL,
		arena_copy(run->arena, span_of(id, UUID_TEXT)), NULL);
	entry_set(stone, ATTR_LAST_NAME, SOURCE_LOCAL, entry_first(user, ATTR_DISPLAY_NAME), NULL);
	entry_set(
		stone, ATTR_LAST_USER_NAME, SOURCE_LOCAL, entry_first(user, ATTR_USER_NAME), NULL);
	entry_set(stone, ATTR_DELETED_AT, SOURCE_LOCAL, run_time(run), NULL);
	entry_set(stone, ATTR_DELETED_BY, SOURCE_LOCAL, span_str(run->actor->name), NULL);
	entry_set(
		stone, ATTR_RESTORABLE, SOURCE_LOCAL, restorable ? SPAN("TRUE") : SPAN_NONE, NULL);
	return stone;
}

static void put_edge(struct buffer *out, const struct effect *effect)
{
	write_u32(out, effect->number);
	write_span(out, effect->before);
}

static void keep_row(struct run *run, struct deed **deed, const struct uuid *id, unsigned *chunk)
{
	struct span row = arena_copy(run->arena, buffer_span(run->scratch));
	put_state(run, deed, edges_key(run, id, (*chunk)++), SPAN_NONE, row);
	buffer_reset(run->scratch);
}

/* The memberships that the deeds so far end. */
static void keep_edges(struct run *run, struct deed **deed, const struct entry *user)
{
	unsigned chunk = 0;
	const struct deed *last = run->last;
	buffer_reset(run->scratch);
	for (const struct deed *from = run->first; from; from = from == last ? NULL : from->next)
		for (size_t i = 0, count = from->count; i < count; i++) {
			if (from->effects[i].type == EFFECT_EDGE)
				put_edge(run->scratch, &from->effects[i]);
			if (run->scratch->len >= KEPT_OCTETS)
				keep_row(run, deed, &user->id, &chunk);
		}
	if (run->scratch->len)
		keep_row(run, deed, &user->id, &chunk);
}

/* Of the tokens that are the person's. */
static enum err end_tokens(struct run *run, const struct entry *user)
{
	uint32_t number = 0;
	struct record record;
	struct span bytes, owner = uuid_span(&user->id);
	enum err err = OK;
	struct postings *tokens =
		postings_equal(run->txn, run->arena, user->tenant, KIND_CLIENT, ATTR_OWNER, owner);
	while (!err && postings_next(tokens, number, &number)) {
		if (txn_entry(run->txn, user->tenant, KIND_CLIENT, number, &record)) {
			struct entry *token = run_copy_record(run, &record, &bytes);
			struct deed *deed = run_deed_on(run, "client.deleted", token);
			deed->before = token;
			err = deed_entry(run, deed, bytes, NULL);
		}
		if (++number == 0)
			break;
	}
	postings_close(tokens);
	return err;
}

static void forget_row(
	struct run *run, struct deed **deed, const struct entry *user, struct span key)
{
	struct span before;
	if (txn_state(run->txn, user->tenant, key, &before))
		put_state(run, deed, key, arena_copy(run->arena, before), SPAN_NONE);
}

/* What signing in left behind. */
static void forget_marks(struct run *run, struct deed **deed, const struct entry *user)
{
	forget_row(run, deed, user,
		login_marks_key(user->number, arena_alloc(run->arena, LOGIN_MARKS_KEY)));
	forget_row(run, deed, user, grace_key(user->number, arena_alloc(run->arena, GRACE_KEY)));
	forget_row(
		run, deed, user, session_key(user->number, arena_alloc(run->arena, SESSION_KEY)));
}

static enum err end_person(
	struct run *run, struct span bytes, const struct entry *user, bool restorable)
{
	struct deed *deed = run_deed_on(run, "user.deleted", user);
	deed->before = user;
	enum err err = deed_entry(run, deed, bytes, NULL);
	if (!err)
		err = deed_entry(run, deed, SPAN_NONE, tombstone_of(run, user, restorable));
	if (err)
		return err;
	deeds_leave(run, &deed, user->number);
	forget_marks(run, &deed, user);
	if (restorable) {
		keep_edges(run, &deed, user);
		put_state(run, &deed, kept_key(run, &user->id, "record"), SPAN_NONE, bytes);
	}
	err = end_tokens(run, user);
	return err ? err : rules_last_admin(run);
}

/* Nobody makes, changes or removes one by hand. */
enum err tombstone_check_delete(struct run *run, const struct entry *entry)
{
	return fail(run->why, ERR_MUTABILITY, NULL, "a %s follows from deleting a person",
		kind_row(entry->kind)->word);
}

enum err tombstone_check(struct run *run, const struct entry *before, struct entry *after)
{
	(void)before;
	return tombstone_check_delete(run, after);
}

/* ---- delete ---- */

static enum err disable_person(struct run *run, struct span bytes, const struct entry *before)
{
	struct entry *after = entry_copy(run->arena, before);
	enum err err = active_apply(run, after, SPAN("FALSE"));
	if (!err)
		err = entry_set(after, ATTR_DELETED, SOURCE_LOCAL, SPAN("TRUE"), run->why);
	if (err)
		return err;
	active_keep(after);
	err = user_note_state(run, before, after);
	if (!err)
		err = entry_changed(run, bytes, before, after);
	return err ? err : end_tokens(run, before);
}

enum err user_delete(struct run *run, struct span bytes, const struct entry *user)
{
	switch (policy_of(run->txn, user->tenant, POLICY_DELETE_MODE)) {
	case DELETE_DISABLES:
		return disable_person(run, bytes, user);
	case DELETE_IS_SOFT:
		return end_person(run, bytes, user, true);
	case DELETE_IS_HARD_WITHOUT_HISTORY:
		if (span_equal(entry_first(user, ATTR_HAS_HISTORY), SPAN("TRUE")))
			return fail(run->why, ERR_HAS_HISTORY, attr_spelling(ATTR_HAS_HISTORY),
				"the person has work here that would lose its author: deactivate "
				"instead");
		return end_person(run, bytes, user, false);
	default:
		return end_person(run, bytes, user, false);
	}
}

/* ---- restore ---- */

struct kept {
	struct span record;
	struct entry *user;
	struct span lost[8]; /* names of what is gone; further ones are only counted */
	size_t lost_count;
	size_t scopes; /* that come back */
};

static enum err load_kept(struct run *run, const struct entry *stone, struct kept *kept)
{
	struct record record;
	struct span bytes;
	if (!txn_state(run->txn, stone->tenant, kept_key(run, &stone->id, "record"), &bytes))
		return fail(run->why, ERR_CONFLICT, attr_spelling(ATTR_RESTORABLE),
			"nothing was kept of this person");
	enum err err = record_open(bytes, &record, run->why);
	if (err)
		return err;
	kept->user = run_copy_record(run, &record, &kept->record);
	return OK;
}

static void note_loss(struct run *run, struct kept *kept, struct span name)
{
	if (kept->lost_count < sizeof kept->lost / sizeof *kept->lost)
		kept->lost[kept->lost_count] = name;
	kept->lost_count++;
	run->outcome->warnings |= WARNING_LOST;
}

static void drop_dead_manager(struct run *run, struct kept *kept)
{
	struct uuid id;
	enum kind kind;
	uint32_t number;
	if (!uuid_from_octets(entry_first(kept->user, ATTR_MANAGER), &id))
		return;
	if (txn_find_id(run->txn, kept->user->tenant, &id, &kind, &number) && kind == KIND_USER)
		return;
	entry_remove(kept->user, ATTR_MANAGER);
	note_loss(run, kept, SPAN("the manager"));
}

/* What the kept edge leads to may be gone, and another entry never has its number. */
static enum err restore_edge(struct run *run, struct deed **deed, struct kept *kept,
	uint32_t container, struct span octets)
{
	struct edge *edge = arena_zalloc(run->arena, sizeof *edge);
	struct record record;
	enum err err = edge_read(octets, edge, run->why);
	if (err)
		return err;
	if (!txn_entry(run->txn, kept->user->tenant, edge->container_kind, container, &record)) {
		note_loss(run, kept, span_str(kind_row(edge->container_kind)->word));
		return OK;
	}
	err = membership_grant(run, record_entry(run->arena, &record));
	kept->scopes += edge->container_kind == KIND_SCOPE;
	edge->container = container;
	edge->member = kept->user->number;
	*deed = deed_with_room(run, *deed);
	deed_edge(run, *deed, NULL, edge);
	return err;
}

static enum err restore_row(struct run *run, struct deed **deed, struct kept *kept, struct span row)
{
	struct reader in = reader_of(row);
	enum err err = OK;
	while (!err && in.at < in.end) {
		uint32_t container = read_u32(&in);
		err = restore_edge(run, deed, kept, container, read_span(&in));
	}
	return err;
}

/* Every row that was kept goes; when restoring, its memberships come back. */
static enum err drop_kept(struct run *run, struct deed **deed, const struct entry *stone,
	struct kept *kept, bool restoring)
{
	struct span row;
	enum err err = OK;
	for (unsigned chunk = 0; !err; chunk++) {
		struct span key = edges_key(run, &stone->id, chunk);
		if (!txn_state(run->txn, stone->tenant, key, &row))
			break;
		row = arena_copy(run->arena, row);
		if (restoring)
			err = restore_row(run, deed, kept, row);
		put_state(run, deed, key, row, SPAN_NONE);
	}
	put_state(run, deed, kept_key(run, &stone->id, "record"), kept->record, SPAN_NONE);
	return err;
}

static void name_losses(struct run *run, const struct kept *kept)
{
	struct why *why = run->why;
	size_t len = 0, named = sizeof kept->lost / sizeof *kept->lost;
	for (size_t i = 0; i < kept->lost_count && i < named && len < sizeof why->text; i++)
		len += (size_t)snprintf(why->text + len, sizeof why->text - len, "%s%.*s",
			i ? ", " : "gone meanwhile: ", SPAN_ARGS(kept->lost[i]));
	if (kept->lost_count > named && len < sizeof why->text)
		snprintf(why->text + len, sizeof why->text - len, " and %zu more",
			kept->lost_count - named);
}

/* Restoring is giving, also of what stands in the person and in no membership. */
static enum err check_sight(struct run *run, const struct kept *kept)
{
	bool full = span_equal(entry_first(kept->user, ATTR_FULL_ACCESS), SPAN("TRUE"));
	enum err err = full ? rights_grant_full_access(run) : OK;
	return err ? err
		   : membership_settle(run, KIND_SCOPE, kept->user->number, kept->scopes, 0, true);
}

static enum err bring_back(
	struct run *run, struct kept *kept, struct span bytes, const struct entry *stone)
{
	struct entry *user = kept->user;
	user->revision = stone->revision + 1;
	user->modified = run->now;
	drop_dead_manager(run, kept);
	enum err err = rules_values(run, NULL, user);
	if (err)
		return err;
	struct deed *deed = run_deed_on(run, "user.restored", user);
	struct deed *first = deed;
	deed->before = stone;
	err = deed_entry(run, deed, bytes, NULL);
	deed->before = NULL;
	deed->after = user;
	if (!err)
		err = deed_entry(run, first, SPAN_NONE, user);
	if (!err)
		err = drop_kept(run, &deed, stone, kept, true);
	return err ? err : check_sight(run, kept);
}

enum err user_restore(struct run *run)
{
	struct span bytes;
	struct entry *stone;
	struct kept kept = { 0 };
	enum err err = run_load(run, &bytes, &stone);
	if (!err)
		err = load_kept(run, stone, &kept);
	if (!err)
		err = bring_back(run, &kept, bytes, stone);
	if (err)
		return err;
	name_losses(run, &kept);
	run_report(run, kept.user);
	return OK;
}

/* ---- purge ---- */

enum err user_purge(struct run *run)
{
	struct span bytes;
	struct entry *before;
	struct kept kept = { 0 };
	enum err err = run_load(run, &bytes, &before);
	if (!err && !entry_has(before, ATTR_RESTORABLE)) {
		run_report(run, before);
		return OK;
	}
	if (!err)
		err = load_kept(run, before, &kept);
	if (err)
		return err;
	struct entry *after = entry_copy(run->arena, before);
	entry_remove(after, ATTR_RESTORABLE);
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, "user.purged", after);
	deed->before = before;
	deed->after = after;
	err = deed_entry(run, deed, bytes, after);
	if (!err)
		err = drop_kept(run, &deed, before, &kept, false);
	run_report(run, after);
	return err;
}
