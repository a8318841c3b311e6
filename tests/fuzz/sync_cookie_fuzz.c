/* What we keep of a server's cookie, and what is read out of it: whatever octets a server sends or
 * a store gives back stay within their limits, and what is read is written again as it was. */
#include "fuzz.h"
#include "in/upstream/sync_cookie.h"

static struct sync_cookie cookie, again;

static void check(void)
{
	struct buffer out;
	uint64_t number;

	must(cookie.len <= SYNC_COOKIE_MAX && cookie.canary_count <= CANARIES_MAX);
	(void)sync_cookie_change(&cookie, &number);
	(void)sync_cookie_is_ahead(&cookie, SPAN("20261122024336.162237Z#000000#001#000000"));
	buffer_init(&out, 64 * KIB);
	sync_cookie_write(&cookie, &out);
	must(!out.failed && sync_cookie_read(buffer_span(&out), &again));
	must(again.len == cookie.len && again.canary_count == cookie.canary_count);
	must(memcmp(again.octets, cookie.octets, cookie.len) == 0);
	must(again.newest == cookie.newest && again.units == cookie.units);
	buffer_free(&out);
	bool has_change = sync_cookie_change(&cookie, &number);
	sync_cookie_set_change(&cookie, 12345);
	must(!has_change || cookie.len > SYNC_COOKIE_MAX - 5 ||
		(sync_cookie_change(&cookie, &number) && number == 12345));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct uuid anchor = { { 1 } };

	if (sync_cookie_read(input, &cookie))
		check();
	cookie = (struct sync_cookie){ 0 };
	sync_cookie_witness(&cookie, input);
	if (sync_cookie_take(&cookie, input)) {
		canary_see(&cookie, &anchor, input);
		check();
	}
	return 0;
}
