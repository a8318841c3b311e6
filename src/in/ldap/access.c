#include "in/ldap/access_int.h"

#include "wire/ldap_filter.h"
#include "wire/ldap_filter_text.h"

#include <stdlib.h>

/* What says nothing of a person but that there is one. */
static const enum attr of_everything[] = { ATTR_OBJECT_CLASS, ATTR_ID, ATTR_ENTRY_DN,
	ATTR_SUBSCHEMA, ATTR_STRUCTURAL_CLASS, ATTR_HAS_SUBORDINATES };
static const enum attr of_people[] = { ATTR_USER_NAME, ATTR_COMMON_NAME, ATTR_FAMILY_NAME,
	ATTR_GIVEN_NAME, ATTR_DISPLAY_NAME, ATTR_EMAIL };

static void add_all(uint64_t *set, const enum attr *attrs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		attr_set_add(set, attrs[i]);
}

/* ---- working it out ---- */

static bool has_word(struct span words, struct span word)
{
	while (words.len > 0)
		if (span_equal(span_cut(&words, ' '), word))
			return true;
	return false;
}

/* Whom a person sees without the permission. */
static void let_see(struct access *access, struct view *view)
{
	struct actor *actor = &access->actor;
	struct span words = view_policy_text(view, actor->tenant, POLICY_LDAP_PEOPLE_SEE);
	bool people = has_word(words, SPAN("people"));

	if (people && !actor_may(actor, PERM_USERS_VIEW)) {
		access->minimal |= 1U << KIND_USER;
		actor->permissions |= UINT64_C(1) << PERM_USERS_VIEW;
	}
	if (has_word(words, SPAN("groups")) && !actor_may(actor, PERM_GROUPS_VIEW)) {
		access->minimal |= 1U << KIND_GROUP;
		actor->permissions |= UINT64_C(1) << PERM_GROUPS_VIEW;
	}
	add_all(access->little, of_everything, sizeof of_everything / sizeof *of_everything);
	add_all(access->little, of_people, sizeof of_people / sizeof *of_people);
	if (people)
		attr_set_add(access->little, ATTR_MEMBER);
}

static void take_list(struct access *access, const struct record *record)
{
	size_t i = record_find(record, ATTR_LDAP_ATTRIBUTE);

	for (; i < record->count && record_row(record, i).attr == ATTR_LDAP_ATTRIBUTE; i++) {
		access->has_list = true;
		attr_set_add(access->list, attr_by_ldap(record_row(record, i).octets));
	}
	attr_set_add(access->list, ATTR_OBJECT_CLASS);
}

static uint32_t number_of(const struct record *record, enum attr attr)
{
	uint64_t number;
	bool said = span_to_u64(record_first(record, attr), &number) && number <= INT32_MAX;

	return said ? (uint32_t)number : 0;
}

static void take_limits(struct access *access, const struct record *record)
{
	access->size_limit = number_of(record, ATTR_LDAP_SIZE_LIMIT);
	access->time_limit = number_of(record, ATTR_LDAP_TIME_LIMIT);
}

/* A base that is not there any more leaves nothing to be seen. */
static void take_base(
	struct access *access, struct conn *conn, struct view *view, const struct record *record)
{
	struct span matched;

	access->base = arena_copy(access->arena, record_first(record, ATTR_LDAP_BASE));
	if (access->base.len > 0 &&
		target_find(conn, view, access->base, &access->within, &matched) != RESULT_SUCCESS)
		access->within = (struct target){ .place = PLACE_NOWHERE };
}

static bool refers(const struct filter *filter)
{
	bool found =
		filter->attr != ATTR_NONE && attr_row(filter->attr)->syntax == SYNTAX_REFERENCE;

	for (size_t i = 0; !found && i < filter->part_count; i++)
		found = refers(filter->parts[i]);
	return found;
}

static struct search *open_search(
	struct conn *conn, struct view *view, struct arena *arena, const struct access *access)
{
	const struct actor *actor = access ? &access->actor : &conn->identity.actor;
	struct search_spec spec = { .actor = actor,
		.tenant = actor->tenant,
		.kinds = ~0U,
		.filter = access ? access->filter : NULL,
		.nested_by_policy = true,
		.resolve = target_resolve,
		.resolve_arg = conn };
	struct search *search;

	return search_open(view, arena, &spec, &search, NULL) == OK ? search : NULL;
}

/* One that is not understood any more, after an update, finds nothing. */
static void take_filter(struct access *access, struct conn *conn, struct view *view,
	const struct identity *identity, const struct record *record)
{
	struct span text = record_first(record, ATTR_LDAP_FILTER), element;
	struct search *search;

	if (text.len == 0)
		return;
	if (filter_text_read(access->arena, text, &element, NULL) != OK ||
		filter_read(access->arena, element, &access->filter, NULL) != OK)
		access->filter = filter_new(access->arena, FILTER_UNDEFINED, ATTR_NONE);
	filter_settle(conn, identity, access->arena, access->filter);
	access->has_references = refers(access->filter);
	search = open_search(conn, view, access->arena, access); /* resolves the references */
	if (search)
		search_close(search);
}

/* Nothing of it can have changed while the entry has not: DNs in it name other entries than before
 * when one of those was renamed. */
static bool is_current(const struct identity *identity, const struct record *record)
{
	const struct access *access = identity->access;

	return identity->revision == record->revision && record->kind == KIND_CLIENT &&
	       !(access && (access->has_references || access->base.len > 0));
}

static bool has(const struct record *record, enum attr attr)
{
	return record_find(record, attr) < record->count;
}

bool access_is_narrowed(const struct record *service)
{
	return has(service, ATTR_LDAP_ATTRIBUTE) || has(service, ATTR_LDAP_BASE) ||
	       has(service, ATTR_LDAP_FILTER);
}

static bool is_restricted(struct view *view, const struct record *record)
{
	if (record->kind != KIND_CLIENT)
		return view_policy_text(view, record->tenant, POLICY_LDAP_PEOPLE_SEE).len > 0;
	return access_is_narrowed(record) || has(record, ATTR_LDAP_SIZE_LIMIT) ||
	       has(record, ATTR_LDAP_TIME_LIMIT);
}

static struct access *access_new(struct conn *conn, struct view *view,
	const struct identity *identity, const struct record *record)
{
	struct access *access = heap_zalloc(sizeof *access);

	access->arena = arena_new();
	access->actor = identity->actor;
	if (record->kind != KIND_CLIENT) {
		let_see(access, view);
		return access;
	}
	take_list(access, record);
	take_limits(access, record);
	take_base(access, conn, view, record);
	take_filter(access, conn, view, identity, record);
	return access;
}

void access_refresh(struct conn *conn, struct view *view, struct identity *identity,
	const struct record *record)
{
	if (is_current(identity, record)) {
		if (identity->access)
			identity->access->actor = identity->actor;
		return;
	}
	/* What is looked up for the new one is seen without the old one. */
	access_free(identity->access);
	identity->access = NULL;
	if (is_restricted(view, record))
		identity->access = access_new(conn, view, identity, record);
	identity->revision = record->revision;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	arena_free(access->arena);
	free(access);
}

/* ---- asking ---- */

const struct actor *access_actor(const struct identity *identity)
{
	return identity->access ? &identity->access->actor : &identity->actor;
}

static bool is_own(const struct identity *identity, const struct record *record)
{
	return record->kind == identity->actor.kind && record->number == identity->actor.number;
}

/* What is seen of the record; NULL: everything. */
static const uint64_t *seen_of(const struct identity *identity, const struct record *record)
{
	const struct access *access = identity->access;

	if (!access)
		return NULL;
	if (access->has_list)
		return access->list;
	return (access->minimal >> record->kind & 1) && !is_own(identity, record) ? access->little
										  : NULL;
}

bool access_shows(const struct identity *identity, const struct record *record, enum attr attr)
{
	const uint64_t *seen = seen_of(identity, record);

	return !seen || attr_set_has(seen, attr);
}

bool access_shows_all(const struct identity *identity, uint32_t kinds, enum attr attr)
{
	const struct access *access = identity->access;

	if (!access)
		return true;
	if (access->has_list)
		return attr_set_has(access->list, attr);
	return (access->minimal & kinds) == 0 || attr_set_has(access->little, attr);
}

const struct selection *access_selection(const struct identity *identity,
	const struct record *record, const struct selection *selection, struct selection *narrowed)
{
	const uint64_t *seen = seen_of(identity, record);

	if (!seen)
		return selection;
	*narrowed = *selection;
	for (size_t i = 0; i < ATTR_WORDS; i++)
		narrowed->wanted[i] &= seen[i];
	return narrowed;
}

struct search *access_search(struct conn *conn, struct view *view)
{
	const struct access *access = conn->identity.access;

	return access && access->filter ? open_search(conn, view, conn->shard->turn, access) : NULL;
}

/* A person's sight depends on more than permissions: who stands below, who stands higher. */
static bool is_seen(struct conn *conn, struct view *view, const struct record *record)
{
	struct search *search = open_search(conn, view, conn->shard->turn, conn->identity.access);
	bool seen = search && search_holds(search, record);

	if (search)
		search_close(search);
	return seen;
}

bool access_hides(struct conn *conn, struct view *view, const struct record *record)
{
	const struct access *access = conn->identity.access;

	return access && access->filter && !kind_is_container(record->kind) &&
	       !is_seen(conn, view, record);
}

bool access_sees(struct conn *conn, struct view *view, const struct record *record)
{
	const struct identity *identity = &conn->identity;
	const struct actor *actor = access_actor(identity);

	if (!identity->bound || record->tenant != actor->tenant || !kind_row(record->kind)->ou)
		return false;
	if (identity->access && identity->access->filter)
		return is_seen(conn, view, record);
	if (is_own(identity, record))
		return true;
	if (actor->type == ACTOR_USER)
		return is_seen(conn, view, record);
	return identity_may_view(actor, record->kind);
}

bool access_is_within(const struct identity *identity, const struct target *target)
{
	const struct access *access = identity->access;
	const struct target *base = access ? &access->within : NULL;

	if (!access || access->base.len == 0)
		return true;
	switch (base->place) {
	case PLACE_TENANT:
		return target->place == PLACE_TENANT || target->place == PLACE_CONTAINER ||
		       target->place == PLACE_ENTRY;
	case PLACE_CONTAINER:
		return (target->place == PLACE_CONTAINER || target->place == PLACE_ENTRY) &&
		       target->kind == base->kind;
	case PLACE_ENTRY:
		return target->place == PLACE_ENTRY && target->kind == base->kind &&
		       target->record.number == base->record.number;
	default:
		return false;
	}
}

struct span access_base(const struct identity *identity)
{
	return identity->access ? identity->access->base : SPAN_NONE;
}

bool access_sees_pointers(const struct identity *identity)
{
	const struct access *access = identity->access;

	return (!access || (access->base.len == 0 && !access->filter)) &&
	       actor_may(access_actor(identity), PERM_USERS_VIEW);
}

/* ---- how much ---- */

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int access_limits(const struct conn *conn, const struct search_request *request, bool is_paged,
	struct access_limits *limits)
{
	const struct ldap_limits *server = door_limits(conn->shard->door);
	const struct access *access = conn->identity.access;
	uint32_t own = access ? access->size_limit : 0;
	uint32_t most = own != 0 ? own : is_paged ? 0 : server->search_entries;
	uint32_t asked = (uint32_t)request->size_limit;

	limits->entries = asked != 0 ? asked : most != 0 ? most : UINT32_MAX;
	limits->seconds = server->search_seconds;
	if (access && access->time_limit != 0)
		limits->seconds = access->time_limit;
	if (request->time_limit > 0)
		limits->seconds = smaller(limits->seconds, (uint32_t)request->time_limit);
	return most != 0 && asked > most ? RESULT_ADMIN_LIMIT : RESULT_SUCCESS;
}

uint32_t access_connections(const struct ldap_door *door, const struct record *service)
{
	uint32_t own = number_of(service, ATTR_LDAP_CONNECTIONS);

	return own != 0 ? own : door_limits(door)->connections_per_service;
}
