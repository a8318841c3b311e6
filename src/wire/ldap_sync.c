#include "wire/ldap_sync.h"

#include "wire/ldap_pdu.h"
#include "wire/tlv.h"

#define OID_SYNC_STATE "1.3.6.1.4.1.4203.1.9.1.2"
#define OID_SYNC_DONE "1.3.6.1.4.1.4203.1.9.1.3"
#define OID_SYNC_INFO "1.3.6.1.4.1.4203.1.9.1.4"

#define CONTROLS 0xa0
#define RESPONSE_NAME 0x80
#define RESPONSE_VALUE 0x81

enum info { NEW_COOKIE = 0x80, REFRESH_DELETE = 0xa1, REFRESH_PRESENT = 0xa2, ID_SET = 0xa3 };

#define SERVER_AT 30 /* of a CSN: "...Z#000000#000#000000" */
#define CSN_OCTETS 40

/* ---- cookies ---- */

/* One of several servers' is ours; a consumer that has others too keeps theirs beside it. */
static struct span own_csn(struct span list)
{
	while (list.len > 0) {
		struct span csn = span_cut(&list, ';');

		if (csn.len == CSN_OCTETS && memcmp(csn.data + SERVER_AT, "000", 3) == 0)
			return csn;
	}
	return SPAN_NONE;
}

bool sync_cookie_read(struct span text, struct sync_cookie *cookie)
{
	struct sync_cookie read = { 0 };
	uint64_t number;

	while (text.len > 0) {
		struct span value = span_cut(&text, ',');
		struct span name = span_cut(&value, '=');

		if (span_equal(name, SPAN("csn")))
			read.csn = own_csn(value);
		if (!span_equal(name, SPAN("rid")))
			continue;
		if (!span_to_u64(value, &number) || number > 999)
			return false;
		read.replica = (unsigned)number;
	}
	*cookie = read;
	return true;
}

void sync_cookie_write(struct buffer *out, const struct sync_cookie *cookie)
{
	buffer_putf(out, "rid=%03u", cookie->replica);
	if (cookie->csn.len == 0)
		return;
	buffer_put_span(out, SPAN(",csn="));
	buffer_put_span(out, cookie->csn);
}

/* ---- controls ---- */

static void put_cookie(struct buffer *out, struct span cookie)
{
	if (cookie.len > 0)
		tlv_put(out, TLV_OCTETS, cookie);
}

void sync_state_add(struct buffer *out, size_t message, enum sync_state state,
	const struct uuid *id, struct span cookie)
{
	size_t controls = tlv_open(out, CONTROLS), control = tlv_open(out, TLV_SEQUENCE);
	size_t value, sequence;

	tlv_put_text(out, TLV_OCTETS, OID_SYNC_STATE);
	value = tlv_open(out, TLV_OCTETS);
	sequence = tlv_open(out, TLV_SEQUENCE);
	tlv_put_integer(out, TLV_ENUMERATED, (int32_t)state);
	tlv_put(out, TLV_OCTETS, uuid_span(id));
	put_cookie(out, cookie);
	tlv_close(out, sequence);
	tlv_close(out, value);
	tlv_close(out, control);
	tlv_close(out, controls);
	/* The message has grown. */
	tlv_close(out, message);
}

static void put_boolean(struct buffer *out, bool value)
{
	tlv_put(out, TLV_BOOLEAN, value ? SPAN("\xff") : SPAN("\0"));
}

void sync_done_write(struct buffer *out, struct span cookie, bool refresh_deletes)
{
	size_t control = tlv_open(out, TLV_SEQUENCE), value, sequence;

	tlv_put_text(out, TLV_OCTETS, OID_SYNC_DONE);
	value = tlv_open(out, TLV_OCTETS);
	sequence = tlv_open(out, TLV_SEQUENCE);
	put_cookie(out, cookie);
	if (refresh_deletes)
		put_boolean(out, true);
	tlv_close(out, sequence);
	tlv_close(out, value);
	tlv_close(out, control);
}

/* ---- messages ---- */

struct info_writer {
	struct buffer *out;
	size_t message, op, value, choice;
};

static void open_info(struct info_writer *w, struct buffer *out, int32_t message_id, uint8_t tag)
{
	w->out = out;
	w->message = tlv_open(out, TLV_SEQUENCE);
	tlv_put_integer(out, TLV_INTEGER, message_id);
	w->op = tlv_open(out, OP_INTERMEDIATE);
	tlv_put_text(out, RESPONSE_NAME, OID_SYNC_INFO);
	w->value = tlv_open(out, RESPONSE_VALUE);
	w->choice = tlv_open(out, tag);
}

static void close_info(struct info_writer *w)
{
	tlv_close(w->out, w->choice);
	tlv_close(w->out, w->value);
	tlv_close(w->out, w->op);
	tlv_close(w->out, w->message);
}

void sync_cookie_info_write(struct buffer *out, int32_t message_id, struct span cookie)
{
	struct info_writer w;

	open_info(&w, out, message_id, NEW_COOKIE);
	buffer_put_span(out, cookie);
	close_info(&w);
}

void sync_refreshed_write(struct buffer *out, int32_t message_id, bool refresh_deletes,
	bool is_done, struct span cookie)
{
	struct info_writer w;

	open_info(&w, out, message_id, refresh_deletes ? REFRESH_DELETE : REFRESH_PRESENT);
	put_cookie(out, cookie);
	if (!is_done) /* the default is that it is */
		put_boolean(out, false);
	close_info(&w);
}

void sync_present_write(
	struct buffer *out, int32_t message_id, const struct uuid *ids, size_t count)
{
	struct info_writer w;
	size_t set;

	/* That the set is of present entries is the default. */
	open_info(&w, out, message_id, ID_SET);
	set = tlv_open(out, TLV_SET);
	for (size_t i = 0; i < count; i++)
		tlv_put(out, TLV_OCTETS, uuid_span(&ids[i]));
	tlv_close(out, set);
	close_info(&w);
}
