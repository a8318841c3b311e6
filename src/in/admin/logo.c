#include "wire/logo.h"
#include "base/codec.h"
#include "base/hash.h"
#include "in/admin/settings_int.h"

#define STATE SPAN("logo")

/* Opened by itself an SVG is a document of our origin: it may do nothing but look like itself. */
static const char *const headers[] = { "Content-Security-Policy",
	"sandbox; default-src 'none'; style-src 'unsafe-inline'", "X-Content-Type-Options",
	"nosniff", NULL };

enum err admin_logo_show(struct request *r)
{
	struct record settings;
	struct span octets;

	enum err err = settings_read_record(r, &settings);
	if (err != OK)
		return err;
	if (!record_first(&settings, ATTR_LOGO_TYPE).len ||
		!view_state(r->view, r->tenant.number, STATE, &octets))
		return fail(r->why, ERR_NOT_FOUND, NULL, "there is no logo");
	r->tag = hex_format(r->arena, record_first(&settings, ATTR_LOGO_DIGEST));
	r->media = arena_string(r->arena, record_first(&settings, ATTR_LOGO_TYPE));
	r->octets = arena_copy(r->arena, octets);
	r->headers = headers;
	return OK;
}

/* Nothing but its type and digest stands in the settings; the octets go with them. */
static enum err put(struct request *r, const struct record *settings, const struct logo *logo)
{
	uint8_t digest[32];

	hash_sha256(logo->octets, digest);
	const struct value values[] = {
		{ .attr = ATTR_LOGO_TYPE, .octets = span_str(logo->type) },
		{ .attr = ATTR_LOGO_DIGEST, .octets = span_of(digest, sizeof digest) },
	};
	bool is_some = logo->octets.len > 0;
	const struct modification mods[] = {
		{ .op = PATCH_REPLACE,
			.attr = ATTR_LOGO_TYPE,
			.values = &values[0],
			.count = is_some },
		{ .op = PATCH_REPLACE,
			.attr = ATTR_LOGO_DIGEST,
			.values = &values[1],
			.count = is_some },
	};
	const struct state_row state = { STATE, logo->octets };
	return settings_modify(r, settings, mods, 2, &state);
}

enum err admin_logo_put(struct request *r)
{
	struct record settings;
	struct span raw;
	struct logo logo;

	if (!base64_parse(r->arena, json_text(r->args, "image"), &raw))
		return fail(r->why, ERR_SYNTAX, "image", "the image is not in Base64");
	enum err err = logo_clean(r->arena, raw, &logo, r->why);
	if (err == OK)
		err = settings_read_record(r, &settings);
	return err != OK ? err : put(r, &settings, &logo);
}

enum err admin_logo_delete(struct request *r)
{
	const struct logo none = { .type = "" };
	struct record settings;

	enum err err = settings_read_record(r, &settings);
	return err != OK ? err : put(r, &settings, &none);
}
