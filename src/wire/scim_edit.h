/* Changing an entry by SCIM values: what creating, replacing and patching have in common. The entry
 * is a working copy; values become canonical here. */
#ifndef WIRE_SCIM_EDIT_H
#define WIRE_SCIM_EDIT_H

#include "model/patch.h"
#include "model/profile.h"
#include "wire/json.h"
#include "wire/scim_schema.h"

struct scim_member {
	struct uuid id;
	bool remove;
};

/* An entry under SCIM's hands, and what a door must do besides. */
struct scim_edit {
	struct arena *arena;
	const struct scim_type *type;
	struct entry *entry; /* without a password: that is not for the entry until hashed */
	uint16_t source;
	enum no_target no_target; /* what a value path does that finds nothing */
	struct span password;     /* clear, in the request's memory; data NULL: none was given */
	enum kind group_type;     /* of a Group; KIND_NONE: not said */
	bool says_active;         /* "active" was given, whatever it was before */
	bool members_replaced; /* the members become those of the list, else the list is a delta */
	struct scim_member *members;
	size_t member_count, member_capacity;
	uint64_t steps;          /* see scim_spend */
	struct scim_select said; /* what the client gave a value */
	struct why *why;
};

/* Counts work that grows as what is sent times what the entry holds, a comparison of two values as
 * one step; ERR_TOO_LARGE beyond LIMIT_SCIM_STEPS, which are less than a second. */
enum err scim_spend(struct scim_edit *edit, const char *name, uint64_t steps);
/* The value as the attribute stores it, canonical; ERR_VALUE names the attribute. */
enum err scim_octets(
	struct scim_edit *edit, enum attr attr, const struct json *value, struct span *octets);
/* The literal true or, as Entra writes it, "True"; NULL is not. */
bool scim_is_true(const struct json *value);
/* A number alone, for an INTEGER or DECIMAL attribute. */
enum err scim_number_octets(struct arena *arena, enum attr attr, const struct json *value,
	struct span *octets, struct why *why);
/* Sets the attribute, or one part of a single complex one, to the JSON value; null, "" and []
 * remove. A multi-valued attribute gets the values in place of all it has. */
enum err scim_set(struct scim_edit *edit, const struct scim_path *path, const struct json *value);
/* Adds values to a multi-valued attribute: an array, or one of them. */
enum err scim_add(
	struct scim_edit *edit, const struct scim_attribute *attribute, const struct json *value);
void scim_remove(struct scim_edit *edit, const struct scim_path *path);
/* One instance of a multi-valued complex attribute. */
enum err scim_set_part(struct scim_edit *edit, const struct scim_attribute *attribute,
	const struct scim_part *part, uint16_t instance, const struct json *value);
enum err scim_merge_instance(struct scim_edit *edit, const struct scim_attribute *attribute,
	uint16_t instance, const struct json *object);
void scim_remove_instance(
	struct scim_edit *edit, const struct scim_attribute *attribute, uint16_t instance);
/* An array of { "value": id } or of ids, or one of them; the later mention of an id counts. */
enum err scim_take_members(struct scim_edit *edit, const struct json *value, bool remove);
void scim_clear_members(struct scim_edit *edit);
/* What every resource of the type has: a User a userName, a Group a displayName. */
enum err scim_check_required(const struct scim_edit *edit, enum err missing);

/* A whole resource, for POST and PUT: `edit->entry` is empty and takes the values. Read-only and
 * unknown attributes are passed over, an unknown schema is ERR_VALUE. */
enum err scim_take_body(struct scim_edit *edit, const struct json *body);
/* RFC 7644 section 3.5.2: applies the operations to edit->entry in their order; all or nothing is
 * the caller's, who throws the copy away. */
enum err scim_patch(struct scim_edit *edit, const struct json *body);

/* The modifications that lead from `before` to `after`, values that stay left alone. Only what SCIM
 * can write is looked at. */
struct modification *scim_difference(struct arena *arena, const struct scim_type *type,
	const struct entry *before, const struct entry *after, uint16_t source, size_t *count);

#endif
