/* Is everything there that following this directory needs? Asked of each of its servers, told in
 * words, with what to do about it. */
#include "base/clock.h"
#include "in/sync/enquiry.h"
#include "in/sync/sync_int.h"

#include <stdarg.h>
#include <stdio.h>

#define SECONDS 90
#define CONNECT_SECONDS 5
#define DAY (86400 * SECOND)
#define CERTIFICATE_SOON (30 * DAY)
#define SKEW_WORTH_SAYING (60 * SECOND)

static const struct {
	enum stage stage;
	const char *name, *well, *advice;
} stages[] = {
	{ STAGE_START, "start", NULL, "is muster-sync installed beside the daemon?" },
	{ STAGE_CONNECT, "reach", "the server answers",
		"look at the host and port of uri, the firewall between, and that the server "
		"runs" },
	{ STAGE_TLS, "tls", "TLS stands and the certificate is the server's",
		"name the CA that signed the certificate (ca-file), and the host as the "
		"certificate does" },
	{ STAGE_BIND, "bind", "the account may bind",
		"look at bind-dn and its password (update-secret); the account may be locked, "
		"expired or disabled" },
	{ STAGE_DISCOVER, "server", "the server says what it is",
		"the account must be allowed to read the root entry" },
	{ STAGE_SEARCH, "search", NULL, "the account must be allowed to search below the base" },
};

static const struct {
	const char *name, *advice;
} advices[] = {
	{ "base", "name a base-dn that is there, and let the account of bind-dn read it" },
	{ "people", "look at user-filter and scope-rule, and at what the account may read" },
	{ "groups", "look at group-filter; without groups nobody gets a role by one" },
	{ "limits", "give the account no size limit on the server" },
	{ "deletions",
		"until then people who are deleted there end here with the next full compare" },
	{ "mapped-group", "correct group-map, or create the group there" },
	{ "certificate", "have it renewed; on its last day following stops" },
	{ "clock", "let both machines follow the same time servers" },
	{ "tls", "use ldaps or StartTLS: a password in clear goes to this machine alone" },
	{ "failover", "this server did not answer, another one did" },
};

struct preflight {
	struct sync_check *rows;
	size_t count;
	struct span uri;
	enum stage stage;
	bool has_tls;
};

static const char *advice_on(const char *name)
{
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strcmp(advices[i].name, name) == 0)
			return advices[i].advice;
	return NULL;
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
	row->advice = verdict == VERDICT_GOOD ? NULL : advice_on(name);
	return row;
}

static void say(struct preflight *p, const char *name, enum verdict verdict, const char *format,
	...) __attribute__((format(printf, 4, 5)));

static void say(
	struct preflight *p, const char *name, enum verdict verdict, const char *format, ...)
{
	struct sync_check *row = add(p, name, verdict);
	va_list args;

	if (!row)
		return;
	va_start(args, format);
	vsnprintf(row->text, sizeof(row->text), format, args);
	va_end(args);
}

/* A stage that is left for the next has gone well. */
static void leave(struct preflight *p)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (stages[i].stage == p->stage && stages[i].well)
			say(p, stages[i].name, VERDICT_GOOD, "%s", stages[i].well);
}

static void on_stage(void *with, enum stage stage)
{
	struct preflight *p = with;

	leave(p);
	p->stage = stage;
	p->has_tls |= stage == STAGE_TLS;
}

static void on_server(struct preflight *p, const struct server *server)
{
	int64_t left = server->not_after - clock_wall(), skew = server->clock - server->asked;
	char text[TIME_TEXT_MAX];

	if (!p->has_tls)
		say(p, "tls", VERDICT_WARNING, "the connection is in clear");
	if (server->not_after > 0)
		say(p, "certificate", left > CERTIFICATE_SOON ? VERDICT_GOOD : VERDICT_WARNING,
			"the certificate ends in %lld days, at %.*s", (long long)(left / DAY),
			(int)time_format_rfc3339(server->not_after, text), text);
	if (server->clock > 0)
		say(p, "clock",
			skew < SKEW_WORTH_SAYING && skew > -SKEW_WORTH_SAYING ? VERDICT_GOOD
									      : VERDICT_WARNING,
			"the server's clock is %lld seconds from ours", (long long)(skew / SECOND));
	say(p, "vendor", VERDICT_GOOD, "%.*s %.*s", SPAN_ARGS(server->vendor),
		SPAN_ARGS(server->version));
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
	status_text(check->text, sizeof(check->text), row->text);
}

static void on_failure(struct preflight *p, const struct enquiry_end *end)
{
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (stages[i].stage != end->stage)
			continue;
		say(p, stages[i].name, VERDICT_BAD, "%s", end->text);
		p->rows[p->count - 1].advice = stages[i].advice;
		return;
	}
	say(p, "search", VERDICT_BAD, "%s", end->text);
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
