#include "in/sync/settings_int.h"

#include "base/codec.h"
#include "base/hash.h"
#include "in/sync/bounds.h"
#include "model/dn.h"

/* Active Directory binds those who say user@domain or DOMAIN\user as well (MS-ADTS section
 * 5.1.1.1.1). */
static bool is_logon_name(struct span name)
{
	bool parted = span_find(name, '@') < name.len || span_find(name, '\\') < name.len;

	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] < ' ' || name.data[i] == '=' || name.data[i] == ',')
			return false;
	return parted && span_is_utf8(name);
}

static enum err read_dns(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why)
{
	struct dn dn;

	settings->base = entry_first(entry, ATTR_BASE_DN);
	settings->bind_dn = entry_first(entry, ATTR_BIND_DN);
	if (settings->base.len == 0 || dn_parse(arena, settings->base, &dn, NULL) != OK)
		return fail(why, ERR_DN, "baseDn", "the base is no distinguished name");
	if (settings->bind_dn.len > 0 && !is_logon_name(settings->bind_dn) &&
		dn_parse(arena, settings->bind_dn, &dn, NULL) != OK)
		return fail(why, ERR_DN, "bindDn", "the bind DN is no distinguished name");
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
	mapping_put(settings->mapping, &place);
	write_u8(&grants, (uint8_t)settings->group_depth);
	for (size_t i = 0; i < settings->target_count; i++)
		write_span(&grants, settings->targets[i].text);
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
	if (settings->anchor_attribute.len > 0 && !mapping_is_name(settings->anchor_attribute))
		return fail(why, ERR_VALUE, "anchorAttribute", "that is no attribute name");
	settings->poll_seconds = (uint32_t)bounds_number(entry, ATTR_POLL_SECONDS);
	if (entry_has(entry, ATTR_FULL_SECONDS))
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
		err = settings_read_filter(arena, entry, settings, why);
	if (!err)
		err = settings_read_mapping(arena, entry, settings, why);
	if (!err)
		err = settings_read_groups(entry, settings, why);
	if (!err)
		err = join_read(entry, &settings->join, why);
	if (!err)
		err = limits_read(entry, &settings->limits, why);
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
	order->mapping = settings->rows;
	order->scope = settings->scope;
	order->disabled = settings->disabled;
	order->preset = settings->preset;
	order->entries_max = LIMIT_SYNC_ENTRIES;
	order->octets_max = LIMIT_SYNC_OCTETS;
	order->pdu_max = LIMIT_SYNC_PDU;
	order->connect_seconds = 10;
	order->stall_seconds = 30;
}
