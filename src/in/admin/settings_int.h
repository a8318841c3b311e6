/* What the operations on a tenant's settings share. */
#ifndef IN_ADMIN_SETTINGS_INT_H
#define IN_ADMIN_SETTINGS_INT_H

#include "in/admin/admin_int.h"
#include "model/policy.h"
#include "model/value.h"

/* The settings of the request's tenant; begins the view. */
enum err settings_read_record(struct request *r, struct record *settings);
/* The same, for an answer that shows them and says their revision. */
enum err settings_read_shown(struct request *r, struct record *settings);
/* Changes them as they were read, with the row that goes with them or NULL; ends the view. */
enum err settings_modify(struct request *r, const struct record *settings,
	const struct modification *mods, size_t count, const struct state_row *state);
/* One of them, unless anything in the tenant is not as it was read: ERR_VERSION. */
enum err settings_modify_at(struct request *r, const struct record *settings, uint64_t sequence,
	const struct modification *mod);

#endif
