#include "base/codec.h"
#include "store/verify_int.h"

#define LINK_KEY (4 + PROVISION_LINK_OCTETS + 8)

/* Where the walk is in the rows of one tenant. */
struct log {
	bool begun, erased;
	uint32_t tenant;
	struct provision_head head;
	uint64_t sequence, octets, links;
	int64_t time;
};

static void close_log(struct verify *v, const struct log *log)
{
	if (!log->begun || log->erased)
		return;
	if (log->sequence != log->head.last || log->octets != log->head.octets ||
		log->time > log->head.time)
		verify_fault(v,
			"The provisioning log of tenant %u ends with %llu and its head says "
			"%llu%s.",
			log->tenant, (unsigned long long)log->sequence,
			(unsigned long long)log->head.last,
			log->sequence == log->head.last ? " with another size or time" : "");
}

static void begin_log(struct verify *v, struct log *log, uint32_t tenant)
{
	uint64_t links = log->links;

	close_log(v, log);
	*log = (struct log){ .begun = true,
		.erased = verify_is_erased(v, tenant),
		.tenant = tenant,
		.links = links };
}

static void check_links(
	struct verify *v, struct log *log, uint64_t sequence, const struct provision_value *parts)
{
	struct provision_link link;
	struct span nothing;
	struct key key;

	for (size_t i = 0; !log->erased && i < parts->links.len / PROVISION_LINK_OCTETS; i++) {
		provision_link_of(parts->links, i, &link);
		key_link(&key, log->tenant, (uint8_t)link.type, link.id, sequence);
		if (table_get(v->txn, TABLE_PROVISION_LINKS, &key, &nothing))
			log->links++;
		else
			verify_fault(v,
				"Row %llu of the provisioning log of tenant %u is not linked.",
				(unsigned long long)sequence, log->tenant);
	}
}

static void check_row(struct verify *v, struct log *log, uint64_t sequence, struct span octets)
{
	struct provision_value parts;

	if (!provision_value_of(octets, &parts)) {
		verify_fault(v, "Row %llu of the provisioning log of tenant %u is damaged.",
			(unsigned long long)sequence, log->tenant);
		return;
	}
	if (sequence != log->sequence + 1 && !log->erased)
		verify_fault(v, "The provisioning log of tenant %u goes from %llu to %llu.",
			log->tenant, (unsigned long long)log->sequence,
			(unsigned long long)sequence);
	if (parts.time < log->time)
		verify_fault(v,
			"Row %llu of the provisioning log of tenant %u is before the last one.",
			(unsigned long long)sequence, log->tenant);
	log->sequence = sequence;
	log->time = parts.time;
	log->octets += octets.len;
	check_links(v, log, sequence, &parts);
}

static void check_provision(struct verify *v, struct cursor *cursor, void *arg)
{
	struct log *log = arg;
	uint32_t tenant = key_tenant_of(cursor->key);
	struct span octets;

	if (cursor->key.len != 12 ||
		!guarded_open(v->txn, TABLE_PROVISION, cursor->value, &octets)) {
		verify_fault(v, "A row of the provisioning log of tenant %u is damaged.", tenant);
		return;
	}
	uint64_t sequence = get_be64(cursor->key.data + 4);
	if (!log->begun || log->tenant != tenant)
		begin_log(v, log, tenant);
	if (sequence) {
		check_row(v, log, sequence, octets);
	} else if (provision_head_of(octets, &log->head)) {
		log->sequence = log->head.first - 1;
	} else {
		verify_fault(
			v, "The head of the provisioning log of tenant %u is damaged.", tenant);
	}
}

struct links {
	bool begun, erased;
	uint32_t tenant;
	uint64_t count;
};

static void check_link(struct verify *v, struct cursor *cursor, void *arg)
{
	struct links *links = arg;
	uint32_t tenant = key_tenant_of(cursor->key);

	if (!links->begun || links->tenant != tenant)
		*links = (struct links){ true, verify_is_erased(v, tenant), tenant, links->count };
	if (cursor->key.len != LINK_KEY)
		verify_fault(v, "A link of the provisioning log of tenant %u is damaged.", tenant);
	links->count += !links->erased;
}

void verify_provision(struct verify *v)
{
	struct log log = { 0 };
	struct links links = { 0 };

	verify_walk(v, TABLE_PROVISION, check_provision, &log);
	close_log(v, &log);
	verify_walk(v, TABLE_PROVISION_LINKS, check_link, &links);
	if (links.count != log.links)
		verify_fault(v, "The provisioning log has %llu links and its rows have %llu.",
			(unsigned long long)links.count, (unsigned long long)log.links);
}
