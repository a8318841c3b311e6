/* Messages of SASL mechanisms (RFC 4422): PLAIN, SCRAM, and the authorization identities of LDAP.
 * Everything read borrows from the message, unless an arena is given. ERR_PROTOCOL for what is
 * malformed. */
#ifndef WIRE_SASL_H
#define WIRE_SASL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/scram.h"

/* RFC 4513 section 5.2.1.8 */
struct authzid {
	enum authzid_form { AUTHZID_NONE, AUTHZID_DN, AUTHZID_NAME } form;
	struct span value; /* behind "dn:" or "u:" */
};
/* Empty: AUTHZID_NONE. ERR_VALUE for another form. */
enum err authzid_read(struct span text, struct authzid *authzid, struct why *why);

/* RFC 4616 section 2 */
struct plain_message {
	struct span authzid; /* may be empty */
	struct span authcid, password;
};
enum err plain_read(struct span message, struct plain_message *plain, struct why *why);

/* RFC 5802 section 7 */
struct scram_first {
	struct span header; /* as the final message must repeat it */
	bool is_bound;      /* wants channel binding */
	struct span authzid, name;
	struct span bare, nonce;
};
enum err scram_first_read(
	struct arena *arena, struct span message, struct scram_first *first, struct why *why);
/* What answers it; `nonce` is the client's with the server's own behind. */
struct span scram_first_answer(
	struct arena *arena, struct span nonce, const struct scram_verifier *verifier);

struct scram_final {
	struct span header, nonce;
	struct span unproved; /* the message without its proof */
	uint8_t proof[SCRAM_KEY];
};
enum err scram_final_read(
	struct arena *arena, struct span message, struct scram_final *final, struct why *why);
struct span scram_final_answer(struct arena *arena, const uint8_t signature[SCRAM_KEY]);

#endif
