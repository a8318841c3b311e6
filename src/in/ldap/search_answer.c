#include "in/ldap/sync_int.h"

void search_put_done(struct search_run *run, int code, struct span matched, struct span text)
{
	struct conn *conn = run->conn;
	struct buffer controls;
	bool more = code == RESULT_SUCCESS && run->position.stage != STAGE_END;

	buffer_init(&controls, 2 * KIB);
	search_put_sort_controls(run, &controls, code);
	if (run->is_paged && code == RESULT_SUCCESS)
		paged_write(&controls,
			more ? cookie_write(conn, run->same, &run->position) : SPAN_NONE);
	if (run->sync)
		sync_put_done(run, &controls, code);
	conn->shard->searches++;
	conn_answer(conn, &(struct result){ .id = run->id,
				  .tag = OP_SEARCH_DONE,
				  .code = code,
				  .matched = matched,
				  .text = text,
				  .controls = buffer_span(&controls) });
	buffer_free(&controls);
	search_free_sorting(run);
}

int search_admit(struct search_run *run)
{
	if (run->limit_left == 0)
		return RESULT_SIZE_LIMIT;
	run->limit_left--;
	if (run->is_paged)
		run->page_left--;
	run->conn->shard->entries++;
	tally_add(&run->conn->shard->tally.entries, 1);
	oplog_entry(run->conn, run->id);
	return RESULT_SUCCESS;
}

int search_take_record(struct search_run *run, struct view *view, const struct record *record)
{
	int code;

	if (search_is_gathering(run))
		return search_gather_record(run, record);
	if (run->sync)
		return sync_take_record(run, view, record);
	code = search_admit(run);
	if (code == RESULT_SUCCESS)
		emit_record(run->conn, view, run->id, &run->selection, record);
	return code;
}

int search_offer_special(struct search_run *run, const struct target *target)
{
	struct special special;
	int code;

	special_build(run->conn, target, &special);
	if (special_test(run->filter, &special) != TRUTH_TRUE)
		return RESULT_SUCCESS;
	if (search_is_gathering(run))
		return search_gather_special(run, target, &special);
	if (run->sync)
		return sync_take_special(run, &special);
	code = search_admit(run);
	if (code == RESULT_SUCCESS)
		emit_special(run->conn, run->id, &run->selection, &special);
	return code;
}
