/* Paths: decoded once, here, into the segments that routing and every later check see. */
#include "net/http_int.h"

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One percent triplet at `at`, or -1. */
static int decode_triplet(struct span text, size_t at)
{
	if (at + 2 >= text.len)
		return -1;
	int high = hex_digit(text.data[at + 1]), low = hex_digit(text.data[at + 2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* The characters whose encoded form could make another segment, another path or another end of it
 * for somebody who decodes at a different moment. */
static bool is_treacherous(int c)
{
	return c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == '.';
}

/* Octets that stand for themselves in a segment; the others are looked at one by one. */
static const bool plain[256] = {
	['!'] = true,
	['$'] = true,
	['&' ... '.'] = true,
	['0' ... ':'] = true,
	['='] = true,
	['@' ... 'Z'] = true,
	['_'] = true,
	['a' ... 'z'] = true,
	['~'] = true,
};

static bool is_plain(struct span raw)
{
	for (size_t i = 0; i < raw.len; i++)
		if (!plain[raw.data[i]])
			return false;
	return true;
}

static bool is_dots(struct span segment)
{
	return segment.len > 0 && segment.len <= 2 && segment.data[0] == '.' &&
	       segment.data[segment.len - 1] == '.';
}

static bool decode_segment(struct arena *arena, struct span raw, struct span *segment)
{
	if (is_plain(raw)) {
		*segment = raw;
		return !is_dots(raw);
	}
	uint8_t *out = arena_alloc(arena, raw.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < raw.len; i++) {
		int c = raw.data[i];
		if (c == '%') {
			c = decode_triplet(raw, i);
			if (c < 0 || is_treacherous(c))
				return false;
			i += 2;
		} else if (c <= 0x20 || c >= 0x7f || c == ';' || c == '\\' || c == '#') {
			return false;
		}
		out[len++] = (uint8_t)c;
	}
	*segment = span_of(out, len);
	return span_is_utf8(*segment) && !is_dots(*segment);
}

struct http_refusal http_split_path(struct http_request *request)
{
	struct span rest = request->path;
	if (rest.len == 0 || rest.data[0] != '/')
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "the path is malformed");
	request->segment_count = 0;
	size_t at = 1;
	for (;;) {
		struct span raw = span_from(rest, at);
		raw.len = span_find(raw, '/');
		if (request->segment_count == HTTP_SEGMENTS_MAX)
			return HTTP_REFUSE(ERR_NOT_FOUND, 404, "there is nothing at this path");
		if (!decode_segment(
			    request->arena, raw, &request->segments[request->segment_count++]))
			return HTTP_REFUSE(ERR_PROTOCOL, 400, "the path is malformed");
		at += raw.len + 1;
		if (at > rest.len)
			return HTTP_PASS;
	}
}

static const char *const methods[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_PATCH] = "PATCH",
	[HTTP_DELETE] = "DELETE",
};

void http_drop_slash(const struct http_server *server, struct http_request *request)
{
	size_t last = request->segment_count - 1;
	if (http_site_of(server, request->path)->loose_slash && last > 0 &&
		request->segments[last].len == 0)
		request->segment_count = last;
}

const char *http_method_name(enum http_method method)
{
	return methods[method];
}

bool http_method_parse(const char *name, enum http_method *method)
{
	for (enum http_method m = 0; m < HTTP_METHOD_COUNT; m++)
		if (strcmp(name, methods[m]) == 0) {
			*method = m;
			return true;
		}
	return false;
}

static void compile(struct http_pattern *pattern, const struct http_route *route, unsigned site)
{
	struct span rest = span_str(route->pattern);
	*pattern = (struct http_pattern){ .route = route, .site = site };
	span_cut(&rest, '/');
	do
		pattern->segments[pattern->count++] = span_cut(&rest, '/');
	while (rest.len > 0 && pattern->count < HTTP_SEGMENTS_MAX);
	pattern->has_rest = span_equal(pattern->segments[pattern->count - 1], SPAN("*"));
}

void http_patterns_compile(struct http_server *server)
{
	const struct http_site *sites = server->options.sites;
	size_t count = 0;
	for (unsigned s = 0; s < HTTP_SITES_MAX; s++)
		count += sites[s].route_count;
	server->patterns = heap_zalloc(count * sizeof *server->patterns + 1);
	for (unsigned s = 0; s < HTTP_SITES_MAX; s++)
		for (size_t i = 0; i < sites[s].route_count; i++)
			compile(&server->patterns[server->pattern_count++], &sites[s].routes[i], s);
}

const struct http_site *http_site_of(const struct http_server *server, struct span path)
{
	const struct http_site *sites = server->options.sites;
	for (unsigned s = 0; s < HTTP_SITES_MAX; s++)
		if (sites[s].prefix && span_starts(path, span_str(sites[s].prefix)))
			return &sites[s];
	return &sites[0];
}

typedef bool (*word_equal)(struct span a, struct span b);

static bool is_open(struct span segment)
{
	return segment.len > 0 && segment.data[0] == ':';
}

static bool matches(
	const struct http_pattern *pattern, const struct http_request *request, word_equal equal)
{
	size_t fixed = pattern->count - pattern->has_rest;
	if (pattern->has_rest ? request->segment_count <= fixed : request->segment_count != fixed)
		return false;
	for (size_t i = 0; i < fixed; i++) {
		struct span wanted = pattern->segments[i], got = request->segments[i];
		if (is_open(wanted) ? got.len == 0 : !equal(wanted, got))
			return false;
	}
	return true;
}

static const struct http_pattern *find(const struct http_server *server,
	const struct http_request *request, word_equal equal, unsigned *allowed)
{
	enum http_method wanted = request->method == HTTP_HEAD ? HTTP_GET : request->method;
	*allowed = 0;
	for (size_t i = 0; i < server->pattern_count; i++) {
		const struct http_pattern *pattern = &server->patterns[i];
		if (!matches(pattern, request, equal))
			continue;
		if (pattern->route->method == wanted)
			return pattern;
		*allowed |= 1u << pattern->route->method;
	}
	return NULL;
}

/* Only what is spelled like no route at all: a tenant may have the name that another route's word
 * has in another case. */
const struct http_pattern *http_route_find(
	const struct http_server *server, struct http_request *request, unsigned *allowed)
{
	const struct http_pattern *found = find(server, request, span_equal, allowed);
	if (found || *allowed || !http_site_of(server, request->path)->loose_case)
		return found;
	found = find(server, request, span_equal_nocase, allowed);
	for (size_t i = 0; found && i < found->count; i++)
		if (!is_open(found->segments[i]))
			request->segments[i] = found->segments[i];
	return found;
}

const char *http_allow(struct arena *arena, unsigned allowed)
{
	if (allowed & 1u << HTTP_GET)
		allowed |= 1u << HTTP_HEAD;
	const char *text = "";
	for (enum http_method m = 0; m < HTTP_METHOD_COUNT; m++)
		if (allowed & 1u << m)
			text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", methods[m]);
	return text;
}

/* application/x-www-form-urlencoded, as in a query. */
static bool decode_parameter(struct arena *arena, struct span raw, struct span *value)
{
	uint8_t *out = arena_alloc(arena, raw.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < raw.len; i++) {
		int c = raw.data[i] == '+' ? ' ' : raw.data[i];
		if (c == '%') {
			c = decode_triplet(raw, i);
			i += 2;
		}
		if (c <= 0)
			return false;
		out[len++] = (uint8_t)c;
	}
	*value = span_of(out, len);
	return span_is_utf8(*value);
}

enum err http_parameter(const struct http_request *request, const char *name, struct span *value,
	bool *present, struct why *why)
{
	struct span wanted = span_str(name), rest = request->query;
	*present = false;
	while (rest.len > 0) {
		struct span raw = span_cut(&rest, '&'), key;
		if (!decode_parameter(request->arena, span_cut(&raw, '='), &key))
			return fail(why, ERR_VALUE, NULL, "the query is badly encoded");
		if (!span_equal_nocase(key, wanted))
			continue;
		if (*present)
			return fail(why, ERR_VALUE, name, "the parameter stands twice");
		if (!decode_parameter(request->arena, raw, value))
			return fail(why, ERR_VALUE, name, "the parameter is badly encoded");
		*present = true;
	}
	return OK;
}
