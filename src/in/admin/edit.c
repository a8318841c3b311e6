/* What an administrator says of an entry's settings, as a list of modifications. */
#include "in/admin/edit_int.h"

#include "base/clock.h"
#include "model/value.h"

#define OVERLAP_USUAL 24 /* hours */
#define OVERLAP_MAX 720

void edit_replace(struct edit *edit, enum attr attr, size_t room)
{
	edit->values = arena_array(edit->r->arena, room + 1, sizeof *edit->values);
	edit->mods[edit->count++] =
		(struct modification){ .op = PATCH_REPLACE, .attr = attr, .values = edit->values };
}

enum err edit_add_value(struct edit *edit, struct span text)
{
	struct modification *mod = &edit->mods[edit->count - 1];
	struct value *value = &edit->values[mod->count];

	*value = (struct value){ .attr = mod->attr, .instance = (uint16_t)mod->count++ };
	return value_canonical(edit->r->arena, mod->attr, text, &value->octets, edit->r->why);
}

static struct span scalar_text(struct request *r, const struct json *given)
{
	switch (given->type) {
	case JSON_IS_STRING:
		return given->text;
	case JSON_IS_TRUE:
		return SPAN("TRUE");
	case JSON_IS_FALSE:
		return SPAN("FALSE");
	case JSON_IS_INTEGER:
		return span_str(arena_printf(r->arena, "%lld", (long long)given->integer));
	default:
		return SPAN_NONE;
	}
}

enum err edit_take(struct edit *edit, const char *argument, enum attr attr)
{
	const struct json *given = json_member(edit->r->args, argument);
	enum err err = OK;

	if (!given)
		return OK;
	bool list = given->type == JSON_IS_ARRAY;
	size_t count = list ? given->count : 1;
	edit_replace(edit, attr, count);
	for (size_t i = 0; err == OK && i < count; i++) {
		struct span text = scalar_text(edit->r, list ? &given->items[i] : given);
		if (text.len > 0)
			err = edit_add_value(edit, text);
	}
	return err;
}

enum err edit_overlap(struct request *r, int64_t *until)
{
	int64_t hours = json_number(r->args, "overlap_hours", OVERLAP_USUAL);

	*until = hours == 0 ? 0 : (clock_wall() / SECOND + hours * 3600) * SECOND;
	if (hours > OVERLAP_MAX)
		return fail(r->why, ERR_VALUE, "overlap_hours",
			"what was before holds for %d hours more at most", OVERLAP_MAX);
	return OK;
}

enum err edit_run(struct edit *edit, const struct record *record)
{
	struct command command = { .type = COMMAND_MODIFY,
		.kind = record->kind,
		.tenant = edit->r->tenant.number,
		.id = record->id,
		.mods = edit->mods,
		.mod_count = edit->count };
	struct outcome outcome;

	return request_run(edit->r, &command, &outcome);
}
