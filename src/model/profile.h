/* Profiles of SCIM connections, from schema/profiles.def: what a provider's habits ask for. */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include "model/record.h"

/* What a PATCH does whose value path matches no value. */
enum no_target { NO_TARGET_ADD, NO_TARGET_CREATE, NO_TARGET_REFUSE };

/* What a PATCH is answered with that says nothing about it. */
enum patched { PATCHED_WHOLE, PATCHED_EMPTY };

enum profile {
#define PROFILE(id, word, no_target, patched, rate, help) PROFILE_##id,
#include "profiles.def"
#undef PROFILE
	PROFILE_COUNT
};

struct profile_row {
	const char *word;
	enum no_target no_target;
	enum patched patched;
	uint32_t rate; /* requests a second; 0: any number */
	const char *help;
};

const struct profile_row *profile_row(enum profile profile);
/* PROFILE_COUNT when there is none. */
enum profile profile_by_word(struct span word);
/* "add", "create" or "refuse"; false: none of them. */
const char *no_target_word(enum no_target no_target);
bool no_target_by_word(struct span word, enum no_target *no_target);

/* Of a client: as it says itself, else as its profile does, else as PROFILE_RFC does; a service
 * account has no profile, and no rate unless it says one. */
enum profile record_profile(const struct record *client);
enum no_target record_no_target(const struct record *client);
uint32_t record_rate(const struct record *client);

#endif
