/* Records as SCIM resources: JSON straight from the record in the map, no tree. */
#ifndef WIRE_SCIM_RESOURCE_H
#define WIRE_SCIM_RESOURCE_H

#include "model/record.h"
#include "wire/json.h"
#include "wire/scim_schema.h"

/* What a person's extension shows and the record does not hold; zeroed where it is not wanted. */
struct scim_beside {
	int64_t last_login; /* wall clock; 0: never */
	struct span scopes; /* an array as JSON; none: in no scope */
	/* Of "roles", behind those that the record holds: elements as JSON, joined by commas. */
	struct span roles;
	uint16_t source; /* whose externalId is shown: of who asks */
};

/* Begins the object and writes "schemas", "id" and all that the record holds and `select` wants,
 * and what is beside it; the caller adds memberships and "meta" and ends the object. */
void scim_begin_resource(struct json_writer *w, const struct scim_type *type,
	const struct record *record, const struct scim_select *select,
	const struct scim_beside *beside);
/* "meta"; `location` is the resource's whole URL. */
void scim_put_meta(struct json_writer *w, const struct scim_type *type, const struct record *record,
	const struct scim_select *select, struct span location);
/* The weak entity tag of a revision, W/"7"; returns its length. */
#define SCIM_TAG_MAX 32
size_t scim_tag(uint64_t revision, char out[SCIM_TAG_MAX]);
/* The extension's word for a container's kind: "directory", "role", "scope"; and the way back,
 * KIND_NONE for another word. */
const char *scim_group_type(enum kind kind);
enum kind scim_group_kind(struct span word);

#endif
