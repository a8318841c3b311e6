#include "in/sync/inside.h"

#include "base/limits.h"

#include <stdlib.h>

struct span inside_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "sync/%u/inside", (unsigned)directory));
}

void inside_init(struct inside *inside)
{
	*inside = (struct inside){ .rows = heap_zalloc(INSIDE_MAX * sizeof(*inside->rows)) };
}

void inside_free(struct inside *inside)
{
	free(inside->rows);
}

static uint32_t lost(const struct pin *pin, int64_t wall)
{
	return pin_highest(pin, wall) - pin->people;
}

void inside_read(struct span value, struct inside *inside, int64_t wall)
{
	struct reader in;
	struct pin pin;

	inside->count = 0;
	inside->changed = false;
	if (!pins_open(value, &in))
		return;
	while (inside->count < INSIDE_MAX && pin_next(&in, &pin)) {
		pin.row = SPAN_NONE;
		if (lost(&pin, wall) > 0)
			inside->rows[inside->count++] = pin;
	}
}

struct span inside_write(struct arena *arena, const struct inside *inside)
{
	struct buffer out;

	buffer_init(&out, MIB);
	pins_begin(&out);
	for (size_t i = 0; i < inside->count; i++)
		pin_put(&out, &inside->rows[i]);
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

struct pin *inside_find(struct inside *inside, const struct uuid *anchor)
{
	for (size_t i = 0; i < inside->count; i++)
		if (uuid_equal(&inside->rows[i].anchor, anchor))
			return &inside->rows[i];
	return NULL;
}

/* Room for one that has lost so many. */
static struct pin *make_room(struct inside *inside, uint32_t loss, int64_t wall)
{
	struct pin *least = &inside->rows[0];

	if (inside->count < INSIDE_MAX)
		return &inside->rows[inside->count++];
	for (size_t i = 1; i < inside->count; i++)
		if (lost(&inside->rows[i], wall) < lost(least, wall))
			least = &inside->rows[i];
	return lost(least, wall) < loss ? least : NULL;
}

void inside_change(struct inside *inside, const struct uuid *anchor, uint32_t before,
	uint32_t after, int64_t wall)
{
	struct pin *pin = inside_find(inside, anchor);

	if (!pin && after < before) {
		pin = make_room(inside, before - after, wall);
		if (pin)
			*pin = (struct pin){ .anchor = *anchor, .people = before };
	}
	if (pin)
		inside->changed |= pin_change(pin, wall, after);
}
