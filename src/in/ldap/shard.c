#include "in/ldap/door_int.h"

#include "base/limits.h"
#include "base/metric.h"

/* The scratch holds DNs, whose parts are each limited. */
#define SCRATCH_MAX (64 * KIB)

void shard_renew(struct shard *shard)
{
	if (shard->begun)
		view_end(shard->view);
	shard->begun = false;
}

static void on_wait(void *arg)
{
	struct shard *shard = arg;

	shard_renew(shard);
	if (shard->searches > 0) {
		metric_add(METRIC_LDAP_SEARCHES, shard->searches);
		metric_add(METRIC_LDAP_ENTRIES, shard->entries);
	}
	shard->searches = shard->entries = 0;
}

static void on_second(void *arg)
{
	struct shard *shard = arg;
	int64_t now = loop_now(shard->loop);
	struct conn *conn, *next;

	shard_check_persistent(shard);
	for (conn = shard->conns; conn; conn = next) {
		next = conn->next;
		if (shard->stop_until != 0 && now >= shard->stop_until)
			conn_abort(conn);
		else
			conn_sweep(conn, now);
	}
	tally_tell(shard);
	shard_check_over(shard);
}

enum err shard_open(struct shard *shard, struct ldap_door *door, struct why *why)
{
	enum err err;

	*shard = (struct shard){ .door = door };
	err = loop_new(&shard->loop, why);
	if (err != OK)
		return err;
	err = view_open(door->core, &shard->view, why);
	if (err != OK) {
		loop_free(shard->loop);
		return err;
	}
	shard->request = arena_new();
	shard->turn = arena_new();
	buffer_init(&shard->scratch, SCRATCH_MAX);
	buffer_init(&shard->referral, SCRATCH_MAX);
	loop_on_wait(shard->loop, on_wait, shard);
	loop_on_second(shard->loop, on_second, shard);
	return OK;
}

void shard_close(struct shard *shard)
{
	while (shard->conns)
		conn_abort(shard->conns);
	on_wait(shard);
	view_close(shard->view);
	arena_free(shard->request);
	arena_free(shard->turn);
	buffer_free(&shard->scratch);
	buffer_free(&shard->referral);
	loop_free(shard->loop);
}

struct view *shard_view(struct shard *shard)
{
	struct why why = { 0 };

	if (!shard->begun)
		shard->begun = view_begin(shard->view, &why) == OK;
	return shard->begun ? shard->view : NULL;
}

void shard_check_over(struct shard *shard)
{
	if (shard->stop_until == 0 || shard->conns || shard->jobs > 0 || shard->over)
		return;
	shard->over = true;
	loop_stop(shard->loop);
}

static void stop(struct task *task)
{
	struct shard *shard = (struct shard *)((char *)task - offsetof(struct shard, stop));
	struct conn *conn, *next;

	shard->stop_until = shard->stop_deadline;
	shard_check_persistent(shard);
	for (conn = shard->conns; conn; conn = next) {
		next = conn->next;
		conn_resume(conn);
	}
	shard_check_over(shard);
}

void shard_stop(struct shard *shard, int64_t until)
{
	shard->stop_deadline = until;
	shard->stop.run = stop;
	loop_post(shard->loop, &shard->stop);
}
