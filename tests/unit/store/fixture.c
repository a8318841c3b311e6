#include "fixture.h"

#include "base/limits.h"
#include "model/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void fixture_open(struct fixture *f)
{
	struct store_options options = { .path = f->path, .create = true, .readers = 4 };
	struct why why = { 0 };

	if (store_open(&options, &f->store, &why) != OK)
		fail_msg("%s", why.text);
}

void fixture_close(struct fixture *f)
{
	if (f->store)
		store_close(f->store);
	f->store = NULL;
}

int fixture_setup(void **state)
{
	struct fixture *f = heap_zalloc(sizeof(*f));

	snprintf(f->path, sizeof(f->path), "/tmp/muster-store-XXXXXX");
	if (!mkdtemp(f->path))
		return -1;
	f->arena = arena_new();
	fixture_open(f);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	arena_free(f->arena);
	remove_folder(f->path);
	free(f);
	return 0;
}

struct txn *begin_write(struct fixture *f)
{
	struct why why = { 0 };
	struct txn *txn;

	if (txn_begin_write(f->store, &txn, &why) != OK)
		fail_msg("%s", why.text);
	return txn;
}

void commit(struct txn *txn)
{
	struct why why = { 0 };

	if (txn_commit(txn, &why) != OK)
		fail_msg("%s", why.text);
}

struct txn *begin_read(struct fixture *f)
{
	struct why why = { 0 };
	struct txn *txn;

	if (txn_begin_read(f->store, &txn, &why) != OK)
		fail_msg("%s", why.text);
	return txn;
}

struct entry *new_entry(
	struct fixture *f, struct txn *txn, uint32_t tenant, enum kind kind, const char *name)
{
	struct entry *entry = entry_new(f->arena, kind);

	entry->tenant = tenant;
	entry->number = txn_new_number(txn, tenant);
	entry->id = uuid_new();
	entry->revision = 1;
	add_value(entry, kind_row(kind)->naming, name);
	return entry;
}

void add_value(struct entry *entry, enum attr attr, const char *text)
{
	uint16_t instance = entry_next_instance(entry, attr, attr);
	struct why why = { 0 };

	assert_int_equal(entry_add(entry, attr, instance, SOURCE_LOCAL, span_str(text), &why), OK);
}

struct span record_of(struct arena *arena, const struct entry *entry)
{
	struct why why = { 0 };
	struct buffer out;

	if (!entry)
		return SPAN_NONE;
	buffer_init(&out, LIMIT_RECORD_OCTETS);
	if (record_write(&out, entry, &why) != OK)
		fail_msg("%s", why.text);
	struct span copy = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return copy;
}

static void apply(struct txn *txn, uint32_t tenant, struct effect *effect)
{
	struct change change = { .tenant = tenant,
		.operation = uuid_new(),
		.actor_type = ACTOR_SYSTEM,
		.channel = CHANNEL_INTERNAL,
		.effects = effect,
		.count = 1 };

	txn_apply(txn, &change);
}

void apply_entry(
	struct fixture *f, struct txn *txn, const struct entry *before, const struct entry *after)
{
	const struct entry *either = after ? after : before;
	struct effect effect = { .type = EFFECT_ENTRY,
		.kind = either->kind,
		.number = either->number,
		.id = either->id,
		.before = record_of(f->arena, before),
		.after = record_of(f->arena, after) };

	apply(txn, either->tenant, &effect);
}

void apply_edge(struct fixture *f, struct txn *txn, const struct entry *container,
	const struct entry *member, bool add)
{
	struct edge edge = { .container_kind = container->kind,
		.member_kind = member->kind,
		.container_id = container->id,
		.member_id = member->id,
		.source_count = 1,
		.member_name = entry_first(member, kind_row(member->kind)->naming) };
	struct buffer out;

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	edge_write(&out, &edge);
	struct span value = arena_copy(f->arena, buffer_span(&out));
	buffer_free(&out);
	struct effect effect = { .type = EFFECT_EDGE,
		.kind = container->kind,
		.number = container->number,
		.id = container->id,
		.member_kind = member->kind,
		.member = member->number,
		.member_id = member->id,
		.before = add ? SPAN_NONE : value,
		.after = add ? value : SPAN_NONE };
	apply(txn, container->tenant, &effect);
}

size_t collect(struct postings *p, uint32_t *numbers, size_t most)
{
	uint32_t number = 0;
	size_t n = 0;

	while (n < most && postings_next(p, number + 1, &number))
		numbers[n++] = number;
	postings_close(p);
	return n;
}

struct reporting {
	unsigned faults;
	bool expected;
};

static void count_fault(void *arg, const char *sentence)
{
	struct reporting *reporting = arg;

	reporting->faults++;
	if (!reporting->expected)
		fprintf(stderr, "%s\n", sentence);
}

unsigned faults_of(const char *path, bool expected)
{
	struct reporting reporting = { 0, expected };
	struct why why = { 0 };
	enum err err = store_verify(path, count_fault, &reporting, &why);

	if (err != OK && err != ERR_CORRUPT)
		fail_msg("%s", why.text);
	assert_int_equal(err == OK, reporting.faults == 0);
	return reporting.faults;
}
