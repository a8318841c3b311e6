#include "in/sync/limits.h"

#include "base/clock.h"

#define QUIET (SECOND / 10)
#define PATIENCE (7 * SECOND / 10)
#define PATIENCE_FOR_MANY (10 * SECOND)
#define MANY 20
#define EMAILS_FROM 10
#define VALUES_FROM 20

#define SLOT (7 * 3600 * SECOND) /* WINDOW_SLOTS of them */

static const struct {
	const char *word;
	uint32_t number;
} rows[LIMITS] = {
#define LIMIT(id, word, number, text) [LIMIT_OF_##id] = { word, number },
#include "in/sync/limit.def"
#undef LIMIT
};

void limits_default(struct limits *limits)
{
	for (enum limit i = 0; i < LIMITS; i++)
		limits->numbers[i] = rows[i].number;
}

enum err limits_set(struct limits *limits, struct span row, struct why *why)
{
	struct span text = row;
	struct span word = span_cut(&text, '=');
	uint64_t number;

	for (enum limit i = 0; i < LIMITS; i++) {
		if (!span_equal(word, span_str(rows[i].word)))
			continue;
		if (!span_to_u64(text, &number) || number > UINT32_MAX)
			break;
		limits->numbers[i] = (uint32_t)number;
		return OK;
	}
	return fail(why, ERR_VALUE, "runLimit",
		"expected one of the limits, = and a number: \"%.*s\"",
		(int)(row.len < 64 ? row.len : 64), (const char *)row.data);
}

static enum err set_from(const struct entry *directory, enum attr attr, const char *name,
	uint64_t most, uint32_t *number, struct why *why)
{
	struct span text = entry_first(directory, attr);
	uint64_t value;

	if (text.len == 0)
		return OK;
	if (!span_to_u64(text, &value) || value > most)
		return fail(why, ERR_VALUE, name, "expected a number up to %u", (unsigned)most);
	*number = (uint32_t)value;
	return OK;
}

enum err limits_read(const struct entry *directory, struct limits *limits, struct why *why)
{
	limits_default(limits);
	enum err err = set_from(directory, ATTR_LIMIT_COUNT, "limitCount", UINT32_MAX,
		&limits->numbers[LIMIT_OF_DEACTIVATE], why);
	if (!err)
		err = set_from(directory, ATTR_LIMIT_PERCENT, "limitPercent", 100,
			&limits->numbers[LIMIT_OF_DEACTIVATE_PERCENT], why);
	for (size_t i = 0; !err && i < entry_value_count(directory, ATTR_RUN_LIMIT); i++)
		err = limits_set(limits, entry_value(directory, ATTR_RUN_LIMIT, i)->octets, why);
	return err;
}

void window_add(struct window *window, int64_t wall, int32_t count)
{
	slots_add(window->slots, WINDOW_SLOTS, SLOT, wall, count);
}

int64_t window_net(const struct window *window, int64_t wall)
{
	return slots_net(window->slots, WINDOW_SLOTS, SLOT, wall);
}

/* ---- each says why it holds the run, or nothing ---- */

static bool say(struct because *to, enum because_code code, const struct because_value *values)
{
	because_add(to, code, values);
	return true;
}
#define WITH BECAUSE_WITH
#define NUMBER BECAUSE_NUMBER
#define TEXT BECAUSE_TEXT

/* Whoever fills the directory with people does not make the share of those larger who may go. A
 * week is long enough to be seen. */
static uint64_t settled(const struct tally *t)
{
	return t->people > t->grown ? t->people - t->grown : 0;
}

/* 100 asks nobody, however few have been here for long. */
static bool is_share(uint64_t part, uint64_t from, uint64_t whole, uint32_t percent)
{
	return percent < 100 && part >= from && part * 100 > whole * percent;
}

static bool hold_asked(const uint32_t *n, const struct tally *t, struct because *to)
{
	(void)n;
	return t->asked && say(to, BECAUSE_PREVIEW, NULL);
}

static bool hold_first(const uint32_t *n, const struct tally *t, struct because *to)
{
	if (!t->first || n[LIMIT_OF_FIRST] != 0)
		return false;
	return t->came > 0 ? say(to, BECAUSE_FIRST, WITH(NUMBER("n", t->came)))
			   : say(to, BECAUSE_FIRST_NOBODY, NULL);
}

static bool hold_empty(const uint32_t *n, const struct tally *t, struct because *to)
{
	(void)n;
	return t->complete && t->came == 0 && t->people > 0 &&
	       say(to, BECAUSE_EMPTY, WITH(NUMBER("n", t->people)));
}

static bool hold_rollback(const uint32_t *n, const struct tally *t, struct because *to)
{
	(void)n;
	return t->rolled_back && say(to, BECAUSE_ROLLBACK, NULL);
}

static bool hold_admins(const uint32_t *n, const struct tally *t, struct because *to)
{
	return t->admins > n[LIMIT_OF_ADMINS] &&
	       say(to, BECAUSE_ADMINS, WITH(NUMBER("n", t->admins)));
}

static bool hold_groups(const uint32_t *n, const struct tally *t, struct because *to)
{
	(void)n;
	return t->groups_lost > 0 &&
	       say(to, BECAUSE_GROUPS_LOST, WITH(NUMBER("n", t->groups_lost)));
}

static bool hold_missing(const uint32_t *n, const struct tally *t, struct because *to)
{
	return t->missing > n[LIMIT_OF_MISSING] &&
	       say(to, BECAUSE_MISSING, WITH(NUMBER("n", t->missing), NUMBER("people", t->people)));
}

/* Some of them may only get a day on which they are. */
static bool say_gone(struct because *to, const struct tally *t, enum because_code now,
	enum because_code ends, const char *limit, uint64_t number)
{
	because_add(to, t->ends > 0 ? ends : now,
		WITH(NUMBER("n", t->deactivations), NUMBER("people", t->people),
			NUMBER("before", t->net), NUMBER(limit, number)));
	return true;
}

static bool hold_deactivations(const uint32_t *n, const struct tally *t, struct because *to)
{
	const struct threshold both = { n[LIMIT_OF_DEACTIVATE], n[LIMIT_OF_DEACTIVATE_PERCENT] };
	uint64_t most = threshold_most(&both, settled(t));

	return t->deactivations > 0 && t->deactivations + (uint64_t)t->net > most &&
	       say_gone(to, t, BECAUSE_DEACTIVATIONS, BECAUSE_ENDS, "most", most);
}

static bool hold_small(const uint32_t *n, const struct tally *t, struct because *to)
{
	uint32_t percent = n[LIMIT_OF_SMALL_PERCENT];

	uint64_t gone = t->deactivations + (uint64_t)t->net;
	uint64_t people = settled(t) + (uint64_t)t->net;

	return t->deactivations > 0 && is_share(gone, THRESHOLD_SMALL_COUNT, people, percent) &&
	       say_gone(to, t, BECAUSE_SHARE, BECAUSE_SHARE_ENDS, "percent", percent);
}

static bool hold_emails(const uint32_t *n, const struct tally *t, struct because *to)
{
	uint32_t percent = n[LIMIT_OF_EMAIL_PERCENT];

	return is_share(t->emails, EMAILS_FROM, settled(t), percent) &&
	       say(to, BECAUSE_EMAILS,
		       WITH(NUMBER("n", t->emails), NUMBER("people", t->people),
			       NUMBER("percent", percent)));
}

static bool hold_values(const uint32_t *n, const struct tally *t, struct because *to)
{
	uint32_t percent = n[LIMIT_OF_VALUE_PERCENT];

	return is_share(t->values, VALUES_FROM, settled(t), percent) &&
	       say(to, BECAUSE_ATTRIBUTE,
		       WITH(TEXT("attribute", t->attribute), NUMBER("n", t->values),
			       NUMBER("people", t->people), NUMBER("percent", percent)));
}

static const struct {
	bool (*is)(const uint32_t *n, const struct tally *t, struct because *to);
	enum conflict_type conflict;
} holds[] = {
	{ hold_rollback, CONFLICT_ROLLBACK },
	{ hold_empty, CONFLICT_SHRINK },
	{ hold_first, CONFLICT_TYPES },
	{ hold_admins, CONFLICT_MASS_CHANGE },
	{ hold_groups, CONFLICT_MEMBERSHIP_DROP },
	{ hold_missing, CONFLICT_SHRINK },
	{ hold_deactivations, CONFLICT_MASS_CHANGE },
	{ hold_small, CONFLICT_MASS_CHANGE },
	{ hold_emails, CONFLICT_MASS_CHANGE },
	{ hold_values, CONFLICT_MASS_CHANGE },
	{ hold_asked, CONFLICT_TYPES },
};

bool limits_hold(const struct limits *limits, const struct tally *tally, struct because *because,
	enum conflict_type *conflict)
{
	for (size_t i = 0; i < sizeof(holds) / sizeof(holds[0]); i++)
		if (holds[i].is(limits->numbers, tally, because)) {
			*conflict = holds[i].conflict;
			return true;
		}
	return false;
}

int64_t debounce_due(const struct debounce *debounce)
{
	if (debounce->deactivations == 0)
		return debounce->last;
	int64_t patience = debounce->deactivations < MANY ? PATIENCE : PATIENCE_FOR_MANY;
	int64_t quiet = debounce->last + QUIET;
	int64_t latest = debounce->first + patience;
	return quiet < latest ? quiet : latest;
}
