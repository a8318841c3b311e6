/* Names of what happened to people, from schema/actions.def: one word for the audit and for
 * webhooks. */
#ifndef MODEL_ACTION_H
#define MODEL_ACTION_H

#include "model/entry.h"

/* "email.changed", or NULL: a change of the attribute is told as "updated". */
const char *action_verb_of(enum attr attr);
/* Of the weightiest attribute that the two entries differ in, whoever stands behind the values. */
const char *action_verb_between(const struct entry *before, const struct entry *after);

#endif
