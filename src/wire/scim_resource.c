#include "wire/scim_resource.h"

#include "base/clock.h"
#include "base/codec.h"

/* Where the rows of each attribute begin, found in one walk over the record. */
struct rows {
	const struct record *record;
	const struct scim_select *select;
	const struct scim_beside *beside;
	uint16_t first[ATTR_LIMIT]; /* index + 1; 0: none, or not wanted */
};

static void find_rows(struct rows *rows, const struct record *record,
	const struct scim_select *select, uint16_t source)
{
	memset(rows->first, 0, sizeof rows->first);
	rows->record = record;
	rows->select = select;
	for (size_t i = record->count; i-- > 0;) {
		struct value value = record_row(record, i);
		/* The core made up a name for LDAP: no client has given it, so none is shown it. */
		bool made_up = value.source == SOURCE_DERIVED && value.attr != ATTR_USER_NAME;
		bool anothers = attr_has(value.attr, ATTR_PER_SOURCE) && value.source != source;
		if (scim_selected(select, value.attr) && !attr_is_hidden(value.attr) && !made_up &&
			!anothers)
			rows->first[value.attr] = (uint16_t)(i + 1);
	}
}

static void put_id(struct json_writer *w, const struct uuid *id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	json_put_text(w, span_of(text, UUID_TEXT));
}

static void put_stored_time(struct json_writer *w, struct span octets)
{
	int64_t wall;
	char text[TIME_TEXT_MAX];
	if (time_parse_generalized(octets, &wall))
		json_put_text(w, span_of(text, time_format_rfc3339(wall, text)));
	else
		json_put_text(w, octets);
}

static void put_binary(struct json_writer *w, struct span octets)
{
	struct arena *arena = arena_new();
	json_put_string(w, base64_format(arena, octets));
	arena_free(arena);
}

static void put_value(struct json_writer *w, enum attr attr, struct span octets)
{
	struct uuid id;
	/* Canonical JSON as it stands. */
	if (attr == ATTR_PLATFORM) {
		json_put_raw(w, octets);
		return;
	}
	switch (attr_row(attr)->syntax) {
	case SYNTAX_BOOLEAN:
		json_put_bool(w, span_equal(octets, SPAN("TRUE")));
		return;
	case SYNTAX_INTEGER:
	case SYNTAX_DECIMAL:
		json_put_raw(w, octets);
		return;
	case SYNTAX_OCTETS:
		put_binary(w, octets);
		return;
	case SYNTAX_TIME:
		put_stored_time(w, octets);
		return;
	case SYNTAX_REFERENCE:
		if (uuid_from_octets(octets, &id))
			put_id(w, &id);
		else
			json_put_null(w);
		return;
	default:
		json_put_text(w, octets);
	}
}

static void put_simple(
	struct json_writer *w, const struct rows *rows, const struct scim_attribute *attribute)
{
	size_t i = rows->first[attribute->attr];
	if (i == 0)
		return;
	json_name(w, attribute->name);
	if (attribute->multi)
		json_begin_array(w);
	for (i--; i < rows->record->count; i++) {
		struct value value = record_row(rows->record, i);
		if (value.attr != attribute->attr)
			break;
		put_value(w, value.attr, value.octets);
		if (!attribute->multi)
			return;
	}
	json_end_array(w);
}

static bool has_part(const struct rows *rows, const struct scim_attribute *attribute)
{
	for (size_t i = 0; i < attribute->count; i++)
		if (rows->first[attribute->parts[i].attr])
			return true;
	return false;
}

static void put_parts(
	struct json_writer *w, const struct rows *rows, const struct scim_attribute *attribute)
{
	if (!has_part(rows, attribute))
		return;
	json_name(w, attribute->name);
	json_begin_object(w);
	for (size_t i = 0; i < attribute->count; i++) {
		const struct scim_part *part = &attribute->parts[i];
		if (!rows->first[part->attr])
			continue;
		json_name(w, part->name);
		put_value(w, part->attr,
			record_row(rows->record, rows->first[part->attr] - 1u).octets);
	}
	json_end_object(w);
}

/* The attribute's value in this instance; rows of one attribute rise by instance. */
static bool find_instance(
	const struct rows *rows, enum attr attr, uint16_t instance, struct span *octets)
{
	size_t i = rows->first[attr];
	for (; i > 0 && i <= rows->record->count; i++) {
		struct value value = record_row(rows->record, i - 1);
		if (value.attr != attr || value.instance > instance)
			return false;
		if (value.instance == instance) {
			*octets = value.octets;
			return true;
		}
	}
	return false;
}

/* The lowest instance above `after` that any part has; -1 when none. */
static int next_instance(const struct rows *rows, const struct scim_attribute *attribute, int after)
{
	int next = -1;
	for (size_t p = 0; p < attribute->count; p++) {
		enum attr attr = attribute->parts[p].attr;
		for (size_t i = rows->first[attr]; i > 0 && i <= rows->record->count; i++) {
			struct value value = record_row(rows->record, i - 1);
			if (value.attr != attr)
				break;
			if (value.instance > after && (next < 0 || value.instance < next))
				next = value.instance;
		}
	}
	return next;
}

static void put_instance(struct json_writer *w, const struct rows *rows,
	const struct scim_attribute *attribute, uint16_t instance)
{
	struct span octets;
	json_begin_object(w);
	for (size_t i = 0; i < attribute->count; i++) {
		const struct scim_part *part = &attribute->parts[i];
		if (!find_instance(rows, part->attr, instance, &octets))
			continue;
		json_name(w, part->name);
		put_value(w, part->attr, octets);
	}
	json_end_object(w);
}

static void put_instances(
	struct json_writer *w, const struct rows *rows, const struct scim_attribute *attribute)
{
	struct span more = attribute->attr == ATTR_ROLE_CLAIM ? rows->beside->roles : SPAN_NONE;
	int instance = next_instance(rows, attribute, -1);
	if (instance < 0 && more.len == 0)
		return;
	json_name(w, attribute->name);
	json_begin_array(w);
	for (; instance >= 0; instance = next_instance(rows, attribute, instance))
		put_instance(w, rows, attribute, (uint16_t)instance);
	if (more.len > 0)
		json_put_raw(w, more);
	json_end_array(w);
}

static void put_time(struct json_writer *w, const char *name, int64_t wall)
{
	char text[TIME_TEXT_MAX];
	size_t len = time_format_rfc3339(wall, text);
	json_text_member(w, name, span_of(text, len));
}

static bool is_beside(unsigned special)
{
	return special == SCIM_LAST_LOGIN || special == SCIM_SCOPES;
}

static bool has_beside(const struct rows *rows, unsigned special)
{
	return special == SCIM_LAST_LOGIN ? rows->beside->last_login != 0
					  : rows->beside->scopes.len > 0;
}

static void put_beside(
	struct json_writer *w, const struct rows *rows, const struct scim_attribute *attribute)
{
	if (!is_beside(attribute->special) || !has_beside(rows, attribute->special))
		return;
	if (attribute->special == SCIM_LAST_LOGIN) {
		put_time(w, attribute->name, rows->beside->last_login);
		return;
	}
	json_name(w, attribute->name);
	json_put_raw(w, rows->beside->scopes);
}

static void put_attribute(
	struct json_writer *w, const struct rows *rows, const struct scim_attribute *attribute)
{
	if (attribute->special)
		put_beside(w, rows, attribute);
	else if (!attribute->complex)
		put_simple(w, rows, attribute);
	else if (attribute->multi)
		put_instances(w, rows, attribute);
	else
		put_parts(w, rows, attribute);
}

static bool has_schema(
	const struct rows *rows, const struct scim_type *type, enum scim_schema schema)
{
	for (size_t i = 0; i < type->count; i++) {
		const struct scim_attribute *attribute = &type->attributes[i];
		if (attribute->schema != schema)
			continue;
		if (is_beside(attribute->special)) {
			if (has_beside(rows, attribute->special))
				return true;
			continue;
		}
		if (attribute->special ? scim_selected(rows->select, attribute->special)
				       : (attribute->attr && rows->first[attribute->attr]) ||
						 has_part(rows, attribute))
			return true;
	}
	return false;
}

static void put_schema(struct json_writer *w, const struct rows *rows, const struct scim_type *type,
	enum scim_schema schema)
{
	for (size_t i = 0; i < type->count; i++)
		if (type->attributes[i].schema == schema)
			put_attribute(w, rows, &type->attributes[i]);
}

static void put_schemas(struct json_writer *w, const struct scim_type *type, const bool *has)
{
	json_name(w, "schemas");
	json_begin_array(w);
	for (enum scim_schema s = 0; s < SCIM_SCHEMA_COUNT; s++)
		if (has[s])
			json_put_string(w, type->urns[s]);
	json_end_array(w);
}

static const struct {
	const char *word;
	enum kind kind;
} group_types[] = { { "directory", KIND_GROUP }, { "role", KIND_ROLE }, { "scope", KIND_SCOPE } };

const char *scim_group_type(enum kind kind)
{
	for (size_t i = 0; i < sizeof group_types / sizeof *group_types; i++)
		if (group_types[i].kind == kind)
			return group_types[i].word;
	return "directory";
}

void scim_begin_resource(struct json_writer *w, const struct scim_type *type,
	const struct record *record, const struct scim_select *select,
	const struct scim_beside *beside)
{
	struct rows rows __attribute__((uninitialized));
	bool has[SCIM_SCHEMA_COUNT] = { true };
	find_rows(&rows, record, select, beside->source);
	rows.beside = beside;
	for (enum scim_schema s = SCIM_CORE + 1; s < SCIM_SCHEMA_COUNT; s++)
		has[s] = type->urns[s] && has_schema(&rows, type, s);
	json_begin_object(w);
	put_schemas(w, type, has);
	json_name(w, "id");
	put_id(w, &record->id);
	put_schema(w, &rows, type, SCIM_CORE);
	for (enum scim_schema s = SCIM_CORE + 1; s < SCIM_SCHEMA_COUNT; s++) {
		if (!has[s])
			continue;
		json_name(w, type->urns[s]);
		json_begin_object(w);
		put_schema(w, &rows, type, s);
		if (kind_is_container(record->kind))
			json_string_member(w, "groupType", scim_group_type(record->kind));
		json_end_object(w);
	}
}

size_t scim_tag(uint64_t revision, char out[SCIM_TAG_MAX])
{
	memcpy(out, "W/\"", 3);
	size_t len = 3 + decimal_format(revision, out + 3);
	memcpy(out + len, "\"", 2);
	return len + 1;
}

void scim_put_meta(struct json_writer *w, const struct scim_type *type, const struct record *record,
	const struct scim_select *select, struct span location)
{
	char tag[SCIM_TAG_MAX];
	if (!scim_selected(select, SCIM_META))
		return;
	json_name(w, "meta");
	json_begin_object(w);
	json_string_member(w, "resourceType", type->name);
	put_time(w, "created", record->created);
	put_time(w, "lastModified", record->modified);
	json_text_member(w, "location", location);
	json_text_member(w, "version", span_of(tag, scim_tag(record->revision, tag)));
	json_end_object(w);
}

enum kind scim_group_kind(struct span word)
{
	for (size_t i = 0; i < sizeof group_types / sizeof *group_types; i++)
		if (span_equal_nocase(word, span_str(group_types[i].word)))
			return group_types[i].kind;
	return KIND_NONE;
}
