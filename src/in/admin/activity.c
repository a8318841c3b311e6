#include "in/admin/admin_int.h"

#include "core/audit.h"

void show_activity(struct request *r, const struct activity_entry *entry)
{
	json_string_member(r->out, "event", entry->event);
	show_time(r, "first", entry->first);
	show_time(r, "last", entry->last);
	json_integer_member(r->out, "count", entry->count);
	json_string_member(r->out, "channel", channel_name(entry->channel));
	if (entry->address.len > 0)
		json_text_member(r->out, "ip", entry->address);
}

static void show_whose(struct request *r, const struct activity_entry *entry)
{
	struct record record;
	static const enum kind kinds[] = { KIND_USER, KIND_CLIENT };

	for (size_t i = 0; entry->number && i < sizeof kinds / sizeof *kinds; i++)
		if (view_entry(r->view, r->tenant.number, kinds[i], entry->number, &record)) {
			json_text_member(r->out, kind_row(kinds[i])->word,
				record_first(&record, kind_row(kinds[i])->naming));
			show_uuid(r, "id", &record.id);
		}
}

static enum err list(struct request *r, uint32_t number)
{
	struct activity_spec spec = { .tenant = r->tenant.number, .number = number };
	struct span cursor = json_text(r->args, "cursor");
	struct activity_entry entry;
	uint64_t limit, last;

	if (cursor.len > 0 && (!span_to_u64(cursor, &spec.before) || spec.before == 0))
		return fail(r->why, ERR_VALUE, "cursor", "the cursor is none of this list");
	enum err err = request_limit(r, &limit);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (last = spec.before; view_activity(r->view, &spec, &entry); last = spec.before) {
		if (limit-- == 0) {
			r->next_cursor =
				span_str(arena_printf(r->arena, "%llu", (unsigned long long)last));
			break;
		}
		json_begin_object(r->out);
		show_activity(r, &entry);
		show_whose(r, &entry);
		json_end_object(r->out);
	}
	json_end_array(r->out);
	return view_error(r->view, r->why);
}

enum err admin_activity_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? list(r, 0) : err;
}

enum err admin_user_activity(struct request *r)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	return err == OK ? list(r, record.number) : err;
}

enum err admin_token_activity(struct request *r)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "name", &record);
	return err == OK ? list(r, record.number) : err;
}
