#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "core/people.h"

/* What sources disagree about, and an administrator's answers. */

static void put_side(struct request *r, const char *name, struct span octets)
{
	struct record record;
	struct uuid id;

	if (octets.len != sizeof id.octets)
		return;
	memcpy(id.octets, octets.data, sizeof id.octets);
	json_name(r->out, name);
	json_begin_object(r->out);
	show_uuid(r, "id", &id);
	if (view_by_id(r->view, r->tenant.number, &id, &record) &&
		!view_is_hidden(r->view, r->arena, &r->actor, &record)) {
		json_string_member(r->out, "kind", kind_row(record.kind)->word);
		json_text_member(
			r->out, "name", record_first(&record, kind_row(record.kind)->naming));
	}
	json_end_object(r->out);
}

static const struct {
	const char *name;
	enum attr attr;
} texts[] = {
	{ "type", ATTR_CONFLICT_TYPE },
	{ "state", ATTR_CONFLICT_STATE },
	{ "attribute", ATTR_CONFLICT_ATTRIBUTE },
	{ "ours", ATTR_CONFLICT_OURS },
	{ "theirs", ATTR_CONFLICT_THEIRS },
	{ "offered", ATTR_CONFLICT_OFFERED },
};

static void put_conflict(struct request *r, const struct record *record)
{
	int64_t seen;

	json_begin_object(r->out);
	show_uuid(r, "id", &record->id);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (record_first(record, texts[i].attr).len > 0)
			json_text_member(
				r->out, texts[i].name, record_first(record, texts[i].attr));
	put_side(r, "subject", record_first(record, ATTR_CONFLICT_SUBJECT));
	put_side(r, "source", record_first(record, ATTR_CONFLICT_SOURCE));
	json_name(r->out, "times");
	json_put_raw(r->out, record_first(record, ATTR_CONFLICT_TIMES));
	if (time_parse_generalized(record_first(record, ATTR_CONFLICT_SEEN), &seen))
		show_time(r, "seen", seen);
	show_time(r, "created", record->created);
	json_end_object(r->out);
}

enum err admin_conflict_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_CONFLICT, NULL, put_conflict) : err;
}

/* By the id alone: their names say what they are about, and many are about the same. */
static enum err find_conflict(struct request *r, struct record *record)
{
	struct uuid id;

	enum err err = request_tenant(r);
	if (err == OK && uuid_parse(json_text(r->args, "conflict"), &id) &&
		view_by_id(r->view, r->tenant.number, &id, record) && record->kind == KIND_CONFLICT)
		return OK;
	if (err == OK)
		err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_NOT_FOUND, "conflict", "there is no such conflict");
}

enum err admin_conflict_show(struct request *r)
{
	struct record record;

	enum err err = find_conflict(r, &record);
	if (err == OK)
		put_conflict(r, &record);
	return err;
}

static enum err answer(struct request *r, enum resolution as)
{
	struct record record;
	struct outcome outcome;

	enum err err = find_conflict(r, &record);
	if (err != OK)
		return err;
	const struct command command = { .type = COMMAND_SETTLE,
		.tenant = r->tenant.number,
		.kind = KIND_CONFLICT,
		.id = record.id,
		.resolution = as,
		.reason = json_text(r->args, "reason") };
	return request_run(r, &command, &outcome);
}

enum err admin_conflict_settle(struct request *r)
{
	static const struct {
		const char *word;
		enum resolution as;
	} words[] = { { "ours", RESOLUTION_OURS }, { "theirs", RESOLUTION_THEIRS },
		{ "link", RESOLUTION_LINK } };
	struct span given = json_text(r->args, "as");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_equal(given, span_str(words[i].word)))
			return answer(r, words[i].as);
	return fail(r->why, ERR_VALUE, "as", "ours, theirs or link");
}

enum err admin_conflict_ignore(struct request *r)
{
	return answer(r, RESOLUTION_IGNORE);
}

/* ---- links ---- */

static enum err link_user(struct request *r, bool end)
{
	struct record record;
	struct outcome outcome;
	struct connection_link link = { .external_id = json_text(r->args, "external_id"),
		.end = end };

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "connection", &record);
	link.client = err == OK ? record.id : (struct uuid){ { 0 } };
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	if (err != OK)
		return err;
	const struct command command = { .type = COMMAND_LINK,
		.tenant = r->tenant.number,
		.kind = KIND_USER,
		.id = record.id,
		.link = &link };
	return request_run(r, &command, &outcome);
}

enum err admin_user_link(struct request *r)
{
	return link_user(r, false);
}

enum err admin_user_unlink(struct request *r)
{
	return link_user(r, true);
}
