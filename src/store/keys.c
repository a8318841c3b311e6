#include "store/keys.h"

#include "base/codec.h"
#include "base/hash.h"

#define HASHED 0xff /* where the length stands */

static void add_octet(struct key *key, uint8_t octet)
{
	key->octets[key->len++] = octet;
}

void key_add_number(struct key *key, uint32_t number)
{
	put_be32(key->octets + key->len, number);
	key->len += 4;
}

static void add_octets(struct key *key, const uint8_t *octets, size_t len)
{
	memcpy(key->octets + key->len, octets, len);
	key->len += len;
}

static void add_value(struct key *key, struct span value)
{
	if (value.len <= KEY_VALUE_MAX) {
		add_octet(key, (uint8_t)value.len);
		if (value.len)
			add_octets(key, value.data, value.len);
		return;
	}
	add_octet(key, HASHED);
	hash_blake2b(value, key->octets + key->len);
	key->len += 32;
}

void key_tenant(struct key *key, uint32_t tenant)
{
	key->len = 0;
	key_add_number(key, tenant);
}

void key_entry(struct key *key, uint32_t tenant, uint32_t number)
{
	key_tenant(key, tenant);
	key_add_number(key, number);
}

void key_id(struct key *key, uint32_t tenant, const struct uuid *id)
{
	key_tenant(key, tenant);
	add_octets(key, id->octets, sizeof(id->octets));
}

void key_attribute(struct key *key, uint32_t tenant, enum kind kind, enum attr attr)
{
	key_tenant(key, tenant);
	add_octet(key, (uint8_t)kind);
	put_be16(key->octets + key->len, (uint16_t)attr);
	key->len += 2;
}

void key_value(struct key *key, uint32_t tenant, enum kind kind, enum attr attr, struct span normal)
{
	key_attribute(key, tenant, kind, attr);
	add_value(key, normal);
}

void key_trigram(
	struct key *key, uint32_t tenant, enum kind kind, enum attr attr, const uint8_t trigram[3])
{
	key_attribute(key, tenant, kind, attr);
	add_octets(key, trigram, 3);
}

/* The octets of a number whose sign bit is turned sort as the numbers do. */
static void add_integer(struct key *key, struct span decimal)
{
	bool negative = decimal.len > 0 && decimal.data[0] == '-';
	uint64_t magnitude = 0;

	span_to_u64(span_from(decimal, negative), &magnitude);
	put_be64(key->octets + key->len,
		(negative ? 0 - magnitude : magnitude) ^ UINT64_C(0x8000000000000000));
	key->len += 8;
}

/* A NUL becomes 00 FF and the end 00 00, so that "ab" stands before "ab\0" and that before "abc".
 */
static void add_text(struct key *key, struct span text)
{
	size_t end = key->len + KEY_VALUE_MAX;

	for (size_t i = 0; i < text.len && key->len < end; i++) {
		if (text.data[i] == 0 && key->len + 2 > end)
			break;
		add_octet(key, text.data[i]);
		if (text.data[i] == 0)
			add_octet(key, 0xff);
	}
	add_octet(key, 0);
	add_octet(key, 0);
}

void key_ordered(
	struct key *key, uint32_t tenant, enum kind kind, enum attr attr, struct span normal)
{
	key_attribute(key, tenant, kind, attr);
	if (attr_row(attr)->syntax == SYNTAX_INTEGER)
		add_integer(key, normal);
	else
		add_text(key, normal);
}

void key_edge(struct key *key, uint32_t tenant, uint32_t container, uint32_t member)
{
	key_entry(key, tenant, container);
	key_add_number(key, member);
}

void key_member(struct key *key, uint32_t tenant, uint32_t member, enum kind kind)
{
	key_entry(key, tenant, member);
	add_octet(key, (uint8_t)kind);
}

void key_counter(struct key *key, uint32_t tenant, enum counter counter, uint32_t subject)
{
	key_tenant(key, tenant);
	add_octet(key, (uint8_t)counter);
	key_add_number(key, subject);
}

void key_state(struct key *key, uint32_t tenant, struct span name)
{
	key_tenant(key, tenant);
	add_value(key, name);
}

void key_add_sequence(struct key *key, uint64_t sequence)
{
	put_be64(key->octets + key->len, sequence);
	key->len += 8;
}

void key_sequence(struct key *key, uint32_t tenant, uint64_t sequence)
{
	key_tenant(key, tenant);
	key_add_sequence(key, sequence);
}

void key_link(
	struct key *key, uint32_t tenant, uint8_t type, const uint8_t id[16], uint64_t sequence)
{
	key_tenant(key, tenant);
	add_octet(key, type);
	add_octets(key, id, 16);
	key_add_sequence(key, sequence);
}

void key_activity(struct key *key, uint32_t tenant, uint8_t type)
{
	key_tenant(key, tenant);
	add_octet(key, type);
}

uint32_t key_tenant_of(struct span key)
{
	return key.len < 4 ? 0 : get_be32(key.data);
}

uint32_t key_number_of(struct span key)
{
	return key.len < 4 ? 0 : get_be32(key.data + key.len - 4);
}
