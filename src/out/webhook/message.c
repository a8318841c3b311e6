#include "out/webhook/webhook_int.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdio.h>

char *signature_make(struct arena *arena, struct span key, struct span id, const char *timestamp,
	struct span body)
{
	struct buffer signed_content;
	uint8_t mac[32];

	buffer_init(&signed_content, body.len + 256);
	buffer_putf(&signed_content, "%.*s.%s.", SPAN_ARGS(id), timestamp);
	buffer_put_span(&signed_content, body);
	hmac_sha256(key, buffer_span(&signed_content), mac);
	buffer_free(&signed_content);
	return arena_printf(arena, "v1,%s", base64_format(arena, span_of(mac, sizeof mac)));
}

static struct message *message_new(struct webhooks *webhooks, struct hook *hook,
	const struct change *change, const struct event *event)
{
	struct arena *arena = arena_new();
	struct message *m = arena_zalloc(arena, sizeof *m);

	m->arena = arena;
	m->webhooks = webhooks;
	m->hook = hook;
	m->sequence = change->sequence;
	m->position = event->position;
	m->person = event_person(event);
	memcpy(m->type, event->name, sizeof m->type);
	m->id = span_str(arena_printf(arena, "msg_%u_%llu_%u", change->tenant,
		(unsigned long long)change->sequence, event->position));
	m->call.done = message_done;
	m->call.arg = m;
	return m;
}

static bool wanted_event(const struct hook *hook, const struct change *change, struct event *event)
{
	uint32_t from = change->sequence == hook->sequence + 1 ? hook->position : 0;

	while (event_next(change, from, event)) {
		if (hook_wants(hook, event->name))
			return true;
		from = event->position + 1;
	}
	return false;
}

/* A record that cannot be read is passed over: verify names it, and those behind it must go out. */
static struct message *message_of(struct webhooks *webhooks, struct view *view,
	const struct tenant_info *tenant, struct hook *hook, struct span bytes)
{
	struct arena *arena = arena_new();
	struct message *m = NULL;
	struct change change;
	struct event event;
	struct buffer body;

	if (change_read(arena, bytes, &change, NULL) == OK && wanted_event(hook, &change, &event)) {
		m = message_new(webhooks, hook, &change, &event);
		buffer_init(&body, PAYLOAD_MAX);
		payload_write(&body, view, arena, tenant, &change, &event);
		m->body = arena_copy(m->arena, buffer_span(&body));
		buffer_free(&body);
	}
	arena_free(arena);
	return m;
}

struct message *message_next(struct webhooks *webhooks, struct view *view,
	const struct tenant_info *tenant, struct hook *hook, unsigned *budget)
{
	uint64_t last = view_journal_last(view, hook->tenant);

	for (; hook->sequence<last && * budget> 0; --*budget) {
		struct message *m = NULL;
		struct span bytes;

		if (view_journal(view, hook->tenant, hook->sequence + 1, &bytes))
			m = message_of(webhooks, view, tenant, hook, bytes);
		if (m)
			return m;
		if (view_error(view, NULL) != OK)
			return NULL;
		hook->sequence++;
		hook->position = 0;
	}
	return NULL;
}

char *message_signatures(const struct message *m, const char *timestamp, int64_t now)
{
	const struct hook *hook = m->hook;
	char *made = signature_make(
		m->arena, span_of(hook->key.octets, hook->key.len), m->id, timestamp, m->body);

	if (hook->old_until <= now)
		return made;
	return arena_printf(m->arena, "%s %s", made,
		signature_make(m->arena, span_of(hook->old_key.octets, hook->old_key.len), m->id,
			timestamp, m->body));
}

enum err message_post(struct client *client, struct message *m, struct why *why)
{
	const char **headers = arena_array(m->arena, 5, sizeof *headers);
	int64_t now = clock_wall();
	char timestamp[24];

	snprintf(timestamp, sizeof timestamp, "%lld", (long long)(now / SECOND));
	headers[0] = "Content-Type: application/json";
	headers[1] = arena_printf(m->arena, "webhook-id: %.*s", SPAN_ARGS(m->id));
	headers[2] = arena_printf(m->arena, "webhook-timestamp: %s", timestamp);
	headers[3] = arena_printf(
		m->arena, "webhook-signature: %s", message_signatures(m, timestamp, now));
	m->call.headers = headers;
	m->call.url = arena_string(m->arena, span_str(m->hook->uri));
	m->call.body = m->body;
	return client_post(client, &m->call, why);
}

void message_free(struct message *message)
{
	if (message)
		arena_free(message->arena);
}
