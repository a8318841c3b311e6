#include "model/value.h"
#include "store/store_int.h"

#include <stdlib.h>

static void add_row(
	struct index_rows *rows, enum table table, enum attr attr, const struct key *key)
{
	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 2 : 32;
		struct index_row *grown = arena_array(rows->arena, capacity, sizeof(*grown));
		if (rows->count)
			memcpy(grown, rows->rows, rows->count * sizeof(*grown));
		rows->rows = grown;
		rows->capacity = capacity;
	}
	struct span copy = arena_copy(rows->arena, key_span(key));
	rows->rows[rows->count++] = (struct index_row){ table, attr, copy };
}

static int compare_rows(const void *left, const void *right)
{
	const struct index_row *a = left, *b = right;

	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return span_compare(a->key, b->key);
}

static void add_value(struct index_rows *rows, const struct record *record,
	const struct attr_row *attr, struct span normal)
{
	struct key key;

	if (attr->index & (INDEX_EQUALITY | INDEX_UNIQUE)) {
		key_value(&key, record->tenant, record->kind, attr->attr, normal);
		add_row(rows, attr->index & INDEX_UNIQUE ? TABLE_UNIQUE : TABLE_EQUALITY,
			attr->attr, &key);
	}
	if (attr->index & INDEX_ORDERED) {
		key_ordered(&key, record->tenant, record->kind, attr->attr, normal);
		add_row(rows, TABLE_ORDERED, attr->attr, &key);
	}
	if (!(attr->index & INDEX_TRIGRAM))
		return;
	for (size_t i = 0; i + 3 <= normal.len; i++) {
		key_trigram(&key, record->tenant, record->kind, attr->attr, normal.data + i);
		add_row(rows, TABLE_TRIGRAMS, attr->attr, &key);
	}
}

/* Sorts the rows from `from` on and drops what is there twice. */
static void sort_rows(struct index_rows *rows, size_t from)
{
	size_t n = from;

	if (rows->count - from < 2)
		return;
	qsort(rows->rows + from, rows->count - from, sizeof(*rows->rows), compare_rows);
	for (size_t i = from; i < rows->count; i++)
		if (n == from || compare_rows(&rows->rows[n - 1], &rows->rows[i]) != 0)
			rows->rows[n++] = rows->rows[i];
	rows->count = n;
}

/* Of the values [from, to) of the record, all of one attribute. */
static void index_collect(
	struct index_rows *rows, const struct record *record, size_t from, size_t to)
{
	size_t first = rows->count;
	struct key key;

	if (from == to)
		return;
	const struct attr_row *attr = attr_row(record_row(record, from).attr);
	if (attr->index & INDEX_PRESENCE) {
		key_attribute(&key, record->tenant, record->kind, attr->attr);
		add_row(rows, TABLE_PRESENCE, attr->attr, &key);
	}
	if (attr->index & ~(unsigned)INDEX_PRESENCE)
		for (size_t i = from; i < to; i++)
			add_value(rows, record, attr,
				value_normal(
					rows->arena, attr->attr, record_row(record, i).octets));
	sort_rows(rows, first);
}

/* The end of the run of rows of one attribute that begins at `from`. */
static size_t run_end(const struct record *record, size_t from)
{
	enum attr attr = record_row(record, from).attr;

	while (from < record->count && record_row(record, from).attr == attr)
		from++;
	return from;
}

static void collect_kind(struct index_rows *rows, const struct record *record)
{
	struct key key;

	key_attribute(&key, record->tenant, record->kind, ATTR_NONE);
	add_row(rows, TABLE_PRESENCE, ATTR_NONE, &key);
}

void index_collect_all(struct index_rows *rows, const struct record *record)
{
	collect_kind(rows, record);
	for (size_t from = 0, to; from < record->count; from = to) {
		to = run_end(record, from);
		index_collect(rows, record, from, to);
	}
}

static void change_unique(struct txn *txn, const struct index_row *row, uint32_t number, bool add)
{
	if (!add) {
		struct key key = { .len = row->key.len };
		memcpy(key.octets, row->key.data, row->key.len);
		table_delete(txn, TABLE_UNIQUE, &key);
		return;
	}
	struct unique_row *unique = arena_alloc(txn->arena, sizeof(*unique));
	*unique = (struct unique_row){ txn->unique, row->attr, number, row->key };
	txn->unique = unique;
}

static void change_ordered(struct txn *txn, const struct index_row *row, uint32_t number, bool add)
{
	struct key key = { .len = row->key.len };

	memcpy(key.octets, row->key.data, row->key.len);
	key_add_number(&key, number);
	if (add)
		table_put(txn, TABLE_ORDERED, &key, SPAN_NONE);
	else
		table_delete(txn, TABLE_ORDERED, &key);
}

static void change_row(struct txn *txn, const struct index_row *row, uint32_t number, bool add)
{
	if (row->table == TABLE_UNIQUE)
		change_unique(txn, row, number, add);
	else if (row->table == TABLE_ORDERED)
		change_ordered(txn, row, number, add);
	else
		pending_add(txn, row->table, row->key, number, add);
}

static void change_rows(struct txn *txn, const struct index_rows *before,
	const struct index_rows *after, uint32_t number)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < after->count) {
		int order = i == before->count  ? 1
			    : j == after->count ? -1
						: compare_rows(&before->rows[i], &after->rows[j]);
		if (order < 0) {
			change_row(txn, &before->rows[i++], number, false);
		} else if (order > 0) {
			change_row(txn, &after->rows[j++], number, true);
		} else {
			i++;
			j++;
		}
	}
}

static bool same_values(const struct record *a, size_t i, size_t i_end, const struct record *b,
	size_t j, size_t j_end)
{
	if (i_end - i != j_end - j)
		return false;
	for (; i < i_end; i++, j++)
		if (!span_equal(record_row(a, i).octets, record_row(b, j).octets))
			return false;
	return true;
}

/* Attribute by attribute: what has the same values needs no look at its rows. */
static void change_attributes(
	struct txn *txn, const struct record *before, const struct record *after)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < after->count) {
		struct index_rows old = { txn->arena }, new = { txn->arena };
		enum attr a = i < before->count ? record_row(before, i).attr : ATTR_LIMIT;
		enum attr b = j < after->count ? record_row(after, j).attr : ATTR_LIMIT;
		size_t i_end = a <= b ? run_end(before, i) : i;
		size_t j_end = b <= a ? run_end(after, j) : j;
		if (!same_values(before, i, i_end, after, j, j_end)) {
			index_collect(&old, before, i, i_end);
			index_collect(&new, after, j, j_end);
			change_rows(txn, &old, &new, after->number);
		}
		i = i_end;
		j = j_end;
	}
}

void index_change(struct txn *txn, const struct record *before, const struct record *after)
{
	struct index_rows old = { txn->arena }, new = { txn->arena };

	if (before && after) {
		change_attributes(txn, before, after);
		return;
	}
	if (before)
		index_collect_all(&old, before);
	if (after)
		index_collect_all(&new, after);
	for (size_t i = 0; i < old.count; i++)
		change_row(txn, &old.rows[i], before->number, false);
	for (size_t i = 0; i < new.count; i++)
		change_row(txn, &new.rows[i], after->number, true);
}

static const char *spelled(enum attr attr)
{
	const struct attr_row *row = attr_row(attr);

	return row->scim ? row->scim : row->ldap ? row->ldap : row->name;
}

void index_finish(struct txn *txn)
{
	for (struct unique_row *row = txn->unique; row; row = row->next) {
		struct key number = { 0 }, key = { .len = row->term.len };
		struct span present;
		memcpy(key.octets, row->term.data, row->term.len);
		key_add_number(&number, row->number);
		if (!table_add(txn, TABLE_UNIQUE, &key, key_span(&number), &present) &&
			!span_equal(present, key_span(&number)))
			txn_fail(txn, ERR_EXISTS, spelled(row->attr),
				"the value is taken by another entry");
	}
	txn->unique = NULL;
}
