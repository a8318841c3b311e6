/* Policies of a tenant, from schema/policies.def. A tenant's one entry of KIND_SETTINGS names its
 * preset and holds what differs from it; a tenant without such an entry follows "pegotec". Pure
 * functions over that entry. */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "model/record.h"

enum preset { PRESET_PEGOTEC, PRESET_USERS_APP, PRESET_TITANUS, PRESET_COUNT };

enum policy {
#define POLICY(id, codename, type, words, low, high, owner, pegotec, users_app, titanus, label)    \
	POLICY_##id,
#include "policies.def"
#undef POLICY
	POLICY_COUNT
};

enum policy_type {
	POLICY_IS_CHOICE,
	POLICY_IS_YESNO,
	POLICY_IS_NUMBER,
	POLICY_IS_SECONDS,
	POLICY_IS_TEXT,
	POLICY_IS_WORDS
};

struct policy_row {
	enum policy policy;
	const char *codename;
	enum policy_type type;
	const char *words; /* blank separated */
	uint64_t low, high;
	bool of_operator; /* only an operator changes it */
	const char *presets[PRESET_COUNT];
	const char *label;
};

/* Places of the words of choices. */
enum { ROLES_MULTIPLE, ROLES_SINGLE };
enum { EMPTY_MEANS_ALL, EMPTY_MEANS_NONE };
enum { FULL_ACCESS_OFF, FULL_ACCESS_SCOPE, FULL_ACCESS_SUPERUSER };
enum { EMAIL_IMMUTABLE, EMAIL_SUPPORT_ONLY, EMAIL_ADMIN_VERIFIED, EMAIL_SOURCE_MANAGED };
enum { DELETE_DISABLES, DELETE_IS_SOFT, DELETE_IS_HARD_WITHOUT_HISTORY, DELETE_IS_HARD };
enum { VERIFIED_BY_INVITE, VERIFIED_SEPARATELY, VERIFICATION_OFF };
enum { ROTATE_OFF, ROTATE_PROMPT, ROTATE_REQUIRE };
enum { EMAIL_UNIQUE, EMAIL_SHARED };
enum { HIERARCHY_OFF, HIERARCHY_SUBTREE };
enum { LEVELS_ALL, LEVELS_NOT_ABOVE };
enum { SUPPORT_LABEL, SUPPORT_NAME };
enum { BIND_ANYWHERE, BIND_THROUGH_APPLICATION };

const struct policy_row *policy_row(enum policy policy);
/* POLICY_COUNT when there is none. */
enum policy policy_by_codename(struct span codename);
/* "pegotec", "users-app", "titanus"; PRESET_COUNT when there is none. */
enum preset preset_by_name(struct span name);
const char *preset_name(enum preset preset);

/* `settings` may be NULL: the preset pegotec as it is. */
enum preset policy_preset(const struct record *settings);
/* The value as text, never NONE; borrowed from the record or the table. */
struct span policy_text(const struct record *settings, enum policy policy);
/* CHOICE: the place of the word; YESNO: 0 or 1; NUMBER and SECONDS: the number. */
uint64_t policy_number(const struct record *settings, enum policy policy);
/* Of settings before and after: a policy by which a tenant's entries look in LDAP, or by which who
 * sees whom, has changed. Either may be NULL. */
bool policy_changes_looks(const struct record *before, const struct record *after);
/* Whether the text is a value of the policy; ERR_VALUE names the codename and what is allowed. */
enum err policy_check(enum policy policy, struct span text, struct why *why);
/* Takes "codename=value" apart; ERR_UNKNOWN names a codename that there is not. */
enum err policy_parse(struct span row, enum policy *policy, struct span *value, struct why *why);

/* A feature flag as settings hold it: "name=on", or "tenant:name=off" when the tenant's own people
 * turn it; the others are turned by an operator. */
struct feature {
	struct span name; /* a to z, 0 to 9, ".", "_", "-"; at most 64 */
	bool of_tenant, on;
};
bool feature_parse(struct span text, struct feature *feature);

#endif
