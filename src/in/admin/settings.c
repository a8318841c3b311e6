#include "in/admin/settings_int.h"

static const struct {
	const char *argument;
	enum attr attr;
} fields[] = {
	{ "name", ATTR_DISPLAY_NAME },
	{ "timezone", ATTR_TIME_ZONE },
	{ "language", ATTR_LANGUAGE },
	{ "support_contact", ATTR_SUPPORT_CONTACT },
};
#define FIELDS (sizeof fields / sizeof *fields)

enum err settings_read_record(struct request *r, struct record *settings)
{
	enum err err = request_tenant(r);

	if (err != OK || view_settings(r->view, r->tenant.number, settings))
		return err;
	err = view_error(r->view, r->why);
	return err != OK ? err : fail(r->why, ERR_NOT_FOUND, NULL, "there are no settings here");
}

enum err settings_read_shown(struct request *r, struct record *settings)
{
	enum err err = settings_read_record(r, settings);

	if (err == OK)
		r->revision = settings->revision;
	return err;
}

static enum err modify(
	struct request *r, const struct record *settings, const struct command *wanted)
{
	struct command command = *wanted;
	struct outcome outcome;

	command.type = COMMAND_MODIFY;
	command.tenant = r->tenant.number;
	command.kind = KIND_SETTINGS;
	command.id = settings->id;
	/* What was looked at is what is changed. */
	command.if_revision = r->if_revision ? r->if_revision : settings->revision;
	enum err err = request_run(r, &command, &outcome);
	if (err == OK)
		r->revision = outcome.revision;
	return err;
}

enum err settings_modify(struct request *r, const struct record *settings,
	const struct modification *mods, size_t count, const struct state_row *state)
{
	const struct command command = {
		.mods = mods, .mod_count = count, .states = state, .state_count = state != NULL
	};

	return modify(r, settings, &command);
}

enum err settings_modify_at(struct request *r, const struct record *settings, uint64_t sequence,
	const struct modification *mod)
{
	const struct command command = { .mods = mod, .mod_count = 1, .if_sequence = sequence };

	return modify(r, settings, &command);
}

/* ---- show and edit ---- */

static void put_logo(struct request *r, const struct record *settings)
{
	struct span type = record_first(settings, ATTR_LOGO_TYPE);

	json_name(r->out, "logo_type");
	if (type.len)
		json_put_text(r->out, type);
	else
		json_put_null(r->out);
}

static void put_feature(struct request *r, const struct feature *feature)
{
	json_begin_object(r->out);
	json_text_member(r->out, "feature", feature->name);
	json_string_member(r->out, "owner", feature->of_tenant ? "tenant" : "operator");
	json_bool_member(r->out, "on", feature->on);
	json_end_object(r->out);
}

static void put_features(struct request *r, const struct record *settings)
{
	struct feature feature;

	json_begin_array(r->out);
	for (size_t i = record_find(settings, ATTR_FEATURE); i < settings->count; i++) {
		struct value row = record_row(settings, i);
		if (row.attr != ATTR_FEATURE)
			break;
		if (feature_parse(row.octets, &feature))
			put_feature(r, &feature);
	}
	json_end_array(r->out);
}

enum err admin_settings_show(struct request *r)
{
	struct record settings;

	enum err err = settings_read_shown(r, &settings);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "tenant", r->tenant.name);
	json_string_member(r->out, "preset", preset_name(policy_preset(&settings)));
	for (size_t i = 0; i < FIELDS; i++) {
		json_name(r->out, fields[i].argument);
		struct span text = record_first(&settings, fields[i].attr);
		if (text.len)
			json_put_text(r->out, text);
		else
			json_put_null(r->out);
	}
	put_logo(r, &settings);
	json_name(r->out, "features");
	put_features(r, &settings);
	json_integer_member(r->out, "revision", (int64_t)settings.revision);
	json_end_object(r->out);
	return OK;
}

/* Absent: as it is; null or empty: none. */
static enum err read_fields(struct request *r, struct modification *mods, size_t *count)
{
	struct value *values = arena_array(r->arena, FIELDS, sizeof *values);

	for (size_t i = 0; i < FIELDS; i++) {
		const struct json *given =
			r->args ? json_member(r->args, fields[i].argument) : NULL;
		bool is_some = given && given->type == JSON_IS_STRING && given->text.len > 0;
		if (!given)
			continue;
		values[i] = (struct value){ .attr = fields[i].attr };
		if (is_some) {
			enum err err = value_canonical(
				r->arena, fields[i].attr, given->text, &values[i].octets, r->why);
			if (err != OK)
				return err;
		}
		mods[(*count)++] = (struct modification){ .op = PATCH_REPLACE,
			.attr = fields[i].attr,
			.values = &values[i],
			.count = is_some };
	}
	return OK;
}

enum err admin_settings_edit(struct request *r)
{
	struct modification mods[FIELDS];
	struct record settings;
	size_t count = 0;

	enum err err = settings_read_record(r, &settings);
	if (err == OK)
		err = read_fields(r, mods, &count);
	return err != OK ? err : settings_modify(r, &settings, mods, count, NULL);
}

/* ---- features ---- */

enum err admin_feature_list(struct request *r)
{
	struct record settings;

	enum err err = settings_read_record(r, &settings);
	if (err == OK)
		put_features(r, &settings);
	return err;
}

/* All flags but the one that is named, which *found is set to. */
static size_t other_features(struct request *r, const struct record *settings, struct value *values,
	struct feature *found)
{
	struct span name = json_text(r->args, "feature");
	struct feature feature;
	size_t count = 0;

	for (size_t i = record_find(settings, ATTR_FEATURE); i < settings->count; i++) {
		struct value row = record_row(settings, i);
		if (row.attr != ATTR_FEATURE)
			break;
		if (feature_parse(row.octets, &feature) && span_equal(feature.name, name))
			*found = feature;
		else
			values[count++] = (struct value){ .attr = ATTR_FEATURE,
				.octets = arena_copy(r->arena, row.octets) };
	}
	return count;
}

/* `change` says what becomes of the flag, whose name is empty when there is none yet; false takes
 * it away. */
static enum err change_feature(
	struct request *r, enum err (*change)(struct request *r, struct feature *flag, bool *stays))
{
	struct record settings;
	struct feature flag = { .name = SPAN_NONE };
	bool stays = true;

	enum err err = settings_read_record(r, &settings);
	if (err != OK)
		return err;
	struct value *values = arena_array(r->arena, settings.count + 1, sizeof *values);
	size_t count = other_features(r, &settings, values, &flag);
	err = change(r, &flag, &stays);
	if (err != OK)
		return err;
	if (stays)
		values[count++] = (struct value){ .attr = ATTR_FEATURE,
			.octets = span_str(
				arena_printf(r->arena, "%s%.*s=%s", flag.of_tenant ? "tenant:" : "",
					SPAN_ARGS(flag.name), flag.on ? "on" : "off")) };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_FEATURE, .values = values, .count = count
	};
	return settings_modify(r, &settings, &mod, 1, NULL);
}

static enum err must_exist(struct request *r, const struct feature *flag)
{
	return flag->name.len
		       ? OK
		       : fail(r->why, ERR_NOT_FOUND, "feature", "there is no such feature flag");
}

static enum err turn_on(struct request *r, struct feature *flag, bool *stays)
{
	(void)stays;
	flag->on = true;
	return must_exist(r, flag);
}

static enum err turn_off(struct request *r, struct feature *flag, bool *stays)
{
	(void)stays;
	flag->on = false;
	return must_exist(r, flag);
}

static enum err take_away(struct request *r, struct feature *flag, bool *stays)
{
	*stays = false;
	return must_exist(r, flag);
}

static enum err declare(struct request *r, struct feature *flag, bool *stays)
{
	(void)stays;
	if (flag->name.len)
		return fail(r->why, ERR_EXISTS, "feature", "there is such a feature flag already");
	flag->name = json_text(r->args, "feature");
	flag->of_tenant = json_is_set(r->args, "of_tenant");
	flag->on = json_is_set(r->args, "on");
	return OK;
}

enum err admin_feature_on(struct request *r)
{
	return change_feature(r, turn_on);
}

enum err admin_feature_off(struct request *r)
{
	return change_feature(r, turn_off);
}

enum err admin_feature_create(struct request *r)
{
	return change_feature(r, declare);
}

enum err admin_feature_delete(struct request *r)
{
	return change_feature(r, take_away);
}
