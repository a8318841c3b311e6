#include "core/core_int.h"

#include "base/clock.h"
#include "base/limits.h"

static size_t put_time(int64_t wall, uint8_t *room)
{
	return time_format_generalized(wall, (char *)room);
}

static size_t put_last_login(struct view *view, const struct record *record, uint8_t *room)
{
	int64_t login;
	return view_last_login(view, record->tenant, record->number, &login) ? put_time(login, room)
									     : 0;
}

static size_t put_text(struct span text, uint8_t *room)
{
	memcpy(room, text.data, text.len);
	return text.len;
}

/* draft-behera-ldap-password-policy-10 section 5.3: locked until somebody unlocks it. */
#define LOCKED_FOR_GOOD SPAN("000001010000Z")

static size_t put_password_fact(const struct record *record, enum attr attr, uint8_t *room)
{
	struct password_facts facts;
	password_facts(record, &facts);
	if (attr == ATTR_PASSWORD_RESET)
		return facts.reset ? put_text(SPAN("TRUE"), room) : 0;
	return facts.locked ? put_text(LOCKED_FOR_GOOD, room) : 0;
}

/* The first three fields of a GUID stand with their low octet first; what brings them there brings
 * them back. */
static void swap_guid(const uint8_t from[16], uint8_t to[16])
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	for (size_t i = 0; i < sizeof order; i++)
		to[i] = from[order[i]];
}

static size_t put_guid(const struct uuid *id, uint8_t *room)
{
	swap_guid(id->octets, room);
	return sizeof id->octets;
}

bool guid_parse(struct span guid, struct uuid *id)
{
	if (guid.len != sizeof id->octets)
		return false;
	swap_guid(guid.data, id->octets);
	return true;
}

/* As it stands for a DN in a bind: with the tenant behind, unless it is an address already. */
static size_t put_principal(struct view *view, const struct record *record, uint8_t *room)
{
	struct span name = record_first(record, ATTR_USER_NAME);
	struct tenant_info tenant;
	bool is_address = span_find(name, '@') < name.len;
	if (!is_address && !view_tenant_number(view, record->tenant, &tenant))
		return 0;
	return (size_t)snprintf((char *)room, LIMIT_VALUE_OCTETS, "%.*s%s%.*s", SPAN_ARGS(name),
		is_address ? "" : "@", is_address ? 0 : (int)tenant.name.len,
		is_address ? "" : (const char *)tenant.name.data);
}

size_t view_made(struct view *view, const struct record *record, enum attr attr, uint8_t *room)
{
	struct record settings;
	bool own;
	if (!(attr_row(attr)->kinds >> record->kind & 1))
		return 0;
	switch (attr) {
	case ATTR_ID:
		uuid_format(&record->id, (char *)room);
		return UUID_TEXT;
	case ATTR_CREATED:
	case ATTR_WHEN_CREATED:
		return put_time(record->created, room);
	case ATTR_MODIFIED:
	case ATTR_WHEN_CHANGED:
		return put_time(record->modified, room);
	case ATTR_ENTRY_CSN:
		csn_format(view_changed(view, record), (char *)room);
		return CSN_TEXT;
	case ATTR_AUTH_TIMESTAMP:
		return put_last_login(view, record, room);
	case ATTR_PASSWORD_RESET:
	case ATTR_PASSWORD_LOCKED:
		return put_password_fact(record, attr, room);
	case ATTR_HOME_DIRECTORY:
	case ATTR_LOGIN_SHELL:
	case ATTR_GECOS:
	case ATTR_SHADOW_LAST_CHANGE:
		own = view_settings(view, record->tenant, &settings);
		return posix_made(own ? &settings : NULL, record, attr, room);
	case ATTR_ACCOUNT_NAME:
		return put_text(record_first(record, kind_row(record->kind)->naming), room);
	case ATTR_PRINCIPAL_NAME:
		return put_principal(view, record, room);
	case ATTR_OBJECT_GUID:
		return put_guid(&record->id, room);
	case ATTR_ACCOUNT_CONTROL:
		return put_text(record_is_active(record) ? SPAN("512") : SPAN("514"), room);
	default:
		return 0;
	}
}
