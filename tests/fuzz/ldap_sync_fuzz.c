/* What a consumer sends: the Sync Request control's value, or a cookie alone, whose CSN is asked
 * for in the journal. What is understood is written back as it was. */
#include "fuzz.h"

#include "core/csn.h"
#include "wire/ldap_control.h"
#include "wire/ldap_sync.h"

static void look_at_csn(struct span csn)
{
	char text[CSN_TEXT + 1];
	int64_t time, again;

	if (!csn_parse(csn, &time))
		return;
	csn_format(time, text);
	must(strlen(text) == CSN_TEXT && csn_parse(span_str(text), &again) && again == time);
}

static void look_at_cookie(struct span text)
{
	struct sync_cookie cookie, again;
	struct buffer out;

	if (!sync_cookie_read(text, &cookie))
		return;
	must(cookie.replica <= 999 && cookie.csn.len <= text.len);
	look_at_csn(cookie.csn);
	buffer_init(&out, 4096);
	sync_cookie_write(&out, &cookie);
	must(sync_cookie_read(buffer_span(&out), &again));
	must(again.replica == cookie.replica && span_equal(again.csn, cookie.csn));
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);
	struct pdu pdu = { .id = 1, .tag = OP_SEARCH, .control_count = 1 };
	struct controls controls;

	if (size > 0 && data[0] != 0x30) {
		look_at_cookie(input);
		return 0;
	}
	pdu.controls[0] = (struct control){
		.oid = SPAN("1.3.6.1.4.1.4203.1.9.1.1"), .has_value = true, .value = input
	};
	if (controls_read(&pdu, ON_SEARCH, &controls, NULL) != OK)
		return 0;
	must(controls_have(&controls, CONTROL_SYNC));
	if (controls.sync.has_cookie)
		look_at_cookie(controls.sync.cookie);
	return 0;
}
