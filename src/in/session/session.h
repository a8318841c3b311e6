/* How a browser is known at an HTTP door: by a cookie that this site alone can have set
 * ("__Host-muster" over TLS; on a plain connection within this machine "muster" too), and, for what
 * changes something, by the page that asks: it must be of this site (Origin, or Sec-Fetch-Site) and
 * know what no other page can read (X-CSRF-Token). The same for every door. */
#ifndef IN_SESSION_SESSION_H
#define IN_SESSION_SESSION_H

#include "core/core.h"
#include "net/http.h"

#define SESSION_CSRF_HEADER "X-CSRF-Token"
/* With this the page asks by itself, and nobody need sit there: it keeps no session from being
 * idle. */
#define SESSION_BACKGROUND_HEADER "X-Background"

struct visit {
	struct span token; /* of the cookie, in the exchange's arena; none: no browser of ours */
	bool background;
	struct user_session session; /* after visit_enter; its spans die with the view */
};

/* What the request's header says; on the serving thread, before anything else is looked at.
 * `base_url` is the site's own, or NULL. ERR_SYNTAX: two cookies, or a cookie and a key;
 * ERR_FORBIDDEN, naming the header: it is not a page of ours that asks. */
enum err visit_read(struct http_exchange *exchange, const struct http_request *request,
	const struct core *core, const char *base_url, struct visit *visit, struct why *why);
/* Who it is, in the view, begun. */
enum err visit_enter(struct visit *visit, struct view *view, struct actor *actor, struct why *why);
/* Whether a page of this site asks to sign in, by a way on which the password stays secret. */
enum err visit_may_sign_in(struct http_exchange *exchange, const struct http_request *request,
	const char *base_url, struct why *why);
/* For Set-Cookie, in the exchange's arena; `token` NULL: the cookie goes. */
const char *visit_cookie(
	struct http_exchange *exchange, const struct http_request *request, const char *token);

#endif
