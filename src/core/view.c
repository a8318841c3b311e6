#include "core/chain_int.h"
#include "core/core_int.h"

#include "model/value.h"

enum err view_open(struct core *core, struct view **result, struct why *why)
{
	struct txn *txn;
	enum err err = txn_begin_read(core->store, &txn, why);
	if (err)
		return err;
	txn_reset(txn);
	struct view *view = heap_zalloc(sizeof *view);
	view->core = core;
	view->txn = txn;
	view->scratch = arena_new();
	*result = view;
	return OK;
}

void view_close(struct view *view)
{
	if (!view)
		return;
	txn_end(view->txn);
	arena_free(view->scratch);
	free(view);
}

enum err view_begin(struct view *view, struct why *why)
{
	arena_reset(view->scratch);
	return txn_renew(view->txn, why);
}

void view_end(struct view *view)
{
	txn_reset(view->txn);
}

enum err view_error(const struct view *view, struct why *why)
{
	return txn_error(view->txn, why);
}

uint64_t view_snapshot(const struct view *view)
{
	return txn_snapshot(view->txn);
}

/* ---- tenants ---- */

static bool read_tenant(const struct record *record, struct tenant_info *tenant)
{
	uint64_t number;
	if (!span_to_u64(record_first(record, ATTR_TENANT_NUMBER), &number))
		return false;
	tenant->number = (uint32_t)number;
	tenant->id = record->id;
	tenant->name = record_first(record, ATTR_COMMON_NAME);
	tenant->active = record_is_active(record);
	tenant->erasing = record_has_reason(record, REASON_ERASING);
	return true;
}

static bool find_tenant(
	struct txn *txn, enum attr attr, struct span normal, struct tenant_info *tenant)
{
	uint32_t number;
	struct record record;
	return txn_find_value(txn, 0, KIND_TENANT, attr, normal, &number) &&
	       txn_entry(txn, 0, KIND_TENANT, number, &record) && read_tenant(&record, tenant);
}

bool find_tenant_number(struct txn *txn, uint32_t number, struct tenant_info *tenant)
{
	char digits[12];
	int len = snprintf(digits, sizeof digits, "%u", (unsigned)number);
	return find_tenant(txn, ATTR_TENANT_NUMBER, span_of(digits, (size_t)len), tenant);
}

static struct view_tenant *tenant_row(struct view *view, uint32_t tenant)
{
	struct view_tenants *known = &view->tenants;
	struct view_tenant *row = &known->rows[tenant % VIEW_TENANTS];
	uint64_t snapshot = txn_snapshot(view->txn);
	if (known->snapshot != snapshot)
		memset(known->rows, 0, sizeof known->rows);
	known->snapshot = snapshot;
	if (row->tenant != tenant)
		*row = (struct view_tenant){ .tenant = tenant };
	return row;
}

bool view_tenant(struct view *view, struct span name, struct tenant_info *tenant)
{
	if (!name.len || name.len > 256)
		return false;
	const struct view_tenant *last = tenant_row(view, view->tenants.named);
	if (last->has_info && span_equal(name, last->info.name)) {
		*tenant = last->info;
		return true;
	}
	arena_reset(view->scratch);
	struct span normal = value_normal(view->scratch, ATTR_COMMON_NAME, name);
	if (!find_tenant(view->txn, ATTR_COMMON_NAME, normal, tenant))
		return false;
	struct view_tenant *row = tenant_row(view, tenant->number);
	row->info = *tenant;
	row->knows_info = row->has_info = true;
	view->tenants.named = tenant->number;
	return true;
}

bool view_tenant_number(struct view *view, uint32_t number, struct tenant_info *tenant)
{
	struct view_tenant *row = tenant_row(view, number);
	if (!row->knows_info) {
		row->has_info = find_tenant_number(view->txn, number, &row->info);
		row->knows_info = txn_error(view->txn, NULL) == OK;
	}
	if (row->has_info)
		*tenant = row->info;
	return row->has_info;
}

bool view_next_tenant(struct view *view, uint32_t least, struct tenant_info *tenant)
{
	uint32_t number = least ? least : 1;
	while (txn_next_tenant(view->txn, number, &number)) {
		if (find_tenant_number(view->txn, number, tenant))
			return true;
		if (++number == 0)
			break;
	}
	return false;
}

/* ---- entries ---- */

static bool find_container(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, struct record *record)
{
	struct view_containers *known = &view->containers;
	struct record *row = &known->rows[number % VIEW_CONTAINERS];
	uint64_t snapshot = txn_snapshot(view->txn);
	if (known->snapshot != snapshot)
		memset(known->rows, 0, sizeof known->rows);
	known->snapshot = snapshot;
	if ((row->number != number || row->tenant != tenant) &&
		!txn_entry(view->txn, tenant, kind, number, row))
		return false;
	if (row->kind != kind)
		return false;
	*record = *row;
	return true;
}

bool view_entry(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, struct record *record)
{
	return kind_is_container(kind) ? find_container(view, tenant, kind, number, record)
				       : txn_entry(view->txn, tenant, kind, number, record);
}

bool view_by_id(struct view *view, uint32_t tenant, const struct uuid *id, struct record *record)
{
	enum kind kind;
	uint32_t number;
	return txn_find_id(view->txn, tenant, id, &kind, &number) && kind != KIND_TOMBSTONE &&
	       txn_entry(view->txn, tenant, kind, number, record);
}

bool view_tombstone(
	struct view *view, uint32_t tenant, const struct uuid *id, struct record *record)
{
	enum kind kind;
	uint32_t number;
	return txn_find_id(view->txn, tenant, id, &kind, &number) &&
	       txn_entry(view->txn, tenant, KIND_TOMBSTONE, number, record);
}

bool view_by_value(struct view *view, uint32_t tenant, enum kind kind, enum attr attr,
	struct span normal, struct record *record)
{
	uint32_t number;
	return txn_find_value(view->txn, tenant, kind, attr, normal, &number) &&
	       txn_entry(view->txn, tenant, kind, number, record);
}

bool view_next_by_value(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	enum attr attr, struct span normal, uint32_t least, struct record *record)
{
	uint32_t number;
	struct postings *all = postings_equal(view->txn, arena, tenant, kind, attr, normal);
	bool found = postings_next(all, least, &number) &&
		     txn_entry(view->txn, tenant, kind, number, record);
	postings_close(all);
	return found;
}

bool view_by_name(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	struct span name, struct record *record)
{
	enum attr naming = kind_row(kind)->naming;
	return view_by_value(view, tenant, kind, naming, value_normal(arena, naming, name), record);
}

bool view_by_rdn(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct dn *rdn, struct record *record)
{
	return name_find(view->txn, arena, tenant, kind, rdn, record);
}

bool view_pointer(struct view *view, struct arena *arena, uint32_t tenant, const struct dn *dn,
	struct record *record)
{
	return view_has_pointers(view, tenant) &&
	       view_by_value(
		       view, tenant, KIND_POINTER, ATTR_POINTER_DN, dn_normal(arena, dn), record);
}

uint64_t view_count(struct view *view, uint32_t tenant, enum kind kind)
{
	return txn_count(view->txn, tenant, kind);
}

bool view_edge(
	struct view *view, uint32_t tenant, uint32_t container, uint32_t member, struct edge *edge)
{
	return txn_edge(view->txn, tenant, container, member, edge);
}

uint64_t view_member_count(struct view *view, uint32_t tenant, uint32_t container)
{
	return txn_member_count(view->txn, tenant, container);
}

/* ---- walks ---- */

struct range_walk {
	struct view *view;
	struct ordered *rows;
	uint32_t tenant;
	enum kind kind;
	uint8_t to[ORDERED_KEY_MAX];
	size_t to_len;
};

struct range_walk *view_range(struct view *view, struct arena *arena, uint32_t tenant,
	enum kind kind, enum attr attr, struct span from, struct span to)
{
	struct range_walk *walk = arena_zalloc(arena, sizeof *walk);
	uint8_t key[ORDERED_KEY_MAX];
	size_t len = ordered_key_of(attr, from, key);
	*walk = (struct range_walk){ .view = view, .tenant = tenant, .kind = kind };
	walk->to_len = ordered_key_of(attr, to, walk->to);
	walk->rows =
		ordered_open(view->txn, arena, tenant, kind, attr, span_of(key, len), 0, false);
	return walk;
}

bool range_walk_next(struct range_walk *walk, struct record *record)
{
	uint32_t number;
	return ordered_next(walk->rows, &number) &&
	       span_compare(ordered_key(walk->rows), span_of(walk->to, walk->to_len)) <= 0 &&
	       txn_entry(walk->view->txn, walk->tenant, walk->kind, number, record);
}

void range_walk_close(struct range_walk *walk)
{
	ordered_close(walk->rows);
}

struct member_walk {
	struct postings *postings;
	uint32_t least; /* 0: at the end, as numbers begin at 1 */
};

struct member_walk *view_members(
	struct view *view, struct arena *arena, uint32_t tenant, uint32_t container, uint32_t after)
{
	struct member_walk *walk = arena_alloc(arena, sizeof *walk);
	walk->postings = postings_members(view->txn, arena, tenant, container);
	walk->least = after + 1;
	return walk;
}

bool member_walk_next(struct member_walk *walk, struct edge *edge)
{
	uint32_t number;
	if (!walk->least || !postings_next(walk->postings, walk->least, &number) ||
		!postings_edge(walk->postings, edge))
		return false;
	walk->least = number + 1;
	return true;
}

void member_walk_close(struct member_walk *walk)
{
	postings_close(walk->postings);
}

struct container_walk {
	struct memberships *rows; /* NULL: */
	const uint32_t *numbers;  /* what is left of a list */
	const enum kind *kinds;
	size_t count;
};

struct container_walk *view_containers(
	struct view *view, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds)
{
	struct container_walk *walk = arena_alloc(arena, sizeof *walk);
	walk->rows = memberships_open(view->txn, arena, tenant, member, kinds);
	return walk;
}

struct container_walk *view_nested_containers(
	struct view *view, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds)
{
	struct container_walk *walk = arena_zalloc(arena, sizeof *walk);
	walk->count =
		chain_containers(view, arena, tenant, member, kinds, &walk->numbers, &walk->kinds);
	return walk;
}

bool container_walk_next(struct container_walk *walk, enum kind *kind, uint32_t *number)
{
	if (walk->rows)
		return memberships_next(walk->rows, kind, number);
	if (!walk->count)
		return false;
	walk->count--;
	*kind = *walk->kinds++;
	*number = *walk->numbers++;
	return true;
}

void container_walk_close(struct container_walk *walk)
{
	if (walk->rows)
		memberships_close(walk->rows);
}

/* ---- machinery ---- */

bool find_settings(struct txn *txn, uint32_t tenant, struct record *settings)
{
	uint32_t number;
	return txn_find_value(
		       txn, tenant, KIND_SETTINGS, ATTR_COMMON_NAME, SPAN("settings"), &number) &&
	       txn_entry(txn, tenant, KIND_SETTINGS, number, settings);
}

uint64_t policy_of(struct txn *txn, uint32_t tenant, enum policy policy)
{
	struct record settings;
	bool found = find_settings(txn, tenant, &settings);
	return policy_number(found ? &settings : NULL, policy);
}

static const struct record *settings_of(struct view *view, uint32_t tenant)
{
	struct view_tenant *row = tenant_row(view, tenant);
	if (!row->knows_settings) {
		row->has_settings = find_settings(view->txn, tenant, &row->settings);
		row->knows_settings = txn_error(view->txn, NULL) == OK;
	}
	return row->has_settings ? &row->settings : NULL;
}

bool view_has_pointers(struct view *view, uint32_t tenant)
{
	struct view_tenant *row = tenant_row(view, tenant);
	if (!row->knows_pointers) {
		row->has_pointers = txn_count(view->txn, tenant, KIND_POINTER) > 0;
		row->knows_pointers = txn_error(view->txn, NULL) == OK;
	}
	return row->has_pointers;
}

bool view_settings(struct view *view, uint32_t tenant, struct record *settings)
{
	const struct record *known = settings_of(view, tenant);
	if (known)
		*settings = *known;
	return known != NULL;
}

uint64_t view_policy(struct view *view, uint32_t tenant, enum policy policy)
{
	return policy_number(settings_of(view, tenant), policy);
}

struct span view_policy_text(struct view *view, uint32_t tenant, enum policy policy)
{
	return policy_text(settings_of(view, tenant), policy);
}

bool view_state(struct view *view, uint32_t tenant, struct span key, struct span *value)
{
	return txn_state(view->txn, tenant, key, value);
}

bool view_journal(struct view *view, uint32_t tenant, uint64_t sequence, struct span *record)
{
	return txn_journal(view->txn, tenant, sequence, record);
}

uint64_t view_journal_first(struct view *view, uint32_t tenant)
{
	struct head head;
	return txn_head(view->txn, tenant, &head) ? head.first : 1;
}

uint64_t view_journal_last(struct view *view, uint32_t tenant)
{
	struct head head;
	return txn_head(view->txn, tenant, &head) ? head.last : 0;
}

bool view_audit(struct view *view, uint32_t tenant, uint64_t sequence, struct span *row)
{
	struct audit_row found;
	if (!txn_audit(view->txn, tenant, sequence, &found))
		return false;
	*row = found.json;
	return true;
}

uint64_t view_audit_last(struct view *view, uint32_t tenant)
{
	return txn_audit_last(view->txn, tenant);
}
