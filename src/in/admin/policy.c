#include "core/people.h"
#include "core/policy_effect.h"
#include "in/admin/settings_int.h"

#define ATTEMPTS 8 /* to change what was counted */

static const char *const types[] = {
	[POLICY_IS_CHOICE] = "choice",
	[POLICY_IS_YESNO] = "yesno",
	[POLICY_IS_NUMBER] = "number",
	[POLICY_IS_SECONDS] = "seconds",
	[POLICY_IS_TEXT] = "text",
	[POLICY_IS_WORDS] = "words",
};

static struct span preset_value(const struct record *settings, enum policy policy)
{
	return span_str(policy_row(policy)->presets[policy_preset(settings)]);
}

static void put_policy(struct request *r, const struct record *settings, enum policy policy)
{
	const struct policy_row *row = policy_row(policy);

	json_begin_object(r->out);
	json_string_member(r->out, "policy", row->codename);
	json_text_member(r->out, "value", policy_text(settings, policy));
	json_text_member(r->out, "preset", preset_value(settings, policy));
	json_string_member(r->out, "type", types[row->type]);
	json_string_member(r->out, "words", row->words);
	if (row->high > 0) {
		json_integer_member(r->out, "low", (int64_t)row->low);
		json_integer_member(r->out, "high", (int64_t)row->high);
	}
	json_string_member(r->out, "owner", row->of_operator ? "operator" : "tenant");
	json_string_member(r->out, "label", row->label);
	json_end_object(r->out);
}

enum err admin_policy_list(struct request *r)
{
	struct record settings;

	enum err err = settings_read_shown(r, &settings);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (unsigned i = 0; i < POLICY_COUNT; i++)
		put_policy(r, &settings, i);
	json_end_array(r->out);
	return OK;
}

static enum err find_policy(struct request *r, struct record *settings, enum policy *policy)
{
	enum err err = settings_read_record(r, settings);

	if (err != OK)
		return err;
	*policy = policy_by_codename(json_text(r->args, "policy"));
	return *policy < POLICY_COUNT
		       ? OK
		       : fail(r->why, ERR_NOT_FOUND, "policy", "there is no such policy");
}

enum err admin_policy_show(struct request *r)
{
	struct record settings;
	enum policy policy;

	enum err err = find_policy(r, &settings, &policy);
	if (err != OK)
		return err;
	r->revision = settings.revision;
	put_policy(r, &settings, policy);
	return OK;
}

/* ---- change ---- */

struct wish {
	enum policy policy;
	struct span value;
	struct policy_effect effect;
};

static void put_people(struct request *r, const struct policy_effect *effect)
{
	json_name(r->out, "people");
	json_begin_array(r->out);
	for (size_t i = 0; i < effect->shown; i++) {
		json_begin_object(r->out);
		json_text_member(r->out, "user", effect->people[i].name);
		show_uuid(r, "id", &effect->people[i].id);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

static void put_effect(struct request *r, const struct wish *wish, bool applied)
{
	json_begin_object(r->out);
	json_string_member(r->out, "policy", policy_row(wish->policy)->codename);
	json_text_member(r->out, "value", wish->value);
	json_bool_member(r->out, "applied", applied);
	json_integer_member(r->out, "count", (int64_t)wish->effect.count);
	unsigned long long count = wish->effect.count;
	const char *sentence =
		arena_printf(r->arena, "%llu people %s", count, wish->effect.sentence);
	if (!applied)
		sentence = arena_printf(r->arena,
			"%s; nothing is changed yet: to do it, confirm %llu", sentence, count);
	json_string_member(r->out, "sentence", sentence);
	put_people(r, &wish->effect);
	json_end_object(r->out);
}

/* All rows of the settings but the policy's, and the policy's new one. */
static struct modification replaced(
	struct request *r, const struct record *settings, const struct wish *wish)
{
	struct value *values = arena_array(r->arena, settings->count + 1, sizeof *values);
	size_t count = 0;

	for (size_t i = record_find(settings, ATTR_POLICY); i < settings->count; i++) {
		struct value row = record_row(settings, i), kept;
		enum policy policy;
		if (row.attr != ATTR_POLICY)
			break;
		if (policy_parse(row.octets, &policy, &kept.octets, NULL) != OK ||
			policy == wish->policy)
			continue;
		values[count++] = (struct value){ .attr = ATTR_POLICY,
			.octets = arena_copy(r->arena, row.octets) };
	}
	values[count++] = (struct value){ .attr = ATTR_POLICY,
		.octets = span_str(arena_printf(r->arena, "%s=%.*s",
			policy_row(wish->policy)->codename, SPAN_ARGS(wish->value))) };
	return (struct modification){
		.op = PATCH_REPLACE, .attr = ATTR_POLICY, .values = values, .count = count
	};
}

static enum err confirm(struct request *r, const struct record *settings, const struct wish *wish)
{
	int64_t confirmed = json_number(r->args, "confirm", 0);

	if ((uint64_t)confirmed != wish->effect.count)
		return fail(r->why, ERR_CONFLICT, "confirm",
			"%llu people would be touched now, not %lld",
			(unsigned long long)wish->effect.count, (long long)confirmed);
	const struct modification mod = replaced(r, settings, wish);
	return settings_modify_at(r, settings, view_journal_last(r->view, r->tenant.number), &mod);
}

/* They count, but are not named to whom they are hidden from. */
static void leave_out_hidden(struct request *r, struct policy_effect *effect)
{
	struct record person;
	size_t kept = 0;

	for (size_t i = 0; i < effect->shown; i++)
		if (view_by_id(r->view, r->tenant.number, &effect->people[i].id, &person) &&
			!view_is_hidden(r->view, r->arena, &r->actor, &person))
			effect->people[kept++] = effect->people[i];
	effect->shown = kept;
}

static enum err count_effect(struct request *r, struct record *settings, struct wish *wish)
{
	enum err err = find_policy(r, settings, &wish->policy);

	if (err != OK)
		return err;
	const struct json *value = json_member(r->args, "value");
	wish->value = value && value->type == JSON_IS_STRING ? value->text
							     : preset_value(settings, wish->policy);
	err = policy_effect(r->view, r->arena, r->tenant.number, wish->policy, wish->value,
		&wish->effect, r->why);
	if (err == OK)
		leave_out_hidden(r, &wish->effect);
	return err;
}

/* Without `confirm` it says whom the change would touch and changes nothing; with the number that
 * was said it is done, if that is still the number: when anybody changes anything between the
 * counting and the change, it is counted again. */
enum err admin_policy_set(struct request *r)
{
	bool confirmed = json_member(r->args, "confirm") != NULL, current = true;
	struct record settings;
	struct wish wish;
	enum err err = ERR_VERSION;

	for (int i = 0; err == ERR_VERSION && current && i < ATTEMPTS; i++) {
		err = count_effect(r, &settings, &wish);
		if (err != OK)
			return err;
		current = !r->if_revision || r->if_revision == settings.revision;
		if (confirmed)
			err = confirm(r, &settings, &wish);
		else
			r->revision = settings.revision;
	}
	if (err == OK)
		put_effect(r, &wish, confirmed);
	return err;
}
