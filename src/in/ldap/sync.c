#include "in/ldap/sync_int.h"

#include "base/limits.h"

struct span sync_cookie(const struct sync *sync)
{
	struct buffer *scratch = &sync->run->conn->shard->scratch;
	struct sync_cookie cookie = { .replica = sync->replica };
	char csn[CSN_TEXT + 1];

	buffer_reset(scratch);
	if (sync->time != 0) {
		csn_format(sync->time, csn);
		cookie.csn = span_of(csn, CSN_TEXT);
	}
	sync_cookie_write(scratch, &cookie);
	return buffer_span(scratch);
}

/* ---- beginning ---- */

/* RFC 4533 section 4.2: what neither the journal nor an entry's date knows is not synchronized. */
static void drop_undated(struct selection *selection)
{
	static const enum attr attrs[] = { ATTR_SUBSCHEMA, ATTR_AUTH_TIMESTAMP,
		ATTR_PASSWORD_LOCKED, ATTR_CONTEXT_CSN };

	for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++)
		selection->wanted[attrs[i] / 64] &= ~(UINT64_C(1) << (attrs[i] % 64));
}

/* A cookie that leads nowhere (of another server, of a journal that was put back, no cookie of ours
 * at all) stands for none, whatever the reload hint says: RFC 4533 section 3.1 leaves that open,
 * and slapd comes back with the same cookie when it is told that a refresh is required. One that is
 * too old, or from before the last change of what the identity may see, of which the journal says
 * nothing, brings the content too, but first frees the names that were given up since. */
static void follow_cookie(struct sync *sync, struct view *view, struct span text)
{
	uint32_t tenant = sync->run->conn->identity.actor.tenant;
	struct sync_cookie cookie;
	uint64_t sequence;
	int64_t time;

	if (!sync_cookie_read(text, &cookie))
		return;
	sync->replica = cookie.replica;
	if (!csn_parse(cookie.csn, &time) || !view_journal_at(view, tenant, time, &sequence))
		return;
	sync->has_copy = true;
	sync->frees = sync->rights > time || sync->sequence - sequence > LIMIT_SYNC_CHANGES;
	sync->by_journal = !sync->frees;
	if (sync->rights <= time)
		sync->unchanged = time;
	sync->sequence = sequence;
	sync->time = time;
	sync->run->position.stage = STAGE_JOURNAL;
}

int sync_begin(struct search_run *run, struct view *view, const struct controls *controls,
	bool is_answered, struct why *why)
{
	const struct actor *actor = &run->conn->identity.actor;
	struct sync *sync = arena_zalloc(run->conn->shard->request, sizeof *sync);

	if (is_answered) {
		fail(why, ERR_UNSUPPORTED, NULL, "only a tenant's tree is synchronized");
		return RESULT_UNWILLING;
	}
	/* RFC 4533 section 3.5.2 */
	if (run->request.deref == DEREF_SEARCHING || run->request.deref == DEREF_ALWAYS) {
		fail(why, ERR_PROTOCOL, NULL,
			"a synchronization does not dereference while searching");
		return RESULT_PROTOCOL_ERROR;
	}
	if (run->is_paged || run->sorting) {
		fail(why, ERR_UNSUPPORTED, NULL,
			"content is synchronized neither in pages nor in an order");
		return RESULT_UNWILLING;
	}
	*sync = (struct sync){ .run = run,
		.persist = controls->sync.persist,
		.unchanged = -1,
		.rights = view_rights_changed(view, actor),
		.sequence = view_journal_last(view, actor->tenant),
		.time = view_tenant_changed(view, actor->tenant) };
	run->sync = sync;
	drop_undated(&run->selection);
	if (controls->sync.has_cookie)
		follow_cookie(sync, view, controls->sync.cookie);
	return sync->persist ? sync_enter(sync, why) : RESULT_SUCCESS;
}

/* ---- the content as a whole ---- */

enum err sync_filter(
	struct search_run *run, struct arena *arena, struct filter **filter, struct why *why)
{
	enum err err = conn_filter(run->conn, arena, run->request.filter, filter, why);

	if (err == OK)
		*filter = access_filter(&run->conn->identity, arena, *filter);
	return err;
}

static void flush_ids(struct sync *sync)
{
	if (sync->id_count > 0)
		sync_present_write(stream_output(sync->run->conn->stream), sync->run->id, sync->ids,
			sync->id_count);
	sync->id_count = 0;
}

static void name_only(struct sync *sync, const struct uuid *id)
{
	if (sync->id_count == SYNC_IDS)
		flush_ids(sync);
	sync->ids[sync->id_count++] = *id;
}

/* Whether the entry is sent. Not one that the consumer has as it is; nor one that has changed since
 * the place of the journal that the content is of: the change sends it, in its order with others
 * that gave up its name or take it. */
static bool is_sent(struct sync *sync, const struct uuid *id, int64_t changed)
{
	if (changed > sync->unchanged && changed <= sync->time)
		return true;
	if (sync->has_copy)
		name_only(sync, id);
	return false;
}

int sync_take_record(struct search_run *run, struct view *view, const struct record *record)
{
	struct buffer *out = stream_output(run->conn->stream);
	size_t message = out->len;
	int code;

	if (!is_sent(run->sync, &record->id, view_changed(view, record)))
		return RESULT_SUCCESS;
	code = search_admit(run);
	if (code != RESULT_SUCCESS)
		return code;
	emit_record(run->conn, view, run->id, &run->selection, record);
	sync_state_add(out, message, SYNC_ADD, &record->id, SPAN_NONE);
	return RESULT_SUCCESS;
}

int sync_take_special(struct search_run *run, const struct special *special)
{
	struct buffer *out = stream_output(run->conn->stream);
	size_t message = out->len;
	int code;

	if (!is_sent(run->sync, &special->id, special->changed))
		return RESULT_SUCCESS;
	code = search_admit(run);
	if (code != RESULT_SUCCESS)
		return code;
	emit_special(run->conn, run->id, &run->selection, special);
	sync_state_add(out, message, SYNC_ADD, &special->id, SPAN_NONE);
	return RESULT_SUCCESS;
}

int sync_take_reference(struct search_run *run, struct view *view, const struct record *pointer)
{
	int code;

	if (!is_sent(run->sync, &pointer->id, view_changed(view, pointer)))
		return RESULT_SUCCESS;
	code = search_admit(run);
	if (code == RESULT_SUCCESS)
		sync_put_reference(run, SYNC_ADD, pointer);
	return code;
}

enum step sync_end_content(struct search_run *run, struct view *view)
{
	struct sync *sync = run->sync;
	uint64_t last = view_journal_last(view, run->conn->identity.actor.tenant);

	flush_ids(sync);
	if (!sync->persist && sync->sequence == last)
		return STEP_END;
	sync_refreshed_write(
		stream_output(run->conn->stream), run->id, false, sync->persist, sync_cookie(sync));
	run->position.stage = STAGE_JOURNAL;
	if (sync->persist)
		sync_persist(sync);
	else
		sync->by_journal = true;
	return STEP_FOUND;
}

void sync_put_done(const struct search_run *run, struct buffer *controls, int code)
{
	const struct sync *sync = run->sync;

	/* Without a cookie a full refresh is needed (section 3.8); one of half a content would
	 * leave the other half out. */
	if (code == RESULT_SUCCESS || (sync->refreshed && code != RESULT_SYNC_REFRESH_REQUIRED))
		sync_done_write(controls, sync_cookie(sync), sync->by_journal);
	else if (sync)
		sync_done_write(controls, SPAN_NONE, false);
}
