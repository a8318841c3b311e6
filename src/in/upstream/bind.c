/* TASK_BIND: is this the person's password? Two connections: on the one the service account asks
 * for the person by anchor, so that whom a name means is never taken from what was seen earlier (a
 * name may have gone to somebody else since), and so that a name that is out of date costs no bind.
 * The other one takes the password: once a question, for servers count. */
#include "base/secret.h"
#include "in/upstream/answer.h"
#include "in/upstream/locate.h"
#include "in/upstream/subcode.h"

#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define QUESTION_MAX (FRAME_HEAD + 16 + 4 + PASSWORD_MAX)
#define OID_EXPIRED "2.16.840.1.113730.3.4.4" /* draft-vchu-ldap-pwd-policy-00 */
#define OID_EXPIRING "2.16.840.1.113730.3.4.5"

struct bind {
	struct upstream *who; /* as the service account */
	struct upstream door; /* as nobody, between two questions */
	uint8_t frame[QUESTION_MAX];
};

/* ---- memory of libldap's, in which passwords stand for a while ---- */

static void *take_memory(ber_len_t size, void *context)
{
	(void)context;
	return malloc(size);
}

static void *take_clear_memory(ber_len_t count, ber_len_t size, void *context)
{
	(void)context;
	return calloc(count, size);
}

static void give_memory(void *memory, void *context)
{
	(void)context;
	if (memory)
		secret_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

static void *change_memory(void *memory, ber_len_t size, void *context)
{
	size_t old = memory ? malloc_usable_size(memory) : 0;
	void *taken = malloc(size);

	if (taken && memory) {
		memcpy(taken, memory, old < size ? old : size);
		give_memory(memory, context);
	}
	return taken;
}

static void wipe_what_is_freed(struct upstream *up)
{
	BerMemoryFunctions functions = { take_memory, take_clear_memory, change_memory,
		give_memory };

	if (ber_set_option(NULL, LBER_OPT_MEMORY_FNS, &functions) != LBER_OPT_SUCCESS)
		upstream_fail(up, FAILURE_DATA, "liblber takes no memory of ours");
}

/* ---- whom it is about ---- */

/* NULL: nobody there has the anchor. An empty name with a password would be nobody's sign-in, which
 * some servers grant. */
static char *find(struct upstream *up, const struct uuid *anchor)
{
	struct span dn = SPAN_NONE;

	locate_find(up, up->order.base, locate_anchor(up), anchor, 1, &dn);
	return dn.len > 0 && !memchr(dn.data, 0, dn.len) ? arena_string(up->arena, dn) : NULL;
}

/* ---- the password ---- */

static void read_policy(LDAP *ld, LDAPControl **controls, struct bind_facts *facts)
{
	LDAPControl *control =
		ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
	LDAPPasswordPolicyError error = PP_noError;
	int expires = -1, grace = -1;

	if (!control || ldap_parse_passwordpolicy_control(ld, control, &expires, &grace, &error) !=
				LDAP_SUCCESS)
		return;
	facts->policy_error = error == PP_noError ? -1 : (int)error;
	facts->expires = expires >= 0 ? expires : -1;
	facts->grace = grace >= 0 ? grace : -1;
}

static void read_controls(LDAP *ld, LDAPControl **controls, struct bind_facts *facts)
{
	LDAPControl *expiring;
	uint64_t seconds;

	if (!controls)
		return;
	read_policy(ld, controls, facts);
	facts->expired = ldap_control_find(OID_EXPIRED, controls, NULL) != NULL;
	expiring = ldap_control_find(OID_EXPIRING, controls, NULL);
	if (expiring && facts->expires < 0 &&
		span_to_u64(span_of_berval(&expiring->ldctl_value), &seconds) &&
		seconds <= UINT32_MAX)
		facts->expires = (int64_t)seconds;
}

static void read_result(struct upstream *door, LDAPMessage *message, struct bind_facts *facts)
{
	LDAPControl **controls = NULL;
	char *text = NULL;

	int rc =
		ldap_parse_result(door->ld, message, &facts->code, NULL, &text, NULL, &controls, 1);
	if (rc != LDAP_SUCCESS)
		upstream_fail(door, FAILURE_PROTOCOL, "the answer to a bind is malformed");
	if (text)
		facts->subcode = subcode_of(span_str(text));
	read_controls(door->ld, controls, facts);
	ldap_controls_free(controls);
	ldap_memfree(text);
}

static LDAPMessage *wait_for(struct upstream *door, int id)
{
	struct timeval patience = { door->order.stall_seconds, 0 };
	LDAPMessage *message = NULL;

	int rc = ldap_result(door->ld, id, LDAP_MSG_ALL, &patience, &message);
	if (rc == 0)
		upstream_fail(door, FAILURE_NET, "no answer to a bind within %u seconds",
			door->order.stall_seconds);
	if (rc < 0)
		upstream_broken(door);
	if (rc != LDAP_RES_BIND)
		upstream_fail(door, FAILURE_PROTOCOL, "a bind is answered by something else");
	return message;
}

static void try_password(
	struct upstream *door, const char *dn, struct span password, struct bind_facts *facts)
{
	LDAPControl policy = { (char *)LDAP_CONTROL_PASSWORDPOLICYREQUEST, { 0, NULL }, 0 };
	LDAPControl *controls[] = { &policy, NULL };
	struct berval secret = { password.len, (char *)password.data };
	int id;

	int rc = ldap_sasl_bind(door->ld, dn, LDAP_SASL_SIMPLE, &secret, controls, NULL, &id);
	secret_wipe((void *)password.data, password.len);
	if (rc != LDAP_SUCCESS)
		upstream_fail(door, FAILURE_NET, "a bind: %s", ldap_err2string(rc));
	read_result(door, wait_for(door, id), facts);
}

/* RFC 4511 section 4.2.1: with the request already the connection is nobody's, whatever the server
 * answers to it. */
static void drop_identity(struct upstream *door)
{
	struct berval nothing = { 0, NULL };
	int id;

	int rc = ldap_sasl_bind(door->ld, "", LDAP_SASL_SIMPLE, &nothing, NULL, NULL, &id);
	if (rc != LDAP_SUCCESS)
		_exit(0);
	ldap_msgfree(wait_for(door, id));
}

static void answer(struct bind *bind, const struct question *question)
{
	static struct row row;
	struct upstream *who = bind->who, *door = &bind->door;
	struct bind_facts facts = {
		.code = LDAP_OTHER, .policy_error = -1, .expires = -1, .grace = -1
	};
	const char *words;

	row = (struct row){ .type = FRAME_ANSWER,
		.answer = ANSWER_WRONG,
		.expires = -1,
		.grace = -1,
		.text = SPAN("nobody there has this anchor") };
	who->stage = STAGE_SEARCH;
	char *dn = find(who, &question->anchor);
	if (dn) {
		door->stage = STAGE_PASSWORD;
		try_password(door, dn, question->password, &facts);
		row.answer = answer_of(&facts, &words);
		row.text = span_str(words);
		row.expires = facts.expires;
		row.grace = facts.grace;
	}
	secret_wipe((void *)question->password.data, question->password.len);
	upstream_put(who, &row);
	upstream_flush(who);
	if (dn && facts.code == LDAP_SUCCESS)
		drop_identity(door);
	arena_reset(who->arena);
}

/* ---- the task ---- */

/* A connection on which something comes while nothing was asked is at its end, but for what TLS
 * says to itself. */
static void check_idle(struct upstream *up)
{
	struct timeval at_once = { 0, 0 };
	LDAPMessage *message = NULL;

	if (ldap_result(up->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &at_once, &message) != 0)
		_exit(0);
}

static void wait_for_question(struct bind *bind, struct question *question)
{
	struct pollfd ready[] = {
		{ UPSTREAM_FD, POLLIN, 0 },
		{ bind->who->fd, POLLIN, 0 },
		{ bind->door.fd, POLLIN, 0 },
	};

	do {
		if (poll(ready, 3, -1) < 0)
			continue;
		if (ready[1].revents)
			check_idle(bind->who);
		if (ready[2].revents)
			check_idle(&bind->door);
	} while (!ready[0].revents);
	struct span frame = upstream_receive(bind->frame, sizeof(bind->frame));
	if (frame_read_question(frame, question, NULL) != OK)
		upstream_fail(bind->who, FAILURE_DATA, "a question that is none");
}

static void begin_door(struct bind *bind, struct span secret)
{
	struct upstream *who = bind->who, *door = &bind->door;

	door->fd = -1;
	door->order = who->order;
	door->order.secret = secret;
	door->arena = arena_new();
	door->life = who->life;
	buffer_init(&door->out, 4 * MIB);
	/* The server that answers about names is asked about passwords. */
	door->order.uris[0] = who->order.uris[who->uri];
	door->order.uri_count = 1;
	upstream_connect(door);
}

void upstream_answer_binds(struct upstream *up)
{
	static struct bind bind;
	struct span secret = arena_copy(up->life, up->order.secret);
	struct question question;

	wipe_what_is_freed(up);
	bind.who = up;
	upstream_connect(up);
	if (!up->address.tls && !up->order.start_tls && !up->loopback)
		upstream_fail(up, FAILURE_CONFIG,
			"no password goes over a connection without TLS to another machine");
	begin_door(&bind, secret);
	static struct row row;
	row = (struct row){ .type = FRAME_SERVER, .server = { .uri = up->uri } };
	upstream_put(up, &row);
	upstream_flush(up);
	for (;;) {
		wait_for_question(&bind, &question);
		answer(&bind, &question);
	}
}
