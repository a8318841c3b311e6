#include "in/admin/admin_int.h"

static const struct {
	const char *codename;
	enum permission bit;
} permissions[] = {
#define PERMISSION(id, bit, codename, group, flags, label) { codename, bit },
#define PERMISSION_ALIAS(codename, id)
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
};

const char *admin_codename(enum permission permission)
{
	for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
		if (permissions[i].bit == permission)
			return permissions[i].codename;
	return "";
}

static bool permission_by_name(struct span name, uint64_t *bits)
{
	for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
		if (span_equal(span_str(permissions[i].codename), name)) {
			*bits |= UINT64_C(1) << permissions[i].bit;
			return true;
		}
	return false;
}

uint64_t permission_bits(const char *codenames)
{
	struct span rest = span_str(codenames);
	uint64_t bits = 0;

	while (rest.len > 0)
		permission_by_name(span_cut(&rest, ' '), &bits);
	return bits;
}

enum err request_permissions(
	struct request *r, const char *argument, uint64_t otherwise, uint64_t *bits)
{
	const struct json *given = json_member(r->args, argument);

	*bits = given ? 0 : otherwise;
	for (size_t i = 0; given && i < given->count; i++)
		if (!permission_by_name(given->items[i].text, bits))
			return fail(r->why, ERR_VALUE, argument, "there is no permission \"%.*s\"",
				(int)(given->items[i].text.len < 64 ? given->items[i].text.len
								    : 64),
				(const char *)given->items[i].text.data);
	return OK;
}
