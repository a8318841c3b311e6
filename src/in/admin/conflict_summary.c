#include "in/admin/conflict_int.h"

/* How many conflicts wait, of which type and from whom: one walk over those that are open. */

#define EXAMINED_AT_ONCE 10000
#define SOURCES_MAX 256

struct tally {
	uint64_t open, types[CONFLICT_TYPES];
	struct waiting {
		struct uuid source;
		uint64_t open;
	} sources[SOURCES_MAX];
	size_t source_count;
};

static void count_source(struct tally *tally, struct span octets)
{
	struct uuid source;
	size_t i = 0;

	if (!uuid_from_octets(octets, &source))
		return;
	while (i < tally->source_count && !uuid_equal(&tally->sources[i].source, &source))
		i++;
	if (i == SOURCES_MAX)
		return;
	if (i == tally->source_count)
		tally->sources[tally->source_count++] = (struct waiting){ source, 0 };
	tally->sources[i].open++;
}

static void count(struct tally *tally, const struct record *conflict)
{
	enum conflict_type type = conflict_by_word(record_first(conflict, ATTR_CONFLICT_TYPE));

	tally->open++;
	if (type < CONFLICT_TYPES)
		tally->types[type]++;
	count_source(tally, record_first(conflict, ATTR_CONFLICT_SOURCE));
}

static enum err count_all(struct request *r, struct tally *tally)
{
	struct filter *open =
		filter_leaf(r->arena, FILTER_EQUAL, ATTR_CONFLICT_STATE, SPAN("open"));
	struct search_spec spec = request_search(r, KIND_CONFLICT, open);
	struct search *search;
	struct record conflict;
	enum step step = STEP_MORE;

	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (step != STEP_END) {
		unsigned budget = EXAMINED_AT_ONCE;
		step = search_next(search, &budget, &conflict);
		if (step == STEP_FOUND)
			count(tally, &conflict);
	}
	search_close(search);
	return view_error(r->view, r->why);
}

static void put_types(struct request *r, const struct tally *tally)
{
	json_name(r->out, "types");
	json_begin_array(r->out);
	for (enum conflict_type type = 0; type < CONFLICT_TYPES; type++) {
		if (tally->types[type] == 0)
			continue;
		json_begin_object(r->out);
		json_string_member(r->out, "type", conflict_row(type)->word);
		json_string_member(r->out, "sentence", conflict_row(type)->sentence);
		json_integer_member(r->out, "open", (int64_t)tally->types[type]);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

static void put_sources(struct request *r, const struct tally *tally)
{
	json_name(r->out, "sources");
	json_begin_array(r->out);
	for (size_t i = 0; i < tally->source_count; i++) {
		json_begin_object(r->out);
		conflict_put_side(r, "source", uuid_span(&tally->sources[i].source));
		json_integer_member(r->out, "open", (int64_t)tally->sources[i].open);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

enum err conflict_put_summary(struct request *r)
{
	struct tally *tally = arena_zalloc(r->arena, sizeof *tally);

	enum err err = count_all(r, tally);
	json_begin_object(r->out);
	json_integer_member(r->out, "open", (int64_t)tally->open);
	put_types(r, tally);
	put_sources(r, tally);
	json_end_object(r->out);
	return err;
}

enum err admin_conflict_summary(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? conflict_put_summary(r) : err;
}
