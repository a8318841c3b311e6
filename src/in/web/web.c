#include "in/web/web.h"

#include "in/web/web_int.h"

#define PREFIX "/console/"
#define PAGE SPAN("index.html")
#define HASHED SPAN("assets/")

/* Scripts, styles and requests of our own only; no page may frame it, no text becomes script. */
#define POLICY                                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                \
	"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "               \
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
#define FEATURES                                                                                   \
	"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "       \
	"clipboard-write=(self)"
#define HEADERS_MAX 24

static const char *const always[] = { "Content-Security-Policy", POLICY, "Referrer-Policy",
	"same-origin", "Cross-Origin-Opener-Policy", "same-origin", "Cross-Origin-Resource-Policy",
	"same-origin", "Permissions-Policy", FEATURES, "Vary", "Accept-Encoding", NULL };

static void put_headers(const struct web_file *file, enum web_coding coding, const char **headers)
{
	size_t n = 0;

	for (; always[n]; n++)
		headers[n] = always[n];
	headers[n++] = "ETag";
	headers[n++] = file->tags[coding];
	headers[n++] = "Cache-Control";
	headers[n++] = file->hashed ? "public, max-age=31536000, immutable" : "no-cache";
	if (web_coding_name(coding)) {
		headers[n++] = "Content-Encoding";
		headers[n++] = web_coding_name(coding);
	}
}

static void answer(struct http_exchange *exchange, const struct web_file *file)
{
	enum web_coding coding = web_coding_choose(http_header(exchange, "Accept-Encoding"));
	const char *headers[HEADERS_MAX] = { NULL };
	const struct web_body *body = &file->bodies[coding];

	put_headers(file, coding, headers);
	if (http_tag_matches(http_header(exchange, "If-None-Match"), file->tags[coding]))
		http_answer(exchange, 304, NULL, SPAN_NONE, headers);
	else
		http_answer(exchange, 200, file->type,
			span_of(body->begin, (size_t)(body->end - body->begin)), headers);
}

/* What is no file is a place within the page, but for the names of files of another version. */
static void get(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	struct span name = span_from(request->path, strlen(PREFIX));
	const struct web_file *file = web_file_find(name);

	if (!file && !span_starts(name, HASHED))
		file = web_file_find(PAGE);
	if (file)
		answer(exchange, file);
	else
		http_answer(exchange, 404, HTTP_PLAIN,
			web_file_find(PAGE) ? SPAN("there is no such file in the console\n")
					    : SPAN("this server was built without the console\n"),
			NULL);
}

static void redirect(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	http_answer(exchange, 308, HTTP_PLAIN, SPAN("the console is at " PREFIX "\n"),
		(const char *const[]){ "Location", PREFIX, NULL });
}

struct http_site web_site(void)
{
	static const struct http_route routes[] = {
		{ HTTP_GET, "/console", redirect, 0 },
		{ HTTP_GET, PREFIX "*", get, 0 },
	};

	return (struct http_site){ .prefix = PREFIX,
		.routes = routes,
		.route_count = sizeof routes / sizeof *routes,
		.refuse = http_refuse_plain };
}
