#include "base/codec.h"
#include "base/limits.h"
#include "in/ctl/ctl_int.h"

#define LIST_USUAL 1000
#define LIST_MAX 100000

static enum err run_line(struct request *r, struct span line)
{
	struct json *request;

	enum err err = json_parse(r->arena, line, &request, r->why);
	if (err != OK)
		return err;
	struct span words = json_text(request, "verb");
	r->operation = operation_find(words);
	if (r->operation == OPERATION_COUNT)
		return fail(r->why, ERR_NOT_FOUND, "verb", "there is no verb \"%.*s\"",
			(int)(words.len < 64 ? words.len : 64), (const char *)words.data);
	r->args = json_member(request, "args");
	return admin_run(r);
}

static void put_error(struct json_writer *w, enum err err, const struct why *why)
{
	json_bool_member(w, "ok", false);
	json_name(w, "error");
	json_begin_object(w);
	json_string_member(w, "code", err_row(err)->name);
	json_string_member(w, "attribute", why->attribute);
	json_string_member(w, "text", why->text[0] ? why->text : err_row(err)->text);
	json_end_object(w);
}

static void put_media(struct request *r)
{
	if (operation_result(r->operation).is_text)
		json_put_text(r->out, r->octets);
	else
		json_put_string(r->out, base64_format(r->arena, r->octets));
}

void ctl_answer(const struct admin *admin, struct view *view, const struct actor *actor,
	struct span line, struct buffer *answer)
{
	struct arena *arena = arena_new();
	struct why why = { 0 };
	struct buffer result;
	struct json_writer out, whole;

	buffer_init(&result, LIMIT_CTL_LINE);
	json_start(&out, &result);
	struct request r = { .admin = admin,
		.view = view,
		.arena = arena,
		.actor = *actor,
		.out = &out,
		.list_usual = LIST_USUAL,
		.list_max = LIST_MAX,
		.why = &why };
	enum err err = run_line(&r, line);
	if (err == OK && operation_result(r.operation).is_media)
		put_media(&r);
	if (err == OK && result.failed)
		err = fail(&why, ERR_TOO_LARGE, NULL, "the answer is too long; ask for less");
	json_start(&whole, answer);
	json_begin_object(&whole);
	if (err == OK) {
		json_bool_member(&whole, "ok", true);
		if (r.next_cursor.len > 0)
			json_text_member(&whole, "next_cursor", r.next_cursor);
		if (r.has_total)
			json_integer_member(&whole, "total", (int64_t)r.total);
		/* The last one: `muster --json` prints its text. */
		json_name(&whole, "result");
		json_put_raw(&whole, result.len > 0 ? buffer_span(&result) : SPAN("null"));
	} else {
		put_error(&whole, err, &why);
	}
	json_end_object(&whole);
	buffer_free(&result);
	arena_free(arena);
}
