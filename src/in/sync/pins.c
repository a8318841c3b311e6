#include "in/sync/pins.h"

#include "base/codec.h"

#define FORMAT 1

struct span pins_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "sync/%u/grants", (unsigned)directory));
}

const char *pin_state_name(enum pin_state state)
{
	static const char *const names[PIN_STATES] = {
		[PIN_UNSEEN] = "unseen",
		[PIN_GIVES] = "gives",
		[PIN_WAITS] = "waits",
		[PIN_MISSING] = "missing",
		[PIN_GONE] = "gone",
	};

	return names[state];
}

struct span pins_write(struct arena *arena, const struct pins *pins)
{
	struct buffer out;

	buffer_init(&out, MIB);
	write_u8(&out, FORMAT);
	for (size_t i = 0; i < pins->count; i++) {
		const struct pin *pin = &pins->rows[i];
		write_span(&out, pin->row);
		buffer_put_span(&out, uuid_span(&pin->anchor));
		write_u8(&out, (uint8_t)pin->state);
		write_u8(&out, pin->kept);
		write_u32(&out, pin->people);
	}
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

static bool read_pin(struct reader *in, struct arena *arena, struct pin *pin)
{
	*pin = (struct pin){ .row = arena_copy(arena, read_span(in)) };
	struct span anchor = read_bytes(in, sizeof(pin->anchor.octets));
	uint8_t state = read_u8(in);

	pin->kept = read_u8(in) != 0;
	pin->people = read_u32(in);
	if (in->bad || state >= PIN_STATES)
		return false;
	memcpy(pin->anchor.octets, anchor.data, sizeof(pin->anchor.octets));
	pin->state = (enum pin_state)state;
	return true;
}

void pins_read(struct span value, struct pins *pins)
{
	struct reader in = reader_of(value);

	if (!pins->arena)
		pins->arena = arena_new();
	arena_reset(pins->arena);
	pins->count = 0;
	pins->changed = false;
	if (read_u8(&in) != FORMAT)
		return;
	while (!in.bad && in.at < in.end && pins->count < TARGETS_MAX &&
		read_pin(&in, pins->arena, &pins->rows[pins->count]))
		pins->count++;
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
