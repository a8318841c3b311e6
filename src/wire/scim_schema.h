/* SCIM resource types as the attribute table spells them: names, sub-attributes, which schema each
 * belongs to, and paths to them (RFC 7644 section 3.10). Built once from schema/attributes.def;
 * what it gives lives for ever. Roles, scopes and groups are one resource type, Group. */
#ifndef WIRE_SCIM_SCHEMA_H
#define WIRE_SCIM_SCHEMA_H

#include "base/arena.h"
#include "base/err.h"
#include "model/attr.h"
#include "model/kind.h"

#define SCIM_URN_USER "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_URN_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_URN_ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define SCIM_URN_MUSTER_USER "urn:ietf:params:scim:schemas:extension:muster:2.0:User"
/* Okta's, for the roles and permissions that it may assign. */
#define SCIM_URN_ROLE "urn:okta:scim:schemas:core:1.0:Role"
#define SCIM_URN_ENTITLEMENT "urn:okta:scim:schemas:core:1.0:Entitlement"
#define SCIM_URN_TEST "urn:ietf:params:scim:schemas:test:2.0:TestResource"
#define SCIM_URN_TEST_MORE "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource"
#define SCIM_URN_MUSTER_GROUP "urn:ietf:params:scim:schemas:extension:muster:2.0:Group"

enum scim_schema { SCIM_CORE, SCIM_ENTERPRISE, SCIM_MUSTER, SCIM_TEST, SCIM_SCHEMA_COUNT };

/* What has no row in the attribute table, numbered behind it so that a selection holds both. */
enum scim_extra {
	SCIM_SCHEMAS = ATTR_LIMIT - 8,
	SCIM_META,
	SCIM_ENTITLEMENTS, /* returned on request only */
	SCIM_GROUP_TYPE,
	SCIM_LAST_LOGIN,
	SCIM_SCOPES,
};

struct scim_part {
	const char *name; /* "familyName" */
	enum attr attr;
};

#define SCIM_PARTS_MAX 10

struct scim_attribute {
	const char *name; /* "name" */
	enum scim_schema schema;
	bool complex, multi, read_only;
	bool needed;      /* RFC 7643 section 7, "required" */
	enum attr attr;   /* of a simple one; of a complex one its "value", or ATTR_NONE */
	unsigned special; /* ATTR_ID, ATTR_MEMBER, ATTR_MEMBER_OF or enum scim_extra; 0: stored */
	struct scim_part parts[SCIM_PARTS_MAX];
	size_t count;
};

#define SCIM_ATTRIBUTES_MAX 48

/* The parts of what refers to another resource. */
enum scim_reference_part {
	SCIM_REFERENCE_VALUE = 1 << 0,
	SCIM_REFERENCE_DISPLAY = 1 << 1,
	SCIM_REFERENCE_REF = 1 << 2,
	SCIM_REFERENCE_TYPE = 1 << 3,
	SCIM_REFERENCE_KIND = 1 << 4,
	SCIM_REFERENCE_WHOLE = (1 << 5) - 1,
};

/* Which attributes a client wants to see. */
struct scim_select {
	uint64_t bits[ATTR_LIMIT / 64];
	uint8_t members, groups, scopes; /* enum scim_reference_part of each */
};

struct scim_type {
	enum kind kind;   /* KIND_GROUP stands for all containers */
	uint32_t kinds;   /* bits 1 << kind */
	const char *name; /* "User" */
	const char *endpoint;
	const char *urns[SCIM_SCHEMA_COUNT]; /* NULL: the type has no such extension */
	struct scim_attribute attributes[SCIM_ATTRIBUTES_MAX];
	size_t count;
	struct scim_select always, on_request; /* RFC 7643 section 7, "returned" */
};

/* Of a kind that SCIM shows. */
const struct scim_type *scim_type_of(enum kind kind);
/* "Users"; NULL when no type is reached there. */
const struct scim_type *scim_type_at(struct span endpoint);

struct scim_path {
	const struct scim_attribute *attribute; /* NULL: a whole schema */
	const struct scim_part *part;           /* NULL: the whole attribute */
	enum scim_schema schema;
};

/* "emails", "name.familyName", a schema's URN, or either behind one; names without case. False when
 * the type has no such attribute. */
bool scim_path_find(const struct scim_type *type, struct span text, struct scim_path *path);
/* A name inside one schema, with or without a part. */
bool scim_name_find(const struct scim_type *type, enum scim_schema schema, bool any_schema,
	struct span name, struct scim_path *path);
/* The attribute itself or one of its parts. */
bool scim_attribute_has(const struct scim_attribute *attribute, enum attr attr);
const struct scim_part *scim_part_find(const struct scim_attribute *attribute, struct span name);
/* Which schema of the type has this URN; false when none. */
bool scim_schema_find(const struct scim_type *type, struct span urn, enum scim_schema *schema);

/* RFC 7644 section 3.4.2.5: either list of paths, comma separated, or empty. Unknown names are
 * passed over. ERR_VALUE when both are given or more than 100 names. */
enum err scim_select_parse(const struct scim_type *type, struct span attributes,
	struct span excluded, struct scim_select *select, struct why *why);

static inline bool scim_selected(const struct scim_select *select, unsigned attr)
{
	return (select->bits[attr / 64] >> (attr % 64) & 1) != 0;
}

#endif
