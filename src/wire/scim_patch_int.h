/* Inside PATCH: one operation with its path taken apart. */
#ifndef WIRE_SCIM_PATCH_INT_H
#define WIRE_SCIM_PATCH_INT_H

#include "model/filter.h"
#include "wire/scim_edit.h"

struct operation {
	enum patch_op op;
	const struct json *value; /* NULL: none */
	struct scim_path path;
	struct filter *filter; /* of a value path, on one instance; NULL: none */
};

/* On a multi-valued attribute: all its values, those that the filter chooses, or a part of them. */
enum err patch_multi(struct scim_edit *edit, const struct operation *operation);

#endif
