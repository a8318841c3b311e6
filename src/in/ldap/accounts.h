/* How many connections each service account has, of all shards together. Any thread. */
#ifndef IN_LDAP_ACCOUNTS_H
#define IN_LDAP_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct accounts;

struct accounts *accounts_new(void);
void accounts_free(struct accounts *accounts); /* NULL is allowed */
/* One more; false: there are `most` already, and it is not counted. */
bool accounts_enter(struct accounts *accounts, uint32_t tenant, uint32_t number, uint32_t most);
void accounts_leave(struct accounts *accounts, uint32_t tenant, uint32_t number);

#endif
