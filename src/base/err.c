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

enum err fail(struct why *why, enum err err, const char *attribute, const char *format, ...)
{
	va_list args;

	if (!why || why->err != OK)
		return err;
	why->err = err;
	snprintf(why->attribute, sizeof why->attribute, "%s", attribute ? attribute : "");
	mend_end(why->attribute, sizeof why->attribute);
	va_start(args, format);
	vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
	mend_end(why->text, sizeof why->text);
	return err;
}
