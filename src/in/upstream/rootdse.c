#include "in/upstream/rootdse.h"

#include "base/clock.h"
#include "in/upstream/lookup.h"
#include "in/upstream/upstream.h"

#define OID_ACTIVE_DIRECTORY "1.2.840.113556.1.4.800"

static void take(struct upstream *up, struct span type, struct span value)
{
	struct rootdse *root = &up->root;

	if (root->count == ROOTDSE_VALUES_MAX || value.len > 1024)
		return;
	root->values[root->count].type = arena_copy(up->life, type);
	root->values[root->count++].value = arena_copy(up->life, value);
}

/* Only Active Directory tells the time in its root entry; others do in their monitor, if it may be
 * read. */
static void read_clock(struct upstream *up)
{
	struct span monitor = rootdse_first(&up->root, "monitorContext");
	bool is_389 = rootdse_is_389(&up->root);
	char *attribute = is_389 ? "currentTime" : "monitorTimestamp";
	char *attributes[] = { attribute, NULL };
	struct lookup lookup = { .scope = LDAP_SCOPE_BASE, .attributes = attributes };

	if (rootdse_first(&up->root, "currentTime").len > 0 || (!is_389 && monitor.len == 0))
		return;
	lookup.base =
		is_389 ? "cn=monitor"
		       : arena_printf(up->arena, "cn=Current,cn=Time,%.*s", SPAN_ARGS(monitor));
	up->root.asked = clock_wall();
	if (lookup_run(up, &lookup) == LDAP_SUCCESS && lookup_first(up, &lookup))
		take(up, SPAN("currentTime"), lookup_value(up, &lookup, attribute));
	lookup_end(&lookup);
}

void rootdse_read(struct upstream *up)
{
	static char *attributes[] = { "*", "+", "firstChangeNumber", "lastChangeNumber",
		"changeLog", NULL };
	struct lookup lookup = { .base = "", .scope = LDAP_SCOPE_BASE, .attributes = attributes };

	up->root.count = 0;
	up->root.asked = clock_wall();
	int code = lookup_run(up, &lookup);
	if (code == LDAP_SUCCESS && lookup_first(up, &lookup))
		lookup_values(up, &lookup, take);
	lookup_end(&lookup);
	if (up->root.count > 0)
		read_clock(up);
	else
		upstream_fail(up,
			code == LDAP_BUSY || code == LDAP_UNAVAILABLE ? FAILURE_BUSY
								      : FAILURE_CONFIG,
			"the server does not show its root entry: %s", ldap_err2string(code));
}

bool rootdse_has(const struct rootdse *root, const char *type, const char *value)
{
	for (size_t i = 0; i < root->count; i++)
		if (span_equal_nocase(root->values[i].type, span_str(type)) &&
			span_equal_nocase(root->values[i].value, span_str(value)))
			return true;
	return false;
}

struct span rootdse_first(const struct rootdse *root, const char *type)
{
	for (size_t i = 0; i < root->count; i++)
		if (span_equal_nocase(root->values[i].type, span_str(type)))
			return root->values[i].value;
	return SPAN_NONE;
}

bool rootdse_is_389(const struct rootdse *root)
{
	return span_starts_nocase(rootdse_first(root, "vendorVersion"), SPAN("389-")) ||
	       span_starts_nocase(rootdse_first(root, "vendorName"), SPAN("389 "));
}

bool rootdse_is_openldap(const struct rootdse *root)
{
	return rootdse_has(root, "objectClass", "OpenLDAProotDSE");
}

bool rootdse_is_ad(const struct rootdse *root)
{
	return rootdse_has(root, "supportedCapabilities", OID_ACTIVE_DIRECTORY);
}

struct span rootdse_vendor(const struct rootdse *root)
{
	struct span name = rootdse_first(root, "vendorName");

	if (name.len > 0)
		return name;
	if (rootdse_is_openldap(root))
		return SPAN("OpenLDAP");
	return rootdse_is_ad(root) ? SPAN("Active Directory") : SPAN_NONE;
}

struct span rootdse_features(const struct rootdse *root, struct arena *arena)
{
	static const struct {
		const char *type, *value, *word;
	} features[] = {
		{ "supportedControl", LDAP_CONTROL_SYNC, "syncrepl" },
		{ "supportedControl", LDAP_CONTROL_X_DIRSYNC, "dirsync" },
		{ "supportedControl", LDAP_CONTROL_PAGEDRESULTS, "paged" },
		{ "supportedControl", "1.2.840.113556.1.4.417", "show-deleted" },
		{ "supportedControl", LDAP_CONTROL_X_EXTENDED_DN, "extended-dn" },
		{ "supportedControl", LDAP_CONTROL_PASSWORDPOLICYREQUEST, "ppolicy" },
		{ "supportedExtension", LDAP_EXOP_START_TLS, "starttls" },
		{ "supportedExtension", LDAP_EXOP_WHO_AM_I, "whoami" },
		{ "supportedCapabilities", OID_ACTIVE_DIRECTORY, "active-directory" },
	};
	const char *words = "";

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (rootdse_has(root, features[i].type, features[i].value))
			words = arena_printf(
				arena, "%s%s%s", words, *words ? " " : "", features[i].word);
	return span_str(words);
}

int64_t rootdse_clock(const struct rootdse *root)
{
	int64_t wall;

	return time_parse_generalized(rootdse_first(root, "currentTime"), &wall) ? wall : 0;
}
