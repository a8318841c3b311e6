/* SCIM connections for the tests: who they are, what they claim. */
#ifndef TESTS_CORE_CONNECTION_H
#define TESTS_CORE_CONNECTION_H

#include "fixture.h"

/* Of acme, with what a token has unless its maker says otherwise. */
struct ref make_connection(struct fixture *f, const char *name);
/* One that may hand out any role, too. */
struct ref make_free_connection(struct fixture *f, const char *name);
/* The same over SCIM. */
struct actor act_as_connection(struct fixture *f, struct ref connection);
struct ref make_user_by(struct fixture *f, const struct actor *connection, const char *name);
struct outcome claim(
	struct fixture *f, const struct actor *connection, struct ref user, const char *role);
struct outcome unclaim(
	struct fixture *f, const struct actor *connection, struct ref user, const char *role);
size_t claim_count(struct fixture *f, struct ref user);
/* The held change about the person, and the role if it is about one; false when there is none. */
bool find_held(
	struct fixture *f, struct ref user, const char *act, struct ref role, struct ref *held);
struct outcome decide(
	struct fixture *f, const struct actor *actor, struct ref held, enum command_type type);
/* What is to be done in steps is done. */
void keep_all(struct fixture *f);
#define NO_ROLE ((struct ref){ .kind = KIND_NONE })

#endif
