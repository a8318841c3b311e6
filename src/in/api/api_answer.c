#include "in/api/api_int.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

#define PROBLEM_JSON "application/problem+json"
#define PROBLEM_MAX 4096
#define HEADERS_MAX 19 /* nine pairs and the end */

static const struct {
	enum warning bit;
	const char *code;
} warnings[] = {
	{ WARNING_FEW_ADMINS, "few_admins" },
	{ WARNING_NO_SCOPE, "no_scope" },
	{ WARNING_ELEVATED, "elevated" },
	{ WARNING_LOST, "lost" },
};

/* ---- errors ---- */

static void lower(const char *name, char *out, size_t room)
{
	size_t len = 0;

	for (; name[len] && len + 1 < room; len++)
		out[len] = (char)tolower((unsigned char)name[len]);
	out[len] = '\0';
}

/* No id of the request in it: what is another tenant's must read like what never was. */
static void put_problem(struct buffer *out, enum err err, int status, const struct why *why)
{
	const struct err_row *row = err_row(err);
	char code[48], type[80];
	struct json_writer w;

	lower(row->name, code, sizeof code);
	snprintf(type, sizeof type, "urn:muster:error:%s", code);
	json_start(&w, out);
	json_begin_object(&w);
	json_string_member(&w, "type", type);
	json_string_member(&w, "title", row->text);
	json_integer_member(&w, "status", status);
	json_string_member(&w, "code", code);
	if (why->text[0])
		json_string_member(&w, "detail", why->text);
	if (why->attribute[0])
		json_string_member(&w, "attribute", why->attribute);
	json_end_object(&w);
}

void api_refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type)
{
	struct why why = { .err = err };

	(void)arg;
	snprintf(why.text, sizeof why.text, "%s", text);
	put_problem(body, err, status, &why);
	*content_type = PROBLEM_JSON;
}

void api_fail(struct api_call *call, enum err err)
{
	const struct err_row *row = err_row(err);
	const char *headers[HEADERS_MAX] = { NULL };
	char id[UUID_TEXT + 1];
	struct buffer out;
	size_t n = 0;

	uuid_format(&call->id, id);
	headers[n++] = "X-Request-Id";
	headers[n++] = id;
	if (row->api == 401) {
		headers[n++] = "WWW-Authenticate";
		headers[n++] = "Bearer realm=\"muster\"";
	}
	if (row->api == 429 || row->api == 503 || (err == ERR_CONFLICT && call->wait > 0)) {
		headers[n++] = "Retry-After";
		headers[n++] = arena_printf(call->arena, "%u", call->wait ? call->wait : 1);
	}
	buffer_init(&out, PROBLEM_MAX);
	put_problem(&out, err, row->api, &call->why);
	http_answer(call->exchange, row->api, PROBLEM_JSON, buffer_span(&out), headers);
	buffer_free(&out);
}

/* ---- results ---- */

static void put_warnings(struct json_writer *w, unsigned given)
{
	json_name(w, "warnings");
	json_begin_array(w);
	for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
		if (given & warnings[i].bit)
			json_put_string(w, warnings[i].code);
	json_end_array(w);
}

static void put_list(struct buffer *out, const struct request *r, struct span items)
{
	struct json_writer w;

	json_start(&w, out);
	json_begin_object(&w);
	json_name(&w, "items");
	json_put_raw(&w, items);
	if (r->has_total)
		json_integer_member(&w, "total", (int64_t)r->total);
	if (r->next_cursor.len > 0)
		json_text_member(&w, "next_cursor", r->next_cursor);
	json_end_object(&w);
}

/* Warnings are one more member of the result; nothing becomes an object of them alone. */
static void put_warned(struct buffer *out, const struct request *r, struct span result)
{
	struct buffer member;
	struct json_writer w;

	buffer_init(&member, 1024);
	json_start(&w, &member);
	json_begin_object(&w);
	put_warnings(&w, r->warnings);
	json_end_object(&w);
	struct span object = buffer_span(&member);
	if (result.len > 2) {
		buffer_put(out, result.data, result.len - 1);
		buffer_put_octet(out, ',');
		object = span_from(object, 1);
	}
	buffer_put(out, object.data, object.len);
	buffer_free(&member);
}

static const char *id_text(struct api_call *call, const struct uuid *id)
{
	char *text = arena_alloc(call->arena, UUID_TEXT + 1);

	uuid_format(id, text);
	return text;
}

static const char *location_of(struct api_call *call, const struct request *r)
{
	return arena_printf(
		call->arena, "%.*s/%s", SPAN_ARGS(call->request->path), id_text(call, &r->created));
}

/* Of what the result is, or of the version of the entry that it shows; empty: of nothing. */
static const char *tag_of(struct api_call *call, const struct request *r)
{
	if (r->tag)
		return arena_printf(call->arena, "\"%s\"", r->tag);
	return r->revision ? arena_printf(call->arena, "\"%llu\"", (unsigned long long)r->revision)
			   : "";
}

static void put_headers(
	struct api_call *call, const struct request *r, const char *tag, const char **headers)
{
	size_t n = 0;

	headers[n++] = "X-Request-Id";
	headers[n++] = id_text(call, &call->id);
	if (*tag) {
		headers[n++] = "ETag";
		headers[n++] = tag;
	}
	if (operation_result(r->operation).status == 201 && !uuid_is_nil(&r->created)) {
		headers[n++] = "Location";
		headers[n++] = location_of(call, r);
	}
	if (r->operation == OPERATION_SESSION_END) {
		headers[n++] = "Set-Cookie";
		headers[n++] = visit_cookie(call->exchange, call->request, NULL);
	}
	for (size_t i = 0; r->headers && r->headers[i]; i++) {
		assert(n < HEADERS_MAX - 1);
		headers[n++] = r->headers[i];
	}
}

void api_answer(
	struct api_call *call, const struct request *r, struct span result, struct buffer *out)
{
	struct operation_result row = operation_result(r->operation);
	const char *headers[HEADERS_MAX] = { NULL };
	const char *tag = tag_of(call, r);

	put_headers(call, r, tag, headers);
	bool reads = call->request->method == HTTP_GET || call->request->method == HTTP_HEAD;
	if (reads && *tag && http_tag_matches(call->if_none_match, tag)) {
		http_answer(call->exchange, 304, NULL, SPAN_NONE, headers);
		return;
	}
	if (row.is_media) {
		http_answer(call->exchange, row.status,
			r->media ? r->media : (const char *)row.schema.data, r->octets, headers);
		return;
	}
	if (row.is_list)
		put_list(out, r, result);
	else if (r->warnings)
		put_warned(out, r, result);
	else
		buffer_put(out, result.data, result.len);
	int status = out->len == 0 ? 204 : row.status == 204 ? 200 : row.status;
	if (operation_creates(r->operation) && !uuid_is_nil(&r->created))
		status = 201;
	http_answer(
		call->exchange, status, out->len > 0 ? API_JSON : NULL, buffer_span(out), headers);
}
