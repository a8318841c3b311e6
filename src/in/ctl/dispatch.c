#include "in/ctl/ctl_int.h"

#include "base/limits.h"

static enum err (*const handlers[])(struct ctl_request *r) = {
#define VERB(id, handler, words, arguments, help) handler,
#include "verbs.def"
#undef VERB
};

static bool fits(const struct json *value, enum argument_type type)
{
	switch (type) {
	case ARGUMENT_TEXT:
	case ARGUMENT_SECRET:
		return value->type == JSON_IS_STRING;
	case ARGUMENT_NUMBER:
		return value->type == JSON_IS_INTEGER && value->integer >= 0;
	case ARGUMENT_YES:
		return value->type == JSON_IS_TRUE || value->type == JSON_IS_FALSE;
	case ARGUMENT_LIST:
		for (size_t i = 0; i < value->count; i++)
			if (value->items[i].type != JSON_IS_STRING)
				return false;
		return value->type == JSON_IS_ARRAY;
	case ARGUMENT_JSON:
		return true;
	}
	return false;
}

static enum err check_given(enum verb verb, const struct json *args, struct why *why)
{
	struct argument argument;

	for (size_t i = 0; args && i < args->count; i++) {
		const struct json *given = &args->items[i];
		char name[64] = { 0 };

		memcpy(name, given->name.data,
			given->name.len < sizeof name ? given->name.len : sizeof name - 1);
		if (!verb_argument(verb, given->name, &argument))
			return fail(why, ERR_VALUE, name, "\"%s\" takes no such argument",
				verb_row(verb)->words);
		if (!fits(given, argument.type))
			return fail(why, ERR_VALUE, name, "the argument is of another type");
	}
	return OK;
}

static enum err check_args(
	struct arena *arena, enum verb verb, const struct json *args, struct why *why)
{
	struct span arguments = span_str(verb_row(verb)->arguments);
	struct argument argument;

	if (args && args->type != JSON_IS_OBJECT)
		return fail(why, ERR_SYNTAX, "args", "args must be an object");
	while (verb_next_argument(&arguments, &argument)) {
		const char *name = arena_string(arena, argument.name);
		const struct json *given = args ? json_member(args, name) : NULL;

		if (argument.required &&
			(!given || (given->type == JSON_IS_STRING && given->text.len == 0)))
			return fail(why, ERR_MISSING, name, "\"%s\" needs the argument %s",
				verb_row(verb)->words, name);
	}
	return check_given(verb, args, why);
}

static enum err run_line(struct ctl_request *r, struct span line)
{
	struct json *request;

	enum err err = json_parse(r->arena, line, &request, r->why);
	if (err != OK)
		return err;
	struct span words = json_text(request, "verb");
	enum verb verb = verb_find(words);
	if (verb == VERB_COUNT)
		return fail(r->why, ERR_NOT_FOUND, "verb", "there is no verb \"%.*s\"",
			(int)(words.len < 64 ? words.len : 64), (const char *)words.data);
	r->args = json_member(request, "args");
	err = check_args(r->arena, verb, r->args, r->why);
	if (err == OK)
		err = handlers[verb](r);
	if (err == OK && r->reading)
		err = view_error(r->view, r->why);
	request_release(r);
	return err;
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

void ctl_answer(const struct ctl_options *options, struct view *view, const struct actor *actor,
	struct span line, struct buffer *answer)
{
	struct arena *arena = arena_new();
	struct why why = { 0 };
	struct buffer result;
	struct json_writer out, whole;

	buffer_init(&result, LIMIT_CTL_LINE);
	json_start(&out, &result);
	struct ctl_request r = { .options = options,
		.core = options->core,
		.view = view,
		.arena = arena,
		.actor = *actor,
		.out = &out,
		.why = &why };
	enum err err = run_line(&r, line);
	if (err == OK && result.failed)
		err = fail(&why, ERR_TOO_LARGE, NULL, "the answer is too long; ask for less");
	json_start(&whole, answer);
	json_begin_object(&whole);
	if (err == OK) {
		json_bool_member(&whole, "ok", true);
		json_name(&whole, "result");
		json_put_raw(&whole, result.len > 0 ? buffer_span(&result) : SPAN("null"));
	} else {
		put_error(&whole, err, &why);
	}
	json_end_object(&whole);
	buffer_free(&result);
	arena_free(arena);
}
