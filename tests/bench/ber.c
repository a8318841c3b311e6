#include "ber.h"

#include "measure.h"

void ber_start(struct ber_out *out)
{
	out->at = sizeof(out->octets);
}

struct span ber_bytes(const struct ber_out *out)
{
	return span_of(out->octets + out->at, sizeof(out->octets) - out->at);
}

static void prepend(struct ber_out *out, const void *octets, size_t len)
{
	if (len > out->at)
		die("a message of the load generator is too long");
	out->at -= len;
	memcpy(out->octets + out->at, octets, len);
}

static void header(struct ber_out *out, uint8_t tag, size_t len)
{
	uint8_t octets[4] = { tag, (uint8_t)len };

	if (len < 0x80) {
		prepend(out, octets, 2);
	} else {
		octets[1] = 0x82;
		octets[2] = (uint8_t)(len >> 8);
		octets[3] = (uint8_t)len;
		prepend(out, octets, 4);
	}
}

void ber_octets(struct ber_out *out, uint8_t tag, struct span value)
{
	if (value.len)
		prepend(out, value.data, value.len);
	header(out, tag, value.len);
}

void ber_integer(struct ber_out *out, uint8_t tag, uint32_t value)
{
	uint8_t octets[5] = { 0, (uint8_t)(value >> 24), (uint8_t)(value >> 16),
		(uint8_t)(value >> 8), (uint8_t)value };
	size_t skip = 0;

	while (skip < 4 && octets[skip] == 0 && octets[skip + 1] < 0x80)
		skip++;
	ber_octets(out, tag, span_of(octets + skip, 5 - skip));
}

void ber_wrap(struct ber_out *out, uint8_t tag, size_t mark)
{
	header(out, tag, mark - out->at);
}

/* Length of the header and of the value; false when the header is not all there. */
static bool lengths(struct span s, size_t *head, size_t *value)
{
	if (s.len < 2)
		return false;
	*head = 2;
	*value = s.data[1];
	if (s.data[1] < 0x80)
		return true;
	size_t n = s.data[1] & 0x7f;
	if (n == 0 || n > 4)
		die("the server sent a malformed length");
	if (s.len < 2 + n)
		return false;
	*head = 2 + n;
	*value = 0;
	for (size_t i = 0; i < n; i++)
		*value = *value << 8 | s.data[2 + i];
	return true;
}

size_t ber_message(struct span s)
{
	size_t head, value;

	return lengths(s, &head, &value) && s.len >= head + value ? head + value : 0;
}

bool ber_next(struct span *s, struct ber_element *element)
{
	size_t head, value;

	if (s->len == 0)
		return false;
	if (!lengths(*s, &head, &value) || s->len < head + value)
		die("the server sent a malformed element");
	element->tag = s->data[0];
	element->value = span_of(s->data + head, value);
	*s = span_from(*s, head + value);
	return true;
}

struct span ber_expect(struct span *s, uint8_t tag)
{
	struct ber_element element = { 0 };

	if (!ber_next(s, &element) || element.tag != tag)
		die("the server sent tag %02x where %02x belongs", element.tag, tag);
	return element.value;
}

uint32_t ber_number(struct span value)
{
	uint32_t number = 0;

	for (size_t i = 0; i < value.len; i++)
		number = number << 8 | value.data[i];
	return number;
}
