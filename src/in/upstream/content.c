#include "in/upstream/content.h"

#include "in/upstream/entry.h"
#include "in/upstream/guid.h"
#include "in/upstream/lookup.h"
#include "in/upstream/mapped.h"
#include "in/upstream/range.h"

#include <stdio.h>

#define PEOPLE_FILTER "(&(objectClass=user)(!(objectClass=computer)))"
#define GROUPS_FILTER "(objectClass=group)"

static bool is_member(struct span type)
{
	return span_equal_nocase(type, SPAN("member")) ||
	       span_equal_nocase(type, SPAN("uniqueMember"));
}

/* What rows are made of, and what tells whose they are and whether they changed. */
static char **attributes_of(struct upstream *up)
{
	static const char *const more[] = { "objectSid", "primaryGroupID", "isDeleted",
		"lastKnownParent", "name", "uSNChanged", "entryCSN", "modifyTimestamp",
		"objectGUID", "entryUUID", "nsUniqueId", "ipaUniqueID", "ibm-entryUUID", "GUID" };
	const size_t more_count = sizeof(more) / sizeof(more[0]);
	char **mapped = mapped_attributes(up);
	size_t count = 0;

	while (mapped[count])
		count++;
	char **names = arena_array(up->life, count + more_count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = arena_string(up->life, span_str(mapped[i]));
	for (size_t i = 0; i < more_count; i++)
		names[count + i] = arena_string(up->life, span_str(more[i]));
	return names;
}

/* The order's filter finds all classes, and of each those that it takes. */
static char *narrow(struct upstream *up, const char *class)
{
	return arena_printf(up->life, "(&%s%.*s)", class, SPAN_ARGS(up->order.filter));
}

void content_init(struct content *content, struct upstream *up)
{
	*content = (struct content){ .up = up, .ad = rootdse_is_ad(&up->root) };
	if (up->order.anchor_attribute.len > 0 && !anchor_row(up->order.anchor_attribute))
		upstream_fail(up, FAILURE_CONFIG, "%.60s is not known to name an entry for good",
			arena_string(up->life, up->order.anchor_attribute));
	content->base = arena_string(up->life, up->order.base);
	content->people = content->groups = NULL;
	if (content->ad) {
		content->people = narrow(up, PEOPLE_FILTER);
		content->groups = narrow(up, GROUPS_FILTER);
	} else
		content->people = arena_string(up->life, up->order.filter);
	content->attributes = attributes_of(up);
	content->extended = (LDAPControl){ .ldctl_oid = LDAP_CONTROL_X_EXTENDED_DN };
}

const struct anchor_row *content_take(
	struct content *content, LDAPMessage *entry, struct uuid *anchor)
{
	struct incoming *in = &content->in;
	struct extended_dn name;

	if (!incoming_take(content->up, entry, in))
		return NULL;
	if (extended_dn_read(span_of_berval(&in->dn), &name))
		in->dn = (struct berval){ name.dn.len, (char *)name.dn.data };
	return anchor_find(content->up, in, anchor);
}

static void put_values(struct members_writer *writer, const struct attribute *attribute)
{
	struct extended_dn name;

	for (const struct berval *v = attribute->values; v && v->bv_val; v++)
		if (extended_dn_read(span_of_berval(v), &name))
			members_put(
				writer, name.dn, uuid_is_nil(&name.anchor) ? NULL : &name.anchor);
}

/* The piece that begins at `first`, whose members are put; false: it was the last. */
static bool put_piece(struct members_writer *writer, const struct incoming *piece, struct span type,
	uint32_t *first)
{
	struct range range;

	for (size_t i = 0; i < piece->count; i++) {
		if (!range_read(piece->attributes[i].type, &range) || !range.ranged ||
			!span_equal_nocase(range.type, type) || range.first != *first)
			continue;
		put_values(writer, &piece->attributes[i]);
		*first = range.last + 1;
		return !range.ends;
	}
	upstream_fail(writer->up, FAILURE_PROTOCOL,
		"the members of a group end in the middle, at %u", (unsigned)*first);
}

/* A group of which only a part was read is not a small group: whatever goes wrong ends the run. */
static void follow_range(
	struct content *content, struct members_writer *writer, const struct range *begun)
{
	static struct incoming piece;
	struct upstream *up = content->up;
	LDAPControl *controls[] = { &content->extended, NULL };
	char base[LIMIT_DN_OCTETS + 1], type[64];
	struct lookup lookup = { .base = base, .scope = LDAP_SCOPE_BASE, .controls = controls };
	uint32_t first = begun->last + 1;
	bool more_follow = true;

	snprintf(base, sizeof(base), "%.*s", (int)content->in.dn.bv_len, content->in.dn.bv_val);
	snprintf(type, sizeof(type), "%.*s", SPAN_ARGS(begun->type));
	while (more_follow) {
		char *attributes[] = { range_name(up->arena, span_str(type), first), NULL };
		lookup.attributes = attributes;
		int code = lookup_run(up, &lookup);
		if (code != LDAP_SUCCESS || !lookup_first(up, &lookup) ||
			!incoming_take(up, lookup.entry, &piece))
			upstream_fail(up, search_failure(code),
				"the members of a group from %u on: result %d, %s", (unsigned)first,
				code, ldap_err2string(code));
		more_follow = put_piece(writer, &piece, span_str(type), &first);
		incoming_release(&piece);
		lookup_end(&lookup);
	}
}

static void put_members(struct content *content, struct members_writer *writer)
{
	struct range range;
	size_t count;

	for (size_t i = 0; i < content->in.count; i++) {
		const struct attribute *attribute = &content->in.attributes[i];
		if (!range_read(attribute->type, &range) || !is_member(range.type))
			continue;
		put_values(writer, attribute);
		if (range.ranged && !range.ends)
			follow_range(content, writer, &range);
	}
	struct span sid = incoming_first(&content->in, SPAN("objectSid"));
	const struct primary *primary = primaries_of(&content->primaries, sid, &count);
	for (size_t i = 0; sid.len > 0 && i < count; i++)
		members_put(writer, SPAN_NONE, &primary[i].member);
}

void content_put(struct content *content, const struct uuid *anchor)
{
	struct upstream *up = content->up;
	struct members_writer writer;

	up->row.anchor = *anchor;
	if (!entry_put(up, &content->in) || up->row.class != CLASS_GROUP)
		return;
	members_begin(&writer, up);
	put_members(content, &writer);
	members_end(&writer);
}

static void take_whole(struct upstream *up, LDAPMessage *entry, void *with)
{
	struct content *content = with;
	struct uuid anchor;

	(void)up;
	if (content_take(content, entry, &anchor)) {
		struct span rid = incoming_first(&content->in, SPAN("primaryGroupID"));
		if (rid.len > 0)
			primaries_add(&content->primaries,
				incoming_first(&content->in, SPAN("objectSid")), rid, &anchor);
		if (content->seen)
			content->seen(content, &anchor, content->with);
		content_put(content, &anchor);
	}
	incoming_release(&content->in);
}

static void forget_primaries(void *with)
{
	struct content *content = with;

	primaries_clear(&content->primaries);
}

void content_walk(struct content *content, char **attributes,
	void (*take)(struct upstream *up, LDAPMessage *entry, void *with))
{
	struct pages pages = { .base = content->base,
		.filter = content->people,
		.attributes = attributes,
		.controls = { &content->extended },
		.control_count = content->ad ? 1 : 0,
		.begin = forget_primaries,
		.take = take,
		.with = content };

	content->references = pages_read(content->up, &pages);
	if (!content->groups)
		return;
	pages.filter = content->groups;
	pages.begin = NULL;
	content->references += pages_read(content->up, &pages);
}

void content_read(struct content *content)
{
	content_walk(content, content->attributes, take_whole);
}

void content_note_references(struct content *content)
{
	if (content->references > 0)
		upstream_note(content->up, "%u references to other servers were not followed",
			content->references);
}
