/* Resources of one Bulk that refer to each other in a circle: all are created first, without what
 * leads to one of them, and get that behind, in the same batch. Whether the rules allow it is
 * theirs to say. */
#include "in/scim/scim_int.h"

static bool is_inside(const struct scim_unit *unit, struct span id)
{
	for (size_t i = 0; i < unit->count; i++)
		if (span_equal(uuid_span(&unit->changes[i]->id), id))
			return true;
	return false;
}

static bool later_members(struct scim_call *call, const struct scim_unit *unit,
	struct command *create, struct command *later)
{
	size_t kept = 0, moved = 0;
	struct member_delta *members =
		arena_array(call->arena, create->member_count, sizeof *members);
	struct member_delta *rest = arena_array(call->arena, create->member_count, sizeof *rest);
	for (size_t i = 0; i < create->member_count; i++) {
		const struct member_delta *delta = &create->members[i];
		if (is_inside(unit, uuid_span(&delta->id)))
			rest[moved++] = *delta;
		else
			members[kept++] = *delta;
	}
	create->members = members;
	create->member_count = kept;
	*later = (struct command){ .type = COMMAND_MEMBERS,
		.tenant = create->tenant,
		.kind = create->kind,
		.id = create->id,
		.members = rest,
		.member_count = moved };
	return moved > 0;
}

static bool later_values(struct scim_call *call, const struct scim_unit *unit,
	struct command *create, struct command *later)
{
	const struct entry *given = create->entry;
	struct entry *entry = entry_copy(call->arena, given);
	struct modification *mods = arena_array(call->arena, given->count, sizeof *mods);
	size_t count = 0;
	for (size_t i = 0; i < given->count; i++) {
		const struct value *value = &given->values[i];
		if (attr_row(value->attr)->syntax != SYNTAX_REFERENCE ||
			!is_inside(unit, value->octets))
			continue;
		entry_remove_instance(entry, value->attr, value->instance);
		mods[count++] =
			(struct modification){ PATCH_ADD, value->attr, value->source, value, 1 };
	}
	create->entry = entry;
	*later = (struct command){ .type = COMMAND_MODIFY,
		.tenant = create->tenant,
		.kind = create->kind,
		.id = create->id,
		.mods = mods,
		.mod_count = count };
	return count > 0;
}

size_t scim_break_circle(struct scim_call *call, const struct scim_unit *unit,
	struct command *commands, size_t count)
{
	size_t later = count;
	for (size_t i = 0; i < count; i++) {
		if (commands[i].type != COMMAND_CREATE)
			continue;
		if (later_members(call, unit, &commands[i], &commands[later]))
			later++;
		if (later_values(call, unit, &commands[i], &commands[later]))
			later++;
	}
	return later - count;
}
