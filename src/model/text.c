#include "model/text_int.h"

#include "model/value.h"

#include <utf8proc.h>

/* RFC 4518 section 2.2: what becomes a blank, what becomes nothing (0), else its lower case. */
static uint8_t fold_ascii(enum text_rule rule, uint8_t octet)
{
	if (octet >= '\t' && octet <= '\r')
		return ' ';
	if (octet < ' ' || octet == 0x7f)
		return 0;
	return octet >= 'A' && octet <= 'Z' && rule != TEXT_CASED ? octet | 0x20 : octet;
}

static bool is_dropped(enum text_rule rule, uint8_t octet)
{
	return octet == 0 || (rule == TEXT_NUMBER && (octet == ' ' || octet == '-'));
}

struct text_walk text_walk_of(struct span ascii, enum text_rule rule)
{
	return (struct text_walk){ ascii.data, ascii.data + ascii.len, rule, false, false, 0 };
}

int text_walk_next(struct text_walk *walk)
{
	if (walk->held != 0) {
		int octet = walk->held;
		walk->held = 0;
		return octet;
	}
	while (walk->at < walk->end) {
		uint8_t octet = fold_ascii(walk->rule, *walk->at++);
		if (is_dropped(walk->rule, octet))
			continue;
		if (octet == ' ') {
			walk->blank = walk->started;
			continue;
		}
		walk->started = true;
		if (!walk->blank)
			return octet;
		walk->blank = false;
		walk->held = octet;
		return ' ';
	}
	return -1;
}

/* Squeezes blanks in `text`, in place, and trims those at the ends of the whole. */
static size_t squeeze(uint8_t *text, size_t len, enum text_rule rule, struct text_ends whole)
{
	bool blank = false;
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_dropped(rule, text[i]))
			continue;
		if (text[i] == ' ') {
			blank = true;
			continue;
		}
		if (blank && (out > 0 || !whole.starts))
			text[out++] = ' ';
		blank = false;
		text[out++] = text[i];
	}
	/* A part between others that is nothing but blanks is one blank. */
	if (blank && !whole.ends && (out > 0 || !whole.starts))
		text[out++] = ' ';
	return out;
}

static bool is_prepared(struct span ascii, enum text_rule rule, struct text_ends whole)
{
	bool blank = whole.starts;

	for (size_t i = 0; i < ascii.len; i++) {
		uint8_t octet = ascii.data[i];
		if (fold_ascii(rule, octet) != octet || is_dropped(rule, octet) ||
			(octet == ' ' && blank))
			return false;
		blank = octet == ' ';
	}
	return ascii.len == 0 || !blank || !whole.ends;
}

static struct span prepare_ascii(
	struct arena *arena, struct span text, enum text_rule rule, struct text_ends whole)
{
	if (is_prepared(text, rule, whole))
		return text;
	uint8_t *folded = arena_alloc(arena, text.len);
	for (size_t i = 0; i < text.len; i++)
		folded[i] = fold_ascii(rule, text.data[i]);
	return span_of(folded, squeeze(folded, text.len, rule, whole));
}

/* Before the decomposition, so that what is dropped here cannot part a letter from its marks: a
 * soft hyphen is default-ignorable, utf8proc drops it. */
static utf8proc_int32_t map_code(utf8proc_int32_t code, void *arg)
{
	enum text_rule rule = *(const enum text_rule *)arg;

	if (code < 0x80) {
		uint8_t folded = fold_ascii(rule, (uint8_t)code);
		return is_dropped(rule, folded) ? 0xad : folded;
	}
	if (code == 0x85 || code == 0x1680 || code == 0x2028 || code == 0x2029)
		return ' ';
	if (code < 0xa0)
		return 0xad;
	/* RFC 4518 section 2.6.3: the hyphens that have no compatibility form of "-". */
	if (rule == TEXT_NUMBER &&
		(code == 0x58a || (code >= 0x2010 && code <= 0x2015) || code == 0x2212))
		return 0xad;
	return code;
}

static struct span fold_unicode(struct arena *arena, struct span text, enum text_rule rule)
{
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
					  UTF8PROC_IGNORE |
					  (rule == TEXT_CASED ? 0 : UTF8PROC_CASEFOLD);
	utf8proc_ssize_t room = (utf8proc_ssize_t)text.len + 16, len;
	utf8proc_int32_t *codes;

	for (;;) {
		codes = arena_alloc(arena, ((size_t)room + 1) * sizeof *codes);
		len = utf8proc_decompose_custom(text.data, (utf8proc_ssize_t)text.len, codes, room,
			options, map_code, &rule);
		if (len <= room)
			break;
		room = len;
	}
	len = len < 0 ? len : utf8proc_reencode(codes, len, options);
	return len < 0 ? text : span_of(codes, (size_t)len);
}

bool text_prepare(struct arena *arena, struct span text, enum text_rule rule,
	struct text_ends whole, struct span *folded)
{
	if (text.len > TEXT_MAX)
		return false;
	if (span_is_ascii(text)) {
		*folded = prepare_ascii(arena, text, rule, whole);
		return true;
	}
	if (!span_is_utf8(text))
		return false;
	struct span once = fold_unicode(arena, text, rule);
	struct span copy = arena_copy(arena, once);
	size_t len = squeeze((uint8_t *)copy.data, copy.len, rule, whole);
	*folded = span_of(copy.data, len);
	/* Hyphens that a compatibility form brought in are gone now, and a mark may have come to
	 * stand behind a letter. */
	if (rule == TEXT_NUMBER)
		*folded = fold_unicode(arena, *folded, rule);
	return true;
}

uint32_t text_next(const uint8_t **at, const uint8_t *end)
{
	utf8proc_int32_t code;
	utf8proc_ssize_t len = utf8proc_iterate(*at, end - *at, &code);

	*at = len > 0 ? *at + len : end;
	return len > 0 ? (uint32_t)code : 0xfffd;
}
