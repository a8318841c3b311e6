/* A spool keeps the frames of a run until it is known whether they may be applied: in memory while
 * they are few, then in a file without a name in the daemon's folder. One thread. */
#ifndef IN_SYNC_SPOOL_H
#define IN_SYNC_SPOOL_H

#include "base/buffer.h"
#include "base/err.h"

struct spool {
	const char *folder;
	int fd;               /* -1 until the memory is full */
	bool named;           /* published or adopted: not used for another run */
	uint64_t written;     /* octets in the file */
	struct buffer tail;   /* behind them */
	struct buffer window; /* of the file, while reading */
	uint64_t window_at;   /* its offset */
	struct why why;       /* the first failure */
};

void spool_open(struct spool *spool, const char *folder);
void spool_close(struct spool *spool);
/* Empty again; a file is kept for the next run. */
void spool_reset(struct spool *spool);
uint64_t spool_end(const struct spool *spool);
/* Appends one frame; a failure is kept and asked for with spool_error. */
void spool_put(struct spool *spool, struct span frame);
/* Takes back what was put after `end`. */
void spool_truncate(struct spool *spool, uint64_t end);
/* The frame at *at, which moves behind it; borrowed until the next call. False at the end or after
 * a failure. */
bool spool_next(struct spool *spool, uint64_t *at, struct span *frame);
/* Gives the file, with all that was put, a name, and syncs both: it outlives the process. The
 * frames behind `end` are out of reach until the file is adopted; in its place stands no other. */
void spool_publish(struct spool *spool, const char *path, uint64_t end);
/* Takes up a published file; false when there is none, or none that is whole. All its frames can be
 * read. */
bool spool_adopt(struct spool *spool, const char *path, uint64_t *end);
/* Puts what is behind `end` out of reach. */
void spool_cut(struct spool *spool, uint64_t end);
enum err spool_error(const struct spool *spool, struct why *why);

#endif
