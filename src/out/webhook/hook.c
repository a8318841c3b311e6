#include "out/webhook/webhook_int.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

#define HOOK_STATE_MAX 256

bool hook_wants(const struct hook *hook, const char *type)
{
	for (size_t i = 0; i < hook->pattern_count; i++)
		if (event_matches(type, hook->patterns[i]))
			return true;
	return hook->pattern_count == 0;
}

static enum err read_key(struct core *core, const struct hook *hook, struct span sealed,
	struct hook_key *key, struct why *why)
{
	struct span secret, octets;

	enum err err = core_unseal(core, hook->arena, &hook->id, sealed, &secret, why);
	if (err != OK)
		return err;
	if (!span_starts(secret, SPAN("whsec_")) ||
		!base64_parse(hook->arena, span_from(secret, 6), &octets) ||
		octets.len > sizeof key->octets)
		return fail(why, ERR_VALUE, "secret", "the signing secret is malformed");
	memcpy(key->octets, octets.data, octets.len);
	key->len = octets.len;
	secret_wipe((uint8_t *)secret.data, secret.len);
	secret_wipe((uint8_t *)octets.data, octets.len);
	return OK;
}

static enum err read_keys(
	struct core *core, struct hook *hook, const struct record *record, struct why *why)
{
	struct span old = record_first(record, ATTR_OLD_SEALED_SECRET);

	hook->old_until = 0;
	enum err err =
		read_key(core, hook, record_first(record, ATTR_SEALED_SECRET), &hook->key, why);
	if (err != OK || !time_parse_generalized(
				 record_first(record, ATTR_OLD_SECRET_EXPIRES), &hook->old_until))
		return err;
	return read_key(core, hook, old, &hook->old_key, why);
}

static void read_patterns(struct hook *hook, const struct record *record)
{
	size_t first = record_find(record, ATTR_EVENT_TYPE);
	size_t end = first;

	while (end < record->count && record_row(record, end).attr == ATTR_EVENT_TYPE)
		end++;
	hook->pattern_count = end - first;
	hook->patterns = arena_array(hook->arena, hook->pattern_count, sizeof *hook->patterns);
	for (size_t i = first; i < end; i++)
		hook->patterns[i - first] = arena_copy(hook->arena, record_row(record, i).octets);
}

bool hook_read(struct core *core, struct hook *hook, const struct record *record)
{
	struct why why = { 0 };

	arena_free(hook->arena);
	hook->arena = arena_new();
	hook->id = record->id;
	hook->revision = record->revision;
	hook->uri = arena_string(hook->arena, record_first(record, ATTR_URI));
	read_patterns(hook, record);
	hook->attempts = 0;
	hook->next_try = 0;
	hook->active = record_is_true(record, ATTR_ACTIVE);
	if (read_keys(core, hook, record, &why) == OK)
		return true;
	hook->active = false;
	log_event(LOG_LEVEL_ERROR, "webhook.unusable", L_INT("tenant", record->tenant),
		L_INT("webhook", record->number), L_WHY(&why));
	return false;
}

/* The journal's times rise with its sequences: the first change that is not older than the hook is
 * its own creation, which is the first thing that it is told of. */
static uint64_t sequence_at(struct view *view, uint32_t tenant, int64_t time)
{
	struct arena *arena = arena_new();
	uint64_t low = 0, high = view_journal_last(view, tenant);

	while (low < high) {
		uint64_t middle = low + (high - low + 1) / 2;
		struct change change;
		struct span bytes;

		bool old = !view_journal(view, tenant, middle, &bytes) ||
			   change_read(arena, bytes, &change, NULL) != OK || change.time < time;
		if (old)
			low = middle;
		else
			high = middle - 1;
		arena_reset(arena);
	}
	arena_free(arena);
	return low;
}

void hook_find_start(struct view *view, struct hook *hook, int64_t created)
{
	struct arena *arena = arena_new();
	struct span value;

	if (view_state(view, hook->tenant, hook_state_key(arena, hook), &value)) {
		struct reader in = reader_of(value);

		hook->sequence = read_u64(&in);
		hook->position = read_u32(&in);
		hook->failing_since = (int64_t)read_u64(&in);
		hook->delivered = (int64_t)read_u64(&in);
		hook->failed = (int64_t)read_u64(&in);
		hook->status = (int)read_u32(&in);
		struct span reason = read_span(&in);
		snprintf(hook->reason, sizeof hook->reason, "%.*s", SPAN_ARGS(reason));
	} else {
		hook->sequence = sequence_at(view, hook->tenant, created);
	}
	arena_free(arena);
}

struct span hook_state_key(struct arena *arena, const struct hook *hook)
{
	char id[UUID_TEXT + 1];

	uuid_format(&hook->id, id);
	return span_str(arena_printf(arena, "webhook/%s/cursor", id));
}

struct span hook_state_value(struct arena *arena, const struct hook *hook)
{
	struct buffer value;

	buffer_init(&value, HOOK_STATE_MAX);
	write_u64(&value, hook->sequence);
	write_u32(&value, hook->position);
	write_u64(&value, (uint64_t)hook->failing_since);
	write_u64(&value, (uint64_t)hook->delivered);
	write_u64(&value, (uint64_t)hook->failed);
	write_u32(&value, (uint32_t)hook->status);
	write_span(&value, span_str(hook->reason));
	struct span copy = arena_copy(arena, buffer_span(&value));
	buffer_free(&value);
	return copy;
}

void hook_free(struct hook *hook)
{
	secret_wipe(&hook->key, sizeof hook->key);
	secret_wipe(&hook->old_key, sizeof hook->old_key);
	arena_free(hook->arena);
	free(hook);
}

int64_t retry_delay(unsigned attempts, uint16_t random)
{
	int64_t full = 3600 * SECOND;

	if (attempts < 12 && SECOND << attempts < full)
		full = SECOND << attempts;
	return full / 2 + full / 2 * random / UINT16_MAX;
}
