/* Rules: what each kind asks of those who change it, and what must hold for its entries. They run
 * on the writer thread, against the store and the deeds prepared so far; the first that is broken
 * names the attribute. */
#ifndef CORE_RULES_INT_H
#define CORE_RULES_INT_H

#include "core/people.h"
#include "core/permission.h"
#include "core/run_int.h"
#include "model/policy.h"

/* What a kind asks of those who change it, and what must hold for its entries. */
struct kind_rules {
	enum permission view, create, modify, delete, members;
	uint64_t part;   /* bits 1 << permission: each shows a part, which the door's filter says */
	bool realm_only; /* lives in tenant 0 */
	const char *state; /* the one state row that who may change the entry writes with it */
	/* What a change of the entry is called; NULL: "<kind>.updated" and the like. */
	const char *(*action)(const struct entry *before, const struct entry *after);
	/* Completes (`after` may still change) and checks; before is NULL for a new entry. */
	enum err (*check)(struct run *run, const struct entry *before, struct entry *after);
	/* More deeds that belong to the new entry. */
	enum err (*created)(struct run *run, const struct entry *entry);
	/* More deeds that belong to the change of an entry. */
	enum err (*modified)(
		struct run *run, const struct entry *before, const struct entry *after);
	enum err (*check_delete)(struct run *run, const struct entry *entry);
	/* More deeds that belong to the end of the entry. */
	enum err (*deleted)(struct run *run, const struct entry *entry);
};
const struct kind_rules *kind_rules(enum kind kind); /* never NULL for a kind */

enum err user_check(struct run *run, const struct entry *before, struct entry *after);
enum err user_modified(struct run *run, const struct entry *before, const struct entry *after);
/* Of a user or client: what goes with a new password, or none. */
enum err password_note(struct run *run, const struct entry *before, struct entry *after);
/* The parts of user_check. Keeps what says where a person stands. */
enum err user_note_state(struct run *run, const struct entry *before, struct entry *after);
enum err user_check_email(struct run *run, const struct entry *before, const struct entry *after);
enum err user_check_access(struct run *run, const struct entry *before, const struct entry *after);
enum err user_check_manager(struct run *run, const struct entry *before, const struct entry *after);
/* The address that mail goes to, or none; whether it is the same one. */
struct span user_address(const struct entry *user);
bool user_same_address(const struct entry *before, const struct entry *after);
/* What the deeds prepared so far make of people and their roles: types that hold no role but
 * reading ones, and promotions. May add deeds. */
enum err rules_roles_held(struct run *run);
/* levels.visibility hides the user from who acts, so that for them there is no such entry. */
bool is_above_actor(const struct run *run, uint32_t user);
/* More than the actor's own entry. */
bool sight_is_wide(const struct sight *sight);
bool record_has_method(const struct record *user, const char *method); /* of signing in */
bool user_type_is(struct span type, const char *word);
bool record_is_sso_only(const struct record *user);
/* Whom the value of a reference names; false when it is nobody's (any more). */
bool find_person(struct txn *txn, uint32_t tenant, struct span reference, struct record *person);
/* The person above; `manager` may be `user`. */
bool find_manager(struct txn *txn, const struct record *user, struct record *manager);
bool is_below(struct txn *txn, const struct record *user, uint32_t ancestor);
enum err role_check(struct run *run, const struct entry *before, struct entry *after);
enum err role_check_delete(struct run *run, const struct entry *entry);
enum err registered_check(struct run *run, const struct entry *before, struct entry *after);
enum err registered_check_delete(struct run *run, const struct entry *entry);
enum err catalogue_changed(struct run *run, const struct entry *entry);
enum err settings_modified(struct run *run, const struct entry *before, const struct entry *after);
enum err tenant_check(struct run *run, const struct entry *before, struct entry *after);
enum err tenant_created(struct run *run, const struct entry *entry);
enum err tenant_modified(struct run *run, const struct entry *before, const struct entry *after);
enum err tenant_check_delete(struct run *run, const struct entry *entry);
enum err settings_check(struct run *run, const struct entry *before, struct entry *after);
enum err settings_check_delete(struct run *run, const struct entry *entry);
const char *settings_action(const struct entry *before, const struct entry *after);
/* The settings that a tenant is created with. */
enum err settings_create(struct run *run, uint32_t tenant, struct span preset);
/* Languages and time zones that a person or an API key chooses must be known. */
enum err locale_check(struct run *run, const struct entry *before, const struct entry *after);
enum err tombstone_check(struct run *run, const struct entry *before, struct entry *after);
enum err tombstone_check_delete(struct run *run, const struct entry *entry);
enum err client_check(struct run *run, const struct entry *before, struct entry *after);
enum err directory_check(struct run *run, const struct entry *before, struct entry *after);
enum err job_deleted(struct run *run, const struct entry *entry);
enum err plain_check(struct run *run, const struct entry *before, struct entry *after);

/* attr_spelling, as the SCIM path of that kind: groups are named by their displayName. */
const char *rules_spelling(enum kind kind, enum attr attr);

/* policy_number of the tenant's settings as they stand in the transaction. */
bool find_settings(struct txn *txn, uint32_t tenant, struct record *settings);
uint64_t policy_of(struct txn *txn, uint32_t tenant, enum policy policy);

/* What every kind's values must satisfy: attributes of the kind, hashes for passwords, references
 * that exist, uniqueness, a name of its own in the LDAP tree (which may still change `after`). */
enum err rules_values(struct run *run, const struct entry *before, struct entry *after);
/* An RDN of the entry's own (ATTR_RDN) is made of values of the entry (RFC 4511 section 4.6) and
 * follows them; one that is <naming attribute>=<name> is none. ERR_VALUE, ERR_EXISTS. */
enum err name_settle(struct run *run, const struct entry *before, struct entry *after);
/* The entry that the first RDN of a DN below its kind's container names, and no other one does. */
bool name_find(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct dn *rdn, struct record *record);
enum err pointer_check(struct run *run, const struct entry *before, struct entry *after);
/* An active user with the permissions of Admin must remain if there was one; looks at the deeds
 * prepared so far. */
enum err rules_last_admin(struct run *run);
/* So many of them there are now; else the policy cannot ask for them. */
enum err rules_admins_asked(struct run *run, unsigned least);
/* Without the names that follow from others (SOURCE_DERIVED); user_check makes them anew. */
void user_underive(struct entry *user);

/* Activity: an entry is active while no reason stands against it. */
enum err active_apply(struct run *run, struct entry *entry, struct span wanted);
void active_keep(struct entry *entry);
bool entry_is_active(const struct entry *entry);
bool record_is_active(const struct record *record);
/* Of a tenant, besides those that active_apply gives. */
#define REASON_ERASING SPAN("erasing")
bool record_has_reason(const struct record *record, struct span reason);

/* The directory entry that owns a source number; false when none does (any more). */
bool source_directory(struct run *run, uint32_t tenant, uint16_t source, struct span *name);

#endif
