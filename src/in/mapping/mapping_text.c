#include "in/mapping/mapping_int.h"
#include "model/value.h"

/* Characters, not octets: what a person counts. */
static size_t place_of(const struct grammar *c)
{
	size_t place = 1;

	for (size_t i = 0; i < c->at && i < c->text.len; i++)
		place += (c->text.data[i] & 0xc0) != 0x80;
	return place;
}

enum err grammar_fail(struct grammar *c, const char *expected)
{
	char row[96];

	span_fit(row, sizeof(row), c->text);
	return fail(c->why, ERR_VALUE, c->setting, "\"%s\" at character %zu: %s", row, place_of(c),
		expected);
}

int grammar_peek(const struct grammar *c)
{
	return c->at < c->text.len ? c->text.data[c->at] : -1;
}

void grammar_skip_blanks(struct grammar *c)
{
	while (grammar_peek(c) == ' ' || grammar_peek(c) == '\t')
		c->at++;
}

bool grammar_take(struct grammar *c, const char *token)
{
	grammar_skip_blanks(c);
	if (!span_starts(span_from(c->text, c->at), span_str(token)))
		return false;
	c->at += strlen(token);
	return true;
}

static bool is_name_octet(int octet)
{
	return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') ||
	       (octet >= 'A' && octet <= 'Z') || octet == '-' || octet == '.';
}

struct span grammar_name(struct grammar *c)
{
	grammar_skip_blanks(c);
	size_t begin = c->at;
	while (is_name_octet(grammar_peek(c)))
		c->at++;
	return c->at - begin > 128 ? SPAN_NONE : span_of(c->text.data + begin, c->at - begin);
}

bool mapping_is_name(struct span text)
{
	struct grammar c = { .text = text };

	return text.len > 0 && grammar_name(&c).len == text.len;
}

enum err grammar_quoted(struct grammar *c, struct span *text)
{
	size_t len = 0;

	if (!grammar_take(c, "\""))
		return grammar_fail(c, "expected a text in quotes");
	uint8_t *to = arena_alloc(c->arena, c->text.len);
	for (int octet = grammar_peek(c); octet != '"'; octet = grammar_peek(c)) {
		if (octet == '\\') {
			c->at++;
			octet = grammar_peek(c);
			if (octet != '"' && octet != '\\')
				return grammar_fail(c, "only \\\" and \\\\ are escaped");
		}
		if (octet <= 0)
			return grammar_fail(c, "the quotes are not closed");
		to[len++] = (uint8_t)octet;
		c->at++;
	}
	c->at++;
	*text = span_of(to, len);
	return OK;
}

enum err grammar_end(struct grammar *c)
{
	grammar_skip_blanks(c);
	return c->at == c->text.len ? OK : grammar_fail(c, "expected the end");
}

/* Servers compute them of other entries, so that no change of the person tells. */
static bool is_computed(struct span name)
{
	static const char *const names[] = { "memberOf", "isMemberOf", "nsRole", "tokenGroups",
		"hasSubordinates", "numSubordinates" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal_nocase(name, span_str(names[i])))
			return true;
	return false;
}

/* What proves who somebody is goes where passwords go, or nowhere. */
bool mapping_is_secret(struct span name)
{
	static const char *const names[] = { "userPassword", "unicodePwd", "authPassword",
		"dBCSPwd", "ntPwdHistory", "lmPwdHistory", "supplementalCredentials",
		"sambaNTPassword", "sambaLMPassword", "ipaNTHash", "krbPrincipalKey", "pwdHistory",
		"passwordHistory", "ms-Mcs-AdmPwd", "msDS-ManagedPassword", "ipatokenOTPkey",
		"2.5.4.35" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal_nocase(name, span_str(names[i])))
			return true;
	return false;
}

enum err grammar_want(struct grammar *c, struct span name, size_t *index)
{
	struct mapping *m = c->mapping;

	if (name.len == 0)
		return grammar_fail(c, "expected the name of an attribute");
	if (is_computed(name))
		return grammar_fail(c, "the server computes it and does not tell when it changes; "
				       "use a group mapping");
	if (mapping_is_secret(name) && !c->secret)
		return grammar_fail(c, "a secret is mapped to the password or not at all");
	for (*index = 0; *index < m->wanted_count; ++*index)
		if (span_equal_nocase(m->wanted[*index], name))
			return OK;
	if (m->wanted_count == MAPPING_WANTED_MAX)
		return fail(c->why, ERR_TOO_MANY, c->setting, "more than %d attributes of theirs",
			MAPPING_WANTED_MAX);
	m->wanted[m->wanted_count++] = name;
	return OK;
}

struct span mapping_normal(struct arena *arena, struct span text)
{
	return syntax_normal(arena, SYNTAX_TEXT, text);
}
