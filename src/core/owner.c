#include "core/core_int.h"

/* Whose a source is, and an entry; which attributes are anybody's. */

bool attr_is_owned(enum attr attr)
{
	switch (attr) {
	case ATTR_INACTIVE_REASON:
	case ATTR_DEACTIVATED_AT:
	case ATTR_DEACTIVATED_BY:
	case ATTR_EMAIL_VERIFIED_AT:
	case ATTR_DELETED:
	case ATTR_LINK_BASE:
		return false;
	default:
		return !attr_is_nobodys(attr);
	}
}

bool attr_changes_hands(enum attr attr)
{
	return attr_is_owned(attr) && attr != ATTR_PASSWORD && attr_row(attr)->scim &&
	       !attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED | ATTR_INTERNAL);
}

bool find_source_number(
	struct txn *txn, uint32_t tenant, enum kind kind, uint16_t source, uint32_t *number)
{
	char digits[8];
	int len = snprintf(digits, sizeof digits, "%u", (unsigned)source);
	return txn_find_value(
		txn, tenant, kind, ATTR_SOURCE_NUMBER, span_of(digits, (size_t)len), number);
}

bool find_by_source(
	struct txn *txn, uint32_t tenant, enum kind kind, uint16_t source, struct record *record)
{
	uint32_t number;
	return find_source_number(txn, tenant, kind, source, &number) &&
	       txn_entry(txn, tenant, kind, number, record);
}

static void read_rules(struct run *run, const struct record *record, struct owner *owner)
{
	size_t at = record_find(record, ATTR_AUTHORITY), end = at;
	while (end < record->count && record_row(record, end).attr == ATTR_AUTHORITY)
		end++;
	struct span *rules = arena_array(run->arena, end - at + 1, sizeof *rules);
	for (size_t i = at; i < end; i++)
		rules[i - at] = arena_copy(run->arena, record_row(record, i).octets);
	owner->rules = rules;
	owner->rule_count = end - at;
	if (!span_to_u64(record_first(record, ATTR_PRECEDENCE), &owner->precedence))
		owner->precedence = PRECEDENCE_USUAL;
}

enum mastery owner_mastery(const struct owner *owner, enum attr attr)
{
	enum mastery mastery;
	enum attr named;
	for (size_t i = 0; i < owner->rule_count; i++)
		if (mastery_read(owner->rules[i], &named, &mastery, NULL) == OK &&
			named == attr_family(attr))
			return mastery;
	return MASTERY_NONE;
}

static struct owner owner_of_record(struct run *run, const struct record *record, uint16_t source)
{
	struct owner owner = { .type = record->kind == KIND_DIRECTORY ? OWNER_DIRECTORY
								      : OWNER_CONNECTION,
		.source = source,
		.id = record->id,
		.name = arena_copy(run->arena, record_first(record, ATTR_COMMON_NAME)),
		.adopts = record->kind == KIND_DIRECTORY || record_is_true(record, ATTR_ADOPTS) };
	if (owner.type == OWNER_DIRECTORY)
		read_rules(run, record, &owner);
	return owner;
}

struct owner owner_of_source(struct run *run, uint16_t source)
{
	struct txn *txn = run->txn;
	uint32_t tenant = run->command->tenant;
	struct record record;
	if (source == SOURCE_LOCAL)
		return (struct owner){ .type = OWNER_LOCAL };
	if (source == SOURCE_DERIVED)
		return (struct owner){ .type = OWNER_NOBODY };
	if (find_by_source(txn, tenant, KIND_DIRECTORY, source, &record))
		return owner_of_record(run, &record, source);
	if (!find_by_source(txn, tenant, KIND_CLIENT, source, &record))
		return (struct owner){ .type = OWNER_NOBODY };
	if (!span_equal(record_first(&record, ATTR_CLIENT_TYPE), SPAN("scim")))
		return (struct owner){ .type = OWNER_LOCAL };
	return owner_of_record(run, &record, source);
}

struct owner owner_of_actor(struct run *run)
{
	const struct actor *actor = run->actor;
	if (actor->type != ACTOR_CLIENT && actor->type != ACTOR_DIRECTORY)
		return (struct owner){ .type = OWNER_LOCAL };
	struct owner owner = owner_of_source(run, actor->source);
	return owner.type == OWNER_NOBODY ? (struct owner){ .type = OWNER_LOCAL } : owner;
}

bool owner_is_same(const struct owner *a, const struct owner *b)
{
	return a->type == b->type && a->source == b->source;
}

bool owner_is_machine(const struct owner *owner)
{
	return owner->type == OWNER_CONNECTION || owner->type == OWNER_DIRECTORY;
}

const char *owner_phrase(struct run *run, const struct owner *owner)
{
	if (!owner_is_machine(owner))
		return "the administrators here";
	return arena_printf(run->arena, "the %s %.*s",
		owner->type == OWNER_DIRECTORY ? "directory" : "connection",
		SPAN_ARGS(owner->name));
}

uint16_t owner_source_for(struct run *run, enum attr attr)
{
	if (!attr_has(attr, ATTR_PER_SOURCE))
		return run->actor->source;
	return owner_of_actor(run).source;
}

bool entry_is_admin(struct run *run, const struct entry *user)
{
	struct record record;
	uint64_t all = permission_flagged(PERMISSION_ADMINISTRATION);
	return user->kind == KIND_USER &&
	       txn_entry(run->txn, user->tenant, KIND_USER, user->number, &record) &&
	       (permission_of_holder(run->txn, run->arena, user->tenant, &record) & all) == all;
}

bool owner_takes_over(struct run *run, const struct owner *owner, const struct entry *entry)
{
	if (owner->type == OWNER_DIRECTORY)
		return true;
	return owner->type == OWNER_CONNECTION && owner->adopts && !entry_is_admin(run, entry);
}

static struct owner link_owner(struct run *run, const struct entry *entry)
{
	const struct value *link;
	for (size_t i = 0; (link = entry_value(entry, ATTR_LINK, i)); i++) {
		struct owner owner = owner_of_source(run, link->source);
		if (owner.type == OWNER_DIRECTORY)
			return owner;
	}
	return (struct owner){ .type = OWNER_NOBODY };
}

struct owner owner_of_entry(struct run *run, const struct entry *entry)
{
	struct owner owner = link_owner(run, entry);
	if (owner.type != OWNER_NOBODY)
		return owner;
	const struct value *name = entry_value(entry, kind_row(entry->kind)->naming, 0);
	if (entry->kind == KIND_USER && name && name->source == SOURCE_DERIVED) {
		struct span address = user_address(entry);
		const struct value *email;
		for (size_t i = 0; (email = entry_value(entry, ATTR_EMAIL, i)); i++)
			if (span_equal(email->octets, address))
				name = email;
	}
	return name ? owner_of_source(run, name->source) : owner;
}
