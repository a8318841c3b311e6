#include "in/sync/enquiry.h"

#include "base/clock.h"
#include "base/secret.h"
#include "in/sync/sync_int.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

struct asking {
	const struct enquiry *enquiry;
	struct enquiry_end *end;
	struct child child;
	struct row *row;
	int ending; /* readable: give up */
	bool over, done;
};

static void end_with(struct asking *a, enum failure failure, const char *text)
{
	a->end->failure = failure;
	status_text(a->end->text, sizeof(a->end->text), span_str(text));
	a->over = true;
}

static void on_frame(struct asking *a, struct span frame)
{
	struct row *row = a->row;
	struct why why = { 0 };
	char text[FRAME_TEXT_MAX + 1];

	if (frame_read_row(frame, row, &why) != OK) {
		end_with(a, FAILURE_PROTOCOL, why.text);
		return;
	}
	switch (row->type) {
	case FRAME_STAGE:
		a->end->stage = row->stage;
		if (a->enquiry->enter)
			a->enquiry->enter(a->enquiry->with, row->stage);
		break;
	case FRAME_BEAT:
		break;
	case FRAME_DONE:
		a->over = a->done = true;
		break;
	case FRAME_FAILED:
		a->end->stage = row->stage;
		snprintf(text, sizeof(text), "%.*s", SPAN_ARGS(row->text));
		end_with(a, row->failure, text);
		break;
	default:
		a->enquiry->take(a->enquiry->with, row);
	}
}

static void wait_for_more(struct asking *a, int64_t until)
{
	struct pollfd ready[2] = { { a->child.fd, POLLIN, 0 }, { a->ending, POLLIN, 0 } };
	int64_t left = (until - clock_monotonic()) / 1000;

	if (left <= 0) {
		end_with(a, FAILURE_NET, "the server takes too long to answer");
		return;
	}
	(void)poll(ready, 2, (int)left + 1);
	if (ready[1].revents)
		end_with(a, FAILURE_NET, "musterd is stopping");
}

static void listen_to(struct asking *a)
{
	int64_t until = clock_monotonic() + a->enquiry->seconds * SECOND;
	struct span frame;
	struct why why = { 0 };

	while (!a->over) {
		switch (child_next(&a->child, &frame, &why)) {
		case CHILD_FRAME:
			on_frame(a, frame);
			if (clock_monotonic() > until && !a->over)
				wait_for_more(a, until);
			break;
		case CHILD_QUIET:
			wait_for_more(a, until);
			break;
		case CHILD_GONE:
			end_with(a, why.err ? FAILURE_PROTOCOL : FAILURE_NET,
				why.err ? why.text : "the sync process ended");
			break;
		}
	}
}

static enum err start(struct asking *a, struct sync *sync, const struct settings *settings,
	struct order *order, struct why *why)
{
	struct arena *arena = arena_new();
	enum err err = OK;

	order->task = a->enquiry->task;
	order->cookie = order->identity = SPAN_NONE;
	order->allow_loopback = sync->allow_loopback;
	if (settings->sealed.len > 0)
		err = core_unseal(
			sync->core, arena, &settings->id, settings->sealed, &order->secret, why);
	if (!err)
		err = child_start(&a->child, sync->program, order, why);
	if (order->secret.len > 0)
		secret_wipe((void *)order->secret.data, order->secret.len);
	order->secret = SPAN_NONE;
	arena_free(arena);
	return err;
}

enum err enquiry_run(struct sync *sync, const struct settings *settings, struct order *order,
	const struct enquiry *enquiry, struct enquiry_end *end, struct why *why)
{
	struct asking a = {
		.enquiry = enquiry, .end = end, .child = { .fd = -1 }, .ending = sync->ending
	};

	*end = (struct enquiry_end){ .stage = STAGE_START };
	enum err err = start(&a, sync, settings, order, why);
	if (err)
		return err;
	a.row = heap_zalloc(sizeof(*a.row));
	listen_to(&a);
	child_end(&a.child);
	free(a.row);
	return a.done ? OK : fail(why, ERR_UNAVAILABLE, NULL, "%s", end->text);
}

bool enquiry_take_turn(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	bool may = sync->asking < SYNC_ASKING_MAX;
	sync->asking += may;
	pthread_mutex_unlock(&sync->lock);
	return may;
}

void enquiry_end_turn(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->asking--;
	pthread_mutex_unlock(&sync->lock);
}
