#include "wire/logo.h"

#include "base/limits.h"

static bool is_png(struct span raw)
{
	return span_starts(raw, SPAN("\x89PNG\r\n\x1a\n"));
}

static bool is_svg(struct span raw)
{
	struct span text = span_starts(raw, SPAN("\xef\xbb\xbf")) ? span_from(raw, 3) : raw;

	return span_is_utf8(text) && span_starts(span_trim(text), SPAN("<"));
}

enum err logo_clean(struct arena *arena, struct span raw, struct logo *logo, struct why *why)
{
	struct logo clean = { .type = is_png(raw) ? "image/png" : "image/svg+xml" };

	if (raw.len > LIMIT_LOGO_OCTETS)
		return fail(why, ERR_TOO_LARGE, "image", "a logo has at most %d octets",
			LIMIT_LOGO_OCTETS);
	if (!is_png(raw) && !is_svg(raw))
		return fail(why, ERR_MEDIA_TYPE, "image", "a logo is a PNG or an SVG");
	enum err err = is_png(raw) ? png_clean(arena, raw, &clean.octets, why)
				   : svg_clean(arena, raw, &clean.octets, why);
	if (err == OK)
		*logo = clean;
	return err;
}
