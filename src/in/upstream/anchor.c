#include "in/upstream/anchor.h"

#include "base/codec.h"
#include "in/upstream/guid.h"

static void put_octets(struct buffer *out, const struct uuid *anchor)
{
	for (size_t i = 0; i < sizeof(anchor->octets); i++)
		buffer_putf(out, "\\%02x", anchor->octets[i]);
}

static void put_guid(struct buffer *out, const struct uuid *anchor)
{
	struct uuid stored;

	guid_store(anchor, stored.octets);
	put_octets(out, &stored);
}

static void put_text(struct buffer *out, const struct uuid *anchor)
{
	char text[UUID_TEXT + 1];

	uuid_format(anchor, text);
	buffer_put(out, text, UUID_TEXT);
}

/* 389: four words of eight hexadecimal digits, "8-8-8-8". */
static bool read_words(struct span value, struct uuid *anchor)
{
	char text[UUID_TEXT + 1];
	size_t at = 0;

	if (value.len != 35 || value.data[8] != '-' || value.data[17] != '-' ||
		value.data[26] != '-')
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '-')
			continue;
		if (at == 8 || at == 13 || at == 18 || at == 23)
			text[at++] = '-';
		text[at++] = (char)value.data[i];
	}
	return at == UUID_TEXT && uuid_parse(span_of(text, at), anchor);
}

static void put_words(struct buffer *out, const struct uuid *anchor)
{
	for (size_t i = 0; i < 4; i++)
		buffer_putf(out, "%s%08x", i > 0 ? "-" : "",
			(unsigned)get_be32(anchor->octets + 4 * i));
}

const struct anchor_row anchor_rows[ANCHOR_ROWS] = {
	{ "objectGUID", guid_read, put_guid },
	{ "entryUUID", uuid_parse, put_text },
	{ "nsUniqueId", read_words, put_words },
	{ "ipaUniqueID", uuid_parse, put_text },
	{ "ibm-entryUUID", uuid_parse, put_text },
	{ "GUID", uuid_from_octets, put_octets },
};

const struct anchor_row *anchor_row(struct span attribute)
{
	for (size_t i = 0; i < ANCHOR_ROWS; i++)
		if (span_equal_nocase(attribute, span_str(anchor_rows[i].attribute)))
			return &anchor_rows[i];
	return NULL;
}

const struct anchor_row *anchor_find(
	const struct upstream *up, const struct incoming *in, struct uuid *anchor)
{
	struct span only = up->order.anchor_attribute;

	for (size_t i = 0; i < ANCHOR_ROWS; i++) {
		struct span name = span_str(anchor_rows[i].attribute);
		if (only.len > 0 && !span_equal_nocase(name, only))
			continue;
		if (anchor_rows[i].read(incoming_first(in, name), anchor))
			return &anchor_rows[i];
	}
	return NULL;
}

void anchor_put_filter(
	struct buffer *out, const struct anchor_row *row, const struct uuid *anchors, size_t count)
{
	buffer_put_span(out, SPAN("(|"));
	for (size_t i = 0; i < count; i++) {
		buffer_putf(out, "(%s=", row->attribute);
		row->put(out, &anchors[i]);
		buffer_put_octet(out, ')');
	}
	buffer_put_octet(out, ')');
}
