#include "base/codec.h"
#include "store/verify_int.h"

#define TYPE_AT 4 /* in the key */

static void check_row(struct verify *v, uint32_t tenant, struct span name, struct span octets)
{
	struct activity activity;
	struct span nothing;
	struct key key;

	if (!activity_read(octets, &activity)) {
		verify_fault(v, "A row of the activity of tenant %u is damaged.", tenant);
		return;
	}
	key_activity(&key, tenant, ACTIVITY_OF);
	key_add_number(&key, activity.number);
	key_add_sequence(&key, get_be64(name.data));
	if (!table_get(v->txn, TABLE_ACTIVITY, &key, &nothing) && !verify_is_erased(v, tenant))
		verify_fault(v, "Row %llu of the activity of tenant %u is not linked.",
			(unsigned long long)get_be64(name.data), tenant);
}

static void check_link(struct verify *v, uint32_t tenant, struct span name)
{
	struct activity activity;

	if ((!txn_activity(v->txn, tenant, get_be64(name.data + 4), &activity) ||
		    activity.number != get_be32(name.data)) &&
		!verify_is_erased(v, tenant))
		verify_fault(v, "The activity of entry %u of tenant %u has no row %llu.",
			get_be32(name.data), tenant, (unsigned long long)get_be64(name.data + 4));
}

static void check_activity(struct verify *v, struct cursor *cursor, void *arg)
{
	uint32_t tenant = key_tenant_of(cursor->key);
	uint8_t type = cursor->key.len > TYPE_AT ? cursor->key.data[TYPE_AT] : 0;
	struct span name = span_from(cursor->key, TYPE_AT + 1), octets;

	(void)arg;
	if (type == ACTIVITY_OF && name.len == 12)
		check_link(v, tenant, name);
	else if (type == ACTIVITY_ROW && name.len == 8 &&
		 guarded_open(v->txn, TABLE_ACTIVITY, cursor->value, &octets))
		check_row(v, tenant, name, octets);
	else if (type != ACTIVITY_LAST || name.len != 4 ||
		 !guarded_open(v->txn, TABLE_ACTIVITY, cursor->value, &octets))
		verify_fault(v, "A row of the activity of tenant %u is damaged.", tenant);
}

void verify_activity(struct verify *v)
{
	verify_walk(v, TABLE_ACTIVITY, check_activity, NULL);
}
