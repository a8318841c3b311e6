#include "core/core_int.h"

#define CODENAME_MAX 128

#define OPERATOR PERMISSION_OPERATOR
#define ADMINISTRATION PERMISSION_ADMINISTRATION
static const struct permission_row rows[] = {
#define PERMISSION(id, bit, codename, group, flags, label)                                         \
	{ PERM_##id, { (const uint8_t *)(codename), sizeof(codename) - 1 }, group, label, flags },
#define PERMISSION_ALIAS(codename, id)
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
};
#undef OPERATOR
#undef ADMINISTRATION
#define ROWS (sizeof rows / sizeof *rows)

static const struct {
	const char *alias;
	enum permission permission;
} aliases[] = {
#define PERMISSION(id, bit, codename, group, flags, label)
#define PERMISSION_ALIAS(codename, id) { codename, PERM_##id },
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
};

const struct permission_row *permission_rows(size_t *count)
{
	*count = ROWS;
	return rows;
}

static const struct permission_row *row_of(enum permission permission)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].permission == permission)
			return &rows[i];
	return NULL;
}

uint64_t permission_flagged(unsigned flags)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < ROWS; i++)
		if ((rows[i].flags & flags) == flags)
			mask |= (uint64_t)1 << rows[i].permission;
	return mask;
}

const char *permission_codename(enum permission permission)
{
	const struct permission_row *row = row_of(permission);
	return row ? (const char *)row->codename.data : "";
}

struct span permission_alias(enum permission permission)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (aliases[i].permission == permission)
			return span_str(aliases[i].alias);
	return SPAN_NONE;
}

struct span permission_canonical(struct span codename)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (span_equal(codename, span_str(aliases[i].alias)))
			return row_of(aliases[i].permission)->codename;
	return codename;
}

const struct permission_row *permission_row(struct span codename)
{
	for (size_t i = 0; i < ROWS; i++)
		if (span_equal(rows[i].codename, codename))
			return &rows[i];
	return NULL;
}

uint64_t permission_mask(struct span codename)
{
	const struct permission_row *row = permission_row(permission_canonical(codename));
	return row ? (uint64_t)1 << row->permission : 0;
}

static bool is_word(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
			return false;
	}
	return text.len > 0;
}

bool permission_is_word(struct span text)
{
	return is_word(text) && text.len <= CODENAME_MAX / 2;
}

static bool is_area_of(struct span codename, struct span word)
{
	return span_equal(span_cut(&codename, '.'), word);
}

bool permission_is_area(struct span word)
{
	for (size_t i = 0; i < ROWS; i++)
		if (is_area_of(rows[i].codename, word) ||
			is_area_of(permission_alias(rows[i].permission), word))
			return true;
	return false;
}

bool permission_is_codename(struct span text)
{
	size_t words = 0;
	struct span rest = text;
	if (!text.len || text.len > CODENAME_MAX || text.data[text.len - 1] == '.')
		return false;
	for (; rest.len; words++)
		if (!is_word(span_cut(&rest, '.')))
			return false;
	return words > 1;
}

/* ---- what records and entries grant ---- */

/* Rows are sorted by attribute, and codenames of an entry among each other. */
bool record_has_permission(const struct record *record, struct span codename)
{
	size_t low = 0, high = record->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct value value = record_row(record, middle);
		int order = value.attr != ATTR_PERMISSION ? (value.attr < ATTR_PERMISSION ? -1 : 1)
							  : span_compare(value.octets, codename);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

uint64_t permission_of_record(const struct record *record)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < ROWS; i++)
		if (record_has_permission(record, rows[i].codename))
			mask |= (uint64_t)1 << rows[i].permission;
	return mask;
}

static int by_codename(const void *left, const void *right)
{
	const struct value *a = left, *b = right;
	return span_compare(a->octets, b->octets);
}

void permission_sort(struct entry *entry)
{
	size_t first = 0, count = entry_value_count(entry, ATTR_PERMISSION), kept = 0;
	if (!count)
		return;
	while (entry->values[first].attr != ATTR_PERMISSION)
		first++;
	struct value *values = entry->values + first;
	for (size_t i = 0; i < count; i++)
		values[i].octets = permission_canonical(values[i].octets);
	qsort(values, count, sizeof *values, by_codename);
	for (size_t i = 0; i < count; i++)
		if (!kept || !span_equal(values[kept - 1].octets, values[i].octets))
			values[kept++] = values[i];
	for (size_t i = 0; i < kept; i++)
		values[i].instance = (uint16_t)i;
	memmove(values + kept, values + count,
		(entry->count - first - count) * sizeof *entry->values);
	entry->count -= count - kept;
}

bool entry_has_permission(const struct entry *entry, struct span codename)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ATTR_PERMISSION, i)); i++)
		if (span_equal(value->octets, codename))
			return true;
	return false;
}

/* ---- holders ---- */

typedef bool (*see_role)(void *arg, const struct record *role);

/* Until `see` says that it has seen enough. */
static bool walk_roles(struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t number,
	see_role see, void *arg)
{
	bool enough = false;
	uint32_t role = 0;
	struct record record;
	struct postings *held = postings_containers(txn, arena, tenant, number, KIND_ROLE);
	while (!enough && postings_next(held, role, &role)) {
		enough = txn_entry(txn, tenant, KIND_ROLE, role, &record) && see(arg, &record);
		if (++role == 0)
			break;
	}
	postings_close(held);
	return enough;
}

static bool unite(void *arg, const struct record *role)
{
	uint64_t *mask = arg;
	*mask |= permission_of_record(role);
	return false;
}

uint64_t permission_of_holder(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct record *holder)
{
	uint64_t mask = 0;
	if (holder->kind == KIND_CLIENT)
		return permission_of_record(holder);
	if (holder->kind == KIND_USER)
		walk_roles(txn, arena, tenant, holder->number, unite, &mask);
	return mask;
}

static bool grants(void *arg, const struct record *role)
{
	const struct span *codename = arg;
	return record_has_permission(role, *codename);
}

bool holder_has(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	uint32_t number, struct span codename)
{
	struct record record;
	codename = permission_canonical(codename);
	if (kind == KIND_CLIENT)
		return txn_entry(txn, tenant, kind, number, &record) &&
		       record_has_permission(&record, codename);
	return kind == KIND_USER && walk_roles(txn, arena, tenant, number, grants, &codename);
}

unsigned role_level(const struct record *role)
{
	uint64_t level;
	return span_to_u64(record_first(role, ATTR_LEVEL), &level) ? (unsigned)level : 1;
}

static bool raise_level(void *arg, const struct record *role)
{
	unsigned *level = arg, found = role_level(role);
	if (found > *level)
		*level = found;
	return *level >= LEVEL_MAX;
}

unsigned holder_level(
	struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind, uint32_t number)
{
	unsigned level = 1;
	if (kind == KIND_USER)
		walk_roles(txn, arena, tenant, number, raise_level, &level);
	return level;
}

bool view_holder_has(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, struct span codename)
{
	arena_reset(view->scratch);
	return holder_has(view->txn, view->scratch, tenant, kind, number, codename);
}

unsigned view_level(struct view *view, uint32_t tenant, enum kind kind, uint32_t number)
{
	arena_reset(view->scratch);
	return holder_level(view->txn, view->scratch, tenant, kind, number);
}
