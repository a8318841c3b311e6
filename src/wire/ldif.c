#include "wire/ldif.h"

#include "base/codec.h"

void ldif_start(struct ldif *ldif, struct span text)
{
	if (span_starts(text, SPAN("\xef\xbb\xbf")))
		text = span_from(text, 3);
	*ldif = (struct ldif){ text, 1 };
}

static struct span physical_line(struct ldif *ldif)
{
	struct span line = span_cut(&ldif->rest, '\n');

	ldif->line++;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool continues(const struct ldif *ldif)
{
	return ldif->rest.len > 0 && ldif->rest.data[0] == ' ';
}

/* RFC 2849: a line that begins with a blank belongs to the one before, the blank left out; comments
 * fold too. */
static struct span logical_line(struct arena *arena, struct ldif *ldif)
{
	struct span first = physical_line(ldif);

	/* A blank line ends the record: nothing continues it. */
	if (first.len == 0 || !continues(ldif))
		return first;

	struct ldif ahead = *ldif;
	size_t len = first.len;
	while (continues(&ahead))
		len += physical_line(&ahead).len - 1;
	uint8_t *whole = arena_alloc(arena, len);
	if (first.len > 0)
		memcpy(whole, first.data, first.len);
	size_t at = first.len;
	while (continues(ldif)) {
		struct span part = span_from(physical_line(ldif), 1);

		if (part.len > 0)
			memcpy(whole + at, part.data, part.len);
		at += part.len;
	}
	return span_of(whole, len);
}

static bool is_comment(struct span line)
{
	return line.len > 0 && line.data[0] == '#';
}

static enum err split_line(struct arena *arena, struct span line, unsigned number,
	struct ldif_value *out, struct why *why)
{
	size_t colon = span_find(line, ':');
	struct span rest = span_from(line, colon + 1);

	if (colon == 0 || colon == line.len || line.data[0] == ' ')
		return fail(why, ERR_SYNTAX, NULL, "line %u is not \"name: value\"", number);
	out->name = span_of(line.data, colon);
	if (rest.len > 0 && rest.data[0] == '<')
		return fail(why, ERR_UNSUPPORTED, NULL,
			"line %u takes its value from a URL, which an import does not read",
			number);
	if (rest.len > 0 && rest.data[0] == ':') {
		if (!base64_parse(arena, span_trim(span_from(rest, 1)), &out->value))
			return fail(why, ERR_SYNTAX, NULL, "line %u is not base64", number);
		return OK;
	}
	while (rest.len > 0 && rest.data[0] == ' ')
		rest = span_from(rest, 1);
	out->value = rest;
	return OK;
}

/* Skips blank lines, comments and the version line; false at the end. */
static bool find_record(struct arena *arena, struct ldif *ldif, struct span *line, unsigned *number)
{
	while (ldif->rest.len > 0) {
		*number = ldif->line;
		*line = logical_line(arena, ldif);
		if (line->len > 0 && !is_comment(*line) &&
			!span_starts_nocase(*line, SPAN("version:")))
			return true;
	}
	return false;
}

/* A record's lines end at a blank one; *count is an upper bound of its values. */
static size_t count_lines(const struct ldif *ldif)
{
	struct ldif ahead = *ldif;
	size_t count = 0;

	while (ahead.rest.len > 0) {
		struct span line = physical_line(&ahead);

		if (line.len == 0)
			break;
		count += line.data[0] != ' ' && line.data[0] != '#';
	}
	return count;
}

static enum err read_values(
	struct arena *arena, struct ldif *ldif, struct ldif_record *record, struct why *why)
{
	size_t room = count_lines(ldif);

	if (room > LDIF_VALUES_MAX)
		return fail(why, ERR_TOO_LARGE, NULL, "the record at line %u has over %d values",
			record->line, LDIF_VALUES_MAX);
	record->values = arena_array(arena, room, sizeof *record->values);
	while (ldif->rest.len > 0) {
		unsigned number = ldif->line;
		struct span line = logical_line(arena, ldif);

		if (line.len == 0)
			break;
		if (is_comment(line))
			continue;
		struct ldif_value *value = &record->values[record->count];
		enum err err = split_line(arena, line, number, value, why);
		if (err != OK)
			return err;
		if (span_equal_nocase(value->name, SPAN("changetype")))
			return fail(why, ERR_UNSUPPORTED, NULL,
				"line %u begins a change record; an import takes content only",
				number);
		record->count++;
	}
	return OK;
}

enum err ldif_next(struct arena *arena, struct ldif *ldif, struct ldif_record *record, bool *found,
	struct why *why)
{
	struct ldif_record result = { 0 };
	struct ldif_value dn;
	struct span line;

	*found = false;
	if (!find_record(arena, ldif, &line, &result.line))
		return OK;
	enum err err = split_line(arena, line, result.line, &dn, why);
	if (err != OK)
		return err;
	if (!span_equal_nocase(dn.name, SPAN("dn")))
		return fail(why, ERR_SYNTAX, NULL, "line %u should be a dn", result.line);
	result.dn = dn.value;
	err = read_values(arena, ldif, &result, why);
	if (err != OK)
		return err;
	*record = result;
	*found = true;
	return OK;
}
