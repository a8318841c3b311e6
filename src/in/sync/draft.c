#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "core/people.h"
#include "core/permission.h"
#include "in/sync/commands.h"

#include <stdio.h>
#include <stdlib.h>

#define NAMES_MAX 50 /* members named in one row */
#define ADMINS_LOOKED_AT 2
#define ADMIN_CODENAME "roles.assign_any"

void draft_init(struct draft *draft, const char *folder)
{
	spool_open(&draft->rows, folder);
	buffer_init(&draft->scratch, PLAN_ROW_MAX + sizeof(struct uuid));
	inside_init(&draft->inside);
}

void draft_free(struct draft *draft)
{
	spool_close(&draft->rows);
	buffer_free(&draft->scratch);
	bits_free(&draft->admins);
	bits_free(&draft->back);
	inside_free(&draft->inside);
	for (enum attr attr = 0; attr < ATTR_LIMIT; attr++)
		bits_free(&draft->changed[attr]);
}

void draft_reset(struct draft *draft)
{
	spool_reset(&draft->rows);
	memset(draft->counts, 0, sizeof(draft->counts));
	memset(draft->digest, 0, sizeof(draft->digest));
	for (enum attr attr = 0; attr < ATTR_LIMIT; attr++)
		bits_clear(&draft->changed[attr]);
	bits_clear(&draft->admins);
	bits_clear(&draft->back);
	draft->row_count = 0;
	draft->ends = draft->groups_lost = draft->rows_lost = 0;
}

/* ---- what an approval is about ---- */

/* What is weighed begins with what no directory knows of us: else whoever chooses many rows could
 * choose them by their sum. */
static void begin_weighing(struct job *job)
{
	buffer_reset(&job->run.draft.scratch);
	buffer_put_span(&job->run.draft.scratch, uuid_span(&job->settings.id));
}

/* A sum: the order of rows does not matter. */
static void weigh(struct draft *draft)
{
	uint8_t hash[32];

	hash_blake2b(buffer_span(&draft->scratch), hash);
	link_digest_sum(draft->digest, hash);
}

void draft_member(
	struct job *job, const struct uuid *container, const struct member *member, bool remove)
{
	const struct somebody *somebody = ahead_newcomer(&job->run, member->number);
	struct draft *draft = &job->run.draft;

	begin_weighing(job);
	buffer_put_span(&draft->scratch, uuid_span(container));
	buffer_put_span(&draft->scratch, uuid_span(somebody ? &somebody->anchor : &member->id));
	write_u8(&draft->scratch, remove);
	weigh(draft);
}

/* Every row but what it says of members, who have been weighed one by one. Who is deactivated is,
 * whatever the reason: it may be another one when it is looked at again. */
static void weigh_row(struct job *job, const struct plan_row *row)
{
	struct draft *draft = &job->run.draft;
	struct plan_row short_row = {
		.action = row->action, .kind = row->kind, .anchor = row->anchor
	};

	if (row->action == PLAN_MEMBERS || row->action == PLAN_ROLE || row->action == PLAN_SCOPE)
		return;
	begin_weighing(job);
	plan_row_write(&draft->scratch,
		row->action == PLAN_DEACTIVATE || row->action == PLAN_GROUP_DELETE ? &short_row
										   : row);
	weigh(draft);
}

static void put_row(struct job *job, const struct plan_row *row)
{
	struct draft *draft = &job->run.draft;

	weigh_row(job, row);
	buffer_reset(&draft->scratch);
	plan_row_write(&draft->scratch, row);
	spool_put(&draft->rows, buffer_span(&draft->scratch));
	draft->counts[row->action]++;
	draft->row_count++;
}

/* ---- values ---- */

static struct span short_text(struct arena *arena, struct span text)
{
	char *copy = arena_alloc(arena, PLAN_TEXT_MAX);

	status_text(copy, PLAN_TEXT_MAX, text);
	return span_str(copy);
}

/* What follows from another, is ours alone, or is no text. */
static bool is_told(enum attr attr)
{
	switch (attr) {
	case ATTR_ACTIVE:
	case ATTR_LINK:
	case ATTR_LINK_DIGEST:
	case ATTR_LINK_STATE:
	case ATTR_EMAIL_TYPE:
	case ATTR_EMAIL_PRIMARY:
	case ATTR_PHONE_TYPE:
		return false;
	default:
		return true;
	}
}

/* Whatever a row has no room to say is weighed all the same, with whose it is; but a password's
 * hash, which nobody who reads the plan could judge. */
static void weigh_rest(
	struct job *job, const struct plan_row *row, enum attr attr, struct span octets)
{
	struct draft *draft = &job->run.draft;

	if (attr == ATTR_PASSWORD)
		return;
	begin_weighing(job);
	buffer_put_span(&draft->scratch, uuid_span(&row->anchor));
	write_u16(&draft->scratch, (uint16_t)attr);
	buffer_put_span(&draft->scratch, octets);
	weigh(draft);
}

static struct span told_value(struct arena *arena, enum attr attr, struct span octets)
{
	if (octets.len > 0 && (attr == ATTR_PASSWORD || attr_is_hidden(attr)) &&
		attr != ATTR_LINK_DN)
		return SPAN("***");
	if (attr == ATTR_LINK_DN)
		octets = octets.len > 2 ? span_from(octets, 2) : SPAN_NONE;
	return short_text(arena, octets);
}

static struct span join(struct arena *arena, struct span before, struct span more)
{
	if (before.len == 0)
		return more;
	if (before.len + more.len + 2 >= PLAN_TEXT_MAX)
		return before;
	return span_str(arena_printf(arena, "%.*s, %.*s", SPAN_ARGS(before), SPAN_ARGS(more)));
}

static void put_change(
	struct plan_row *row, enum attr attr, const char *what, struct span old, struct span new)
{
	if (row->change_count < PLAN_CHANGES_MAX)
		row->changes[row->change_count++] =
			(struct plan_change){ span_str(what ? what : attr_spelling(attr)), old,
				new };
}

static const char *spelled(enum attr attr)
{
	return attr == ATTR_LINK_DN ? "dn" : attr_spelling(attr);
}

static struct span stored_values(
	struct job *job, struct arena *arena, const struct record *record, enum attr attr)
{
	struct span all = SPAN_NONE;

	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		if (value.source == job->settings.source)
			all = join(arena, all, told_value(arena, attr, value.octets));
	}
	return all;
}

static bool is_admin(struct job *job, uint32_t number)
{
	struct actor actor;

	return view_actor(job->view, job->tenant, KIND_USER, number, &actor, NULL) == OK &&
	       actor_may(&actor, PERM_ROLES_ASSIGN_ANY);
}

static void count_admin(struct job *job, uint32_t number)
{
	struct draft *draft = &job->run.draft;

	if (bits_has(&draft->admins, number) || !is_admin(job, number))
		return;
	bits_set(&draft->admins, number);
	bits_set(&draft->changed[RECENT_ADMINS], number);
}

/* The clock deactivates on that day, and asks no limit then. */
static void count_end(struct job *job, const struct record *record, const struct modification *mod)
{
	struct draft *draft = &job->run.draft;
	int64_t before = INT64_MAX, after = INT64_MAX;

	if (link_is_gone(job, record))
		return;
	(void)time_parse_generalized(record_first(record, ATTR_ACCOUNT_EXPIRES), &before);
	if (mod->count > 0)
		(void)time_parse_generalized(mod->values[0].octets, &after);
	if (after >= before) {
		bits_set(&draft->back, record->number);
		return;
	}
	bits_set(&draft->changed[RECENT_GONE], record->number);
	draft->ends++;
	count_admin(job, record->number);
}

/* Whoever has an Admin's address or name is taken for them elsewhere. */
static bool is_identity(enum attr attr)
{
	return attr == ATTR_EMAIL || attr == ATTR_USER_NAME;
}

static void count_change(struct job *job, const struct record *record,
	const struct modification *mod, bool was_there)
{
	struct draft *draft = &job->run.draft;

	if (mod->attr == ATTR_ACCOUNT_EXPIRES)
		count_end(job, record, mod);
	if (is_identity(mod->attr) && !bits_has(&draft->changed[RECENT_ADMINS], record->number) &&
		is_admin(job, record->number))
		bits_set(&draft->changed[RECENT_ADMINS], record->number);
	if (was_there && mod->attr != ATTR_LINK_DN)
		bits_set(&draft->changed[mod->attr], record->number);
}

static void describe_mods(struct job *job, struct arena *arena, const struct command *command,
	const struct record *record, struct plan_row *row)
{
	for (size_t i = 0; i < command->mod_count; i++) {
		const struct modification *mod = &command->mods[i];
		struct span new = SPAN_NONE;
		bool full = row->change_count == PLAN_CHANGES_MAX;
		if (!is_told(mod->attr))
			continue;
		struct span old = stored_values(job, arena, record, mod->attr);
		for (size_t k = 0; k < mod->count; k++) {
			struct span octets = mod->values[k].octets, before = new;
			struct span told = told_value(arena, mod->attr, octets);
			new = join(arena, before, told);
			if (full || new.len == before.len || !span_equal(told, octets))
				weigh_rest(job, row, mod->attr, octets);
		}
		put_change(row, mod->attr, spelled(mod->attr), old, new);
		if (record->kind == KIND_USER)
			count_change(job, record, mod, old.len > 0);
	}
}

static void describe_entry(
	struct job *job, struct arena *arena, const struct entry *entry, struct plan_row *row)
{
	struct span link = entry_first(entry, ATTR_LINK);

	row->name = short_text(arena, entry_first(entry, kind_row(entry->kind)->naming));
	uuid_from_octets(span_from(link, 2), &row->anchor);
	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		bool full = row->change_count == PLAN_CHANGES_MAX;
		struct span told = value->attr == ATTR_ACTIVE ? value->octets : SPAN_NONE;
		if (is_told(value->attr))
			told = told_value(arena, value->attr, value->octets);
		if (is_told(value->attr) && (full || !span_equal(told, value->octets)))
			weigh_rest(job, row, value->attr, value->octets);
		if (value->attr == ATTR_LINK_DN)
			row->dn = told;
		else if (value->attr == ATTR_ACTIVE || is_told(value->attr))
			put_change(row, value->attr, NULL, SPAN_NONE, told);
	}
}

static void describe_record(
	struct job *job, struct arena *arena, const struct record *record, struct plan_row *row)
{
	row->name = short_text(arena, record_name(record));
	link_of(record, job->settings.source, &row->anchor);
	row->dn = told_value(
		arena, ATTR_LINK_DN, record_of_source(record, ATTR_LINK_DN, job->settings.source));
}

/* ---- Admins ---- */

static bool makes_admin(struct job *job, const struct uuid *role)
{
	struct record record;

	return view_by_id(job->view, job->tenant, role, &record) && record.kind == KIND_ROLE &&
	       record_has_permission(&record, SPAN(ADMIN_CODENAME));
}

bool draft_spares_admin(struct job *job)
{
	struct admin_person people[ADMINS_LOOKED_AT + 1];
	struct admins admins = { .people = people, .limit = ADMINS_LOOKED_AT, .budget = 1000 };

	return bits_count(&job->run.draft.admins) > 0 &&
	       view_admins(job->view, job->arena, job->tenant, &admins, NULL) == OK &&
	       admins.count < ADMINS_LOOKED_AT && !admins.more;
}

/* ---- rows ---- */

static const struct {
	enum plan_action action;
	const char *rule;
} deeds[] = {
	[DEED_OTHER] = { PLAN_ACTIONS, "" },
	[DEED_CREATE] = { PLAN_CREATE, "nobody here has its anchor" },
	[DEED_CREATE_INACTIVE] = { PLAN_CREATE, "nobody here has its anchor" },
	[DEED_UPDATE] = { PLAN_UPDATE, "linked by its anchor" },
	[DEED_DEACTIVATE] = { PLAN_DEACTIVATE, "disabled upstream" },
	[DEED_REACTIVATE] = { PLAN_REACTIVATE, "active upstream again" },
	[DEED_RELEASE] = { PLAN_RELEASE, "somebody else has the address upstream" },
	[DEED_CREATE_GROUP] = { PLAN_GROUP_CREATE, "no group here has its anchor" },
	[DEED_UPDATE_GROUP] = { PLAN_GROUP_UPDATE, "linked by its anchor" },
	[DEED_DELETE_GROUP] = { PLAN_GROUP_DELETE, "the group is gone upstream" },
};

struct span commands_rule(const struct commands *commands, size_t i)
{
	return commands->rules[i].len > 0 ? commands->rules[i]
					  : span_str(deeds[commands->deeds[i]].rule);
}

static struct span name_of(struct job *job, struct arena *arena, const struct member_delta *member)
{
	struct record record;

	if (view_by_id(job->view, job->tenant, &member->id, &record))
		return short_text(arena, record_name(&record));
	const struct somebody *somebody = ahead_by_id(&job->run, &member->id);
	return somebody ? short_text(arena, somebody->name) : SPAN("?");
}

static void describe_members(struct job *job, struct arena *arena, const struct commands *commands,
	size_t i, struct plan_row *row)
{
	const struct command *command = &commands->rows[i];
	bool admins = command->kind == KIND_ROLE && makes_admin(job, &command->id);
	struct record record;

	row->action = command->kind == KIND_ROLE    ? PLAN_ROLE
		      : command->kind == KIND_SCOPE ? PLAN_SCOPE
						    : PLAN_MEMBERS;
	for (size_t k = 0; k < command->member_count; k++) {
		const struct member_delta *member = &command->members[k];
		++*(member->remove ? &row->removed : &row->added);
		if (admins && member->remove &&
			view_by_id(job->view, job->tenant, &member->id, &record))
			count_admin(job, record.number);
		if (k >= NAMES_MAX)
			continue;
		struct span name = name_of(job, arena, member);
		put_change(row, ATTR_NONE, "member", member->remove ? name : SPAN_NONE,
			member->remove ? SPAN_NONE : name);
	}
}

static void describe_target(
	struct job *job, struct arena *arena, const struct uuid *id, struct plan_row *row)
{
	struct record record;

	if (view_by_id(job->view, job->tenant, id, &record)) {
		describe_record(job, arena, &record, row);
		return;
	}
	const struct somebody *somebody = ahead_by_id(&job->run, id);
	if (somebody) {
		row->name = short_text(arena, somebody->name);
		row->anchor = somebody->anchor;
	}
}

void draft_command(struct job *job, const struct commands *commands, size_t i)
{
	const struct command *command = &commands->rows[i];
	struct plan_row *row = arena_zalloc(job->arena, sizeof(*row));
	struct record record;

	if (command->type == COMMAND_STATE)
		return;
	row->action = deeds[commands->deeds[i]].action;
	row->kind = command->kind;
	row->rule = short_text(job->arena, commands_rule(commands, i));
	if (command->type == COMMAND_MEMBERS) {
		describe_target(job, job->arena, &command->id, row);
		describe_members(job, job->arena, commands, i, row);
	} else if (command->entry) {
		describe_entry(job, job->arena, command->entry, row);
	} else if (view_by_id(job->view, job->tenant, &command->id, &record)) {
		describe_record(job, job->arena, &record, row);
		describe_mods(job, job->arena, command, &record, row);
		if (row->action == PLAN_DEACTIVATE) {
			bits_set(&job->run.draft.changed[RECENT_GONE], record.number);
			count_admin(job, record.number);
		} else if (row->action == PLAN_REACTIVATE) {
			bits_set(&job->run.draft.back, record.number);
		}
	}
	/* A new digest alone is nothing to tell of. */
	bool quiet = row->action == PLAN_ACTIONS ||
		     ((row->action == PLAN_UPDATE || row->action == PLAN_GROUP_UPDATE) &&
			     row->change_count == 0);
	if (!quiet)
		put_row(job, row);
}

void draft_conflict(struct job *job, const struct row *row, const char *rule)
{
	struct plan_row *told = arena_zalloc(job->arena, sizeof(*told));

	told->action = PLAN_CONFLICT;
	told->kind = row->class == CLASS_GROUP ? KIND_GROUP : KIND_USER;
	told->anchor = row->anchor;
	told->dn = short_text(job->arena, row->dn);
	for (size_t i = 0; i < row->value_count && told->name.len == 0; i++)
		if (row->values[i].attr == kind_row(told->kind)->naming)
			told->name = short_text(job->arena, row->values[i].octets);
	told->rule = short_text(job->arena, span_str(rule));
	put_row(job, told);
}
