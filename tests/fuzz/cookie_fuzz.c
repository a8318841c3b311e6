/* The Cookie header of a browser, and of whoever says to be one: what is found lies in the header,
 * behind the name that was asked for, and stands there once. */
#include "fuzz.h"
#include "wire/cookie.h"

static void check(struct span header, struct span name)
{
	struct span value = SPAN_NONE;
	enum cookie_found found = cookie_find(header, name, &value);

	must(found == COOKIE_FOUND || value.data == NULL || found == COOKIE_TWICE);
	if (found != COOKIE_FOUND)
		return;
	must(span_find(value, ';') == value.len);
	if (value.len == 0)
		return;
	must(value.data >= header.data && value.data + value.len <= header.data + header.len);
	must((size_t)(value.data - header.data) > name.len);
	must(memcmp(value.data - name.len - 1, name.data, name.len) == 0);
	must(value.data[-1] == '=');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size), header = input;
	struct span name = span_cut(&header, '\n');

	check(input, SPAN("muster"));
	check(input, SPAN("__Host-muster"));
	check(header, name);
	return 0;
}
