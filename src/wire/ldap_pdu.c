#include "wire/ldap_pdu.h"

#include "wire/tlv.h"

#define BIND_SIMPLE 0x80
#define BIND_SASL 0xa3
#define CONTROLS 0xa0
#define REFERRAL 0xa3
#define EXTENDED_NAME 0x80
#define EXTENDED_VALUE 0x81

enum frame pdu_frame(struct span input, size_t max, size_t *len)
{
	size_t octets, body = 0;

	if (input.len > 0 && input.data[0] != TLV_SEQUENCE)
		return FRAME_BAD;
	if (input.len < 2)
		return FRAME_PARTIAL;
	octets = input.data[1];
	if (octets < 0x80) {
		*len = 2 + octets;
		return input.len < *len ? FRAME_PARTIAL : FRAME_WHOLE;
	}
	octets &= 0x7f;
	if (octets == 0 || octets > 4)
		return FRAME_BAD;
	if (input.len < 2 + octets)
		return FRAME_PARTIAL;
	for (size_t i = 0; i < octets; i++)
		body = body << 8 | input.data[2 + i];
	if (body > max - 2 - octets)
		return FRAME_TOO_LARGE;
	*len = 2 + octets + body;
	return input.len < *len ? FRAME_PARTIAL : FRAME_WHOLE;
}

static enum err read_control(struct span element, struct control *control, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(element);

	control->oid = tlv_take(&in, TLV_OCTETS);
	control->critical = tlv_peek(&in) == TLV_BOOLEAN && tlv_take_boolean(&in, TLV_BOOLEAN);
	control->has_value = tlv_peek(&in) == TLV_OCTETS;
	control->value = control->has_value ? tlv_take(&in, TLV_OCTETS) : SPAN_NONE;
	return tlv_done(&in) ? OK : fail(why, ERR_PROTOCOL, NULL, "a control is malformed");
}

static enum err read_controls(struct span elements, struct pdu *pdu, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(elements);

	while (tlv_more(&in)) {
		struct span element = tlv_take(&in, TLV_SEQUENCE);
		enum err err;

		if (in.bad)
			break;
		if (pdu->control_count == LIMIT_LDAP_CONTROLS)
			return fail(why, ERR_PROTOCOL, NULL, "more than %d controls",
				LIMIT_LDAP_CONTROLS);
		err = read_control(element, &pdu->controls[pdu->control_count++], why);
		if (err != OK)
			return err;
	}
	return tlv_done(&in) ? OK : fail(why, ERR_PROTOCOL, NULL, "the controls are malformed");
}

enum err pdu_read(struct span message, struct pdu *pdu, struct why *why)
{
	struct tlv_reader outer = tlv_reader_of(message), in;
	struct span controls = SPAN_NONE, ignored;
	uint8_t tag;

	in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));
	pdu->control_count = 0;
	pdu->id = tlv_take_integer(&in, TLV_INTEGER, 1, INT32_MAX);
	if (!tlv_next(&in, &pdu->tag, &pdu->body) || !tlv_done(&outer))
		return fail(why, ERR_PROTOCOL, NULL, "the message is malformed");
	if (tlv_peek(&in) == CONTROLS)
		controls = tlv_take(&in, CONTROLS);
	while (tlv_next(&in, &tag, &ignored))
		continue;
	if (in.bad)
		return fail(why, ERR_PROTOCOL, NULL, "the message is malformed");
	return read_controls(controls, pdu, why);
}

static bool read_sasl(struct span body, struct bind_request *request)
{
	struct tlv_reader in = tlv_reader_of(body);

	request->mechanism = tlv_take(&in, TLV_OCTETS);
	request->has_credentials = tlv_peek(&in) == TLV_OCTETS;
	if (request->has_credentials)
		request->credentials = tlv_take(&in, TLV_OCTETS);
	return tlv_done(&in);
}

enum err bind_request_read(struct span body, struct bind_request *request, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(body);
	struct span content;
	uint8_t tag;

	*request = (struct bind_request){ 0 };
	request->version = tlv_take_integer(&in, TLV_INTEGER, INT32_MIN, INT32_MAX);
	request->name = tlv_take(&in, TLV_OCTETS);
	if (!tlv_next(&in, &tag, &content))
		return fail(why, ERR_PROTOCOL, NULL, "the bind request is malformed");
	request->is_simple = tag == BIND_SIMPLE;
	request->is_unknown = tag != BIND_SIMPLE && tag != BIND_SASL;
	if (request->is_unknown)
		return OK;
	if (request->is_simple)
		request->password = content;
	else if (!read_sasl(content, request))
		return fail(why, ERR_PROTOCOL, NULL, "the SASL credentials are malformed");
	return OK;
}

enum err search_request_read(struct span body, struct search_request *request, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(body);
	struct span filter;
	int32_t scope;
	uint8_t tag;

	request->base = tlv_take(&in, TLV_OCTETS);
	scope = tlv_take_integer(&in, TLV_ENUMERATED, 0, SCOPE_SUBORDINATES);
	request->without_base = scope == SCOPE_SUBORDINATES;
	request->scope = request->without_base ? SCOPE_SUBTREE : (enum scope)scope;
	request->deref = (enum deref_aliases)tlv_take_integer(
		&in, TLV_ENUMERATED, DEREF_NEVER, DEREF_ALWAYS);
	request->size_limit = tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX);
	request->time_limit = tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX);
	request->types_only = tlv_take_boolean(&in, TLV_BOOLEAN);
	request->filter.data = in.at;
	tlv_next(&in, &tag, &filter);
	request->filter.len = (size_t)(in.at - request->filter.data);
	request->attributes = tlv_take(&in, TLV_SEQUENCE);
	if (in.bad || !tlv_is_octet_strings(request->attributes))
		return fail(why, ERR_PROTOCOL, NULL, "the search request is malformed");
	return OK;
}

enum err compare_request_read(struct span body, struct compare_request *request, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(body), assertion;

	request->dn = tlv_take(&in, TLV_OCTETS);
	assertion = tlv_reader_of(tlv_take(&in, TLV_SEQUENCE));
	request->attribute = tlv_take(&assertion, TLV_OCTETS);
	request->value = tlv_take(&assertion, TLV_OCTETS);
	if (in.bad || !tlv_done(&assertion))
		return fail(why, ERR_PROTOCOL, NULL, "the compare request is malformed");
	return OK;
}

enum err extended_request_read(struct span body, struct extended_request *request, struct why *why)
{
	struct tlv_reader in = tlv_reader_of(body);

	request->oid = tlv_take(&in, EXTENDED_NAME);
	request->has_value = tlv_peek(&in) == EXTENDED_VALUE;
	request->value = request->has_value ? tlv_take(&in, EXTENDED_VALUE) : SPAN_NONE;
	return in.bad ? fail(why, ERR_PROTOCOL, NULL, "the extended request is malformed") : OK;
}

enum err cancel_request_read(struct span value, int32_t *id)
{
	struct tlv_reader outer = tlv_reader_of(value);
	struct tlv_reader in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));

	*id = tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX);
	return tlv_done(&in) && tlv_done(&outer) ? OK : ERR_PROTOCOL;
}

int32_t abandon_request_read(struct span body)
{
	uint32_t id = 0;

	if (body.len == 0 || body.len > 4 || (body.data[0] & 0x80))
		return 0;
	for (size_t i = 0; i < body.len; i++)
		id = id << 8 | body.data[i];
	return (int32_t)id;
}

static size_t integer_size(int32_t value)
{
	return value < 0x80 ? 3 : value < 0x8000 ? 4 : value < 0x800000 ? 5 : 6;
}

void result_write(struct buffer *out, const struct result *result)
{
	size_t op = integer_size(result->code) + tlv_size(result->matched.len) +
		    tlv_size(result->text.len) + result->more.len;
	if (result->referral.len > 0)
		op += tlv_size(result->referral.len);
	size_t controls = result->controls.len > 0 ? tlv_size(result->controls.len) : 0;
	size_t message = integer_size(result->id) + tlv_size(op) + controls;
	uint8_t *to = buffer_reserve(out, tlv_size(message));

	if (!to)
		return;
	out->len = (size_t)(tlv_head(to, TLV_SEQUENCE, message) - out->data);
	tlv_put_integer(out, TLV_INTEGER, result->id);
	out->len = (size_t)(tlv_head(out->data + out->len, result->tag, op) - out->data);
	tlv_put_integer(out, TLV_ENUMERATED, result->code);
	tlv_put(out, TLV_OCTETS, result->matched);
	tlv_put(out, TLV_OCTETS, result->text);
	if (result->referral.len > 0)
		tlv_put(out, REFERRAL, result->referral);
	buffer_put_span(out, result->more);
	if (controls > 0)
		tlv_put(out, CONTROLS, result->controls);
}

void reference_write(struct buffer *out, int32_t id, struct span urls)
{
	size_t message = tlv_open(out, TLV_SEQUENCE);

	tlv_put_integer(out, TLV_INTEGER, id);
	tlv_put(out, OP_SEARCH_REFERENCE, urls);
	tlv_close(out, message);
}

void disconnection_write(struct buffer *out, int code, const char *text)
{
	uint8_t name[2 + sizeof OID_DISCONNECTION];
	struct span oid = SPAN(OID_DISCONNECTION);

	memcpy(tlv_head(name, 0x8a, oid.len), oid.data, oid.len);
	result_write(out, &(struct result){ .tag = OP_EXTENDED_RESPONSE,
				  .code = code,
				  .text = span_str(text),
				  .more = span_of(name, tlv_size(oid.len)) });
}

void entry_open(struct entry_writer *w, struct buffer *out, int32_t id)
{
	w->out = out;
	w->message = tlv_open(out, TLV_SEQUENCE);
	tlv_put_integer(out, TLV_INTEGER, id);
	w->op = tlv_open(out, OP_SEARCH_ENTRY);
}

size_t entry_open_dn(struct entry_writer *w)
{
	return tlv_open(w->out, TLV_OCTETS);
}

void entry_close_dn(struct entry_writer *w, size_t opened)
{
	tlv_close(w->out, opened);
	w->attributes = tlv_open(w->out, TLV_SEQUENCE);
}

void entry_open_attribute(struct entry_writer *w, struct span name)
{
	w->attribute = tlv_open(w->out, TLV_SEQUENCE);
	tlv_put(w->out, TLV_OCTETS, name);
	w->values = tlv_open(w->out, TLV_SET);
}

void entry_close_attribute(struct entry_writer *w)
{
	tlv_close(w->out, w->values);
	tlv_close(w->out, w->attribute);
}

void entry_put_type(struct entry_writer *w, struct span name)
{
	entry_open_attribute(w, name);
	entry_close_attribute(w);
}

void entry_put_value(struct entry_writer *w, struct span name, struct span value)
{
	size_t set = tlv_size(value.len);
	size_t all = tlv_size(name.len) + tlv_size(set);
	uint8_t *to = buffer_reserve(w->out, tlv_size(all));

	if (!to)
		return;
	to = tlv_head(to, TLV_SEQUENCE, all);
	to = tlv_head(to, TLV_OCTETS, name.len);
	memcpy(to, name.data, name.len);
	to = tlv_head(to + name.len, TLV_SET, set);
	to = tlv_head(to, TLV_OCTETS, value.len);
	if (value.len > 0)
		memcpy(to, value.data, value.len);
	w->out->len += tlv_size(all);
}

/* The room that re-encoding may take: heads of four octets where one was enough. */
#define HEADS_MAX(len) (3 * (len) + KIB)

/* How many were kept. */
static size_t put_kept(struct entry_writer *kept, struct tlv_reader *attribute,
	bool (*keeps)(void *arg, struct span name, struct span value), void *arg)
{
	struct span name = tlv_take(attribute, TLV_OCTETS);
	struct tlv_reader values = tlv_reader_of(tlv_take(attribute, TLV_SET));
	size_t count = 0;

	entry_open_attribute(kept, name);
	while (tlv_more(&values)) {
		struct span value = tlv_take(&values, TLV_OCTETS);

		if (!keeps(arg, name, value))
			continue;
		tlv_put(kept->out, TLV_OCTETS, value);
		count++;
	}
	entry_close_attribute(kept);
	return count;
}

void entry_keep_values(struct entry_writer *w,
	bool (*keeps)(void *arg, struct span name, struct span value), void *arg)
{
	struct span written = tlv_opened(w->out, w->attributes);
	struct tlv_reader in = tlv_reader_of(written);
	struct buffer out;
	struct entry_writer kept = { .out = &out };

	buffer_init(&out, HEADS_MAX(written.len));
	while (tlv_more(&in)) {
		struct tlv_reader attribute = tlv_reader_of(tlv_take(&in, TLV_SEQUENCE));
		size_t before = out.len;

		if (put_kept(&kept, &attribute, keeps, arg) == 0)
			out.len = before;
	}
	w->out->len -= written.len;
	buffer_put_span(w->out, buffer_span(&out));
	buffer_free(&out);
}

void entry_close(struct entry_writer *w)
{
	tlv_close(w->out, w->attributes);
	tlv_close(w->out, w->op);
	tlv_close(w->out, w->message);
}
