#include "base/secret.h"
#include "in/sync/commands.h"
#include "model/mastery.h"
#include "model/value.h"
#include "wire/ldap_postal.h"

#define VALUES_MAX (MAPPED_VALUES_MAX * 3 + 8)
#define MODS_MAX 64
#define BAD_MAX 4

/* A row's values, checked and in the form that is stored, attribute by attribute as they came. */
struct values {
	struct value rows[VALUES_MAX];
	size_t count;
	struct row_value bad[BAD_MAX]; /* one an attribute: what is stored of it stays */
	size_t bad_count;
};

void entry_note(struct job *job, const struct row *row, const char *reason)
{
	char dn[96];

	status_text(dn, sizeof(dn), row->dn);
	status_note(job, "%s: %s", dn, reason);
	job->run.counts.held++;
	if (job->run.planning)
		draft_conflict(job, row, reason);
}

static bool is_there(const struct values *values, const struct value *value)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->rows[i].attr == value->attr &&
			(attr_has(value->attr, ATTR_SINGLE) ||
				value_equal(value->attr, values->rows[i].octets, value->octets)))
			return true;
	return false;
}

static void put(struct values *values, enum attr attr, uint16_t instance, struct span octets)
{
	values->rows[values->count++] = (struct value){ attr, instance, 0, octets };
}

/* SCIM clients and the core look for a primary e-mail; LDAP knows an order only. */
static void put_siblings(struct values *values, const struct value *value)
{
	if (value->attr == ATTR_EMAIL) {
		put(values, ATTR_EMAIL_TYPE, value->instance, SPAN("work"));
		if (value->instance == 0)
			put(values, ATTR_EMAIL_PRIMARY, value->instance, SPAN("TRUE"));
	} else if (value->attr == ATTR_PHONE) {
		put(values, ATTR_PHONE_TYPE, value->instance, SPAN("work"));
	}
}

static bool may_hold(struct job *job, const struct row *row, enum attr attr)
{
	if (row->class == CLASS_GROUP)
		return attr == ATTR_COMMON_NAME || attr == ATTR_DESCRIPTION;
	return mapping_gives(job->settings.mapping, attr);
}

static uint16_t count_of(const struct values *values, enum attr attr)
{
	uint16_t n = 0;

	for (size_t i = 0; i < values->count; i++)
		n += values->rows[i].attr == attr;
	return n;
}

static bool is_bad(const struct values *values, enum attr attr)
{
	for (size_t i = 0; i < values->bad_count; i++)
		if (values->bad[i].attr == attr)
			return true;
	return false;
}

static void take_bad(struct values *values, const struct row_value *value)
{
	if (!is_bad(values, value->attr) && values->bad_count < BAD_MAX)
		values->bad[values->bad_count++] = *value;
}

static void take_values(struct job *job, struct arena *arena, const struct row *row,
	unsigned without, struct values *values)
{
	values->count = values->bad_count = 0;
	for (size_t i = 0; i < row->value_count; i++) {
		struct value value = { .attr = row->values[i].attr };
		struct why why = { 0 };
		if (!may_hold(job, row, value.attr) ||
			((without & WITHOUT_EMAIL) && value.attr == ATTR_EMAIL) ||
			((without & WITHOUT_NAME) && value.attr == ATTR_USER_NAME) ||
			((without & WITHOUT_PASSWORD) && value.attr == ATTR_PASSWORD))
			continue;
		/* A clear or foreign one is not ours to keep. */
		if (value.attr == ATTR_PASSWORD && !password_is_hash(row->values[i].octets))
			continue;
		struct span raw = row->values[i].octets;
		if (value.attr == ATTR_ADDRESS)
			raw = postal_read(arena, raw);
		if (value_canonical(arena, value.attr, raw, &value.octets, &why) != OK) {
			take_bad(values, &row->values[i]);
			entry_note(job, row,
				arena_printf(arena, "%s: %s", attr_spelling(value.attr), why.text));
			continue;
		}
		if (is_there(values, &value))
			continue;
		value.octets = arena_copy(arena, value.octets);
		value.instance = count_of(values, value.attr);
		values->rows[values->count++] = value;
		put_siblings(values, &value);
	}
}

static void put_link(struct job *job, struct arena *arena, const struct row *row,
	bool digest_counts, struct values *values)
{
	uint8_t digest[32] = { 0 };

	/* A group's digest comes with its members; what was left out is tried again by the next
	 * full compare. */
	if (digest_counts)
		link_digest(row, digest);
	put(values, ATTR_LINK, 0, link_value(arena, job->settings.source, &row->anchor));
	put(values, ATTR_LINK_DN, 0, link_dn(arena, job->settings.source, row->dn));
	put(values, ATTR_LINK_DIGEST, 0, link_digest_value(arena, job->settings.source, digest));
	if (row->state != ENTRY_ACTIVE)
		put(values, ATTR_LINK_STATE, 0,
			link_state(arena, job->settings.source, row->state));
}

/* An administrator wants somebody whose name is taken: the anchor tells them apart. */
static void put_other_name(struct job *job, const struct row *row, struct entry *entry)
{
	char id[UUID_TEXT + 1];
	struct span octets;

	uuid_format(&row->anchor, id);
	for (size_t i = 0; i < row->value_count; i++) {
		const struct row_value *value = &row->values[i];
		if (value->attr != ATTR_USER_NAME || !span_is_utf8(value->octets))
			continue;
		struct span name = span_str(
			arena_printf(entry->arena, "%.*s.%.8s", SPAN_ARGS(value->octets), id));
		if (value_canonical(entry->arena, ATTR_USER_NAME, name, &octets, NULL) == OK)
			(void)entry_set(entry, ATTR_USER_NAME, job->settings.source, octets, NULL);
		return;
	}
}

static bool create(struct job *job, struct commands *commands, const struct row *row,
	unsigned without, const struct values *values)
{
	enum kind kind = row->class == CLASS_GROUP ? KIND_GROUP : KIND_USER;
	struct entry *entry = entry_new(commands->arena, kind);
	struct why why = { 0 };

	for (size_t i = 0; i < values->count; i++) {
		const struct value *value = &values->rows[i];
		if (entry_add(entry, value->attr, value->instance, job->settings.source,
			    value->octets, &why) != OK) {
			entry_note(job, row, why.text);
			return false;
		}
	}
	if (kind == KIND_USER && (without & WITHOUT_NAME))
		put_other_name(job, row, entry);
	if (!entry_has(entry, kind_row(kind)->naming)) {
		entry_note(job, row, "without a name that can be used");
		return false;
	}
	if (row->state != ENTRY_ACTIVE)
		(void)entry_add(entry, ATTR_ACTIVE, 0, SOURCE_LOCAL, SPAN("FALSE"), NULL);
	struct command *command = commands_add(job, commands, COMMAND_CREATE, kind);
	command->entry = entry;
	/* Known before it is there, so that memberships can be decided together with it. */
	command->id = uuid_new();
	ahead_come(job, &row->anchor, kind, &command->id,
		entry_first(entry, kind_row(kind)->naming), row->dn);
	commands->deeds[commands->count - 1] = kind == KIND_GROUP           ? DEED_CREATE_GROUP
					       : row->state != ENTRY_ACTIVE ? DEED_CREATE_INACTIVE
									    : DEED_CREATE;
	return true;
}

/* ---- changing what is there ---- */

struct mods {
	struct modification *rows;
	size_t count;
};

static void add_mod(struct job *job, struct arena *arena, struct mods *mods, enum attr attr,
	const struct values *values)
{
	struct value *own = arena_array(arena, values->count + 1, sizeof(*own));
	size_t n = 0;

	for (size_t i = 0; i < values->count; i++)
		if (values->rows[i].attr == attr)
			own[n++] = values->rows[i];
	mods->rows[mods->count++] = (struct modification){ .op = PATCH_REPLACE,
		.attr = attr,
		.source = job->settings.source,
		.values = own,
		.count = n,
		.own_only = true };
}

/* What the directory said last and what does not stand is kept apart. */
static struct span base_of(struct job *job, const struct record *record)
{
	for (size_t i = record_find(record, ATTR_LINK_BASE); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != ATTR_LINK_BASE)
			break;
		if (value.source == job->settings.source)
			return value.octets;
	}
	return SPAN_NONE;
}

/* `kept`: the base has the attribute. */
static bool is_in_base(struct span octets, enum attr attr, const struct values *values, bool *kept)
{
	struct base_reader base = base_begin(octets);
	struct value said;
	size_t k = 0;
	bool same = true;

	*kept = false;
	while (base_next(&base, &said)) {
		if (said.attr != attr)
			continue;
		*kept = true;
		while (k < values->count && values->rows[k].attr != attr)
			k++;
		same = same && k < values->count && span_equal(said.octets, values->rows[k].octets);
		k += k < values->count;
	}
	while (k < values->count && values->rows[k].attr != attr)
		k++;
	return same && k == values->count;
}

/* The values that this directory gave are those of the row. */
static bool is_same(
	struct job *job, const struct record *record, enum attr attr, const struct values *values)
{
	bool kept, same = is_in_base(base_of(job, record), attr, values, &kept);

	if (kept)
		return same;
	size_t i = record_find(record, attr), k = 0;

	for (;; i++, k++) {
		while (i < record->count && record_row(record, i).attr == attr &&
			record_row(record, i).source != job->settings.source)
			i++;
		while (k < values->count && values->rows[k].attr != attr)
			k++;
		bool stored = i < record->count && record_row(record, i).attr == attr;
		if (!stored || k == values->count)
			return !stored && k == values->count;
		if (!span_equal(record_row(record, i).octets, values->rows[k].octets))
			return false;
	}
}

static const struct {
	enum attr attr, sibling;
} families[] = {
	{ ATTR_EMAIL, ATTR_EMAIL_TYPE },
	{ ATTR_EMAIL, ATTR_EMAIL_PRIMARY },
	{ ATTR_PHONE, ATTR_PHONE_TYPE },
};

static void compare(struct job *job, struct arena *arena, const struct record *record,
	enum attr attr, const struct values *values, struct mods *mods)
{
	if (is_same(job, record, attr, values))
		return;
	add_mod(job, arena, mods, attr, values);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].attr == attr)
			add_mod(job, arena, mods, families[i].sibling, values);
}

/* What a SCIM connection or another directory says is not ours to change. */
static bool is_anothers(struct job *job, const struct record *record, enum attr attr)
{
	for (size_t i = record_find(record, attr); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		if (value.source != job->settings.source && value.source != SOURCE_LOCAL &&
			value.source != SOURCE_DERIVED)
			return true;
	}
	return false;
}

static void compare_all(struct job *job, struct arena *arena, const struct row *row,
	const struct record *record, unsigned without, const struct values *values,
	struct mods *mods)
{
	for (enum attr attr = 1; attr < ATTR_LIMIT; attr++) {
		if (!may_hold(job, row, attr))
			continue;
		if (((without & WITHOUT_EMAIL) && attr == ATTR_EMAIL) ||
			((without & WITHOUT_NAME) && attr == ATTR_USER_NAME) ||
			((without & WITHOUT_PASSWORD) && attr == ATTR_PASSWORD) ||
			is_bad(values, attr) ||
			((without & WITHOUT_OWNED) && is_anothers(job, record, attr)))
			continue;
		/* The naming attribute never goes away: the old name stays. */
		if (attr == kind_row(record->kind)->naming && count_of(values, attr) == 0)
			continue;
		compare(job, arena, record, attr, values, mods);
	}
	compare(job, arena, record, ATTR_LINK_DN, values, mods);
	compare(job, arena, record, ATTR_LINK_STATE, values, mods);
	if (row->class == CLASS_USER)
		compare(job, arena, record, ATTR_LINK_DIGEST, values, mods);
}

static enum deed compare_activity(struct job *job, struct arena *arena, const struct row *row,
	const struct record *record, struct mods *mods)
{
	bool gone = link_is_gone(job, record) || run_takes_away(job, &row->anchor);

	if (gone == (row->state != ENTRY_ACTIVE))
		return DEED_UPDATE;
	struct value *value = arena_zalloc(arena, sizeof(*value));
	value->attr = ATTR_ACTIVE;
	value->octets = gone ? SPAN("TRUE") : SPAN("FALSE");
	mods->rows[mods->count++] = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_ACTIVE,
		.source = job->settings.source,
		.values = value,
		.count = 1 };
	return gone ? DEED_REACTIVATE : DEED_DEACTIVATE;
}

static bool was_outside(struct job *job, const struct record *record)
{
	return span_equal(record_of_source(record, ATTR_LINK_STATE, job->settings.source),
		link_state(job->arena, job->settings.source, ENTRY_OUT_OF_SCOPE));
}

static bool modify(struct job *job, struct commands *commands, const struct row *row,
	const struct record *record, unsigned without, const struct values *values)
{
	struct arena *arena = commands->arena;
	struct mods mods = { .rows = arena_array(
				     arena, MODS_MAX + MAPPING_ROWS_MAX, sizeof(*mods.rows)) };
	enum deed deed = DEED_UPDATE_GROUP;

	compare_all(job, arena, row, record, without, values, &mods);
	if (row->class == CLASS_USER) {
		deed = DEED_UPDATE;
		if (!(without & WITHOUT_ACTIVE))
			deed = compare_activity(job, arena, row, record, &mods);
	}
	if (mods.count == 0)
		return false;
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, record->kind);
	command->id = record->id;
	command->mods = mods.rows;
	command->mod_count = mods.count;
	commands->deeds[commands->count - 1] = deed;
	if (deed == DEED_REACTIVATE && was_outside(job, record))
		commands->rules[commands->count - 1] = SPAN("returned to scope");
	return true;
}

static void report_bad(struct job *job, struct commands *commands, const struct row *row,
	const struct values *values)
{
	for (size_t i = 0; i < values->bad_count && row->class == CLASS_USER; i++)
		join_bad_value(job, commands, row, values->bad[i].attr, values->bad[i].octets);
}

/* May the row's entry be made, or changed, at all? Adds the commands that say why not. */
static bool may_pass(struct job *job, struct commands *commands, const struct row *row,
	const struct record *known, unsigned *without)
{
	if (row->class == CLASS_GROUP)
		return true;
	if (!known)
		return join_decide(job, commands, row, without) == JOIN_NEW;
	join_close_over(job, commands, row);
	if (!join_may_return(job, commands, row, known))
		*without |= WITHOUT_ACTIVE;
	return true;
}

/* What belongs to the link stands in its instance: another directory's has its own. */
static void place_link(struct job *job, const struct record *record, struct values *values)
{
	uint16_t instance = 0;

	for (size_t i = record_find(record, ATTR_LINK); i < record->count; i++) {
		struct value link = record_row(record, i);
		if (link.attr != ATTR_LINK)
			break;
		if (link.source == job->settings.source)
			instance = link.instance;
	}
	for (size_t i = 0; i < values->count; i++)
		if (attr_family(values->rows[i].attr) == ATTR_LINK)
			values->rows[i].instance = instance;
}

bool entry_command(struct job *job, struct commands *commands, const struct row *row,
	unsigned without, uint64_t at)
{
	struct values values;
	enum kind kind = row->class == CLASS_GROUP ? KIND_GROUP : KIND_USER;
	bool again = without != 0;
	struct record record;
	bool made;

	bool known = link_find(job, &row->anchor, &record);
	if (known && record.kind != kind) {
		entry_note(job, row, "was of another kind before");
		return false;
	}
	if (!may_pass(job, commands, row, known ? &record : NULL, &without))
		return false;
	take_values(job, commands->arena, row, without, &values);
	if (!again)
		report_bad(job, commands, row, &values);
	put_link(job, commands->arena, row, row->class == CLASS_USER && without == 0, &values);
	if (known)
		place_link(job, &record, &values);
	bool moves =
		known && !span_equal(record_of_source(&record, ATTR_LINK_DN, job->settings.source),
				 link_dn(job->arena, job->settings.source, row->dn));
	job->run.arrivals |= !known || moves;
	if (moves)
		ahead_move(job, &record, row->dn);
	made = known ? modify(job, commands, row, &record, without, &values)
		     : create(job, commands, row, without, &values);
	if (made) {
		commands->at[commands->count - 1] = at;
		commands->without[commands->count - 1] = without;
	}
	return made;
}
