/* Persistent searches: how many there are, and that a commit wakes them. */
#include "base/limits.h"
#include "base/metric.h"
#include "in/ldap/sync_int.h"

static int refuse(struct why *why, int code, const char *text)
{
	fail(why, ERR_BUSY, NULL, "%s", text);
	return code;
}

int sync_enter(struct sync *sync, struct why *why)
{
	struct conn *conn = sync->run->conn;
	struct ldap_door *door = conn->shard->door;

	if (conn->persist_count >= LIMIT_LDAP_PERSISTENT_CONNECTION)
		return refuse(why, RESULT_ADMIN_LIMIT, "too many persistent searches");
	if (atomic_fetch_add(&door->persistent, 1) >= LIMIT_LDAP_PERSISTENT) {
		atomic_fetch_sub(&door->persistent, 1);
		return refuse(why, RESULT_BUSY, "too many persistent searches on this server");
	}
	conn->persist_count++;
	metric_add(METRIC_LDAP_PERSISTENT, 1);
	sync->link = &conn->shard->persistent;
	sync->next = conn->shard->persistent;
	if (sync->next)
		sync->next->link = &sync->next;
	conn->shard->persistent = sync;
	return RESULT_SUCCESS;
}

void sync_persist(struct sync *sync)
{
	/* During its first turn it is not among the connection's yet. */
	if (sync->run->arena)
		sync->run->conn->search_count--;
	sync->refreshed = true;
	sync->told = sync->time;
	sync->told_at = loop_now(sync->run->conn->shard->loop);
}

void sync_leave(struct sync *sync)
{
	struct conn *conn = sync->run->conn;

	if (!sync->link)
		return;
	*sync->link = sync->next;
	if (sync->next)
		sync->next->link = sync->link;
	sync->link = NULL;
	conn->persist_count--;
	atomic_fetch_sub(&conn->shard->door->persistent, 1);
	metric_add(METRIC_LDAP_PERSISTENT, -1);
}

/* ---- waking ---- */

static void wake_all(struct task *task)
{
	struct shard *shard = (struct shard *)((char *)task - offsetof(struct shard, wake));

	/* Before the looking: a commit that comes now is looked at once more. */
	atomic_store(&shard->wakes, false);
	for (struct sync *sync = shard->persistent; sync; sync = sync->next)
		if (sync_persists(sync))
			search_wake(sync->run);
}

void shard_wake_persistent(struct shard *shard)
{
	if (atomic_exchange(&shard->wakes, true))
		return;
	shard->wake.run = wake_all;
	loop_post(shard->loop, &shard->wake);
}

void shard_check_persistent(struct shard *shard)
{
	for (struct sync *sync = shard->persistent; sync; sync = sync->next)
		if (sync_persists(sync) && (sync->told != sync->time || shard->stop_until != 0))
			search_wake(sync->run);
}
