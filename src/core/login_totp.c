#include "core/login_int.h"

#include "base/clock.h"
#include "base/otp.h"

bool person_has_totp(const struct record *person)
{
	return record_first(person, ATTR_TOTP_SEED).len > 0;
}

bool totp_split(struct span whole, struct span *password, struct span *code)
{
	if (whole.len <= OTP_DIGITS)
		return false;
	struct span last = span_from(whole, whole.len - OTP_DIGITS);
	for (size_t i = 0; i < last.len; i++)
		if (last.data[i] < '0' || last.data[i] > '9')
			return false;
	*password = span_of(whole.data, whole.len - OTP_DIGITS);
	*code = last;
	return true;
}

struct span totp_make(struct core *core, struct arena *arena, const struct record *person,
	struct span issuer, const char **secret, const char **uri)
{
	uint8_t seed[OTP_SEED];
	secret_random(seed, sizeof seed);
	struct span plain = span_of(seed, sizeof seed);
	*secret = base32_format(arena, plain);
	*uri = otp_uri(arena, plain, issuer, record_first(person, ATTR_USER_NAME));
	struct span sealed = core_seal(core, arena, &person->id, plain);
	secret_wipe(seed, sizeof seed);
	return sealed;
}

bool person_asks_code(const struct record *person)
{
	return person_has_totp(person) && record_has_method(person, "totp");
}

bool totp_confirm(struct core *core, struct view *view, const struct record *person,
	struct span sealed, struct span code)
{
	struct span seed;
	uint64_t step;
	return core_unseal(core, view->scratch, &person->id, sealed, &seed, NULL) == OK &&
	       otp_check(seed, code, clock_wall(), 0, &step) &&
	       totp_take(view, person->tenant, person->number, step);
}

bool totp_verify(
	struct core *core, struct view *view, const struct record *person, struct span code)
{
	return totp_confirm(core, view, person, record_first(person, ATTR_TOTP_SEED), code);
}
