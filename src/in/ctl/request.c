#include "in/ctl/ctl_int.h"

#include "model/value.h"

#define EXAMINED_AT_ONCE 10000

static const struct {
	const char *codename;
	enum permission bit;
} permissions[] = {
#define PERMISSION(id, bit, codename, group, label) { codename, bit },
#include "permissions.def"
#undef PERMISSION
};

enum err request_read(struct ctl_request *r)
{
	if (r->reading)
		return OK;
	enum err err = view_begin(r->view, r->why);
	r->reading = err == OK;
	return err;
}

void request_release(struct ctl_request *r)
{
	if (r->reading)
		view_end(r->view);
	r->reading = false;
}

enum err request_tenant(struct ctl_request *r)
{
	struct span name = json_text(r->args, "tenant");

	enum err err = request_read(r);
	if (err != OK)
		return err;
	if (!view_tenant(r->view, name, &r->tenant)) {
		err = view_error(r->view, r->why);
		return err != OK ? err
				 : fail(r->why, ERR_NOT_FOUND, "tenant", "there is no such tenant");
	}
	r->tenant.name = arena_copy(r->arena, r->tenant.name);
	return OK;
}

enum err request_entry(
	struct ctl_request *r, enum kind kind, const char *argument, struct record *record)
{
	struct span name = json_text(r->args, argument);
	struct uuid id;

	if (view_by_name(r->view, r->arena, r->tenant.number, kind, name, record))
		return OK;
	if (uuid_parse(name, &id) && view_by_id(r->view, r->tenant.number, &id, record) &&
		record->kind == kind)
		return OK;
	enum err err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_NOT_FOUND, argument, "there is no such %s",
				   kind_row(kind)->word);
}

enum err request_run(struct ctl_request *r, const struct command *command, struct outcome *outcome)
{
	request_release(r);
	*outcome = (struct outcome){ 0 };
	enum err err = core_run(r->core, &r->actor, command, outcome);
	if (err != OK)
		fail(r->why, err, outcome->why.attribute, "%s", outcome->why.text);
	return err;
}

enum err request_create(struct ctl_request *r, const struct entry *entry, const char *name,
	const char *secret_name, struct span secret)
{
	const struct command command = { .type = COMMAND_CREATE,
		.tenant = r->tenant.number,
		.kind = entry->kind,
		.id = entry->id,
		.entry = entry };
	struct outcome outcome;

	enum err err = request_run(r, &command, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	show_created(r, name, &outcome);
	if (secret.len > 0)
		json_text_member(r->out, secret_name, secret);
	json_end_object(r->out);
	return OK;
}

enum err request_delete(struct ctl_request *r, enum kind kind, const char *argument)
{
	struct record record;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, kind, argument, &record);
	if (err != OK)
		return err;
	const struct command command = {
		.type = COMMAND_DELETE, .tenant = r->tenant.number, .kind = kind, .id = record.id
	};
	return request_run(r, &command, &outcome);
}

enum err request_set(struct ctl_request *r, uint32_t tenant, const struct uuid *id, enum kind kind,
	enum attr attr, struct span octets)
{
	const struct value value = { .attr = attr, .octets = octets };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = attr, .values = &value, .count = octets.len > 0
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = tenant,
		.kind = kind,
		.id = *id,
		.mods = &mod,
		.mod_count = 1 };
	struct outcome outcome;

	return request_run(r, &command, &outcome);
}

enum err entry_put(struct ctl_request *r, struct entry *entry, enum attr attr, uint16_t instance,
	struct span text)
{
	struct span stored;

	enum err err = value_canonical(r->arena, attr, text, &stored, r->why);
	if (err == OK)
		err = entry_add(entry, attr, instance, SOURCE_LOCAL, stored, r->why);
	return err;
}

enum err request_put(
	struct ctl_request *r, struct entry *entry, enum attr attr, const char *argument)
{
	const struct json *given = r->args ? json_member(r->args, argument) : NULL;
	enum err err = OK;

	if (!given || given->type == JSON_IS_FALSE)
		return OK;
	if (given->type == JSON_IS_TRUE)
		return entry_put(r, entry, attr, 0, SPAN("TRUE"));
	if (given->type == JSON_IS_INTEGER)
		return entry_put(r, entry, attr, 0,
			span_str(arena_printf(r->arena, "%lld", (long long)given->integer)));
	if (given->type == JSON_IS_STRING)
		return given->text.len > 0 ? entry_put(r, entry, attr, 0, given->text) : OK;
	for (size_t i = 0; err == OK && i < given->count; i++)
		err = entry_put(r, entry, attr, (uint16_t)i, given->items[i].text);
	return err;
}

enum err request_secret(
	struct ctl_request *r, const char *argument, struct span *secret, bool *made)
{
	struct span given = json_text(r->args, argument);
	uint8_t random[18];

	*made = given.len == 0;
	if (given.len > PASSWORD_MAX)
		return fail(r->why, ERR_VALUE, argument, "the secret is longer than %d octets",
			PASSWORD_MAX);
	if (*made) {
		secret_random(random, sizeof random);
		given = span_str(base64url_format(r->arena, span_of(random, sizeof random)));
	}
	*secret = given;
	return OK;
}

static bool permission_by_name(struct span name, uint64_t *bits)
{
	for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
		if (span_equal(span_str(permissions[i].codename), name)) {
			*bits |= UINT64_C(1) << permissions[i].bit;
			return true;
		}
	return false;
}

uint64_t permission_bits(const char *codenames)
{
	struct span rest = span_str(codenames);
	uint64_t bits = 0;

	while (rest.len > 0)
		permission_by_name(span_cut(&rest, ' '), &bits);
	return bits;
}

enum err request_permissions(
	struct ctl_request *r, const char *argument, uint64_t otherwise, uint64_t *bits)
{
	const struct json *given = json_member(r->args, argument);

	*bits = given ? 0 : otherwise;
	for (size_t i = 0; given && i < given->count; i++)
		if (!permission_by_name(given->items[i].text, bits))
			return fail(r->why, ERR_VALUE, argument, "there is no permission \"%.*s\"",
				(int)(given->items[i].text.len < 64 ? given->items[i].text.len
								    : 64),
				(const char *)given->items[i].text.data);
	return OK;
}

enum err request_each(struct ctl_request *r, enum kind kind, struct filter *filter, uint64_t limit,
	void (*each)(struct ctl_request *r, const struct record *record))
{
	const struct search_spec spec = { .actor = &r->actor,
		.tenant = kind == KIND_TENANT ? 0 : r->tenant.number,
		.kinds = 1u << kind,
		.filter = filter };
	unsigned budget = EXAMINED_AT_ONCE;
	struct search *search;
	struct record record;
	enum step step;

	enum err err = search_open(r->view, r->arena, &spec, &search, r->why);
	if (err != OK)
		return err;
	while (limit > 0 && (step = search_next(search, &budget, &record)) != STEP_END) {
		if (step == STEP_FOUND) {
			each(r, &record);
			limit--;
		}
		budget = EXAMINED_AT_ONCE;
	}
	search_close(search);
	return OK;
}

enum err request_list(struct ctl_request *r, enum kind kind, struct filter *filter, uint64_t limit,
	void (*each)(struct ctl_request *r, const struct record *record))
{
	json_begin_array(r->out);
	enum err err = request_each(r, kind, filter, limit, each);
	json_end_array(r->out);
	return err;
}

enum err secret_put(struct ctl_request *r, struct entry *entry, struct span plain)
{
	struct span sealed;

	if (uuid_is_nil(&entry->id))
		entry->id = uuid_new();
	sealed = core_seal(r->core, r->arena, &entry->id, plain);
	return entry_set(entry, ATTR_SEALED_SECRET, SOURCE_LOCAL, sealed, r->why);
}
