#include "core/audit_int.h"

struct audit_search {
	struct view *view;
	struct arena *arena;
	struct audit_spec spec;
	uint64_t at; /* the next row to look at; 0: none */
	uint64_t position;
	bool ended;
	/* What this reader does not see: */
	bool hides_staff, hides_actors;
};

/* ---- canonical JSON, as audit.c writes it ---- */

static size_t end_of_string(struct span json, size_t at)
{
	for (at++; at < json.len && json.data[at] != '"'; at++)
		if (json.data[at] == '\\')
			at++;
	return at + 1;
}

static size_t end_of_value(struct span json, size_t at)
{
	unsigned depth = 0;
	while (at < json.len) {
		uint8_t octet = json.data[at];
		if (depth == 0 && (octet == ',' || octet == '}' || octet == ']'))
			return at;
		depth += octet == '{' || octet == '[';
		depth -= octet == '}' || octet == ']';
		at = octet == '"' ? end_of_string(json, at) : at + 1;
	}
	return json.len;
}

/* The raw value of an object's member, or nothing. */
static struct span member(struct span object, const char *name)
{
	size_t at = 1, len = strlen(name);
	while (at < object.len && object.data[at] == '"') {
		size_t colon = end_of_string(object, at);
		size_t end = end_of_value(object, colon + 1);
		if (end > object.len || colon + 1 > end)
			return SPAN_NONE;
		if (colon - at == len + 2 && memcmp(object.data + at + 1, name, len) == 0)
			return span_of(object.data + colon + 1, end - colon - 1);
		at = end + 1;
	}
	return SPAN_NONE;
}

/* What stands between the quotes; names and codes of ours hold no escapes. */
static struct span plain(struct span value)
{
	if (value.len < 2 || value.data[0] != '"')
		return SPAN_NONE;
	return span_of(value.data + 1, value.len - 2);
}

/* ---- who reads ---- */

static bool is_staff(const struct actor *reader)
{
	return actor_is_unbound(reader) || reader->tenant == 0;
}

enum err audit_open(struct view *view, struct arena *arena, const struct actor *reader,
	const struct audit_spec *spec, struct audit_search **result, struct why *why)
{
	if (!actor_may_enter(reader, spec->tenant) &&
		!(reader->tenant == 0 && actor_may(reader, PERM_AUDIT_VIEW_ALL)))
		return fail(why, ERR_NOT_FOUND, NULL, "there is no such tenant");
	if (!actor_may(reader, PERM_AUDIT_VIEW) && !actor_may(reader, PERM_AUDIT_VIEW_ALL))
		return fail(why, ERR_FORBIDDEN, NULL, "the permission %s is missing",
			permission_codename(PERM_AUDIT_VIEW));
	struct audit_search *search = arena_zalloc(arena, sizeof *search);
	search->view = view;
	search->arena = arena;
	search->spec = *spec;
	search->position = spec->after;
	search->hides_staff = !is_staff(reader) && view_policy(view, spec->tenant,
							   POLICY_SUPPORT_DISPLAY) == SUPPORT_LABEL;
	search->hides_actors =
		!is_staff(reader) && !actor_may(reader, PERM_AUDIT_VIEW_ACTOR) &&
		span_equal(view_policy_text(view, spec->tenant, POLICY_IMPERSONATION_DISPLAY),
			SPAN("subject"));
	*result = search;
	return OK;
}

static void put_replaced(struct buffer *out, struct span json, struct span old, struct span new)
{
	size_t before = (size_t)(old.data - json.data);
	buffer_put(out, json.data, before);
	buffer_put_span(out, new);
	buffer_put_span(out, span_from(json, before + old.len));
}

static struct span replace(
	struct audit_search *search, struct span json, const char *name, struct span new)
{
	struct span old = member(json, name);
	struct buffer out;
	if (!old.len)
		return json;
	buffer_init(&out, json.len + new.len + 1);
	put_replaced(&out, json, old, new);
	struct span copy = arena_copy(search->arena, buffer_span(&out));
	buffer_free(&out);
	return copy;
}

/* The stable id tells one from another, the name does not. */
static struct span label_staff(struct audit_search *search, struct span json)
{
	struct span actor = member(json, "actor"), id = member(actor, "id");
	if (!span_equal(member(actor, "type"), SPAN("\"operator\"")))
		return json;
	struct buffer out;
	buffer_init(&out, json.len + 1024);
	buffer_putf(&out, "{\"id\":%.*s,\"name\":", SPAN_ARGS(id));
	audit_put_string(
		&out, view_policy_text(search->view, search->spec.tenant, POLICY_SUPPORT_NAME));
	buffer_put_span(&out, SPAN(",\"type\":\"operator\"}"));
	struct span copy = arena_copy(search->arena, buffer_span(&out));
	buffer_free(&out);
	return replace(search, json, "actor", copy);
}

static struct span hide_actor(struct audit_search *search, struct span json)
{
	struct span subject = member(json, "subject");
	if (subject.len < 2 || subject.data[0] != '{')
		return json;
	struct span copy = arena_copy(search->arena, subject);
	json = replace(search, json, "actor", copy);
	json = replace(search, json, "subject", SPAN("null"));
	return replace(search, json, "delegation", SPAN("null"));
}

static struct span shown(struct audit_search *search, struct span json)
{
	if (search->hides_actors)
		json = hide_actor(search, json);
	return search->hides_staff ? label_staff(search, json) : json;
}

/* ---- what is asked ---- */

static bool fits_action(struct span action, struct span wanted)
{
	if (wanted.data[wanted.len - 1] == '*')
		return span_starts(action, span_of(wanted.data, wanted.len - 1));
	return span_equal(action, wanted);
}

static bool is_of_actor(struct span json, const struct uuid *wanted)
{
	struct uuid id;
	return uuid_parse(plain(member(member(json, "actor"), "id")), &id) &&
	       uuid_equal(&id, wanted);
}

static bool fits(const struct audit_spec *spec, int64_t time, struct span json)
{
	if ((spec->from && time < spec->from) || (spec->to && time > spec->to))
		return false;
	if (spec->action.len && !fits_action(plain(member(json, "action")), spec->action))
		return false;
	if (spec->outcome.len && !span_equal(plain(member(json, "outcome")), spec->outcome))
		return false;
	if (spec->channel.len &&
		!span_equal(plain(member(member(json, "request"), "channel")), spec->channel))
		return false;
	if (spec->has_actor && !is_of_actor(json, &spec->actor))
		return false;
	return !spec->text.len || span_has_nocase(json, spec->text);
}

/* ---- walking ---- */

static int64_t time_at(struct audit_search *search, uint64_t sequence)
{
	struct audit_row row;
	return txn_audit(search->view->txn, search->spec.tenant, sequence, &row) ? row.time : 0;
}

/* Times never fall: the first row not before `time`, among low..high + 1. */
static uint64_t first_at(struct audit_search *search, uint64_t low, uint64_t high, int64_t time)
{
	while (low <= high) {
		uint64_t middle = low + (high - low) / 2;
		if (time_at(search, middle) < time)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return low;
}

static uint64_t start(struct audit_search *search)
{
	struct txn *txn = search->view->txn;
	const struct audit_spec *spec = &search->spec;
	uint64_t low = 1, high = txn_audit_last(txn, spec->tenant);
	if (!txn_audit_near(txn, spec->tenant, false, &low) || low == 0)
		return 0;
	if (spec->oldest_first) {
		uint64_t at = spec->from ? first_at(search, low, high, spec->from) : low;
		return at <= spec->after ? spec->after + 1 : at;
	}
	uint64_t at = spec->to ? first_at(search, low, high, spec->to + 1) - 1 : high;
	return spec->after && spec->after <= at ? spec->after - 1 : at;
}

/* The next candidate, by the index where there is one. */
static bool find_next(struct audit_search *search)
{
	struct txn *txn = search->view->txn;
	const struct audit_spec *spec = &search->spec;
	struct audit_link link = { AUDIT_LINK_TARGET, spec->target };
	if (!search->at)
		return false;
	if (!spec->has_target && spec->has_actor)
		link = (struct audit_link){ AUDIT_LINK_ACTOR, spec->actor };
	bool newest_first = !spec->oldest_first;
	return spec->has_target || spec->has_actor
		       ? txn_audit_linked(txn, spec->tenant, &link, newest_first, &search->at)
		       : txn_audit_near(txn, spec->tenant, newest_first, &search->at);
}

static bool is_past(const struct audit_spec *spec, int64_t time)
{
	return spec->oldest_first ? spec->to && time > spec->to : spec->from && time < spec->from;
}

enum step audit_step(struct audit_search *search, struct audit_entry *entry)
{
	const struct audit_spec *spec = &search->spec;
	struct audit_row row;
	if (!search->at && !search->ended)
		search->at = start(search);
	if (!find_next(search) || !txn_audit(search->view->txn, spec->tenant, search->at, &row) ||
		is_past(spec, row.time)) {
		search->ended = true;
		search->at = 0;
		return STEP_END;
	}
	search->position = search->at;
	search->at += spec->oldest_first ? 1 : (uint64_t)-1;
	search->ended = search->at == 0;
	*entry = (struct audit_entry){ .sequence = row.sequence, .time = row.time };
	entry->json = shown(search, row.json);
	memcpy(entry->hash, row.hash, sizeof entry->hash);
	return fits(spec, row.time, entry->json) ? STEP_FOUND : STEP_MORE;
}

enum step audit_next(struct audit_search *search, unsigned *budget, struct audit_entry *entry)
{
	enum step step = STEP_MORE;
	while (step == STEP_MORE && *budget > 0) {
		step = audit_step(search, entry);
		if (step != STEP_END)
			--*budget;
	}
	return step;
}

uint64_t audit_position(const struct audit_search *search)
{
	return search->position;
}

bool view_is_audited(struct view *view, uint32_t tenant, const struct uuid *target)
{
	const struct audit_link link = { AUDIT_LINK_TARGET, *target };
	uint64_t sequence = 0;
	return txn_audit_linked(view->txn, tenant, &link, false, &sequence);
}
