/* Active Directory's binary identities. An anchor is kept in the order of RFC 9562, so that it is
 * printed everywhere as Windows prints an objectGUID; stored octets differ in their first three
 * fields (MS-DTYP section 2.3.4.2). */
#ifndef IN_UPSTREAM_GUID_H
#define IN_UPSTREAM_GUID_H

#include "base/arena.h"
#include "base/uuid.h"

#define SID_OCTETS_MIN 12 /* with the one sub-authority that a RID needs */
#define SID_OCTETS_MAX 68 /* 15 sub-authorities */

/* An objectGUID as the directory stores it, 16 octets. */
bool guid_read(struct span stored, struct uuid *anchor);
void guid_store(const struct uuid *anchor, uint8_t stored[16]);
/* "<GUID=...>", a name that finds the object wherever it is. */
char *guid_name(struct arena *arena, const struct uuid *anchor);

/* What LDAP_SERVER_EXTENDED_DN_OID (MS-ADTS section 3.1.1.3.4.1.5, flag 0) makes of a DN:
 * "<GUID=hex>;<SID=hex>;CN=...". A plain DN is one without an anchor. */
struct extended_dn {
	struct uuid anchor; /* nil: none */
	struct span dn;     /* borrowed */
};
bool extended_dn_read(struct span text, struct extended_dn *name);

/* The security identifier of the group that is primary to the account `sid`: the same domain,
 * another last sub-authority (MS-DTYP section 2.4.2.2). `group` has room for SID_OCTETS_MAX. */
bool sid_with_rid(struct span sid, struct span rid, uint8_t *group, struct span *made);

#endif
