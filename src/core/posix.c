#include "core/posix_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "model/object_class.h"
#include "model/policy.h"

#include <stdio.h>

#define DAY (INT64_C(86400) * SECOND)

struct text {
	uint8_t *room;
	size_t len;
};

static void put_octet(struct text *text, uint8_t octet)
{
	if (text->len < LIMIT_VALUE_OCTETS)
		text->room[text->len++] = octet;
}

static void put_number(struct text *text, struct span number)
{
	for (size_t i = 0; i < number.len; i++)
		put_octet(text, number.data[i]);
}

/* A name as one part of a path in a line of passwd(5): what would be something else there, or no
 * IA5 text, is an underscore. */
static void put_name(struct text *text, struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t octet = name.data[i];
		bool plain = octet > ' ' && octet < 0x7f && octet != '/' && octet != ':' &&
			     !(octet == '.' && i == 0);
		put_octet(text, plain ? octet : '_');
	}
}

/* %u is the user name, %n the number, %% a percent sign; the rest stands for itself. */
static size_t fill(struct span pattern, const struct record *record, uint8_t *room)
{
	struct text text = { room, 0 };

	for (size_t i = 0; i < pattern.len; i++) {
		uint8_t next = i + 1 < pattern.len ? pattern.data[i + 1] : 0;

		if (pattern.data[i] != '%' || (next != 'u' && next != 'n' && next != '%')) {
			put_octet(&text, pattern.data[i]);
			continue;
		}
		i++;
		if (next == 'u')
			put_name(&text, record_first(record, ATTR_USER_NAME));
		else if (next == 'n')
			put_number(&text, record_first(record, ATTR_UID_NUMBER));
		else
			put_octet(&text, '%');
	}
	return text.len;
}

/* The name, where it is an IA5 text that fits a line of passwd(5); those who ask use cn else. */
static size_t put_gecos(const struct record *record, uint8_t *room)
{
	struct span name = record_first(record, ATTR_COMMON_NAME);

	if (!span_is_ascii(name) || span_find(name, ':') < name.len)
		return 0;
	memcpy(room, name.data, name.len);
	return name.len;
}

/* Days since 1970, RFC 2307 section 2.4. */
static size_t put_last_change(const struct record *record, uint8_t *room)
{
	int64_t wall;

	if (!time_parse_generalized(record_first(record, ATTR_PASSWORD_CHANGED), &wall))
		return 0;
	return (size_t)snprintf((char *)room, 24, "%lld", (long long)(wall / DAY));
}

size_t posix_made(
	const struct record *settings, const struct record *record, enum attr attr, uint8_t *room)
{
	if (!(record_classes(record) >> CLASS_POSIX_ACCOUNT & 1))
		return 0;
	switch (attr) {
	case ATTR_HOME_DIRECTORY:
		return fill(policy_text(settings, POLICY_POSIX_HOME), record, room);
	case ATTR_LOGIN_SHELL:
		return fill(policy_text(settings, POLICY_POSIX_SHELL), record, room);
	case ATTR_GECOS:
		return put_gecos(record, room);
	default:
		return put_last_change(record, room);
	}
}
