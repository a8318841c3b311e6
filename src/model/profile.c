#include "model/profile.h"

static const struct profile_row rows[PROFILE_COUNT] = {
#define PROFILE(id, word, no_target, patched, rate, help)                                          \
	{ word, NO_TARGET_##no_target, PATCHED_##patched, rate, help },
#include "profiles.def"
#undef PROFILE
};

static const char *const no_targets[] = {
	[NO_TARGET_ADD] = "add",
	[NO_TARGET_CREATE] = "create",
	[NO_TARGET_REFUSE] = "refuse",
};

const struct profile_row *profile_row(enum profile profile)
{
	return &rows[profile];
}

enum profile profile_by_word(struct span word)
{
	for (unsigned i = 0; i < PROFILE_COUNT; i++)
		if (span_equal(span_str(rows[i].word), word))
			return (enum profile)i;
	return PROFILE_COUNT;
}

const char *no_target_word(enum no_target no_target)
{
	return no_targets[no_target];
}

bool no_target_by_word(struct span word, enum no_target *no_target)
{
	for (unsigned i = 0; i < sizeof no_targets / sizeof *no_targets; i++)
		if (span_equal(span_str(no_targets[i]), word)) {
			*no_target = (enum no_target)i;
			return true;
		}
	return false;
}

enum profile record_profile(const struct record *client)
{
	enum profile profile = profile_by_word(record_first(client, ATTR_PROFILE));
	return profile == PROFILE_COUNT ? PROFILE_RFC : profile;
}

enum no_target record_no_target(const struct record *client)
{
	enum no_target no_target;
	if (no_target_by_word(record_first(client, ATTR_NO_TARGET), &no_target))
		return no_target;
	return rows[record_profile(client)].no_target;
}

uint32_t record_rate(const struct record *client)
{
	uint64_t rate;
	if (span_to_u64(record_first(client, ATTR_RATE), &rate) && rate <= UINT32_MAX)
		return (uint32_t)rate;
	if (span_equal(record_first(client, ATTR_CLIENT_TYPE), SPAN("service")))
		return 0;
	return rows[record_profile(client)].rate;
}
