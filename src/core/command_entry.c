#include "core/core_int.h"
#include "model/action.h"

static const char *action_of(struct run *run, enum kind kind, const char *verb)
{
	return arena_printf(run->arena, "%s.%s", kind_row(kind)->word, verb);
}

/* The weightiest of what happened names the change. */
static const char *modify_action(
	struct run *run, const struct entry *before, const struct entry *after)
{
	if (entry_is_active(before) != entry_is_active(after))
		return action_of(
			run, after->kind, entry_is_active(after) ? "reactivated" : "deactivated");
	const char *verb = after->kind == KIND_USER ? action_verb_between(before, after) : NULL;
	if (verb)
		return action_of(run, after->kind, verb);
	if (kind_rules(after->kind)->action)
		return kind_rules(after->kind)->action(before, after);
	return action_of(run, after->kind, "updated");
}

void run_report(struct run *run, const struct entry *entry)
{
	struct outcome *outcome = run->outcome;
	outcome->id = entry->id;
	outcome->number = entry->number;
	outcome->revision = entry->revision;
	outcome->created = entry->created;
	outcome->modified = entry->modified;
}

static bool is_bound_source(const struct run *run)
{
	return !actor_is_unbound(run->actor);
}

static bool has_activity(enum kind kind)
{
	return attr_row(ATTR_ACTIVE)->kinds >> kind & 1;
}

/* ---- create ---- */

static enum err take_values(struct run *run, struct entry *entry, struct span *active)
{
	const struct entry *given = run->command->entry;
	*active = SPAN("TRUE");
	for (size_t i = 0; i < given->count; i++) {
		const struct value *value = &given->values[i];
		if (value->attr == ATTR_ACTIVE) {
			*active = value->octets;
			continue;
		}
		if (attr_has(value->attr, ATTR_READ_ONLY) && run->actor->type != ACTOR_SYSTEM)
			return fail(run->why, ERR_MUTABILITY, attr_spelling(value->attr),
				"the attribute is read-only");
		uint16_t source =
			is_bound_source(run) ? owner_source_for(run, value->attr) : value->source;
		enum err err = entry_add(entry, value->attr,
			attr_has(value->attr, ATTR_PER_SOURCE) ? source : value->instance, source,
			value->octets, run->why);
		if (err)
			return err;
	}
	return OK;
}

static enum err give_identity(struct run *run, struct entry *entry)
{
	const struct command *command = run->command;
	enum kind kind;
	uint32_t number;
	entry->tenant = command->tenant;
	entry->id = command->id;
	if (uuid_is_nil(&entry->id))
		entry->id = uuid_new();
	else if (txn_find_id(run->txn, command->tenant, &entry->id, &kind, &number))
		return fail(run->why, ERR_EXISTS, attr_spelling(ATTR_ID), "the id is taken");
	entry->revision = 1;
	entry->created = entry->modified = run->now;
	return OK;
}

static enum err check_new(struct run *run, struct entry *entry, struct span active)
{
	const struct kind_rules *rules = kind_rules(entry->kind);
	enum err err = OK;
	if (has_activity(entry->kind)) {
		err = active_apply(run, entry, active);
		active_keep(entry);
	}
	if (!err)
		err = rules->check(run, NULL, entry);
	if (!err)
		err = posix_give(run, entry);
	if (!err)
		err = rules_values(run, NULL, entry);
	return err;
}

enum err command_create(struct run *run)
{
	const struct command *command = run->command;
	struct span active;
	if (!command->entry || command->entry->kind != command->kind)
		return fail(run->why, ERR_VALUE, NULL, "there is nothing to create");
	struct entry *entry = entry_new(run->arena, command->kind);
	enum err err = take_values(run, entry, &active);
	if (!err)
		err = give_identity(run, entry);
	if (!err)
		err = ownership_settle_directories(run, NULL, entry, NULL, 0);
	if (!err)
		err = check_new(run, entry, active);
	if (err)
		return err;
	entry->number = txn_new_number(run->txn, command->tenant);
	struct deed *deed = run_deed_on(run, action_of(run, entry->kind, "created"), entry);
	deed->after = entry;
	err = deed_entry(run, deed, SPAN_NONE, entry);
	if (!err && kind_rules(entry->kind)->created)
		err = kind_rules(entry->kind)->created(run, entry);
	if (!err && command->member_count)
		err = members_change(run, entry);
	if (!err && entry->kind == KIND_USER)
		err = containers_create(run, entry);
	run_report(run, entry);
	return err;
}

/* ---- modify ---- */

static enum err split_mods(
	struct run *run, struct modification **mods, size_t *count, struct span *active)
{
	const struct command *command = run->command;
	*mods = arena_array(run->arena, command->mod_count + 1, sizeof **mods);
	*count = 0;
	*active = SPAN_NONE;
	for (size_t i = 0; i < command->mod_count; i++) {
		const struct modification *mod = &command->mods[i];
		if (mod->attr == ATTR_ACTIVE) {
			if (mod->op == PATCH_REMOVE || mod->count != 1)
				return fail(run->why, ERR_VALUE, attr_spelling(ATTR_ACTIVE),
					"true or false");
			*active = mod->values[0].octets;
			continue;
		}
		(*mods)[*count] = *mod;
		if (is_bound_source(run))
			(*mods)[*count].source = owner_source_for(run, mod->attr);
		++*count;
	}
	return OK;
}

static bool same_values(const struct entry *a, const struct entry *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->values[i].attr != b->values[i].attr ||
			a->values[i].instance != b->values[i].instance ||
			a->values[i].source != b->values[i].source ||
			!span_equal(a->values[i].octets, b->values[i].octets))
			return false;
	return true;
}

static void rename_in(
	struct run *run, struct deed **deed, const struct entry *member, enum kind kind)
{
	uint32_t container = 0;
	struct postings *held = postings_containers(
		run->txn, run->arena, run->command->tenant, member->number, kind);
	while (postings_next(held, container, &container)) {
		const struct edge *before = run_edge(run, container, member->number);
		if (before) {
			struct edge after = *before;
			after.member_name = entry_first(member, kind_row(member->kind)->naming);
			after.member_has_rdn = entry_has(member, ATTR_RDN);
			*deed = deed_with_room(run, *deed);
			deed_edge(run, *deed, before, &after);
		}
		if (++container == 0)
			break;
	}
	postings_close(held);
}

/* Edges carry the member's name. */
static void rename_edges(
	struct run *run, struct deed *deed, const struct entry *before, const struct entry *after)
{
	enum attr naming = kind_row(after->kind)->naming;
	if (span_equal(entry_first(before, naming), entry_first(after, naming)) &&
		entry_has(before, ATTR_RDN) == entry_has(after, ATTR_RDN))
		return;
	if (after->kind != KIND_USER && !kind_is_container(after->kind))
		return;
	rename_in(run, &deed, after, KIND_ROLE);
	rename_in(run, &deed, after, KIND_SCOPE);
	rename_in(run, &deed, after, KIND_GROUP);
}

static enum err change_values(struct run *run, const struct entry *before, struct entry *after)
{
	struct modification *mods;
	size_t count;
	struct span active;
	bool changed;
	enum err err = split_mods(run, &mods, &count, &active);
	if (!err && after->kind == KIND_USER)
		user_underive(after);
	if (!err)
		err = patch_apply(after, mods, count, &changed, run->why);
	if (!err)
		err = ownership_keep(run, before, after, mods, count);
	if (!err) {
		ownership_settle_sources(run, before, after);
		err = ownership_settle_directories(run, before, after, mods, count);
	}
	if (!err) {
		/* Before the core completes the entry, which is nobody's word. */
		err = ownership_check(run, before, after);
	}
	if (!err && active.len && has_activity(after->kind))
		err = active_apply(run, after, active);
	if (!err && has_activity(after->kind))
		active_keep(after);
	if (!err)
		err = kind_rules(after->kind)->check(run, before, after);
	if (!err)
		err = posix_give(run, after);
	return err ? err : rules_values(run, before, after);
}

enum err entry_changed(
	struct run *run, struct span bytes, const struct entry *before, struct entry *after)
{
	if (same_values(before, after)) {
		run_report(run, before);
		return OK;
	}
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, modify_action(run, before, after), after);
	deed->before = before;
	deed->after = after;
	enum err err = deed_entry(run, deed, bytes, after);
	if (err)
		return err;
	rename_edges(run, deed, before, after);
	if (kind_rules(after->kind)->modified)
		err = kind_rules(after->kind)->modified(run, before, after);
	if (err)
		return err;
	run_report(run, after);
	return rules_last_admin(run);
}

enum err command_modify(struct run *run)
{
	struct span bytes;
	struct entry *before;
	enum err err = run_load(run, &bytes, &before);
	if (err)
		return err;
	struct entry *after = entry_copy(run->arena, before);
	err = change_values(run, before, after);
	return err ? err : entry_changed(run, bytes, before, after);
}

/* ---- delete ---- */

static void leave(struct run *run, struct deed **deed, uint32_t member, enum kind kind)
{
	uint32_t container = 0;
	struct postings *held =
		postings_containers(run->txn, run->arena, run->command->tenant, member, kind);
	while (postings_next(held, container, &container)) {
		const struct edge *edge = run_edge(run, container, member);
		*deed = deed_with_room(run, *deed);
		if (edge)
			deed_edge(run, *deed, edge, NULL);
		if (++container == 0)
			break;
	}
	postings_close(held);
}

void deeds_leave(struct run *run, struct deed **deed, uint32_t member)
{
	leave(run, deed, member, KIND_ROLE);
	leave(run, deed, member, KIND_SCOPE);
	leave(run, deed, member, KIND_GROUP);
}

static void release(struct run *run, struct deed **deed, uint32_t container)
{
	uint32_t member = 0;
	struct postings *members =
		postings_members(run->txn, run->arena, run->command->tenant, container);
	while (postings_next(members, member, &member)) {
		const struct edge *edge = run_edge(run, container, member);
		*deed = deed_with_room(run, *deed);
		if (edge)
			deed_edge(run, *deed, edge, NULL);
		if (++member == 0)
			break;
	}
	postings_close(members);
}

enum err command_delete(struct run *run)
{
	struct span bytes;
	struct entry *entry;
	enum err err = run_load(run, &bytes, &entry);
	if (!err && kind_rules(entry->kind)->check_delete)
		err = kind_rules(entry->kind)->check_delete(run, entry);
	if (err)
		return err;
	run_report(run, entry);
	if (entry->kind == KIND_USER)
		return user_delete(run, bytes, entry);
	struct deed *deed = run_deed_on(run, action_of(run, entry->kind, "deleted"), entry);
	deed->before = entry;
	err = deed_entry(run, deed, bytes, NULL);
	if (err)
		return err;
	deeds_leave(run, &deed, entry->number);
	if (kind_is_container(entry->kind))
		release(run, &deed, entry->number);
	if (kind_rules(entry->kind)->deleted)
		err = kind_rules(entry->kind)->deleted(run, entry);
	return err ? err : rules_last_admin(run);
}
