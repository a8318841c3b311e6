/* A real core on a store in a folder of its own, with the tenants acme and globex, and the few
 * steps that every test repeats. */
#ifndef TESTS_CORE_FIXTURE_H
#define TESTS_CORE_FIXTURE_H

#include "../folder.h"

#include "base/clock.h"
#include "base/metric.h"
#include "core/core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* With which a tenant's journal and audit begin: its settings and its roles. */
#define NEW_TENANT_ROWS (1 + 6)

struct fixture {
	char path[64];
	struct core *core;
	struct view *view;
	struct arena *arena;
	struct actor operator;
	uint32_t acme, globex;
};

/* What the tests refer to an entry by. */
struct ref {
	enum kind kind;
	uint32_t tenant, number;
	struct uuid id;
};

int fixture_setup(void **state);
/* Whatever a test did, the store behind it must be sound. */
int fixture_teardown(void **state);
int fixture_teardown_damaged(void **state); /* the test itself broke it */
void fixture_open(struct fixture *f, uint64_t quota);
void fixture_close(struct fixture *f);

/* The view, renewed: what was committed before is seen. */
struct view *look(struct fixture *f);

struct entry *new_entry(struct fixture *f, enum kind kind, const char *name);
void add_value(struct entry *entry, enum attr attr, const char *text);
struct outcome create(
	struct fixture *f, const struct actor *actor, uint32_t tenant, const struct entry *entry);
/* Created by the operator; the test ends when it is refused. */
struct ref make(struct fixture *f, uint32_t tenant, const struct entry *entry);
struct ref make_user(struct fixture *f, uint32_t tenant, const char *name);
struct ref make_named(struct fixture *f, uint32_t tenant, enum kind kind, const char *name);
uint32_t make_tenant(struct fixture *f, const char *name);
struct ref make_role(struct fixture *f, uint32_t tenant, const char *name, const char *permission);
struct ref find(struct fixture *f, uint32_t tenant, enum kind kind, const char *name);

struct outcome modify(struct fixture *f, const struct actor *actor, struct ref ref,
	enum patch_op op, enum attr attr, const char *text);
/* `reason` may be NULL. */
struct outcome modify_all(struct fixture *f, const struct actor *actor, struct ref ref,
	const struct modification *mods, size_t count, const char *reason);
/* By the operator: the attribute refers to that entry now. */
struct outcome point(struct fixture *f, struct ref ref, enum attr attr, struct ref target);
struct outcome remove_entry(struct fixture *f, const struct actor *actor, struct ref ref);
struct outcome join(
	struct fixture *f, const struct actor *actor, struct ref container, struct ref member);
struct outcome leave(
	struct fixture *f, const struct actor *actor, struct ref container, struct ref member);
/* What one command gives a user, or takes: a list ended by KIND_NONE. */
struct outcome assign(struct fixture *f, const struct actor *actor, struct ref user,
	const struct container_delta *containers, uint32_t replace_kinds);
struct container_delta giving(struct ref container);
struct container_delta taking(struct ref container);
/* Of the preset, by its name. */
uint32_t make_tenant_of(struct fixture *f, const char *preset);
/* "roles.cardinality=single", by the operator. */
void put_policy(struct fixture *f, uint32_t tenant, const char *policy);
void must_join(struct fixture *f, struct ref container, struct ref member);

/* The actor of a user or client as it would sign in now. */
struct actor act_as(struct fixture *f, struct ref ref);
struct actor act_as_directory(struct fixture *f, struct ref ref);
/* A user who holds the built-in role. */
struct ref make_holder(struct fixture *f, uint32_t tenant, const char *name, const char *role);
bool holds(struct fixture *f, struct ref container, struct ref member);
struct record read_entry(struct fixture *f, struct ref ref);
void assert_first(struct fixture *f, struct ref ref, enum attr attr, const char *text);
uint64_t audit_count(struct fixture *f, uint32_t tenant);
/* The newest audit row of the tenant, terminated. */
const char *last_audit(struct fixture *f, uint32_t tenant);

void assert_outcome(struct outcome outcome, enum err wanted, const char *file, int line);
#define assert_err(result, wanted) assert_outcome(result, wanted, __FILE__, __LINE__)

#endif
