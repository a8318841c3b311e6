#include "in/sync/pins.h"

struct span pins_write(struct arena *arena, const struct pins *pins)
{
	struct buffer out;

	buffer_init(&out, MIB);
	pins_begin(&out);
	for (size_t i = 0; i < pins->count; i++)
		pin_put(&out, &pins->rows[i]);
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

void pins_read(struct span value, struct pins *pins)
{
	struct reader in;
	struct pin pin;

	if (!pins->arena)
		pins->arena = arena_new();
	arena_reset(pins->arena);
	pins->count = 0;
	pins->changed = false;
	if (!pins_open(value, &in))
		return;
	while (pins->count < TARGETS_MAX && pin_next(&in, &pin)) {
		pin.row = arena_copy(pins->arena, pin.row);
		pins->rows[pins->count++] = pin;
	}
}

static const struct pin *find(const struct pins *pins, struct span row)
{
	for (size_t i = 0; i < pins->count; i++)
		if (span_equal(pins->rows[i].row, row))
			return &pins->rows[i];
	return NULL;
}

void pins_settle(struct pins *pins, const struct settings *settings)
{
	struct arena *arena = arena_new();
	struct pins *made = arena_zalloc(arena, sizeof(*made));
	bool same = pins->count == settings->target_count;

	if (!pins->arena)
		pins->arena = arena_new();
	for (size_t i = 0; i < settings->target_count; i++) {
		struct span row = settings->targets[i].text;
		const struct pin *known = find(pins, row);
		made->rows[i] = known ? *known : (struct pin){ .row = row };
		same &= known == &pins->rows[i];
	}
	if (!same) {
		memcpy(pins->rows, made->rows, sizeof(pins->rows));
		pins->count = settings->target_count;
		pins->changed = true;
		for (size_t i = 0; i < pins->count; i++)
			pins->rows[i].row = arena_copy(pins->arena, pins->rows[i].row);
	}
	arena_free(arena);
}

static bool is_new(const struct pin *pin)
{
	return pin->state == PIN_UNSEEN && pin->people == 0 && !uuid_is_nil(&pin->anchor);
}

static const struct pin *find_anchor(const struct pins *pins, const struct uuid *anchor)
{
	for (size_t i = 0; i < pins->count; i++)
		if (uuid_equal(&pins->rows[i].anchor, anchor))
			return &pins->rows[i];
	return NULL;
}

void pins_inherit(struct pins *pins, const struct pins *before)
{
	for (size_t i = 0; i < pins->count; i++) {
		struct pin *pin = &pins->rows[i];
		const struct pin *old = is_new(pin) ? find_anchor(before, &pin->anchor) : NULL;
		struct span row = pin->row;
		if (!old || is_new(old))
			continue;
		*pin = *old;
		pin->row = row;
		pins->changed = true;
	}
}
