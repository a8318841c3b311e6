/* What the operations on people share. */
#ifndef IN_ADMIN_USER_INT_H
#define IN_ADMIN_USER_INT_H

#include "in/admin/admin_int.h"

/* Puts the arguments of a person's fields into a new entry; absent ones are passed over. */
enum err user_fields_put(struct request *r, struct entry *entry);
/* The argument that gives a person the attribute ("given"), or NULL. */
const char *user_argument(enum attr attr);
/* The other way round; ATTR_NONE: no argument is called so. */
enum attr user_attr(struct span argument);
/* Writes the member "apps" as it is given, if there are any. */
void user_apps_show(struct request *r, const struct record *record);
/* Writes the names of the roles, scopes or groups that hold the person, as a member. */
void user_put_containers(struct request *r, const char *name, enum kind kind, uint32_t member);
/* Writes state, identity, parent and last sign-in. */
void user_show_standing(struct request *r, const struct record *record);
/* What is looked up once for all people of an answer. */
struct user_rows;
enum err user_rows_open(struct request *r, struct user_rows **rows);
/* Writes how many stand right below, who stands behind what is said, whether sign-ins must wait,
 * and whether who asks may act as the person. */
void user_put_more(struct request *r, struct user_rows *rows, const struct record *person);
/* Sets one attribute of the person that the argument "user" names; an empty value removes it. */
enum err user_set(struct request *r, enum attr attr, struct span value);

#endif
