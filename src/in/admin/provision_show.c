#include "in/admin/provision_int.h"

#include "base/clock.h"
#include "wire/csv.h"

static void put_text(struct request *r, const char *name, struct span text)
{
	json_name(r->out, name);
	if (text.len > 0)
		json_put_text(r->out, text);
	else
		json_put_null(r->out);
}

static void put_uuid(struct request *r, const char *name, const struct uuid *id)
{
	if (uuid_is_nil(id))
		put_text(r, name, SPAN_NONE);
	else
		show_uuid(r, name, id);
}

static void put_number(struct request *r, const char *name, uint64_t number)
{
	json_name(r->out, name);
	if (number > 0)
		json_put_integer(r->out, (int64_t)number);
	else
		json_put_null(r->out);
}

static void put_source(struct request *r, const struct provision *p)
{
	put_text(r, "token", p->source_name);
	put_uuid(r, "token_id", &p->source);
	put_text(r, "ip", p->address);
	put_text(r, "user_agent", p->user_agent);
	put_uuid(r, "request", &p->request);
}

void provision_show(struct request *r, const struct provision *p)
{
	json_integer_member(r->out, "row", (int64_t)p->sequence);
	show_time(r, "time", p->time);
	json_string_member(r->out, "outcome", provision_outcome_name(p->outcome));
	json_integer_member(r->out, "status", p->status);
	put_text(r, "method", p->method);
	put_text(r, "path", p->path);
	put_text(r, "type", p->type);
	put_text(r, "subject", p->subject_name);
	put_uuid(r, "subject_id", &p->subject);
	put_text(r, "external_id", p->external_id);
	put_text(r, "scim_type", p->scim_type);
	put_text(r, "detail", p->detail);
	json_bool_member(r->out, "dry_run", (p->flags & PROVISION_DRY_RUN) != 0);
	json_integer_member(r->out, "count", p->count);
	json_integer_member(r->out, "micros", p->micros);
	put_source(r, p);
	put_number(r, "journal", p->journal);
	put_number(r, "bulk", p->request_row);
	put_number(r, "replay_of", p->original);
	put_number(r, "missing", p->missing);
}

void provision_show_body(struct request *r, const struct provision *p)
{
	bool hidden = (p->flags & PROVISION_HIDDEN) != 0;

	put_text(r, "if_match", p->condition);
	put_text(r, "body", hidden ? SPAN_NONE : p->body);
	put_text(r, "body_digest", hidden ? p->body : SPAN_NONE);
	json_integer_member(r->out, "body_octets", p->body_octets);
	json_bool_member(r->out, "redacted", (p->flags & PROVISION_REDACTED) != 0);
	json_bool_member(r->out, "cut", (p->flags & PROVISION_CUT) != 0);
}

void provision_show_change(struct request *r, const struct json *row)
{
	const struct json *changes = json_member(row, "changes");
	const struct json *target = json_member(row, "target");

	json_begin_object(r->out);
	json_text_member(r->out, "action", json_text(row, "action"));
	put_text(r, "target", target ? json_text(target, "name") : SPAN_NONE);
	json_name(r->out, "changes");
	if (changes)
		json_put_tree(r->out, changes);
	else
		json_put_raw(r->out, SPAN("[]"));
	json_end_object(r->out);
}

/* ---- CSV ---- */

static const char *const columns[] = { "Row", "Time", "Token", "Method", "Path", "Subject",
	"Subject id", "External id", "Outcome", "Status", "Type of error", "Detail", "Dry run",
	"Count", "Microseconds", "IP", "Request id" };

void provision_csv_head(struct buffer *out)
{
	csv_put_head(out, columns, sizeof columns / sizeof *columns);
}

static struct span number_text(struct request *r, uint64_t number)
{
	return span_str(arena_printf(r->arena, "%llu", (unsigned long long)number));
}

static struct span uuid_text(struct request *r, const struct uuid *id)
{
	char *text = arena_alloc(r->arena, UUID_TEXT + 1);

	if (uuid_is_nil(id))
		return SPAN_NONE;
	uuid_format(id, text);
	return span_of(text, UUID_TEXT);
}

void provision_csv_row(struct request *r, struct buffer *out, const struct provision *p)
{
	struct csv_writer w;
	char time[TIME_TEXT_MAX];
	const struct span cells[] = { number_text(r, p->sequence),
		span_of(time, time_format_rfc3339(p->time, time)), p->source_name, p->method,
		p->path, p->subject_name, uuid_text(r, &p->subject), p->external_id,
		span_str(provision_outcome_name(p->outcome)), number_text(r, p->status),
		p->scim_type, p->detail,
		p->flags & PROVISION_DRY_RUN ? SPAN("true") : SPAN("false"),
		number_text(r, p->count), number_text(r, p->micros), p->address,
		uuid_text(r, &p->request) };
	_Static_assert(sizeof cells / sizeof *cells == sizeof columns / sizeof *columns,
		"a cell a column");

	csv_start(&w, out);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
		csv_put(&w, cells[i]);
	csv_end_record(&w);
}
