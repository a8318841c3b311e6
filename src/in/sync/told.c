/* What a run's commands did to each object, told to the provisioning log. */
#include "base/codec.h"
#include "in/sync/commands.h"

static const char *const deeds[] = {
	[DEED_OTHER] = "update",
	[DEED_CREATE] = "create",
	[DEED_CREATE_INACTIVE] = "create",
	[DEED_UPDATE] = "update",
	[DEED_DEACTIVATE] = "deactivate",
	[DEED_RELEASE] = "update",
	[DEED_DELETE_GROUP] = "delete",
	[DEED_REACTIVATE] = "reactivate",
	[DEED_CREATE_GROUP] = "create",
	[DEED_UPDATE_GROUP] = "update",
};

static struct span without_source(struct span value, uint16_t source)
{
	return value.len > 2 && get_be16(value.data) == source ? span_from(value, 2) : SPAN_NONE;
}

static void take_value(struct history_object *object, uint16_t source, const struct value *value)
{
	struct span octets = without_source(value->octets, source);

	if (value->attr == ATTR_LINK)
		uuid_from_octets(octets, &object->anchor);
	if (value->attr == ATTR_LINK_DN && octets.len > 0)
		object->dn = octets;
	if (value->attr == kind_row(object->kind)->naming && object->name.len == 0)
		object->name = value->octets;
}

/* As it stands here now; one that was refused as its command would have it. */
static void describe(struct job *job, struct arena *arena, const struct command *command,
	struct history_object *object)
{
	uint16_t source = job->settings.source;
	struct record record;

	if (view_by_id(job->view, job->tenant, &object->id, &record)) {
		for (size_t i = 0; i < record.count; i++) {
			struct value value = record_row(&record, i);
			take_value(object, source, &value);
		}
	} else if (command->entry) {
		for (size_t i = 0; i < command->entry->count; i++)
			take_value(object, source, &command->entry->values[i]);
	}
	object->dn = arena_copy(arena, object->dn);
	object->name = arena_copy(arena, object->name);
}

static bool is_told(const struct command *command, const struct outcome *outcome)
{
	return (command->type == COMMAND_CREATE || command->type == COMMAND_MODIFY ||
		       command->type == COMMAND_DELETE) &&
	       (command->kind == KIND_USER || command->kind == KIND_GROUP) &&
	       (outcome->changed || outcome->err);
}

void commands_tell(struct job *job, const struct commands *commands, size_t count)
{
	struct arena *arena = arena_new();
	struct history_object *objects = arena_array(arena, count + 1, sizeof(*objects));
	size_t told = 0;

	for (size_t i = 0; i < count; i++) {
		const struct command *command = &commands->rows[i];
		const struct outcome *outcome = &commands->outcomes[i];
		struct history_object *object = &objects[told];

		if (!is_told(command, outcome))
			continue;
		*object = (struct history_object){ .kind = command->kind,
			.id = uuid_is_nil(&outcome->id) ? command->id : outcome->id,
			.deed = span_str(command->type == COMMAND_DELETE
						 ? "delete"
						 : deeds[commands->deeds[i]]),
			.rule = commands_rule(commands, i),
			.outcome = outcome };
		describe(job, arena, command, object);
		told++;
	}
	if (told > 0)
		history_objects(job->sync->core, &job->actor, arena, objects, told);
	arena_free(arena);
}
