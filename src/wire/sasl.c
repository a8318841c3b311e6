#include "wire/sasl.h"

#include "base/codec.h"

enum err authzid_read(struct span text, struct authzid *authzid, struct why *why)
{
	if (text.len == 0)
		*authzid = (struct authzid){ .form = AUTHZID_NONE };
	else if (span_starts_nocase(text, SPAN("dn:")))
		*authzid = (struct authzid){ AUTHZID_DN, span_from(text, 3) };
	else if (span_starts_nocase(text, SPAN("u:")) && span_is_utf8(text))
		*authzid = (struct authzid){ AUTHZID_NAME, span_from(text, 2) };
	else
		return fail(why, ERR_VALUE, NULL, "an authorization identity is dn: or u:");
	return OK;
}

enum err plain_read(struct span message, struct plain_message *plain, struct why *why)
{
	struct plain_message read;

	read.password = message;
	read.authzid = span_cut(&read.password, '\0');
	read.authcid = span_cut(&read.password, '\0');
	if (read.authcid.len == 0 || read.password.len == 0 || !span_is_utf8(message) ||
		span_find(read.password, '\0') < read.password.len)
		return fail(why, ERR_PROTOCOL, NULL, "the PLAIN message is malformed");
	*plain = read;
	return OK;
}

/* ---- SCRAM ---- */

static enum err malformed(struct why *why)
{
	return fail(why, ERR_PROTOCOL, NULL, "the SCRAM message is malformed");
}

/* The value of "<name>=<value>", up to the next comma. */
static bool take(struct span *rest, char name, struct span *value)
{
	if (rest->len < 2 || rest->data[0] != (uint8_t)name || rest->data[1] != '=')
		return false;
	*rest = span_from(*rest, 2);
	*value = span_cut(rest, ',');
	return true;
}

/* A saslname: "=2C" is a comma, "=3D" an equals sign, and neither stands for itself. */
static bool unescape(struct arena *arena, struct span text, struct span *name)
{
	uint8_t *to = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		to[len++] = text.data[i];
		if (text.data[i] != '=')
			continue;
		struct span escape = span_of(text.data + i, text.len - i < 3 ? 0 : 3);

		if (!span_equal(escape, SPAN("=2C")) && !span_equal(escape, SPAN("=3D")))
			return false;
		to[len - 1] = escape.data[1] == '2' ? ',' : '=';
		i += 2;
	}
	*name = span_of(to, len);
	return span_is_utf8(*name) && span_find(*name, '\0') == len;
}

static bool is_nonce(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x21 || text.data[i] > 0x7e || text.data[i] == ',')
			return false;
	return text.len > 0;
}

/* gs2-header: whether the channel is bound, and for whom the client means to act. */
static bool take_header(struct arena *arena, struct span *rest, struct scram_first *first)
{
	struct span whole = *rest, flag = span_cut(rest, ','), authzid;

	first->is_bound = span_starts(flag, SPAN("p=")) && flag.len > 2;
	if (!first->is_bound && !span_equal(flag, SPAN("n")) && !span_equal(flag, SPAN("y")))
		return false;
	first->authzid = SPAN_NONE;
	if (take(rest, 'a', &authzid)) {
		if (!unescape(arena, authzid, &first->authzid))
			return false;
	} else if (span_cut(rest, ',').len > 0) {
		return false;
	}
	first->header = span_of(whole.data, whole.len - rest->len);
	return rest->len > 0;
}

/* Extensions behind the nonce are ignored; a mandatory one would stand before the name. */
enum err scram_first_read(
	struct arena *arena, struct span message, struct scram_first *first, struct why *why)
{
	struct scram_first read;
	struct span rest = message, name;

	if (!take_header(arena, &rest, &read))
		return malformed(why);
	read.bare = rest;
	if (!take(&rest, 'n', &name) || !unescape(arena, name, &read.name) || read.name.len == 0 ||
		!take(&rest, 'r', &read.nonce) || !is_nonce(read.nonce))
		return malformed(why);
	*first = read;
	return OK;
}

struct span scram_first_answer(
	struct arena *arena, struct span nonce, const struct scram_verifier *verifier)
{
	struct span salt = span_of(verifier->salt, verifier->salt_len);

	return span_str(arena_printf(arena, "r=%.*s,s=%s,i=%u", SPAN_ARGS(nonce),
		base64_format(arena, salt), verifier->iterations));
}

enum err scram_final_read(
	struct arena *arena, struct span message, struct scram_final *final, struct why *why)
{
	struct scram_final read;
	struct span rest = message, header, proof = SPAN_NONE;

	if (!take(&rest, 'c', &header) || !base64_parse(arena, header, &read.header) ||
		!take(&rest, 'r', &read.nonce) || !is_nonce(read.nonce))
		return malformed(why);
	while (rest.len > 0 && rest.data[0] != 'p')
		span_cut(&rest, ',');
	read.unproved = span_of(message.data, message.len - rest.len);
	if (!take(&rest, 'p', &proof) || rest.len > 0 || !base64_parse(arena, proof, &proof) ||
		proof.len != SCRAM_KEY)
		return malformed(why);
	read.unproved.len--; /* the comma before the proof */
	memcpy(read.proof, proof.data, SCRAM_KEY);
	*final = read;
	return OK;
}

struct span scram_final_answer(struct arena *arena, const uint8_t signature[SCRAM_KEY])
{
	return span_str(
		arena_printf(arena, "v=%s", base64_format(arena, span_of(signature, SCRAM_KEY))));
}
