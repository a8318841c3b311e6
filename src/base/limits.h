/* Every size that a peer chooses has its limit here, checked before memory is taken. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB 1024
#define MIB (1024 * 1024)

#define LIMIT_LDAP_PDU_BEFORE_BIND (256 * KIB)
#define LIMIT_LDAP_PDU (4 * MIB)
#define LIMIT_LDAP_OUTPUT (1 * MIB) /* per connection; a slow reader waits here */
#define LIMIT_LDAP_ATTRIBUTES 1000  /* requested in one search */
#define LIMIT_LDAP_CONTROLS 32
#define LIMIT_LDAP_CHANGES 1000 /* modifications in one request, attributes of one add */
#define LIMIT_LDAP_VALUES 50000 /* of all of them */
#define LIMIT_LDAP_SORT_KEYS 10
#define LIMIT_LDAP_DEREF 8                /* attributes dereferenced in one search */
#define LIMIT_LDAP_SASL (8 * KIB)         /* credentials of one step */
#define LIMIT_LDAP_SORT_OCTETS (16 * MIB) /* of what one sorted search keeps: keys and numbers */
#define LIMIT_LDAP_SORT_BIG_OCTETS (256 * KIB) /* a sorted search with more is a big one */
#define LIMIT_LDAP_SORTS_BIG 8                 /* big ones of a loop at once */
#define LIMIT_LDAP_PDU_SECONDS 10     /* from the first octet of a message or of a handshake */
#define LIMIT_LDAP_UNBOUND_SECONDS 30 /* from connecting to the first bind */
#define LIMIT_LDAP_WRITE_SECONDS 30   /* without an octet leaving */
#define LIMIT_LDAP_PERSISTENT 1024 /* searches of all connections that are asked to persist */
#define LIMIT_LDAP_PERSISTENT_CONNECTION 16
/* Behind which a consumer's cookie may be for the journal to be read instead of the content. */
#define LIMIT_SYNC_CHANGES 100000
#define LIMIT_FILTER_DEPTH 32
#define LIMIT_FILTER_NODES 256
#define LIMIT_FILTER_LEAVES 2048 /* comparisons that the terms of an LDAP filter become */
#define LIMIT_SCIM_FILTER_NODES 200
#define LIMIT_SCIM_FILTER_TEXT 10000
#define LIMIT_SCIM_BODY (1 * MIB)
#define LIMIT_SCIM_BULK (4 * MIB)
#define LIMIT_SCIM_BULK_OPERATIONS 1000
#define LIMIT_SCIM_BULK_TREE (32 * MIB) /* of the JSON values of one Bulk, in memory */
#define LIMIT_SCIM_DRY_COMMANDS 20000   /* run for one dry run, those run again included */
#define LIMIT_HTTP_HEAD (32 * KIB)
#define LIMIT_HTTP_CONNECTIONS 4096
#define LIMIT_RATE 100000 /* requests a second that a client may be allowed */
#define LIMIT_HTTP_CONNECTIONS_PER_ADDRESS 512
#define LIMIT_JSON_DEPTH 32
#define LIMIT_JSON_NODES 50000
#define LIMIT_DN_OCTETS 4096
#define LIMIT_DN_RDNS 64
#define LIMIT_REASON_OCTETS 512   /* of why something was done */
#define LIMIT_VALUE_OCTETS 4096   /* of one attribute value */
#define LIMIT_NAME_CODEPOINTS 256 /* userName, cn and other names */
#define LIMIT_EMAIL_OCTETS 320
#define LIMIT_VALUES_PER_ENTRY 1024
#define LIMIT_ROLE_CLAIMS 200       /* of one person */
#define LIMIT_HELD 10000            /* changes of a tenant that wait for an administrator */
#define LIMIT_GRANTS 256            /* approved of a directory */
#define LIMIT_CONFLICTS 10000       /* of a tenant */
#define LIMIT_CONFLICTS_SUBJECT 100 /* about one person */
#define LIMIT_LOGO_OCTETS (128 * KIB)
#define LIMIT_FEATURES 200 /* flags of one tenant */
#define LIMIT_RECORD_OCTETS (256 * KIB)
#define LIMIT_CHANGE_EFFECTS 500
#define LIMIT_CHANGE_OCTETS (1 * MIB)
#define LIMIT_PREVIEW_COMMANDS 10000
#define LIMIT_ONCE_KEY 128          /* octets of an idempotency key */
#define LIMIT_ONCE_PER_ACTOR 100000 /* idempotency keys remembered at once */
#define LIMIT_JOB_ROWS 100000
#define LIMIT_JOBS_OPEN 100 /* of a tenant: planned or running */
#define LIMIT_IMPORT_OCTETS (16 * MIB) /* the most that imports.max_bytes may say */
#define LIMIT_IMPORTS_OPEN 10          /* of a tenant: planned or running */
#define LIMIT_CSV_CELL (64 * KIB)
#define LIMIT_CSV_CELLS 64 /* of one record */
#define LIMIT_PATCH_OPERATIONS 1000
#define LIMIT_SCIM_STEPS 2000000 /* values compared for one SCIM change; see scim_spend */
#define LIMIT_NESTING 16         /* groups in groups */
#define LIMIT_TREE_DEPTH 64      /* parent users above a person */
#define LIMIT_PAGE 1000          /* entries in one SCIM or LDAP page */
/* Entries looked at for a page in an order that has no index. */
#define LIMIT_SORT_EXAMINED 250000
#define LIMIT_SORTED_INDEX 10000      /* of startIndex in a sorted list */
#define LIMIT_SINCE_EXAMINED 20000    /* changes and their effects, for one page of since= */
#define LIMIT_HASH_QUEUE 64           /* waiting password verifications, all tenants */
#define LIMIT_DENIALS 2048            /* refused attempts in memory, all tenants */
#define LIMIT_DENIALS_TENANT 64       /* of one tenant in a minute */
#define LIMIT_DENIAL_OCTETS (8 * KIB) /* of what was attempted */
#define LIMIT_ACTIVITIES 32768        /* rows of sign-in activity in memory, all tenants */
#define LIMIT_THROTTLE 32768          /* places where sign-ins failed or succeeded, in memory */
#define LIMIT_LOGIN_DELAYED 1024      /* refusals that wait to be answered */
#define LIMIT_LOGIN_MARKS 8192        /* people whose grace sign-ins or codes are in memory */
#define LIMIT_ACTIVITY_FAILURES 1000  /* rows of a tenant in ten minutes that tell an address */
/* Rows of the provisioning log: waiting to be written, of all tenants and of one; kept of one. */
#define LIMIT_PROVISION_WAITING (32 * MIB)
#define LIMIT_PROVISION_WAITING_TENANT (8 * MIB)
#define LIMIT_PROVISION_ROWS 1000000
#define LIMIT_PROVISION_OCTETS (512 * MIB)
#define LIMIT_PROVISION_BODY (64 * KIB) /* of one row */
#define LIMIT_PROVISION_PATH (4 * KIB)
#define LIMIT_PROVISION_READS 4096       /* connections and kinds of reads, counted for a minute */
#define LIMIT_ANCHOR_WAITING (256 * KIB) /* lines that the anchor file did not take */
#define LIMIT_SYNC_PDU (8 * MIB)
#define LIMIT_SYNC_ENTRIES 500000
#define LIMIT_SYNC_OCTETS (INT64_C(2048) * MIB)
#define LIMIT_CTL_LINE (4 * MIB)

#define LIMIT_EXPLAINED 100          /* roles, and scopes, in one explanation */
#define LIMIT_HOLDERS_EXAMINED 20000 /* people, in one call that asks who can */
#define LIMIT_PAST_CHANGES 100000    /* undone to answer for a past moment */
#define LIMIT_PAST_OCTETS (INT64_C(128) * MIB)

#endif
