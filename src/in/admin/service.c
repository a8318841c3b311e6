/* Service accounts: as whom applications look up over LDAP, what each of them sees and how much,
 * and who signs in through it. */
#include "in/admin/client_int.h"

#include "model/naming.h"
#include "net/network.h"
#include "wire/ldap_filter.h"
#include "wire/ldap_filter_text.h"

/* ---- what is said of one, judged where it is said ---- */

static enum err check_attribute(struct request *r, struct span text)
{
	enum attr attr = attr_by_ldap(text);

	if (attr != ATTR_NONE && !attr_is_hidden(attr))
		return OK;
	return fail(r->why, ERR_VALUE, "attributes",
		"there is no LDAP attribute \"%.*s\" to be seen", SPAN_ARGS(text));
}

/* The name of an entry that is there, or of something above. */
static enum err check_base(struct request *r, struct span text)
{
	struct naming naming;
	struct located located;
	struct tenant_info tenant;
	struct record record;
	struct dn dn;

	enum err err = naming_init(r->arena, span_str(r->admin->suffix), &naming, r->why);
	if (err != OK)
		return err;
	if (dn_parse(r->arena, text, &dn, NULL) != OK)
		return fail(r->why, ERR_VALUE, "base", "the base is no distinguished name");
	naming_locate(&naming, &dn, &located);
	if (located.tenant.len == 0 || !view_tenant(r->view, located.tenant, &tenant) ||
		tenant.number != r->tenant.number || located.place == PLACE_NOWHERE)
		return fail(r->why, ERR_VALUE, "base",
			"the base is no entry of the tenant: it ends with o=%.*s,%s",
			SPAN_ARGS(r->tenant.name), r->admin->suffix);
	if (located.place == PLACE_ENTRY &&
		!view_by_rdn(r->view, r->arena, tenant.number, located.kind, &located.rdn, &record))
		return fail(r->why, ERR_VALUE, "base", "there is no such entry");
	return OK;
}

static bool is_whole(const struct filter *filter, bool ad_names)
{
	bool whole = filter->op != FILTER_UNDEFINED &&
		     (ad_names || !attr_has(filter->attr, ATTR_AD_NAME));

	for (size_t i = 0; whole && i < filter->part_count; i++)
		whole = is_whole(filter->parts[i], ad_names);
	return whole;
}

static enum err check_filter(struct request *r, struct span text)
{
	struct filter *filter;
	struct span element;

	enum err err = filter_text_read(r->arena, text, &element, r->why);
	if (err != OK)
		return err;
	struct why why = { 0 };
	if (filter_read(r->arena, element, &filter, &why) != OK)
		return fail(r->why, ERR_VALUE, "filter", "%s", why.text);
	if (!is_whole(filter, view_policy(r->view, r->tenant.number, POLICY_LDAP_AD_NAMES) != 0))
		return fail(r->why, ERR_VALUE, "filter",
			"the filter asks for an attribute that there is not, or in a way in which "
			"it "
			"has no answer");
	return OK;
}

static enum err check_address(struct request *r, struct span text)
{
	struct network network;
	struct why why = { 0 };

	if (network_parse(text, &network, &why) == OK)
		return OK;
	return fail(r->why, ERR_VALUE, "address", "%s", why.text);
}

static const struct setting {
	const char *argument;
	enum attr attr;
	enum err (*check)(struct request *r, struct span text); /* NULL: the core judges */
} settings[] = {
	{ "attributes", ATTR_LDAP_ATTRIBUTE, check_attribute },
	{ "base", ATTR_LDAP_BASE, check_base },
	{ "filter", ATTR_LDAP_FILTER, check_filter },
	{ "size_limit", ATTR_LDAP_SIZE_LIMIT, NULL },
	{ "time_limit", ATTR_LDAP_TIME_LIMIT, NULL },
	{ "rate", ATTR_RATE, NULL },
	{ "connections", ATTR_LDAP_CONNECTIONS, NULL },
	{ "addresses", ATTR_LDAP_ADDRESS, check_address },
	{ "bind_factor", ATTR_BIND_FACTOR, NULL },
};
#define SETTINGS (sizeof settings / sizeof *settings)
_Static_assert(SETTINGS + 2 <= EDIT_MODS, "an edit has room for all of them");

static enum err check(struct request *r, const struct setting *setting)
{
	const struct json *given = json_member(r->args, setting->argument);
	enum err err = OK;

	if (!given || !setting->check)
		return OK;
	if (given->type == JSON_IS_STRING && given->text.len > 0)
		return setting->check(r, given->text);
	for (size_t i = 0; err == OK && given->type == JSON_IS_ARRAY && i < given->count; i++)
		if (given->items[i].text.len > 0)
			err = setting->check(r, given->items[i].text);
	return err;
}

/* "role:Name", "scope:Name", else a group. */
static enum err find_container(struct request *r, struct span text, struct record *container)
{
	static const struct {
		struct span prefix;
		enum kind kind;
	} rows[] = { { SPAN("role:"), KIND_ROLE }, { SPAN("scope:"), KIND_SCOPE },
		{ SPAN("group:"), KIND_GROUP }, { SPAN_NONE, KIND_GROUP } };
	size_t i = 0;

	while (rows[i].prefix.len > 0 && !span_starts(text, rows[i].prefix))
		i++;
	if (request_find(r, rows[i].kind, span_from(text, rows[i].prefix.len), container))
		return OK;
	enum err err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_VALUE, "bind_groups", "there is no %s \"%.*s\"",
				   kind_row(rows[i].kind)->word, SPAN_ARGS(text));
}

/* References are stored as ids, so that a group may be renamed. */
static enum err take_containers(struct edit *edit)
{
	struct request *r = edit->r;
	const struct json *given = json_member(r->args, "bind_groups");
	enum err err = OK;

	if (!given)
		return OK;
	edit_replace(edit, ATTR_BIND_CONTAINER, given->count);
	for (size_t i = 0; err == OK && i < given->count; i++) {
		struct record container;

		if (given->items[i].text.len == 0)
			continue;
		err = find_container(r, given->items[i].text, &container);
		if (err == OK)
			err = edit_add_value(edit, arena_copy(r->arena, uuid_span(&container.id)));
	}
	return err;
}

static enum err take_settings(struct edit *edit)
{
	enum err err = take_containers(edit);

	for (size_t i = 0; err == OK && i < SETTINGS; i++) {
		err = check(edit->r, &settings[i]);
		if (err == OK)
			err = edit_take(edit, settings[i].argument, settings[i].attr);
	}
	return err;
}

/* ---- the operations ---- */

static enum err take_password(struct request *r, struct span *stored, struct span *made)
{
	char text[PASSWORD_STORED_MAX];
	struct span password;
	bool is_new;

	enum err err = request_secret(r, "password", &password, &is_new);
	if (err == OK)
		err = password_make(
			r->view, r->tenant.number, PASSWORD_CHOSEN, password, text, NULL, r->why);
	if (err != OK)
		return err;
	*stored = arena_copy(r->arena, span_str(text));
	*made = is_new ? password : SPAN_NONE;
	return OK;
}

enum err admin_service_create(struct request *r)
{
	struct edit edit = { .r = r };
	struct span stored, made;
	struct entry *entry;

	enum err err = request_tenant(r);
	if (err == OK)
		err = client_build(r, SPAN("service"), &entry);
	if (err == OK)
		err = take_settings(&edit);
	if (err == OK)
		err = entry_put_mods(r, entry, edit.mods, edit.count);
	if (err == OK)
		err = take_password(r, &stored, &made);
	if (err == OK)
		err = entry_set(entry, ATTR_PASSWORD, SOURCE_LOCAL, stored, r->why);
	return err == OK ? request_create(r, entry, "name", "password", made) : err;
}

static enum err find_service(struct request *r, struct record *client)
{
	enum err err = request_tenant(r);

	if (err == OK)
		err = request_entry(r, KIND_CLIENT, "name", client);
	if (err == OK && !span_equal(record_first(client, ATTR_CLIENT_TYPE), SPAN("service")))
		err = fail(r->why, ERR_NOT_FOUND, "name", "there is no such service account");
	return err;
}

enum err admin_service_edit(struct request *r)
{
	struct edit edit = { .r = r };
	struct record client;

	enum err err = find_service(r, &client);
	if (err == OK)
		err = take_settings(&edit);
	if (err == OK)
		err = client_take_permissions(&edit);
	return err == OK ? edit_run(&edit, &client) : err;
}

enum err admin_service_rotate(struct request *r)
{
	struct edit edit = { .r = r };
	struct span stored, made;
	struct record client;

	enum err err = find_service(r, &client);
	if (err == OK)
		err = take_password(r, &stored, &made);
	if (err != OK)
		return err;
	struct uuid id = client.id;
	edit_replace(&edit, ATTR_PASSWORD, 1);
	err = edit_add_value(&edit, stored);
	if (err == OK)
		err = edit_run(&edit, &client);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "name", json_text(r->args, "name"));
	show_uuid(r, "id", &id);
	if (made.len > 0)
		json_text_member(r->out, "password", made);
	json_end_object(r->out);
	return OK;
}

enum err admin_service_unlock(struct request *r)
{
	struct record client;

	enum err err = find_service(r, &client);
	if (err == OK)
		login_forgive(r->admin->core, r->tenant.number, KIND_CLIENT, client.number);
	return err;
}

static void show_containers(struct request *r, const struct record *client)
{
	size_t i = record_find(client, ATTR_BIND_CONTAINER);

	json_name(r->out, "bind_groups");
	json_begin_array(r->out);
	for (; i < client->count && record_row(client, i).attr == ATTR_BIND_CONTAINER; i++) {
		struct span octets = record_row(client, i).octets;
		struct record container;
		struct uuid id;

		if (!uuid_from_octets(octets, &id))
			continue;
		if (view_by_id(r->view, client->tenant, &id, &container))
			json_put_string(r->out,
				arena_printf(r->arena, "%s:%.*s", kind_row(container.kind)->word,
					SPAN_ARGS(record_first(
						&container, kind_row(container.kind)->naming))));
	}
	json_end_array(r->out);
}

static void show_text(
	struct request *r, const char *name, const struct record *client, enum attr attr)
{
	struct span text = record_first(client, attr);

	if (text.len > 0)
		json_text_member(r->out, name, text);
}

enum err admin_service_show(struct request *r)
{
	struct record client;

	enum err err = find_service(r, &client);
	if (err != OK)
		return err;
	r->revision = client.revision;
	json_begin_object(r->out);
	client_show(r, &client);
	client_show_texts(r, "attributes", &client, ATTR_LDAP_ATTRIBUTE);
	show_text(r, "base", &client, ATTR_LDAP_BASE);
	show_text(r, "filter", &client, ATTR_LDAP_FILTER);
	client_show_number(r, "size_limit", &client, ATTR_LDAP_SIZE_LIMIT, 0);
	client_show_number(r, "time_limit", &client, ATTR_LDAP_TIME_LIMIT, 0);
	client_show_number(r, "rate", &client, ATTR_RATE, 0);
	client_show_number(r, "connections", &client, ATTR_LDAP_CONNECTIONS, 0);
	client_show_texts(r, "addresses", &client, ATTR_LDAP_ADDRESS);
	show_containers(r, &client);
	show_text(r, "bind_factor", &client, ATTR_BIND_FACTOR);
	show_time(r, "created", client.created);
	show_time(r, "modified", client.modified);
	json_end_object(r->out);
	return OK;
}

enum err admin_service_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_CLIENT, client_is_service(r), client_list_one)
			 : err;
}

enum err admin_service_delete(struct request *r)
{
	return request_delete(r, KIND_CLIENT, "name");
}
