#include "base/clock.h"
#include "base/limits.h"
#include "in/admin/admin_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* One snapshot as JSON lines: {"export": 1, ...}, then an entry a line,
 *   {"kind": "user", "name": "ann", "active": true, "attributes": {"email": ["a@x.test"]},
 *    "sources": {"email": ["corp"]}, ...}
 * and behind each container its members, MEMBERS_A_LINE at a time. `muster load` takes people,
 * scopes, groups and memberships from it. Hashes, digests and sealed secrets are left out. What is
 * under way in memory is a line, whatever the size of the tenant. */

#define EXPORT_FORMAT 1
#define MEMBERS_A_LINE 1000
#define LINE_MAX_OCTETS (4 * MIB)

struct export
{
	struct request *r;
	struct arena *arena; /* of one line */
	struct buffer line;
	struct json_writer w;
	int file;
	uint64_t lines;
};

static enum err write_all(struct export *e, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(e->file, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail(e->r->why, ERR_IO, "path", "the file cannot be written: %s",
				strerror(errno));
		data += n;
		len -= (size_t)n;
	}
	return OK;
}

static void begin_line(struct export *e)
{
	buffer_reset(&e->line);
	arena_reset(e->arena);
	json_start(&e->w, &e->line);
	json_begin_object(&e->w);
}

static enum err end_line(struct export *e)
{
	json_end_object(&e->w);
	buffer_put_octet(&e->line, '\n');
	if (e->line.failed)
		return fail(e->r->why, ERR_TOO_LARGE, NULL, "an entry is too large for a line");
	e->lines++;
	return write_all(e, e->line.data, e->line.len);
}

/* ---- one entry ---- */

static void put_id(struct export *e, const char *name, const struct uuid *id)
{
	char text[UUID_TEXT + 1];

	uuid_format(id, text);
	json_string_member(&e->w, name, text);
}

static void put_time(struct export *e, const char *name, int64_t wall)
{
	char text[TIME_TEXT_MAX];

	json_text_member(&e->w, name, span_of(text, time_format_rfc3339(wall, text)));
}

/* Who stands behind a value or membership, by name. */
static struct span source_name(struct export *e, uint16_t source)
{
	static const enum kind kinds[] = { KIND_DIRECTORY, KIND_CLIENT };
	struct record record;

	if (source == SOURCE_LOCAL || source == SOURCE_DERIVED)
		return source == SOURCE_LOCAL ? SPAN("local") : SPAN("derived");
	struct span digits = span_str(arena_printf(e->arena, "%u", (unsigned)source));
	for (size_t i = 0; i < 2; i++)
		if (view_by_value(e->r->view, e->r->tenant.number, kinds[i], ATTR_SOURCE_NUMBER,
			    digits, &record))
			return record_first(&record, ATTR_COMMON_NAME);
	return SPAN("gone");
}

static void put_value(struct export *e, const struct value *value)
{
	struct uuid id;
	char text[UUID_TEXT + 1];

	if (attr_row(value->attr)->syntax != SYNTAX_REFERENCE ||
		!uuid_from_octets(value->octets, &id)) {
		json_put_text(&e->w, value->octets);
		return;
	}
	uuid_format(&id, text);
	json_put_string(&e->w, text);
}

static void put_one(struct export *e, const struct value *value, bool sources)
{
	if (sources)
		json_put_text(&e->w, source_name(e, value->source));
	else
		put_value(e, value);
}

/* A value's place is its instance, as `load` takes it. */
static size_t put_attribute(
	struct export *e, const struct record *record, size_t i, enum attr attr, bool sources)
{
	bool per_source = attr_has(attr, ATTR_PER_SOURCE);
	unsigned place = per_source ? record_row(record, i).instance : 0;

	json_name(&e->w, lower_name(e->arena, attr_row(attr)->name));
	json_begin_array(&e->w);
	for (; i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != attr)
			break;
		if (per_source && value.instance > place)
			continue;
		for (; place < value.instance; place++)
			json_put_null(&e->w);
		put_one(e, &value, sources);
		place++;
	}
	json_end_array(&e->w);
	return i;
}

static void put_values(struct export *e, const struct record *record, bool sources)
{
	json_name(&e->w, sources ? "sources" : "attributes");
	json_begin_object(&e->w);
	for (size_t i = 0; i < record->count;) {
		enum attr attr = record_row(record, i).attr;
		if (attr_is_shown(attr))
			i = put_attribute(e, record, i, attr, sources);
		else
			i++;
	}
	json_end_object(&e->w);
}

static enum err put_entry(struct export *e, const struct record *record)
{
	begin_line(e);
	json_string_member(&e->w, "kind", kind_row(record->kind)->word);
	json_text_member(&e->w, "name", record_first(record, kind_row(record->kind)->naming));
	put_id(e, "id", &record->id);
	json_integer_member(&e->w, "revision", (int64_t)record->revision);
	put_time(e, "created", record->created);
	put_time(e, "modified", record->modified);
	if (record_first(record, ATTR_ACTIVE).len)
		json_bool_member(&e->w, "active", record_is_true(record, ATTR_ACTIVE));
	put_values(e, record, false);
	put_values(e, record, true);
	return end_line(e);
}

/* ---- memberships ---- */

static void put_member(struct export *e, const struct edge *edge)
{
	json_begin_object(&e->w);
	json_text_member(&e->w, "value", edge->member_name);
	json_string_member(&e->w, "kind", kind_row(edge->member_kind)->word);
	put_id(e, "id", &edge->member_id);
	json_name(&e->w, "sources");
	json_begin_array(&e->w);
	for (size_t i = 0; i < edge->source_count; i++)
		json_put_text(&e->w, source_name(e, edge->sources[i]));
	json_end_array(&e->w);
	json_end_object(&e->w);
}

static enum err put_members(struct export *e, const struct record *container)
{
	struct arena *arena = arena_new();
	struct member_walk *walk =
		view_members(e->r->view, arena, e->r->tenant.number, container->number, 0);
	struct edge edge;
	unsigned count = 0;
	enum err err = OK;

	while (err == OK && member_walk_next(walk, &edge)) {
		if (count % MEMBERS_A_LINE == 0) {
			begin_line(e);
			json_string_member(&e->w, "kind", kind_row(container->kind)->word);
			json_text_member(&e->w, "name", record_first(container, ATTR_COMMON_NAME));
			put_id(e, "id", &container->id);
			json_name(&e->w, "members");
			json_begin_array(&e->w);
		}
		put_member(e, &edge);
		if (++count % MEMBERS_A_LINE == 0) {
			json_end_array(&e->w);
			err = end_line(e);
		}
	}
	if (err == OK && count % MEMBERS_A_LINE != 0) {
		json_end_array(&e->w);
		err = end_line(e);
	}
	member_walk_close(walk);
	arena_free(arena);
	return err;
}

/* ---- all ---- */

static enum err put_kind(struct export *e, enum kind kind, bool members)
{
	struct arena *arena = arena_new();
	const struct search_spec spec = {
		.actor = &e->r->actor, .tenant = e->r->tenant.number, .kinds = 1u << kind
	};
	unsigned budget = UINT32_MAX;
	struct search *search;
	struct record record;

	enum err err = search_open(e->r->view, arena, &spec, &search, e->r->why);
	while (err == OK && search_next(search, &budget, &record) == STEP_FOUND) {
		err = members ? put_members(e, &record) : put_entry(e, &record);
		budget = UINT32_MAX;
	}
	arena_free(arena);
	return err;
}

static enum err put_head(struct export *e)
{
	begin_line(e);
	json_integer_member(&e->w, "export", EXPORT_FORMAT);
	json_text_member(&e->w, "tenant", e->r->tenant.name);
	put_id(e, "id", &e->r->tenant.id);
	put_time(e, "time", clock_wall());
	json_integer_member(
		&e->w, "changes", (int64_t)view_journal_last(e->r->view, e->r->tenant.number));
	return end_line(e);
}

/* People before containers, and these before their members, so that it can be read in one go. */
static enum err put_all(struct export *e)
{
	enum err err = put_head(e);

	for (enum kind kind = KIND_USER; err == OK && kind < KIND_COUNT; kind++)
		if (kind_row(kind))
			err = put_kind(e, kind, false);
	for (enum kind kind = KIND_USER; err == OK && kind < KIND_COUNT; kind++)
		if (kind_is_container(kind))
			err = put_kind(e, kind, true);
	return err == OK ? view_error(e->r->view, e->r->why) : err;
}

static enum err write_file(struct export *e, const char *path, const char *made)
{
	e->file = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (e->file < 0)
		return fail(
			e->r->why, ERR_IO, "path", "%s cannot be made: %s", made, strerror(errno));
	e->arena = arena_new();
	buffer_init(&e->line, LINE_MAX_OCTETS);
	enum err err = put_all(e);
	if (err == OK && fsync(e->file) != 0)
		err = fail(e->r->why, ERR_IO, "path", "the file cannot be written: %s",
			strerror(errno));
	close(e->file);
	buffer_free(&e->line);
	arena_free(e->arena);
	/* Never over what somebody has there already. */
	if (err == OK && linkat(AT_FDCWD, made, AT_FDCWD, path, 0) != 0)
		err = fail(e->r->why, errno == EEXIST ? ERR_EXISTS : ERR_IO, "path", "%s: %s", path,
			strerror(errno));
	unlink(made);
	return err;
}

enum err admin_tenant_export(struct request *r)
{
	const char *path = arena_string(r->arena, json_text(r->args, "path"));
	struct export e = { .r = r };

	if (path[0] != '/')
		return fail(r->why, ERR_VALUE, "path",
			"the daemon needs a whole path, beginning with /");
	enum err err = request_tenant(r);
	if (err == OK)
		err = write_file(&e, path, arena_printf(r->arena, "%s.part", path));
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_string_member(r->out, "path", path);
	json_integer_member(r->out, "lines", (int64_t)e.lines);
	json_end_object(r->out);
	return OK;
}
