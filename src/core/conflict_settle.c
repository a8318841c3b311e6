#include "core/core_int.h"

#include "base/clock.h"
#include "core/login_int.h"
#include "model/grant.h"

/* An administrator's answer to a conflict. */

struct settling {
	struct run *run;
	const struct settlement *said;
	enum conflict_type type;
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

static bool find_id(struct settling *s, const struct uuid *id, struct record *record)
{
	struct run *run = s->run;
	enum kind kind;
	uint32_t number;
	return txn_find_id(run->txn, run->command->tenant, id, &kind, &number) &&
	       txn_entry(run->txn, run->command->tenant, kind, number, record);
}

static bool find_reference(struct settling *s, enum attr attr, struct record *record)
{
	struct uuid id;
	struct span octets = record_first(&s->conflict, attr);
	if (!uuid_from_octets(octets, &id))
		return false;
	return find_id(s, &id, record);
}

static enum err find_source(struct settling *s)
{
	struct record record;
	uint64_t source;
	if (!find_reference(s, ATTR_CONFLICT_SOURCE, &record) ||
		!span_to_u64(record_first(&record, ATTR_SOURCE_NUMBER), &source))
		return refuse(s, "the source is gone");
	s->source = owner_of_source(s->run, (uint16_t)source);
	return OK;
}

static enum err take_subject(struct settling *s, const struct record *record)
{
	s->subject = run_copy_record(s->run, record, &s->bytes);
	s->attr = conflict_attr(&s->conflict, s->subject->kind);
	if (s->subject->kind == KIND_USER && is_above_actor(s->run, s->subject->number))
		return refuse(s, "whom it is about is gone");
	return s->subject->kind == KIND_USER ? rights_grant_holder(s->run, s->subject) : OK;
}

static enum err find_sides(struct settling *s)
{
	struct record record;
	enum err err = find_source(s);
	if (err)
		return err;
	if (!find_reference(s, ATTR_CONFLICT_SUBJECT, &record))
		return refuse(s, "whom it is about is gone");
	return take_subject(s, &record);
}

/* ---- values ---- */

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

/* The subject as it shall be, by the rules of its kind. */
static enum err change(struct settling *s, struct entry *after)
{
	struct run *run = s->run;
	if (after->kind == KIND_USER)
		user_underive(after);
	enum err err = kind_rules(after->kind)->check(run, s->subject, after);
	if (!err)
		err = rules_values(run, s->subject, after);
	return err ? err : entry_changed(run, s->bytes, s->subject, after);
}

static enum err take_upstream(struct settling *s)
{
	enum err err = find_sides(s);
	if (err)
		return err;
	struct entry *after = entry_copy(s->run->arena, s->subject);
	if (s->type != CONFLICT_OWNED)
		err = let_go(s, after);
	else if (!attr_changes_hands(s->attr))
		return refuse(s, "this cannot be given to another source");
	else if (attr_manner(s->attr) == MANNER_SINGLE)
		err = give_single(s, after);
	else
		give_value(s, after);
	return err ? err : change(s, after);
}

static enum err merge(struct settling *s)
{
	struct span octets, theirs = record_first(&s->conflict, ATTR_CONFLICT_THEIRS);
	enum err err = find_sides(s);
	if (err)
		return err;
	if (attr_manner(s->attr) != MANNER_SET || !attr_changes_hands(s->attr) || !theirs.len)
		return refuse(s, "only what has several values can have both");
	struct entry *after = entry_copy(s->run->arena, s->subject);
	err = conflict_octets(s->run, s->attr, theirs, &octets);
	enum attr last = s->attr;
	while (attr_family((enum attr)(last + 1)) == attr_family(s->attr))
		last = (enum attr)(last + 1);
	if (!err)
		err = entry_add(after, s->attr, entry_next_instance(after, s->attr, last),
			s->source.source, octets, s->run->why);
	return err ? err : change(s, after);
}

/* ---- who is who ---- */

/* Whom the administrator named, or else whom the conflict does, if it names one alone. */
static enum err find_target(struct settling *s)
{
	struct record record;
	struct uuid id = s->said->to;
	enum err err = find_source(s);
	if (err)
		return err;
	size_t at = record_find(&s->conflict, ATTR_CONFLICT_CANDIDATE);
	bool several = at + 1 < s->conflict.count &&
		       record_row(&s->conflict, at + 1).attr == ATTR_CONFLICT_CANDIDATE;
	if (!uuid_is_nil(&id)) {
		if (!find_id(s, &id, &record) || record.kind != KIND_USER)
			return fail(s->run->why, ERR_UNKNOWN, "to", "there is no such user");
	} else if (several || !find_reference(s, ATTR_CONFLICT_SUBJECT, &record) ||
		   record.kind != KIND_USER) {
		return fail(s->run->why, ERR_MISSING, "to", "say which user it is");
	}
	return take_subject(s, &record);
}

static enum err link_connection(struct settling *s)
{
	struct span offered = record_first(&s->conflict, ATTR_CONFLICT_OFFERED);
	struct span prefix = SPAN("externalId:");
	struct connection_link *made = arena_zalloc(s->run->arena, sizeof *made);
	made->client = s->source.id;
	if (span_starts(offered, prefix))
		made->external_id = arena_copy(s->run->arena, span_from(offered, prefix.len));
	return ownership_link(s->run, s->bytes, s->subject, made);
}

static enum err link_person(struct settling *s)
{
	enum err err = find_target(s);
	if (err)
		return err;
	if (s->source.type == OWNER_CONNECTION)
		return link_connection(s);
	const struct upstream_link made = {
		.source = s->source.source,
		.anchor =
			arena_copy(s->run->arena, record_first(&s->conflict, ATTR_CONFLICT_ANCHOR)),
		.dn = arena_copy(s->run->arena, record_first(&s->conflict, ATTR_CONFLICT_DN)),
		.end_password = s->said->end_password,
	};
	if (!made.anchor.len)
		return refuse(s, "a directory has a person of its own by now");
	return ownership_link_upstream(s->run, s->bytes, s->subject, &made);
}

static enum err unlink_person(struct settling *s)
{
	enum err err = find_sides(s);
	return err ? err : ownership_unlink_upstream(s->run, s->bytes, s->subject);
}

/* ---- a group that gives a privileged role ---- */

/* Of the other types the state says all there is. */
static enum err approve(struct settling *s)
{
	struct run *run = s->run;
	struct record directory, role;
	struct span bytes, link = record_first(&s->conflict, ATTR_CONFLICT_ANCHOR);
	struct grant grant;
	if (s->type != CONFLICT_GRANT)
		return OK;
	enum err err = rights_need(run, PERM_DIRECTORIES_MANAGE);
	if (err)
		return err;
	if (!find_reference(s, ATTR_CONFLICT_SOURCE, &directory) ||
		directory.kind != KIND_DIRECTORY ||
		!uuid_from_octets(span_from(link, 2), &grant.anchor) ||
		!find_reference(s, ATTR_CONFLICT_SUBJECT, &role) || role.kind != KIND_ROLE)
		return refuse(s, "what it is about is gone");
	grant.role = role.id;
	grant.power = role_power(&role);
	struct entry *before = run_copy_record(run, &directory, &bytes);
	struct entry *after = entry_copy(run->arena, before);
	err = entry_add(after, ATTR_GRANT_APPROVED,
		entry_next_instance(after, ATTR_GRANT_APPROVED, ATTR_GRANT_APPROVED), SOURCE_LOCAL,
		grant_text(run->arena, &grant), run->why);
	if (!err)
		err = directory_check(run, before, after);
	return err ? err : entry_changed(run, bytes, before, after);
}

/* ---- the answer ---- */

/* Of the others the state says all there is. */
static enum err (*const acts[RESOLUTION_COUNT])(struct settling *s) = {
	[RESOLUTION_TAKE_UPSTREAM] = take_upstream,
	[RESOLUTION_MERGE] = merge,
	[RESOLUTION_LINK] = link_person,
	[RESOLUTION_UNLINK] = unlink_person,
	[RESOLUTION_APPROVE_ONCE] = approve,
};

static void put_answer(struct run *run, struct entry *after, const void *arg)
{
	const struct settling *s = arg;
	bool again = s->said->as == RESOLUTION_REOPEN;
	struct span by = uuid_is_nil(&run->actor->id) ? SPAN_NONE : uuid_span(&run->actor->id);
	entry_set(after, ATTR_CONFLICT_STATE, SOURCE_LOCAL, span_str(resolution_state(s->said->as)),
		NULL);
	entry_set(
		after, ATTR_CONFLICT_CLOSED, SOURCE_LOCAL, again ? SPAN_NONE : run_time(run), NULL);
	entry_set(after, ATTR_CONFLICT_BY, SOURCE_LOCAL, again ? SPAN_NONE : by, NULL);
	entry_remove(after, ATTR_CONFLICT_CAUSE);
}

static enum err refuse_answer(const struct settling *s)
{
	char words[160] = "";
	size_t len = 0;
	for (enum resolution as = RESOLUTION_NONE + 1; as < RESOLUTION_COUNT; as++)
		if (conflict_may_be(s->type, as) && len < sizeof words)
			len += (size_t)snprintf(words + len, sizeof words - len, "%s%s",
				len ? ", " : "", resolution_word(as));
	return fail(s->run->why, ERR_UNWILLING, "as", "an answer to this is %s", words);
}

static enum err check_answer(const struct settling *s)
{
	bool again = s->said->as == RESOLUTION_REOPEN;
	struct span closed = record_first(&s->conflict, ATTR_CONFLICT_CLOSED);
	int64_t answered;
	if (!conflict_may_be(s->type, s->said->as))
		return refuse_answer(s);
	if (!again && conflict_state_is(&s->conflict, "closed"))
		return fail(s->run->why, ERR_CONFLICT, NULL, "the conflict has closed by itself");
	if (s->said->since && conflict_is_of_run(s->type) &&
		(s->said->as == RESOLUTION_APPROVE_ONCE || s->said->as == RESOLUTION_RETRY))
		return fail(s->run->why, ERR_UNWILLING, "as",
			"a held run is answered by itself, not with others");
	if (s->said->since && time_parse_generalized(closed, &answered) &&
		answered > s->said->since)
		return fail(s->run->why, ERR_CONFLICT, NULL,
			"somebody else has answered it in the meantime");
	return OK;
}

enum err command_settle(struct run *run)
{
	struct settling s = { .run = run, .said = run->command->settlement };
	struct span bytes;
	struct entry *conflict;
	if (run->command->kind != KIND_CONFLICT || !s.said || s.said->as == RESOLUTION_NONE)
		return fail(run->why, ERR_VALUE, "as", "there is no such answer");
	enum err err = run_load(run, &bytes, &conflict);
	if (!err)
		err = record_open(bytes, &s.conflict, run->why);
	s.type = err ? CONFLICT_OWNED : conflict_type_of(&s.conflict);
	if (!err)
		err = check_answer(&s);
	if (!err && acts[s.said->as])
		err = acts[s.said->as](&s);
	if (!err && !conflict_state_is(&s.conflict, resolution_state(s.said->as)))
		err = conflict_put(run, &s.conflict, "conflict.settled", put_answer, &s);
	if (!err)
		conflict_mark(run, &s.conflict);
	if (!err)
		run_report(run, conflict);
	return err;
}
