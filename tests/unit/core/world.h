/* A company that commands change at random: the same numbers everywhere, the seed is printed. What
 * a decision must be is worked out here a second time, word for word from the definition. */
#ifndef TESTS_CORE_WORLD_H
#define TESTS_CORE_WORLD_H

#include "fixture.h"

#include "core/decide.h"

enum { WORLD_USERS = 12, WORLD_ROLES = 6, WORLD_SCOPES = 4, WORLD_PERMISSIONS = 9 };

struct world {
	struct fixture *f;
	uint32_t tenant;
	struct ref company, settings;
	struct ref users[WORLD_USERS], roles[WORLD_ROLES], scopes[WORLD_SCOPES], registered;
};

/* Prints the seed and begins with it. */
void world_seed(uint64_t seed);
unsigned world_below(unsigned n);

/* Makes the company, under the preset titanus, with people, roles and scopes. */
void world_make(struct world *world, struct fixture *f, const char *company);
/* One command by an operator; it may be refused. */
void world_step(struct world *world);
/* The permissions that are asked for; the last one is in no catalogue. */
extern const char *const world_permissions[WORLD_PERMISSIONS];
/* Somebody, something, somewhere: at times what does not exist. */
struct query world_query(const struct world *world);

bool world_decide(struct fixture *f, const struct query *query);
/* The definition, read from the entries and memberships alone. */
bool world_should(const struct world *world, const struct query *query);

#endif
