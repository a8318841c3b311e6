#include "in/admin/settings_int.h"

/* How a company's people are listed and made, in one answer: schema/screens.def, with what the
 * company's policies say about it. */

static const struct {
	enum preset preset;
	const char *name;
} columns[] = {
#define USER_COLUMN(preset, column) { PRESET_##preset, column },
#define USER_SECTION(preset, section, fields)
#include "screens.def"
#undef USER_COLUMN
#undef USER_SECTION
};

static const struct {
	enum preset preset;
	const char *name, *fields;
} sections[] = {
#define USER_COLUMN(preset, column)
#define USER_SECTION(preset, section, fields) { PRESET_##preset, section, fields },
#include "screens.def"
#undef USER_COLUMN
#undef USER_SECTION
};

static const struct {
	const char *name;
	enum policy policy;
} labels[] = {
	{ "section", POLICY_LABEL_SECTION },
	{ "users", POLICY_LABEL_USERS },
	{ "roles", POLICY_LABEL_ROLES },
	{ "scopes", POLICY_SCOPE_LABEL },
};

static void put_labels(struct request *r, const struct record *settings)
{
	json_name(r->out, "labels");
	json_begin_object(r->out);
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		json_text_member(r->out, labels[i].name, policy_text(settings, labels[i].policy));
	json_end_object(r->out);
}

static void put_columns(struct request *r, enum preset preset)
{
	json_name(r->out, "columns");
	json_begin_array(r->out);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		if (columns[i].preset == preset)
			json_put_string(r->out, columns[i].name);
	json_end_array(r->out);
}

/* By policy, beside those that the preset itself asks for. */
static bool is_needed(const struct record *settings, struct span field)
{
	static const struct {
		const char *field;
		enum policy policy;
	} needs[] = { { "roles", POLICY_ROLES_REQUIRED }, { "emails", POLICY_EMAIL_REQUIRED } };

	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (span_equal(field, span_str(needs[i].field)))
			return policy_number(settings, needs[i].policy) != 0;
	return false;
}

static void put_field(struct request *r, const struct record *settings, struct span word)
{
	bool marked = word.data[word.len - 1] == '!';
	struct span field = marked ? span_of(word.data, word.len - 1) : word;

	json_begin_object(r->out);
	json_text_member(r->out, "field", field);
	json_bool_member(r->out, "required", marked || is_needed(settings, field));
	json_end_object(r->out);
}

static void put_sections(struct request *r, const struct record *settings)
{
	json_name(r->out, "sections");
	json_begin_array(r->out);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		struct span rest = span_str(sections[i].fields);
		if (sections[i].preset != policy_preset(settings))
			continue;
		json_begin_object(r->out);
		json_string_member(r->out, "section", sections[i].name);
		json_name(r->out, "fields");
		json_begin_array(r->out);
		while (rest.len > 0)
			put_field(r, settings, span_cut(&rest, ' '));
		json_end_array(r->out);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

/* By which a list and a form behave. */
static const enum policy told[] = { POLICY_ROLES_CARDINALITY, POLICY_ROLES_REQUIRED,
	POLICY_SCOPE_KIND, POLICY_SCOPE_EMPTY_MEANS, POLICY_FULL_ACCESS, POLICY_EMAIL_REQUIRED,
	POLICY_EMAIL_MUTABILITY, POLICY_DELETE_MODE, POLICY_ONBOARDING_CREDENTIAL,
	POLICY_ONBOARDING_MAIL, POLICY_IMPERSONATION, POLICY_HIERARCHY, POLICY_USER_TYPES,
	POLICY_PASSWORD_MIN };

static void put_policies(struct request *r, const struct record *settings)
{
	json_name(r->out, "policies");
	json_begin_object(r->out);
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		json_text_member(
			r->out, policy_row(told[i])->codename, policy_text(settings, told[i]));
	json_end_object(r->out);
}

enum err admin_preset_show(struct request *r)
{
	struct record settings;

	enum err err = settings_read_shown(r, &settings);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_string_member(r->out, "preset", preset_name(policy_preset(&settings)));
	put_labels(r, &settings);
	put_columns(r, policy_preset(&settings));
	put_sections(r, &settings);
	put_policies(r, &settings);
	json_end_object(r->out);
	return OK;
}
