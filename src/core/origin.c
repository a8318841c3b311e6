#include "core/decide_int.h"

#include "base/codec.h"
#include "base/limits.h"
#include "core/claim.h"
#include "model/pin.h"
#include "model/target.h"
#include "model/value.h"

#define GROUPS_MAX 1000 /* above one person */
#define CHANGES_MAX 256 /* looked at for the one that began a membership */

/* ---- the groups above a person ---- */

struct rung {
	struct record group;
	size_t below; /* place of the step that it holds; its own: it holds the person */
	unsigned height;
};

static bool has_seen(const struct climb *climb, uint32_t number)
{
	for (size_t i = 0; i < climb->count; i++)
		if (climb->rungs[i].group.number == number)
			return true;
	return false;
}

static void climb_over(const struct moment *moment, struct climb *climb, uint32_t member,
	size_t below, unsigned height)
{
	struct record group;
	uint32_t number = 0;
	struct walk *held = walk_containers(moment, member, KIND_GROUP);
	while (climb->count < GROUPS_MAX && walk_next(held, number + 1, &number))
		if (!has_seen(climb, number) && moment_entry(moment, KIND_GROUP, number, &group)) {
			climb->rungs[climb->count] = (struct rung){ group,
				below == SIZE_MAX ? climb->count : below, height };
			climb->count++;
		}
	walk_close(held);
}

static void climb_all(const struct moment *moment, struct climb *climb, uint32_t holder)
{
	if (climb->rungs)
		return;
	climb->rungs = arena_array(moment->arena, GROUPS_MAX, sizeof *climb->rungs);
	climb_over(moment, climb, holder, SIZE_MAX, 1);
	for (size_t i = 0; i < climb->count; i++)
		if (climb->rungs[i].height <= LIMIT_NESTING)
			climb_over(moment, climb, climb->rungs[i].group.number, i,
				climb->rungs[i].height + 1);
}

/* ---- what a directory or a connection maps ---- */

static bool is_linked(const struct record *group, uint16_t source, struct uuid anchor)
{
	for (size_t i = record_find(group, ATTR_LINK); i < group->count; i++) {
		struct value link = record_row(group, i);
		if (link.attr != ATTR_LINK)
			break;
		if (link.octets.len == 2 + sizeof anchor.octets &&
			get_be16(link.octets.data) == source &&
			memcmp(link.octets.data + 2, anchor.octets, sizeof anchor.octets) == 0)
			return true;
	}
	return false;
}

/* Which group a directory's row means was found once, whatever it is called now. */
static bool is_pinned(const struct moment *moment, const struct record *directory, uint16_t source,
	const struct record *group, struct span row, bool *known)
{
	struct reader in;
	struct span value;
	struct pin pin;
	*known = false;
	if (directory->kind != KIND_DIRECTORY ||
		!txn_state(moment->txn, moment->tenant, pins_key(moment->arena, directory->number),
			&value) ||
		!pins_open(value, &in))
		return false;
	while (pin_next(&in, &pin))
		if (span_equal(pin.row, row) && !uuid_is_nil(&pin.anchor)) {
			*known = true;
			return is_linked(group, source, pin.anchor);
		}
	return false;
}

/* A group is mapped by its name, by its id or by what its entry is called upstream. */
static bool is_meant(const struct record *group, uint16_t source, struct span text)
{
	struct uuid anchor;
	if (value_equal(ATTR_COMMON_NAME, text, record_first(group, ATTR_COMMON_NAME)))
		return true;
	return uuid_parse(text, &anchor) &&
	       (uuid_equal(&anchor, &group->id) || is_linked(group, source, anchor));
}

static bool leads_to(const struct moment *moment, const struct record *directory, uint16_t source,
	const struct record *group, const struct record *container)
{
	bool known;
	struct target target;
	struct span name = record_first(container, ATTR_COMMON_NAME);
	for (size_t i = record_find(directory, ATTR_GROUP_MAPPING); i < directory->count; i++) {
		struct value row = record_row(directory, i);
		if (row.attr != ATTR_GROUP_MAPPING)
			break;
		if (!target_parse(row.octets, &target) || target.kind != container->kind ||
			!value_equal(ATTR_COMMON_NAME, target.name, name))
			continue;
		bool pinned = is_pinned(moment, directory, source, group, row.octets, &known);
		if (pinned || (!known && is_meant(group, source, target.group)))
			return true;
	}
	return false;
}

static struct named name_of(const struct record *record)
{
	return (struct named){ record->id, record_first(record, kind_row(record->kind)->naming) };
}

static void tell_groups(
	const struct moment *moment, const struct climb *climb, size_t top, struct origin *origin)
{
	size_t count = climb->rungs[top].height;
	origin->groups = arena_array(moment->arena, count, sizeof *origin->groups);
	origin->group_count = count;
	for (size_t i = count, at = top; i > 0; i--, at = climb->rungs[at].below)
		origin->groups[i - 1] = name_of(&climb->rungs[at].group);
}

static void tell_path(const struct moment *moment, struct climb *climb, uint32_t holder,
	const struct record *directory, uint16_t source, const struct record *container,
	struct origin *origin)
{
	climb_all(moment, climb, holder);
	for (size_t i = 0; i < climb->count; i++)
		if (leads_to(moment, directory, source, &climb->rungs[i].group, container)) {
			tell_groups(moment, climb, i, origin);
			return;
		}
}

/* ---- who stands behind it ---- */

static bool is_claimed(const struct telling *telling, const struct record *container)
{
	struct record user;
	return container->kind == KIND_ROLE &&
	       moment_entry(&telling->moment, KIND_USER, telling->holder, &user) &&
	       record_claims(telling->moment.arena, &user, container);
}

static struct origin tell_origin(
	struct telling *telling, uint16_t source, const struct record *container)
{
	const struct moment *moment = &telling->moment;
	struct record owner;
	char digits[8];
	if (source == SOURCE_LOCAL)
		return (struct origin){ .type = ORIGIN_LOCAL };
	bool follows = source != SOURCE_DERIVED && (source & SOURCE_FOLLOWS);
	if (follows)
		source &= (uint16_t)~SOURCE_FOLLOWS;
	int len = snprintf(digits, sizeof digits, "%u", (unsigned)source);
	struct span normal = span_of(digits, (size_t)len);
	if (moment_find(moment, KIND_CLIENT, ATTR_SOURCE_NUMBER, normal, &owner)) {
		struct origin origin = { .type = ORIGIN_CLIENT,
			.by = name_of(&owner),
			.client_type = record_first(&owner, ATTR_CLIENT_TYPE) };
		if (follows && !is_claimed(telling, container))
			tell_path(moment, &telling->climb, telling->holder, &owner, source,
				container, &origin);
		return origin;
	}
	if (!moment_find(moment, KIND_DIRECTORY, ATTR_SOURCE_NUMBER, normal, &owner))
		return (struct origin){ .type = ORIGIN_GONE };
	struct origin origin = { .type = ORIGIN_DIRECTORY, .by = name_of(&owner) };
	tell_path(moment, &telling->climb, telling->holder, &owner, source, container, &origin);
	return origin;
}

/* ---- the change that began it ---- */

/* Times rise with the sequences. */
static uint64_t first_since(struct telling *telling, const struct head *head, int64_t since)
{
	struct span bytes;
	struct change change;
	uint64_t low = head->first, high = head->last;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		arena_reset(telling->scratch);
		if (!txn_journal(telling->moment.txn, telling->moment.tenant, middle, &bytes) ||
			change_read(telling->scratch, bytes, &change, NULL))
			return 0;
		if (change.time < since)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool begins(const struct change *change, const struct edge *edge)
{
	for (size_t i = 0; i < change->count; i++) {
		const struct effect *effect = &change->effects[i];
		if (effect->type == EFFECT_EDGE && effect->number == edge->container &&
			effect->member == edge->member && effect->after.len && !effect->before.len)
			return true;
	}
	return false;
}

static void tell_beginning(
	struct telling *telling, const struct edge *edge, struct membership *membership)
{
	struct head head;
	struct span bytes;
	struct change change;
	uint32_t tenant = telling->moment.tenant;
	if (!txn_head(telling->moment.txn, tenant, &head) || !head.last)
		return;
	uint64_t first = first_since(telling, &head, edge->since);
	for (uint64_t at = first; at && at <= head.last && at < first + CHANGES_MAX; at++) {
		arena_reset(telling->scratch);
		if (!txn_journal(telling->moment.txn, tenant, at, &bytes) ||
			change_read(telling->scratch, bytes, &change, NULL))
			return;
		if (!begins(&change, edge))
			continue;
		membership->sequence = at;
		membership->actor_type = change.actor_type;
		membership->channel = change.channel;
		membership->actor_name = change.actor_name;
		return;
	}
}

bool tell_membership(
	struct telling *telling, enum kind kind, uint32_t container, struct membership *membership)
{
	struct edge edge;
	struct record record;
	if (!moment_edge(&telling->moment, container, telling->holder, &edge) ||
		!moment_entry(&telling->moment, kind, container, &record))
		return false;
	*membership = (struct membership){ .container = name_of(&record), .since = edge.since };
	membership->origins = arena_array(
		telling->moment.arena, edge.source_count + 1, sizeof *membership->origins);
	for (size_t i = 0; i < edge.source_count; i++)
		membership->origins[membership->origin_count++] =
			tell_origin(telling, edge.sources[i], &record);
	tell_beginning(telling, &edge, membership);
	return true;
}
