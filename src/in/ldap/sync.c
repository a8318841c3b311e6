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
 * and slapd comes back with the same cookie when it is told that a refresh is required. So does one
 * from before the last change of what the identity may see: the journal does not know what came
 * into sight by that. */
static void follow_cookie(struct sync *sync, struct view *view, struct span text)
{
	uint32_t tenant = sync->run->conn->identity.actor.tenant;
	struct sync_cookie cookie;
	uint64_t sequence;
	int64_t time;

	if (!sync_cookie_read(text, &cookie))
		return;
	sync->replica = cookie.replica;
	if (!csn_parse(cookie.csn, &time) || sync->rights > time ||
		!view_journal_at(view, tenant, time, &sequence))
		return;
	if (sync->sequence - sequence > LIMIT_SYNC_CHANGES) {
		sync->unchanged = time;
		return;
	}
	sync->by_journal = true;
	sync->sequence = sequence;
	sync->time = sync->told = time;
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
	if (run->is_paged || run->sorting) {
		fail(why, ERR_UNSUPPORTED, NULL,
			"content is synchronized neither in pages nor in an order");
		return RESULT_UNWILLING;
	}
	*sync = (struct sync){ .run = run,
		.persist = controls->sync.persist,
		.rights = view_rights_changed(view, actor),
		.sequence = view_journal_last(view, actor->tenant),
		.time = view_tenant_changed(view, actor->tenant) };
	run->sync = sync;
	drop_undated(&run->selection);
	if (controls->sync.has_cookie)
		follow_cookie(sync, view, controls->sync.cookie);
	if (sync->by_journal)
		run->position.stage = STAGE_JOURNAL;
	return sync->persist ? sync_enter(sync, why) : RESULT_SUCCESS;
}

/* ---- the content as a whole ---- */

static void flush_ids(struct sync *sync)
{
	if (sync->id_count > 0)
		sync_present_write(stream_output(sync->run->conn->stream), sync->run->id, sync->ids,
			sync->id_count);
	sync->id_count = 0;
}

/* True: the consumer has it, and that it is still there is all that it is told. */
static bool is_named_only(struct sync *sync, const struct uuid *id, int64_t changed)
{
	if (sync->unchanged == 0 || changed > sync->unchanged)
		return false;
	if (sync->id_count == SYNC_IDS)
		flush_ids(sync);
	sync->ids[sync->id_count++] = *id;
	return true;
}

int sync_take_record(struct search_run *run, struct view *view, const struct record *record)
{
	struct buffer *out = stream_output(run->conn->stream);
	size_t message = out->len;
	int code;

	if (is_named_only(run->sync, &record->id, view_changed(view, record)))
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

	if (is_named_only(run->sync, &special->id, special->changed))
		return RESULT_SUCCESS;
	code = search_admit(run);
	if (code != RESULT_SUCCESS)
		return code;
	emit_special(run->conn, run->id, &run->selection, special);
	sync_state_add(out, message, SYNC_ADD, &special->id, SPAN_NONE);
	return RESULT_SUCCESS;
}

enum step sync_end_content(struct search_run *run)
{
	struct sync *sync = run->sync;

	flush_ids(sync);
	if (!sync->persist)
		return STEP_END;
	sync_refreshed_write(stream_output(run->conn->stream), run->id, false, sync_cookie(sync));
	run->position.stage = STAGE_JOURNAL;
	sync_persist(sync);
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
