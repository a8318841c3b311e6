#include "core/core_int.h"

#include "base/clock.h"

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
		return put_time(record->created, room);
	case ATTR_MODIFIED:
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
	default:
		return 0;
	}
}
