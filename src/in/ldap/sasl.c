/* SASL binds, RFC 4513 section 5.2: one row a mechanism. */
#include "in/ldap/bind_int.h"

#include "base/clock.h"
#include "base/limits.h"

#include <stdlib.h>

/* Ports without TLS are on loopback alone, so what a simple bind may send there, PLAIN may too. */
static bool is_private(const struct conn *conn)
{
	(void)conn;
	return true;
}

static const struct mechanism mechanisms[] = {
	{ "EXTERNAL", external_is_possible, external_step, false },
	{ "PLAIN", is_private, plain_step, true },
	{ "SCRAM-SHA-256", is_private, scram_step, true },
};

static const struct mechanism *find_mechanism(struct span name)
{
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
		if (span_equal_nocase(span_str(mechanisms[i].name), name))
			return &mechanisms[i];
	return NULL;
}

const char *sasl_mechanism(const struct conn *conn, size_t n)
{
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
		if (mechanisms[i].is_possible(conn) && n-- == 0)
			return mechanisms[i].name;
	return NULL;
}

void sasl_forget(struct conn *conn)
{
	if (!conn->sasl)
		return;
	secret_wipe(&conn->sasl->verifier, sizeof conn->sasl->verifier);
	arena_free(conn->sasl->arena);
	free(conn->sasl);
	conn->sasl = NULL;
}

void sasl_sweep(struct conn *conn, int64_t now)
{
	if (conn->sasl && now - conn->sasl->begun > LIMIT_LDAP_UNBOUND_SECONDS * SECOND)
		sasl_forget(conn);
}

struct sasl_exchange *sasl_begin(struct conn *conn, const char *mechanism)
{
	struct sasl_exchange *exchange = heap_zalloc(sizeof *exchange);

	sasl_forget(conn);
	exchange->mechanism = find_mechanism(span_str(mechanism));
	exchange->begun = loop_now(conn->shard->loop);
	exchange->arena = arena_new();
	conn->sasl = exchange;
	return exchange;
}

/* An empty mechanism aborts what is under way (RFC 4513 section 5.2.1.2): it is none of ours. */
void sasl_bind(struct conn *conn, struct view *view, const struct bind_request *request,
	struct bind_wish *wish)
{
	const struct mechanism *mechanism = find_mechanism(request->mechanism);
	struct sasl_step step = { view, request->credentials, wish };
	struct why why = { 0 };

	if (!mechanism || (conn->sasl && conn->sasl->mechanism != mechanism))
		sasl_forget(conn);
	if (!mechanism || !mechanism->is_possible(conn)) {
		bind_put_code(conn, wish, RESULT_AUTH_METHOD);
	} else if (request->credentials.len > LIMIT_LDAP_SASL) {
		fail(&why, ERR_PROTOCOL, NULL, "the credentials have more than %d octets",
			LIMIT_LDAP_SASL);
		sasl_forget(conn);
		bind_refuse(conn, wish, ERR_PROTOCOL, &why);
	} else if (!request->has_credentials && mechanism->needs_message && !conn->sasl) {
		bind_ask_more(conn, wish, SPAN_NONE);
	} else {
		mechanism->step(conn, &step);
	}
}
