#include "base/clock.h"
#include "base/codec.h"
#include "in/mapping/mapping_int.h"
#include "model/kind.h"
#include "model/mastery.h"

/* ---- the rows that stand where no own row of the attribute does ---- */

#define ON(server) (1U << (server))
#define EVERYWHERE (ON(MAPPING_SERVERS) - 1)
#define INET (ON(MAPPING_OTHER) | ON(MAPPING_OPENLDAP) | ON(MAPPING_389))
#define AD (ON(MAPPING_OTHER) | ON(MAPPING_AD))

static const struct {
	unsigned servers;
	const char *row;
} defaults[] = {
	{ INET, "user_name=uid" },
	{ AD, "user_name=sAMAccountName" },
	{ EVERYWHERE, "common_name=cn" },
	{ EVERYWHERE, "family_name=sn" },
	{ EVERYWHERE, "given_name=givenName" },
	{ EVERYWHERE, "display_name=displayName" },
	{ EVERYWHERE, "email=mail" },
	{ EVERYWHERE, "phone=telephoneNumber" },
	{ EVERYWHERE, "title=title" },
	{ AD, "employee_number=employeeID" },
	{ EVERYWHERE, "employee_number=employeeNumber" },
	{ AD, "department=department" },
	{ INET, "department=departmentNumber" },
	{ INET, "department=ou" },
	{ AD, "organization=company" },
	{ EVERYWHERE, "office=physicalDeliveryOfficeName" },
	{ EVERYWHERE, "user_type=employeeType" },
	{ INET, "password=userPassword" },
};

/* ---- reading ---- */

/* Never what rights, links or the state of the entry hang on. */
static bool may_map(enum attr attr)
{
	switch (attr) {
	case ATTR_NONE:
	case ATTR_AUTH_METHOD:
	case ATTR_FULL_ACCESS:
	case ATTR_HAS_HISTORY:
		return false;
	default:
		return !attr_is_nobodys(attr) && (attr_row(attr)->kinds >> KIND_USER & 1) != 0 &&
		       !attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED | ATTR_INTERNAL) &&
		       attr_row(attr)->syntax != SYNTAX_REFERENCE;
	}
}

static enum err read_ours(struct grammar *c, enum attr *attr)
{
	struct span rest = c->text;
	struct span ours = span_trim(span_cut(&rest, '='));

	if (span_find(c->text, '=') == c->text.len)
		return grammar_fail(c, "expected <ours>=<theirs>");
	*attr = attr_by_name(ours);
	if (*attr == ATTR_NONE)
		*attr = attr_by_ldap(ours);
	if (!may_map(*attr))
		return grammar_fail(c, "expected an attribute that a directory may give");
	c->at = c->text.len - rest.len;
	c->secret = *attr == ATTR_PASSWORD;
	return OK;
}

static enum err add_row(struct grammar *c, enum attr attr)
{
	struct mapping *m = c->mapping;
	struct expression *expression;

	if (m->row_count == MAPPING_ROWS_MAX)
		return fail(c->why, ERR_TOO_MANY, "map", "more than %d rows", MAPPING_ROWS_MAX);
	enum err err = expression_read(c, &expression);
	if (err)
		return err;
	if (attr == ATTR_PASSWORD && expression->transform)
		return grammar_fail(c, "a password is taken as it is or not at all");
	m->rows[m->row_count++] = (struct mapping_row){ c->text, attr, expression };
	m->gives[attr] = true;
	return OK;
}

static struct grammar grammar_of(
	struct arena *arena, struct mapping *mapping, struct span text, struct why *why)
{
	return (struct grammar){
		.arena = arena, .mapping = mapping, .setting = "map", .text = text, .why = why
	};
}

static enum err compile_rows(
	struct arena *arena, struct mapping *m, const struct mapping_texts *texts, struct why *why)
{
	bool named[ATTR_LIMIT] = { false };
	enum attr attr;
	enum err err = OK;

	for (size_t i = 0; !err && i < texts->rows->count; i++) {
		struct grammar c = grammar_of(arena, m, texts->rows->rows[i], why);
		err = read_ours(&c, &attr);
		if (err)
			break;
		named[attr] = true;
		grammar_skip_blanks(&c);
		if (grammar_peek(&c) != -1)
			err = add_row(&c, attr);
	}
	for (size_t i = 0; !err && i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		struct grammar c = grammar_of(arena, m, span_str(defaults[i].row), why);
		if ((defaults[i].servers & ON(texts->server)) == 0)
			continue;
		err = read_ours(&c, &attr);
		if (!err && !named[attr])
			err = add_row(&c, attr);
	}
	if (!err && !m->gives[ATTR_USER_NAME])
		err = fail(why, ERR_VALUE, "map", "the user name must come from somewhere");
	return err;
}

enum err mapping_compile(struct arena *arena, const struct mapping_texts *texts,
	struct mapping **mapping, struct why *why)
{
	struct mapping *m = arena_zalloc(arena, sizeof(*m));
	enum err err = compile_rows(arena, m, texts, why);

	if (!err)
		err = scope_compile(arena, m, texts->scope, why);
	if (!err)
		err = disabled_compile(arena, m, texts, why);
	m->gives[ATTR_ACCOUNT_EXPIRES] = true;
	if (!err)
		*mapping = m;
	return err;
}

const struct span *mapping_wanted(const struct mapping *mapping, size_t *count)
{
	*count = mapping->wanted_count;
	return mapping->wanted;
}

bool mapping_gives(const struct mapping *mapping, enum attr attr)
{
	return mapping->gives[attr];
}

void mapping_put(const struct mapping *mapping, struct buffer *out)
{
	for (size_t i = 0; i < mapping->row_count; i++)
		write_span(out, mapping->rows[i].text);
	for (size_t i = 0; i < mapping->scope_count; i++)
		write_span(out, mapping->scope[i].text);
	write_u16(out, (uint16_t)mapping->scope_count);
	for (size_t i = 0; i < mapping->disabled_count; i++)
		write_span(out, mapping->disabled[i].text);
	write_u16(out, (uint16_t)mapping->disabled_count);
}

/* ---- applying ---- */

static size_t most_of(enum attr attr)
{
	/* A password may stand in several schemes, so the daemon chooses. */
	return attr_has(attr, ATTR_SINGLE) && attr != ATTR_PASSWORD ? 1 : MAPPING_VALUES_MAX;
}

struct making {
	struct evaluation e;
	struct mapped *mapped;
	size_t octets;
	bool has[ATTR_LIMIT];
	struct span expires; /* the row that says when */
};

static void put_value(struct making *making, enum attr attr, uint16_t instance, struct span octets)
{
	struct mapped *mapped = making->mapped;

	if (making->octets + octets.len > MAPPING_OCTETS_MAX || mapped->count == MAPPED_VALUES_MAX)
		return;
	mapped->values[mapped->count++] = (struct row_value){ attr, instance, octets };
	making->octets += octets.len;
}

static void apply_row(struct making *making, const struct mapping_row *row)
{
	if (making->has[row->attr])
		return;
	struct list list = expression_run(&making->e, row->expression);
	size_t most = most_of(row->attr);
	for (size_t i = 0; i < list.count && i < most; i++)
		put_value(making, row->attr, (uint16_t)i, list.rows[i]);
	making->has[row->attr] = list.count > 0;
	if (row->attr == ATTR_ACCOUNT_EXPIRES && list.count > 0)
		making->expires = row->text;
}

/* What a row says of the expiry and what the rules say: the earlier one. */
static void settle_expiry(struct making *making, int64_t now)
{
	struct mapped *mapped = making->mapped;
	struct row_value *value = NULL;
	char text[TIME_TEXT_MAX];
	int64_t wall;

	for (size_t i = 0; i < mapped->count; i++)
		if (mapped->values[i].attr == ATTR_ACCOUNT_EXPIRES)
			value = &mapped->values[i];
	if (value && time_parse_generalized(value->octets, &wall) &&
		(mapped->expiry == 0 || wall < mapped->expiry)) {
		mapped->expiry = wall;
		if (wall <= now && mapped->state != ENTRY_DISABLED) {
			mapped->state = ENTRY_EXPIRED;
			mapped->rule = making->expires;
		}
	}
	if (mapped->expiry == 0)
		return;
	struct span octets = arena_copy(
		making->e.arena, span_of(text, time_format_generalized(mapped->expiry, text)));
	if (value)
		value->octets = octets;
	else
		put_value(making, ATTR_ACCOUNT_EXPIRES, 0, octets);
}

void mapping_apply(const struct mapping *mapping, struct arena *arena,
	const struct mapping_entry *entry, int64_t now, struct mapped *mapped)
{
	struct making making = { .e = { mapping, arena, entry }, .mapped = mapped };

	*mapped = (struct mapped){ .state = ENTRY_ACTIVE,
		.values = arena_array(arena, MAPPED_VALUES_MAX, sizeof(*mapped->values)) };
	disabled_decide(&making.e, now, mapped);
	for (size_t i = 0; i < mapping->row_count; i++)
		apply_row(&making, &mapping->rows[i]);
	settle_expiry(&making, now);
	const struct test *broken = scope_breaks(&making.e);
	if (broken) {
		mapped->state = ENTRY_OUT_OF_SCOPE;
		mapped->rule = broken->text;
	}
}

/* ---- a preview ---- */

const struct mapping_step *mapping_steps(const struct mapping *mapping, struct arena *arena,
	const struct mapping_entry *entry, size_t *count)
{
	struct evaluation e = { mapping, arena, entry };
	struct mapping_step *steps = arena_array(arena, mapping->row_count, sizeof(*steps));
	bool has[ATTR_LIMIT] = { false };

	for (size_t i = 0; i < mapping->row_count; i++) {
		const struct mapping_row *row = &mapping->rows[i];
		struct list list = expression_run(&e, row->expression);
		size_t most = most_of(row->attr);
		steps[i] = (struct mapping_step){ .text = row->text,
			.attr = row->attr,
			.wins = list.count > 0 && !has[row->attr],
			.values = list.rows,
			.count = list.count < most ? list.count : most };
		has[row->attr] |= list.count > 0;
	}
	*count = mapping->row_count;
	return steps;
}
