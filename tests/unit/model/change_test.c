#include "unit.h"

#include "base/hash.h"
#include "base/limits.h"
#include "model/change.h"

static struct effect effects[] = {
	{ .type = EFFECT_ENTRY, .kind = KIND_USER, .number = 5, .before = { 0 } },
	{ .type = EFFECT_EDGE,
		.kind = KIND_ROLE,
		.number = 6,
		.member_kind = KIND_USER,
		.member = 5 },
	{ .type = EFFECT_STATE },
};

static struct change sample(void)
{
	effects[0].after = SPAN("record");
	effects[0].id = (struct uuid){ { 1 } };
	effects[1].before = SPAN("edge");
	effects[1].member_id = (struct uuid){ { 2 } };
	effects[2].key = SPAN("webhook/1/cursor");
	effects[2].after = SPAN("17");
	return (struct change){ .tenant = 3,
		.sequence = UINT64_MAX,
		.operation = { { 9 } },
		.time = -5,
		.previous = { 1, 2, 3 },
		.actor_type = ACTOR_CLIENT,
		.actor_id = { { 8 } },
		.actor_name = SPAN("okta"),
		.channel = CHANNEL_SCIM,
		.address = SPAN("::1"),
		.request = { { 7 } },
		.effects = effects,
		.count = COUNT(effects) };
}

static void written_and_read_it_is_the_same(void **state)
{
	struct change change = sample(), again;
	struct buffer out;

	buffer_init(&out, LIMIT_CHANGE_OCTETS);
	buffer_put(&out, "in front", 8);
	assert_int_equal(change_write(&out, &change, NULL), OK);
	struct span bytes = span_from(buffer_span(&out), 8);
	assert_int_equal(change_read(*state, bytes, &again, NULL), OK);
	assert_int_equal(again.tenant, 3);
	assert_true(again.sequence == UINT64_MAX && again.time == -5);
	assert_memory_equal(again.previous, change.previous, 32);
	assert_int_equal(again.actor_type, ACTOR_CLIENT);
	assert_int_equal(again.channel, CHANNEL_SCIM);
	assert_span(again.actor_name, "okta");
	assert_span(again.address, "::1");
	assert_true(uuid_equal(&again.operation, &change.operation));
	assert_true(uuid_equal(&again.actor_id, &change.actor_id));
	assert_true(uuid_equal(&again.request, &change.request));
	assert_int_equal(again.count, 3);
	assert_int_equal(again.effects[0].type, EFFECT_ENTRY);
	assert_span(again.effects[0].after, "record");
	assert_int_equal(again.effects[0].before.len, 0);
	assert_true(uuid_equal(&again.effects[0].id, &effects[0].id));
	assert_int_equal(again.effects[1].kind, KIND_ROLE);
	assert_int_equal(again.effects[1].member_kind, KIND_USER);
	assert_int_equal(again.effects[1].member, 5);
	assert_true(uuid_equal(&again.effects[1].member_id, &effects[1].member_id));
	assert_span(again.effects[1].before, "edge");
	assert_span(again.effects[2].key, "webhook/1/cursor");
	assert_span(again.effects[2].after, "17");
	buffer_free(&out);
}

static void any_damage_is_noticed(void **state)
{
	struct change change = sample(), again = { .tenant = 99 };
	struct buffer out;

	buffer_init(&out, LIMIT_CHANGE_OCTETS);
	change_write(&out, &change, NULL);
	for (size_t i = 0; i < out.len; i++) {
		out.data[i] ^= 0x04;
		assert_int_equal(change_read(*state, buffer_span(&out), &again, NULL), ERR_CORRUPT);
		out.data[i] ^= 0x04;
		assert_int_equal(
			change_read(*state, span_of(out.data, i), &again, NULL), ERR_CORRUPT);
	}
	assert_int_equal(again.tenant, 99);
	buffer_free(&out);
}

static void a_newer_format_is_told_apart_from_damage(void **state)
{
	struct change change = sample(), again;
	struct why why = { 0 };
	struct buffer out;

	buffer_init(&out, LIMIT_CHANGE_OCTETS);
	change_write(&out, &change, NULL);
	put_be16(out.data + 4, CHANGE_FORMAT + 1);
	put_be32(out.data, crc32c(0, span_of(out.data + 4, out.len - 4)));
	assert_int_equal(change_read(*state, buffer_span(&out), &again, NULL), OK);
	put_be16(out.data + 6, CHANGE_FORMAT + 1);
	put_be32(out.data, crc32c(0, span_of(out.data + 4, out.len - 4)));
	assert_int_equal(change_read(*state, buffer_span(&out), &again, &why), ERR_UNSUPPORTED);
	buffer_free(&out);
}

static void a_change_is_bounded(void **state)
{
	struct change change = sample();
	struct buffer out;

	buffer_init(&out, SIZE_MAX);
	change.effects = arena_array(*state, LIMIT_CHANGE_EFFECTS + 1, sizeof *change.effects);
	for (size_t i = 0; i <= LIMIT_CHANGE_EFFECTS; i++)
		change.effects[i] = effects[0];
	change.count = LIMIT_CHANGE_EFFECTS + 1;
	assert_int_equal(change_write(&out, &change, NULL), ERR_TOO_LARGE);
	change.count = LIMIT_CHANGE_EFFECTS;
	assert_int_equal(change_write(&out, &change, NULL), OK);
	change.effects[0].after =
		span_of(arena_zalloc(*state, LIMIT_CHANGE_OCTETS), LIMIT_CHANGE_OCTETS);
	buffer_reset(&out);
	assert_int_equal(change_write(&out, &change, NULL), ERR_TOO_LARGE);
	buffer_free(&out);
}

static struct edge sample_edge(void)
{
	return (struct edge){ .container_kind = KIND_GROUP,
		.member_kind = KIND_USER,
		.container = 1,
		.member = 2,
		.container_id = { { 1 } },
		.member_id = { { 2 } },
		.since = 123456789,
		.sources = { 0, 3, 500 },
		.source_count = 3,
		.member_name = SPAN("J\u00fcrgen") };
}

static void an_edge_keeps_all_but_its_numbers(void **state)
{
	struct edge edge = sample_edge(), again = { .container = 8, .member = 9 };
	struct buffer out;

	(void)state;
	buffer_init(&out, 1000);
	edge_write(&out, &edge);
	assert_int_equal(edge_read(buffer_span(&out), &again, NULL), OK);
	assert_int_equal(again.container_kind, KIND_GROUP);
	assert_int_equal(again.member_kind, KIND_USER);
	assert_true(uuid_equal(&again.container_id, &edge.container_id));
	assert_true(uuid_equal(&again.member_id, &edge.member_id));
	assert_true(again.since == edge.since);
	assert_int_equal(again.source_count, 3);
	assert_memory_equal(again.sources, edge.sources, 3 * sizeof *edge.sources);
	assert_span(again.member_name, "J\u00fcrgen");
	assert_int_equal(again.container, 8);
	assert_int_equal(again.member, 9);
	buffer_free(&out);
}

static void a_damaged_edge_is_noticed(void **state)
{
	struct edge edge = sample_edge(), again;
	struct buffer out;

	(void)state;
	buffer_init(&out, 1000);
	edge_write(&out, &edge);
	for (size_t i = 0; i < out.len; i++) {
		out.data[i] ^= 0x40;
		assert_int_equal(edge_read(buffer_span(&out), &again, NULL), ERR_CORRUPT);
		out.data[i] ^= 0x40;
		assert_int_equal(edge_read(span_of(out.data, i), &again, NULL), ERR_CORRUPT);
	}
	out.data[7] = EDGE_SOURCES_MAX + 1;
	put_be32(out.data, crc32c(0, span_of(out.data + 4, out.len - 4)));
	assert_int_equal(edge_read(buffer_span(&out), &again, NULL), ERR_CORRUPT);
	edge.sources[1] = 0; /* sources rise */
	buffer_reset(&out);
	edge_write(&out, &edge);
	assert_int_equal(edge_read(buffer_span(&out), &again, NULL), ERR_CORRUPT);
	buffer_free(&out);
}

static void every_actor_and_channel_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(channel_name(CHANNEL_SYNC), "sync");
	assert_string_equal(channel_name((enum channel)0), "unknown");
	assert_string_equal(channel_name((enum channel)77), "unknown");
	assert_string_equal(actor_type_name(ACTOR_DIRECTORY), "source");
	assert_string_equal(actor_type_name((enum actor_type)0), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(written_and_read_it_is_the_same),
		test_of(any_damage_is_noticed),
		test_of(a_newer_format_is_told_apart_from_damage),
		test_of(a_change_is_bounded),
		test_of(an_edge_keeps_all_but_its_numbers),
		test_of(a_damaged_edge_is_noticed),
		test_of(every_actor_and_channel_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
