#include "in/admin/source_int.h"

#include "base/clock.h"
#include "core/audit.h"
#include "core/verifier.h"

/* Why somebody cannot sign in: all that decides it, and what was tried last. */

#define WAITING_MAX 4096
#define RECENT 10

static void put_answer(struct request *r, const struct record *person)
{
	struct password_facts facts;
	int64_t expires;
	bool ended = time_parse_generalized(record_first(person, ATTR_ACCOUNT_EXPIRES), &expires) &&
		     expires <= clock_wall();
	const struct {
		bool stands;
		const char *word;
	} against[] = {
		{ !r->tenant.active, "tenant_suspended" },
		{ !record_is_true(person, ATTR_ACTIVE), "inactive" },
		{ ended, "expired" },
		{ record_is_true(person, ATTR_MUST_CHANGE), "must_change_password" },
		{ !record_has(person, ATTR_PASSWORD) && !password_is_upstream(r->view, person),
			"no_password" },
	};

	password_facts(person, &facts);
	json_bool_member(r->out, "closed", facts.locked || !r->tenant.active);
	json_name(r->out, "reasons");
	json_begin_array(r->out);
	for (size_t i = 0; i < sizeof against / sizeof *against; i++)
		if (against[i].stands)
			json_put_string(r->out, against[i].word);
	json_end_array(r->out);
}

/* "local", or "upstream:" and the number of the directory that says so. */
static void put_inactive_by(struct request *r, const struct record *person)
{
	json_name(r->out, "inactive_by");
	json_begin_array(r->out);
	for (size_t i = record_find(person, ATTR_INACTIVE_REASON); i < person->count; i++) {
		struct value row = record_row(person, i);
		struct span rest = row.octets;
		struct record directory;
		uint64_t source;
		if (row.attr != ATTR_INACTIVE_REASON)
			break;
		struct span word = span_cut(&rest, ':');
		if (span_equal(word, SPAN("upstream")) && span_to_u64(rest, &source) &&
			source_find(r, (uint16_t)source, &directory))
			word = record_first(&directory, ATTR_COMMON_NAME);
		json_put_text(r->out, word);
	}
	json_end_array(r->out);
}

static void put_moment(
	struct request *r, const char *name, const struct record *person, enum attr attr)
{
	int64_t wall;

	if (time_parse_generalized(record_first(person, attr), &wall))
		show_time(r, name, wall);
}

static void put_password(struct request *r, const struct record *person)
{
	bool upstream = password_is_upstream(r->view, person);

	json_string_member(r->out, "password",
		upstream                            ? "directory"
		: record_has(person, ATTR_PASSWORD) ? "here"
						    : "none");
	put_moment(r, "password_changed", person, ATTR_PASSWORD_CHANGED);
	json_bool_member(r->out, "must_change", record_is_true(person, ATTR_MUST_CHANGE));
	json_bool_member(r->out, "totp", record_has(person, ATTR_TOTP_SEED));
	put_moment(r, "expires", person, ATTR_ACCOUNT_EXPIRES);
	put_moment(r, "deactivated", person, ATTR_DEACTIVATED_AT);
}

static void put_waiting(struct request *r, const struct record *person)
{
	struct throttle_row *rows = arena_array(r->arena, WAITING_MAX, sizeof *rows);
	size_t count = login_throttled(r->admin->core, r->tenant.number, rows, WAITING_MAX);

	json_name(r->out, "waits");
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].kind != KIND_USER || rows[i].number != person->number)
			continue;
		json_begin_object(r->out);
		if (rows[i].network[0])
			json_string_member(r->out, "network", rows[i].network);
		json_integer_member(r->out, "failures", rows[i].failures);
		json_integer_member(r->out, "seconds", (rows[i].wait + SECOND - 1) / SECOND);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

static void put_recent(struct request *r, const struct record *person)
{
	struct activity_spec spec = { .tenant = r->tenant.number, .number = person->number };
	struct activity_entry entry;

	json_name(r->out, "recent");
	json_begin_array(r->out);
	for (int i = 0; i < RECENT && view_activity(r->view, &spec, &entry); i++) {
		json_begin_object(r->out);
		show_activity(r, &entry);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

enum err admin_user_signin(struct request *r)
{
	struct record person;
	int64_t login;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &person);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	put_answer(r, &person);
	put_inactive_by(r, &person);
	put_password(r, &person);
	if (view_last_login(r->view, person.tenant, person.number, &login))
		show_time(r, "last_login", login);
	put_waiting(r, &person);
	put_recent(r, &person);
	json_end_object(r->out);
	return OK;
}
