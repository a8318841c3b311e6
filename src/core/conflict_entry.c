#include "core/core_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/metric.h"
#include "model/value.h"

#define AGAIN (60 * SECOND)
#define OWN_FLOOR 64     /* of a source; they take the place of any that is over */
#define OWN_EXAMINED 256 /* of a source's, for one that is over */
#define SHOWN_OCTETS 512
#define CUT "…"

/* ---- texts ---- */

struct span conflict_text(struct arena *arena, enum attr attr, struct span octets)
{
	struct uuid id;
	char text[UUID_TEXT + 1];
	enum syntax syntax = attr_row(attr)->syntax;
	if (attr_is_hidden(attr) || syntax == SYNTAX_OCTETS)
		return SPAN_NONE;
	if (syntax == SYNTAX_REFERENCE && uuid_from_octets(octets, &id)) {
		uuid_format(&id, text);
		return arena_copy(arena, span_of(text, UUID_TEXT));
	}
	if (octets.len <= SHOWN_OCTETS)
		return arena_copy(arena, octets);
	size_t len = SHOWN_OCTETS;
	while (len > 0 && (octets.data[len] & 0xc0) == 0x80)
		len--;
	return span_str(arena_printf(arena, "%.*s" CUT, (int)len, (const char *)octets.data));
}

enum err conflict_octets(struct run *run, enum attr attr, struct span text, struct span *octets)
{
	struct uuid id;
	struct span cut = span_str(CUT);
	if (text.len > cut.len && span_equal(span_from(text, text.len - cut.len), cut))
		return fail(run->why, ERR_UNWILLING, attr_spelling(attr),
			"the value is too long to be kept here: the source has to say it again");
	if (attr_row(attr)->syntax != SYNTAX_REFERENCE)
		return value_canonical(run->arena, attr, text, octets, run->why);
	if (!uuid_parse(text, &id))
		return fail(run->why, ERR_VALUE, attr_spelling(attr), "there is no such entry");
	*octets = arena_copy(run->arena, uuid_span(&id));
	return OK;
}

enum attr conflict_attr(const struct record *conflict, enum kind kind)
{
	struct span text = record_first(conflict, ATTR_CONFLICT_ATTRIBUTE);
	enum attr attr = attr_by_scim(kind, text);
	return attr != ATTR_NONE ? attr : attr_by_ldap(text);
}

static bool may_be_both(const struct record *conflict)
{
	enum attr attr = conflict_attr(conflict, KIND_USER);
	return record_first(conflict, ATTR_CONFLICT_THEIRS).len > 0 &&
	       attr_manner(attr) == MANNER_SET && attr_changes_hands(attr);
}

bool conflict_offers(const struct record *conflict, enum resolution answer)
{
	enum conflict_type type = conflict_by_word(record_first(conflict, ATTR_CONFLICT_TYPE));
	if (type == CONFLICT_TYPES || !conflict_may_be(type, answer))
		return false;
	if (answer == RESOLUTION_REOPEN)
		return !conflict_state_is(conflict, "open");
	if (conflict_state_is(conflict, "closed") ||
		conflict_state_is(conflict, resolution_state(answer)))
		return false;
	return answer != RESOLUTION_MERGE || may_be_both(conflict);
}

bool conflict_state_is(const struct record *conflict, const char *state)
{
	return span_equal(record_first(conflict, ATTR_CONFLICT_STATE), span_str(state));
}

enum conflict_type conflict_type_of(const struct record *conflict)
{
	return conflict_by_word(record_first(conflict, ATTR_CONFLICT_TYPE));
}

struct uuid conflict_source(const struct record *conflict)
{
	struct uuid id = { { 0 } };
	uuid_from_octets(record_first(conflict, ATTR_CONFLICT_SOURCE), &id);
	return id;
}

/* ---- entries ---- */

enum err conflict_put(struct run *run, const struct record *conflict, const char *action,
	void (*change)(struct run *run, struct entry *after, const void *arg), const void *arg)
{
	struct span bytes;
	struct entry *before = run_copy_record(run, conflict, &bytes);
	struct entry *after = entry_copy(run->arena, before);
	change(run, after, arg);
	after->revision++;
	after->modified = run->now;
	struct deed *deed = action ? run_deed_on(run, action, after)
				   : run_deed(run, run->command->tenant, NULL);
	deed->before = before;
	deed->after = after;
	return deed_entry(run, deed, bytes, after);
}

static void put(struct entry *entry, enum attr attr, struct span octets)
{
	entry_set(entry, attr, SOURCE_LOCAL, octets, NULL);
}

static void put_times(struct run *run, struct entry *entry)
{
	uint64_t times = 0;
	span_to_u64(entry_first(entry, ATTR_CONFLICT_TIMES), &times);
	put(entry, ATTR_CONFLICT_TIMES,
		span_str(arena_printf(run->arena, "%llu", (unsigned long long)times + 1)));
	put(entry, ATTR_CONFLICT_SEEN, run_time(run));
}

static void put_all(struct entry *entry, enum attr attr, const struct span *texts, size_t count)
{
	entry_remove(entry, attr);
	for (size_t i = 0; i < count; i++)
		entry_add(entry, attr, (uint16_t)i, SOURCE_LOCAL, texts[i], NULL);
}

static void put_reference(struct run *run, struct entry *entry, enum attr attr, struct uuid id)
{
	put(entry, attr, uuid_is_nil(&id) ? SPAN_NONE : arena_copy(run->arena, uuid_span(&id)));
}

static void raise_again(struct run *run, struct entry *after, const void *arg)
{
	const struct conflict_note *note = arg;
	static const enum attr answers[] = { ATTR_CONFLICT_CLOSED, ATTR_CONFLICT_BY,
		ATTR_CONFLICT_CAUSE };
	put(after, ATTR_CONFLICT_STATE, SPAN("open"));
	put_reference(run, after, ATTR_CONFLICT_SUBJECT, note->subject);
	put(after, ATTR_CONFLICT_OURS, note->ours);
	put(after, ATTR_CONFLICT_THEIRS, note->theirs);
	if (note->dn.len)
		put(after, ATTR_CONFLICT_DN, note->dn);
	put(after, ATTR_CONFLICT_BASE, note->base);
	/* A refused command knows of none: what was reported stays. */
	if (note->fact_count)
		put_all(after, ATTR_CONFLICT_FACT, note->facts, note->fact_count);
	if (note->fact_count)
		put_all(after, ATTR_CONFLICT_CANDIDATE, note->candidates, note->candidate_count);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		entry_remove(after, answers[i]);
	put_times(run, after);
}

/* What an administrator has said of it holds while the source says the same; that nobody is to be
 * asked about an upstream entry holds whatever it says. */
static bool is_answered(const struct record *conflict, const struct conflict_note *note)
{
	bool ignored = conflict_state_is(conflict, resolution_state(RESOLUTION_IGNORE));
	if (ignored && note->anchor.len)
		return true;
	return (ignored || conflict_state_is(conflict, resolution_state(RESOLUTION_KEEP_LOCAL)) ||
		       conflict_state_is(conflict, resolution_state(RESOLUTION_CREATE))) &&
	       span_equal(record_first(conflict, ATTR_CONFLICT_THEIRS), note->theirs);
}

static bool has_rows(
	const struct record *conflict, enum attr attr, const struct span *rows, size_t count)
{
	size_t at = record_find(conflict, attr);
	for (size_t i = 0; i < count; i++, at++) {
		struct value value = at < conflict->count ? record_row(conflict, at)
							  : (struct value){ .attr = ATTR_NONE };
		if (value.attr != attr || !span_equal(value.octets, rows[i]))
			return false;
	}
	return at >= conflict->count || record_row(conflict, at).attr != attr;
}

/* A refused command comes as often as a client likes, a report once a run. */
static bool says_more(const struct record *conflict, const struct conflict_note *note)
{
	return note->fact_count &&
	       !(span_equal(record_first(conflict, ATTR_CONFLICT_THEIRS), note->theirs) &&
		       has_rows(conflict, ATTR_CONFLICT_FACT, note->facts, note->fact_count) &&
		       has_rows(conflict, ATTR_CONFLICT_CANDIDATE, note->candidates,
			       note->candidate_count));
}

static bool is_recent(struct run *run, const struct record *conflict)
{
	int64_t seen;
	return time_parse_generalized(record_first(conflict, ATTR_CONFLICT_SEEN), &seen) &&
	       run->now - seen < AGAIN && run->now >= seen;
}

static void note_again(
	struct run *run, const struct record *conflict, const struct conflict_note *note)
{
	bool is_open = conflict_state_is(conflict, "open");
	if (is_answered(conflict, note) ||
		(is_open && is_recent(run, conflict) && !says_more(conflict, note)))
		return;
	conflict_put(run, conflict, is_open ? NULL : "conflict.opened", raise_again, note);
}

static void open_new(struct run *run, const struct conflict_note *note)
{
	struct entry *entry = entry_new(run->arena, KIND_CONFLICT);
	struct span key = span_of(note->key, sizeof note->key);
	const char *word = conflict_row(note->type)->word;
	put(entry, ATTR_COMMON_NAME,
		span_str(note->attribute.len ? arena_printf(run->arena, "%s of %.*s", word,
						       SPAN_ARGS(note->attribute))
					     : word));
	put(entry, ATTR_CONFLICT_TYPE, span_str(word));
	put(entry, ATTR_CONFLICT_KEY, arena_copy(run->arena, key));
	put(entry, ATTR_CONFLICT_ANCHOR, note->anchor);
	put_reference(run, entry, ATTR_CONFLICT_SOURCE, note->source);
	put(entry, ATTR_CONFLICT_ATTRIBUTE, note->attribute);
	put(entry, ATTR_CONFLICT_OFFERED, note->offered);
	raise_again(run, entry, note);
	run_make(run, note->tenant, "conflict.opened", entry);
}

static void put_closed(struct run *run, struct entry *after, const void *arg)
{
	static const enum attr said[] = { ATTR_CONFLICT_OURS, ATTR_CONFLICT_THEIRS,
		ATTR_CONFLICT_FACT, ATTR_CONFLICT_CANDIDATE, ATTR_CONFLICT_BASE };
	put(after, ATTR_CONFLICT_STATE, SPAN("closed"));
	put(after, ATTR_CONFLICT_CLOSED, run_time(run));
	put(after, ATTR_CONFLICT_CAUSE, span_str(arg));
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		entry_remove(after, said[i]);
}

void conflict_mark(struct run *run, const struct record *conflict)
{
	struct uuid source = conflict_source(conflict);
	if (record_has(conflict, ATTR_CONFLICT_ANCHOR))
		run_state(run, conflict_mark_key(run->arena, &source),
			span_str(arena_printf(run->arena, "%lld", (long long)run->now)));
}

enum err conflict_close(struct run *run, const struct record *conflict, const char *cause)
{
	return conflict_put(run, conflict, "conflict.closed", put_closed, cause);
}

/* ---- room ---- */

/* Those that are not closed. */
static size_t count_about(struct run *run, const struct uuid *subject, size_t most)
{
	size_t count = 0;
	uint32_t number = 0, tenant = run->command->tenant;
	struct record record;
	struct postings *all = postings_equal(run->txn, run->arena, tenant, KIND_CONFLICT,
		ATTR_CONFLICT_SUBJECT, uuid_span(subject));
	while (count < most && postings_next(all, number, &number)) {
		count += txn_entry(run->txn, tenant, KIND_CONFLICT, number, &record) &&
			 !conflict_state_is(&record, "closed");
		number++;
	}
	postings_close(all);
	return count;
}

static bool drop_number(struct run *run, uint32_t number)
{
	struct record record;
	struct span bytes;
	uint32_t tenant = run->command->tenant;
	if (!run_entry_after(run, tenant, KIND_CONFLICT, number, &record) ||
		conflict_state_is(&record, "open"))
		return false;
	struct deed *deed = run_deed(run, tenant, NULL);
	deed->before = run_copy_record(run, &record, &bytes);
	deed_entry(run, deed, bytes, NULL);
	return true;
}

static bool drop_one(struct run *run, const char *state)
{
	uint32_t number;
	return txn_find_value(run->txn, run->command->tenant, KIND_CONFLICT, ATTR_CONFLICT_STATE,
		       span_str(state), &number) &&
	       drop_number(run, number);
}

/* What is over makes room for what is open, what stands longest at last. */
static bool drop_answered(struct run *run)
{
	static const enum resolution order[] = { RESOLUTION_TAKE_UPSTREAM, RESOLUTION_MERGE,
		RESOLUTION_LINK, RESOLUTION_UNLINK, RESOLUTION_APPROVE_ONCE, RESOLUTION_RETRY,
		RESOLUTION_CREATE, RESOLUTION_KEEP_LOCAL, RESOLUTION_IGNORE };
	bool dropped = drop_one(run, "closed");
	for (size_t i = 0; !dropped && i < sizeof order / sizeof *order; i++)
		dropped = drop_one(run, resolution_state(order[i]));
	return dropped;
}

/* How many the source has, whatever became of them. */
static uint64_t count_of(struct run *run, const struct uuid *source)
{
	uint32_t last;
	struct postings *all = postings_equal(run->txn, run->arena, run->command->tenant,
		KIND_CONFLICT, ATTR_CONFLICT_SOURCE, uuid_span(source));
	uint64_t count = postings_skip(all, 0, LIMIT_CONFLICTS, &last);
	postings_close(all);
	return count;
}

/* One of the source's own that is over, looked for in a part of them that differs each time. */
static bool drop_own(struct run *run, const struct conflict_note *note, uint64_t count)
{
	uint32_t number = 0;
	bool dropped = false;
	struct postings *all = postings_equal(run->txn, run->arena, run->command->tenant,
		KIND_CONFLICT, ATTR_CONFLICT_SOURCE, uuid_span(&note->source));
	if (count > OWN_EXAMINED)
		postings_skip(all, 0, get_be32(note->key) % (count - OWN_EXAMINED + 1), &number);
	for (unsigned i = 0; !dropped && i < OWN_EXAMINED; i++) {
		if (!postings_next(all, number, &number))
			break;
		dropped = drop_number(run, number++);
	}
	postings_close(all);
	return dropped;
}

/* A source has no more than it leaves free for the others, so that none of them fills the list:
 * alone it has half of it, and whoever comes later finds room. */
static bool has_share(struct run *run, const struct conflict_note *note)
{
	uint64_t all = txn_count(run->txn, note->tenant, KIND_CONFLICT);
	uint64_t own = count_of(run, &note->source);
	uint64_t free = all < LIMIT_CONFLICTS ? LIMIT_CONFLICTS - all : 0;
	if (own < free)
		return true;
	return own < OWN_FLOOR ? drop_answered(run) : drop_own(run, note, own);
}

static bool has_room(struct run *run, const struct conflict_note *note)
{
	if ((uuid_is_nil(&note->subject) ||
		    count_about(run, &note->subject, LIMIT_CONFLICTS_SUBJECT) <
			    LIMIT_CONFLICTS_SUBJECT) &&
		has_share(run, note))
		return true;
	metric_add(METRIC_CONFLICTS_LOST, 1);
	return false;
}

bool conflict_write(struct run *run, const struct conflict_note *note)
{
	enum kind kind;
	uint32_t number;
	struct record conflict;
	if (!keeper_may_write(run, note->tenant) ||
		(!uuid_is_nil(&note->subject) &&
			!txn_find_id(run->txn, note->tenant, &note->subject, &kind, &number)))
		return true;
	if (txn_find_value(run->txn, note->tenant, KIND_CONFLICT, ATTR_CONFLICT_KEY,
		    span_of(note->key, sizeof note->key), &number)) {
		if (txn_entry(run->txn, note->tenant, KIND_CONFLICT, number, &conflict))
			note_again(run, &conflict, note);
		return true;
	}
	if (!has_room(run, note))
		return false;
	open_new(run, note);
	return true;
}
