/* Which directories and connections stand behind what is said of a person. */
#ifndef IN_ADMIN_SOURCE_INT_H
#define IN_ADMIN_SOURCE_INT_H

#include "in/admin/user_int.h"

/* The directory or SCIM connection of that number, of the request's tenant; false: it is gone, or
 * it is one of the administrators' keys. */
bool source_find(struct request *r, uint16_t source, struct record *owner);

/* Names that are looked up once for all rows of a list; they die with the view's snapshot. */
struct source_names;
struct source_names *source_names_new(struct arena *arena);
/* Writes the member "sources": the names of those behind the person. */
void source_names_put(struct request *r, struct source_names *names, const struct record *person);

#endif
