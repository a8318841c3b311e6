/* A request of the provisioning log once more: through the same handlers as those that come in, as
 * the connection that made it. */
#include "in/scim/scim_int.h"

/* The request says itself no longer whether it is a dry run. */
static struct span without_dry_run(struct arena *arena, struct span target)
{
	struct span rest = target, path = span_cut(&rest, '?');
	uint8_t *out = arena_alloc(arena, target.len + 1);
	size_t len = path.len;
	memcpy(out, path.data, path.len);
	for (char mark = '?'; rest.len;) {
		struct span pair = span_cut(&rest, '&');
		if (span_starts_nocase(pair, SPAN("dryRun=")))
			continue;
		out[len++] = (uint8_t)mark;
		memcpy(out + len, pair.data, pair.len);
		len += pair.len;
		mark = '&';
	}
	return span_of(out, len);
}

enum err scim_replay(
	const struct scim_options *options, struct scim_replay *replay, struct why *why)
{
	struct scim_door door = { .options = *options };
	struct scim_server server = { .door = &door,
		.scheme = options->tls_listen ? "https" : "http" };
	const struct http_site site = scim_site(&server);
	void *thread = site.thread_start(site.arg);
	struct http_answered answered = { 0 };
	const struct http_ask_header headers[] = {
		{ "Host", SPAN("localhost") },
		{ "User-Agent", SPAN("muster provision replay") },
		{ "If-Match", replay->condition },
		{ "Muster-Dry-Run", replay->commit ? SPAN_NONE : SPAN("true") },
	};
	const struct http_ask ask = {
		.method = replay->method,
		.target = without_dry_run(replay->arena, replay->target),
		.headers = headers,
		.header_count = sizeof headers / sizeof *headers,
		.content_type = SPAN(SCIM_JSON),
		.body = replay->body,
		.address = replay->address,
		.thread_data = thread,
		.caller = replay,
		.arena = replay->arena,
	};
	enum err err = http_run(&site, &ask, &answered, why);
	site.thread_end(site.arg, thread);
	replay->status = answered.status;
	replay->answer = answered.body;
	return err;
}
