#include "core/core_int.h"

static const struct row {
	const char *codename;
	size_t len;
	enum permission permission;
	bool of_operator;
} rows[] = {
#define PERMISSION(id, bit, name, group, label)                                                    \
	{ name, sizeof(name) - 1, PERM_##id,                                                       \
		sizeof(group) == sizeof("operator") && group[0] == 'o' && group[1] == 'p' },
#include "permissions.def"
#undef PERMISSION
};
#define ROWS (sizeof rows / sizeof *rows)

enum {
	ALL = 0
#define PERMISSION(id, bit, codename, group, label) | 1 << (bit)
#include "permissions.def"
#undef PERMISSION
};
_Static_assert(ROWS <= 31, "HAS_ALL of the built-in roles is an int");

#define HAS(id) ((uint64_t)1 << PERM_##id)
#define HAS_ALL ((uint64_t)ALL)
static const struct built_in_role roles[] = {
#define TENANT false
#define REALM true
#define BUILT_IN_ROLE(id, scope, name, description, permissions)                                   \
	{ name, description, (permissions), scope },
#include "roles.def"
#undef BUILT_IN_ROLE
#undef TENANT
#undef REALM
};

enum {
#define BUILT_IN_ROLE(id, scope, name, description, permissions) ROLE_##id,
#include "roles.def"
#undef BUILT_IN_ROLE
};

uint64_t permission_all(void)
{
	return HAS_ALL;
}

uint64_t permission_admin(void)
{
	return roles[ROLE_ADMIN].permissions;
}

uint64_t permission_operator(void)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < ROWS; i++)
		mask |= rows[i].of_operator ? (uint64_t)1 << rows[i].permission : 0;
	return mask;
}

uint64_t permission_mask(struct span codename)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].len == codename.len &&
			memcmp(rows[i].codename, codename.data, codename.len) == 0)
			return (uint64_t)1 << rows[i].permission;
	return 0;
}

const char *permission_codename(enum permission permission)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].permission == permission)
			return rows[i].codename;
	return "";
}

static bool is_word(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((text.data[i] < 'a' || text.data[i] > 'z') && text.data[i] != '_')
			return false;
	return text.len > 0;
}

bool permission_is_codename(struct span text)
{
	size_t dot = span_find(text, '.');
	return dot < text.len && is_word(span_of(text.data, dot)) &&
	       is_word(span_from(text, dot + 1));
}

uint64_t permission_of_record(const struct record *record)
{
	uint64_t mask = 0;
	for (size_t i = record_find(record, ATTR_PERMISSION); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != ATTR_PERMISSION)
			break;
		mask |= permission_mask(value.octets);
	}
	return mask;
}

uint64_t permission_of_entry(const struct entry *entry, bool *unknown)
{
	uint64_t mask = 0;
	const struct value *value;
	*unknown = false;
	for (size_t i = 0; (value = entry_value(entry, ATTR_PERMISSION, i)); i++) {
		uint64_t bit = permission_mask(value->octets);
		mask |= bit;
		*unknown |= bit == 0;
	}
	return mask;
}

static uint64_t of_roles(struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t number)
{
	uint64_t mask = 0;
	uint32_t role = 0;
	struct record record;
	struct postings *held = postings_containers(txn, arena, tenant, number, KIND_ROLE);
	while (postings_next(held, role, &role)) {
		if (txn_entry(txn, tenant, KIND_ROLE, role, &record))
			mask |= permission_of_record(&record);
		if (++role == 0)
			break;
	}
	postings_close(held);
	return mask;
}

uint64_t permission_of_holder(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct record *holder)
{
	if (holder->kind == KIND_CLIENT)
		return permission_of_record(holder);
	return holder->kind == KIND_USER ? of_roles(txn, arena, tenant, holder->number) : 0;
}

const struct built_in_role *built_in_roles(size_t *count)
{
	*count = sizeof roles / sizeof *roles;
	return roles;
}

struct entry *built_in_role_entry(struct arena *arena, const struct built_in_role *role)
{
	struct entry *entry = entry_new(arena, KIND_ROLE);
	entry_add(entry, ATTR_COMMON_NAME, 0, SOURCE_LOCAL, span_str(role->name), NULL);
	entry_add(entry, ATTR_DESCRIPTION, 0, SOURCE_LOCAL, span_str(role->description), NULL);
	uint16_t instance = 0;
	for (size_t i = 0; i < ROWS; i++)
		if (role->permissions >> rows[i].permission & 1)
			entry_add(entry, ATTR_PERMISSION, instance++, SOURCE_LOCAL,
				span_str(rows[i].codename), NULL);
	entry_add(entry, ATTR_BUILT_IN, 0, SOURCE_LOCAL, SPAN("TRUE"), NULL);
	return entry;
}
