/* A few figures of each directory, for Prometheus: by numbers, for the status listener names
 * nobody, and of a bounded number of directories. */
#include "base/clock.h"
#include "in/sync/sync_int.h"

#define DIRECTORIES_MAX 200

static int64_t seconds_since(int64_t wall)
{
	return wall > 0 ? (clock_wall() - wall) / SECOND : -1;
}

static int64_t certificate_days(const struct sync_status *status)
{
	return status->certificate_ends > 0
		       ? (status->certificate_ends - clock_wall()) / (86400 * SECOND)
		       : -1;
}

enum figure {
	FIGURE_STATE,
	FIGURE_CONTACT,
	FIGURE_LAG,
	FIGURE_PEOPLE,
	FIGURE_CERTIFICATE,
	FIGURES
};

static const struct {
	const char *name, *help;
} figures[FIGURES] = {
	[FIGURE_STATE] = { "muster_sync_directory_following", "1: in step with the directory" },
	[FIGURE_CONTACT] = { "muster_sync_directory_contact_seconds",
		"since the directory was last heard of; -1: never" },
	[FIGURE_LAG] = { "muster_sync_directory_lag_microseconds",
		"from hearing the last change to its commit" },
	[FIGURE_PEOPLE] = { "muster_sync_directory_people", "people of the directory" },
	[FIGURE_CERTIFICATE] = { "muster_sync_directory_certificate_days",
		"until the server's certificate ends; -1: none is known" },
};

static int64_t value_of(const struct sync_status *status, enum figure figure)
{
	switch (figure) {
	case FIGURE_STATE:
		return status->state == SYNC_FOLLOWING;
	case FIGURE_CONTACT:
		return seconds_since(status->last_contact);
	case FIGURE_LAG:
		return status->lag;
	case FIGURE_PEOPLE:
		return (int64_t)status->people;
	case FIGURE_CERTIFICATE:
	default:
		return certificate_days(status);
	}
}

static void put_one(struct sync *sync, struct buffer *out, enum figure figure)
{
	size_t count = 0;

	for (struct job *job = sync->jobs; job && count < DIRECTORIES_MAX;
		job = job->next, count++) {
		pthread_mutex_lock(&job->lock);
		int64_t value = value_of(&job->status, figure);
		pthread_mutex_unlock(&job->lock);
		buffer_putf(out, "%s{tenant=\"%u\",directory=\"%u\"} %lld\n", figures[figure].name,
			(unsigned)job->tenant, (unsigned)job->directory, (long long)value);
	}
}

void sync_put_figures(struct sync *sync, struct buffer *out)
{
	pthread_mutex_lock(&sync->lock);
	for (enum figure figure = 0; figure < FIGURES && sync->jobs; figure++) {
		buffer_putf(out, "# HELP %s %s\n# TYPE %s gauge\n", figures[figure].name,
			figures[figure].help, figures[figure].name);
		put_one(sync, out, figure);
	}
	pthread_mutex_unlock(&sync->lock);
}
