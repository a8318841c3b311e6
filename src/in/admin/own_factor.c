/* One's own authenticator app: a seed is told once, and asked for at sign-in from when a right code
 * has shown that the app has it. Until then nobody keeps it but the one who asked: sealed. */
#include "in/admin/session_int.h"

#include "base/codec.h"

static enum err change(struct request *r, const struct record *own, enum patch_op op,
	const struct value *seed, size_t seeds)
{
	const struct value method = { .attr = ATTR_AUTH_METHOD, .octets = SPAN("totp") };
	const struct modification mods[] = {
		{ .op = PATCH_REPLACE, .attr = ATTR_TOTP_SEED, .values = seed, .count = seeds },
		{ .op = op, .attr = ATTR_AUTH_METHOD, .values = &method, .count = 1 },
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = own->tenant,
		.kind = KIND_USER,
		.id = own->id,
		.if_revision = own->revision,
		.mods = mods,
		.mod_count = 2 };
	struct outcome outcome;

	return request_run(r, &command, &outcome);
}

enum err admin_session_totp_make(struct request *r)
{
	const char *secret, *uri;
	struct record own;

	enum err err = session_person(r, &own);
	if (err == OK)
		err = session_check_password(r, &own, true);
	if (err != OK)
		return err;
	if (person_asks_code(&own))
		return fail(r->why, ERR_CONFLICT, NULL,
			"an authenticator app is asked for already: switch that off first");
	struct span sealed =
		totp_make(r->admin->core, r->arena, &own, r->tenant.name, &secret, &uri);
	json_begin_object(r->out);
	json_string_member(r->out, "secret", secret);
	json_string_member(r->out, "uri", uri);
	json_string_member(r->out, "seed", base64url_format(r->arena, sealed));
	json_end_object(r->out);
	return OK;
}

enum err admin_session_totp_on(struct request *r)
{
	struct value seed = { .attr = ATTR_TOTP_SEED };
	struct record own;

	enum err err = session_person(r, &own);
	if (err != OK)
		return err;
	if (person_asks_code(&own))
		return fail(r->why, ERR_CONFLICT, NULL,
			"an authenticator app is asked for already: switch that off first");
	if (!base64url_parse(r->arena, json_text(r->args, "seed"), &seed.octets))
		return fail(r->why, ERR_VALUE, "seed", "it is not what was told");
	if (!totp_confirm(r->admin->core, r->view, &own, seed.octets, json_text(r->args, "code")))
		return fail(r->why, ERR_VALUE, "code",
			"the code is not that of this seed now: take the newest one that the app "
			"shows");
	return change(r, &own, PATCH_ADD, &seed, 1);
}

enum err admin_session_totp_off(struct request *r)
{
	struct record own;

	enum err err = session_person(r, &own);
	if (err != OK)
		return err;
	if (!person_asks_code(&own))
		return fail(r->why, ERR_CONFLICT, NULL, "no authenticator app is asked for");
	err = session_check_password(r, &own, false);
	return err == OK ? change(r, &own, PATCH_REMOVE, NULL, 0) : err;
}
