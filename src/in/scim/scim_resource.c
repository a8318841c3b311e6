/* Entries with their memberships as resources. */
#include "in/scim/scim_int.h"

#include "core/audit.h"
#include "core/claim.h"
#include "core/decide.h"
#include "core/people.h"

static const struct {
	enum kind kind;
	enum permission view;
} seen_by[] = {
	{ KIND_USER, PERM_USERS_VIEW },
	{ KIND_ROLE, PERM_ROLES_VIEW },
	{ KIND_SCOPE, PERM_SCOPES_VIEW },
	{ KIND_GROUP, PERM_GROUPS_VIEW },
	{ KIND_TEST, PERM_USERS_VIEW },
};

/* Of these kinds. */
static uint32_t visible(const struct scim_call *call, uint32_t wanted)
{
	uint32_t kinds = 0;
	for (size_t i = 0; i < sizeof seen_by / sizeof *seen_by; i++)
		if ((wanted >> seen_by[i].kind & 1) && actor_may(&call->actor, seen_by[i].view))
			kinds |= 1u << seen_by[i].kind;
	return kinds;
}

uint32_t scim_visible_kinds(const struct scim_call *call)
{
	return visible(call, call->type->kinds);
}

bool scim_is_group(const struct scim_call *call, const struct record *record)
{
	return call->actor.entrance.roles_as_groups || !record_is_true(record, ATTR_BUILT_IN);
}

enum err scim_find(struct scim_call *call, const struct uuid *id, struct record *record)
{
	struct view *view = call->thread->view;
	uint32_t kinds = scim_visible_kinds(call) | (scim_is_own(call, id) ? 1u << KIND_USER : 0);
	if (kinds == 0)
		return fail(&call->why, ERR_FORBIDDEN, NULL,
			"the permission to see a %s is missing", call->type->name);
	if (view_by_id(view, call->actor.tenant, id, record) && (kinds >> record->kind & 1) &&
		!record_is_true(record, ATTR_DELETED) &&
		(call->actor.kind != KIND_USER ||
			!view_is_hidden(view, call->arena, &call->actor, record)) &&
		(call->type->kind != KIND_GROUP || scim_is_group(call, record)))
		return OK;
	enum err err = view_error(view, &call->why);
	return err ? err
		   : fail(&call->why, ERR_NOT_FOUND, NULL, "there is no such %s", call->type->name);
}

static struct span location_of(
	struct scim_call *call, const struct scim_type *type, const char text[UUID_TEXT])
{
	uint8_t *at = call->location + call->base_len;
	size_t len = strlen(type->endpoint);
	memcpy(at, type->endpoint, len);
	at[len++] = '/';
	memcpy(at + len, text, UUID_TEXT);
	return span_of(call->location, call->base_len + len + UUID_TEXT);
}

struct span scim_location(
	struct scim_call *call, const struct scim_type *type, const struct uuid *id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	return location_of(call, type, text);
}

static void put_reference(struct scim_call *call, struct json_writer *w, unsigned parts,
	enum kind kind, const struct uuid *id, struct span display)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	if (parts & SCIM_REFERENCE_VALUE)
		json_text_member(w, "value", span_of(text, UUID_TEXT));
	if (parts & SCIM_REFERENCE_DISPLAY)
		json_text_member(w, "display", display);
	if (parts & SCIM_REFERENCE_REF)
		json_text_member(w, "$ref", location_of(call, scim_type_of(kind), text));
}

/* ---- containers of a person ---- */

/* Into thread->containers, by kind: roles, scopes, groups. */
static void find_containers(struct scim_call *call, const struct record *user, uint32_t kinds)
{
	struct view *view = call->thread->view;
	struct buffer *found = &call->thread->containers;
	struct record container;
	enum kind kind;
	uint32_t number;
	buffer_reset(found);
	struct container_walk *walk =
		view_containers(view, call->arena, user->tenant, user->number, kinds);
	while (container_walk_next(walk, &kind, &number))
		if (view_entry(view, user->tenant, kind, number, &container))
			buffer_put(found, &container, sizeof container);
	container_walk_close(walk);
	if (found->failed)
		call->thread->out.failed = true;
}

static void put_group(struct scim_call *call, struct json_writer *w, const struct record *container)
{
	unsigned parts = call->select.groups;
	put_reference(call, w, parts, container->kind, &container->id,
		record_first(container, ATTR_COMMON_NAME));
	if (parts & SCIM_REFERENCE_TYPE)
		json_string_member(w, "type", "direct");
}

/* An array of the containers of these kinds; none: nothing. No name: the array alone. */
static void put_containers(struct scim_call *call, struct json_writer *w, const char *name,
	uint32_t kinds,
	void (*put)(struct scim_call *call, struct json_writer *w, const struct record *container))
{
	const struct buffer *found = &call->thread->containers;
	bool any = false;
	for (size_t at = 0; at < found->len; at += sizeof(struct record)) {
		struct record container;
		memcpy(&container, found->data + at, sizeof container);
		if (!(kinds >> container.kind & 1) ||
			(put == put_group && !scim_is_group(call, &container)))
			continue;
		if (!any && name)
			json_name(w, name);
		if (!any)
			json_begin_array(w);
		any = true;
		json_begin_object(w);
		put(call, w, &container);
		json_end_object(w);
	}
	if (any)
		json_end_array(w);
}

static void put_scope(struct scim_call *call, struct json_writer *w, const struct record *container)
{
	struct span kind = record_first(container, ATTR_SCOPE_KIND);
	unsigned parts = call->select.scopes;
	put_reference(call, w, parts, KIND_SCOPE, &container->id,
		record_first(container, ATTR_COMMON_NAME));
	if (kind.len > 0 && parts & SCIM_REFERENCE_KIND)
		json_text_member(w, "kind", kind);
}

/* ---- roles and what they permit ---- */

static void put_role(struct scim_call *call, struct json_writer *w, const struct record *role)
{
	struct span name = record_first(role, ATTR_COMMON_NAME);
	json_begin_object(w);
	if (scim_selected(&call->select, ATTR_ROLE_CLAIM))
		json_text_member(w, "value", name);
	if (scim_selected(&call->select, ATTR_ROLE_CLAIM_DISPLAY))
		json_text_member(w, "display", name);
	if (scim_selected(&call->select, ATTR_ROLE_CLAIM_TYPE))
		json_string_member(w, "type", "role");
	json_end_object(w);
}

/* Those that are held and that no claim names: claims stand in the record. */
static struct span roles_of(struct scim_call *call, const struct record *user)
{
	struct json_writer w;
	const struct buffer *found = &call->thread->containers;
	buffer_reset(&call->thread->roles);
	json_start(&w, &call->thread->roles);
	for (size_t at = 0; at < found->len; at += sizeof(struct record)) {
		struct record role;
		memcpy(&role, found->data + at, sizeof role);
		if (role.kind == KIND_ROLE && !record_claims(call->arena, user, &role))
			put_role(call, &w, &role);
	}
	return buffer_span(&call->thread->roles);
}

static bool wants_roles(const struct scim_call *call)
{
	return scim_selected(&call->select, ATTR_ROLE_CLAIM) ||
	       scim_selected(&call->select, ATTR_ROLE_CLAIM_DISPLAY) ||
	       scim_selected(&call->select, ATTR_ROLE_CLAIM_TYPE);
}

static void put_entitlements(
	struct scim_call *call, struct json_writer *w, const struct record *user)
{
	struct effective *list;
	size_t count;
	if (view_effective(call->thread->view, call->arena, user, &list, &count, &call->why) ||
		count == 0)
		return;
	json_name(w, "entitlements");
	json_begin_array(w);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(w);
		json_text_member(w, "value", list[i].permission.codename);
		if (list[i].permission.label.len > 0)
			json_text_member(w, "display", list[i].permission.label);
		json_end_object(w);
	}
	json_end_array(w);
}

/* What of the person's containers the actor sees and the selection wants, for one attribute each.
 */
struct wanted {
	uint32_t groups, roles, scopes; /* bits 1 << kind */
	bool entitlements;
};

static struct wanted wanted_of(const struct scim_call *call)
{
	uint32_t kinds = visible(call, scim_type_of(KIND_GROUP)->kinds);
	uint32_t roles = kinds & 1u << KIND_ROLE;
	return (struct wanted){
		.groups = scim_selected(&call->select, ATTR_MEMBER_OF) ? kinds : 0,
		.roles = wants_roles(call) ? roles : 0,
		.scopes = scim_selected(&call->select, SCIM_SCOPES) ? kinds & 1u << KIND_SCOPE : 0,
		.entitlements = roles && scim_selected(&call->select, SCIM_ENTITLEMENTS),
	};
}

/* The names come first in a resource: what its extension shows is known before it begins. */
static struct span scopes_of(struct scim_call *call, uint32_t kinds)
{
	struct json_writer w;
	buffer_reset(&call->thread->scopes);
	json_start(&w, &call->thread->scopes);
	put_containers(call, &w, NULL, kinds, put_scope);
	return buffer_span(&call->thread->scopes);
}

static void put_user(struct scim_call *call, struct json_writer *w, const struct record *user)
{
	const struct wanted wanted = wanted_of(call);
	struct scim_beside beside = { .source = call->actor.source };
	find_containers(call, user, wanted.groups | wanted.roles | wanted.scopes);
	if (scim_selected(&call->select, SCIM_LAST_LOGIN))
		view_last_login(call->thread->view, user->tenant, user->number, &beside.last_login);
	if (wanted.scopes)
		beside.scopes = scopes_of(call, wanted.scopes);
	if (wanted.roles)
		beside.roles = roles_of(call, user);
	scim_begin_resource(w, call->type, user, &call->select, &beside);
	put_containers(call, w, "groups", wanted.groups, put_group);
	if (wanted.entitlements)
		put_entitlements(call, w, user);
}

/* ---- members of a container ---- */

static void put_members(
	struct scim_call *call, struct json_writer *w, const struct record *container)
{
	struct member_walk *walk = view_members(
		call->thread->view, call->arena, container->tenant, container->number, 0);
	const struct sight *sight =
		view_sight(call->thread->view, call->arena, &call->actor, container->tenant, true);
	unsigned parts = call->select.members;
	struct edge edge;
	bool any = false;
	while (member_walk_next(walk, &edge)) {
		if (!sight_sees_member(sight, &edge))
			continue;
		if (!any) {
			json_name(w, "members");
			json_begin_array(w);
		}
		any = true;
		json_begin_object(w);
		put_reference(call, w, parts, edge.member_kind, &edge.member_id, edge.member_name);
		if (parts & SCIM_REFERENCE_TYPE)
			json_string_member(w, "type", scim_type_of(edge.member_kind)->name);
		json_end_object(w);
	}
	member_walk_close(walk);
	if (any)
		json_end_array(w);
}

/* A container, or what has neither members nor memberships. */
static void put_other(struct scim_call *call, struct json_writer *w, const struct record *container)
{
	const struct scim_beside none = { .source = call->actor.source };
	scim_begin_resource(w, call->type, container, &call->select, &none);
	if (kind_is_container(container->kind) && scim_selected(&call->select, ATTR_MEMBER))
		put_members(call, w, container);
}

void scim_put_resource(struct scim_call *call, struct json_writer *w, const struct record *record)
{
	if (record->kind == KIND_USER)
		put_user(call, w, record);
	else
		put_other(call, w, record);
	scim_put_meta(
		w, call->type, record, &call->select, scim_location(call, call->type, &record->id));
	json_end_object(w);
}

enum err scim_write_resource(struct scim_call *call, const struct record *record)
{
	struct json_writer w;
	buffer_reset(&call->thread->out);
	json_start(&w, &call->thread->out);
	scim_put_resource(call, &w, record);
	return view_error(call->thread->view, &call->why);
}

bool scim_tag_matches(struct span list, uint64_t revision)
{
	char tag[SCIM_TAG_MAX];
	struct span wanted = span_of(tag, scim_tag(revision, tag));
	while (list.len > 0) {
		struct span one = span_trim(span_cut(&list, ','));
		/* The strong form is taken for the weak one: some clients drop the W/. */
		if (span_equal(one, SPAN("*")) || span_equal(one, wanted) ||
			span_equal(one, span_from(wanted, 2)))
			return true;
	}
	return false;
}
