#include "base/log.h"

#include "base/buffer.h"
#include "base/clock.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_MAX 256
#define LINE_OCTETS_MAX 65536

static const struct {
	const char *name;
	int priority; /* syslog(3), as journald reads it in "<n>" */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARNING] = { "warning", 4 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};

static _Atomic int log_form = LOG_FORM_TEXT;
static _Atomic int log_least = LOG_LEVEL_INFO;
static atomic_bool log_to_journal;

/* systemd.exec(5): JOURNAL_STREAM names the device and inode of the stream it gave us. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct span inode = span_str(stream), device = span_cut(&inode, ':');
	uint64_t wanted_device, wanted_inode;
	struct stat st;

	return span_to_u64(device, &wanted_device) && span_to_u64(inode, &wanted_inode) &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == wanted_device &&
	       st.st_ino == wanted_inode;
}

void log_setup(enum log_form form, enum log_level least)
{
	atomic_store(&log_form, form);
	atomic_store(&log_least, least);
	atomic_store(&log_to_journal, stderr_is_journal());
}

static struct span cut_value(struct span s)
{
	if (s.len <= VALUE_MAX)
		return s;
	s.len = VALUE_MAX;
	for (unsigned back = 0; back < 3 && (s.data[s.len] & 0xc0) == 0x80; back++)
		s.len--;
	return s;
}

/* One code point of UTF-8 that is known to be well-formed. */
static uint32_t next_point(const uint8_t *at, size_t *len)
{
	uint32_t point;

	*len = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	point = *len == 1 ? at[0] : at[0] & (0x7fU >> *len);
	for (size_t i = 1; i < *len; i++)
		point = point << 6 | (at[i] & 0x3f);
	return point;
}

/* What ends a line, steers a terminal or deceives a reader's eye: controls, line separators,
 * bidirectional overrides. */
static bool is_harmful(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

static void put_escaped(struct buffer *line, struct span s, enum log_form form)
{
	bool utf8 = span_is_utf8(s);

	for (size_t i = 0, len; i < s.len; i += len) {
		uint32_t point = s.data[i];

		len = 1;
		if (utf8)
			point = next_point(s.data + i, &len);
		if (point == '"' || point == '\\')
			buffer_putf(line, "\\%c", (char)point);
		else if (!is_harmful(point) && (utf8 || point < 0x80))
			buffer_put(line, s.data + i, len);
		else
			buffer_putf(line,
				form == LOG_FORM_TEXT && point < 0x100 ? "\\x%02x" : "\\u%04x",
				(unsigned)point);
	}
}

static bool needs_quotes(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] <= ' ' || s.data[i] >= 0x7f || s.data[i] == '"' ||
			s.data[i] == '\\' || s.data[i] == '=')
			return true;
	return s.len == 0;
}

static void put_text_field(struct buffer *line, const struct log_field *field)
{
	struct span text = cut_value(field->text);
	bool quotes = needs_quotes(text);

	buffer_putf(line, " %s=", field->key);
	if (field->type == LOG_FIELD_INT) {
		buffer_putf(line, "%" PRId64, field->number);
		return;
	}
	if (quotes)
		buffer_put_octet(line, '"');
	put_escaped(line, text, LOG_FORM_TEXT);
	if (quotes)
		buffer_put_octet(line, '"');
}

static void put_json_field(struct buffer *line, const struct log_field *field)
{
	buffer_putf(line, ",\"%s\":", field->key);
	if (field->type == LOG_FIELD_INT) {
		buffer_putf(line, "%" PRId64, field->number);
		return;
	}
	buffer_put_octet(line, '"');
	put_escaped(line, cut_value(field->text), LOG_FORM_JSON);
	buffer_put_octet(line, '"');
}

static void put_head(
	struct buffer *line, enum log_form form, enum log_level level, const char *event)
{
	bool journal = atomic_load(&log_to_journal);
	char time[TIME_TEXT_MAX];

	if (journal)
		buffer_putf(line, "<%d>", levels[level].priority);
	time_format_rfc3339(clock_wall(), time);
	if (form == LOG_FORM_JSON)
		buffer_putf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", time,
			levels[level].name, event);
	else if (journal)
		buffer_putf(line, "%s", event);
	else
		buffer_putf(line, "%s %s %s", time, levels[level].name, event);
}

bool log_is_on(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_least, memory_order_relaxed);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	enum log_form form = (enum log_form)atomic_load(&log_form);
	struct buffer line;

	if ((int)level > atomic_load(&log_least))
		return;
	buffer_init(&line, LINE_OCTETS_MAX);
	put_head(&line, form, level, event);
	for (; fields->type != LOG_FIELD_END; fields++)
		if (form == LOG_FORM_JSON)
			put_json_field(&line, fields);
		else
			put_text_field(&line, fields);
	buffer_put_span(&line, form == LOG_FORM_JSON ? SPAN("}\n") : SPAN("\n"));
	/* Each field is cut, and events are ours: only a bug makes a longer line. */
	assert(!line.failed);
	/* One write a line, so that lines of several threads do not mix. */
	(void)!write(STDERR_FILENO, line.data, line.len);
	buffer_free(&line);
}
