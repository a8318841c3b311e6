#include "wire/ldap_control.h"

#include "wire/tlv.h"

#define CONTROLS 0xa0 /* of an LDAPMessage */
#define SORT_RULE 0x80
#define SORT_REVERSE 0x81
#define SORT_ATTRIBUTE 0x80
#define VLV_OFFSET 0xa0
#define VLV_VALUE 0x81

#define OID_SORT_RESPONSE "1.2.840.113556.1.4.474"
#define OID_VLV_RESPONSE "2.16.840.1.113730.3.4.10"

enum rules { MAY_BE_CRITICAL, MUST_BE_CRITICAL, NEVER_CRITICAL };

/* False: malformed. */
typedef bool (*control_decoder)(const struct control *control, struct controls *controls);

struct row {
	struct span oid;
	const char *name;
	unsigned operations;
	enum rules rules;
	control_decoder decode;
};

static bool read_absent(const struct control *control, struct controls *controls)
{
	(void)controls;
	return control->value.len == 0;
}

/* A control's value is plain BER, where every octet but 0 is TRUE: RFC 4511 section 5.1 restricts
 * the message around it, and encoders write 1 here. */
static bool take_boolean(struct tlv_reader *in, uint8_t tag)
{
	struct span octets = tlv_take(in, tag);

	in->bad = in->bad || octets.len != 1;
	return !in->bad && octets.data[0] != 0;
}

/* The elements of the SEQUENCE that a value consists of. */
static struct tlv_reader open_sequence(const struct control *control, bool *whole)
{
	struct tlv_reader outer = tlv_reader_of(control->value);
	struct tlv_reader in = tlv_reader_of(tlv_take(&outer, TLV_SEQUENCE));

	*whole = tlv_done(&outer);
	return in;
}

static bool read_paged(const struct control *control, struct controls *controls)
{
	bool whole;
	struct tlv_reader in = open_sequence(control, &whole);

	controls->paged.size = tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX);
	controls->paged.cookie = tlv_take(&in, TLV_OCTETS);
	return whole && tlv_done(&in);
}

static bool read_sort_key(struct span element, struct sort_key *key)
{
	struct tlv_reader in = tlv_reader_of(element);

	key->attribute = tlv_take(&in, TLV_OCTETS);
	key->rule = tlv_peek(&in) == SORT_RULE ? tlv_take(&in, SORT_RULE) : SPAN_NONE;
	key->reverse = tlv_peek(&in) == SORT_REVERSE && take_boolean(&in, SORT_REVERSE);
	return tlv_done(&in);
}

static bool read_sort(const struct control *control, struct controls *controls)
{
	bool whole;
	struct tlv_reader in = open_sequence(control, &whole);

	controls->sort_count = 0;
	while (tlv_more(&in)) {
		struct sort_key key;

		if (!read_sort_key(tlv_take(&in, TLV_SEQUENCE), &key))
			return false;
		if (controls->sort_count < LIMIT_LDAP_SORT_KEYS)
			controls->sort[controls->sort_count] = key;
		controls->sort_count++;
	}
	return whole && tlv_done(&in) && controls->sort_count > 0;
}

static void read_vlv_offset(struct tlv_reader *in, struct vlv *vlv)
{
	struct tlv_reader target = tlv_reader_of(tlv_take(in, VLV_OFFSET));

	vlv->offset = tlv_take_integer(&target, TLV_INTEGER, 0, INT32_MAX);
	vlv->count = tlv_take_integer(&target, TLV_INTEGER, 0, INT32_MAX);
	in->bad = in->bad || !tlv_done(&target);
}

static bool read_vlv(const struct control *control, struct controls *controls)
{
	struct vlv *vlv = &controls->vlv;
	bool whole;
	struct tlv_reader in = open_sequence(control, &whole);

	*vlv = (struct vlv){ 0 };
	vlv->before = tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX);
	vlv->after = tlv_take_integer(&in, TLV_INTEGER, 0, INT32_MAX);
	vlv->by_value = tlv_peek(&in) == VLV_VALUE;
	if (vlv->by_value)
		vlv->value = tlv_take(&in, VLV_VALUE);
	else
		read_vlv_offset(&in, vlv);
	if (tlv_more(&in))
		vlv->context = tlv_take(&in, TLV_OCTETS);
	return whole && tlv_done(&in);
}

static bool read_assertion(const struct control *control, struct controls *controls)
{
	struct tlv_reader in = tlv_reader_of(control->value);
	struct span value;
	uint8_t tag;

	controls->assertion = control->value;
	return tlv_next(&in, &tag, &value) && tlv_done(&in);
}

/* An AttributeSelection. */
static bool read_selection(const struct control *control, struct span *attributes)
{
	struct tlv_reader in = tlv_reader_of(control->value);

	*attributes = tlv_take(&in, TLV_SEQUENCE);
	return tlv_done(&in) && tlv_is_octet_strings(*attributes);
}

static bool read_pre_read(const struct control *control, struct controls *controls)
{
	return read_selection(control, &controls->pre_read);
}

static bool read_post_read(const struct control *control, struct controls *controls)
{
	return read_selection(control, &controls->post_read);
}

static bool read_matched_values(const struct control *control, struct controls *controls)
{
	struct tlv_reader in = tlv_reader_of(control->value);

	controls->matched_values = tlv_take(&in, TLV_SEQUENCE);
	return tlv_done(&in);
}

static bool read_proxied(const struct control *control, struct controls *controls)
{
	controls->proxied = control->value;
	return control->has_value;
}

static bool read_session(const struct control *control, struct controls *controls)
{
	struct session_tracking *session = &controls->session;
	bool whole;
	struct tlv_reader in = open_sequence(control, &whole);

	session->address = tlv_take(&in, TLV_OCTETS);
	session->name = tlv_take(&in, TLV_OCTETS);
	session->format = tlv_take(&in, TLV_OCTETS);
	session->identifier = tlv_take(&in, TLV_OCTETS);
	return whole && tlv_done(&in) && session->format.len > 0;
}

static bool read_sync(const struct control *control, struct controls *controls)
{
	struct sync_request *sync = &controls->sync;
	bool whole;
	struct tlv_reader in = open_sequence(control, &whole);
	int32_t mode = tlv_take_integer(&in, TLV_ENUMERATED, 1, 3);

	sync->persist = mode == 3;
	sync->has_cookie = tlv_peek(&in) == TLV_OCTETS;
	sync->cookie = sync->has_cookie ? tlv_take(&in, TLV_OCTETS) : SPAN_NONE;
	sync->reload = tlv_peek(&in) == TLV_BOOLEAN && take_boolean(&in, TLV_BOOLEAN);
	return whole && tlv_done(&in) && mode != 2;
}

static bool read_subentries(const struct control *control, struct controls *controls)
{
	struct tlv_reader in = tlv_reader_of(control->value);

	controls->subentries = take_boolean(&in, TLV_BOOLEAN);
	return tlv_done(&in);
}

bool deref_next(struct span *rest, struct deref *deref)
{
	struct tlv_reader in = tlv_reader_of(*rest);
	struct tlv_reader spec = tlv_reader_of(tlv_take(&in, TLV_SEQUENCE));

	deref->attribute = tlv_take(&spec, TLV_OCTETS);
	deref->attributes = tlv_take(&spec, TLV_SEQUENCE);
	*rest = span_of(in.at, (size_t)(in.end - in.at));
	return !in.bad && tlv_done(&spec) && tlv_is_octet_strings(deref->attributes);
}

static bool read_deref(const struct control *control, struct controls *controls)
{
	bool whole;
	struct tlv_reader in = open_sequence(control, &whole);
	struct span rest = span_of(in.at, (size_t)(in.end - in.at));
	struct deref deref;

	controls->deref = rest;
	while (rest.len > 0)
		if (!deref_next(&rest, &deref))
			return false;
	return whole && controls->deref.len > 0;
}

static const struct row rows[] = {
#define CONTROL(id, oid, name, operations, rules, decoder)                                         \
	{ { (const uint8_t *)(oid), sizeof(oid) - 1 }, name, operations, rules, decoder },
#include "controls.def"
#undef CONTROL
};

_Static_assert(CONTROL_COUNT <= 32, "a bit for each");

/* The row of one that is served on some operation; CONTROL_COUNT: not known. */
static unsigned find(struct span oid)
{
	unsigned id = 0;

	while (id < CONTROL_COUNT && (rows[id].operations == 0 || !span_equal(rows[id].oid, oid)))
		id++;
	return id;
}

static const char *name_of(unsigned id)
{
	return id < CONTROL_COUNT ? rows[id].name : "same";
}

/* RFC 4511 section 4.1.11 leaves a control that is there twice open: nothing tells which counts. */
static bool is_repeated(const struct pdu *pdu, const struct control *control)
{
	for (const struct control *other = pdu->controls; other < control; other++)
		if (span_equal(other->oid, control->oid))
			return true;
	return false;
}

static enum err read_one(
	unsigned id, const struct control *control, struct controls *controls, struct why *why)
{
	const struct row *row = &rows[id];

	if (row->rules == MUST_BE_CRITICAL && !control->critical)
		return fail(why, ERR_PROTOCOL, NULL, "the %s control must be critical", row->name);
	if (row->rules == NEVER_CRITICAL && control->critical)
		return fail(why, ERR_PROTOCOL, NULL, "the %s control is never critical", row->name);
	if (!row->decode(control, controls))
		return fail(why, ERR_PROTOCOL, NULL, "the %s control is malformed", row->name);
	controls->present |= 1U << id;
	controls->critical |= (uint32_t)control->critical << id;
	return OK;
}

enum err controls_read(const struct pdu *pdu, enum control_operation operation,
	struct controls *controls, struct why *why)
{
	controls->present = controls->critical = 0;
	for (size_t i = 0; i < pdu->control_count; i++) {
		const struct control *control = &pdu->controls[i];
		unsigned id = find(control->oid);
		enum err err = OK;

		if (is_repeated(pdu, control))
			return fail(why, ERR_PROTOCOL, NULL, "the %s control is there twice",
				name_of(id));
		if (id < CONTROL_COUNT && (rows[id].operations & operation))
			err = read_one(id, control, controls, why);
		else if (control->critical)
			err = fail(why, ERR_UNSUPPORTED, NULL,
				"a critical control is not offered for this operation");
		if (err != OK)
			return err;
	}
	return OK;
}

const char *control_oid(enum control_id id)
{
	return rows[id].operations != 0 ? (const char *)rows[id].oid.data : NULL;
}

/* The largest one holds a cursor. */
#define CONTROL_MAX KIB

/* A control whose value is the SEQUENCE of what is in `content`, which ends with it. */
static void put_control(struct buffer *out, struct span oid, struct buffer *content)
{
	size_t value = tlv_size(content->len), all = tlv_size(oid.len) + tlv_size(value);
	uint8_t *to = buffer_reserve(out, tlv_size(all));

	if (to) {
		to = tlv_head(to, TLV_SEQUENCE, all);
		to = tlv_head(to, TLV_OCTETS, oid.len);
		memcpy(to, oid.data, oid.len);
		to = tlv_head(to + oid.len, TLV_OCTETS, value);
		to = tlv_head(to, TLV_SEQUENCE, content->len);
		memcpy(to, content->data, content->len);
		out->len += tlv_size(all);
	}
	buffer_free(content);
}

/* The estimate of all is left open: 0 (RFC 2696 section 3). */
void paged_write(struct buffer *out, struct span cookie)
{
	struct buffer content;

	buffer_init(&content, CONTROL_MAX);
	tlv_put_integer(&content, TLV_INTEGER, 0);
	tlv_put(&content, TLV_OCTETS, cookie);
	put_control(out, rows[CONTROL_PAGED].oid, &content);
}

void sort_result_write(struct buffer *out, int result, struct span attribute)
{
	struct buffer content;

	buffer_init(&content, CONTROL_MAX);
	tlv_put_integer(&content, TLV_ENUMERATED, result);
	if (attribute.len > 0)
		tlv_put(&content, SORT_ATTRIBUTE, attribute);
	put_control(out, SPAN(OID_SORT_RESPONSE), &content);
}

void vlv_result_write(
	struct buffer *out, int32_t target, int32_t count, int result, struct span context)
{
	struct buffer content;

	buffer_init(&content, CONTROL_MAX);
	tlv_put_integer(&content, TLV_INTEGER, target);
	tlv_put_integer(&content, TLV_INTEGER, count);
	tlv_put_integer(&content, TLV_ENUMERATED, result);
	if (context.len > 0)
		tlv_put(&content, TLV_OCTETS, context);
	put_control(out, SPAN(OID_VLV_RESPONSE), &content);
}

void deref_write(struct buffer *out, size_t message, struct buffer *content)
{
	size_t controls = tlv_open(out, CONTROLS);

	put_control(out, rows[CONTROL_DEREF].oid, content);
	tlv_close(out, controls);
	tlv_close(out, message); /* it has grown */
}
