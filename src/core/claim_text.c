#include "core/claim_int.h"

#include "model/value.h"

/* ---- a flat JSON object; the trees of wire/ are not for this floor ---- */

static bool take(struct span *rest, uint8_t octet)
{
	while (rest->len && (rest->data[0] == ' ' || rest->data[0] == '\t' ||
				    rest->data[0] == '\n' || rest->data[0] == '\r'))
		*rest = span_from(*rest, 1);
	if (!rest->len || rest->data[0] != octet)
		return false;
	*rest = span_from(*rest, 1);
	return true;
}

static size_t put_character(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | c >> 12);
	out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

/* Four hexadecimal digits; false also for half of a pair, which no name of ours holds. */
static bool take_code(struct span *rest, uint32_t *c)
{
	*c = 0;
	if (rest->len < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *at = memchr(digits, rest->data[i] | 0x20, 16);
		if (!at)
			return false;
		*c = *c << 4 | (uint32_t)(at - digits);
	}
	*rest = span_from(*rest, 4);
	return *c && (*c < 0xd800 || *c > 0xdfff);
}

/* Behind the backslash. */
static bool take_escape(struct span *rest, uint8_t *out, size_t *len)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	uint32_t c;
	if (!rest->len)
		return false;
	const char *at = memchr(letters, rest->data[0], sizeof letters - 1);
	bool is_code = rest->data[0] == 'u';
	*rest = span_from(*rest, 1);
	if (at) {
		out[(*len)++] = (uint8_t)meanings[at - letters];
		return true;
	}
	if (!is_code || !take_code(rest, &c))
		return false;
	*len += put_character(out + *len, c);
	return true;
}

/* An escape is never shorter than what it stands for. */
static bool take_string(struct arena *arena, struct span *rest, struct span *text)
{
	if (!take(rest, '"'))
		return false;
	uint8_t *out = arena_alloc(arena, rest->len + 1);
	size_t len = 0;
	while (rest->len) {
		uint8_t octet = rest->data[0];
		*rest = span_from(*rest, 1);
		if (octet == '"') {
			*text = span_of(out, len);
			return true;
		}
		if (octet != '\\')
			out[len++] = octet;
		else if (!take_escape(rest, out, &len))
			return false;
	}
	return false;
}

/* A number, true, false or null. */
static bool take_word(struct span *rest)
{
	size_t len = 0;
	while (len < rest->len && rest->data[len] != ',' && rest->data[len] != '}' &&
		rest->data[len] != '{' && rest->data[len] != '[')
		len++;
	*rest = span_from(*rest, len);
	return len > 0;
}

static void note(struct claim_texts *texts, struct span name, struct span text)
{
	static const char *const members[CLAIM_TEXTS] = { "value", "displayName", "id" };
	for (size_t i = 0; i < CLAIM_TEXTS; i++)
		if (span_equal_nocase(name, span_str(members[i])))
			texts->text[i] = text;
}

static bool read_object(struct arena *arena, struct span rest, struct claim_texts *texts)
{
	struct span name, text;
	if (!take(&rest, '{'))
		return false;
	do {
		if (!take_string(arena, &rest, &name) || !take(&rest, ':'))
			return false;
		if (take_string(arena, &rest, &text))
			note(texts, name, text);
		else if (!take_word(&rest))
			return false;
	} while (take(&rest, ','));
	return take(&rest, '}');
}

void claim_read(struct arena *arena, struct span claim, struct claim_texts *texts)
{
	*texts = (struct claim_texts){ { SPAN_NONE } };
	if (read_object(arena, claim, texts))
		return;
	*texts = (struct claim_texts){ { claim } };
}

/* ---- what it names ---- */

bool claim_names(struct arena *arena, struct span claim, const struct record *role)
{
	struct claim_texts texts;
	struct uuid id;
	struct span name = record_first(role, ATTR_COMMON_NAME);
	claim_read(arena, claim, &texts);
	for (size_t i = 0; i < CLAIM_TEXTS; i++)
		if (texts.text[i].len &&
			(value_equal(ATTR_COMMON_NAME, texts.text[i], name) ||
				(uuid_parse(texts.text[i], &id) && uuid_equal(&id, &role->id))))
			return true;
	return false;
}

bool record_claims(struct arena *arena, const struct record *user, const struct record *role)
{
	for (size_t i = record_find(user, ATTR_ROLE_CLAIM); i < user->count; i++) {
		struct value claim = record_row(user, i);
		if (claim.attr != ATTR_ROLE_CLAIM)
			break;
		if (claim_names(arena, claim.octets, role))
			return true;
	}
	return false;
}
