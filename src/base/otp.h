/* One-time codes of an authenticator app: TOTP (RFC 6238) with SHA-1, six digits and steps of 30
 * seconds, which is what all of them have. Any thread. */
#ifndef BASE_OTP_H
#define BASE_OTP_H

#include "base/arena.h"

#define OTP_SEED 20 /* octets of a new seed */
#define OTP_DIGITS 6

/* `out` is not terminated. */
void otp_code(struct span seed, uint64_t step, char out[OTP_DIGITS]);
uint64_t otp_step(int64_t wall); /* of a moment, microseconds since 1970 */
/* True when the code is that of the moment's step or of one beside it (RFC 6238 section 5.2), and
 * of none before `least`. The same work whatever comes out. */
bool otp_check(struct span seed, struct span code, int64_t wall, uint64_t least, uint64_t *step);
/* RFC 4648 section 6, without padding: as people type it. */
char *base32_format(struct arena *arena, struct span s);
/* otpauth://totp/..., which apps read as a QR code. */
char *otp_uri(struct arena *arena, struct span seed, struct span issuer, struct span account);

#endif
