#include "wire/logo.h"

#include "base/codec.h"
#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:x=\"http://www.w3.org/1999/xlink\">"
#define CLEAN "<svg xmlns=\"http://www.w3.org/2000/svg\">"

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void assert_clean(struct arena *arena, const char *inner, const char *wanted)
{
	struct logo logo;
	struct why why = { 0 };
	const char *raw = arena_printf(arena, HEAD "%s</svg>", inner);
	if (logo_clean(arena, span_str(raw), &logo, &why))
		fail_msg("%s", why.text);
	assert_string_equal(logo.type, "image/svg+xml");
	assert_string_equal(
		arena_string(arena, logo.octets), arena_printf(arena, CLEAN "%s</svg>", wanted));
}

static void what_a_picture_is_made_of_stays(void **state)
{
	assert_clean(*state, "<g id='a'><path d='M0 0h9v9z' fill='url(#b)'/></g>",
		"<g id=\"a\"><path d=\"M0 0h9v9z\" fill=\"url(#b)\"></path></g>");
	assert_clean(*state, "<text x='1'>A &amp; &lt;B&gt;</text>",
		"<text x=\"1\">A &amp; &lt;B&gt;</text>");
	assert_clean(*state, "<use x:href='#a'/>", "<use href=\"#a\"></use>");
}

static void what_runs_or_leads_elsewhere_is_left_out(void **state)
{
	static const char *const inner[] = { "<script>alert(1)</script>",
		"<style>@import 'x';</style>",
		"<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'>x</b></foreignObject>",
		"<image href='http://evil.example/x.png'/>", "<a href='javascript:alert(1)'>x</a>",
		"<animate attributeName='href' to='javascript:x'/>",
		"<set attributeName='onclick'/>", "<!-- x --><?php x ?>",
		"<iframe xmlns='http://www.w3.org/1999/xhtml'/>" };
	static const char *const attributes[] = { "onclick='x()'", "ONLOAD='x()'",
		"style='fill:red'", "fill='url(http://evil.example/)'",
		"fill='URL(//evil.example)'", "fill='u\\72 l(http://evil.example/)'",
		"fill='url(#a) url(http://e/)'", "x:href='http://evil.example/'",
		"href='data:text/html,x'", "class='x'", "xml:base='http://evil.example/'",
		"fill='ur/**/l(x)'" };
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
		assert_clean(*state, inner[i], "");
	for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
		assert_clean(
			*state, arena_printf(*state, "<rect %s/>", attributes[i]), "<rect></rect>");
}

static enum err clean_text(struct arena *arena, const char *text)
{
	struct logo logo;
	return logo_clean(arena, span_str(text), &logo, NULL);
}

static void a_document_type_and_what_is_no_picture_are_refused(void **state)
{
	assert_int_equal(
		clean_text(*state, "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" HEAD
				   "&a;</svg>"),
		ERR_SYNTAX);
	assert_int_equal(clean_text(*state, HEAD), ERR_SYNTAX);
	assert_int_equal(clean_text(*state, "<html/>"), ERR_MEDIA_TYPE);
	assert_int_equal(clean_text(*state, "<svg/>"), ERR_MEDIA_TYPE);
	assert_int_equal(clean_text(*state, "GIF89a"), ERR_MEDIA_TYPE);
	assert_int_equal(clean_text(*state, ""), ERR_MEDIA_TYPE);
}

static void depth_and_size_have_limits(void **state)
{
	struct logo logo;
	struct buffer deep;
	uint8_t *large = arena_zalloc(*state, LIMIT_LOGO_OCTETS + 1);
	assert_int_equal(logo_clean(*state, span_of(large, LIMIT_LOGO_OCTETS + 1), &logo, NULL),
		ERR_TOO_LARGE);
	buffer_init(&deep, LIMIT_LOGO_OCTETS);
	buffer_put_span(&deep, SPAN(HEAD));
	for (int i = 0; i < 100; i++)
		buffer_put_span(&deep, SPAN("<g>"));
	for (int i = 0; i < 100; i++)
		buffer_put_span(&deep, SPAN("</g>"));
	buffer_put_span(&deep, SPAN("</svg>"));
	assert_int_equal(logo_clean(*state, buffer_span(&deep), &logo, NULL), ERR_TOO_LARGE);
	buffer_free(&deep);
}

/* Each level draws the one below it twice: a few lines that no browser comes to the end of. */
static void a_picture_does_not_multiply_itself(void **state)
{
	struct logo logo;
	struct buffer text;
	buffer_init(&text, LIMIT_LOGO_OCTETS);
	buffer_put_span(&text, SPAN(HEAD "<g id='a0'><rect/></g>"));
	for (int i = 1; i <= 30; i++)
		buffer_putf(&text, "<g id='a%d'><use href='#a%d'/><use href='#a%d'/></g>", i, i - 1,
			i - 1);
	buffer_put_span(&text, SPAN("</svg>"));
	assert_int_equal(logo_clean(*state, buffer_span(&text), &logo, NULL), ERR_TOO_LARGE);
	buffer_free(&text);
	assert_clean(*state, "<use href='#a'/><use href='#a'/>",
		"<use href=\"#a\"></use><use href=\"#a\"></use>");
}

/* A picture of one point, its chunks with their sums. */
#define SIGNATURE "89504e470d0a1a0a"
#define IHDR "0000000d4948445200000001000000010802000000907753de"
#define IDAT "0000000c49444154789c636064620600000e0007d76fe478"
#define TEXT "000000097445587443006f6d6d656e7478"
#define IEND "0000000049454e44ae426082"

static enum err clean_hex(struct arena *arena, const char *hex, struct logo *logo)
{
	size_t len = strlen(hex) / 2;
	uint8_t *octets = arena_alloc(arena, len);
	for (size_t i = 0; i < len; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], 0 };
		octets[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return logo_clean(arena, span_of(octets, len), logo, NULL);
}

static void a_png_is_cut_to_what_it_shows(void **state)
{
	struct logo whole, longer;
	assert_int_equal(clean_hex(*state, SIGNATURE IHDR IDAT IEND, &whole), OK);
	assert_string_equal(whole.type, "image/png");
	assert_int_equal(
		clean_hex(*state, SIGNATURE IHDR IDAT IEND "3c7363726970743e", &longer), OK);
	assert_true(span_equal(whole.octets, longer.octets));
}

static void a_damaged_png_is_refused(void **state)
{
	struct logo logo;
	static const char *const wrong[] = { SIGNATURE, SIGNATURE IHDR, SIGNATURE IHDR IEND,
		SIGNATURE IHDR IDAT, SIGNATURE IDAT IHDR IEND,
		SIGNATURE IHDR TEXT "00000000" IDAT IEND, SIGNATURE "ffffffff49484452",
		SIGNATURE IHDR "00000000424144210000000000" IDAT IEND };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(clean_hex(*state, wrong[i], &logo), ERR_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_picture_is_made_of_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_runs_or_leads_elsewhere_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_document_type_and_what_is_no_picture_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(depth_and_size_have_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(a_png_is_cut_to_what_it_shows, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_picture_does_not_multiply_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_png_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests_name("logo", tests, NULL, NULL);
}
