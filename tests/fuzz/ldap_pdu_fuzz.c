/* What a client may send: framing agrees with the envelope, and every request is taken apart
 * without a look outside its octets. */
#include "fuzz.h"
#include "wire/ldap_pdu.h"

static void read_requests(const struct pdu *pdu)
{
	struct search_request search;
	struct compare_request compare;
	struct extended_request extended;
	struct bind_request bind;

	bind_request_read(pdu->body, &bind, NULL);
	search_request_read(pdu->body, &search, NULL);
	compare_request_read(pdu->body, &compare, NULL);
	extended_request_read(pdu->body, &extended, NULL);
	must(abandon_request_read(pdu->body) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct pdu pdu;
	size_t len = 0;

	while (pdu_frame(input, LIMIT_LDAP_PDU_BEFORE_BIND, &len) == FRAME_WHOLE) {
		must(len >= 2 && len <= input.len);
		if (pdu_read(span_of(input.data, len), &pdu, NULL) == OK) {
			must(pdu.id > 0);
			must(pdu.control_count <= LIMIT_LDAP_CONTROLS);
			read_requests(&pdu);
		}
		input = span_from(input, len);
	}
	return 0;
}
