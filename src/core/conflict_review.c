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

static bool text_is(struct run *run, const struct value *value, struct span text)
{
	return span_equal(conflict_text(run->arena, value->attr, value->octets), text);
}

/* The value that the source could not overrule is gone, is its own by now, or says the same. */
static bool owned_is_over(
	struct run *run, const struct record *conflict, const struct entry *subject, enum attr attr)
{
	struct uuid source = conflict_source(conflict);
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
	struct uuid source = conflict_source(conflict);
	bool source_acts = uuid_equal(&run->actor->id, &source);
	switch (conflict_type_of(conflict)) {
	case CONFLICT_OWNED:
		return owned_is_over(run, conflict, subject, attr);
	case CONFLICT_UNIQUENESS:
	case CONFLICT_EMAIL_LOCAL:
	case CONFLICT_EMAIL_SCIM:
	case CONFLICT_EMAIL_SOURCES:
	case CONFLICT_EMAIL_SAME_SOURCE:
		return attr != ATTR_NONE && name_is_free(run, conflict, subject, attr);
	case CONFLICT_POLICY:
		return !name_is_free(run, conflict, subject, attr);
	case CONFLICT_LAST_ADMIN:
		return source_acts || (subject->kind == KIND_USER && !entry_is_active(subject));
	default:
		return false;
	}
}

/* What was answered is done with, but an answer that only waits for the source to say something
 * else; whom nobody asks about any more stays so. */
static bool may_close(const struct record *conflict)
{
	if (conflict_state_is(conflict, resolution_state(RESOLUTION_IGNORE)))
		return !record_has(conflict, ATTR_CONFLICT_ANCHOR);
	return conflict_state_is(conflict, "open") ||
	       conflict_state_is(conflict, resolution_state(RESOLUTION_KEEP_LOCAL)) ||
	       conflict_state_is(conflict, resolution_state(RESOLUTION_RETRY));
}

static enum err forget(struct run *run, const struct record *conflict)
{
	struct span bytes;
	struct entry *before = run_copy_record(run, conflict, &bytes);
	struct deed *deed = run_deed_on(run, "conflict.closed", before);
	deed->before = before;
	return deed_entry(run, deed, bytes, NULL);
}

/* ---- which ---- */

struct reviewing {
	struct run *run;
	const struct entry *subject; /* as it will be; NULL: it is gone */
	const char *cause;
};

/* Of who is gone nothing is kept here. */
static enum err review_subject(const struct reviewing *r, const struct record *conflict)
{
	if (!r->subject)
		return forget(r->run, conflict);
	if (!may_close(conflict) || !is_over(r->run, conflict, r->subject))
		return OK;
	conflict_mark(r->run, conflict);
	return conflict_close(r->run, conflict, r->cause);
}

static enum err review_source(const struct reviewing *r, const struct record *conflict)
{
	return conflict_state_is(conflict, "closed") ? OK
						     : conflict_close(r->run, conflict, r->cause);
}

/* Whom a directory could not place is somebody here by now. */
static enum err review_linked(const struct reviewing *r, const struct record *conflict)
{
	struct span subject = record_first(conflict, ATTR_CONFLICT_SUBJECT);
	bool other = !span_equal(subject, uuid_span(&r->subject->id));
	switch (conflict_type_of(conflict)) {
	case CONFLICT_EMAIL_LOCAL:
	case CONFLICT_EMAIL_SCIM:
	case CONFLICT_EMAIL_SOURCES:
	case CONFLICT_EMAIL_SAME_SOURCE:
	case CONFLICT_UNIQUENESS:
	case CONFLICT_NO_EMAIL:
	case CONFLICT_BAD_VALUE:
		/* What is still taken from them, the source says again. */
		if (other)
			return OK;
		break;
	case CONFLICT_CLAIM:
	case CONFLICT_AMBIGUOUS:
	case CONFLICT_REBORN:
		break;
	default:
		return OK;
	}
	return may_close(conflict) ? conflict_close(r->run, conflict, r->cause) : OK;
}

/* But the one that is being answered. */
static enum err review_all(struct reviewing *r, enum attr by, struct span octets, size_t most,
	enum err (*one)(const struct reviewing *r, const struct record *conflict))
{
	struct run *run = r->run;
	enum err err = OK;
	uint32_t number = 0, tenant = run->command->tenant;
	bool answered = run->command->type == COMMAND_SETTLE;
	struct record conflict;
	struct postings *all =
		postings_equal(run->txn, run->arena, tenant, KIND_CONFLICT, by, octets);
	for (size_t i = 0; !err && i < most && postings_next(all, number, &number); i++)
		if (run_entry_after(run, tenant, KIND_CONFLICT, number++, &conflict) &&
			!(answered && uuid_equal(&conflict.id, &run->command->id)))
			err = one(r, &conflict);
	postings_close(all);
	return err;
}

static enum err review_links(struct reviewing *r)
{
	enum err err = OK;
	const struct value *link;
	r->cause = "the upstream entry is somebody here";
	for (size_t i = 0; !err && (link = entry_value(r->subject, ATTR_LINK, i)); i++)
		err = review_all(r, ATTR_CONFLICT_ANCHOR, link->octets, LIMIT_CONFLICTS_SUBJECT,
			review_linked);
	return err;
}

static enum err review_entry(struct run *run, const struct effect *effect)
{
	struct reviewing r = { run, NULL, "the subject has changed" };
	struct record after;
	if (effect->after.len) {
		enum err err = record_open(effect->after, &after, run->why);
		if (err)
			return err;
		r.subject = record_entry(run->arena, &after);
	}
	enum err err = OK;
	if (effect->before.len)
		err = review_all(&r, ATTR_CONFLICT_SUBJECT, uuid_span(&effect->id), LIMIT_CONFLICTS,
			review_subject);
	return err || !r.subject ? err : review_links(&r);
}

/* ---- a role or scope that was missing ---- */

static enum err review_missing(const struct reviewing *r, const struct record *conflict)
{
	enum conflict_type type = conflict_type_of(conflict);
	struct uuid source = conflict_source(conflict);
	if ((type != CONFLICT_ROLE_MISSING && type != CONFLICT_SITE_MISSING) ||
		conflict_state_is(conflict, "closed"))
		return OK;
	run_state(r->run, conflict_mark_key(r->run->arena, &source),
		span_str(arena_printf(r->run->arena, "%lld", (long long)r->run->now)));
	return conflict_close(r->run, conflict, r->cause);
}

/* What a directory could not give is there by now. */
static enum err review_name(struct run *run, const struct effect *effect)
{
	struct reviewing r = { run, NULL, "it is there by now" };
	struct record after, before = { 0 };
	enum err err =
		effect->after.len ? record_open(effect->after, &after, run->why) : ERR_NOT_FOUND;
	if (!err && effect->before.len)
		err = record_open(effect->before, &before, run->why);
	struct span name = err ? SPAN_NONE : record_first(&after, ATTR_COMMON_NAME);
	if (err ||
		(effect->before.len && span_equal(name, record_first(&before, ATTR_COMMON_NAME))))
		return OK;
	return review_all(&r, ATTR_CONFLICT_ATTRIBUTE,
		span_str(arena_printf(
			run->arena, "%s:%.*s", kind_row(effect->kind)->word, SPAN_ARGS(name))),
		LIMIT_CONFLICTS, review_missing);
}

static enum err review(struct run *run, const struct effect *effect)
{
	bool source = effect->kind == KIND_CLIENT || effect->kind == KIND_DIRECTORY ||
		      effect->kind == KIND_WEBHOOK;
	if (effect->type != EFFECT_ENTRY)
		return OK;
	if (source && effect->before.len && !effect->after.len) {
		struct reviewing r = { run, NULL, "the source is gone" };
		enum err err = review_all(&r, ATTR_CONFLICT_SOURCE, uuid_span(&effect->id),
			LIMIT_CONFLICTS, review_source);
		run_state(run, conflict_mark_key(run->arena, &effect->id), SPAN_NONE);
		return err;
	}
	if (effect->kind == KIND_USER)
		return review_entry(run, effect);
	if (!kind_is_container(effect->kind))
		return OK;
	enum err err = review_entry(run, effect);
	return err ? err : review_name(run, effect);
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
