#include "base/clock.h"
#include "in/sync/sync_int.h"

#include <stdarg.h>
#include <stdio.h>

const char *sync_state_name(enum sync_state state)
{
	static const char *const names[] = {
		[SYNC_IDLE] = "idle",
		[SYNC_CONNECTING] = "connecting",
		[SYNC_REFRESHING] = "refreshing",
		[SYNC_APPLYING] = "applying",
		[SYNC_FOLLOWING] = "following",
		[SYNC_HELD] = "held",
		[SYNC_FAILED] = "failed",
		[SYNC_PAUSED] = "paused",
		[SYNC_QUARANTINED] = "quarantined",
	};

	return names[state];
}

void status_text(char *to, size_t size, struct span text)
{
	size_t len = text.len < size - 1 ? text.len : size - 1;

	/* A cut in the middle of a character leaves none of it. */
	while (len > 0 && len < text.len && (text.data[len] & 0xc0) == 0x80)
		len--;
	if (!span_is_utf8(span_of(text.data, len)))
		text = SPAN("(not UTF-8)"), len = text.len < size ? text.len : size - 1;
	for (size_t i = 0; i < len; i++)
		to[i] = text.data[i] < ' ' || text.data[i] == 0x7f ? '?' : (char)text.data[i];
	to[len] = '\0';
}

/* Under the lock: whoever looks sees a state with all that belongs to it. */
static void enter(struct sync_status *status, enum sync_state state)
{
	if (status->state != state)
		status->since = clock_wall();
	status->state = state;
	status->stage[0] = status->class[0] = status->text[0] = '\0';
	status->because = (struct because){ 0 };
	status->next_try = status->next_full = 0;
	status->plan = (struct uuid){ 0 };
}

void status_state(struct job *job, enum sync_state state)
{
	pthread_mutex_lock(&job->lock);
	enter(&job->status, state);
	job->answering = false;
	pthread_mutex_unlock(&job->lock);
}

void status_following(struct job *job, int64_t next_full)
{
	pthread_mutex_lock(&job->lock);
	if (job->status.state != SYNC_FOLLOWING)
		enter(&job->status, SYNC_FOLLOWING);
	job->status.next_full = next_full;
	pthread_mutex_unlock(&job->lock);
}

void status_held(struct job *job, const struct because *because)
{
	pthread_mutex_lock(&job->lock);
	enter(&job->status, SYNC_HELD);
	job->status.plan = job->memory.held;
	job->status.because = *because;
	pthread_mutex_unlock(&job->lock);
}

void status_failed(struct job *job, enum sync_state state, const char *stage, enum failure failure,
	const char *text, int64_t next_try)
{
	struct sync_status *status = &job->status;

	pthread_mutex_lock(&job->lock);
	enter(status, state);
	if (job->trouble.since > 0)
		status->since = job->trouble.since;
	status->next_try = next_try;
	snprintf(status->stage, sizeof(status->stage), "%s", stage);
	snprintf(status->class, sizeof(status->class), "%s", failure_name(failure));
	status_text(status->text, sizeof(status->text), span_str(text));
	pthread_mutex_unlock(&job->lock);
}

void status_note(struct job *job, const char *format, ...)
{
	char text[sizeof(job->status.notes[0])], clean[sizeof(text)];
	size_t i = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	status_text(clean, sizeof(clean), span_str(text));
	pthread_mutex_lock(&job->lock);
	/* What was said before comes to the front; else the oldest goes. */
	while (i < SYNC_NOTES_MAX - 1 && strcmp(job->status.notes[i], clean) != 0)
		i++;
	memmove(job->status.notes[1], job->status.notes[0], i * sizeof(job->status.notes[0]));
	memcpy(job->status.notes[0], clean, sizeof(clean));
	pthread_mutex_unlock(&job->lock);
}

void status_forget_notes(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	memset(job->status.notes, 0, sizeof(job->status.notes));
	pthread_mutex_unlock(&job->lock);
}

void status_heard(struct job *job)
{
	job->memory.last_contact = clock_wall();
	pthread_mutex_lock(&job->lock);
	job->status.last_contact = job->memory.last_contact;
	pthread_mutex_unlock(&job->lock);
}

void status_refresh(struct job *job)
{
	struct sync_status *status = &job->status;

	pthread_mutex_lock(&job->lock);
	status->source = job->settings.source;
	status->last_contact = job->memory.last_contact;
	status->last_run = job->memory.last_run;
	status->last_full = job->memory.last_full;
	status->duration = job->memory.duration;
	status->counts = job->memory.counts;
	status->people = job->memory.people;
	status->groups = job->memory.groups;
	pthread_mutex_unlock(&job->lock);
}

void status_server(struct job *job, const struct server *server)
{
	struct sync_status *status = &job->status;
	struct span uri = SPAN_NONE;
	struct order order;

	settings_order(&job->settings, &order);
	if (server->uri < order.uri_count)
		uri = order.uris[server->uri];
	pthread_mutex_lock(&job->lock);
	status_text(status->server, sizeof(status->server), uri);
	status_text(status->vendor, sizeof(status->vendor), server->vendor);
	snprintf(status->connector, sizeof(status->connector), "%s",
		connector_name(server->connector));
	status->certificate_ends = server->not_after;
	status->clock_skew = server->clock ? server->clock - server->asked : 0;
	pthread_mutex_unlock(&job->lock);
	history_server(&job->history, uri);
}
