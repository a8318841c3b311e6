/* A real core on a store in a folder of its own, two tenants, and the LDAP door before it on free
 * loopback ports: what the door's tests and its load measurements speak to. */
#ifndef TESTS_LDAP_COMPANY_H
#define TESTS_LDAP_COMPANY_H

#include "core/core.h"
#include "in/ldap/ldap.h"

#define SUFFIX "dc=muster,dc=test"

struct company {
	char path[64];
	struct core *core;
	struct ldap_door *door;
	struct arena *arena;
	struct actor operator;
	uint32_t acme, globex;
	int port, secure_port; /* 0: without TLS */
};

/* In acme: the service account svc (password "svcpw-acme"), the people alice, bob, carol, outsider
 * and disabled ("pw-<name>"; the last one inactive), the groups staff and everyone. In globex: the
 * same svc ("svcpw-globex"), alice and bob. Ends the process when something fails. */
struct company *company_open(unsigned loops, const char *certificate, const char *key);
void company_close(struct company *company);

struct entry *company_user(struct company *company, const char *name, unsigned number);
/* Returns the new entry's id. */
struct uuid company_create(struct company *company, uint32_t tenant, const struct entry *entry);
void company_join(struct company *company, uint32_t tenant, enum kind kind, struct uuid container,
	enum kind member_kind, struct uuid member);
void company_set(struct company *company, uint32_t tenant, enum kind kind, struct uuid id,
	enum attr attr, const char *value);
struct uuid company_find(
	struct company *company, uint32_t tenant, enum kind kind, const char *name);
void company_delete(struct company *company, uint32_t tenant, enum kind kind, struct uuid id);
/* More people u0, u1, ... of acme, in batches; the ids are returned, in the company's arena. */
struct uuid *company_add_people(struct company *company, unsigned count);

#endif
