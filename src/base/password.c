#include "base/codec_int.h"
#include "base/digest_int.h"
#include "base/secret.h"

#include <sodium.h>

#define PASSES 2
#define MEMORY ((size_t)19 * 1024 * 1024)
#define PASSES_MAX 10
#define MEMORY_MAX_KIB UINT64_C(65536)
#define LANES_MAX 8

_Static_assert(crypto_pwhash_STRBYTES <= PASSWORD_HASH_MAX, "a PHC string fits");

static const struct scheme {
	struct span prefix;
	enum digest digest;
	bool salted;
} schemes[] = {
	{ { (const uint8_t *)"{SSHA}", 6 }, DIGEST_SHA1, true },
	{ { (const uint8_t *)"{SSHA256}", 9 }, DIGEST_SHA256, true },
	{ { (const uint8_t *)"{SSHA512}", 9 }, DIGEST_SHA512, true },
	{ { (const uint8_t *)"{SHA}", 5 }, DIGEST_SHA1, false },
};

static bool is_acceptable(struct span password)
{
	return password.len > 0 && password.len <= PASSWORD_MAX;
}

enum err password_hash(struct span password, char out[PASSWORD_HASH_MAX], struct why *why)
{
	if (!is_acceptable(password))
		return fail(
			why, ERR_VALUE, "password", "a password has 1 to %d octets", PASSWORD_MAX);
	if (crypto_pwhash_str(out, (const char *)password.data, password.len, PASSES, MEMORY))
		return fail(why, ERR_BUSY, "password", "no memory to hash a password; try again");
	return OK;
}

/* Takes "<name><decimal>" from the front; the number must lie within 1 and `most`. */
static bool take_number(struct span *rest, const char *name, uint64_t most, uint64_t *value)
{
	struct span want = span_str(name), digits;
	size_t n = 0;

	if (!span_starts(*rest, want))
		return false;
	*rest = span_from(*rest, want.len);
	while (n < rest->len && rest->data[n] >= '0' && rest->data[n] <= '9')
		n++;
	digits = span_of(rest->data, n);
	*rest = span_from(*rest, n);
	return span_to_u64(digits, value) && *value >= 1 && *value <= most;
}

static bool is_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    c == '+' || c == '/'))
			return false;
	}
	return s.len > 0;
}

/* The PHC string of an Argon2id hash whose cost we are willing to pay; the cost is an attacker's
 * to choose when hashes are imported. */
static bool find_argon2(struct span stored, struct span *phc)
{
	struct span rest;
	uint64_t memory, passes, lanes;

	if (stored.len >= PASSWORD_HASH_MAX)
		return false;
	if (span_starts_nocase(stored, SPAN("{ARGON2}")))
		stored = span_from(stored, strlen("{ARGON2}"));
	rest = stored;
	if (!span_starts(rest, SPAN("$argon2id$v=19$")))
		return false;
	rest = span_from(rest, strlen("$argon2id$v=19$"));
	if (!take_number(&rest, "m=", MEMORY_MAX_KIB, &memory) ||
		!take_number(&rest, ",t=", PASSES_MAX, &passes) ||
		!take_number(&rest, ",p=", LANES_MAX, &lanes) || !span_starts(rest, SPAN("$")))
		return false;
	rest = span_from(rest, 1);
	if (!is_digits(span_cut(&rest, '$')) || !is_digits(rest))
		return false;
	*phc = stored;
	return true;
}

static bool verify_argon2(struct span password, struct span phc)
{
	char text[PASSWORD_HASH_MAX];

	memcpy(text, phc.data, phc.len);
	text[phc.len] = '\0';
	return crypto_pwhash_str_verify(text, (const char *)password.data, password.len) == 0;
}

static const struct scheme *find_scheme(struct span stored)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (span_starts_nocase(stored, schemes[i].prefix))
			return &schemes[i];
	return NULL;
}

/* Digest and salt of a salted SHA. */
static const struct scheme *read_salted(struct span stored, uint8_t *out, size_t *len)
{
	const struct scheme *scheme = find_scheme(stored);
	size_t digest;

	if (!scheme || stored.len > PASSWORD_HASH_MAX ||
		!base64_read(span_from(stored, scheme->prefix.len), out, len))
		return NULL;
	digest = digest_len(scheme->digest);
	if (scheme->salted ? *len <= digest : *len != digest)
		return NULL;
	return scheme;
}

static bool verify_salted(struct span password, struct span stored)
{
	uint8_t known[BASE64_ROOM(PASSWORD_HASH_MAX)], computed[DIGEST_MAX];
	size_t len, digest;
	const struct scheme *scheme = read_salted(stored, known, &len);

	if (!scheme)
		return false;
	digest = digest_len(scheme->digest);
	digest_two(scheme->digest, password, span_of(known + digest, len - digest), computed);
	return secret_equal(span_of(known, digest), span_of(computed, digest));
}

bool password_verify(struct span password, struct span stored)
{
	struct span phc;

	if (!is_acceptable(password))
		return false;
	if (find_argon2(stored, &phc))
		return verify_argon2(password, phc);
	return verify_salted(password, stored);
}

bool password_is_cheap(struct span stored)
{
	uint8_t known[BASE64_ROOM(PASSWORD_HASH_MAX)];
	size_t len;

	return read_salted(stored, known, &len) != NULL;
}

bool password_is_hash(struct span stored)
{
	struct span phc;

	return find_argon2(stored, &phc) || password_is_cheap(stored);
}

void password_burn(struct span password)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t out[32];

	if (!is_acceptable(password))
		password = SPAN("-");
	(void)!crypto_pwhash(out, sizeof out, (const char *)password.data, password.len, salt,
		PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
	secret_wipe(out, sizeof out);
}
