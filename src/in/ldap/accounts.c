#include "in/ldap/accounts.h"

#include "base/arena.h"

#include <pthread.h>
#include <stdlib.h>

#define BUCKETS 256

struct account {
	struct account *next;
	uint32_t tenant, number;
	uint32_t count;
};

struct accounts {
	pthread_mutex_t lock;
	struct account *buckets[BUCKETS];
};

struct accounts *accounts_new(void)
{
	struct accounts *accounts = heap_zalloc(sizeof *accounts);

	pthread_mutex_init(&accounts->lock, NULL);
	return accounts;
}

/* Every connection has left. */
void accounts_free(struct accounts *accounts)
{
	if (!accounts)
		return;
	pthread_mutex_destroy(&accounts->lock);
	free(accounts);
}

/* Where the account is linked, or where it would be. */
static struct account **find(struct accounts *accounts, uint32_t tenant, uint32_t number)
{
	struct account **link = &accounts->buckets[(tenant * 31 + number) % BUCKETS];

	while (*link && ((*link)->tenant != tenant || (*link)->number != number))
		link = &(*link)->next;
	return link;
}

bool accounts_enter(struct accounts *accounts, uint32_t tenant, uint32_t number, uint32_t most)
{
	struct account **link;
	bool enters;

	pthread_mutex_lock(&accounts->lock);
	link = find(accounts, tenant, number);
	if (!*link) {
		*link = heap_zalloc(sizeof **link);
		(*link)->tenant = tenant;
		(*link)->number = number;
	}
	enters = (*link)->count < most;
	if (enters)
		(*link)->count++;
	pthread_mutex_unlock(&accounts->lock);
	return enters;
}

void accounts_leave(struct accounts *accounts, uint32_t tenant, uint32_t number)
{
	struct account **link, *account;

	pthread_mutex_lock(&accounts->lock);
	link = find(accounts, tenant, number);
	account = *link;
	if (--account->count == 0) {
		*link = account->next;
		free(account);
	}
	pthread_mutex_unlock(&accounts->lock);
}
