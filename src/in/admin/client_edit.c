/* What an administrator says of a token or service account, as a list of modifications. */
#include "in/admin/client_int.h"
#include "model/value.h"

void client_replace(struct client_edit *edit, enum attr attr, size_t room)
{
	edit->values = arena_array(edit->r->arena, room + 1, sizeof *edit->values);
	edit->mods[edit->count++] =
		(struct modification){ .op = PATCH_REPLACE, .attr = attr, .values = edit->values };
}

enum err client_add_value(struct client_edit *edit, struct span text)
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

enum err client_take(struct client_edit *edit, const char *argument, enum attr attr)
{
	const struct json *given = json_member(edit->r->args, argument);
	enum err err = OK;

	if (!given)
		return OK;
	bool list = given->type == JSON_IS_ARRAY;
	size_t count = list ? given->count : 1;
	client_replace(edit, attr, count);
	for (size_t i = 0; err == OK && i < count; i++) {
		struct span text = scalar_text(edit->r, list ? &given->items[i] : given);
		if (text.len > 0)
			err = client_add_value(edit, text);
	}
	return err;
}
enum err client_take_permissions(struct client_edit *edit)
{
	struct request *r = edit->r;
	struct span texts[LIMIT_VALUES_PER_ENTRY];
	size_t count;

	if (!json_member(r->args, "permissions") && !json_member(r->args, "scopes"))
		return OK;
	enum err err = client_permissions(r, texts, &count);
	if (err != OK)
		return err;
	client_replace(edit, ATTR_PERMISSION, count);
	for (size_t i = 0; err == OK && i < count; i++)
		err = client_add_value(edit, texts[i]);
	return err;
}

enum err client_run(struct client_edit *edit, const struct record *client)
{
	struct command command = { .type = COMMAND_MODIFY,
		.kind = KIND_CLIENT,
		.tenant = edit->r->tenant.number,
		.id = client->id,
		.mods = edit->mods,
		.mod_count = edit->count };
	struct outcome outcome;

	return request_run(edit->r, &command, &outcome);
}

void client_show_texts(
	struct request *r, const char *name, const struct record *record, enum attr attr)
{
	json_name(r->out, name);
	json_begin_array(r->out);
	for (size_t i = record_find(record, attr);
		i < record->count && record_row(record, i).attr == attr; i++)
		json_put_text(r->out, record_row(record, i).octets);
	json_end_array(r->out);
}

void client_show_number(struct request *r, const char *name, const struct record *record,
	enum attr attr, int64_t otherwise)
{
	uint64_t number;
	bool said = span_to_u64(record_first(record, attr), &number) && number <= INT64_MAX;

	json_integer_member(r->out, name, said ? (int64_t)number : otherwise);
}
