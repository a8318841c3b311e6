#include "wire/ldap_update.h"

#include "base/limits.h"
#include "wire/tlv.h"

#define NEW_SUPERIOR 0x80
#define IDENTITY 0x80
#define OLD_PASSWORD 0x81
#define NEW_PASSWORD 0x82
#define GENERATED 0x80
#define RESPONSE_VALUE 0x8b

/* Elements of the list, to take memory once. Malformed ones are found when they are taken. */
static size_t count_elements(struct tlv_reader in)
{
	struct span ignored;
	size_t count = 0;
	uint8_t tag;

	while (tlv_next(&in, &tag, &ignored))
		count++;
	return count;
}

/* What is left of the values that one request may have. */
static enum err spend(size_t *left, size_t count, struct why *why)
{
	if (count > *left)
		return fail(why, ERR_TOO_LARGE, NULL, "more than %d values", LIMIT_LDAP_VALUES);
	*left -= count;
	return OK;
}

/* PartialAttribute ::= SEQUENCE { type, vals SET OF value } */
static enum err read_attribute(struct arena *arena, struct span element, struct ldap_change *change,
	size_t *left, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(element), values;
	enum err err;

	change->type = tlv_take(&in, TLV_OCTETS);
	values = tlv_reader_of(tlv_take(&in, TLV_SET));
	if (!tlv_done(&in))
		return fail(why, ERR_PROTOCOL, NULL, "an attribute is malformed");
	change->count = count_elements(values);
	err = spend(left, change->count, why);
	if (err != OK)
		return err;
	change->values = arena_array(arena, change->count, sizeof *change->values);
	for (size_t i = 0; i < change->count; i++)
		change->values[i] = tlv_take(&values, TLV_OCTETS);
	return tlv_done(&values) ? OK : fail(why, ERR_PROTOCOL, NULL, "a value is malformed");
}

/* Sequence OF SEQUENCE { operation ENUMERATED, modification PartialAttribute } */
static enum err read_modification(struct arena *arena, struct span element,
	struct ldap_change *change, size_t *left, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(element);
	struct span attribute;

	change->op =
		(enum change_op)tlv_take_integer(&in, TLV_ENUMERATED, CHANGE_ADD, CHANGE_INCREMENT);
	attribute = tlv_take(&in, TLV_SEQUENCE);
	if (!tlv_done(&in))
		return fail(why, ERR_PROTOCOL, NULL, "a modification is malformed");
	return read_attribute(arena, attribute, change, left, why);
}

typedef enum err (*read_change)(struct arena *arena, struct span element,
	struct ldap_change *change, size_t *left, struct why *why);

static enum err read_changes(struct arena *arena, struct span body, read_change read,
	struct change_request *request, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(body), list;
	size_t left = LIMIT_LDAP_VALUES;
	enum err err = OK;

	request->dn = tlv_take(&in, TLV_OCTETS);
	list = tlv_reader_of(tlv_take(&in, TLV_SEQUENCE));
	if (!tlv_done(&in))
		return fail(why, ERR_PROTOCOL, NULL, "the request is malformed");
	request->count = count_elements(list);
	if (request->count > LIMIT_LDAP_CHANGES)
		return fail(why, ERR_TOO_LARGE, NULL, "more than %d changes", LIMIT_LDAP_CHANGES);
	request->changes = arena_array(arena, request->count, sizeof *request->changes);
	for (size_t i = 0; i < request->count && err == OK; i++) {
		struct span element = tlv_take(&list, TLV_SEQUENCE);

		err = list.bad ? fail(why, ERR_PROTOCOL, NULL, "the request is malformed")
			       : read(arena, element, &request->changes[i], &left, why);
	}
	if (err == OK && !tlv_done(&list))
		err = fail(why, ERR_PROTOCOL, NULL, "the request is malformed");
	return err;
}

enum err add_request_read(
	struct arena *arena, struct span body, struct change_request *request, struct why *why)
{
	return read_changes(arena, body, read_attribute, request, why);
}

enum err modify_request_read(
	struct arena *arena, struct span body, struct change_request *request, struct why *why)
{
	return read_changes(arena, body, read_modification, request, why);
}

enum err rename_request_read(struct span body, struct rename_request *request, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(body);

	request->dn = tlv_take(&in, TLV_OCTETS);
	request->rdn = tlv_take(&in, TLV_OCTETS);
	request->delete_old = tlv_take_boolean(&in, TLV_BOOLEAN);
	request->has_superior = tlv_peek(&in) == NEW_SUPERIOR;
	request->superior = request->has_superior ? tlv_take(&in, NEW_SUPERIOR) : SPAN_NONE;
	return tlv_done(&in) ? OK
			     : fail(why, ERR_PROTOCOL, NULL, "the rename request is malformed");
}

static struct span take_optional(struct tlv_reader *in, uint8_t tag, bool *has)
{
	*has = tlv_peek(in) == tag;
	return *has ? tlv_take(in, tag) : SPAN_NONE;
}

enum err password_request_read(struct span value, struct password_request *request, struct why *why)
{
	struct tlv_reader outer = tlv_reader_of(value);
	struct tlv_reader in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));

	request->identity = take_optional(&in, IDENTITY, &request->has_identity);
	request->old = take_optional(&in, OLD_PASSWORD, &request->has_old);
	request->new = take_optional(&in, NEW_PASSWORD, &request->has_new);
	if (!tlv_done(&in) || !tlv_done(&outer))
		return fail(why, ERR_PROTOCOL, NULL, "the password request is malformed");
	return OK;
}

void password_response_write(struct buffer *out, struct span generated)
{
	size_t value = tlv_open(out, RESPONSE_VALUE), sequence = tlv_open(out, TLV_SEQUENCE);

	tlv_put(out, GENERATED, generated);
	tlv_close(out, sequence);
	tlv_close(out, value);
}

void read_entry_write(struct buffer *out, struct span oid, struct span message)
{
	struct tlv_reader outer = tlv_reader_of(message);
	struct tlv_reader in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));
	size_t control = tlv_open(out, TLV_SEQUENCE);

	tlv_take(&in, TLV_INTEGER);
	tlv_put(out, TLV_OCTETS, oid);
	tlv_put(out, TLV_OCTETS, span_of(in.at, (size_t)(in.end - in.at)));
	tlv_close(out, control);
}
