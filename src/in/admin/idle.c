#include "in/admin/admin_int.h"

#include "base/clock.h"
#include "core/audit.h"
#include "core/people.h"

/* Who has not signed in for long: people who have left and nobody said so. */

#define DAY (24 * 3600 * SECOND)
#define DAYS_USUAL 90
#define DAYS_MAX 36500

/* A person who never signed in is idle since the account was made. */
static int64_t idle_since(struct request *r, const struct record *record)
{
	int64_t login;

	if (view_last_login(r->view, record->tenant, record->number, &login))
		return login;
	return record->created;
}

static bool is_idle(struct request *r, const struct record *record)
{
	int64_t days = json_number(r->args, "days", DAYS_USUAL);

	return idle_since(r, record) <= clock_wall() - days * DAY;
}

static void show_idle(struct request *r, const struct record *record)
{
	int64_t login;

	json_begin_object(r->out);
	json_text_member(r->out, "user", record_first(record, ATTR_USER_NAME));
	json_text_member(r->out, "name", record_first(record, ATTR_DISPLAY_NAME));
	json_text_member(r->out, "email", record_first(record, ATTR_EMAIL));
	json_string_member(r->out, "state", user_state_word(record_user_state(record)));
	show_time(r, "created", record->created);
	if (view_last_login(r->view, record->tenant, record->number, &login))
		show_time(r, "last_login", login);
	json_integer_member(r->out, "days", (clock_wall() - idle_since(r, record)) / DAY);
	show_uuid(r, "id", &record->id);
	json_end_object(r->out);
}

enum err admin_user_idle(struct request *r)
{
	int64_t days = json_number(r->args, "days", DAYS_USUAL);

	enum err err = request_tenant(r);
	if (err == OK && (days < 0 || days > DAYS_MAX))
		err = fail(r->why, ERR_VALUE, "days", "0 to %d days", DAYS_MAX);
	if (err != OK)
		return err;
	struct filter *active = filter_leaf(r->arena, FILTER_EQUAL, ATTR_ACTIVE, SPAN("TRUE"));
	return request_list_some(r, KIND_USER, active, is_idle, show_idle);
}
