#include "unit.h"

#include "model/patch.h"

static struct entry *jane(struct arena *arena)
{
	static const struct value values[] = {
		{ ATTR_USER_NAME, 0, 1, { 0 } },
		{ ATTR_EMAIL, 0, 1, { 0 } },
		{ ATTR_EMAIL, 1, 1, { 0 } },
		{ ATTR_EMAIL_TYPE, 0, 1, { 0 } },
		{ ATTR_EMAIL_TYPE, 1, 1, { 0 } },
		{ ATTR_EMAIL_PRIMARY, 0, 1, { 0 } },
		{ ATTR_DESCRIPTION, 0, 1, { 0 } },
	};
	static const char *const texts[] = { "jane", "a@x", "b@x", "work", "home", "TRUE", "one" };
	struct entry *entry = entry_new(arena, KIND_USER);

	for (size_t i = 0; i < COUNT(values); i++)
		entry_add(entry, values[i].attr, values[i].instance, 1, span_str(texts[i]), NULL);
	return entry;
}

/* The values as "ATTRIBUTE.instance/source=octets" in one line. */
static const char *shown(struct entry *entry)
{
	const char *text = "";

	for (size_t i = 0; i < entry->count; i++) {
		const struct value *v = &entry->values[i];
		text = arena_printf(entry->arena, "%s%s%s.%u/%u=%.*s", text, i > 0 ? " " : "",
			attr_row(v->attr)->name, v->instance, v->source, SPAN_ARGS(v->octets));
	}
	return text;
}

#define JANE                                                                                       \
	"USER_NAME.0/1=jane EMAIL.0/1=a@x EMAIL.1/1=b@x EMAIL_TYPE.0/1=work EMAIL_TYPE.1/1=home "  \
	"EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one"

static struct value *values_of(struct arena *arena, const char *const *texts, size_t count)
{
	struct value *values = arena_array(arena, count, sizeof *values);

	for (size_t i = 0; i < count; i++)
		values[i] = (struct value){ .instance = (uint16_t)i, .octets = span_str(texts[i]) };
	return values;
}

#define MOD(op, attr, ...)                                                                         \
	mod_of(arena, op, attr, (const char *[]){ __VA_ARGS__ __VA_OPT__(, ) NULL },               \
		COUNT(((const char *[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })) - 1)

#define ONE(...) ((const struct modification[]){ MOD(__VA_ARGS__) })

static struct modification mod_of(struct arena *arena, enum patch_op op, enum attr attr,
	const char *const *texts, size_t count)
{
	return (struct modification){ op, attr, 2, values_of(arena, texts, count), count };
}

static void check(struct entry *entry, const struct modification *mods, size_t count, bool changes,
	const char *after)
{
	bool changed = !changes;
	struct why why = { 0 };

	if (patch_apply(entry, mods, count, &changed, &why) != OK)
		fail_msg("%s", why.text);
	assert_string_equal(shown(entry), after);
	assert_int_equal(changed, changes);
}

static void refuse(struct entry *entry, const struct modification *mods, size_t count, enum err err)
{
	const char *before = shown(entry);
	bool changed = true;
	struct why why = { 0 };

	assert_int_equal(patch_apply(entry, mods, count, &changed, &why), err);
	assert_int_equal(why.err, err);
	assert_true(why.attribute[0] != '\0');
	assert_string_equal(shown(entry), before);
	assert_true(changed);
}

static void adding_what_is_there_is_no_change(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);

	check(entry, ONE(PATCH_ADD, ATTR_EMAIL, "B@X"), 1, false, JANE);
	check(entry, ONE(PATCH_ADD, ATTR_DESCRIPTION, "ONE", " one "), 1, false, JANE);
	check(entry, ONE(PATCH_ADD, ATTR_USER_NAME, "jane"), 1, false, JANE);
	check(entry, NULL, 0, false, JANE);
}

static void new_values_join_with_an_instance_of_their_own(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);

	check(entry, ONE(PATCH_ADD, ATTR_DESCRIPTION, "two", "TWO", "one"), 1, true,
		JANE " DESCRIPTION.1/2=two");
	entry = jane(arena);
	check(entry, ONE(PATCH_ADD, ATTR_USER_NAME, "Jane"), 1, true,
		"USER_NAME.0/2=Jane EMAIL.0/1=a@x EMAIL.1/1=b@x EMAIL_TYPE.0/1=work "
		"EMAIL_TYPE.1/1=home EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one");
}

static void what_follows_goes_where_its_value_went(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);
	/* Both hints are taken by others; the second value is there as instance 0. */
	const struct modification mods[] = {
		MOD(PATCH_ADD, ATTR_EMAIL, "c@x", "A@x"),
		MOD(PATCH_ADD, ATTR_EMAIL_TYPE, "other", "work"),
		MOD(PATCH_ADD, ATTR_EMAIL_PRIMARY, "TRUE"),
	};

	check(entry, mods, 3, true,
		"USER_NAME.0/1=jane EMAIL.0/1=a@x EMAIL.1/1=b@x EMAIL.2/2=c@x EMAIL_TYPE.0/1=work "
		"EMAIL_TYPE.1/1=home EMAIL_TYPE.2/2=other EMAIL_PRIMARY.2/2=TRUE "
		"DESCRIPTION.0/1=one");
	check(entry, mods, 3, false, shown(entry));
}

static void the_latest_use_of_a_hint_counts(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);
	/* The first hint 0 leads to instance 2, the second one to 0. */
	const struct modification mods[] = {
		MOD(PATCH_ADD, ATTR_EMAIL, "c@x"),
		MOD(PATCH_ADD, ATTR_EMAIL, "a@x"),
		MOD(PATCH_ADD, ATTR_EMAIL_TYPE, "other"),
	};

	check(entry, mods, 3, true,
		"USER_NAME.0/1=jane EMAIL.0/1=a@x EMAIL.1/1=b@x EMAIL.2/2=c@x EMAIL_TYPE.0/2=other "
		"EMAIL_TYPE.1/1=home EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one");
}

static void replacing_keeps_the_instances_of_what_stays(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);

	check(entry, ONE(PATCH_REPLACE, ATTR_EMAIL, "c@x", "B@x", "C@x"), 1, true,
		"USER_NAME.0/1=jane EMAIL.0/2=c@x EMAIL.1/2=B@x EMAIL_TYPE.0/1=work "
		"EMAIL_TYPE.1/1=home EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one");
	check(entry, ONE(PATCH_REPLACE, ATTR_EMAIL, "B@x"), 1, true,
		"USER_NAME.0/1=jane EMAIL.1/2=B@x EMAIL_TYPE.1/1=home DESCRIPTION.0/1=one");
	check(entry, ONE(PATCH_REPLACE, ATTR_EMAIL, "B@x"), 1, false, shown(entry));
	check(entry, ONE(PATCH_REPLACE, ATTR_EMAIL), 1, true,
		"USER_NAME.0/1=jane DESCRIPTION.0/1=one");
	check(entry, ONE(PATCH_REPLACE, ATTR_EMAIL), 1, false, shown(entry));
}

static void replacing_takes_the_value_over_for_its_source(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = entry_new(arena, KIND_USER);

	entry_add(entry, ATTR_TITLE, 0, 1, SPAN("Boss"), NULL);
	check(entry, ONE(PATCH_REPLACE, ATTR_TITLE, "Boss"), 1, true, "TITLE.0/2=Boss");
	check(entry, ONE(PATCH_REPLACE, ATTR_TITLE, "Boss"), 1, false, "TITLE.0/2=Boss");
	check(entry, ONE(PATCH_REPLACE, ATTR_TITLE, "BOSS", "boss"), 1, true, "TITLE.0/2=BOSS");
	check(entry, ONE(PATCH_REPLACE, ATTR_TITLE), 1, true, "");
}

static void removing_takes_the_rest_of_the_instance_along(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);

	check(entry, ONE(PATCH_REMOVE, ATTR_EMAIL, "A@X", "none@x"), 1, true,
		"USER_NAME.0/1=jane EMAIL.1/1=b@x EMAIL_TYPE.1/1=home DESCRIPTION.0/1=one");
	check(entry, ONE(PATCH_REMOVE, ATTR_EMAIL, "a@x"), 1, false, shown(entry));
	check(entry, ONE(PATCH_REMOVE, ATTR_DESCRIPTION), 1, true,
		"USER_NAME.0/1=jane EMAIL.1/1=b@x EMAIL_TYPE.1/1=home");
	check(entry, ONE(PATCH_REMOVE, ATTR_TITLE), 1, false, shown(entry));
}

static void one_of_two_equal_types_is_meant_by_its_instance(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);
	struct value work = { .instance = 1, .octets = SPAN("work") };
	const struct modification add = { PATCH_ADD, ATTR_EMAIL_TYPE, 2, &work, 1 };
	const struct modification remove = { PATCH_REMOVE, ATTR_EMAIL_TYPE, 2, &work, 1 };

	check(entry, &add, 1, true,
		"USER_NAME.0/1=jane EMAIL.0/1=a@x EMAIL.1/1=b@x EMAIL_TYPE.0/1=work "
		"EMAIL_TYPE.1/2=work EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one");
	check(entry, &remove, 1, true,
		"USER_NAME.0/1=jane EMAIL.0/1=a@x EMAIL.1/1=b@x EMAIL_TYPE.0/1=work "
		"EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one");
	check(entry, &remove, 1, false, shown(entry));
}

static void one_value_changes_in_its_place(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);
	const struct modification mods[] = {
		MOD(PATCH_REMOVE, ATTR_EMAIL, "a@x"),
		MOD(PATCH_ADD, ATTR_EMAIL, "new@x"),
	};

	check(entry, mods, 2, true,
		"USER_NAME.0/1=jane EMAIL.0/2=new@x EMAIL.1/1=b@x EMAIL_TYPE.0/1=work "
		"EMAIL_TYPE.1/1=home EMAIL_PRIMARY.0/1=TRUE DESCRIPTION.0/1=one");
}

static void fields_of_an_address_stay_together(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = entry_new(arena, KIND_USER);
	const struct modification mods[] = {
		MOD(PATCH_REPLACE, ATTR_LOCALITY, "Berlin", "Berlin"),
		MOD(PATCH_REPLACE, ATTR_ADDRESS_TYPE, "work", "home"),
	};

	check(entry, mods, 2, true,
		"LOCALITY.0/2=Berlin LOCALITY.1/2=Berlin ADDRESS_TYPE.0/2=work "
		"ADDRESS_TYPE.1/2=home");
	check(entry, mods, 2, false, shown(entry));
	check(entry, ONE(PATCH_ADD, ATTR_LOCALITY, "Bonn"), 1, true,
		"LOCALITY.0/2=Bonn LOCALITY.1/2=Berlin ADDRESS_TYPE.0/2=work "
		"ADDRESS_TYPE.1/2=home");
}

static void what_may_not_be_written_is_refused_as_a_whole(void **state)
{
	struct arena *arena = *state;
	struct entry *entry = jane(arena);
	const struct modification fine = MOD(PATCH_ADD, ATTR_TITLE, "x");
	struct modification mods[2] = { fine };

	mods[1] = MOD(PATCH_ADD, ATTR_ID, "x");
	refuse(entry, mods, 2, ERR_MUTABILITY);
	mods[1] = MOD(PATCH_REMOVE, ATTR_INACTIVE_REASON);
	refuse(entry, mods, 2, ERR_MUTABILITY);
	mods[1] = MOD(PATCH_ADD, ATTR_MEMBER_OF, "x");
	refuse(entry, mods, 2, ERR_MUTABILITY);
	mods[1] = MOD(PATCH_ADD, ATTR_PERMISSION, "x"); /* not a user's */
	refuse(entry, mods, 2, ERR_VALUE);
	mods[1] = MOD(PATCH_ADD, ATTR_NONE, "x");
	refuse(entry, mods, 2, ERR_VALUE);
	mods[1] = MOD(PATCH_ADD, ATTR_TITLE, "a", "b");
	refuse(entry, mods, 2, ERR_VALUE);
	mods[1] = MOD(PATCH_REPLACE, ATTR_EMAIL_PRIMARY, "TRUE", "TRUE");
	refuse(entry, mods, 2, ERR_VALUE);
	struct value two[2] = { { .octets = SPAN("work") }, { .octets = SPAN("home") } };
	mods[1] = (struct modification){ PATCH_REPLACE, ATTR_EMAIL_TYPE, 2, two, 2 };
	refuse(entry, mods, 2, ERR_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(adding_what_is_there_is_no_change),
		test_of(new_values_join_with_an_instance_of_their_own),
		test_of(what_follows_goes_where_its_value_went),
		test_of(the_latest_use_of_a_hint_counts),
		test_of(replacing_keeps_the_instances_of_what_stays),
		test_of(replacing_takes_the_value_over_for_its_source),
		test_of(removing_takes_the_rest_of_the_instance_along),
		test_of(one_of_two_equal_types_is_meant_by_its_instance),
		test_of(one_value_changes_in_its_place),
		test_of(fields_of_an_address_stay_together),
		test_of(what_may_not_be_written_is_refused_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
