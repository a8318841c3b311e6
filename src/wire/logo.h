/* A company's logo as somebody sent it, made harmless: a PNG of known chunks alone, or an SVG
 * written anew from the elements and attributes of a list. What the list does not have is left out:
 * scripts, styles, foreign objects, handlers, references to elsewhere. Any thread. */
#ifndef WIRE_LOGO_H
#define WIRE_LOGO_H

#include "base/arena.h"
#include "base/err.h"

struct logo {
	struct span octets; /* in the arena */
	const char *type;   /* "image/png", "image/svg+xml" */
};

/* ERR_TOO_LARGE beyond LIMIT_LOGO_OCTETS, before and after; ERR_MEDIA_TYPE for what is neither;
 * ERR_SYNTAX for what is damaged, and for an SVG with a document type. */
enum err logo_clean(struct arena *arena, struct span raw, struct logo *logo, struct why *why);

/* The two kinds, each on what begins as one. */
enum err png_clean(struct arena *arena, struct span raw, struct span *clean, struct why *why);
enum err svg_clean(struct arena *arena, struct span raw, struct span *clean, struct why *why);

#endif
