#include "in/upstream/task.h"

#include "model/dn.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool is_below(struct upstream *up, struct span base, struct span context)
{
	struct dn low, high;

	return context.len > 0 && dn_parse(up->arena, base, &low, NULL) == OK &&
	       dn_parse(up->arena, context, &high, NULL) == OK && dn_is_below(&low, &high);
}

struct span task_context(struct upstream *up)
{
	struct span found = up->order.wider_base;

	for (size_t i = 0; found.len == 0 && i < up->root.count; i++)
		if (span_equal_nocase(up->root.values[i].type, SPAN("namingContexts")) &&
			is_below(up, up->order.base, up->root.values[i].value))
			found = up->root.values[i].value;
	return found.len > 0 ? found : up->order.base;
}

void task_say(struct upstream *up, enum frame_type type, const char *name, enum verdict verdict,
	uint64_t number, const char *format, ...)
{
	char text[FRAME_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	const struct row row = { .type = type,
		.name = span_str(name),
		.verdict = verdict,
		.number = number,
		.text = span_str(text) };
	upstream_put(up, &row);
}

/* RFC 4515 section 3: what could mean something there is written as its octet. */
void task_put_equal(struct buffer *out, const char *attribute, struct span value)
{
	buffer_putf(out, "(%s=", attribute);
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.data[i];
		bool plain = c > ' ' && c < 0x7f && !strchr("()*\\", c);
		buffer_putf(out, plain ? "%c" : "\\%02x", c);
	}
	buffer_putf(out, ")");
}

void task_done(struct upstream *up)
{
	const struct row row = { .type = FRAME_DONE };

	upstream_put(up, &row);
	upstream_flush(up);
	_exit(0);
}
