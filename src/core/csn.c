#include "core/csn.h"

#include "base/clock.h"
#include "core/chain_int.h"

#define TAIL "#000000#000#000000"

void csn_format(int64_t time, char text[CSN_TEXT + 1])
{
	char second[TIME_TEXT_MAX];
	size_t len = time_format_generalized(time, second);
	int64_t fraction = time % SECOND;

	/* Without the Z. */
	snprintf(text, CSN_TEXT + 1, "%.*s.%06dZ" TAIL, (int)len - 1, second,
		(int)(fraction < 0 ? fraction + SECOND : fraction));
}

static bool is_hex(struct span text, size_t at, size_t count)
{
	for (size_t i = at; i < at + count; i++)
		if (!strchr("0123456789abcdef", text.data[i]) || text.data[i] == 0)
			return false;
	return true;
}

bool csn_parse(struct span text, int64_t *time)
{
	static const size_t marks[] = { 22, 29, 33 };

	if (text.len != CSN_TEXT || text.data[14] != '.' || text.data[21] != 'Z')
		return false;
	for (size_t i = 0; i < 3; i++)
		if (text.data[marks[i]] != '#')
			return false;
	return is_hex(text, 23, 6) && is_hex(text, 30, 3) && is_hex(text, 34, 6) &&
	       time_parse_generalized(span_of(text.data, 22), time);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct stamp stamp_of(struct view *view, uint32_t tenant, uint32_t number)
{
	struct stamp stamp = { 0 };

	txn_stamp(view->txn, tenant, number, &stamp);
	return stamp;
}

static struct stamp settings_stamp(struct view *view, uint32_t tenant)
{
	struct record settings;

	return view_settings(view, tenant, &settings) ? stamp_of(view, tenant, settings.number)
						      : (struct stamp){ 0 };
}

/* What those that hold the member say of themselves; with `nested` also where they stand. */
static int64_t containers_changed(struct view *view, uint32_t tenant, uint32_t member, bool nested)
{
	struct memberships *m;
	const uint32_t *numbers;
	const enum kind *kinds;
	int64_t last = 0;
	enum kind kind;
	uint32_t number;

	if (nested) {
		size_t count = chain_containers(
			view, view->scratch, tenant, member, UINT32_MAX, &numbers, &kinds);

		for (size_t i = 0; i < count; i++) {
			struct stamp stamp = stamp_of(view, tenant, numbers[i]);

			last = later(last, later(stamp.shown, stamp.held));
		}
		return last;
	}
	m = memberships_open(view->txn, view->scratch, tenant, member, UINT32_MAX);
	while (memberships_next(m, &kind, &number))
		last = later(last, stamp_of(view, tenant, number).shown);
	memberships_close(m);
	return last;
}

int64_t view_changed(struct view *view, const struct record *record)
{
	arena_reset(view->scratch);
	struct stamp stamp = stamp_of(view, record->tenant, record->number);
	struct stamp settings = settings_stamp(view, record->tenant);
	bool nested = view_policy(view, record->tenant, POLICY_LDAP_NESTED) != 0;

	return later(later(stamp.changed, settings.shown),
		containers_changed(view, record->tenant, record->number, nested));
}

int64_t view_tenant_changed(struct view *view, uint32_t tenant)
{
	struct head head;

	return txn_head(view->txn, tenant, &head) ? head.time : 0;
}

int64_t view_rights_changed(struct view *view, const struct actor *actor)
{
	arena_reset(view->scratch);
	struct stamp stamp = stamp_of(view, actor->tenant, actor->number);
	struct memberships *m = memberships_open(
		view->txn, view->scratch, actor->tenant, actor->number, 1U << KIND_ROLE);
	int64_t last = later(stamp.own, settings_stamp(view, actor->tenant).shown);
	enum kind kind;
	uint32_t number;

	last = later(last, stamp.held);
	while (memberships_next(m, &kind, &number))
		last = later(last, stamp_of(view, actor->tenant, number).own);
	memberships_close(m);
	return last;
}

static bool time_at(struct view *view, uint32_t tenant, uint64_t sequence, int64_t *time)
{
	struct change change;
	struct span record;

	arena_reset(view->scratch);
	if (!txn_journal(view->txn, tenant, sequence, &record) ||
		change_read(view->scratch, record, &change, NULL) != OK)
		return false;
	*time = change.time;
	return true;
}

bool view_journal_at(struct view *view, uint32_t tenant, int64_t time, uint64_t *sequence)
{
	struct head head;
	int64_t at;

	if (!txn_head(view->txn, tenant, &head) || head.last == 0 || time > head.time)
		return false;
	for (uint64_t low = head.first, high = head.last; low <= high;) {
		uint64_t middle = low + (high - low) / 2;

		if (!time_at(view, tenant, middle, &at))
			return false;
		if (at == time) {
			*sequence = middle;
			return true;
		}
		if (at < time)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return false;
}
