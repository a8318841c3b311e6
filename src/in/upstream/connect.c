#include "base/clock.h"
#include "base/secret.h"
#include "in/sync/address.h"
#include "in/upstream/certificate.h"
#include "in/upstream/upstream.h"
#include "in/upstream/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

static void connect_tcp(struct upstream *up)
{
	const struct address *address = &up->address;
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

/* A pipe would be waited for, a device read without end. */
static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
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
	if (!is_file(ca) || ldap_set_option(up->ld, LDAP_OPT_X_TLS_NEWCTX, &client) != 0)
		upstream_fail(up, FAILURE_CONFIG, "the CA file %s cannot be used", ca);
}

static void open_handle(struct upstream *up, int require)
{
	const struct address *address = &up->address;
	bool bare = strchr(address->host, ':') == NULL;
	const char *url = arena_printf(up->arena, "ldap://%s%s%s:%s", bare ? "" : "[",
		address->host, bare ? "" : "]", address->port);

	connect_tcp(up);
	if (ldap_init_fd(up->fd, PROTO_TCP, url, &up->ld) != LDAP_SUCCESS)
		upstream_fail(up, FAILURE_DATA, "libldap refuses the connection");
	set_options(up, require);
}

/* Nothing is said to a server that is given up: it might not read it. */
static void drop_connection(struct upstream *up)
{
	if (up->fd >= 0)
		shutdown(up->fd, SHUT_RDWR);
	if (up->ld)
		ldap_unbind_ext(up->ld, NULL, NULL);
	else if (up->fd >= 0)
		close(up->fd);
	up->ld = NULL;
	up->fd = -1;
	up->not_after = 0;
}

static int shake_hands(struct upstream *up)
{
	struct watchdog dog;

	if (!watchdog_begin(&dog, up->fd, up->order.connect_seconds))
		upstream_fail(up, FAILURE_DATA, "no thread for the watchdog");
	int rc = up->address.tls ? ldap_install_tls(up->ld) : ldap_start_tls_s(up->ld, NULL, NULL);
	if (watchdog_end(&dog))
		upstream_fail(
			up, FAILURE_TLS, "no TLS within %u seconds", up->order.connect_seconds);
	/* A result of the server's own: it was asked for StartTLS and declined. Nothing follows in
	 * clear. */
	if (rc > 0)
		upstream_fail(up, FAILURE_TLS, "%.60s refuses StartTLS: %s", up->address.host,
			ldap_err2string(rc));
	return rc;
}

static struct span peer_certificate(struct upstream *up)
{
	struct berval der = { 0 };

	if (ldap_get_option(up->ld, LDAP_OPT_X_TLS_PEERCERT, &der) != 0 || !der.bv_val)
		return SPAN_NONE;
	struct span copy = arena_copy(up->arena, span_of_berval(&der));
	ber_memfree(der.bv_val);
	return copy;
}

/* libldap says only that it failed. A second look without verification, in which nothing is sent,
 * tells a person what is wrong with the certificate. */
static _Noreturn void explain_tls(struct upstream *up)
{
	struct span der = SPAN_NONE;
	char reason[320] = "the server does not complete it";

	drop_connection(up);
	open_handle(up, LDAP_OPT_X_TLS_NEVER);
	if (shake_hands(up) == LDAP_SUCCESS)
		der = peer_certificate(up);
	if (der.len > 0)
		certificate_explain(der, up->address.host, reason, sizeof(reason));
	upstream_fail(up, FAILURE_TLS, "TLS with %.60s failed: %s", up->address.host, reason);
}

static void start_tls(struct upstream *up)
{
	if (shake_hands(up) != LDAP_SUCCESS)
		explain_tls(up);
	up->not_after = certificate_end(peer_certificate(up));
}

static void connect_one(struct upstream *up)
{
	struct why why = { 0 };

	if (address_parse(up->order.uris[up->uri], &up->address, &why) != OK)
		upstream_fail(up, FAILURE_CONFIG, "%s", why.text);
	upstream_enter(up, STAGE_CONNECT);
	open_handle(up, LDAP_OPT_X_TLS_DEMAND);
	if (up->address.tls || up->order.start_tls) {
		upstream_enter(up, STAGE_TLS);
		start_tls(up);
	} else if (!up->loopback && up->order.secret.len > 0) {
		upstream_fail(up, FAILURE_CONFIG,
			"no password goes over a connection without TLS to another machine");
	}
	upstream_bind(up);
	arena_reset(up->arena);
	upstream_enter(up, STAGE_DISCOVER);
	rootdse_read(up);
}

/* The server that the cookie is of, if it is still one of the order's; else the first. */
static size_t first_uri(struct upstream *up)
{
	struct address address;
	struct span of = up->order.identity;

	of.len = span_find(of, ' ');
	for (size_t i = 0; up->order.cookie.len > 0 && i < up->order.uri_count; i++)
		if (address_parse(up->order.uris[i], &address, NULL) == OK &&
			span_equal(address_place(up->life, &address), of))
			return i;
	return 0;
}

void upstream_connect(struct upstream *up)
{
	up->uri = up->first = first_uri(up);
	/* upstream_fail comes back here while another server can be tried. */
	if (setjmp(up->next_server) != 0) {
		drop_connection(up);
		arena_reset(up->arena);
		up->uri = (up->uri + 1) % up->order.uri_count;
	}
	up->tries++;
	up->has_another = up->tries < up->order.uri_count;
	connect_one(up);
	up->has_another = false;
	secret_wipe((void *)up->order.secret.data, up->order.secret.len);
	up->order.secret = SPAN_NONE;
}
