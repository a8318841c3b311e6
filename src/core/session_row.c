#include "core/session_int.h"

#include "base/codec.h"
#include "base/limits.h"

#define FORMAT 1

struct span session_key(uint32_t person, char text[SESSION_KEY])
{
	int len = snprintf(text, SESSION_KEY, "session/%u", (unsigned)person);
	return span_of(text, (size_t)len);
}

static void read_fixed(struct reader *in, void *to, size_t len)
{
	struct span octets = read_bytes(in, len);
	if (octets.len == len)
		memcpy(to, octets.data, len);
}

static void read_kept(struct reader *in, struct session_kept *kept)
{
	memset(kept, 0, sizeof *kept);
	kept->id = read_uuid(in);
	read_fixed(in, kept->digest, sizeof kept->digest);
	kept->created = (int64_t)read_u64(in);
	kept->seen = (int64_t)read_u64(in);
	kept->address = read_span(in);
	kept->user_agent = read_span(in);
}

/* One that cannot be read opens nothing. */
void session_row_read(struct txn *txn, uint32_t tenant, uint32_t person, struct session_row *row)
{
	char text[SESSION_KEY];
	struct span value;
	row->count = 0;
	if (!txn_state(txn, tenant, session_key(person, text), &value))
		return;
	struct reader in = reader_of(value);
	size_t count = read_u8(&in) == FORMAT ? read_u8(&in) : 0;
	if (count > SESSIONS_MOST)
		return;
	for (size_t i = 0; i < count; i++)
		read_kept(&in, &row->kept[i]);
	row->count = read_done(&in) ? count : 0;
}

static void write_kept(struct buffer *out, const struct session_kept *kept)
{
	buffer_put(out, kept->id.octets, sizeof kept->id.octets);
	buffer_put(out, kept->digest, sizeof kept->digest);
	write_u64(out, (uint64_t)kept->created);
	write_u64(out, (uint64_t)kept->seen);
	write_span(out, kept->address);
	write_span(out, kept->user_agent);
}

struct span session_row_write(struct arena *arena, const struct session_row *row)
{
	struct buffer out;
	if (!row->count)
		return SPAN_NONE;
	buffer_init(&out, 64 * KIB);
	write_u8(&out, FORMAT);
	write_u8(&out, (uint8_t)row->count);
	for (size_t i = 0; i < row->count; i++)
		write_kept(&out, &row->kept[i]);
	struct span value = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return value;
}

int64_t sessions_since(struct txn *txn, uint32_t tenant)
{
	struct span value;
	return txn_state(txn, tenant, SESSIONS_SINCE, &value) && value.len == 8
		       ? (int64_t)get_be64(value.data)
		       : 0;
}
