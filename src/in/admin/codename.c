#include "in/admin/admin_int.h"

static const struct {
	const char *codename;
	enum permission bit;
	bool of_operator;
} permissions[] = {
#define OPERATOR true
#define ADMINISTRATION false
#define PERMISSION(id, bit, codename, group, flags, label) { codename, bit, flags },
#define PERMISSION_ALIAS(codename, id)
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
#undef OPERATOR
#undef ADMINISTRATION
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

uint64_t permission_grantable(bool in_realm)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
		if (in_realm || !permissions[i].of_operator)
			bits |= UINT64_C(1) << permissions[i].bit;
	return bits;
}
