#include "base/codec.h"
#include "base/codec_int.h"
#include "base/hash.h"
#include "base/secret.h"

#include <sodium.h>

/* "mst_" kind "_" body "_" checksum: the last two have fixed lengths, because the body's alphabet
 * has "_" in it. */
#define PREFIX "mst_"
#define BODY_OCTETS 32
#define BODY_TEXT 43
#define CHECK_OCTETS 4
#define CHECK_TEXT 8
#define KIND_MAX 16

/* Not a secret: it only tells a mistyped token, or one of another product, from ours. */
static void checksum(struct span text, uint8_t out[CHECK_OCTETS])
{
	static const char domain[] = "muster token checksum";
	uint8_t hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(
		hash, sizeof hash, text.data, text.len, (const uint8_t *)domain, sizeof domain - 1);
	memcpy(out, hash, CHECK_OCTETS);
}

char *token_new(struct arena *arena, const char *kind, uint32_t tenant)
{
	uint8_t body[BODY_OCTETS], check[CHECK_OCTETS];
	char *text;

	put_be32(body, tenant);
	secret_random(body + 4, sizeof body - 4);
	text = arena_printf(
		arena, PREFIX "%s_%s", kind, base64url_format(arena, span_of(body, sizeof body)));
	checksum(span_str(text), check);
	return arena_printf(arena, "%s_%s", text, hex_format(arena, span_of(check, sizeof check)));
}

static bool is_kind(struct span kind)
{
	for (size_t i = 0; i < kind.len; i++)
		if (kind.data[i] < 'a' || kind.data[i] > 'z')
			return false;
	return kind.len >= 1 && kind.len <= KIND_MAX;
}

static bool check_is_right(struct span token)
{
	size_t len = token.len - CHECK_TEXT - 1;
	uint8_t check[CHECK_OCTETS];
	char text[CHECK_TEXT + 1];

	checksum(span_of(token.data, len), check);
	sodium_bin2hex(text, sizeof text, check, sizeof check);
	return token.data[len] == '_' &&
	       span_equal(span_from(token, len + 1), span_of(text, CHECK_TEXT));
}

bool token_parse(struct span token, uint32_t *tenant)
{
	size_t fixed = strlen(PREFIX) + 1 + BODY_TEXT + 1 + CHECK_TEXT;
	uint8_t body[BASE64_ROOM(BODY_TEXT)];
	size_t kind_len, len;
	struct span kind;

	if (token.len <= fixed || token.len > fixed + KIND_MAX || !span_starts(token, SPAN(PREFIX)))
		return false;
	kind_len = token.len - fixed;
	kind = span_of(token.data + strlen(PREFIX), kind_len);
	if (!is_kind(kind) || kind.data[kind_len] != '_' || !check_is_right(token))
		return false;
	if (!base64url_read(span_of(kind.data + kind_len + 1, BODY_TEXT), body, &len) ||
		len != BODY_OCTETS)
		return false;
	*tenant = get_be32(body);
	return true;
}

void token_digest(struct span token, uint8_t out[32])
{
	hash_sha256(token, out);
}
