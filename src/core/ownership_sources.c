#include "base/codec.h"
#include "base/limits.h"
#include "core/core_int.h"
#include "model/mastery.h"
#include "model/patch.h"

/* Several directories may know one person. What each said last is known for good: it stands in the
 * entry under its number, or in its LINK_BASE. Out of that, of the precedence of the sources and of
 * the authority over each attribute the values follow, so the order in which the sources speak does
 * not matter. */

#define SPEAKERS_MAX 16
#define BASE_OCTETS_MAX (16 * KIB)

struct speaker {
	struct owner owner;
	uint16_t link; /* instance of its link */
	bool known;    /* it has spoken before */
	struct value *said;
	size_t count, room;
};

struct talk {
	struct run *run;
	const struct entry *before; /* NULL: the entry is new */
	struct entry *after;
	struct speaker speakers[SPEAKERS_MAX]; /* who comes first counts first */
	size_t count;
	struct speaker *self;        /* who acts, if it is one of them */
	bool is_directory, is_local; /* what acts */
};

bool attr_is_shared(enum attr attr)
{
	enum manner manner = attr_manner(attr);
	return attr_is_owned(attr) && attr != ATTR_PASSWORD && manner != MANNER_FIELD &&
	       manner != MANNER_SOURCE &&
	       !attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED | ATTR_INTERNAL);
}

/* ---- what each said ---- */

static void say(struct talk *talk, struct speaker *speaker, enum attr attr, uint16_t instance,
	struct span octets)
{
	if (speaker->count == speaker->room) {
		size_t room = speaker->room ? 2 * speaker->room : 32;
		struct value *said = arena_array(talk->run->arena, room, sizeof *said);
		if (speaker->count)
			memcpy(said, speaker->said, speaker->count * sizeof *said);
		speaker->said = said;
		speaker->room = room;
	}
	speaker->said[speaker->count++] =
		(struct value){ attr, instance, speaker->owner.source, octets };
}

static void unsay(struct speaker *speaker, enum attr attr)
{
	size_t n = 0;
	for (size_t i = 0; i < speaker->count; i++)
		if (speaker->said[i].attr != attr)
			speaker->said[n++] = speaker->said[i];
	speaker->count = n;
}

static bool has(const struct value *said, size_t count, enum attr attr)
{
	for (size_t i = 0; i < count; i++)
		if (said[i].attr == attr)
			return true;
	return false;
}

static bool says(const struct speaker *speaker, enum attr attr)
{
	return has(speaker->said, speaker->count, attr);
}

static const struct value *base_of(const struct entry *entry, uint16_t source)
{
	const struct value *base = NULL, *value;
	for (size_t i = 0; entry && (value = entry_value(entry, ATTR_LINK_BASE, i)); i++)
		if (value->source == source)
			base = value;
	return base;
}

static void recall(struct talk *talk, struct speaker *speaker)
{
	const struct value *base = base_of(talk->before, speaker->owner.source);
	struct base_reader reader = base_begin(base ? base->octets : SPAN_NONE);
	struct value value;
	speaker->known = base != NULL;
	while (base_next(&reader, &value))
		say(talk, speaker, value.attr, value.instance, value.octets);
	size_t apart = speaker->count;
	const struct entry *entry = talk->before ? talk->before : talk->after;
	for (size_t i = 0; i < entry->count; i++) {
		value = entry->values[i];
		if (value.source == speaker->owner.source && attr_is_shared(value.attr) &&
			!has(speaker->said, apart, attr_family(value.attr)))
			say(talk, speaker, value.attr, value.instance, value.octets);
	}
}

static void hear(
	struct talk *talk, struct speaker *speaker, const struct modification *mods, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!attr_is_shared(mods[i].attr) || mods[i].op != PATCH_REPLACE)
			continue;
		unsay(speaker, mods[i].attr);
		for (size_t k = 0; k < mods[i].count; k++)
			say(talk, speaker, mods[i].attr, mods[i].values[k].instance,
				mods[i].values[k].octets);
	}
}

static bool is_before(const struct owner *a, const struct owner *b)
{
	return a->precedence != b->precedence ? a->precedence < b->precedence
					      : a->source < b->source;
}

static void add_speaker(struct talk *talk, const struct value *link)
{
	struct owner owner = owner_of_source(talk->run, link->source);
	size_t at = talk->count;
	if (owner.type != OWNER_DIRECTORY || talk->count == SPEAKERS_MAX)
		return;
	for (size_t i = 0; i < talk->count; i++)
		if (talk->speakers[i].owner.source == owner.source)
			return;
	while (at > 0 && is_before(&owner, &talk->speakers[at - 1].owner))
		at--;
	memmove(&talk->speakers[at + 1], &talk->speakers[at],
		(talk->count - at) * sizeof talk->speakers[0]);
	talk->speakers[at] = (struct speaker){ .owner = owner, .link = link->instance };
	talk->count++;
}

/* ---- one attribute ---- */

static enum mastery rule_of(const struct speaker *speaker, enum attr attr)
{
	enum mastery rule = owner_mastery(&speaker->owner, attr);
	if (rule != MASTERY_NONE)
		return rule;
	return attr_has(attr, ATTR_SINGLE) ? MASTERY_SOURCE : MASTERY_MERGE;
}

static struct speaker *first_to_say(struct talk *talk, enum attr attr)
{
	for (size_t i = 0; i < talk->count; i++)
		if (says(&talk->speakers[i], attr))
			return &talk->speakers[i];
	return NULL;
}

static struct speaker *speaker_of(struct talk *talk, uint16_t source)
{
	for (size_t i = 0; i < talk->count; i++)
		if (talk->speakers[i].owner.source == source)
			return &talk->speakers[i];
	return NULL;
}

/* What people here say stands against the source. */
static bool stands(const struct speaker *speaker, enum mastery rule)
{
	return rule == MASTERY_LOCAL || (rule == MASTERY_UNTIL_EDITED && speaker->known);
}

static enum err fill(struct talk *talk, const struct speaker *speaker, const struct value *said)
{
	bool ours = speaker->owner.type != OWNER_DIRECTORY ||
		    rule_of(speaker, attr_family(said->attr)) == MASTERY_LOCAL;
	return entry_add(talk->after, said->attr, said->instance,
		ours ? SOURCE_LOCAL : speaker->owner.source, said->octets, talk->run->why);
}

static bool is_empty_again(struct talk *talk, const struct speaker *speaker, enum attr attr)
{
	if (talk->is_directory)
		return true;
	/* Who empties it gives it back. */
	return talk->is_local && rule_of(speaker, attr) == MASTERY_UNTIL_EDITED && talk->before &&
	       entry_has(talk->before, attr);
}

static enum err settle_single(struct talk *talk, enum attr attr)
{
	struct speaker *speaker = first_to_say(talk, attr);
	const struct value *now = entry_value(talk->after, attr, 0);
	if (!speaker)
		speaker = talk->self;
	if (!speaker)
		return OK;
	if (!now && !is_empty_again(talk, speaker, attr))
		return OK;
	if (now && !talk->is_directory)
		return OK;
	if (now && now->source == SOURCE_LOCAL && stands(speaker, rule_of(speaker, attr)))
		return OK;
	if (now && now->source != SOURCE_LOCAL && !speaker_of(talk, now->source))
		return OK;
	/* Whoever speaks, the people's word stands that stood before. */
	const struct value *old =
		talk->before && talk->is_directory ? entry_value(talk->before, attr, 0) : NULL;
	if (old && old->source == SOURCE_LOCAL && stands(speaker, rule_of(speaker, attr)))
		return entry_set(talk->after, attr, SOURCE_LOCAL, old->octets, talk->run->why);
	if (!says(speaker, attr))
		return OK;
	entry_remove(talk->after, attr);
	for (size_t i = 0; i < speaker->count; i++)
		if (speaker->said[i].attr == attr)
			return fill(talk, speaker, &speaker->said[i]);
	return OK;
}

/* ---- an attribute with several values, and their parts ---- */

static bool is_of(enum attr attr, enum attr lead)
{
	return attr_family(attr) == lead;
}

static struct value *find_value(struct entry *entry, enum attr lead, struct span octets)
{
	for (size_t i = 0; i < entry->count; i++)
		if (entry->values[i].attr == lead && span_equal(entry->values[i].octets, octets))
			return &entry->values[i];
	return NULL;
}

static enum err add_value(
	struct talk *talk, const struct speaker *speaker, enum attr lead, const struct value *said)
{
	enum attr last = lead;
	while (is_of((enum attr)(last + 1), lead))
		last = (enum attr)(last + 1);
	uint16_t instance = entry_next_instance(talk->after, lead, last);
	enum err err = OK;
	for (size_t i = 0; !err && i < speaker->count; i++) {
		struct value part = speaker->said[i];
		if (!is_of(part.attr, lead) || part.instance != said->instance)
			continue;
		/* RFC 7643 section 2.4: one value at most is primary. */
		if (attr_row(part.attr)->syntax == SYNTAX_BOOLEAN &&
			entry_has(talk->after, part.attr))
			continue;
		part.instance = instance;
		err = fill(talk, speaker, &part);
	}
	return err;
}

static enum err join_values(struct talk *talk, enum attr lead)
{
	enum err err = OK;
	for (size_t i = talk->count; i-- > 0;)
		for (size_t k = 0; !err && k < talk->speakers[i].count; k++) {
			const struct speaker *speaker = &talk->speakers[i];
			const struct value *said = &speaker->said[k];
			if (said->attr != lead)
				continue;
			struct value *now = find_value(talk->after, lead, said->octets);
			if (!now)
				err = add_value(talk, speaker, lead, said);
			else if (speaker_of(talk, now->source))
				now->source = speaker->owner.source;
		}
	return err;
}

static bool has_local(const struct entry *entry, enum attr lead)
{
	const struct value *value;
	for (size_t i = 0; entry && (value = entry_value(entry, lead, i)); i++)
		if (value->source == SOURCE_LOCAL)
			return true;
	return false;
}

static void hand_to_people(struct talk *talk, enum attr lead)
{
	for (size_t i = 0; i < talk->after->count; i++)
		if (is_of(talk->after->values[i].attr, lead) &&
			speaker_of(talk, talk->after->values[i].source))
			talk->after->values[i].source = SOURCE_LOCAL;
}

static enum err restore(struct talk *talk, enum attr lead)
{
	enum err err = OK;
	for (enum attr attr = lead; is_of(attr, lead); attr = (enum attr)(attr + 1))
		entry_remove(talk->after, attr);
	for (size_t i = 0; !err && i < talk->before->count; i++) {
		const struct value *value = &talk->before->values[i];
		if (is_of(value->attr, lead))
			err = entry_add(talk->after, value->attr, value->instance, value->source,
				value->octets, talk->run->why);
	}
	return err;
}

static enum err refuse_more(struct talk *talk, const struct speaker *speaker, enum attr lead)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(talk->after, lead, i)); i++)
		if (value->source == SOURCE_LOCAL && talk->before &&
			!find_value((struct entry *)talk->before, lead, value->octets))
			return fail(talk->run->why, ERR_OWNED, attr_spelling(lead), "owned by %s",
				owner_phrase(talk->run, &speaker->owner));
	return OK;
}

static enum err settle_set_here(struct talk *talk, const struct speaker *speaker, enum attr lead)
{
	if (!talk->is_local || !talk->before)
		return OK;
	enum mastery rule = rule_of(speaker, lead);
	if (rule == MASTERY_SOURCE)
		return refuse_more(talk, speaker, lead);
	if (rule != MASTERY_UNTIL_EDITED || entry_same_values(talk->before, talk->after, lead))
		return OK;
	if (!entry_has(talk->after, lead))
		return join_values(talk, lead);
	hand_to_people(talk, lead);
	return OK;
}

/* What people here say beside the source, with its parts. */
static enum err keep_ours(struct talk *talk, enum attr lead)
{
	const struct value *value;
	enum err err = OK;
	for (size_t i = 0; !err && (value = entry_value(talk->before, lead, i)); i++) {
		if (value->source != SOURCE_LOCAL || find_value(talk->after, lead, value->octets))
			continue;
		struct speaker people = { .said = talk->before->values,
			.count = talk->before->count };
		err = add_value(talk, &people, lead, value);
	}
	return err;
}

static enum err settle_set(struct talk *talk, enum attr lead)
{
	struct speaker *speaker = first_to_say(talk, lead);
	if (!speaker)
		speaker = talk->self;
	if (!speaker)
		return OK;
	if (!talk->is_directory)
		return settle_set_here(talk, speaker, lead);
	enum mastery rule = rule_of(speaker, lead);
	if (talk->before && has_local(talk->before, lead) && stands(speaker, rule))
		return restore(talk, lead);
	enum err err = join_values(talk, lead);
	if (!err && talk->before && rule == MASTERY_MERGE)
		err = keep_ours(talk, lead);
	if (!err && rule == MASTERY_LOCAL)
		hand_to_people(talk, lead);
	return err;
}

/* ---- what does not stand is kept ---- */

static size_t count_of(const struct value *values, size_t count, enum attr lead, uint16_t source)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		n += is_of(values[i].attr, lead) && values[i].source == source;
	return n;
}

static bool is_standing(struct talk *talk, const struct speaker *speaker, enum attr lead)
{
	const struct entry *after = talk->after;
	uint16_t source = speaker->owner.source;
	if (count_of(speaker->said, speaker->count, lead, source) !=
		count_of(after->values, after->count, lead, source))
		return false;
	for (size_t i = 0; i < speaker->count; i++) {
		const struct value *said = &speaker->said[i];
		bool found = !is_of(said->attr, lead);
		for (size_t k = 0; !found && k < after->count; k++)
			found = after->values[k].attr == said->attr &&
				after->values[k].source == source &&
				span_equal(after->values[k].octets, said->octets);
		if (!found)
			return false;
	}
	return true;
}

static void put_said(struct buffer *out, const struct speaker *speaker, enum attr lead)
{
	for (size_t i = 0; i < speaker->count; i++) {
		if (!is_of(speaker->said[i].attr, lead))
			continue;
		write_u16(out, (uint16_t)speaker->said[i].attr);
		write_u16(out, speaker->said[i].instance);
		write_span(out, speaker->said[i].octets);
	}
}

static enum err keep_base(struct talk *talk, const struct speaker *speaker)
{
	struct buffer base;
	buffer_init(&base, BASE_OCTETS_MAX);
	write_u16(&base, speaker->owner.source);
	for (enum attr attr = 1; attr < ATTR_LIMIT; attr++)
		if (attr_is_shared(attr) && attr_family(attr) == attr && says(speaker, attr) &&
			!is_standing(talk, speaker, attr))
			put_said(&base, speaker, attr);
	/* Beyond the limit it is said again by the next full compare. */
	struct span octets = arena_copy(
		talk->run->arena, base.failed ? span_of(base.data, 2) : buffer_span(&base));
	buffer_free(&base);
	entry_remove_source(talk->after, ATTR_LINK_BASE, speaker->owner.source);
	return entry_add(talk->after, ATTR_LINK_BASE, speaker->link, speaker->owner.source, octets,
		talk->run->why);
}

static enum err keep_bases(struct talk *talk)
{
	enum err err = OK;
	for (size_t i = 0; !err && i < talk->count; i++) {
		const struct speaker *speaker = &talk->speakers[i];
		if (speaker->known ||
			(talk->is_directory && speaker->owner.source == talk->run->actor->source))
			err = keep_base(talk, speaker);
	}
	return err;
}

/* ---- the whole ---- */

static bool begin(struct talk *talk)
{
	const struct value *link;
	if (talk->after->kind != KIND_USER)
		return false;
	for (size_t i = 0; (link = entry_value(talk->after, ATTR_LINK, i)); i++)
		add_speaker(talk, link);
	for (size_t i = 0; i < talk->count; i++)
		recall(talk, &talk->speakers[i]);
	talk->is_directory = talk->run->actor->type == ACTOR_DIRECTORY;
	talk->is_local = talk->run->actor->type != ACTOR_SYSTEM &&
			 owner_of_actor(talk->run).type == OWNER_LOCAL;
	return talk->count > 0;
}

enum err ownership_settle_directories(struct run *run, const struct entry *before,
	struct entry *after, const struct modification *mods, size_t count)
{
	struct talk talk = { .run = run, .before = before, .after = after };
	enum err err = OK;
	if (!begin(&talk))
		return OK;
	if (talk.is_directory)
		talk.self = speaker_of(&talk, run->actor->source);
	if (talk.self)
		hear(&talk, talk.self, mods, count);
	for (enum attr attr = 1; !err && attr < ATTR_LIMIT; attr++) {
		if (!attr_is_shared(attr) || attr_family(attr) != attr)
			continue;
		err = attr_has(attr, ATTR_SINGLE) ? settle_single(&talk, attr)
						  : settle_set(&talk, attr);
	}
	return err ? err : keep_bases(&talk);
}
