#include "in/admin/provision_int.h"

#include "base/codec.h"
#include "base/limits.h"

#define EXAMINED_AT_ONCE 10000 /* in one call, whatever it finds */
#define CSV_OCTETS (2 * MIB)   /* of one export; the cursor leads on */
#define CHANGES_SHOWN 100      /* rows of the audit about one request */

/* ---- what is asked ---- */

static enum err read_token(struct request *r, struct uuid *source)
{
	struct span name = json_text(r->args, "token");
	struct record record;

	if (name.len == 0 || uuid_parse(name, source))
		return OK;
	if (!request_find(r, KIND_CLIENT, name, &record) &&
		!request_find(r, KIND_DIRECTORY, name, &record))
		return fail(r->why, ERR_UNKNOWN, "token", "there is no such connection");
	*source = record.id;
	return OK;
}

static enum err read_id(struct request *r, const char *name, struct uuid *id)
{
	struct span text = json_text(r->args, name);

	if (text.len == 0 || uuid_parse(text, id))
		return OK;
	return fail(r->why, ERR_VALUE, name, "an id");
}

static enum err read_outcome(struct request *r, enum provision_outcome *outcome)
{
	struct span word = json_text(r->args, "outcome");

	if (word.len == 0)
		return OK;
	for (enum provision_outcome o = PROVISION_SUCCEEDED; o <= PROVISION_FAILED; o++)
		if (span_equal(word, span_str(provision_outcome_name(o)))) {
			*outcome = o;
			return OK;
		}
	return fail(
		r->why, ERR_UNKNOWN, "outcome", "succeeded, unchanged, held, refused or failed");
}

static enum err read_status(struct request *r, unsigned *status)
{
	int64_t number = json_number(r->args, "status", 0);

	if (number != 0 && (number < 1 || (number > 9 && number < 100) || number > 599))
		return fail(r->why, ERR_VALUE, "status", "a status like 404, or its class: 4");
	*status = (unsigned)number;
	return OK;
}

static enum err read_cursor(struct request *r, uint64_t *before)
{
	struct cursor_query query;
	struct cursor_place place;

	request_query(r, &query);
	enum err err = request_cursor(r, &query, &place);
	if (err == OK && place.kind != KIND_NONE && place.sort.len != sizeof *before)
		err = fail(r->why, ERR_CURSOR, "cursor", "the cursor is none of this list");
	if (err == OK && place.kind != KIND_NONE)
		*before = get_be64(place.sort.data);
	return err;
}

static enum err read_spec(struct request *r, struct provision_spec *spec)
{
	*spec = (struct provision_spec){ .tenant = r->tenant.number,
		.name = json_text(r->args, "name"),
		.method = json_text(r->args, "method"),
		.type = json_text(r->args, "type"),
		.problems = json_is_set(r->args, "problems"),
		.text = json_text(r->args, "text") };
	enum err err = read_token(r, &spec->source);
	if (err == OK)
		err = read_id(r, "subject", &spec->subject);
	if (err == OK)
		err = read_id(r, "request", &spec->request);
	if (err == OK)
		err = read_outcome(r, &spec->outcome);
	if (err == OK)
		err = read_status(r, &spec->status);
	if (err == OK)
		err = request_time(r, "from", &spec->from);
	if (err == OK)
		err = request_time(r, "to", &spec->to);
	return err == OK ? read_cursor(r, &spec->before) : err;
}

/* ---- pages ---- */

static void lead_on(struct request *r, uint64_t last)
{
	struct cursor_place place = { .kind = KIND_CLIENT };
	struct cursor_query query;
	uint8_t octets[8];

	put_be64(octets, last);
	place.sort = span_of(octets, sizeof octets);
	request_query(r, &query);
	request_next(r, &query, &place);
}

/* Calls `each` until it says that it takes no more; a page ends after so many rows looked at, too,
 * so one may be short and have a cursor. */
static enum err walk(struct request *r, const struct provision_spec *spec,
	bool (*each)(struct request *r, const struct provision *p, void *arg), void *arg)
{
	unsigned budget = EXAMINED_AT_ONCE;
	struct provision_search *search = provision_open(r->view, r->arena, spec);
	uint64_t last = spec->before;
	struct provision p;
	enum step step;

	while ((step = provision_next(search, &budget, &p)) == STEP_FOUND) {
		if (!each(r, &p, arg)) {
			lead_on(r, last);
			break;
		}
		last = p.sequence;
	}
	if (step == STEP_MORE)
		lead_on(r, provision_position(search));
	return view_error(r->view, r->why);
}

static bool show_listed(struct request *r, const struct provision *p, void *arg)
{
	uint64_t *left = arg;

	if (*left == 0)
		return false;
	--*left;
	json_begin_object(r->out);
	provision_show(r, p);
	json_end_object(r->out);
	return true;
}

enum err admin_provision_list(struct request *r)
{
	struct provision_spec spec;
	uint64_t limit;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_spec(r, &spec);
	if (err == OK)
		err = request_limit(r, &limit);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	err = walk(r, &spec, show_listed, &limit);
	json_end_array(r->out);
	return err;
}

static bool export_row(struct request *r, const struct provision *p, void *arg)
{
	struct buffer *out = arg;

	if (out->len > CSV_OCTETS)
		return false;
	provision_csv_row(r, out, p);
	return true;
}

enum err admin_provision_csv(struct request *r)
{
	struct provision_spec spec;
	struct buffer out;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_spec(r, &spec);
	if (err != OK)
		return err;
	buffer_init(&out, 4 * CSV_OCTETS);
	provision_csv_head(&out);
	err = walk(r, &spec, export_row, &out);
	r->octets = arena_copy(r->arena, buffer_span(&out));
	buffer_free(&out);
	return err;
}

/* ---- one ---- */

static enum err read_row(struct request *r, struct provision *p)
{
	uint64_t sequence;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	if (span_to_u64(json_text(r->args, "row"), &sequence) &&
		view_provision(r->view, r->tenant.number, sequence, p))
		return OK;
	err = view_error(r->view, r->why);
	return err != OK ? err : fail(r->why, ERR_NOT_FOUND, "row", "there is no such row");
}

/* As the audit tells them; what the audit has let go of is missing. */
static void show_changes(struct request *r, const struct provision *p)
{
	uint64_t last = p->audit_last;
	struct span text;
	struct json *row;

	if (last >= p->audit_first + CHANGES_SHOWN)
		last = p->audit_first + CHANGES_SHOWN - 1;
	json_name(r->out, "changes");
	json_begin_array(r->out);
	for (uint64_t at = p->audit_first; at > 0 && at <= last; at++)
		if (view_audit(r->view, r->tenant.number, at, &text) &&
			json_parse(r->arena, text, &row, NULL) == OK)
			provision_show_change(r, row);
	json_end_array(r->out);
}

enum err admin_provision_show(struct request *r)
{
	struct provision p;

	enum err err = read_row(r, &p);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	provision_show(r, &p);
	provision_show_body(r, &p);
	show_changes(r, &p);
	json_end_object(r->out);
	return view_error(r->view, r->why);
}

/* ---- once more ---- */

static enum err check_replay(struct request *r, const struct provision *p)
{
	static const struct {
		unsigned flag;
		const char *text;
	} rows[] = {
		{ PROVISION_READ, "a read changes nothing and is not run again" },
		{ PROVISION_REDACTED,
			"a secret was taken out of the request, and nobody knows it any more" },
		{ PROVISION_CUT, "the request was too long for the log, which has a part of it" },
		{ PROVISION_HIDDEN, "the body was no JSON, and the log does not have it" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (p->flags & rows[i].flag)
			return fail(r->why, ERR_CONFLICT, "row", "%s", rows[i].text);
	if (p->entrance == 0)
		return fail(r->why, ERR_CONFLICT, "row", "only a token's request is run again");
	return OK;
}

/* Its connection is there and may act. */
static enum err check_connection(
	struct request *r, const struct provision *p, struct uuid *connection)
{
	struct actor actor;
	struct record record;
	enum err err = view_entrance(r->view, r->tenant.number, p->entrance, &actor, NULL);

	if (err == OK && uuid_equal(&actor.id, &p->source) &&
		view_entry(r->view, r->tenant.number, KIND_CLIENT, p->entrance, &record)) {
		*connection = record.id;
		return OK;
	}
	err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_CONFLICT, "row",
				   "the connection is gone, inactive or expired");
}

static enum err tell_audit(struct request *r, const struct uuid *connection, uint64_t row)
{
	struct outcome outcome;
	struct command command = { .type = COMMAND_REPLAY,
		.tenant = r->tenant.number,
		.kind = KIND_CLIENT,
		.id = *connection,
		.reference = span_str(
			arena_printf(r->arena, "provisioning row %llu", (unsigned long long)row)) };

	return request_run(r, &command, &outcome);
}

/* An operation of a Bulk request stands below the base of all. */
static struct span target_of(struct request *r, const struct provision *p)
{
	static const struct span base = SPAN("/scim/v2");

	if (span_starts(p->path, base))
		return arena_copy(r->arena, p->path);
	return span_str(arena_printf(r->arena, "%.*s%.*s", SPAN_ARGS(base), SPAN_ARGS(p->path)));
}

static void show_replay(struct request *r, const struct scim_replay *replay)
{
	struct json *answer = NULL;

	json_begin_object(r->out);
	json_integer_member(r->out, "row", (int64_t)replay->original);
	json_bool_member(r->out, "dry_run", !replay->commit);
	json_integer_member(r->out, "status", replay->status);
	json_name(r->out, "answer");
	if (replay->answer.len > 0 && json_parse(r->arena, replay->answer, &answer, NULL) == OK)
		json_put_tree(r->out, answer);
	else
		json_put_null(r->out);
	json_end_object(r->out);
}

enum err admin_provision_replay(struct request *r)
{
	struct provision p;
	struct uuid connection;

	enum err err = read_row(r, &p);
	if (err == OK)
		err = check_replay(r, &p);
	if (err == OK)
		err = check_connection(r, &p, &connection);
	if (err != OK)
		return err;
	struct scim_replay replay = { .method = arena_copy(r->arena, p.method),
		.target = target_of(r, &p),
		.condition = arena_copy(r->arena, p.condition),
		.body = arena_copy(r->arena, p.body),
		.tenant = r->tenant.number,
		.entrance = p.entrance,
		.source = p.source,
		.original = p.sequence,
		.commit = json_is_set(r->args, "commit"),
		.address = r->actor.address,
		.arena = r->arena };
	if (replay.commit)
		err = tell_audit(r, &connection, p.sequence);
	request_release(r);
	if (err == OK)
		err = scim_replay(r->admin->scim, &replay, r->why);
	if (err == OK)
		show_replay(r, &replay);
	return err;
}
