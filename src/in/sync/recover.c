#include "base/codec.h"
#include "in/sync/sweep.h"
#include "in/sync/sync_int.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Behind the rows of a published spool: what the run knows beside them, in frames of our own, then
 * where these begin (8). */
#define NAME "sync-%u-%u" /* of the tenant, of the directory */
#define FORMAT 2
#define TYPE_RUN 0xf0
#define TYPE_TOUCHES 0xf1
#define TYPE_LOSSES 0xf2
#define AT_ONCE 8192 /* touches or losses in a frame */

static const char *name_of(struct job *job)
{
	return arena_printf(job->arena, "%s/" NAME, job->run.spool.folder, (unsigned)job->tenant,
		(unsigned)job->directory);
}

/* ---- writing ---- */

static void put_frame(struct spool *spool, struct buffer *out)
{
	put_be32(out->data, (uint32_t)(out->len - 4));
	spool_put(spool, buffer_span(out));
	buffer_reset(out);
}

static void begin_frame(struct buffer *out, uint8_t type)
{
	buffer_reset(out);
	write_u32(out, 0);
	write_u8(out, type);
}

static void put_run(struct job *job, struct buffer *out)
{
	const struct sync_run *run = &job->run;

	begin_frame(out, TYPE_RUN);
	write_u8(out, FORMAT);
	buffer_put(out, job->settings.place, sizeof(job->settings.place));
	buffer_put(out, job->settings.grants, sizeof(job->settings.grants));
	write_u8(out, run->full);
	write_u8(out, run->complete);
	/* Whom it took for neither there nor gone, only another full compare looks at. */
	write_u8(out, run->want_full || run->half_read);
	write_u8(out, job->is_approved);
	write_u64(out, run->came);
	write_u32(out, run->fed.unchanged);
	write_u8(out, run->has_cookie);
	write_span(out, span_of(run->cookie, run->cookie_len));
	write_span(out, span_of(job->identity, job->identity_len));
	put_frame(&job->run.spool, out);
}

static void put_touches(struct job *job, struct buffer *out)
{
	const struct touches *touches = &job->run.touches;
	size_t count = 0;

	begin_frame(out, TYPE_TOUCHES);
	for (size_t i = 0; i < touches->capacity; i++) {
		const struct touch *touch = &touches->slots[i];
		if (!touch->used)
			continue;
		buffer_put_span(out, uuid_span(&touch->anchor));
		write_u64(out, touch->at);
		write_u64(out, touch->whole_at);
		write_u8(out, touch->dead);
		if (++count % AT_ONCE == 0) {
			put_frame(&job->run.spool, out);
			begin_frame(out, TYPE_TOUCHES);
		}
	}
	put_frame(&job->run.spool, out);
}

static void put_losses(struct job *job, struct buffer *out)
{
	const struct sync_run *run = &job->run;

	begin_frame(out, TYPE_LOSSES);
	for (size_t i = 0; i < run->loss_count; i++) {
		const struct loss *loss = &run->losses[i];
		buffer_put_span(out, uuid_span(&loss->anchor));
		write_u32(out, loss->number);
		write_u8(out, (uint8_t)loss->kind);
		write_u8(out, (uint8_t)loss->reason);
		write_u8(out, loss->reported);
		if ((i + 1) % AT_ONCE == 0) {
			put_frame(&job->run.spool, out);
			begin_frame(out, TYPE_LOSSES);
		}
	}
	put_frame(&job->run.spool, out);
}

enum err recover_publish(struct job *job, struct why *why)
{
	struct spool *spool = &job->run.spool;
	uint64_t end = spool_end(spool);
	struct buffer out;

	buffer_init(&out, FRAME_MAX);
	put_run(job, &out);
	put_touches(job, &out);
	put_losses(job, &out);
	buffer_free(&out);
	spool_publish(spool, name_of(job), end);
	return spool_error(spool, why);
}

/* ---- reading ---- */

static void get_octets(struct reader *in, uint8_t *to, size_t size, size_t *len)
{
	struct span octets = read_span(in);

	*len = octets.len <= size ? octets.len : 0;
	if (*len)
		memcpy(to, octets.data, *len);
}

static bool is_same(struct reader *in, const uint8_t *octets, size_t len)
{
	return span_equal(read_bytes(in, len), span_of(octets, len));
}

static bool get_run(struct job *job, struct reader *in)
{
	struct sync_run *run = &job->run;

	if (read_u8(in) != FORMAT)
		return false;
	bool same_place = is_same(in, job->settings.place, sizeof(job->settings.place));
	bool same_grants = is_same(in, job->settings.grants, sizeof(job->settings.grants));
	job->run.placed = !same_place || !same_grants;
	run->full = read_u8(in);
	run->complete = read_u8(in);
	run->want_full = read_u8(in);
	job->is_approved = read_u8(in);
	run->came = read_u64(in);
	run->fed.unchanged = read_u32(in);
	run->has_cookie = read_u8(in);
	get_octets(in, run->cookie, sizeof(run->cookie), &run->cookie_len);
	get_octets(in, job->identity, sizeof(job->identity), &job->identity_len);
	return read_done(in);
}

static bool get_anchor(struct reader *in, struct uuid *anchor)
{
	*anchor = read_uuid(in);
	return !in->bad;
}

static bool get_touches(struct job *job, struct reader *in)
{
	struct uuid anchor;

	while (in->at < in->end && get_anchor(in, &anchor)) {
		struct touch *touch = touch_add(&job->run.touches, &anchor);
		touch->at = read_u64(in);
		touch->whole_at = read_u64(in);
		touch->dead = read_u8(in);
	}
	return read_done(in);
}

static bool get_losses(struct job *job, struct reader *in)
{
	struct loss loss;

	while (in->at < in->end && get_anchor(in, &loss.anchor)) {
		loss.number = read_u32(in);
		loss.kind = read_u8(in);
		loss.reason = read_u8(in);
		loss.reported = read_u8(in);
		if (in->bad || loss.kind >= KIND_COUNT || loss.reason >= LOSS_REASONS)
			return false;
		run_add_loss(&job->run, &loss);
		if (loss.reason != LOSS_NONE)
			touch_add(&job->run.touches, &loss.anchor)->loss =
				(uint32_t)job->run.loss_count;
	}
	return read_done(in);
}

static bool get_frame(struct job *job, struct span frame)
{
	struct reader in = reader_of(span_from(frame, FRAME_HEAD));

	switch (frame.data[4]) {
	case TYPE_RUN:
		return get_run(job, &in);
	case TYPE_TOUCHES:
		return get_touches(job, &in);
	case TYPE_LOSSES:
		return get_losses(job, &in);
	default:
		return false;
	}
}

bool recover_load(struct job *job, enum err *err, struct why *why)
{
	struct spool *spool = &job->run.spool;
	struct span frame;
	uint64_t end;

	run_begin(job, false);
	*err = OK;
	if (!spool_adopt(spool, name_of(job), &end))
		return false;
	for (uint64_t at = end; spool_next(spool, &at, &frame);)
		if (!get_frame(job, frame))
			*err = fail(why, ERR_CORRUPT, NULL, "the file of a run is damaged");
	/* Its cookie says nothing about what other settings would have read. */
	if (!*err && job->run.placed)
		*err = fail(why, ERR_CORRUPT, NULL, "the settings have changed since the run");
	if (!*err)
		*err = spool_error(spool, why);
	spool_cut(spool, end);
	return true;
}

void recover_forget(struct job *job)
{
	(void)unlink(name_of(job));
}

static bool is_anybodys(
	const struct sync *sync, struct view *view, uint32_t tenant, uint32_t directory)
{
	struct record record;
	struct why why = { 0 };

	for (const struct job *job = sync->jobs; job; job = job->next)
		if (job->tenant == tenant && job->directory == directory)
			return true;
	return view_entry(view, tenant, KIND_DIRECTORY, directory, &record) ||
	       view_error(view, &why) != OK;
}

void sweep_files(const struct sync *sync, struct view *view)
{
	unsigned tenant, directory;
	struct dirent *row;
	DIR *folder = opendir(sync->data);
	int end;

	while (folder && (row = readdir(folder))) {
		end = 0;
		if (sscanf(row->d_name, NAME "%n", &tenant, &directory, &end) == 2 &&
			row->d_name[end] == '\0' && !is_anybodys(sync, view, tenant, directory))
			(void)unlinkat(dirfd(folder), row->d_name, 0);
	}
	if (folder)
		closedir(folder);
}
