/* SCRAM-SHA-256, RFC 5802 and RFC 7677. Who is unknown or has no verifier is led through the same
 * steps, and fails at the end of them. */
#include "in/ldap/bind_int.h"

#include "base/codec.h"

#define NONCE 18 /* octets of the server's; no padding in Base64 */

static struct span make_nonce(struct arena *arena, struct span client)
{
	uint8_t octets[NONCE];

	secret_random(octets, sizeof octets);
	return span_str(arena_printf(arena, "%.*s%s", SPAN_ARGS(client),
		base64_format(arena, span_of(octets, sizeof octets))));
}

static void begin(struct conn *conn, struct sasl_step *step, const struct scram_first *first)
{
	struct sasl_exchange *exchange = sasl_begin(conn, "SCRAM-SHA-256");
	struct arena *arena = exchange->arena;
	struct whom *whom = &exchange->whom;
	struct login login;
	struct span answer;

	if (!whom_by_text(conn, step->view, first->name, 0, whom))
		*whom = (struct whom){ .kind = KIND_USER, .key = first->name };
	whom->key = arena_copy(arena, whom->key);
	login = bind_login(conn, whom);
	login_verifier(conn->shard->door->core, step->view, &login, whom->key, &exchange->verifier);
	exchange->authzid = arena_copy(arena, first->authzid);
	exchange->header = arena_copy(arena, first->header);
	exchange->nonce = make_nonce(arena, first->nonce);
	answer = scram_first_answer(arena, exchange->nonce, &exchange->verifier);
	exchange->said = span_str(
		arena_printf(arena, "%.*s,%.*s", SPAN_ARGS(first->bare), SPAN_ARGS(answer)));
	bind_ask_more(conn, step->wish, answer);
}

/* The proof binds all that was said; what the final message repeats must be the same. */
static bool is_proved(struct sasl_exchange *exchange, const struct scram_final *final,
	uint8_t signature[SCRAM_KEY])
{
	struct span said = span_str(arena_printf(exchange->arena, "%.*s,%.*s",
		SPAN_ARGS(exchange->said), SPAN_ARGS(final->unproved)));
	bool good = scram_check(&exchange->verifier, said, final->proof, signature);

	return good && secret_equal(final->nonce, exchange->nonce) &&
	       span_equal(final->header, exchange->header);
}

/* For the log: an administrator could not tell it from a wrong password otherwise. */
static bool lacks_verifier(struct view *view, const struct login *login)
{
	struct record record;

	return login->number &&
	       view_entry(view, login->tenant, login->kind, login->number, &record) &&
	       !record_has(&record, ATTR_SCRAM);
}

static void finish(struct conn *conn, struct sasl_step *step, const struct scram_final *final)
{
	struct sasl_exchange *exchange = conn->sasl;
	struct arena *arena = conn->shard->turn;
	struct login login = bind_login(conn, &exchange->whom);
	uint8_t signature[SCRAM_KEY];
	bool good = is_proved(exchange, final, signature);
	enum err err =
		login_external(conn->shard->door->core, step->view, &login, PROOF_SCRAM, good);

	oplog_name(conn, step->wish->id, exchange->whom.key);
	if (err == ERR_CREDENTIALS && !login.refusal && lacks_verifier(step->view, &login))
		login.refusal = "no verifier: the password was set without password.scram";
	step->wish->authzid = arena_copy(arena, exchange->authzid);
	sasl_forget(conn);
	bind_end(conn, step->wish, &login, err,
		err == OK ? scram_final_answer(arena, signature) : SPAN_NONE);
}

void scram_step(struct conn *conn, struct sasl_step *step)
{
	struct scram_first first;
	struct scram_final final;
	struct why why = { 0 };
	enum err err;

	if (conn->sasl) {
		err = scram_final_read(conn->sasl->arena, step->message, &final, &why);
		if (err == OK)
			finish(conn, step, &final);
	} else {
		err = scram_first_read(conn->shard->turn, step->message, &first, &why);
		if (err == OK && first.is_bound)
			err = fail(&why, ERR_PROTOCOL, NULL,
				"channel binding belongs to SCRAM-SHA-256-PLUS");
		if (err == OK)
			begin(conn, step, &first);
	}
	if (err != OK) {
		sasl_forget(conn);
		bind_refuse(conn, step->wish, err, &why);
	}
}
