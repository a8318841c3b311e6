#include "in/upstream/entry.h"

#include "in/upstream/mapped.h"
#include "model/dn.h"

#define ROW_OCTETS (128 * KIB) /* of members in one frame */

static enum entry_class classify(const struct attribute *object_class)
{
	static const struct {
		const char *object_class;
		enum entry_class class;
	} classes[] = {
		{ "computer", CLASS_OTHER },
		{ "contact", CLASS_OTHER },
		{ "group", CLASS_GROUP },
		{ "groupOfNames", CLASS_GROUP },
		{ "groupOfUniqueNames", CLASS_GROUP },
		{ "groupOfMembers", CLASS_GROUP },
		{ "groupOfEntries", CLASS_GROUP },
		{ "person", CLASS_USER },
		{ "inetOrgPerson", CLASS_USER },
		{ "account", CLASS_USER },
		{ "posixAccount", CLASS_USER },
		{ "organizationalUnit", CLASS_OU },
		{ "container", CLASS_OU },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (attribute_has(object_class, span_str(classes[i].object_class)))
			return classes[i].class;
	return CLASS_OTHER;
}

/* 389 takes the small letter of a capital I with a dot for the one without, and writes it so into
 * the groups of who is renamed: to it both name the same. */
static struct span without_dotless(struct arena *arena, struct span text)
{
	static const char dotless[] = "\xc4\xb1", dotted[] = "i\xcc\x87";
	uint8_t *to = arena_alloc(arena, text.len / 2 * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (i + 1 < text.len && memcmp(text.data + i, dotless, 2) == 0) {
			memcpy(to + n, dotted, 3);
			n += 3;
			i++;
		} else {
			to[n++] = text.data[i];
		}
	}
	return span_of(to, n);
}

bool entry_normal_dn(struct upstream *up, struct span text, struct span *normal)
{
	struct dn dn;

	if (dn_parse(up->arena, text, &dn, NULL) != OK)
		return false;
	*normal = dn_normal(up->arena, &dn);
	if (rootdse_is_389(&up->root))
		*normal = without_dotless(up->arena, *normal);
	return normal->len > 0 && normal->len <= LIMIT_DN_OCTETS;
}

static void flush_members(struct members_writer *writer, bool more)
{
	struct upstream *up = writer->up;

	up->row.type = FRAME_MEMBERS;
	up->row.delta = writer->delta;
	up->row.members_follow = more;
	upstream_put(up, &up->row);
	up->row.member_count = 0;
	writer->octets = 0;
	arena_reset(up->arena);
}

void members_begin(struct members_writer *writer, struct upstream *up)
{
	*writer = (struct members_writer){ .up = up };
	up->row.member_count = 0;
}

void members_turn(struct members_writer *writer, enum members_delta delta)
{
	if (writer->delta != delta && writer->up->row.member_count > 0)
		flush_members(writer, true);
	writer->delta = delta;
}

void members_put(struct members_writer *writer, struct span dn, const struct uuid *anchor)
{
	struct row *row = &writer->up->row;
	struct row_member member = { .anchor = anchor ? *anchor : (struct uuid){ { 0 } } };

	/* One that has neither a name nor an anchor to be known by is nobody. */
	if (!entry_normal_dn(writer->up, dn, &member.dn)) {
		if (uuid_is_nil(&member.anchor))
			return;
		member.dn = SPAN_NONE;
	}
	row->members[row->member_count++] = member;
	writer->octets += member.dn.len + sizeof(member.anchor);
	if (row->member_count == FRAME_MEMBERS_MAX || writer->octets > ROW_OCTETS)
		flush_members(writer, true);
}

void members_end(struct members_writer *writer)
{
	flush_members(writer, false);
}

void entry_skip(struct upstream *up, const char *text)
{
	up->row.type = FRAME_SKIPPED;
	up->row.text = span_str(text);
	upstream_put(up, &up->row);
}

enum entry_class entry_classify(const struct incoming *in)
{
	return classify(incoming_find(in, SPAN("objectClass")));
}

static void put_value(struct row *row, enum attr attr, struct span value)
{
	if (value.len > MAPPED_VALUE_MAX)
		value.len = MAPPED_VALUE_MAX;
	if (value.len > 0)
		row->values[row->value_count++] = (struct row_value){ attr, 0, value };
}

static void name_group(struct upstream *up, const struct incoming *in)
{
	put_value(&up->row, ATTR_COMMON_NAME, incoming_first(in, SPAN("cn")));
	put_value(&up->row, ATTR_DESCRIPTION, incoming_first(in, SPAN("description")));
}

static void put_row(struct upstream *up, const struct incoming *in)
{
	struct row *row = &up->row;

	row->type = FRAME_ENTRY;
	row->rule = SPAN_NONE;
	row->expiry = 0;
	row->state = ENTRY_ACTIVE;
	row->members_follow = row->class == CLASS_GROUP;
	row->value_count = 0;
	if (row->class == CLASS_USER)
		mapped_person(up, in);
	else if (row->class == CLASS_GROUP)
		name_group(up, in);
	upstream_put(up, row);
}

bool entry_put(struct upstream *up, const struct incoming *in)
{
	struct row *row = &up->row;

	if (!entry_normal_dn(up, span_of_berval(&in->dn), &row->dn)) {
		entry_skip(up, "the entry's DN cannot be used");
		return false;
	}
	row->class = entry_classify(in);
	put_row(up, in);
	return true;
}

static void put_members(struct members_writer *writer, const struct attribute *attribute)
{
	for (const struct berval *v = attribute ? attribute->values : NULL; v && v->bv_val; v++)
		members_put(writer, span_of_berval(v), NULL);
}

void entry_put_whole(struct upstream *up, const struct incoming *in)
{
	struct members_writer writer;

	if (!entry_put(up, in) || up->row.class != CLASS_GROUP)
		return;
	members_begin(&writer, up);
	put_members(&writer, incoming_find(in, SPAN("member")));
	put_members(&writer, incoming_find(in, SPAN("uniqueMember")));
	members_end(&writer);
}

void entry_put_outside(struct upstream *up, const struct incoming *in, struct span rule)
{
	struct row *row = &up->row;

	if (!entry_normal_dn(up, span_of_berval(&in->dn), &row->dn)) {
		entry_skip(up, "the entry's DN cannot be used");
		return;
	}
	row->type = FRAME_ENTRY;
	row->class = entry_classify(in);
	row->state = ENTRY_OUT_OF_SCOPE;
	row->rule = rule;
	row->expiry = 0;
	row->members_follow = false;
	row->value_count = 0;
	upstream_put(up, row);
}
