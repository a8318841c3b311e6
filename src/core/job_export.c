#include "core/job_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "core/people.h"
#include "model/column.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file has the columns that an import takes, so that it can be brought back. */
#define PREFIX "job-"
#define SUFFIX ".csv"
#define LIFE (24 * 3600 * SECOND)
#define STEP_OCTETS (16 * MIB)

/* The tenant's number is in the name, so that its people's names go when it goes. */
static char *export_path(
	const struct core *core, struct arena *arena, uint32_t tenant, const struct uuid *id)
{
	char text[UUID_TEXT + 1];
	uuid_format(id, text);
	return arena_printf(arena, "%s/" PREFIX "%u-%s" SUFFIX, core->data, (unsigned)tenant, text);
}

/* ---- lines ---- */

/* A spreadsheet takes what begins so for a formula; the apostrophe says that it is text. */
static bool is_formula(struct span text)
{
	return text.len && memchr("=+-@\t\r", text.data[0], 6);
}

static void put_inner(struct buffer *out, struct span text)
{
	if (is_formula(text))
		buffer_put_octet(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			buffer_put_octet(out, '"');
		buffer_put_octet(out, text.data[i]);
	}
}

static void put_field(struct buffer *out, struct span text)
{
	buffer_put_octet(out, '"');
	put_inner(out, text);
	buffer_put_span(out, SPAN("\","));
}

static void put_containers(struct view *view, struct arena *arena, const struct record *user,
	enum kind kind, struct buffer *out)
{
	enum kind found;
	uint32_t number;
	struct record record;
	const char *between = "";
	struct container_walk *walk =
		view_containers(view, arena, user->tenant, user->number, 1u << kind);
	buffer_put_octet(out, '"');
	while (container_walk_next(walk, &found, &number))
		if (view_entry(view, user->tenant, found, number, &record)) {
			buffer_put_span(out, span_str(between));
			put_inner(out, record_first(&record, ATTR_COMMON_NAME));
			between = ";";
		}
	container_walk_close(walk);
	buffer_put_span(out, SPAN("\","));
}

/* Their manager as an import names one. */
static void put_person(struct view *view, const struct record *user, struct buffer *out)
{
	struct record manager;
	bool found = view_manager(view, user, &manager);
	put_field(out, found ? record_first(&manager, ATTR_USER_NAME) : SPAN_NONE);
}

static void put_values(const struct record *user, enum attr attr, struct buffer *out)
{
	const char *between = "";
	buffer_put_octet(out, '"');
	for (size_t i = record_find(user, attr); i < user->count; i++) {
		struct value value = record_row(user, i);
		if (value.attr != attr)
			break;
		buffer_put_span(out, span_str(between));
		put_inner(out, value.octets);
		between = ";";
	}
	buffer_put_span(out, SPAN("\","));
}

static void put_cell(struct view *view, struct arena *arena, const struct record *user,
	const struct column *column, struct buffer *out)
{
	bool yes = record_is_true(user, column->attr);
	switch (column->form) {
	case COLUMN_TEXT:
		put_field(out, record_first(user, column->attr));
		break;
	case COLUMN_YESNO:
		buffer_put_span(out, yes ? SPAN("1,") : SPAN("0,"));
		break;
	case COLUMN_PERSON:
		put_person(view, user, out);
		break;
	case COLUMN_CONTAINERS:
		put_containers(view, arena, user, column->kind, out);
		break;
	case COLUMN_APPS:
		put_values(user, column->attr, out);
		break;
	}
}

/* In place of the last comma. */
static void end_line(struct buffer *out, size_t cells)
{
	if (cells && out->len)
		out->len--;
	buffer_put_span(out, SPAN("\r\n"));
}

static void put_line(struct view *view, struct arena *arena, const struct column *const *columns,
	size_t count, const struct record *user, struct buffer *out)
{
	for (size_t i = 0; i < count; i++)
		put_cell(view, arena, user, columns[i], out);
	end_line(out, count);
}

static void put_header(const struct column *const *columns, size_t count, struct buffer *out)
{
	for (size_t i = 0; i < count; i++) {
		buffer_put_span(out, span_str(columns[i]->name));
		buffer_put_octet(out, ',');
	}
	end_line(out, count);
}

/* ---- the file ---- */

static enum err failed(struct why *why)
{
	return fail(why, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, NULL,
		"the export cannot be written: %m");
}

static enum err write_at(int file, uint64_t at, struct span octets, struct why *why)
{
	if (ftruncate(file, (off_t)at))
		return failed(why);
	while (octets.len) {
		ssize_t n = pwrite(file, octets.data, octets.len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(why);
		at += (uint64_t)n;
		octets = span_from(octets, (size_t)n);
	}
	return fdatasync(file) ? failed(why) : OK;
}

static enum err append(const struct core *core, struct arena *arena, const struct job *job,
	struct span lines, uint64_t *octets, struct why *why)
{
	int file = open(export_path(core, arena, job->tenant, &job->id),
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return failed(why);
	enum err err = write_at(file, job->octets, lines, why);
	close(file);
	*octets = job->octets + lines.len;
	return err;
}

enum err export_step(struct view *view, struct arena *arena, const struct job *job,
	const struct job_row *rows, size_t count, uint64_t *octets, struct why *why)
{
	struct record user, settings;
	struct buffer lines;
	const struct column *columns[COLUMNS_MAX];
	size_t width = column_layout(
		view_settings(view, job->tenant, &settings) ? &settings : NULL, columns);
	buffer_init(&lines, STEP_OCTETS);
	if (!job->octets)
		put_header(columns, width, &lines);
	for (size_t i = 0; i < count; i++)
		if (view_by_id(view, job->tenant, &rows[i].id, &user) && user.kind == KIND_USER &&
			!view_is_hidden(view, arena, &job->actor, &user))
			put_line(view, arena, columns, width, &user, &lines);
	enum err err = view_error(view, why);
	if (!err && lines.failed)
		err = fail(why, ERR_TOO_LARGE, NULL, "the lines of a step are too long");
	if (!err)
		err = append(view->core, arena, job, buffer_span(&lines), octets, why);
	buffer_free(&lines);
	return err;
}

static enum err gone(struct why *why)
{
	return fail(why, ERR_NOT_FOUND, NULL, "the job has no file, or has it no more");
}

static bool read_all(int file, uint8_t *octets, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = read(file, octets + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

bool job_makes_file(const struct job *job)
{
	return job_type_row(job->task.type)->change == JOB_CHANGE_EXPORT &&
	       span_equal(job->state, SPAN("done"));
}

bool job_has_file(struct core *core, struct arena *arena, const struct job *job)
{
	return job_makes_file(job) && clock_wall() - job->modified <= LIFE &&
	       access(export_path(core, arena, job->tenant, &job->id), R_OK) == 0;
}

enum err job_result(struct core *core, struct arena *arena, const struct job *job,
	struct span *octets, struct why *why)
{
	if (!job_has_file(core, arena, job))
		return gone(why);
	int file = open(
		export_path(core, arena, job->tenant, &job->id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return gone(why);
	uint8_t *room = arena_alloc(arena, job->octets + 1);
	bool whole = read_all(file, room, job->octets);
	close(file);
	*octets = span_of(room, job->octets);
	return whole ? OK : fail(why, ERR_IO, NULL, "the export cannot be read");
}

/* "job-<tenant>-<id>.csv" */
static bool is_export(const char *name, uint32_t *tenant)
{
	struct uuid id;
	uint64_t number;
	struct span text = span_str(name);
	if (!span_starts(text, SPAN(PREFIX)))
		return false;
	text = span_from(text, strlen(PREFIX));
	if (!span_to_u64(span_cut(&text, '-'), &number) || number > UINT32_MAX ||
		text.len != UUID_TEXT + strlen(SUFFIX) ||
		!uuid_parse(span_of(text.data, UUID_TEXT), &id) ||
		!span_equal(span_from(text, UUID_TEXT), SPAN(SUFFIX)))
		return false;
	*tenant = (uint32_t)number;
	return true;
}

static bool is_past(struct view *view, DIR *folder, const char *name, uint32_t tenant)
{
	struct stat st;
	struct tenant_info info;
	if (fstatat(dirfd(folder), name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	return clock_wall() - (int64_t)st.st_mtime * SECOND > LIFE ||
	       (tenant && !view_tenant_number(view, tenant, &info) && view_error(view, NULL) == OK);
}

void export_tend(struct view *view)
{
	uint32_t tenant;
	struct dirent *row;
	DIR *folder = opendir(view->core->data);
	if (!folder)
		return;
	while ((row = readdir(folder)))
		if (is_export(row->d_name, &tenant) && is_past(view, folder, row->d_name, tenant))
			unlinkat(dirfd(folder), row->d_name, 0);
	closedir(folder);
}
