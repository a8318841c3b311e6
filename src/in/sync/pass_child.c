#include "in/sync/pass_int.h"

#include "base/clock.h"
#include "base/secret.h"

#include <sys/socket.h>

#define QUESTION_MAX (FRAME_HEAD + 16 + 4 + PASSWORD_MAX)

bool worker_runs(const struct worker *worker)
{
	return worker->child.pid > 0;
}

/* The server that answered last comes first. */
static void turn_uris(const struct place *place, struct order *order)
{
	struct span uris[ORDER_URIS_MAX];

	memcpy(uris, order->uris, sizeof(uris));
	for (size_t i = 0; i < order->uri_count; i++)
		order->uris[i] = uris[(place->first_uri + i) % order->uri_count];
}

bool worker_start(struct worker *worker, int64_t now, struct why *why)
{
	struct place *place = worker->place;
	struct pass *pass = place->pass;
	struct span secret = SPAN_NONE;
	struct order order;
	enum err err = OK;

	settings_order(&place->settings, &order);
	order.task = TASK_BIND;
	order.allow_loopback = pass->allow_loopback;
	order.connect_seconds = PASS_CONNECT_SECONDS;
	order.stall_seconds = PASS_DEADLINE / SECOND;
	turn_uris(place, &order);
	if (place->settings.sealed.len > 0)
		err = core_unseal(pass->core, pass->arena, &place->settings.id,
			place->settings.sealed, &secret, why);
	order.secret = secret;
	if (!err)
		err = child_start(&worker->child, pass->program, &order, why);
	if (secret.len > 0)
		secret_wipe((void *)secret.data, secret.len);
	arena_reset(pass->arena);
	worker->ready = worker->is_old = false;
	worker->since = now;
	return err == OK;
}

void worker_end(struct worker *worker)
{
	if (worker_runs(worker))
		child_end(&worker->child);
	worker->ready = worker->is_old = false;
	worker->ask = NULL;
}

bool worker_send(struct worker *worker, struct upstream_ask *ask)
{
	struct question question = { ask->anchor, ask->password };
	struct buffer out;

	/* Room for all of it at once, so that no block with a password is left behind. */
	buffer_init(&out, QUESTION_MAX);
	buffer_reserve(&out, QUESTION_MAX);
	frame_put_question(&out, &question);
	ssize_t n =
		out.failed ? -1
			   : send(worker->child.fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	bool sent = n >= 0 && (size_t)n == out.len;
	if (out.data)
		secret_wipe(out.data, out.len);
	buffer_free(&out);
	if (sent)
		worker->ask = ask;
	return sent;
}
