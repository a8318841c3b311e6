/* SASL messages: what is read lies within the message, and what is written is read again. */
#include "base/codec.h"
#include "fuzz.h"
#include "wire/sasl.h"

static bool lies_within(struct span part, struct span whole)
{
	return part.len == 0 || (part.data >= whole.data && part.len <= whole.len &&
					part.data + part.len <= whole.data + whole.len);
}

static void read_plain(struct span message)
{
	struct plain_message plain;

	if (plain_read(message, &plain, NULL) != OK)
		return;
	must(plain.authzid.len + plain.authcid.len + plain.password.len + 2 == message.len);
	must(plain.authcid.len > 0 && plain.password.len > 0);
	must(lies_within(plain.authzid, message) && lies_within(plain.password, message));
}

static void read_first(struct arena *arena, struct span message)
{
	struct scram_first first;

	if (scram_first_read(arena, message, &first, NULL) != OK)
		return;
	must(first.header.len + first.bare.len == message.len);
	must(first.name.len > 0 && first.nonce.len > 0);
	must(lies_within(first.nonce, first.bare));
	must(span_is_utf8(first.name) && span_is_utf8(first.authzid));
}

static void read_final(struct arena *arena, struct span message)
{
	struct scram_final final, again;
	struct span copy;

	if (scram_final_read(arena, message, &final, NULL) != OK)
		return;
	must(lies_within(final.unproved, message) && lies_within(final.nonce, final.unproved));
	copy = span_str(arena_printf(arena, "%.*s,p=%s", SPAN_ARGS(final.unproved),
		base64_format(arena, span_of(final.proof, sizeof final.proof))));
	/* A NUL ends a printed text. */
	if (span_find(message, '\0') == message.len) {
		must(span_equal(copy, message));
		must(scram_final_read(arena, copy, &again, NULL) == OK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span message = span_of(data, size);
	struct scram_verifier verifier;
	struct authzid authzid;
	char text[SCRAM_TEXT_MAX];

	read_plain(message);
	read_first(arena, message);
	read_final(arena, message);
	if (authzid_read(message, &authzid, NULL) == OK)
		must(authzid.value.len <= size);
	if (scram_verifier_parse(message, &verifier))
		must(scram_verifier_format(&verifier, text) < sizeof text);
	arena_free(arena);
	return 0;
}
