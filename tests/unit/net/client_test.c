/* Where outbound requests may go, and what the client takes from those who answer. */
#include "base/clock.h"
#include "net/address.h"
#include "net/client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_is_public((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_is_public((struct sockaddr *)&v6);
}

static void addresses_inside_are_not_public(void **state)
{
	static const char *const inside[] = { "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3",
		"172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1",
		"198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
		"fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
		"2002:7f00:1::", "2002:a00:1::", "2001:db8::1", "2001::1", "::127.0.0.1" };
	static const char *const outside[] = { "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1",
		"2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::" };

	(void)state;
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		if (is_public(inside[i]))
			fail_msg("%s is taken for public", inside[i]);
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
		if (!is_public(outside[i]))
			fail_msg("%s is taken for local", outside[i]);
}

static void urls_are_checked_by_their_spelling(void **state)
{
	static const char *const refused[] = { "http://example.com/", "ftp://example.com/",
		"https://", "https:///x", "https://localhost/", "https://LOCALHOST./",
		"https://a.localhost/", "https://127.0.0.1/", "https://2130706433/",
		"https://0x7f.1/", "https://0177.1/", "https://[::1]/",
		"https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://host/",
		"https://db.internal/", "https://user@example.com/", "https://user:pw@example.com/",
		"https://example.com:22/", "https://example.com:25/", "https://example.com:389/",
		"https://example.com:99999/", "https://example.com:x/", "https://example.com/#f",
		"https://example.com/a b", "https://example.com\\@evil.example/",
		"https://ex\xc3\xa4mple.com/", "https://exam%70le.com/" };
	static const char *const taken[] = { "https://example.com", "https://example.com/",
		"https://example.com:443/x?y=z", "https://EXAMPLE.com:8443/hooks/1",
		"HTTPS://a-b.example.com/", "https://1.1.1.1/", "https://[2606:4700::1111]:8443/" };
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (url_check(arena, span_str(refused[i]), false, NULL) == OK)
			fail_msg("%s is taken", refused[i]);
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (url_check(arena, span_str(taken[i]), false, NULL) != OK)
			fail_msg("%s is refused", taken[i]);
	assert_int_equal(url_check(arena, SPAN("http://127.0.0.1:8080/"), true, NULL), OK);
	assert_int_equal(url_check(arena, SPAN("http://127.0.0.1:22/"), true, NULL), ERR_VALUE);
	arena_free(arena);
}

/* ---- a peer that says what it is told to, once ---- */

struct peer {
	int listener;
	unsigned port;
	pthread_t thread;
	const char *says;
	size_t flood; /* octets of body behind it */
};

static void *peer_run(void *arg)
{
	struct peer *peer = arg;
	static char block[65536];
	char in[8192];
	int fd = accept(peer->listener, NULL, NULL);

	if (fd < 0)
		return NULL;
	if (recv(fd, in, sizeof in, 0) > 0 && peer->says) {
		send(fd, peer->says, strlen(peer->says), MSG_NOSIGNAL);
		for (size_t sent = 0; sent < peer->flood; sent += sizeof block)
			if (send(fd, block, sizeof block, MSG_NOSIGNAL) < 0)
				break;
	}
	while (recv(fd, in, sizeof in, 0) > 0)
		;
	close(fd);
	return NULL;
}

static void peer_start(struct peer *peer)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	peer->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(peer->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(peer->listener, 4), 0);
	assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&address, &len), 0);
	peer->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

static void peer_end(struct peer *peer)
{
	shutdown(peer->listener, SHUT_RDWR);
	pthread_join(peer->thread, NULL);
	close(peer->listener);
}

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};

static void call_done(struct client_call *call)
{
	struct waiting *w = call->arg;

	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static struct client_call ask(bool allow_local, const char *url, int64_t deadline)
{
	const struct client_options options = { .allow_local = allow_local };
	struct waiting w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	struct client_call call = {
		.url = url, .body = SPAN("{}"), .deadline = deadline, .done = call_done, .arg = &w
	};
	struct client *client;

	assert_int_equal(client_start(&options, &client, NULL), OK);
	assert_int_equal(client_post(client, &call, NULL), OK);
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.wake, &w.lock);
	pthread_mutex_unlock(&w.lock);
	client_stop(client);
	return call;
}

static struct client_call ask_peer(struct peer *peer, bool allow_local, int64_t deadline)
{
	char url[64];

	peer_start(peer);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/hook", peer->port);
	struct client_call call = ask(allow_local, url, deadline);
	peer_end(peer);
	return call;
}

static void an_answer_gives_its_status(void **state)
{
	struct peer peer = { .says = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" };

	(void)state;
	assert_int_equal(ask_peer(&peer, true, 0).status, 204);
}

static void a_redirect_is_not_followed(void **state)
{
	struct peer peer = { .says = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
				     "Content-Length: 0\r\nConnection: close\r\n\r\n" };

	(void)state;
	assert_int_equal(ask_peer(&peer, true, 0).status, 302);
}

static void a_flood_is_not_read_to_its_end(void **state)
{
	struct peer peer = { .says = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		.flood = (size_t)1 << 33 };

	(void)state;
	assert_int_equal(ask_peer(&peer, true, 0).status, 200);
}

static void silence_ends_at_the_deadline(void **state)
{
	struct peer peer = { .says = NULL };
	struct client_call call;

	(void)state;
	call = ask_peer(&peer, true, SECOND / 10);
	assert_int_equal(call.status, 0);
	assert_true(call.reason[0] != '\0');
}

static void what_is_no_http_is_a_failure(void **state)
{
	struct peer peer = { .says = "220 mail.example ESMTP\r\n" };

	(void)state;
	assert_int_equal(ask_peer(&peer, true, SECOND / 2).status, 0);
}

static void a_name_that_leads_inside_is_not_connected_to(void **state)
{
	struct client_call call;

	(void)state;
	call = ask(false, "https://localhost:4443/", 0);
	assert_int_equal(call.status, 0);
	assert_non_null(strstr(call.reason, "private network"));
}

static void plain_http_needs_permission(void **state)
{
	(void)state;
	assert_int_equal(ask(false, "http://127.0.0.1:4080/", 0).status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_inside_are_not_public),
		cmocka_unit_test(urls_are_checked_by_their_spelling),
		cmocka_unit_test(an_answer_gives_its_status),
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(a_flood_is_not_read_to_its_end),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(what_is_no_http_is_a_failure),
		cmocka_unit_test(a_name_that_leads_inside_is_not_connected_to),
		cmocka_unit_test(plain_http_needs_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
