#include "model/dn.h"

#include "base/limits.h"
#include "model/value.h"

static size_t rdn_length(const struct ava *avas)
{
	size_t n = 1;

	while (!avas[n - 1].last)
		n++;
	return n;
}

static bool ava_equal(const struct ava *a, const struct ava *b)
{
	if (a->attr != b->attr)
		return false;
	if (a->attr == ATTR_NONE && !span_equal_nocase(a->type, b->type))
		return false;
	return value_equal(a->attr, a->value, b->value);
}

/* Each of a's is among b's. */
static bool rdn_within(const struct ava *a, const struct ava *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;
		while (j < n && !ava_equal(&a[i], &b[j]))
			j++;
		if (j == n)
			return false;
	}
	return true;
}

static bool avas_equal(const struct ava *a, const struct ava *b, size_t count)
{
	for (size_t i = 0; i < count;) {
		size_t n = rdn_length(a + i);
		if (rdn_length(b + i) != n || !rdn_within(a + i, b + i, n) ||
			!rdn_within(b + i, a + i, n))
			return false;
		i += n;
	}
	return true;
}

bool dn_equal(const struct dn *a, const struct dn *b)
{
	return a->rdns == b->rdns && a->count == b->count && avas_equal(a->avas, b->avas, a->count);
}

bool dn_is_below(const struct dn *dn, const struct dn *base)
{
	if (dn->rdns < base->rdns || dn->count < base->count)
		return false;
	size_t skip = dn->count - base->count, rdns = 0;
	for (size_t i = 0; i < skip; i++)
		rdns += dn->avas[i].last;
	/* The cut must not go through a multi-valued RDN. */
	if (rdns != dn->rdns - base->rdns || (skip > 0 && !dn->avas[skip - 1].last))
		return false;
	return avas_equal(dn->avas + skip, base->avas, base->count);
}

/* Octets that stand for themselves wherever they are; the others are looked at one by one. */
static bool is_plain(uint8_t c)
{
	static const bool special[256] = { [0 ... 0x20] = true,
		['"'] = true,
		['#'] = true,
		['+'] = true,
		[','] = true,
		[';'] = true,
		['<'] = true,
		['>'] = true,
		['\\'] = true,
		[0x7f] = true };

	return !special[c];
}

/* Hex pairs rather than the character itself: no reader takes such an escape for the end of a
 * value.
 */
static void put_special(struct buffer *out, struct span value, size_t i)
{
	uint8_t c = value.data[i];
	bool edge = i == 0 || (c == ' ' && i + 1 == value.len);

	if ((c != ' ' && c != '#') || edge)
		buffer_putf(out, "\\%02X", c);
	else
		buffer_put_octet(out, c);
}

void dn_put_value(struct buffer *out, struct span value)
{
	for (size_t i = 0, from; i < value.len;) {
		for (from = i; i < value.len && is_plain(value.data[i]);)
			i++;
		buffer_put(out, value.data + from, i - from);
		if (i < value.len)
			put_special(out, value, i++);
	}
}

static struct span type_of(const struct ava *ava)
{
	const char *known = attr_row(ava->attr)->ldap;

	return known != NULL ? span_str(known) : ava->type;
}

/* "type=value", the type in lower case by the table's first name. */
static struct span ava_normal(struct arena *arena, const struct ava *ava)
{
	struct span type = type_of(ava), value = value_normal(arena, ava->attr, ava->value);
	struct buffer out;

	buffer_init(&out, SIZE_MAX);
	for (size_t i = 0; i < type.len; i++) {
		uint8_t c = type.data[i];
		buffer_put_octet(&out, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	buffer_put_octet(&out, '=');
	/* RFC 4518 section 2.6.1: nothing but blanks is not nothing. */
	dn_put_value(&out, value.len > 0 ? value : SPAN(" "));
	struct span text = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

static void sort_spans(struct span *spans, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct span moving = spans[i];
		size_t at = i;
		for (; at > 0 && span_compare(spans[at - 1], moving) > 0; at--)
			spans[at] = spans[at - 1];
		spans[at] = moving;
	}
}

struct span dn_normal(struct arena *arena, const struct dn *dn)
{
	struct span parts[LIMIT_DN_RDNS];
	struct buffer out;

	buffer_init(&out, SIZE_MAX);
	for (size_t i = 0; i < dn->count;) {
		size_t n = rdn_length(dn->avas + i);
		for (size_t j = 0; j < n; j++)
			parts[j] = ava_normal(arena, &dn->avas[i + j]);
		sort_spans(parts, n);
		for (size_t j = 0; j < n; j++) {
			if (i + j > 0)
				buffer_put_octet(&out, j > 0 ? '+' : ',');
			buffer_put_span(&out, parts[j]);
		}
		i += n;
	}
	struct span text = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

void dn_put(struct buffer *out, const struct dn *dn)
{
	for (size_t i = 0; i < dn->count; i++) {
		if (i > 0)
			buffer_put_octet(out, dn->avas[i - 1].last ? ',' : '+');
		buffer_put_span(out, type_of(&dn->avas[i]));
		buffer_put_octet(out, '=');
		dn_put_value(out, dn->avas[i].value);
	}
}

struct span dn_text(struct arena *arena, const struct dn *dn)
{
	struct buffer out;

	buffer_init(&out, SIZE_MAX);
	dn_put(&out, dn);
	struct span text = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

struct dn dn_leaf(const struct dn *dn)
{
	struct dn leaf = { .avas = dn->avas, .rdns = dn->rdns > 0 };

	if (dn->rdns > 0)
		leaf.count = rdn_length(dn->avas);
	return leaf;
}

bool dn_is_known(const struct dn *dn)
{
	for (size_t i = 0; i < dn->count; i++)
		if (!dn->avas[i].known)
			return false;
	return true;
}
