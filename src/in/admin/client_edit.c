/* What an administrator says of a token or service account. */
#include "in/admin/client_int.h"

enum err client_take_permissions(struct edit *edit)
{
	struct request *r = edit->r;
	struct span texts[LIMIT_VALUES_PER_ENTRY];
	size_t count;

	if (!json_member(r->args, "permissions") && !json_member(r->args, "scopes"))
		return OK;
	enum err err = client_permissions(r, texts, &count);
	if (err != OK)
		return err;
	edit_replace(edit, ATTR_PERMISSION, count);
	for (size_t i = 0; err == OK && i < count; i++)
		err = edit_add_value(edit, texts[i]);
	return err;
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
