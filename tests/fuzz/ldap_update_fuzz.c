/* Requests that write: whatever is sent is taken apart without a look outside its octets and within
 * the limits, and what was read is what was sent. */
#include "fuzz.h"
#include "wire/ldap_update.h"

#include "base/limits.h"
#include "wire/tlv.h"

static void put_attribute(struct buffer *out, const struct ldap_change *change)
{
	size_t attribute = tlv_open(out, TLV_SEQUENCE), values;

	tlv_put(out, TLV_OCTETS, change->type);
	values = tlv_open(out, TLV_SET);
	for (size_t i = 0; i < change->count; i++)
		tlv_put(out, TLV_OCTETS, change->values[i]);
	tlv_close(out, values);
	tlv_close(out, attribute);
}

static void put_request(struct buffer *out, const struct change_request *request)
{
	size_t list;

	tlv_put(out, TLV_OCTETS, request->dn);
	list = tlv_open(out, TLV_SEQUENCE);
	for (size_t i = 0; i < request->count; i++) {
		size_t change = tlv_open(out, TLV_SEQUENCE);

		tlv_put_integer(out, TLV_ENUMERATED, (int32_t)request->changes[i].op);
		put_attribute(out, &request->changes[i]);
		tlv_close(out, change);
	}
	tlv_close(out, list);
}

static void check_same(const struct change_request *a, const struct change_request *b)
{
	must(span_equal(a->dn, b->dn) && a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct ldap_change *x = &a->changes[i], *y = &b->changes[i];

		must(x->op == y->op && span_equal(x->type, y->type) && x->count == y->count);
		for (size_t j = 0; j < x->count; j++)
			must(span_equal(x->values[j], y->values[j]));
	}
}

static void check_modify(struct arena *arena, struct span body)
{
	struct change_request request, again;
	struct buffer out;
	size_t values = 0;

	if (modify_request_read(arena, body, &request, NULL) != OK)
		return;
	must(request.count <= LIMIT_LDAP_CHANGES);
	for (size_t i = 0; i < request.count; i++)
		values += request.changes[i].count;
	must(values <= LIMIT_LDAP_VALUES);
	buffer_init(&out, 4 * MIB);
	put_request(&out, &request);
	if (!out.failed) {
		must(modify_request_read(arena, buffer_span(&out), &again, NULL) == OK);
		check_same(&request, &again);
	}
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span body = span_of(data, size);
	struct change_request add;
	struct rename_request rename;
	struct password_request password;

	check_modify(arena, body);
	if (add_request_read(arena, body, &add, NULL) == OK)
		for (size_t i = 0; i < add.count; i++)
			must(add.changes[i].op == CHANGE_ADD);
	if (rename_request_read(body, &rename, NULL) == OK)
		must(rename.has_superior || rename.superior.len == 0);
	if (password_request_read(body, &password, NULL) == OK)
		must(password.has_new || password.new.len == 0);
	arena_free(arena);
	return 0;
}
