/* Attributes, from schema/attributes.def: one table for LDAP, SCIM, the indexes and the rules. */
#ifndef MODEL_ATTR_H
#define MODEL_ATTR_H

#include "base/span.h"

/* Our own arc: an OID made from a UUID (X.667) needs no registration. */
#define MUSTER_OID "2.25.188812074906314493208509080761783324564"

enum attr {
	ATTR_NONE = 0,
#define ATTRIBUTE(name, number, ldap, oid, scim, syntax, flags, index, kinds)                      \
	ATTR_##name = (number),
#include "attributes.def"
#undef ATTRIBUTE
	ATTR_LIMIT = 384 /* numbers stay below */
};

enum syntax {
	SYNTAX_TEXT,       /* UTF-8; caseIgnoreMatch; NFKC case folding, inner blanks squeezed */
	SYNTAX_EXACT,      /* UTF-8; caseExactMatch */
	SYNTAX_IA5,        /* ASCII; caseIgnoreIA5Match */
	SYNTAX_TEL,        /* telephoneNumberMatch: blanks and hyphens do not count */
	SYNTAX_BOOLEAN,    /* "TRUE", "FALSE" */
	SYNTAX_INTEGER,    /* decimal, canonical, 64 bits */
	SYNTAX_TIME,       /* GeneralizedTime, "YYYYMMDDHHMMSSZ" */
	SYNTAX_REFERENCE,  /* the 16 octets of an entry's id; a DN in LDAP, a string in SCIM */
	SYNTAX_UUID,       /* 36 characters, without case */
	SYNTAX_OID,        /* object class name, without case */
	SYNTAX_OCTETS,     /* compared octet by octet; SCIM shows Base64 */
	SYNTAX_DECIMAL,    /* canonical: "-12.5", no exponent; not in LDAP */
	SYNTAX_DN,         /* RFC 4514 text; distinguishedNameMatch */
	SYNTAX_DEFINITION, /* a definition of RFC 4512 section 4.1, compared by its OID */
	SYNTAX_CASED,      /* of no attribute: texts as caseExactMatch of RFC 4517 compares them */
};

enum attr_flag {
	ATTR_SINGLE = 1 << 0,
	ATTR_READ_ONLY = 1 << 1, /* no door writes it */
	ATTR_COMPUTED = 1 << 2,  /* made from the entry's header, its kind or its edges; never among
				    the values */
	ATTR_OPERATIONAL = 1 << 3, /* LDAP: only when asked for by name or "+" */
	ATTR_INTERNAL = 1 << 4,    /* no door shows it or filters on it */
	ATTR_WRITE_ONLY = 1 << 5,  /* accepted, never shown, never filtered on */
	ATTR_IMMUTABLE = 1 << 6,   /* keeps the value that it was first given */
	ATTR_NEEDED = 1 << 7,      /* every entry has it */
	ATTR_ALWAYS = 1 << 8,      /* SCIM: shown whatever was asked for */
	ATTR_ON_REQUEST = 1 << 9,  /* SCIM: shown only when asked for by name */
	/* Each source has one of its own, in the instance of its number; with ATTR_SINGLE, since
	 * nobody sees but one of them. */
	ATTR_PER_SOURCE = 1 << 10,
	ATTR_AD_NAME = 1 << 11, /* LDAP: there by the policy ldap.ad_names alone */
	ATTR_MADE = 1 << 12,    /* without a value of its own an entry may have one that the core
				   makes */
};

enum attr_index {
	INDEX_EQUALITY = 1 << 0,
	INDEX_PRESENCE = 1 << 1,
	INDEX_TRIGRAM = 1 << 2,
	INDEX_ORDERED = 1 << 3,
	INDEX_UNIQUE = 1 << 4,
};

struct attr_row {
	enum attr attr;   /* ATTR_NONE: a number that is not in use */
	const char *name; /* "USER_NAME" */
	const char *ldap; /* NULL: not in LDAP */
	const char *oid;
	const char *scim; /* NULL: not in SCIM */
	enum syntax syntax;
	unsigned flags; /* enum attr_flag */
	unsigned index; /* enum attr_index */
	uint32_t kinds; /* bit 1 << kind */
};

/* By the numbers of rows, and the row of each attribute. */
extern const struct attr_row attr_table[];
extern const uint16_t attr_places[ATTR_LIMIT];
/* Never NULL; the row of ATTR_NONE for an unknown number. O(1). */
static inline const struct attr_row *attr_row(enum attr attr)
{
	return &attr_table[(unsigned)attr < ATTR_LIMIT ? attr_places[attr] : 0];
}
/* By LDAP name or numeric OID, options (";lang-de") refused; ATTR_NONE when unknown or internal.
 * Constant time (hash). */
enum attr attr_by_ldap(struct span name);
/* By SCIM path for the kind, without case, with or without the schema URN in front: "userName",
 * "emails.value", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department". A
 * multi-valued complex attribute alone means its "value". `kind` decides which "displayName" is
 * meant: containers are named by it. ATTR_NONE when unknown or internal. */
enum attr attr_by_scim(unsigned kind, struct span path);
/* By the table's own word in lower case, "employee_number"; for mappings and the command line. */
enum attr attr_by_name(struct span name);
static inline bool attr_has(enum attr attr, unsigned flag)
{
	return (attr_row(attr)->flags & flag) != 0;
}
/* Do those that hold such a value show another entry's name over LDAP, and are they found by it?
 * Then they change when that entry is renamed or goes. */
static inline bool attr_shows_name(const struct attr_row *row)
{
	return row->syntax == SYNTAX_REFERENCE && row->ldap && (row->index & INDEX_EQUALITY) != 0;
}
/* The first attribute of the multi-valued complex SCIM attribute that this one is a part of
 * (ATTR_EMAIL for EMAIL_TYPE): those of one family share instance numbers. Else the attribute
 * itself. */
enum attr attr_family(enum attr attr);
/* Which one of its family says that an instance is the primary one; ATTR_NONE: none does. */
enum attr attr_primary(enum attr attr);
/* How errors spell it: the SCIM path, else the LDAP name, else the table's word. */
const char *attr_spelling(enum attr attr);
/* The n-th other name of LDAP ("commonName"), or NULL. */
const char *attr_ldap_alias(enum attr attr, size_t n);
bool attr_is_hidden(enum attr attr); /* internal or write-only: not shown, not filtered on */

/* All rows in number order, for the schema documents and tests: *count rows. */
const struct attr_row *attr_rows(size_t *count);

#endif
