/* Where an entry stands in the LDAP tree: <RDN>,ou=<container>,o=<tenant>,<suffix>, the RDN being
 * <naming attribute>=<name> unless the entry has one of its own (ATTR_RDN). Pure functions. */
#ifndef MODEL_NAMING_H
#define MODEL_NAMING_H

#include "model/dn.h"
#include "model/record.h"

enum place {
	PLACE_OUTSIDE, /* not below the suffix */
	PLACE_ROOT,    /* "" */
	PLACE_SUFFIX,
	PLACE_TENANT,    /* o=<tenant>,<suffix> */
	PLACE_CONTAINER, /* ou=<container>,o=<tenant>,<suffix> */
	PLACE_ENTRY,
	PLACE_POINTER, /* an alias or referral, anywhere below the tenant */
	PLACE_NOWHERE, /* below the suffix, where nothing can be */
};

struct naming {
	struct span suffix; /* text as configured, "dc=muster,dc=internal" */
	struct dn dn;       /* parsed */
};

struct located {
	enum place place;
	struct span tenant; /* name as written, for PLACE_TENANT and below */
	enum kind kind;     /* for PLACE_CONTAINER and PLACE_ENTRY */
	struct dn rdn;      /* for PLACE_ENTRY; borrowed from the DN, like `below` */
	struct dn below;    /* all that stands before the tenant's RDN */
	size_t matched;     /* RDNs of the deepest ancestor that can exist, for matchedDN */
};

enum err naming_init(
	struct arena *arena, struct span suffix, struct naming *naming, struct why *why);
void naming_locate(const struct naming *naming, const struct dn *dn, struct located *located);
/* Writes the DN of an entry that has one; the tenant's name is escaped here. */
void naming_put_entry(struct buffer *out, const struct naming *naming, struct span tenant,
	const struct record *record);
void naming_put_container(
	struct buffer *out, const struct naming *naming, struct span tenant, enum kind kind);
void naming_put_tenant(struct buffer *out, const struct naming *naming, struct span tenant);

#endif
