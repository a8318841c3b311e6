#include "base/clock.h"
#include "base/secret.h"
#include "in/sync/address.h"
#include "in/upstream/certificate.h"
#include "in/upstream/upstream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Exported by libldap for those who bring their own connection; declared only in a header that is
 * not installed. */
int ldap_init_fd(ber_socket_t fd, int proto, const char *url, LDAP **ldp);
#define PROTO_TCP 1

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

static int64_t deadline_of(const struct upstream *up)
{
	return clock_monotonic() + up->order.connect_seconds * SECOND;
}

static int milliseconds_until(int64_t deadline)
{
	int64_t left = (deadline - clock_monotonic()) / 1000;

	return left > 0 ? (int)left : 0;
}

/* 0, or the errno of the attempt. */
static int connect_within(int fd, const struct addrinfo *to, int64_t deadline)
{
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;

	struct pollfd ready = { fd, POLLOUT, 0 };
	if (poll(&ready, 1, milliseconds_until(deadline)) != 1)
		return ETIMEDOUT;
	int err = 0;
	socklen_t len = sizeof(err);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return errno;
	return err;
}

/* A dead peer or a firewall that forgot us is noticed within about two minutes. */
static void keep_alive(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 15 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, 60000 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			sizeof(options[i].value));
}

/* Tries one address; *err keeps why it did not work. */
static bool try_address(
	struct upstream *up, const struct addrinfo *to, int64_t deadline, int *err, bool *refused)
{
	if (!up->order.allow_loopback && address_is_refused(to->ai_addr)) {
		*refused = true;
		return false;
	}
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		*err = errno;
		return false;
	}
	*err = connect_within(fd, to, deadline);
	if (*err != 0) {
		close(fd);
		return false;
	}
	int flags = fcntl(fd, F_GETFL);
	(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	keep_alive(fd);
	up->fd = fd;
	up->loopback = address_is_loopback(to->ai_addr);
	return true;
}

static void connect_tcp(struct upstream *up, const struct address *address)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found;
	int64_t deadline = deadline_of(up);
	int err = 0;
	bool refused = false;

	int rc = getaddrinfo(address->host, address->port, &hints, &found);
	if (rc != 0)
		upstream_fail(up, FAILURE_NET, "%s: %s", address->host, gai_strerror(rc));
	for (const struct addrinfo *to = found; to; to = to->ai_next)
		if (try_address(up, to, deadline, &err, &refused))
			break;
	freeaddrinfo(found);
	if (up->fd >= 0)
		return;
	if (refused && err == 0)
		upstream_fail(up, FAILURE_CONFIG,
			"%s is an address of this machine or link, which is not allowed here",
			address->host);
	upstream_fail(
		up, FAILURE_NET, "%s port %s: %s", address->host, address->port, strerror(err));
}

struct watchdog {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct timespec deadline;
	int fd;
	bool done, fired;
};

static void *watch(void *arg)
{
	struct watchdog *dog = arg;

	pthread_mutex_lock(&dog->lock);
	while (!dog->done && !dog->fired) {
		int rc = pthread_cond_timedwait(&dog->wake, &dog->lock, &dog->deadline);
		if (rc == ETIMEDOUT && !dog->done) {
			dog->fired = true;
			shutdown(dog->fd, SHUT_RDWR);
		}
	}
	pthread_mutex_unlock(&dog->lock);
	return NULL;
}

static void watchdog_begin(struct upstream *up, struct watchdog *dog)
{
	pthread_condattr_t attr;

	*dog = (struct watchdog){ .fd = up->fd };
	pthread_mutex_init(&dog->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dog->wake, &attr);
	pthread_condattr_destroy(&attr);
	clock_gettime(CLOCK_MONOTONIC, &dog->deadline);
	dog->deadline.tv_sec += up->order.connect_seconds;
	if (pthread_create(&dog->thread, NULL, watch, dog) != 0)
		upstream_fail(up, FAILURE_DATA, "no thread for the watchdog");
}

/* True when the deadline passed before. */
static bool watchdog_end(struct watchdog *dog)
{
	pthread_mutex_lock(&dog->lock);
	dog->done = true;
	pthread_cond_signal(&dog->wake);
	pthread_mutex_unlock(&dog->lock);
	pthread_join(dog->thread, NULL);
	return dog->fired;
}

static void set_options(struct upstream *up, int require)
{
	int version = LDAP_VERSION3, client = 0;
	char *ca = arena_string(
		up->arena, up->order.ca_file.len > 0 ? up->order.ca_file : SPAN(SYSTEM_CA));
	Sockbuf *sockbuf = NULL;
	ber_len_t max = up->order.pdu_max;

	int bad = ldap_set_option(up->ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	bad |= ldap_set_option(up->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	bad |= ldap_set_option(up->ld, LDAP_OPT_X_TLS_CACERTFILE, ca);
	bad |= ldap_set_option(up->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &require);
	if (bad || ldap_get_option(up->ld, LDAP_OPT_SOCKBUF, &sockbuf) != 0 ||
		ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &max) != 1)
		upstream_fail(up, FAILURE_DATA, "libldap refuses its options");
	if (ldap_set_option(up->ld, LDAP_OPT_X_TLS_NEWCTX, &client) != 0)
		upstream_fail(up, FAILURE_CONFIG, "the CA file %s cannot be used", ca);
}

static void open_handle(struct upstream *up, const struct address *address, int require)
{
	bool bare = strchr(address->host, ':') == NULL;
	const char *url = arena_printf(up->arena, "ldap://%s%s%s:%s", bare ? "" : "[",
		address->host, bare ? "" : "]", address->port);

	connect_tcp(up, address);
	if (ldap_init_fd(up->fd, PROTO_TCP, url, &up->ld) != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_DATA, "libldap refuses the connection");
	set_options(up, require);
}

static int shake_hands(struct upstream *up, const struct address *address)
{
	struct watchdog dog;

	watchdog_begin(up, &dog);
	int rc = address->tls ? ldap_install_tls(up->ld) : ldap_start_tls_s(up->ld, NULL, NULL);
	if (watchdog_end(&dog))
		upstream_fail(
			up, FAILURE_TLS, "no TLS within %u seconds", up->order.connect_seconds);
	return rc;
}

/* libldap says only that it failed. A second look without verification, in which nothing is sent,
 * tells a person what is wrong with the certificate. */
static _Noreturn void explain_tls(struct upstream *up, const struct address *address)
{
	struct berval der = { 0 };
	char reason[160] = "the server does not complete it";

	up->fd = -1;
	open_handle(up, address, LDAP_OPT_X_TLS_NEVER);
	if (shake_hands(up, address) == LDAP_SUCCESS &&
		ldap_get_option(up->ld, LDAP_OPT_X_TLS_PEERCERT, &der) == 0 && der.bv_val)
		certificate_explain(span_of_berval(&der), address->host, reason, sizeof(reason));
	upstream_fail(up, FAILURE_TLS, "TLS with %.60s failed: %s", address->host, reason);
}

static void start_tls(struct upstream *up, const struct address *address)
{
	if (shake_hands(up, address) != LDAP_SUCCESS)
		explain_tls(up, address);
}

static enum failure bind_failure(int code)
{
	switch (code) {
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
		return FAILURE_BUSY;
	case LDAP_PROTOCOL_ERROR:
		return FAILURE_PROTOCOL;
	case LDAP_SERVER_DOWN:
	case LDAP_TIMEOUT:
		return FAILURE_NET;
	default:
		return FAILURE_AUTH;
	}
}

static void send_bind(struct upstream *up, int *id)
{
	struct berval secret = { up->order.secret.len, (char *)up->order.secret.data };
	char *dn = arena_string(up->arena, up->order.bind_dn);

	int rc = ldap_sasl_bind(up->ld, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, id);
	secret_wipe((void *)up->order.secret.data, up->order.secret.len);
	up->order.secret = SPAN_NONE;
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, bind_failure(rc), "bind: %s", ldap_err2string(rc));
}

static void bind_simple(struct upstream *up)
{
	struct timeval deadline = { up->order.connect_seconds, 0 };
	LDAPMessage *answer = NULL;
	int id, code = LDAP_OTHER;
	char *text = NULL;

	send_bind(up, &id);
	int rc = ldap_result(up->ld, id, LDAP_MSG_ALL, &deadline, &answer);
	if (rc == 0)
		upstream_fail(up, FAILURE_NET, "no answer to the bind within %u seconds",
			up->order.connect_seconds);
	if (rc != LDAP_RES_BIND)
		upstream_fail(up, FAILURE_NET, "the connection broke during the bind");
	rc = ldap_parse_result(up->ld, answer, &code, NULL, &text, NULL, NULL, 1);
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_PROTOCOL, "the answer to the bind is malformed");
	if (code != LDAP_SUCCESS)
		upstream_fail(up, bind_failure(code), "bind refused: %s%s%.100s",
			ldap_err2string(code), text && *text ? ", " : "", text ? text : "");
	ldap_memfree(text);
}

void upstream_connect(struct upstream *up)
{
	struct address *address = &up->address;
	struct why why = { 0 };

	if (address_parse(up->order.uris[up->uri], address, &why) != OK)
		upstream_fail(up, FAILURE_CONFIG, "%s", why.text);
	upstream_enter(up, STAGE_CONNECT);
	open_handle(up, address, LDAP_OPT_X_TLS_DEMAND);
	if (address->tls || up->order.start_tls) {
		upstream_enter(up, STAGE_TLS);
		start_tls(up, address);
	} else if (!up->loopback && up->order.secret.len > 0) {
		upstream_fail(up, FAILURE_CONFIG,
			"no password goes over a connection without TLS to another machine");
	}
	if (up->order.bind_dn.len > 0) {
		upstream_enter(up, STAGE_BIND);
		/* RFC 4513 section 5.1.2: an empty password would bind anonymously and succeed. */
		if (up->order.secret.len == 0)
			upstream_fail(up, FAILURE_CONFIG, "the bind DN has no password");
		bind_simple(up);
	}
	arena_reset(up->arena);
}
