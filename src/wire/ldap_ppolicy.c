#include "wire/ldap_ppolicy.h"

#include "wire/ldap_control.h"
#include "wire/tlv.h"

#include <stdio.h>

#define WARNING 0xa0
#define WARNING_EXPIRES 0x80
#define WARNING_GRACE 0x81
#define ERROR 0x81

void password_policy_write(struct buffer *out, int64_t expires, int32_t grace, int error)
{
	size_t control = tlv_open(out, TLV_SEQUENCE), value, inner, warning;

	tlv_put_text(out, TLV_OCTETS, control_oid(CONTROL_PASSWORD_POLICY));
	value = tlv_open(out, TLV_OCTETS);
	inner = tlv_open(out, TLV_SEQUENCE);
	if (expires >= 0 || grace >= 0) {
		warning = tlv_open(out, WARNING);
		if (expires >= 0)
			tlv_put_integer(out, WARNING_EXPIRES,
				expires < INT32_MAX ? (int32_t)expires : INT32_MAX);
		else
			tlv_put_integer(out, WARNING_GRACE, grace);
		tlv_close(out, warning);
	}
	if (error >= 0)
		tlv_put_integer(out, ERROR, error);
	tlv_close(out, inner);
	tlv_close(out, value);
	tlv_close(out, control);
}

static void put_text(struct buffer *out, const char *oid, struct span value)
{
	size_t control = tlv_open(out, TLV_SEQUENCE);

	tlv_put_text(out, TLV_OCTETS, oid);
	tlv_put(out, TLV_OCTETS, value);
	tlv_close(out, control);
}

void password_expired_write(struct buffer *out)
{
	put_text(out, OID_PASSWORD_EXPIRED, SPAN("0"));
}

void password_expiring_write(struct buffer *out, int64_t seconds)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%lld", (long long)seconds);

	put_text(out, OID_PASSWORD_EXPIRING, span_of(text, (size_t)len));
}
