#include "in/web/web_int.h"

static const struct {
	enum web_coding coding;
	const char *name;
} rows[] = {
	{ WEB_BROTLI, "br" }, /* the smallest first */
	{ WEB_GZIP, "gzip" },
};

const char *web_coding_name(enum web_coding coding)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].coding == coding)
			return rows[i].name;
	return NULL;
}

/* A weight is 0 when it has no digit but 0; nothing else matters here. */
static bool is_refused(struct span parameters)
{
	while (parameters.len > 0) {
		struct span one = span_trim(span_cut(&parameters, ';'));

		if (!span_starts_nocase(one, SPAN("q=")))
			continue;
		for (size_t i = strlen("q="); i < one.len; i++)
			if (one.data[i] >= '1' && one.data[i] <= '9')
				return false;
		return true;
	}
	return false;
}

/* What a coding's own name says outranks "*". */
static bool is_accepted(struct span list, struct span coding)
{
	bool any = false;

	while (list.len > 0) {
		struct span rest = span_cut(&list, ',');
		struct span name = span_trim(span_cut(&rest, ';'));

		if (span_equal_nocase(name, coding))
			return !is_refused(rest);
		if (span_equal(name, SPAN("*")))
			any = !is_refused(rest);
	}
	return any;
}

enum web_coding web_coding_choose(struct span accepted)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is_accepted(accepted, span_str(rows[i].name)))
			return rows[i].coding;
	return WEB_IDENTITY;
}
