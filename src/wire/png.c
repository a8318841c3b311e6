#include "base/codec.h"
#include "wire/logo.h"

#define SIGNATURE 8
#define CHUNK_LEAST 12 /* length, type and CRC */
#define SIDE_MAX 4096  /* pixels */

/* ISO 3309, as PNG (third edition) section 5.5 has it. */
static uint32_t crc_of(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static bool is_type(struct span chunk, const char *type)
{
	return memcmp(chunk.data + 4, type, 4) == 0;
}

/* Cuts the first chunk off, whole and with the right sum. */
static bool next_chunk(struct span *rest, struct span *chunk)
{
	if (rest->len < CHUNK_LEAST)
		return false;
	size_t len = get_be32(rest->data);
	if (len > rest->len - CHUNK_LEAST)
		return false;
	*chunk = span_of(rest->data, len + CHUNK_LEAST);
	*rest = span_from(*rest, chunk->len);
	return get_be32(chunk->data + 8 + len) == crc_of(chunk->data + 4, len + 4);
}

static bool is_header(struct span chunk)
{
	if (!is_type(chunk, "IHDR") || chunk.len != CHUNK_LEAST + 13)
		return false;
	uint32_t width = get_be32(chunk.data + 8), height = get_be32(chunk.data + 12);
	return width > 0 && width <= SIDE_MAX && height > 0 && height <= SIDE_MAX;
}

/* What a picture needs; times, texts, profiles and whatever else came along are left out. */
static bool is_kept(struct span chunk)
{
	return is_type(chunk, "PLTE") || is_type(chunk, "tRNS") || is_type(chunk, "IDAT");
}

/* A capital says that the picture means nothing without it (section 5.4). */
static bool is_critical(struct span chunk)
{
	return !(chunk.data[4] & 0x20);
}

static void append(uint8_t *to, size_t *len, struct span chunk)
{
	memcpy(to + *len, chunk.data, chunk.len);
	*len += chunk.len;
}

enum err png_clean(struct arena *arena, struct span raw, struct span *clean, struct why *why)
{
	uint8_t *to = arena_alloc(arena, raw.len);
	struct span rest = span_from(raw, SIGNATURE), chunk;
	bool pixels = false;
	size_t len = 0;

	append(to, &len, span_of(raw.data, SIGNATURE));
	if (!next_chunk(&rest, &chunk) || !is_header(chunk))
		return fail(why, ERR_SYNTAX, "image",
			"the PNG has no header, or more than %d pixels a side", SIDE_MAX);
	append(to, &len, chunk);
	while (next_chunk(&rest, &chunk) && !is_type(chunk, "IEND")) {
		if (!is_kept(chunk) && is_critical(chunk))
			return fail(why, ERR_SYNTAX, "image", "the PNG has an unknown chunk");
		pixels |= is_type(chunk, "IDAT");
		if (is_kept(chunk))
			append(to, &len, chunk);
	}
	if (!pixels || !is_type(chunk, "IEND") || chunk.len != CHUNK_LEAST)
		return fail(why, ERR_SYNTAX, "image", "the PNG is damaged or cut off");
	append(to, &len, chunk);
	*clean = span_of(to, len);
	return OK;
}
