#include "model/attr.h"

#include "model/kind.h"

#include <pthread.h>

/* The letters of schema/attributes.def. */
#define S ATTR_SINGLE
#define R ATTR_READ_ONLY
#define C ATTR_COMPUTED
#define O ATTR_OPERATIONAL
#define I ATTR_INTERNAL
#define W ATTR_WRITE_ONLY
#define M ATTR_IMMUTABLE
#define N ATTR_NEEDED
#define A ATTR_ALWAYS
#define Q ATTR_ON_REQUEST
#define X ATTR_PER_SOURCE
#define G ATTR_AD_NAME
#define B ATTR_MADE
#define E INDEX_EQUALITY
#define P INDEX_PRESENCE
#define T INDEX_TRIGRAM
#define D INDEX_ORDERED
#define U INDEX_UNIQUE
#define USERS (1u << KIND_USER)
#define ROLES (1u << KIND_ROLE)
#define CONTAINERS (ROLES | 1u << KIND_SCOPE | 1u << KIND_GROUP)
#define TENANTS (1u << KIND_TENANT)
#define CLIENTS (1u << KIND_CLIENT)
#define DIRECTORIES (1u << KIND_DIRECTORY)
#define WEBHOOKS (1u << KIND_WEBHOOK)
#define PLANS (1u << KIND_PLAN)
#define SCOPES (1u << KIND_SCOPE)
#define SETTINGS (1u << KIND_SETTINGS)
#define PERMISSIONS (1u << KIND_PERMISSION)
#define TOMBSTONES (1u << KIND_TOMBSTONE)
#define JOBS (1u << KIND_JOB)
#define CONFLICTS (1u << KIND_CONFLICT)
#define HELDS (1u << KIND_HELD)
#define TESTS (1u << KIND_TEST)
#define POINTERS (1u << KIND_POINTER)
#define ALL ((1u << KIND_COUNT) - 2)
#define NAMED (ALL & ~TESTS)

enum {
	ROW_NONE,
#define ATTRIBUTE(name, number, ldap, oid, scim, syntax, flags, index, kinds) ROW_##name,
#include "attributes.def"
#undef ATTRIBUTE
	ROW_COUNT
};

const struct attr_row attr_table[ROW_COUNT] = {
	{ ATTR_NONE, "NONE", NULL, NULL, NULL, SYNTAX_TEXT, ATTR_INTERNAL, 0, 0 },
#define ATTRIBUTE(name, number, ldap, oid, scim, syntax, flags, index, kinds)                      \
	{ ATTR_##name, #name, ldap, oid, scim, SYNTAX_##syntax, flags, index, kinds },
#include "attributes.def"
#undef ATTRIBUTE
};

const uint16_t attr_places[ATTR_LIMIT] = {
#define ATTRIBUTE(name, number, ldap, oid, scim, syntax, flags, index, kinds) [number] = ROW_##name,
#include "attributes.def"
#undef ATTRIBUTE
};

static const uint16_t family_of[ATTR_LIMIT] = {
#define LDAP_ALIAS(name, attribute)
#define SCIM_ALIAS(path, attribute, kinds)
#define FAMILY(first, last) [ATTR_##first... ATTR_##last] = ATTR_##first,
#include "aliases.def"
#undef LDAP_ALIAS
#undef FAMILY
};

struct ldap_alias {
	const char *name;
	enum attr attr;
};

static const struct ldap_alias ldap_aliases[] = {
#define LDAP_ALIAS(name, attribute) { name, ATTR_##attribute },
#define FAMILY(first, last)
#include "aliases.def"
#undef LDAP_ALIAS
#undef SCIM_ALIAS
};

struct scim_alias {
	const char *path;
	enum attr attr;
	uint32_t kinds;
};

static const struct scim_alias scim_aliases[] = {
#define LDAP_ALIAS(name, attribute)
#define SCIM_ALIAS(path, attribute, kinds) { path, ATTR_##attribute, kinds },
#include "aliases.def"
#undef LDAP_ALIAS
#undef SCIM_ALIAS
#undef FAMILY
};

/* Which schema a SCIM path belongs to; a path without URN may mean any. */
enum urn { URN_ANY, URN_USER, URN_GROUP, URN_ENTERPRISE, URN_MUSTER, URN_TEST, URN_TEST_MORE };

struct urn_row {
	const char *urn;   /* in front of a path, with the colon */
	const char *brief; /* in attributes.def, or NULL */
	enum urn number;
	uint32_t kinds;
};

static const struct urn_row urns[] = {
	{ "urn:ietf:params:scim:schemas:core:2.0:User:", NULL, URN_USER, USERS },
	{ "urn:ietf:params:scim:schemas:core:2.0:Group:", NULL, URN_GROUP, CONTAINERS },
	{ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "enterprise:",
		URN_ENTERPRISE, USERS },
	{ "urn:ietf:params:scim:schemas:extension:muster:2.0:User:", "muster:", URN_MUSTER, USERS },
	{ "urn:ietf:params:scim:schemas:test:2.0:TestResource:", NULL, URN_TEST, TESTS },
	{ "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource:", "test:", URN_TEST_MORE,
		TESTS },
};

/* Open addressing, never more than half full; a name may stand for several kinds. */
#define SLOTS 1024
struct slot {
	struct span name;
	enum attr attr;
	enum urn urn;
	uint32_t kinds;
};

static struct slot by_ldap[SLOTS], by_scim[SLOTS], by_name[SLOTS];
static pthread_once_t built = PTHREAD_ONCE_INIT;

static unsigned slot_first(struct span name)
{
	uint32_t hash = 2166136261u; /* FNV-1a over lower-case octets */

	for (size_t i = 0; i < name.len; i++) {
		uint8_t octet = name.data[i];
		if (octet >= 'A' && octet <= 'Z')
			octet |= 0x20;
		hash = (hash ^ octet) * 16777619u;
	}
	return (hash ^ hash >> 16) % SLOTS;
}

static void slot_put(
	struct slot *slots, struct span name, enum attr attr, enum urn urn, uint32_t kinds)
{
	unsigned i = slot_first(name);

	while (slots[i].attr != ATTR_NONE)
		i = (i + 1) % SLOTS;
	slots[i] = (struct slot){ name, attr, urn, kinds };
}

static enum attr slot_find(const struct slot *slots, struct span name, enum urn urn, uint32_t kinds)
{
	for (unsigned i = slot_first(name); slots[i].attr != ATTR_NONE; i = (i + 1) % SLOTS) {
		const struct slot *slot = &slots[i];
		if ((slot->kinds & kinds) != 0 && (urn == URN_ANY || slot->urn == urn) &&
			span_equal_nocase(slot->name, name))
			return slot->attr;
	}
	return ATTR_NONE;
}

static void put_scim_path(const char *text, enum attr attr, uint32_t kinds)
{
	static const char value[] = ".value";
	struct span path = span_str(text);
	enum urn urn = (kinds & USERS) != 0   ? URN_USER
		       : (kinds & TESTS) != 0 ? URN_TEST
					      : URN_GROUP;

	for (size_t i = 0; i < sizeof urns / sizeof *urns; i++) {
		struct span brief = span_str(urns[i].brief);
		if (brief.len == 0 || !span_starts(path, brief))
			continue;
		path = span_from(path, brief.len);
		urn = urns[i].number;
	}
	slot_put(by_scim, path, attr, urn, kinds);
	if (path.len > sizeof value - 1 &&
		memcmp(path.data + path.len - (sizeof value - 1), value, sizeof value - 1) == 0) {
		path.len -= sizeof value - 1;
		slot_put(by_scim, path, attr, urn, kinds);
	}
}

/* Paths that several resource types share are entered once for each, since their URNs differ. */
static void put_scim(const char *path, enum attr attr, uint32_t kinds)
{
	const uint32_t types[] = { USERS, TESTS, ~(USERS | TESTS) };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if ((kinds & types[i]) != 0)
			put_scim_path(path, attr, kinds & types[i]);
	}
}

static void put_row(const struct attr_row *row)
{
	uint32_t kinds = row->kinds;

	slot_put(by_name, span_str(row->name), row->attr, URN_ANY, ALL);
	if ((row->flags & ATTR_INTERNAL) != 0)
		return;
	if (row->ldap != NULL)
		slot_put(by_ldap, span_str(row->ldap), row->attr, URN_ANY, ALL);
	if (row->oid != NULL)
		slot_put(by_ldap, span_str(row->oid), row->attr, URN_ANY, ALL);
	for (size_t i = 0; i < sizeof scim_aliases / sizeof *scim_aliases; i++) {
		if (scim_aliases[i].attr == row->attr)
			kinds &= ~scim_aliases[i].kinds;
	}
	if (row->scim != NULL)
		put_scim(row->scim, row->attr, kinds);
}

static void build(void)
{
	for (size_t i = ROW_NONE + 1; i < ROW_COUNT; i++)
		put_row(&attr_table[i]);
	for (size_t i = 0; i < sizeof ldap_aliases / sizeof *ldap_aliases; i++)
		slot_put(by_ldap, span_str(ldap_aliases[i].name), ldap_aliases[i].attr, URN_ANY,
			ALL);
	for (size_t i = 0; i < sizeof scim_aliases / sizeof *scim_aliases; i++)
		if (scim_aliases[i].path != NULL)
			put_scim(scim_aliases[i].path, scim_aliases[i].attr, scim_aliases[i].kinds);
}

const struct attr_row *attr_rows(size_t *count)
{
	*count = ROW_COUNT - 1;
	return attr_table + 1;
}

enum attr attr_by_ldap(struct span name)
{
	pthread_once(&built, build);
	return slot_find(by_ldap, name, URN_ANY, ALL);
}

enum attr attr_by_scim(unsigned kind, struct span path)
{
	enum urn urn = URN_ANY;

	if (kind >= KIND_COUNT)
		return ATTR_NONE;
	pthread_once(&built, build);
	for (size_t i = 0; i < sizeof urns / sizeof *urns; i++) {
		struct span prefix = span_str(urns[i].urn);
		if (!span_starts_nocase(path, prefix))
			continue;
		if ((urns[i].kinds & 1u << kind) == 0)
			return ATTR_NONE;
		path = span_from(path, prefix.len);
		urn = urns[i].number;
		break;
	}
	return slot_find(by_scim, path, urn, 1u << kind);
}

enum attr attr_by_name(struct span name)
{
	pthread_once(&built, build);
	return slot_find(by_name, name, URN_ANY, ALL);
}

enum attr attr_family(enum attr attr)
{
	enum attr first = (unsigned)attr < ATTR_LIMIT ? family_of[attr] : ATTR_NONE;
	return first != ATTR_NONE ? first : attr;
}

enum attr attr_primary(enum attr attr)
{
	enum attr first = attr_family(attr);

	for (enum attr part = first; attr_family(part) == first && part < ATTR_LIMIT; part++) {
		struct span path = span_str(attr_row(part)->scim);
		size_t dot = span_find(path, '.');
		if (span_equal(span_from(path, dot), SPAN(".primary")))
			return part;
	}
	return ATTR_NONE;
}

const char *attr_spelling(enum attr attr)
{
	const struct attr_row *row = attr_row(attr);
	return row->scim ? row->scim : row->ldap ? row->ldap : row->name;
}

const char *attr_ldap_alias(enum attr attr, size_t n)
{
	for (size_t i = 0; i < sizeof ldap_aliases / sizeof *ldap_aliases; i++)
		if (ldap_aliases[i].attr == attr && n-- == 0)
			return ldap_aliases[i].name;
	return NULL;
}

bool attr_is_hidden(enum attr attr)
{
	return attr_has(attr, ATTR_INTERNAL | ATTR_WRITE_ONLY);
}
