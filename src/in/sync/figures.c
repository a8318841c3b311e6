/* A few figures of each directory for Prometheus, and a line for people: by numbers, for the status
 * listener names nobody, and of a bounded number of directories. */
#include "base/clock.h"
#include "core/conflict.h"
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

/* ---- lines ---- */

static void put_time(struct buffer *out, const char *name, int64_t wall)
{
	char text[TIME_TEXT_MAX];

	if (wall > 0)
		buffer_putf(out, " %s=%.*s", name, (int)time_format_rfc3339(wall, text), text);
}

static void put_line(struct view *view, struct arena *arena, const struct job *job,
	const struct sync_status *status, struct buffer *out)
{
	char plan[UUID_TEXT + 1];
	struct record record;

	buffer_putf(out, "directory: tenant=%u directory=%u state=%s", (unsigned)job->tenant,
		(unsigned)job->directory, sync_state_name(status->state));
	put_time(out, "since", status->since);
	put_time(out, "last_contact", status->last_contact);
	put_time(out, "next_run", status->next_try > 0 ? status->next_try : status->next_full);
	buffer_putf(out, " lag_us=%lld people=%llu", (long long)status->lag,
		(unsigned long long)status->people);
	if (status->stage[0])
		buffer_putf(out, " failed=%s/%s", status->stage, status->class);
	if (!uuid_is_nil(&status->plan)) {
		uuid_format(&status->plan, plan);
		buffer_putf(out, " held_plan=%s", plan);
	}
	if (view_entry(view, job->tenant, KIND_DIRECTORY, job->directory, &record))
		buffer_putf(out, " open_conflicts=%llu",
			(unsigned long long)conflict_tally(view, arena, job->tenant, &record.id)
				.open);
	if (status->certificate_ends > 0)
		buffer_putf(out, " certificate_days=%lld", (long long)certificate_days(status));
	buffer_put_octet(out, '\n');
}

static void put_lines(struct sync *sync, struct view *view, struct buffer *out)
{
	struct arena *arena = arena_new();
	size_t count = 0;

	pthread_mutex_lock(&sync->lock);
	for (struct job *job = sync->jobs; job && count < DIRECTORIES_MAX;
		job = job->next, count++) {
		pthread_mutex_lock(&job->lock);
		struct sync_status status = job->status;
		pthread_mutex_unlock(&job->lock);
		put_line(view, arena, job, &status, out);
		arena_reset(arena);
	}
	pthread_mutex_unlock(&sync->lock);
	arena_free(arena);
}

void sync_put_lines(struct sync *sync, struct buffer *out)
{
	struct why why = { 0 };
	struct view *view;

	if (view_open(sync->core, &view, &why) != OK) {
		buffer_putf(out, "directories: %s\n", why.text);
		return;
	}
	if (view_begin(view, &why) == OK) {
		put_lines(sync, view, out);
		view_end(view);
	}
	view_close(view);
}
