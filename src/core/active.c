#include "core/core_int.h"

static struct span own_reason(struct run *run)
{
	if (run->actor->type != ACTOR_DIRECTORY)
		return SPAN("local");
	return span_str(arena_printf(run->arena, "upstream:%u", (unsigned)run->actor->source));
}

static const struct value *find_reason(const struct entry *entry, struct span reason)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ATTR_INACTIVE_REASON, i)); i++)
		if (span_equal(value->octets, reason))
			return value;
	return NULL;
}

static enum err held_by(struct run *run, const struct entry *entry)
{
	struct span name;
	uint64_t source;
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ATTR_INACTIVE_REASON, i)); i++)
		if (span_starts(value->octets, SPAN("upstream:")) &&
			span_to_u64(span_from(value->octets, 9), &source) &&
			source_directory(run, entry->tenant, (uint16_t)source, &name))
			return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_ACTIVE),
				"kept inactive by the directory %.*s", SPAN_ARGS(name));
	return OK;
}

/* What stands against the entry from directories that are gone: nobody else could lift it. */
static void drop_orphans(struct run *run, struct entry *entry)
{
	struct span name;
	uint64_t source;
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ATTR_INACTIVE_REASON, i));) {
		if (span_starts(value->octets, SPAN("upstream:")) &&
			span_to_u64(span_from(value->octets, 9), &source) &&
			!source_directory(run, entry->tenant, (uint16_t)source, &name))
			entry_remove_instance(entry, ATTR_INACTIVE_REASON, value->instance);
		else
			i++;
	}
}

enum err active_apply(struct run *run, struct entry *entry, struct span wanted)
{
	struct span reason = own_reason(run);
	const struct value *standing = find_reason(entry, reason);
	if (span_equal(wanted, SPAN("TRUE"))) {
		if (standing)
			entry_remove_instance(entry, ATTR_INACTIVE_REASON, standing->instance);
		if (run->actor->type == ACTOR_DIRECTORY)
			return OK;
		drop_orphans(run, entry);
		return standing ? OK : held_by(run, entry);
	}
	if (!span_equal(wanted, SPAN("FALSE")))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_ACTIVE), "true or false");
	if (standing)
		return OK;
	uint16_t instance = entry_next_instance(entry, ATTR_INACTIVE_REASON, ATTR_INACTIVE_REASON);
	return entry_add(
		entry, ATTR_INACTIVE_REASON, instance, run->actor->source, reason, run->why);
}

void active_keep(struct entry *entry)
{
	bool active = !entry_has(entry, ATTR_INACTIVE_REASON);
	entry_set(entry, ATTR_ACTIVE, SOURCE_LOCAL, active ? SPAN("TRUE") : SPAN("FALSE"), NULL);
}

bool entry_is_active(const struct entry *entry)
{
	return span_equal(entry_first(entry, ATTR_ACTIVE), SPAN("TRUE"));
}

bool record_is_active(const struct record *record)
{
	return record_is_true(record, ATTR_ACTIVE);
}

bool record_has_reason(const struct record *record, struct span reason)
{
	for (size_t i = record_find(record, ATTR_INACTIVE_REASON); i < record->count; i++) {
		struct value row = record_row(record, i);
		if (row.attr != ATTR_INACTIVE_REASON)
			break;
		if (span_equal(row.octets, reason))
			return true;
	}
	return false;
}
