/* A filter's text becomes an element that is a filter, and the text that is written from it becomes
 * the same element again. Any octets at all are written as something. */
#include "base/limits.h"
#include "fuzz.h"
#include "wire/ldap_filter.h"
#include "wire/ldap_filter_text.h"

static bool is_secret(struct span attribute)
{
	return attribute.len == 3;
}

static bool nothing(struct span attribute)
{
	(void)attribute;
	return false;
}

static void write_and_read_again(struct arena *arena, struct span element)
{
	struct span again;
	struct buffer out;

	buffer_init(&out, MIB);
	filter_text_write(element, nothing, &out);
	must(!out.failed);
	must(filter_text_read(arena, buffer_span(&out), &again, NULL) == OK);
	must(span_equal(element, again));
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct filter *filter;
	struct span element;
	struct buffer out;
	enum err err;

	buffer_init(&out, 200);
	filter_text_write(span_of(data, size), is_secret, &out);
	must(out.len <= 200);
	buffer_free(&out);
	if (filter_text_read(arena, span_of(data, size), &element, NULL) == OK) {
		err = filter_read(arena, element, &filter, NULL);
		must(err == OK || err == ERR_TOO_LARGE || err == ERR_FILTER);
		write_and_read_again(arena, element);
	}
	arena_free(arena);
	return 0;
}
