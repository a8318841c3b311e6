#include "net/admission.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/secret.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

/* A table of counts by a hash of the address: two addresses that share a slot share their cap,
 * which a random seed keeps from being arranged. Memory does not grow with the number of addresses.
 */
#define SLOTS 4096

struct admission {
	pthread_mutex_t lock;
	unsigned total, total_max, strangers_max;
	uint32_t seed;
	unsigned strangers[SLOTS]; /* slot 0 is not used */
};

struct admission *admission_new(unsigned total, unsigned strangers_per_address)
{
	struct admission *admission = heap_zalloc(sizeof *admission);

	pthread_mutex_init(&admission->lock, NULL);
	admission->total_max = total;
	admission->strangers_max = strangers_per_address;
	secret_random(&admission->seed, sizeof admission->seed);
	return admission;
}

void admission_free(struct admission *admission)
{
	if (!admission)
		return;
	pthread_mutex_destroy(&admission->lock);
	free(admission);
}

void admission_set(struct admission *admission, unsigned total, unsigned strangers_per_address)
{
	pthread_mutex_lock(&admission->lock);
	admission->total_max = total;
	admission->strangers_max = strangers_per_address;
	pthread_mutex_unlock(&admission->lock);
}

/* The octets that tell peers apart: an IPv6 network of 64 bits is one customer's. */
static struct span significant(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET) {
		const uint8_t *octets = (const uint8_t *)&v4->sin_addr;

		return octets[0] == 127 ? SPAN_NONE : span_of(octets, 4);
	}
	if (address->ss_family != AF_INET6 || IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr))
		return SPAN_NONE;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		const uint8_t *octets = v6->sin6_addr.s6_addr + 12;

		return octets[0] == 127 ? SPAN_NONE : span_of(octets, 4);
	}
	return span_of(v6->sin6_addr.s6_addr, 8);
}

bool admission_enter(
	struct admission *admission, const struct sockaddr_storage *address, struct seat *seat)
{
	struct span octets = significant(address);
	unsigned slot = octets.len == 0 ? 0 : 1 + crc32c(admission->seed, octets) % (SLOTS - 1);
	bool enters;

	pthread_mutex_lock(&admission->lock);
	enters = admission->total < admission->total_max &&
		 (slot == 0 || admission->strangers[slot] < admission->strangers_max);
	if (enters) {
		admission->total++;
		if (slot != 0)
			admission->strangers[slot]++;
	}
	pthread_mutex_unlock(&admission->lock);
	seat->slot = slot;
	return enters;
}

void admission_know(struct admission *admission, struct seat *seat)
{
	if (seat->slot == 0)
		return;
	pthread_mutex_lock(&admission->lock);
	admission->strangers[seat->slot]--;
	pthread_mutex_unlock(&admission->lock);
	seat->slot = 0;
}

void admission_leave(struct admission *admission, struct seat *seat)
{
	admission_know(admission, seat);
	pthread_mutex_lock(&admission->lock);
	admission->total--;
	pthread_mutex_unlock(&admission->lock);
}
