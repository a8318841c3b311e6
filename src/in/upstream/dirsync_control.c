#include "in/upstream/dirsync_control.h"

/* Little-endian, packed: "MSDS", version, time (8), two words, length of what follows the head,
 * highwater mark (three of 8), invocation (16); then the up-to-dateness vector: version, a word,
 * count, a word, cursors. */
#define AT_VERSION 4
#define AT_EXTRA 24
#define AT_USN 28
#define AT_INVOCATION 52
#define HEAD_OCTETS 68
#define VECTOR_HEAD 16
#define CURSOR_OCTETS 24

bool dirsync_request(uint32_t flags, uint32_t octets_max, struct span cookie, struct berval *value)
{
	struct berval octets = { cookie.len, (char *)cookie.data };
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	/* The flags' highest bit makes a negative INTEGER. */
	bool good = ber && ber_printf(ber, "{iiO}", (ber_int_t)(int32_t)flags,
				   (ber_int_t)octets_max, &octets) >= 0;
	good = good && ber_flatten2(ber, value, 1) == 0;
	ber_free(ber, 1);
	return good;
}

bool dirsync_answer_read(
	struct arena *arena, const struct berval *value, struct dirsync_answer *answer)
{
	/* liblber follows a null pointer in a value of no octets. */
	BerElement *ber = value->bv_len > 0 ? ber_init((struct berval *)value) : NULL;
	struct berval cookie = { 0 };
	ber_int_t more, size;

	bool good = ber && ber_scanf(ber, "{iim}", &more, &size, &cookie) != LBER_ERROR;
	if (good)
		*answer = (struct dirsync_answer){ .more = more != 0,
			.cookie = arena_copy(arena, span_of(cookie.bv_val, cookie.bv_len)) };
	if (ber)
		ber_free(ber, 1);
	return good;
}

static uint64_t little(const uint8_t *at, size_t octets)
{
	uint64_t value = 0;

	while (octets-- > 0)
		value = value << 8 | at[octets];
	return value;
}

static void read_vector(struct span vector, struct dirsync_cookie *read)
{
	if (vector.len < VECTOR_HEAD)
		return;
	uint64_t version = little(vector.data, 4), count = little(vector.data + 8, 4);
	size_t size = version == 1 ? CURSOR_OCTETS : version == 2 ? CURSOR_OCTETS + 8 : 0;
	struct span cursors = span_from(vector, VECTOR_HEAD);
	if (size == 0 || count > cursors.len / size)
		return;
	read->cursor_size = size;
	read->cursors = span_of(cursors.data, (size_t)count * size);
}

bool dirsync_cookie_read(struct span cookie, struct dirsync_cookie *read)
{
	if (cookie.len < HEAD_OCTETS || !span_starts(cookie, SPAN("MSDS")) ||
		little(cookie.data + AT_VERSION, 4) != 3)
		return false;
	*read = (struct dirsync_cookie){ .usn = little(cookie.data + AT_USN, 8) };
	memcpy(read->invocation, cookie.data + AT_INVOCATION, sizeof(read->invocation));
	if (little(cookie.data + AT_EXTRA, 4) <= cookie.len - HEAD_OCTETS)
		read_vector(span_from(cookie, HEAD_OCTETS), read);
	return true;
}

bool dirsync_cookie_covers(const struct dirsync_cookie *now, const struct dirsync_cookie *then)
{
	for (size_t at = 0; at < now->cursors.len; at += now->cursor_size)
		if (memcmp(now->cursors.data + at, then->invocation, 16) == 0)
			return little(now->cursors.data + at + 16, 8) >= then->usn;
	return false;
}
