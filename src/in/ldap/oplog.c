#include "in/ldap/oplog.h"

#include "base/clock.h"
#include "base/log.h"
#include "in/ldap/door_int.h"
#include "wire/ldap_filter_text.h"
#include "wire/tlv.h"

#include <stdio.h>
#include <stdlib.h>

/* Of a connection; more can only be those that ended without an answer. */
#define NOTES_MAX (2 * OPERATIONS_MAX)
#define BASE_MAX 200
#define FILTER_MAX 256
#define WORD_MAX 64
#define SESSION_MAX (3 * WORD_MAX)

struct op_note {
	struct op_note *next;
	int32_t id;
	uint8_t tag;
	uint64_t number; /* of the operation on its connection */
	int64_t begun;   /* monotonic */
	uint32_t entries;
	int scope; /* of a search; -1: none */
	size_t controls;
	const char *reason; /* NULL: none but what the peer is told */
	char base[BASE_MAX], filter[FILTER_MAX], session[SESSION_MAX];
};

static const struct word {
	uint8_t tag;
	const char *word;
	bool writes;
} words[] = {
	{ OP_BIND, "bind", false },
	{ OP_SEARCH, "search", false },
	{ OP_COMPARE, "compare", false },
	{ OP_EXTENDED, "extended", false },
	{ OP_MODIFY, "modify", true },
	{ OP_ADD, "add", true },
	{ OP_DELETE, "delete", true },
	{ OP_RENAME, "rename", true },
};

static const struct word *word_of(uint8_t tag)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].tag == tag)
			return &words[i];
	return NULL;
}

/* ---- what was asked for ---- */

/* Names that hide something wherever they come from, known here or not. */
static bool is_secret(struct span attribute)
{
	static const char *const parts[] = { "password", "pwd", "secret", "token", "totp" };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (span_has_nocase(attribute, span_str(parts[i])))
			return true;
	return attr_is_hidden(attr_by_ldap(attribute));
}

static void note_filter(struct op_note *note, struct span element)
{
	struct buffer out;

	buffer_init(&out, FILTER_MAX - 1);
	filter_text_write(element, is_secret, &out);
	span_fit(note->filter, sizeof note->filter, buffer_span(&out));
	buffer_free(&out);
}

static void note_search(struct op_note *note, struct span body)
{
	struct search_request request;

	if (search_request_read(body, &request, NULL) != OK)
		return;
	span_fit(note->base, sizeof note->base, request.base);
	note->scope = (int)request.scope;
	note_filter(note, request.filter);
}

/* The name or the OID that the request begins with, never a value. */
static void note_request(struct op_note *note, const struct pdu *pdu)
{
	struct tlv_reader in = tlv_reader_of(pdu->body);
	struct span value;
	uint8_t tag;

	if (pdu->tag == OP_SEARCH) {
		note_search(note, pdu->body);
		return;
	}
	if (pdu->tag == OP_DELETE) {
		span_fit(note->base, sizeof note->base, pdu->body);
		return;
	}
	if (pdu->tag == OP_BIND)
		tlv_next(&in, &tag, &value); /* the version */
	if (tlv_next(&in, &tag, &value))
		span_fit(note->base, sizeof note->base, value);
}

/* Whether the result can be worth a line. */
static bool is_wanted(const struct word *word)
{
	return log_is_on(LOG_LEVEL_DEBUG) ||
	       (log_is_on(LOG_LEVEL_INFO) && (word->writes || word->tag == OP_BIND));
}

void oplog_begin(struct conn *conn, const struct pdu *pdu)
{
	const struct word *word = word_of(pdu->tag);
	struct op_note *note;

	conn->operations++;
	if (!word || !is_wanted(word) || conn->note_count == NOTES_MAX)
		return;
	note = heap_zalloc(sizeof *note);
	note->id = pdu->id;
	note->tag = pdu->tag;
	note->number = conn->operations;
	note->begun = clock_monotonic();
	note->scope = -1;
	note->controls = pdu->control_count;
	note_request(note, pdu);
	note->next = conn->notes;
	conn->notes = note;
	conn->note_count++;
}

static struct op_note **find(struct conn *conn, int id)
{
	struct op_note **link = &conn->notes;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static void drop(struct conn *conn, struct op_note **link)
{
	struct op_note *note = *link;

	*link = note->next;
	conn->note_count--;
	free(note);
}

void oplog_controls(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	const struct session_tracking *session = &controls->session;
	struct op_note *note = conn->notes ? *find(conn, pdu->id) : NULL;
	char address[WORD_MAX], name[WORD_MAX], identifier[WORD_MAX];

	if (!note || !controls_have(controls, CONTROL_SESSION_TRACKING))
		return;
	span_fit(address, sizeof address, session->address);
	span_fit(name, sizeof name, session->name);
	span_fit(identifier, sizeof identifier, session->identifier);
	snprintf(note->session, sizeof note->session, "%s %s %s", address, name, identifier);
}

/* ---- what became of it ---- */

void oplog_entry(struct conn *conn, int id)
{
	struct op_note *note = conn->notes ? *find(conn, id) : NULL;

	if (note)
		note->entries++;
}

void oplog_name(struct conn *conn, int id, struct span name)
{
	struct op_note *note = conn->notes ? *find(conn, id) : NULL;

	if (note && !note->base[0])
		span_fit(note->base, sizeof note->base, name);
}

void oplog_reason(struct conn *conn, int id, const char *reason)
{
	struct op_note *note = conn->notes ? *find(conn, id) : NULL;

	if (note)
		note->reason = reason;
}

static const char *who(const struct conn *conn)
{
	return conn->identity.bound ? conn->identity.dn : "";
}

static const char *scope_word(int scope)
{
	static const char *const scopes[] = { "base", "one", "sub" };

	return scope >= 0 && scope < 3 ? scopes[scope] : "";
}

static void write_line(
	const struct conn *conn, const struct op_note *note, const struct result *result)
{
	const struct word *word = word_of(note->tag);
	bool told = word->writes || (note->tag == OP_BIND && result->code != RESULT_SUCCESS &&
					    result->code != RESULT_SASL_IN_PROGRESS);

	log_event(told ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "ldap.operation",
		L_INT("connection", conn->number), L_INT("number", note->number),
		L_STR("address", conn->address), L_STR("who", who(conn)),
		L_STR("operation", word->word), L_STR("name", note->base),
		L_STR("scope", scope_word(note->scope)), L_STR("filter", note->filter),
		L_INT("entries", note->entries), L_INT("result", result->code),
		L_SPAN("reason", note->reason ? span_str(note->reason) : result->text),
		L_INT("microseconds", clock_monotonic() - note->begun),
		L_INT("controls", note->controls), L_STR("session", note->session));
}

void oplog_end(struct conn *conn, const struct result *result)
{
	struct op_note **link, *note;

	if (!conn->notes)
		return;
	link = find(conn, result->id);
	note = *link;
	if (!note)
		return;
	write_line(conn, note, result);
	drop(conn, link);
}

void oplog_forget(struct conn *conn, int id)
{
	struct op_note **link = find(conn, id);

	if (*link)
		drop(conn, link);
}

void oplog_close(struct conn *conn)
{
	const char *protocol = stream_protocol(conn->stream);

	while (conn->notes)
		drop(conn, &conn->notes);
	if (log_is_on(LOG_LEVEL_INFO))
		log_event(LOG_LEVEL_INFO, "ldap.end", L_INT("connection", conn->number),
			L_STR("address", conn->address), L_STR("who", who(conn)),
			L_STR("tls", protocol ? protocol : ""),
			L_INT("operations", conn->operations),
			L_INT("octets", stream_sent(conn->stream)),
			L_INT("milliseconds",
				(loop_now(conn->shard->loop) - conn->accepted) / (SECOND / 1000)),
			L_STR("reason", conn->ended ? conn->ended : "client"));
}
