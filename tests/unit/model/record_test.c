#include "unit.h"

#include "base/hash.h"
#include "base/limits.h"
#include "model/record.h"

static struct entry *jane(struct arena *arena)
{
	struct entry *entry = entry_new(arena, KIND_USER);

	entry->tenant = 7;
	entry->number = 42;
	entry->revision = 3;
	entry->created = -1;
	entry->modified = 1700000000000001;
	memset(entry->id.octets, 0xab, sizeof entry->id.octets);
	assert_int_equal(entry_add(entry, ATTR_EMAIL, 1, 2, SPAN("j@b.example"), NULL), OK);
	assert_int_equal(entry_add(entry, ATTR_USER_NAME, 0, 1, SPAN("jane"), NULL), OK);
	assert_int_equal(entry_add(entry, ATTR_EMAIL, 0, 0, SPAN("jane@a.example"), NULL), OK);
	assert_int_equal(entry_add(entry, ATTR_ACTIVE, 0, 0, SPAN("TRUE"), NULL), OK);
	return entry;
}

static void values_stand_by_attribute_then_instance(void **state)
{
	struct entry *entry = jane(*state);

	assert_int_equal(entry->count, 4);
	assert_span(entry_first(entry, ATTR_USER_NAME), "jane");
	assert_span(entry_value(entry, ATTR_EMAIL, 0)->octets, "jane@a.example");
	assert_span(entry_value(entry, ATTR_EMAIL, 1)->octets, "j@b.example");
	assert_null(entry_value(entry, ATTR_EMAIL, 2));
	assert_null(entry_value(entry, ATTR_TITLE, 0));
	assert_int_equal(entry_value_count(entry, ATTR_EMAIL), 2);
	assert_false(entry_has(entry, ATTR_TITLE));
	assert_int_equal(entry_first(entry, ATTR_TITLE).len, 0);
}

static void setting_replaces_and_an_empty_value_removes(void **state)
{
	struct entry *entry = jane(*state);

	assert_int_equal(entry_set(entry, ATTR_EMAIL, 5, SPAN("x@y"), NULL), OK);
	assert_int_equal(entry_value_count(entry, ATTR_EMAIL), 1);
	assert_int_equal(entry_value(entry, ATTR_EMAIL, 0)->source, 5);
	assert_int_equal(entry_set(entry, ATTR_EMAIL, 5, SPAN_NONE, NULL), OK);
	assert_false(entry_has(entry, ATTR_EMAIL));
	assert_span(entry_first(entry, ATTR_ACTIVE), "TRUE");
}

static void a_source_or_an_instance_goes_alone(void **state)
{
	struct entry *entry = jane(*state);

	entry_remove_source(entry, ATTR_EMAIL, 2);
	assert_int_equal(entry_value_count(entry, ATTR_EMAIL), 1);
	entry_remove_instance(entry, ATTR_EMAIL, 1);
	assert_int_equal(entry_value_count(entry, ATTR_EMAIL), 1);
	entry_remove_instance(entry, ATTR_EMAIL, 0);
	assert_false(entry_has(entry, ATTR_EMAIL));
	assert_int_equal(entry->count, 2);
}

static void a_free_instance_is_free_in_the_whole_family(void **state)
{
	struct entry *entry = jane(*state);

	assert_int_equal(entry_next_instance(entry, ATTR_EMAIL, ATTR_EMAIL_DISPLAY), 2);
	entry_add(entry, ATTR_EMAIL_TYPE, 2, 0, SPAN("work"), NULL);
	assert_int_equal(entry_next_instance(entry, ATTR_EMAIL, ATTR_EMAIL_DISPLAY), 3);
	assert_int_equal(entry_next_instance(entry, ATTR_PHONE, ATTR_PHONE_PRIMARY), 0);
	entry_add(entry, ATTR_PHONE, UINT16_MAX, 0, SPAN("1"), NULL);
	assert_int_equal(entry_next_instance(entry, ATTR_PHONE, ATTR_PHONE_PRIMARY), 0);
}

static void an_entry_is_bounded(void **state)
{
	struct entry *entry = entry_new(*state, KIND_USER);
	struct why why = { 0 };

	for (unsigned i = 0; i < LIMIT_VALUES_PER_ENTRY; i++)
		assert_int_equal(
			entry_add(entry, ATTR_DESCRIPTION, (uint16_t)i, 0, SPAN("x"), NULL), OK);
	assert_int_equal(
		entry_add(entry, ATTR_DESCRIPTION, 9999, 0, SPAN("x"), &why), ERR_TOO_LARGE);
	assert_int_equal(entry->count, LIMIT_VALUES_PER_ENTRY);
	assert_int_equal(
		entry_next_instance(entry, ATTR_DESCRIPTION, ATTR_DESCRIPTION), entry->count);
}

static void a_copy_does_not_lean_on_its_original(void **state)
{
	char text[] = "jane";
	struct entry *entry = entry_new(*state, KIND_USER);

	entry_add(entry, ATTR_USER_NAME, 0, 0, span_str(text), NULL);
	struct entry *copy = entry_copy(*state, entry);
	memset(text, '!', 4);
	entry_remove(entry, ATTR_USER_NAME);
	entry_add(copy, ATTR_TITLE, 0, 0, SPAN("x"), NULL);
	assert_span(entry_first(copy, ATTR_USER_NAME), "jane");
	assert_int_equal(entry->count, 0);
}

static void written_and_read_it_is_the_same(void **state)
{
	struct entry *entry = jane(*state), *again;
	struct buffer out;
	struct record record;

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	assert_int_equal(record_write(&out, entry, NULL), OK);
	assert_int_equal(record_open(buffer_span(&out), &record, NULL), OK);
	assert_int_equal(record.tenant, 7);
	assert_int_equal(record.number, 42);
	assert_int_equal(record.kind, KIND_USER);
	assert_int_equal(record.revision, 3);
	assert_true(record.created == -1 && record.modified == entry->modified);
	assert_true(uuid_equal(&record.id, &entry->id));
	assert_int_equal(record.count, 4);
	assert_span(record_first(&record, ATTR_USER_NAME), "jane");
	assert_span(record_first(&record, ATTR_EMAIL), "jane@a.example");
	assert_int_equal(record_first(&record, ATTR_TITLE).len, 0);
	assert_int_equal(record_find(&record, ATTR_TITLE), record.count);
	assert_int_equal(record_find(&record, ATTR_PLAN_ROW), record.count);
	assert_true(record_is_true(&record, ATTR_ACTIVE));
	assert_false(record_is_true(&record, ATTR_USER_NAME));
	again = record_entry(*state, &record);
	assert_int_equal(again->count, entry->count);
	for (size_t i = 0; i < entry->count; i++) {
		assert_int_equal(again->values[i].attr, entry->values[i].attr);
		assert_int_equal(again->values[i].instance, entry->values[i].instance);
		assert_int_equal(again->values[i].source, entry->values[i].source);
		assert_true(span_equal(again->values[i].octets, entry->values[i].octets));
	}
	buffer_free(&out);
}

static void an_empty_entry_is_a_record(void **state)
{
	struct buffer out;
	struct record record;

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	assert_int_equal(record_write(&out, entry_new(*state, KIND_ROLE), NULL), OK);
	assert_int_equal(out.len, RECORD_HEAD);
	assert_int_equal(record_open(buffer_span(&out), &record, NULL), OK);
	assert_int_equal(record.count, 0);
	assert_int_equal(record_first(&record, ATTR_COMMON_NAME).len, 0);
	buffer_free(&out);
}

static void any_changed_octet_and_any_cut_is_noticed(void **state)
{
	struct buffer out;
	struct record record;
	struct why why = { 0 };

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	record_write(&out, jane(*state), NULL);
	for (size_t i = 0; i < out.len; i++) {
		out.data[i] ^= 0x10;
		assert_int_equal(record_open(buffer_span(&out), &record, NULL), ERR_CORRUPT);
		out.data[i] ^= 0x10;
		assert_int_equal(record_open(span_of(out.data, i), &record, NULL), ERR_CORRUPT);
	}
	out.data[0] ^= 1;
	assert_int_equal(record_open(buffer_span(&out), &record, &why), ERR_CORRUPT);
	assert_string_equal(why.text, "a record is damaged: its checksum is wrong");
	buffer_free(&out);
}

/* Changes one field of a good record, with a right checksum again. */
static enum err open_with(struct arena *arena, size_t at, size_t width, uint32_t value)
{
	struct buffer out;
	struct record record;
	uint8_t octets[4];

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	record_write(&out, jane(arena), NULL);
	put_be32(octets, value);
	memcpy(out.data + at, octets + 4 - width, width);
	put_be32(out.data, crc32c(0, span_of(out.data + 4, out.len - 4)));
	enum err err = record_open(buffer_span(&out), &record, NULL);
	buffer_free(&out);
	return err;
}

static void a_right_checksum_does_not_excuse_wrong_fields(void **state)
{
	size_t first = RECORD_HEAD, second = first + RECORD_ROW;

	assert_int_equal(open_with(*state, 4, 1, 1), OK);
	assert_int_equal(open_with(*state, 4, 1, 2), ERR_CORRUPT);          /* format */
	assert_int_equal(open_with(*state, 5, 1, 0), ERR_CORRUPT);          /* kind */
	assert_int_equal(open_with(*state, 5, 1, 200), ERR_CORRUPT);        /* kind */
	assert_int_equal(open_with(*state, 6, 2, 3), ERR_CORRUPT);          /* count */
	assert_int_equal(open_with(*state, 6, 2, 65535), ERR_CORRUPT);      /* count */
	assert_int_equal(open_with(*state, first, 2, 0), ERR_CORRUPT);      /* attribute */
	assert_int_equal(open_with(*state, first, 2, 256), ERR_CORRUPT);    /* attribute */
	assert_int_equal(open_with(*state, second, 2, 19), ERR_CORRUPT);    /* order */
	assert_int_equal(open_with(*state, second + 2, 2, 9), ERR_CORRUPT); /* order */
	assert_int_equal(open_with(*state, first + 6, 2, 1), ERR_CORRUPT);  /* zero */
	assert_int_equal(open_with(*state, first + 8, 4, 0), ERR_CORRUPT);
	assert_int_equal(open_with(*state, first + 8, 4, UINT32_MAX), ERR_CORRUPT);
	assert_int_equal(open_with(*state, second + 8, 4, RECORD_HEAD), ERR_CORRUPT);
}

static void a_record_is_bounded(void **state)
{
	struct entry *entry = entry_new(*state, KIND_USER);
	struct span big = span_of(arena_zalloc(*state, 4096), 4096);
	struct buffer out;

	for (unsigned i = 0; i < 64; i++)
		entry_add(entry, ATTR_DESCRIPTION, (uint16_t)i, 0, big, NULL);
	buffer_init(&out, SIZE_MAX);
	assert_int_equal(record_write(&out, entry, NULL), ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	entry_remove_instance(entry, ATTR_DESCRIPTION, 0);
	assert_int_equal(record_write(&out, entry, NULL), OK);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(values_stand_by_attribute_then_instance),
		test_of(setting_replaces_and_an_empty_value_removes),
		test_of(a_source_or_an_instance_goes_alone),
		test_of(a_free_instance_is_free_in_the_whole_family),
		test_of(an_entry_is_bounded),
		test_of(a_copy_does_not_lean_on_its_original),
		test_of(written_and_read_it_is_the_same),
		test_of(an_empty_entry_is_a_record),
		test_of(any_changed_octet_and_any_cut_is_noticed),
		test_of(a_right_checksum_does_not_excuse_wrong_fields),
		test_of(a_record_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
