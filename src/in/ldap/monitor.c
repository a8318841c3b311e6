/* cn=Monitor: the figures of the door as entries, for those with monitor.view; for everybody else
 * it is not there. The figures are the server's, of all tenants together, and name nobody. */
#include "in/ldap/search_int.h"

#include "base/clock.h"
#include "base/metric.h"
#include "model/value.h"

#include <inttypes.h>

#define AT(member) offsetof(struct tally, member)
#define STARTED(operation) offsetof(struct tally, started[TALLY_##operation])
#define DONE(operation) offsetof(struct tally, completed[TALLY_##operation])

enum form {
	NOTHING,
	VERSION,
	COUNTER,
	OPERATIONS,
	ALL_OPERATIONS,
	MESSAGES,
	ZERO,
	INFO,
	LOOPS,
	HASHES,
	START,
	NOW,
	UPTIME,
	READERS,
};

static const struct monitor_row {
	const char *rdn, *parent, *class;
	enum form form;
	size_t figure, other;
} rows[] = {
#define MONITOR(rdn, parent, class, form, figure, other)                                           \
	{ rdn, parent, class, form, figure, other },
#include "in/ldap/monitor.def"
#undef MONITOR
};
#define ROWS (sizeof rows / sizeof *rows)

/* ---- finding ---- */

static bool is_named(const struct ava *ava, const char *name)
{
	return ava->last && ava->attr == ATTR_COMMON_NAME &&
	       value_equal(ATTR_COMMON_NAME, ava->value, span_str(name));
}

static const struct monitor_row *find_below(const struct dn *dn)
{
	const char *parent = dn->count == 3 ? NULL : "Monitor";

	for (size_t i = 1; i < ROWS; i++) {
		if (!is_named(&dn->avas[0], rows[i].rdn))
			continue;
		if (parent ? strcmp(rows[i].parent, parent) == 0
			   : is_named(&dn->avas[1], rows[i].parent))
			return &rows[i];
	}
	return NULL;
}

bool monitor_is_meant(const struct dn *dn)
{
	return dn->count > 0 && dn->rdns == dn->count &&
	       is_named(&dn->avas[dn->count - 1], rows[0].rdn);
}

int monitor_find(const struct identity *identity, const struct dn *dn, struct target *target)
{
	if (!identity->bound)
		return RESULT_ACCESS;
	if (!actor_may(&identity->actor, PERM_MONITOR_VIEW) || dn->count > 3)
		return RESULT_NO_SUCH_OBJECT;
	target->monitor = dn->count == 1 ? &rows[0] : find_below(dn);
	return target->monitor ? RESULT_SUCCESS : RESULT_NO_SUCH_OBJECT;
}

/* ---- values ---- */

static uint64_t sum_operations(const struct ldap_door *door, size_t first)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < TALLY_OPERATIONS; i++)
		sum += tally_sum(door, first + i * sizeof(_Atomic uint64_t));
	return sum;
}

static uint64_t counted(const struct ldap_door *door, const struct monitor_row *row)
{
	uint64_t open = tally_sum(door, AT(open)), unread = tally_sum(door, AT(unread));

	switch (row->form) {
	case MESSAGES:
		return sum_operations(door, AT(completed)) + tally_sum(door, AT(entries));
	case ZERO:
		return 0;
	case LOOPS:
		return door->shard_count;
	case HASHES:
		return (uint64_t)metric_get(METRIC_HASH_QUEUE);
	case UPTIME:
		return (uint64_t)((clock_monotonic() - door->started) / SECOND);
	case READERS:
		return open > unread ? open - unread : 0;
	default:
		return tally_sum(door, row->figure);
	}
}

/* ---- entries ---- */

#define VALUES 12

static void put(struct special *special, enum attr attr, const char *name, struct span value)
{
	bool operational = attr == ATTR_NONE || attr_has(attr, ATTR_OPERATIONAL);

	special->values[special->count++] =
		(struct special_value){ attr, name, operational, value };
}

static void put_known(struct special *special, enum attr attr, struct span value)
{
	put(special, attr, attr_row(attr)->ldap, value);
}

static void put_number(
	struct special *special, struct arena *arena, const char *name, uint64_t number)
{
	put(special, ATTR_NONE, name, span_str(arena_printf(arena, "%" PRIu64, number)));
}

static void put_moment(struct special *special, struct arena *arena, int64_t wall)
{
	char *text = arena_alloc(arena, TIME_TEXT_MAX);

	put(special, ATTR_NONE, "monitorTimestamp",
		span_of(text, time_format_generalized(wall, text)));
}

static void put_figures(struct special *special, struct arena *arena, const struct ldap_door *door,
	const struct monitor_row *row)
{
	bool all = row->form == ALL_OPERATIONS;

	switch (row->form) {
	case NOTHING:
		break;
	case VERSION:
		put(special, ATTR_NONE, "monitoredInfo", SPAN("Muster " MUSTER_VERSION));
		break;
	case OPERATIONS:
	case ALL_OPERATIONS:
		put_number(special, arena, "monitorOpInitiated",
			all ? sum_operations(door, AT(started)) : tally_sum(door, row->figure));
		put_number(special, arena, "monitorOpCompleted",
			all ? sum_operations(door, AT(completed)) : tally_sum(door, row->other));
		break;
	case START:
		put_moment(special, arena, clock_wall() - (clock_monotonic() - door->started));
		break;
	case NOW:
		put_moment(special, arena, clock_wall());
		break;
	case INFO:
	case LOOPS:
	case HASHES:
	case UPTIME:
		put_number(special, arena, "monitoredInfo", counted(door, row));
		break;
	default:
		put_number(special, arena, "monitorCounter", counted(door, row));
	}
}

static const struct monitor_row *parent_of(const struct monitor_row *row)
{
	for (size_t i = 0; i < ROWS && row->parent; i++)
		if (strcmp(rows[i].rdn, row->parent) == 0)
			return &rows[i];
	return NULL;
}

static bool has_children(const struct monitor_row *row)
{
	for (size_t i = 1; i < ROWS; i++)
		if (parent_of(&rows[i]) == row)
			return true;
	return false;
}

static struct span dn_of(struct conn *conn, const struct monitor_row *row)
{
	struct buffer *scratch = &conn->shard->scratch;

	buffer_reset(scratch);
	buffer_putf(scratch, "cn=%s", row->rdn);
	while ((row = parent_of(row)))
		buffer_putf(scratch, ",cn=%s", row->rdn);
	return arena_copy(conn->shard->turn, buffer_span(scratch));
}

void monitor_build(struct conn *conn, const struct monitor_row *row, struct special *special)
{
	struct arena *arena = conn->shard->turn;

	*special = (struct special){ .dn = dn_of(conn, row),
		.values = arena_array(arena, VALUES, sizeof *special->values) };
	put_known(special, ATTR_OBJECT_CLASS, span_str(row->class));
	put_known(special, ATTR_COMMON_NAME, span_str(row->rdn));
	put_figures(special, arena, conn->shard->door, row);
	put_known(special, ATTR_STRUCTURAL_CLASS, span_str(row->class));
	put_known(special, ATTR_SUBSCHEMA, SPAN("cn=Subschema"));
	put_known(special, ATTR_ENTRY_DN, special->dn);
	put_known(special, ATTR_HAS_SUBORDINATES, has_children(row) ? SPAN("TRUE") : SPAN("FALSE"));
}

/* ---- searching ---- */

static bool is_in_scope(const struct monitor_row *row, const struct monitor_row *base,
	const struct search_request *request)
{
	const struct monitor_row *parent = parent_of(row);

	if (request->scope == SCOPE_BASE)
		return row == base;
	if (request->scope == SCOPE_ONE)
		return parent == base;
	return (row == base && !request->without_base) || parent == base ||
	       (parent && parent_of(parent) == base);
}

int monitor_search(struct search_run *run, const struct target *base)
{
	int code = RESULT_SUCCESS;

	for (size_t i = 0; i < ROWS && code == RESULT_SUCCESS; i++) {
		struct target target = { .place = PLACE_ROOT, .monitor = &rows[i] };

		if (is_in_scope(&rows[i], base->monitor, &run->request))
			code = search_offer_special(run, &target);
	}
	return code;
}
