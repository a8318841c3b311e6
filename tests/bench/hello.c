/* The least that libmicrohttpd can answer: one prepared answer for every request, from its own
 * epoll threads. What a server on it costs more than this is that server's own. Prints its port and
 * serves until its standard input ends. */
#include "measure.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST (64 * 1024 * 1024)

static enum MHD_Result answer(void *response, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **context)
{
	static int seen;

	(void)url;
	(void)method;
	(void)version;
	(void)data;
	if (!*context) {
		*context = &seen;
		return MHD_YES;
	}
	if (*len > 0) {
		*len = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	long size = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
	long threads = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	if (size < 1 || size > MOST || threads < 1 || threads > 64) {
		fprintf(stderr, "usage: hello OCTETS THREADS\n");
		return 64;
	}
	char *body = heap_zalloc((size_t)size);
	memset(body, 'h', (size_t)size);
	struct MHD_Response *response =
		MHD_create_response_from_buffer((size_t)size, body, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(response, "Content-Type", "application/scim+json");
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
	struct MHD_Daemon *server = MHD_start_daemon(flags, 0, NULL, NULL, answer, response,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned)(threads > 1 ? threads : 0), MHD_OPTION_END);
	if (!server)
		die("libmicrohttpd does not start");
	printf("%u\n", (unsigned)MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	char octet;
	while (read(STDIN_FILENO, &octet, 1) > 0)
		;
	MHD_stop_daemon(server);
	MHD_destroy_response(response);
	return 0;
}
