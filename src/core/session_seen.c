#include "core/session_int.h"

#include "base/clock.h"

/* When a session was seen costs no commit: it is kept in memory, and written when what is stored is
 * some minutes old. A crash makes a session look idle for those minutes. */

#define MARKS 8192 /* sessions whose last sign of life is in memory */
#define WAYS 8
#define SETS (MARKS / WAYS)
#define STALE (120 * SECOND)
#define EVERY (15 * SECOND)
#define AT_ONCE 256 /* rows of one turn of writing */

struct mark {
	struct uuid id; /* nil: unused */
	uint32_t tenant, person;
	int64_t seen, written; /* wall */
};

struct session_marks {
	pthread_mutex_t lock;
	int64_t next; /* monotonic; of the writing thread */
	struct mark marks[SETS][WAYS];
};

struct session_marks *session_marks_new(void)
{
	struct session_marks *marks = heap_zalloc(sizeof *marks);
	pthread_mutex_init(&marks->lock, NULL);
	return marks;
}

void session_marks_free(struct session_marks *marks)
{
	if (!marks)
		return;
	pthread_mutex_destroy(&marks->lock);
	free(marks);
}

/* The last octets of the id are random. */
static struct mark *set_of(struct session_marks *marks, const struct uuid *id)
{
	unsigned mixed = (unsigned)id->octets[14] << 8 | id->octets[15];
	return marks->marks[mixed % SETS];
}

/* The lock is held. */
static struct mark *find(struct session_marks *marks, const struct uuid *id)
{
	struct mark *set = set_of(marks, id);
	for (size_t i = 0; i < WAYS; i++)
		if (uuid_equal(&set[i].id, id))
			return &set[i];
	return NULL;
}

int64_t session_seen(struct session_marks *marks, const struct session_kept *kept)
{
	pthread_mutex_lock(&marks->lock);
	const struct mark *mark = find(marks, &kept->id);
	int64_t seen = mark && mark->seen > kept->seen ? mark->seen : kept->seen;
	pthread_mutex_unlock(&marks->lock);
	return seen;
}

static struct mark *take(struct session_marks *marks, const struct uuid *id)
{
	struct mark *set = set_of(marks, id), *victim = set;
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].seen < victim->seen)
			victim = &set[i];
	return victim;
}

void session_see(struct session_marks *marks, uint32_t tenant, uint32_t person,
	const struct session_kept *kept, int64_t now)
{
	pthread_mutex_lock(&marks->lock);
	struct mark *mark = find(marks, &kept->id);
	if (!mark) {
		mark = take(marks, &kept->id);
		*mark = (struct mark){
			.id = kept->id, .tenant = tenant, .person = person, .written = kept->seen
		};
	}
	if (now > mark->seen)
		mark->seen = now;
	pthread_mutex_unlock(&marks->lock);
}

/* ---- writing ---- */

struct writing {
	struct chore chore;
	struct mark marks[AT_ONCE]; /* as they were */
	size_t count;
};

/* At once: the next mark may be of the same row. */
static void put_row(struct run *run, const struct mark *mark, const struct session_row *row)
{
	char key[SESSION_KEY];
	struct effect effect = { .type = EFFECT_STATE,
		.key = session_key(mark->person, key),
		.after = session_row_write(run->arena, row) };
	struct change change = { .tenant = mark->tenant,
		.actor_type = run->actor->type,
		.channel = run->actor->channel,
		.effects = &effect,
		.count = 1 };
	txn_apply(run->txn, &change);
}

static void write_mark(struct run *run, const struct mark *mark)
{
	struct session_row *row = arena_alloc(run->arena, sizeof *row);
	session_row_read(run->txn, mark->tenant, mark->person, row);
	for (size_t i = 0; i < row->count; i++) {
		if (!uuid_equal(&row->kept[i].id, &mark->id) || row->kept[i].seen >= mark->seen)
			continue;
		row->kept[i].seen = mark->seen;
		put_row(run, mark, row);
	}
}

static void write_marks(struct chore *chore, struct run *run)
{
	const struct writing *writing = (const struct writing *)chore;
	for (size_t i = 0; i < writing->count; i++)
		if (keeper_may_write(run, writing->marks[i].tenant))
			write_mark(run, &writing->marks[i]);
}

/* The lock is held. */
static void collect(struct session_marks *marks, struct writing *writing, int64_t stale)
{
	for (size_t at = 0; at < MARKS && writing->count < AT_ONCE; at++) {
		struct mark *mark = &marks->marks[at / WAYS][at % WAYS];
		if (mark->seen - mark->written < stale || uuid_is_nil(&mark->id))
			continue;
		mark->written = mark->seen;
		writing->marks[writing->count++] = *mark;
	}
}

enum err session_marks_write(struct core *core, bool all, struct why *why)
{
	struct session_marks *marks = core->sessions;
	int64_t now = clock_monotonic();
	if (!all && now < marks->next)
		return OK;
	marks->next = now + EVERY;
	struct writing *writing = heap_zalloc(sizeof *writing);
	writing->chore.work = write_marks;
	pthread_mutex_lock(&marks->lock);
	collect(marks, writing, all ? 1 : STALE);
	pthread_mutex_unlock(&marks->lock);
	enum err err = writing->count ? chore_run(core, &writing->chore, why) : OK;
	free(writing);
	return err;
}
