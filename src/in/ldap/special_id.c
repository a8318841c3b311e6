/* Who the entries above the containers are: ids that are the same whenever they are asked for, and
 * the moment from which they stand as they do. */
#include "in/ldap/answer_int.h"

#include "base/hash.h"

/* RFC 9562 section 5.8: of what the entry stands for, the same after a restart and on every node.
 */
static struct uuid derive(struct span realm, struct span name)
{
	struct uuid id;
	uint8_t hash[32];

	hash_sha256_two(realm, name, hash);
	memcpy(id.octets, hash, sizeof id.octets);
	id.octets[6] = (uint8_t)((id.octets[6] & 0x0f) | 0x80);
	id.octets[8] = (uint8_t)((id.octets[8] & 0x3f) | 0x80);
	return id;
}

static struct span name_of(const struct target *target)
{
	return target->place == PLACE_CONTAINER ? span_str(kind_row(target->kind)->ou) : SPAN("o");
}

void special_identify(struct conn *conn, const struct target *target, struct special *special)
{
	struct view *view = shard_view(conn->shard);
	struct tenant_info tenant;
	struct record record;

	if (target->place == PLACE_POINTER) {
		special->id = target->record.id;
		special->changed = view ? view_changed(view, &target->record) : 0;
	} else if (target->place == PLACE_SUFFIX) {
		special->id = derive(SPAN("suffix"), conn->shard->door->naming.suffix);
	} else if (view && view_tenant_number(view, conn->identity.actor.tenant, &tenant) &&
		   view_by_id(view, 0, &tenant.id, &record)) {
		special->id = derive(uuid_span(&tenant.id), name_of(target));
		special->changed = record.created;
	}
}
