#include "fixture.h"

#include "../dice.h"
#include "base/codec.h"
#include "model/mastery.h"

/* Several directories know one person, and people here edit: who says what stands. */

struct source {
	struct ref ref;
	struct actor actor;
	uint16_t number;
};

static struct source make_source(
	struct fixture *f, const char *name, const char *precedence, const char *rules)
{
	struct entry *entry = new_entry(f, KIND_DIRECTORY, name);
	struct source source;
	uint16_t instance = 0;
	add_value(entry, ATTR_PRECEDENCE, precedence);
	for (struct span rest = span_str(rules); rest.len;) {
		struct span rule = span_cut(&rest, ';');
		assert_int_equal(
			entry_add(entry, ATTR_AUTHORITY, instance++, SOURCE_LOCAL, rule, NULL), OK);
	}
	source.ref = make(f, f->acme, entry);
	source.actor = act_as_directory(f, source.ref);
	source.number = source.actor.source;
	return source;
}

static struct span link_of(struct fixture *f, const struct source *source, struct ref user)
{
	uint8_t link[18];
	put_be16(link, source->number);
	memcpy(link + 2, user.id.octets, 16);
	return arena_copy(f->arena, span_of(link, sizeof link));
}

/* The directory says the values of the attribute: several with blanks between, NULL: none. */
static struct modification saying(
	struct fixture *f, const struct source *source, enum attr attr, const char *text)
{
	struct value *values = arena_array(f->arena, 8, sizeof *values);
	size_t n = 0;
	for (struct span rest = span_str(text); rest.len && n < 8; n++)
		values[n] =
			(struct value){ attr, (uint16_t)n, source->number, span_cut(&rest, ' ') };
	return (struct modification){ .op = PATCH_REPLACE,
		.attr = attr,
		.source = source->number,
		.values = values,
		.count = n,
		.own_only = true };
}

static struct outcome say(struct fixture *f, const struct source *source, struct ref user,
	enum attr attr, const char *text)
{
	struct modification mod = saying(f, source, attr, text);
	return modify_all(f, &source->actor, user, &mod, 1, NULL);
}

/* As the first run links somebody who was approved: the link, and what is said. */
static void link_to(struct fixture *f, const struct source *source, struct ref user)
{
	struct value *link = arena_zalloc(f->arena, sizeof *link);
	*link = (struct value){ ATTR_LINK, source->number, source->number,
		link_of(f, source, user) };
	struct modification mod = { .op = PATCH_ADD,
		.attr = ATTR_LINK,
		.source = source->number,
		.values = link,
		.count = 1 };
	assert_err(modify_all(f, &source->actor, user, &mod, 1, NULL), OK);
}

static struct outcome edit(struct fixture *f, struct ref user, enum attr attr, const char *text)
{
	return modify(f, &f->operator, user, text ? PATCH_REPLACE : PATCH_REMOVE, attr, text);
}

/* The values with their sources: "a/1 b/0". */
static const char *said(struct fixture *f, struct ref user, enum attr attr)
{
	struct record record = read_entry(f, user);
	char *text = arena_printf(f->arena, "%s", "");
	for (size_t i = record_find(&record, attr); i < record.count; i++) {
		struct value value = record_row(&record, i);
		if (value.attr != attr)
			break;
		text = arena_printf(f->arena, "%s%s%.*s/%u", text, *text ? " " : "",
			SPAN_ARGS(value.octets), (unsigned)value.source);
	}
	return text;
}

static char *sorted(struct fixture *f, const char *text)
{
	char *words[8], *copy = arena_string(f->arena, span_str(text)), *rest = copy;
	size_t n = 0;
	char *all = arena_printf(f->arena, "%s", "");
	for (char *word; n < 8 && (word = strsep(&rest, " "));)
		words[n++] = word;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (strcmp(words[k], words[i]) < 0) {
				char *kept = words[i];
				words[i] = words[k];
				words[k] = kept;
			}
	for (size_t i = 0; i < n; i++)
		all = arena_printf(f->arena, "%s %s", all, words[i]);
	return all;
}

static void assert_said(struct fixture *f, struct ref user, enum attr attr, const char *format, ...)
{
	va_list list;
	char wanted[256];
	va_start(list, format);
	vsnprintf(wanted, sizeof wanted, format, list);
	va_end(list);
	assert_string_equal(said(f, user, attr), wanted);
}

static struct ref both(struct fixture *f, const struct source *a, const struct source *b)
{
	struct ref ada = make_user(f, f->acme, "ada");
	link_to(f, a, ada);
	link_to(f, b, ada);
	return ada;
}

static void the_first_source_stands_and_the_other_steps_in_when_it_says_nothing(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", ""), it = make_source(f, "it", "20", "");
	struct ref ada = both(f, &hr, &it);
	assert_err(say(f, &it, ada, ATTR_TITLE, "Guru"), OK);
	assert_said(f, ada, ATTR_TITLE, "Guru/%u", it.number);
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Boss"), OK);
	assert_said(f, ada, ATTR_TITLE, "Boss/%u", hr.number);
	assert_err(say(f, &it, ada, ATTR_TITLE, "Wizard"), OK);
	assert_said(f, ada, ATTR_TITLE, "Boss/%u", hr.number);
	assert_err(say(f, &hr, ada, ATTR_TITLE, NULL), OK);
	assert_said(f, ada, ATTR_TITLE, "Wizard/%u", it.number);
	assert_err(say(f, &it, ada, ATTR_TITLE, NULL), OK);
	assert_said(f, ada, ATTR_TITLE, "%s", "");
}

static void a_value_that_two_say_stays_until_both_let_go(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", ""), it = make_source(f, "it", "20", "");
	struct ref ada = both(f, &hr, &it);
	assert_err(say(f, &it, ada, ATTR_DESCRIPTION, "one two"), OK);
	assert_err(say(f, &hr, ada, ATTR_DESCRIPTION, "two three"), OK);
	assert_string_equal(sorted(f, said(f, ada, ATTR_DESCRIPTION)),
		arena_printf(f->arena, " one/%u three/%u two/%u", it.number, hr.number, hr.number));
	assert_err(say(f, &hr, ada, ATTR_DESCRIPTION, "three"), OK);
	assert_non_null(strstr(said(f, ada, ATTR_DESCRIPTION), "two"));
	assert_err(say(f, &it, ada, ATTR_DESCRIPTION, "one"), OK);
	assert_null(strstr(said(f, ada, ATTR_DESCRIPTION), "two"));
}

static void what_the_source_owns_is_not_edited_here(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", "department=source;phone=source");
	struct ref ada = make_user(f, f->acme, "ada");
	link_to(f, &hr, ada);
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Boss"), OK);
	assert_err(say(f, &hr, ada, ATTR_DEPARTMENT, "Sales"), OK);
	assert_err(say(f, &hr, ada, ATTR_PHONE, "1"), OK);
	struct outcome refused = edit(f, ada, ATTR_TITLE, "Mine");
	assert_int_equal(refused.err, ERR_OWNED);
	assert_string_equal(refused.why.text, "owned by the directory hr");
	assert_err(edit(f, ada, ATTR_DEPARTMENT, NULL), ERR_OWNED);
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_PHONE, "2"), ERR_OWNED);
	assert_said(f, ada, ATTR_TITLE, "Boss/%u", hr.number);
}

static void a_local_attribute_is_filled_once_and_then_ours(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", "title=local");
	struct ref ada = make_user(f, f->acme, "ada");
	link_to(f, &hr, ada);
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Boss"), OK);
	assert_said(f, ada, ATTR_TITLE, "Boss/0");
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Chief"), OK);
	assert_said(f, ada, ATTR_TITLE, "Boss/0");
	assert_err(edit(f, ada, ATTR_TITLE, "Mine"), OK);
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Head"), OK);
	assert_said(f, ada, ATTR_TITLE, "Mine/0");
	assert_err(edit(f, ada, ATTR_TITLE, NULL), OK);
	assert_said(f, ada, ATTR_TITLE, "%s", "");
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Last"), OK);
	assert_said(f, ada, ATTR_TITLE, "Last/0");
}

static void an_edit_takes_over_until_it_is_given_back(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", "title=source_until_edited");
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(edit(f, ada, ATTR_TITLE, "Before"), OK);
	link_to(f, &hr, ada);
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Chief"), OK);
	assert_err(edit(f, ada, ATTR_TITLE, "Mine"), OK);
	assert_said(f, ada, ATTR_TITLE, "Mine/0");
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Head"), OK);
	assert_err(say(f, &hr, ada, ATTR_TITLE, NULL), OK);
	assert_said(f, ada, ATTR_TITLE, "Mine/0");
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Boss"), OK);
	assert_said(f, ada, ATTR_TITLE, "Mine/0");
	assert_err(edit(f, ada, ATTR_TITLE, NULL), OK);
	assert_said(f, ada, ATTR_TITLE, "Boss/%u", hr.number);
}

static void addresses_of_people_here_and_of_the_source_stand_together(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", "description=merge");
	struct ref ada = make_user(f, f->acme, "ada");
	link_to(f, &hr, ada);
	assert_err(say(f, &hr, ada, ATTR_DESCRIPTION, "theirs"), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_DESCRIPTION, "ours"), OK);
	assert_err(say(f, &hr, ada, ATTR_DESCRIPTION, "other"), OK);
	assert_string_equal(sorted(f, said(f, ada, ATTR_DESCRIPTION)),
		arena_printf(f->arena, " other/%u ours/0", hr.number));
	assert_err(
		modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_DESCRIPTION, "other"), ERR_OWNED);
}

static void an_edited_list_is_ours_as_a_whole(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", "description=source_until_edited");
	struct ref ada = make_user(f, f->acme, "ada");
	link_to(f, &hr, ada);
	assert_err(say(f, &hr, ada, ATTR_DESCRIPTION, "one two"), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_DESCRIPTION, "one"), OK);
	assert_said(f, ada, ATTR_DESCRIPTION, "two/0");
	assert_err(say(f, &hr, ada, ATTR_DESCRIPTION, "one three"), OK);
	assert_said(f, ada, ATTR_DESCRIPTION, "two/0");
	assert_err(edit(f, ada, ATTR_DESCRIPTION, NULL), OK);
	assert_said(f, ada, ATTR_DESCRIPTION, "one/%u three/%u", hr.number, hr.number);
}

static void what_is_said_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr", "10", ""), it = make_source(f, "it", "20", "");
	struct ref ada = both(f, &hr, &it);
	assert_err(say(f, &it, ada, ATTR_TITLE, "Guru"), OK);
	assert_err(say(f, &hr, ada, ATTR_TITLE, "Boss"), OK);
	uint64_t rows = audit_count(f, f->acme);
	assert_false(say(f, &it, ada, ATTR_TITLE, "Guru").changed);
	assert_false(say(f, &hr, ada, ATTR_TITLE, "Boss").changed);
	assert_int_equal(audit_count(f, f->acme), rows);
}

static void rows_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[] = { "", "title", "title=mine", "nonsense=source",
		"active=local", "password=source", "title=merge", "memberOf=local",
		"street=source" };
	enum attr attr;
	enum mastery mastery;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct why why = { 0 };
		assert_int_equal(mastery_read(span_str(bad[i]), &attr, &mastery, &why), ERR_VALUE);
		assert_string_equal(why.attribute, "authorityRule");
	}
	assert_int_equal(mastery_read(SPAN(" mail = merge "), &attr, &mastery, NULL), OK);
	assert_int_equal(attr, ATTR_EMAIL);
	assert_int_equal(mastery, MASTERY_MERGE);
}

/* ---- the order does not matter ---- */

#define STEPS 24
#define ROUNDS 60

struct move {
	int who; /* 0, 1: a source; 2: an administrator */
	enum attr attr;
	const char *text;
};

static struct move make_step(struct dice *dice)
{
	static const enum attr attrs[] = { ATTR_TITLE, ATTR_DEPARTMENT, ATTR_OFFICE,
		ATTR_DESCRIPTION };
	static const char *const texts[] = { NULL, "a", "b", "c" };
	static const char *const lists[] = { NULL, "a", "a b", "b c" };
	struct move step = { .who = (int)dice_roll(dice, 5) };
	step.who = step.who > 1 ? step.who - 2 : step.who;
	step.attr = attrs[dice_roll(dice, 4)];
	step.text = (step.attr == ATTR_DESCRIPTION ? lists : texts)[dice_roll(dice, 4)];
	/* Of lists the administrator keeps away: the sources are what is asked about. */
	if (step.who == 2 && step.attr == ATTR_DESCRIPTION)
		step.attr = ATTR_OFFICE;
	return step;
}

static void take_step(
	struct fixture *f, const struct source *sources, struct ref user, const struct move *step)
{
	struct outcome outcome =
		step->who == 2 ? edit(f, user, step->attr,
					 step->text && *step->text != 'a' ? "mine" : step->text)
			       : say(f, &sources[step->who], user, step->attr, step->text);
	assert_true(outcome.err == OK || (step->who == 2 && outcome.err == ERR_OWNED));
}

/* Runs of two sources that follow each other change places; an edit keeps its place. */
static void shuffle(struct dice *dice, struct move *steps)
{
	for (size_t i = 0; i + 1 < STEPS; i++)
		if (steps[i].who != 2 && steps[i + 1].who != 2 &&
			steps[i].who != steps[i + 1].who && dice_roll(dice, 2)) {
			struct move kept = steps[i];
			steps[i] = steps[i + 1];
			steps[i + 1] = kept;
		}
}

static char *all_said(struct fixture *f, struct ref user)
{
	return arena_printf(f->arena, "%s;%s;%s;%s", said(f, user, ATTR_TITLE),
		said(f, user, ATTR_DEPARTMENT), said(f, user, ATTR_OFFICE),
		sorted(f, said(f, user, ATTR_DESCRIPTION)));
}

static char *end_of(
	struct fixture *f, const struct source *sources, const char *name, const struct move *steps)
{
	struct ref user = make_user(f, f->acme, name);
	for (int i = 0; i < 2; i++) {
		link_to(f, &sources[i], user);
		assert_err(say(f, &sources[i], user, ATTR_TITLE, NULL), OK);
	}
	for (size_t i = 0; i < STEPS; i++)
		take_step(f, sources, user, &steps[i]);
	return all_said(f, user);
}

static void the_order_in_which_two_sources_run_does_not_matter(void **state)
{
	struct fixture *f = *state;
	struct dice dice = { 30 };
	const struct source sources[] = {
		make_source(f, "hr", "10", "office=source_until_edited"),
		make_source(f, "it", "20", "office=source_until_edited"),
	};
	print_message("seed 30\n");
	for (int round = 0; round < ROUNDS; round++) {
		struct move one[STEPS], other[STEPS];
		for (size_t i = 0; i < STEPS; i++)
			one[i] = make_step(&dice);
		memcpy(other, one, sizeof other);
		for (int i = 0; i < 3; i++)
			shuffle(&dice, other);
		assert_string_equal(end_of(f, sources, arena_printf(f->arena, "one%d", round), one),
			end_of(f, sources, arena_printf(f->arena, "two%d", round), other));
		arena_reset(f->arena);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_first_source_stands_and_the_other_steps_in_when_it_says_nothing),
		TEST(a_value_that_two_say_stays_until_both_let_go),
		TEST(what_the_source_owns_is_not_edited_here),
		TEST(a_local_attribute_is_filled_once_and_then_ours),
		TEST(an_edit_takes_over_until_it_is_given_back),
		TEST(addresses_of_people_here_and_of_the_source_stand_together),
		TEST(an_edited_list_is_ours_as_a_whole),
		TEST(what_is_said_again_changes_nothing),
		TEST(rows_that_cannot_be_are_refused),
		TEST(the_order_in_which_two_sources_run_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
