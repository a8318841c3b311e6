/* Server side sorting, RFC 2891. One key by an index that keeps its order is walked; everything
 * else is gathered first, keys and numbers only, and looked up again when it is sent. */
#include "in/ldap/search_int.h"

/* ---- gathering ---- */

static bool may_be_big(struct search_run *run)
{
	struct sorting *sorting = run->sorting;
	struct shard *shard = run->conn->shard;

	if (sorting->is_big || gather_octets(sorting->gather) < LIMIT_LDAP_SORT_BIG_OCTETS)
		return true;
	if (shard->big_sorts == LIMIT_LDAP_SORTS_BIG)
		return false;
	shard->big_sorts++;
	sorting->is_big = true;
	return true;
}

static void gather_one(struct search_run *run, const struct gathered *item)
{
	struct sorting *sorting = run->sorting;
	const struct position *behind = &sorting->behind;
	struct gathered last = { behind->kind, behind->number,
		span_of(behind->key, behind->key_len) };

	if (behind->number != 0 && gathered_compare(item, &last) <= 0)
		return;
	if (!may_be_big(run))
		sorting->overflow = RESULT_BUSY;
	else if (!gather_put(sorting->gather, item))
		sorting->overflow = RESULT_ADMIN_LIMIT;
}

int search_gather_record(struct search_run *run, const struct record *record)
{
	uint8_t key[GATHER_KEY_MAX];
	size_t len = sort_key_of_record(run->conn->shard->turn, run->sorting, record, key);

	gather_one(run, &(struct gathered){ record->kind, record->number, span_of(key, len) });
	return RESULT_SUCCESS;
}

int search_gather_special(
	struct search_run *run, const struct target *target, const struct special *special)
{
	uint8_t key[GATHER_KEY_MAX];
	size_t len = sort_key_of_special(run->conn->shard->turn, run->sorting, special, key);

	gather_one(run,
		&(struct gathered){ KIND_NONE, search_special_number(target), span_of(key, len) });
	return RESULT_SUCCESS;
}

void search_end_gathering(struct search_run *run)
{
	struct sorting *sorting = run->sorting;

	sorting->fills = false;
	sorting->end = gather_count(sorting->gather);
	run->position = (struct position){ .stage = STAGE_GATHERED };
}

void search_free_sorting(struct search_run *run)
{
	struct sorting *sorting = run->sorting;

	if (!sorting || !sorting->gather)
		return;
	if (sorting->is_big)
		run->conn->shard->big_sorts--;
	gather_free(sorting->gather);
	sorting->gather = NULL;
	sorting->fills = sorting->is_big = false;
}

/* ---- choosing the way ---- */

static bool can_walk(const struct search_run *run)
{
	const struct sort_by *by = &run->sorting->by[0];

	return run->sorting->count == 1 && by->form == SORT_OWN && search_can_walk(by->attr) &&
	       attr_has(by->attr, ATTR_SINGLE) && !run->viewing && run->place != PLACE_ENTRY;
}

/* A walk passes all / candidates entries for each that it gives, gathering looks at all candidates
 * for each page. */
static bool is_walk_cheaper(struct search_run *run, struct view *view)
{
	uint64_t candidates, all, page = run->is_paged ? run->page_left : UINT32_MAX;
	struct search *search;
	struct why why = { 0 };

	if (search_open_entries(run, view, &search, &why) != OK)
		return false;
	search_weigh(search, &candidates, &all);
	search_close(search);
	page = page < run->limit_left ? page : run->limit_left;
	page = page < candidates ? page : candidates;
	return candidates * candidates >= page * all;
}

static void begin_walk(struct search_run *run)
{
	bool first = !run->sorting->by[0].reverse;

	run->sorting->walks = true;
	run->position = (struct position){ .stage = first ? STAGE_ENTRIES_FIRST : STAGE_SUFFIX };
}

/* Without a cookie the position is the start. */
static void choose(struct search_run *run, struct view *view, bool resumes)
{
	struct sorting *sorting = run->sorting;

	if (resumes && run->position.stage != STAGE_GATHERED) {
		sorting->walks = true;
	} else if (!resumes && can_walk(run) && is_walk_cheaper(run, view)) {
		begin_walk(run);
	} else {
		sorting->behind = run->position;
		run->position = (struct position){ .stage = STAGE_SUFFIX };
		sorting->gather = gather_new();
		sorting->fills = true;
	}
}

/* RFC 2891 section 2: not at all when it is critical, else unsorted; the response says why. */
static int do_without(struct search_run *run, int result)
{
	run->sorting->result = result;
	if (run->viewing)
		run->viewing->result = result == RESULT_ADMIN_LIMIT || result == RESULT_BUSY
					       ? result
					       : RESULT_UNWILLING;
	if (run->sorting->critical)
		return RESULT_CRITICAL_EXTENSION;
	return run->viewing ? RESULT_VLV_ERROR : RESULT_SUCCESS;
}

int search_sort_otherwise(struct search_run *run)
{
	struct sorting *sorting = run->sorting;
	bool resumes = sorting->behind.number != 0;
	int result = sorting->overflow;

	search_free_sorting(run);
	sorting->overflow = RESULT_SUCCESS;
	if (!resumes && can_walk(run)) {
		begin_walk(run);
		return RESULT_SUCCESS;
	}
	run->position = (struct position){ .stage = STAGE_SUFFIX };
	result = do_without(run, result);
	/* Pages that began in order cannot go on without. */
	return resumes && result == RESULT_SUCCESS ? RESULT_ADMIN_LIMIT : result;
}

static int begin_view(struct search_run *run, const struct controls *controls, struct why *why)
{
	struct arena *arena = run->conn->shard->request;
	struct viewing *viewing = arena_zalloc(arena, sizeof *viewing);
	struct vlv *request = &viewing->request;
	struct position ignored;

	run->viewing = viewing;
	*request = controls->vlv;
	request->value = arena_copy(arena, request->value);
	viewing->result = RESULT_UNWILLING;
	if (run->is_paged)
		return err_row(fail(why, ERR_UNWILLING, NULL, "a virtual list view has no pages"))
			->ldap;
	if (!controls_have(controls, CONTROL_SORT)) {
		viewing->result = RESULT_SORT_MISSING;
		return RESULT_VLV_ERROR;
	}
	if (request->context.len > 0 &&
		!cookie_read(run->conn, run->same, request->context, &ignored))
		return err_row(fail(why, ERR_PROTOCOL, NULL,
				       "the context is not of this virtual list view"))
			->ldap;
	viewing->result = RESULT_SUCCESS;
	return RESULT_SUCCESS;
}

int search_begin_sorting(
	struct search_run *run, const struct controls *controls, struct view *view, struct why *why)
{
	struct arena *arena = run->conn->shard->request;
	int code = RESULT_SUCCESS;

	if (controls_have(controls, CONTROL_VLV))
		code = begin_view(run, controls, why);
	if (code != RESULT_SUCCESS || !controls_have(controls, CONTROL_SORT))
		return code;
	run->sorting = arena_zalloc(arena, sizeof *run->sorting);
	run->sorting->critical = controls_insist(controls, CONTROL_SORT);
	code = sort_read_keys(&run->conn->identity, run->sorting, controls, arena);
	if (code != RESULT_SUCCESS)
		return do_without(run, code);
	if (run->place != PLACE_ROOT && run->position.stage != STAGE_END)
		choose(run, view, run->is_paged && controls->paged.cookie.len > 0);
	return RESULT_SUCCESS;
}

/* ---- sending what was gathered ---- */

static int send_one(struct search_run *run, struct view *view, struct search *search,
	const struct gathered *item)
{
	struct record record;
	struct target target;

	if (item->kind == KIND_NONE) {
		target = search_special_target(item->number);
		return search_offer_special(run, &target);
	}
	if (!search || !search_look(search, item->kind, item->number, &record) ||
		!search_has_room(run, view, &record))
		return RESULT_SUCCESS;
	return search_take_record(run, view, &record);
}

static void note_sent(struct search_run *run, const struct gathered *item)
{
	struct position *at = &run->position;

	at->kind = item->kind;
	at->number = item->number;
	at->key_len = (uint8_t)item->key.len;
	memcpy(at->key, item->key.data, item->key.len);
}

static enum step send_window(struct search_run *run, struct view *view, struct search *search,
	unsigned *budget, int *code)
{
	struct sorting *sorting = run->sorting;

	while (sorting->next < sorting->end) {
		struct gathered item;

		if (search_is_full(run) || search_page_is_full(run) ||
			!gather_order(sorting->gather, sorting->next + 1, budget))
			return STEP_MORE;
		item = gather_at(sorting->gather, sorting->next);
		run->waits_for_room = false;
		*code = send_one(run, view, search, &item);
		if (run->waits_for_room || *code != RESULT_SUCCESS)
			return STEP_MORE;
		note_sent(run, &item);
		sorting->next++;
	}
	return STEP_END;
}

enum step search_step_gathered(struct search_run *run, struct view *view, int *code)
{
	struct search *search = NULL;
	struct why why = { 0 };
	unsigned budget = run->budget;
	enum step step;
	enum err err;

	if (run->viewing && !run->viewing->placed && !search_place_view(run, &budget))
		return STEP_MORE;
	if (run->viewing && run->viewing->result != RESULT_SUCCESS) {
		*code = RESULT_VLV_ERROR;
		return STEP_END;
	}
	err = search_open_entries(run, view, &search, &why);
	if (err != OK && err != ERR_FORBIDDEN) {
		*code = err_row(err)->ldap;
		return STEP_END;
	}
	step = send_window(run, view, err == OK ? search : NULL, &budget, code);
	if (err == OK)
		search_close(search);
	conn_weigh(run->conn);
	return step;
}

/* ---- the answer ---- */

void search_sort_late(struct search_run *run)
{
	if (search_is_gathering(run))
		run->sorting->result = RESULT_TIME_LIMIT;
}

void search_put_sort_controls(struct search_run *run, struct buffer *out, int code)
{
	const struct viewing *viewing = run->viewing;
	struct position start = { 0 };

	if (run->sorting)
		sort_result_write(out, run->sorting->result, run->sorting->attribute);
	if (viewing)
		vlv_result_write(out, viewing->target, viewing->count, viewing->result,
			code == RESULT_SUCCESS ? cookie_write(run->conn, run->same, &start)
					       : SPAN_NONE);
}
