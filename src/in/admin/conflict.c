#include "in/admin/conflict_int.h"

#include "base/clock.h"
#include "core/people.h"

/* What sources disagree about. */

static void put_person(struct request *r, const struct record *person)
{
	if (record_first(person, ATTR_DISPLAY_NAME).len > 0)
		json_text_member(r->out, "display_name", record_first(person, ATTR_DISPLAY_NAME));
	json_bool_member(r->out, "active", record_is_true(person, ATTR_ACTIVE));
}

void conflict_put_side(struct request *r, const char *name, struct span octets)
{
	struct record record;
	struct uuid id;

	if (!uuid_from_octets(octets, &id))
		return;
	json_name(r->out, name);
	json_begin_object(r->out);
	show_uuid(r, "id", &id);
	if (view_by_id(r->view, r->tenant.number, &id, &record) &&
		!view_is_hidden(r->view, r->arena, &r->actor, &record)) {
		json_string_member(r->out, "kind", kind_row(record.kind)->word);
		json_text_member(
			r->out, "name", record_first(&record, kind_row(record.kind)->naming));
		if (record.kind == KIND_USER)
			put_person(r, &record);
	}
	json_end_object(r->out);
}

static const struct {
	const char *name;
	enum attr attr;
} texts[] = {
	{ "type", ATTR_CONFLICT_TYPE },
	{ "state", ATTR_CONFLICT_STATE },
	{ "attribute", ATTR_CONFLICT_ATTRIBUTE },
	{ "dn", ATTR_CONFLICT_DN },
	{ "base", ATTR_CONFLICT_BASE },
	{ "ours", ATTR_CONFLICT_OURS },
	{ "theirs", ATTR_CONFLICT_THEIRS },
	{ "offered", ATTR_CONFLICT_OFFERED },
	{ "cause", ATTR_CONFLICT_CAUSE },
};

static void put_anchor(struct request *r, struct span link)
{
	struct uuid id;

	if (uuid_from_octets(span_from(link, 2), &id))
		show_uuid(r, "anchor", &id);
}

static void put_head(struct request *r, const struct record *record)
{
	int64_t time;

	show_uuid(r, "id", &record->id);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (record_first(record, texts[i].attr).len > 0)
			json_text_member(
				r->out, texts[i].name, record_first(record, texts[i].attr));
	put_anchor(r, record_first(record, ATTR_CONFLICT_ANCHOR));
	conflict_put_side(r, "subject", record_first(record, ATTR_CONFLICT_SUBJECT));
	conflict_put_side(r, "source", record_first(record, ATTR_CONFLICT_SOURCE));
	conflict_put_side(r, "by", record_first(record, ATTR_CONFLICT_BY));
	json_name(r->out, "times");
	json_put_raw(r->out, record_first(record, ATTR_CONFLICT_TIMES));
	if (time_parse_generalized(record_first(record, ATTR_CONFLICT_SEEN), &time))
		show_time(r, "seen", time);
	show_time(r, "created", record->created);
	if (time_parse_generalized(record_first(record, ATTR_CONFLICT_CLOSED), &time))
		show_time(r, "closed", time);
}

static void put_answers(struct request *r, const struct record *record)
{
	json_name(r->out, "answers");
	json_begin_array(r->out);
	for (enum resolution as = RESOLUTION_NONE + 1; as < RESOLUTION_COUNT; as++)
		if (conflict_offers(record, as))
			json_put_text(r->out, span_str(resolution_word(as)));
	json_end_array(r->out);
}

static void put_row(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	put_head(r, record);
	put_answers(r, record);
	json_end_object(r->out);
}

/* "<id> userName emails.value" */
static void put_candidate(struct request *r, struct span row)
{
	struct uuid id;
	struct span text = span_cut(&row, ' ');

	if (!uuid_parse(text, &id))
		return;
	json_begin_object(r->out);
	conflict_put_side(r, "user", uuid_span(&id));
	json_name(r->out, "matched");
	json_begin_array(r->out);
	while (row.len > 0)
		json_put_text(r->out, span_cut(&row, ' '));
	json_end_array(r->out);
	json_end_object(r->out);
}

static void put_fact(struct request *r, struct span row)
{
	json_put_text(r->out, row);
}

static void put_rows(struct request *r, const struct record *record, enum attr attr,
	const char *name, void (*put)(struct request *r, struct span row))
{
	json_name(r->out, name);
	json_begin_array(r->out);
	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		put(r, value.octets);
	}
	json_end_array(r->out);
}

/* What comes of each answer, before it is given. */
static void put_choices(struct request *r, const struct record *record)
{
	json_name(r->out, "choices");
	json_begin_array(r->out);
	for (enum resolution as = RESOLUTION_NONE + 1; as < RESOLUTION_COUNT; as++) {
		if (!conflict_offers(record, as))
			continue;
		json_begin_object(r->out);
		json_string_member(r->out, "as", resolution_word(as));
		json_string_member(r->out, "sentence", resolution_sentence(as));
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

/* Whom the source speaks of, where that is somebody here and not whom the conflict is about. */
static void put_meant(struct request *r, const struct record *conflict)
{
	struct span subject = record_first(conflict, ATTR_CONFLICT_SUBJECT);
	struct span anchor = record_first(conflict, ATTR_CONFLICT_ANCHOR);
	struct span offered = record_first(conflict, ATTR_CONFLICT_OFFERED), user = SPAN("user:");
	struct record person;
	struct uuid id;

	if (anchor.len > 0 &&
		view_by_value(r->view, r->tenant.number, KIND_USER, ATTR_LINK, anchor, &person))
		id = person.id;
	else if (!span_starts(offered, user) || !uuid_parse(span_from(offered, user.len), &id))
		return;
	if (!span_equal(uuid_span(&id), subject))
		conflict_put_side(r, "meant", uuid_span(&id));
}

static void put_conflict(struct request *r, const struct record *record)
{
	enum conflict_type type = conflict_by_word(record_first(record, ATTR_CONFLICT_TYPE));

	json_begin_object(r->out);
	put_head(r, record);
	if (type < CONFLICT_TYPES) {
		json_string_member(r->out, "sentence", conflict_row(type)->sentence);
		json_string_member(r->out, "closes", conflict_row(type)->closes);
	}
	put_meant(r, record);
	put_answers(r, record);
	put_choices(r, record);
	put_rows(r, record, ATTR_CONFLICT_FACT, "facts", put_fact);
	put_rows(r, record, ATTR_CONFLICT_CANDIDATE, "candidates", put_candidate);
	json_end_object(r->out);
}

void show_conflicts(struct request *r, const struct conflict_tally *tally)
{
	json_name(r->out, "conflicts");
	json_begin_object(r->out);
	json_integer_member(r->out, "open", (int64_t)tally->open);
	json_integer_member(r->out, "ignored", (int64_t)tally->ignored);
	json_integer_member(r->out, "settled", (int64_t)tally->settled);
	json_end_object(r->out);
}

/* ---- which ---- */

struct choice {
	struct filter **parts;
	size_t count;
};

static void choose(struct request *r, struct choice *choice, enum attr attr, struct span text)
{
	choice->parts[choice->count++] = filter_leaf(r->arena, FILTER_EQUAL, attr, text);
}

/* "settled": whatever was answered, but that it is ignored. */
static struct filter *state_filter(struct request *r, struct span word)
{
	static const char *const others[] = { "open", "ignored", "closed" };
	struct filter **parts = arena_array(r->arena, 3, sizeof *parts);
	struct filter **all = arena_array(r->arena, 1, sizeof *all);
	bool settled = span_equal(word, SPAN("settled"));

	if (word.len > 0 && !settled)
		return filter_leaf(r->arena, FILTER_EQUAL, ATTR_CONFLICT_STATE, word);
	for (size_t i = 0; i < 3; i++)
		parts[i] = filter_leaf(
			r->arena, FILTER_EQUAL, ATTR_CONFLICT_STATE, span_str(others[i]));
	/* What has closed by itself is history: it is asked for by its name. */
	*all = settled ? filter_branch(r->arena, FILTER_OR, parts, 3) : parts[2];
	return filter_branch(r->arena, FILTER_NOT, all, 1);
}

static enum err choose_source(struct request *r, struct choice *choice)
{
	struct span name = json_text(r->args, "source");
	struct record record;
	char *id = arena_alloc(r->arena, UUID_TEXT + 1);

	if (name.len == 0)
		return OK;
	if (!request_find(r, KIND_DIRECTORY, name, &record) &&
		!request_find(r, KIND_CLIENT, name, &record) &&
		!request_find(r, KIND_WEBHOOK, name, &record))
		return fail(r->why, ERR_NOT_FOUND, "source", "there is no such source");
	uuid_format(&record.id, id);
	choose(r, choice, ATTR_CONFLICT_SOURCE, span_str(id));
	return OK;
}

enum err conflict_choice(struct request *r, struct filter **filter)
{
	struct choice choice = { arena_array(r->arena, 3, sizeof *choice.parts), 0 };
	struct span kind = json_text(r->args, "kind"), state = json_text(r->args, "state");

	if (kind.len > 0 && conflict_by_word(kind) == CONFLICT_TYPES)
		return fail(r->why, ERR_VALUE, "kind", "there are no such conflicts");
	if (kind.len > 0)
		choose(r, &choice, ATTR_CONFLICT_TYPE, kind);
	choice.parts[choice.count++] = state_filter(r, state);
	enum err err = choose_source(r, &choice);
	*filter = filter_branch(r->arena, FILTER_AND, choice.parts, choice.count);
	return err;
}

enum err admin_conflict_list(struct request *r)
{
	struct filter *filter;
	enum err err = request_tenant(r);

	if (err == OK)
		err = conflict_choice(r, &filter);
	return err == OK ? request_list(r, KIND_CONFLICT, filter, put_row) : err;
}

enum err conflict_find(struct request *r, struct span id_text, struct record *record)
{
	struct uuid id;

	if (uuid_parse(id_text, &id) && view_by_id(r->view, r->tenant.number, &id, record) &&
		record->kind == KIND_CONFLICT)
		return OK;
	enum err err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_NOT_FOUND, "conflict", "there is no such conflict");
}

enum err conflict_named(struct request *r, struct record *record)
{
	enum err err = request_tenant(r);

	return err == OK ? conflict_find(r, json_text(r->args, "conflict"), record) : err;
}

enum err admin_conflict_show(struct request *r)
{
	struct record record;

	enum err err = conflict_named(r, &record);
	if (err == OK)
		put_conflict(r, &record);
	return err;
}
