#define _GNU_SOURCE /* memmem */

#include "store/verify_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void verify_fault(struct verify *v, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	v->faults++;
	v->report(v->arg, text);
}

void verify_failure(struct verify *v, enum table table)
{
	if (v->txn->err == OK)
		return;
	verify_fault(v, "The %s table cannot be read to its end: %s.", table_name(table),
		v->txn->why.text);
	v->txn->err = OK;
	v->txn->why = (struct why){ 0 };
}

void verify_walk(struct verify *v, enum table table,
	void (*row)(struct verify *v, struct cursor *cursor, void *arg), void *arg)
{
	struct cursor *cursor = cursor_take(v->txn, table);

	for (bool more = cursor_first(cursor); more; more = cursor_next(cursor)) {
		row(v, cursor, arg);
		verify_failure(v, table);
		arena_reset(v->arena);
	}
	verify_failure(v, table);
	cursor_release(cursor);
}

bool verify_entry(struct verify *v, uint32_t tenant, uint32_t number, struct record *record)
{
	struct why why = { 0 };
	struct span bytes;
	struct key key;

	key_entry(&key, tenant, number);
	return table_get(v->txn, TABLE_ENTRIES, &key, &bytes) &&
	       record_open(bytes, record, &why) == OK && record->tenant == tenant &&
	       record->number == number;
}

bool verify_is_erased(struct verify *v, uint32_t tenant)
{
	char name[32];
	struct audit_row row;
	struct span mark;
	uint64_t sequence;
	int len = snprintf(name, sizeof(name), STATE_ERASED "%u", (unsigned)tenant);

	if (!txn_state(v->txn, 0, span_of(name, (size_t)len), &mark) ||
		!span_to_u64(span_cut(&mark, ' '), &sequence) ||
		!txn_audit(v->txn, 0, sequence, &row))
		return false;
	struct span id = span_cut(&mark, ' ');
	return span_starts(row.json, SPAN("{\"action\":\"tenant.erase.started\"")) && id.len &&
	       memmem(row.json.data, row.json.len, id.data, id.len);
}

static enum err run(const char *path, const struct audit_trust *trust,
	void (*report)(void *arg, const char *sentence), void *arg,
	void (*const parts[])(struct verify *v), struct why *why)
{
	struct verify v = { .report = report, .arg = arg, .trust = trust };
	struct store *store;
	enum err err = store_open_to_read(path, &store, why);

	if (err != OK)
		return err;
	err = txn_begin_read(store, &v.txn, why);
	if (err == OK) {
		v.arena = arena_new();
		for (size_t i = 0; parts[i]; i++)
			parts[i](&v);
		arena_free(v.arena);
		txn_end(v.txn);
	}
	store_close(store);
	if (err == OK && v.faults)
		err = fail(why, ERR_CORRUPT, NULL, "the store has %llu faults",
			(unsigned long long)v.faults);
	return err;
}

enum err store_verify(const char *path, void (*report)(void *arg, const char *sentence), void *arg,
	struct why *why)
{
	static void (*const parts[])(struct verify * v) = { verify_entries, verify_indexes,
		verify_edges, verify_stamps, verify_state, verify_journal, verify_audit,
		verify_activity, verify_provision, NULL };

	return run(path, NULL, report, arg, parts, why);
}

enum err store_verify_audit(const char *path, const struct audit_trust *trust,
	void (*report)(void *arg, const char *sentence), void *arg, struct why *why)
{
	static void (*const parts[])(struct verify * v) = { verify_audit, NULL };

	return run(path, trust, report, arg, parts, why);
}
