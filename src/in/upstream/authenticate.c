#include "in/upstream/subcode.h"
#include "in/upstream/upstream.h"

static enum failure bind_failure(int code)
{
	switch (code) {
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
		return FAILURE_BUSY;
	case LDAP_STRONG_AUTH_REQUIRED:
	case LDAP_CONFIDENTIALITY_REQUIRED:
	case LDAP_AUTH_METHOD_NOT_SUPPORTED:
	case LDAP_INVALID_DN_SYNTAX:
		return FAILURE_CONFIG;
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
	if (rc != LDAP_SUCCESS)
		upstream_fail(up, bind_failure(rc), "bind: %s", ldap_err2string(rc));
}

static _Noreturn void bind_refused(struct upstream *up, int code, const char *text)
{
	const char *words =
		code == LDAP_INVALID_CREDENTIALS ? subcode_words(subcode_of(span_str(text))) : NULL;

	if (code == LDAP_STRONG_AUTH_REQUIRED || code == LDAP_CONFIDENTIALITY_REQUIRED)
		words = "the server wants TLS: ldaps or StartTLS";
	if (words)
		upstream_fail(up, bind_failure(code), "bind refused: %s (%s)", words,
			ldap_err2string(code));
	upstream_fail(up, bind_failure(code), "bind refused: %s%s%.100s", ldap_err2string(code),
		*text ? ", " : "", text);
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
		bind_refused(up, code, text ? text : "");
	ldap_memfree(text);
}

void upstream_bind(struct upstream *up)
{
	if (up->order.bind_dn.len == 0)
		return;
	upstream_enter(up, STAGE_BIND);
	/* RFC 4513 section 5.1.2: an empty password would bind anonymously and succeed. */
	if (up->order.secret.len == 0)
		upstream_fail(up, FAILURE_CONFIG, "the bind DN has no password");
	bind_simple(up);
}
