#include "core/audit_int.h"
#include "core/core_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/metric.h"
#include "model/value.h"

#define AGAIN (60 * SECOND)
#define SHOWN_OCTETS 512
#define CUT "…"

static const char *const types[CLASH_COUNT] = {
	[CLASH_OWNED] = "owned",
	[CLASH_UNIQUENESS] = "uniqueness",
	[CLASH_LAST_ADMIN] = "last_admin",
	[CLASH_POLICY] = "policy",
};

/* ---- what a command ran into ---- */

void run_clash(struct run *run, enum clash_type type, const struct entry *subject, enum attr attr,
	struct span ours, struct span theirs)
{
	struct clash *clash = arena_alloc(run->arena, sizeof *clash);
	*clash = (struct clash){ type, subject->id, subject->kind, attr, ours, theirs };
	run->clash = clash;
}

void clash_over_name(struct run *run, const struct record *holder, const struct value *value)
{
	struct span bytes;
	struct entry *subject = run_copy_record(run, holder, &bytes);
	struct owner self = owner_of_actor(run);
	const struct value *held;
	struct owner owner = owner_of_entry(run, subject);
	for (size_t i = 0; (held = entry_value(subject, value->attr, i)); i++)
		if (held->source != SOURCE_DERIVED &&
			value_equal(value->attr, held->octets, value->octets))
			owner = owner_of_source(run, held->source);
	if (!owner_is_same(&owner, &self))
		run_clash(
			run, CLASH_UNIQUENESS, subject, value->attr, value->octets, value->octets);
}

/* ---- texts ---- */

struct span conflict_text(struct arena *arena, enum attr attr, struct span octets)
{
	struct uuid id;
	char text[UUID_TEXT + 1];
	enum syntax syntax = attr_row(attr)->syntax;
	if (attr_is_hidden(attr) || syntax == SYNTAX_OCTETS)
		return SPAN_NONE;
	if (syntax == SYNTAX_REFERENCE && octets.len == sizeof id.octets) {
		memcpy(id.octets, octets.data, sizeof id.octets);
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

static struct span attribute_text(const struct clash *clash)
{
	return span_str(audit_path(clash->kind, clash->attr));
}

enum attr conflict_attr(const struct record *conflict, enum kind kind)
{
	struct span text = record_first(conflict, ATTR_CONFLICT_ATTRIBUTE);
	enum attr attr = attr_by_scim(kind, text);
	return attr != ATTR_NONE ? attr : attr_by_ldap(text);
}

bool conflict_state_is(const struct record *conflict, const char *state)
{
	return span_equal(record_first(conflict, ATTR_CONFLICT_STATE), span_str(state));
}

enum clash_type conflict_type(const struct record *conflict)
{
	struct span text = record_first(conflict, ATTR_CONFLICT_TYPE);
	enum clash_type type = CLASH_OWNED;
	while (type + 1 < CLASH_COUNT && !span_equal(text, span_str(types[type])))
		type++;
	return type;
}

/* ---- notes ---- */

/* Whom the source means by the name that is taken. */
static struct span offered_person(struct run *run)
{
	const struct command *command = run->command;
	struct uuid id = command->id;
	char text[UUID_TEXT + 1];
	const char *word = "user";
	if (command->type == COMMAND_CREATE) {
		struct span external = entry_first(command->entry, ATTR_EXTERNAL_ID);
		struct span link = entry_first(command->entry, ATTR_LINK);
		struct span name = entry_first(command->entry, ATTR_USER_NAME);
		if (external.len)
			return span_str(
				arena_printf(run->arena, "externalId:%.*s", SPAN_ARGS(external)));
		if (link.len != 2 + sizeof id.octets)
			return span_str(arena_printf(run->arena, "userName:%.*s", SPAN_ARGS(name)));
		memcpy(id.octets, link.data + 2, sizeof id.octets);
		word = "anchor";
	}
	uuid_format(&id, text);
	return span_str(arena_printf(run->arena, "%s:%s", word, text));
}

/* Rules that look at everybody name nobody: the command does. */
static const struct clash *clash_of(struct run *run, enum err err)
{
	const struct command *command = run->command;
	static const struct span active = SPAN("TRUE"), inactive = SPAN("FALSE");
	if (err == ERR_OWNED || err == ERR_EXISTS || err == ERR_MUTABILITY)
		return run->clash;
	if (err != ERR_LAST_ADMIN)
		return NULL;
	struct entry subject = { .id = command->id, .kind = command->kind };
	bool edges = command->type == COMMAND_MEMBERS || command->type == COMMAND_ASSIGN;
	run_clash(run, CLASH_LAST_ADMIN, &subject, edges ? ATTR_MEMBER : ATTR_ACTIVE,
		edges ? SPAN_NONE : active, edges ? SPAN_NONE : inactive);
	return run->clash;
}

static void make_key(struct conflict_note *note, enum attr attr)
{
	struct buffer out;
	buffer_init(&out, KIB);
	write_u8(&out, (uint8_t)note->type);
	write_u16(&out, (uint16_t)attr);
	write_span(&out, uuid_span(&note->source));
	write_span(&out, uuid_span(&note->subject));
	write_span(&out, note->offered);
	hash_blake2b(buffer_span(&out), note->key);
	buffer_free(&out);
}

void conflict_take(struct run *run, struct arena *arena, enum err err, struct conflict_note **notes)
{
	const struct clash *clash = clash_of(run, err);
	if (!clash || run->preview || txn_error(run->txn, NULL))
		return;
	struct owner source = owner_of_actor(run);
	if (!owner_is_machine(&source))
		return;
	struct conflict_note *note = arena_zalloc(arena, sizeof *note);
	note->tenant = run->command->tenant;
	note->type = clash->type;
	note->subject = clash->subject;
	note->source = source.id;
	note->attribute = attribute_text(clash);
	note->ours = conflict_text(arena, clash->attr, clash->ours);
	note->theirs = conflict_text(arena, clash->attr, clash->theirs);
	if (clash->type == CLASH_UNIQUENESS)
		note->offered = conflict_text(arena, ATTR_EXTERNAL_ID, offered_person(run));
	make_key(note, clash->attr);
	struct why *why = run->why;
	size_t len = strlen(why->text);
	snprintf(why->text + len, sizeof why->text - len, "; recorded as a conflict");
	note->next = *notes;
	*notes = note;
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

static void raise_again(struct run *run, struct entry *after, const void *arg)
{
	const struct conflict_note *note = arg;
	put(after, ATTR_CONFLICT_STATE, SPAN("open"));
	put(after, ATTR_CONFLICT_OURS, note->ours);
	put(after, ATTR_CONFLICT_THEIRS, note->theirs);
	put_times(run, after);
}

/* What an administrator has said of it holds while the source says the same. */
static bool is_answered(const struct record *conflict, const struct conflict_note *note)
{
	return (conflict_state_is(conflict, "ours") || conflict_state_is(conflict, "ignored")) &&
	       span_equal(record_first(conflict, ATTR_CONFLICT_THEIRS), note->theirs);
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
	if (is_answered(conflict, note) || (is_open && is_recent(run, conflict)))
		return;
	conflict_put(run, conflict, is_open ? NULL : "conflict.opened", raise_again, note);
}

static void open_new(struct run *run, const struct conflict_note *note)
{
	struct entry *entry = entry_new(run->arena, KIND_CONFLICT);
	struct span key = span_of(note->key, sizeof note->key);
	put(entry, ATTR_COMMON_NAME,
		span_str(arena_printf(
			run->arena, "%s of %.*s", types[note->type], SPAN_ARGS(note->attribute))));
	put(entry, ATTR_CONFLICT_TYPE, span_str(types[note->type]));
	put(entry, ATTR_CONFLICT_KEY, arena_copy(run->arena, key));
	put(entry, ATTR_CONFLICT_SUBJECT, arena_copy(run->arena, uuid_span(&note->subject)));
	put(entry, ATTR_CONFLICT_SOURCE, arena_copy(run->arena, uuid_span(&note->source)));
	put(entry, ATTR_CONFLICT_ATTRIBUTE, note->attribute);
	put(entry, ATTR_CONFLICT_OFFERED, note->offered);
	raise_again(run, entry, note);
	run_make(run, note->tenant, "conflict.opened", entry);
}

/* ---- room ---- */

static size_t count_about(struct run *run, const struct uuid *subject, size_t most)
{
	size_t count = 0;
	uint32_t number = 0;
	struct postings *all = postings_equal(run->txn, run->arena, run->command->tenant,
		KIND_CONFLICT, ATTR_CONFLICT_SUBJECT, uuid_span(subject));
	while (count < most && postings_next(all, number, &number)) {
		count++;
		number++;
	}
	postings_close(all);
	return count;
}

/* What was answered makes room for what is open. */
static bool drop_answered(struct run *run)
{
	static const char *const states[] = { "theirs", "link", "ours", "ignored" };
	uint32_t number, tenant = run->command->tenant;
	struct record record;
	struct span bytes;
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		if (!txn_find_value(run->txn, tenant, KIND_CONFLICT, ATTR_CONFLICT_STATE,
			    span_str(states[i]), &number) ||
			!txn_entry(run->txn, tenant, KIND_CONFLICT, number, &record))
			continue;
		struct deed *deed = run_deed(run, tenant, NULL);
		deed->before = run_copy_record(run, &record, &bytes);
		deed_entry(run, deed, bytes, NULL);
		return true;
	}
	return false;
}

static bool has_room(struct run *run, const struct conflict_note *note)
{
	if (count_about(run, &note->subject, LIMIT_CONFLICTS_SUBJECT) < LIMIT_CONFLICTS_SUBJECT &&
		(txn_count(run->txn, note->tenant, KIND_CONFLICT) < LIMIT_CONFLICTS ||
			drop_answered(run)))
		return true;
	metric_add(METRIC_CONFLICTS_LOST, 1);
	return false;
}

void conflict_write(struct run *run, const struct conflict_note *note)
{
	enum kind kind;
	uint32_t number;
	struct record conflict;
	if (!keeper_may_write(run, note->tenant) ||
		!txn_find_id(run->txn, note->tenant, &note->subject, &kind, &number))
		return;
	if (txn_find_value(run->txn, note->tenant, KIND_CONFLICT, ATTR_CONFLICT_KEY,
		    span_of(note->key, sizeof note->key), &number)) {
		if (txn_entry(run->txn, note->tenant, KIND_CONFLICT, number, &conflict))
			note_again(run, &conflict, note);
	} else if (has_room(run, note)) {
		open_new(run, note);
	}
}
