#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"

#include "unit.h"

#include <unistd.h>

#undef fail /* cmocka's macro would hide ours */

/* What log_write writes is read back through a pipe that stands in for standard error. */
static int saved_stderr, pipe_out;

static void capture(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	pipe_out = ends[0];
}

static char *captured(struct arena *arena)
{
	char text[16384];
	ssize_t len = read(pipe_out, text, sizeof text);

	assert_true(len > 0);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(pipe_out);
	return arena_string(arena, span_of(text, (size_t)len));
}

static void a_text_line_has_time_level_event_and_fields(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	clock_set_for_test(INT64_C(1795309323456000));
	log_setup(LOG_FORM_TEXT, LOG_LEVEL_INFO);
	capture();
	log_event(LOG_LEVEL_WARNING, "ldap.bind", L_STR("tenant", "acme"), L_INT("result", 49),
		L_STR("name", "M\xc3\xbcller, J."), L_STR("empty", ""));
	assert_string_equal(captured(arena),
		"2026-11-22T01:02:03.456Z warning ldap.bind tenant=acme result=49 "
		"name=\"M\xc3\xbcller, J.\" empty=\"\"\n");
	clock_set_for_test(0);
	arena_free(arena);
}

static void a_json_line_is_one_object(void **state)
{
	struct arena *arena = arena_new();
	struct why why = { ERR_EXISTS, "userName", "taken by \"x\"" };

	(void)state;
	clock_set_for_test(INT64_C(1795309323456000));
	log_setup(LOG_FORM_JSON, LOG_LEVEL_INFO);
	capture();
	log_event(LOG_LEVEL_ERROR, "core.refused", L_WHY(&why), L_INT("n", -5));
	assert_string_equal(captured(arena),
		"{\"time\":\"2026-11-22T01:02:03.456Z\",\"level\":\"error\","
		"\"event\":\"core.refused\",\"reason\":\"taken by \\\"x\\\"\","
		"\"attribute\":\"userName\",\"n\":-5}\n");
	clock_set_for_test(0);
	log_setup(LOG_FORM_TEXT, LOG_LEVEL_INFO);
	arena_free(arena);
}

static void a_peer_cannot_forge_a_line(void **state)
{
	/* line ends, terminal controls, C1 controls, a bidirectional override, broken UTF-8 */
	static const char *const hostile[] = { "x\n2026 error forged", "x\r\ny", "\x1b[2J",
		"\xc2\x9b"
		"2J",
		"\xe2\x80\xa8next",
		"\xe2\x80\xae"
		"gnp",
		"\xff\xfe\n", "\x7f" };

	(void)state;
	for (unsigned form = LOG_FORM_TEXT; form <= LOG_FORM_JSON; form++)
		for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
			struct arena *arena = arena_new();
			char *line;

			log_setup((enum log_form)form, LOG_LEVEL_INFO);
			capture();
			log_event(LOG_LEVEL_INFO, "e", L_STR("v", hostile[i]));
			line = captured(arena);
			assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
			for (const char *at = line; at[1]; at++)
				assert_true((unsigned char)*at >= ' ' && (unsigned char)*at < 0x7f);
			arena_free(arena);
		}
	log_setup(LOG_FORM_TEXT, LOG_LEVEL_INFO);
}

static void a_value_is_cut_at_256_octets_between_characters(void **state)
{
	struct arena *arena = arena_new();
	char value[400];
	char *line;

	(void)state;
	memset(value, 'a', sizeof value);
	memcpy(value + 255, "\xc3\xa4", 2);
	capture();
	log_event(LOG_LEVEL_INFO, "e", L_SPAN("v", span_of(value, sizeof value)));
	line = captured(arena);
	assert_int_equal(strspn(strchr(line, '=') + 1, "a"), 255);
	assert_string_equal(strchr(line, '=') + 1 + 255, "\n");
	arena_free(arena);
}

static void a_lower_level_than_asked_for_is_not_written(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	capture();
	log_event(LOG_LEVEL_DEBUG, "hidden");
	log_event(LOG_LEVEL_ERROR, "shown");
	assert_null(strstr(captured(arena), "hidden"));
	arena_free(arena);
}

static void the_first_reason_stands(void **state)
{
	struct why why = { 0 };

	(void)state;
	assert_int_equal(
		fail(&why, ERR_MISSING, "userName", "a user needs a %s", "userName"), ERR_MISSING);
	assert_int_equal(fail(&why, ERR_INTERNAL, NULL, "later"), ERR_INTERNAL);
	assert_int_equal(why.err, ERR_MISSING);
	assert_string_equal(why.attribute, "userName");
	assert_string_equal(why.text, "a user needs a userName");
	assert_int_equal(fail(NULL, ERR_IO, "a", "b"), ERR_IO);
}

static void a_reason_that_is_cut_stays_well_formed(void **state)
{
	char text[300];
	struct why why = { 0 };

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text + 254, "\xc3\xa4", 2);
	fail(&why, ERR_VALUE, NULL, "%.*s", (int)sizeof text, text);
	assert_int_equal(strlen(why.text), 254);
	assert_true(span_is_utf8(span_str(why.text)));
}

/* A sentence that names half a letter, or what a peer sent, goes out as JSON all the same. */
static void a_reason_is_well_formed_whatever_it_names(void **state)
{
	struct why why = { 0 };

	(void)state;
	fail(&why, ERR_VALUE, "\xc3", "\"%.*s\" and \"%s\"", 1, "\xc3\xa4", "\xff\xfe\xc3\xa4");
	assert_string_equal(why.attribute, "?");
	assert_string_equal(why.text, "\"?\" and \"??\xc3\xa4\"");
}

static void every_error_has_its_row(void **state)
{
	(void)state;
	assert_int_equal(err_row(OK)->http, 200);
	assert_string_equal(err_row(ERR_LAST_ADMIN)->name, "LAST_ADMIN");
	assert_int_equal(err_row(ERR_FULL)->http, 507);
	assert_int_equal(err_row(ERR_FULL)->ldap, 53);
	assert_int_equal(err_row(ERR_CONFIG)->exit_status, 78);
	for (unsigned i = 0; i < ERR_COUNT; i++)
		assert_non_null(err_row((enum err)i)->text);
}

static void figures_are_written_as_prometheus_reads_them(void **state)
{
	struct arena *arena = arena_new();
	struct buffer out;
	char *text;

	(void)state;
	metric_add(METRIC_COMMITS, 3);
	metric_add(METRIC_WRITE_QUEUE, 2);
	metric_add(METRIC_WRITE_QUEUE, -2);
	assert_int_equal(metric_get(METRIC_COMMITS), 3);
	buffer_init(&out, 65536);
	metric_write(&out);
	assert_false(out.failed);
	text = arena_string(arena, buffer_span(&out));
	assert_non_null(strstr(text, "# HELP muster_commits_total transactions committed\n"
				     "# TYPE muster_commits_total counter\n"
				     "muster_commits_total 3\n"));
	assert_non_null(strstr(text, "\nmuster_write_queue 0\n"));
	buffer_free(&out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_has_time_level_event_and_fields),
		cmocka_unit_test(a_json_line_is_one_object),
		cmocka_unit_test(a_peer_cannot_forge_a_line),
		cmocka_unit_test(a_value_is_cut_at_256_octets_between_characters),
		cmocka_unit_test(a_lower_level_than_asked_for_is_not_written),
		cmocka_unit_test(the_first_reason_stands),
		cmocka_unit_test(a_reason_that_is_cut_stays_well_formed),
		cmocka_unit_test(a_reason_is_well_formed_whatever_it_names),
		cmocka_unit_test(every_error_has_its_row),
		cmocka_unit_test(figures_are_written_as_prometheus_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
