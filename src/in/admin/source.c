#include "in/admin/source_int.h"

#include "base/codec.h"
#include "model/change.h"

#include <stdio.h>

/* Where what is said of a person comes from. */

#define SOURCES_MAX 32 /* of one person that are told */

static bool is_authority(const struct record *owner)
{
	return owner->kind == KIND_DIRECTORY ||
	       span_equal(record_first(owner, ATTR_CLIENT_TYPE), SPAN("scim"));
}

bool source_find(struct request *r, uint16_t source, struct record *owner)
{
	static const enum kind kinds[] = { KIND_DIRECTORY, KIND_CLIENT };
	char digits[8];
	int len = snprintf(digits, sizeof digits, "%u", (unsigned)(source & ~SOURCE_FOLLOWS));

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (view_by_value(r->view, r->tenant.number, kinds[i], ATTR_SOURCE_NUMBER,
			    span_of(digits, (size_t)len), owner))
			return is_authority(owner);
	return false;
}

/* ---- of one person ---- */

static size_t add_source(uint16_t *sources, size_t count, uint16_t source)
{
	for (size_t i = 0; i < count; i++)
		if (sources[i] == source)
			return count;
	if (count < SOURCES_MAX)
		sources[count++] = source;
	return count;
}

static size_t sources_of(const struct record *person, uint16_t *sources)
{
	size_t count = 0;

	for (size_t i = 0; i < person->count; i++) {
		struct value value = record_row(person, i);
		if (value.source != SOURCE_LOCAL && value.source != SOURCE_DERIVED)
			count = add_source(sources, count, value.source);
		/* A link names its directory itself. */
		if (value.attr == ATTR_LINK && value.octets.len > 2)
			count = add_source(sources, count, get_be16(value.octets.data));
	}
	return count;
}

/* "7:disabled" is said of the directory with the number 7. */
static struct span state_word(struct span state)
{
	span_cut(&state, ':');
	return state;
}

static void put_link(struct request *r, const struct record *person, uint16_t source)
{
	struct uuid anchor;
	struct span dn = record_of_source(person, ATTR_LINK_DN, source);
	struct span state = state_word(record_of_source(person, ATTR_LINK_STATE, source));
	struct span external = record_of_source(person, ATTR_EXTERNAL_ID, source);

	for (size_t i = record_find(person, ATTR_LINK); i < person->count; i++) {
		struct value link = record_row(person, i);
		if (link.attr != ATTR_LINK)
			break;
		if (uuid_from_octets(span_from(link.octets, 2), &anchor) &&
			get_be16(link.octets.data) == source)
			show_uuid(r, "anchor", &anchor);
	}
	/* Behind the source's number. */
	if (dn.len > 2)
		json_text_member(r->out, "dn", span_from(dn, 2));
	if (state.len > 0)
		json_text_member(r->out, "state", state);
	if (external.len > 0)
		json_text_member(r->out, "external_id", external);
}

static void put_attributes(struct request *r, const struct record *person, uint16_t source)
{
	enum attr last = ATTR_NONE;

	json_name(r->out, "attributes");
	json_begin_array(r->out);
	for (size_t i = 0; i < person->count; i++) {
		struct value value = record_row(person, i);
		const char *argument = user_argument(value.attr);
		if (value.source != source || value.attr == last || !argument)
			continue;
		json_put_string(r->out, argument);
		last = value.attr;
	}
	json_end_array(r->out);
}

static void put_source(struct request *r, const struct record *person, uint16_t source)
{
	struct record owner;

	if (!source_find(r, source, &owner))
		return;
	json_begin_object(r->out);
	json_string_member(
		r->out, "type", owner.kind == KIND_DIRECTORY ? "directory" : "connection");
	json_text_member(r->out, "name", record_first(&owner, ATTR_COMMON_NAME));
	show_uuid(r, "id", &owner.id);
	put_link(r, person, source);
	put_attributes(r, person, source);
	json_end_object(r->out);
}

enum err admin_user_sources(struct request *r)
{
	uint16_t sources[SOURCES_MAX];
	struct record person;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &person);
	if (err != OK)
		return err;
	size_t count = sources_of(&person, sources);
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		put_source(r, &person, sources[i]);
	json_end_array(r->out);
	return OK;
}

/* ---- of the rows of a list ---- */

struct source_names {
	struct known {
		uint16_t source;
		struct span name;
	} rows[SOURCES_MAX];
	size_t count;
};

struct source_names *source_names_new(struct arena *arena)
{
	return arena_zalloc(arena, sizeof(struct source_names));
}

static struct span name_of(struct request *r, struct source_names *names, uint16_t source)
{
	struct record owner;
	struct span name = SPAN_NONE;

	for (size_t i = 0; i < names->count; i++)
		if (names->rows[i].source == source)
			return names->rows[i].name;
	if (source_find(r, source, &owner))
		name = record_first(&owner, ATTR_COMMON_NAME);
	if (names->count < SOURCES_MAX)
		names->rows[names->count++] = (struct known){ source, name };
	return name;
}

void source_names_put(struct request *r, struct source_names *names, const struct record *person)
{
	uint16_t sources[SOURCES_MAX];
	size_t count = sources_of(person, sources);

	json_name(r->out, "sources");
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		if (name_of(r, names, sources[i]).len > 0)
			json_put_text(r->out, name_of(r, names, sources[i]));
	json_end_array(r->out);
}
