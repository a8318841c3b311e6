#include "model/locale.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo"
#define ZONE_MAX 64
#define TAG_MAX 35 /* RFC 5646 section 4.4.1: what every implementation must have room for */

static const char *const languages[] = {
#define LANGUAGES(first, codes) codes,
#include "languages.def"
#undef LANGUAGES
};

static bool is_language(struct span code)
{
	for (size_t i = 0; code.len == 2 && i < sizeof languages / sizeof *languages; i++) {
		struct span rest = span_str(languages[i]);
		while (rest.len)
			if (span_equal_nocase(span_cut(&rest, ' '), code))
				return true;
	}
	return false;
}

static bool all_of(struct span part, int (*is)(int c))
{
	for (size_t i = 0; i < part.len; i++)
		if (part.data[i] >= 0x80 || !is(part.data[i]))
			return false;
	return part.len > 0;
}

static bool is_script(struct span part)
{
	return part.len == 4 && all_of(part, isalpha);
}

static bool is_region(struct span part)
{
	return (part.len == 2 && all_of(part, isalpha)) || (part.len == 3 && all_of(part, isdigit));
}

static bool is_variant(struct span part)
{
	return all_of(part, isalnum) && part.len <= 8 &&
	       (part.len >= 5 || (part.len == 4 && isdigit(part.data[0])));
}

bool language_is_known(struct span tag)
{
	struct span rest = tag;
	if (tag.len > TAG_MAX || (tag.len && tag.data[tag.len - 1] == '-') ||
		!is_language(span_cut(&rest, '-')))
		return false;
	/* RFC 5646 section 2.1: script, region and variants, in this order, each may be missing. */
	unsigned place = 0;
	while (rest.len) {
		struct span part = span_cut(&rest, '-');
		if (place < 1 && is_script(part))
			place = 1;
		else if (place < 2 && is_region(part))
			place = 2;
		else if (is_variant(part))
			place = 3;
		else
			return false;
	}
	return true;
}

/* "Area/Place": the areas begin with a capital, which "posix", "right" and "localtime" do not. */
static bool is_zone_name(struct span name)
{
	struct span rest = name;
	if (!name.len || name.len > ZONE_MAX || name.data[name.len - 1] == '/' ||
		!isupper(name.data[0]))
		return false;
	while (rest.len) {
		struct span part = span_cut(&rest, '/');
		if (!part.len)
			return false;
		for (size_t i = 0; i < part.len; i++)
			if (!isalnum(part.data[i]) && (!i || !strchr("_+-", part.data[i])))
				return false;
	}
	return !span_equal(name, SPAN("Factory"));
}

bool zone_is_known(struct span name)
{
	char path[sizeof ZONES + 1 + ZONE_MAX], magic[4];
	if (span_equal(name, SPAN("UTC")))
		return true;
	if (!is_zone_name(name))
		return false;
	snprintf(path, sizeof path, ZONES "/%.*s", SPAN_ARGS(name));
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return false;
	/* RFC 8536 section 3.1. */
	bool known = read(file, magic, sizeof magic) == sizeof magic &&
		     memcmp(magic, "TZif", sizeof magic) == 0;
	close(file);
	return known;
}
