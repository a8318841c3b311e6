/* Password Modify, RFC 3062: the own password, or with the permission another person's. */
#include "in/ldap/update_int.h"

#include "base/codec.h"
#include "in/ldap/bind_int.h"

#define GENERATED_OCTETS 18

/* A DN or a login name, with or without the prefix of an authorization identity. */
static bool is_dn(struct span *identity)
{
	struct authzid id = { .form = AUTHZID_NONE };

	if (authzid_read(*identity, &id, NULL) == OK && id.form != AUTHZID_NONE)
		*identity = id.value;
	return id.form == AUTHZID_DN ||
	       (id.form == AUTHZID_NONE && span_find(*identity, '=') < identity->len);
}

static bool find_name(
	struct update *update, struct view *view, struct span name, struct record *record)
{
	struct conn *conn = update->conn;
	uint32_t tenant = update->actor.tenant;
	struct whom whom;

	return whom_by_login(conn, view, name, tenant, &whom) && whom.number &&
	       whom.tenant == tenant && view_entry(view, tenant, KIND_USER, whom.number, record) &&
	       access_sees(conn, view, record);
}

/* Whoever may not set another's password does not learn whether there is such a person. */
static int find_other(struct update *update, struct view *view, struct span identity,
	struct command *wish, struct record *record)
{
	struct target target;
	bool found;
	int code;

	if (is_dn(&identity)) {
		code = update_find(update, view, identity, wish, &target);
		if (code == RESULT_SUCCESS && target.kind != KIND_USER)
			return update_refuse(
				update, RESULT_UNWILLING, NULL, "only people have passwords");
		*record = target.record;
		return code;
	}
	found = find_name(update, view, identity, record);
	if (found)
		wish->id = update->entry = record->id;
	code = update_permits(update, wish);
	return code == RESULT_SUCCESS && !found ? RESULT_NO_SUCH_OBJECT : code;
}

static int find_person(struct update *update, struct view *view, struct record *record)
{
	const struct password_request *request = &update->request.password;
	const struct modification mod = { .attr = ATTR_PASSWORD };
	struct command wish = { .type = COMMAND_MODIFY,
		.tenant = update->actor.tenant,
		.kind = KIND_USER,
		.mods = &mod,
		.mod_count = 1 };

	update->kind = KIND_USER;
	update->entry = (struct uuid){ 0 };
	if (request->identity.len > 0)
		return find_other(update, view, request->identity, &wish, record);
	if (update->actor.kind != KIND_USER)
		return update_refuse(update, RESULT_UNWILLING, NULL,
			"the password of a service account is managed elsewhere");
	wish.id = update->entry = update->actor.id;
	if (!view_by_id(view, update->actor.tenant, &update->entry, record))
		return RESULT_NO_SUCH_OBJECT;
	return update_permits(update, &wish);
}

/* Long enough for whatever length is asked for. */
static void generate(struct update *update, struct view *view)
{
	size_t least = view_policy(view, update->actor.tenant, POLICY_PASSWORD_MIN);
	size_t len = least > GENERATED_OCTETS ? least : GENERATED_OCTETS;
	uint8_t *octets = arena_alloc(update->arena, len);

	secret_random(octets, len);
	update->generated = span_str(base64url_format(update->arena, span_of(octets, len)));
}

static int check_new(struct update *update)
{
	const struct password_request *request = &update->request.password;
	struct span password = request->new;

	if (request->has_new && request->new.len == 0)
		return update_refuse(update, RESULT_UNWILLING, NULL, "the new password is empty");
	if (request->has_old && request->old.len == 0)
		return update_refuse(update, RESULT_UNWILLING, NULL, "the old password is empty");
	if (password_is_stored(&password))
		return update_refuse(update, RESULT_CONSTRAINT, "userPassword",
			"the password is wanted in clear, not hashed");
	return RESULT_SUCCESS;
}

static int prepare(struct update *update, struct view *view)
{
	const struct password_request *request = &update->request.password;
	struct record person;
	struct value *value = arena_alloc(update->attempt, sizeof *value);
	struct modification *mod = arena_alloc(update->attempt, sizeof *mod);
	struct command *command;
	int code = check_new(update);

	if (code == RESULT_SUCCESS)
		code = find_person(update, view, &person);
	if (code != RESULT_SUCCESS)
		return code;
	if (password_is_upstream(view, &person))
		return update_refuse(update, RESULT_UNWILLING, NULL, PASSWORD_ELSEWHERE);
	if (!request->has_new && update->generated.len == 0)
		generate(update, view);
	update->password = request->has_new ? request->new : update->generated;
	update->old = request->old;
	update->old_number = person.number;
	update->old_refused = RESULT_UNWILLING;
	*value = (struct value){ ATTR_PASSWORD, 0, update->actor.source, update->hash };
	*mod = (struct modification){ PATCH_REPLACE, ATTR_PASSWORD, update->actor.source, value,
		1 };
	command = update_command(update, COMMAND_MODIFY);
	command->mods = mod;
	command->mod_count = 1;
	return RESULT_SUCCESS;
}

/* A password that is sent in clear over a network is no secret. */
static bool is_confidential(const struct conn *conn)
{
	return stream_is_tls(conn->stream) || strncmp(conn->address, "127.", 4) == 0 ||
	       strcmp(conn->address, "::1") == 0;
}

void ext_password_modify(struct conn *conn, const struct pdu *pdu,
	const struct extended_request *request, const struct controls *controls)
{
	struct update *update;
	struct why why = { 0 };
	enum err err = OK;

	if (!is_confidential(conn)) {
		conn_put_code(conn, pdu, RESULT_CONFIDENTIALITY);
		return;
	}
	update = update_new(conn, pdu, request->value, OP_EXTENDED_RESPONSE, controls);
	update->request.password = (struct password_request){ 0 };
	update->prepare = prepare;
	if (request->has_value)
		err = password_request_read(update->body, &update->request.password, &why);
	if (err == OK)
		update_run(update);
	else
		update_malformed(update, err, &why);
}
