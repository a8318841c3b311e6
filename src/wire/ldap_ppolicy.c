#include "wire/ldap_ppolicy.h"

#include "wire/ldap_control.h"
#include "wire/tlv.h"

#include <stdio.h>

#define WARNING 0xa0
#define WARNING_EXPIRES 0x80
#define WARNING_GRACE 0x81
#define ERROR 0x81

#define ROOM 128 /* of any of these controls */

/* With the shortest lengths: not every client's decoder takes others. */
static void put_control(struct buffer *out, const char *oid, struct span value)
{
	struct buffer control;

	buffer_init(&control, ROOM);
	tlv_put_text(&control, TLV_OCTETS, oid);
	tlv_put(&control, TLV_OCTETS, value);
	tlv_put(out, TLV_SEQUENCE, buffer_span(&control));
	buffer_free(&control);
}

static void put_warning(struct buffer *out, int64_t expires, int32_t grace)
{
	struct buffer warning;

	buffer_init(&warning, ROOM);
	if (expires >= 0)
		tlv_put_integer(&warning, WARNING_EXPIRES,
			expires < INT32_MAX ? (int32_t)expires : INT32_MAX);
	else
		tlv_put_integer(&warning, WARNING_GRACE, grace);
	tlv_put(out, WARNING, buffer_span(&warning));
	buffer_free(&warning);
}

void password_policy_write(struct buffer *out, int64_t expires, int32_t grace, int error)
{
	struct buffer parts, value;

	buffer_init(&parts, ROOM);
	buffer_init(&value, ROOM);
	if (expires >= 0 || grace >= 0)
		put_warning(&parts, expires, grace);
	if (error >= 0)
		tlv_put_integer(&parts, ERROR, error);
	tlv_put(&value, TLV_SEQUENCE, buffer_span(&parts));
	put_control(out, control_oid(CONTROL_PASSWORD_POLICY), buffer_span(&value));
	buffer_free(&parts);
	buffer_free(&value);
}

void password_expired_write(struct buffer *out)
{
	put_control(out, OID_PASSWORD_EXPIRED, SPAN("0"));
}

void password_expiring_write(struct buffer *out, int64_t seconds)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%lld", (long long)seconds);

	put_control(out, OID_PASSWORD_EXPIRING, span_of(text, (size_t)len));
}
