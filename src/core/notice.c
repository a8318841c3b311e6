#include "core/notice.h"

#include "base/codec.h"
#include "base/limits.h"

#define FORMAT 1

struct span notice_key(struct arena *arena, uint32_t directory)
{
	return span_str(arena_printf(arena, "notice/directory/%u", (unsigned)directory));
}

struct span notice_write(struct arena *arena, const struct notice *notice)
{
	struct buffer out;

	buffer_init(&out, 64 * KIB);
	write_u8(&out, FORMAT);
	write_u64(&out, (uint64_t)notice->created);
	write_u64(&out, (uint64_t)notice->next_try);
	write_u32(&out, notice->attempts);
	write_span(&out, notice->subject);
	write_span(&out, notice->text);
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

bool notice_read(struct span value, struct notice *notice)
{
	struct reader in = reader_of(value);

	if (read_u8(&in) != FORMAT)
		return false;
	notice->created = (int64_t)read_u64(&in);
	notice->next_try = (int64_t)read_u64(&in);
	notice->attempts = read_u32(&in);
	notice->subject = read_span(&in);
	notice->text = read_span(&in);
	return read_done(&in);
}
