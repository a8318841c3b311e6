/* The HTTP server from outside: raw octets over real sockets. */
#include "net/http.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct http_server *server;
static atomic_int handled, threads_started, threads_ended;
static struct http_exchange *_Atomic held;

static void echo(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	atomic_fetch_add(&handled, 1);
	struct span body = request->body;
	if (body.len == 0)
		body = request->segments[request->segment_count - 1];
	http_answer(exchange, 200, "text/plain", body, NULL);
}

static void *answer_later(void *exchange)
{
	usleep(20000);
	http_answer(exchange, 200, "text/plain", SPAN("later"), NULL);
	return NULL;
}

static void later(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	pthread_t thread;
	pthread_create(&thread, NULL, answer_later, exchange);
	pthread_detach(thread);
}

static void again(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	http_answer(exchange, 200, "text/plain",
		request->thread_data ? SPAN("again") : SPAN("lost"), NULL);
}

static void *resume_later(void *exchange)
{
	http_resume(exchange, again);
	return NULL;
}

static void resumed(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	pthread_t thread;
	pthread_create(&thread, NULL, resume_later, exchange);
	pthread_detach(thread);
}

static void hold(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	atomic_store(&held, exchange);
}

static atomic_int pieces; /* written before the stream was let go of */

static void *write_for_ever(void *stream)
{
	static const uint8_t piece[1024];
	while (http_stream_write(stream, span_of(piece, sizeof piece)))
		atomic_fetch_add(&pieces, 1);
	http_stream_end(stream);
	return NULL;
}

static void flood(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	pthread_t thread;
	struct http_stream *stream = http_stream_begin(exchange, "text/plain", NULL, 64 * KIB);
	atomic_store(&pieces, 0);
	pthread_create(&thread, NULL, write_for_ever, stream);
	pthread_detach(thread);
}

static struct http_stream *_Atomic told;

static void tell(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	atomic_store(&told, http_stream_begin(exchange, "text/plain", NULL, 1000));
}

static void *thread_start(void *arg)
{
	(void)arg;
	atomic_fetch_add(&threads_started, 1);
	return &threads_started;
}

static void thread_end(void *arg, void *data)
{
	(void)arg;
	assert_ptr_equal(data, &threads_started);
	atomic_fetch_add(&threads_ended, 1);
}

static bool admit(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	if (!span_equal(http_bearer(exchange), SPAN("wrong")))
		return true;
	http_answer(exchange, 401, "text/plain", SPAN("no"),
		(const char *const[]){ "WWW-Authenticate", "Bearer", NULL });
	return false;
}

static void refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type)
{
	(void)arg;
	(void)err;
	buffer_putf(body, "refused %d: %s", status, text);
	*content_type = "text/plain";
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/echo/:word", echo, 0 },
	{ HTTP_POST, "/echo/:word", echo, 1000 },
	{ HTTP_GET, "/", echo, 0 },
	{ HTTP_POST, "/later", later, 1000 },
	{ HTTP_GET, "/resumed", resumed, 0 },
	{ HTTP_GET, "/hold", hold, 0 },
	{ HTTP_GET, "/flood", flood, 0 },
	{ HTTP_GET, "/tell", tell, 0 },
};

static const char beside_arg[] = "beside";

static void answer_beside(
	void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	assert_ptr_equal(arg, &beside_arg);
	assert_null(request->thread_data);
	const char *text = arena_printf(request->arena, "%s %s", request->route->pattern,
		arena_string(request->arena, request->segments[1]));
	http_answer(exchange, 200, "text/plain", span_str(text), NULL);
}

static void refuse_beside(void *arg, enum err err, int status, const char *text,
	struct buffer *body, const char **content_type)
{
	(void)err;
	(void)text;
	assert_ptr_equal(arg, &beside_arg);
	buffer_putf(body, "refused beside %d", status);
	*content_type = "text/plain";
}

static const struct http_route beside[] = {
	{ HTTP_GET, "/beside/:word", answer_beside, 0 },
	{ HTTP_GET, "/beside/Word/:id", answer_beside, 0 },
	{ HTTP_GET, "/beside/:any/Word", answer_beside, 0 },
};

static int start(void **state)
{
	(void)state;
	static const char *const hosts[] = { "localhost", "127.0.0.1", NULL };
	const struct http_options options = {
		.listen = "127.0.0.1:0",
		.sites = { { .routes = routes,
				   .route_count = sizeof routes / sizeof *routes,
				   .admit = admit,
				   .refuse = refuse,
				   .thread_start = thread_start,
				   .thread_end = thread_end },
			{ .prefix = "/beside/",
				.routes = beside,
				.route_count = sizeof beside / sizeof *beside,
				.loose_case = true,
				.arg = (void *)&beside_arg,
				.refuse = refuse_beside } },
		.threads = 2,
		.hosts = hosts,
	};
	struct why why = { 0 };
	atomic_store(&handled, 0);
	atomic_store(&held, NULL);
	if (http_start(&options, &server, &why)) {
		print_error("%s\n", why.text);
		return -1;
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	if (server)
		http_stop(server, SECOND);
	server = NULL;
	assert_int_equal(atomic_load(&threads_started), atomic_load(&threads_ended));
	return 0;
}

static int connected(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

static void put_octets(int fd, const char *text, size_t len)
{
	assert_true(send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static void put(int fd, const char *text)
{
	put_octets(fd, text, strlen(text));
}

/* Reads until the end, or until `until` has come. */
static char *received(int fd, const char *until)
{
	static char text[65536];
	size_t len = 0;
	text[0] = 0;
	while (len < sizeof text - 1 && !(until && strstr(text, until))) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		assert_int_equal(poll(&p, 1, 60000), 1);
		ssize_t n = read(fd, text + len, sizeof text - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = 0;
	}
	return text;
}

static char *asked_octets(const char *text, size_t len)
{
	int fd = connected();
	put_octets(fd, text, len);
	shutdown(fd, SHUT_WR);
	char *answer = received(fd, NULL);
	close(fd);
	return answer;
}

static char *asked(const char *text)
{
	return asked_octets(text, strlen(text));
}

static void assert_status(const char *answer, const char *status)
{
	if (strncmp(answer, "HTTP/1.1 ", 9) != 0 || strncmp(answer + 9, status, 3) != 0)
		fail_msg("wanted %s, got: %.200s", status, answer);
}

#define H "Host: localhost\r\n"
#define HC H "Connection: close\r\n"

static void two_doors_share_a_server_and_keep_their_forms(void **state)
{
	(void)state;
	char *answer = asked("GET /beside/word HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, "/beside/:word"));
	answer = asked("GET /beside/no/such HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "404");
	assert_non_null(strstr(answer, "refused beside 404"));
	answer = asked("GET /no/such HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "404");
	assert_non_null(strstr(answer, "refused 404: "));
}

static void a_loose_site_reads_words_in_any_case_when_no_route_is_spelled_so(void **state)
{
	(void)state;
	char *answer = asked("GET /beside/wORD/7 HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, "/beside/Word/:id Word"));
	answer = asked("GET /beside/word/Word HTTP/1.1\r\n" HC "\r\n");
	assert_non_null(strstr(answer, "/beside/:any/Word word"));
	answer = asked("POST /beside/WORD/7 HTTP/1.1\r\n" HC "Content-Length: 0\r\n\r\n");
	assert_status(answer, "405");
	answer = asked("GET /Echo/hello HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "404");
}

static void a_path_is_routed_and_answered(void **state)
{
	(void)state;
	char *answer = asked("GET /echo/hello HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, "\r\n\r\nhello"));
	assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
	assert_non_null(strstr(answer, "Cache-Control: no-store"));
	answer = asked("GET /echo/a%20b%C3%A4 HTTP/1.1\r\n" HC "\r\n");
	assert_non_null(strstr(answer, "\r\n\r\na b\xc3\xa4"));
}

static void one_connection_serves_many_requests(void **state)
{
	(void)state;
	int fd = connected();
	for (int i = 0; i < 50; i++) {
		put(fd, "GET /echo/once HTTP/1.1\r\n" H "\r\n");
		assert_non_null(strstr(received(fd, "once"), "once"));
	}
	close(fd);
	assert_int_equal(atomic_load(&handled), 50);
}

static void a_head_answers_the_header_only(void **state)
{
	(void)state;
	char *answer = asked("HEAD /echo/hello HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, "Content-Length: 5"));
	assert_null(strstr(answer, "hello"));
}

static void another_method_is_told_what_is_allowed(void **state)
{
	(void)state;
	char *answer = asked("OPTIONS /echo/x HTTP/1.1\r\n" HC "\r\n");
	assert_status(answer, "405");
	assert_non_null(strstr(answer, "Allow: GET, HEAD, POST"));
	assert_status(asked("DELETE /echo/x HTTP/1.1\r\n" HC "\r\n"), "405");
	assert_status(asked("TRACE /echo/x HTTP/1.1\r\n" HC "\r\n"), "405");
	assert_status(asked("BREW /echo/x HTTP/1.1\r\n" H "\r\n"), "501");
	assert_status(asked("GET /nothing HTTP/1.1\r\n" HC "\r\n"), "404");
	assert_status(asked("GET /echo/ HTTP/1.1\r\n" HC "\r\n"), "404");
	assert_int_equal(atomic_load(&handled), 0);
}

static void nothing_smuggled_is_executed(void **state)
{
	(void)state;
	static const char *const heads[] = {
		"POST /echo/x HTTP/1.1\r\n" H
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 40\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length : 3\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: 3,3\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length: 3 3\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Content-Length:\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n",
		"POST /echo/x HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
		"chunked\r\n\r\n",
		"POST /echo/x HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n",
		"GET /echo/x HTTP/1.1\r\n" H "X-A: one\r\n two: three\r\n\r\n",
		"GET /echo/x HTTP/1.1\r\n" H ": empty\r\nX-B: c\r\n\r\n",
		"GET /echo/x HTTP/1.1\r\n" H ":\r\n\r\n",
		"GET /echo/x HTTP/1.1\n" H "\r\n",
		"GET /echo/x HTTP/1.1\r\nHost: localhost\nX-B: c\r\n\r\n",
		"GET /echo/x HTTP/1.1\r\n" H "X-B: c\r\n\n",
		"GET /echo/x HTTP/1.1\r\nHost: localhost\rX-B: c\r\n\r\n",
		"GET  /echo/x HTTP/1.1\r\n" H "\r\n",
		"GET /echo/x HTTP/1.1\r\n" H "A\x01: b\r\n\r\n",
		"GET /echo/x HTTP/1.1\r\n" H "A: b\x01\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		char text[1000];
		snprintf(text, sizeof text, "%s0\r\n\r\nGET /echo/smuggled HTTP/1.1\r\n" H "\r\n",
			heads[i]);
		char *answer = asked(text);
		if (*answer && (answer[9] == '2' || strstr(answer, "smuggled")))
			fail_msg("%s -> %s", heads[i], answer);
		if (*answer)
			assert_non_null(strstr(answer, "Connection: close"));
	}
	assert_int_equal(atomic_load(&handled), 0);
}

static void a_nul_in_the_head_is_refused(void **state)
{
	(void)state;
	static const char text[] = "GET /echo/x HTTP/1.1\r\n" H "X-A: b\0c\r\nX-D: e\r\n\r\n";
	assert_status(asked_octets(text, sizeof text - 1), "400");
	assert_int_equal(atomic_load(&handled), 0);
}

/* Whatever the client's blanks, and however the octets arrive. */
static void a_well_formed_head_of_any_shape_passes(void **state)
{
	(void)state;
	char text[20000];
	int len = snprintf(text, sizeof text,
		"GET /echo/long?a=%%20b HTTP/1.1\r\nhost:localhost\r\nX-Empty:\r\nX-Blank: \t \r\n"
		"Connection: close\r\nX-Long: %016000d\r\nX-Trailing: y  \r\n\r\n",
		7);
	assert_status(asked_octets(text, (size_t)len), "200");
	int fd = connected();
	for (int at = 0; at < len; at += 3001) {
		put_octets(fd, text + at, (size_t)(len - at < 3001 ? len - at : 3001));
		usleep(2000);
	}
	assert_status(received(fd, NULL), "200");
	close(fd);
	fd = connected();
	put(fd, "GET /echo/one HTTP/1.1\r\n" H "\r\nGET /echo/two HTTP/1.1\r\n" HC "\r\n");
	char *both = received(fd, NULL);
	assert_non_null(strstr(both, "\r\n\r\none"));
	assert_non_null(strstr(both, "\r\n\r\ntwo"));
	close(fd);
}

static void exactly_one_known_host_is_needed(void **state)
{
	(void)state;
	assert_status(asked("GET /echo/x HTTP/1.1\r\n\r\n"), "400");
	assert_status(asked("GET /echo/x HTTP/1.1\r\n" H H "\r\n"), "400");
	assert_status(asked("GET /echo/x HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "421");
	assert_status(asked("GET /echo/x HTTP/1.1\r\nHost: local host\r\n\r\n"), "400");
	assert_status(asked("GET /echo/x HTTP/1.1\r\nHost: localhost:x\r\n\r\n"), "400");
	assert_status(asked("GET http://evil.example/echo/x HTTP/1.1\r\n" H "\r\n"), "400");
	assert_int_equal(atomic_load(&handled), 0);
	assert_status(
		asked("GET /echo/x HTTP/1.1\r\nHost: LOCALHOST:8080\r\nConnection: close\r\n\r\n"),
		"200");
	assert_status(asked("GET /echo/x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
		"200");
}

static void a_treacherous_path_reaches_no_handler(void **state)
{
	(void)state;
	static const char *const paths[] = { "/echo/a%00b", "/echo/a%2fb", "/echo/a%5Cb",
		"/echo/%2e%2e", "/echo/..", "/echo/.", "/echo/a;b", "/echo/a b", "echo/a",
		"/echo/%zz", "/echo/%4", "/echo/\xff", "/echo/%c0%af", "/echo/%0d", "/echo/a\\b",
		"*", "/echo%2fx", "/echo/%ff" };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char text[200];
		snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "\r\n", paths[i]);
		char *answer = asked(text);
		if (*answer)
			assert_status(answer, "400");
	}
	assert_int_equal(atomic_load(&handled), 0);
	char *answer = asked("GET /echo/%2541 HTTP/1.1\r\n" HC "\r\n");
	assert_non_null(strstr(answer, "\r\n\r\n%41"));
}

static void other_versions_and_codings_are_refused(void **state)
{
	(void)state;
	assert_status(asked("GET /echo/x HTTP/1.2\r\n" H "\r\n"), "505");
	assert_status(asked("POST /echo/x HTTP/1.1\r\n" H
			    "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"),
		"415");
	assert_status(asked("POST /echo/x HTTP/1.1\r\n" H "Content-Type: application/json; "
			    "charset=utf-16\r\nContent-Length: 1\r\n\r\nx"),
		"415");
	assert_status(asked("GET /echo/x HTTP/1.1\r\n" H
			    "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"),
		"400");
	assert_int_equal(atomic_load(&handled), 0);
}

static void a_body_comes_whole(void **state)
{
	(void)state;
	char *answer = asked("POST /echo/x HTTP/1.1\r\n" HC "Content-Length: 4\r\n\r\nbody");
	assert_non_null(strstr(answer, "\r\n\r\nbody"));
	answer = asked("POST /echo/x HTTP/1.1\r\n" HC
		       "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");
	assert_non_null(strstr(answer, "\r\n\r\nbody"));
	char head[200], text[1400];
	snprintf(head, sizeof head, "POST /echo/x HTTP/1.1\r\n" HC "Content-Length: 1000\r\n\r\n");
	snprintf(text, sizeof text, "%s%01000d", head, 7);
	assert_status(asked(text), "200");
}

static void a_body_past_its_limit_is_refused(void **state)
{
	(void)state;
	assert_status(asked("POST /echo/x HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n"), "413");
	assert_status(asked("POST /echo/x HTTP/1.1\r\n" H
			    "Content-Length: 99999999999999999999999\r\n\r\n"),
		"413");
	assert_status(asked("GET /echo/x HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx"), "413");
	char text[3000];
	int len = snprintf(text, sizeof text,
		"POST /echo/x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3e9\r\n%01001d"
		"\r\n0\r\n\r\nGET /echo/smuggled HTTP/1.1\r\n" H "\r\n",
		7);
	char *answer = asked_octets(text, (size_t)len);
	assert_status(answer, "413");
	assert_null(strstr(answer, "smuggled"));
	assert_int_equal(atomic_load(&handled), 0);
}

static void an_endless_body_ends_the_connection(void **state)
{
	(void)state;
	int fd = connected();
	static char chunk[32768];
	memset(chunk, 'x', sizeof chunk);
	memcpy(chunk, "7ff8\r\n", 6);
	memcpy(chunk + sizeof chunk - 2, "\r\n", 2);
	static const char head[] =
		"POST /echo/x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n";
	put(fd, head);
	int sent = 0;
	while (sent < 100000 && send(fd, chunk, sizeof chunk, MSG_NOSIGNAL) > 0)
		sent++;
	assert_true(sent < 100000);
	close(fd);
	assert_int_equal(atomic_load(&handled), 0);
}

static void who_is_not_let_in_sends_no_body(void **state)
{
	(void)state;
	int fd = connected();
	static const char head[] = "POST /echo/x HTTP/1.1\r\n" H
				   "Authorization: bearer wrong\r\nExpect: 100-continue\r\n"
				   "Content-Length: 900\r\n\r\n";
	put(fd, head);
	char *answer = received(fd, NULL);
	assert_status(answer, "401");
	assert_non_null(strstr(answer, "WWW-Authenticate: Bearer"));
	close(fd);
	assert_int_equal(atomic_load(&handled), 0);
}

static void an_answer_may_come_later_from_another_thread(void **state)
{
	(void)state;
	char *answer = asked("POST /later HTTP/1.1\r\n" HC "Content-Length: 1\r\n\r\nx");
	assert_status(answer, "200");
	assert_non_null(strstr(answer, "\r\n\r\nlater"));
	for (int i = 0; i < 200; i++) {
		answer = asked("GET /resumed HTTP/1.1\r\n" HC "\r\n");
		assert_non_null(strstr(answer, "\r\n\r\nagain"));
	}
}

static void a_client_that_goes_away_leaves_nothing_behind(void **state)
{
	(void)state;
	int fd = connected();
	put(fd, "GET /hold HTTP/1.1\r\n" H "\r\n");
	while (!atomic_load(&held))
		usleep(1000);
	close(fd);
	usleep(50000);
	http_answer(atomic_load(&held), 200, NULL, SPAN("nobody"), NULL);
	assert_status(asked("GET /echo/x HTTP/1.1\r\n" HC "\r\n"), "200");
}

static void stopping_abandons_what_nobody_answers(void **state)
{
	(void)state;
	int fd = connected();
	put(fd, "GET /hold HTTP/1.1\r\n" H "\r\n");
	while (!atomic_load(&held))
		usleep(1000);
	http_stop(server, 0);
	server = NULL;
	assert_status(received(fd, NULL), "503");
	close(fd);
	http_answer(atomic_load(&held), 200, NULL, SPAN("late"), NULL);
}

struct caller {
	pthread_t thread;
	bool answered;
};

static void *call(void *arg)
{
	struct caller *caller = arg;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char text[1000] = "";
	static const char request[] = "GET /echo/here HTTP/1.1\r\n" H "\r\n";
	struct pollfd p = { .fd = fd, .events = POLLIN };
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
		write(fd, request, strlen(request)) > 0 && poll(&p, 1, 30000) == 1 &&
		read(fd, text, sizeof text - 1) > 0)
		caller->answered = strstr(text, "\r\n\r\nhere") != NULL;
	close(fd);
	return NULL;
}

static void two_hundred_and_fifty_six_at_once_are_all_answered(void **state)
{
	for (int run = 0; run < 10; run++) {
		static struct caller callers[256];
		memset(callers, 0, sizeof callers);
		assert_int_equal(start(state), 0);
		for (int i = 0; i < 256; i++)
			pthread_create(&callers[i].thread, NULL, call, &callers[i]);
		for (int i = 0; i < 256; i++) {
			pthread_join(callers[i].thread, NULL);
			assert_true(callers[i].answered);
		}
		stop(state);
	}
}

/* Returns once the server has the head and waits for the body. */
static void put_head_of_body(int fd)
{
	put(fd, "POST /echo/x HTTP/1.1\r\n" H
		"Authorization: Bearer right\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
	assert_non_null(strstr(received(fd, "\r\n\r\n"), " 100 "));
}

/* The server's clock is moved, so nothing here waits ten seconds. A sweep goes by descriptor: when
 * it has closed `later`, it has seen the octets of `idle`. */
static void who_sends_too_slowly_is_closed(void **state)
{
	(void)state;
	int64_t now = clock_monotonic();
	clock_set_for_test(now);
	int head = connected(), body = connected(), idle = connected(), later = connected();
	put(head, "GET /echo/x HTT");
	put_head_of_body(body);
	put(idle, "GET /echo/once HTTP/1.1\r\n" H "\r\n");
	assert_non_null(strstr(received(idle, "once"), "once"));
	clock_set_for_test(now + 5 * SECOND);
	put_head_of_body(later);
	clock_set_for_test(now + 11 * SECOND);
	assert_string_equal(received(head, NULL), "");
	struct pollfd p[] = { { .fd = body, .events = POLLIN }, { .fd = idle, .events = POLLIN } };
	assert_int_equal(poll(p, 2, 0), 0);
	clock_set_for_test(now + 32 * SECOND);
	assert_string_equal(received(body, NULL), "");
	assert_int_equal(poll(&p[1], 1, 0), 0);
	put(idle, "GET");
	clock_set_for_test(now + 36 * SECOND);
	assert_string_equal(received(later, NULL), "");
	assert_int_equal(poll(&p[1], 1, 0), 0);
	clock_set_for_test(now + 47 * SECOND);
	assert_string_equal(received(idle, NULL), "");
	clock_set_for_test(0);
	close(head);
	close(body);
	close(idle);
	close(later);
}

/* ---- answers that go on ---- */

static struct http_stream *opened(int fd)
{
	struct http_stream *stream;
	atomic_store(&told, NULL);
	put(fd, "GET /tell HTTP/1.1\r\n" H "\r\n");
	assert_non_null(strstr(received(fd, "\r\n\r\n"), " 200 "));
	while (!(stream = atomic_load(&told)))
		usleep(1000);
	return stream;
}

static void what_is_written_to_a_stream_goes_out_piece_by_piece(void **state)
{
	(void)state;
	int fd = connected();
	struct http_stream *stream = opened(fd);
	assert_true(http_stream_write(stream, SPAN("first piece")));
	assert_non_null(strstr(received(fd, "first piece"), "first piece"));
	assert_true(http_stream_write(stream, SPAN("second piece")));
	assert_non_null(strstr(received(fd, "second piece"), "second piece"));
	http_stream_end(stream);
	received(fd, NULL);
	close(fd);
}

static void who_does_not_read_a_stream_is_let_go_of(void **state)
{
	(void)state;
	int fd = connected();
	put(fd, "GET /flood HTTP/1.1\r\n" H "\r\n");
	received(fd, "\r\n\r\n");
	while (metric_get(METRIC_HTTP_STREAMS) > 0)
		usleep(1000);
	assert_true(atomic_load(&pieces) > 0);
	close(fd);
}

static void a_server_that_stops_waits_for_no_stream(void **state)
{
	int fd = connected();
	struct http_stream *stream = opened(fd);
	stop(state);
	assert_false(http_stream_write(stream, SPAN("late")));
	http_stream_end(stream);
	close(fd);
	assert_int_equal(start(state), 0);
}

/* ---- TLS ---- */

static void make_certificate(const char *folder, const char *name)
{
	char command[400];
	snprintf(command, sizeof command,
		"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%s -keyout %s/key.pem "
		"-out %s/certificate.pem 2>/dev/null",
		name, folder, folder);
	assert_int_equal(system(command), 0);
}

/* The common name of the certificate that a fresh handshake shows, and a whole answer with it. */
static void assert_serves(const char *name)
{
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	int fd = connected();
	assert_int_equal(gnutls_certificate_allocate_credentials(&credentials), 0);
	assert_int_equal(gnutls_init(&session, GNUTLS_CLIENT), 0);
	gnutls_set_default_priority(session);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(session, fd);
	assert_int_equal(gnutls_handshake(session), 0);
	unsigned count = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t certificate;
	char dn[100] = "", text[4096] = "";
	size_t len = sizeof dn;
	assert_int_equal(count, 1);
	gnutls_x509_crt_init(&certificate);
	gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER);
	gnutls_x509_crt_get_dn(certificate, dn, &len);
	gnutls_x509_crt_deinit(certificate);
	assert_string_equal(dn, name);
	static const char request[] = "GET /resumed HTTP/1.1\r\n" HC "\r\n";
	assert_true(gnutls_record_send(session, request, strlen(request)) > 0);
	size_t got = 0;
	for (ssize_t n = 1; n > 0 && !strstr(text, "\r\n\r\nagain"); got += n > 0 ? (size_t)n : 0)
		n = gnutls_record_recv(session, text + got, sizeof text - 1 - got);
	assert_non_null(strstr(text, "\r\n\r\nagain"));
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(credentials);
	close(fd);
}

static void a_reloaded_certificate_serves_the_next_handshake(void **state)
{
	(void)state;
	char folder[] = "/tmp/muster-http-XXXXXX", certificate[64], key[64], command[100];
	assert_non_null(mkdtemp(folder));
	snprintf(certificate, sizeof certificate, "%s/certificate.pem", folder);
	snprintf(key, sizeof key, "%s/key.pem", folder);
	make_certificate(folder, "first");
	const struct http_options options = { .listen = "127.0.0.1:0",
		.certificate = certificate,
		.key = key,
		.sites[0] = { .routes = routes,
			.route_count = sizeof routes / sizeof *routes,
			.thread_start = thread_start,
			.thread_end = thread_end },
		.threads = 2 };
	struct why why = { 0 };
	assert_int_equal(http_start(&options, &server, &why), OK);
	assert_serves("CN=first");
	int64_t left = http_certificate_end(server) - clock_wall();
	assert_true(left > 24 * 3600 * SECOND && left <= 48 * 3600 * SECOND);
	make_certificate(folder, "second");
	assert_int_equal(http_reload_certificate(server, &why), OK);
	assert_serves("CN=second");
	assert_serves("CN=second");
	assert_int_equal(truncate(key, 10), 0);
	assert_int_equal(http_reload_certificate(server, &why), ERR_CONFIG);
	assert_serves("CN=second");
	stop(state);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* ---- requests of our own ---- */

static void tell_header(
	void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	const struct http_ask_header *caller = http_caller(exchange);
	assert_string_equal(caller->name, "If-Match");
	assert_int_equal(http_bearer(exchange).len, 0);
	assert_int_equal(http_header(exchange, "X-None").len, 0);
	http_answer(exchange, 201, "text/plain", http_header(exchange, "if-match"), NULL);
}

static const struct http_route own_routes[] = {
	{ HTTP_PUT, "/own/:name", echo, 100 },
	{ HTTP_GET, "/own/later", later, 0 },
	{ HTTP_GET, "/own/resumed", resumed, 0 },
	{ HTTP_GET, "/own/header", tell_header, 0 },
};

static enum err ask(
	struct arena *arena, const char *method, const char *target, struct http_answered *answered)
{
	static const struct http_ask_header header = { "If-Match", { (const uint8_t *)"W/1", 3 } };
	const struct http_site site = { .routes = own_routes,
		.route_count = sizeof own_routes / sizeof *own_routes };
	const struct http_ask own = { .method = span_str(method),
		.target = span_str(target),
		.headers = &header,
		.header_count = 1,
		.body = strcmp(method, "PUT") == 0 ? SPAN("octets") : SPAN_NONE,
		.thread_data = arena,
		.caller = (void *)&header,
		.arena = arena };
	return http_run(&site, &own, answered, NULL);
}

static void a_request_of_our_own_is_answered_by_the_same_handlers(void **state)
{
	(void)state;
	static const struct {
		const char *method, *target, *body;
		int status;
	} rows[] = { { "PUT", "/own/x?a=b", "octets", 200 }, { "GET", "/own/later", "later", 200 },
		{ "GET", "/own/resumed", "again", 200 }, { "GET", "/own/header", "W/1", 201 } };
	struct arena *arena = arena_new();
	struct http_answered answered;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(ask(arena, rows[i].method, rows[i].target, &answered), OK);
		assert_int_equal(answered.status, rows[i].status);
		assert_true(span_equal(answered.body, span_str(rows[i].body)));
	}
	assert_int_equal(ask(arena, "GET", "/nowhere", &answered), ERR_NOT_FOUND);
	assert_int_equal(ask(arena, "BREW", "/own/x", &answered), ERR_UNSUPPORTED);
	assert_int_equal(ask(arena, "GET", "no path", &answered), ERR_PROTOCOL);
	arena_free(arena);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_path_is_routed_and_answered),
		T(two_doors_share_a_server_and_keep_their_forms),
		T(a_loose_site_reads_words_in_any_case_when_no_route_is_spelled_so),
		T(one_connection_serves_many_requests),
		T(a_head_answers_the_header_only),
		T(another_method_is_told_what_is_allowed),
		T(nothing_smuggled_is_executed),
		T(a_nul_in_the_head_is_refused),
		T(a_well_formed_head_of_any_shape_passes),
		T(exactly_one_known_host_is_needed),
		T(a_treacherous_path_reaches_no_handler),
		T(other_versions_and_codings_are_refused),
		T(a_body_comes_whole),
		T(a_body_past_its_limit_is_refused),
		T(an_endless_body_ends_the_connection),
		T(who_is_not_let_in_sends_no_body),
		T(an_answer_may_come_later_from_another_thread),
		T(a_client_that_goes_away_leaves_nothing_behind),
		T(stopping_abandons_what_nobody_answers),
		T(who_sends_too_slowly_is_closed),
		T(what_is_written_to_a_stream_goes_out_piece_by_piece),
		T(who_does_not_read_a_stream_is_let_go_of),
		T(a_server_that_stops_waits_for_no_stream),
		cmocka_unit_test(a_request_of_our_own_is_answered_by_the_same_handlers),
		cmocka_unit_test(a_reloaded_certificate_serves_the_next_handshake),
		cmocka_unit_test(two_hundred_and_fifty_six_at_once_are_all_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
