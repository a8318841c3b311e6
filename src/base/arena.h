/* Arenas: the memory of one request. Everything parsed, read or replied for the request comes from
 * its arena and is freed once. An arena belongs to one thread at a time. Memory that the system
 * refuses ends the process with exit code 71: what was acknowledged is on disk, and a half-served
 * request helps nobody; callers therefore never see NULL. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

#include <stdarg.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is allowed */
/* Forgets all that was allocated and keeps the first block for the next request. */
void arena_reset(struct arena *arena);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((malloc, alloc_size(2), returns_nonnull));
void *arena_zalloc(struct arena *arena, size_t size)
	__attribute__((malloc, alloc_size(2), returns_nonnull));
/* count * size, zeroed; an overflow ends the process like any refused memory. */
void *arena_array(struct arena *arena, size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));
struct span arena_copy(struct arena *arena, struct span s);
/* A terminated copy; a NUL inside ends what C functions will see of it. */
char *arena_string(struct arena *arena, struct span s) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3), returns_nonnull));

/* Heap memory under the same rule, for objects with new/free. */
void *heap_zalloc(size_t size) __attribute__((malloc, alloc_size(1), returns_nonnull));
void *heap_grow(void *old, size_t size) __attribute__((alloc_size(2), returns_nonnull));
char *heap_string(const char *text) __attribute__((malloc, returns_nonnull));

#endif
