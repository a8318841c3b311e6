#include "in/session/session.h"

#include "wire/cookie.h"

#define PLAIN SPAN("muster")
/* RFC 6265bis section 4.1.3.2: no other host and no plain connection can have set it. */
#define HOST SPAN("__Host-muster")

static bool is_loopback(const struct http_request *request)
{
	return strncmp(request->address, "127.", 4) == 0 || strcmp(request->address, "::1") == 0 ||
	       strncmp(request->address, "::ffff:127.", 11) == 0;
}

static bool is_secret(const struct http_exchange *exchange, const struct http_request *request)
{
	return http_is_tls(exchange) || is_loopback(request);
}

static bool is_safe(const struct http_request *request)
{
	return request->method == HTTP_GET || request->method == HTTP_HEAD;
}

/* ---- whose page asks ---- */

/* The scheme goes; false: it is none of ours. */
static bool take_scheme(const struct http_exchange *exchange, struct span *origin)
{
	if (span_starts(*origin, SPAN("https://"))) {
		*origin = span_from(*origin, 8);
		return true;
	}
	if (http_is_tls(exchange) || !span_starts(*origin, SPAN("http://")))
		return false;
	*origin = span_from(*origin, 7);
	return true;
}

static bool is_of_base(struct span origin, const char *base_url)
{
	struct span base = span_str(base_url ? base_url : "");
	struct span rest = span_from(base, origin.len);

	return origin.len > 0 && span_starts(base, origin) &&
	       (rest.len == 0 || rest.data[0] == '/');
}

/* RFC 6454; on a plain connection a proxy before us may have ended the TLS. */
static bool is_own_origin(
	const struct http_exchange *exchange, struct span origin, const char *base_url)
{
	if (is_of_base(origin, base_url))
		return true;
	return take_scheme(exchange, &origin) &&
	       span_equal_nocase(origin, http_header(exchange, "Host"));
}

static enum err check_origin(
	const struct http_exchange *exchange, const char *base_url, struct why *why)
{
	struct span origin = http_header(exchange, "Origin");

	if (origin.len > 0)
		return is_own_origin(exchange, origin, base_url)
			       ? OK
			       : fail(why, ERR_FORBIDDEN, "Origin",
					 "a page of another site asks for this");
	if (span_equal(http_header(exchange, "Sec-Fetch-Site"), SPAN("same-origin")))
		return OK;
	return fail(why, ERR_FORBIDDEN, "Origin", "the request does not say which page it is from");
}

static enum err check_csrf(const struct http_exchange *exchange, const struct core *core,
	struct span token, struct why *why)
{
	char csrf[SESSION_CSRF + 1];

	session_csrf(core, token, csrf);
	if (secret_equal(http_header(exchange, SESSION_CSRF_HEADER), span_str(csrf)))
		return OK;
	return fail(why, ERR_FORBIDDEN, SESSION_CSRF_HEADER,
		"the page's token is missing or another session's; load the page again");
}

/* ---- the cookie ---- */

static enum err find_cookie(const struct http_exchange *exchange,
	const struct http_request *request, struct span *token, struct why *why)
{
	struct span header = http_header(exchange, "Cookie");
	enum cookie_found found = COOKIE_NONE;

	if (!http_is_tls(exchange))
		found = cookie_find(header, PLAIN, token);
	if (found == COOKIE_NONE)
		found = cookie_find(header, HOST, token);
	if (found == COOKIE_TWICE)
		return fail(why, ERR_SYNTAX, "Cookie", "the cookie stands twice");
	if (found == COOKIE_NONE || !is_secret(exchange, request))
		*token = SPAN_NONE;
	return OK;
}

enum err visit_read(struct http_exchange *exchange, const struct http_request *request,
	const struct core *core, const char *base_url, struct visit *visit, struct why *why)
{
	struct span token = SPAN_NONE;

	*visit = (struct visit){ .background =
					 http_header(exchange, SESSION_BACKGROUND_HEADER).len > 0 };
	enum err err = find_cookie(exchange, request, &token, why);
	if (err != OK || token.len == 0)
		return err;
	if (http_header(exchange, "Authorization").len > 0)
		return fail(why, ERR_SYNTAX, "Authorization",
			"a session's cookie and a key at once: whose request is it?");
	if (!is_safe(request)) {
		err = check_origin(exchange, base_url, why);
		if (err == OK)
			err = check_csrf(exchange, core, token, why);
	}
	if (err == OK)
		visit->token = arena_copy(request->arena, token);
	return err;
}

enum err visit_enter(struct visit *visit, struct view *view, struct actor *actor, struct why *why)
{
	return view_session(view, visit->token, !visit->background, actor, &visit->session, why);
}

/* ---- signing in ---- */

enum err visit_may_sign_in(struct http_exchange *exchange, const struct http_request *request,
	const char *base_url, struct why *why)
{
	if (http_header(exchange, "Authorization").len > 0)
		return fail(why, ERR_SYNTAX, "Authorization", "who has a key need not sign in");
	if (!is_secret(exchange, request))
		return fail(why, ERR_FORBIDDEN, NULL, "a browser signs in over HTTPS");
	return check_origin(exchange, base_url, why);
}

/* Behind a proxy that ended the TLS the page's own address tells. */
static bool came_by_tls(const struct http_exchange *exchange)
{
	return http_is_tls(exchange) ||
	       span_starts(http_header(exchange, "Origin"), SPAN("https://"));
}

const char *visit_cookie(
	struct http_exchange *exchange, const struct http_request *request, const char *token)
{
	bool tls = came_by_tls(exchange);
	struct span name = tls ? HOST : PLAIN;

	return arena_printf(request->arena, "%.*s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
		SPAN_ARGS(name), token ? token : "", tls ? "; Secure" : "",
		token ? "" : "; Max-Age=0");
}
