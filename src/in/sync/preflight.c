/* Is everything there that following this directory needs? Asked of each of its servers, told in
 * words, with what to do about it. */
#include "base/clock.h"
#include "in/sync/enquiry.h"
#include "in/sync/sync_int.h"

#include <stdio.h>

#define SECONDS 90
#define CONNECT_SECONDS 5
#define DAY (86400 * SECOND)
#define CERTIFICATE_SOON (30 * DAY)
#define SKEW_WORTH_SAYING (60 * SECOND)

static const struct {
	enum stage stage;
	const char *name;
	enum because_code well, advice; /* BECAUSES: it says nothing */
} stages[] = {
	{ STAGE_START, "start", BECAUSES, BECAUSE_DO_START },
	{ STAGE_CONNECT, "reach", BECAUSE_REACHED, BECAUSE_DO_REACH },
	{ STAGE_TLS, "tls", BECAUSE_TLS_GOOD, BECAUSE_DO_TLS },
	{ STAGE_BIND, "bind", BECAUSE_BOUND, BECAUSE_DO_BIND },
	{ STAGE_DISCOVER, "server", BECAUSE_DESCRIBED, BECAUSE_DO_SERVER },
	{ STAGE_SEARCH, "search", BECAUSES, BECAUSE_DO_SEARCH },
};

static const struct {
	const char *name;
	enum because_code advice;
} advices[] = {
	{ "base", BECAUSE_DO_BASE },
	{ "people", BECAUSE_DO_PEOPLE },
	{ "groups", BECAUSE_DO_GROUPS },
	{ "limits", BECAUSE_DO_LIMITS },
	{ "deletions", BECAUSE_DO_DELETIONS },
	{ "mapped-group", BECAUSE_DO_MAPPED_GROUP },
	{ "certificate", BECAUSE_DO_CERTIFICATE },
	{ "clock", BECAUSE_DO_CLOCK },
	{ "tls", BECAUSE_DO_IN_CLEAR },
};

struct preflight {
	struct sync_check *rows;
	size_t count;
	struct span uri;
	enum stage stage;
	bool has_tls;
};

static void advise(struct sync_check *row)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strcmp(advices[i].name, row->check) == 0)
			because_add(&row->advice, advices[i].advice, NULL);
}

static struct sync_check *add(struct preflight *p, const char *name, enum verdict verdict)
{
	if (p->count == SYNC_CHECKS_MAX)
		return NULL;
	struct sync_check *row = &p->rows[p->count++];
	*row = (struct sync_check){ .verdict = verdict_name(verdict),
		.bad = verdict == VERDICT_BAD };
	status_text(row->server, sizeof(row->server), p->uri);
	snprintf(row->check, sizeof(row->check), "%s", name);
	return row;
}

static void say(struct preflight *p, const char *name, enum verdict verdict, enum because_code code,
	const struct because_value *values)
{
	struct sync_check *row = add(p, name, verdict);

	if (!row)
		return;
	because_add(&row->found, code, values);
	if (verdict != VERDICT_GOOD)
		advise(row);
}

/* A stage that is left for the next has gone well. */
static void leave(struct preflight *p)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (stages[i].stage == p->stage && stages[i].well != BECAUSES)
			say(p, stages[i].name, VERDICT_GOOD, stages[i].well, NULL);
}

static void on_stage(void *with, enum stage stage)
{
	struct preflight *p = with;

	leave(p);
	p->stage = stage;
	p->has_tls |= stage == STAGE_TLS;
}

static void say_certificate(struct preflight *p, int64_t ends)
{
	int64_t left = ends - clock_wall();
	char at[TIME_TEXT_MAX + 1];

	at[time_format_rfc3339(ends, at)] = '\0';
	say(p, "certificate", left > CERTIFICATE_SOON ? VERDICT_GOOD : VERDICT_WARNING,
		BECAUSE_CERTIFICATE,
		BECAUSE_WITH(BECAUSE_NUMBER("n", left / DAY), BECAUSE_TEXT("at", at)));
}

static void say_said(struct preflight *p, const char *name, enum verdict verdict, const char *text)
{
	say(p, name, verdict, BECAUSE_SAID, BECAUSE_WITH(BECAUSE_TEXT("text", text)));
}

static void on_server(struct preflight *p, const struct server *server)
{
	int64_t skew = server->clock - server->asked;
	char product[256];

	if (!p->has_tls)
		say(p, "tls", VERDICT_WARNING, BECAUSE_IN_CLEAR, NULL);
	if (server->not_after > 0)
		say_certificate(p, server->not_after);
	if (server->clock > 0)
		say(p, "clock",
			skew < SKEW_WORTH_SAYING && skew > -SKEW_WORTH_SAYING ? VERDICT_GOOD
									      : VERDICT_WARNING,
			BECAUSE_CLOCK, BECAUSE_WITH(BECAUSE_NUMBER("n", skew / SECOND)));
	snprintf(product, sizeof(product), "%.*s%s%.*s", SPAN_ARGS(server->vendor),
		server->version.len > 0 ? " " : "", SPAN_ARGS(server->version));
	say_said(p, "vendor", VERDICT_GOOD, product);
}

static void on_row(void *with, const struct row *row)
{
	struct preflight *p = with;
	char name[FRAME_NAME_MAX + 1];

	if (row->type == FRAME_SERVER) {
		leave(p);
		p->stage = STAGE_COUNT;
		on_server(p, &row->server);
	}
	if (row->type != FRAME_CHECK)
		return;
	status_text(name, sizeof(name), row->name);
	struct sync_check *check = add(p, name, row->verdict);
	if (!check)
		return;
	check->number = row->number;
	status_text(check->found.line, sizeof(check->found.line), row->text);
	if (row->verdict != VERDICT_GOOD)
		advise(check);
}

static void on_failure(struct preflight *p, const struct enquiry_end *end)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (stages[i].stage != end->stage)
			continue;
		struct sync_check *row = add(p, stages[i].name, VERDICT_BAD);
		if (!row)
			return;
		because_add(
			&row->found, BECAUSE_SAID, BECAUSE_WITH(BECAUSE_TEXT("text", end->text)));
		because_add(&row->advice, stages[i].advice, NULL);
		return;
	}
	say_said(p, "search", VERDICT_BAD, end->text);
}

static void ask_one(struct sync *sync, const struct settings *settings, const struct order *all,
	size_t uri, struct preflight *p)
{
	const struct enquiry enquiry = {
		.task = TASK_PROBE, .seconds = SECONDS, .take = on_row, .enter = on_stage, .with = p
	};
	struct order order = *all;
	struct enquiry_end end;
	struct why why = { 0 };

	order.uris[0] = p->uri = all->uris[uri];
	order.uri_count = 1;
	order.connect_seconds = CONNECT_SECONDS;
	for (size_t i = 0; i < settings->target_count && order.groups.count < TEXTS_ROWS_MAX; i++)
		if (settings->targets[i].group.len > 0)
			order.groups.rows[order.groups.count++] = settings->targets[i].group;
	p->stage = STAGE_START;
	p->has_tls = false;
	if (enquiry_run(sync, settings, &order, &enquiry, &end, &why) == OK)
		return;
	if (end.text[0] == '\0')
		snprintf(end.text, sizeof(end.text), "%s", why.text);
	on_failure(p, &end);
}

enum err sync_preflight(struct sync *sync, const struct entry *directory, struct sync_check *rows,
	size_t *count, struct why *why)
{
	struct settings *settings = arena_zalloc(directory->arena, sizeof(*settings));
	struct order *order = arena_zalloc(directory->arena, sizeof(*order));
	struct preflight p = { .rows = rows };

	enum err err = settings_read(directory->arena, directory, settings, why);
	if (err)
		return err;
	if (!enquiry_take_turn(sync))
		return fail(why, ERR_BUSY, NULL, "other directories are being asked");
	settings_order(settings, order);
	for (size_t i = 0; i < order->uri_count; i++)
		ask_one(sync, settings, order, i, &p);
	enquiry_end_turn(sync);
	*count = p.count;
	return OK;
}
