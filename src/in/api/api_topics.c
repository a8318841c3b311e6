#include "in/api/api_events.h"

#define KIND(id) (1u << KIND_##id)

/* A topic is told to whom may list what it is about. */
static const struct topic {
	const char *name;
	uint32_t kinds;  /* of entries, and of containers and members of edges */
	const char *row; /* first word of keys of state rows, or NULL */
	enum operation list;
} topics[] = {
	{ "users", KIND(USER) | KIND(TOMBSTONE), NULL, OPERATION_USER_LIST },
	{ "roles", KIND(ROLE), NULL, OPERATION_ROLE_LIST },
	{ "scopes", KIND(SCOPE), NULL, OPERATION_SCOPE_LIST },
	{ "groups", KIND(GROUP), NULL, OPERATION_GROUP_LIST },
	{ "permissions", KIND(PERMISSION) | KIND(APP), NULL, OPERATION_PERMISSION_LIST },
	{ "tokens", KIND(CLIENT), NULL, OPERATION_TOKEN_LIST },
	{ "directories", KIND(DIRECTORY), "sync", OPERATION_DIRECTORY_LIST },
	{ "plans", KIND(PLAN), "plan", OPERATION_PLAN_LIST_ALL },
	{ "conflicts", KIND(CONFLICT), "conflict", OPERATION_CONFLICT_LIST },
	{ "held", KIND(HELD), "held", OPERATION_HELD_LIST },
	{ "jobs", KIND(JOB), "job", OPERATION_JOB_LIST },
	{ "webhooks", KIND(WEBHOOK), "webhook", OPERATION_WEBHOOK_LIST },
	{ "settings", KIND(SETTINGS), NULL, OPERATION_SETTINGS_SHOW },
	{ "tenants", KIND(TENANT), NULL, OPERATION_TENANT_LIST },
	{ "sessions", 0, "session", OPERATION_USER_SESSIONS },
	{ "provisioning", 0, "provision", OPERATION_PROVISION_LIST },
	{ "audit", 0, "audit", OPERATION_AUDIT_LIST },
};
#define TOPICS (sizeof topics / sizeof *topics)
#define AUDIT (TOPICS - 1)
_Static_assert(TOPICS <= 32, "a topic is a bit of 32");

static uint32_t topics_of_kind(enum kind kind)
{
	uint32_t found = 0;

	for (size_t i = 0; i < TOPICS; i++)
		if (topics[i].kinds >> kind & 1)
			found |= 1u << i;
	return found;
}

static void add_person(struct topics_found *found, uint32_t number)
{
	size_t most = sizeof found->people / sizeof *found->people;

	for (size_t i = 0; i < found->count; i++)
		if (found->people[i] == number)
			return;
	if (found->count < most)
		found->people[found->count++] = number;
	else
		found->everybody = true;
}

static void add_effect(const struct effect *effect, struct topics_found *found)
{
	if (effect->type == EFFECT_STATE)
		return;
	found->topics |= topics_of_kind(effect->kind);
	if (effect->type == EFFECT_EDGE)
		found->topics |= topics_of_kind(effect->member_kind);
	if (effect->type == EFFECT_EDGE && effect->member_kind == KIND_USER)
		add_person(found, effect->member);
	else if (effect->type == EFFECT_ENTRY && effect->kind == KIND_USER)
		add_person(found, effect->number);
	else if (effect->kind == KIND_ROLE || effect->kind == KIND_SETTINGS ||
		 effect->type == EFFECT_EDGE)
		found->everybody = true;
}

void topics_of_change(const struct change *change, struct topics_found *found)
{
	for (size_t i = 0; i < change->count; i++)
		add_effect(&change->effects[i], found);
	found->topics |= 1u << AUDIT;
}

uint32_t topics_of_row(struct span word)
{
	uint32_t found = 0;

	for (size_t i = 0; i < TOPICS; i++)
		if (topics[i].row && span_equal(word, span_str(topics[i].row)))
			found |= 1u << i;
	return found;
}

uint32_t topics_allowed(const struct actor *actor)
{
	uint32_t allowed = 0;

	for (size_t i = 0; i < TOPICS; i++)
		if (admin_permit(actor, topics[i].list, &(struct why){ 0 }) == OK)
			allowed |= 1u << i;
	return allowed;
}

void topics_put(struct json_writer *w, uint32_t found, bool own)
{
	json_begin_array(w);
	for (size_t i = 0; i < TOPICS; i++)
		if (found >> i & 1)
			json_put_string(w, topics[i].name);
	if (own)
		json_put_string(w, "session");
	json_end_array(w);
}
