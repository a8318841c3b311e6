/* A control's value, whichever control it is said to be: the decoder takes it or refuses it, looks
 * nowhere else, and what it took can be walked. The first three octets choose the control, the
 * operation, and whether it is critical. */
#include "fuzz.h"
#include "wire/ldap_control.h"
#include "wire/tlv.h"

static void must_lie_in(struct span part, struct span whole)
{
	must(part.len == 0 ||
		(part.data >= whole.data && part.data + part.len <= whole.data + whole.len));
}

static void check_sort(const struct controls *controls, struct span value)
{
	must(controls->sort_count > 0);
	for (size_t i = 0; i < controls->sort_count && i < LIMIT_LDAP_SORT_KEYS; i++) {
		must_lie_in(controls->sort[i].attribute, value);
		must_lie_in(controls->sort[i].rule, value);
	}
}

static void check_vlv(const struct vlv *vlv, struct span value)
{
	must(vlv->before >= 0 && vlv->after >= 0 && vlv->offset >= 0 && vlv->count >= 0);
	must_lie_in(vlv->value, value);
	must_lie_in(vlv->context, value);
}

static void check_deref(struct span rest, struct span value)
{
	struct deref deref;

	must(rest.len > 0);
	must_lie_in(rest, value);
	while (rest.len > 0) {
		must(deref_next(&rest, &deref));
		must_lie_in(deref.attribute, value);
		must_lie_in(deref.attributes, value);
		must(tlv_is_octet_strings(deref.attributes));
	}
}

static void check(const struct controls *controls, struct span value)
{
	if (controls_have(controls, CONTROL_PAGED)) {
		must(controls->paged.size >= 0);
		must_lie_in(controls->paged.cookie, value);
	}
	if (controls_have(controls, CONTROL_SORT))
		check_sort(controls, value);
	if (controls_have(controls, CONTROL_VLV))
		check_vlv(&controls->vlv, value);
	if (controls_have(controls, CONTROL_ASSERTION))
		must_lie_in(controls->assertion, value);
	if (controls_have(controls, CONTROL_PRE_READ))
		must(tlv_is_octet_strings(controls->pre_read));
	if (controls_have(controls, CONTROL_POST_READ))
		must(tlv_is_octet_strings(controls->post_read));
	if (controls_have(controls, CONTROL_MATCHED_VALUES))
		must_lie_in(controls->matched_values, value);
	if (controls_have(controls, CONTROL_PROXIED))
		must_lie_in(controls->proxied, value);
	if (controls_have(controls, CONTROL_SESSION_TRACKING))
		must_lie_in(controls->session.identifier, value);
	if (controls_have(controls, CONTROL_SYNC))
		must_lie_in(controls->sync.cookie, value);
	if (controls_have(controls, CONTROL_DEREF))
		check_deref(controls->deref, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pdu pdu = { .id = 1, .control_count = 1 };
	struct controls controls;
	enum control_operation operation;
	const char *oid;
	enum err err;

	if (size < 3)
		return 0;
	oid = control_oid((enum control_id)(data[0] % CONTROL_COUNT));
	operation = (enum control_operation)(1 << data[1] % 8);
	pdu.controls[0] = (struct control){ .oid = span_str(oid ? oid : "1.2.3"),
		.critical = (data[2] & 1) != 0,
		.has_value = (data[2] & 2) == 0 };
	if (pdu.controls[0].has_value)
		pdu.controls[0].value = span_of(data + 3, size - 3);
	err = controls_read(&pdu, operation, &controls, NULL);
	must(err == OK || err == ERR_PROTOCOL || err == ERR_UNSUPPORTED);
	if (err == OK)
		check(&controls, pdu.controls[0].value);
	pdu.controls[pdu.control_count++] = pdu.controls[0];
	must(controls_read(&pdu, operation, &controls, NULL) != OK);
	return 0;
}
