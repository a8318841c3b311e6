/* A login and the wait for its answer. */
#ifndef TESTS_CORE_SIGNING_H
#define TESTS_CORE_SIGNING_H

#include "fixture.h"

#include <pthread.h>

struct signing {
	struct login login;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done, immediate;
	enum err err;
	int *order; /* counts answers, when given */
	int place;
};

/* From 192.0.2.1 by LDAP, or as `like` (address and client) says. */
void begin_as(struct fixture *f, struct signing *attempt, struct ref ref, const char *password,
	const struct login *like);
void begin(struct fixture *f, struct signing *attempt, struct ref ref, const char *password);
enum err wait_for(struct signing *attempt);
bool is_done(struct signing *attempt);
/* *immediate (may be NULL): without a hash. */
enum err sign_in(struct fixture *f, struct ref ref, const char *password, bool *immediate);
void set_password(struct fixture *f, struct ref ref, const char *password);

#endif
