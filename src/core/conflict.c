#include "core/audit_int.h"
#include "core/core_int.h"

#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"
#include "model/value.h"

/* ---- what a command ran into ---- */

void run_clash(struct run *run, enum conflict_type type, const struct entry *subject,
	enum attr attr, struct span ours, struct span theirs)
{
	struct clash *clash = arena_alloc(run->arena, sizeof *clash);
	*clash = (struct clash){ type, subject->id, subject->kind, attr, ours, theirs };
	run->clash = clash;
}

static enum conflict_type type_of_name(
	const struct owner *self, const struct owner *owner, enum attr attr)
{
	if (self->type != OWNER_DIRECTORY || attr != ATTR_EMAIL)
		return CONFLICT_UNIQUENESS;
	if (owner->type == OWNER_DIRECTORY)
		return owner_is_same(self, owner) ? CONFLICT_EMAIL_SAME_SOURCE
						  : CONFLICT_EMAIL_SOURCES;
	return owner->type == OWNER_CONNECTION ? CONFLICT_EMAIL_SCIM : CONFLICT_EMAIL_LOCAL;
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
	if (!owner_is_same(&owner, &self) || self.type == OWNER_DIRECTORY)
		run_clash(run, type_of_name(&self, &owner, value->attr), subject, value->attr,
			value->octets, value->octets);
}

/* ---- notes ---- */

static struct span attribute_text(const struct clash *clash)
{
	return span_str(audit_path(clash->kind, clash->attr));
}

/* Whom the source means by the name that is taken. */
static struct span offered_person(struct run *run)
{
	const struct command *command = run->command;
	char text[UUID_TEXT + 1];
	if (command->type == COMMAND_CREATE) {
		struct span external = entry_first(command->entry, ATTR_EXTERNAL_ID);
		struct span name = entry_first(command->entry, ATTR_USER_NAME);
		return span_str(
			external.len
				? arena_printf(run->arena, "externalId:%.*s", SPAN_ARGS(external))
				: arena_printf(run->arena, "userName:%.*s", SPAN_ARGS(name)));
	}
	uuid_format(&command->id, text);
	return span_str(arena_printf(run->arena, "user:%s", text));
}

static bool is_about_a_person(enum conflict_type type)
{
	return type != CONFLICT_OWNED && type != CONFLICT_LAST_ADMIN && type != CONFLICT_POLICY;
}

/* Of the refused command: the upstream entry, as a LINK, and what the source said of it before. */
static void take_source(
	struct run *run, struct arena *arena, const struct clash *clash, struct conflict_note *note)
{
	const struct command *command = run->command;
	uint16_t source = run->actor->source;
	bool anchored = is_about_a_person(clash->type) && run->actor->type == ACTOR_DIRECTORY;
	enum kind kind;
	uint32_t number;
	struct record record;
	if (command->type == COMMAND_CREATE && anchored)
		note->anchor = arena_copy(arena, entry_first(command->entry, ATTR_LINK));
	if (command->type == COMMAND_CREATE ||
		!txn_find_id(run->txn, command->tenant, &command->id, &kind, &number) ||
		!txn_entry(run->txn, command->tenant, kind, number, &record))
		return;
	if (anchored)
		note->anchor = arena_copy(arena, record_of_source(&record, ATTR_LINK, source));
	if (clash->type != CONFLICT_LAST_ADMIN)
		note->base = conflict_base(arena, &record, source, clash->attr);
}

/* Of an attribute with several values all of them. */
static struct span add_text(struct arena *arena, struct span texts, const struct value *value)
{
	struct span text = conflict_text(arena, value->attr, value->octets);
	if (!texts.len || !text.len)
		return texts.len ? texts : text;
	return span_str(arena_printf(arena, "%.*s, %.*s", SPAN_ARGS(texts), SPAN_ARGS(text)));
}

struct span conflict_standing(struct arena *arena, const struct record *record, enum attr attr)
{
	struct span texts = SPAN_NONE;
	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		texts = add_text(arena, texts, &value);
	}
	return conflict_text(arena, attr, texts);
}

struct span conflict_base(
	struct arena *arena, const struct record *record, uint16_t source, enum attr attr)
{
	struct span texts = SPAN_NONE;
	struct base_reader base = base_begin(record_of_source(record, ATTR_LINK_BASE, source));
	struct value value;
	while (base_next(&base, &value))
		if (value.attr == attr)
			texts = add_text(arena, texts, &value);
	for (size_t i = record_find(record, attr); !texts.len && i < record->count; i++) {
		value = record_row(record, i);
		if (value.attr != attr)
			break;
		if (value.source == source)
			texts = add_text(arena, texts, &value);
	}
	return texts;
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
	run_clash(run, CONFLICT_LAST_ADMIN, &subject, edges ? ATTR_MEMBER : ATTR_ACTIVE,
		edges ? SPAN_NONE : active, edges ? SPAN_NONE : inactive);
	return run->clash;
}

void conflict_make_key(struct conflict_note *note, enum attr attr)
{
	struct buffer out;
	buffer_init(&out, 4 * KIB);
	write_u8(&out, (uint8_t)note->type);
	write_u16(&out, (uint16_t)attr);
	write_span(&out, uuid_span(&note->source));
	if (note->anchor.len) {
		write_span(&out, note->anchor);
	} else {
		write_span(&out, uuid_span(&note->subject));
		write_span(&out, note->offered);
	}
	if (attr == ATTR_NONE)
		write_span(&out, note->attribute);
	hash_blake2b(buffer_span(&out), note->key);
	buffer_free(&out);
}

void conflict_take(struct run *run, struct arena *arena, enum err err, struct conflict_note **notes)
{
	const struct clash *clash = clash_of(run, err);
	if (!clash || run->preview || run->command->tentative || txn_error(run->txn, NULL))
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
	take_source(run, arena, clash, note);
	if (clash->type == CONFLICT_UNIQUENESS && !note->anchor.len)
		note->offered = conflict_text(arena, ATTR_EXTERNAL_ID, offered_person(run));
	conflict_make_key(note, clash->attr);
	struct why *why = run->why;
	size_t len = strlen(why->text);
	snprintf(why->text + len, sizeof why->text - len, "; recorded as a conflict");
	note->next = *notes;
	*notes = note;
}
