#include "model/pin.h"

#include "base/clock.h"

#define FORMAT 2
#define MARK_LENGTH (8 * 3600 * SECOND)

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

bool pin_change(struct pin *pin, int64_t wall, uint32_t people)
{
	uint32_t at = (uint32_t)(wall / MARK_LENGTH);
	struct pin_mark *mark = &pin->marks[at % PIN_MARKS];

	if (pin->people == people)
		return false;
	if (mark->at != at)
		*mark = (struct pin_mark){ .at = at };
	if (mark->people < pin->people)
		mark->people = pin->people;
	pin->people = people;
	return true;
}

uint32_t pin_highest(const struct pin *pin, int64_t wall)
{
	uint32_t at = (uint32_t)(wall / MARK_LENGTH);
	uint32_t highest = pin->people;

	for (size_t i = 0; i < PIN_MARKS; i++)
		if (at - pin->marks[i].at < PIN_MARKS && pin->marks[i].people > highest)
			highest = pin->marks[i].people;
	return highest;
}

void pin_forget(struct pin *pin)
{
	memset(pin->marks, 0, sizeof(pin->marks));
}

void pins_begin(struct buffer *out)
{
	write_u8(out, FORMAT);
}

void pin_put(struct buffer *out, const struct pin *pin)
{
	write_span(out, pin->row);
	buffer_put_span(out, uuid_span(&pin->anchor));
	write_u8(out, (uint8_t)pin->state);
	write_u8(out, pin->kept);
	write_u32(out, pin->people);
	for (size_t i = 0; i < PIN_MARKS; i++) {
		write_u32(out, pin->marks[i].at);
		write_u32(out, pin->marks[i].people);
	}
}

bool pins_open(struct span value, struct reader *in)
{
	*in = reader_of(value);
	return read_u8(in) == FORMAT && !in->bad;
}

bool pin_next(struct reader *in, struct pin *pin)
{
	if (in->bad || in->at >= in->end)
		return false;
	*pin = (struct pin){ .row = read_span(in) };
	pin->anchor = read_uuid(in);
	uint8_t state = read_u8(in);

	pin->kept = read_u8(in) != 0;
	pin->people = read_u32(in);
	for (size_t i = 0; i < PIN_MARKS; i++) {
		pin->marks[i].at = read_u32(in);
		pin->marks[i].people = read_u32(in);
	}
	if (in->bad || state >= PIN_STATES)
		return false;
	pin->state = (enum pin_state)state;
	return true;
}
