/* What making a filter and asking it share. */
#ifndef MODEL_FILTER_INT_H
#define MODEL_FILTER_INT_H

#include "model/filter.h"

/* Whether the operation has a meaning for values of the attribute, read by this syntax. */
bool filter_can_compare(enum filter_op op, enum attr attr, enum syntax syntax);

#endif
