/* What the operations on tokens and service accounts share. */
#ifndef IN_ADMIN_CLIENT_INT_H
#define IN_ADMIN_CLIENT_INT_H

#include "base/limits.h"
#include "in/admin/edit_int.h"

enum err client_take_permissions(struct edit *edit);

void client_show_texts(
	struct request *r, const char *name, const struct record *record, enum attr attr);
/* A number, or what holds where none is said. */
void client_show_number(struct request *r, const char *name, const struct record *record,
	enum attr attr, int64_t otherwise);

/* A new client of the type and the argument "name", with the permissions that the arguments say or
 * those usual for the type. */
enum err client_build(struct request *r, struct span type, struct entry **entry);
/* What the arguments "permissions" or "scopes" say, each once. */
enum err client_permissions(
	struct request *r, struct span texts[LIMIT_VALUES_PER_ENTRY], size_t *count);
/* Members of the open object: what a row of a list says. */
void client_show(struct request *r, const struct record *record);
/* Which scopes the permissions make up. */
void client_show_scopes(struct request *r, const struct record *record);
/* The attribute's time, if it has one. */
void client_show_moment(
	struct request *r, const char *name, const struct record *record, enum attr attr);
void client_list_one(struct request *r, const struct record *record);
struct filter *client_is_service(struct request *r);

#endif
