/* What the files of in/ctl share. A verb's handler reads its arguments (checked against the table
 * already), looks things up in the view, writes by commands, and writes one JSON value. */
#ifndef IN_CTL_CTL_INT_H
#define IN_CTL_CTL_INT_H

#include "in/ctl/ctl.h"
#include "wire/json.h"
#include "wire/verb.h"

struct ctl_request {
	const struct ctl_options *options;
	struct core *core;
	struct view *view; /* the connection's; begun while `reading` */
	bool reading;
	struct arena *arena;
	struct actor actor;
	const struct json *args; /* an object, or NULL */
	struct json_writer *out; /* for the result; nothing written: null */
	struct why *why;
	struct tenant_info tenant; /* after request_tenant; the name is in the arena */
};

#define VERB(id, handler, words, arguments, help) enum err handler(struct ctl_request *r);
#include "verbs.def"
#undef VERB

/* Answers one line; `answer` gets one line without its end. */
void ctl_answer(const struct ctl_options *options, struct view *view, const struct actor *actor,
	struct span line, struct buffer *answer);

/* Begins the view; commands are run after request_release, which ends it. */
enum err request_read(struct ctl_request *r);
void request_release(struct ctl_request *r);
/* The tenant that the argument "tenant" names; begins the view. */
enum err request_tenant(struct ctl_request *r);
/* The entry of the kind that the argument names, by name or id. */
enum err request_entry(
	struct ctl_request *r, enum kind kind, const char *argument, struct record *record);
/* One command, after releasing the view. */
enum err request_run(struct ctl_request *r, const struct command *command, struct outcome *outcome);
/* Creates the entry in the request's tenant and shows it, named by the argument `name`, with the
 * secret that was made for it, if any: the only time that it is told. */
enum err request_create(struct ctl_request *r, const struct entry *entry, const char *name,
	const char *secret_name, struct span secret);
/* Deletes the entry that the argument names; writes nothing. */
enum err request_delete(struct ctl_request *r, enum kind kind, const char *argument);
/* Sets one attribute of an entry by its id; an empty value removes it. */
enum err request_set(struct ctl_request *r, uint32_t tenant, const struct uuid *id, enum kind kind,
	enum attr attr, struct span value);
/* Puts an argument into a new entry: text, numbers, yes as TRUE, a list as one value an instance.
 * Absent: nothing. */
enum err request_put(
	struct ctl_request *r, struct entry *entry, enum attr attr, const char *argument);
enum err entry_put(struct ctl_request *r, struct entry *entry, enum attr attr, uint16_t instance,
	struct span text);
/* The secret in the argument, or a new one of 24 characters (*made). ERR_VALUE beyond
 * PASSWORD_MAX. */
enum err request_secret(
	struct ctl_request *r, const char *argument, struct span *secret, bool *made);
/* Bits of the codenames in the list, or `otherwise` when it is absent. */
enum err request_permissions(
	struct ctl_request *r, const char *argument, uint64_t otherwise, uint64_t *permissions);
/* Bits of the codenames in a blank-separated text of ours. */
uint64_t permission_bits(const char *codenames);

/* Calls `each` for all entries of the kind (tenants: of all), at most `limit`; the view is begun.
 */
enum err request_each(struct ctl_request *r, enum kind kind, struct filter *filter, uint64_t limit,
	void (*each)(struct ctl_request *r, const struct record *record));
/* The whole of a verb "<kind> list": an array of what `each` writes. */
enum err request_list(struct ctl_request *r, enum kind kind, struct filter *filter, uint64_t limit,
	void (*each)(struct ctl_request *r, const struct record *record));

/* Writes name and id as members of the open object. */
void show_head(struct ctl_request *r, const struct record *record);
/* Writes all that may be shown: never a secret, a hash or a digest. */
void show_values(struct ctl_request *r, const struct record *record);
void show_time(struct ctl_request *r, const char *name, int64_t wall); /* 0: nothing */
void show_uuid(struct ctl_request *r, const char *name, const struct uuid *id);
/* Writes the name that was asked for and the new id into the open object. */
void show_created(struct ctl_request *r, const char *name, const struct outcome *outcome);

/* Sealed under the entry's id, which is made before the entry is. */
enum err secret_put(struct ctl_request *r, struct entry *entry, struct span plain);

#endif
