/* What every call ends with: send() is the one place that all answers pass. */
#include "in/scim/scim_int.h"

#include "base/clock.h"

#include <stdio.h>

#define HEADERS_MAX 8 /* of an answer */
#define EXPIRES_SOON (30 * 86400 * SECOND)
#define HELD_SECONDS 3600 /* until a client should ask again for what waits for an administrator   \
			   */

/* To whoever reads the provider's log: that its token ends within a month. */
static bool ends_soon(const struct scim_call *call)
{
	int64_t expires = call->actor.entrance.expires;
	return expires && expires - clock_wall() < EXPIRES_SOON;
}

static void send(struct scim_call *call, int status, const char *content_type, struct span body,
	const char *const *headers)
{
	const char *all[2 * HEADERS_MAX + 1] = { NULL };
	char expires[TIME_TEXT_MAX + 1];
	size_t count = 0;
	for (; headers && headers[count]; count++)
		all[count] = headers[count];
	if (ends_soon(call)) {
		expires[time_format_rfc3339(call->actor.entrance.expires, expires)] = '\0';
		all[count++] = "Muster-Token-Expires";
		all[count++] = expires;
	}
	const char *id = scim_log(call, status);
	if (id) {
		all[count++] = "Muster-Request-Id";
		all[count++] = id;
	}
	http_answer(call->exchange, status, content_type, body, all);
}

/* RFC 7644 section 3.12. */
static void put_error(struct json_writer *w, int status, const char *scim_type,
	const char *attribute, const char *text)
{
	char number[12],
		detail[sizeof((struct why *)0)->attribute + sizeof((struct why *)0)->text + 4];
	json_begin_object(w);
	json_name(w, "schemas");
	json_begin_array(w);
	json_put_string(w, "urn:ietf:params:scim:api:messages:2.0:Error");
	json_end_array(w);
	snprintf(number, sizeof number, "%d", status);
	json_string_member(w, "status", number);
	if (scim_type)
		json_string_member(w, "scimType", scim_type);
	snprintf(detail, sizeof detail, "%s%s%s", attribute, *attribute ? ": " : "", text);
	json_string_member(w, "detail", detail);
	json_end_object(w);
}

void scim_put_error(struct json_writer *w, enum err err, const struct why *why)
{
	const struct err_row *row = err_row(err);
	put_error(
		w, row->http, row->scim_type, why->attribute, why->text[0] ? why->text : row->text);
}

void scim_refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type)
{
	struct json_writer w;
	(void)arg;
	(void)err;
	json_start(&w, body);
	put_error(&w, status, NULL, "", text);
	*content_type = SCIM_JSON;
}

void scim_fail(struct scim_call *call, enum err err)
{
	int status = err_row(err)->http;
	const char *const challenge[] = { "WWW-Authenticate", "Bearer realm=\"scim\"", NULL };
	unsigned wait = err == ERR_HELD ? HELD_SECONDS : call->wait ? call->wait : 1;
	const char *const retry[] = { "Retry-After", arena_printf(call->arena, "%u", wait), NULL };
	struct buffer *out = &call->thread->out;
	struct json_writer w;
	call->failed = err;
	buffer_reset(out);
	json_start(&w, out);
	scim_put_error(&w, err, &call->why);
	send(call, status, SCIM_JSON, buffer_span(out),
		status == 401                    ? challenge
		: status == 503 || status == 429 ? retry
						 : NULL);
}

void scim_answer(struct scim_call *call, int status, const struct record *record)
{
	const char *headers[7] = { NULL };
	size_t count = 0;
	char tag[SCIM_TAG_MAX];
	bool me = record && scim_is_me(call);
	struct buffer *out = &call->thread->out;
	if (out->failed) {
		scim_fail(call,
			fail(&call->why, ERR_TOO_MANY, NULL,
				"the answer would be larger than %d octets; leave out members",
				SCIM_ANSWER_MAX));
		return;
	}
	if (record) {
		scim_tag(record->revision, tag);
		headers[count++] = "ETag";
		headers[count++] = tag;
	}
	if (record && (status == 201 || me)) {
		headers[count++] = "Location";
		headers[count++] =
			arena_string(call->arena, scim_location(call, call->type, &record->id));
	}
	if (me) {
		headers[count++] = "Content-Location";
		headers[count] = headers[count - 2];
	}
	send(call, status, SCIM_JSON, buffer_span(out), headers);
}

void scim_answer_empty(struct scim_call *call, int status, uint64_t revision)
{
	char tag[SCIM_TAG_MAX];
	const char *const headers[] = { "ETag", tag, NULL };
	if (revision)
		scim_tag(revision, tag);
	send(call, status, NULL, SPAN_NONE, revision ? headers : NULL);
}
