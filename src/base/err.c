#include "base/err.h"

#include "base/span.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct err_row rows[ERR_COUNT] = {
#define ERR(name, ldap, http, api, scim, status, text)                                             \
	[ERR_##name] = { #name, ldap, http, api, scim, status, text },
#include "base/err.def"
#undef ERR
};

const struct err_row *err_row(enum err err)
{
	assert((unsigned)err < ERR_COUNT);
	return &rows[err];
}

/* A text that snprintf cut must not end inside a UTF-8 sequence: it goes out as JSON. */
static void mend_end(char *text, size_t size)
{
	size_t len = strlen(text);

	if (len + 1 < size)
		return;
	for (unsigned back = 0; back < 3 && len > 0 && !span_is_utf8(span_of(text, len)); back++)
		text[--len] = '\0';
}

/* What a sentence names may be cut by its own format, or be what a peer sent. */
static void mend_middle(char *text)
{
	struct span rest = span_str(text);

	while ((rest = span_from(rest, span_utf8_front(rest))).len > 0)
		text[strlen(text) - rest.len] = '?';
}

static void mend(char *text, size_t size)
{
	mend_end(text, size);
	mend_middle(text);
}

enum err fail(struct why *why, enum err err, const char *attribute, const char *format, ...)
{
	va_list args;

	if (!why || why->err != OK)
		return err;
	why->err = err;
	snprintf(why->attribute, sizeof why->attribute, "%s", attribute ? attribute : "");
	mend(why->attribute, sizeof why->attribute);
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	mend(why->text, sizeof why->text);
	return err;
}
