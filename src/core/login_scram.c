#include "core/core_int.h"

#include "base/codec.h"

/* The tenant counts too: a name has another salt in each. */
static void pretend(struct core *core, const struct login *login, struct span name,
	struct scram_verifier *verifier)
{
	uint8_t key[32 + 4];

	key_derive(&core->key, SPAN("muster scram pretence"), key);
	put_be32(key + 32, login->tenant);
	scram_verifier_pretend(span_of(key, sizeof key), name, verifier);
	secret_wipe(key, sizeof key);
}

void login_verifier(struct core *core, struct view *view, const struct login *login,
	struct span name, struct scram_verifier *verifier)
{
	struct record record;

	pretend(core, login, name, verifier);
	/* What a directory checks it does not tell us of. */
	if (login->number &&
		txn_entry(view->txn, login->tenant, login->kind, login->number, &record) &&
		!password_is_upstream(view, &record))
		scram_verifier_parse(record_first(&record, ATTR_SCRAM), verifier);
}
