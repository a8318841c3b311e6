#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#define EXIT_NO_MEMORY 71 /* EX_OSERR */
#define ALIGNMENT alignof(max_align_t)
#define FIRST_BLOCK 8192 /* with its header, as malloc sees it */
#define LARGEST_BLOCK ((size_t)256 * 1024)

struct block {
	struct block *next;
	size_t size, used; /* of data */
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *current; /* head of the list; the first block is its last */
	size_t used;
	size_t next_size;
	struct block first;
};

static _Noreturn void memory_refused(void)
{
	static const char text[] = "out of memory\n";

	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	_exit(EXIT_NO_MEMORY);
}

static void *must(void *memory)
{
	if (!memory)
		memory_refused();
	return memory;
}

static void block_init(struct block *block, size_t size)
{
	block->size = size;
	block->used = 0;
	ASAN_POISON_MEMORY_REGION(block->data, size);
}

struct arena *arena_new(void)
{
	struct arena *arena = must(malloc(FIRST_BLOCK));

	arena->used = 0;
	arena->next_size = 2 * (size_t)FIRST_BLOCK;
	arena->current = &arena->first;
	arena->first.next = NULL;
	block_init(&arena->first, FIRST_BLOCK - offsetof(struct arena, first.data));
	return arena;
}

static void block_free(struct block *block)
{
	ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
	free(block);
}

void arena_reset(struct arena *arena)
{
	struct block *block = arena->current, *next;

	for (; block != &arena->first; block = next) {
		next = block->next;
		block_free(block);
	}
	arena->current = &arena->first;
	arena->used = 0;
	arena->next_size = 2 * (size_t)FIRST_BLOCK;
	block_init(&arena->first, arena->first.size);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	ASAN_UNPOISON_MEMORY_REGION(arena->first.data, arena->first.size);
	free(arena);
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

/* A request larger than a block gets one of its own behind the current one, so that what is left
 * of the current one still serves. */
static struct block *block_add(struct arena *arena, size_t need)
{
	size_t room = arena->next_size - sizeof(struct block);
	bool alone = need > room / 2;
	size_t size = alone ? need : room;
	struct block *block, **at = &arena->current;

	if (size > SIZE_MAX - sizeof(struct block))
		memory_refused();
	block = must(malloc(sizeof(struct block) + size));
	block_init(block, size);
	if (alone && arena->current != &arena->first)
		at = &arena->current->next;
	block->next = *at;
	*at = block;
	if (!alone && arena->next_size < LARGEST_BLOCK)
		arena->next_size *= 2;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->current;
	size_t need = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	void *memory;

	if (need < size)
		memory_refused();
	if (need == 0)
		need = ALIGNMENT;
	if (need > block->size - block->used)
		block = block_add(arena, need);
	memory = block->data + block->used;
	block->used += need;
	arena->used += need;
	ASAN_UNPOISON_MEMORY_REGION(memory, size);
	return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *memory = arena_alloc(arena, size);

	if (size)
		memset(memory, 0, size);
	return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		memory_refused();
	return arena_zalloc(arena, total);
}

struct span arena_copy(struct arena *arena, struct span s)
{
	if (s.len == 0)
		return SPAN_NONE;
	return span_of(memcpy(arena_alloc(arena, s.len), s.data, s.len), s.len);
}

char *arena_string(struct arena *arena, struct span s)
{
	char *text;

	if (s.len == SIZE_MAX)
		memory_refused();
	text = arena_alloc(arena, s.len + 1);
	if (s.len)
		memcpy(text, s.data, s.len);
	text[s.len] = '\0';
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	int len;
	char *text;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len < 0)
		memory_refused();
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

void *heap_zalloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *heap_grow(void *old, size_t size)
{
	return must(realloc(old, size ? size : 1));
}

char *heap_string(const char *text)
{
	return must(strdup(text));
}
