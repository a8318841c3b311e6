/* A real store in a folder of its own, and the few steps that every test repeats. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "../folder.h"

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	char path[64];
	struct store *store;
	struct arena *arena;
};

/* For cmocka's setup and teardown; the folder goes with it. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

struct txn *begin_write(struct fixture *f);
void commit(struct txn *txn);
struct txn *begin_read(struct fixture *f);

/* A new entry with an id and a fresh number. */
struct entry *new_entry(
	struct fixture *f, struct txn *txn, uint32_t tenant, enum kind kind, const char *name);
void add_value(struct entry *entry, enum attr attr, const char *text);
struct span record_of(struct arena *arena, const struct entry *entry);
/* One change with one effect; one of the two entries may be NULL. */
void apply_entry(
	struct fixture *f, struct txn *txn, const struct entry *before, const struct entry *after);
/* Adds or removes the membership. */
void apply_edge(struct fixture *f, struct txn *txn, const struct entry *container,
	const struct entry *member, bool add);
/* The numbers that are left, in the order they come; closes the postings. */
size_t collect(struct postings *p, uint32_t *numbers, size_t most);

/* The number of faults that verify reports; the sentences go to standard error when some are
 * unexpected. */
unsigned faults_of(const char *path, bool expected);

#endif
