#include "core/core_int.h"

#include <assert.h>

/* Which rows of state a group of commands writes beside the journal, for those who would know. */

#define WATCHERS_MAX 2
#define ROWS_MOST 64 /* of a group; what is beyond them is not told */
#define WORD_MOST 15

struct written_row {
	uint32_t tenant;
	char word[WORD_MOST + 1];
};

struct written {
	pthread_mutex_t lock; /* of the watchers; held while they are told */
	struct written_watcher {
		void (*told)(void *arg, uint32_t tenant, struct span word);
		void *arg;
	} watchers[WATCHERS_MAX];
	size_t watcher_count;
	struct written_row rows[ROWS_MOST]; /* the writer thread's */
	size_t count;
};

struct written *written_new(void)
{
	struct written *written = heap_zalloc(sizeof *written);
	pthread_mutex_init(&written->lock, NULL);
	return written;
}

void written_free(struct written *written)
{
	pthread_mutex_destroy(&written->lock);
	free(written);
}

void written_reset(struct written *written)
{
	written->count = 0;
}

void written_add(struct written *written, uint32_t tenant, struct span word)
{
	struct written_row row = { .tenant = tenant };
	span_fit(row.word, sizeof row.word, word);
	for (size_t i = 0; i < written->count; i++)
		if (written->rows[i].tenant == tenant &&
			strcmp(written->rows[i].word, row.word) == 0)
			return;
	if (written->count < ROWS_MOST)
		written->rows[written->count++] = row;
}

void written_note(struct written *written, const struct run *run)
{
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; !deed->sequence && i < deed->count; i++) {
			struct span key = deed->effects[i].key;
			if (deed->effects[i].type == EFFECT_STATE)
				written_add(written, deed->tenant, span_cut(&key, '/'));
		}
}

void written_tell(struct written *written)
{
	pthread_mutex_lock(&written->lock);
	for (size_t i = 0; i < written->count; i++)
		for (size_t j = 0; j < written->watcher_count; j++)
			written->watchers[j].told(written->watchers[j].arg, written->rows[i].tenant,
				span_str(written->rows[i].word));
	pthread_mutex_unlock(&written->lock);
}

void core_watch_rows(
	struct core *core, void (*told)(void *arg, uint32_t tenant, struct span word), void *arg)
{
	struct written *written = core->written;
	pthread_mutex_lock(&written->lock);
	assert(written->watcher_count < WATCHERS_MAX);
	written->watchers[written->watcher_count++] = (struct written_watcher){ told, arg };
	pthread_mutex_unlock(&written->lock);
}

void core_unwatch_rows(struct core *core, void *arg)
{
	struct written *written = core->written;
	pthread_mutex_lock(&written->lock);
	for (size_t i = 0; i < written->watcher_count; i++)
		if (written->watchers[i].arg == arg)
			written->watchers[i--] = written->watchers[--written->watcher_count];
	pthread_mutex_unlock(&written->lock);
}
