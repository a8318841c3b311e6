/* From a draft to commands: what differs from the record, attribute by attribute. */
#include "in/ldap/update_int.h"

struct difference {
	const struct draft *draft;
	struct modification *mods;
	size_t count;
};

static bool stands_in(const struct draft *draft, const struct value *wanted)
{
	for (size_t i = 0; i < draft->count; i++) {
		const struct value *value = &draft->values[i].value;

		if (value->attr == wanted->attr && value->instance == wanted->instance &&
			span_equal(value->octets, wanted->octets))
			return true;
	}
	return false;
}

static bool stood_before(const struct record *record, const struct value *wanted)
{
	for (size_t i = record_find(record, wanted->attr); i < record->count; i++) {
		struct value value = record_row(record, i);

		if (value.attr != wanted->attr)
			break;
		if (value.instance == wanted->instance && span_equal(value.octets, wanted->octets))
			return true;
	}
	return false;
}

static void put(struct difference *d, enum patch_op op, enum attr attr, const struct value *values,
	size_t count)
{
	d->mods[d->count++] =
		(struct modification){ op, attr, d->draft->update->actor.source, values, count };
}

/* The values are copied out of the record: the view ends before the writer reads them. */
static void put_removed(struct difference *d, enum attr attr)
{
	const struct draft *draft = d->draft;
	const struct record *record = draft->record;
	struct value *values = arena_array(draft->update->attempt, record->count, sizeof *values);
	size_t count = 0;

	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);

		if (value.attr != attr)
			break;
		if (stands_in(draft, &value))
			continue;
		value.octets = arena_copy(draft->update->attempt, value.octets);
		values[count++] = value;
	}
	if (count > 0)
		put(d, PATCH_REMOVE, attr, values, count);
}

static void put_added(struct difference *d, enum attr attr)
{
	const struct draft *draft = d->draft;
	struct value *values = arena_array(draft->update->attempt, draft->count, sizeof *values);
	size_t count = 0;

	for (size_t i = 0; i < draft->count; i++)
		if (draft->values[i].value.attr == attr &&
			!stood_before(draft->record, &draft->values[i].value))
			values[count++] = draft->values[i].value;
	if (count > 0)
		put(d, PATCH_ADD, attr, values, count);
}

static void put_single(struct difference *d, enum attr attr)
{
	const struct draft *draft = d->draft;
	const struct value *now = NULL;

	for (size_t i = 0; i < draft->count; i++)
		if (draft->values[i].value.attr == attr)
			now = &draft->values[i].value;
	if (now ? !span_equal(now->octets, record_first(draft->record, attr))
		: record_find(draft->record, attr) < draft->record->count)
		put(d, PATCH_REPLACE, attr, now, now ? 1 : 0);
}

static void put_password(struct difference *d)
{
	const struct draft *draft = d->draft;
	struct update *update = draft->update;
	struct value *value = arena_alloc(update->attempt, sizeof *value);

	if (!draft->sets_password && !draft->drops_password)
		return;
	*value = (struct value){ ATTR_PASSWORD, 0, update->actor.source, update->hash };
	put(d, PATCH_REPLACE, ATTR_PASSWORD, value, draft->sets_password ? 1 : 0);
}

static bool is_touched(const struct draft *draft, enum attr attr)
{
	return (draft->touched[attr / 64] >> (attr % 64) & 1) != 0;
}

static const struct member_delta *deltas(const struct draft *draft)
{
	struct member_delta *list =
		arena_array(draft->update->attempt, draft->member_count, sizeof *list);

	for (size_t i = 0; i < draft->member_count; i++)
		list[i] = (struct member_delta){ draft->members[i].kind, draft->members[i].id,
			draft->members[i].remove };
	return list;
}

/* What is said of members meets no earlier state: only what looked at the entry is bound to it. */
static void put_members(const struct draft *draft)
{
	struct update *update = draft->update;
	bool alone = update->count == 0;
	struct command *command;

	if (draft->member_count == 0 && !draft->members_replaced)
		return;
	command = update_command(update, COMMAND_MEMBERS);
	command->members = deltas(draft);
	command->member_count = draft->member_count;
	command->replace_members = draft->members_replaced;
	if (alone && update_is_bound(update))
		command->if_revision = draft->record->revision;
}

static void put_commands(struct draft *draft)
{
	struct update *update = draft->update;
	struct difference d = { .draft = draft };
	struct command *command;

	d.mods = arena_array(update->attempt, 2 * ATTR_LIMIT, sizeof *d.mods);
	for (enum attr attr = ATTR_NONE + 1; attr < ATTR_LIMIT; attr++)
		if (is_touched(draft, attr) && attr_has(attr, ATTR_SINGLE)) {
			put_single(&d, attr);
		} else if (is_touched(draft, attr)) {
			put_removed(&d, attr);
			put_added(&d, attr);
		}
	put_password(&d);
	if (d.count > 0) {
		command = update_command(update, COMMAND_MODIFY);
		command->mods = d.mods;
		command->mod_count = d.count;
		command->if_revision = draft->record->revision;
		/* There is no place in LDAP for the reason that a change of an address needs. */
		if (is_touched(draft, ATTR_EMAIL))
			command->reason = SPAN("changed over LDAP");
	}
	put_members(draft);
}

int draft_modify(struct draft *draft)
{
	int code = draft_complete(draft);

	if (code != RESULT_SUCCESS)
		return code;
	update_show(draft->update, CONTROL_PRE_READ);
	put_commands(draft);
	return RESULT_SUCCESS;
}

void draft_create(struct draft *draft)
{
	struct update *update = draft->update;
	struct entry *entry = entry_new(update->attempt, update->kind);
	struct command *command;

	for (size_t i = 0; i < draft->count; i++) {
		const struct value *value = &draft->values[i].value;

		entry_add(entry, value->attr, value->instance, value->source, value->octets, NULL);
	}
	if (draft->sets_password)
		entry_set(entry, ATTR_PASSWORD, update->actor.source, update->hash, NULL);
	update->entry = update->fresh;
	command = update_command(update, COMMAND_CREATE);
	command->entry = entry;
	command->members = deltas(draft);
	command->member_count = draft->member_count;
}
