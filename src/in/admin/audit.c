#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "core/audit.h"
#include "in/admin/audit_int.h"

/* ---- what is asked ---- */

/* An id, also of what is gone; "role:Admin" and the like; else a user's name. */
static enum err read_id(struct request *r, const char *name, bool *has, struct uuid *id)
{
	struct span text = json_text(r->args, name), rest = text;
	struct record record;

	*has = text.len > 0;
	if (!*has || uuid_parse(text, id))
		return OK;
	enum kind kind = kind_by_word(span_cut(&rest, ':'));
	if (kind == KIND_NONE || rest.len == 0) {
		kind = KIND_USER;
		rest = text;
	}
	if (!view_by_name(r->view, r->arena, r->tenant.number, kind, rest, &record)) {
		enum err err = view_error(r->view, r->why);
		return err != OK ? err
				 : fail(r->why, ERR_UNKNOWN, name, "there is no such %s",
					   kind_row(kind)->word);
	}
	*id = record.id;
	return OK;
}

static enum err read_cursor(struct request *r, uint64_t *after)
{
	struct span cursor = json_text(r->args, "cursor");

	*after = 0;
	if (cursor.len == 0 || (span_to_u64(cursor, after) && *after > 0))
		return OK;
	return fail(r->why, ERR_VALUE, "cursor", "the cursor is none of this list");
}

/* A list that is empty because of a slip would say that nothing was done. */
static enum err check_words(struct request *r, const struct audit_spec *spec)
{
	bool known = spec->channel.len == 0;

	for (enum channel i = CHANNEL_CTL; i <= CHANNEL_INTERNAL; i++)
		known |= span_equal(spec->channel, span_str(channel_name(i)));
	if (!known)
		return fail(r->why, ERR_UNKNOWN, "channel",
			"ctl, scim, ldap, sync, api, csv or internal");
	if (spec->outcome.len > 0 && !span_equal(spec->outcome, SPAN("success")) &&
		!span_equal(spec->outcome, SPAN("denied")))
		return fail(r->why, ERR_UNKNOWN, "outcome", "success or denied");
	return OK;
}

enum err audit_read_asked(struct request *r, struct audit_spec *spec)
{
	*spec = (struct audit_spec){ .tenant = r->tenant.number,
		.oldest_first = json_is_set(r->args, "oldest_first"),
		.action = json_text(r->args, "action"),
		.outcome = json_text(r->args, "outcome"),
		.channel = json_text(r->args, "channel"),
		.text = json_text(r->args, "text") };
	enum err err = check_words(r, spec);
	if (err == OK)
		err = request_time(r, "from", &spec->from);
	if (err == OK)
		err = request_time(r, "to", &spec->to);
	return err == OK ? read_id(r, "actor", &spec->has_actor, &spec->actor) : err;
}

static enum err read_spec(struct request *r, struct audit_spec *spec)
{
	enum err err = audit_read_asked(r, spec);

	if (err == OK)
		err = read_cursor(r, &spec->after);
	return err == OK ? read_id(r, "target", &spec->has_target, &spec->target) : err;
}

/* ---- pages ---- */

static void lead_on(struct request *r, uint64_t position)
{
	r->next_cursor = span_str(arena_printf(r->arena, "%llu", (unsigned long long)position));
}

/* Calls `each` until it has seen enough, or the budget of rows is used up; it says false when it
 * takes no more. */
static enum err walk(struct request *r, const struct audit_spec *spec, unsigned *budget,
	bool (*each)(struct request *r, const struct audit_entry *entry, void *arg), void *arg)
{
	struct audit_search *search;
	struct audit_entry entry;
	uint64_t last = spec->after;
	enum step step;

	enum err err = audit_open(r->view, r->arena, &r->actor, spec, &search, r->why);
	if (err != OK)
		return err;
	while ((step = audit_next(search, budget, &entry)) == STEP_FOUND && each(r, &entry, arg))
		last = audit_position(search);
	if (step != STEP_END)
		lead_on(r, step == STEP_MORE ? audit_position(search) : last);
	return view_error(r->view, r->why);
}

void audit_put_row(struct request *r, const struct audit_entry *entry, const char *more)
{
	struct span json = span_of(entry->json.data, entry->json.len - 1);

	json_put_raw(r->out,
		span_str(arena_printf(r->arena, "%.*s%s,\"hash\":\"%s\"}", SPAN_ARGS(json), more,
			hex_format(r->arena, span_of(entry->hash, sizeof entry->hash)))));
}

static bool show_row(struct request *r, const struct audit_entry *entry, void *arg)
{
	uint64_t *left = arg;

	if (*left == 0)
		return false;
	--*left;
	audit_put_row(r, entry, "");
	return true;
}

static enum err list(struct request *r, const struct audit_spec *spec)
{
	unsigned budget = EXAMINED_FOR_A_PAGE;
	uint64_t limit;

	enum err err = request_limit(r, &limit);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	err = walk(r, spec, &budget, show_row, &limit);
	json_end_array(r->out);
	return err;
}

enum err admin_audit_list(struct request *r)
{
	struct audit_spec spec;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_spec(r, &spec);
	return err == OK ? list(r, &spec) : err;
}

/* All that happened to an entry: also to what is gone, for whoever knows the id. */
static enum err history(struct request *r, const struct uuid *id)
{
	struct audit_spec spec = { .tenant = r->tenant.number, .has_target = true, .target = *id };

	enum err err = read_cursor(r, &spec.after);
	return err == OK ? list(r, &spec) : err;
}

enum err admin_audit_history(struct request *r)
{
	struct uuid id;

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	bool known = uuid_parse(json_text(r->args, "id"), &id) &&
		     view_is_audited(r->view, r->tenant.number, &id);
	err = view_error(r->view, r->why);
	if (err == OK && !known)
		err = fail(r->why, ERR_NOT_FOUND, "id", "there is no such entry");
	return err == OK ? history(r, &id) : err;
}

enum err admin_user_audit(struct request *r)
{
	struct record record;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	return err == OK ? history(r, &record.id) : err;
}

enum err admin_audit_tail(struct request *r)
{
	struct span row;
	uint64_t lines = (uint64_t)json_number(r->args, "lines", (int64_t)r->list_usual);

	enum err err = request_tenant(r);
	if (err != OK)
		return err;
	if (lines > r->list_max)
		lines = r->list_max;
	uint64_t last = view_audit_last(r->view, r->tenant.number);
	json_begin_array(r->out);
	for (uint64_t at = last > lines ? last - lines + 1 : 1; at <= last; at++)
		if (view_audit(r->view, r->tenant.number, at, &row))
			json_put_raw(r->out, row);
	json_end_array(r->out);
	return OK;
}

/* ---- CSV ---- */

static bool export_row(struct request *r, const struct audit_entry *entry, void *arg)
{
	return audit_csv_row(r, arg, entry, SPAN_NONE);
}

enum err admin_audit_csv(struct request *r)
{
	unsigned budget = EXAMINED_FOR_A_FILE;
	struct audit_spec spec;
	struct audit_csv csv;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_spec(r, &spec);
	if (err != OK)
		return err;
	audit_csv_begin(&csv, false);
	err = walk(r, &spec, &budget, export_row, &csv);
	audit_csv_end(r, &csv);
	return err;
}

/* ---- trust ---- */

enum err admin_audit_key(struct request *r)
{
	uint8_t key[SIGN_PUBLIC];

	core_audit_key(r->admin->core, key);
	json_begin_object(r->out);
	json_string_member(r->out, "algorithm", "Ed25519");
	json_string_member(r->out, "key", hex_format(r->arena, span_of(key, sizeof key)));
	json_end_object(r->out);
	return OK;
}

static void show_checkpoint(
	struct request *r, const struct checkpoint *checkpoint, struct span line)
{
	json_begin_object(r->out);
	json_integer_member(r->out, "first", (int64_t)checkpoint->first);
	json_integer_member(r->out, "last", (int64_t)checkpoint->last);
	json_integer_member(r->out, "kept", (int64_t)checkpoint->kept);
	show_time(r, "from", checkpoint->from);
	show_time(r, "to", checkpoint->to);
	json_text_member(r->out, "line", line);
	json_end_object(r->out);
}

enum err admin_audit_checkpoints(struct request *r)
{
	struct checkpoint checkpoint = { 0 };
	struct span line;
	uint64_t limit;

	enum err err = request_tenant(r);
	if (err == OK)
		err = read_cursor(r, &checkpoint.last);
	if (err == OK)
		err = request_limit(r, &limit);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (uint64_t last = checkpoint.last;
		view_checkpoint(r->view, r->tenant.number, last + 1, &checkpoint, &line);
		last = checkpoint.last) {
		if (limit-- == 0) {
			lead_on(r, last);
			break;
		}
		show_checkpoint(r, &checkpoint, line);
	}
	json_end_array(r->out);
	return view_error(r->view, r->why);
}
