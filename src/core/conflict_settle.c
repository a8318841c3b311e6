#include "core/core_int.h"

/* An administrator's answer to a conflict. */

struct settling {
	struct run *run;
	struct record conflict;
	struct entry *subject; /* a copy */
	struct span bytes;     /* its record */
	struct owner source;
	enum attr attr;
};

static enum err refuse(struct settling *s, const char *why)
{
	return fail(s->run->why, ERR_UNWILLING, "as", "%s", why);
}

static bool find_reference(struct settling *s, enum attr attr, struct record *record)
{
	struct run *run = s->run;
	struct uuid id;
	enum kind kind;
	uint32_t number;
	struct span octets = record_first(&s->conflict, attr);
	if (octets.len != sizeof id.octets)
		return false;
	memcpy(id.octets, octets.data, sizeof id.octets);
	return txn_find_id(run->txn, run->command->tenant, &id, &kind, &number) &&
	       txn_entry(run->txn, run->command->tenant, kind, number, record);
}

static enum err find_sides(struct settling *s)
{
	struct record record;
	uint64_t source;
	if (!find_reference(s, ATTR_CONFLICT_SOURCE, &record) ||
		!span_to_u64(record_first(&record, ATTR_SOURCE_NUMBER), &source))
		return refuse(s, "the source is gone");
	s->source = owner_of_source(s->run, (uint16_t)source);
	if (!find_reference(s, ATTR_CONFLICT_SUBJECT, &record))
		return refuse(s, "whom it is about is gone");
	s->subject = run_copy_record(s->run, &record, &s->bytes);
	s->attr = conflict_attr(&s->conflict, s->subject->kind);
	if (s->subject->kind == KIND_USER && is_above_actor(s->run, s->subject->number))
		return refuse(s, "whom it is about is gone");
	return s->subject->kind == KIND_USER ? rights_grant_holder(s->run, s->subject) : OK;
}

/* ---- theirs ---- */

static bool text_is(struct settling *s, const struct value *value, struct span text)
{
	return span_equal(conflict_text(s->run->arena, value->attr, value->octets), text);
}

static enum err give_single(struct settling *s, struct entry *after)
{
	struct span octets = SPAN_NONE;
	struct span theirs = record_first(&s->conflict, ATTR_CONFLICT_THEIRS);
	enum err err = theirs.len ? conflict_octets(s->run, s->attr, theirs, &octets) : OK;
	return err ? err : entry_set(after, s->attr, s->source.source, octets, s->run->why);
}

/* One of several is the source's to change or to take away when it speaks again. */
static void give_value(struct settling *s, struct entry *after)
{
	struct span ours = record_first(&s->conflict, ATTR_CONFLICT_OURS);
	const struct value *led = NULL;
	for (size_t i = 0; i < after->count; i++)
		if (after->values[i].attr == s->attr && text_is(s, &after->values[i], ours)) {
			led = &after->values[i];
			after->values[i].source = s->source.source;
		}
	for (size_t i = 0; led && i < after->count; i++)
		if (attr_family(after->values[i].attr) == attr_family(s->attr) &&
			attr_family(s->attr) == s->attr && attr_is_part(s->attr) &&
			after->values[i].instance == led->instance)
			after->values[i].source = s->source.source;
}

static enum err let_go(struct settling *s, struct entry *after)
{
	struct span theirs = record_first(&s->conflict, ATTR_CONFLICT_THEIRS);
	const struct value *value;
	if (attr_manner(s->attr) != MANNER_SET)
		return refuse(s, "a name is not given away: rename whom it belongs to");
	for (size_t i = 0; (value = entry_value(after, s->attr, i)); i++)
		if (text_is(s, value, theirs)) {
			uint16_t instance = value->instance;
			for (enum attr attr = s->attr; attr_family(attr) == s->attr;
				attr = (enum attr)(attr + 1))
				entry_remove_instance(after, attr, instance);
			return OK;
		}
	return OK;
}

static enum err give(struct settling *s)
{
	struct run *run = s->run;
	struct entry *after = entry_copy(run->arena, s->subject);
	enum clash_type type = conflict_type(&s->conflict);
	enum err err = OK;
	if (type == CLASH_OWNED && !attr_changes_hands(s->attr))
		return refuse(s, "this cannot be given to another source");
	if (type == CLASH_OWNED && attr_manner(s->attr) == MANNER_SINGLE)
		err = give_single(s, after);
	else if (type == CLASH_OWNED)
		give_value(s, after);
	else if (type == CLASH_UNIQUENESS)
		err = let_go(s, after);
	else
		return refuse(s, "a rule stands against it, and not a value");
	if (!err && after->kind == KIND_USER)
		user_underive(after);
	if (!err)
		err = kind_rules(after->kind)->check(run, s->subject, after);
	if (!err)
		err = rules_values(run, s->subject, after);
	return err ? err : entry_changed(run, s->bytes, s->subject, after);
}

/* ---- link ---- */

static enum err link(struct settling *s)
{
	struct span offered = record_first(&s->conflict, ATTR_CONFLICT_OFFERED);
	struct span prefix = SPAN("externalId:");
	if (conflict_type(&s->conflict) != CLASH_UNIQUENESS || s->subject->kind != KIND_USER)
		return refuse(s, "only who claims a person's name can be that person");
	if (s->source.type != OWNER_CONNECTION)
		return refuse(s, "a directory has a person of its own by now");
	struct connection_link *made = arena_zalloc(s->run->arena, sizeof *made);
	made->client = s->source.id;
	if (span_starts(offered, prefix))
		made->external_id = arena_copy(s->run->arena, span_from(offered, prefix.len));
	return ownership_link(s->run, s->bytes, s->subject, made);
}

/* ---- the answer ---- */

static const char *const states[] = {
	[RESOLUTION_OURS] = "ours",
	[RESOLUTION_IGNORE] = "ignored",
	[RESOLUTION_THEIRS] = "theirs",
	[RESOLUTION_LINK] = "link",
};

static void put_state(struct run *run, struct entry *after, const void *arg)
{
	(void)run;
	entry_set(after, ATTR_CONFLICT_STATE, SOURCE_LOCAL, span_str(arg), NULL);
}

enum err command_settle(struct run *run)
{
	struct settling s = { .run = run };
	struct span bytes;
	struct entry *conflict;
	enum resolution as = run->command->resolution;
	if (run->command->kind != KIND_CONFLICT || as == RESOLUTION_NONE)
		return fail(run->why, ERR_VALUE, "as", "ours, theirs or link");
	enum err err = run_load(run, &bytes, &conflict);
	if (!err)
		err = record_open(bytes, &s.conflict, run->why);
	if (!err && (as == RESOLUTION_THEIRS || as == RESOLUTION_LINK))
		err = find_sides(&s);
	if (!err && as == RESOLUTION_THEIRS)
		err = give(&s);
	else if (!err && as == RESOLUTION_LINK)
		err = link(&s);
	if (!err && !conflict_state_is(&s.conflict, states[as]))
		err = conflict_put(run, &s.conflict, "conflict.settled", put_state, states[as]);
	if (!err)
		run_report(run, conflict);
	return err;
}
