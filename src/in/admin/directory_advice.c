/* What a directory's state means to who is woken by it: what is waited for, and with which commands
 * it goes on. */
#include "in/admin/directory_int.h"

#include "base/limits.h"

#include <ctype.h>
#include <string.h>

#define STEPS_MAX 4
#define OFF SYNC_STATES

/* In the commands: %t the tenant, %n the directory, %p its plan. The first row that fits counts. */
static const struct advice {
	enum sync_state state;
	const char *class;
	const char *waits_for, *commands[STEPS_MAX];
} rows[] = {
	{ SYNC_IDLE, NULL, "its turn", { NULL } },
	{ SYNC_CONNECTING, NULL, "the directory's answer", { NULL } },
	{ SYNC_REFRESHING, NULL, "what the directory tells of its content", { NULL } },
	{ SYNC_APPLYING, NULL, "the end of this run", { NULL } },
	{ SYNC_FOLLOWING, NULL, "changes in the directory", { NULL } },
	{ SYNC_HELD, "rejected", "something else from the directory than what was rejected",
		{ "muster directory plan %t %p", "muster directory approve %t %p",
			"muster directory sync %t %n --full" } },
	{ SYNC_HELD, NULL, "an administrator, who reads the plan and approves or rejects it",
		{ "muster directory plan %t %p", "muster directory approve %t %p",
			"muster directory reject %t %p" } },
	{ SYNC_FAILED, "auth", "its next try, with the right bind password",
		{ "muster directory update-secret %t %n --secret-file FILE" } },
	{ SYNC_FAILED, NULL, "its next try, which comes by itself",
		{ "muster directory check %t %n", "muster directory resume %t %n" } },
	{ SYNC_PAUSED, "auth",
		"the right bind password: it is not tried again, so that the account "
		"is not locked",
		{ "muster directory update-secret %t %n --secret-file FILE",
			"muster directory resume %t %n" } },
	{ SYNC_PAUSED, "rollback", "an administrator: a full compare, of which the plan is held",
		{ "muster directory sync %t %n --full" } },
	{ SYNC_PAUSED, NULL, "an administrator, who puts right what the reason says",
		{ "muster directory check %t %n", "muster directory show %t %n",
			"muster directory resume %t %n" } },
	{ SYNC_QUARANTINED, NULL, "its next try, once a day; its people stay as they are",
		{ "muster directory check %t %n", "muster directory resume %t %n" } },
	{ OFF, NULL,
		"an administrator: it was switched off, or failed for too long; its people stay "
		"as they are",
		{ "muster directory check %t %n", "muster directory resume %t %n" } },
};

static const struct advice *advice_for(enum sync_state state, const char *class)
{
	const struct advice *row = rows;

	while (row->state != state || (row->class && strcmp(row->class, class) != 0))
		row++;
	return row;
}

static const char *class_of(struct request *r, const struct sync_status *status)
{
	struct record plan;

	if (status->state == SYNC_HELD &&
		view_by_id(r->view, r->tenant.number, &status->plan, &plan) &&
		span_equal(record_first(&plan, ATTR_PLAN_STATE), SPAN("rejected")))
		return "rejected";
	return status->class;
}

/* A name that a shell would take apart stands in quotes. */
static void put_name(struct buffer *out, struct span name)
{
	bool plain = name.len > 0;

	for (size_t i = 0; i < name.len; i++)
		plain &= name.data[i] >= 0x80 || isalnum(name.data[i]) ||
			 memchr("._-@", name.data[i], 4);
	if (plain) {
		buffer_put_span(out, name);
		return;
	}
	buffer_put_octet(out, '\'');
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == '\'')
			buffer_putf(out, "'\\''");
		else
			buffer_put_octet(out, name.data[i]);
	buffer_put_octet(out, '\'');
}

static void put_command(
	struct request *r, const char *text, struct span name, const struct sync_status *status)
{
	char plan[UUID_TEXT + 1];
	struct buffer out;

	buffer_init(&out, 4 * KIB);
	for (; *text; text++) {
		if (*text != '%') {
			buffer_put_octet(&out, (uint8_t)*text);
			continue;
		}
		text++;
		if (*text == 't')
			put_name(&out, r->tenant.name);
		else if (*text == 'n')
			put_name(&out, name);
		else {
			uuid_format(&status->plan, plan);
			buffer_putf(&out, "%s", plan);
		}
	}
	json_put_text(r->out, buffer_span(&out));
	buffer_free(&out);
}

void directory_put_advice(struct request *r, const struct record *directory,
	const struct sync_status *status, const struct conflict_tally *tally)
{
	bool off = span_equal(record_first(directory, ATTR_ACTIVE), SPAN("FALSE"));
	const struct advice *row =
		off ? advice_for(OFF, "") : advice_for(status->state, class_of(r, status));
	struct span name = record_first(directory, ATTR_COMMON_NAME);

	json_string_member(r->out, "waits_for", row->waits_for);
	json_name(r->out, "next");
	json_begin_array(r->out);
	for (size_t i = 0; i < STEPS_MAX && row->commands[i]; i++)
		put_command(r, row->commands[i], name, status);
	if (tally && tally->open > 0)
		put_command(r, "muster conflict list %t --source %n --state open", name, status);
	json_end_array(r->out);
}
