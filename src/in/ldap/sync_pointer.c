/* Aliases and referrals of a synchronized content: an alias, and with ManageDsaIT a referral, is an
 * entry; else a referral is a reference with a state (RFC 4533 section 3.3). */
#include "in/ldap/sync_int.h"

static bool is_reference(const struct search_run *run, const struct record *pointer)
{
	return record_has(pointer, ATTR_REFERRAL) && !run->manages;
}

/* As pointers_exist(), of any time. */
static bool may_show(const struct search_run *run)
{
	return run->place != PLACE_ENTRY && access_sees_pointers(&run->conn->identity);
}

static bool is_in(struct search_run *run, const struct record *pointer, struct special *special)
{
	struct target target = { .place = PLACE_POINTER, .record = *pointer };

	if (!search_has_pointer(run, pointer))
		return false;
	special_build(run->conn, &target, special);
	return is_reference(run, pointer) || special_test(run->filter, special) == TRUTH_TRUE;
}

static void put_urls(struct search_run *run, const struct record *pointer)
{
	static const struct dn nothing = { 0 };
	struct buffer *urls = &run->conn->shard->referral;

	buffer_reset(urls);
	pointer_put_urls(run->conn, urls, pointer, &nothing,
		run->request.scope == SCOPE_ONE ? "base" : "sub");
}

void sync_put_reference(struct search_run *run, enum sync_state state, const struct record *pointer)
{
	struct buffer *out = stream_output(run->conn->stream);
	size_t message = out->len;

	if (state != SYNC_DELETE)
		put_urls(run, pointer);
	reference_write(out, run->id,
		state == SYNC_DELETE ? SPAN_NONE : buffer_span(&run->conn->shard->referral));
	sync_state_add(out, message, state, &pointer->id, SPAN_NONE);
}

static void put(struct search_run *run, enum sync_state state, const struct record *pointer,
	const struct special *special)
{
	static const struct selection nothing;
	struct buffer *out = stream_output(run->conn->stream);
	size_t message = out->len;

	if (is_reference(run, pointer)) {
		sync_put_reference(run, state, pointer);
		return;
	}
	emit_special(
		run->conn, run->id, state == SYNC_DELETE ? &nothing : &run->selection, special);
	sync_state_add(out, message, state, &pointer->id, SPAN_NONE);
}

static int tell(struct search_run *run, enum sync_state state, const struct record *pointer,
	const struct special *special)
{
	int code = run->sync->refreshed ? RESULT_SUCCESS : search_admit(run);

	if (code == RESULT_SUCCESS)
		put(run, state, pointer, special);
	return code;
}

int sync_take_pointer(
	struct search_run *run, struct view *view, const struct touched *touched, int64_t time)
{
	struct special special, old;
	struct record record, before;
	bool was, stands;

	if (!may_show(run) || !touched->is_written)
		return RESULT_SUCCESS;
	was = touched->before.len > 0 && record_open(touched->before, &before, NULL) == OK &&
	      is_in(run, &before, &old);
	stands = view_entry(view, run->conn->identity.actor.tenant, KIND_POINTER, touched->number,
			 &record) &&
		 view_changed(view, &record) == time;
	if (stands && !run->sync->frees && is_in(run, &record, &special))
		return tell(run, was && run->sync->refreshed ? SYNC_MODIFY : SYNC_ADD, &record,
			&special);
	return was ? tell(run, SYNC_DELETE, &before, &old) : RESULT_SUCCESS;
}
