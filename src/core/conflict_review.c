#include "core/core_int.h"

#include "base/limits.h"
#include "model/value.h"

/* Conflicts end with their cause, in the command that takes it away. */

static bool is_of_source(struct run *run, uint16_t source, const struct uuid *id)
{
	struct owner owner = owner_of_source(run, source);
	return owner.type == OWNER_NOBODY ||
	       (owner_is_machine(&owner) && uuid_equal(&owner.id, id));
}

static struct uuid source_of(const struct record *conflict)
{
	struct uuid id = { { 0 } };
	struct span octets = record_first(conflict, ATTR_CONFLICT_SOURCE);
	if (octets.len == sizeof id.octets)
		memcpy(id.octets, octets.data, sizeof id.octets);
	return id;
}

static bool text_is(struct run *run, const struct value *value, struct span text)
{
	return span_equal(conflict_text(run->arena, value->attr, value->octets), text);
}

/* The value that the source could not overrule is gone, is its own by now, or says the same. */
static bool owned_is_over(
	struct run *run, const struct record *conflict, const struct entry *subject, enum attr attr)
{
	struct uuid source = source_of(conflict);
	struct span ours = record_first(conflict, ATTR_CONFLICT_OURS);
	struct span theirs = record_first(conflict, ATTR_CONFLICT_THEIRS);
	const struct value *value;
	for (size_t i = 0; (value = entry_value(subject, attr, i)); i++) {
		bool single = attr_manner(attr) == MANNER_SINGLE;
		if (single ? text_is(run, value, theirs) : !text_is(run, value, ours))
			continue;
		if (!is_of_source(run, value->source, &source))
			return false;
	}
	return true;
}

static bool name_is_free(
	struct run *run, const struct record *conflict, const struct entry *subject, enum attr attr)
{
	const struct value *value;
	struct span theirs = record_first(conflict, ATTR_CONFLICT_THEIRS);
	for (size_t i = 0; (value = entry_value(subject, attr, i)); i++)
		if (value_equal(attr, value->octets, theirs) || text_is(run, value, theirs))
			return false;
	return true;
}

static bool is_over(struct run *run, const struct record *conflict, const struct entry *subject)
{
	enum attr attr = conflict_attr(conflict, subject->kind);
	struct uuid source = source_of(conflict);
	bool source_acts = uuid_equal(&run->actor->id, &source);
	switch (conflict_type(conflict)) {
	case CLASH_OWNED:
		return owned_is_over(run, conflict, subject, attr);
	case CLASH_UNIQUENESS:
		return name_is_free(run, conflict, subject, attr);
	case CLASH_POLICY:
		return !name_is_free(run, conflict, subject, attr);
	default:
		return source_acts || (subject->kind == KIND_USER && !entry_is_active(subject));
	}
}

static enum err end(struct run *run, const struct record *conflict)
{
	struct span bytes;
	struct entry *before = run_copy_record(run, conflict, &bytes);
	struct deed *deed = run_deed_on(run, "conflict.closed", before);
	deed->before = before;
	return deed_entry(run, deed, bytes, NULL);
}

/* At most so many as there may be about one subject; of a source that is gone the others wait until
 * room is needed. */
static enum err review_all(
	struct run *run, enum attr by, const struct uuid *id, const struct entry *subject)
{
	enum err err = OK;
	uint32_t number = 0, tenant = run->command->tenant;
	struct record conflict;
	struct postings *all =
		postings_equal(run->txn, run->arena, tenant, KIND_CONFLICT, by, uuid_span(id));
	for (unsigned i = 0; !err && i < LIMIT_CONFLICTS_SUBJECT; i++) {
		if (!postings_next(all, number, &number))
			break;
		bool answered = run->command->type == COMMAND_SETTLE;
		if (run_entry_after(run, tenant, KIND_CONFLICT, number++, &conflict) &&
			!(answered && uuid_equal(&conflict.id, &run->command->id)) &&
			(!subject || is_over(run, &conflict, subject)))
			err = end(run, &conflict);
	}
	postings_close(all);
	return err;
}

static enum err review(struct run *run, const struct effect *effect)
{
	struct record after;
	bool source = effect->kind == KIND_CLIENT || effect->kind == KIND_DIRECTORY;
	bool subject = effect->kind == KIND_USER || kind_is_container(effect->kind);
	if (effect->type != EFFECT_ENTRY || !effect->before.len)
		return OK;
	if (source && !effect->after.len)
		return review_all(run, ATTR_CONFLICT_SOURCE, &effect->id, NULL);
	if (!subject)
		return OK;
	if (!effect->after.len)
		return review_all(run, ATTR_CONFLICT_SUBJECT, &effect->id, NULL);
	enum err err = record_open(effect->after, &after, run->why);
	return err ? err
		   : review_all(run, ATTR_CONFLICT_SUBJECT, &effect->id,
			     record_entry(run->arena, &after));
}

enum err conflicts_review(struct run *run)
{
	enum err err = OK;
	const struct deed *last = run->last;
	if (!last || !txn_count(run->txn, run->command->tenant, KIND_CONFLICT))
		return OK;
	for (const struct deed *deed = run->first; !err && deed;
		deed = deed == last ? NULL : deed->next)
		for (size_t i = 0; !err && i < deed->count; i++)
			if (deed->tenant == run->command->tenant)
				err = review(run, &deed->effects[i]);
	return err;
}
