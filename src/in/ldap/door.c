#include "in/ldap/ldap.h"

#include "in/ldap/door_int.h"

#include "base/clock.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

/* A listening address. All of them are accepted on the first shard's loop and handed out in turn.
 */
struct port {
	struct ldap_door *door;
	struct listener *listener;
	bool secure;
};

/* A connection on its way to its shard. */
struct arrival {
	struct task task;
	struct shard *shard;
	int fd;
	struct tls *tls;
	struct sockaddr_storage peer;
	struct seat seat;
};

static void arrive(struct task *task)
{
	struct arrival *arrival = (struct arrival *)task;

	conn_open(arrival->shard, arrival->fd, arrival->tls, &arrival->peer, arrival->seat);
	tls_drop(arrival->tls);
	free(arrival);
}

struct tls *door_tls(struct ldap_door *door)
{
	struct tls *tls;

	pthread_mutex_lock(&door->lock);
	tls = tls_hold(door->tls);
	pthread_mutex_unlock(&door->lock);
	return tls;
}

static void accepted(void *arg, int fd, const struct sockaddr_storage *peer)
{
	struct port *port = arg;
	struct ldap_door *door = port->door;
	struct arrival *arrival;
	struct seat seat;

	if (!admission_enter(door->admission, peer, &seat)) {
		close(fd);
		return;
	}
	arrival = heap_zalloc(sizeof *arrival);
	*arrival = (struct arrival){ .task.run = arrive,
		.shard = &door->shards[door->next_shard++ % door->shard_count],
		.fd = fd,
		.tls = port->secure ? door_tls(door) : NULL,
		.peer = *peer,
		.seat = seat };
	if (arrival->shard == &door->shards[0])
		arrive(&arrival->task);
	else
		loop_post(arrival->shard->loop, &arrival->task);
}

static enum err open_port(struct ldap_door *door, const char *text, bool secure, struct why *why)
{
	struct sockaddr_storage address;
	struct port *port = &door->ports[door->port_count];
	enum err err = listen_address_parse(text, &address, why);

	if (err != OK)
		return err;
	if (!secure && !listen_address_is_loopback(&address))
		return fail(why, ERR_CONFIG, NULL,
			"%s: without TLS only loopback addresses are served", text);
	if (secure && !door->tls)
		return fail(why, ERR_CONFIG, NULL, "%s: TLS needs a certificate and a key", text);
	*port = (struct port){ .door = door, .secure = secure };
	err = listener_open(door->shards[0].loop, &address, accepted, port, &port->listener, why);
	if (err == OK)
		door->port_count++;
	return err;
}

static unsigned count_texts(const char *const *texts)
{
	unsigned n = 0;

	while (texts && texts[n])
		n++;
	return n;
}

static enum err open_ports(
	struct ldap_door *door, const struct ldap_door_options *options, struct why *why)
{
	unsigned plain = count_texts(options->plain), secure = count_texts(options->secure);
	enum err err = OK;

	/* Their addresses are handed to the listeners: never moved. */
	door->ports = arena_array(door->arena, plain + secure + 1, sizeof *door->ports);
	for (unsigned i = 0; i < plain && err == OK; i++)
		err = open_port(door, options->plain[i], false, why);
	for (unsigned i = 0; i < secure && err == OK; i++)
		err = open_port(door, options->secure[i], true, why);
	return err;
}

/* On the writer thread: costs nothing when nobody waits for it. */
static void committed(void *arg, uint32_t tenant, uint64_t sequence)
{
	struct ldap_door *door = arg;

	(void)tenant;
	(void)sequence;
	for (unsigned i = 0; atomic_load(&door->persistent) > 0 && i < door->shard_count; i++)
		shard_wake_persistent(&door->shards[i]);
}

/* Loops look at them at any time: what was in force stays in the arena as long as the door. */
static void set_limits(struct ldap_door *door, const struct ldap_limits *wanted)
{
	struct ldap_limits *limits = arena_alloc(door->arena, sizeof *limits);

#define LDAP_LIMIT(name, usual, low, high) limits->name = wanted->name ? wanted->name : (usual);
#include "ldap_limits.def"
#undef LDAP_LIMIT
	atomic_store(&door->limits, limits);
}

const struct ldap_limits *door_limits(const struct ldap_door *door)
{
	return atomic_load_explicit(&door->limits, memory_order_acquire);
}

static void set_options(struct ldap_door *door, const struct ldap_door_options *options)
{
	struct ldap_door_options *own = &door->options;

	*own = *options;
	own->plain = own->secure = NULL;
	if (options->certificate)
		own->certificate = arena_string(door->arena, span_str(options->certificate));
	if (options->key)
		own->key = arena_string(door->arena, span_str(options->key));
	if (options->client_ca)
		own->client_ca = arena_string(door->arena, span_str(options->client_ca));
	own->loops = ldap_door_loops(options);
	set_limits(door, &options->limits);
}

static enum err open_shards(struct ldap_door *door, struct why *why)
{
	enum err err = OK;

	door->shards = arena_array(door->arena, door->options.loops, sizeof *door->shards);
	while (door->shard_count < door->options.loops && err == OK) {
		err = shard_open(&door->shards[door->shard_count], door, why);
		if (err == OK)
			door->shard_count++;
	}
	return err;
}

static enum err start_loops(struct ldap_door *door, struct why *why)
{
	enum err err = OK;

	for (unsigned i = 0; i < door->shard_count && err == OK; i++)
		err = loop_start(door->shards[i].loop, "ldap", why);
	return err;
}

static enum err set_up(
	struct ldap_door *door, const struct ldap_door_options *options, struct why *why)
{
	enum err err = naming_init(door->arena, span_str(options->suffix), &door->naming, why);

	if (err == OK && options->certificate && options->key)
		err = tls_load(
			options->certificate, options->key, options->client_ca, &door->tls, why);
	if (err == OK)
		err = open_shards(door, why);
	if (err == OK)
		err = open_ports(door, options, why);
	if (err == OK) {
		core_watch(door->core, committed, door);
		err = start_loops(door, why);
	}
	return err;
}

/* The loops have ended, or never ran. */
static void dispose(struct ldap_door *door)
{
	core_unwatch(door->core, door);
	for (unsigned i = 0; i < door->port_count; i++)
		listener_close(door->ports[i].listener);
	for (unsigned i = 0; i < door->shard_count; i++)
		shard_close(&door->shards[i]);
	admission_free(door->admission);
	accounts_free(door->accounts);
	tls_drop(door->tls);
	pthread_mutex_destroy(&door->lock);
	arena_free(door->arena);
	free(door);
}

unsigned ldap_door_loops(const struct ldap_door_options *options)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return options->loops ? options->loops : processors > 0 ? (unsigned)processors : 1;
}

enum err ldap_door_start(
	const struct ldap_door_options *options, struct ldap_door **out, struct why *why)
{
	struct ldap_door *door = heap_zalloc(sizeof *door);
	enum err err;

	door->core = options->core;
	door->arena = arena_new();
	set_options(door, options);
	pthread_mutex_init(&door->lock, NULL);
	door->admission = admission_new(
		door_limits(door)->connections, door_limits(door)->strangers_per_address);
	door->accounts = accounts_new();
	door->started = clock_monotonic();
	err = set_up(door, options, why);
	if (err == OK) {
		*out = door;
		return OK;
	}
	for (unsigned i = 0; i < door->shard_count; i++) {
		loop_stop(door->shards[i].loop);
		loop_join(door->shards[i].loop);
	}
	dispose(door);
	return err;
}

int ldap_door_port(const struct ldap_door *door, int secure, unsigned n)
{
	for (unsigned i = 0; i < door->port_count; i++)
		if (door->ports[i].secure == (secure != 0) && n-- == 0)
			return listener_port(door->ports[i].listener);
	return 0;
}

static enum err reload_tls(struct ldap_door *door, struct tls **fresh, struct why *why)
{
	const struct ldap_door_options *options = &door->options;

	*fresh = NULL;
	if (!options->certificate || !options->key)
		return OK;
	return tls_load(options->certificate, options->key, options->client_ca, fresh, why);
}

enum err ldap_door_reload(struct ldap_door *door, const struct ldap_limits *limits, struct why *why)
{
	struct tls *fresh, *old = NULL;
	enum err err = reload_tls(door, &fresh, why);

	if (err != OK)
		return err;
	pthread_mutex_lock(&door->lock);
	if (fresh) {
		old = door->tls;
		door->tls = fresh;
	}
	set_limits(door, limits);
	admission_set(door->admission, door_limits(door)->connections,
		door_limits(door)->strangers_per_address);
	pthread_mutex_unlock(&door->lock);
	tls_drop(old);
	return OK;
}

int64_t ldap_door_certificate_end(struct ldap_door *door)
{
	pthread_mutex_lock(&door->lock);
	int64_t end = tls_certificate_end(door->tls);
	pthread_mutex_unlock(&door->lock);
	return end;
}

struct deafening {
	struct task task;
	struct ldap_door *door;
	sem_t done;
};

static void deafen(struct task *task)
{
	struct deafening *deafening = (struct deafening *)task;
	struct ldap_door *door = deafening->door;

	for (unsigned i = 0; i < door->port_count; i++)
		listener_close(door->ports[i].listener);
	door->port_count = 0;
	sem_post(&deafening->done);
}

void ldap_door_stop(struct ldap_door *door, int drain)
{
	struct deafening deafening = { .task.run = deafen, .door = door };
	int64_t until = clock_monotonic() + drain * SECOND;

	/* First the ears, so that no arrival follows the shards' own stop. */
	sem_init(&deafening.done, 0, 0);
	loop_post(door->shards[0].loop, &deafening.task);
	while (sem_wait(&deafening.done) != 0)
		continue;
	sem_destroy(&deafening.done);
	for (unsigned i = 0; i < door->shard_count; i++)
		shard_stop(&door->shards[i], until);
	for (unsigned i = 0; i < door->shard_count; i++)
		loop_join(door->shards[i].loop);
	dispose(door);
}
