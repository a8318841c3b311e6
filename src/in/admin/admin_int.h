/* What the handlers share. A handler reads its arguments (checked against the table already), looks
 * things up in the view, writes by commands, and writes one JSON value. */
#ifndef IN_ADMIN_ADMIN_INT_H
#define IN_ADMIN_ADMIN_INT_H

#include "in/admin/admin.h"

#define OPERATION(id, handler, words, arguments, method, path, permission, result, help)           \
	enum err handler(struct request *r);
#include "operations.def"
#undef OPERATION

/* Begins the view; commands are run after request_release, which ends it. */
enum err request_read(struct request *r);
void request_release(struct request *r);
/* The tenant that the argument "tenant" names; begins the view. */
enum err request_tenant(struct request *r);
/* The entry of the kind by its id or name. What is written like an id is an id, and a name only
 * while nobody has or had that id: else whoever names an entry after another's id would get what
 * was meant for that one. */
bool request_find(struct request *r, enum kind kind, struct span name, struct record *record);
/* The entry that the attribute's first value refers to. */
bool request_reference(
	struct request *r, const struct record *record, enum attr attr, struct record *found);
/* The entry of the kind that the argument names. */
enum err request_entry(
	struct request *r, enum kind kind, const char *argument, struct record *record);
/* One command, after releasing the view. */
enum err request_run(struct request *r, const struct command *command, struct outcome *outcome);
/* The request's key was used before and its first command done; for handlers that look at what this
 * command has changed. The view is begun. */
bool request_repeats(struct request *r, struct outcome *outcome);
/* Creates the entry in the request's tenant and shows it, named by the argument `name`, with the
 * secret that was made for it, if any: the only time that it is told. */
enum err request_create(struct request *r, const struct entry *entry, const char *name,
	const char *secret_name, struct span secret);
/* Deletes the entry that the argument names; writes nothing. */
enum err request_delete(struct request *r, enum kind kind, const char *argument);
/* Sets one attribute of an entry by its id; an empty value removes it. */
enum err request_set(struct request *r, uint32_t tenant, const struct uuid *id, enum kind kind,
	enum attr attr, struct span value);
/* Runs an order about a job; `id` NULL: a new one. */
struct job_order;
enum err request_job(
	struct request *r, const struct uuid *id, const struct job_order *order, struct uuid *made);
/* Puts an argument into a new entry: text, numbers, yes as TRUE, a list as one value an instance.
 * Absent: nothing. */
enum err request_put(struct request *r, struct entry *entry, enum attr attr, const char *argument);
enum err entry_put(struct request *r, struct entry *entry, enum attr attr, uint16_t instance,
	struct span text);
/* The values of modifications that would replace what there is, into a new entry. */
enum err entry_put_mods(
	struct request *r, struct entry *entry, const struct modification *mods, size_t count);
/* The secret in the argument, or a new one of 24 characters (*made). ERR_VALUE beyond
 * PASSWORD_MAX. */
enum err request_secret(struct request *r, const char *argument, struct span *secret, bool *made);
/* Bits of the codenames in a blank-separated text of ours. */
uint64_t permission_bits(const char *codenames);
/* All that the core asks for, of the operator realm the operator's too. */
uint64_t permission_grantable(bool in_realm);

/* The whole of an operation "<kind> list": an array of what `each` writes, one page of it by the
 * arguments of PAGED (see operations.def), with the next page's cursor and, when asked for, the
 * total. The view is begun. */
enum err request_list(struct request *r, enum kind kind, struct filter *filter,
	void (*each)(struct request *r, const struct record *record));
/* The same, only of those that are `wanted`; NULL: all. Of an operation without `total`. A page
 * ends after some thousands that are not, so one may have fewer than asked for, or none, and a
 * cursor. */
enum err request_list_some(struct request *r, enum kind kind, struct filter *filter,
	bool (*wanted)(struct request *r, const struct record *record),
	void (*each)(struct request *r, const struct record *record));
/* Parts of it, for lists that are not of entries. */
enum err request_limit(struct request *r, uint64_t *limit);
/* RFC 3339; absent: 0. */
enum err request_time(struct request *r, const char *argument, int64_t *time);
/* What a cursor of this request is good for: the operation and all its arguments but paging's. */
void request_query(struct request *r, struct cursor_query *query);
/* Where the argument "cursor" stands; KIND_NONE: at the start. */
enum err request_cursor(
	struct request *r, const struct cursor_query *query, struct cursor_place *place);
void request_next(
	struct request *r, const struct cursor_query *query, const struct cursor_place *place);
/* The argument's SCIM filter over the names below, joined to *filter (may be NULL) by "and". */
enum err request_filter(
	struct request *r, enum kind kind, const char *argument, struct filter **filter);
/* What the argument "contains" asks for, joined to *filter (may be NULL) by "and": each of its
 * words in the name, of a person in the name, the user name or an e-mail address. */
enum err request_contains(struct request *r, enum kind kind, struct filter **filter);
/* References in the filter are ids or "role:Admin". */
struct search_spec request_search(struct request *r, enum kind kind, struct filter *filter);

/* An attribute as the core spells it ("muster:statusReason"), by the argument of the operation that
 * gives it ("reason"), else by the name that results give it ("status_reason"); what is no
 * attribute's spelling as it stands. */
const char *admin_spelling(struct arena *arena, enum operation operation, const char *spelled);

/* Writes name and id as members of the open object. */
void show_head(struct request *r, const struct record *record);
/* Octets are hashes, digests, sealed secrets or anchors; none of them is for reading. */
bool attr_is_shown(enum attr attr);
/* Writes all that may be shown: never a secret, a hash or a digest. */
void show_values(struct request *r, const struct record *record);
/* Writes how many conflicts the source has, as a member of the open object. */
void show_conflicts(struct request *r, const struct conflict_tally *tally);
/* A role, scope or group with its members, as many as the argument "limit" says. */
void show_container(struct request *r, const struct record *record);
void show_time(struct request *r, const char *name, int64_t wall); /* 0: nothing */
void show_uuid(struct request *r, const char *name, const struct uuid *id);
/* A line of model/because.h as members of the open object: "reason", the sentence in English, and
 * "because", its codes and values. An empty one: nothing. */
void show_because(struct request *r, struct span line);
/* The same under other names. */
void show_said(struct request *r, struct span line, const char *text, const char *codes);
struct activity_entry;
/* Writes what was tried, when, how often and from where, as members of the open object. */
void show_activity(struct request *r, const struct activity_entry *entry);
/* Writes the name that was asked for and the new id into the open object. */
void show_created(struct request *r, const char *name, const struct outcome *outcome);

/* The tenant as it was at the moment in the argument "as_of"; NULL: now. The view is begun. */
struct past;
enum err request_past(struct request *r, const struct past **past);
/* The scope that the argument "scope" names, by name or id, at that moment; 0: none is named. */
#define NO_SUCH_SCOPE UINT32_MAX
uint32_t request_scope(struct request *r, const struct past *past);
/* Whom the actor sees of the people of that moment. */
struct sight *request_sight(struct request *r, const struct past *past);
/* Writes the member "missing": bits 1 << enum reason, see core/decide.h. */
void show_missing(struct request *r, uint32_t missing);

/* Sealed under the entry's id, which is made before the entry is. */
enum err secret_put(struct request *r, struct entry *entry, struct span plain);

#endif
