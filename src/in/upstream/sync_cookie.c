#include "in/upstream/sync_cookie.h"

#include "base/codec.h"

#include <stdio.h>
#include <string.h>

#define FORMAT 2

static void read_canary(struct reader *in, struct canary *canary)
{
	struct uuid anchor = read_uuid(in);
	struct span version = read_span(in);

	*canary = (struct canary){ .anchor = anchor };
	if (in->bad || version.len >= sizeof(canary->version)) {
		in->bad = true;
		return;
	}
	memcpy(canary->version, version.data, version.len);
}

bool sync_cookie_read(struct span blob, struct sync_cookie *cookie)
{
	struct reader in = reader_of(blob);

	*cookie = (struct sync_cookie){ 0 };
	if (blob.len == 0)
		return true;
	if (read_u8(&in) != FORMAT)
		return false;
	struct span octets = read_span(&in);
	size_t count = read_u8(&in);
	if (in.bad || octets.len > sizeof(cookie->octets) || count > CANARIES_MAX)
		return false;
	memcpy(cookie->octets, octets.data, octets.len);
	cookie->len = octets.len;
	for (size_t i = 0; i < count; i++)
		read_canary(&in, &cookie->canaries[i]);
	cookie->canary_count = count;
	cookie->newest = read_u64(&in);
	cookie->has_units = read_u8(&in) != 0;
	cookie->units = read_u64(&in);
	return read_done(&in);
}

void sync_cookie_write(const struct sync_cookie *cookie, struct buffer *out)
{
	write_u8(out, FORMAT);
	write_span(out, span_of(cookie->octets, cookie->len));
	write_u8(out, (uint8_t)cookie->canary_count);
	for (size_t i = 0; i < cookie->canary_count; i++) {
		buffer_put_span(out, uuid_span(&cookie->canaries[i].anchor));
		write_span(out, span_str(cookie->canaries[i].version));
	}
	write_u64(out, cookie->newest);
	write_u8(out, cookie->has_units);
	write_u64(out, cookie->units);
}

static size_t find(struct span text, struct span word)
{
	for (size_t at = 0; at + word.len <= text.len; at++)
		if (memcmp(text.data + at, word.data, word.len) == 0)
			return at;
	return text.len;
}

bool sync_cookie_take(struct sync_cookie *cookie, struct span octets)
{
	size_t end = find(octets, SPAN(",delcsn="));
	struct span rest = span_from(octets, end);

	if (octets.len > sizeof(cookie->octets))
		return false;
	if (rest.len > 0)
		rest = span_from(rest, 1);
	rest = span_from(rest, span_find(rest, ','));
	if (end > 0)
		memcpy(cookie->octets, octets.data, end);
	if (rest.len > 0)
		memcpy(cookie->octets + end, rest.data, rest.len);
	cookie->len = end + rest.len;
	return true;
}

/* ---- canaries ---- */

static struct canary *find_canary(struct sync_cookie *cookie, const struct uuid *anchor)
{
	for (size_t i = 0; i < cookie->canary_count; i++)
		if (uuid_equal(&cookie->canaries[i].anchor, anchor))
			return &cookie->canaries[i];
	return NULL;
}

static struct canary *oldest(struct sync_cookie *cookie)
{
	struct canary *found = &cookie->canaries[0];

	for (size_t i = 1; i < cookie->canary_count; i++)
		if (strcmp(cookie->canaries[i].version, found->version) < 0)
			found = &cookie->canaries[i];
	return found;
}

void canary_see(struct sync_cookie *cookie, const struct uuid *anchor, struct span version)
{
	struct canary seen = { .anchor = *anchor };

	if (version.len == 0 || version.len >= sizeof(seen.version))
		return;
	memcpy(seen.version, version.data, version.len);
	struct canary *place = find_canary(cookie, anchor);
	if (!place && cookie->canary_count < CANARIES_MAX)
		place = &cookie->canaries[cookie->canary_count++];
	else if (!place && strcmp(oldest(cookie)->version, seen.version) < 0)
		place = oldest(cookie);
	if (place)
		*place = seen;
}

void canary_drop(struct sync_cookie *cookie, const struct uuid *anchor)
{
	struct canary *place = find_canary(cookie, anchor);

	if (place)
		*place = cookie->canaries[--cookie->canary_count];
}

/* ---- what the servers write into theirs ---- */

/* "rid=000,sid=001,csn=<csn>;<csn>" */
static struct span csns_of(const struct sync_cookie *cookie)
{
	struct span text = span_of(cookie->octets, cookie->len);
	struct span word = SPAN("csn=");
	size_t at = find(text, word);

	text = span_from(text, at < text.len ? at + word.len : text.len);
	text.len = span_find(text, ',');
	return text;
}

/* The third of its four parts. */
static struct span server_of(struct span csn)
{
	struct span rest = csn;

	span_cut(&rest, '#');
	span_cut(&rest, '#');
	return span_cut(&rest, '#');
}

bool sync_cookie_is_ahead(const struct sync_cookie *cookie, struct span csn)
{
	struct span rest = csns_of(cookie);

	while (rest.len > 0) {
		struct span own = span_cut(&rest, ';');
		if (!span_equal(server_of(own), server_of(csn)))
			continue;
		size_t len = own.len < csn.len ? own.len : csn.len;
		return memcmp(own.data, csn.data, len) > 0;
	}
	return false;
}

/* "<server>#<client>#<number>"; where the number begins, 0: nowhere. */
static size_t change_at(struct span octets)
{
	size_t at = octets.len;

	while (at > 0 && octets.data[at - 1] != '#')
		at--;
	return at;
}

bool sync_cookie_change(const struct sync_cookie *cookie, uint64_t *number)
{
	struct span octets = span_of(cookie->octets, cookie->len);
	size_t at = change_at(octets);

	return at > 0 && span_to_u64(span_from(octets, at), number);
}

void sync_cookie_set_change(struct sync_cookie *cookie, uint64_t number)
{
	size_t at = change_at(span_of(cookie->octets, cookie->len));
	char text[24];
	int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)number);

	if (at == 0 || at + (size_t)len > sizeof(cookie->octets))
		return;
	memcpy(cookie->octets + at, text, (size_t)len);
	cookie->len = at + (size_t)len;
}

void sync_cookie_witness(struct sync_cookie *cookie, struct span octets)
{
	size_t at = change_at(octets);
	uint64_t number;

	/* It writes its largest when it found none. */
	if (at > 0 && span_to_u64(span_from(octets, at), &number) && number != UINT64_MAX &&
		number > cookie->newest)
		cookie->newest = number;
}
