#include "base/clock.h"

#define DAY (INT64_C(86400) * SECOND)
#define LEAST INT64_C(-62167219200000000) /* 0000-01-01T00:00:00Z */
#define MOST INT64_C(253402300799999999)  /* 9999-12-31T23:59:59.999999Z */

struct civil {
	int year, month, day, hour, minute, second, micro;
};

/* Days since 1970 in the proleptic Gregorian calendar. Years begin in March, so that the leap day
 * is a year's last; 400 years have 146097 days. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of_days(int64_t days, struct civil *c)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t month = (5 * doy + 2) / 153;

	c->day = (int)(doy - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

static struct civil civil_of(int64_t wall)
{
	struct civil c;
	int64_t rest;

	wall = wall < LEAST ? LEAST : wall > MOST ? MOST : wall;
	rest = (wall % DAY + DAY) % DAY;
	civil_of_days((wall - rest) / DAY, &c);
	c.micro = (int)(rest % SECOND);
	rest /= SECOND;
	c.hour = (int)(rest / 3600);
	c.minute = (int)(rest / 60 % 60);
	c.second = (int)(rest % 60);
	return c;
}

static char *put_digits(char *to, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
	return to + digits;
}

/* "date" and "clock" are separators of one character, or NUL: none. */
static char *put_second(char *to, const struct civil *c, char date, char between, char clock)
{
	const struct {
		int value, digits;
		char before;
	} parts[] = { { c->year, 4, '\0' }, { c->month, 2, date }, { c->day, 2, date },
		{ c->hour, 2, between }, { c->minute, 2, clock }, { c->second, 2, clock } };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i].before)
			*to++ = parts[i].before;
		to = put_digits(to, parts[i].value, parts[i].digits);
	}
	return to;
}

static size_t end_in_zulu(char *out, char *to)
{
	*to++ = 'Z';
	*to = '\0';
	return (size_t)(to - out);
}

size_t time_format_rfc3339(int64_t wall, char out[TIME_TEXT_MAX])
{
	struct civil c = civil_of(wall);
	char *to = put_second(out, &c, '-', 'T', ':');

	*to++ = '.';
	return end_in_zulu(out, put_digits(to, c.micro / 1000, 3));
}

size_t time_format_generalized(int64_t wall, char out[TIME_TEXT_MAX])
{
	struct civil c = civil_of(wall);

	return end_in_zulu(out, put_second(out, &c, '\0', '\0', '\0'));
}

/* Reading: each step takes from the front; the first that does not fit clears `good`. */
struct scan {
	struct span rest;
	bool good;
};

static bool next_is_digit(const struct scan *s)
{
	return s->rest.len && s->rest.data[0] >= '0' && s->rest.data[0] <= '9';
}

static int scan_number(struct scan *s, size_t digits, int most)
{
	int value = 0;

	for (size_t i = 0; i < digits; i++) {
		if (!next_is_digit(s)) {
			s->good = false;
			return 0;
		}
		value = value * 10 + (s->rest.data[0] - '0');
		s->rest = span_from(s->rest, 1);
	}
	if (value > most)
		s->good = false;
	return value;
}

static bool scan_one_of(struct scan *s, const char *octets, char *found)
{
	if (s->rest.len == 0 || !s->rest.data[0] || !strchr(octets, s->rest.data[0]))
		return false;
	*found = (char)s->rest.data[0];
	s->rest = span_from(s->rest, 1);
	return true;
}

static void scan_octet(struct scan *s, const char *octets)
{
	char found;

	if (!scan_one_of(s, octets, &found))
		s->good = false;
}

/* What follows the point, as a fraction of `unit` microseconds; digits below one are dropped. */
static int64_t scan_fraction(struct scan *s, const char *points, int64_t unit)
{
	int64_t part = 0, scale = 1;
	char point;

	if (!scan_one_of(s, points, &point))
		return 0;
	if (!next_is_digit(s))
		s->good = false;
	while (next_is_digit(s)) {
		if (scale < 1000000000) {
			part = part * 10 + (s->rest.data[0] - '0');
			scale *= 10;
		}
		s->rest = span_from(s->rest, 1);
	}
	return part * unit / scale;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool finish(const struct scan *s, const struct civil *c, int64_t fraction, int64_t offset,
	int64_t *wall)
{
	int64_t time;

	if (!s->good || s->rest.len || c->month < 1 || c->day < 1 ||
		c->day > month_days(c->year, c->month))
		return false;
	time = days_of(c->year, c->month, c->day) * DAY +
	       ((int64_t)c->hour * 3600 + c->minute * 60 + c->second) * SECOND + fraction - offset;
	/* A leap second is the last one of a UTC day; it reads as the midnight that follows. */
	if (c->second == 60 && (time - fraction) % DAY != 0)
		return false;
	if (time < LEAST || time > MOST)
		return false;
	*wall = time;
	return true;
}

/* "Z" or a signed offset; `colon` as RFC 3339 wants it, else minutes may be missing. */
static int64_t scan_offset(struct scan *s, bool colon)
{
	char sign;
	int64_t hours, minutes = 0, offset;

	if (!scan_one_of(s, colon ? "Zz+-" : "Z+-", &sign)) {
		s->good = false;
		return 0;
	}
	if (sign == 'Z' || sign == 'z')
		return 0;
	hours = scan_number(s, 2, 23);
	if (colon)
		scan_octet(s, ":");
	if (colon || s->rest.len)
		minutes = scan_number(s, 2, 59);
	offset = (hours * 60 + minutes) * 60 * SECOND;
	return sign == '-' ? -offset : offset;
}

bool time_parse_rfc3339(struct span text, int64_t *wall)
{
	struct scan s = { text, true };
	struct civil c = { 0 };
	int64_t fraction, offset;

	c.year = scan_number(&s, 4, 9999);
	scan_octet(&s, "-");
	c.month = scan_number(&s, 2, 12);
	scan_octet(&s, "-");
	c.day = scan_number(&s, 2, 31);
	scan_octet(&s, "Tt");
	c.hour = scan_number(&s, 2, 23);
	scan_octet(&s, ":");
	c.minute = scan_number(&s, 2, 59);
	scan_octet(&s, ":");
	c.second = scan_number(&s, 2, 60);
	fraction = scan_fraction(&s, ".", SECOND);
	offset = scan_offset(&s, true);
	return finish(&s, &c, fraction, offset, wall);
}

bool time_parse_generalized(struct span text, int64_t *wall)
{
	struct scan s = { text, true };
	struct civil c = { 0 };
	int64_t unit = 3600 * SECOND, fraction, offset;

	c.year = scan_number(&s, 4, 9999);
	c.month = scan_number(&s, 2, 12);
	c.day = scan_number(&s, 2, 31);
	c.hour = scan_number(&s, 2, 23);
	if (next_is_digit(&s)) {
		c.minute = scan_number(&s, 2, 59);
		unit = 60 * SECOND;
	}
	if (unit < 3600 * SECOND && next_is_digit(&s)) {
		c.second = scan_number(&s, 2, 60);
		unit = SECOND;
	}
	fraction = scan_fraction(&s, ".,", unit);
	offset = scan_offset(&s, false);
	return finish(&s, &c, fraction, offset, wall);
}
