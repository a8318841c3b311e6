#define _GNU_SOURCE /* memmem, strcasestr */

#include "base/buffer.h"
#include "base/limits.h"
#include "wire/logo.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <string.h>
#include <strings.h>

#define SVG "http://www.w3.org/2000/svg"
#define XLINK "http://www.w3.org/1999/xlink"
#define DEPTH_MAX 32
#define USES_MAX 16

static const char elements[] =
	" svg g path rect circle ellipse line polyline polygon text tspan defs linearGradient "
	"radialGradient stop clipPath title desc use symbol ";
static const char texts[] = " text tspan title desc ";
static const char attributes[] =
	" id href version viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy d points "
	"transform preserveAspectRatio fill fill-rule fill-opacity stroke stroke-width "
	"stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset "
	"stroke-opacity opacity color offset stop-color stop-opacity gradientUnits "
	"gradientTransform spreadMethod clip-path clip-rule clipPathUnits font-family font-size "
	"font-weight font-style text-anchor rotate ";

static bool is_in(const char *list, const xmlChar *name)
{
	size_t len = strlen((const char *)name);
	const char *at = list;

	while ((at = strstr(at, (const char *)name))) {
		if (len && at[-1] == ' ' && at[len] == ' ')
			return true;
		at++;
	}
	return false;
}

static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80 ||
			(!isalnum((unsigned char)text[i]) && !strchr("_.-", text[i])))
			return false;
	return len > 0;
}

/* "url(#name)": something in this picture. */
static bool is_local_url(const char *text)
{
	size_t len = strlen(text);

	return len > 6 && strncmp(text, "url(#", 5) == 0 && text[len - 1] == ')' &&
	       is_name(text + 5, len - 6);
}

/* An escape of CSS could spell what is looked for here, a comment part it. */
static bool is_harmless(const char *name, const char *text)
{
	if (strcmp(name, "href") == 0)
		return text[0] == '#' && is_name(text + 1, strlen(text + 1));
	if (strcmp(name, "id") == 0)
		return is_name(text, strlen(text));
	if (strchr(text, '\\') || strstr(text, "/*"))
		return false;
	return !strcasestr(text, "url") || is_local_url(text);
}

static void put_escaped(struct buffer *out, const xmlChar *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			buffer_put_span(out, SPAN("&amp;"));
			break;
		case '<':
			buffer_put_span(out, SPAN("&lt;"));
			break;
		case '>':
			buffer_put_span(out, SPAN("&gt;"));
			break;
		case '"':
			buffer_put_span(out, SPAN("&quot;"));
			break;
		default:
			buffer_put_octet(out, *text);
		}
}

static bool is_of(const xmlNs *ns, const char *uri)
{
	return ns && strcmp((const char *)ns->href, uri) == 0;
}

static void put_attribute(struct buffer *out, xmlNode *node, const xmlAttr *attr)
{
	bool linked = is_of(attr->ns, XLINK) && strcmp((const char *)attr->name, "href") == 0;

	if ((attr->ns && !linked) || !is_in(attributes, attr->name) ||
		(linked && xmlHasNsProp(node, attr->name, NULL)))
		return;
	xmlChar *value = xmlNodeListGetString(node->doc, attr->children, 1);
	if (value && is_harmless((const char *)attr->name, (const char *)value)) {
		buffer_putf(out, " %s=\"", (const char *)attr->name);
		put_escaped(out, value);
		buffer_put_octet(out, '"');
	}
	xmlFree(value);
}

static void put_element(struct buffer *out, xmlNode *node, unsigned depth);

static void put_children(struct buffer *out, xmlNode *node, unsigned depth)
{
	bool text = is_in(texts, node->name);

	for (xmlNode *child = node->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			put_element(out, child, depth + 1);
		else if (text && child->content &&
			 (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE))
			put_escaped(out, child->content);
}

static void put_element(struct buffer *out, xmlNode *node, unsigned depth)
{
	if (!is_of(node->ns, SVG) || !is_in(elements, node->name))
		return;
	if (depth > DEPTH_MAX) {
		out->failed = true;
		return;
	}
	buffer_putf(out, "<%s", (const char *)node->name);
	if (depth == 0)
		buffer_put_span(out, SPAN(" xmlns=\"" SVG "\""));
	for (const xmlAttr *attr = node->properties; attr; attr = attr->next)
		put_attribute(out, node, attr);
	buffer_put_octet(out, '>');
	put_children(out, node, depth);
	buffer_putf(out, "</%s>", (const char *)node->name);
}

/* What is used may use others in turn: the picture grows with the power of how many there are. */
static bool uses_too_many(struct span clean)
{
	unsigned count = 0;

	for (const uint8_t *at = clean.data;
		(at = memmem(at, clean.len - (size_t)(at - clean.data), "<use", 4)); at++)
		count++;
	return count > USES_MAX;
}

static enum err put_document(struct arena *arena, xmlDoc *doc, struct span *clean, struct why *why)
{
	xmlNode *root = xmlDocGetRootElement(doc);
	struct buffer out;

	if (!root || !is_of(root->ns, SVG) || strcmp((const char *)root->name, "svg") != 0)
		return fail(why, ERR_MEDIA_TYPE, "image", "a logo is a PNG or an SVG");
	buffer_init(&out, LIMIT_LOGO_OCTETS);
	put_element(&out, root, 0);
	enum err err = out.failed ? fail(why, ERR_TOO_LARGE, "image",
					    "the SVG is too large, or deeper than %d", DEPTH_MAX)
				  : OK;
	if (err == OK && uses_too_many(buffer_span(&out)))
		err = fail(why, ERR_TOO_LARGE, "image", "the SVG has more than %d <use>", USES_MAX);
	if (err == OK)
		*clean = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return err;
}

/* Entities are what makes XML dangerous; without a document type there are none but the five. */
enum err svg_clean(struct arena *arena, struct span raw, struct span *clean, struct why *why)
{
	if (memmem(raw.data, raw.len, "<!DOCTYPE", 9) || memmem(raw.data, raw.len, "<!ENTITY", 8))
		return fail(why, ERR_SYNTAX, "image", "an SVG without a document type is taken");
	xmlDoc *doc = xmlReadMemory((const char *)raw.data, (int)raw.len, NULL, "UTF-8",
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc)
		return fail(why, ERR_SYNTAX, "image", "the SVG is no well-formed XML");
	enum err err = doc->intSubset ? fail(why, ERR_SYNTAX, "image",
						"an SVG without a document type is taken")
				      : put_document(arena, doc, clean, why);
	xmlFreeDoc(doc);
	return err;
}
