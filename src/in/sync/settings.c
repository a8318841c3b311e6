#include "in/sync/settings.h"

#include "base/codec.h"
#include "base/hash.h"
#include "in/sync/bounds.h"
#include "model/dn.h"

static const struct {
	enum attr attr;
	const char *theirs;
} default_maps[] = {
	{ ATTR_USER_NAME, "uid" },
	{ ATTR_COMMON_NAME, "cn" },
	{ ATTR_FAMILY_NAME, "sn" },
	{ ATTR_GIVEN_NAME, "givenName" },
	{ ATTR_DISPLAY_NAME, "displayName" },
	{ ATTR_EMAIL, "mail" },
	{ ATTR_PHONE, "telephoneNumber" },
	{ ATTR_TITLE, "title" },
	{ ATTR_EMPLOYEE_NUMBER, "employeeNumber" },
	{ ATTR_DEPARTMENT, "departmentNumber" },
	{ ATTR_DEPARTMENT, "ou" },
	{ ATTR_OFFICE, "physicalDeliveryOfficeName" },
	{ ATTR_USER_TYPE, "employeeType" },
	{ ATTR_PASSWORD, "userPassword" },
};

static const char *const default_rules[] = {
	"pwdAccountLockedTime=000001010000Z",
	"shadowExpire<today",
};

#define DEFAULT_USER_FILTER "(objectClass=inetOrgPerson)"
#define DEFAULT_GROUP_FILTER "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"

/* An attribute description without options, or a dotted OID: what may stand in a request. */
static bool is_attribute_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    c == '-' || c == '.'))
			return false;
	}
	return name.len > 0 && name.len <= 128;
}

/* Never what rights, links or the state of the entry hang on. */
static bool may_map(enum attr attr)
{
	const struct attr_row *row = attr_row(attr);

	return attr != ATTR_NONE && (row->kinds >> KIND_USER & 1) != 0 && attr != ATTR_ACTIVE &&
	       !attr_has(attr, ATTR_READ_ONLY | ATTR_COMPUTED | ATTR_INTERNAL) &&
	       row->syntax != SYNTAX_REFERENCE;
}

static enum err add_map(
	struct settings *settings, enum attr attr, struct span theirs, struct why *why)
{
	if (settings->map_count == ORDER_MAPS_MAX)
		return fail(why, ERR_TOO_MANY, "mapping", "more than %d rows", ORDER_MAPS_MAX);
	settings->maps[settings->map_count++] = (struct map_row){ theirs, attr };
	settings->mapped[attr] = true;
	return OK;
}

static enum err read_maps(const struct entry *entry, struct settings *settings, struct why *why)
{
	bool named[ATTR_LIMIT] = { false };
	enum err err = OK;

	for (size_t i = 0; !err && i < entry_value_count(entry, ATTR_MAPPING); i++) {
		struct span theirs = entry_value(entry, ATTR_MAPPING, i)->octets;
		struct span ours = span_trim(span_cut(&theirs, '='));
		enum attr attr = attr_by_name(ours);
		theirs = span_trim(theirs);
		if (attr == ATTR_NONE)
			attr = attr_by_ldap(ours);
		if (!may_map(attr))
			return fail(why, ERR_VALUE, "mapping",
				"\"%.*s\" is no attribute that a directory gives", SPAN_ARGS(ours));
		named[attr] = true;
		if (theirs.len == 0)
			continue;
		if (!is_attribute_name(theirs))
			return fail(why, ERR_VALUE, "mapping", "\"%.*s\" is no attribute name",
				SPAN_ARGS(theirs));
		err = add_map(settings, attr, theirs, why);
	}
	for (size_t i = 0; !err && i < sizeof(default_maps) / sizeof(default_maps[0]); i++)
		if (!named[default_maps[i].attr])
			err = add_map(settings, default_maps[i].attr,
				span_str(default_maps[i].theirs), why);
	if (!err && !settings->mapped[ATTR_USER_NAME])
		return fail(why, ERR_VALUE, "mapping", "the user name must come from somewhere");
	return err;
}

static enum err add_rule(struct settings *settings, struct span text, struct why *why)
{
	struct disabled_rule rule = { .value = text };

	if (settings->rule_count == ORDER_RULES_MAX)
		return fail(why, ERR_TOO_MANY, "disabledRule", "more than %d", ORDER_RULES_MAX);
	if (span_find(text, '<') < span_find(text, '=')) {
		rule.theirs = span_trim(span_cut(&rule.value, '<'));
		rule.test = RULE_DAY_PAST;
		if (!span_equal_nocase(span_trim(rule.value), SPAN("today")))
			rule.theirs = SPAN_NONE;
	} else {
		rule.theirs = span_trim(span_cut(&rule.value, '='));
		rule.value = span_trim(rule.value);
		rule.test = span_equal(rule.value, SPAN("*")) ? RULE_PRESENT : RULE_EQUAL;
	}
	if (!is_attribute_name(rule.theirs) || rule.value.len == 0)
		return fail(why, ERR_VALUE, "disabledRule",
			"expected <attribute>=<value>, <attribute>=* or <attribute><today");
	settings->rules[settings->rule_count++] = rule;
	return OK;
}

static enum err read_rules(const struct entry *entry, struct settings *settings, struct why *why)
{
	size_t count = entry_value_count(entry, ATTR_DISABLED_RULE);
	enum err err = OK;

	for (size_t i = 0; !err && i < count; i++)
		err = add_rule(settings, entry_value(entry, ATTR_DISABLED_RULE, i)->octets, why);
	for (size_t i = 0; !err && count == 0 && i < sizeof(default_rules) / sizeof(char *); i++)
		err = add_rule(settings, span_str(default_rules[i]), why);
	return err;
}

static enum err add_target(struct settings *settings, struct span text, struct why *why)
{
	struct target target;

	if (!target_parse(text, &target))
		return fail(why, ERR_VALUE, "groupMapping",
			"expected <group>=role:<name> or <group>=scope:<name>");
	if (settings->target_count == TARGETS_MAX)
		return fail(why, ERR_TOO_MANY, "groupMapping", "more than %d rows", TARGETS_MAX);
	settings->targets[settings->target_count++] = target;
	return OK;
}

static enum err read_targets(const struct entry *entry, struct settings *settings, struct why *why)
{
	enum err err = OK;

	for (size_t i = 0; !err && i < entry_value_count(entry, ATTR_GROUP_MAPPING); i++)
		err = add_target(settings, entry_value(entry, ATTR_GROUP_MAPPING, i)->octets, why);
	return err;
}

/* Parentheses balance outside of escapes; the server checks the rest. A filter that closed ours
 * early could widen the search. */
static bool is_filter(struct span filter)
{
	int depth = 0;

	for (size_t i = 0; i < filter.len; i++) {
		uint8_t c = filter.data[i];
		if (c == 0 || (c == '\\' && i + 2 >= filter.len))
			return false;
		if (c == '\\')
			i += 2;
		else if (c == '(')
			depth++;
		else if (c == ')' && (--depth < 0 || (depth == 0 && i + 1 < filter.len)))
			return false;
	}
	return depth == 0 && filter.len >= 3 && filter.data[0] == '(';
}

static enum err read_filter(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	struct span user = entry_first(entry, ATTR_USER_FILTER);
	struct span group = entry_first(entry, ATTR_GROUP_FILTER);

	if (user.len == 0)
		user = SPAN(DEFAULT_USER_FILTER);
	if (group.len == 0)
		group = SPAN(DEFAULT_GROUP_FILTER);
	if (!is_filter(user))
		return fail(why, ERR_VALUE, "userFilter", "not a filter in parentheses");
	if (!is_filter(group))
		return fail(why, ERR_VALUE, "groupFilter", "not a filter in parentheses");
	/* Organizational units, because a renamed or moved one says nothing about its children. */
	settings->filter = span_str(arena_printf(arena,
		"(|%.*s%.*s(objectClass=organizationalUnit))", SPAN_ARGS(user), SPAN_ARGS(group)));
	return OK;
}

static enum err read_dns(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	struct dn dn;

	settings->base = entry_first(entry, ATTR_BASE_DN);
	settings->bind_dn = entry_first(entry, ATTR_BIND_DN);
	if (settings->base.len == 0 || dn_parse(arena, settings->base, &dn, NULL) != OK)
		return fail(why, ERR_DN, "baseDn", "the base is no distinguished name");
	if (settings->bind_dn.len > 0 && dn_parse(arena, settings->bind_dn, &dn, NULL) != OK)
		return fail(why, ERR_DN, "bindDn", "the bind DN is no distinguished name");
	return OK;
}

static enum err read_number(const struct entry *entry, enum attr attr, const char *name,
	uint64_t most, uint32_t otherwise, uint32_t *number, struct why *why)
{
	struct span text = entry_first(entry, attr);
	uint64_t value = otherwise;

	if (text.len > 0 && (!span_to_u64(text, &value) || value > most))
		return fail(why, ERR_VALUE, name, "expected a number up to %u", (unsigned)most);
	*number = (uint32_t)value;
	return OK;
}

static void digest(struct settings *settings)
{
	struct buffer place, grants;

	buffer_init(&place, MIB);
	buffer_init(&grants, MIB);
	write_span(&place, settings->uri);
	write_span(&place, settings->bind_dn);
	write_span(&place, settings->base);
	write_span(&place, settings->filter);
	write_u8(&place, (uint8_t)settings->connector);
	write_span(&place, settings->anchor_attribute);
	for (size_t i = 0; i < settings->map_count; i++) {
		write_u16(&place, (uint16_t)settings->maps[i].attr);
		write_span(&place, settings->maps[i].theirs);
	}
	for (size_t i = 0; i < settings->rule_count; i++) {
		write_span(&place, settings->rules[i].theirs);
		write_span(&place, settings->rules[i].value);
	}
	for (size_t i = 0; i < settings->target_count; i++) {
		write_span(&grants, settings->targets[i].group);
		write_u8(&grants, (uint8_t)settings->targets[i].kind);
		write_span(&grants, settings->targets[i].name);
	}
	hash_blake2b(buffer_span(&place), settings->place);
	hash_blake2b(buffer_span(&grants), settings->grants);
	buffer_free(&place);
	buffer_free(&grants);
}

static enum err read_place(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	struct address address;

	settings->uri = entry_first(entry, ATTR_URI);
	settings->ca_file = entry_first(entry, ATTR_CA_FILE);
	settings->sealed = entry_first(entry, ATTR_SEALED_SECRET);
	settings->start_tls = span_equal(entry_first(entry, ATTR_START_TLS), SPAN("TRUE"));
	enum err err = address_parse(settings->uri, &address, why);
	if (!err && address.tls && settings->start_tls)
		err = fail(why, ERR_VALUE, "startTls", "ldaps is TLS from the first octet");
	if (!err && settings->ca_file.len > 0 && settings->ca_file.data[0] != '/')
		err = fail(why, ERR_VALUE, "caFile", "expected an absolute path");
	if (!err)
		err = read_dns(arena, entry, settings, why);
	return err;
}

/* How it is followed; the limits of each are in bounds.c. */
static enum err read_ways(const struct entry *entry, struct settings *settings, struct why *why)
{
	enum err err = bounds_check(entry, why);
	const struct value *value;

	if (err)
		return err;
	for (size_t i = 0; (value = entry_value(entry, ATTR_FAILOVER_URI, i)); i++)
		settings->failovers[settings->failover_count++] = value->octets;
	if (!connector_by_name(entry_first(entry, ATTR_CONNECTOR), &settings->connector))
		return fail(why, ERR_VALUE, "connector", "no connector of that name");
	settings->anchor_attribute = entry_first(entry, ATTR_ANCHOR_ATTRIBUTE);
	if (settings->anchor_attribute.len > 0 && !is_attribute_name(settings->anchor_attribute))
		return fail(why, ERR_VALUE, "anchorAttribute", "that is no attribute name");
	settings->poll_seconds = (uint32_t)bounds_number(entry, ATTR_POLL_SECONDS);
	settings->full_seconds = (uint32_t)bounds_number(entry, ATTR_FULL_SECONDS);
	return OK;
}

enum err settings_read(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	uint64_t source = 0;

	memset(settings, 0, sizeof(*settings));
	settings->number = entry->number;
	settings->id = entry->id;
	span_to_u64(entry_first(entry, ATTR_SOURCE_NUMBER), &source);
	settings->source = (uint16_t)source;
	settings->name = entry_first(entry, ATTR_COMMON_NAME);
	settings->active = !span_equal(entry_first(entry, ATTR_ACTIVE), SPAN("FALSE"));
	enum err err = read_place(arena, entry, settings, why);
	if (!err)
		err = read_ways(entry, settings, why);
	if (!err)
		err = read_filter(arena, entry, settings, why);
	if (!err)
		err = read_maps(entry, settings, why);
	if (!err)
		err = read_rules(entry, settings, why);
	if (!err)
		err = read_targets(entry, settings, why);
	if (!err)
		err = read_number(entry, ATTR_LIMIT_COUNT, "limitCount", UINT32_MAX,
			THRESHOLD_COUNT, &settings->limits.count, why);
	if (!err)
		err = read_number(entry, ATTR_LIMIT_PERCENT, "limitPercent", 100, THRESHOLD_PERCENT,
			&settings->limits.percent, why);
	if (!err)
		digest(settings);
	return err;
}

void settings_order(const struct settings *settings, struct order *order)
{
	memset(order, 0, sizeof(*order));
	order->task = TASK_FOLLOW;
	order->uris[0] = settings->uri;
	memcpy(order->uris + 1, settings->failovers,
		settings->failover_count * sizeof(*order->uris));
	order->uri_count = 1 + settings->failover_count;
	order->connector = settings->connector;
	order->anchor_attribute = settings->anchor_attribute;
	order->poll_seconds = settings->poll_seconds;
	order->full_seconds = settings->full_seconds;
	order->bind_dn = settings->bind_dn;
	order->base = settings->base;
	order->filter = settings->filter;
	order->ca_file = settings->ca_file;
	order->start_tls = settings->start_tls;
	memcpy(order->maps, settings->maps, sizeof(order->maps));
	order->map_count = settings->map_count;
	memcpy(order->rules, settings->rules, sizeof(order->rules));
	order->rule_count = settings->rule_count;
	order->entries_max = LIMIT_SYNC_ENTRIES;
	order->octets_max = LIMIT_SYNC_OCTETS;
	order->pdu_max = LIMIT_SYNC_PDU;
	order->connect_seconds = 10;
	order->stall_seconds = 30;
}
