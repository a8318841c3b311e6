/* What /api/v1/events tells: that something of a topic has changed, and nothing of what. */
#ifndef IN_API_API_EVENTS_H
#define IN_API_API_EVENTS_H

#include "in/api/api_int.h"

/* ---- topics: bits, as many as there are rows in api_topics.c ---- */

#define TOPICS_ALL UINT32_MAX
struct topics_found {
	uint32_t topics;
	/* People of whom something was changed: their own sessions and rights may have been. */
	uint32_t people[64];
	size_t count;
	bool everybody; /* more than that, or what any of them may do */
};
/* Adds what a change of the journal is about. */
void topics_of_change(const struct change *change, struct topics_found *found);
/* What a row of state is about, by the first word of its key; 0: nothing that is shown. */
uint32_t topics_of_row(struct span word);
/* Those that the actor may see. */
uint32_t topics_allowed(const struct actor *actor);
/* Writes the names as a JSON array; `own`: "session" too. */
void topics_put(struct json_writer *w, uint32_t topics, bool own);

/* ---- listeners ---- */

struct events;
enum err events_start(struct api *api, struct events **events, struct why *why);
/* After the servers; NULL is allowed. */
void events_stop(struct events *events);
/* Answers the call, which is identified, with a stream. */
void events_listen(struct events *events, struct api_call *call);

#endif
