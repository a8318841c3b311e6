#include "core/session_int.h"

#include "base/limits.h"

/* Part of DNs, URLs and host names: one plain spelling. */
static bool is_tenant_name(struct span name)
{
	if (!name.len || name.len > 63 || name.data[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-')
			return false;
	}
	return true;
}

static enum err check_type(struct run *run, struct entry *after)
{
	static const char *const types[] = { "customer", "demo", "internal" };
	struct span type = entry_first(after, ATTR_TENANT_TYPE);
	if (!type.len)
		return entry_set(
			after, ATTR_TENANT_TYPE, SOURCE_LOCAL, span_str(types[0]), run->why);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_equal(type, span_str(types[i])))
			return OK;
	return fail(run->why, ERR_UNKNOWN, "type",
		"there is no type of tenant %.*s, only customer, demo and internal",
		SPAN_ARGS(type));
}

static bool find_parent(struct run *run, struct span id, struct record *parent)
{
	struct uuid wanted;
	enum kind kind;
	uint32_t number;
	if (!uuid_from_octets(id, &wanted))
		return false;
	return txn_find_id(run->txn, 0, &wanted, &kind, &number) && kind == KIND_TENANT &&
	       txn_entry(run->txn, 0, KIND_TENANT, number, parent);
}

/* The chain of companies above ends, and not with this one. */
static enum err check_parent(struct run *run, const struct entry *after)
{
	struct record parent;
	struct span id = entry_first(after, ATTR_PARENT_TENANT);
	for (unsigned depth = 0; id.len; depth++) {
		if (!find_parent(run, id, &parent))
			return fail(run->why, ERR_UNKNOWN, "parent", "there is no such tenant");
		if (uuid_equal(&parent.id, &after->id) || depth == LIMIT_NESTING)
			return fail(run->why, ERR_CONFLICT, "parent",
				"a company is not above itself, and at most %d deep",
				LIMIT_NESTING);
		id = record_first(&parent, ATTR_PARENT_TENANT);
	}
	return OK;
}

static bool is_erasing(const struct entry *tenant)
{
	const struct value *reason;
	for (size_t i = 0; (reason = entry_value(tenant, ATTR_INACTIVE_REASON, i)); i++)
		if (span_equal(reason->octets, REASON_ERASING))
			return true;
	return false;
}

enum err tenant_check(struct run *run, const struct entry *before, struct entry *after)
{
	if (before && is_erasing(before))
		return fail(run->why, ERR_CONFLICT, NULL, "the tenant is being erased");
	if (!is_tenant_name(entry_first(after, ATTR_COMMON_NAME)))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_COMMON_NAME),
			"a tenant's name is 1 to 63 of a-z, 0-9 and -, not beginning with -");
	enum err err = check_type(run, after);
	if (!err)
		err = check_parent(run, after);
	if (err || before)
		return err;
	/* What it is created with stands in its settings. */
	entry_remove(after, ATTR_PRESET);
	uint32_t number = txn_new_tenant(run->txn);
	return entry_set(after, ATTR_TENANT_NUMBER, SOURCE_LOCAL,
		span_str(arena_printf(run->arena, "%u", (unsigned)number)), run->why);
}

enum err tenant_created(struct run *run, const struct entry *entry)
{
	uint64_t number = 0;
	span_to_u64(entry_first(entry, ATTR_TENANT_NUMBER), &number);
	enum err err = settings_create(
		run, (uint32_t)number, entry_first(run->command->entry, ATTR_PRESET));
	return err ? err : built_in_roles_refresh(run, (uint32_t)number, true);
}

/* A company that is let in again begins anew. */
enum err tenant_modified(struct run *run, const struct entry *before, const struct entry *after)
{
	uint64_t number;
	if (entry_is_active(before) && !entry_is_active(after) &&
		span_to_u64(entry_first(after, ATTR_TENANT_NUMBER), &number))
		sessions_drop_all(run, (uint32_t)number);
	return OK;
}

/* Removing a company's people is never the side effect of one command. */
enum err tenant_check_delete(struct run *run, const struct entry *entry)
{
	(void)entry;
	return fail(
		run->why, ERR_CONFLICT, NULL, "a tenant is suspended and then erased, not deleted");
}
