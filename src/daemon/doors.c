#include "base/log.h"
#include "daemon/daemon.h"
#include "in/ctl/ctl.h"
#include "in/sync/sync.h"
#include "out/webhook/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct doors {
	struct sync *sync;
	struct webhooks *webhooks;
	struct ctl *ctl;
	struct ctl_door told[5]; /* what status tells of */
	size_t told_count;
};

static enum err open_sync(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct config *config = daemon->config;
	const struct sync_options options = {
		.program = config->sync.program,
		.data = config->data,
		.allow_loopback = config->sync.allow_loopback,
		.full_compare = config->sync.full_compare_hours * INT64_C(3600) * 1000000,
	};

	return sync_start(daemon->core, &options, &doors->sync, why);
}

static enum err open_webhooks(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct webhook_options options = {
		.ca_file = daemon->config->webhook.ca_file,
		.allow_local = daemon->config->webhook.allow_local,
	};

	return webhook_start(daemon->core, &options, &doors->webhooks, why);
}

static enum err open_ctl(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct ctl_options options = {
		.socket = daemon->config->ctl.socket,
		.core = daemon->core,
		.sync = doors->sync,
		.allow_local = daemon->config->webhook.allow_local,
		.data = daemon->config->data,
		.suffix = daemon->config->suffix,
		.version = MUSTER_VERSION,
		.doors = doors->told,
		.door_count = doors->told_count,
		.reload = life_reload,
		.arg = daemon,
	};

	return ctl_start(&options, &doors->ctl, why);
}

enum err doors_open(struct daemon *daemon, struct why *why)
{
	static enum err (*const openers[])(
		struct daemon *daemon, struct doors *doors, struct why *why) = {
		open_sync,
		open_webhooks,
		open_ctl,
	};
	struct doors *doors = heap_zalloc(sizeof *doors);
	enum err err = OK;

	daemon->doors = doors;
	for (size_t i = 0; err == OK && i < sizeof openers / sizeof *openers; i++)
		err = openers[i](daemon, doors, why);
	if (err != OK) {
		doors_close(doors, 0);
		daemon->doors = NULL;
	}
	return err;
}

void doors_close(struct doors *doors, int seconds)
{
	(void)seconds;
	if (!doors)
		return;
	ctl_stop(doors->ctl);
	if (doors->sync)
		sync_stop(doors->sync);
	webhook_stop(doors->webhooks);
	free(doors);
}

enum err doors_reload(struct doors *doors, struct why *why)
{
	(void)doors;
	(void)why;
	return OK;
}

unsigned doors_readers(const struct config *config)
{
	(void)config;
	return CTL_CONNECTIONS + 1 + 100;
}
