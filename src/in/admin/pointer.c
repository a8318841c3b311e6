#include "in/admin/admin_int.h"

/* Aliases and referrals of the LDAP tree (RFC 4512 section 2.6, RFC 3296). */

static void list_one(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	json_text_member(r->out, "dn", record_first(record, ATTR_POINTER_DN));
	if (record_has(record, ATTR_ALIASED_OBJECT))
		json_text_member(r->out, "alias", record_first(record, ATTR_ALIASED_OBJECT));
	json_name(r->out, "refers");
	json_begin_array(r->out);
	for (size_t i = record_find(record, ATTR_REFERRAL); i < record->count; i++)
		if (record_row(record, i).attr == ATTR_REFERRAL)
			json_put_text(r->out, record_row(record, i).octets);
	json_end_array(r->out);
	show_uuid(r, "id", &record->id);
	json_end_object(r->out);
}

enum err admin_pointer_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_POINTER, NULL, list_one) : err;
}

enum err admin_pointer_create(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_POINTER);

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_put(r, entry, ATTR_POINTER_DN, "dn");
	if (err == OK)
		err = request_put(r, entry, ATTR_ALIASED_OBJECT, "alias");
	if (err == OK)
		err = request_put(r, entry, ATTR_REFERRAL, "refers");
	return err ? err : request_create(r, entry, "dn", NULL, SPAN_NONE);
}

enum err admin_pointer_delete(struct request *r)
{
	return request_delete(r, KIND_POINTER, "dn");
}
